/*
 * lane_gather: the touches that may bear on an order, taken out of the customer's (model/order.h).
 *
 * A customer may have been touched hundreds of times: one pass puts each candidate into a small
 * table by (guide, class), where the newest stays, and only those are copied.
 */
#include "base/hash.h"
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

static bool is_newer(const struct fen_touch_fact *touch, const struct fen_touch_fact *other)
{
    return touch->at_ms > other->at_ms ||
           (touch->at_ms == other->at_ms && fen_str_compare(touch->event, other->event) > 0);
}

/* Put the candidate into the table of 1-based indices, or drop it for a newer one of its class. */
static void table_offer(const struct gathering *gathering, uint32_t *table, uint32_t mask,
                        uint32_t index)
{
    const struct candidate *candidate = &gathering->items[index];
    uint64_t hash = fen_hash(candidate->touch.guide) ^ (candidate->class.size * UINT64_C(31));
    uint32_t slot = (uint32_t)(hash ^ (hash >> 32)) & mask;
    for (; table[slot] != 0; slot = (slot + 1) & mask) {
        const struct candidate *other = &gathering->items[table[slot] - 1];
        if (!fen_str_equal(other->touch.guide, candidate->touch.guide) ||
            !fen_str_equal(other->class, candidate->class))
            continue;
        if (is_newer(&candidate->touch, &other->touch))
            table[slot] = index + 1;
        return;
    }
    table[slot] = index + 1;
}

static void keep(struct fen_arena *arena, const struct gathering *gathering, const uint32_t *table,
                 uint32_t mask, struct fen_order *order)
{
    uint32_t count = 0;
    struct fen_touch_fact *kept =
        fen_arena_allocate(gathering->scratch, gathering->count * sizeof *kept);
    for (uint32_t slot = 0; slot <= mask; slot++) {
        if (table[slot] == 0)
            continue;
        const struct fen_touch_fact *touch = &gathering->items[table[slot] - 1].touch;
        kept[count++] = (struct fen_touch_fact){
            .guide = fen_arena_copy(arena, touch->guide),
            .sku = fen_arena_copy(arena, touch->sku),
            .at_ms = touch->at_ms,
            .event = fen_arena_copy(arena, touch->event),
        };
    }
    order->touches = fen_arena_grow(arena, kept, count, count, sizeof *kept);
    order->touch_count = count;
}

void fen_lane_gather_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                             struct fen_order *order)
{
    int64_t window_ms =
        fen_catalog_window_max_ms(lane->batch.reference->catalog, order->tenant);
    int64_t from_ms = order->created_ms - window_ms;
    struct gathering gathering = {.scratch = lane->batch.scratch, .order = order};
    /* A version may move `created` back: a touch after it must not hide an older of its guide. */
    for (uint32_t index = 0; index < order->touch_count; index++)
        if (order->touches[index].at_ms <= order->created_ms)
            gather(&gathering, &order->touches[index]);
    fen_touches_visit(lane->touches, customer->slot, from_ms, order->created_ms, gather,
                      &gathering);
    for (struct fen_new_touch *fresh = customer->new_touches; fresh != NULL; fresh = fresh->next)
        if (fresh->touch.at_ms > from_ms && fresh->touch.at_ms <= order->created_ms)
            gather(&gathering, &fresh->touch);
    order->touch_count = 0;
    if (gathering.count == 0)
        return;
    uint32_t mask = 15;
    while (mask < gathering.count * 2)
        mask = mask * 2 + 1;
    uint32_t *table = fen_arena_allocate_zeroed(lane->batch.scratch,
                                                ((size_t)mask + 1) * sizeof *table);
    for (uint32_t index = 0; index < gathering.count; index++)
        table_offer(&gathering, table, mask, index);
    keep(lane->batch.arena, &gathering, table, mask, order);
}
