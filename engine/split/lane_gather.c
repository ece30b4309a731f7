/*
 * lane_gather: the touches that may bear on an order, taken out of the customer's (model/order.h).
 *
 * A customer may have been touched hundreds of times: candidates are sorted once, by guide and
 * class and then newest first, and only the first of each (guide, class) is copied.
 */
#include <stdlib.h>

#include "split/facts.h"
#include "split/lane_parts.h"

struct candidate {
    struct fen_touch_fact touch;
    struct fen_str class;
};

struct gathering {
    struct fen_arena *scratch;
    const struct fen_order *order;
    struct candidate *items;
    uint32_t count, capacity;
};

static void gather(void *context, const struct fen_touch_fact *touch)
{
    struct gathering *gathering = context;
    struct candidate candidate = {*touch, fen_facts_touch_class(gathering->order, touch->sku)};
    FEN_ARENA_PUSH(gathering->scratch, gathering->items, gathering->count, gathering->capacity,
                   candidate);
}

static int class_compare(const struct candidate *a, const struct candidate *b)
{
    int order = fen_str_compare(a->touch.guide, b->touch.guide);
    return order != 0 ? order : fen_str_compare(a->class, b->class);
}

static int candidate_compare(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    int order = class_compare(left, right);
    if (order != 0)
        return order;
    if (left->touch.at_ms != right->touch.at_ms)
        return left->touch.at_ms > right->touch.at_ms ? -1 : 1;
    return fen_str_compare(right->touch.event, left->touch.event);
}

static void keep_first_of_class(struct fen_arena *arena, const struct gathering *gathering,
                                struct fen_order *order)
{
    uint32_t count = 0;
    struct fen_touch_fact *kept =
        fen_arena_allocate(arena, gathering->count * sizeof *kept);
    for (uint32_t index = 0; index < gathering->count; index++) {
        const struct candidate *candidate = &gathering->items[index];
        if (index > 0 && class_compare(candidate - 1, candidate) == 0)
            continue;
        kept[count++] = (struct fen_touch_fact){
            .guide = fen_arena_copy(arena, candidate->touch.guide),
            .sku = fen_arena_copy(arena, candidate->touch.sku),
            .at_ms = candidate->touch.at_ms,
            .event = fen_arena_copy(arena, candidate->touch.event),
        };
    }
    order->touches = kept;
    order->touch_count = count;
}

void fen_lane_gather_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                             struct fen_order *order)
{
    int64_t window_ms =
        fen_catalog_window_max_ms(lane->batch.reference->catalog, order->tenant);
    int64_t from_ms = order->created_ms - window_ms;
    struct gathering gathering = {.scratch = lane->batch.scratch, .order = order};
    for (uint32_t index = 0; index < order->touch_count; index++)
        gather(&gathering, &order->touches[index]);
    fen_touches_visit(lane->touches, customer->slot, from_ms, order->created_ms, gather,
                      &gathering);
    for (struct fen_new_touch *fresh = customer->new_touches; fresh != NULL; fresh = fresh->next)
        if (fresh->touch.at_ms > from_ms && fresh->touch.at_ms <= order->created_ms)
            gather(&gathering, &fresh->touch);
    if (gathering.count == 0)
        return;
    qsort(gathering.items, gathering.count, sizeof *gathering.items, candidate_compare);
    keep_first_of_class(lane->batch.arena, &gathering, order);
}
