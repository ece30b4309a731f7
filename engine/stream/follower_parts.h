/*
 * follower_parts: the follower's state, shared by the files that make it up: follower.c (life and
 * loop), follower_reading.c (from an assignment to following).
 *
 * Threads: the follower's, but for what is atomic, and for what follower.h names otherwise.
 */
#ifndef FEN_STREAM_FOLLOWER_PARTS_H
#define FEN_STREAM_FOLLOWER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "stream/follower.h"
#include "stream/transcript.h"

struct fen_followed {
    struct fen_transcript *transcript; /* NULL: not followed */
    bool has_ledger;                   /* assigned */
    bool has_accounts;
    int64_t waiting_since_ms; /* for the entries of one commit; 0: not waiting */
};

struct fen_follower {
    struct fen_follower_options options;
    struct fen_source *source;
    struct fen_followed *partitions;
    const struct fen_reference *reference;
    struct fen_buffer reason;
    bool has_assignment;
    bool is_following;
    bool is_ended;
    int64_t retry_at_ms;
    uint32_t retry_ms;
    int64_t lag_at_ms;

    pthread_t thread;
    bool is_started;
    bool is_joined;
    bool is_hung;
    atomic_bool is_stopping; /* relaxed: a flag that guards nothing */

    /* Relaxed: each number stands for itself; `state` released after `failure` is written. */
    _Atomic int state;
    _Atomic int64_t progress_ms, lag;
    _Atomic uint32_t partition_count;
    _Atomic uint64_t commits, torn, readings;
    char failure[256];
    struct fen_start_fault start_fault; /* written before FAILED is set, like `failure` */
};

/* F1: a release, pairs with F2 in status_read, which may then read `failure`. */
static inline void fen_follower_set_state(struct fen_follower *follower,
                                          enum fen_follower_state state)
{
    atomic_store_explicit(&follower->state, (int)state, memory_order_release);
}

/* One more. */
static inline void fen_follower_count(_Atomic uint64_t *figure)
{
    atomic_fetch_add_explicit(figure, 1, memory_order_relaxed);
}

/* It is alive: for whoever watches. */
static inline void fen_follower_note_progress(struct fen_follower *follower)
{
    atomic_store_explicit(&follower->progress_ms, fen_clock_ms(), memory_order_relaxed);
}

/* -1: not known. */
static inline void fen_follower_note_lag(struct fen_follower *follower, int64_t lag)
{
    atomic_store_explicit(&follower->lag, lag, memory_order_relaxed);
}

/* Whether a stop was asked for. */
static inline bool fen_follower_is_stopping(struct fen_follower *follower)
{
    return atomic_load_explicit(&follower->is_stopping, memory_order_relaxed);
}

/* Whether both topics of a partition are assigned. */
static inline bool fen_follower_is_assigned(const struct fen_followed *partition)
{
    return partition->has_ledger && partition->has_accounts;
}

/* End for good, with what `reason` holds. */
void fen_follower_fail(struct fen_follower *follower, const char *sentence);

/* Let go, and begin at the ends anew: at once after the first failure, then ever later. */
void fen_follower_begin_again(struct fen_follower *follower, const char *sentence);

/*
 * Judge the record that its partition's transcript has just taken (`is_read`) or not. Returns:
 * false when it cannot be read, or a newer version, or one with other partitions, wrote it: it has
 * failed.
 */
bool fen_follower_accept(struct fen_follower *follower, const struct fen_message *message,
                         bool is_read);

/* Read the accounts of what is assigned back, and begin to follow; or say when to try again. */
void fen_follower_begin(struct fen_follower *follower);

#endif /* FEN_STREAM_FOLLOWER_PARTS_H */
