/* kafka_batch: see kafka_batch.h. Repeats are dropped by offset, as the queue gives them. */
#include "stream/kafka_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define CHUNK_COUNT 1000u
#define BATCH_SIZE_BYTES_MAX (UINT64_C(32) << 20)

void fen_kafka_batch_init(struct fen_kafka_batch *batch, rd_kafka_t *handle)
{
    memset(batch, 0, sizeof *batch);
    batch->handle = handle;
    batch->queue = rd_kafka_queue_get_consumer(handle);
    batch->headers = fen_arena_create(4096);
    FEN_ASSERT(batch->queue != NULL);
}

void fen_kafka_batch_deinit(struct fen_kafka_batch *batch)
{
    fen_kafka_batch_clear(batch);
    if (batch->queue != NULL)
        rd_kafka_queue_destroy(batch->queue);
    fen_places_deinit(&batch->places);
    free(batch->held);
    free(batch->messages);
    fen_arena_destroy(batch->headers);
    memset(batch, 0, sizeof *batch);
}

void fen_kafka_batch_clear(struct fen_kafka_batch *batch)
{
    for (uint32_t i = 0; i < batch->held_count; i++)
        rd_kafka_message_destroy(batch->held[i]);
    batch->held_count = 0;
    batch->message_count = 0;
    batch->size_bytes = 0;
    batch->cut = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (batch->headers != NULL)
        fen_arena_reset(batch->headers);
}

void fen_kafka_batch_close_all(struct fen_kafka_batch *batch)
{
    fen_kafka_batch_clear(batch);
    batch->known_count = 0; /* handles of partitions that are gone may be made anew elsewhere */
    fen_places_close_all(&batch->places);
}

void fen_kafka_batch_open(struct fen_kafka_batch *batch, enum fen_topic topic, uint32_t partition,
                          int64_t offset, int64_t end)
{
    fen_places_open(&batch->places, topic, partition, offset, end);
}

const struct fen_place *fen_kafka_batch_place(const struct fen_kafka_batch *batch,
                                              enum fen_topic topic, uint32_t partition)
{
    return fen_places_find(&batch->places, topic, partition);
}

/* A message's topic; the handle stands for the name, which is compared once. */
static enum fen_topic topic_of(struct fen_kafka_batch *batch, const rd_kafka_topic_t *handle)
{
    for (uint32_t i = 0; i < batch->known_count; i++) {
        if (batch->known[i] == handle)
            return batch->known_topic[i];
    }
    enum fen_topic topic = fen_topic_find(fen_str_from(rd_kafka_topic_name(handle)));
    uint32_t room = sizeof batch->known / sizeof *batch->known;
    if (topic != FEN_TOPIC_COUNT && batch->known_count < room) {
        batch->known[batch->known_count] = handle;
        batch->known_topic[batch->known_count++] = topic;
    }
    return topic;
}

static void copy_headers(struct fen_kafka_batch *batch, const rd_kafka_message_t *from,
                         struct fen_message *to)
{
    rd_kafka_headers_t *headers = NULL;
    to->headers = NULL;
    to->header_count = 0;
    if (batch->skips_headers ||
        rd_kafka_message_headers(from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    size_t count = rd_kafka_header_cnt(headers);
    to->headers = fen_arena_allocate(batch->headers, (count + 1) * sizeof *to->headers);
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        const void *value = NULL;
        size_t size = 0;
        if (rd_kafka_header_get_all(headers, i, &name, &value, &size)
            != RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        to->headers[to->header_count++] =
            (struct fen_header){fen_str_from(name), {value, (uint32_t)size}};
    }
}

bool fen_kafka_batch_is_damage(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
           error == RD_KAFKA_RESP_ERR__UNDERFLOW || error == RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED;
}

/* The first that stops the reading holds: what is said after it may come of it. */
static void note_error(struct fen_kafka_batch *batch, const rd_kafka_message_t *message)
{
    const char *topic = message->rkt == NULL ? "" : rd_kafka_topic_name(message->rkt);
    bool is_end = message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
                  fen_kafka_batch_is_damage(message->err);
    if (is_end && batch->cut != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (is_end) {
        batch->cut = message->err;
        (void)snprintf(batch->reason, sizeof batch->reason, "%s [%d]: %s", topic,
                       (int)message->partition, rd_kafka_message_errstr(message));
        return;
    }
    FEN_LOG_WARN("source", "Kafka reports an error; reading goes on",
                 FEN_LOG_TEXT("error", rd_kafka_err2name(message->err)),
                 FEN_LOG_TEXT("topic", topic), FEN_LOG_INT("partition", message->partition),
                 FEN_LOG_TEXT("text", rd_kafka_message_errstr(message)));
}

/* Nothing but the end of a partition, a repeat, or a message of a closed partition. */
static bool is_passed_over(struct fen_kafka_batch *batch, const rd_kafka_message_t *from,
                           enum fen_topic topic)
{
    uint32_t partition = (uint32_t)from->partition;
    if (from->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return !fen_places_pass(&batch->places, topic, partition, from->offset);
    fen_places_reach(&batch->places, topic, partition, from->offset);
    return true;
}

static void take(struct fen_kafka_batch *batch, rd_kafka_message_t *from)
{
    if (from->err != RD_KAFKA_RESP_ERR_NO_ERROR
        && from->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        note_error(batch, from);
        rd_kafka_message_destroy(from);
        return;
    }
    enum fen_topic topic = topic_of(batch, from->rkt);
    if (is_passed_over(batch, from, topic)) {
        rd_kafka_message_destroy(from);
        return;
    }
    struct fen_message *to = &batch->messages[batch->message_count++];
    batch->held[batch->held_count++] = from;
    to->topic = topic;
    to->partition = (uint32_t)from->partition;
    to->offset = from->offset;
    to->timestamp_ms = rd_kafka_message_timestamp(from, NULL);
    to->key = (struct fen_str){from->key, from->key == NULL ? 0 : (uint32_t)from->key_len};
    to->value = (struct fen_str){from->payload, from->payload == NULL ? 0 : (uint32_t)from->len};
    copy_headers(batch, from, to);
    batch->size_bytes += from->len + from->key_len;
}

static void make_room(struct fen_kafka_batch *batch, uint32_t more)
{
    uint32_t wanted = batch->held_count + more;
    if (wanted <= batch->capacity)
        return;
    uint32_t capacity = batch->capacity * 2 > wanted ? batch->capacity * 2 : wanted;
    batch->held = realloc(batch->held, capacity * sizeof(rd_kafka_message_t *));
    batch->messages = realloc(batch->messages, capacity * sizeof *batch->messages);
    FEN_ASSERT(batch->held != NULL && batch->messages != NULL);
    batch->capacity = capacity;
}

bool fen_kafka_batch_collect(struct fen_kafka_batch *batch, uint32_t count_max, uint32_t wait_ms)
{
    int64_t deadline_ms = fen_clock_ms() + wait_ms;
    rd_kafka_message_t *chunk[CHUNK_COUNT];
    while (batch->held_count < count_max && batch->size_bytes < BATCH_SIZE_BYTES_MAX) {
        uint32_t wanted = count_max - batch->held_count;
        if (wanted > CHUNK_COUNT)
            wanted = CHUNK_COUNT;
        int64_t left_ms = deadline_ms - fen_clock_ms();
        ssize_t count = rd_kafka_consume_batch_queue(batch->queue, left_ms < 0 ? 0 : (int)left_ms,
                                                     chunk, wanted);
        make_room(batch, wanted);
        for (ssize_t i = 0; i < count; i++)
            take(batch, chunk[i]);
        if (count < (ssize_t)wanted)
            return false;
    }
    return true;
}

void fen_kafka_batch_await(struct fen_kafka_batch *batch, uint32_t wait_ms)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(batch->handle, (int)wait_ms);
    if (message == NULL)
        return;
    make_room(batch, 1);
    take(batch, message);
}
