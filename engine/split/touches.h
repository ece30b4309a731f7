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

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
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

/* A place in a customer's touches; texts found borrow the block until the next add. */
struct fen_touches_cursor {
    const char *at;
    const char *end;
};

/* The start of a customer's touches, in the order they were added. */
struct fen_touches_cursor fen_touches_begin(const struct fen_touches *touches,
                                            uint32_t customer_slot) FEN_MUST_USE;

/* The next touch; false: no more. */
bool fen_touches_next(struct fen_touches_cursor *cursor,
                      struct fen_touch_fact *touch_out) FEN_MUST_USE;

/* How many touches it holds. */
uint64_t fen_touches_count(const struct fen_touches *touches);
/* Bytes held beside the slab. */
size_t fen_touches_held_bytes(const struct fen_touches *touches);

#endif /* FEN_SPLIT_TOUCHES_H */
