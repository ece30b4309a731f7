/* remaining: see remaining.h. */
#include "split/remaining.h"

#include "model/exact.h"

static int64_t amounts_sum(const struct fen_amount *amounts, uint32_t count,
                           const struct fen_str *names, uint32_t name_count)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < count; index++)
        for (uint32_t name = 0; name < name_count; name++)
            if (fen_str_equal(amounts[index].name, names[name])) {
                sum_fen += amounts[index].amount_fen;
                break;
            }
    return sum_fen;
}

int64_t fen_line_base_fen(const struct fen_plan *plan, const struct fen_event_line *line)
{
    int64_t base_fen = line->paid_fen +
                       amounts_sum(line->discounts, line->discount_count, plan->add_back,
                                   plan->add_back_count) -
                       amounts_sum(line->portions, line->portion_count, plan->exclude,
                                   plan->exclude_count);
    FEN_ASSERT(base_fen >= 0); /* portions are at most paid (SPEC §9, BAD_AMOUNT) */
    return base_fen;
}

static bool view_counts(enum fen_refund_view view, enum fen_refund_policy policy)
{
    if (view == FEN_VIEW_ALL || policy == FEN_REFUND_WITHHOLD)
        return true;
    return policy == FEN_REFUND_POLICY_NONE && view == FEN_VIEW_WITHHOLD;
}

/* Sums above the clamp are cut at once, so that many refunds cannot overflow. */
static int64_t clamped_add(int64_t sum, int64_t more, int64_t most)
{
    return more > most - sum ? most : sum + more;
}

/* What the refunds of a view take of the whole of a line. */
static int64_t refunded_part(const struct fen_order *order, const struct fen_event_line *line,
                             int64_t whole, enum fen_refund_view view)
{
    bool is_by_amount = line->paid_fen > 0;
    int64_t refunded = 0;
    for (uint32_t index = 0; index < order->refund_count; index++) {
        const struct fen_refund_fact *refund = &order->refunds[index];
        if (refund->line != line->line || !view_counts(view, refund->policy))
            continue;
        int64_t part = is_by_amount                    ? refund->amount_fen
                       : refund->quantity == FEN_NONE ? whole
                                                      : refund->quantity;
        refunded = clamped_add(refunded, part, whole);
    }
    return refunded;
}

void fen_line_remaining(const struct fen_order *order, const struct fen_event_line *line,
                        int64_t base_fen, struct fen_remaining remaining[FEN_VIEW_COUNT])
{
    int64_t whole = line->paid_fen > 0 ? line->paid_fen : line->quantity;
    for (int view = 0; view < FEN_VIEW_COUNT; view++)
        remaining[view] = (struct fen_remaining){base_fen, whole, whole};
    if (order->refund_count == 0)
        return;
    for (int view = 0; view < FEN_VIEW_COUNT; view++) {
        int64_t left = whole - refunded_part(order, line, whole, (enum fen_refund_view)view);
        remaining[view].fen = fen_money_scale_floor(base_fen, left, whole);
        remaining[view].numerator = left;
    }
}

static bool plan_has_goodwill(const struct fen_plan *plan)
{
    for (int role = 0; role < FEN_ROLE_COUNT; role++)
        if (plan->refund[role] == FEN_REFUND_GOODWILL)
            return true;
    return false;
}

bool fen_order_has_goodwill(const struct fen_order *order, const struct fen_plan *plan)
{
    for (uint32_t index = 0; index < order->refund_count; index++) {
        enum fen_refund_policy policy = order->refunds[index].policy;
        if (policy == FEN_REFUND_GOODWILL ||
            (policy == FEN_REFUND_POLICY_NONE && plan_has_goodwill(plan)))
            return true;
    }
    return false;
}
