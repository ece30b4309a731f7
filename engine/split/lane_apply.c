/* lane_apply: what each event type does to a lane (SPEC §3). */
#include "model/period.h"
#include "split/entitle.h"
#include "split/lane_parts.h"

/* Whether a fact is about a line that the order does not have (yet); the version itself is not. */
static bool names_missing_line(const struct fen_event *event, const struct fen_order *order)
{
    if (event->type == FEN_EVENT_ORDER_PLACED)
        return false;
    for (uint32_t index = 0; index < event->line_number_count; index++)
        if (fen_facts_line(order, event->line_numbers[index]) == NULL)
            return true;
    for (uint32_t index = 0; index < event->line_count; index++)
        if (fen_facts_line(order, event->lines[index].line) == NULL)
            return true;
    return false;
}

static void order_count_merge(struct fen_split_lane *lane, const struct fen_event *event,
                              const struct fen_order *order)
{
    struct fen_split_counts *counts = lane->batch.counts;
    if (!fen_str_is_set(order->placed_event) || names_missing_line(event, order))
        counts->facts_waiting++;
    /* Lines are a refund's, or a version's, which may come after the refund and be paid less. */
    if (order->refund_count > 0)
        for (uint32_t index = 0; index < event->line_count; index++)
            counts->refunds_in_excess +=
                fen_entitle_is_refund_in_excess(order, event->lines[index].line);
}

/* The order's customer became known: it is the customer's from now on. */
static void adopt_order(struct fen_split_lane *lane, struct fen_order_object *object)
{
    const struct fen_order *order = &object->order;
    if (!fen_str_is_set(order->customer))
        return;
    struct fen_customer_object *customer =
        fen_lane_customer(lane, order->tenant, order->customer);
    if (object->owner == NULL && !lane->order_links[object->slot].is_linked) {
        object->owner = customer;
        object->next_new = customer->new_orders;
        customer->new_orders = object;
    }
    fen_lane_note_created(lane, customer->slot, order->created_ms);
}

static void apply_order(struct fen_split_lane *lane, const struct fen_event *event,
                        struct fen_event_mark mark)
{
    struct fen_order_object *object = fen_lane_order(lane, event->tenant, event->order);
    struct fen_order *order = &object->order;
    bool was_placed = fen_str_is_set(order->placed_event);
    object->is_changed = true;
    fen_event_mark_append(lane->batch.arena, mark, &order->marks, &order->mark_count,
                          &order->mark_capacity);
    bool is_news = fen_facts_merge_order(lane->batch.arena, event, order);
    adopt_order(lane, object);
    order_count_merge(lane, event, order);
    if (!was_placed && fen_str_is_set(order->placed_event))
        lane->batch.counts->orders_placed++;
    if (event->time_ms > lane->progress.newest_order_ms)
        lane->progress.newest_order_ms = event->time_ms;
    if (!is_news)
        return;
    object->needs_touches = event->type == FEN_EVENT_ORDER_PLACED || object->needs_touches;
    fen_lane_evaluate_soon(lane, object, fen_event_ref(event), false);
}

struct late_touch {
    const struct fen_touch_fact *touch;
    int64_t window_ms;
};

/* A touch that came after an order it may bear on. */
static void order_take_touch(struct fen_split_lane *lane, struct fen_order_object *object,
                             const void *context)
{
    const struct late_touch *late = context;
    if (object->order.created_ms - late->touch->at_ms >= late->window_ms)
        return;
    object->needs_touches = true;
    fen_lane_evaluate_soon(
        lane, object, (struct fen_event_ref){late->touch->event, FEN_EVENT_TOUCH_SHARED}, true);
}

/* Before this time no order can still come that a touch would serve (SPEC §3, late). */
static int64_t touches_expired_ms(const struct fen_split_lane *lane, int64_t window_ms)
{
    if (lane->never_late || lane->progress.newest_order_ms == INT64_MIN ||
        lane->progress.newest_touch_ms == INT64_MIN)
        return INT64_MIN;
    int64_t newest_ms = lane->progress.newest_order_ms < lane->progress.newest_touch_ms
                            ? lane->progress.newest_order_ms
                            : lane->progress.newest_touch_ms;
    return newest_ms - window_ms - FEN_DAY_MS;
}

int64_t fen_lane_window_ms(struct fen_split_lane *lane, struct fen_str tenant)
{
    if (!fen_str_is_set(lane->window_tenant) || !fen_str_equal(lane->window_tenant, tenant)) {
        lane->window_tenant = tenant;
        lane->window_ms = fen_catalog_window_max_ms(lane->batch.reference->catalog, tenant);
    }
    return lane->window_ms;
}

static enum fen_split_fate apply_touch(struct fen_split_lane *lane, const struct fen_event *event)
{
    int64_t window_ms = fen_lane_window_ms(lane, event->tenant);
    if (!lane->never_late && lane->progress.newest_touch_ms != INT64_MIN &&
        event->at_ms + window_ms + FEN_DAY_MS < lane->progress.newest_touch_ms)
        return FEN_SPLIT_LATE_TOUCH;
    if (event->time_ms > lane->progress.newest_touch_ms)
        lane->progress.newest_touch_ms = event->time_ms;
    struct fen_customer_object *customer =
        fen_lane_customer(lane, event->tenant, event->customer);
    struct fen_new_touch *fresh = FEN_ARENA_NEW(lane->batch.arena, struct fen_new_touch);
    fresh->touch = (struct fen_touch_fact){event->guide, event->sku, event->at_ms, event->id};
    fresh->next = customer->new_touches;
    customer->new_touches = fresh;
    struct late_touch late = {&fresh->touch, window_ms};
    fen_lane_visit_customer_orders(lane, customer, event->at_ms, order_take_touch, &late);
    return FEN_SPLIT_APPLIED;
}

static void order_take_binding(struct fen_split_lane *lane, struct fen_order_object *object,
                               const void *context)
{
    const struct fen_event *bound = context;
    fen_lane_evaluate_soon(lane, object, fen_event_ref(bound), true);
}

static void apply_customer(struct fen_split_lane *lane, const struct fen_event *event,
                           struct fen_event_mark mark)
{
    struct fen_customer_object *object =
        fen_lane_customer(lane, event->tenant, event->customer);
    object->is_changed = true;
    fen_event_mark_append(lane->batch.arena, mark, &object->customer.marks,
                          &object->customer.mark_count, &object->customer.mark_capacity);
    bool is_news = fen_facts_merge_customer(lane->batch.arena, event, &object->customer);
    if (!is_news)
        return;
    bool is_binding = event->type == FEN_EVENT_CUSTOMER_BOUND;
    if (!is_binding || object->customer.registered_ms >= event->effective_ms)
        fen_lane_evaluate_recruit_soon(lane, object, fen_event_ref(event), is_binding);
    if (!is_binding)
        return;
    fen_lane_visit_customer_orders(lane, object, event->effective_ms, order_take_binding, event);
}

enum fen_split_fate fen_split_lane_apply(struct fen_split_lane *lane,
                                         const struct fen_event *event)
{
    struct fen_event_mark mark;
    enum fen_applied_fate fate = fen_applied_add(&lane->applied, lane->batch.arena, event, &mark);
    lane->batch.counts->id_conflicts += fate == FEN_APPLIED_CONFLICT;
    if (fate != FEN_APPLIED_NEW)
        return FEN_SPLIT_DUPLICATE;
    if (event->type == FEN_EVENT_TOUCH_SHARED)
        return apply_touch(lane, event);
    if (event->type >= FEN_EVENT_CUSTOMER_REGISTERED && event->type <= FEN_EVENT_CUSTOMER_BOUND)
        apply_customer(lane, event, mark);
    else if (event->type >= FEN_EVENT_ORDER_PLACED && event->type <= FEN_EVENT_ORDER_DEADLINE_MOVED)
        apply_order(lane, event, mark);
    else if (event->type == FEN_EVENT_TASK_SCORED || event->type == FEN_EVENT_TASK_CLOSED)
        fen_lane_apply_task(lane, event, mark);
    return FEN_SPLIT_APPLIED;
}

void fen_lane_promote_touches(struct fen_split_lane *lane, struct fen_customer_object *customer)
{
    int64_t window_ms = fen_lane_window_ms(lane, customer->customer.tenant);
    int64_t expired_ms = touches_expired_ms(lane, window_ms);
    for (struct fen_new_touch *fresh = customer->new_touches; fresh != NULL; fresh = fresh->next)
        fen_touches_add(lane->touches, customer->slot, &fresh->touch, expired_ms);
}
