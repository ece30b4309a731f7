/* explain_terms: see the header. */
#include "cli/explain/explain_terms.h"

#include <inttypes.h>

#include "plan/words.h"

static struct fen_str joined(struct fen_arena *arena, struct fen_str list, struct fen_str item)
{
    if (!fen_str_is_set(list))
        return item;
    return fen_arena_format(arena, "%.*s, %.*s", FEN_STR_ARG(list), FEN_STR_ARG(item));
}

static struct fen_str range_text(struct fen_arena *arena, const struct fen_range *range)
{
    struct fen_str list = FEN_STR_NONE;
    for (; range != NULL; range = range->next) {
        struct fen_str from = FEN_STR(""), to = FEN_STR("");
        if (range->from != INT64_MIN)
            from = fen_arena_format(arena, "%" PRId64, range->from);
        if (range->to != INT64_MAX)
            to = fen_arena_format(arena, "%" PRId64, range->to);
        struct fen_str item = range->from == range->to
                                  ? from
                                  : fen_arena_format(arena, "%.*s..%.*s", FEN_STR_ARG(from),
                                                     FEN_STR_ARG(to));
        list = joined(arena, list, item);
    }
    return list;
}

struct fen_str fen_explain_wanted(struct fen_arena *arena, const struct fen_rule *rule,
                                  uint32_t condition)
{
    if (condition >= FEN_DIMENSION_TEXT_COUNT)
        return range_text(arena, fen_plan_range(rule, condition));
    struct fen_str list = FEN_STR_NONE;
    for (uint32_t index = 0; index < rule->condition_count; index++) {
        const struct fen_condition *wanted = &rule->conditions[index];
        for (uint32_t at = 0; (uint32_t)wanted->dimension == condition && at < wanted->symbol_count;
             at++)
            list = joined(arena, list, wanted->texts[at]);
    }
    return list;
}

static struct fen_str number_text(struct fen_arena *arena, int64_t number)
{
    return number == FEN_NONE ? FEN_STR_NONE : fen_arena_format(arena, "%" PRId64, number);
}

static struct fen_str text_found(const struct fen_explanation *explanation,
                                 const struct fen_trace_candidate *candidate,
                                 enum fen_dimension dimension)
{
    const struct fen_work_line *work = fen_explain_line(explanation, candidate->line);
    const struct fen_event_line *line = work == NULL ? NULL : work->attributed.line;
    const struct fen_known_store *known = candidate->credit.selling_store;
    const struct fen_store *store = known == NULL ? NULL : known->record;
    const struct fen_guide *guide = candidate->guide;
    switch (dimension) {
    case FEN_DIMENSION_BRAND:
        return line == NULL ? FEN_STR_NONE : line->brand;
    case FEN_DIMENSION_CATEGORY:
        return line == NULL ? FEN_STR_NONE : line->category;
    case FEN_DIMENSION_SKU:
        return line == NULL ? FEN_STR_NONE : line->sku;
    case FEN_DIMENSION_CHANNEL:
        return explanation->order.channel;
    case FEN_DIMENSION_LIVE_SESSION:
        return explanation->order.live_session;
    case FEN_DIMENSION_STORE:
        return known == NULL ? FEN_STR_NONE : known->store;
    case FEN_DIMENSION_STORE_KIND:
        return store == NULL ? FEN_STR_NONE
                             : fen_str_from(fen_store_kind_names.names[store->kind]);
    case FEN_DIMENSION_REGION:
        return store == NULL ? FEN_STR_NONE : store->region;
    case FEN_DIMENSION_GUIDE_STORE:
        return guide == NULL ? FEN_STR_NONE : guide->store;
    case FEN_DIMENSION_LEVEL:
        return guide == NULL ? FEN_STR_NONE : guide->level;
    case FEN_DIMENSION_PAYEE_KIND:
        return guide == NULL ? FEN_STR_NONE : guide->kind;
    case FEN_DIMENSION_TEXT_COUNT:
        break;
    }
    return FEN_STR_NONE;
}

struct fen_str fen_explain_found(const struct fen_explanation *explanation,
                                 const struct fen_trace_candidate *candidate, uint32_t condition)
{
    const struct fen_attributes *attributes = &candidate->attributes;
    if (condition < FEN_DIMENSION_TEXT_COUNT)
        return text_found(explanation, candidate, (enum fen_dimension)condition);
    const int64_t numbers[] = {attributes->bound_days, attributes->quantity, attributes->base_fen};
    return number_text(explanation->arena, numbers[condition - FEN_DIMENSION_TEXT_COUNT]);
}

const struct fen_work_line *fen_explain_line(const struct fen_explanation *explanation,
                                             int64_t line)
{
    for (uint32_t index = 0; index < explanation->trace.line_count; index++)
        if (explanation->trace.lines[index]->attributed.line->line == line)
            return explanation->trace.lines[index];
    return NULL;
}

bool fen_explain_is_untried(const struct fen_explanation *explanation, int64_t line,
                            enum fen_role role)
{
    const struct fen_trace *trace = &explanation->trace;
    if (explanation->plan->rule_count[role] == 0 ||
        !fen_plan_is_exclusive(explanation->plan, role))
        return false;
    for (uint32_t index = 0; index < trace->candidate_count; index++)
        if (trace->candidates[index].line == line && trace->candidates[index].credit.role == role)
            return false;
    return true;
}

const struct fen_trace_limit *fen_explain_limit(const struct fen_explanation *explanation,
                                                const struct fen_trace_step *step)
{
    const struct fen_trace *trace = &explanation->trace;
    for (uint32_t index = 0; index < trace->limit_count; index++) {
        const struct fen_trace_limit *limit = &trace->limits[index];
        if (limit->limit == step->limit && limit->pass == step->pass &&
            limit->line == step->credit->line)
            return limit;
    }
    return NULL;
}

const struct fen_plan *fen_explain_foreign_plan(const struct fen_explanation *explanation)
{
    const struct fen_order *order = &explanation->order;
    return explanation->plan != NULL || !fen_str_is_set(order->currency)
               ? NULL
               : fen_catalog_choose(explanation->reference->catalog, order->tenant,
                                    order->created_ms);
}

struct fen_exact fen_explain_rest(const struct fen_explanation *explanation,
                                  const struct fen_work_credit *credit)
{
    const struct fen_trace *trace = &explanation->trace;
    int64_t given_fen = 0;
    for (uint32_t index = 0; index < trace->share_count; index++)
        if (trace->shares[index].key.line == credit->line &&
            trace->shares[index].key.role == credit->credit->role)
            given_fen += trace->shares[index].amount_fen[FEN_PASS_OWN_REFUNDS];
    if (explanation->order.is_cancelled)
        return fen_exact_whole(0);
    return fen_exact_subtract(credit->amount[FEN_PASS_OWN_REFUNDS], fen_exact_whole(given_fen),
                              credit->scale);
}

void fen_explain_fraction(struct fen_exact amount, fen_uint128 scale, fen_uint128 *numerator_out,
                          fen_uint128 *denominator_out)
{
    fen_uint128 a = amount.part, b = scale;
    while (b != 0) {
        fen_uint128 rest = a % b;
        a = b;
        b = rest;
    }
    *numerator_out = a == 0 ? 0 : amount.part / a;
    *denominator_out = a == 0 ? 1 : scale / a;
}

static enum fen_event_type fact_event(enum fen_fact_kind kind)
{
    switch (kind) {
    case FEN_FACT_SHIPPED:
        return FEN_EVENT_ORDER_SHIPPED;
    case FEN_FACT_PICKED_UP:
        return FEN_EVENT_ORDER_PICKED_UP;
    case FEN_FACT_RECEIVED:
        return FEN_EVENT_ORDER_RECEIVED;
    case FEN_FACT_PAID:
    case FEN_FACT_NONE:
    case FEN_FACT_COUNT:
        break;
    }
    return FEN_EVENT_NONE;
}

/* Among what the order knows. */
static enum fen_event_type order_cause(const struct fen_order *order, struct fen_str event,
                                       struct fen_str *about_out)
{
    if (fen_str_equal(order->placed_event, event))
        return FEN_EVENT_ORDER_PLACED;
    if (fen_str_equal(order->paid_event, event))
        return FEN_EVENT_ORDER_PAID;
    for (uint32_t index = 0; index < order->fact_count; index++)
        if (fen_str_equal(order->facts[index].event, event))
            return fact_event(order->facts[index].kind);
    for (uint32_t index = 0; index < order->refund_count; index++)
        if (fen_str_equal(order->refunds[index].event, event)) {
            *about_out = order->refunds[index].refund;
            return FEN_EVENT_ORDER_REFUNDED;
        }
    for (uint32_t index = 0; index < order->deadline_count; index++)
        if (fen_str_equal(order->deadlines[index].event, event))
            return FEN_EVENT_ORDER_DEADLINE_MOVED;
    return FEN_EVENT_NONE;
}

/* Among what is known of the customer. */
static enum fen_event_type customer_cause(const struct fen_explanation *explanation,
                                          struct fen_str event, struct fen_str *about_out)
{
    const struct fen_customer *customer = &explanation->customer;
    for (uint32_t index = 0; index < explanation->explained_touch_count; index++)
        if (fen_str_equal(explanation->explained_touches[index].touch.event, event)) {
            *about_out = explanation->explained_touches[index].touch.guide;
            return FEN_EVENT_TOUCH_SHARED;
        }
    for (uint32_t index = 0; index < customer->binding_count; index++)
        if (fen_str_equal(customer->bindings[index].event, event)) {
            *about_out = customer->bindings[index].guide;
            return FEN_EVENT_CUSTOMER_BOUND;
        }
    if (fen_str_equal(customer->registered_event, event))
        return FEN_EVENT_CUSTOMER_REGISTERED;
    return FEN_EVENT_NONE;
}

/* Among the changes of the org. */
static enum fen_event_type org_cause(const struct fen_explanation *explanation,
                                     struct fen_str event, struct fen_str *about_out)
{
    const struct fen_org *org = explanation->reference->org;
    uint64_t count = fen_org_change_count(org);
    for (uint64_t index = 0; index < count; index++) {
        const struct fen_org_change *change = fen_org_change(org, index);
        if (!fen_str_equal(change->event, event) ||
            !fen_str_equal(change->tenant, explanation->order.tenant))
            continue;
        *about_out = change->id;
        switch (change->record) {
        case FEN_ORG_GUIDE:
            return FEN_EVENT_GUIDE_SET;
        case FEN_ORG_TRANSFER:
            return FEN_EVENT_BOOK_TRANSFERRED;
        case FEN_ORG_STORE:
            return FEN_EVENT_STORE_SET;
        case FEN_ORG_PERIOD:
            return FEN_EVENT_PERIOD_CLOSED;
        }
    }
    return FEN_EVENT_NONE;
}

enum fen_event_type fen_explain_cause(const struct fen_explanation *explanation,
                                      const struct fen_entry *entry, struct fen_str *about_out)
{
    *about_out = FEN_STR_NONE;
    if (!fen_str_is_set(entry->event))
        return FEN_EVENT_NONE;
    enum fen_event_type type = order_cause(&explanation->order, entry->event, about_out);
    if (type == FEN_EVENT_NONE)
        type = customer_cause(explanation, entry->event, about_out);
    if (type == FEN_EVENT_NONE && fen_str_equal(explanation->task.closed_event, entry->event))
        type = FEN_EVENT_TASK_CLOSED;
    if (type == FEN_EVENT_NONE)
        type = org_cause(explanation, entry->event, about_out);
    return entry->event_type == FEN_EVENT_NONE ? type : entry->event_type;
}

bool fen_explain_is_settled(const struct fen_explanation *explanation)
{
    for (uint32_t index = 0; index < explanation->due_count; index++) {
        const struct fen_explained_due *due = &explanation->dues[index];
        if (due->amount_fen != due->posted_fen || due->base_fen != due->posted_base_fen)
            return false;
    }
    return true;
}
