/*
 * array: room in plain arrays that live as long as their owner, by realloc.
 *
 * Why apart: a lane's links and queues stand in such arrays, a row for a slot or subject. Arrays of
 * one batch live in an arena (arena.h). Running out of memory ends the process.
 *
 * Threads: the array's owner.
 */
#ifndef FEN_BASE_ARRAY_H
#define FEN_BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

/*
 * `items`, perhaps elsewhere, with room for a row of this number of `size_bytes`, those new zero;
 * *room is how many there is room for, and grows by doubling. NULL with room 0 is empty; the caller
 * frees.
 */
void *fen_array_reach(void *items, uint32_t *room, uint32_t row,
                      size_t size_bytes) FEN_MUST_USE;

/* qsort of what is not in order yet; `items` may be NULL: an array that is empty. */
void fen_array_sort(void *items, uint32_t count, size_t size_bytes,
                    int (*compare)(const void *a, const void *b));

#endif /* FEN_BASE_ARRAY_H */
