/*
 * retire: memory that a newer snapshot has replaced and that a reader may still look at.
 *
 * Why: readers take a snapshot without a lock (plan/reference.h). What the builder replaces must
 * stay until every reader has said that it holds a snapshot in which it is no longer reachable.
 *
 * Snapshots are numbered from 1. `number` is the one being built: what was made for it has been
 * seen by nobody and may be changed or freed at once.
 *
 * Threads: the builder.
 */
#ifndef FEN_PLAN_RETIRE_H
#define FEN_PLAN_RETIRE_H

#include <stddef.h>
#include <stdint.h>

struct fen_retired {
    void *memory;    /* from malloc */
    uint64_t number; /* of the first snapshot from which it cannot be reached */
};

struct fen_retire {
    uint64_t number; /* of the snapshot being built */
    struct fen_retired *items;
    size_t first; /* items before it have been freed */
    size_t count;
    size_t capacity;
};

/* Let go of memory made for snapshot `made`: freed now, or once no reader can hold it. */
void fen_retire_add(struct fen_retire *retire, void *memory, uint64_t made);

/* Free what cannot be reached from snapshot `seen_min` on, the oldest any reader may hold. */
void fen_retire_free(struct fen_retire *retire, uint64_t seen_min);

/* Free all of it; no reader is left. */
void fen_retire_deinit(struct fen_retire *retire);

#endif /* FEN_PLAN_RETIRE_H */
