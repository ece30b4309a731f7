/*
 * entitle: see entitle.h. An order becomes lines, a line its credits; amounts are worked out once
 * per pass (own refunds, and under goodwill every refund) and then distributed into keys.
 */
#include "split/entitle.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/exact_room.h"
#include "model/period.h"
#include "split/distribute.h"
#include "split/remaining.h"
#include "split/trace.h"

bool fen_entitle_is_refund_in_excess(const struct fen_order *order, int64_t line_number)
{
    const struct fen_event_line *line = fen_facts_line(order, line_number);
    if (line == NULL)
        return false;
    fen_int128 refunded = 0;
    for (uint32_t index = 0; index < order->refund_count; index++)
        if (order->refunds[index].line == line_number)
            refunded += order->refunds[index].amount_fen;
    return refunded > line->paid_fen;
}

/* The later of payment and the fact; FEN_NONE while either is missing (SPEC §5 When). */
static int64_t earned_ms(const struct fen_line_times *times, enum fen_fact_kind earned)
{
    int64_t paid_ms = times->at_ms[FEN_FACT_PAID];
    int64_t fact_ms = times->at_ms[earned];
    if (paid_ms == FEN_NONE || fact_ms == FEN_NONE)
        return FEN_NONE;
    return fact_ms > paid_ms ? fact_ms : paid_ms;
}

static const struct fen_remaining *line_remaining(const struct fen_work_line *line,
                                                  const struct fen_plan *plan, enum fen_role role,
                                                  enum fen_pass pass)
{
    if (pass == FEN_PASS_ALL_REFUNDS)
        return &line->remaining[FEN_VIEW_ALL];
    return &line->remaining[plan->refund[role] == FEN_REFUND_GOODWILL ? FEN_VIEW_GOODWILL
                                                                     : FEN_VIEW_WITHHOLD];
}

/* The denominator, reduced, that an amount per unit or line adds to the line's scale. */
static int64_t pay_denominator(const struct fen_work_line *line,
                               const struct fen_remaining *remaining)
{
    int64_t base_fen = line->attributed.base_fen;
    int64_t numerator = base_fen > 0 ? remaining->fen : remaining->numerator;
    int64_t denominator = base_fen > 0 ? base_fen : remaining->denominator;
    return denominator / fen_exact_divisor(numerator, denominator);
}

/* One scale for all of a line (exact.h): 10^6 times what an amount per unit or line needs. */
static fen_uint128 line_scale(const struct fen_work *work, const struct fen_work_line *line,
                              const struct fen_credit *credits)
{
    int64_t common = 1;
    if (work->attribution->order->refund_count == 0)
        return FEN_PPM;
    for (uint32_t index = 0; index < line->credit_count; index++) {
        enum fen_pay_kind kind = credits[index].rule->pay.kind;
        if (kind != FEN_PAY_PER_UNIT && kind != FEN_PAY_PER_LINE)
            continue;
        for (int view = 0; view < FEN_VIEW_COUNT; view++)
            common = fen_exact_common(common, pay_denominator(line, &line->remaining[view]));
    }
    return (fen_uint128)FEN_PPM * (fen_uint128)common;
}

/* SPEC §5.1 */
static struct fen_exact pay_amount(const struct fen_work_line *line,
                                   const struct fen_work_credit *credit, enum fen_pass pass)
{
    const struct fen_pay *pay = &credit->credit->rule->pay;
    const struct fen_remaining *remaining = credit->remaining[pass];
    int64_t base_fen = line->attributed.base_fen;
    if (credit->earned_ms == FEN_NONE)
        return fen_exact_whole(0);
    if (pay->kind == FEN_PAY_PERCENT || pay->kind == FEN_PAY_TIERS)
        return fen_exact_ratio(remaining->fen, pay->rate_ppm, FEN_PPM, line->scale);
    int64_t amount_fen = pay->amount_fen;
    if (pay->kind == FEN_PAY_PER_UNIT)
        amount_fen *= line->attributed.line->quantity;
    if (base_fen > 0)
        return fen_exact_ratio(amount_fen, remaining->fen, base_fen, line->scale);
    return fen_exact_ratio(amount_fen, remaining->numerator, remaining->denominator, line->scale);
}

static void credit_cut(struct fen_work_credit *credit, enum fen_pass pass, struct fen_exact most,
                       struct fen_str name)
{
    if (!fen_exact_less(most, credit->amount[pass]))
        return;
    credit->amount[pass] = most;
    if (pass == FEN_PASS_OWN_REFUNDS)
        credit->capped_by = name;
}

/* SPEC §5.1, 5.2 */
static void work_pay(struct fen_work *work, enum fen_pass pass)
{
    for (uint32_t index = 0; index < work->line_count; index++) {
        struct fen_work_line *line = &work->lines[index];
        for (uint32_t number = 0; number < line->credit_count; number++) {
            struct fen_work_credit *credit = &line->credits[number];
            const struct fen_rule *rule = credit->credit->rule;
            credit->amount[pass] = pay_amount(line, credit, pass);
            fen_trace_step(work->attribution->trace, FEN_TRACE_PAY, pass, credit);
            if (rule->cap_line_fen == FEN_NONE)
                continue;
            credit_cut(credit, pass, fen_exact_whole(rule->cap_line_fen), FEN_STR("cap.line"));
            fen_trace_step(work->attribution->trace, FEN_TRACE_CAP_LINE, pass, credit);
        }
    }
}

/* The line's credit of a role; NULL: none. They stand in the order of roles, each at most once. */
static struct fen_work_credit *line_credit(const struct fen_work_line *line, enum fen_role role)
{
    uint32_t bit = UINT32_C(1) << role;
    return (line->credited_roles & bit) == 0
               ? NULL
               : &line->credits[__builtin_popcount(line->credited_roles & (bit - 1))];
}

/* The greatest remaining among the roles the limit lists, credited or not (Goodwill). */
static int64_t greatest_remaining(const struct fen_work *work, const struct fen_work_line *line,
                                  const struct fen_limit *limit, enum fen_pass pass)
{
    int64_t greatest_fen = 0;
    if (work->attribution->order->refund_count == 0)
        return line->attributed.base_fen;
    for (uint32_t index = 0; index < limit->role_count; index++) {
        const struct fen_remaining *remaining =
            line_remaining(line, work->attribution->plan, limit->roles[index], pass);
        if (remaining->fen > greatest_fen)
            greatest_fen = remaining->fen;
    }
    return greatest_fen;
}

/* x% of that. */
static struct fen_exact limit_room(const struct fen_work *work, const struct fen_work_line *line,
                                   const struct fen_limit *limit, enum fen_pass pass)
{
    int64_t greatest_fen = greatest_remaining(work, line, limit, pass);
    fen_trace_limit(work->attribution->trace, limit, pass, line->attributed.line->line,
                    greatest_fen);
    return fen_exact_ratio(greatest_fen, limit->line_ppm, FEN_PPM, line->scale);
}

/* SPEC §5.3: roles are served in the order the limit lists them, the last ones lose first. */
static void line_limit(const struct fen_work *work, struct fen_work_line *line,
                       const struct fen_limit *limit, enum fen_pass pass)
{
    struct fen_exact room = limit_room(work, line, limit, pass);
    for (uint32_t index = 0; index < limit->role_count; index++) {
        struct fen_work_credit *credit = line_credit(line, limit->roles[index]);
        if (credit == NULL)
            continue;
        credit_cut(credit, pass, room, limit->name);
        fen_trace_step(work->attribution->trace, FEN_TRACE_LIMIT, pass, credit);
        room = fen_exact_subtract(room, credit->amount[pass], line->scale);
    }
}

static void work_limit(struct fen_work *work, enum fen_pass pass)
{
    const struct fen_plan *plan = work->attribution->plan;
    for (uint32_t number = 0; number < plan->limit_count; number++)
        if (plan->limits[number].line_ppm != FEN_NONE)
            for (uint32_t index = 0; index < work->line_count; index++)
                line_limit(work, &work->lines[index], &plan->limits[number], pass);
}

/* Under one cap.order: the same rule (hence role) and payee; by earned time, then line number. */
static int capped_compare(const void *a, const void *b)
{
    const struct fen_work_credit *left = *(struct fen_work_credit *const *)a;
    const struct fen_work_credit *right = *(struct fen_work_credit *const *)b;
    int order =
        (left->credit->rule > right->credit->rule) - (left->credit->rule < right->credit->rule);
    if (order == 0)
        order = fen_str_compare(left->credit->payee, right->credit->payee);
    if (order == 0)
        order = (left->earned_ms > right->earned_ms) - (left->earned_ms < right->earned_ms);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

/* How many of `capped`, sorted, stand under the first one's cap. */
static uint32_t capped_together(struct fen_work_credit *const *capped, uint32_t count)
{
    uint32_t together = 1;
    while (together < count &&
           capped[together]->credit->rule == capped[0]->credit->rule &&
           fen_str_equal(capped[together]->credit->payee, capped[0]->credit->payee))
        together++;
    return together;
}

/* One after the other from the cap, all of one scale. */
static void cap_in_scale(struct fen_work *work, enum fen_pass pass,
                         struct fen_work_credit **capped, uint32_t count)
{
    struct fen_exact room = fen_exact_whole(capped[0]->credit->rule->cap_order_fen);
    for (uint32_t index = 0; index < count; index++) {
        credit_cut(capped[index], pass, room, FEN_STR("cap.order"));
        fen_trace_step(work->attribution->trace, FEN_TRACE_CAP_ORDER, pass, capped[index]);
        room = fen_exact_subtract(room, capped[index]->amount[pass], capped[index]->scale);
    }
}

/* As cap_in_scale, of lines of several scales: the one that is cut has a room of its own. */
FEN_RARE static void cap_across_scales(struct fen_work *work, enum fen_pass pass,
                                       struct fen_work_credit **capped, uint32_t count)
{
    struct fen_exact_room *room = fen_exact_room_create(
        work->attribution->arena, capped[0]->credit->rule->cap_order_fen, count);
    bool is_used_up = false;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_work_credit *credit = capped[index];
        if (is_used_up) {
            credit_cut(credit, pass, fen_exact_whole(0), FEN_STR("cap.order"));
        } else if (!fen_exact_room_take(room, credit->amount[pass], credit->scale)) {
            is_used_up = true;
            credit->room[pass] = room;
            credit_cut(credit, pass, fen_exact_room_floor(room, credit->scale),
                       FEN_STR("cap.order"));
        }
        fen_trace_step(work->attribution->trace, FEN_TRACE_CAP_ORDER, pass, credit);
    }
}

/* SPEC §5.4 */
static void work_cap_order(struct fen_work *work, enum fen_pass pass)
{
    uint32_t together;
    qsort(work->capped, work->capped_count, sizeof *work->capped, capped_compare);
    for (uint32_t first = 0; first < work->capped_count; first += together) {
        struct fen_work_credit **capped = &work->capped[first];
        together = capped_together(capped, work->capped_count - first);
        bool is_one_scale = true;
        for (uint32_t index = 1; index < together; index++)
            is_one_scale = is_one_scale && capped[index]->scale == capped[0]->scale;
        if (is_one_scale)
            cap_in_scale(work, pass, capped, together);
        else
            cap_across_scales(work, pass, capped, together);
    }
}

static void work_amounts(struct fen_work *work, enum fen_pass pass)
{
    work_pay(work, pass);
    work_limit(work, pass);
    if (work->capped_count > 0)
        work_cap_order(work, pass);
}

static void work_add_credit(struct fen_work *work, struct fen_work_line *line,
                            const struct fen_credit *given, struct fen_work_credit *credit)
{
    const struct fen_plan *plan = work->attribution->plan;
    enum fen_role role = given->role;
    line->credited_roles |= UINT32_C(1) << role;
    credit->credit = given;
    credit->line = line->attributed.line->line;
    credit->scale = line->scale;
    for (int pass = 0; pass < FEN_PASS_COUNT; pass++)
        credit->room[pass] = NULL;
    credit->capped_by = FEN_STR_NONE;
    credit->earned_ms = earned_ms(&line->attributed.times, given->rule->earned);
    for (int pass = 0; pass < FEN_PASS_COUNT; pass++)
        credit->remaining[pass] = line_remaining(line, plan, role, (enum fen_pass)pass);
    if (given->rule->cap_order_fen != FEN_NONE)
        FEN_ARENA_PUSH(work->attribution->arena, work->capped, work->capped_count,
                       work->capped_capacity, credit);
}

static void work_add_line(struct fen_work *work, const struct fen_event_line *event_line)
{
    const struct fen_order *order = work->attribution->order;
    struct fen_work_line *line = &work->lines[work->line_count++];
    line->credited_roles = 0;
    line->attributed.line = event_line;
    line->attributed.brand_payee =
        fen_str_is_set(event_line->brand)
            ? fen_arena_join(work->attribution->texts, FEN_STR("brand"), ':', event_line->brand)
            : FEN_STR_NONE;
    line->attributed.times = fen_facts_line_times(order, event_line->line);
    line->attributed.base_fen = fen_line_base_fen(work->attribution->plan, event_line);
    fen_line_remaining(order, event_line, line->attributed.base_fen, line->remaining);
    fen_trace_line(work->attribution->trace, line);
    struct fen_credit *credits = fen_arena_allocate(
        work->attribution->arena, fen_credit_count_max(work->attribution->plan) * sizeof *credits);
    line->credit_count = fen_attribute_line(work->attribution, &line->attributed, credits);
    line->credits = fen_arena_allocate(work->attribution->arena,
                                       line->credit_count * sizeof *line->credits);
    line->scale = line_scale(work, line, credits);
    for (uint32_t index = 0; index < line->credit_count; index++)
        work_add_credit(work, line, &credits[index], &line->credits[index]);
}

static int entitled_compare(const void *a, const void *b)
{
    return fen_key_compare(&((const struct fen_entitled *)a)->key,
                           &((const struct fen_entitled *)b)->key);
}

void fen_entitle_order(struct fen_attribution *attribution, struct fen_entitlement *entitlement)
{
    const struct fen_order *order = attribution->order;
    FEN_ASSERT(fen_str_is_set(order->placed_event));
    fen_attribution_init(attribution);
    struct fen_work work = {.attribution = attribution};
    work.lines =
        fen_arena_allocate(attribution->arena, order->line_count * sizeof *work.lines);
    for (uint32_t index = 0; index < order->line_count; index++)
        work_add_line(&work, &order->lines[index]);
    work.has_goodwill = fen_order_has_goodwill(order, attribution->plan);
    fen_trace_work(attribution->trace, &work);
    work_amounts(&work, FEN_PASS_OWN_REFUNDS);
    if (work.has_goodwill)
        work_amounts(&work, FEN_PASS_ALL_REFUNDS);
    fen_distribute(&work, entitlement);
    if (work.has_goodwill) /* else they ascend: only a funder's and hq's part stand otherwise */
        fen_array_sort(entitlement->items, entitlement->count, sizeof *entitlement->items,
                       entitled_compare);
}
