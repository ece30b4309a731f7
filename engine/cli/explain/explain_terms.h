/*
 * explain_terms: what text and JSON of `fen explain` have in common: values a rule asked for and
 * found, the event behind an entry, exact amounts.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_EXPLAIN_EXPLAIN_TERMS_H
#define FEN_CLI_EXPLAIN_EXPLAIN_TERMS_H

#include "cli/explain/explain.h"

/* Conditions of a rule: the text dimensions, then bound_days, quantity, base (plan/words.h). */
#define FEN_EXPLAIN_CONDITION_COUNT (FEN_DIMENSION_TEXT_COUNT + 3)

/* The values a rule's condition names: "a, b", "3..", in the arena. */
struct fen_str fen_explain_wanted(struct fen_arena *arena, const struct fen_rule *rule,
                                  uint32_t condition);

/* What a candidate offered to it; absent: nothing. */
struct fen_str fen_explain_found(const struct fen_explanation *explanation,
                                 const struct fen_trace_candidate *candidate, uint32_t condition);

/* The work on a line by its number; NULL: there is none. */
const struct fen_work_line *fen_explain_line(const struct fen_explanation *explanation,
                                             int64_t line);

/* Whether a role stands in the credit order and was not tried on the line: another took it. */
bool fen_explain_is_untried(const struct fen_explanation *explanation, int64_t line,
                            enum fen_role role);

/* What a line limit found on a line in a pass; NULL: it was not there. */
const struct fen_trace_limit *fen_explain_limit(const struct fen_explanation *explanation,
                                                const struct fen_trace_step *step);

/*
 * The plan in force for an order that has none because its currency is another; NULL: there is
 * none in any currency.
 */
const struct fen_plan *fen_explain_foreign_plan(const struct fen_explanation *explanation);

/* The part of a credit that is in no key's floored amount; zero where nothing is due. */
struct fen_exact fen_explain_rest(const struct fen_explanation *explanation,
                                  const struct fen_work_credit *credit);

/* part / scale in lowest terms. */
void fen_explain_fraction(struct fen_exact amount, fen_uint128 scale, fen_uint128 *numerator_out,
                          fen_uint128 *denominator_out);

/*
 * The type of the event that an entry names, and what it was about: a refund, a guide, a store.
 * What it was about is found among the facts and references that hold, and so is the type for
 * entries that do not tell it; absent and NONE: another has taken its place since, or no id of it
 * is kept.
 */
enum fen_event_type fen_explain_cause(const struct fen_explanation *explanation,
                                      const struct fen_entry *entry, struct fen_str *about_out);

/* Whether everything due is posted. */
bool fen_explain_is_settled(const struct fen_explanation *explanation);

#endif /* FEN_CLI_EXPLAIN_EXPLAIN_TERMS_H */
