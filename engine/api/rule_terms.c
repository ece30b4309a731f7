/* rule_terms: see rule_terms.h. */
#include "api/rule_terms.h"

#include "api/money_text.h"
#include "wire/json_fields.h"

static const char *const dimension_names[FEN_DIMENSION_TEXT_COUNT] = {
    [FEN_DIMENSION_BRAND] = "brand",
    [FEN_DIMENSION_CATEGORY] = "category",
    [FEN_DIMENSION_SKU] = "sku",
    [FEN_DIMENSION_CHANNEL] = "channel",
    [FEN_DIMENSION_LIVE_SESSION] = "live_session",
    [FEN_DIMENSION_STORE] = "store",
    [FEN_DIMENSION_STORE_KIND] = "store_kind",
    [FEN_DIMENSION_REGION] = "region",
    [FEN_DIMENSION_GUIDE_STORE] = "guide_store",
    [FEN_DIMENSION_LEVEL] = "level",
    [FEN_DIMENSION_PAYEE_KIND] = "payee_kind",
};

static const struct fen_rule *rule_of(const struct fen_plan *plan, const struct fen_key *key)
{
    if (plan == NULL || key->role <= FEN_ROLE_NONE || key->role >= FEN_ROLE_COUNT)
        return NULL;
    for (uint32_t index = 0; index < plan->rule_count[key->role]; index++) {
        if (fen_str_equal(plan->rules[key->role][index].name, key->rule))
            return &plan->rules[key->role][index];
    }
    return NULL;
}

static void append_money(struct fen_buffer *out, const char *name, int64_t amount_fen)
{
    fen_buffer_append_format(out, ",\"%s\":", name);
    if (amount_fen == FEN_NONE)
        fen_buffer_append_format(out, "null");
    else
        fen_money_text_append_json(out, amount_fen);
}

static void append_pay(struct fen_buffer *out, const struct fen_rule *rule)
{
    static const char *const kinds[] = {
        [FEN_PAY_PERCENT] = "percent",   [FEN_PAY_PER_UNIT] = "per_unit",
        [FEN_PAY_PER_LINE] = "per_line", [FEN_PAY_TIERS] = "tiers",
        [FEN_PAY_PER_CUSTOMER] = "per_customer"};
    bool has_rate = rule->pay.kind == FEN_PAY_PERCENT || rule->pay.kind == FEN_PAY_TIERS;
    fen_buffer_append_format(out, "{\"pay\":\"%s\"", kinds[rule->pay.kind]);
    fen_json_integer(out, "rate_ppm", has_rate ? rule->pay.rate_ppm : FEN_NONE);
    append_money(out, "each", has_rate ? FEN_NONE : rule->pay.amount_fen);
    append_money(out, "cap_line", rule->cap_line_fen);
    append_money(out, "cap_order", rule->cap_order_fen);
}

static void append_texts(struct fen_buffer *out, const struct fen_condition *condition)
{
    fen_buffer_append_format(out, "\"%s\":[", dimension_names[condition->dimension]);
    for (uint32_t index = 0; index < condition->symbol_count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_append_text(out, condition->texts[index]);
    }
    fen_buffer_append_byte(out, ']');
}

static void append_end(struct fen_buffer *out, const char *name, int64_t value)
{
    fen_buffer_append_format(out, "\"%s\":", name);
    if (value == INT64_MIN || value == INT64_MAX)
        fen_buffer_append_format(out, "null");
    else
        fen_json_append_integer(out, value);
}

static bool append_ranges(struct fen_buffer *out, const char *name, const struct fen_range *range,
                          bool is_first)
{
    if (!range->is_set)
        return is_first;
    fen_buffer_append_format(out, "%s\"%s\":[", is_first ? "" : ",", name);
    for (const struct fen_range *one = range; one != NULL; one = one->next) {
        fen_buffer_append_format(out, "%s{", one == range ? "" : ",");
        append_end(out, "from", one->from);
        fen_buffer_append_byte(out, ',');
        append_end(out, "to", one->to);
        fen_buffer_append_byte(out, '}');
    }
    fen_buffer_append_byte(out, ']');
    return false;
}

/* What a line had to be for the rule to be used. */
static void append_when(struct fen_buffer *out, const struct fen_rule *rule)
{
    bool is_first = true;
    fen_buffer_append_format(out, ",\"when\":{");
    for (uint32_t index = 0; index < rule->condition_count; index++) {
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        append_texts(out, &rule->conditions[index]);
        is_first = false;
    }
    is_first = append_ranges(out, "bound_days", &rule->bound_days, is_first);
    is_first = append_ranges(out, "quantity", &rule->quantity, is_first);
    (void)append_ranges(out, "base", &rule->base_fen, is_first);
    fen_buffer_append_byte(out, '}');
}

/* The portion's part of what the rule pays; a rule without split gives all of it. */
static void append_portion(struct fen_buffer *out, const struct fen_rule *rule,
                           enum fen_role portion)
{
    fen_buffer_append_format(out, ",\"portion_ppm\":");
    for (uint32_t index = 0; index < rule->split_count; index++) {
        if (rule->splits[index].portion == portion) {
            fen_json_append_integer(out, rule->splits[index].rate_ppm);
            return;
        }
    }
    fen_buffer_append_format(out, "null");
}

static void append_times(struct fen_buffer *out, const struct fen_plan *plan,
                         const struct fen_rule *rule)
{
    static const char *const leavers[] = {[FEN_LEAVER_PAY] = "pay",
                                          [FEN_LEAVER_STORE] = "store",
                                          [FEN_LEAVER_HOUSE] = "house"};
    fen_buffer_append_format(out, ",\"earned\":");
    fen_json_append_name(out, &fen_fact_kind_names, rule->earned);
    fen_buffer_append_format(out, ",\"hold\":");
    if (rule->hold_from == FEN_FACT_NONE) {
        fen_buffer_append_format(out, "null");
    } else {
        fen_buffer_append_format(out, "{\"from\":");
        fen_json_append_name(out, &fen_fact_kind_names, rule->hold_from);
        fen_buffer_append_format(out, ",\"days\":%d}", (int)rule->hold_days);
    }
    fen_buffer_append_format(out, ",\"refund\":");
    fen_json_append_name(out, &fen_refund_policy_names, plan->refund[rule->role]);
    fen_buffer_append_format(out, ",\"leaver\":\"%s\"", leavers[plan->leaver[rule->role]]);
}

static bool has_role(const struct fen_limit *limit, enum fen_role role)
{
    for (uint32_t index = 0; index < limit->role_count; index++) {
        if (limit->roles[index] == role)
            return true;
    }
    return false;
}

static void append_limit(struct fen_buffer *out, const struct fen_limit *limit)
{
    fen_buffer_append_format(out, "{\"name\":");
    fen_json_append_text(out, limit->name);
    fen_buffer_append_format(out, ",\"roles\":[");
    for (uint32_t index = 0; index < limit->role_count; index++)
        fen_buffer_append_format(out, "%s\"%s\"", index == 0 ? "" : ",",
                                 fen_role_name(limit->roles[index]));
    fen_buffer_append_byte(out, ']');
    fen_json_integer(out, "line_ppm", limit->line_ppm);
    append_money(out, "month", limit->month_fen);
    fen_buffer_append_byte(out, '}');
}

static void append_limits(struct fen_buffer *out, const struct fen_plan *plan, enum fen_role role)
{
    bool is_first = true;
    fen_buffer_append_format(out, ",\"limits\":[");
    for (uint32_t index = 0; index < plan->limit_count; index++) {
        if (!has_role(&plan->limits[index], role))
            continue;
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        append_limit(out, &plan->limits[index]);
        is_first = false;
    }
    fen_buffer_append_byte(out, ']');
}

void fen_rule_terms_append_json(struct fen_buffer *out, const struct fen_plan *plan,
                                const struct fen_key *key)
{
    const struct fen_rule *rule = rule_of(plan, key);
    if (rule == NULL) {
        fen_buffer_append_format(out, "null");
        return;
    }
    append_pay(out, rule);
    append_portion(out, rule, key->portion);
    append_when(out, rule);
    append_times(out, plan, rule);
    append_limits(out, plan, rule->role);
    fen_buffer_append_format(out, ",\"is_exclusive\":%s}",
                             fen_plan_is_exclusive(plan, rule->role) ? "true" : "false");
}
