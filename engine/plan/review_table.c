/* review_table: caps, tiers, limits, bonuses and tasks that cannot work as written. See review.h.
 */
#include "model/event.h"
#include "model/exact.h"
#include "plan/review.h"
#include "plan/scalar.h"

static bool lists_role(const struct fen_limit *limit, enum fen_role role)
{
    for (uint32_t index = 0; index < limit->role_count; index++)
        if (limit->roles[index] == role)
            return true;
    return false;
}

/* A cap of nothing lets nothing through. */
static void review_zero(struct fen_reader *reader, const struct fen_node *cap, int64_t amount_fen)
{
    if (cap != NULL && amount_fen == 0)
        fen_diagnose_warning(reader->diagnostics, cap->place,
                             "at most 0: nothing is ever paid; raise it, or leave it out",
                             "最多为 0：永远付不出佣金；请调高，或去掉");
}

/* Caps of a rule against what it pays, and one against the other. */
static void review_caps(struct fen_reader *reader, const struct fen_node *item,
                        const struct fen_rule *rule)
{
    const struct fen_node *cap = fen_review_value(item, &fen_rule_keys, FEN_RULE_KEY_CAP);
    const struct fen_node *line = fen_review_value(cap, &fen_cap_keys, FEN_CAP_KEY_LINE);
    const struct fen_node *order = fen_review_value(cap, &fen_cap_keys, FEN_CAP_KEY_ORDER);
    bool is_amount = rule->pay.kind == FEN_PAY_PER_UNIT || rule->pay.kind == FEN_PAY_PER_LINE;
    review_zero(reader, line, rule->cap_line_fen);
    review_zero(reader, order, rule->cap_order_fen);
    if (line != NULL && is_amount && rule->cap_line_fen < rule->pay.amount_fen)
        fen_diagnose_warning(reader->diagnostics, line->place,
                             "below the amount the rule pays at least: the cap always bites; raise "
                             "it or lower the pay",
                             "低于规则的起付金额：封顶总会生效；请调高封顶或调低佣金");
    if (order != NULL && line != NULL && rule->cap_order_fen < rule->cap_line_fen)
        fen_diagnose_warning(reader->diagnostics, order->place,
                             "an order's cap below a line's: the line's never bites; raise this "
                             "one or leave the line's out",
                             "每单封顶低于每行封顶：每行封顶不起作用；请调高每单，或去掉每行");
}

/* Tiers that change nothing. Falls are errors already, gaps there are none: each has a `from`. */
static void review_tiers(struct fen_reader *reader, const struct fen_node *item,
                         const struct fen_rule *rule)
{
    const struct fen_node *pay = fen_review_value(item, &fen_rule_keys, FEN_RULE_KEY_PAY);
    const struct fen_node *tiers = fen_review_value(pay, &fen_pay_keys, FEN_PAY_KEY_TIERS);
    if (rule->pay.kind != FEN_PAY_TIERS || tiers == NULL)
        return;
    for (uint32_t index = 1; index < rule->pay.tier_count; index++) {
        const struct fen_node *row = fen_review_item(tiers, index);
        if (rule->pay.tiers[index].rate_ppm == rule->pay.tiers[index - 1].rate_ppm)
            fen_diagnose_warning(reader->diagnostics, row->last->place,
                                 "the same rate as the tier before: one of them is too many",
                                 "与上一档比例相同：两档可合为一档");
    }
    if (rule->pay.tier_count == 1)
        fen_diagnose_warning(reader->diagnostics, tiers->key->place,
                             "only one tier: write `pay: x%%`, or add the next tier",
                             "只有一档：请直接写“佣金: x%%”，或补上下一档");
}

/* What a payee has earned when the second tier begins, in minor units. */
static int64_t first_tier_amount(const struct fen_rule *rule)
{
    fen_uint128 product = (fen_uint128)rule->pay.tiers[1].from_fen;
    return (int64_t)(product * (fen_uint128)rule->pay.rate_ppm / FEN_PPM_WHOLE);
}

/* A month limit that bites before the second tier is reached: the tiers pay nothing. */
static void review_month_of_tiers(struct fen_reader *reader, const struct fen_node *month,
                                  const struct fen_limit *limit)
{
    for (uint32_t index = 0; index < limit->role_count; index++) {
        enum fen_role role = limit->roles[index];
        uint32_t count = role < FEN_ROLE_COUNT ? reader->plan->rule_count[role] : 0;
        for (uint32_t at = 0; at < count; at++) {
            const struct fen_rule *rule = &reader->plan->rules[role][at];
            if (rule->pay.kind != FEN_PAY_TIERS || rule->pay.tier_count < 2 ||
                first_tier_amount(rule) < limit->month_fen)
                continue;
            fen_diagnose_warning(reader->diagnostics, month->place,
                                 "below the first tier of rule `%.*s`: the limit is reached before "
                                 "its second tier begins; raise it",
                                 "低于规则“%.*s”的第一档：不到第二档就已封顶；请调高",
                                 FEN_STR_ARG(rule->name));
        }
    }
}

static void review_month_of_bonuses(struct fen_reader *reader, const struct fen_node *month,
                                    const struct fen_limit *limit)
{
    for (uint32_t index = 0; index < reader->plan->bonus_count; index++) {
        const struct fen_bonus *bonus = &reader->plan->bonuses[index];
        if (bonus->step_count > 0 && limit->month_fen < bonus->steps[0].amount_fen)
            fen_diagnose_warning(reader->diagnostics, month->place,
                                 "below the first step of bonus `%.*s`, which it counts; raise it",
                                 "低于奖励“%.*s”的第一档，而上限也计入它；请调高",
                                 FEN_STR_ARG(bonus->name));
    }
}

/* A line limit below what one rule of its roles pays by itself; a cap lowers that. */
static void review_line_limit(struct fen_reader *reader, const struct fen_node *line,
                              const struct fen_limit *limit)
{
    for (uint32_t index = 0; index < limit->role_count; index++) {
        enum fen_role role = limit->roles[index];
        for (uint32_t at = 0; role < FEN_ROLE_COUNT && at < reader->plan->rule_count[role]; at++) {
            const struct fen_rule *rule = &reader->plan->rules[role][at];
            bool is_capped = rule->cap_line_fen != FEN_NONE || rule->cap_order_fen != FEN_NONE;
            if (rule->pay.kind == FEN_PAY_PERCENT && rule->pay.rate_ppm > limit->line_ppm &&
                !is_capped)
                fen_diagnose_warning(reader->diagnostics, line->place,
                                     "below the rate of rule `%.*s`, which is never paid in full; "
                                     "raise the limit or lower the rate",
                                     "低于规则“%.*s”的比例，该规则永远付不足；请调高上限或调低比例",
                                     FEN_STR_ARG(rule->name));
        }
    }
}

/* SPEC §7: month limits and bonuses are guides' alone; in a line limit entities have their part. */
static void review_guides(struct fen_reader *reader, const struct fen_node *roles)
{
    bool is_list = roles != NULL && roles->kind == FEN_NODE_LIST;
    for (const struct fen_node *item = is_list ? roles->first : NULL; item != NULL;
         item = item->next)
        if (fen_words_find(&fen_entity_roles, item->place.text) != NULL)
            fen_diagnose_warning(reader->diagnostics, item->place,
                                 "has no effect: months are summed for guides, and no guide earns "
                                 "under this role; leave it out",
                                 "不起作用：按月只合计导购，这个角色的收款方不是导购；请去掉");
}

static void review_limits(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *limits = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_LIMITS);
    const struct fen_node *item;
    for (uint32_t index = 0; (item = fen_review_item(limits, index)) != NULL; index++) {
        const struct fen_limit *limit = &reader->plan->limits[index];
        if (!fen_review_is_sound(reader, item))
            continue;
        const struct fen_node *line = fen_review_value(item, &fen_limit_keys, FEN_LIMIT_KEY_LINE);
        const struct fen_node *month =
            fen_review_value(item, &fen_limit_keys, FEN_LIMIT_KEY_MONTH);
        review_zero(reader, line, limit->line_ppm);
        review_zero(reader, month, limit->month_fen);
        if (line != NULL)
            review_line_limit(reader, line, limit);
        if (month != NULL && line == NULL)
            review_guides(reader, fen_review_value(item, &fen_limit_keys, FEN_LIMIT_KEY_ROLES));
        if (month != NULL)
            review_month_of_tiers(reader, month, limit);
        if (month != NULL && lists_role(limit, FEN_ROLE_BONUS))
            review_month_of_bonuses(reader, month, limit);
    }
}

static void warn_fall(struct fen_reader *reader, const struct fen_node *row)
{
    fen_diagnose_warning(reader->diagnostics, row->last->place,
                         "pays less than the step before; raise it, if that is not meant",
                         "比上一档付得少；若非本意，请调高");
}

static void review_bonuses(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *list = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_BONUS);
    const struct fen_node *item;
    for (uint32_t index = 0; (item = fen_review_item(list, index)) != NULL; index++) {
        const struct fen_bonus *bonus = &reader->plan->bonuses[index];
        const struct fen_node *table =
            fen_review_value(item, &fen_bonus_keys, FEN_BONUS_KEY_TABLE);
        if (!fen_review_is_sound(reader, item))
            continue;
        review_guides(reader, fen_review_value(item, &fen_bonus_keys, FEN_BONUS_KEY_ROLES));
        for (uint32_t step = 1; step < bonus->step_count; step++)
            if (bonus->steps[step].amount_fen < bonus->steps[step - 1].amount_fen)
                warn_fall(reader, fen_review_item(table, step));
    }
}

static void review_ranks(struct fen_reader *reader, const struct fen_node *table,
                         const struct fen_task *task)
{
    for (uint32_t step = 0; step < task->step_count; step++) {
        const struct fen_node *row = fen_review_item(table, step);
        int64_t expected = step == 0 ? 1 : task->steps[step - 1].to + 1;
        if (task->steps[step].from > expected)
            fen_diagnose_warning(reader->diagnostics, row->first->place,
                                 "a gap: rank %lld earns nothing; add its row",
                                 "有空档：第 %lld 名没有奖励；请补上", (long long)expected);
        if (step > 0 && task->steps[step].amount_fen > task->steps[step - 1].amount_fen)
            fen_diagnose_warning(reader->diagnostics, row->last->place,
                                 "a later rank earns more than an earlier one; swap them, if that "
                                 "is not meant",
                                 "名次靠后反而更多；若非本意，请对调");
    }
}

static void review_tasks(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *tasks = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_TASKS);
    uint32_t index = 0;
    if (tasks == NULL || tasks->kind != FEN_NODE_MAPPING)
        return;
    for (const struct fen_node *value = tasks->first; value != NULL;
         value = value->next, index++) {
        const struct fen_task *task = &reader->plan->tasks[index];
        if (!fen_review_is_sound(reader, value))
            continue;
        if (task->is_by_rank) {
            review_ranks(reader, fen_review_value(value, &fen_task_keys, FEN_TASK_KEY_RANK), task);
            continue;
        }
        const struct fen_node *table =
            fen_review_value(value, &fen_task_keys, FEN_TASK_KEY_SCORE);
        for (uint32_t step = 1; step < task->step_count; step++)
            if (task->steps[step].amount_fen < task->steps[step - 1].amount_fen)
                warn_fall(reader, fen_review_item(table, step));
    }
}

void fen_review_tables(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *roles = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        const struct fen_node *list = fen_review_value(roles, &fen_rule_roles, (int)role);
        const struct fen_node *item;
        for (uint32_t index = 0; (item = fen_review_item(list, index)) != NULL; index++) {
            if (!fen_review_is_sound(reader, item))
                continue;
            review_caps(reader, item, &reader->plan->rules[role][index]);
            review_tiers(reader, item, &reader->plan->rules[role][index]);
        }
    }
    review_limits(reader, root);
    review_bonuses(reader, root);
    review_tasks(reader, root);
}
