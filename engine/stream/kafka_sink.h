/*
 * kafka_sink: the sink of a worker in Kafka: one transactional producer,
 * transactional.id fen.GROUP.INSTANCE-NUMBER.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_KAFKA_SINK_H
#define FEN_STREAM_KAFKA_SINK_H

#include <stdint.h>

#include "base/assert.h"
#include "stream/kafka_config.h"
#include "wire/sink.h"

struct fen_kafka_sink_options {
    const struct fen_kafka_config *config;
    const char *group;
    const char *instance;
    uint32_t number;
};

/* Connects at open. Never NULL. */
struct fen_sink *fen_kafka_sink_create(const struct fen_kafka_sink_options *options) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_SINK_H */
