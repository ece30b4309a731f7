/*
 * backtest_plot: the plots of a back-test's page as inline SVG, and text escaped for it.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_PLOT_H
#define FEN_CLI_BACKTEST_BACKTEST_PLOT_H

#include "cli/backtest/backtest_report.h"

/* Append a text with what HTML and XML take for markup escaped. */
void fen_html_append_text(struct fen_buffer *out, struct fen_str text);

/* Before and after of the first rows of a dimension as bars side by side. */
void fen_backtest_append_bars(const struct fen_backtest_report *report,
                              enum fen_backtest_dimension dimension, struct fen_arena *arena,
                              struct fen_buffer *out);

/* Guides by the change of what each gets. */
void fen_backtest_append_histogram(const struct fen_backtest_report *report,
                                   struct fen_buffer *out);

#endif /* FEN_CLI_BACKTEST_BACKTEST_PLOT_H */
