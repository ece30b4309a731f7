/* lane_object: working objects of a batch, and the links between customers and their orders. */
#include "base/array.h"
#include "model/state_record.h"
#include "split/lane_parts.h"

struct fen_str fen_lane_load(struct fen_split_lane *lane, const struct fen_state_table *table,
                             uint32_t slot, const struct fen_schema *schema, void *message)
{
    struct fen_str value = fen_arena_copy(lane->batch.arena, fen_state_table_value(table, slot));
    /* Absent it is a record without fields. */
    enum fen_record_status status =
        fen_state_record_decode(schema, value, lane->batch.arena, message);
    FEN_ASSERT(status == FEN_RECORD_OK); /* our own bytes */
    return fen_arena_copy(lane->batch.arena, fen_state_table_key(table, slot));
}

/* Of a table's own key. */
static void key_split(struct fen_str key, struct fen_str *tenant, struct fen_str *id)
{
    bool has_parts = fen_str_split(key, tenant, id);
    FEN_ASSERT(has_parts);
}

uint32_t fen_lane_reach_order(struct fen_split_lane *lane, uint32_t slot)
{
    lane->order_links = fen_array_reach(lane->order_links, &lane->order_link_count, slot,
                                        sizeof *lane->order_links);
    return slot;
}

uint32_t fen_lane_reach_customer(struct fen_split_lane *lane, uint32_t slot)
{
    lane->customer_links = fen_array_reach(lane->customer_links, &lane->customer_link_count,
                                           slot, sizeof *lane->customer_links);
    return slot;
}

uint32_t fen_lane_order_slot(struct fen_split_lane *lane, struct fen_str tenant,
                             struct fen_str order)
{
    return fen_lane_reach_order(lane, fen_state_table_insert(lane->orders, tenant, order));
}

uint32_t fen_lane_customer_slot(struct fen_split_lane *lane, struct fen_str tenant,
                                struct fen_str customer)
{
    return fen_lane_reach_customer(lane,
                                   fen_state_table_insert(lane->customers, tenant, customer));
}

struct fen_order_object *fen_lane_order_at(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_order_object *object = fen_state_table_object(lane->orders, slot);
    if (object != NULL)
        return object;
    object = FEN_ARENA_NEW(lane->batch.arena, struct fen_order_object);
    object->key = fen_lane_load(lane, lane->orders, slot, &fen_order_schema, &object->order);
    key_split(object->key, &object->order.tenant, &object->order.order);
    object->slot = slot;
    object->suspense_before = object->order.suspense_count;
    *lane->last_order = object;
    lane->last_order = &object->next;
    fen_state_table_set_object(lane->orders, slot, object);
    return object;
}

struct fen_order_object *fen_lane_order(struct fen_split_lane *lane, struct fen_str tenant,
                                        struct fen_str order)
{
    return fen_lane_order_at(lane, fen_lane_order_slot(lane, tenant, order));
}

struct fen_customer_object *fen_lane_customer_at(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_customer_object *object = fen_state_table_object(lane->customers, slot);
    if (object != NULL)
        return object;
    object = FEN_ARENA_NEW(lane->batch.arena, struct fen_customer_object);
    object->key =
        fen_lane_load(lane, lane->customers, slot, &fen_customer_schema, &object->customer);
    key_split(object->key, &object->customer.tenant, &object->customer.customer);
    object->slot = slot;
    object->suspense_before = object->customer.suspense_count;
    *lane->last_customer = object;
    lane->last_customer = &object->next;
    fen_state_table_set_object(lane->customers, slot, object);
    return object;
}

struct fen_customer_object *fen_lane_customer(struct fen_split_lane *lane, struct fen_str tenant,
                                              struct fen_str customer)
{
    return fen_lane_customer_at(lane, fen_lane_customer_slot(lane, tenant, customer));
}

void fen_lane_note_created(struct fen_split_lane *lane, uint32_t customer_slot, int64_t created_ms)
{
    struct fen_customer_link *customer = &lane->customer_links[customer_slot];
    if (created_ms > customer->newest_created_ms)
        customer->newest_created_ms = created_ms;
}

static void link_to_customer(struct fen_split_lane *lane, uint32_t slot, uint32_t customer_slot)
{
    struct fen_customer_link *customer = &lane->customer_links[customer_slot];
    struct fen_order_link *order = &lane->order_links[slot];
    if (!order->is_linked) {
        order->is_linked = true;
        order->next_order = customer->first_order;
        customer->first_order = slot;
    }
    fen_lane_note_created(lane, customer_slot, order->created_ms);
}

/* SPEC §4: org records are looked at as of `created`, of the pickup and of the earned time. */
static int64_t order_latest_ms(const struct fen_order *order)
{
    int64_t latest_ms = order->created_ms > order->paid_ms ? order->created_ms : order->paid_ms;
    for (uint32_t index = 0; index < order->fact_count; index++)
        if (order->facts[index].at_ms > latest_ms)
            latest_ms = order->facts[index].at_ms;
    return latest_ms;
}

void fen_lane_link_order(struct fen_split_lane *lane, uint32_t slot, struct fen_str tenant,
                         const struct fen_order *order)
{
    lane->order_links[slot].created_ms = order->created_ms;
    lane->order_links[slot].latest_ms = order_latest_ms(order);
    if (!fen_str_is_set(order->customer))
        return;
    link_to_customer(lane, slot, fen_lane_customer_slot(lane, tenant, order->customer));
}

/* FEN_NONE, which is before all times: not placed. */
static int64_t order_created_ms(const struct fen_split_lane *lane, uint32_t slot)
{
    const struct fen_order_object *object = fen_state_table_object(lane->orders, slot);
    return object != NULL ? object->order.created_ms : lane->order_links[slot].created_ms;
}

void fen_lane_visit_customer_orders(struct fen_split_lane *lane,
                                    struct fen_customer_object *customer, int64_t from_ms,
                                    void (*visit)(struct fen_split_lane *lane,
                                                  struct fen_order_object *order,
                                                  const void *context),
                                    const void *context)
{
    for (struct fen_order_object *order = customer->new_orders; order != NULL;
         order = order->next_new)
        if (order->order.created_ms >= from_ms)
            visit(lane, order, context);
    const struct fen_customer_link *link = &lane->customer_links[customer->slot];
    if (link->newest_created_ms < from_ms)
        return;
    for (uint32_t slot = link->first_order; slot != 0; slot = lane->order_links[slot].next_order)
        if (order_created_ms(lane, slot) >= from_ms)
            visit(lane, fen_lane_order_at(lane, slot), context);
}
