/*
 * touches: what customers opened, kept as long as an order may still want it (SPEC §3, §4 share).
 *
 * Why apart from customer state: touches are ten times as many as orders, and their own topic is
 * their changelog. A customer's touches stand packed in one block that grows by doubling; those of
 * the batch stand in a list until it is promoted.
 *
 * Threads: one worker.
 */
#ifndef FEN_SPLIT_TOUCHES_H
#define FEN_SPLIT_TOUCHES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/slab.h"
#include "model/order.h"

struct fen_touches;

/* An empty store whose blocks live in `slab`. The caller destroys it. */
struct fen_touches *fen_touches_create(struct fen_slab *slab) FEN_MUST_USE;
void fen_touches_destroy(struct fen_touches *touches);

/*
 * Add a touch of the customer with this slot number, at once. Touches older than `expired_ms` are
 * dropped when the block must grow.
 */
void fen_touches_add(struct fen_touches *touches, uint32_t customer_slot,
                     const struct fen_touch_fact *touch, int64_t expired_ms);

/*
 * Visit the customer's touches with from_ms < at <= until_ms; texts borrow the block until the next
 * add. Returns how many were visited.
 */
uint32_t fen_touches_visit(const struct fen_touches *touches, uint32_t customer_slot,
                           int64_t from_ms, int64_t until_ms,
                           void (*visit)(void *context, const struct fen_touch_fact *touch),
                           void *context);

/* How many touches it holds. */
uint64_t fen_touches_count(const struct fen_touches *touches);
/* Bytes held beside the slab. */
size_t fen_touches_held_bytes(const struct fen_touches *touches);

#endif /* FEN_SPLIT_TOUCHES_H */
