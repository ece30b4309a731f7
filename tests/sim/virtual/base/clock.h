/*
 * clock: in place of engine/base/clock.h in the simulation's own build of stream and redis: the
 * same three functions on the virtual clock, so that no time but the simulation's is ever read.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_BASE_CLOCK_H
#define FEN_BASE_CLOCK_H

#include <stdint.h>

/* Virtual time; the wall clock of the process whose fiber runs may be set wrong. */
int64_t sim_clock_us(void);
int64_t sim_clock_wall_ms(void);

/* As in engine/base/clock.h. */
static inline int64_t fen_clock_us(void)
{
    return sim_clock_us();
}

/* The same, in milliseconds. */
static inline int64_t fen_clock_ms(void)
{
    return sim_clock_us() / 1000;
}

/* Wall clock, ms since 1970 UTC. */
static inline int64_t fen_clock_wall_ms(void)
{
    return sim_clock_wall_ms();
}

#endif /* FEN_BASE_CLOCK_H */
