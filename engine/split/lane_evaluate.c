/*
 * lane_evaluate: one order against the references in force: choice of the plan, entitlement,
 * difference (SPEC §4 Plan, §5, §6).
 */
#include "split/entitle.h"
#include "split/lane_parts.h"
#include "split/pin.h"

/* By insertion: they are few. */
static void references_sort(int64_t *references, uint32_t count)
{
    for (uint32_t index = 1; index < count; index++) {
        int64_t reference = references[index];
        uint32_t at = index;
        for (; at > 0 && references[at - 1] > reference; at--)
            references[at] = references[at - 1];
        references[at] = reference;
    }
}

void fen_lane_note_references(struct fen_split_lane *lane, struct fen_reference_index *index,
                              uint32_t slot, struct fen_attribution *attribution,
                              int64_t **references, uint32_t *reference_count)
{
    int64_t *fresh = attribution->references;
    uint32_t count = 0, old = 0;
    references_sort(fresh, attribution->reference_count);
    for (uint32_t at = 0; at < attribution->reference_count; at++) {
        if (count > 0 && fresh[count - 1] == fresh[at])
            continue;
        fresh[count++] = fresh[at];
        while (old < *reference_count && (*references)[old] < fresh[count - 1])
            old++;
        if (old == *reference_count || (*references)[old] != fresh[count - 1])
            fen_reference_index_add(index, (uint32_t)fresh[count - 1], slot);
    }
    *references = fen_arena_grow(lane->batch.arena, fresh, count, count, sizeof **references);
    *reference_count = count;
}

static void post_difference(struct fen_split_lane *lane, struct fen_order_object *object,
                            const struct fen_entitlement *entitlement,
                            struct fen_event_ref event)
{
    struct fen_order *order = &object->order;
    struct fen_arena *arena = lane->batch.arena;
    if (!fen_str_is_set(object->subject))
        object->subject = fen_arena_join(arena, FEN_STR("order"), ':', order->order);
    struct fen_difference_cause cause = {
        .tenant = order->tenant, .subject = object->subject, .event = event};
    fen_difference(arena, lane->batch.scratch, &cause, entitlement->items, entitlement->count,
                   &order->posted, &order->posted_count, lane->batch.entries);
}

/* Until it is paid, and once it is cancelled, an order entitles nobody to anything (SPEC §5). */
static bool may_earn(const struct fen_order *order)
{
    return order->paid_ms != FEN_NONE && !order->is_cancelled;
}

/* What is lent goes back once the order is evaluated: its state does not say touches. */
static void take_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                         struct fen_order_object *object, bool is_new_choice)
{
    if (lane->borrows_touches)
        fen_lane_lend_touches(lane, customer, &object->order);
    else if (is_new_choice || object->needs_touches)
        fen_lane_gather_touches(lane, customer, &object->order);
}

static void give_back_touches(const struct fen_split_lane *lane, struct fen_order *order)
{
    if (!lane->borrows_touches)
        return;
    order->touches = NULL;
    order->touch_count = 0;
}

void fen_lane_evaluate(struct fen_split_lane *lane, struct fen_order_object *object,
                       struct fen_event_ref event, bool is_anew)
{
    struct fen_order *order = &object->order;
    const struct fen_reference *reference = lane->batch.reference;
    lane->batch.counts->reevaluations += is_anew;
    if (!fen_str_is_set(order->placed_event))
        return;
    object->is_changed = true;
    lane->batch.counts->evaluations++;
    bool is_new_choice;
    const struct fen_plan *plan = fen_pin_choose_order(reference->catalog, order,
                                                       lane->batch.arena, &is_new_choice);
    struct fen_customer_object *customer =
        fen_str_is_set(order->customer) ? fen_lane_customer(lane, order->tenant, order->customer)
                                        : NULL;
    struct fen_entitlement entitlement = {.count = 0};
    struct fen_attribution attribution = {
        .arena = lane->batch.scratch,
        .texts = lane->batch.arena,
        .plan = plan,
        .org = reference->org,
        .order = order,
        .customer = customer == NULL ? NULL : &customer->customer,
    };
    if (plan == NULL) {
        lane->batch.counts->orders_unplanned++;
    } else {
        if (customer != NULL)
            take_touches(lane, customer, object, is_new_choice);
        object->needs_touches = false;
        if (may_earn(order))
            fen_entitle_order(&attribution, &entitlement);
        give_back_touches(lane, order);
    }
    fen_lane_note_references(lane, lane->references, object->slot, &attribution,
                             &order->references, &order->reference_count);
    if (entitlement.suspense_count > order->suspense_count)
        lane->batch.counts->credits_in_suspense +=
            entitlement.suspense_count - order->suspense_count;
    order->suspense_count = entitlement.suspense_count;
    post_difference(lane, object, &entitlement, event);
    fen_arena_reset(lane->batch.scratch);
}

void fen_lane_evaluate_soon(struct fen_split_lane *lane, struct fen_order_object *object,
                            struct fen_event_ref event, bool is_anew)
{
    if (lane->is_at_once) {
        fen_lane_evaluate(lane, object, event, is_anew);
        return;
    }
    if (!fen_str_is_set(object->due.event.id))
        lane->batch.counts->lines_due += object->order.line_count;
    fen_due_put(&object->due, event, is_anew);
}

/* In the order in which the batch came upon them. */
void fen_lane_finish_due(struct fen_split_lane *lane)
{
    for (struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next) {
        if (!fen_str_is_set(object->due.event.id))
            continue;
        fen_lane_evaluate(lane, object, object->due.event, object->due.is_anew);
        lane->batch.deliver(lane->batch.context);
    }
}
