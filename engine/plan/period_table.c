/* period_table: see period_table.h. */
#include "plan/period_table.h"

#include <stdlib.h>

#include "model/period.h"

/* The first millisecond of a period. */
static int64_t period_first_ms(const struct fen_plan *plan, int32_t period)
{
    return fen_period_first_date(period) * FEN_DAY_MS - plan->offset_ms;
}

bool fen_plan_overlaps_period(const struct fen_plan *plan, int32_t period)
{
    return plan->from_ms < period_first_ms(plan, period + 1) &&
           period_first_ms(plan, period) < plan->to_ms;
}

int64_t fen_plan_period_last_ms(const struct fen_plan *plan, int32_t period)
{
    return period_first_ms(plan, period + 1) - 1;
}

bool fen_plan_has_period_rules(const struct fen_plan *plan)
{
    if (plan->tier_rule_count > 0 || plan->bonus_count > 0)
        return true;
    for (uint32_t index = 0; index < plan->limit_count; index++)
        if (plan->limits[index].month_fen != FEN_NONE)
            return true;
    return false;
}

const struct fen_rule *fen_plan_tier_rule(const struct fen_plan *plan, struct fen_str name)
{
    uint32_t low = 0, high = plan->tier_rule_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = fen_str_compare(plan->tier_rules[middle]->name, name);
        if (order == 0)
            return plan->tier_rules[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    const struct fen_rule *const *left = a;
    const struct fen_rule *const *right = b;
    return fen_str_compare((*left)->name, (*right)->name);
}

void fen_plan_sort_tier_rules(struct fen_plan *plan, struct fen_arena *arena)
{
    uint32_t capacity = 0;
    plan->tier_rules = NULL;
    plan->tier_rule_count = 0;
    for (int role = 0; role < FEN_ROLE_COUNT; role++)
        for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
            const struct fen_rule *rule = &plan->rules[role][index];
            if (rule->pay.kind == FEN_PAY_TIERS)
                FEN_ARENA_PUSH(arena, plan->tier_rules, plan->tier_rule_count, capacity, rule);
        }
    if (plan->tier_rule_count > 0)
        qsort(plan->tier_rules, plan->tier_rule_count, sizeof(const struct fen_rule *),
              compare_names);
}

uint32_t fen_plan_tier_reached(const struct fen_pay *pay, int64_t base_fen)
{
    uint32_t tier = 0;
    while (tier + 1 < pay->tier_count && pay->tiers[tier + 1].from_fen <= base_fen)
        tier++;
    return tier;
}

int64_t fen_plan_tier_part(const struct fen_pay *pay, int64_t base_fen, uint32_t tier)
{
    uint32_t last = fen_plan_tier_reached(pay, base_fen);
    int64_t base = base_fen > 0 ? base_fen : 0;
    if (pay->is_flat)
        return tier == last ? base : 0;
    if (tier > last)
        return 0;
    return (tier == last ? base : pay->tiers[tier + 1].from_fen) - pay->tiers[tier].from_fen;
}

/* SPEC §7: floor(Σ over tiers k ≥ 2 of (rate_k − rate_1) × the part inside tier k), or, flat, of
 * the tier that holds the sum × all of it. */
int64_t fen_plan_tiers_amount(const struct fen_pay *pay, int64_t base_fen)
{
    fen_int128 product = 0;
    uint32_t last = fen_plan_tier_reached(pay, base_fen);
    for (uint32_t tier = 1; tier <= last; tier++)
        product += (fen_int128)(pay->tiers[tier].rate_ppm - pay->tiers[0].rate_ppm) *
                   fen_plan_tier_part(pay, base_fen, tier);
    return (int64_t)(product / FEN_PPM);
}

bool fen_plan_counts_in_period(const struct fen_plan *plan, enum fen_role role, struct fen_str rule,
                               bool is_guide)
{
    const struct fen_rule *tiers = fen_plan_tier_rule(plan, rule);
    if (tiers != NULL && tiers->role == role)
        return true;
    for (uint32_t index = 0; is_guide && index < plan->bonus_count; index++)
        for (uint32_t at = 0; at < plan->bonuses[index].role_count; at++)
            if (plan->bonuses[index].roles[at] == role)
                return true;
    for (uint32_t index = 0; is_guide && index < plan->limit_count; index++)
        for (uint32_t at = 0; at < plan->limits[index].role_count; at++)
            if (plan->limits[index].month_fen != FEN_NONE &&
                plan->limits[index].roles[at] == role)
                return true;
    return false;
}

const struct fen_bonus_step *fen_plan_bonus_reached(const struct fen_bonus *bonus,
                                                    fen_int128 sum_fen)
{
    const struct fen_bonus_step *reached = NULL;
    for (uint32_t step = 0; step < bonus->step_count && bonus->steps[step].from_fen <= sum_fen;
         step++)
        reached = &bonus->steps[step];
    return reached;
}

int64_t fen_plan_bonus_amount(const struct fen_bonus *bonus, fen_int128 sum_fen)
{
    const struct fen_bonus_step *reached = fen_plan_bonus_reached(bonus, sum_fen);
    return reached == NULL ? 0 : reached->amount_fen;
}

int64_t fen_plan_month_limit_amount(const struct fen_limit *limit, fen_int128 sum_fen)
{
    fen_int128 excess_fen = sum_fen - limit->month_fen;
    if (excess_fen <= 0)
        return 0;
    FEN_ASSERT(excess_fen <= INT64_MAX); /* an account's range (post/account.h) */
    return -(int64_t)excess_fen;
}
