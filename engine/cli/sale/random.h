/*
 * random: splitmix64, the generator's only source of chance.
 *
 * Why own: the same seed must give the same bytes on every machine, for ever. Integers only; a
 * stream is made for each subject (an order, a guide) from the seed and its number, so that any of
 * them can be described again without replaying the others.
 *
 * Threads: values; any.
 */
#ifndef FEN_CLI_SALE_RANDOM_H
#define FEN_CLI_SALE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "model/exact.h"

struct fen_random {
    uint64_t state;
};

/* The next 64 bits. */
static inline uint64_t fen_random_next(struct fen_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The stream of one subject. */
static inline struct fen_random fen_random_of(uint64_t seed, uint64_t subject, uint64_t number)
{
    struct fen_random random = {seed ^ (subject << 56)};
    random.state = fen_random_next(&random) ^ number;
    random.state = fen_random_next(&random);
    return random;
}

/* Uniform in 0..bound - 1; bound > 0. The bias is below bound / 2^64. */
static inline uint64_t fen_random_below(struct fen_random *random, uint64_t bound)
{
    return (uint64_t)(((fen_uint128)fen_random_next(random) * bound) >> 64);
}

/* Uniform in from..to, both included. */
static inline int64_t fen_random_between(struct fen_random *random, int64_t from, int64_t to)
{
    return from + (int64_t)fen_random_below(random, (uint64_t)(to - from) + 1);
}

/* True `ppm` times in a million. */
static inline bool fen_random_chance(struct fen_random *random, int64_t ppm)
{
    return (int64_t)fen_random_below(random, 1000000) < ppm;
}

#endif /* FEN_CLI_SALE_RANDOM_H */
