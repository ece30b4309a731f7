/*
 * projector: keeps Redis equal to the ledger, behind a fence per ledger partition (DESIGN §4).
 *
 * It applies the workers' blocks in the order of their versions, one script call each, which
 * refuses itself unless the partition's fence in Redis stands at the block's version_from. When it
 * does not (empty Redis, a failover that lost a tail, a missed block, a second projector), the
 * partition is read whole from its source and written anew. Redis is never in the commit path: it
 * may be slow, away or wiped, and the workers never notice. Keys: schemas/redis.md.
 *
 * The life of a partition, as the projector sees it:
 *
 *     closed --open--> unsure --fence stands at the lane's version--> synced <--block-- (moves on)
 *                        |                                              |
 *                        +--it does not--> lost <--fence refused, block missed, gap
 *                                           |
 *                                           +--read from the source, written, fence set--> synced
 *
 * Failure modes: no connection, LOADING, READONLY, OOM, MOVED and the like: back off (50 ms to
 * 2 s), try again, never advance. NOSCRIPT: load the script and go on. The source cannot be read:
 * that partition waits, the others go on.
 *
 * Threads: create, start, stop, destroy: start-up. Reading figures: any. The rest: its own thread,
 * or, without start, the caller's.
 */
#ifndef FEN_REDIS_PROJECTOR_H
#define FEN_REDIS_PROJECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "redis/connection.h"
#include "redis/outlet.h"
#include "redis/source.h"

#define FEN_PROJECTOR_FEED_LENGTH_DEFAULT 1000
#define FEN_PROJECTOR_HELD_BYTES_DEFAULT ((size_t)32 << 20)

struct fen_projector;

struct fen_projector_options {
    const char *address;    /* "unix:/path" or "host:port"; NULL: "127.0.0.1:6379" */
    const char *user;       /* ACL user; NULL: none, or the default user when there is a password */
    const char *password;   /* NULL: none */
    const char *key_prefix; /* before every key; NULL: "fen:" */
    const struct fen_transport *transport; /* NULL: sockets; borrowed, with its context */
    void *transport_context;
    uint32_t partition_count;
    uint32_t worker_count; /* outlets to make */
    uint32_t feed_length;  /* entries a feed keeps, about; 0: the default */
    enum fen_wire wire;    /* of the ledger's records */
    size_t held_bytes_max; /* of blocks waiting, per worker; 0: the default */
    struct fen_projector_source source; /* read_partition is needed */
};

/* What it has done and where it stands; relaxed copies, for metrics and health. */
struct fen_projector_figures {
    bool is_connected;
    uint64_t blocks_applied;    /* since start */
    uint64_t payees_applied;    /* accounts written by blocks */
    uint64_t blocks_dropped;    /* older than what Redis already has */
    uint64_t blocks_missed;     /* no room in the ring */
    uint64_t fences_refused;    /* the fence was not where it was left */
    uint64_t rebuilds;          /* partitions read whole and written anew */
    uint64_t rebuilds_failed;   /* source or Redis failed half way; tried again */
    uint64_t connects;          /* connections made */
    uint64_t errors;            /* replies that were errors, connections lost */
    uint32_t partitions_open;
    uint32_t partitions_synced; /* of those open: Redis equals the ledger but for waiting blocks */
    uint64_t blocks_waiting;
    int64_t lag_ms;       /* age of the oldest committed batch not yet in Redis; 0: none waits */
    int64_t fence_age_ms; /* since the last time all open fences were known to stand right */
};

/*
 * Make a projector and its outlets; it connects when started. Options are copied, save the source's
 * context.
 * Returns: NULL with *reason_out (static) when the address cannot be understood.
 */
struct fen_projector *fen_projector_create(const struct fen_projector_options *options,
                                           const char **reason_out) FEN_MUST_USE;

/* The outlet of a worker, 0..worker_count - 1; lives as long as the projector. */
struct fen_outlet *fen_projector_outlet(struct fen_projector *projector, uint32_t worker);

/* Start its thread. Redis need not be there. */
void fen_projector_start(struct fen_projector *projector);

/*
 * One turn of its loop. Not beside start: the caller is the thread then (simulation, tests).
 * Returns: for how many ms nothing can happen unless a worker publishes; 0: there is more to do.
 */
uint32_t fen_projector_step(struct fen_projector *projector);

/*
 * Whether everything published so far is in Redis and every open partition is synced: what tests,
 * `./run --smoke` and the drain of a shutdown wait for. Thread: any.
 */
bool fen_projector_is_settled(const struct fen_projector *projector);

/*
 * Apply what waits, for at most `drain_ms`, and end the thread. Workers must have stopped.
 * Returns: whether nothing was left behind (what is, the next start finds by its fence).
 */
bool fen_projector_stop(struct fen_projector *projector, int64_t drain_ms);

/* Stops first where that was not done; NULL is fine. */
void fen_projector_destroy(struct fen_projector *projector);

/* Thread: any. */
void fen_projector_figures(const struct fen_projector *projector,
                           struct fen_projector_figures *figures_out);

#endif /* FEN_REDIS_PROJECTOR_H */
