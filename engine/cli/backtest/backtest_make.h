/*
 * backtest_make: a back-test from its events to a filled report: `fen backtest` tells the whole of
 * it, `fen plan publish` a few lines.
 *
 * Threads: main; two more while it works (backtest_run.h).
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_MAKE_H
#define FEN_CLI_BACKTEST_BACKTEST_MAKE_H

#include "cli/backtest/backtest_report.h"
#include "cli/backtest/backtest_source.h"

/*
 * The window of --from and --to in the zone of the plan that is tried, and what else the report
 * and the source take from the plans. Returns: OK, or USAGE, said on stderr.
 */
enum fen_exit
fen_backtest_window_read(const struct fen_arguments *arguments,
                         const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                         struct fen_backtest_source *source,
                         struct fen_backtest_report *report) FEN_MUST_USE;

/* What a report borrows its rows and names from. */
struct fen_backtest_made {
    struct fen_backtest_run *run;
    struct fen_backtest_fold *fold;
};

/*
 * Run both sides and fill the report, whose window and plans' names are set; with `explains` also
 * its largest changes, for which the events are read once more. Memory: the arena's, and made's,
 * which the caller deinits in any case, once the report is told.
 * Returns: OK; INPUT, UNAVAILABLE or CONFIG, said on stderr.
 */
enum fen_exit fen_backtest_make(struct fen_backtest_source *source,
                                const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                                bool explains, struct fen_arena *arena,
                                struct fen_backtest_report *report,
                                struct fen_backtest_made *made) FEN_MUST_USE;
void fen_backtest_made_deinit(struct fen_backtest_made *made);

/* A few lines: against what, how many orders, the totals, who gains and who loses. */
void fen_backtest_append_summary(const struct fen_backtest_report *report, struct fen_buffer *out);

#endif /* FEN_CLI_BACKTEST_BACKTEST_MAKE_H */
