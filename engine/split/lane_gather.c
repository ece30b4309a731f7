/*
 * lane_gather: the touches that may bear on an order, taken out of the customer's (model/order.h).
 *
 * A customer may have been touched thousands of times and order hundreds of times in one batch. So
 * the customer's touches are listed once, the newest first and each with its guide's number; an
 * order then walks down its window and keeps the first of each guide and class.
 */
#include <string.h>

#include "base/array.h"
#include "base/numbering.h"
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

static bool is_newer(const struct fen_touch_fact *touch, const struct fen_touch_fact *other)
{
    return fen_event_is_earlier(other->at_ms, other->event, touch->at_ms, touch->event);
}

static int newest_first(const void *a, const void *b)
{
    return is_newer(b, a) - is_newer(a, b);
}

static void list_number_guides(struct fen_touch_list *list, struct fen_arena *arena)
{
    struct fen_numbering numbering = fen_numbering_create(arena, list->count);
    list->guides = fen_arena_allocate(arena, list->count * sizeof *list->guides);
    for (uint32_t index = 0; index < list->count; index++)
        list->guides[index] = fen_numbering_number(&numbering, list->items[index].guide);
    list->guide_count = numbering.count;
}

static struct fen_touches_cursor cursor_copy(struct fen_arena *arena,
                                             const struct fen_touches_cursor *cursor)
{
    uint32_t size = (uint32_t)(cursor->end - cursor->at);
    struct fen_str copy = fen_arena_copy(arena, (struct fen_str){cursor->at, size});
    return (struct fen_touches_cursor){copy.data, copy.data + size};
}

static struct fen_touch_list *list_create(struct fen_split_lane *lane,
                                          const struct fen_customer_object *customer)
{
    struct fen_arena *arena = lane->batch.arena;
    struct fen_touch_list *list = FEN_ARENA_NEW(arena, struct fen_touch_list);
    struct fen_touches_cursor cursor = fen_touches_begin(lane->touches, customer->slot);
    struct fen_touch_fact touch;
    if (lane->borrows_touches) /* promote changes the block, and entries quote its texts */
        cursor = cursor_copy(arena, &cursor);
    for (struct fen_new_touch *fresh = customer->new_touches; fresh != NULL; fresh = fresh->next)
        FEN_ARENA_PUSH(arena, list->items, list->count, list->capacity, fresh->touch);
    while (fen_touches_next(&cursor, &touch))
        FEN_ARENA_PUSH(arena, list->items, list->count, list->capacity, touch);
    fen_array_sort(list->items, list->count, sizeof *list->items, newest_first);
    if (!lane->borrows_touches)
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

/* Of touches, the newest first, keep the newest of each guide and class; returns how many. */
static uint32_t keep_newest(const struct fen_touch_fact *touches, const uint32_t *guides,
                            uint32_t touch_count, uint32_t guide_count,
                            const struct fen_order *order, struct fen_arena *scratch,
                            struct fen_touch_fact **kept_out)
{
    uint32_t class_count = order->line_count + 1;
    uint8_t *has_kept = fen_arena_allocate_zeroed(scratch, (size_t)guide_count * class_count);
    struct fen_touch_fact *kept = NULL;
    uint32_t count = 0, capacity = 0;
    for (uint32_t index = 0; index < touch_count; index++) {
        uint8_t *is_kept = &has_kept[(size_t)guides[index] * class_count +
                                     fen_facts_touch_class(order, touches[index].sku)];
        if (*is_kept == 0)
            FEN_ARENA_PUSH(scratch, kept, count, capacity, touches[index]);
        *is_kept = 1;
    }
    *kept_out = kept;
    return count;
}

/* Keep of the list what lies in the window (from_ms, created]; of nothing *kept_out stays. */
static uint32_t keep_from_list(const struct fen_touch_list *list, const struct fen_order *order,
                               int64_t from_ms, struct fen_arena *scratch,
                               struct fen_touch_fact **kept_out)
{
    uint32_t first = list_find(list, order->created_ms), end = list_find(list, from_ms);
    return first == end ? 0
                        : keep_newest(list->items + first, list->guides + first, end - first,
                                      list->guide_count, order, scratch, kept_out);
}

/* Add what only the order remembers, because it has left the customer's touches. */
static uint32_t add_remembered(const struct fen_order *order, struct fen_arena *scratch,
                               struct fen_touch_fact **kept, uint32_t count)
{
    struct fen_touch_list all = {
        .items = fen_arena_grow(scratch, *kept, count, count + order->touch_count,
                                sizeof *all.items),
        .count = count,
    };
    /* A version may move `created` back: what is after it hides no older touch. */
    for (uint32_t index = 0; index < order->touch_count; index++)
        if (order->touches[index].at_ms <= order->created_ms)
            all.items[all.count++] = order->touches[index];
    fen_array_sort(all.items, all.count, sizeof *all.items, newest_first);
    list_number_guides(&all, scratch);
    return keep_newest(all.items, all.guides, all.count, all.guide_count, order, scratch, kept);
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

static const struct fen_touch_list *list_of(struct fen_split_lane *lane,
                                            struct fen_customer_object *customer)
{
    if (customer->touch_list == NULL || customer->touch_list->as_of != customer->new_touches)
        customer->touch_list = list_create(lane, customer);
    return customer->touch_list;
}

void fen_lane_lend_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                           struct fen_order *order)
{
    const struct fen_touch_list *list = list_of(lane, customer);
    int64_t window_ms = fen_lane_window_ms(lane, order->tenant);
    uint32_t first = list_find(list, order->created_ms);
    order->touch_count = list_find(list, order->created_ms - window_ms) - first;
    order->touches = list->items == NULL ? NULL : list->items + first;
}

void fen_lane_gather_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                             struct fen_order *order)
{
    const struct fen_touch_list *list = list_of(lane, customer);
    int64_t window_ms = fen_lane_window_ms(lane, order->tenant);
    struct fen_touch_fact *kept = NULL;
    uint32_t count = keep_from_list(list, order, order->created_ms - window_ms,
                                    lane->batch.scratch, &kept);
    if (order->touch_count > 0)
        count = add_remembered(order, lane->batch.scratch, &kept, count);
    order_keep(lane->batch.arena, order, kept, count);
}
