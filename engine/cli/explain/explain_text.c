/* explain_text: see the header. Facts, what is due, and the entries with their reasons. */
#include "cli/explain/explain_text.h"

#include <inttypes.h>

#include "cli/explain/explain_period.h"
#include "cli/explain/explain_terms.h"
#include "cli/text/totals.h"
#include "model/period.h"
#include "plan/words.h"

/* Touches told one by one; a customer may have thousands. JSON has them all. */
#define TOUCHES_TOLD_MAX 20u

static const struct fen_text event_titles[FEN_EVENT_TYPE_COUNT] = {
    [FEN_EVENT_ORDER_PLACED] = {"the order was placed", "下单"},
    [FEN_EVENT_ORDER_PAID] = {"the order was paid", "付款"},
    [FEN_EVENT_ORDER_SHIPPED] = {"goods were shipped", "发货"},
    [FEN_EVENT_ORDER_RECEIVED] = {"goods were received", "签收"},
    [FEN_EVENT_ORDER_PICKED_UP] = {"goods were picked up", "提货"},
    [FEN_EVENT_ORDER_CANCELLED] = {"the order was cancelled", "订单取消"},
    [FEN_EVENT_ORDER_REFUNDED] = {"a refund", "退款"},
    [FEN_EVENT_ORDER_DEADLINE_MOVED] = {"the deadline was moved", "期限变更"},
    [FEN_EVENT_TOUCH_SHARED] = {"a touch of guide", "触达，导购"},
    [FEN_EVENT_CUSTOMER_REGISTERED] = {"the registration", "注册"},
    [FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED] = {"the registration was voided", "注册作废"},
    [FEN_EVENT_CUSTOMER_BOUND] = {"a binding to guide", "绑定，导购"},
    [FEN_EVENT_GUIDE_SET] = {"news of guide", "导购资料"},
    [FEN_EVENT_STORE_SET] = {"news of store", "门店资料"},
    [FEN_EVENT_BOOK_TRANSFERRED] = {"the customers were transferred from guide", "客户转移自导购"},
    [FEN_EVENT_PERIOD_CLOSED] = {"the period was closed", "关账"},
    [FEN_EVENT_TASK_SCORED] = {"a score", "任务得分"},
    [FEN_EVENT_TASK_CLOSED] = {"the task was closed", "任务结束"},
    [FEN_EVENT_ADJUSTMENT_POSTED] = {"an adjustment", "人工调整"},
    [FEN_EVENT_PAYOUT_SENT] = {"a payout", "发放"},
    [FEN_EVENT_PAYOUT_FAILED] = {"a payout that failed", "发放失败"},
    [FEN_EVENT_PLAN_PUBLISHED] = {"a publication of plans", "方案发布"},
};

static const struct fen_text kind_titles[] = {
    [FEN_KIND_ACCRUAL] = {"first entry", "首次计提"},
    [FEN_KIND_REVERSAL] = {"less is due", "应得减少"},
    [FEN_KIND_ADJUST] = {"more is due", "应得增加"},
    [FEN_KIND_MOVE] = {"another period or date", "账期或日期变动"},
    [FEN_KIND_TIER] = {"tier", "阶梯"},
    [FEN_KIND_CAP] = {"cap", "上限"},
    [FEN_KIND_BONUS] = {"bonus", "奖励"},
    [FEN_KIND_TASK] = {"task", "任务"},
    [FEN_KIND_RECRUIT] = {"recruit", "拉新"},
    [FEN_KIND_MANUAL] = {"manual", "手工"},
    [FEN_KIND_PAYOUT] = {"payout", "发放"},
};

static void say_head(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    static const struct fen_text kinds[] = {
        [FEN_EXPLAIN_ORDER] = {"Order", "订单"},
        [FEN_EXPLAIN_CUSTOMER] = {"Registration of customer", "顾客注册"},
        [FEN_EXPLAIN_TASK] = {"Task", "任务"},
        [FEN_EXPLAIN_PAYEE] = {"Payee", "收款方"},
    };
    fen_explain_say(out, "%s %.*s (tenant %.*s)", "%s %.*s（租户 %.*s）",
                    fen_text_pick(&kinds[subject->kind]), FEN_STR_ARG(subject->id),
                    FEN_STR_ARG(subject->tenant));
    if (fen_str_is_set(subject->explanation.order.customer) &&
        subject->kind == FEN_EXPLAIN_ORDER)
        fen_explain_say(out, ", customer %.*s", "，顾客 %.*s",
                        FEN_STR_ARG(subject->explanation.order.customer));
    fen_buffer_append_byte(out, '\n');
}

static void say_text(struct fen_buffer *out, const char *english, const char *chinese,
                     struct fen_str value)
{
    if (fen_str_is_set(value))
        fen_explain_say(out, ", %s %.*s", "，%s %.*s", fen_language_pick(english, chinese),
                        FEN_STR_ARG(value));
}

static void say_placed(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_order *order = &explanation->order;
    fen_explain_say(out, "  created %s, version %" PRId64 " (%.*s)",
                    "  下单 %s，版本 %" PRId64 "（%.*s）",
                    fen_explain_time(explanation, order->created_ms), order->version,
                    FEN_STR_ARG(order->placed_event));
    say_text(out, "store", "门店", order->store);
    say_text(out, "channel", "渠道", order->channel);
    say_text(out, "fulfil store", "发货门店", order->fulfil_store);
    say_text(out, "seller", "开单", order->seller);
    say_text(out, "coupon of", "券", order->coupon_guide);
    say_text(out, "live host", "直播", order->live_host);
    say_text(out, "shared by", "分享人", order->sharer_guide);
    if (fen_str_is_set(order->sharer_guide))
        fen_explain_say(out, " at %s", "（%s）",
                        fen_explain_time(explanation, order->sharer_time_ms));
    fen_buffer_append_byte(out, '\n');
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct fen_event_line *line = &order->lines[i];
        fen_explain_say(out, "  line %" PRId64 ": %.*s × %" PRId64 ", paid %s",
                        "  第 %" PRId64 " 行：%.*s × %" PRId64 "，实付 %s", line->line,
                        FEN_STR_ARG(line->sku), line->quantity,
                        fen_explain_money(explanation, line->paid_fen));
        say_text(out, "brand", "品牌", line->brand);
        say_text(out, "category", "品类", line->category);
        say_text(out, "seller", "开单", line->seller);
        fen_buffer_append_byte(out, '\n');
    }
}

static void say_line_of(struct fen_buffer *out, int64_t line)
{
    if (line == 0)
        fen_explain_say(out, ", every line", "，所有行");
    else
        fen_explain_say(out, ", line %" PRId64, "，第 %" PRId64 " 行", line);
}

static void say_deliveries(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_order *order = &explanation->order;
    for (uint32_t i = 0; i < order->fact_count; i++) {
        const struct fen_line_fact *fact = &order->facts[i];
        fen_buffer_append_format(
            out, "  %s %s", fen_words_spell(&fen_fact_words, (int)fact->kind, fen_language()),
            fen_explain_time(explanation, fact->at_ms));
        say_line_of(out, fact->line);
        say_text(out, "store", "门店", fact->store);
        for (uint32_t server = 0; server < fact->server_count; server++)
            say_text(out, "served by", "服务", fact->servers[server].guide);
        fen_explain_say(out, " (%.*s)\n", "（%.*s）\n", FEN_STR_ARG(fact->event));
    }
}

static void say_refunds(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_order *order = &explanation->order;
    for (uint32_t i = 0; i < order->refund_count; i++) {
        const struct fen_refund_fact *refund = &order->refunds[i];
        fen_explain_say(out, "  refund %.*s: %s", "  退款 %.*s：%s", FEN_STR_ARG(refund->refund),
                        fen_explain_money(explanation, refund->amount_fen));
        say_line_of(out, refund->line);
        if (refund->policy != FEN_REFUND_POLICY_NONE)
            fen_explain_say(
                out, ", %s", "，%s",
                fen_words_spell(&fen_refund_words, (int)refund->policy, fen_language()));
        fen_explain_say(out, " (%.*s)\n", "（%.*s）\n", FEN_STR_ARG(refund->event));
    }
    for (uint32_t i = 0; i < order->deadline_count; i++) {
        const struct fen_deadline_fact *deadline = &order->deadlines[i];
        fen_explain_say(out, "  deadline moved to %s", "  期限改为 %s",
                        fen_explain_time(explanation, deadline->until_ms));
        say_line_of(out, deadline->line);
        fen_explain_say(out, " (%.*s)\n", "（%.*s）\n", FEN_STR_ARG(deadline->event));
    }
}

static void say_order_facts(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_order *order = &explanation->order;
    if (fen_str_is_set(order->placed_event))
        say_placed(explanation, out);
    else
        fen_explain_say(out, "  not placed yet: what is known waits for order.placed\n",
                        "  尚未下单：已知事实等待 order.placed\n");
    if (order->paid_ms != FEN_NONE)
        fen_explain_say(out, "  paid %s (%.*s)\n", "  付款 %s（%.*s）\n",
                        fen_explain_time(explanation, order->paid_ms),
                        FEN_STR_ARG(order->paid_event));
    else
        fen_explain_say(out, "  not paid yet: nothing is due before\n",
                        "  尚未付款：付款前一律不计\n");
    say_deliveries(explanation, out);
    say_refunds(explanation, out);
    if (order->is_cancelled)
        fen_explain_say(out, "  cancelled: nothing is due\n", "  已取消：一律不计\n");
}

static void say_plan(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_plan *plan = explanation->plan;
    const struct fen_plan *foreign = fen_explain_foreign_plan(explanation);
    if (foreign != NULL) {
        fen_explain_say(out,
                        "  the plan in force, %.*s@%u, is in %.*s and the order in %.*s: nothing "
                        "is posted until one in its currency comes\n",
                        "  此时生效的方案 %.*s@%u 币种为 %.*s，订单为 %.*s：在有同币种方案之前不入账\n",
                        FEN_STR_ARG(foreign->id), foreign->version,
                        FEN_STR_ARG(foreign->currency),
                        FEN_STR_ARG(explanation->order.currency));
        return;
    }
    if (plan == NULL) {
        fen_explain_say(out, "  no plan is in force for it: nothing is posted until one comes\n",
                        "  没有适用的方案：在有方案之前不入账\n");
        return;
    }
    fen_explain_say(out, "  plan %.*s@%u (%.*s)", "  方案 %.*s@%u（%.*s）", FEN_STR_ARG(plan->id),
                    plan->version, FEN_STR_ARG(plan->currency));
    if (explanation->attribution.window_ms != FEN_NONE)
        fen_explain_say(out, ", share window %s", "，分享有效期 %s",
                        fen_explain_duration(explanation, explanation->attribution.window_ms));
    if (explanation->is_new_choice)
        fen_explain_say(out, "; chosen anew, the engine has not evaluated it so yet",
                        "；重新选定，引擎尚未据此计算");
    fen_buffer_append_byte(out, '\n');
}

static void say_binding(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_attribution *attribution = &explanation->attribution;
    if (explanation->plan == NULL)
        return;
    if (fen_str_is_set(attribution->holder))
        fen_explain_say(out, "  the customer is bound to guide %.*s since %s",
                        "  顾客绑定导购 %.*s，自 %s", FEN_STR_ARG(attribution->holder),
                        fen_explain_time(explanation, attribution->holder_since_ms));
    else
        fen_explain_say(out, "  the customer is bound to no guide", "  顾客未绑定导购");
    say_text(out, "store", "归属门店", attribution->own_store);
    fen_buffer_append_byte(out, '\n');
}

static void say_touch(const struct fen_explanation *explanation,
                      const struct fen_explained_touch *explained, struct fen_buffer *out)
{
    const struct fen_touch_fact *touch = &explained->touch;
    int64_t created_ms = explanation->order.created_ms;
    int64_t window_ms = explanation->attribution.window_ms;
    fen_explain_say(out, "  touch %.*s: guide %.*s at %s", "  触达 %.*s：导购 %.*s，%s",
                    FEN_STR_ARG(touch->event), FEN_STR_ARG(touch->guide),
                    fen_explain_time(explanation, touch->at_ms));
    say_text(out, "sku", "货号", touch->sku);
    if (explanation->plan == NULL || window_ms == FEN_NONE)
        fen_explain_say(out, "\n", "\n");
    else if (touch->at_ms > created_ms)
        fen_explain_say(out, ": %s after the order was created\n", "：晚于下单 %s\n",
                        fen_explain_duration(explanation, touch->at_ms - created_ms));
    else if (!explained->is_inside)
        fen_explain_say(out, ": outside the window, which had ended %s before\n",
                        "：超出有效期，有效期已结束 %s\n",
                        fen_explain_duration(explanation, created_ms - touch->at_ms - window_ms));
    else if (explained->is_kept)
        fen_explain_say(out, ": inside the window\n", "：在有效期内\n");
    else
        fen_explain_say(out, ": a newer one of the same guide stands, or it came too late\n",
                        "：同一导购有更新的触达，或到达过迟\n");
}

static void say_touches(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    uint32_t count = explanation->explained_touch_count;
    for (uint32_t i = 0; i < count && i < TOUCHES_TOLD_MAX; i++)
        say_touch(explanation, &explanation->explained_touches[i], out);
    if (count > TOUCHES_TOLD_MAX)
        fen_explain_say(out, "  and %u older touches; --json has them\n",
                        "  另有 %u 次更早的触达，见 --json\n", count - TOUCHES_TOLD_MAX);
}

static void say_cause(const struct fen_explanation *explanation, const struct fen_entry *entry,
                      struct fen_buffer *out)
{
    struct fen_str about;
    enum fen_event_type cause = fen_explain_cause(explanation, entry, &about);
    fen_explain_say(out, "; %s, for %.*s", "；%s，起因 %.*s",
                    fen_text_pick(&kind_titles[entry->kind]), FEN_STR_ARG(entry->event));
    if (cause == FEN_EVENT_NONE)
        fen_explain_say(out, " (a later event stands in its place)", "（已被后来的事件取代）");
    else
        fen_explain_say(out, " (%s%s%.*s)", "（%s%s%.*s）", fen_text_pick(&event_titles[cause]),
                        fen_str_is_set(about) ? " " : "", FEN_STR_ARG(about));
    if (entry->is_prior)
        fen_explain_say(out, "; its own period was closed", "；原账期已关账");
    fen_buffer_append_byte(out, '\n');
}

static void say_entry(const struct fen_explanation *explanation, const struct fen_entry *entry,
                      struct fen_buffer *out)
{
    const struct fen_key *key = &entry->key;
    char period[FEN_DATE_TEXT_BYTES], date[FEN_DATE_TEXT_BYTES] = "-";
    (void)fen_period_format(key->period, period);
    if (key->available_date != FEN_DATE_NONE)
        (void)fen_date_format(key->available_date, date);
    fen_explain_say(out, "  %.*s #%llu  %s%s  %s", "  %.*s #%llu  %s%s  %s",
                    FEN_STR_ARG(key->payee), (unsigned long long)entry->seq,
                    entry->amount_fen > 0 ? "+" : "",
                    fen_explain_money(explanation, entry->amount_fen), fen_role_title(key->role));
    if (key->line != 0)
        fen_explain_say(out, " line %" PRId64, " 第 %" PRId64 " 行", key->line);
    fen_explain_say(out, ", borne by %.*s, period %s, available on %s",
                    "，承担方 %.*s，账期 %s，可用日 %s", FEN_STR_ARG(key->funder), period, date);
    say_cause(explanation, entry, out);
}

static void say_period_operands(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    uint32_t count;
    const struct fen_str *operands = fen_explain_period_operands(subject, &count);
    if (count == 0)
        return;
    fen_explain_say(out, "Tiers, bonuses and month limits count these entries too: fen explain",
                    "这些分录还计入阶梯、奖励或每月上限：fen explain");
    for (uint32_t i = 0; i < count; i++)
        fen_buffer_append_format(out, " %.*s", FEN_STR_ARG(operands[i]));
    fen_buffer_append_byte(out, '\n');
}

static void say_entries(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    const struct fen_explanation *explanation = &subject->explanation;
    int64_t sum_fen = 0;
    for (uint32_t i = 0; i < subject->entries.count; i++)
        sum_fen += subject->entries.items[i].amount_fen;
    fen_explain_say(out, "\n%u entries, %s in all\n", "\n分录 %u 条，合计 %s\n",
                    subject->entries.count, fen_explain_money(explanation, sum_fen));
    for (uint32_t i = 0; i < subject->entries.count; i++)
        say_entry(explanation, &subject->entries.items[i], out);
    if (fen_explain_is_settled(explanation))
        fen_explain_say(out, "What is due is posted.\n", "应得均已入账。\n");
    else
        fen_explain_say(out, "Not all that is due is posted yet: the engine has still to follow.\n",
                        "尚有应得未入账：引擎还在跟进。\n");
    say_period_operands(subject, out);
}

static void say_registration(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_customer *customer = &explanation->customer;
    if (!fen_str_is_set(customer->registered_event)) {
        fen_explain_say(out, "  not registered\n", "  未注册\n");
        return;
    }
    fen_explain_say(out, "  registered %s (%.*s)", "  注册 %s（%.*s）",
                    fen_explain_time(explanation, customer->registered_ms),
                    FEN_STR_ARG(customer->registered_event));
    say_text(out, "recruiter", "拉新人", customer->recruiter);
    say_text(out, "store", "门店", customer->registered_store);
    fen_buffer_append_byte(out, '\n');
    if (customer->is_voided)
        fen_explain_say(out, "  voided: nothing is due\n", "  已作废：不计\n");
    say_plan(explanation, out);
    if (explanation->plan != NULL && !customer->is_voided)
        fen_explain_say_considered(explanation, 0, out);
}

static void say_task(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    if (!fen_str_is_set(explanation->task.closed_event)) {
        fen_explain_say(out, "  not closed: nothing is due before\n", "  未结束：此前不计\n");
        return;
    }
    fen_explain_say(out, "  closed %s (%.*s)\n", "  结束 %s（%.*s）\n",
                    fen_explain_time(explanation, explanation->task.closed_ms),
                    FEN_STR_ARG(explanation->task.closed_event));
    say_plan(explanation, out);
    if (explanation->task_table == NULL)
        fen_explain_say(out, "  the plan does not know this task\n", "  方案中没有这个任务\n");
    for (uint32_t i = 0; i < explanation->contender_count; i++) {
        const struct fen_contender *contender = &explanation->contenders[i];
        static const struct fen_text standings[] = {
            [FEN_STANDING_ELIGIBLE] = {"", ""},
            [FEN_STANDING_UNKNOWN] = {" (in suspense: nobody has announced the guide)",
                                      "（挂起：导购尚未登记）"},
            [FEN_STANDING_INELIGIBLE] = {" (left out: the guide may not earn)",
                                         "（不计：导购不可得）"},
        };
        fen_explain_say(out, "  guide %.*s: score %" PRId64 " at %s: %s%s\n",
                        "  导购 %.*s：得分 %" PRId64 "，%s：%s%s\n", FEN_STR_ARG(contender->guide),
                        contender->score.score,
                        fen_explain_time(explanation, contender->score.at_ms),
                        fen_explain_money(explanation, contender->amount_fen),
                        fen_text_pick(&standings[contender->standing]));
    }
}

void fen_explain_append_text(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    const struct fen_explanation *explanation = &subject->explanation;
    say_head(subject, out);
    switch (subject->kind) {
    case FEN_EXPLAIN_ORDER:
        say_order_facts(explanation, out);
        if (fen_str_is_set(explanation->order.placed_event)) {
            say_plan(explanation, out);
            say_binding(explanation, out);
            say_touches(explanation, out);
        }
        for (uint32_t i = 0; i < explanation->trace.line_count; i++)
            fen_explain_say_line(explanation, explanation->trace.lines[i], out);
        break;
    case FEN_EXPLAIN_CUSTOMER:
        say_registration(explanation, out);
        break;
    case FEN_EXPLAIN_TASK:
        say_task(explanation, out);
        break;
    case FEN_EXPLAIN_PAYEE:
        break; /* fen_explain_append_period_text */
    }
    say_entries(subject, out);
}
