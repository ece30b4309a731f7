/*
 * random: the one source of chance of a simulated world; a seed gives the same world for ever.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_RANDOM_H
#define FEN_TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
    uint64_t state;
};

/* splitmix64. */
static inline uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. bound - 1. */
static inline uint32_t sim_random_below(struct sim_random *random, uint32_t bound)
{
    return (uint32_t)(sim_random_next(random) % bound);
}

/* least .. most, both included. */
static inline int64_t sim_random_between(struct sim_random *random, int64_t least, int64_t most)
{
    return least + (int64_t)(sim_random_next(random) % (uint64_t)(most - least + 1));
}

/* True in `per_10000` of 10,000. */
static inline bool sim_random_is(struct sim_random *random, uint32_t per_10000)
{
    return per_10000 > 0 && sim_random_below(random, 10000) < per_10000;
}

#endif /* FEN_TESTS_SIM_RANDOM_H */
