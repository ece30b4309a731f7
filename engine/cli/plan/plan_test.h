/*
 * plan_test: the cases of a plan file run, and cases made from the edges of its rules
 * (`fen plan test`, `fen plan test --init`).
 *
 * Threads: main.
 */
#ifndef FEN_CLI_PLAN_PLAN_TEST_H
#define FEN_CLI_PLAN_PLAN_TEST_H

#include "cli/plan/plan_file.h"

/*
 * Append `tests:` with a case for each rule and for each edge: the share windows, the ends of
 * ranges, tiers, caps, limits, bonus and task steps, a refund. What they come to now is written as
 * expected, for the author to confirm. No case is written twice, nor one that the file has, and no
 * name that the file has.
 */
void fen_plan_test_init(const struct fen_plan_source *source, struct fen_arena *arena,
                        struct fen_buffer *out);

struct fen_plan_tested {
    uint32_t passed_count, failed_count;
};

/* Run the cases of a file without mistakes; told are those that differ, and the coverage. */
struct fen_plan_tested fen_plan_test_brief(const struct fen_plan_source *source,
                                           struct fen_arena *arena, struct fen_buffer *out);

#endif /* FEN_CLI_PLAN_PLAN_TEST_H */
