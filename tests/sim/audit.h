/*
 * audit: whether a world at rest holds what it must: ledger, accounts, states, channels, offsets,
 * dead letters, Redis. Fails the seed where it does not.
 *
 * Threads: the simulation's one; not in a fiber.
 */
#ifndef FEN_TESTS_SIM_AUDIT_H
#define FEN_TESTS_SIM_AUDIT_H

#include "sim/sums.h"
#include "sim/world.h"

/* `found`: the ledger's sums, for whoever wants to compare them elsewhere. */
void sim_audit(struct sim_world *world, struct sim_sums *found);

#endif /* FEN_TESTS_SIM_AUDIT_H */
