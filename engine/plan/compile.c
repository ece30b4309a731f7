/* compile: the keys at the top of a plan (SPEC §8). Rules, conditions and tables have their own
 * files. See compile.h. */
#include "plan/compile.h"
#include "plan/mend.h"
#include "plan/period_table.h"
#include "plan/scalar.h"

static const int plan_needs[] = {FEN_PLAN_KEY_PLAN,     FEN_PLAN_KEY_VERSION, FEN_PLAN_KEY_CURRENCY,
                                 FEN_PLAN_KEY_TIMEZONE, FEN_PLAN_KEY_FROM,    FEN_PLAN_KEY_ROLES};

/* `cny`, `“CNY”`, `人民币` -> `CNY`. */
static struct fen_str mend_currency(struct fen_reader *reader, struct fen_str code)
{
    struct fen_str plain = fen_mend_number(code, reader->scratch);
    if (fen_str_equal(plain, FEN_STR("人民币")) || fen_str_equal(plain, FEN_STR("元")))
        return FEN_STR("CNY");
    char *upper = fen_arena_allocate(reader->scratch, (size_t)plain.size + 1);
    for (uint32_t index = 0; index < plain.size; index++) {
        bool is_lower = plain.data[index] >= 'a' && plain.data[index] <= 'z';
        upper[index] = (char)(plain.data[index] - (is_lower ? 'a' - 'A' : 0));
    }
    return (struct fen_str){upper, plain.size};
}

static void compile_currency(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    struct fen_str code;
    if (!fen_reader_scalar(reader, node, &code))
        return;
    if (fen_scalar_currency(code, &plan->currency_decimals)) {
        plan->currency = fen_arena_copy(reader->arena, code);
        reader->is_currency_unknown = false;
        return;
    }
    struct fen_str mended = mend_currency(reader, code);
    reader->is_currency_unknown = !fen_scalar_currency(mended, &plan->currency_decimals);
    if (reader->is_currency_unknown)
        mended = FEN_STR_NONE;
    fen_reader_refuse(reader, node->place, mended,
                      "a currency is three capital letters of ISO 4217, as `CNY`",
                      "币种是 ISO 4217 的三个大写字母，例如“CNY”");
}

static void compile_timezone(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return;
    if (fen_scalar_offset(text, &reader->plan->offset_ms) == FEN_SCALAR_OK)
        return;
    struct fen_str mended = fen_mend_number(text, reader->scratch);
    if (fen_scalar_offset(mended, &reader->plan->offset_ms) != FEN_SCALAR_OK)
        mended = FEN_STR_NONE;
    fen_reader_refuse(reader, node->place, mended,
                      "a time zone is an offset up to 14 hours, as `\"+08:00\"`",
                      "时区写成与 UTC 的偏移，不超过 14 小时，例如“\"+08:00\"”");
}

static void compile_validity(struct fen_reader *reader, const struct fen_node *from,
                             const struct fen_node *to)
{
    struct fen_plan *plan = reader->plan;
    plan->to_ms = INT64_MAX;
    bool has_from = from != NULL && fen_reader_time(reader, from, &plan->from_ms);
    bool has_to = to != NULL && fen_reader_time(reader, to, &plan->to_ms);
    if (has_from && has_to && plan->from_ms >= plan->to_ms)
        fen_diagnose(reader->diagnostics, to->place, "`to` must be later than `from`",
                     "“失效”须晚于“生效”");
}

static void compile_base(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_base_keys, &fields))
        return;
    if (fields.values[FEN_BASE_KEY_ADD_BACK] != NULL)
        (void)fen_reader_texts(reader, fields.values[FEN_BASE_KEY_ADD_BACK], &plan->add_back,
                               &plan->add_back_count);
    if (fields.values[FEN_BASE_KEY_EXCLUDE] != NULL)
        (void)fen_reader_texts(reader, fields.values[FEN_BASE_KEY_EXCLUDE], &plan->exclude,
                               &plan->exclude_count);
}

static void compile_by_channel(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    if (!fen_reader_mapping(reader, node))
        return;
    if (node->child_count > FEN_PLAN_NAME_COUNT_MAX) {
        fen_diagnose(reader->diagnostics, node->key->place,
                     "more than %u channels; leave out those with the plan's own window",
                     "超过 %u 个渠道；与方案有效期相同的渠道不必写", FEN_PLAN_NAME_COUNT_MAX);
        return;
    }
    plan->channel_windows = fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1)
                                                                  * sizeof *plan->channel_windows);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next) {
        struct fen_channel_window window = {FEN_STR_NONE, 0};
        bool has_channel = fen_reader_text(reader, value->key, &window.channel);
        if (fen_reader_duration(reader, value, &window.window_ms) && has_channel)
            plan->channel_windows[plan->channel_window_count++] = window;
    }
}

/* `share`: the window, needed where share has rules. */
static void compile_share(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_fields fields;
    int is_sku_first;
    if (!fen_reader_fields(reader, node, &fen_share_keys, &fields))
        return;
    const struct fen_node *match = fields.values[FEN_SHARE_KEY_MATCH];
    if (fields.values[FEN_SHARE_KEY_WINDOW] != NULL)
        (void)fen_reader_duration(reader, fields.values[FEN_SHARE_KEY_WINDOW],
                                  &reader->plan->share_window_ms);
    else if (reader->plan->rule_count[FEN_ROLE_SHARE] > 0)
        fen_diagnose_absence(reader->diagnostics, node->key->place,
                             "`window` is missing, and the role share has rules; add it",
                             "角色“分享”有规则，缺少“有效期”；请补上");
    if (fields.values[FEN_SHARE_KEY_BY_CHANNEL] != NULL)
        compile_by_channel(reader, fields.values[FEN_SHARE_KEY_BY_CHANNEL]);
    if (match != NULL && fen_reader_word(reader, match, &fen_match_words, &is_sku_first))
        reader->plan->is_sku_first = is_sku_first != 0;
}

/* SPEC §4, exclusive credit: the order of those with rules when the file says none. */
static void compile_default_credit_order(struct fen_reader *reader, const struct fen_node *root)
{
    struct fen_plan *plan = reader->plan;
    plan->credit_order = fen_arena_allocate(reader->arena, 4 * sizeof *plan->credit_order);
    for (uint32_t index = 0; index < fen_exclusive_roles.count; index++) {
        int role = fen_exclusive_roles.items[index].value;
        if (plan->rule_count[role] > 0)
            plan->credit_order[plan->credit_order_count++] = (enum fen_role)role;
    }
    if (plan->credit_order_count > 1)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(root),
                             "`credit_order` is missing: of coupon, live, share, bind %u have "
                             "rules; write their order, or `[]` to pay them all",
                             "缺少“独占顺序”：券、直播、分享、绑定中有 %u 个有规则；请写明顺序，"
                             "或写“[]”表示都付",
                             plan->credit_order_count);
}

/* `leaver` or `refund`: a word for each of some roles, by role. */
static void compile_per_role(struct fen_reader *reader, const struct fen_node *node,
                             const struct fen_words *roles, const struct fen_words *words,
                             int values[FEN_ROLE_COUNT])
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, roles, &fields))
        return;
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (fields.values[role] != NULL)
            (void)fen_reader_word(reader, fields.values[role], words, &values[role]);
}

static void compile_policies(struct fen_reader *reader, const struct fen_node *leaver,
                             const struct fen_node *refund)
{
    struct fen_plan *plan = reader->plan;
    int leavers[FEN_ROLE_COUNT], refunds[FEN_ROLE_COUNT];
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        leavers[role] = FEN_LEAVER_PAY;
        refunds[role] = FEN_REFUND_WITHHOLD;
    }
    if (leaver != NULL)
        compile_per_role(reader, leaver, &fen_guide_roles, &fen_leaver_words, leavers);
    if (refund != NULL)
        compile_per_role(reader, refund, &fen_line_roles, &fen_refund_words, refunds);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        plan->leaver[role] = (enum fen_leaver_policy)leavers[role];
        plan->refund[role] = (enum fen_refund_policy)refunds[role];
    }
}

/* What stands for itself: id, version, name, self_purchase, tests. */
static void compile_head(struct fen_reader *reader, const struct fen_fields *fields)
{
    struct fen_plan *plan = reader->plan;
    const struct fen_node *self_purchase = fields->values[FEN_PLAN_KEY_SELF_PURCHASE];
    int pays = 0;
    int64_t version = 0;
    if (fields->values[FEN_PLAN_KEY_PLAN] != NULL)
        (void)fen_reader_id(reader, fields->values[FEN_PLAN_KEY_PLAN], &plan->id);
    if (fields->values[FEN_PLAN_KEY_VERSION] != NULL)
        (void)fen_reader_whole(reader, fields->values[FEN_PLAN_KEY_VERSION], 1, UINT32_MAX,
                               &version);
    plan->version = (uint32_t)version;
    if (fields->values[FEN_PLAN_KEY_NAME] != NULL)
        (void)fen_reader_text(reader, fields->values[FEN_PLAN_KEY_NAME], &plan->name);
    if (self_purchase != NULL
        && fen_reader_word(reader, self_purchase, &fen_self_purchase_words, &pays))
        plan->pays_self_purchase = pays != 0;
    if (fields->values[FEN_PLAN_KEY_TESTS] != NULL)
        (void)fen_reader_list(reader, fields->values[FEN_PLAN_KEY_TESTS]);
}

/* Roles with rules for lines that stand outside the exclusive credit: they stack (SPEC §4). */
static uint32_t independent_roles(const struct fen_plan *plan)
{
    uint32_t roles = 0;
    for (enum fen_role role = FEN_ROLE_SHARE; role < FEN_ROLE_COUNT; role++)
        if (plan->rule_count[role] > 0 && role != FEN_ROLE_RECRUIT && role != FEN_ROLE_TASK &&
            !fen_plan_is_exclusive(plan, role))
            roles |= UINT32_C(1) << role;
    return roles;
}

/* What follows from which roles have rules. */
static void compile_credit(struct fen_reader *reader, const struct fen_fields *fields)
{
    struct fen_plan *plan = reader->plan;
    const struct fen_node *order = fields->values[FEN_PLAN_KEY_CREDIT_ORDER];
    if (order != NULL)
        (void)fen_reader_roles(reader, order, &fen_exclusive_roles, &plan->credit_order,
                               &plan->credit_order_count);
    else
        compile_default_credit_order(reader, fields->mapping);
    plan->independent_roles = independent_roles(plan);
    if (fields->values[FEN_PLAN_KEY_SHARE] != NULL)
        compile_share(reader, fields->values[FEN_PLAN_KEY_SHARE]);
    else if (plan->rule_count[FEN_ROLE_SHARE] > 0)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(fields->mapping),
                             "`share: {window: 7d}` is missing, and the role share has rules; "
                             "add it",
                             "角色“分享”有规则，缺少“分享: {有效期: 7天}”；请补上");
}

void fen_compile_plan(struct fen_reader *reader, const struct fen_node *root)
{
    struct fen_plan *plan = reader->plan;
    struct fen_fields fields;
    plan->currency_decimals = 2;
    reader->is_currency_unknown = true;
    plan->share_window_ms = FEN_NONE;
    if (!fen_reader_fields(reader, root, &fen_plan_keys, &fields))
        return;
    const struct fen_node *const *values = fields.values;
    fen_reader_need(reader, &fields, &fen_plan_keys, plan_needs, 6);
    /* First what the other parts are read by: decimals, then the offset of local times. */
    if (values[FEN_PLAN_KEY_CURRENCY] != NULL)
        compile_currency(reader, values[FEN_PLAN_KEY_CURRENCY]);
    if (values[FEN_PLAN_KEY_TIMEZONE] != NULL)
        compile_timezone(reader, values[FEN_PLAN_KEY_TIMEZONE]);
    compile_validity(reader, values[FEN_PLAN_KEY_FROM], values[FEN_PLAN_KEY_TO]);
    compile_head(reader, &fields);
    if (values[FEN_PLAN_KEY_BASE] != NULL)
        compile_base(reader, values[FEN_PLAN_KEY_BASE]);
    compile_policies(reader, values[FEN_PLAN_KEY_LEAVER], values[FEN_PLAN_KEY_REFUND]);
    if (values[FEN_PLAN_KEY_ROLES] != NULL)
        fen_compile_roles(reader, values[FEN_PLAN_KEY_ROLES]);
    compile_credit(reader, &fields);
    if (values[FEN_PLAN_KEY_LIMITS] != NULL)
        fen_compile_limits(reader, values[FEN_PLAN_KEY_LIMITS]);
    if (values[FEN_PLAN_KEY_BONUS] != NULL)
        fen_compile_bonuses(reader, values[FEN_PLAN_KEY_BONUS]);
    if (values[FEN_PLAN_KEY_TASKS] != NULL)
        fen_compile_tasks(reader, values[FEN_PLAN_KEY_TASKS]);
    fen_plan_sort_tier_rules(plan, reader->arena);
}
