/*
 * case_write: a test case as the lines of a plan file.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_WRITE_H
#define FEN_CLI_PLAN_CASE_WRITE_H

#include "base/buffer.h"
#include "cli/plan/case_run.h"

/* Append the case as an item of `tests`, with what `result` came to as expected. */
void fen_case_write(const struct fen_plan *plan, const struct fen_case *one,
                    const struct fen_case_result *result, enum fen_language language,
                    struct fen_arena *arena, struct fen_buffer *out);

#endif /* FEN_CLI_PLAN_CASE_WRITE_H */
