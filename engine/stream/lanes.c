/* lanes: see lanes.h. Life of the machine, batches, and what comes in. */
#include "stream/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "stream/lanes_parts.h"
#include "wire/dead_letter.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

/* Two huge pages, less the head of a chunk. */
#define ARENA_CHUNK_BYTES ((size_t)4 * 1024 * 1024 - 64)
#define BATCH_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define BATCH_LINES_MAX 8000u /* to evaluate at its end: some 8 KiB each */
/* For changes in the references, so that these stall nobody for longer than some 50 ms. */
#define FOLLOW_WORK_MAX_DEFAULT 16000u /* some 3 us each */

struct fen_lanes *fen_lanes_create(const struct fen_lanes_options *options)
{
    FEN_ASSERT(options->partition_count > 0);
    struct fen_lanes *lanes = calloc(1, sizeof *lanes);
    FEN_ASSERT(lanes != NULL && "out of memory");
    lanes->options = *options;
    if (options->follow_work_max == 0)
        lanes->options.follow_work_max = FOLLOW_WORK_MAX_DEFAULT;
    lanes->partitions = calloc(options->partition_count, sizeof *lanes->partitions);
    FEN_ASSERT(lanes->partitions != NULL && "out of memory");
    lanes->arena = fen_arena_create(ARENA_CHUNK_BYTES);
    lanes->evaluation = fen_arena_create(256 * 1024);
    fen_reference_lane_init(&lanes->references);
    lanes->state_format = fen_start_fault_format();
    return lanes;
}

void fen_lanes_destroy(struct fen_lanes *lanes)
{
    if (lanes == NULL)
        return;
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].is_open)
            fen_lanes_close(lanes, number);
    free(lanes->partitions);
    fen_reference_lane_deinit(&lanes->references);
    fen_arena_destroy(lanes->arena);
    fen_arena_destroy(lanes->evaluation);
    fen_buffer_deinit(&lanes->scratch);
    free(lanes);
}

static struct fen_partition *lanes_partition(const struct fen_lanes *lanes, uint32_t number)
{
    FEN_ASSERT(number < lanes->options.partition_count);
    return &lanes->partitions[number];
}

static uint64_t *numbers_create(uint32_t count)
{
    uint64_t *numbers = calloc(count, sizeof *numbers);
    FEN_ASSERT(numbers != NULL && "out of memory");
    return numbers;
}

void fen_lanes_open(struct fen_lanes *lanes, uint32_t number)
{
    struct fen_partition *partition = lanes_partition(lanes, number);
    FEN_ASSERT(!lanes->is_in_batch && !partition->is_open);
    *partition = (struct fen_partition){.is_open = true, .lanes = lanes};
    if (lanes->options.has_split)
        partition->split = fen_split_lane_create(lanes->options.is_file, lanes->options.is_at_once);
    if (lanes->options.has_split && lanes->options.is_file && lanes->options.drops_records)
        fen_split_lane_borrow_touches(partition->split);
    if (lanes->options.has_split && lanes->options.has_distinct_facts)
        fen_split_lane_trust(partition->split);
    if (lanes->options.has_post)
        partition->post = fen_post_lane_create(lanes->options.is_file);
    partition->sent = numbers_create(lanes->options.partition_count);
    partition->received = numbers_create(lanes->options.partition_count);
    partition->recorded.newest_order_ms = INT64_MIN;
    partition->recorded.newest_touch_ms = INT64_MIN;
}

void fen_lanes_close(struct fen_lanes *lanes, uint32_t number)
{
    struct fen_partition *partition = lanes_partition(lanes, number);
    FEN_ASSERT(!lanes->is_in_batch && partition->is_open);
    fen_split_lane_destroy(partition->split);
    fen_post_lane_destroy(partition->post);
    free(partition->sent);
    free(partition->received);
    *partition = (struct fen_partition){0};
}

bool fen_lanes_is_open(const struct fen_lanes *lanes, uint32_t number)
{
    return number < lanes->options.partition_count && lanes->partitions[number].is_open;
}

uint64_t fen_lanes_version(const struct fen_lanes *lanes, uint32_t partition)
{
    FEN_ASSERT(fen_lanes_is_open(lanes, partition));
    return lanes->partitions[partition].version;
}

static void deliver(void *context)
{
    struct fen_partition *partition = context;
    fen_lanes_route(partition->lanes, partition);
}

/* A look costs some 0.1 us, a payee worked out some 5 us; payees are spread evenly over lanes. */
static struct fen_post_room post_room(const struct fen_lanes *lanes)
{
    uint32_t count = 0;
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        count += lanes->partitions[number].post != NULL;
    if (count == 0)
        return (struct fen_post_room){0};
    uint32_t work = lanes->options.follow_work_max;
    return (struct fen_post_room){.look_count = work / count + 1,
                                  .payee_count = work / 8 / count + 1};
}

static void begin_partition(struct fen_lanes *lanes, struct fen_partition *partition,
                            struct fen_post_room room)
{
    partition->differences = (struct fen_entries){0};
    partition->received_before = NULL;
    partition->version_before = partition->version;
    partition->has_sent = false;
    partition->outbox = fen_arena_allocate_zeroed(
        lanes->arena, lanes->options.partition_count * sizeof *partition->outbox);
    if (partition->post != NULL) {
        struct fen_post_batch batch = {lanes->arena, lanes->evaluation, lanes->reference,
                                       &lanes->post_counts, room};
        fen_post_lane_begin(partition->post, &batch);
    }
    if (partition->split != NULL) {
        struct fen_split_batch batch = {
            .arena = lanes->arena,
            .scratch = lanes->evaluation,
            .reference = lanes->reference,
            .entries = &partition->differences,
            .deliver = deliver,
            .context = partition,
            .counts = &lanes->split_counts,
        };
        fen_split_lane_begin(partition->split, &batch);
    }
}

/* At once, period rules follow each event, as a file's ledger does; else they wait for finish. */
static void settle_at_once(struct fen_lanes *lanes)
{
    for (uint32_t number = 0;
         lanes->options.is_at_once && number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].post != NULL)
            fen_post_lane_settle(lanes->partitions[number].post);
}

/*
 * The batch's room is shared out among the lanes that have something to follow, so that none waits
 * for another to be done. In files all is followed at once.
 */
static void follow_references(struct fen_lanes *lanes)
{
    int64_t work = lanes->options.follow_work_max;
    struct fen_split_room room = {.looks = 6 * work, .work = work};
    uint32_t count = 0;
    if (lanes->options.is_file)
        room = (struct fen_split_room){INT64_MAX, INT64_MAX};
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        const struct fen_split_lane *split = lanes->partitions[number].split;
        count += split != NULL && fen_split_lane_is_behind(split);
    }
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        struct fen_split_lane *split = lanes->partitions[number].split;
        if (split == NULL || !fen_split_lane_is_behind(split))
            continue;
        struct fen_split_room share = {room.looks / count, room.work / count};
        share.looks = share.looks < 1 ? 1 : share.looks;
        share.work = share.work < 1 ? 1 : share.work;
        struct fen_split_room left = share;
        fen_split_lane_follow(split, &left);
        room.looks -= share.looks - left.looks;
        room.work -= share.work - left.work;
        count--;
    }
}

void fen_lanes_begin(struct fen_lanes *lanes, const struct fen_reference *reference)
{
    FEN_ASSERT(!lanes->is_in_batch);
    lanes->is_in_batch = true;
    lanes->reference = reference;
    fen_arena_reset(lanes->arena);
    lanes->batch = (struct fen_counters){0};
    lanes->split_counts = (struct fen_split_counts){0};
    lanes->post_counts = (struct fen_post_counts){0};
    lanes->outputs = NULL;
    lanes->output_count = lanes->output_capacity = 0;
    lanes->projections = NULL;
    lanes->projection_count = lanes->projection_capacity = 0;
    fen_reference_lane_begin(&lanes->references);
    struct fen_post_room room = post_room(lanes);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].is_open)
            begin_partition(lanes, &lanes->partitions[number], room);
    follow_references(lanes);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].is_open)
            fen_lanes_route(lanes, &lanes->partitions[number]);
    settle_at_once(lanes);
    lanes->followed_bytes = fen_arena_used_bytes(lanes->arena);
}

static void refuse(struct fen_lanes *lanes, const struct fen_message *message,
                   const struct fen_refused *refused)
{
    lanes->batch.events_dead_lettered++;
    lanes->batch.dead_lettered_by_code[refused->code]++;
    struct fen_message letter;
    const char *stage = message->topic == FEN_TOPIC_PAYEE_EVENTS ? "post" : "split";
    fen_dead_letter_make(lanes->options.is_file, message, stage, refused, lanes->arena, &letter);
    FEN_ARENA_PUSH(lanes->arena, lanes->outputs, lanes->output_count, lanes->output_capacity,
                   letter);
}

static void apply_split(struct fen_lanes *lanes, struct fen_partition *partition,
                        const struct fen_event *event)
{
    switch (fen_split_lane_apply(partition->split, event)) {
    case FEN_SPLIT_APPLIED:
        lanes->batch.events_applied++;
        break;
    case FEN_SPLIT_DUPLICATE:
        lanes->batch.events_duplicate++;
        break;
    case FEN_SPLIT_LATE_TOUCH:
        lanes->batch.events_late_touch_dropped++;
        break;
    }
    fen_lanes_route(lanes, partition);
}

static void apply_post(struct fen_lanes *lanes, struct fen_partition *partition,
                       const struct fen_event *event)
{
    if (fen_post_lane_apply(partition->post, event) == FEN_POST_APPLIED)
        lanes->batch.events_applied++;
    else
        lanes->batch.events_duplicate++;
}

static enum fen_refusal check_route(struct fen_lanes *lanes, const struct fen_message *message,
                                    const struct fen_event *event, struct fen_refused *refused)
{
    if (lanes->options.is_file)
        return FEN_REFUSAL_NONE;
    if (fen_topic_of(event->type) != message->topic) {
        refused->code = FEN_REFUSAL_MISROUTED;
        refused->sentence = fen_arena_format(
            lanes->arena, "%s does not travel on %s; send it to %s",
            fen_event_type_name(event->type), fen_topic_info(message->topic)->name,
            fen_topic_info(fen_topic_of(event->type))->name);
        return FEN_REFUSAL_MISROUTED;
    }
    uint32_t partition_count =
        fen_topic_info(message->topic)->is_single_partition ? 1 : lanes->options.partition_count;
    return fen_event_check_route(event, message->key, message->partition, partition_count,
                                 message->timestamp_ms, lanes->arena, refused);
}

static void apply_event(struct fen_lanes *lanes, const struct fen_message *message)
{
    struct fen_refused refused = {0};
    struct fen_event *event = &lanes->event;
    lanes->batch.events_read++;
    enum fen_refusal refusal = fen_event_decode(lanes->options.wire, message->value, lanes->arena,
                                                event, &refused);
    if (refusal == FEN_REFUSAL_NONE)
        refusal = check_route(lanes, message, event, &refused);
    enum fen_topic topic = refusal == FEN_REFUSAL_NONE ? fen_topic_of(event->type)
                                                       : FEN_TOPIC_COUNT;
    if (topic == FEN_TOPIC_ORG_EVENTS || topic == FEN_TOPIC_PLANS) {
        refusal = fen_reference_lane_apply(&lanes->references, event, lanes->arena, &lanes->batch,
                                           &refused);
    } else if (topic != FEN_TOPIC_COUNT) {
        struct fen_partition *partition = lanes_partition(lanes, message->partition);
        FEN_ASSERT(partition->is_open);
        if (topic == FEN_TOPIC_PAYEE_EVENTS)
            apply_post(lanes, partition, event);
        else
            apply_split(lanes, partition, event);
    }
    if (refusal != FEN_REFUSAL_NONE)
        refuse(lanes, message, &refused);
}

/* SPEC §10, postings: a repeat is dropped by its number, a gap stops the worker. */
static bool apply_posting(struct fen_lanes *lanes, const struct fen_message *message)
{
    struct fen_partition *partition = lanes_partition(lanes, message->partition);
    FEN_ASSERT(partition->is_open && partition->post != NULL);
    struct fen_posting_record record;
    if (!fen_posting_record_decode(lanes->options.wire, message->value, lanes->arena, &record) ||
        record.from_partition >= lanes->options.partition_count)
        return false;
    if (partition->received_before == NULL)
        partition->received_before = fen_arena_grow(
            lanes->arena, partition->received, lanes->options.partition_count,
            lanes->options.partition_count, sizeof *partition->received);
    uint64_t *last = &partition->received[record.from_partition];
    if (record.number <= *last) {
        lanes->batch.postings_repeated++;
        return true;
    }
    if (record.number != *last + 1)
        return false;
    *last = record.number;
    lanes->batch.differences_received += record.entry_count;
    for (uint32_t index = 0; index < record.entry_count; index++)
        fen_post_lane_post(partition->post, &record.entries[index]);
    return true;
}

bool fen_lanes_apply(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_ASSERT(lanes->is_in_batch);
    bool is_dense = true;
    if (message->topic == FEN_TOPIC_POSTINGS)
        is_dense = apply_posting(lanes, message);
    else
        apply_event(lanes, message);
    settle_at_once(lanes);
    return is_dense;
}

void fen_lanes_condemn(struct fen_lanes *lanes, const struct fen_message *message)
{
    FEN_ASSERT(lanes->is_in_batch && message->topic != FEN_TOPIC_POSTINGS);
    lanes->batch.events_read++;
    refuse(lanes, message,
           &(struct fen_refused){.code = FEN_REFUSAL_CRASHED,
                                 .sentence = FEN_STR("the process ended twice while this event "
                                                     "was in hand; it was not read again")});
}

void fen_lanes_route(struct fen_lanes *lanes, struct fen_partition *partition)
{
    struct fen_entries *differences = &partition->differences;
    for (uint32_t index = 0; index < differences->count; index++) {
        const struct fen_entry *entry = &differences->items[index];
        fen_buffer_clear(&lanes->scratch);
        fen_buffer_append_str(&lanes->scratch, entry->tenant);
        fen_buffer_append_byte(&lanes->scratch, '/');
        fen_buffer_append_str(&lanes->scratch, entry->key.payee);
        uint32_t number = fen_topic_partition(fen_buffer_str(&lanes->scratch),
                                              lanes->options.partition_count);
        if (lanes->partitions[number].post != NULL) {
            fen_post_lane_post(lanes->partitions[number].post, entry);
            continue;
        }
        struct fen_entries *outbox = &partition->outbox[number];
        FEN_ARENA_PUSH(lanes->arena, outbox->items, outbox->count, outbox->capacity, *entry);
        lanes->batch.differences_sent++;
    }
    differences->count = 0;
}

/* The counts of the layers below become the batch's. */
static void collect_counts(struct fen_lanes *lanes)
{
    const struct fen_split_counts *split = &lanes->split_counts;
    lanes->batch.id_conflicts += split->id_conflicts + lanes->post_counts.id_conflicts;
    lanes->batch.refunds_in_excess += split->refunds_in_excess;
    lanes->batch.facts_waiting += split->facts_waiting;
    lanes->batch.orders_placed += split->orders_placed;
    lanes->batch.orders_unplanned += split->orders_unplanned;
    lanes->batch.credits_in_suspense += split->credits_in_suspense;
    lanes->batch.evaluations += split->evaluations;
    lanes->batch.reevaluations += split->reevaluations;
    lanes->batch.entries_posted += lanes->post_counts.entries_posted;
    lanes->batch.entries_beyond_range += lanes->post_counts.entries_beyond_range;
}

bool fen_lanes_is_behind(const struct fen_lanes *lanes)
{
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        const struct fen_partition *partition = &lanes->partitions[number];
        if ((partition->split != NULL && fen_split_lane_is_behind(partition->split)) ||
            (partition->post != NULL && fen_post_lane_is_behind(partition->post)))
            return true;
    }
    return false;
}

bool fen_lanes_is_full(const struct fen_lanes *lanes)
{
    return fen_arena_used_bytes(lanes->arena) - lanes->followed_bytes > BATCH_BYTES_MAX ||
           lanes->split_counts.lines_due > BATCH_LINES_MAX;
}

void fen_lanes_finish(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        if (lanes->partitions[number].split == NULL)
            continue;
        fen_split_lane_finish(lanes->partitions[number].split, &lanes->scratch);
    }
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].post != NULL)
            fen_post_lane_finish(lanes->partitions[number].post, &lanes->scratch);
    collect_counts(lanes);
    fen_lanes_encode(lanes);
}

const struct fen_message *fen_lanes_outputs(const struct fen_lanes *lanes, uint32_t *count_out)
{
    *count_out = lanes->output_count;
    return lanes->outputs;
}

const struct fen_projection *fen_lanes_projections(const struct fen_lanes *lanes,
                                                   uint32_t *count_out)
{
    *count_out = lanes->projection_count;
    return lanes->projections;
}

void fen_lanes_promote(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++) {
        struct fen_partition *partition = &lanes->partitions[number];
        if (partition->split != NULL) {
            if (partition->has_lane_record_due) {
                partition->recorded = fen_split_lane_progress(partition->split);
                partition->split_format = lanes->state_format;
            }
            fen_split_lane_promote(partition->split);
        }
        if (partition->post != NULL) {
            if (partition->has_post_record_due) {
                partition->post_recorded = fen_post_lane_progress(partition->post);
                partition->post_format = lanes->state_format;
            }
            fen_post_lane_promote(partition->post);
        }
    }
    fen_counters_add(&lanes->total, &lanes->batch);
    lanes->is_in_batch = false;
}

static void discard_partition(struct fen_lanes *lanes, struct fen_partition *partition)
{
    if (partition->split != NULL)
        fen_split_lane_discard(partition->split);
    if (partition->post != NULL)
        fen_post_lane_discard(partition->post);
    partition->version = partition->version_before;
    if (partition->received_before != NULL)
        memcpy(partition->received, partition->received_before,
               lanes->options.partition_count * sizeof *partition->received);
    for (uint32_t to = 0; partition->has_sent && to < lanes->options.partition_count; to++)
        partition->sent[to] -= partition->outbox[to].count > 0;
}

void fen_lanes_discard(struct fen_lanes *lanes)
{
    FEN_ASSERT(lanes->is_in_batch);
    for (uint32_t number = 0; number < lanes->options.partition_count; number++)
        if (lanes->partitions[number].is_open)
            discard_partition(lanes, &lanes->partitions[number]);
    fen_reference_lane_discard(&lanes->references);
    lanes->is_in_batch = false;
}

const struct fen_counters *fen_lanes_counters(const struct fen_lanes *lanes)
{
    return &lanes->total;
}
