/*
 * mutants: mistakes that can be switched on in the simulation's own build of the engine, to show
 * that a simulation that finds nothing would have found them. They are written down in mutants.toml
 * as changes of the source, which cmake applies to copies (mutate.py); the engine holds none.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_MUTANTS_H
#define FEN_TESTS_SIM_MUTANTS_H

#include <stdbool.h>
#include <string.h>

/* The name of the mistake that is made; "" none. */
extern const char *sim_mutant;

/* Choose one. Returns: false when there is none of that name. */
bool sim_mutant_choose(const char *name);

/* Whether it is this one. */
static inline bool sim_mutant_is(const char *name)
{
    return strcmp(sim_mutant, name) == 0;
}

#endif /* FEN_TESTS_SIM_MUTANTS_H */
