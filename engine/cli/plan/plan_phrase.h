/*
 * plan_phrase: the parts of a plan as finance reads them, in the language chosen.
 *
 * What `fen plan show`, `diff` and `test` say of a rule is said here, once. Texts live in the
 * arena; a part that the plan does not have is "".
 *
 * Threads: any; the arena is the caller's.
 */
#ifndef FEN_CLI_PLAN_PLAN_PHRASE_H
#define FEN_CLI_PLAN_PLAN_PHRASE_H

#include "base/arena.h"
#include "cli/options/language.h"
#include "plan/plan.h"

/* "1,234.56" in the plan's currency; "-0.50". */
struct fen_str fen_phrase_money(struct fen_arena *arena, const struct fen_plan *plan,
                                int64_t amount_fen);

/* The same without the commas: as a plan file has it. */
struct fen_str fen_phrase_plain_money(struct fen_arena *arena, const struct fen_plan *plan,
                                      int64_t amount_fen);

/* "4.5%". */
struct fen_str fen_phrase_rate(struct fen_arena *arena, int64_t rate_ppm);

/* "2026-10-01 00:00" in the plan's time zone; seconds where there are some. */
struct fen_str fen_phrase_time(struct fen_arena *arena, const struct fen_plan *plan,
                               int64_t time_ms);

/* "7 days", "7 天"; hours where it is not whole days. */
struct fen_str fen_phrase_duration(struct fen_arena *arena, int64_t duration_ms);

/* "a..b", "a..", "a"; of money, or of whole numbers. */
struct fen_str fen_phrase_range(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_range *range, bool is_money);

/*
 * A text of the plan's author within a sentence of ours: in quotes where it could be taken for more
 * or other than itself (it has a comma, a blank at its edge, what is not seen). No two texts look
 * alike in a list.
 */
struct fen_str fen_phrase_quoted(struct fen_arena *arena, struct fen_str text);

/* A text that a condition by its key (enum fen_when_key) asks for, in the reader's language. */
struct fen_str fen_phrase_value(uint32_t key, struct fen_str text);

/* The values of one condition by its key (enum fen_when_key), `separator` between them. */
struct fen_str fen_phrase_condition(struct fen_arena *arena, const struct fen_plan *plan,
                                    const struct fen_rule *rule, uint32_t key,
                                    const char *separator);

/* The columns of a rule. */
struct fen_str fen_phrase_when(struct fen_arena *arena, const struct fen_plan *plan,
                               const struct fen_rule *rule);
struct fen_str fen_phrase_pay(struct fen_arena *arena, const struct fen_plan *plan,
                              const struct fen_rule *rule);
struct fen_str fen_phrase_cap(struct fen_arena *arena, const struct fen_plan *plan,
                              const struct fen_rule *rule);
struct fen_str fen_phrase_split(struct fen_arena *arena, const struct fen_rule *rule);
struct fen_str fen_phrase_earned(const struct fen_rule *rule);
struct fen_str fen_phrase_hold(struct fen_arena *arena, const struct fen_rule *rule);
struct fen_str fen_phrase_funder(const struct fen_rule *rule);

/* A role's name; several, with a comma between them. */
struct fen_str fen_phrase_role(enum fen_role role);
struct fen_str fen_phrase_roles(struct fen_arena *arena, const enum fen_role *roles,
                                uint32_t count);

/* What a limit, a bonus and a task come to. */
struct fen_str fen_phrase_limit(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_limit *limit);
struct fen_str fen_phrase_bonus(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_bonus *bonus);
struct fen_str fen_phrase_task(struct fen_arena *arena, const struct fen_plan *plan,
                               const struct fen_task *task);

/* `list` with `item` behind it. */
struct fen_str fen_phrase_joined(struct fen_arena *arena, struct fen_str list,
                                 const char *separator, struct fen_str item);

#endif /* FEN_CLI_PLAN_PLAN_PHRASE_H */
