/* entry_order: see the header. */
#include "cli/replay/entry_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct fen_event_place {
    uint64_t hash; /* of the event id; 0 empty */
    uint32_t position;
};

struct fen_ordered_entry {
    const struct fen_entry *entry;
    uint32_t position;
};

void fen_entry_order_init(struct fen_entry_order *order, uint32_t batch_count)
{
    uint32_t capacity = 1;
    while (capacity < batch_count * 2)
        capacity *= 2;
    *order = (struct fen_entry_order){.place_mask = capacity - 1};
    order->places = calloc(capacity, sizeof *order->places);
    FEN_ASSERT(order->places != NULL);
}

void fen_entry_order_deinit(struct fen_entry_order *order)
{
    free(order->places);
    free(order->entries);
}

static uint64_t place_hash(struct fen_str event)
{
    return fen_hash(event) | 1;
}

static struct fen_event_place *find_place(const struct fen_entry_order *order, uint64_t hash)
{
    uint32_t slot = (uint32_t)(hash >> 32) & order->place_mask;
    while (order->places[slot].hash != 0 && order->places[slot].hash != hash)
        slot = (slot + 1) & order->place_mask;
    return &order->places[slot];
}

void fen_entry_order_note(struct fen_entry_order *order, struct fen_str event, uint32_t position)
{
    uint64_t hash = place_hash(event);
    struct fen_event_place *place = find_place(order, hash);
    if (place->hash == 0)
        *place = (struct fen_event_place){hash, position};
}

static int compare_entries(const void *a, const void *b)
{
    const struct fen_ordered_entry *left = a;
    const struct fen_ordered_entry *right = b;
    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    int order = fen_str_compare(left->entry->tenant, right->entry->tenant);
    if (order == 0)
        order = fen_str_compare(left->entry->key.payee, right->entry->key.payee);
    if (order == 0)
        order = left->entry->seq < right->entry->seq ? -1 : 1;
    return order;
}

static void add_entry(struct fen_entry_order *order, uint32_t index, const struct fen_entry *entry,
                      uint32_t position)
{
    if (index == order->entry_capacity) {
        order->entry_capacity = index == 0 ? 256 : index * 2;
        order->entries = realloc(order->entries, order->entry_capacity * sizeof *order->entries);
        FEN_ASSERT(order->entries != NULL);
    }
    order->entries[index] = (struct fen_ordered_entry){entry, position};
}

/* A payee's entries, from `index` on; returns the index behind them. */
static uint32_t add_payee(struct fen_entry_order *order, uint32_t index,
                          const struct fen_payee_change *payee)
{
    uint32_t position = 0;
    for (uint32_t e = 0; e < payee->entry_count; e++) {
        uint32_t own = find_place(order, place_hash(payee->entries[e].event))->position;
        position = own > position ? own : position;
        add_entry(order, index++, &payee->entries[e], position);
    }
    return index;
}

void fen_entry_order_emit(struct fen_entry_order *order, const struct fen_projection *projections,
                          uint32_t projection_count,
                          void (*posted)(void *context, const struct fen_entry *entry),
                          void *context)
{
    uint32_t count = 0;
    for (uint32_t p = 0; p < projection_count; p++)
        for (uint32_t i = 0; i < projections[p].payee_count; i++)
            count = add_payee(order, count, &projections[p].payees[i]);
    if (count > 0)
        qsort(order->entries, count, sizeof *order->entries, compare_entries);
    for (uint32_t i = 0; i < count; i++)
        posted(context, order->entries[i].entry);
}

void fen_entry_order_clear(struct fen_entry_order *order)
{
    memset(order->places, 0, ((size_t)order->place_mask + 1) * sizeof *order->places);
}
