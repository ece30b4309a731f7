/*
 * clock: the time, for timeouts and metrics only.
 *
 * Why so little: amounts depend on event times alone (SPEC §11.1); what reads a clock can never
 * decide one. Timeouts go by the monotonic clock, which no administrator sets back.
 *
 * Threads: any.
 */
#ifndef FEN_BASE_CLOCK_H
#define FEN_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Monotonic time since some start, in microseconds. */
static inline int64_t fen_clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The same, in milliseconds. */
static inline int64_t fen_clock_ms(void)
{
    return fen_clock_us() / 1000;
}

/* Wall clock, ms since 1970 UTC. */
static inline int64_t fen_clock_wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif /* FEN_BASE_CLOCK_H */
