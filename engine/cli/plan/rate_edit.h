/*
 * rate_edit: the rules of a sheet put into the text of a plan file, where they differ.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_RATE_EDIT_H
#define FEN_CLI_PLAN_RATE_EDIT_H

#include "cli/plan/rate_sheet.h"
#include "cli/text/text_edit.h"
#include "plan/diagnose.h"

/*
 * Change the text of `document`, with which `edit` was begun, so that its rules are those of the
 * sheet. What cannot be done (rows in another order) is reported by the sheet's row.
 * Returns: how many rules were changed, added and removed.
 */
uint32_t fen_rate_edit(const struct fen_plan_document *document, const struct fen_plan *rules,
                       struct fen_text_edit *edit, struct fen_diagnostics *diagnostics);

#endif /* FEN_CLI_PLAN_RATE_EDIT_H */
