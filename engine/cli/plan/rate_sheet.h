/*
 * rate_sheet: the rules of a plan as rows of a spreadsheet, and rows as rules again.
 *
 * Why by the plan's own parser: a row becomes the nodes that the same words in a plan file would
 * give, each with the sheet's row and column for a place. So a cell is read as strictly as the
 * file, and every mistake is named by its cell.
 *
 * Threads: one; everything lives in the caller's arena.
 */
#ifndef FEN_CLI_PLAN_RATE_SHEET_H
#define FEN_CLI_PLAN_RATE_SHEET_H

#include "cli/text/csv.h"
#include "plan/node.h"

/* Columns of a rule; those of `when` by its key, those of a split by the portion's role. */
enum fen_rate_column {
    FEN_RATE_ROLE,
    FEN_RATE_RULE,
    FEN_RATE_WHEN, /* + enum fen_when_key */
    FEN_RATE_PAY = FEN_RATE_WHEN + FEN_DIMENSION_TEXT_COUNT + 3,
    FEN_RATE_PER_UNIT,
    FEN_RATE_PER_LINE,
    FEN_RATE_PER_CUSTOMER,
    FEN_RATE_MODE,
    FEN_RATE_TIERS,
    FEN_RATE_CAP_LINE,
    FEN_RATE_CAP_ORDER,
    FEN_RATE_SPLIT, /* + enum fen_role */
    FEN_RATE_EARNED = FEN_RATE_SPLIT + FEN_ROLE_SELF + 1,
    FEN_RATE_HOLD_FROM,
    FEN_RATE_HOLD_DAYS,
    FEN_RATE_FUNDER,
    FEN_RATE_COLUMN_COUNT,
};

/* A rule's cells as a sheet has them, in the language of a plan's keys. */
void fen_rate_cells(struct fen_arena *arena, const struct fen_plan *plan,
                    const struct fen_rule *rule, enum fen_language language,
                    struct fen_str cells_out[FEN_RATE_COLUMN_COUNT]);

/* The sheet of a plan: a row of headers, a row for each rule. */
void fen_rate_append(const struct fen_plan *plan, enum fen_language language, bool is_safe,
                     struct fen_arena *arena, struct fen_buffer *out);

/* What a sheet says. */
struct fen_rates {
    struct fen_plan rules;        /* that and nothing else; a rule's line_number is its row */
    const struct fen_node *roles; /* the nodes of `roles`, by row and column */
};

/*
 * Read a sheet of `plan`, by whose decimals and names it is judged. Mistakes are reported with the
 * row for a line; column 0: the row as a whole.
 * Returns: whether there was none.
 */
bool fen_rate_read(const struct fen_csv *csv, const struct fen_plan *plan, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics, struct fen_rates *rates_out) FEN_MUST_USE;

/*
 * Whether the rest of the plan file is right with the rules of a sheet without mistakes. What is
 * not is reported by its place in the file.
 */
bool fen_rate_fits(const struct fen_rates *rates, const struct fen_plan_document *document,
                   struct fen_arena *arena, struct fen_diagnostics *diagnostics) FEN_MUST_USE;

#endif /* FEN_CLI_PLAN_RATE_SHEET_H */
