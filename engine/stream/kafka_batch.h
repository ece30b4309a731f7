/*
 * kafka_batch: messages taken from one librdkafka queue, as struct fen_message, without a copy.
 *
 * Why: a worker's source and its restore reading take messages alike: in bulk, borrowed until the
 * batch is over, each partition's offsets only rising. Kafka repeats messages around rebalances
 * and changes of position (librdkafka before 2.4), and a repeat must not pass.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_KAFKA_BATCH_H
#define FEN_STREAM_KAFKA_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/arena.h"
#include "base/assert.h"
#include "stream/places.h"
#include "wire/message.h"
#include "wire/source.h"

struct fen_kafka_batch {
    rd_kafka_t *handle;       /* borrowed */
    rd_kafka_queue_t *queue;  /* of the consumer; owned */
    rd_kafka_message_t **held;
    struct fen_message *messages;
    uint32_t held_count;
    uint32_t message_count;   /* of held, those that are messages, passed the gate */
    uint32_t capacity;
    uint64_t size_bytes;
    struct fen_arena *headers;
    bool skips_headers; /* nobody will look at them */
    struct fen_places places;
    const rd_kafka_topic_t *known[2 * FEN_TOPIC_COUNT]; /* handles seen, and their topics */
    enum fen_topic known_topic[2 * FEN_TOPIC_COUNT];
    uint32_t known_count;
    rd_kafka_resp_err_t cut; /* an offset asked for is not there, or bytes came damaged: see
                              * reason; nothing that comes after is to be used */
    char reason[256];
};

/*
 * Whether the error says that bytes of a record batch are not those that were written. librdkafka
 * 2.0.2 goes on behind them, at a place that it has lost: the reader must be begun anew.
 */
bool fen_kafka_batch_is_damage(rd_kafka_resp_err_t error);

/* Over a consumer, which must outlive it. Every partition is closed to begin with. */
void fen_kafka_batch_init(struct fen_kafka_batch *batch, rd_kafka_t *handle);
void fen_kafka_batch_deinit(struct fen_kafka_batch *batch);

/* Let go of all messages. */
void fen_kafka_batch_clear(struct fen_kafka_batch *batch);

/* Let go of all messages and close every partition. */
void fen_kafka_batch_close_all(struct fen_kafka_batch *batch);

/* Let messages of a partition pass from `offset` on, up to but not including `end`. */
void fen_kafka_batch_open(struct fen_kafka_batch *batch, enum fen_topic topic, uint32_t partition,
                          int64_t offset, int64_t end);

/* The place of a partition; NULL when it was never opened. */
const struct fen_place *fen_kafka_batch_place(const struct fen_kafka_batch *batch,
                                              enum fen_topic topic, uint32_t partition);

/*
 * Add messages until `count_max` are held, 32 MiB are, or `wait_ms` have gone by; callbacks of the
 * consumer run within. Returns: whether a limit was reached: more may be waiting.
 */
bool fen_kafka_batch_collect(struct fen_kafka_batch *batch, uint32_t count_max, uint32_t wait_ms);

/* Add one message by consumer_poll, waiting up to `wait_ms` without being woken for nothing. */
void fen_kafka_batch_await(struct fen_kafka_batch *batch, uint32_t wait_ms);

#endif /* FEN_STREAM_KAFKA_BATCH_H */
