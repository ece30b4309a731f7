/* compile_rule: the rules of a role: pay, cap, split, hold, funder (SPEC §5, §8). See compile.h. */
#include "plan/compile.h"
#include "plan/scalar.h"

/* `tiers: [[from, rate], ...]`: first from = 0, froms rising, rates not falling (SPEC §7). */
static void compile_tiers(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_pay *pay)
{
    if (!fen_reader_full_list(reader, node))
        return;
    pay->tiers = fen_arena_allocate(reader->arena, node->child_count * sizeof *pay->tiers);
    int64_t last_from = -1, last_rate = 0;
    for (const struct fen_node *row = node->first; row != NULL; row = row->next) {
        const struct fen_node *from, *rate;
        struct fen_tier tier;
        if (!fen_reader_pair(reader, row, "[50000.00, 4%]", &from, &rate))
            continue;
        bool has_from = fen_reader_money(reader, from, FEN_AMOUNT_MAX, &tier.from_fen);
        bool has_rate = fen_reader_percent(reader, rate, &tier.rate_ppm);
        if (has_from && row == node->first && tier.from_fen != 0)
            fen_diagnose_absence(reader->diagnostics, from->place,
                                 "the first tier begins at 0; write `0`",
                                 "第一档从 0 起；请写“0”");
        if (has_from && tier.from_fen <= last_from)
            fen_diagnose(reader->diagnostics, from->place,
                         "tiers rise: this one must begin above the one before",
                         "档位须递增：这一档的起点要大于上一档");
        if (has_rate && tier.rate_ppm < last_rate)
            fen_diagnose(reader->diagnostics, rate->place,
                         "the rates of tiers do not fall; write at least the rate before",
                         "阶梯的比例不能下降；不得低于上一档");
        if (has_from)
            last_from = tier.from_fen;
        if (has_rate)
            last_rate = tier.rate_ppm;
        if (has_from && has_rate)
            pay->tiers[pay->tier_count++] = tier;
    }
    if (pay->tier_count > 0)
        pay->rate_ppm = pay->tiers[0].rate_ppm;
}

static const int pay_kinds[] = {FEN_PAY_KEY_PER_UNIT, FEN_PAY_KEY_PER_LINE, FEN_PAY_KEY_TIERS};

/* How many of per_unit, per_line and tiers are given. */
static uint32_t count_pay_kinds(const struct fen_fields *fields)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < 3; index++)
        count += fields->values[pay_kinds[index]] != NULL;
    return count;
}

/* `pay` as a mapping. */
static void compile_pay_fields(struct fen_reader *reader, const struct fen_node *node,
                               struct fen_pay *pay)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_pay_keys, &fields))
        return;
    const struct fen_node *per_unit = fields.values[FEN_PAY_KEY_PER_UNIT];
    const struct fen_node *per_line = fields.values[FEN_PAY_KEY_PER_LINE];
    const struct fen_node *mode = fields.values[FEN_PAY_KEY_MODE];
    const struct fen_node *tiers = fields.values[FEN_PAY_KEY_TIERS];
    if (count_pay_kinds(&fields) != 1)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "one of `per_unit`, `per_line`, `tiers` is needed; keep or add one",
                             "“每件”“每行”“阶梯”须写且只写一个");
    if (mode != NULL && tiers == NULL)
        fen_diagnose(reader->diagnostics, mode->key->place, "a mode belongs to tiers; leave it out",
                     "“方式”只用于“阶梯”；请去掉");
    pay->kind = tiers != NULL      ? FEN_PAY_TIERS
                : per_line != NULL ? FEN_PAY_PER_LINE
                                   : FEN_PAY_PER_UNIT;
    if (per_unit != NULL)
        (void)fen_reader_money(reader, per_unit, FEN_PLAN_AMOUNT_MAX, &pay->amount_fen);
    if (per_line != NULL)
        (void)fen_reader_money(reader, per_line, FEN_PLAN_AMOUNT_MAX, &pay->amount_fen);
    int is_flat = 0;
    if (mode != NULL && fen_reader_word(reader, mode, &fen_mode_words, &is_flat))
        pay->is_flat = is_flat != 0;
    if (tiers != NULL)
        compile_tiers(reader, tiers, pay);
}

static void compile_pay(struct fen_reader *reader, const struct fen_node *node, struct fen_pay *pay)
{
    pay->kind = FEN_PAY_PERCENT;
    if (node->kind == FEN_NODE_MAPPING)
        compile_pay_fields(reader, node, pay);
    else
        (void)fen_reader_percent(reader, node, &pay->rate_ppm);
}

static void compile_cap(struct fen_reader *reader, const struct fen_node *node,
                        struct fen_rule *rule)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_cap_keys, &fields))
        return;
    const struct fen_node *line = fields.values[FEN_CAP_KEY_LINE];
    const struct fen_node *order = fields.values[FEN_CAP_KEY_ORDER];
    if (node->child_count == 0)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "a cap needs `line` or `order`; add one", "封顶须写“每行”或“每单”");
    if (line != NULL)
        (void)fen_reader_money(reader, line, FEN_PLAN_AMOUNT_MAX, &rule->cap_line_fen);
    if (order != NULL)
        (void)fen_reader_money(reader, order, FEN_PLAN_AMOUNT_MAX, &rule->cap_order_fen);
}

/* What a split must come to (SPEC §5 step 6). */
static void check_split(struct fen_reader *reader, const struct fen_node *node,
                        const struct fen_fields *fields, int64_t sum_ppm)
{
    if (fields->values[FEN_ROLE_SELF] == NULL)
        fen_diagnose_absence(reader->diagnostics, node->key->place,
                             "a split names `self`, the role's own payee; add it",
                             "分成须包含“本人”；请补上");
    if (sum_ppm != FEN_PPM_WHOLE)
        fen_diagnose_absence(reader->diagnostics, node->key->place,
                             "the portions come to %lld.%04lld%%; they must sum to 100%%",
                             "各方合计 %lld.%04lld%%；须为 100%%", (long long)(sum_ppm / 10000),
                             (long long)(sum_ppm % 10000));
}

static void compile_split(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_rule *rule)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_portion_roles, &fields))
        return;
    int64_t sum_ppm = 0;
    bool is_good = true;
    rule->splits =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *rule->splits);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next) {
        struct fen_split split = {FEN_ROLE_NONE, 0};
        const struct fen_word *word = fen_words_find(&fen_portion_roles, value->key->place.text);
        if (word == NULL || !fen_reader_percent(reader, value, &split.rate_ppm) ||
            value->key->kind == FEN_NODE_BROKEN) {
            is_good = false;
            continue;
        }
        split.portion = (enum fen_role)word->value;
        sum_ppm += split.rate_ppm;
        rule->splits[rule->split_count++] = split;
    }
    if (is_good)
        check_split(reader, node, &fields, sum_ppm);
}

static const int hold_needs[] = {FEN_HOLD_KEY_FROM, FEN_HOLD_KEY_DAYS};

static void compile_hold(struct fen_reader *reader, const struct fen_node *node,
                         struct fen_rule *rule)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_hold_keys, &fields))
        return;
    fen_reader_need(reader, &fields, &fen_hold_keys, hold_needs, 2);
    const struct fen_node *from = fields.values[FEN_HOLD_KEY_FROM];
    const struct fen_node *days = fields.values[FEN_HOLD_KEY_DAYS];
    int fact = FEN_FACT_NONE;
    int64_t day_count = 0;
    if (from != NULL && fen_reader_word(reader, from, &fen_fact_words, &fact))
        rule->hold_from = (enum fen_fact_kind)fact;
    if (days != NULL && fen_reader_whole(reader, days, 0, FEN_SCALAR_DAYS_MAX, &day_count))
        rule->hold_days = (int32_t)day_count;
}

/* Report the keys of a rule that cannot stand beside its role or its pay. */
static void refuse_keys(struct fen_reader *reader, const struct fen_fields *fields, const int *keys,
                        uint32_t key_count, const char *english, const char *chinese)
{
    for (uint32_t index = 0; index < key_count; index++) {
        const struct fen_node *value = fields->values[keys[index]];
        if (value != NULL)
            fen_diagnose(reader->diagnostics, value->key->place, "%s", "%s",
                         reader->diagnostics->language == FEN_LANGUAGE_CHINESE ? chinese : english);
    }
}

static const int recruit_needs[] = {FEN_RULE_KEY_NAME, FEN_RULE_KEY_PER_CUSTOMER};
static const int recruit_refuses[] = {FEN_RULE_KEY_PAY,    FEN_RULE_KEY_CAP,  FEN_RULE_KEY_SPLIT,
                                      FEN_RULE_KEY_EARNED, FEN_RULE_KEY_HOLD, FEN_RULE_KEY_FUNDER};
static const int line_needs[] = {FEN_RULE_KEY_NAME, FEN_RULE_KEY_PAY};
static const int line_refuses[] = {FEN_RULE_KEY_PER_CUSTOMER};
static const int tiers_refuse[] = {FEN_RULE_KEY_CAP, FEN_RULE_KEY_SPLIT};

/* A recruit's rule (SPEC §5 Recruit): an amount a customer, funded by hq, nothing else. */
static void compile_recruit(struct fen_reader *reader, const struct fen_fields *fields,
                            struct fen_rule *rule)
{
    fen_reader_need(reader, fields, &fen_rule_keys, recruit_needs, 2);
    refuse_keys(reader, fields, recruit_refuses, 6,
                "a recruit earns `per_customer`, once, from hq; leave this out",
                "拉新只写“每位”，由总部承担；请去掉此项");
    const struct fen_node *amount = fields->values[FEN_RULE_KEY_PER_CUSTOMER];
    rule->pay.kind = FEN_PAY_PER_CUSTOMER;
    rule->funder = FEN_ROLE_HQ;
    if (amount != NULL)
        (void)fen_reader_money(reader, amount, FEN_PLAN_AMOUNT_MAX, &rule->pay.amount_fen);
}

/* A rule of any other role. */
static void compile_line_rule(struct fen_reader *reader, const struct fen_fields *fields,
                              struct fen_rule *rule)
{
    int value = 0;
    const struct fen_node *pay = fields->values[FEN_RULE_KEY_PAY];
    bool is_meant = pay == NULL && fields->values[FEN_RULE_KEY_PER_CUSTOMER] != NULL;
    fen_reader_need(reader, fields, &fen_rule_keys, line_needs, is_meant ? 1 : 2);
    refuse_keys(reader, fields, line_refuses, 1,
                is_meant ? "`per_customer` belongs to recruit; write `pay`"
                         : "`per_customer` belongs to recruit; leave it out",
                is_meant ? "“每位”只用于拉新；请写“佣金”" : "“每位”只用于拉新；请去掉");
    if (pay != NULL)
        compile_pay(reader, pay, &rule->pay);
    if (rule->pay.kind == FEN_PAY_TIERS)
        refuse_keys(reader, fields, tiers_refuse, 2,
                    "this cannot stand beside tiers; leave one of them out",
                    "不能与阶梯同时使用；请去掉其一");
    if (fields->values[FEN_RULE_KEY_CAP] != NULL)
        compile_cap(reader, fields->values[FEN_RULE_KEY_CAP], rule);
    if (fields->values[FEN_RULE_KEY_SPLIT] != NULL)
        compile_split(reader, fields->values[FEN_RULE_KEY_SPLIT], rule);
    const struct fen_node *earned = fields->values[FEN_RULE_KEY_EARNED];
    if (earned != NULL && fen_reader_word(reader, earned, &fen_fact_words, &value))
        rule->earned = (enum fen_fact_kind)value;
    if (fields->values[FEN_RULE_KEY_HOLD] != NULL)
        compile_hold(reader, fields->values[FEN_RULE_KEY_HOLD], rule);
    const struct fen_node *funder = fields->values[FEN_RULE_KEY_FUNDER];
    if (funder != NULL && fen_reader_word(reader, funder, &fen_entity_roles, &value))
        rule->funder = (enum fen_role)value;
}

static bool has_condition(const struct fen_rule *rule)
{
    return rule->condition_count > 0 || rule->has_ranges;
}

static void compile_rule(struct fen_reader *reader, const struct fen_node *node, enum fen_role role,
                         struct fen_rule *rule)
{
    struct fen_fields fields;
    *rule = (struct fen_rule){.role = role,
                              .cap_line_fen = FEN_NONE,
                              .cap_order_fen = FEN_NONE,
                              .earned = FEN_FACT_PAID,
                              .funder = FEN_ROLE_BRAND,
                              .line_number = node->place.line};
    if (!fen_reader_fields(reader, node, &fen_rule_keys, &fields))
        return;
    if (fields.values[FEN_RULE_KEY_NAME] != NULL)
        (void)fen_reader_name(reader, fields.values[FEN_RULE_KEY_NAME], &rule->name);
    if (fields.values[FEN_RULE_KEY_WHEN] != NULL)
        fen_compile_when(reader, fields.values[FEN_RULE_KEY_WHEN], rule);
    if (role == FEN_ROLE_RECRUIT)
        compile_recruit(reader, &fields, rule);
    else
        compile_line_rule(reader, &fields, rule);
}

/* Of two rules that both hold for all, moving one up would only hide the other. */
static void warn_of_shadow(struct fen_reader *reader, const struct fen_node *item,
                           bool has_condition_too, uint32_t always_line)
{
    if (has_condition_too)
        fen_diagnose_warning(reader->diagnostics, fen_reader_place(item),
                             "never used: the rule in line %u holds for all; move this one up",
                             "永远用不到：第 %u 行的规则没有条件，总是成立；请把本条上移",
                             always_line);
    else
        fen_diagnose_warning(reader->diagnostics, fen_reader_place(item),
                             "never used: neither this rule nor the one in line %u has a `when`; "
                             "give that one a `when`, or remove one of them",
                             "永远用不到：本条和第 %u 行的规则都没有“当”；请给那一条写上“当”，"
                             "或删去其中一条",
                             always_line);
}

/* The rules of one role. One behind a rule without `when` never holds: a warning, not an error. */
static void compile_role(struct fen_reader *reader, const struct fen_node *node, enum fen_role role)
{
    if (!fen_reader_list(reader, node))
        return;
    struct fen_rule *rules =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *rules);
    reader->plan->rules[role] = rules;
    uint32_t count = 0, always_line = 0;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        compile_rule(reader, item, role, &rules[count]);
        if (always_line > 0 && reader->diagnostics->error_count == 0)
            warn_of_shadow(reader, item, has_condition(&rules[count]), always_line);
        if (always_line == 0 && !has_condition(&rules[count]))
            always_line = item->place.line;
        count++;
    }
    reader->plan->rule_count[role] = count;
}

void fen_compile_roles(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_rule_roles, &fields))
        return;
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (fields.values[role] != NULL)
            compile_role(reader, fields.values[role], (enum fen_role)role);
}
