/*
 * reckoning: what a world's events come to, by the lanes alone: no Kafka, no faults, all partitions
 * in one machine. And a rehearsal: the same in random batches, each of which may first be
 * discarded, since the lanes promise that a discarded batch leaves no trace.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_RECKONING_H
#define FEN_TESTS_SIM_RECKONING_H

#include <stdint.h>

#include "sim/input.h"
#include "sim/sums.h"

struct sim_reckoning_options {
    enum fen_wire wire;
    uint32_t partition_count;
    struct sim_random *random; /* of a rehearsal; NULL: one batch, never discarded */
};

/* Add up what the inputs, which have all been appended, come to. */
void sim_reckon(const struct sim_inputs *inputs, const struct sim_reckoning_options *options,
                struct sim_sums *sums);

#endif /* FEN_TESTS_SIM_RECKONING_H */
