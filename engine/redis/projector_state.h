/*
 * projector_state: the projector's own memory; shared by the files it is made of.
 *
 *     projector.c   life, thread, the loop, figures
 *     window.c      applying blocks
 *     fences.c      looking at fences: on opening, after a reconnect, once a second
 *     rebuild.c     a lost partition, read from its source and written anew
 *
 * Threads: projector, save what is atomic.
 */
#ifndef FEN_REDIS_PROJECTOR_STATE_H
#define FEN_REDIS_PROJECTOR_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "redis/board.h"
#include "redis/connection.h"
#include "redis/projector.h"

/* A decimal uint64_t or a rebuild's token. */
#define FEN_FENCE_TEXT_BYTES 64

/* Blocks in one pipeline. */
#define FEN_WINDOW_BLOCK_COUNT 64

enum fen_partition_state {
    FEN_PARTITION_IDLE,   /* nobody here owns it, and nothing is known */
    FEN_PARTITION_UNSURE, /* its fence must be looked at */
    FEN_PARTITION_SYNCED, /* Redis stands at `version` */
    FEN_PARTITION_LOST,   /* to be set up anew */
};

struct fen_partition {
    enum fen_partition_state state;
    uint64_t ownership;    /* of the board, as last looked at */
    uint64_t version;      /* SYNCED: of Redis; UNSURE: the least that its fence may say ... */
    uint64_t version_sent; /* ... and the greatest: the last block sent without a reply */
    uint64_t version_least; /* what the lane stood at when it was opened: never below */
    int64_t lost_ms;       /* steady time since when it is LOST or UNSURE */
    int64_t retry_ms;      /* LOST: not before this */
    uint32_t retry_count;
};

/* A block taken from a ring and not yet given back. */
struct fen_waiting {
    struct fen_block *block;
    struct fen_outlet *outlet;
    uint32_t command_count; /* sent in the present pipeline */
    bool is_done;
};

struct fen_projector {
    /* Constant after create. */
    uint32_t partition_count;
    uint32_t outlet_count;
    uint32_t feed_length;
    enum fen_wire wire;
    char *address, *user, *password, *key_prefix; /* owned */
    struct fen_projector_source source;
    struct fen_board_row *rows;
    struct fen_outlet *outlets;
    int wake_descriptor;

    pthread_t thread;
    bool is_started;
    _Atomic int64_t stop_ms; /* steady deadline of the drain; 0: go on */

    /* The thread's. */
    struct fen_connection connection;
    struct fen_partition *partitions;
    struct fen_waiting waiting[FEN_WINDOW_BLOCK_COUNT];
    uint32_t waiting_count;
    uint32_t next_outlet;
    struct fen_buffer request;
    struct fen_block rebuild_block;
    uint32_t token_count;
    int64_t pause_ms; /* nothing is asked of Redis before this */
    uint32_t pause_count;
    bool needs_script; /* noted by fen_projector_judge */
    bool needs_connection;
    bool needs_pause;
    int64_t tick_ms; /* of the last look at all fences */

    /* Figures: relaxed, single writer. */
    _Atomic bool is_connected;
    _Atomic uint64_t finished_count; /* blocks applied or dropped; S3 pairs with S2 */
    _Atomic uint64_t blocks_applied, payees_applied, blocks_dropped, fences_refused, rebuilds,
        rebuilds_failed, connects, errors;
    _Atomic uint32_t partitions_synced;
    _Atomic int64_t behind_since_ms; /* steady; 0: nothing waits */
    _Atomic int64_t fences_right_ms; /* steady */
};

/* Add to a figure that only the projector writes. */
static inline void fen_figure_add(_Atomic uint64_t *figure, uint64_t count)
{
    atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + count,
                          memory_order_relaxed);
}

/* 50 ms, doubled with each attempt up to 2 s. */
static inline int64_t fen_backoff_ms(uint32_t attempt)
{
    return attempt >= 6 ? 2000 : INT64_C(50) << attempt;
}

/* Whether somebody in this process owns it now. */
static inline bool fen_partition_is_open(const struct fen_partition *partition)
{
    return fen_ownership_is_open(partition->ownership);
}

/* window.c */

/*
 * Take blocks from the rings and apply them, one pipeline. Returns: whether anything was taken, so
 * that there may be more.
 */
bool fen_window_apply(struct fen_projector *projector);

/* fences.c */

/* Look at the fences of UNSURE partitions, or of all SYNCED; each becomes SYNCED or LOST. */
void fen_fences_resolve(struct fen_projector *projector);
void fen_fences_assert(struct fen_projector *projector);

/* The connection is new: what each fence says is not known. */
void fen_fences_doubt(struct fen_projector *projector);

/* A reply's text as a version; false when it is none (a token, nothing, a hand's doing). */
bool fen_fence_parse(struct fen_str text, uint64_t *version_out) FEN_MUST_USE;

/* The partition has to be set up anew; if nobody here owns it, it is forgotten instead. */
void fen_partition_lose(struct fen_projector *projector, uint32_t partition, const char *why);

/* rebuild.c */

/* Set up one lost partition anew. On failure it stays LOST, to be tried later. */
void fen_rebuild(struct fen_projector *projector, uint32_t partition);

/* projector.c */

/* An error reply: note it, and what it asks for, which fen_projector_mend then does. */
enum fen_reply_error fen_projector_judge(struct fen_projector *projector, const redisReply *reply);

/* After all replies of a pipeline are read: load the script again, reconnect or pause, as noted. */
void fen_projector_mend(struct fen_projector *projector);

/* The connection is lost or of no use: close it and pause. */
void fen_projector_disconnect(struct fen_projector *projector);

/* Whether Redis may be asked something now. */
bool fen_projector_is_usable(const struct fen_projector *projector);

/* Publish since when something waits, for the lag. */
void fen_projector_note_behind(struct fen_projector *projector);

/* Whether a stop was asked for and its time is over. Thread: projector. */
bool fen_projector_is_overdue(const struct fen_projector *projector);

#endif /* FEN_REDIS_PROJECTOR_STATE_H */
