/* facts: see facts.h. */
#include "split/facts.h"

#include <string.h>

/* The highest version holds; among equals the greatest event id (SPEC §3). */
static bool merge_placed(const struct fen_event *event, struct fen_order *order)
{
    bool is_newer = !fen_str_is_set(order->placed_event) || event->version > order->version ||
                    (event->version == order->version &&
                     fen_str_compare(event->id, order->placed_event) > 0);
    if (!is_newer)
        return false;
    order->placed_event = event->id;
    order->version = event->version;
    order->created_ms = event->created_ms;
    order->currency = event->currency;
    order->store = event->store;
    order->channel = event->channel;
    order->fulfil_store = event->fulfil_store;
    order->seller = event->seller;
    order->coupon_guide = event->coupon_guide;
    order->sharer_guide = event->sharer == NULL ? FEN_STR_NONE : event->sharer->guide;
    order->sharer_time_ms = event->sharer == NULL ? FEN_NONE : event->sharer->time_ms;
    order->live_session = event->live == NULL ? FEN_STR_NONE : event->live->session;
    order->live_host = event->live == NULL ? FEN_STR_NONE : event->live->host;
    order->lines = event->lines;
    order->line_count = event->line_count;
    return true;
}

static bool merge_paid(const struct fen_event *event, struct fen_order *order)
{
    if (order->paid_ms != FEN_NONE &&
        !fen_event_is_earlier(event->at_ms, event->id, order->paid_ms, order->paid_event))
        return false;
    order->paid_ms = event->at_ms;
    order->paid_event = event->id;
    return true;
}

/* Replace items[index] by value, or append it when index is count. */
#define PUT(arena, items, count, capacity, index, value)                                           \
    do {                                                                                           \
        if ((index) < (count))                                                                     \
            (items)[index] = (value);                                                              \
        else                                                                                       \
            FEN_ARENA_PUSH(arena, items, count, capacity, value);                                  \
    } while (0)

static bool merge_line_fact(struct fen_arena *arena, const struct fen_line_fact *fact,
                            struct fen_order *order)
{
    uint32_t index = 0;
    while (index < order->fact_count &&
           (order->facts[index].kind != fact->kind || order->facts[index].line != fact->line))
        index++;
    if (index < order->fact_count && !fen_event_is_earlier(fact->at_ms, fact->event,
                                                 order->facts[index].at_ms,
                                                 order->facts[index].event))
        return false;
    PUT(arena, order->facts, order->fact_count, order->fact_capacity, index, *fact);
    return true;
}

/* No lines: every line, also lines that a later version adds (SPEC §3): kept as line 0. */
static bool merge_facts(struct fen_arena *arena, enum fen_fact_kind kind,
                        const struct fen_event *event, struct fen_order *order)
{
    struct fen_line_fact fact = {
        .kind = kind,
        .at_ms = event->at_ms,
        .event = event->id,
        .store = event->store,
        .servers = event->servers,
        .server_count = event->server_count,
    };
    if (event->line_number_count == 0)
        return merge_line_fact(arena, &fact, order);
    bool changed = false;
    for (uint32_t index = 0; index < event->line_number_count; index++) {
        fact.line = event->line_numbers[index];
        changed = merge_line_fact(arena, &fact, order) || changed;
    }
    return changed;
}

/* A set keyed by (refund, line); of the same key the greatest event id holds. */
static bool merge_refund_line(struct fen_arena *arena, const struct fen_event *event,
                              const struct fen_event_line *line, struct fen_order *order)
{
    struct fen_refund_fact fact = {
        .refund = event->refund,
        .line = line->line,
        .amount_fen = line->amount_fen,
        .quantity = line->quantity,
        .policy = event->policy,
        .event = event->id,
    };
    uint32_t index = 0;
    while (index < order->refund_count && (order->refunds[index].line != fact.line ||
                                           !fen_str_equal(order->refunds[index].refund,
                                                          fact.refund)))
        index++;
    if (index < order->refund_count &&
        fen_str_compare(fact.event, order->refunds[index].event) <= 0)
        return false;
    PUT(arena, order->refunds, order->refund_count, order->refund_capacity, index, fact);
    return true;
}

static bool merge_refund(struct fen_arena *arena, const struct fen_event *event,
                         struct fen_order *order)
{
    bool changed = false;
    for (uint32_t index = 0; index < event->line_count; index++)
        changed = merge_refund_line(arena, event, &event->lines[index], order) || changed;
    return changed;
}

/* Per line the greatest (time, event id) holds. */
static bool merge_deadline_line(struct fen_arena *arena, const struct fen_event *event,
                                int64_t line, struct fen_order *order)
{
    struct fen_deadline_fact fact = {line, event->until_ms, event->time_ms, event->id};
    uint32_t index = 0;
    while (index < order->deadline_count && order->deadlines[index].line != line)
        index++;
    if (index < order->deadline_count &&
        !fen_event_is_earlier(order->deadlines[index].time_ms, order->deadlines[index].event,
                              fact.time_ms, fact.event))
        return false;
    PUT(arena, order->deadlines, order->deadline_count, order->deadline_capacity, index, fact);
    return true;
}

static bool merge_deadline(struct fen_arena *arena, const struct fen_event *event,
                           struct fen_order *order)
{
    if (event->line_number_count == 0)
        return merge_deadline_line(arena, event, 0, order);
    bool changed = false;
    for (uint32_t index = 0; index < event->line_number_count; index++)
        changed = merge_deadline_line(arena, event, event->line_numbers[index], order) ||
                  changed;
    return changed;
}

bool fen_facts_merge_order(struct fen_arena *arena, const struct fen_event *event,
                           struct fen_order *order)
{
    if (!fen_str_is_set(order->customer))
        order->customer = event->customer;
    if (event->type == FEN_EVENT_ORDER_PLACED)
        return merge_placed(event, order);
    if (event->type == FEN_EVENT_ORDER_PAID)
        return merge_paid(event, order);
    if (event->type == FEN_EVENT_ORDER_SHIPPED)
        return merge_facts(arena, FEN_FACT_SHIPPED, event, order);
    if (event->type == FEN_EVENT_ORDER_RECEIVED)
        return merge_facts(arena, FEN_FACT_RECEIVED, event, order);
    if (event->type == FEN_EVENT_ORDER_PICKED_UP)
        return merge_facts(arena, FEN_FACT_PICKED_UP, event, order);
    if (event->type == FEN_EVENT_ORDER_REFUNDED)
        return merge_refund(arena, event, order);
    if (event->type == FEN_EVENT_ORDER_DEADLINE_MOVED)
        return merge_deadline(arena, event, order);
    FEN_ASSERT(event->type == FEN_EVENT_ORDER_CANCELLED);
    bool changed = !order->is_cancelled;
    order->is_cancelled = true;
    return changed;
}

/* Bindings stand ascending by (effective, event id); a repeated pair is no news. */
static bool merge_binding(struct fen_arena *arena, const struct fen_event *event,
                          struct fen_customer *customer)
{
    struct fen_binding binding = {event->guide, event->store, event->effective_ms, event->id};
    uint32_t at = customer->binding_count;
    while (at > 0 && fen_event_is_earlier(binding.effective_ms, binding.event,
                                customer->bindings[at - 1].effective_ms,
                                customer->bindings[at - 1].event))
        at--;
    FEN_ARENA_PUSH(arena, customer->bindings, customer->binding_count,
                   customer->binding_capacity, binding);
    memmove(customer->bindings + at + 1, customer->bindings + at,
            (customer->binding_count - 1 - at) * sizeof binding);
    customer->bindings[at] = binding;
    return true;
}

bool fen_facts_merge_customer(struct fen_arena *arena, const struct fen_event *event,
                              struct fen_customer *customer)
{
    if (event->type == FEN_EVENT_CUSTOMER_BOUND)
        return merge_binding(arena, event, customer);
    if (event->type == FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED) {
        bool changed = !customer->is_voided;
        customer->is_voided = true;
        return changed;
    }
    FEN_ASSERT(event->type == FEN_EVENT_CUSTOMER_REGISTERED);
    if (fen_str_is_set(customer->registered_event) &&
        !fen_event_is_earlier(event->at_ms, event->id, customer->registered_ms,
                              customer->registered_event))
        return false;
    customer->registered_event = event->id;
    customer->registered_ms = event->at_ms;
    customer->recruiter = event->recruiter;
    customer->registered_store = event->store;
    return true;
}

uint32_t fen_facts_touch_class(const struct fen_order *order, struct fen_str sku)
{
    for (uint32_t index = 0; fen_str_is_set(sku) && index < order->line_count; index++)
        if (fen_str_equal(order->lines[index].sku, sku))
            return index + 1;
    return 0;
}

/* By kind, the earlier of the fact for this very line and the fact for every line. */
static void line_facts_find(const struct fen_order *order, int64_t line,
                            const struct fen_line_fact **found)
{
    for (uint32_t index = 0; index < order->fact_count; index++) {
        const struct fen_line_fact *fact = &order->facts[index], **best = &found[fact->kind];
        if ((fact->line == line || fact->line == 0) &&
            (*best == NULL ||
             fen_event_is_earlier(fact->at_ms, fact->event, (*best)->at_ms, (*best)->event)))
            *best = fact;
    }
}

static int64_t line_until_ms(const struct fen_order *order, int64_t line)
{
    const struct fen_deadline_fact *found = NULL;
    for (uint32_t index = 0; index < order->deadline_count; index++) {
        const struct fen_deadline_fact *fact = &order->deadlines[index];
        if (fact->line != line && fact->line != 0)
            continue;
        if (found == NULL ||
            fen_event_is_earlier(found->time_ms, found->event, fact->time_ms, fact->event))
            found = fact;
    }
    return found == NULL ? FEN_NONE : found->until_ms;
}

static int64_t fact_ms(const struct fen_line_fact *fact)
{
    return fact == NULL ? FEN_NONE : fact->at_ms;
}

struct fen_line_times fen_facts_line_times(const struct fen_order *order, int64_t line)
{
    const struct fen_line_fact *found[FEN_FACT_COUNT] = {NULL};
    line_facts_find(order, line, found);
    return (struct fen_line_times){
        .at_ms = {[FEN_FACT_NONE] = FEN_NONE,
                  [FEN_FACT_PAID] = order->paid_ms,
                  [FEN_FACT_SHIPPED] = fact_ms(found[FEN_FACT_SHIPPED]),
                  [FEN_FACT_PICKED_UP] = fact_ms(found[FEN_FACT_PICKED_UP]),
                  [FEN_FACT_RECEIVED] = fact_ms(found[FEN_FACT_RECEIVED])},
        .pickup = found[FEN_FACT_PICKED_UP],
        .shipment = found[FEN_FACT_SHIPPED],
        .until_ms = line_until_ms(order, line),
    };
}

const struct fen_binding *fen_facts_binding(const struct fen_customer *customer, int64_t at_ms)
{
    const struct fen_binding *found = NULL;
    for (uint32_t index = 0; index < customer->binding_count; index++)
        if (customer->bindings[index].effective_ms <= at_ms)
            found = &customer->bindings[index];
    return found;
}

const struct fen_event_line *fen_facts_line(const struct fen_order *order, int64_t number)
{
    for (uint32_t index = 0; index < order->line_count; index++)
        if (order->lines[index].line == number)
            return &order->lines[index];
    return NULL;
}

fen_int128 fen_facts_refund_excess(const struct fen_order *order, uint32_t *line_count_out)
{
    fen_int128 excess_fen = 0;
    *line_count_out = 0;
    for (uint32_t index = 0; index < order->line_count; index++) {
        const struct fen_event_line *line = &order->lines[index];
        fen_int128 refunded_fen = 0;
        for (uint32_t refund = 0; refund < order->refund_count; refund++)
            if (order->refunds[refund].line == line->line)
                refunded_fen += order->refunds[refund].amount_fen;
        if (refunded_fen <= line->paid_fen)
            continue;
        excess_fen += refunded_fen - line->paid_fen;
        (*line_count_out)++;
    }
    return excess_fen;
}
