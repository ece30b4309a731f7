/*
 * kafka_source: the source of a worker in Kafka: one static member of a consumer group.
 *
 * Settings and the defects of librdkafka 2.0.2 that shape it are in kafka_source.c.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_KAFKA_SOURCE_H
#define FEN_STREAM_KAFKA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/kafka_config.h"
#include "wire/source.h"

struct fen_kafka_source_options {
    const struct fen_kafka_config *config;
    const char *group;
    const char *instance;  /* of the process; the member is INSTANCE-NUMBER */
    uint32_t number;       /* of the worker */
    bool has_split;        /* subscribe to the inputs of split, org events and plans */
    bool has_post;         /* subscribe to the inputs of post */
    uint32_t session_ms;   /* kafka_session.h; 0: as configured */
    bool is_follower;      /* instead of either: accounts and ledger, for a follower */
};

/* Returns: NULL with a sentence in `reason`. Joins the group at the first poll. */
struct fen_source *fen_kafka_source_create(const struct fen_kafka_source_options *options,
                                           struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_SOURCE_H */
