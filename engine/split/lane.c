/* lane: see lane.h. Life of a lane, restore, promote and discard. */
#include "split/lane.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/state_record.h"
#include "split/lane_parts.h"

#define CAUSE_CHUNK_BYTES 4096u

struct fen_split_lane *fen_split_lane_create(bool never_late, bool is_at_once)
{
    struct fen_split_lane *lane = calloc(1, sizeof *lane);
    FEN_ASSERT(lane != NULL && "out of memory");
    lane->never_late = never_late;
    lane->is_at_once = is_at_once;
    lane->slab = fen_slab_create();
    lane->orders = fen_state_table_create(lane->slab);
    lane->customers = fen_state_table_create(lane->slab);
    lane->touches = fen_touches_create(lane->slab);
    fen_applied_init(&lane->applied);
    lane->restoring = fen_arena_create(16 * 1024);
    lane->references = fen_reference_index_create();
    lane->customer_references = fen_reference_index_create();
    fen_lane_tasks_init(&lane->tasks, lane->slab);
    lane->causes = fen_arena_create(CAUSE_CHUNK_BYTES);
    lane->progress.newest_order_ms = INT64_MIN;
    lane->progress.newest_touch_ms = INT64_MIN;
    lane->last_order = &lane->first_order;
    lane->last_customer = &lane->first_customer;
    return lane;
}

void fen_split_lane_borrow_touches(struct fen_split_lane *lane)
{
    FEN_ASSERT(lane->never_late);
    lane->borrows_touches = true;
}

void fen_split_lane_trust(struct fen_split_lane *lane)
{
    lane->applied.is_trusting = true;
}

void fen_split_lane_destroy(struct fen_split_lane *lane)
{
    if (lane == NULL)
        return;
    fen_arena_destroy(lane->causes);
    free(lane->pending);
    free(lane->unplanned);
    free(lane->order_links);
    free(lane->customer_links);
    fen_lane_tasks_deinit(&lane->tasks);
    fen_reference_index_destroy(lane->customer_references);
    fen_reference_index_destroy(lane->references);
    fen_applied_deinit(&lane->applied);
    fen_arena_destroy(lane->restoring);
    fen_touches_destroy(lane->touches);
    fen_state_table_destroy(lane->customers);
    fen_state_table_destroy(lane->orders);
    fen_slab_destroy(lane->slab);
    free(lane);
}

struct fen_split_progress fen_split_lane_progress(const struct fen_split_lane *lane)
{
    return lane->progress;
}

void fen_split_lane_restore_progress(struct fen_split_lane *lane,
                                     const struct fen_split_progress *progress)
{
    lane->progress = *progress;
    lane->org_change_read = progress->org_change;
    lane->plan_publication_read = progress->plan_publication;
}

void fen_split_lane_begin(struct fen_split_lane *lane, const struct fen_split_batch *batch)
{
    FEN_ASSERT(lane->first_order == NULL && lane->first_customer == NULL &&
               lane->tasks.first == NULL);
    lane->batch = *batch;
    lane->progress_before = lane->progress;
    lane->window_tenant = FEN_STR_NONE;
    fen_applied_begin(&lane->applied);
    fen_lane_begin_following(lane);
}

struct fen_str fen_lane_encode(struct fen_split_lane *lane, const struct fen_schema *schema,
                               const void *message, struct fen_buffer *scratch)
{
    fen_buffer_clear(scratch);
    fen_state_record_encode(schema, message, lane->batch.scratch, scratch);
    fen_arena_reset(lane->batch.scratch);
    return fen_arena_copy(lane->batch.arena, fen_buffer_str(scratch));
}

void fen_split_lane_finish(struct fen_split_lane *lane, struct fen_buffer *scratch)
{
    fen_lane_finish_due(lane);
    fen_lane_finish_due_recruits(lane);
    fen_lane_finish_due_tasks(lane);
    lane->batch.deliver(lane->batch.context);
    for (struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next)
        if (object->is_changed)
            object->value = fen_lane_encode(lane, &fen_order_schema, &object->order, scratch);
    for (struct fen_customer_object *object = lane->first_customer; object != NULL;
         object = object->next)
        if (object->is_changed)
            object->value =
                fen_lane_encode(lane, &fen_customer_schema, &object->customer, scratch);
    fen_lane_encode_tasks(lane, scratch);
}

void fen_split_lane_visit_changes(const struct fen_split_lane *lane,
                                  void (*visit)(void *context,
                                                const struct fen_split_change *change),
                                  void *context)
{
    for (const struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next) {
        struct fen_split_change change = {FEN_SPLIT_ORDER, object->key, object->value,
                                          &object->order};
        if (object->is_changed)
            visit(context, &change);
    }
    for (const struct fen_customer_object *object = lane->first_customer; object != NULL;
         object = object->next) {
        struct fen_split_change change = {FEN_SPLIT_CUSTOMER, object->key, object->value,
                                          &object->customer};
        if (object->is_changed)
            visit(context, &change);
    }
    fen_lane_visit_task_changes(lane, visit, context);
}

/* Let go of the batch's objects. */
static void lane_end_batch(struct fen_split_lane *lane)
{
    for (struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next)
        fen_state_table_set_object(lane->orders, object->slot, NULL);
    for (struct fen_customer_object *object = lane->first_customer; object != NULL;
         object = object->next)
        fen_state_table_set_object(lane->customers, object->slot, NULL);
    lane->first_order = NULL;
    lane->last_order = &lane->first_order;
    lane->first_customer = NULL;
    lane->last_customer = &lane->first_customer;
    fen_lane_end_task_batch(lane);
}

/* What finds the order: its links, and whether it waits for a plan. */
static void link_order(struct fen_split_lane *lane, uint32_t slot, const struct fen_order *order,
                       struct fen_str tenant)
{
    fen_lane_link_order(lane, slot, tenant, order);
    bool is_unplanned = fen_str_is_set(order->placed_event) && !fen_str_is_set(order->pin.plan);
    fen_lane_set_unplanned(lane, FEN_SUBJECT_ORDER, slot, is_unplanned);
}

static void promote_order(struct fen_split_lane *lane, struct fen_order_object *object)
{
    const struct fen_order *order = &object->order;
    fen_state_table_set(lane->orders, object->slot, object->value);
    lane->suspense_count += order->suspense_count - (uint64_t)object->suspense_before;
    link_order(lane, object->slot, order, order->tenant);
}

static void promote_customer(struct fen_split_lane *lane, struct fen_customer_object *object)
{
    fen_state_table_set(lane->customers, object->slot, object->value);
    lane->suspense_count += object->customer.suspense_count - (uint64_t)object->suspense_before;
    fen_lane_keep_registration(lane, object->slot, &object->customer);
}

void fen_split_lane_promote(struct fen_split_lane *lane)
{
    for (struct fen_customer_object *object = lane->first_customer; object != NULL;
         object = object->next) {
        fen_lane_promote_touches(lane, object);
        if (object->is_changed)
            promote_customer(lane, object);
    }
    for (struct fen_order_object *object = lane->first_order; object != NULL;
         object = object->next)
        if (object->is_changed)
            promote_order(lane, object);
    fen_lane_promote_tasks(lane);
    fen_lane_promote_following(lane);
    lane_end_batch(lane);
}

void fen_split_lane_discard(struct fen_split_lane *lane)
{
    fen_applied_discard(&lane->applied);
    fen_lane_discard_following(lane);
    lane->progress = lane->progress_before;
    lane_end_batch(lane);
}

static void restore_order_links(struct fen_split_lane *lane, uint32_t slot,
                                const struct fen_order *order, struct fen_str tenant)
{
    for (uint32_t index = 0; index < order->reference_count; index++)
        fen_reference_index_add(lane->references, (uint32_t)order->references[index], slot);
    link_order(lane, slot, order, tenant);
    lane->suspense_count += order->suspense_count;
}

/* The record that a newer one of its key replaces counts no longer. */
static void forget_order(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_order order;
    enum fen_record_status status =
        fen_state_record_decode(&fen_order_schema, fen_state_table_value(lane->orders, slot),
                                lane->restoring, &order);
    FEN_ASSERT(status == FEN_RECORD_OK); /* our own bytes, or none */
    lane->suspense_count -= order.suspense_count;
}

bool fen_split_lane_restore_order(struct fen_split_lane *lane, struct fen_str key,
                                  struct fen_str value)
{
    struct fen_str tenant, id;
    struct fen_order order;
    fen_arena_reset(lane->restoring);
    if (!fen_str_split(key, &tenant, &id) ||
        (fen_str_is_set(value) && fen_state_record_decode(&fen_order_schema, value, lane->restoring,
                                                          &order) != FEN_RECORD_OK))
        return false;
    uint32_t slot = fen_state_table_find(lane->orders, tenant, id);
    if (slot != 0)
        forget_order(lane, slot);
    if (!fen_str_is_set(value)) {
        if (slot != 0)
            fen_state_table_set(lane->orders, slot, value);
        return true;
    }
    slot = fen_lane_reach_order(lane, fen_state_table_put(lane->orders, tenant, id, value));
    fen_applied_restore(&lane->applied, order.marks, order.mark_count);
    restore_order_links(lane, slot, &order, tenant);
    return true;
}

static void restore_customer_links(struct fen_split_lane *lane, uint32_t slot,
                                   const struct fen_customer *customer)
{
    for (uint32_t index = 0; index < customer->reference_count; index++)
        fen_reference_index_add(lane->customer_references, (uint32_t)customer->references[index],
                                slot);
    fen_lane_keep_registration(lane, slot, customer);
    lane->suspense_count += customer->suspense_count;
}

static void forget_customer(struct fen_split_lane *lane, uint32_t slot)
{
    struct fen_customer customer;
    enum fen_record_status status =
        fen_record_decode(&fen_customer_schema, fen_state_table_value(lane->customers, slot),
                          lane->restoring, &customer, NULL);
    FEN_ASSERT(status == FEN_RECORD_OK); /* our own bytes, or none */
    lane->suspense_count -= customer.suspense_count;
}

bool fen_split_lane_restore_customer(struct fen_split_lane *lane, struct fen_str key,
                                     struct fen_str value)
{
    struct fen_str tenant, id;
    struct fen_customer customer;
    fen_arena_reset(lane->restoring);
    if (!fen_str_split(key, &tenant, &id) ||
        (fen_str_is_set(value) && fen_record_decode(&fen_customer_schema, value, lane->restoring,
                                                    &customer, NULL) != FEN_RECORD_OK))
        return false;
    uint32_t slot = fen_state_table_find(lane->customers, tenant, id);
    if (slot != 0)
        forget_customer(lane, slot);
    if (!fen_str_is_set(value)) {
        if (slot != 0)
            fen_state_table_set(lane->customers, slot, value);
        return true;
    }
    slot = fen_lane_reach_customer(lane, fen_state_table_put(lane->customers, tenant, id, value));
    fen_applied_restore(&lane->applied, customer.marks, customer.mark_count);
    restore_customer_links(lane, slot, &customer);
    return true;
}

void fen_split_lane_restore_ahead(const struct fen_split_lane *lane, struct fen_str key,
                                  bool is_order)
{
    struct fen_str tenant = FEN_STR_NONE, id = FEN_STR_NONE;
    if (fen_str_split(key, &tenant, &id))
        fen_state_table_prefetch(is_order ? lane->orders : lane->customers, tenant, id);
}

void fen_split_lane_restore_touch(struct fen_split_lane *lane, const struct fen_event *event)
{
    if (!fen_applied_restore_event(&lane->applied, event))
        return;
    struct fen_touch_fact touch = {event->guide, event->sku, event->at_ms, event->id};
    uint32_t slot = fen_lane_customer_slot(lane, event->tenant, event->customer);
    fen_touches_add(lane->touches, slot, &touch, INT64_MIN);
}

void fen_split_lane_measure(const struct fen_split_lane *lane, struct fen_split_sizes *sizes_out)
{
    *sizes_out = (struct fen_split_sizes){
        .order_count = fen_state_table_value_count(lane->orders),
        .customer_count = fen_state_table_slot_count(lane->customers),
        .touch_count = fen_touches_count(lane->touches),
        .mark_count = fen_applied_count(&lane->applied),
        .state_bytes = fen_slab_taken_bytes(lane->slab),
        .held_bytes = fen_slab_held_bytes(lane->slab) +
                      fen_state_table_held_bytes(lane->orders) +
                      fen_state_table_held_bytes(lane->customers) +
                      fen_touches_held_bytes(lane->touches) +
                      fen_mark_set_held_bytes(lane->applied.marks) +
                      fen_arena_held_bytes(lane->restoring) +
                      fen_reference_index_held_bytes(lane->references) +
                      fen_reference_index_held_bytes(lane->customer_references) +
                      fen_lane_tasks_held_bytes(&lane->tasks) +
                      lane->order_link_count * sizeof *lane->order_links +
                      lane->customer_link_count * sizeof *lane->customer_links,
        .unplanned_count = lane->unplanned_count - lane->unplanned_stale_count,
        .suspense_count = lane->suspense_count,
    };
}

static void visit_slot(const struct fen_split_lane *lane, struct fen_arena *arena, uint32_t slot,
                       void (*visit)(void *context, const struct fen_order *order), void *context)
{
    struct fen_str value = fen_state_table_value(lane->orders, slot);
    struct fen_order order;
    if (!fen_str_is_set(value))
        return;
    fen_arena_reset(arena);
    enum fen_record_status status =
        fen_state_record_decode(&fen_order_schema, value, arena, &order);
    bool has_parts =
        fen_str_split(fen_state_table_key(lane->orders, slot), &order.tenant, &order.order);
    FEN_ASSERT(status == FEN_RECORD_OK && has_parts); /* our own bytes */
    visit(context, &order);
}

void fen_split_lane_visit_orders(const struct fen_split_lane *lane, struct fen_arena *arena,
                                 void (*visit)(void *context, const struct fen_order *order),
                                 void *context)
{
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(lane->orders); slot++)
        visit_slot(lane, arena, slot, visit, context);
}

void fen_split_lane_visit_order(const struct fen_split_lane *lane, struct fen_arena *arena,
                                struct fen_str tenant, struct fen_str order,
                                void (*visit)(void *context, const struct fen_order *order),
                                void *context)
{
    uint32_t slot = fen_state_table_find(lane->orders, tenant, order);
    if (slot != 0)
        visit_slot(lane, arena, slot, visit, context);
}
