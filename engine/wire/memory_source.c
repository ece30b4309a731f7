/* memory_source: see memory_source.h. One member of the log's group. */
#include "wire/memory_source.h"

#include <stdlib.h>
#include <string.h>

#define RESTORE_COUNT_MAX 1000u

struct memory_source {
    struct fen_source port;
    struct fen_memory_log *log;
    char *instance;
    enum fen_topic topics[FEN_TOPIC_COUNT];
    uint32_t topic_count;
    bool has_joined;
    struct fen_memory_membership membership;
    struct fen_memory_membership started; /* as of start, for the sink */
    struct fen_offset *assigned;
    struct fen_offset *places; /* next offsets of what was started */
    uint32_t place_count;
    uint32_t turn; /* which place is read first: none shall wait for ever */
    struct fen_range_to_read *ranges;
    uint32_t range_count;
    struct fen_message *messages;
    uint32_t capacity;
};

static struct memory_source *source_of(struct fen_source *port)
{
    return (struct memory_source *)port;
}

static void make_room(struct memory_source *source, uint32_t count)
{
    if (count <= source->capacity)
        return;
    source->capacity = count;
    source->messages = realloc(source->messages, count * sizeof *source->messages);
    FEN_ASSERT(source->messages != NULL);
}

/* One record of each place in turn, so that topics are read side by side as from a broker. */
static uint32_t collect(struct memory_source *source, uint32_t count_max)
{
    uint32_t count = 0;
    uint32_t idle = 0;
    make_room(source, count_max);
    while (count < count_max && idle < source->place_count) {
        struct fen_offset *place = &source->places[source->turn++ % source->place_count];
        if (fen_memory_log_read(source->log, place->topic, place->partition, true,
                                &place->offset, &source->messages[count])) {
            count++;
            idle = 0;
        } else {
            idle++;
        }
    }
    return count;
}

static enum fen_source_verdict memory_source_poll(struct fen_source *port,
                                                  const struct fen_poll_limits *limits,
                                                  struct fen_poll *poll_out)
{
    struct memory_source *source = source_of(port);
    memset(poll_out, 0, sizeof *poll_out);
    if (!source->has_joined) {
        source->has_joined = true;
        source->membership = fen_memory_log_join(source->log, source->instance, source->topics,
                                                 source->topic_count);
    }
    enum fen_source_verdict verdict = fen_memory_log_hear(source->log, source->membership);
    if (verdict == FEN_SOURCE_ASSIGNED) {
        poll_out->partitions = source->assigned;
        poll_out->partition_count =
            fen_memory_log_take(source->log, &source->membership, source->assigned);
    }
    if (verdict == FEN_SOURCE_FENCED)
        poll_out->reason = "another source has this member's name";
    if (verdict != FEN_SOURCE_MESSAGES)
        return verdict;
    poll_out->messages = source->messages;
    poll_out->message_count = collect(source, limits->message_count_max);
    poll_out->messages = source->messages;
    poll_out->is_full = poll_out->message_count == limits->message_count_max;
    return FEN_SOURCE_MESSAGES;
}

static bool memory_source_committed(struct fen_source *port, struct fen_offset *offsets,
                                    uint32_t count, struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    for (uint32_t i = 0; i < count; i++) {
        if (fen_memory_log_committed(source->log, offsets[i].topic, offsets[i].partition,
                                     &offsets[i].offset))
            continue;
        fen_buffer_append_format(reason, "an open transaction is about to decide the offsets");
        return false;
    }
    return true;
}

static bool memory_source_watermarks(struct fen_source *port, struct fen_watermarks *watermarks,
                                     uint32_t count, struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    (void)reason;
    for (uint32_t i = 0; i < count; i++)
        watermarks[i] = fen_memory_log_watermarks(source->log, watermarks[i].topic,
                                                  watermarks[i].partition);
    return true;
}

static bool memory_source_stable_ends(struct fen_source *port, struct fen_watermarks *watermarks,
                                      uint32_t count, struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    bool is_known = memory_source_watermarks(port, watermarks, count, reason);
    for (uint32_t i = 0; i < count; i++)
        watermarks[i].high = fen_memory_log_stable_end(source->log, watermarks[i].topic,
                                                       watermarks[i].partition);
    return is_known;
}

static bool memory_source_offsets_for_times(struct fen_source *port,
                                            struct fen_time_lookup *lookups, uint32_t count,
                                            struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    (void)reason;
    for (uint32_t i = 0; i < count; i++)
        lookups[i].offset_out =
            fen_memory_log_offset_for(source->log, lookups[i].topic, lookups[i].partition,
                                      lookups[i].timestamp_ms);
    return true;
}

static void memory_source_restore_end(struct fen_source *port)
{
    struct memory_source *source = source_of(port);
    free(source->ranges);
    source->ranges = NULL;
    source->range_count = 0;
}

static bool memory_source_restore_begin(struct fen_source *port,
                                        const struct fen_range_to_read *ranges, uint32_t count,
                                        struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    (void)reason;
    memory_source_restore_end(port);
    source->ranges = malloc((count + 1) * sizeof *ranges);
    FEN_ASSERT(source->ranges != NULL);
    if (count > 0)
        memcpy(source->ranges, ranges, count * sizeof *ranges);
    source->range_count = count;
    return true;
}

static enum fen_source_verdict memory_source_restore_poll(struct fen_source *port,
                                                          uint32_t wait_ms,
                                                          struct fen_poll *poll_out,
                                                          bool *is_complete_out)
{
    struct memory_source *source = source_of(port);
    (void)wait_ms;
    memset(poll_out, 0, sizeof *poll_out);
    make_room(source, RESTORE_COUNT_MAX);
    uint32_t count = 0;
    *is_complete_out = true;
    for (uint32_t i = 0; i < source->range_count; i++) {
        struct fen_range_to_read *range = &source->ranges[i];
        while (count < RESTORE_COUNT_MAX && range->from < range->to
               && fen_memory_log_read(source->log, range->topic, range->partition, true,
                                      &range->from, &source->messages[count])) {
            if (source->messages[count].offset < range->to)
                count++;
        }
        *is_complete_out = *is_complete_out && range->from >= range->to;
    }
    poll_out->messages = source->messages;
    poll_out->message_count = count;
    return FEN_SOURCE_MESSAGES;
}

static bool memory_source_start(struct fen_source *port, const struct fen_offset *offsets,
                                uint32_t count, struct fen_buffer *reason)
{
    struct memory_source *source = source_of(port);
    if (!fen_memory_log_is_member(source->log, &source->membership)) {
        fen_buffer_append_format(reason, "the assignment has changed meanwhile");
        return false;
    }
    if (count > 0)
        memcpy(source->places, offsets, count * sizeof *offsets);
    source->place_count = count;
    source->turn = 0;
    source->started = source->membership;
    return true;
}

static void memory_source_drop(struct fen_source *port)
{
    struct memory_source *source = source_of(port);
    source->place_count = 0;
    fen_memory_log_give_up(source->log, source->membership);
}

static const void *memory_source_group(struct fen_source *port)
{
    return &source_of(port)->started;
}

static int64_t memory_source_lag(struct fen_source *port, enum fen_topic topic, uint32_t partition)
{
    struct memory_source *source = source_of(port);
    for (uint32_t i = 0; i < source->place_count; i++) {
        const struct fen_offset *place = &source->places[i];
        if (place->topic == topic && place->partition == partition)
            return fen_memory_log_watermarks(source->log, topic, partition).high - place->offset;
    }
    return -1;
}

static bool memory_source_close(struct fen_source *port, uint32_t timeout_ms)
{
    struct memory_source *source = source_of(port);
    (void)timeout_ms;
    memory_source_restore_end(port);
    source->place_count = 0;
    if (source->has_joined)
        fen_memory_log_leave(source->log, source->membership);
    return true;
}

static void memory_source_destroy(struct fen_source *port)
{
    struct memory_source *source = source_of(port);
    memory_source_restore_end(port);
    free(source->instance);
    free(source->assigned);
    free(source->places);
    free(source->messages);
    free(source);
}

static const struct fen_source_functions memory_source_functions = {
    .poll = memory_source_poll,
    .committed = memory_source_committed,
    .watermarks = memory_source_watermarks,
    .stable_ends = memory_source_stable_ends,
    .offsets_for_times = memory_source_offsets_for_times,
    .restore_begin = memory_source_restore_begin,
    .restore_poll = memory_source_restore_poll,
    .restore_end = memory_source_restore_end,
    .start = memory_source_start,
    .drop = memory_source_drop,
    .group = memory_source_group,
    .lag = memory_source_lag,
    .close = memory_source_close,
    .destroy = memory_source_destroy,
};

struct fen_source *fen_memory_source_create(struct fen_memory_log *log, const char *instance,
                                            const enum fen_topic *topics, uint32_t topic_count)
{
    struct memory_source *source = calloc(1, sizeof *source);
    FEN_ASSERT(source != NULL && topic_count <= FEN_TOPIC_COUNT);
    source->port.functions = &memory_source_functions;
    source->log = log;
    source->instance = strdup(instance);
    if (topic_count > 0)
        memcpy(source->topics, topics, topic_count * sizeof *topics);
    source->topic_count = topic_count;
    size_t room = 0;
    for (uint32_t i = 0; i < topic_count; i++)
        room += fen_memory_log_partition_count(log, topics[i]);
    source->assigned = calloc(room + 1, sizeof *source->assigned);
    source->places = calloc(room + 1, sizeof *source->places);
    FEN_ASSERT(source->instance != NULL && source->assigned != NULL && source->places != NULL);
    return &source->port;
}
