/*
 * case_run: a test case run through the core of `fen replay`, and what came of it.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_RUN_H
#define FEN_CLI_PLAN_CASE_RUN_H

#include "base/assert.h"
#include "base/buffer.h"
#include "cli/plan/case_events.h"

/* What a payee has of a role, all entries together. */
struct fen_case_amount {
    struct fen_str payee;
    enum fen_role role;
    int64_t amount_fen;
};

/* A rule, a limit or a bonus, whose names are unique among them; or a task, of names apart. */
struct fen_case_name {
    struct fen_str name;
    bool is_task;
};

/* Those that had to do with an entry. */
struct fen_case_names {
    struct fen_case_name *items;
    uint32_t count, capacity;
};

struct fen_case_result {
    struct fen_case_amount *amounts; /* by payee and role, without zeros */
    uint32_t amount_count, amount_capacity;
    struct fen_str refused; /* why an event was no valid one: a mistake in the case; else absent */
};

/* Runs cases under a plan, one after the other; none sees what another has done. */
struct fen_case_runner;

/* The plan, which has no mistake, must outlive the runner; the caller destroys it. Never NULL. */
struct fen_case_runner *fen_case_runner_create(const struct fen_plan *plan) FEN_MUST_USE;
/* NULL is fine. */
void fen_case_runner_destroy(struct fen_case_runner *runner);

/*
 * Run a case. `names` gathers what was reached, over several cases; it and the result live in
 * `arena`. Cost: that of the case's events; the plan is read once for hundreds of cases.
 */
void fen_case_run(struct fen_case_runner *runner, const struct fen_case *one,
                  struct fen_arena *arena, struct fen_case_names *names,
                  struct fen_case_result *result_out);

/*
 * Append the explanation of each order, registration and task of a case, and of the months of
 * these payees: what tiers, bonuses and month limits make of it. Reads the plan anew.
 */
void fen_case_explain(const struct fen_plan *plan, const struct fen_case *one,
                      const struct fen_str *payees, uint32_t payee_count,
                      struct fen_arena *arena, struct fen_buffer *out);

/* Whether a name is among them. */
bool fen_case_names_has(const struct fen_case_names *names, struct fen_case_name name);

/* What a payee has of a role, or in all (role NONE). */
int64_t fen_case_amount_of(const struct fen_case_result *result, struct fen_str payee,
                           enum fen_role role);

#endif /* FEN_CLI_PLAN_CASE_RUN_H */
