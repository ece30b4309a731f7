/*
 * lanes_restore: state topics back into lanes, and the sizes of what they hold.
 *
 * Tables hold protobuf; where the wire is JSON, a record is turned into it on its way in.
 */
#include <string.h>

#include "base/fault_point.h"
#include "model/customer.h"
#include "model/period.h"
#include "model/state_record.h"
#include "model/task.h"
#include "stream/lanes_parts.h"
#include "wire/json.h"
#include "wire/lane_state.h"

/* The record's bytes as the tables keep them; false: it cannot be read. */
static bool table_value(struct fen_lanes *lanes, const struct fen_schema *schema,
                        struct fen_str value, struct fen_str *value_out)
{
    *value_out = value;
    if (lanes->options.wire == FEN_WIRE_PROTOBUF || !fen_str_is_set(value))
        return true;
    void *message = fen_arena_allocate(lanes->arena, schema->size_bytes);
    if (fen_json_decode(schema, value, lanes->arena, message, NULL) != FEN_RECORD_OK)
        return false;
    fen_buffer_clear(&lanes->scratch);
    fen_state_record_encode(schema, message, lanes->arena, &lanes->scratch);
    *value_out = fen_arena_copy(lanes->arena, fen_buffer_str(&lanes->scratch));
    return true;
}

static bool lane_state_decode(struct fen_lanes *lanes, struct fen_str value,
                              struct fen_lane_state *state_out)
{
    struct fen_str bytes;
    return fen_str_is_set(value) && table_value(lanes, &fen_lane_state_schema, value, &bytes) &&
           fen_record_decode(&fen_lane_state_schema, bytes, lanes->arena, state_out, NULL) ==
               FEN_RECORD_OK;
}

static bool check_lane_state(struct fen_lanes *lanes, const struct fen_lane_state *state)
{
    return fen_start_fault_check(state, lanes->options.partition_count, &lanes->restore_fault);
}

static bool take_channels(struct fen_lanes *lanes, const struct fen_lane_state *state,
                          uint64_t *numbers)
{
    memset(numbers, 0, lanes->options.partition_count * sizeof *numbers);
    for (uint32_t index = 0; index < state->channel_count; index++) {
        if (state->channels[index].partition >= lanes->options.partition_count)
            return false;
        numbers[state->channels[index].partition] = state->channels[index].number;
    }
    return true;
}

static bool restore_split_lane(struct fen_lanes *lanes, struct fen_partition *partition,
                               struct fen_str value)
{
    struct fen_lane_state state;
    if (!lane_state_decode(lanes, value, &state) || !check_lane_state(lanes, &state))
        return false;
    partition->split_format = state.format;
    partition->recorded = (struct fen_split_progress){
        .org_change = (uint64_t)state.org_change,
        .plan_publication = state.plan_publication,
        .newest_order_ms = state.newest_order_ms,
        .newest_touch_ms = state.newest_touch_ms,
    };
    fen_split_lane_restore_progress(partition->split, &partition->recorded);
    return take_channels(lanes, &state, partition->sent);
}

static bool restore_post_lane(struct fen_lanes *lanes, struct fen_partition *partition,
                              struct fen_str value)
{
    struct fen_lane_state state;
    if (!lane_state_decode(lanes, value, &state) || !check_lane_state(lanes, &state))
        return false;
    partition->post_format = state.format;
    partition->version = state.version;
    partition->post_recorded = state.plan_publication;
    fen_post_lane_restore_progress(partition->post, state.plan_publication);
    return take_channels(lanes, &state, partition->received);
}

static bool restore_customer_state(struct fen_lanes *lanes, struct fen_partition *partition,
                                   const struct fen_message *message)
{
    struct fen_str value;
    if (fen_str_equal(message->key, FEN_LANE_STATE_KEY))
        return restore_split_lane(lanes, partition, message->value);
    return table_value(lanes, &fen_customer_schema, message->value, &value) &&
           fen_split_lane_restore_customer(partition->split, message->key, value);
}

static bool restore_accounts(struct fen_lanes *lanes, struct fen_partition *partition,
                             const struct fen_message *message)
{
    struct fen_str value;
    if (fen_str_equal(message->key, FEN_LANE_STATE_KEY))
        return restore_post_lane(lanes, partition, message->value);
    return table_value(lanes, &fen_account_schema, message->value, &value) &&
           fen_post_lane_restore(partition->post, message->key, value);
}

static bool restore_order_state(struct fen_lanes *lanes, struct fen_partition *partition,
                                const struct fen_message *message)
{
    struct fen_str value;
    return table_value(lanes, &fen_order_schema, message->value, &value) &&
           fen_split_lane_restore_order(partition->split, message->key, value);
}

/* A task's own record, or, under a key with one more slash, a guide's in it. */
static bool restore_task_state(struct fen_lanes *lanes, struct fen_partition *partition,
                               const struct fen_message *message)
{
    struct fen_str value;
    return table_value(lanes, fen_task_record_schema(message->key), message->value, &value) &&
           fen_split_lane_restore_task(partition->split, message->key, value);
}

/* An input event read again: touches into their store, org events and plans into the marks. */
static void restore_event(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_FAULT_TRAP(message->value);
    struct fen_event event;
    struct fen_refused refused;
    if (fen_event_decode(lanes->options.wire, message->value, lanes->arena, &event, &refused) !=
            FEN_REFUSAL_NONE ||
        fen_topic_of(event.type) != message->topic)
        return; /* it was dead-lettered when it was first read */
    if (message->topic == FEN_TOPIC_TOUCH_EVENTS) {
        fen_split_lane_restore_touch(lanes->partitions[message->partition].split, &event);
        return;
    }
    struct fen_counters ignored = {0};
    if (fen_reference_lane_apply(&lanes->references, &event, lanes->arena, &ignored, &refused) !=
        FEN_REFUSAL_NONE)
        return; /* likewise */
}

bool fen_lanes_restore(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_ASSERT(!lanes->is_in_batch);
    fen_arena_reset(lanes->arena);
    lanes->restore_fault = (struct fen_start_fault){.kind = FEN_START_UNREADABLE};
    fen_reference_lane_begin(&lanes->references);
    if (message->topic == FEN_TOPIC_ORG_EVENTS || message->topic == FEN_TOPIC_PLANS) {
        restore_event(lanes, message);
        return true;
    }
    FEN_ASSERT(fen_lanes_is_open(lanes, message->partition));
    struct fen_partition *partition = &lanes->partitions[message->partition];
    if (message->topic == FEN_TOPIC_ACCOUNTS)
        return partition->post == NULL || restore_accounts(lanes, partition, message);
    if (partition->split == NULL)
        return true;
    if (message->topic == FEN_TOPIC_ORDER_STATE)
        return restore_order_state(lanes, partition, message);
    if (message->topic == FEN_TOPIC_CUSTOMER_STATE)
        return restore_customer_state(lanes, partition, message);
    if (message->topic == FEN_TOPIC_TASK_STATE)
        return restore_task_state(lanes, partition, message);
    FEN_ASSERT(message->topic == FEN_TOPIC_TOUCH_EVENTS);
    restore_event(lanes, message);
    return true;
}

void fen_lanes_restore_ahead(const struct fen_lanes *lanes, const struct fen_message *message)
{
    bool is_order = message->topic == FEN_TOPIC_ORDER_STATE;
    if (!is_order && message->topic != FEN_TOPIC_CUSTOMER_STATE)
        return;
    const struct fen_partition *partition = &lanes->partitions[message->partition];
    if (partition->split != NULL)
        fen_split_lane_restore_ahead(partition->split, message->key, is_order);
}

struct fen_start_fault fen_lanes_restore_fault(const struct fen_lanes *lanes,
                                               const struct fen_message *message)
{
    return fen_start_fault_at(&lanes->restore_fault, message->topic, message->partition,
                              message->offset);
}

bool fen_lanes_has_history(const struct fen_lanes *lanes, uint32_t number, bool is_split)
{
    const struct fen_partition *partition = &lanes->partitions[number];
    FEN_ASSERT(partition->is_open);
    if (is_split && partition->split != NULL) {
        struct fen_split_sizes sizes = {0};
        fen_split_lane_measure(partition->split, &sizes);
        return sizes.order_count + sizes.customer_count > 0;
    }
    for (uint32_t peer = 0; !is_split && peer < lanes->options.partition_count; peer++) {
        if (partition->post != NULL && partition->received[peer] > 0)
            return true;
    }
    return false;
}

int64_t fen_lanes_touches_from_ms(const struct fen_lanes *lanes,
                                  const struct fen_reference *reference, uint32_t number)
{
    const struct fen_partition *partition = &lanes->partitions[number];
    FEN_ASSERT(partition->is_open);
    if (partition->split == NULL || partition->recorded.newest_order_ms == INT64_MIN ||
        partition->recorded.newest_touch_ms == INT64_MIN)
        return INT64_MIN;
    int64_t newest_ms = partition->recorded.newest_order_ms < partition->recorded.newest_touch_ms
                            ? partition->recorded.newest_order_ms
                            : partition->recorded.newest_touch_ms;
    return newest_ms - fen_catalog_window_max_all_ms(reference->catalog) - FEN_DAY_MS;
}

void fen_lanes_measure(const struct fen_lanes *lanes, struct fen_lanes_sizes *sizes_out)
{
    *sizes_out = (struct fen_lanes_sizes){.held_bytes = fen_arena_held_bytes(lanes->arena) +
                                                        fen_arena_held_bytes(lanes->evaluation)};
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        const struct fen_partition *partition = &lanes->partitions[number];
        struct fen_split_sizes split = {0};
        struct fen_post_sizes post = {0};
        if (partition->split != NULL)
            fen_split_lane_measure(partition->split, &split);
        if (partition->post != NULL)
            fen_post_lane_measure(partition->post, &post);
        sizes_out->order_count += split.order_count;
        sizes_out->customer_count += split.customer_count;
        sizes_out->touch_count += split.touch_count;
        sizes_out->payee_count += post.payee_count;
        sizes_out->mark_count += split.mark_count + post.mark_count;
        sizes_out->state_bytes += split.state_bytes + post.state_bytes;
        sizes_out->held_bytes += split.held_bytes + post.held_bytes;
        sizes_out->unplanned_count += split.unplanned_count;
        sizes_out->suspense_count += split.suspense_count;
    }
}

struct visiting {
    void (*visit)(void *context, uint32_t partition, const struct fen_account *account);
    void *context;
    uint32_t partition;
};

static void visit_account(void *context, const struct fen_account *account)
{
    struct visiting *visiting = context;
    visiting->visit(visiting->context, visiting->partition, account);
}

void fen_lanes_visit_accounts(struct fen_lanes *lanes,
                              void (*visit)(void *context, uint32_t partition,
                                            const struct fen_account *account),
                              void *context)
{
    FEN_ASSERT(!lanes->is_in_batch);
    struct fen_arena *arena = fen_arena_create(16 * 1024);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        struct visiting visiting = {visit, context, number};
        if (lanes->partitions[number].post != NULL)
            fen_post_lane_visit_accounts(lanes->partitions[number].post, arena, visit_account,
                                         &visiting);
    }
    fen_arena_destroy(arena);
}

void fen_lanes_visit_orders(struct fen_lanes *lanes,
                            void (*visit)(void *context, const struct fen_order *order),
                            void *context)
{
    FEN_ASSERT(!lanes->is_in_batch);
    struct fen_arena *arena = fen_arena_create(16 * 1024);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].split != NULL)
            fen_split_lane_visit_orders(lanes->partitions[number].split, arena, visit, context);
    fen_arena_destroy(arena);
}

void fen_lanes_visit_order(struct fen_lanes *lanes, struct fen_str tenant, struct fen_str order,
                           void (*visit)(void *context, const struct fen_order *order),
                           void *context)
{
    FEN_ASSERT(!lanes->is_in_batch);
    struct fen_arena *arena = fen_arena_create(16 * 1024);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].split != NULL)
            fen_split_lane_visit_order(lanes->partitions[number].split, arena, tenant, order,
                                       visit, context);
    fen_arena_destroy(arena);
}
