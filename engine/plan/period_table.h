/*
 * period_table: the tables a plan keeps for a whole period: tiers, bonuses and month limits (SPEC
 * §7), and what they give for the sums of one payee.
 *
 * Sums come in 128 bits: several roles' 64-bit sums are added up before a table is asked.
 *
 * Threads: pure; any.
 */
#ifndef FEN_PLAN_PERIOD_TABLE_H
#define FEN_PLAN_PERIOD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/exact.h"
#include "plan/plan.h"

/* Whether the plan's validity and the period have a moment in common, in the plan's time zone. */
bool fen_plan_overlaps_period(const struct fen_plan *plan, int32_t period);

/* The last millisecond of a period in the plan's time zone. */
int64_t fen_plan_period_last_ms(const struct fen_plan *plan, int32_t period);

/* Whether the plan has tiers, a bonus or a month limit at all. */
bool fen_plan_has_period_rules(const struct fen_plan *plan);

/* The rule of that name, if it has tiers; NULL: it has none, or the plan lacks the rule. */
const struct fen_rule *fen_plan_tier_rule(const struct fen_plan *plan, struct fen_str name);

/* Put the rules that have tiers in order, for fen_plan_tier_rule to find them; when compiling. */
void fen_plan_sort_tier_rules(struct fen_plan *plan, struct fen_arena *arena);

/* The tier, from 0, that holds a sum of bases; one of exactly a `from` is in the tier it begins. */
uint32_t fen_plan_tier_reached(const struct fen_pay *pay, int64_t base_fen);

/* What a tier's rate is taken of: the part of the sum inside it, or, flat, all or nothing. */
int64_t fen_plan_tier_part(const struct fen_pay *pay, int64_t base_fen, uint32_t tier);

/*
 * Whether an entry of the role and rule counts in a rule of its period: tiers of its own, or, of a
 * guide, a bonus or month limit over its role.
 */
bool fen_plan_counts_in_period(const struct fen_plan *plan, enum fen_role role, struct fen_str rule,
                               bool is_guide);

/*
 * What the tiers pay beyond the first tier's rate, in minor units, floored, for the sum of a rule's
 * bases; a sum below 0 counts as 0. Never below 0, since rates do not fall.
 */
int64_t fen_plan_tiers_amount(const struct fen_pay *pay, int64_t base_fen);

/* The highest step that the sum reaches; NULL below the first. */
const struct fen_bonus_step *fen_plan_bonus_reached(const struct fen_bonus *bonus,
                                                    fen_int128 sum_fen);

/* The amount of that step; 0 below the first. */
int64_t fen_plan_bonus_amount(const struct fen_bonus *bonus, fen_int128 sum_fen);

/* What a month limit takes back of a sum: 0 or less. */
int64_t fen_plan_month_limit_amount(const struct fen_limit *limit, fen_int128 sum_fen);

#endif /* FEN_PLAN_PERIOD_TABLE_H */
