/*
 * lanes_encode: what a batch changed -> records (SPEC §10) and projections.
 *
 * Order: postings, ledger, accounts, order-state, customer-state, task-state, lane records; dead
 * letters were put first as they came. All go in one transaction, so the order is for readers' eyes
 * only.
 */
#include "model/customer.h"
#include "model/task.h"
#include "stream/lanes_parts.h"
#include "wire/json.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

/* A split lane's progress in time is recorded by the hour: restoring then reads a little more. */
#define PROGRESS_STEP_MS INT64_C(3600000)

void fen_lanes_output(struct fen_lanes *lanes, enum fen_topic topic, uint32_t partition,
                      struct fen_str key, struct fen_str value)
{
    struct fen_message output = {
        .topic = topic,
        .partition = partition,
        .timestamp_ms = -1,
        .key = key,
        .value = value,
    };
    FEN_ARENA_PUSH(lanes->arena, lanes->outputs, lanes->output_count, lanes->output_capacity,
                   output);
}

struct encoding {
    struct fen_lanes *lanes;
    struct fen_partition *partition;
    uint32_t number; /* of the partition */
    struct fen_payee_change *payees;
    uint32_t payee_count, payee_capacity;
    bool has_split_change; /* a state record of the split lane is among the outputs */
};

static void output_message(struct encoding *encoding, enum fen_topic topic, struct fen_str key,
                           const struct fen_schema *schema, const void *message)
{
    struct fen_lanes *lanes = encoding->lanes;
    fen_buffer_clear(&lanes->scratch);
    if (lanes->options.wire == FEN_WIRE_JSON)
        fen_json_encode(schema, message, &lanes->scratch);
    else
        fen_record_encode(schema, message, &lanes->scratch);
    fen_lanes_output(lanes, topic, encoding->number, key,
                     fen_arena_copy(lanes->arena, fen_buffer_str(&lanes->scratch)));
}

static void encode_postings(struct encoding *encoding)
{
    struct fen_lanes *lanes = encoding->lanes;
    struct fen_partition *partition = encoding->partition;
    for (uint32_t to = 0; to < lanes->options.partition_count; to++) {
        const struct fen_entries *outbox = &partition->outbox[to];
        if (outbox->count == 0)
            continue;
        struct fen_posting_record record = {
            .from_partition = encoding->number,
            .number = ++partition->sent[to],
            .entries = outbox->items,
            .entry_count = outbox->count,
        };
        partition->has_sent = true;
        fen_buffer_clear(&lanes->scratch);
        fen_posting_record_encode(lanes->options.wire, &record, &lanes->scratch);
        fen_lanes_output(lanes, FEN_TOPIC_POSTINGS, to, FEN_LANE_STATE_KEY,
                         fen_arena_copy(lanes->arena, fen_buffer_str(&lanes->scratch)));
    }
}

static void encode_payee(void *context, const struct fen_post_change *change)
{
    struct encoding *encoding = context;
    struct fen_lanes *lanes = encoding->lanes;
    const struct fen_account *account = change->account;
    struct fen_str key = fen_arena_join(lanes->arena, account->tenant, '/', account->payee);
    struct fen_str sent = FEN_STR_NONE;
    if (change->entry_count > 0 && !lanes->options.drops_records) {
        struct fen_ledger_record record = {
            .seq_first = change->entries[0].seq,
            .balance_fen = account->balance_fen,
            .entries = (struct fen_entry *)(uintptr_t)change->entries,
            .entry_count = change->entry_count,
        };
        fen_buffer_clear(&lanes->scratch);
        fen_ledger_record_encode(lanes->options.wire, &record, &lanes->scratch);
        sent = fen_arena_copy(lanes->arena, fen_buffer_str(&lanes->scratch));
        fen_lanes_output(lanes, FEN_TOPIC_LEDGER, encoding->number, key, sent);
    }
    if (lanes->options.keeps_state_records && lanes->options.wire == FEN_WIRE_PROTOBUF)
        fen_lanes_output(lanes, FEN_TOPIC_ACCOUNTS, encoding->number, key, change->value);
    else if (lanes->options.keeps_state_records)
        output_message(encoding, FEN_TOPIC_ACCOUNTS, key, &fen_account_schema, account);
    struct fen_payee_change payee = {
        .account = account,
        .entries = change->entries,
        .entry_count = change->entry_count,
        .record = sent,
        .store = fen_org_payee_store(lanes->reference->org, account->tenant, account->payee),
    };
    FEN_ARENA_PUSH(lanes->arena, encoding->payees, encoding->payee_count,
                   encoding->payee_capacity, payee);
}

/* The channel numbers that are not zero, as a lane's record keeps them. */
static void fill_channels(struct fen_lanes *lanes, const uint64_t *numbers,
                          struct fen_lane_state *state)
{
    uint32_t count = lanes->options.partition_count;
    state->channels = fen_arena_allocate(lanes->arena, count * sizeof *state->channels);
    state->channel_count = 0;
    for (uint32_t peer = 0; peer < count; peer++)
        if (numbers[peer] != 0)
            state->channels[state->channel_count++] =
                (struct fen_lane_channel){.partition = peer, .number = numbers[peer]};
}

static void add_projection(struct encoding *encoding)
{
    struct fen_lanes *lanes = encoding->lanes;
    struct fen_partition *partition = encoding->partition;
    struct fen_projection projection = {
        .partition = encoding->number,
        .version_from = partition->version,
        .version_to = ++partition->version,
        .payees = encoding->payees,
        .payee_count = encoding->payee_count,
    };
    FEN_ARENA_PUSH(lanes->arena, lanes->projections, lanes->projection_count,
                   lanes->projection_capacity, projection);
}

static void encode_post(struct encoding *encoding)
{
    struct fen_lanes *lanes = encoding->lanes;
    struct fen_partition *partition = encoding->partition;
    fen_post_lane_visit_changes(partition->post, encode_payee, encoding);
    bool is_changed = encoding->payee_count > 0 || partition->received_before != NULL;
    if (is_changed)
        add_projection(encoding);
    partition->has_post_record_due =
        is_changed || fen_post_lane_progress(partition->post) != partition->post_recorded;
    if (!partition->has_post_record_due || !lanes->options.keeps_state_records)
        return;
    struct fen_lane_state state;
    fen_record_clear(&fen_lane_state_schema, &state);
    state.version = partition->version;
    state.format = lanes->state_format;
    state.partition_count = lanes->options.partition_count;
    state.plan_publication = fen_post_lane_progress(partition->post);
    fill_channels(lanes, partition->received, &state);
    output_message(encoding, FEN_TOPIC_ACCOUNTS, FEN_LANE_STATE_KEY, &fen_lane_state_schema,
                   &state);
}

/* Where a split lane's records go, and their form. */
static const struct {
    enum fen_topic topic;
    const struct fen_schema *schema;
} split_records[] = {
    [FEN_SPLIT_ORDER] = {FEN_TOPIC_ORDER_STATE, &fen_order_schema},
    [FEN_SPLIT_CUSTOMER] = {FEN_TOPIC_CUSTOMER_STATE, &fen_customer_schema},
    [FEN_SPLIT_TASK] = {FEN_TOPIC_TASK_STATE, &fen_task_state_schema},
    [FEN_SPLIT_TASK_GUIDE] = {FEN_TOPIC_TASK_STATE, &fen_task_guide_schema},
};

static void encode_change(void *context, const struct fen_split_change *change)
{
    struct encoding *encoding = context;
    enum fen_topic topic = split_records[change->record].topic;
    encoding->has_split_change = true;
    if (encoding->lanes->options.wire == FEN_WIRE_PROTOBUF)
        fen_lanes_output(encoding->lanes, topic, encoding->number, change->key, change->value);
    else
        output_message(encoding, topic, change->key, split_records[change->record].schema,
                       change->message);
}

static bool time_is_due(int64_t now_ms, int64_t recorded_ms)
{
    if (now_ms == INT64_MIN)
        return false;
    return recorded_ms == INT64_MIN || now_ms - recorded_ms >= PROGRESS_STEP_MS;
}

static void encode_split(struct encoding *encoding)
{
    struct fen_lanes *lanes = encoding->lanes;
    struct fen_partition *partition = encoding->partition;
    fen_split_lane_visit_changes(partition->split, encode_change, encoding);
    struct fen_split_progress now = fen_split_lane_progress(partition->split);
    const struct fen_split_progress *recorded = &partition->recorded;
    partition->has_lane_record_due =
        (encoding->has_split_change && partition->split_format != lanes->state_format) ||
        partition->has_sent || now.org_change != recorded->org_change ||
        now.plan_publication != recorded->plan_publication ||
        time_is_due(now.newest_order_ms, recorded->newest_order_ms) ||
        time_is_due(now.newest_touch_ms, recorded->newest_touch_ms);
    if (!partition->has_lane_record_due)
        return;
    struct fen_lane_state state;
    fen_record_clear(&fen_lane_state_schema, &state);
    state.format = lanes->state_format;
    state.partition_count = lanes->options.partition_count;
    state.org_change = (int64_t)now.org_change;
    state.plan_publication = now.plan_publication;
    state.newest_order_ms = now.newest_order_ms;
    state.newest_touch_ms = now.newest_touch_ms;
    fill_channels(lanes, partition->sent, &state);
    output_message(encoding, FEN_TOPIC_CUSTOMER_STATE, FEN_LANE_STATE_KEY, &fen_lane_state_schema,
                   &state);
}

void fen_lanes_encode(struct fen_lanes *lanes)
{
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        struct encoding encoding = {
            .lanes = lanes, .partition = &lanes->partitions[number], .number = number};
        if (!encoding.partition->is_open)
            continue;
        encode_postings(&encoding);
        if (encoding.partition->post != NULL)
            encode_post(&encoding);
        if (encoding.partition->split != NULL && lanes->options.keeps_state_records)
            encode_split(&encoding);
    }
}
