/*
 * stream_crowd: many clients of the API's streams in one thread and one process, by epoll.
 *
 * Why so: a client costs one descriptor and some hundred bytes, requests are signed and written
 * beforehand, and the clock is read once for all that one read brings; a server is then measured,
 * not its measurer (bench/streams --ceiling shows by how much). Clients come from several loopback
 * addresses, since one has only some 28,000 ports.
 *
 * A client of number n watches payee n mod payee_count. What an entry's `event` says of its moment
 * (bench/payee_book.h) gives its latency; ids must follow one another without a gap.
 *
 * Threads: one.
 */
#ifndef BENCH_STREAM_CROWD_H
#define BENCH_STREAM_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/histogram.h"

struct bench_crowd;

struct bench_crowd_options {
    const char *address;  /* numeric, IPv4 */
    uint16_t port;
    const char *key_path; /* whose first key signs; NULL: no token is sent */
    uint32_t payee_count;
    uint32_t client_count_max;
};

/* From where clients go on when they come back. */
enum bench_crowd_place {
    BENCH_PLACE_NOWHERE, /* without an id: a snapshot */
    BENCH_PLACE_LAST,    /* from the last event they have */
    BENCH_PLACE_OLD,     /* from an event that no feed has any more */
};

/* What has been seen since the figures were cleared. */
struct bench_crowd_figures {
    struct fen_histogram latency_us; /* of entries */
    struct fen_histogram served_us;  /* from the connect to a stream's first event, or its begin */
    uint64_t event_count;
    uint64_t entry_count;
    uint64_t snapshot_count;
    uint64_t gap_count;     /* entries missed or doubled */
    uint64_t refused_count; /* answers other than 200 */
    uint64_t failed_count;  /* connections that failed, or ended without being asked to */
    uint64_t byte_count;
};

struct bench_crowd *bench_crowd_create(const struct bench_crowd_options *options) FEN_MUST_USE;
void bench_crowd_destroy(struct bench_crowd *crowd);

/* Open the clients [first, last), `rate` a second, 0: all at once. They are not awaited. */
void bench_crowd_open(struct bench_crowd *crowd, uint32_t first, uint32_t last, int64_t rate,
                      enum bench_crowd_place place);

/* Open clients that ask and then take nothing, with as small a buffer as may be. */
void bench_crowd_open_deaf(struct bench_crowd *crowd, uint32_t first, uint32_t last);

/* Close the clients [first, last). */
void bench_crowd_close(struct bench_crowd *crowd, uint32_t first, uint32_t last);

/* Take what comes, for at most so long. */
void bench_crowd_turn(struct bench_crowd *crowd, int64_t wait_ms);

/* Clients that are open and have been served; or are deaf and not cut off yet. */
uint32_t bench_crowd_served_count(const struct bench_crowd *crowd);
uint32_t bench_crowd_deaf_count(const struct bench_crowd *crowd);

struct bench_crowd_figures *bench_crowd_figures(struct bench_crowd *crowd);

#endif /* BENCH_STREAM_CROWD_H */
