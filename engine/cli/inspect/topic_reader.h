/*
 * topic_reader: committed records of one of fen's topics, for `fen tail` and `fen audit`.
 *
 * Outside any group; nothing is committed. The end is where the topic stood when the reader was
 * made (for a read_committed reader, before the first open transaction).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_INSPECT_TOPIC_READER_H
#define FEN_CLI_INSPECT_TOPIC_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/kafka_config.h"
#include "wire/message.h"

struct fen_topic_reader;

enum fen_topic_start {
    FEN_TOPIC_START_BEGINNING,
    FEN_TOPIC_START_END,
    FEN_TOPIC_START_OFFSET,
    FEN_TOPIC_START_TIME,
};

struct fen_topic_reader_options {
    const struct fen_kafka_config *config;
    enum fen_topic topic;
    int32_t partition; /* -1: all */
    enum fen_topic_start start;
    int64_t offset;  /* of START_OFFSET, in every partition read */
    int64_t time_ms; /* of START_TIME: the first record not older, by its timestamp */
};

enum fen_topic_reader_status {
    FEN_TOPIC_READER_OK,
    FEN_TOPIC_READER_NONE,   /* nothing came in time */
    FEN_TOPIC_READER_FAILED, /* see reason */
};

/* Returns: NULL with a sentence in `reason`: no broker, no such topic or partition. */
struct fen_topic_reader *fen_topic_reader_create(const struct fen_topic_reader_options *options,
                                                 struct fen_buffer *reason) FEN_MUST_USE;
void fen_topic_reader_destroy(struct fen_topic_reader *reader);

/* The next record, borrowed until the next call; waits up to `timeout_ms`. */
enum fen_topic_reader_status fen_topic_reader_next(struct fen_topic_reader *reader,
                                                   uint32_t timeout_ms,
                                                   struct fen_message *message_out,
                                                   struct fen_buffer *reason) FEN_MUST_USE;

/* Whether every partition has been read to the end it had when the reader was made. */
bool fen_topic_reader_is_at_end(const struct fen_topic_reader *reader);

/* Whether the last record stood before the end its partition had when the reader was made. */
bool fen_topic_reader_is_before_end(const struct fen_topic_reader *reader);

/* Partitions of the topic. */
uint32_t fen_topic_reader_partition_count(const struct fen_topic_reader *reader);

/* Offsets between the start and the end: records, where no transactions are. */
uint64_t fen_topic_reader_span(const struct fen_topic_reader *reader);

/*
 * Read every record up to the end. `visit` may be told to stop by returning false. A reader that
 * makes no progress for `stall_ms` fails.
 * Returns: false with a sentence in `reason`.
 */
bool fen_topic_reader_visit(struct fen_topic_reader *reader, uint32_t stall_ms,
                            bool (*visit)(void *context, const struct fen_message *message),
                            void *context, struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_CLI_INSPECT_TOPIC_READER_H */
