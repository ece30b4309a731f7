/*
 * rule_terms: a plan's rule as the API says it: what it asks for, pays, caps, holds and shares.
 *
 * Threads: pure; any.
 */
#ifndef FEN_API_RULE_TERMS_H
#define FEN_API_RULE_TERMS_H

#include "base/buffer.h"
#include "model/entry.h"
#include "plan/plan.h"

/* Append the terms of the rule that a key names; null where the plan, or in it the rule, is not. */
void fen_rule_terms_append_json(struct fen_buffer *out, const struct fen_plan *plan,
                                const struct fen_key *key);

#endif /* FEN_API_RULE_TERMS_H */
