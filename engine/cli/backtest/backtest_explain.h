/*
 * backtest_explain: the largest changes, each explained under both plans as `fen explain` does.
 *
 * The events are visited once more, those alone that bear on the orders, registrations and tasks
 * to explain; a payee's month is explained by the account that the side's whole run has left.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_EXPLAIN_H
#define FEN_CLI_BACKTEST_BACKTEST_EXPLAIN_H

#include "cli/backtest/backtest_report.h"
#include "cli/backtest/backtest_source.h"

/*
 * Fill in the explanations of the report's changes. `run` is finished; `plans` are those of the
 * explanations: a side may be explained that was not run (posted, from Kafka). Memory: the arena's.
 */
enum fen_exit fen_backtest_explain(struct fen_backtest_report *report,
                                   struct fen_backtest_source *source,
                                   struct fen_backtest_run *run,
                                   const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                                   struct fen_arena *arena) FEN_MUST_USE;

#endif /* FEN_CLI_BACKTEST_BACKTEST_EXPLAIN_H */
