/*
 * rate_edit: the rules of a sheet put into the text of a plan file, where they differ.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_RATE_EDIT_H
#define FEN_CLI_PLAN_RATE_EDIT_H

#include "cli/plan/rate_sheet.h"
#include "plan/diagnose.h"

/*
 * Append the text of `document` with its rules as those of the sheet. What cannot be done (rows in
 * another order) is reported by the sheet's row.
 * Returns: how many rules were changed, added and removed.
 */
uint32_t fen_rate_edit(const struct fen_plan_document *document, const struct fen_plan *rules,
                       struct fen_arena *arena, struct fen_diagnostics *diagnostics,
                       struct fen_buffer *out);

#endif /* FEN_CLI_PLAN_RATE_EDIT_H */
