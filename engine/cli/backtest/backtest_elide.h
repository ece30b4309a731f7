/*
 * backtest_elide: two explanations of one order, without most of what they have in common.
 *
 * An order of ten lines is explained in hundreds of lines of text, of which a new rate changes a
 * few. Lines that the other text has too, in the same place, are left out, but for the head, those
 * next to a line of its own and the headings above it; "…" stands where some are missing.
 *
 * Threads: any.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_ELIDE_H
#define FEN_CLI_BACKTEST_BACKTEST_ELIDE_H

#include "base/arena.h"

/* The lines of `text` that tell it from `other`; memory: the arena's. Absent stays absent. */
struct fen_str fen_backtest_elide(struct fen_arena *arena, struct fen_str text,
                                  struct fen_str other);

#endif /* FEN_CLI_BACKTEST_BACKTEST_ELIDE_H */
