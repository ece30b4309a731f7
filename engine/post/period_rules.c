/*
 * period_rules: see period_rules.h.
 *
 * A plan id at a time, under the one version whose tables hold in the period. A rule that has
 * posted something and that this version lacks is taken back first.
 */
#include "post/period_rules.h"

#include "model/difference.h"
#include "model/period.h"
#include "plan/period_table.h"

/* One kind of period rule of one plan id in one period. */
struct step {
    const struct fen_period_rules *rules;
    const struct fen_plan *table; /* the version that holds */
    uint32_t plan;                /* place of its id in the account */
    int32_t period;
    enum fen_kind kind; /* TIER, BONUS, CAP */
};

/* The kind of the entries that a period rule posts under a role. */
static enum fen_kind kind_of(enum fen_role role)
{
    if (role == FEN_ROLE_BONUS)
        return FEN_KIND_BONUS;
    return role == FEN_ROLE_CAP ? FEN_KIND_CAP : FEN_KIND_TIER;
}

static struct fen_key key_of(const struct step *step, enum fen_role role, struct fen_str rule,
                             uint32_t plan_version)
{
    return (struct fen_key){
        .payee = step->rules->account->payee,
        .funder = FEN_STR("hq"), /* SPEC §6 */
        .rule = rule,
        .plan = step->table->id,
        .plan_version = plan_version,
        .role = role,
        .period = step->period,
        .available_date = fen_period_first_date(step->period + 1),
    };
}

/* The differences between what is posted and what is due under a rule, appended to `entries`. */
static void append_differences(const struct step *step, const struct fen_period_outcome *due,
                               struct fen_entries *entries)
{
    const struct fen_period_rules *rules = step->rules;
    char month[FEN_DATE_TEXT_BYTES];
    fen_period_format(step->period, month);
    int64_t earned_ms = fen_plan_period_last_ms(step->table, step->period);
    struct fen_posted old = {
        .key = key_of(step, due->role, due->name, due->posted_version),
        .amount_fen = due->posted_fen,
        .earned_ms = earned_ms,
        .rate_ppm = FEN_NONE,
    };
    struct fen_entitled now = {
        .key = key_of(step, due->role, due->name, step->table->version),
        .amount_fen = due->amount_fen,
        .earned_ms = earned_ms,
        .rate_ppm = FEN_NONE,
    };
    struct fen_difference_cause cause = {
        .tenant = rules->account->tenant,
        .subject = fen_arena_format(rules->arena, "period:%s", month),
        .event = rules->event,
        .kind = step->kind,
    };
    struct fen_posted *posted = &old;
    uint32_t posted_count = due->posted_fen != 0;
    fen_difference(rules->arena, rules->scratch, &cause, &now, due->amount_fen != 0, &posted,
                   &posted_count, entries);
}

/*
 * Post what brings a rule to what is due; `number` is 0 while the account does not have it. What
 * stood posted is noted in `due`.
 */
static void settle(const struct step *step, struct fen_period_outcome due, uint32_t number)
{
    const struct fen_period_rules *rules = step->rules;
    struct fen_account *account = rules->account;
    uint32_t at = fen_account_posted_at(account, step->period, number, due.role);
    if (at < account->period_posted_count && account->period_posted[at].period == step->period &&
        account->period_posted[at].rule == number &&
        account->period_posted[at].role == due.role) {
        due.posted_fen = account->period_posted[at].amount_fen;
        due.posted_version = account->period_posted[at].plan_version;
    }
    due.kind = step->kind;
    due.table = step->table;
    fen_period_trace_outcome(rules->trace, &due);
    bool is_same_version = due.posted_fen == 0 || due.posted_version == step->table->version;
    if (due.posted_fen == due.amount_fen && is_same_version)
        return;
    struct fen_entries entries = {0};
    append_differences(step, &due, &entries);
    for (uint32_t index = 0; index < entries.count; index++)
        rules->post(rules->context, &entries.items[index]);
    struct fen_account_posted now = {
        .period = step->period,
        .rule = fen_account_rule_number(account, step->plan, due.name),
        .role = due.role,
        .plan_version = step->table->version,
        .amount_fen = due.amount_fen,
    };
    fen_account_set_posted(rules->arena, account, rules->room, &now);
}

/* Whether the table has a rule of the step's kind under a name and, of tiers, a role. */
static bool table_has(const struct step *step, enum fen_role role, struct fen_str name)
{
    if (step->kind == FEN_KIND_TIER) {
        const struct fen_rule *rule = fen_plan_tier_rule(step->table, name);
        return rule != NULL && rule->role == role;
    }
    for (uint32_t index = 0; step->kind == FEN_KIND_BONUS && index < step->table->bonus_count;
         index++)
        if (fen_str_equal(step->table->bonuses[index].name, name))
            return true;
    for (uint32_t index = 0; step->kind == FEN_KIND_CAP && index < step->table->limit_count;
         index++)
        if (step->table->limits[index].month_fen != FEN_NONE &&
            fen_str_equal(step->table->limits[index].name, name))
            return true;
    return false;
}

/* Take back what is posted under a rule of the account that the table lacks. */
static void take_back_rule(const struct step *step, const struct fen_account_rule *rule)
{
    const struct fen_account *account = step->rules->account;
    uint32_t at = fen_account_posted_at(account, step->period, rule->number, FEN_ROLE_NONE);
    while (at < account->period_posted_count) {
        struct fen_account_posted row = account->period_posted[at];
        if (row.period != step->period || row.rule != rule->number)
            return;
        if (kind_of(row.role) == step->kind && !table_has(step, row.role, rule->rule))
            settle(step, (struct fen_period_outcome){.role = row.role, .name = rule->rule},
                   rule->number); /* the row leaves */
        else
            at++;
    }
}

/* Whether anything stands posted for the period under another version than the table's. */
static bool has_other_version(const struct step *step)
{
    const struct fen_account *account = step->rules->account;
    uint32_t at = fen_account_posted_at(account, step->period, 0, FEN_ROLE_NONE);
    for (; at < account->period_posted_count && account->period_posted[at].period == step->period;
         at++)
        if (account->period_posted[at].plan_version != step->table->version)
            return true;
    return false;
}

/* What was posted under the table's own version is in the table, so there is mostly nothing. */
static void take_back(const struct step *step)
{
    const struct fen_account *account = step->rules->account;
    if (!has_other_version(step))
        return;
    uint32_t end, first = fen_account_plan_rules(account, step->plan, &end);
    for (uint32_t index = first; index < end; index++) {
        struct fen_account_rule rule = account->rules[index];
        take_back_rule(step, &rule);
    }
}

/* B of SPEC §7: the sum of the bases of a rule's entries. */
static int64_t base_of(const struct step *step, enum fen_role role, uint32_t number)
{
    const struct fen_account *account = step->rules->account;
    uint32_t at = fen_account_sum_at(account, step->period, role, number);
    if (at == account->sum_count)
        return 0;
    const struct fen_account_sum *sum = &account->sums[at];
    bool is_there = sum->period == step->period && sum->role == role && sum->rule == number;
    return is_there ? sum->base_fen : 0;
}

static void settle_tiers(const struct step *step, const struct fen_rule *rule, uint32_t number)
{
    int64_t base_fen = base_of(step, rule->role, number);
    settle(step,
           (struct fen_period_outcome){
               .role = rule->role,
               .name = rule->name,
               .rule = rule,
               .sum_fen = base_fen,
               .amount_fen = fen_plan_tiers_amount(&rule->pay, base_fen),
           },
           number);
}

/* Rules that have tiers and of which the payee has entries, by the shorter of the two lists. */
static void apply_tiers(const struct step *step)
{
    const struct fen_account *account = step->rules->account;
    uint32_t end, first = fen_account_plan_rules(account, step->plan, &end);
    const struct fen_plan *table = step->table;
    bool is_by_table = table->tier_rule_count < end - first;
    for (uint32_t index = 0; is_by_table && index < table->tier_rule_count; index++) {
        const struct fen_rule *rule = table->tier_rules[index];
        uint32_t number = fen_account_rule_number(account, step->plan, rule->name);
        if (number != 0)
            settle_tiers(step, rule, number);
    }
    for (uint32_t index = first; !is_by_table && index < end; index++) {
        const struct fen_rule *rule = fen_plan_tier_rule(table, account->rules[index].rule);
        if (rule != NULL)
            settle_tiers(step, rule, account->rules[index].number);
    }
}

/* Whether a rule number is one of [first, end) of the account's rules. */
static bool is_of_plan(const struct fen_account *account, uint32_t first, uint32_t end,
                       uint32_t number)
{
    if (number == 0)
        return false;
    if (account->plan_count == 1)
        return true; /* of nearly every payee: it has one plan */
    for (uint32_t index = first; index < end; index++)
        if (account->rules[index].number == number)
            return true;
    return false;
}

/* The sum over the payee's entries of the roles, by base or by amount. */
static fen_int128 sum_of(const struct step *step, const enum fen_role *roles, uint32_t role_count,
                         bool is_by_base)
{
    const struct fen_account *account = step->rules->account;
    uint32_t end, first = fen_account_plan_rules(account, step->plan, &end);
    fen_int128 total = 0;
    for (uint32_t index = 0; index < role_count; index++) {
        uint32_t at = fen_account_sum_at(account, step->period, roles[index], 0);
        for (; at < account->sum_count; at++) {
            const struct fen_account_sum *sum = &account->sums[at];
            if (sum->period != step->period || sum->role != roles[index])
                break;
            if (is_of_plan(account, first, end, sum->rule))
                total += is_by_base ? sum->base_fen : sum->amount_fen;
        }
    }
    return total;
}

static void apply_bonuses(const struct step *step)
{
    for (uint32_t index = 0; index < step->table->bonus_count; index++) {
        const struct fen_bonus *bonus = &step->table->bonuses[index];
        fen_int128 sum_fen = sum_of(step, bonus->roles, bonus->role_count, bonus->is_by_base);
        uint32_t number =
            fen_account_rule_number(step->rules->account, step->plan, bonus->name);
        settle(step,
               (struct fen_period_outcome){
                   .role = FEN_ROLE_BONUS,
                   .name = bonus->name,
                   .bonus = bonus,
                   .sum_fen = sum_fen,
                   .amount_fen = fen_plan_bonus_amount(bonus, sum_fen),
               },
               number);
    }
}

static void apply_month_limits(const struct step *step)
{
    for (uint32_t index = 0; index < step->table->limit_count; index++) {
        const struct fen_limit *limit = &step->table->limits[index];
        if (limit->month_fen == FEN_NONE)
            continue;
        fen_int128 sum_fen = sum_of(step, limit->roles, limit->role_count, false);
        uint32_t number =
            fen_account_rule_number(step->rules->account, step->plan, limit->name);
        settle(step,
               (struct fen_period_outcome){
                   .role = FEN_ROLE_CAP,
                   .name = limit->name,
                   .limit = limit,
                   .sum_fen = sum_fen,
                   .amount_fen = fen_plan_month_limit_amount(limit, sum_fen),
               },
               number);
    }
}

static void apply_plan(const struct fen_period_rules *rules, const struct fen_plan *table,
                       uint32_t plan, int32_t period)
{
    struct step step = {rules, table, plan, period, FEN_KIND_TIER};
    if (rules->account->period_posted_count == 0 && !fen_plan_has_period_rules(table))
        return;
    take_back(&step);
    apply_tiers(&step);
    if (!fen_str_is_set(fen_payee_guide(rules->account->payee)))
        return;
    step.kind = FEN_KIND_BONUS;
    take_back(&step);
    apply_bonuses(&step);
    step.kind = FEN_KIND_CAP;
    take_back(&step);
    apply_month_limits(&step);
}

void fen_period_rules_apply(const struct fen_period_rules *rules, int32_t period)
{
    const struct fen_account *account = rules->account;
    for (uint32_t plan = 0; plan < account->plan_count; plan++) {
        const struct fen_plan *table = fen_catalog_table(rules->catalog, account->tenant,
                                                         account->plans[plan], period);
        if (table != NULL)
            apply_plan(rules, table, plan, period);
    }
}
