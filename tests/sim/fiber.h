/*
 * fiber: the threads of simulated processes as coroutines of the one real thread.
 *
 * A fiber runs until it sleeps or parks; whoever else is due then runs. So a worker can stand in
 * the midst of a commit while another takes its partitions over, and which of them goes on first is
 * a matter of the seed.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_FIBER_H
#define FEN_TESTS_SIM_FIBER_H

#include <stdbool.h>
#include <stdint.h>

struct sim_fiber;

/* Does not run before `*frozen_until_us`, whenever it is woken: SIGSTOP and SIGCONT. */
struct sim_fiber_options {
    void (*run)(void *context);
    void *context;
    const int64_t *frozen_until_us;
    const int64_t *wall_skew_ms; /* of its process */
};

/* It begins as soon as what runs now sleeps. Freed, with all others, by sim_fiber_reset. */
struct sim_fiber *sim_fiber_create(const struct sim_fiber_options *options);

/* The one that runs; NULL: none does. */
struct sim_fiber *sim_fiber_current(void);

/* Let others run for so long, or until woken. In a fiber. */
void sim_fiber_sleep(int64_t us);

/* Let others run until woken. In a fiber. */
void sim_fiber_park(void);

/* Let a fiber that sleeps or is parked go on now; one that is over: nothing. */
void sim_fiber_wake(struct sim_fiber *fiber);

/* Whether its function has returned. */
bool sim_fiber_is_over(const struct sim_fiber *fiber);

/* Forget all fibers, over or not. Not in a fiber. */
void sim_fiber_reset(void);

#endif /* FEN_TESTS_SIM_FIBER_H */
