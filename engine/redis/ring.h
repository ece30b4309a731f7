/*
 * ring: a bounded queue of pointers between two threads, one at each end.
 *
 * Why own code: ck_ring of libck 0.7.1 orders its slot reads before the hand-back by a store fence
 * only, which is not enough on weakly ordered machines, and its inline assembly is invisible to
 * ThreadSanitizer; forty lines of C11 atomics are neither.
 *
 * Threads     one producer (push), one consumer (pop); size by any.
 * Ordering    everything written before a push is visible after the matching pop.
 * Progress    wait-free; nothing allocates after create.
 * Memory      head and tail live on cache lines of their own, each beside the other side's last
 *             known index, so that a push or pop touches the other's line only when it must.
 */
#ifndef FEN_REDIS_RING_H
#define FEN_REDIS_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

struct fen_ring;

/* A ring of `slot_count` slots, a power of two from 2 to 2^30. The caller destroys. */
struct fen_ring *fen_ring_create(uint32_t slot_count) FEN_MUST_USE;

/* Neither end may still be at work; what it holds is not freed. NULL is fine. */
void fen_ring_destroy(struct fen_ring *ring);

/* False when every slot is taken. Thread: the producer. */
bool fen_ring_push(struct fen_ring *ring, void *item) FEN_MUST_USE;

/* The oldest item; NULL when empty. Thread: the consumer. */
void *fen_ring_pop(struct fen_ring *ring) FEN_MUST_USE;

/* Items in it, exact when neither end moves. Thread: any. */
uint32_t fen_ring_size(const struct fen_ring *ring);

#endif /* FEN_REDIS_RING_H */
