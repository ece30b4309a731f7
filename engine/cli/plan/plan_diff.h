/*
 * plan_diff: what a new plan changes, rule by rule, in words (`fen plan diff`).
 *
 * Threads: main.
 */
#ifndef FEN_CLI_PLAN_PLAN_DIFF_H
#define FEN_CLI_PLAN_PLAN_DIFF_H

#include "base/arena.h"
#include "base/buffer.h"
#include "plan/plan.h"

/* Append a line for each change, and how many there are. Returns: their number. */
uint32_t fen_plan_diff_append(const struct fen_plan *old, const struct fen_plan *new,
                              struct fen_arena *arena, struct fen_buffer *out);

#endif /* FEN_CLI_PLAN_PLAN_DIFF_H */
