/*
 * random_message: any message of a schema table, filled by a seed.
 *
 * Why: one filler serves every table, so a new field is tested the day it is added.
 */
#ifndef FEN_TESTS_LIB_RANDOM_MESSAGE_H
#define FEN_TESTS_LIB_RANDOM_MESSAGE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/record.h"

/* The next number of a sequence (splitmix64); *state is its place, any value begins one. */
uint64_t fen_random_next(uint64_t *state);

/* A number below `bound` (> 0). */
uint32_t fen_random_below(uint64_t *state, uint32_t bound);

/*
 * Fill `message` (schema->size_bytes): each field absent or not, lists of 0 to 3 items, texts with
 * Chinese, quotes and control characters among them, numbers from 0 to the ends of their type,
 * dates that JSON can write. Everything comes from `arena`.
 */
void fen_random_message(const struct fen_schema *schema, void *message, struct fen_arena *arena,
                        uint64_t *state);

#endif /* FEN_TESTS_LIB_RANDOM_MESSAGE_H */
