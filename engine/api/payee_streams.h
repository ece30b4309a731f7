/*
 * payee_streams: new entries to everybody who watches a payee, as server-sent events.
 *
 *     a batch is written ─► Redis names the feeds ─► XREAD of those watched ─► one event a record,
 *                          (without that: fences, every 20 ms)                  to each client
 *
 * Why so: Redis itself says which keys were written (CLIENT TRACKING), so that the projector needs
 * to know of nobody who reads, and a client costs nothing while nothing happens to its payee. A
 * Redis that does not say so is asked for its fences, which move with every batch of a partition;
 * all feeds watched there are read then. An event's id is the feed's: `SEQ-0`. A client that comes
 * with one gets what it missed; when that is not in the feed any more, or it brings none, it gets
 * an event `snapshot` with the summary and goes on from there. A Redis that is lost, emptied or
 * behind is waited for; a client never sees an entry twice, nor misses one, since ids are the
 * ledger's own numbers.
 *
 * A stream ends with an event `expired` when its token does, or its key has gone.
 *
 * Threads: the loop's; create and destroy while it does not run.
 */
#ifndef FEN_API_PAYEE_STREAMS_H
#define FEN_API_PAYEE_STREAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "api/http.h"
#include "api/key_ring.h"
#include "api/redis_link.h"
#include "api/redis_view.h"
#include "wire/event_decode.h"

struct fen_payee_streams;

struct fen_payee_streams_options {
    struct fen_http *http;
    struct fen_redis_link *link;
    const struct fen_key_ring *ring;
    enum fen_wire wire;
    uint32_t partition_count;
    uint32_t stream_count_max;
    int64_t offset_ms; /* of the day of summaries */
};

/* Of one client. */
struct fen_stream_request {
    struct evhttp_request *event; /* deferred */
    const struct fen_redis_payee *payee; /* copied */
    bool has_position;
    uint64_t position; /* the seq it has seen */
    struct fen_str key_id; /* of its token */
    int64_t until_ms;      /* the token's end */
};

/* Why a stream is not opened. */
enum fen_stream_refusal {
    FEN_STREAM_OPENED,
    FEN_STREAM_TOO_MANY,       /* in the process */
    FEN_STREAM_TOO_MANY_OF_ONE, /* of this payee */
    FEN_STREAM_NO_REDIS,
};

struct fen_payee_streams_figures {
    uint64_t streams;      /* open */
    uint64_t events;       /* sent, snapshots and heartbeats apart */
    uint64_t snapshots;
    uint64_t gone;         /* clients that left, or were too slow and cut off */
};

/* What the options name must outlive it, save the link, which may go first. */
struct fen_payee_streams *fen_payee_streams_create(
    struct event_base *base, const struct fen_payee_streams_options *options) FEN_MUST_USE;

/* Ends every stream; NULL is fine. */
void fen_payee_streams_destroy(struct fen_payee_streams *streams);

/* Open a stream. OPENED: the request is taken; else it is still the caller's. */
enum fen_stream_refusal fen_payee_streams_open(struct fen_payee_streams *streams,
                                               const struct fen_stream_request *request)
    FEN_MUST_USE;

/* End the streams whose key has gone. */
void fen_payee_streams_check_keys(struct fen_payee_streams *streams);

/* Relaxed copies. Thread: http, whose metrics these are. */
void fen_payee_streams_figures(const struct fen_payee_streams *streams,
                               struct fen_payee_streams_figures *figures_out);

#endif /* FEN_API_PAYEE_STREAMS_H */
