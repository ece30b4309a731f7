/*
 * schedule: virtual time, and what happens when. One world at a time.
 *
 * Events run one after another in the order of their times, those of one time in the order in which
 * they were asked for; the clock stands still while one runs.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_SCHEDULE_H
#define FEN_TESTS_SIM_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Begin at time 0 with nothing to happen; frees what was. */
void sim_schedule_reset(void);

/* Virtual microseconds since the world began. */
int64_t sim_now_us(void);

/* Run `run(context, number)` after a delay, 0 included. */
void sim_schedule_after(int64_t delay_us, void (*run)(void *context, uint64_t number),
                        void *context, uint64_t number);

/* Run the next event. Returns: false when there is none. */
bool sim_schedule_step(void);

/* Events run, and a hash over their times: two runs of a seed agree in both. */
uint64_t sim_schedule_step_count(void);
uint64_t sim_schedule_hash(void);

/* Fold something into the hash. */
void sim_schedule_note(uint64_t what);

#endif /* FEN_TESTS_SIM_SCHEDULE_H */
