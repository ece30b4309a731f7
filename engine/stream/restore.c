/* restore: see restore.h. The steps of the header, in its order. */
#include "stream/restore.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"

#define POLL_WAIT_MS 100u
#define STATE_TOPIC_COUNT 4u
#define AHEAD_COUNT 8u /* records whose memory is on its way */

/* An event may be as much ahead of its record's timestamp (SPEC §9, FUTURE). */
#define EVENT_AHEAD_MS (INT64_C(5) * 60 * 1000)

struct restore {
    struct fen_source *source;
    struct fen_lanes *lanes;
    const struct fen_restore_options *options;
    const uint32_t *partitions;
    uint32_t partition_count;
    struct fen_offset *offsets;
    uint32_t offset_count;
    struct fen_watermarks *inputs;   /* of `offsets`, in their order */
    bool *is_committed;              /* of `offsets`: whether the group had committed one */
    struct fen_range_to_read *ranges; /* room for all of either reading */
    uint32_t range_count;
    uint64_t record_count;
    struct fen_buffer *reason;
};

static enum fen_restore_result lose(struct restore *restore, const struct fen_start_fault *fault)
{
    if (restore->options->fault_out != NULL)
        *restore->options->fault_out = *fault;
    fen_start_fault_append(fault, restore->reason);
    return FEN_RESTORE_LOST;
}

/* Where an input partition goes on, or why it must not. */
static enum fen_restore_result place_input(struct restore *restore, struct fen_offset *offset,
                                           const struct fen_watermarks *input)
{
    struct fen_start_fault fault = {
        .kind = FEN_START_LOST,
        .topic = offset->topic,
        .partition = offset->partition,
        .found = offset->offset,
        .wanted = input->low,
        .end = input->high,
    };
    if (offset->offset == FEN_OFFSET_NONE) {
        if (input->low == 0 || restore->options->accepts_cut_inputs) {
            offset->offset = input->low;
            return FEN_RESTORE_DONE;
        }
        fault.kind = FEN_START_CUT;
        fault.found = input->low;
        return lose(restore, &fault);
    }
    if (offset->offset >= input->low && offset->offset <= input->high)
        return FEN_RESTORE_DONE;
    return lose(restore, &fault);
}

static enum fen_restore_result place_inputs(struct restore *restore)
{
    const struct fen_source_functions *functions = restore->source->functions;
    for (uint32_t i = 0; i < restore->offset_count; i++) {
        restore->offsets[i].offset = FEN_OFFSET_NONE;
        restore->inputs[i].topic = restore->offsets[i].topic;
        restore->inputs[i].partition = restore->offsets[i].partition;
    }
    if (!functions->committed(restore->source, restore->offsets, restore->offset_count,
                              restore->reason)
        || !functions->watermarks(restore->source, restore->inputs, restore->offset_count,
                                  restore->reason))
        return FEN_RESTORE_AGAIN;
    for (uint32_t i = 0; i < restore->offset_count; i++) {
        restore->is_committed[i] = restore->offsets[i].offset != FEN_OFFSET_NONE;
        enum fen_restore_result result =
            place_input(restore, &restore->offsets[i], &restore->inputs[i]);
        if (result != FEN_RESTORE_DONE)
            return result;
    }
    return FEN_RESTORE_DONE;
}

static void add_range(struct restore *restore, enum fen_topic topic, uint32_t partition,
                      int64_t from, int64_t to)
{
    if (from < to)
        restore->ranges[restore->range_count++] =
            (struct fen_range_to_read){topic, partition, from, to};
}

static bool is_state_of(const struct fen_restore_options *options, enum fen_topic topic)
{
    if (topic == FEN_TOPIC_ORDER_STATE || topic == FEN_TOPIC_CUSTOMER_STATE ||
        topic == FEN_TOPIC_TASK_STATE)
        return options->has_split;
    return topic == FEN_TOPIC_ACCOUNTS && options->has_post;
}

/*
 * A state topic is compacted, and compaction leaves its first offset where it was. One that begins
 * later was cut by somebody's hand or a policy of deletion: orders that it knew would pay again.
 */
static enum fen_restore_result add_state(struct restore *restore, const struct fen_watermarks *ends)
{
    if (ends->low > 0)
        return lose(restore, &(struct fen_start_fault){.kind = FEN_START_STATE_CUT,
                                                       .topic = ends->topic,
                                                       .partition = ends->partition,
                                                       .found = ends->low});
    add_range(restore, ends->topic, ends->partition, ends->low, ends->high);
    return FEN_RESTORE_DONE;
}

/* The ranges of the state topics, to W; committed offsets are known already. */
static enum fen_restore_result list_state(struct restore *restore)
{
    uint32_t count = 0;
    size_t most = STATE_TOPIC_COUNT * (size_t)restore->partition_count;
    struct fen_watermarks *ends = calloc(most + 1, sizeof *ends);
    FEN_ASSERT(ends != NULL);
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        for (uint32_t i = 0; i < restore->partition_count; i++) {
            if (!is_state_of(restore->options, (enum fen_topic)topic))
                continue;
            ends[count].topic = (enum fen_topic)topic;
            ends[count++].partition = restore->partitions[i];
        }
    }
    bool is_known = restore->source->functions->watermarks(restore->source, ends, count,
                                                           restore->reason);
    enum fen_restore_result result = is_known ? FEN_RESTORE_DONE : FEN_RESTORE_AGAIN;
    restore->range_count = 0;
    for (uint32_t i = 0; result == FEN_RESTORE_DONE && i < count; i++)
        result = add_state(restore, &ends[i]);
    free(ends);
    return result;
}

static int64_t touches_from_ms(const struct restore *restore, uint32_t partition)
{
    int64_t from_ms = fen_lanes_touches_from_ms(restore->lanes, restore->options->reference,
                                                partition);
    return from_ms < EVENT_AHEAD_MS ? INT64_MIN : from_ms - EVENT_AHEAD_MS;
}

/* The ranges of inputs that are read again: touches by time, org events and plans whole. */
static bool list_inputs(struct restore *restore)
{
    uint32_t count = 0;
    struct fen_time_lookup *lookups = calloc(restore->offset_count + 1, sizeof *lookups);
    FEN_ASSERT(lookups != NULL);
    restore->range_count = 0;
    for (uint32_t i = 0; i < restore->offset_count; i++) {
        const struct fen_offset *offset = &restore->offsets[i];
        int64_t low = restore->inputs[i].low;
        int64_t from_ms = INT64_MIN;
        if (offset->topic == FEN_TOPIC_TOUCH_EVENTS)
            from_ms = touches_from_ms(restore, offset->partition);
        else if (offset->topic != FEN_TOPIC_ORG_EVENTS && offset->topic != FEN_TOPIC_PLANS)
            continue;
        if (from_ms == INT64_MIN)
            add_range(restore, offset->topic, offset->partition, low, offset->offset);
        else if (low < offset->offset)
            lookups[count++] = (struct fen_time_lookup){
                offset->topic, offset->partition, from_ms, 0};
    }
    bool is_known = restore->source->functions->offsets_for_times(restore->source, lookups, count,
                                                                  restore->reason);
    for (uint32_t i = 0; is_known && i < count; i++) {
        for (uint32_t j = 0; j < restore->offset_count; j++) {
            const struct fen_offset *offset = &restore->offsets[j];
            if (offset->topic == lookups[i].topic && offset->partition == lookups[i].partition)
                add_range(restore, offset->topic, offset->partition, lookups[i].offset_out,
                          offset->offset);
        }
    }
    free(lookups);
    return is_known;
}

static bool is_input_of_split(enum fen_topic topic)
{
    return topic == FEN_TOPIC_ORDER_EVENTS || topic == FEN_TOPIC_TOUCH_EVENTS ||
           topic == FEN_TOPIC_CUSTOMER_EVENTS || topic == FEN_TOPIC_TASK_EVENTS;
}

/*
 * A lane's state changes only together with an offset of one of its inputs. State without any such
 * offset was written by a group that is no more: its offsets have expired, or it has another name.
 * To begin at 0 would count nothing twice (every event is known), but it is the operator who must
 * say that these topics and this group belong together.
 */
static enum fen_restore_result check_history(struct restore *restore)
{
    for (uint32_t i = 0; i < restore->offset_count; i++) {
        const struct fen_offset *offset = &restore->offsets[i];
        bool is_split = is_input_of_split(offset->topic);
        bool is_committed = false;
        if ((!is_split && offset->topic != FEN_TOPIC_POSTINGS) ||
            !fen_lanes_has_history(restore->lanes, offset->partition, is_split))
            continue;
        for (uint32_t j = 0; j < restore->offset_count; j++) {
            const struct fen_offset *other = &restore->offsets[j];
            bool is_alike = is_split ? is_input_of_split(other->topic)
                                     : other->topic == FEN_TOPIC_POSTINGS;
            if (is_alike && other->partition == offset->partition)
                is_committed = is_committed || restore->is_committed[j];
        }
        if (!is_committed)
            return lose(restore, &(struct fen_start_fault){.kind = FEN_START_EXPIRED,
                                                           .topic = offset->topic,
                                                           .partition = offset->partition});
    }
    return FEN_RESTORE_DONE;
}

/* An event that was dead-lettered as CRASHED is not read here either. */
static bool is_condemned(const struct fen_restore_options *options,
                         const struct fen_message *message)
{
    return fen_quarantine_look(options->quarantine, message->topic, message->partition,
                               message->offset) == FEN_CONDEMNED ||
           fen_quarantine_look(options->reference_quarantine, message->topic, message->partition,
                               message->offset) == FEN_CONDEMNED;
}

static bool take(struct restore *restore, const struct fen_poll *poll)
{
    for (uint32_t i = 0; i < poll->message_count; i++) {
        const struct fen_message *message = &poll->messages[i];
        if (i + AHEAD_COUNT < poll->message_count)
            fen_lanes_restore_ahead(restore->lanes, message + AHEAD_COUNT);
        bool is_event = fen_topic_info(message->topic)->is_input;
        if (is_event && is_condemned(restore->options, message))
            continue;
        if (is_event)
            fen_quarantine_take(restore->options->quarantine, message);
        bool is_read = fen_lanes_restore(restore->lanes, message);
        fen_quarantine_rest(restore->options->quarantine);
        if (is_read)
            continue;
        struct fen_start_fault fault = fen_lanes_restore_fault(restore->lanes, message);
        (void)lose(restore, &fault);
        return false;
    }
    restore->record_count += poll->message_count;
    return true;
}

/* Read the ranges listed. An open transaction may hold one back; that is told, not cut short. */
static enum fen_restore_result read_ranges(struct restore *restore)
{
    const struct fen_source_functions *functions = restore->source->functions;
    if (!functions->restore_begin(restore->source, restore->ranges, restore->range_count,
                                  restore->reason))
        return FEN_RESTORE_AGAIN;
    int64_t progress_ms = fen_clock_ms();
    bool is_complete = restore->range_count == 0;
    while (!is_complete) {
        struct fen_poll poll;
        enum fen_source_verdict verdict =
            functions->restore_poll(restore->source, POLL_WAIT_MS, &poll, &is_complete);
        if (verdict != FEN_SOURCE_MESSAGES) {
            fen_buffer_append_format(restore->reason, "reading state back: %s",
                                     poll.reason == NULL ? "failed" : poll.reason);
            return FEN_RESTORE_AGAIN;
        }
        if (!take(restore, &poll))
            return FEN_RESTORE_LOST;
        if (!restore->options->turn(restore->options->context, restore->record_count))
            return FEN_RESTORE_STOPPED;
        int64_t now_ms = fen_clock_ms();
        if (poll.message_count > 0) {
            progress_ms = now_ms;
        } else if (now_ms - progress_ms > restore->options->stall_ms) {
            FEN_LOG_ERROR("restore", "state cannot be read to its end: an open transaction?",
                          FEN_LOG_UINT("records", restore->record_count));
            progress_ms = now_ms;
        }
    }
    return FEN_RESTORE_DONE;
}

static enum fen_restore_result run(struct restore *restore)
{
    enum fen_restore_result result = place_inputs(restore);
    FEN_FAULT_POINT(OFFSETS_READ);
    if (result == FEN_RESTORE_DONE)
        result = list_state(restore);
    if (result == FEN_RESTORE_DONE)
        result = read_ranges(restore);
    FEN_FAULT_POINT(STATE_READ);
    if (result == FEN_RESTORE_DONE && !restore->options->accepts_cut_inputs)
        result = check_history(restore);
    if (result == FEN_RESTORE_DONE)
        result = list_inputs(restore) ? read_ranges(restore) : FEN_RESTORE_AGAIN;
    FEN_FAULT_POINT(INPUTS_READ);
    return result;
}

enum fen_restore_result fen_restore_run(struct fen_source *source, struct fen_lanes *lanes,
                                        const struct fen_restore_options *options,
                                        const uint32_t *partitions, uint32_t partition_count,
                                        struct fen_offset *offsets, uint32_t offset_count,
                                        uint64_t *record_count_out, struct fen_buffer *reason)
{
    size_t range_max = STATE_TOPIC_COUNT * (size_t)partition_count + offset_count + 1;
    struct restore restore = {
        .source = source,
        .lanes = lanes,
        .options = options,
        .partitions = partitions,
        .partition_count = partition_count,
        .offsets = offsets,
        .offset_count = offset_count,
        .inputs = calloc(offset_count + 1, sizeof *restore.inputs),
        .is_committed = calloc(offset_count + 1, sizeof *restore.is_committed),
        .ranges = calloc(range_max, sizeof *restore.ranges),
        .reason = reason,
    };
    FEN_ASSERT(restore.inputs != NULL && restore.is_committed != NULL && restore.ranges != NULL);
    enum fen_restore_result result = run(&restore);
    source->functions->restore_end(source);
    free(restore.inputs);
    free(restore.is_committed);
    free(restore.ranges);
    *record_count_out = restore.record_count;
    return result;
}
