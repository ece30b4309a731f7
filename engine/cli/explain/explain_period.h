/*
 * explain_period: what text and JSON of a period's explanation have in common: which entries count
 * in which rule, what moved a sum, and how to ask for a period.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_EXPLAIN_EXPLAIN_PERIOD_H
#define FEN_CLI_EXPLAIN_EXPLAIN_PERIOD_H

#include "cli/explain/explain.h"

/* Whether an entry is part of the sum of a rule that was worked out. */
bool fen_explain_counts_in(const struct fen_period_explanation *period,
                           const struct fen_period_outcome *outcome,
                           const struct fen_entry *entry);

/* Whether an entry was posted by the period's rules, in whichever period it came to stand. */
bool fen_explain_is_of_period(const struct fen_period_explanation *period,
                              const struct fen_entry *entry);

/* Whether an entry is told of: it counts in some rule, or is of the period's own. */
bool fen_explain_is_told(const struct fen_period_explanation *period,
                         const struct fen_entry *entry);

/*
 * What moved the sums behind an entry of the period's rules: the subject of the payee's entry for
 * the same event, "plan.published", or absent: no entry stands for the event.
 */
struct fen_str fen_explain_moved_by(const struct fen_explain_subject *subject,
                                    const struct fen_entry *entry);

/*
 * The periods in whose rules the subject's entries count, as `fen explain` takes them
 * ("guide:A@2026-11"), each once, in the explanation's arena. The subject was evaluated.
 */
const struct fen_str *fen_explain_period_operands(const struct fen_explain_subject *subject,
                                                  uint32_t *count_out);

#endif /* FEN_CLI_EXPLAIN_EXPLAIN_PERIOD_H */
