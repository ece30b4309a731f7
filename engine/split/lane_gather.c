/*
 * lane_gather: the touches that may bear on an order, taken out of the customer's (model/order.h).
 *
 * A customer may have been touched thousands of times and order hundreds of times in one batch. So
 * the customer's touches are listed once, the newest first and each with its guide's number; an
 * order then walks down its window and keeps the first of each guide and class.
 */
#include <stdlib.h>
#include <string.h>

#include "split/facts.h"
#include "split/lane_parts.h"

/* A customer's touches during a batch. */
struct fen_touch_list {
    struct fen_touch_fact *items; /* the newest first */
    uint32_t *guides;             /* of each: the number of its guide, from 0 */
    uint32_t count, capacity;
    uint32_t guide_count;
    const struct fen_new_touch *as_of; /* the newest of the batch that is in it */
};

/* Ids differ at their ends: a hash of the last bytes tells few guides apart well enough. */
static uint32_t guide_hash(struct fen_str guide)
{
    uint64_t tail = guide.size;
    size_t size = guide.size < sizeof tail ? guide.size : sizeof tail;
    memcpy(&tail, guide.data + guide.size - size, size);
    return (uint32_t)((tail * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static bool is_newer(const struct fen_touch_fact *touch, const struct fen_touch_fact *other)
{
    return fen_event_is_earlier(other->at_ms, other->event, touch->at_ms, touch->event);
}

static int newest_first(const void *a, const void *b)
{
    return is_newer(a, b) ? -1 : is_newer(b, a);
}

/* Number the guides through a table of 1-based items, at most half full. */
static void list_number_guides(struct fen_touch_list *list, struct fen_arena *arena)
{
    uint32_t mask = 15;
    while (mask < list->count * 2)
        mask = mask * 2 + 1;
    uint32_t *table = fen_arena_allocate_zeroed(arena, ((size_t)mask + 1) * sizeof *table);
    list->guides = fen_arena_allocate(arena, list->count * sizeof *list->guides);
    for (uint32_t index = 0; index < list->count; index++) {
        struct fen_str guide = list->items[index].guide;
        uint32_t slot = guide_hash(guide) & mask;
        while (table[slot] != 0 && !fen_str_equal(list->items[table[slot] - 1].guide, guide))
            slot = (slot + 1) & mask;
        list->guides[index] =
            table[slot] != 0 ? list->guides[table[slot] - 1] : list->guide_count++;
        if (table[slot] == 0)
            table[slot] = index + 1;
    }
}

static struct fen_touch_list *list_create(struct fen_split_lane *lane,
                                          const struct fen_customer_object *customer)
{
    struct fen_arena *arena = lane->batch.arena;
    struct fen_touch_list *list = FEN_ARENA_NEW(arena, struct fen_touch_list);
    struct fen_touches_cursor cursor = fen_touches_begin(lane->touches, customer->slot);
    struct fen_touch_fact touch;
    while (fen_touches_next(&cursor, &touch))
        FEN_ARENA_PUSH(arena, list->items, list->count, list->capacity, touch);
    for (struct fen_new_touch *fresh = customer->new_touches; fresh != NULL; fresh = fresh->next)
        FEN_ARENA_PUSH(arena, list->items, list->count, list->capacity, fresh->touch);
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, newest_first);
    list_number_guides(list, arena);
    list->as_of = customer->new_touches;
    return list;
}

/* The first that is not after `until_ms`. */
static uint32_t list_find(const struct fen_touch_list *list, int64_t until_ms)
{
    uint32_t low = 0, high = list->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->items[middle].at_ms > until_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether a touch of its guide and class, of the sku's line, is kept already. */
static bool is_kept(const struct fen_order *order, const struct fen_touch_fact *kept,
                    uint32_t count, const struct fen_touch_fact *touch, struct fen_str class)
{
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_equal(kept[index].guide, touch->guide) &&
            fen_str_equal(fen_facts_touch_class(order, kept[index].sku), class))
            return true;
    return false;
}

/* Keep the newest of each guide and class in the window; returns how many. */
static uint32_t keep_from_list(const struct fen_touch_list *list, const struct fen_order *order,
                               int64_t from_ms, struct fen_arena *scratch,
                               struct fen_touch_fact **kept_out)
{
    bool *has_kept = fen_arena_allocate_zeroed(scratch, list->guide_count * sizeof *has_kept);
    struct fen_touch_fact *kept = NULL;
    uint32_t count = 0, capacity = 0;
    for (uint32_t index = list_find(list, order->created_ms);
         index < list->count && list->items[index].at_ms > from_ms; index++) {
        const struct fen_touch_fact *touch = &list->items[index];
        struct fen_str class = fen_facts_touch_class(order, touch->sku);
        bool is_classed = fen_str_is_set(class);
        if (is_classed ? is_kept(order, kept, count, touch, class)
                       : has_kept[list->guides[index]])
            continue;
        if (!is_classed)
            has_kept[list->guides[index]] = true;
        FEN_ARENA_PUSH(scratch, kept, count, capacity, *touch);
    }
    *kept_out = kept;
    return count;
}

/* Add what only the order remembers, because it has left the customer's touches. */
static uint32_t add_remembered(const struct fen_order *order, struct fen_arena *scratch,
                               struct fen_touch_fact **kept, uint32_t count)
{
    struct fen_touch_fact *all =
        fen_arena_grow(scratch, *kept, count, count + order->touch_count, sizeof *all);
    for (uint32_t index = 0; index < order->touch_count; index++) {
        const struct fen_touch_fact *touch = &order->touches[index];
        /* A version may move `created` back: what is after it hides no older touch. */
        if (touch->at_ms > order->created_ms)
            continue;
        struct fen_str class = fen_facts_touch_class(order, touch->sku);
        uint32_t at = 0;
        while (at < count && !is_newer(touch, &all[at]))
            at++;
        if (is_kept(order, all, at, touch, class))
            continue;
        memmove(&all[at + 1], &all[at], (count - at) * sizeof *all);
        all[at] = *touch;
        count++;
        for (uint32_t other = at + 1; other < count; other++)
            if (is_kept(order, &all[at], 1, &all[other],
                        fen_facts_touch_class(order, all[other].sku))) {
                memmove(&all[other], &all[other + 1], (count - other - 1) * sizeof *all);
                count--;
                break;
            }
    }
    *kept = all;
    return count;
}

/* Texts borrow the customer's block, which changes when the batch is promoted. */
static void order_keep(struct fen_arena *arena, struct fen_order *order,
                       const struct fen_touch_fact *kept, uint32_t count)
{
    order->touches = fen_arena_grow(arena, kept, count, count, sizeof *kept);
    order->touch_count = count;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_touch_fact *touch = &order->touches[index];
        touch->guide = fen_arena_copy(arena, touch->guide);
        touch->sku = fen_arena_copy(arena, touch->sku);
        touch->event = fen_arena_copy(arena, touch->event);
    }
}

void fen_lane_gather_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                             struct fen_order *order)
{
    if (customer->touch_list == NULL || customer->touch_list->as_of != customer->new_touches)
        customer->touch_list = list_create(lane, customer);
    int64_t window_ms = fen_lane_window_ms(lane, order->tenant);
    struct fen_touch_fact *kept;
    uint32_t count = keep_from_list(customer->touch_list, order, order->created_ms - window_ms,
                                    lane->batch.scratch, &kept);
    if (order->touch_count > 0)
        count = add_remembered(order, lane->batch.scratch, &kept, count);
    order_keep(lane->batch.arena, order, kept, count);
}
