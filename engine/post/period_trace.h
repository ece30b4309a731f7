/*
 * period_trace: what period rules found and made of it, rule by rule, for `fen explain` (SPEC §7,
 * §11.7).
 *
 * Why: as with split/trace.h, an explanation worked out apart from the amount will one day differ
 * from it. The rules themselves note their outcomes here when they are given a trace.
 *
 * Threads: one. Memory comes from the trace's arena; what is pointed to is the plan's.
 */
#ifndef FEN_POST_PERIOD_TRACE_H
#define FEN_POST_PERIOD_TRACE_H

#include <stdint.h>

#include "base/arena.h"
#include "model/exact.h"
#include "model/role.h"
#include "plan/plan.h"

/* What one period rule comes to for a payee and period. */
struct fen_period_outcome {
    enum fen_kind kind;           /* TIER, BONUS, CAP */
    enum fen_role role;           /* of the tiers' rule; BONUS, CAP */
    struct fen_str name;          /* of the rule, bonus or limit */
    const struct fen_plan *table; /* the version that holds */
    /* One of these by kind; NULL: the table lacks it, and what was posted is taken back. */
    const struct fen_rule *rule;
    const struct fen_bonus *bonus;
    const struct fen_limit *limit;
    fen_int128 sum_fen; /* B of tiers; of bonus and limit the sum over their roles */
    int64_t amount_fen; /* due */
    /* set where it is settled: what stood posted before, and under which version; 0: nothing */
    int64_t posted_fen;
    uint32_t posted_version;
};

struct fen_period_trace {
    struct fen_arena *arena; /* set by the caller; all else zero */
    struct fen_period_outcome *outcomes;
    uint32_t outcome_count, outcome_capacity;
};

/* Note an outcome; trace may be NULL. */
static inline void fen_period_trace_outcome(struct fen_period_trace *trace,
                                            const struct fen_period_outcome *outcome)
{
    if (trace != NULL)
        FEN_ARENA_PUSH(trace->arena, trace->outcomes, trace->outcome_count,
                       trace->outcome_capacity, *outcome);
}

#endif /* FEN_POST_PERIOD_TRACE_H */
