/* order_customers: see order_customers.h. A state table: tenant/order to customer. */
#include "cli/replay/order_customers.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/state_table.h"
#include "cli/text/lines.h"
#include "wire/event_decode.h"
#include "wire/topic.h"

struct fen_order_customers {
    struct fen_slab *slab;
    struct fen_state_table *table;
};

struct fen_order_customers *fen_order_customers_create(void)
{
    struct fen_order_customers *customers = calloc(1, sizeof *customers);
    FEN_ASSERT(customers != NULL);
    customers->slab = fen_slab_create();
    customers->table = fen_state_table_create(customers->slab);
    return customers;
}

void fen_order_customers_destroy(struct fen_order_customers *customers)
{
    if (customers == NULL)
        return;
    fen_state_table_destroy(customers->table);
    fen_slab_destroy(customers->slab);
    free(customers);
}

void fen_order_customers_learn(struct fen_order_customers *customers,
                               const struct fen_event *event)
{
    if (event->type != FEN_EVENT_ORDER_PLACED)
        return;
    uint32_t slot = fen_state_table_insert(customers->table, event->tenant, event->order);
    if (!fen_str_is_set(fen_state_table_value(customers->table, slot)))
        fen_state_table_set(customers->table, slot, event->customer);
}

/* Most lines are no order.placed and need no reading; an escape may hide one that is. */
static bool may_be_placed(struct fen_str line)
{
    static const char name[] = "order.placed";
    return memmem(line.data, line.size, name, sizeof name - 1) != NULL
           || memchr(line.data, '\\', line.size) != NULL;
}

static void scan_file(struct fen_order_customers *customers, struct fen_lines *lines,
                      struct fen_arena *scratch)
{
    struct fen_line line;
    while (fen_lines_next(lines, &line) == FEN_LINES_OK) {
        struct fen_event event;
        struct fen_refused refused;
        fen_arena_reset(scratch);
        if (may_be_placed(line.text)
            && fen_event_decode(FEN_WIRE_JSON, line.text, scratch, &event, &refused)
                   == FEN_REFUSAL_NONE)
            fen_order_customers_learn(customers, &event);
    }
}

void fen_order_customers_scan(struct fen_order_customers *customers, const char *const *paths,
                              uint32_t path_count)
{
    struct fen_arena *scratch = fen_arena_create((size_t)1 << 16);
    for (uint32_t i = 0; i < path_count; i++) {
        struct fen_lines *lines = fen_lines_create(&paths[i], 1);
        if (fen_lines_size_bytes(lines) > 0) /* 0: no regular file */
            scan_file(customers, lines, scratch);
        fen_lines_destroy(lines);
    }
    fen_arena_destroy(scratch);
}

struct fen_str fen_order_customers_find(const struct fen_order_customers *customers,
                                        const struct fen_event *event)
{
    if (fen_str_is_set(event->customer) || fen_topic_of(event->type) != FEN_TOPIC_ORDER_EVENTS)
        return event->customer;
    uint32_t slot = fen_state_table_find(customers->table, event->tenant, event->order);
    return slot == 0 ? FEN_STR_NONE : fen_state_table_value(customers->table, slot);
}
