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

/* Bits of a shape without which no amount hangs on the sums of a period (SPEC §7). */
#define SIM_SHAPE_PERIOD_RULES (1u | 2u | 64u)

/* Append the plan's YAML, its lines parted by the two characters \n, as within JSON. */
void sim_plan_append(uint32_t shape, uint32_t version, struct fen_buffer *out);

#endif /* FEN_TESTS_SIM_INPUT_PLAN_H */
