/* review: roles that are named and earn nothing, conditions that never hold, versions. See
 * review.h. */
#include "plan/review.h"

#include "model/event.h"

const struct fen_node *fen_review_value(const struct fen_node *mapping,
                                        const struct fen_words *words, int key)
{
    if (mapping == NULL || mapping->kind != FEN_NODE_MAPPING)
        return NULL;
    for (const struct fen_node *value = mapping->first; value != NULL; value = value->next) {
        const struct fen_word *word = value->key->kind == FEN_NODE_BROKEN
                                          ? NULL
                                          : fen_words_find(words, value->key->place.text);
        if (word != NULL && word->value == key)
            return value;
    }
    return NULL;
}

const struct fen_node *fen_review_item(const struct fen_node *list, uint32_t index)
{
    if (list == NULL || list->kind != FEN_NODE_LIST)
        return NULL;
    const struct fen_node *item = list->first;
    for (; item != NULL && index > 0; index--)
        item = item->next;
    return item;
}

bool fen_review_is_sound(const struct fen_reader *reader, const struct fen_node *node)
{
    for (uint32_t index = 0; index < reader->diagnostics->count; index++) {
        const struct fen_diagnostic *item = &reader->diagnostics->items[index];
        if (!item->is_warning && item->line >= node->place.line && item->line <= node->last_line)
            return false;
    }
    return true;
}

static const char *role_name(const struct fen_reader *reader, enum fen_role role)
{
    return fen_words_spell(&fen_month_roles, (int)role, reader->diagnostics->language);
}

/* Whether anybody may have entries of the role. */
static bool has_rules(const struct fen_plan *plan, enum fen_role role)
{
    if (role == FEN_ROLE_TASK)
        return plan->task_count > 0;
    if (role == FEN_ROLE_BONUS)
        return plan->bonus_count > 0;
    return plan->rule_count[role] > 0;
}

/* A list or the keys of a mapping that name roles without rules. */
static void review_named_roles(struct fen_reader *reader, const struct fen_node *roles,
                               const struct fen_node *node)
{
    if (node == NULL || (node->kind != FEN_NODE_LIST && node->kind != FEN_NODE_MAPPING))
        return;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        const struct fen_node *name = node->kind == FEN_NODE_LIST ? item : item->key;
        const struct fen_word *word = name->kind == FEN_NODE_SCALAR
                                          ? fen_words_find(&fen_month_roles, name->place.text)
                                          : NULL;
        /* A role that is written and could not be read has been complained about there. */
        if (word != NULL && !has_rules(reader->plan, (enum fen_role)word->value) &&
            fen_review_value(roles, &fen_rule_roles, word->value) == NULL &&
            !fen_diagnostics_has_error_at(reader->diagnostics, name->place))
            fen_diagnose_warning(reader->diagnostics, name->place,
                                 "no rules: the plan pays nothing under this role; add its rules "
                                 "or leave it out here",
                                 "没有规则：方案里没有给这个角色计佣；请补上规则，或在这里去掉");
    }
}

static void review_names(struct fen_reader *reader, const struct fen_node *root)
{
    static const int keys[] = {FEN_PLAN_KEY_CREDIT_ORDER, FEN_PLAN_KEY_LEAVER,
                               FEN_PLAN_KEY_REFUND};
    const struct fen_node *roles = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    for (uint32_t index = 0; index < 3; index++)
        review_named_roles(reader, roles, fen_review_value(root, &fen_plan_keys, keys[index]));
    const struct fen_node *limits = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_LIMITS);
    const struct fen_node *bonuses = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_BONUS);
    const struct fen_node *item;
    for (uint32_t index = 0; (item = fen_review_item(limits, index)) != NULL; index++)
        review_named_roles(reader, roles,
                           fen_review_value(item, &fen_limit_keys, FEN_LIMIT_KEY_ROLES));
    for (uint32_t index = 0; (item = fen_review_item(bonuses, index)) != NULL; index++)
        review_named_roles(reader, roles,
                           fen_review_value(item, &fen_bonus_keys, FEN_BONUS_KEY_ROLES));
}

/* Whether the attribute is absent for every line or customer of the role (SPEC §4, §5). */
static bool is_absent(enum fen_role role, uint32_t condition)
{
    bool is_guides = condition == FEN_DIMENSION_GUIDE_STORE || condition == FEN_DIMENSION_LEVEL ||
                     condition == FEN_DIMENSION_PAYEE_KIND;
    bool is_lines = condition == FEN_DIMENSION_BRAND || condition == FEN_DIMENSION_CATEGORY ||
                    condition == FEN_DIMENSION_SKU || condition == FEN_DIMENSION_CHANNEL ||
                    condition == FEN_DIMENSION_LIVE_SESSION ||
                    condition == FEN_WHEN_KEY_QUANTITY || condition == FEN_WHEN_KEY_BASE;
    return (is_guides && fen_role_is_entity(role)) || (is_lines && role == FEN_ROLE_RECRUIT);
}

/* Whether a rule asks for what its role never has, or for less than one piece. */
static bool is_impossible(struct fen_reader *reader, const struct fen_node *when,
                          const struct fen_rule *rule)
{
    bool is_found = false;
    for (const struct fen_node *value = when == NULL ? NULL : when->first; value != NULL;
         value = value->next) {
        const struct fen_word *word = fen_words_find(&fen_when_keys, value->key->place.text);
        if (word == NULL || !is_absent(rule->role, (uint32_t)word->value))
            continue;
        is_found = true;
        if (rule->role == FEN_ROLE_RECRUIT)
            fen_diagnose_warning(reader->diagnostics, value->key->place,
                                 "never holds: a registration has no goods and no order; leave it "
                                 "out",
                                 "永远不成立：注册没有商品和订单；请去掉这个条件");
        else
            fen_diagnose_warning(reader->diagnostics, value->key->place,
                                 "never holds: no guide earns under this role; leave it out",
                                 "永远不成立：这个角色的收款方不是导购；请去掉这个条件");
    }
    bool is_below = rule->quantity.is_set;
    for (const struct fen_range *range = &rule->quantity; range != NULL && is_below;
         range = range->next)
        is_below = range->to < 1;
    if (is_below)
        fen_diagnose_warning(reader->diagnostics,
                             fen_review_value(when, &fen_when_keys, FEN_WHEN_KEY_QUANTITY)->place,
                             "never holds: a line has at least 1 piece; raise it",
                             "永远不成立：每行至少 1 件；请改大");
    return is_found || is_below;
}

static bool pays_nothing(const struct fen_rule *rule)
{
    bool is_capped = rule->cap_line_fen == 0 || rule->cap_order_fen == 0;
    switch (rule->pay.kind) {
    case FEN_PAY_PERCENT: return rule->pay.rate_ppm == 0 || is_capped;
    case FEN_PAY_PER_UNIT:
    case FEN_PAY_PER_LINE:
    case FEN_PAY_PER_CUSTOMER: return rule->pay.amount_fen == 0 || is_capped;
    case FEN_PAY_TIERS:
        return rule->pay.tier_count == 0 ||
               rule->pay.tiers[rule->pay.tier_count - 1].rate_ppm == 0;
    }
    return false;
}

/* A role that has rules and of which none can ever pay. */
static void review_role(struct fen_reader *reader, const struct fen_node *list, enum fen_role role)
{
    const struct fen_plan *plan = reader->plan;
    uint32_t dead_count = 0;
    for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
        const struct fen_node *item = fen_review_item(list, index);
        const struct fen_node *when = fen_review_value(item, &fen_rule_keys, FEN_RULE_KEY_WHEN);
        const struct fen_rule *rule = &plan->rules[role][index];
        if (!fen_review_is_sound(reader, item))
            continue;
        bool is_dead = is_impossible(reader, when, rule);
        dead_count += is_dead || pays_nothing(rule);
    }
    if (plan->rule_count[role] > 0 && dead_count == plan->rule_count[role])
        fen_diagnose_warning(reader->diagnostics, list->key->place,
                             "nobody can earn as `%s`: no rule of it can pay; mend or remove them",
                             "没有人能得到“%s”：它的规则都付不出佣金；请改正或删去",
                             role_name(reader, role));
}

static void review_roles(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *roles = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        const struct fen_node *list = fen_review_value(roles, &fen_rule_roles, (int)role);
        if (list == NULL || list->kind != FEN_NODE_LIST)
            continue;
        if (list->child_count == 0) {
            fen_diagnose_warning(reader->diagnostics, list->key->place,
                                 "nobody can earn as `%s`: it has no rules; add some or leave it "
                                 "out",
                                 "没有人能得到“%s”：没有规则；请补上，或去掉这个角色",
                                 role_name(reader, (enum fen_role)role));
            continue;
        }
        review_role(reader, list, (enum fen_role)role);
        fen_review_reach(reader, list, (enum fen_role)role);
    }
}

void fen_review_plan(struct fen_reader *reader, const struct fen_node *root)
{
    if (root->kind != FEN_NODE_MAPPING)
        return;
    fen_review_texts(reader, root);
    if (reader->diagnostics->is_partial || reader->is_currency_unknown)
        return; /* what it leaves out may stand in what could not be read, as amounts may not be */
    review_names(reader, root);
    review_roles(reader, root);
    fen_review_tables(reader, root);
}

static bool overlaps(const struct fen_plan *a, const struct fen_plan *b)
{
    return a->from_ms < b->to_ms && b->from_ms < a->to_ms;
}

/* Two versions of one id: the higher holds wherever both are valid (SPEC §4). */
static void review_successor(const struct fen_plan *plan, const struct fen_plan *other,
                             const char *name, struct fen_diagnostics *diagnostics)
{
    struct fen_place place = {1, 1, plan->id};
    if (plan->version == other->version && plan->content != other->content)
        fen_diagnose(diagnostics, place,
                     "%s is version %u too, with other content; give one of them a new version",
                     "%s 也是版本 %u，但内容不同；请给其中一个新的版本号", name, plan->version);
    else if (plan->version < other->version && other->from_ms <= plan->from_ms &&
             other->to_ms >= plan->to_ms)
        fen_diagnose_warning(diagnostics, place,
                             "never in force: version %u in %s covers all of its time",
                             "从不生效：版本 %u（%s）覆盖了它的全部时间", other->version,
                             name);
    else if (plan->version < other->version && overlaps(plan, other) &&
             other->to_ms < plan->to_ms)
        fen_diagnose_warning(diagnostics, place,
                             "in force again when version %u in %s ends; end this one or extend "
                             "that one, unless it is meant",
                             "版本 %u（%s）失效后，本版本会重新生效；若非本意，请调整“失效”",
                             other->version, name);
}

void fen_review_versions(const struct fen_plan *const *plans, const char *const *names,
                         uint32_t count, uint32_t index, struct fen_diagnostics *diagnostics)
{
    const struct fen_plan *plan = plans[index];
    for (uint32_t other = 0; other < count && plan != NULL; other++) {
        if (other == index || plans[other] == NULL)
            continue;
        if (fen_str_equal(plan->id, plans[other]->id))
            review_successor(plan, plans[other], names[other], diagnostics);
        else if (overlaps(plan, plans[other]))
            fen_diagnose(diagnostics, (struct fen_place){1, 1, plan->id},
                         "overlaps in time with plan `%.*s` in %s; one tenant has one plan at a "
                         "time: set `to` of the earlier one",
                         "与方案“%.*s”（%s）生效时间重叠；同一租户同时只能有一个方案，"
                         "请给较早的一个写上“失效”",
                         FEN_STR_ARG(plans[other]->id), names[other]);
    }
}
