/*
 * lane_evaluate: one order against the references in force: choice of the plan, entitlement,
 * difference (SPEC §4 Plan, §5, §6).
 */
#include "split/entitle.h"
#include "split/lane_parts.h"

/* The plan the order is pinned to, chosen anew where SPEC §4 says so; NULL: unplanned. */
static const struct fen_plan *choose_plan(const struct fen_catalog *catalog,
                                          struct fen_order *order, bool *is_new_choice)
{
    *is_new_choice = false;
    bool is_pinned = fen_str_is_set(order->plan) && order->plan_created_ms == order->created_ms;
    if (is_pinned && !fen_catalog_is_retroactive(catalog, order->tenant, order->created_ms,
                                                 order->plan_publication)) {
        const struct fen_plan *pinned =
            fen_catalog_find(catalog, order->tenant, order->plan, order->plan_version);
        if (pinned != NULL)
            return pinned;
    }
    const struct fen_plan *plan =
        fen_catalog_choose(catalog, order->tenant, order->created_ms);
    if (plan != NULL && fen_str_is_set(order->currency) &&
        !fen_str_equal(order->currency, plan->currency))
        plan = NULL;
    order->plan = plan == NULL ? FEN_STR_NONE : plan->id;
    order->plan_version = plan == NULL ? 0 : plan->version;
    order->plan_created_ms = plan == NULL ? FEN_NONE : order->created_ms;
    order->plan_publication = plan == NULL ? 0 : fen_catalog_publication(catalog);
    *is_new_choice = true;
    return plan;
}

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

/* Keep each reference once, and tell the index those the order had not noted before. */
static void note_references(struct fen_split_lane *lane, struct fen_order_object *object,
                            struct fen_attribution *attribution)
{
    struct fen_order *order = &object->order;
    int64_t *fresh = attribution->references;
    uint32_t count = 0, old = 0;
    references_sort(fresh, attribution->reference_count);
    for (uint32_t index = 0; index < attribution->reference_count; index++) {
        if (count > 0 && fresh[count - 1] == fresh[index])
            continue;
        fresh[count++] = fresh[index];
        while (old < order->reference_count && order->references[old] < fresh[count - 1])
            old++;
        if (old == order->reference_count || order->references[old] != fresh[count - 1])
            fen_reference_index_add(lane->references, (uint32_t)fresh[count - 1], object->slot);
    }
    order->references =
        fen_arena_grow(lane->batch.arena, fresh, count, count, sizeof *order->references);
    order->reference_count = count;
}

static void post_difference(struct fen_split_lane *lane, struct fen_order_object *object,
                            const struct fen_entitlement *entitlement, struct fen_str event)
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

void fen_lane_evaluate(struct fen_split_lane *lane, struct fen_order_object *object,
                       struct fen_str event)
{
    struct fen_order *order = &object->order;
    const struct fen_reference *reference = lane->batch.reference;
    if (!fen_str_is_set(order->placed_event))
        return;
    object->is_changed = true;
    lane->batch.counts->evaluations++;
    bool is_new_choice;
    const struct fen_plan *plan = choose_plan(reference->catalog, order, &is_new_choice);
    struct fen_customer_object *customer =
        fen_str_is_set(order->customer) ? fen_lane_customer(lane, order->tenant, order->customer)
                                        : NULL;
    struct fen_entitlement entitlement = {0};
    struct fen_attribution attribution = {
        .arena = lane->batch.scratch,
        .plan = plan,
        .org = reference->org,
        .order = order,
        .customer = customer == NULL ? NULL : &customer->customer,
    };
    if (plan == NULL) {
        lane->batch.counts->orders_unplanned++;
    } else {
        if ((is_new_choice || object->needs_touches) && customer != NULL)
            fen_lane_gather_touches(lane, customer, order);
        object->needs_touches = false;
        if (may_earn(order))
            fen_entitle_order(&attribution, &entitlement);
    }
    note_references(lane, object, &attribution);
    if (entitlement.suspense_count > order->suspense_count)
        lane->batch.counts->credits_in_suspense +=
            entitlement.suspense_count - order->suspense_count;
    order->suspense_count = entitlement.suspense_count;
    post_difference(lane, object, &entitlement, event);
    fen_arena_reset(lane->batch.scratch);
}

void fen_lane_reevaluate(struct fen_split_lane *lane, struct fen_order_object *object,
                         struct fen_str event)
{
    lane->batch.counts->reevaluations++;
    fen_lane_evaluate(lane, object, event);
}

void fen_lane_evaluate_soon(struct fen_split_lane *lane, struct fen_order_object *object,
                            struct fen_str event, bool is_anew)
{
    if (!lane->never_late) {
        if (!fen_str_is_set(object->due_event))
            lane->batch.counts->lines_due += object->order.line_count;
        object->is_due_anew = is_anew && (object->is_due_anew ||
                                          !fen_str_is_set(object->due_event));
        object->due_event = event;
    } else if (is_anew) {
        fen_lane_reevaluate(lane, object, event);
    } else {
        fen_lane_evaluate(lane, object, event);
    }
}

/* In the order in which the batch came upon them. */
void fen_lane_finish_due(struct fen_split_lane *lane)
{
    for (struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next) {
        if (!fen_str_is_set(object->due_event))
            continue;
        struct fen_str event = object->due_event;
        object->due_event = FEN_STR_NONE;
        if (object->is_due_anew)
            fen_lane_reevaluate(lane, object, event);
        else
            fen_lane_evaluate(lane, object, event);
        lane->batch.deliver(lane->batch.context);
    }
}
