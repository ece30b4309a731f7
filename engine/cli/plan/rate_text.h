/*
 * rate_text: a rule as a plan file writes it, in brackets.
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

/*
 * The whole rule: "{规则名: x, 佣金: 3%}"; with what holds also where it is not said (`earned`,
 * `funder`), or without.
 */
struct fen_str fen_rate_rule_text(const struct fen_rate_writer *writer,
                                  const struct fen_rule *rule, bool has_defaults);

#endif /* FEN_CLI_PLAN_RATE_TEXT_H */
