/*
 * case_make: a test case that a rule of a plan fits: its conditions are met, and whatever its role
 * needs happens (somebody shares, serves, is bound).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_MAKE_H
#define FEN_CLI_PLAN_CASE_MAKE_H

#include "cli/plan/case_run.h"

/* Every member is borrowed; cases are made in the arena. */
struct fen_case_maker {
    const struct fen_plan *plan;
    struct fen_arena *arena;
    struct fen_case_runner *runner;
    enum fen_language language;
};

/*
 * A case of one guide, one store and one order of one line that reaches the rule; where other
 * rules are always before it, a case that its conditions fit. Cost: up to some thirty cases run.
 */
struct fen_case fen_case_make(const struct fen_case_maker *maker, const struct fen_rule *rule);

/* A copy of a made case that can be varied without the case. */
struct fen_case fen_case_copy(const struct fen_case_maker *maker, const struct fen_case *one);

/* Let happen what a role is about, by the first guide. */
void fen_case_enact(const struct fen_case_maker *maker, struct fen_case *one, enum fen_role role);

/* Whether a case can say this number of a key. */
bool fen_case_number_fits(uint32_t key, int64_t value);

/* Set the number that a key asks for. */
void fen_case_set_number(struct fen_case *one, uint32_t key, int64_t value);

/* Whether an entry of the case names the rule, limit or bonus. */
bool fen_case_reaches(const struct fen_case_maker *maker, const struct fen_case *one,
                      struct fen_str name);

#endif /* FEN_CLI_PLAN_CASE_MAKE_H */
