/*
 * hash: XXH3 of ids, for tables and for the set of events seen.
 *
 * Not for partitions: those are Java's murmur2, so that producers in any language agree (wire).
 * Threads: any.
 */
#ifndef FEN_BASE_HASH_H
#define FEN_BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

/* 128 bits stand for an id: two ids of one lane collide with probability below 10^-20. */
struct fen_hash128 {
    uint64_t low;
    uint64_t high;
};

/* 64-bit XXH3 of the bytes. */
uint64_t fen_hash(struct fen_str str);

/* 64-bit XXH3 of two texts as a pair (a, b), not of their concatenation. */
uint64_t fen_hash_pair(struct fen_str a, struct fen_str b);

/* Likewise with the hash of the first text at hand: fen_hash_pair(a, b) is (fen_hash(a), b). */
uint64_t fen_hash_behind(uint64_t hash, struct fen_str b);

/* 128-bit XXH3 of a pair of texts. */
struct fen_hash128 fen_hash128_pair(struct fen_str a, struct fen_str b);

#endif /* FEN_BASE_HASH_H */
