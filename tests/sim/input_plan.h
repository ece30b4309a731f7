/*
 * input_plan: plans of simulated shops: a shape says which rules there are, a version what they
 * pay.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_INPUT_PLAN_H
#define FEN_TESTS_SIM_INPUT_PLAN_H

#include <stdint.h>

#include "base/buffer.h"

/* Append the plan's YAML, its lines parted by the two characters \n, as within JSON. */
void sim_plan_append(uint32_t shape, uint32_t version, struct fen_buffer *out);

#endif /* FEN_TESTS_SIM_INPUT_PLAN_H */
