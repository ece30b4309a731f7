/*
 * explain_text_period: a payee's period for people: each rule with the arithmetic of its table, the
 * entries that count, and those of the period itself with what moved them.
 */
#include <inttypes.h>

#include "cli/explain/explain_period.h"
#include "cli/explain/explain_text.h"
#include "cli/text/totals.h"
#include "model/period.h"
#include "plan/period_table.h"

/* Entries that count, told one by one; a store may have thousands a month. JSON has them all. */
#define ENTRIES_TOLD_MAX 50u

/* What the phrases need of an explanation: memory, and the currency of the rule's plan. */
static struct fen_explanation phrases_of(const struct fen_period_explanation *period,
                                         const struct fen_plan *table)
{
    return (struct fen_explanation){
        .arena = period->arena, .plan = table};
}

static void say_roles(const enum fen_role *roles, uint32_t count, struct fen_buffer *out)
{
    for (uint32_t i = 0; i < count; i++)
        fen_buffer_append_format(out, "%s%s", i == 0 ? "" : fen_language_pick(", ", "、"),
                                 fen_role_title(roles[i]));
}

/* One tier's part: what its rate adds to the first tier's, which its entries have. */
static void say_part(const struct fen_explanation *phrases, const struct fen_pay *pay,
                     int64_t base_fen, uint32_t tier, struct fen_buffer *out)
{
    int64_t first_ppm = pay->tiers[0].rate_ppm, rate_ppm = pay->tiers[tier].rate_ppm;
    int64_t part_fen = fen_plan_tier_part(pay, base_fen, tier);
    fen_int128 product = (fen_int128)(rate_ppm - first_ppm) * part_fen;
    struct fen_exact amount = {(int64_t)(product / FEN_PPM), (fen_uint128)(product % FEN_PPM)};
    fen_explain_say(out, "    from %s: %s − %s = %s × %s = %s\n",
                    "    %s 起：%s − %s = %s × %s = %s\n",
                    fen_explain_money(phrases, pay->tiers[tier].from_fen),
                    fen_explain_rate(phrases, rate_ppm), fen_explain_rate(phrases, first_ppm),
                    fen_explain_rate(phrases, rate_ppm - first_ppm),
                    fen_explain_money(phrases, part_fen),
                    fen_explain_exact(phrases, amount, FEN_PPM));
}

static void say_tiers(const struct fen_explanation *phrases,
                      const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_pay *pay = &outcome->rule->pay;
    int64_t base_fen = (int64_t)outcome->sum_fen;
    uint32_t reached = fen_plan_tier_reached(pay, base_fen);
    fen_explain_say(out, "  tiers of rule \"%.*s\" (%s), %s, plan %.*s@%u: sum of bases %s, "
                         "in tier %u of %u\n",
                    "  规则“%.*s”（%s）的阶梯，%s，方案 %.*s@%u："
                    "计佣基数合计 %s，第 %u 档（共 %u 档）\n",
                    FEN_STR_ARG(outcome->name), fen_role_title(outcome->role),
                    pay->is_flat ? fen_language_pick("flat", "全额")
                                 : fen_language_pick("step", "累进"),
                    FEN_STR_ARG(outcome->table->id), outcome->table->version,
                    fen_explain_money(phrases, base_fen), reached + 1, pay->tier_count);
    fen_explain_say(out, "    from %s: %s, in the entries themselves\n",
                    "    %s 起：%s，已计入各分录\n",
                    fen_explain_money(phrases, pay->tiers[0].from_fen),
                    fen_explain_rate(phrases, pay->tiers[0].rate_ppm));
    for (uint32_t tier = 1; tier <= reached; tier++)
        if (fen_plan_tier_part(pay, base_fen, tier) != 0)
            say_part(phrases, pay, base_fen, tier, out);
    if (reached + 1 < pay->tier_count)
        fen_explain_say(out, "    the next begins at %s: %s\n", "    下一档自 %s 起：%s\n",
                        fen_explain_money(phrases, pay->tiers[reached + 1].from_fen),
                        fen_explain_rate(phrases, pay->tiers[reached + 1].rate_ppm));
    fen_explain_say(out, "    in sum, floored: %s\n", "    合计取整：%s\n",
                    fen_explain_money(phrases, outcome->amount_fen));
}

static void say_bonus(const struct fen_explanation *phrases,
                      const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_bonus *bonus = outcome->bonus;
    const struct fen_bonus_step *reached = fen_plan_bonus_reached(bonus, outcome->sum_fen);
    fen_explain_say(out, "  bonus \"%.*s\" by %s of ", "  奖励“%.*s”，依据%s，角色 ",
                    FEN_STR_ARG(outcome->name),
                    bonus->is_by_base ? fen_language_pick("base", "基数")
                                      : fen_language_pick("amount", "佣金"));
    say_roles(bonus->roles, bonus->role_count, out);
    fen_explain_say(out, ", plan %.*s@%u: sum %s\n", "，方案 %.*s@%u：合计 %s\n",
                    FEN_STR_ARG(outcome->table->id), outcome->table->version,
                    fen_explain_money(phrases, (int64_t)outcome->sum_fen));
    if (reached != NULL)
        fen_explain_say(out, "    reaches %s: %s\n", "    达到 %s：%s\n",
                        fen_explain_money(phrases, reached->from_fen),
                        fen_explain_money(phrases, reached->amount_fen));
    uint32_t next = reached == NULL ? 0 : (uint32_t)(reached - bonus->steps) + 1;
    if (next < bonus->step_count)
        fen_explain_say(out, "    does not reach %s: %s\n", "    未达到 %s：%s\n",
                        fen_explain_money(phrases, bonus->steps[next].from_fen),
                        fen_explain_money(phrases, bonus->steps[next].amount_fen));
}

static void say_limit(const struct fen_explanation *phrases,
                      const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_limit *limit = outcome->limit;
    fen_explain_say(out, "  limit \"%.*s\" of %s a month over ", "  上限“%.*s”，每月 %s，角色 ",
                    FEN_STR_ARG(outcome->name), fen_explain_money(phrases, limit->month_fen));
    say_roles(limit->roles, limit->role_count, out);
    fen_explain_say(out, ", plan %.*s@%u: sum %s\n", "，方案 %.*s@%u：合计 %s\n",
                    FEN_STR_ARG(outcome->table->id), outcome->table->version,
                    fen_explain_money(phrases, (int64_t)outcome->sum_fen));
    if (outcome->amount_fen != 0)
        fen_explain_say(out, "    over it, and taken back: %s\n", "    超出并扣回：%s\n",
                        fen_explain_money(phrases, outcome->amount_fen));
    else
        fen_explain_say(out, "    not over it\n", "    未超出\n");
}

static void say_outcome(const struct fen_period_explanation *period,
                        const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    struct fen_explanation phrases = phrases_of(period, outcome->table);
    if (outcome->rule != NULL)
        say_tiers(&phrases, outcome, out);
    else if (outcome->bonus != NULL)
        say_bonus(&phrases, outcome, out);
    else if (outcome->limit != NULL)
        say_limit(&phrases, outcome, out);
    else
        fen_explain_say(out, "  rule \"%.*s\" (%s) has nothing for the period in plan %.*s@%u: "
                             "what was posted is taken back\n",
                        "  规则“%.*s”（%s）在方案 %.*s@%u 中没有账期规则：已入账的予以冲回\n",
                        FEN_STR_ARG(outcome->name), fen_role_title(outcome->role),
                        FEN_STR_ARG(outcome->table->id), outcome->table->version);
    bool is_settled = outcome->posted_fen == outcome->amount_fen &&
                      (outcome->posted_fen == 0 ||
                       outcome->posted_version == outcome->table->version);
    if (!is_settled)
        fen_explain_say(out, "    posted so far: %s\n", "    迄今已入账：%s\n",
                        fen_explain_money(&phrases, outcome->posted_fen));
}

/* The plan of an entry, for its currency. */
static const struct fen_plan *plan_of(const struct fen_explain_subject *subject,
                                      const struct fen_period_explanation *period,
                                      const struct fen_entry *entry)
{
    return fen_catalog_find(period->reference->catalog, subject->tenant, entry->key.plan,
                            entry->key.plan_version);
}

/* The names of the rules in which it counts. */
static void say_counts(const struct fen_period_explanation *period, const struct fen_entry *entry,
                       struct fen_buffer *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < period->trace.outcome_count; i++) {
        const struct fen_period_outcome *outcome = &period->trace.outcomes[i];
        if (!fen_explain_counts_in(period, outcome, entry))
            continue;
        if (count++ == 0)
            fen_explain_say(out, ", counts in %.*s", "，计入 %.*s", FEN_STR_ARG(outcome->name));
        else
            fen_explain_say(out, ", %.*s", "、%.*s", FEN_STR_ARG(outcome->name));
    }
}

static void say_cause(const struct fen_explain_subject *subject, const struct fen_entry *entry,
                      struct fen_buffer *out)
{
    struct fen_str moved_by = fen_explain_moved_by(subject, entry);
    if (fen_str_equal(moved_by, entry->event))
        fen_explain_say(out, "; a plan was published", "；方案发布");
    else if (fen_str_is_set(moved_by))
        fen_explain_say(out, "; for %.*s, by which an entry of %.*s moved the sum",
                        "；起因 %.*s，%.*s 的分录改变了合计", FEN_STR_ARG(entry->event),
                        FEN_STR_ARG(moved_by));
    else
        fen_explain_say(out, "; for %.*s", "；起因 %.*s", FEN_STR_ARG(entry->event));
}

static void say_entry(const struct fen_explain_subject *subject,
                      const struct fen_period_explanation *period, const struct fen_entry *entry,
                      struct fen_buffer *out)
{
    struct fen_explanation phrases = phrases_of(period, plan_of(subject, period, entry));
    const struct fen_key *key = &entry->key;
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(key->period, month);
    fen_buffer_append_format(out, "  #%" PRIu64 "  %s%s  %s", entry->seq,
                             entry->amount_fen > 0 ? "+" : "",
                             fen_explain_money(&phrases, entry->amount_fen),
                             fen_role_title(key->role));
    if (fen_explain_is_of_period(period, entry)) {
        fen_explain_say(out, ", rule \"%.*s\" of the period", "，账期规则“%.*s”",
                        FEN_STR_ARG(key->rule));
        say_counts(period, entry, out);
        say_cause(subject, entry, out);
    } else {
        fen_buffer_append_format(out, " %.*s", FEN_STR_ARG(entry->subject));
        if (key->line != 0)
            fen_explain_say(out, " line %" PRId64, " 第 %" PRId64 " 行", key->line);
        fen_explain_say(out, ", rule \"%.*s\", base %s", "，规则“%.*s”，基数 %s",
                        FEN_STR_ARG(key->rule), fen_explain_money(&phrases, entry->base_fen));
        say_counts(period, entry, out);
    }
    if (entry->is_prior)
        fen_explain_say(out, "; its own period was closed: it stands in %s",
                        "；原账期已关账，记入 %s", month);
    fen_buffer_append_byte(out, '\n');
}

static void say_entries(const struct fen_explain_subject *subject,
                        const struct fen_period_explanation *period, struct fen_buffer *out)
{
    uint32_t told = 0, left = 0;
    fen_explain_say(out, "Entries that count, and what the period's rules posted:\n",
                    "计入的分录与账期规则的分录：\n");
    for (uint32_t i = 0; i < subject->entries.count; i++) {
        const struct fen_entry *entry = &subject->entries.items[i];
        if (!fen_explain_is_told(period, entry))
            continue;
        if (told < ENTRIES_TOLD_MAX || fen_explain_is_of_period(period, entry))
            say_entry(subject, period, entry, out);
        else
            left++;
        told++;
    }
    if (left > 0)
        fen_explain_say(out, "  and %u more that count; --json has them\n",
                        "  另有 %u 条计入的分录，见 --json\n", left);
}

void fen_explain_append_period_text(const struct fen_explain_subject *subject,
                                    const struct fen_period_explanation *period,
                                    struct fen_buffer *out)
{
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(period->period, month);
    bool is_closed =
        fen_org_is_closed(period->reference->org, subject->tenant, period->period);
    fen_explain_say(out, "Period %s of %.*s (tenant %.*s)%s\n", "账期 %s，%.*s（租户 %.*s）%s\n", month,
                    FEN_STR_ARG(subject->id), FEN_STR_ARG(subject->tenant),
                    is_closed ? fen_language_pick(", closed", "，已关账") : "");
    if (period->trace.outcome_count == 0)
        fen_explain_say(out, "  no tiers, bonus or month limit bears on this payee\n",
                        "  没有适用于该收款方的阶梯、奖励或每月上限\n");
    for (uint32_t i = 0; i < period->trace.outcome_count; i++)
        say_outcome(period, &period->trace.outcomes[i], out);
    say_entries(subject, period, out);
    if (period->difference_count == 0)
        fen_explain_say(out, "What is due is posted.\n", "应得均已入账。\n");
    else
        fen_explain_say(out, "Not all that is due is posted yet: the engine has still to follow.\n",
                        "尚有应得未入账：引擎还在跟进。\n");
}
