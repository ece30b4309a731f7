/*
 * backtest_run: the same events through the core twice, once for each side.
 *
 * Why blocks: a machine works out an order anew with each event about it. What is posted in the end
 * depends on the set of events alone (SPEC §11.1), so events are gathered into large blocks and put
 * in the order that is worked out fastest (backtest_block.h). A publication that takes effect and
 * the closing of a period stay where they are, since there the moment counts (SPEC §4, §6).
 *
 * Threads: the caller's gives the events; each side has a thread of its own between create and
 * finish. After finish everything is the caller's again.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_RUN_H
#define FEN_CLI_BACKTEST_BACKTEST_RUN_H

#include "cli/backtest/backtest_block.h"
#include "cli/plan/plan_files.h"
#include "cli/replay/replay_machine.h"

enum fen_backtest_side { FEN_BACKTEST_BEFORE, FEN_BACKTEST_AFTER, FEN_BACKTEST_SIDES };

/* An entry beside an order: of a registration, a task or a period. */
struct fen_backtest_entry {
    struct fen_str tenant, subject, payee, funder;
    enum fen_role role;
    int64_t amount_fen;
    int64_t earned_ms;
};

struct fen_backtest_run;

/* What a side is worked out with. */
struct fen_backtest_plan {
    bool is_wanted;                   /* else the side is not run */
    const struct fen_plan_file *plan; /* in force at all times; NULL: plans as the events publish */
};

/*
 * Begin; `plans` must outlive it. Returns: NULL, said on stderr, when a plan cannot be published.
 * The caller destroys.
 */
struct fen_backtest_run *
fen_backtest_run_create(const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES]) FEN_MUST_USE;
/* Ends the threads where they still run; NULL is fine. */
void fen_backtest_run_destroy(struct fen_backtest_run *run);

/*
 * Take a valid event by its protobuf bytes; copied. A fact about an order, a customer or a task is
 * passed over when one of its id came before. Waits while both blocks are full.
 */
void fen_backtest_run_take(struct fen_backtest_run *run, const struct fen_backtest_place *place,
                           struct fen_str value);

/* Carry out all that was taken, and end the threads. */
void fen_backtest_run_finish(struct fen_backtest_run *run);

/* The side's machine, after finish; NULL: the side was not run. */
struct fen_replay_machine *fen_backtest_run_machine(struct fen_backtest_run *run,
                                                    enum fen_backtest_side side);

/* The side's entries beside orders, after finish. */
const struct fen_backtest_entry *fen_backtest_run_entries(const struct fen_backtest_run *run,
                                                          enum fen_backtest_side side,
                                                          uint32_t *count_out);

/* A machine under the side's plan, for few events; NULL as above. The caller destroys it. */
struct fen_replay_machine *
fen_backtest_machine_create(const struct fen_backtest_plan *plan,
                            const struct fen_replay_options *options) FEN_MUST_USE;

/* Whether the side's machine takes events of a type: publications only where they take effect. */
bool fen_backtest_takes(const struct fen_backtest_plan *plan, enum fen_event_type type);

#endif /* FEN_CLI_BACKTEST_BACKTEST_RUN_H */
