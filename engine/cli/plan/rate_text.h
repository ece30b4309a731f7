/*
 * rate_text: parts of a rule as a plan file writes them, in brackets.
 *
 * Threads: any; the arena is the caller's.
 */
#ifndef FEN_CLI_PLAN_RATE_TEXT_H
#define FEN_CLI_PLAN_RATE_TEXT_H

#include "base/arena.h"
#include "plan/words.h"

struct fen_rate_writer {
    const struct fen_plan *plan; /* its decimals */
    enum fen_language language;
    struct fen_arena *arena;
};

/* The value of a key of a rule (enum fen_rule_key); absent: the rule does not need the key. */
struct fen_str fen_rate_text(const struct fen_rate_writer *writer, const struct fen_rule *rule,
                             enum fen_rule_key key);

/* The values of a condition (enum fen_when_key) and a cap (enum fen_cap_key); absent: none. */
struct fen_str fen_rate_when_text(const struct fen_rate_writer *writer,
                                  const struct fen_rule *rule, uint32_t key);
struct fen_str fen_rate_cap_text(const struct fen_rate_writer *writer, const struct fen_rule *rule,
                                 enum fen_cap_key key);

/* The whole rule: "{规则名: x, 佣金: 3%}". */
struct fen_str fen_rate_rule_text(const struct fen_rate_writer *writer,
                                  const struct fen_rule *rule);

#endif /* FEN_CLI_PLAN_RATE_TEXT_H */
