/*
 * reference_reader: see reference_reader.h.
 *
 * Happy path: one consumer, assigned both partitions from offset 0; load reads to the ends found at
 * start, the thread goes on from there. Events of one poll are applied and published together, so
 * that announcing 400,000 guides makes some dozens of references, not 400,000.
 *
 * Failure modes: errors of the connection pass by themselves; an offset that is no longer there
 * means that the topic has been cut or made anew, and ends the thread: the process must stop.
 */
#include "stream/reference_reader.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "stream/kafka_batch.h"
#include "stream/kafka_lookup.h"

#define STALL_MS_DEFAULT 30000u
#define POLL_WAIT_MS 250u
#define POLL_COLLECT_MS 5u
#define POLL_COUNT_MAX 20000u
#define SUBJECT_COUNT 2u

static const enum fen_topic subjects[SUBJECT_COUNT] = {FEN_TOPIC_ORG_EVENTS, FEN_TOPIC_PLANS};

struct fen_reference_reader {
    struct fen_reference_reader_options options;
    rd_kafka_t *consumer;
    struct fen_kafka_batch batch;
    struct fen_arena *arena; /* of one event */
    pthread_t thread;
    bool is_started;
    atomic_bool is_stopping;
    /* Relaxed: each number stands for itself. */
    atomic_uint_fast64_t applied_count;
    atomic_uint_fast64_t skipped_count;
    atomic_int_fast64_t offsets[SUBJECT_COUNT];
    atomic_int_fast64_t progress_ms;
    atomic_bool is_failed;
};

static rd_kafka_t *open_client(const struct fen_reference_reader_options *options,
                               enum fen_kafka_use use, struct fen_buffer *reason)
{
    rd_kafka_conf_t *conf = fen_kafka_config_conf(options->config, use);
    fen_kafka_config_set(conf, "group.id", options->group); /* asked for by assign() */
    return fen_kafka_config_open(conf, use, reason);
}

static void close_client(rd_kafka_t *client)
{
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

struct fen_reference_reader *
fen_reference_reader_create(const struct fen_reference_reader_options *options,
                            struct fen_buffer *reason)
{
    rd_kafka_t *consumer = open_client(options, FEN_KAFKA_READER, reason);
    if (consumer == NULL)
        return NULL;
    struct fen_reference_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL);
    reader->options = *options;
    reader->consumer = consumer;
    reader->arena = fen_arena_create(FEN_EVENT_SIZE_BYTES_MAX);
    fen_kafka_batch_init(&reader->batch, consumer);
    atomic_store(&reader->progress_ms, fen_clock_ms());
    return reader;
}

/* Decode as the lanes do, so that both refuse the same events (SPEC §9). */
static bool decode(struct fen_reference_reader *reader, const struct fen_message *message,
                   struct fen_event *event)
{
    struct fen_refused refused;
    fen_arena_reset(reader->arena);
    if (!fen_str_is_set(message->value))
        return false;
    if (fen_event_decode(reader->options.wire, message->value, reader->arena, event, &refused)
        != FEN_REFUSAL_NONE)
        return false;
    return fen_topic_of(event->type) == message->topic
           && fen_event_check_route(event, message->key, 0, 1, message->timestamp_ms,
                                    reader->arena, &refused)
                  == FEN_REFUSAL_NONE;
}

/* Once the topics are read, each publication by itself; workers tell when they take it. */
static void tell_publication(const struct fen_event *event, enum fen_reference_fate fate,
                             int64_t offset)
{
    if (event->type != FEN_EVENT_PLAN_PUBLISHED || fate == FEN_REFERENCE_BAD_PLAN)
        return;
    FEN_LOG_INFO("reference", "a plan is published", FEN_LOG_STR("tenant", event->tenant),
                 FEN_LOG_STR("event", event->id), FEN_LOG_INT("offset", offset),
                 FEN_LOG_INT("retroactive", event->retroactive),
                 FEN_LOG_INT("is_new", fate == FEN_REFERENCE_APPLIED));
}

static void apply(struct fen_reference_reader *reader, const struct fen_message *message)
{
    struct fen_event event;
    struct fen_str sentence = FEN_STR_NONE;
    bool is_applied = false;
    struct fen_quarantine *quarantine = reader->options.quarantine;
    bool is_condemned = fen_quarantine_look(quarantine, message->topic, message->partition,
                                            message->offset) == FEN_CONDEMNED;
    if (!is_condemned) {
        fen_quarantine_take(quarantine, message);
        FEN_FAULT_TRAP(message->value);
    }
    if (!is_condemned && decode(reader, message, &event)) {
        enum fen_reference_fate fate =
            fen_reference_apply(reader->options.builder, &event, &sentence);
        is_applied = fate == FEN_REFERENCE_APPLIED;
        if (reader->is_started)
            tell_publication(&event, fate, message->offset);
        if (fate == FEN_REFERENCE_BAD_PLAN)
            FEN_LOG_WARN("reference", "a published plan has mistakes and is not used",
                         FEN_LOG_INT("offset", message->offset),
                         FEN_LOG_STR("mistake", sentence));
    }
    fen_quarantine_rest(quarantine);
    atomic_fetch_add_explicit(is_applied ? &reader->applied_count : &reader->skipped_count, 1,
                              memory_order_relaxed);
}

static int64_t position_of(const struct fen_reference_reader *reader, enum fen_topic topic)
{
    const struct fen_place *place = fen_kafka_batch_place(&reader->batch, topic, 0);
    return place == NULL ? 0 : place->position;
}

static int64_t distance(const struct fen_reference_reader *reader)
{
    return position_of(reader, subjects[0]) + position_of(reader, subjects[1]);
}

/* Take what has come, apply it, publish. Returns: false when the log is not what it was. */
static bool read_once(struct fen_reference_reader *reader, uint32_t wait_ms)
{
    struct fen_kafka_batch *batch = &reader->batch;
    int64_t before = distance(reader);
    fen_kafka_batch_clear(batch);
    fen_kafka_batch_await(batch, wait_ms);
    if (batch->held_count > 0)
        (void)fen_kafka_batch_collect(batch, POLL_COUNT_MAX, POLL_COLLECT_MS);
    atomic_store_explicit(&reader->progress_ms, fen_clock_ms(), memory_order_relaxed);
    if (batch->cut != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    for (uint32_t i = 0; i < batch->message_count; i++)
        apply(reader, &batch->messages[i]);
    for (uint32_t i = 0; i < SUBJECT_COUNT; i++)
        atomic_store_explicit(&reader->offsets[i], position_of(reader, subjects[i]),
                              memory_order_relaxed);
    /* An end of a transaction moves the position too, and workers wait for the position. */
    if (distance(reader) != before)
        fen_reference_publish(reader->options.builder, position_of(reader, subjects[0]),
                              position_of(reader, subjects[1]));
    return true;
}

static bool has_one_partition(struct fen_reference_reader *reader, enum fen_topic topic,
                              struct fen_buffer *reason)
{
    const char *name = fen_topic_info(topic)->name;
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(reader->consumer, name, NULL);
    FEN_ASSERT(handle != NULL);
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(reader->consumer, 0, handle, &metadata, FEN_KAFKA_LOOKUP_TIMEOUT_MS);
    rd_kafka_topic_destroy(handle);
    int count = 0;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
        rd_kafka_metadata_destroy(metadata);
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "Kafka cannot be reached: %s", rd_kafka_err2str(error));
    else if (count != 1)
        fen_buffer_append_format(reason, "topic %s %s; see `fen topics plan`", name,
                                 count == 0 ? "is missing" : "must have one partition");
    return error == RD_KAFKA_RESP_ERR_NO_ERROR && count == 1;
}

/* The true ends of both topics: read_uncommitted, so that no open transaction hides a plan. */
static bool find_ends(struct fen_reference_reader *reader, struct fen_watermarks *ends,
                      struct fen_buffer *reason)
{
    rd_kafka_t *looker = open_client(&reader->options, FEN_KAFKA_LOOKER, reason);
    if (looker == NULL)
        return false;
    for (uint32_t i = 0; i < SUBJECT_COUNT; i++)
        ends[i] = (struct fen_watermarks){subjects[i], 0, 0, 0};
    bool is_known = fen_kafka_lookup_watermarks(looker, ends, SUBJECT_COUNT, reason);
    close_client(looker);
    for (uint32_t i = 0; is_known && i < SUBJECT_COUNT; i++) {
        if (ends[i].low == 0)
            continue;
        fen_buffer_append_format(reason,
                                 "topic %s begins at %" PRId64
                                 ": it must be kept for ever (retention.ms=-1)",
                                 fen_topic_info(subjects[i])->name, ends[i].low);
        is_known = false;
    }
    return is_known;
}

static bool assign(struct fen_reference_reader *reader, struct fen_buffer *reason)
{
    struct fen_offset offsets[SUBJECT_COUNT];
    for (uint32_t i = 0; i < SUBJECT_COUNT; i++) {
        offsets[i] = (struct fen_offset){subjects[i], 0, 0};
        fen_kafka_batch_open(&reader->batch, subjects[i], 0, 0, INT64_MAX);
    }
    rd_kafka_topic_partition_list_t *list = fen_kafka_lookup_list(offsets, SUBJECT_COUNT);
    rd_kafka_resp_err_t error = rd_kafka_assign(reader->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "reading org events and plans: %s",
                                 rd_kafka_err2str(error));
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool is_at(const struct fen_reference_reader *reader, const struct fen_watermarks *ends)
{
    for (uint32_t i = 0; i < SUBJECT_COUNT; i++) {
        if (position_of(reader, ends[i].topic) < ends[i].high)
            return false;
    }
    return true;
}

bool fen_reference_reader_load(struct fen_reference_reader *reader, uint32_t stall_ms,
                               struct fen_buffer *reason)
{
    struct fen_watermarks ends[SUBJECT_COUNT];
    if (stall_ms == 0)
        stall_ms = STALL_MS_DEFAULT;
    for (uint32_t i = 0; i < SUBJECT_COUNT; i++) {
        if (!has_one_partition(reader, subjects[i], reason))
            return false;
    }
    if (!find_ends(reader, ends, reason) || !assign(reader, reason))
        return false;
    int64_t begin_ms = fen_clock_ms();
    int64_t moved_ms = begin_ms;
    int64_t before = distance(reader);
    while (!is_at(reader, ends)) {
        if (!read_once(reader, POLL_WAIT_MS)) {
            fen_buffer_append_format(reason, "org events and plans: %s", reader->batch.reason);
            return false;
        }
        if (distance(reader) > before)
            moved_ms = fen_clock_ms();
        before = distance(reader);
        if (fen_clock_ms() - moved_ms > stall_ms) {
            fen_buffer_append_format(
                reason, "org events and plans cannot be read to their end: an open transaction?");
            return false;
        }
    }
    fen_reference_publish(reader->options.builder, position_of(reader, subjects[0]),
                          position_of(reader, subjects[1]));
    FEN_LOG_INFO("reference", "org events and plans are read",
                 FEN_LOG_INT("events", distance(reader)),
                 FEN_LOG_INT("ms", fen_clock_ms() - begin_ms));
    return true;
}

static void *run_thread(void *opaque)
{
    struct fen_reference_reader *reader = opaque;
    (void)pthread_setname_np(pthread_self(), "reference");
    while (!atomic_load_explicit(&reader->is_stopping, memory_order_relaxed)) {
        if (read_once(reader, POLL_WAIT_MS))
            continue;
        FEN_LOG_ERROR("reference", "org events or plans have been cut or made anew",
                      FEN_LOG_TEXT("reason", reader->batch.reason));
        atomic_store_explicit(&reader->is_failed, true, memory_order_relaxed);
        break;
    }
    return NULL;
}

void fen_reference_reader_start(struct fen_reference_reader *reader)
{
    FEN_ASSERT(!reader->is_started);
    reader->is_started = true;
    FEN_ASSERT(pthread_create(&reader->thread, NULL, run_thread, reader) == 0);
}

bool fen_reference_reader_stop(struct fen_reference_reader *reader, uint32_t timeout_ms)
{
    atomic_store_explicit(&reader->is_stopping, true, memory_order_relaxed);
    if (!reader->is_started)
        return true;
    if (!fen_thread_join(reader->thread, timeout_ms))
        return false;
    reader->is_started = false;
    return true;
}

void fen_reference_reader_status(const struct fen_reference_reader *reader,
                                 struct fen_reference_reader_status *status_out)
{
    *status_out = (struct fen_reference_reader_status){
        .events_applied = atomic_load_explicit(&reader->applied_count, memory_order_relaxed),
        .events_skipped = atomic_load_explicit(&reader->skipped_count, memory_order_relaxed),
        .org_offset = atomic_load_explicit(&reader->offsets[0], memory_order_relaxed),
        .plan_offset = atomic_load_explicit(&reader->offsets[1], memory_order_relaxed),
        .progress_ms = atomic_load_explicit(&reader->progress_ms, memory_order_relaxed),
        .is_failed = atomic_load_explicit(&reader->is_failed, memory_order_relaxed),
    };
}

void fen_reference_reader_destroy(struct fen_reference_reader *reader)
{
    if (reader == NULL)
        return;
    FEN_ASSERT(!reader->is_started);
    fen_kafka_batch_deinit(&reader->batch);
    close_client(reader->consumer);
    fen_arena_destroy(reader->arena);
    free(reader);
}
