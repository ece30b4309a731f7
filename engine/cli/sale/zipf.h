/*
 * zipf: ranks drawn by Zipf's law, P(rank) ~ rank^-s, in integers.
 *
 * Why own and in integers: pow() may differ in its last bit between machines, and with it the rank
 * drawn. The first ranks have a weight each, further ones share one in buckets of a sixteenth of an
 * octave, so that ten million customers need a table of a few hundred rows.
 *
 * Threads: constant after create; any.
 */
#ifndef FEN_CLI_SALE_ZIPF_H
#define FEN_CLI_SALE_ZIPF_H

#include <stdint.h>

#include "base/assert.h"
#include "cli/sale/random.h"

#define FEN_ZIPF_EXPONENT_PPM_MAX 4000000

struct fen_zipf;

/* Ranks 0..count - 1 with exponent s = exponent_ppm / 10^6 in 0..4. count > 0. */
struct fen_zipf *fen_zipf_create(uint64_t count, int64_t exponent_ppm) FEN_MUST_USE;
void fen_zipf_destroy(struct fen_zipf *zipf);

/* Draw a rank. Cost: two draws and a binary search. */
uint64_t fen_zipf_draw(const struct fen_zipf *zipf, struct fen_random *random);

#endif /* FEN_CLI_SALE_ZIPF_H */
