/*
 * case_run: a test case run through the core of `fen replay`, and what came of it.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_RUN_H
#define FEN_CLI_PLAN_CASE_RUN_H

#include "base/buffer.h"
#include "cli/plan/case_events.h"

/* What a payee has of a role, all entries together. */
struct fen_case_amount {
    struct fen_str payee;
    enum fen_role role;
    int64_t amount_fen;
};

/* Names of rules, limits, bonuses and tasks that had to do with an entry. */
struct fen_case_names {
    struct fen_str *items;
    uint32_t count, capacity;
};

struct fen_case_result {
    struct fen_case_amount *amounts; /* by payee and role, without zeros */
    uint32_t amount_count, amount_capacity;
    struct fen_str refused; /* why an event was no valid one: a mistake in the case; else absent */
};

/*
 * Run a case under a plan. `names` gathers what was reached, over several cases; `explanation_out`
 * (NULL: not wanted) gets the explanation of each order, registration and task, as text.
 */
void fen_case_run(const struct fen_plan *plan, const struct fen_case *one, struct fen_arena *arena,
                  struct fen_case_names *names, struct fen_case_result *result_out,
                  struct fen_buffer *explanation_out);

/* Whether a name is among them. */
bool fen_case_names_has(const struct fen_case_names *names, struct fen_str name);

/* What a payee has of a role, or in all (role NONE). */
int64_t fen_case_amount_of(const struct fen_case_result *result, struct fen_str payee,
                           enum fen_role role);

#endif /* FEN_CLI_PLAN_CASE_RUN_H */
