/* topic_reader: see the header. */
#include "cli/inspect/topic_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "cli/interrupt.h"
#include "stream/kafka_batch.h"
#include "stream/kafka_close.h"
#include "stream/kafka_lookup.h"

#define METADATA_TIMEOUT_MS 10000
#define POLL_MS 200
#define CLOSE_TIMEOUT_MS 15000

struct reader_partition {
    bool is_read;
    bool is_at_end;
    int64_t end;
};

struct fen_topic_reader {
    struct fen_topic_reader_options options;
    rd_kafka_t *consumer;
    rd_kafka_message_t *held;
    struct fen_arena *headers;
    struct reader_partition *partitions;
    uint32_t partition_count;
    uint64_t span;
    uint32_t open_count; /* partitions not read to their end */
    bool is_before_end;
};

static const char *topic_name(const struct fen_topic_reader *reader)
{
    return fen_topic_info(reader->options.topic)->name;
}

static bool count_partitions(struct fen_topic_reader *reader, struct fen_buffer *reason)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(reader->consumer, 1, NULL, &metadata, METADATA_TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "no answer within %d s (%s)", METADATA_TIMEOUT_MS / 1000,
                                 rd_kafka_err2str(error));
        return false;
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        if (strcmp(metadata->topics[i].topic, topic_name(reader)) == 0)
            reader->partition_count = (uint32_t)metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    if (reader->partition_count == 0)
        fen_buffer_append_format(reason, "the topic %s is not there; `fen topics apply` creates it",
                                 topic_name(reader));
    else if (reader->options.partition >= (int32_t)reader->partition_count)
        fen_buffer_append_format(reason, "%s has the partitions 0 to %u, no %d",
                                 topic_name(reader), reader->partition_count - 1,
                                 reader->options.partition);
    return reason->size_bytes == 0;
}

/* Where START_TIME begins in each partition. */
static bool look_up_times(struct fen_topic_reader *reader, struct fen_time_lookup *lookups,
                          struct fen_buffer *reason)
{
    for (uint32_t i = 0; i < reader->partition_count; i++)
        lookups[i] = (struct fen_time_lookup){.topic = reader->options.topic,
                                              .partition = i,
                                              .timestamp_ms = reader->options.time_ms};
    return reader->options.start != FEN_TOPIC_START_TIME
           || fen_kafka_lookup_times(reader->consumer, lookups, reader->partition_count, reason);
}

static int64_t first_offset(const struct fen_topic_reader_options *options,
                            const struct fen_watermarks *marks,
                            const struct fen_time_lookup *lookup)
{
    switch (options->start) {
    case FEN_TOPIC_START_BEGINNING:
        return marks->low;
    case FEN_TOPIC_START_END:
        return marks->high;
    case FEN_TOPIC_START_OFFSET:
        return options->offset < marks->low ? marks->low : options->offset;
    case FEN_TOPIC_START_TIME:
        return lookup->offset_out < marks->high ? lookup->offset_out : marks->high;
    }
    return marks->low;
}

/* Find the ends and begin to read. */
static bool assign(struct fen_topic_reader *reader, struct fen_buffer *reason)
{
    struct fen_watermarks *marks = calloc(reader->partition_count, sizeof *marks);
    struct fen_time_lookup *lookups = calloc(reader->partition_count, sizeof *lookups);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)reader->partition_count);
    reader->partitions = calloc(reader->partition_count, sizeof *reader->partitions);
    FEN_ASSERT(marks != NULL && lookups != NULL && reader->partitions != NULL);
    for (uint32_t i = 0; i < reader->partition_count; i++)
        marks[i] = (struct fen_watermarks){.topic = reader->options.topic, .partition = i};
    bool is_good =
        fen_kafka_lookup_watermarks(reader->consumer, marks, reader->partition_count, reason)
        && look_up_times(reader, lookups, reason);
    for (uint32_t i = 0; i < reader->partition_count && is_good; i++) {
        struct reader_partition *partition = &reader->partitions[i];
        if (reader->options.partition >= 0 && (uint32_t)reader->options.partition != i)
            continue;
        int64_t first = first_offset(&reader->options, &marks[i], &lookups[i]);
        partition->is_read = true;
        partition->end = marks[i].high;
        partition->is_at_end = first >= partition->end;
        reader->open_count += !partition->is_at_end;
        reader->span += partition->is_at_end ? 0 : (uint64_t)(partition->end - first);
        rd_kafka_topic_partition_list_add(list, topic_name(reader), (int32_t)i)->offset = first;
    }
    if (is_good) {
        rd_kafka_resp_err_t error = rd_kafka_assign(reader->consumer, list);
        is_good = error == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (!is_good)
            fen_buffer_append_format(reason, "%s", rd_kafka_err2str(error));
    }
    rd_kafka_topic_partition_list_destroy(list);
    free(marks);
    free(lookups);
    return is_good;
}

struct fen_topic_reader *fen_topic_reader_create(const struct fen_topic_reader_options *options,
                                                 struct fen_buffer *reason)
{
    struct fen_topic_reader *reader = calloc(1, sizeof *reader);
    FEN_ASSERT(reader != NULL);
    reader->options = *options;
    reader->headers = fen_arena_create(1024);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(options->config, FEN_KAFKA_READER);
    fen_kafka_config_set(conf, "group.id", "fen.reader");
    reader->consumer = fen_kafka_config_open(conf, FEN_KAFKA_READER, reason);
    if (reader->consumer == NULL || !count_partitions(reader, reason) || !assign(reader, reason)) {
        fen_topic_reader_destroy(reader);
        return NULL;
    }
    return reader;
}

void fen_topic_reader_destroy(struct fen_topic_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->held != NULL)
        rd_kafka_message_destroy(reader->held);
    if (reader->consumer != NULL)
        (void)fen_kafka_close(reader->consumer, CLOSE_TIMEOUT_MS);
    fen_arena_destroy(reader->headers);
    free(reader->partitions);
    free(reader);
}

bool fen_topic_reader_is_at_end(const struct fen_topic_reader *reader)
{
    return reader->open_count == 0;
}

bool fen_topic_reader_is_before_end(const struct fen_topic_reader *reader)
{
    return reader->is_before_end;
}

uint32_t fen_topic_reader_partition_count(const struct fen_topic_reader *reader)
{
    return reader->partition_count;
}

uint64_t fen_topic_reader_span(const struct fen_topic_reader *reader)
{
    return reader->span;
}

/* A partition has been read up to but not including `offset`. */
static void note_position(struct fen_topic_reader *reader, int32_t number, int64_t offset)
{
    if (number < 0 || (uint32_t)number >= reader->partition_count)
        return;
    struct reader_partition *partition = &reader->partitions[number];
    reader->is_before_end = offset <= partition->end;
    if (partition->is_at_end || !partition->is_read || offset < partition->end)
        return;
    partition->is_at_end = true;
    reader->open_count--;
}

static void read_headers(struct fen_topic_reader *reader, struct fen_message *message)
{
    rd_kafka_headers_t *headers;
    fen_arena_reset(reader->headers);
    if (rd_kafka_message_headers(reader->held, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    size_t count = rd_kafka_header_cnt(headers);
    message->headers = fen_arena_allocate(reader->headers, count * sizeof *message->headers);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        const void *value;
        size_t size;
        if (rd_kafka_header_get_all(headers, i, &name, &value, &size)
            != RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
        message->headers[message->header_count++] = (struct fen_header){
            fen_str_from(name), (struct fen_str){value, (uint32_t)size}};
    }
}

static void read_message(struct fen_topic_reader *reader, struct fen_message *message)
{
    const rd_kafka_message_t *held = reader->held;
    rd_kafka_timestamp_type_t kind;
    *message = (struct fen_message){
        .topic = reader->options.topic,
        .partition = (uint32_t)held->partition,
        .offset = held->offset,
        .timestamp_ms = rd_kafka_message_timestamp(held, &kind),
        .key = {held->key, held->key == NULL ? 0 : (uint32_t)held->key_len},
        .value = {held->payload, held->payload == NULL ? 0 : (uint32_t)held->len},
    };
    read_headers(reader, message);
}

enum fen_topic_reader_status fen_topic_reader_next(struct fen_topic_reader *reader,
                                                   uint32_t timeout_ms,
                                                   struct fen_message *message_out,
                                                   struct fen_buffer *reason)
{
    if (reader->held != NULL)
        rd_kafka_message_destroy(reader->held);
    reader->held = rd_kafka_consumer_poll(reader->consumer, (int)timeout_ms);
    if (reader->held == NULL)
        return FEN_TOPIC_READER_NONE;
    rd_kafka_resp_err_t error = reader->held->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        read_message(reader, message_out);
        note_position(reader, reader->held->partition, reader->held->offset + 1);
        return FEN_TOPIC_READER_OK;
    }
    if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        note_position(reader, reader->held->partition, reader->held->offset);
        return FEN_TOPIC_READER_NONE;
    }
    /* Brokers come and go; librdkafka goes on by itself. What it cannot mend is an offset lost. */
    if (error != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET
        && !fen_kafka_batch_is_damage(error)
        && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
        && error != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return FEN_TOPIC_READER_NONE;
    fen_buffer_append_format(reason, "%s", rd_kafka_message_errstr(reader->held));
    return FEN_TOPIC_READER_FAILED;
}

bool fen_topic_reader_visit(struct fen_topic_reader *reader, uint32_t stall_ms,
                            bool (*visit)(void *context, const struct fen_message *message),
                            void *context, struct fen_buffer *reason)
{
    uint32_t idle_ms = 0;
    while (!fen_topic_reader_is_at_end(reader)) {
        struct fen_message message;
        enum fen_topic_reader_status status =
            fen_topic_reader_next(reader, POLL_MS, &message, reason);
        if (status == FEN_TOPIC_READER_FAILED)
            return false;
        if (status == FEN_TOPIC_READER_OK) {
            idle_ms = 0;
            if (reader->is_before_end && !visit(context, &message))
                return true;
            continue;
        }
        idle_ms += POLL_MS;
        if (idle_ms >= stall_ms || fen_interrupt_is_set()) {
            fen_buffer_append_format(reason, "%s gave nothing more for %u s before its end",
                                     topic_name(reader), idle_ms / 1000);
            return false;
        }
    }
    return true;
}
