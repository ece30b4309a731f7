/* explain_text_line: a line for people: base, who was considered, each credit step by step. */
#include <inttypes.h>

#include "cli/explain/explain_terms.h"
#include "cli/explain/explain_text.h"
#include "cli/plan/plan_phrase.h"
#include "cli/text/totals.h"
#include "plan/words.h"

/* Rules told one by one that do not match; a role may have thousands. JSON has them all. */
#define RULES_TOLD_MAX 20u

static const char *fact_word(enum fen_fact_kind kind)
{
    return fen_words_spell(&fen_fact_words, (int)kind, fen_language());
}

static void say_base(const struct fen_explanation *explanation, const struct fen_work_line *line,
                     struct fen_buffer *out)
{
    const struct fen_event_line *sold = line->attributed.line;
    const struct fen_plan *plan = explanation->plan;
    fen_explain_say(out, "  base %s = paid %s", "  计佣基数 %s = 实付 %s",
                    fen_explain_money(explanation, line->attributed.base_fen),
                    fen_explain_money(explanation, sold->paid_fen));
    for (uint32_t i = 0; i < sold->discount_count; i++)
        for (uint32_t name = 0; name < plan->add_back_count; name++)
            if (fen_str_equal(sold->discounts[i].name, plan->add_back[name]))
                fen_buffer_append_format(
                    out, " + %.*s %s", FEN_STR_ARG(sold->discounts[i].name),
                    fen_explain_money(explanation, sold->discounts[i].amount_fen));
    for (uint32_t i = 0; i < sold->portion_count; i++)
        for (uint32_t name = 0; name < plan->exclude_count; name++)
            if (fen_str_equal(sold->portions[i].name, plan->exclude[name]))
                fen_buffer_append_format(
                    out, " - %.*s %s", FEN_STR_ARG(sold->portions[i].name),
                    fen_explain_money(explanation, sold->portions[i].amount_fen));
    fen_buffer_append_byte(out, '\n');
}

/* Only where refunds leave less than all. */
static void say_remaining(const struct fen_explanation *explanation,
                          const struct fen_work_line *line, struct fen_buffer *out)
{
    static const struct fen_text views[] = {
        [FEN_VIEW_WITHHOLD] = {"for roles that bear refunds (withhold)", "退款扣回的角色"},
        [FEN_VIEW_GOODWILL] = {"for roles spared refunds (goodwill)", "退款由公司承担的角色"},
        [FEN_VIEW_ALL] = {"with every refund counted", "计入全部退款"},
    };
    const struct fen_remaining *all = &line->remaining[FEN_VIEW_ALL];
    if (all->numerator == all->denominator)
        return;
    for (int view = 0; view < FEN_VIEW_COUNT; view++) {
        const struct fen_remaining *left = &line->remaining[view];
        if (view != FEN_VIEW_WITHHOLD && !explanation->trace.work.has_goodwill)
            continue;
        fen_explain_say(out,
                        "  remaining %s = %s × %" PRId64 "/%" PRId64 ", floored: %s\n",
                        "  剩余基数 %s = %s × %" PRId64 "/%" PRId64 "，向下取整：%s\n",
                        fen_explain_money(explanation, left->fen),
                        fen_explain_money(explanation, line->attributed.base_fen),
                        left->numerator, left->denominator, fen_text_pick(&views[view]));
    }
}

static const char *status_reason(const struct fen_guide *guide)
{
    if (guide == NULL || guide->status == FEN_GUIDE_ACTIVE)
        return fen_language_pick("the buyer is one of the guide's own customer ids",
                                 "买家是该导购本人的顾客号（自购）");
    return guide->status == FEN_GUIDE_LEFT
               ? fen_language_pick("the guide had left", "导购已离职")
               : fen_language_pick("the guide was suspended", "导购已停用");
}

static void say_passed_touches(const struct fen_explanation *explanation, int64_t line,
                               struct fen_buffer *out)
{
    static const struct fen_text fates[] = {
        [FEN_TRACE_TOO_OLD] = {"outside the window", "超出有效期"},
        [FEN_TRACE_AFTER] = {"after the order was created", "晚于下单"},
        [FEN_TRACE_OTHER_SKU] = {"of another sku", "不是同款"},
    };
    const struct fen_trace *trace = &explanation->trace;
    for (uint32_t i = 0; i < trace->touch_count; i++) {
        const struct fen_trace_touch *passed = &trace->touches[i];
        if (passed->line != line)
            continue;
        const char *why = passed->fate == FEN_TRACE_NOT_ALLOWED
                              ? status_reason(passed->guide)
                              : fen_text_pick(&fates[passed->fate]);
        fen_explain_say(out, "    touch %.*s of guide %.*s does not count: %s\n",
                        "    触达 %.*s（导购 %.*s）不计：%s\n",
                        FEN_STR_ARG(passed->touch->event), FEN_STR_ARG(passed->touch->guide), why);
    }
}

/* What was found of a condition, as a plan would write it. */
static struct fen_str found_text(const struct fen_explanation *explanation,
                                 const struct fen_trace_candidate *candidate, uint32_t condition)
{
    struct fen_str found = fen_explain_found(explanation, candidate, condition);
    if (!fen_str_is_set(found))
        return fen_str_from(fen_language_pick("nothing", "无"));
    if (condition == FEN_WHEN_KEY_BASE)
        return fen_phrase_plain_money(explanation->arena, explanation->plan,
                                      candidate->attributes.base_fen);
    return fen_phrase_value(condition, found);
}

static void say_failing(const struct fen_explanation *explanation,
                        const struct fen_trace_candidate *candidate, const struct fen_rule *rule,
                        struct fen_buffer *out)
{
    uint32_t failing = fen_plan_failing(explanation->plan, rule, &candidate->attributes);
    fen_explain_say(out, "    rule \"%.*s\" does not match:", "    规则“%.*s”不符：",
                    FEN_STR_ARG(rule->name));
    const char *separator = "";
    for (uint32_t condition = 0; condition < FEN_EXPLAIN_CONDITION_COUNT; condition++) {
        if ((failing >> condition & 1) == 0)
            continue;
        struct fen_str found = found_text(explanation, candidate, condition);
        struct fen_str wanted = fen_phrase_condition(explanation->arena, explanation->plan, rule,
                                                     condition, fen_language_pick(", ", "、"));
        fen_explain_say(out, "%s %s wants %.*s, found %.*s", "%s%s 要求 %.*s，实为 %.*s",
                        separator,
                        fen_words_spell(&fen_when_keys, (int)condition, fen_language()),
                        FEN_STR_ARG(wanted), FEN_STR_ARG(found));
        separator = fen_language_pick(";", "；");
    }
    fen_buffer_append_byte(out, '\n');
}

static void say_rules(const struct fen_explanation *explanation,
                      const struct fen_trace_candidate *candidate, struct fen_buffer *out)
{
    enum fen_role role = candidate->credit.role;
    const struct fen_rule *rules = explanation->plan->rules[role];
    uint32_t count = candidate->credit.rule == NULL
                         ? explanation->plan->rule_count[role]
                         : (uint32_t)(candidate->credit.rule - rules);
    for (uint32_t i = 0; i < count && i < RULES_TOLD_MAX; i++)
        say_failing(explanation, candidate, &rules[i], out);
    if (count > RULES_TOLD_MAX)
        fen_explain_say(out, "    and %u rules more that do not match; --json has them\n",
                        "    另有 %u 条规则不符，见 --json\n", count - RULES_TOLD_MAX);
}

/* "guide A", "store:S1". */
static const char *who(const struct fen_explanation *explanation, const struct fen_credit *credit)
{
    if (credit->known != NULL)
        return fen_arena_format(explanation->arena, "%s %.*s", fen_language_pick("guide", "导购"),
                                FEN_STR_ARG(credit->known->guide))
            .data;
    return fen_arena_format(explanation->arena, "%.*s", FEN_STR_ARG(credit->payee)).data;
}

static void say_nobody(const struct fen_explanation *explanation,
                       const struct fen_trace_candidate *candidate, struct fen_buffer *out)
{
    const char *title = fen_role_title(candidate->credit.role);
    if (candidate->credit.role == FEN_ROLE_SHARE)
        fen_explain_say(out, "  %s: nobody: no touch inside the window that counts (%s)\n",
                        "  %s：无人：有效期（%s）内没有可计的触达\n", title,
                        explanation->attribution.window_ms == FEN_NONE
                            ? "-"
                            : fen_explain_duration(explanation,
                                                   explanation->attribution.window_ms));
    else
        fen_explain_say(out, "  %s: nobody: the facts name none\n", "  %s：无人：事实中没有\n",
                        title);
}

static void say_candidate(const struct fen_explanation *explanation,
                          const struct fen_trace_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_credit *credit = &candidate->credit;
    const char *title = fen_role_title(credit->role);
    switch (candidate->verdict) {
    case FEN_TRACE_NOBODY:
        say_nobody(explanation, candidate, out);
        break;
    case FEN_TRACE_INELIGIBLE:
        fen_explain_say(out, "  %s: %s may not earn: %s\n", "  %s：%s 不可得：%s\n", title,
                        who(explanation, credit), status_reason(candidate->guide));
        break;
    case FEN_TRACE_NO_RULE:
        fen_explain_say(out, "  %s: %s gets nothing: no rule matches\n",
                        "  %s：%s 未得：没有符合的规则\n", title, who(explanation, credit));
        break;
    case FEN_TRACE_SUSPENDED:
        fen_explain_say(out,
                        "  %s: in suspense for %s, whom nobody has announced: rule \"%.*s\"\n",
                        "  %s：因 %s 尚未登记而挂起：规则“%.*s”\n", title,
                        who(explanation, credit), FEN_STR_ARG(credit->rule->name));
        break;
    case FEN_TRACE_CREDITED:
        fen_explain_say(out, "  %s: %s, by rule \"%.*s\"", "  %s：%s，依规则“%.*s”", title,
                        who(explanation, credit), FEN_STR_ARG(credit->rule->name));
        if (fen_str_is_set(credit->touch))
            fen_explain_say(out, " and touch %.*s", "，触达 %.*s", FEN_STR_ARG(credit->touch));
        fen_buffer_append_byte(out, '\n');
        break;
    }
    if (credit->role == FEN_ROLE_SHARE)
        say_passed_touches(explanation, candidate->line, out);
    if (candidate->verdict >= FEN_TRACE_NO_RULE)
        say_rules(explanation, candidate, out);
}

void fen_explain_say_considered(const struct fen_explanation *explanation, int64_t line,
                                struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    for (uint32_t i = 0; i < trace->candidate_count; i++)
        if (trace->candidates[i].line == line)
            say_candidate(explanation, &trace->candidates[i], out);
    for (int role = 1; role < FEN_ROLE_COUNT && line != 0; role++)
        if (fen_explain_is_untried(explanation, line, (enum fen_role)role))
            fen_explain_say(out, "  %s: not tried, a role before it in credit_order has the line\n",
                            "  %s：未考虑，独占顺序中靠前的角色已得此行\n",
                            fen_role_title((enum fen_role)role));
}

/* The amount a step left; "…" too where a cap across lines leaves more digits (exact_room.h). */
static const char *step_amount(const struct fen_explanation *explanation,
                               const struct fen_trace_step *step)
{
    const struct fen_work_credit *credit = step->credit;
    const char *amount = fen_explain_exact(explanation, step->amount, credit->scale);
    if (step->kind != FEN_TRACE_CAP_ORDER || credit->room[step->pass] == NULL)
        return amount;
    return fen_arena_format(explanation->arena, "%s…", amount).data;
}

static void say_pay(const struct fen_explanation *explanation, const struct fen_work_line *line,
                    const struct fen_trace_step *step, struct fen_buffer *out)
{
    const struct fen_pay *pay = &step->credit->credit->rule->pay;
    const char *amount = step_amount(explanation, step);
    const char *remaining =
        fen_explain_money(explanation, step->credit->remaining[step->pass]->fen);
    if (step->credit->earned_ms == FEN_NONE) {
        fen_explain_say(out, "    nothing yet: waits for %s\n", "    尚无：等待%s\n",
                        explanation->order.paid_ms == FEN_NONE
                            ? fact_word(FEN_FACT_PAID)
                            : fact_word(step->credit->credit->rule->earned));
        return;
    }
    switch (pay->kind) {
    case FEN_PAY_PERCENT:
    case FEN_PAY_TIERS:
    case FEN_PAY_PER_CUSTOMER:
        fen_buffer_append_format(out, "    %s × %s = %s\n",
                                 fen_explain_rate(explanation, pay->rate_ppm), remaining, amount);
        if (pay->kind == FEN_PAY_TIERS)
            fen_explain_say(out, "    (the first tier's rate; the month's sum decides the rest, "
                                 "in entries of the period: see the end)\n",
                            "    （首档费率；其余按当月累计，另记账期分录，见末行）\n");
        break;
    case FEN_PAY_PER_UNIT:
        fen_explain_say(out, "    %s a unit × %" PRId64 " × %s remaining of %s = %s\n",
                        "    每件 %s × %" PRId64 " × 剩余 %s / %s = %s\n",
                        fen_explain_money(explanation, pay->amount_fen),
                        line->attributed.line->quantity, remaining,
                        fen_explain_money(explanation, line->attributed.base_fen), amount);
        break;
    case FEN_PAY_PER_LINE:
        fen_explain_say(out, "    %s a line × %s remaining of %s = %s\n",
                        "    每行 %s × 剩余 %s / %s = %s\n",
                        fen_explain_money(explanation, pay->amount_fen), remaining,
                        fen_explain_money(explanation, line->attributed.base_fen), amount);
        break;
    }
}

/* A cap or limit, and what it did to the amount before it. */
static void say_cut(const struct fen_explanation *explanation, const struct fen_trace_step *step,
                    struct fen_exact before, struct fen_buffer *out)
{
    const struct fen_rule *rule = step->credit->credit->rule;
    const char *amount = step_amount(explanation, step);
    if (fen_exact_less(step->amount, before))
        amount = fen_arena_format(explanation->arena, "%s → %s",
                                  fen_explain_exact(explanation, before, step->credit->scale),
                                  amount)
                     .data;
    if (step->kind == FEN_TRACE_LIMIT)
        fen_explain_say(out, "    limit \"%.*s\", %s of %s over its roles: %s\n",
                        "    上限“%.*s”，各角色合计不超过 %s × %s：%s\n",
                        FEN_STR_ARG(step->limit->name),
                        fen_explain_rate(explanation, step->limit->line_ppm),
                        fen_explain_money(explanation,
                                          fen_explain_limit(explanation, step)->greatest_fen),
                        amount);
    else if (step->kind == FEN_TRACE_CAP_LINE)
        fen_explain_say(out, "    cap of %s a line: %s\n", "    每行封顶 %s：%s\n",
                        fen_explain_money(explanation, rule->cap_line_fen), amount);
    else
        fen_explain_say(out, "    cap of %s an order over its lines: %s\n",
                        "    每单封顶 %s（各行合计）：%s\n",
                        fen_explain_money(explanation, rule->cap_order_fen), amount);
}

static void say_steps(const struct fen_explanation *explanation, const struct fen_work_line *line,
                      const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    struct fen_exact before = fen_exact_whole(0);
    for (int pass = 0; pass < FEN_PASS_COUNT; pass++) {
        if (pass == FEN_PASS_ALL_REFUNDS && trace->work.has_goodwill)
            fen_explain_say(out, "    were every refund counted (the funder bears that at most):\n",
                            "    若计入全部退款（承担方至多承担）：\n");
        for (uint32_t i = 0; i < trace->step_count; i++) {
            const struct fen_trace_step *step = &trace->steps[i];
            if (step->credit != credit || (int)step->pass != pass)
                continue;
            if (step->kind == FEN_TRACE_PAY)
                say_pay(explanation, line, step, out);
            else if (credit->earned_ms != FEN_NONE)
                say_cut(explanation, step, before, out);
            before = step->amount;
        }
    }
}

static void say_servers(const struct fen_explanation *explanation,
                        const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    for (uint32_t i = 0; i < trace->server_count; i++) {
        const struct fen_trace_server *served = &trace->servers[i];
        if (served->credit != credit || served->standing == FEN_STANDING_ELIGIBLE)
            continue;
        const char *why = served->standing == FEN_STANDING_UNKNOWN
                              ? fen_language_pick("nobody has announced the guide", "导购尚未登记")
                              : status_reason(served->guide);
        fen_explain_say(out, "    %.*s served too; that part (weight %" PRId64
                             ") stays with the funder: %s\n",
                        "    %.*s 也提供了服务；其部分（权重 %" PRId64 "）留给承担方：%s\n",
                        FEN_STR_ARG(served->server->guide), served->server->weight, why);
    }
    for (uint32_t i = 0; i < trace->leaver_count; i++) {
        const struct fen_trace_leaver *left = &trace->leavers[i];
        if (left->credit != credit)
            continue;
        fen_explain_say(out, "    guide %.*s had left by then: leaver policy %s\n",
                        "    导购 %.*s 届时已离职：离职政策 %s\n", FEN_STR_ARG(left->guide),
                        fen_words_spell(&fen_leaver_words, (int)left->policy, fen_language()));
    }
}

static void say_portions(const struct fen_explanation *explanation,
                         const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    for (uint32_t i = 0; i < trace->portion_count; i++) {
        const struct fen_trace_portion *portion = &trace->portions[i];
        if (portion->credit == credit && !fen_str_is_set(portion->payee))
            fen_explain_say(out, "    %s %s: there is no such payee; it stays with the funder\n",
                            "    %s %s：没有这个收款方，留给承担方\n",
                            fen_role_title(portion->portion == FEN_ROLE_NONE ? FEN_ROLE_SELF
                                                                             : portion->portion),
                            fen_explain_rate(explanation, portion->rate_ppm));
    }
    for (uint32_t i = 0; i < trace->share_count; i++) {
        const struct fen_trace_share *share = &trace->shares[i];
        if (share->key.line != credit->line || share->key.role != credit->credit->role)
            continue;
        fen_buffer_append_format(out, "    → %.*s %s", FEN_STR_ARG(share->key.payee),
                                 fen_explain_money(explanation,
                                                   share->amount_fen[FEN_PASS_OWN_REFUNDS]));
        if (share->key.portion != FEN_ROLE_NONE)
            fen_explain_say(out, " (%s %s)", "（%s %s）", fen_role_title(share->key.portion),
                            fen_explain_rate(explanation, share->rate_ppm));
        if (share->weight != share->weights)
            fen_explain_say(out, " (weight %" PRId64 " of %" PRId64 ")",
                            "（权重 %" PRId64 "/%" PRId64 "）", share->weight, share->weights);
        fen_explain_say(out, ", borne by %.*s", "，承担方 %.*s", FEN_STR_ARG(share->key.funder));
        int64_t most_fen = share->amount_fen[FEN_PASS_ALL_REFUNDS];
        if (trace->work.has_goodwill && most_fen < share->amount_fen[FEN_PASS_OWN_REFUNDS])
            fen_explain_say(out, " up to %s, the rest by hq", "（至多 %s，其余由总部承担）",
                            fen_explain_money(explanation, most_fen));
        fen_buffer_append_byte(out, '\n');
    }
}

static void say_credit(const struct fen_explanation *explanation, const struct fen_work_line *line,
                       const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_rule *rule = credit->credit->rule;
    struct fen_exact rest = fen_explain_rest(explanation, credit);
    fen_explain_say(out, "  %s, rule \"%.*s\"\n", "  %s，规则“%.*s”\n",
                    fen_role_title(credit->credit->role), FEN_STR_ARG(rule->name));
    say_steps(explanation, line, credit, out);
    say_servers(explanation, credit, out);
    say_portions(explanation, credit, out);
    if (rest.whole != 0 || rest.part != 0)
        fen_explain_say(out, "    %s stays with the funder\n", "    %s 留给承担方\n",
                        fen_explain_exact(explanation, rest, credit->scale));
    if (credit->earned_ms != FEN_NONE)
        fen_explain_say(out, "    earned with %s at %s\n", "    计入：%s，%s\n",
                        fact_word(rule->earned), fen_explain_time(explanation, credit->earned_ms));
    if (rule->hold_from != FEN_FACT_NONE)
        fen_explain_say(out, "    held for %d days from %s\n", "    冻结 %d 天，自%s起\n",
                        (int)rule->hold_days, fact_word(rule->hold_from));
}

void fen_explain_say_line(const struct fen_explanation *explanation,
                          const struct fen_work_line *line, struct fen_buffer *out)
{
    fen_explain_say(out, "\nLine %" PRId64 "\n", "\n第 %" PRId64 " 行\n",
                    line->attributed.line->line);
    say_base(explanation, line, out);
    say_remaining(explanation, line, out);
    fen_explain_say_considered(explanation, line->attributed.line->line, out);
    for (uint32_t i = 0; i < line->credit_count; i++)
        say_credit(explanation, line, &line->credits[i], out);
}
