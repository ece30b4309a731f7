/*
 * rate: how often somebody may ask: a bucket each that fills by itself.
 *
 * Memory is fixed: buckets lie in a table by hash. Two payees that are busy at once on one place
 * share a bucket; with 65,536 places that is rare, and costs them a 429.
 *
 * Threads: one at a time.
 */
#ifndef FEN_API_RATE_H
#define FEN_API_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

struct fen_rate;

/* `per_second` on the long run, twice as many at once; 0: any number. The caller destroys. */
struct fen_rate *fen_rate_create(uint32_t per_second) FEN_MUST_USE;
void fen_rate_destroy(struct fen_rate *rate);

/* Whether whoever hashes to `hash` may ask once more now. */
bool fen_rate_allows(struct fen_rate *rate, uint64_t hash, int64_t now_ms) FEN_MUST_USE;

#endif /* FEN_API_RATE_H */
