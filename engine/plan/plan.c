/* plan: what is asked of a compiled plan beside its rules (plan/match.c). See plan.h. */
#include "plan/plan.h"

const struct fen_rule *fen_plan_find_rule(const struct fen_plan *plan, enum fen_role role,
                                          struct fen_str name)
{
    for (uint32_t index = 0; index < plan->rule_count[role]; index++)
        if (fen_str_equal(plan->rules[role][index].name, name))
            return &plan->rules[role][index];
    return NULL;
}

const struct fen_range *fen_plan_range(const struct fen_rule *rule, uint32_t key)
{
    const struct fen_range *ranges[] = {&rule->bound_days, &rule->quantity, &rule->base_fen};
    const struct fen_range *range = ranges[key - FEN_DIMENSION_TEXT_COUNT];
    return range->is_set ? range : NULL;
}

int64_t fen_plan_window_ms(const struct fen_plan *plan, struct fen_str channel)
{
    if (fen_str_is_set(channel))
        for (uint32_t index = 0; index < plan->channel_window_count; index++)
            if (fen_str_equal(plan->channel_windows[index].channel, channel))
                return plan->channel_windows[index].window_ms;
    return plan->share_window_ms;
}

int64_t fen_plan_window_max_ms(const struct fen_plan *plan)
{
    int64_t longest = plan->share_window_ms == FEN_NONE ? 0 : plan->share_window_ms;
    for (uint32_t index = 0; index < plan->channel_window_count; index++)
        if (plan->channel_windows[index].window_ms > longest)
            longest = plan->channel_windows[index].window_ms;
    return longest;
}

bool fen_plan_is_exclusive(const struct fen_plan *plan, enum fen_role role)
{
    for (uint32_t index = 0; index < plan->credit_order_count; index++)
        if (plan->credit_order[index] == role)
            return true;
    return false;
}
