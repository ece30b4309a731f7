/*
 * kafka_source: see kafka_source.h.
 *
 * Happy path: poll waits for the first message by consumer_poll (no thread is woken for nothing),
 * then takes the rest in bulk. librdkafka announces a rebalance by a callback in the midst of that;
 * the callback only notes it, the messages taken so far are given back unseen, and poll tells the
 * worker. Until the worker answers by start or drop, librdkafka holds the rebalance open and goes
 * on sending heartbeats.
 *
 * What shapes this (librdkafka 2.0.2): bulk consumption beside a rebalance, pause or seek may lose
 * or repeat messages, so there is no pause and no seek, a batch never spans a rebalance, and going
 * back is an assignment anew; offsets are ours (kafka_batch). Cooperative assignment loops, so the
 * assignment is eager and by range, which also co-partitions. Closing may hang, so it is bounded.
 */
#include "stream/kafka_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "stream/kafka_batch.h"
#include "stream/kafka_lookup.h"
#include "stream/kafka_member.h"
#include "stream/kafka_owner.h"
#include "stream/kafka_restore.h"

#define NAME_SIZE_BYTES 512

/* Held back for so long by what a predecessor left open: it is ended. Longer than the moment in
 * which a commit's markers are on their way. */
#define HELD_MS 200

enum event { EVENT_NONE, EVENT_ASSIGNED, EVENT_REVOKED };

struct kafka_source {
    struct fen_source port;
    const struct fen_kafka_config *config;
    char own[FEN_KAFKA_OWNER_SIZE_BYTES]; /* this worker's transactional.id; "": it has none */
    struct fen_kafka_member member;
    struct fen_kafka_batch batch;
    struct fen_kafka_restore restore;
    bool has_fenced;       /* predecessors, since the assignment */
    int64_t held_since_ms; /* a restore gives nothing since then; 0: it does */
    rd_kafka_consumer_group_metadata_t *membership; /* as of start */
    struct fen_offset *assigned; /* of the last assignment told; offsets unset */
    uint32_t assigned_count;
    enum event event; /* told by the callback, not yet by poll */
    bool is_closing;
    bool is_closed;
    char reason[NAME_SIZE_BYTES];
};

static struct kafka_source *source_of(struct fen_source *port)
{
    return (struct kafka_source *)port;
}

static void note_assignment(struct kafka_source *source,
                            const rd_kafka_topic_partition_list_t *list)
{
    free(source->assigned);
    source->assigned = calloc((size_t)list->cnt + 1, sizeof *source->assigned);
    FEN_ASSERT(source->assigned != NULL);
    source->assigned_count = 0;
    for (int i = 0; i < list->cnt; i++) {
        enum fen_topic topic = fen_topic_find(fen_str_from(list->elems[i].topic));
        if (topic == FEN_TOPIC_COUNT)
            continue;
        source->assigned[source->assigned_count++] = (struct fen_offset){
            topic, (uint32_t)list->elems[i].partition, FEN_OFFSET_NONE};
    }
}

static int compare_offsets(const void *a, const void *b)
{
    const struct fen_offset *left = a;
    const struct fen_offset *right = b;
    if (left->topic != right->topic)
        return left->topic < right->topic ? -1 : 1;
    return left->partition < right->partition ? -1 : left->partition > right->partition;
}

/* Runs on the worker's thread, within consumer_poll, bulk consumption or the closing. */
static void note_rebalance(rd_kafka_t *member, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_source *source = opaque;
    if (source->is_closing) {
        (void)rd_kafka_assign(member, NULL);
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        note_assignment(source, list);
        qsort(source->assigned, source->assigned_count, sizeof *source->assigned,
              compare_offsets);
        source->event = EVENT_ASSIGNED;
        source->has_fenced = false;
    } else {
        source->event = EVENT_REVOKED;
    }
}

static void forget_membership(struct kafka_source *source)
{
    if (source->membership != NULL)
        rd_kafka_consumer_group_metadata_destroy(source->membership);
    source->membership = NULL;
}

/* The place is lost, perhaps to a former self: what was owned is gone, retake looks further. */
static enum fen_source_verdict lose_place(struct kafka_source *source)
{
    forget_membership(source);
    fen_kafka_batch_deinit(&source->batch);
    source->event = EVENT_NONE;
    fen_kafka_member_lose(&source->member);
    return FEN_SOURCE_REVOKED;
}

/* Fatal errors of a member: it was fenced, or the client itself has given up. */
static enum fen_source_verdict check_fatal(struct kafka_source *source, struct fen_poll *poll_out)
{
    rd_kafka_resp_err_t code =
        rd_kafka_fatal_error(source->member.handle, source->reason, sizeof source->reason);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return FEN_SOURCE_MESSAGES;
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return lose_place(source);
    poll_out->reason = source->reason;
    return FEN_SOURCE_FAILED;
}

/* Without a place in the group: no messages, until it is known whose the place is. */
static enum fen_source_verdict retake(struct kafka_source *source, uint32_t wait_ms,
                                      struct fen_poll *poll_out)
{
    struct fen_buffer reason = {0};
    rd_kafka_t *looker = fen_kafka_restore_looker(&source->restore, &reason);
    fen_buffer_clear(&reason);
    enum fen_kafka_member_place place =
        fen_kafka_member_retake(&source->member, looker, wait_ms, &reason);
    if (place == FEN_KAFKA_MEMBER_BACK)
        fen_kafka_batch_init(&source->batch, source->member.handle);
    (void)snprintf(source->reason, sizeof source->reason, "%.*s",
                   FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    bool is_lost = place == FEN_KAFKA_MEMBER_TAKEN || place == FEN_KAFKA_MEMBER_FAILED;
    if (!is_lost)
        return FEN_SOURCE_MESSAGES;
    poll_out->reason = source->reason;
    return place == FEN_KAFKA_MEMBER_TAKEN ? FEN_SOURCE_FENCED : FEN_SOURCE_FAILED;
}

/* What the callback noted; messages taken beside it belong to the old assignment. */
static enum fen_source_verdict tell_event(struct kafka_source *source, struct fen_poll *poll_out)
{
    enum event event = source->event;
    source->event = EVENT_NONE;
    fen_kafka_batch_clear(&source->batch);
    if (event == EVENT_REVOKED)
        return FEN_SOURCE_REVOKED;
    poll_out->partitions = source->assigned;
    poll_out->partition_count = source->assigned_count;
    return FEN_SOURCE_ASSIGNED;
}

static enum fen_source_verdict kafka_source_poll(struct fen_source *port,
                                                 const struct fen_poll_limits *limits,
                                                 struct fen_poll *poll_out)
{
    struct kafka_source *source = source_of(port);
    struct fen_kafka_batch *batch = &source->batch;
    memset(poll_out, 0, sizeof *poll_out);
    if (source->member.handle == NULL)
        return retake(source, limits->wait_ms, poll_out);
    fen_kafka_batch_clear(batch);
    fen_kafka_batch_await(batch, limits->wait_ms);
    if (batch->held_count > 0 && source->event == EVENT_NONE)
        poll_out->is_full =
            fen_kafka_batch_collect(batch, limits->message_count_max, limits->collect_ms);
    if (source->event != EVENT_NONE)
        return tell_event(source, poll_out);
    if (batch->cut != RD_KAFKA_RESP_ERR_NO_ERROR) {
        poll_out->reason = batch->reason;
        return fen_kafka_batch_is_damage(batch->cut) ? FEN_SOURCE_FAILED : FEN_SOURCE_CUT;
    }
    enum fen_source_verdict verdict = check_fatal(source, poll_out);
    if (verdict != FEN_SOURCE_MESSAGES)
        return verdict;
    poll_out->messages = batch->messages;
    poll_out->message_count = batch->message_count;
    return FEN_SOURCE_MESSAGES;
}

/* End what the predecessors of the partitions assigned have left open. */
static void fence_predecessors(struct kafka_source *source)
{
    struct fen_buffer ignored = {0};
    rd_kafka_t *looker = fen_kafka_restore_looker(&source->restore, &ignored);
    bool is_due = looker != NULL && !source->has_fenced && source->own[0] != '\0';
    source->has_fenced = true;
    if (is_due)
        (void)fen_kafka_owner_fence(source->config, looker, source->member.group, source->own,
                                    source->assigned, source->assigned_count);
    fen_buffer_deinit(&ignored);
}

/* Offsets that are pending in a predecessor's transaction are not told until it is ended. */
static bool kafka_source_committed(struct fen_source *port, struct fen_offset *offsets,
                                   uint32_t count, struct fen_buffer *reason)
{
    struct kafka_source *source = source_of(port);
    struct fen_buffer ignored = {0};
    bool is_told =
        fen_kafka_lookup_committed(source->member.handle, offsets, count, HELD_MS, &ignored);
    fen_buffer_deinit(&ignored);
    if (is_told)
        return true;
    fence_predecessors(source);
    return fen_kafka_lookup_committed(source->member.handle, offsets, count,
                                      FEN_KAFKA_LOOKUP_TIMEOUT_MS, reason);
}

static bool kafka_source_watermarks(struct fen_source *port, struct fen_watermarks *watermarks,
                                    uint32_t count, struct fen_buffer *reason)
{
    rd_kafka_t *looker = fen_kafka_restore_looker(&source_of(port)->restore, reason);
    return looker != NULL && fen_kafka_lookup_watermarks(looker, watermarks, count, reason);
}

/* In 2.0.2 the end that is told follows the handle's isolation; the member reads committed. */
static bool kafka_source_stable_ends(struct fen_source *port, struct fen_watermarks *watermarks,
                                     uint32_t count, struct fen_buffer *reason)
{
    return fen_kafka_lookup_watermarks(source_of(port)->member.handle, watermarks, count, reason);
}

static bool kafka_source_offsets_for_times(struct fen_source *port,
                                           struct fen_time_lookup *lookups, uint32_t count,
                                           struct fen_buffer *reason)
{
    rd_kafka_t *looker = fen_kafka_restore_looker(&source_of(port)->restore, reason);
    return looker != NULL && fen_kafka_lookup_times(looker, lookups, count, reason);
}

static bool kafka_source_restore_begin(struct fen_source *port,
                                       const struct fen_range_to_read *ranges, uint32_t count,
                                       struct fen_buffer *reason)
{
    source_of(port)->held_since_ms = 0;
    return fen_kafka_restore_begin(&source_of(port)->restore, ranges, count, reason);
}

static enum fen_source_verdict kafka_source_restore_poll(struct fen_source *port, uint32_t wait_ms,
                                                         struct fen_poll *poll_out,
                                                         bool *is_complete_out)
{
    struct kafka_source *source = source_of(port);
    enum fen_source_verdict verdict =
        fen_kafka_restore_poll(&source->restore, wait_ms, poll_out, is_complete_out);
    int64_t now_ms = fen_clock_ms();
    if (poll_out->message_count > 0 || *is_complete_out || source->held_since_ms == 0) {
        source->held_since_ms = now_ms;
    } else if (now_ms - source->held_since_ms > HELD_MS) {
        if (fen_kafka_restore_is_held(&source->restore, source->member.handle))
            fence_predecessors(source);
        source->held_since_ms = fen_clock_ms();
    }
    return verdict;
}

static void kafka_source_restore_end(struct fen_source *port)
{
    fen_kafka_restore_end(&source_of(port)->restore);
}

static void kafka_source_drop(struct fen_source *port)
{
    struct kafka_source *source = source_of(port);
    if (source->member.handle == NULL)
        return; /* there is nothing it could deliver */
    forget_membership(source);
    fen_kafka_batch_close_all(&source->batch);
    (void)rd_kafka_assign(source->member.handle, NULL);
}

/*
 * The membership is taken once, here: a stale generation is refused by the broker, whereas one read
 * later might be that of an assignment this worker has not yet been told of.
 */
static bool kafka_source_start(struct fen_source *port, const struct fen_offset *offsets,
                               uint32_t count, struct fen_buffer *reason)
{
    struct kafka_source *source = source_of(port);
    if (source->event != EVENT_NONE) {
        fen_buffer_append_format(reason, "the assignment has changed meanwhile");
        return false;
    }
    forget_membership(source);
    fen_kafka_batch_close_all(&source->batch);
    for (uint32_t i = 0; i < count; i++)
        fen_kafka_batch_open(&source->batch, offsets[i].topic, offsets[i].partition,
                             offsets[i].offset, INT64_MAX);
    source->membership = rd_kafka_consumer_group_metadata(source->member.handle);
    rd_kafka_topic_partition_list_t *list = fen_kafka_lookup_list(offsets, count);
    rd_kafka_resp_err_t error = rd_kafka_assign(source->member.handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "the assignment was refused: %s",
                                 rd_kafka_err2str(error));
    return error == RD_KAFKA_RESP_ERR_NO_ERROR && source->membership != NULL;
}

static const void *kafka_source_group(struct fen_source *port)
{
    return source_of(port)->membership;
}

static int64_t kafka_source_lag(struct fen_source *port, enum fen_topic topic, uint32_t partition)
{
    struct kafka_source *source = source_of(port);
    if (source->member.handle == NULL)
        return -1;
    const struct fen_place *place =
        fen_kafka_batch_place(&source->batch, topic, partition);
    int64_t low = -1;
    int64_t high = -1;
    if (place == NULL || place->next == INT64_MAX
        || rd_kafka_get_watermark_offsets(source->member.handle, fen_topic_info(topic)->name,
                                          (int32_t)partition, &low, &high)
               != RD_KAFKA_RESP_ERR_NO_ERROR
        || high < 0)
        return -1;
    return high > place->position ? high - place->position : 0;
}

/* Serve the closing's queue until the client has left the group; true when it has. */
static bool await_closed(struct kafka_source *source, rd_kafka_queue_t *queue, int64_t deadline_ms)
{
    while (!rd_kafka_consumer_closed(source->member.handle) && fen_clock_ms() < deadline_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 50);
        if (event == NULL)
            continue;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
            (void)rd_kafka_assign(source->member.handle, NULL);
        rd_kafka_event_destroy(event);
    }
    return rd_kafka_consumer_closed(source->member.handle) != 0;
}

/*
 * Static members keep their place for session.timeout.ms: a restart goes unnoticed. A client that
 * has failed fatally refuses to close and has nothing to leave: destroying it is enough.
 */
static bool kafka_source_close(struct fen_source *port, uint32_t timeout_ms)
{
    struct kafka_source *source = source_of(port);
    int64_t deadline_ms = fen_clock_ms() + timeout_ms;
    if (source->is_closed)
        return true;
    source->is_closing = true;
    fen_kafka_restore_end(&source->restore);
    if (source->member.handle == NULL)
        return source->is_closed = true;
    forget_membership(source);
    fen_kafka_batch_close_all(&source->batch);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(source->member.handle);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(source->member.handle, queue);
    if (error != NULL) {
        source->is_closed = true;
        rd_kafka_error_destroy(error);
    } else {
        source->is_closed = await_closed(source, queue, deadline_ms);
    }
    rd_kafka_queue_destroy(queue);
    return source->is_closed;
}

static void kafka_source_destroy(struct fen_source *port)
{
    struct kafka_source *source = source_of(port);
    if (source->member.handle != NULL) {
        if (!kafka_source_close(port, FEN_KAFKA_LOOKUP_TIMEOUT_MS)) {
            FEN_LOG_ERROR("source", "the Kafka client does not close; its memory is left behind");
            return;
        }
        fen_kafka_batch_deinit(&source->batch);
        rd_kafka_destroy_flags(source->member.handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
    free(source->assigned);
    free(source);
}

static const struct fen_source_functions kafka_source_functions = {
    .poll = kafka_source_poll,
    .committed = kafka_source_committed,
    .watermarks = kafka_source_watermarks,
    .stable_ends = kafka_source_stable_ends,
    .offsets_for_times = kafka_source_offsets_for_times,
    .restore_begin = kafka_source_restore_begin,
    .restore_poll = kafka_source_restore_poll,
    .restore_end = kafka_source_restore_end,
    .start = kafka_source_start,
    .drop = kafka_source_drop,
    .group = kafka_source_group,
    .lag = kafka_source_lag,
    .close = kafka_source_close,
    .destroy = kafka_source_destroy,
};

struct fen_source *fen_kafka_source_create(const struct fen_kafka_source_options *options,
                                           struct fen_buffer *reason)
{
    struct kafka_source *source = calloc(1, sizeof *source);
    FEN_ASSERT(source != NULL);
    FEN_ASSERT(options->is_follower != (options->has_split || options->has_post));
    source->port.functions = &kafka_source_functions;
    source->config = options->config;
    if (!options->is_follower)
        fen_kafka_owner_name(source->own, options->group, options->instance, options->number);
    fen_kafka_member_init(&source->member, options, note_rebalance, source);
    fen_kafka_restore_init(&source->restore, options->config, source->member.group);
    if (!fen_kafka_member_join(&source->member, reason)) {
        kafka_source_destroy(&source->port);
        return NULL;
    }
    fen_kafka_batch_init(&source->batch, source->member.handle);
    return &source->port;
}
