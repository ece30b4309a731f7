/*
 * kafka_lookup: questions about partitions, many in one request: committed offsets, ends, offsets
 * by time.
 *
 * Why not rd_kafka_query_watermark_offsets: it asks for one partition at a time, with a metadata
 * request each, and in 2.0.2 ignores its timeout; 48 partitions of six topics would take a second.
 * ListOffsets takes -1 and -2 as times, and librdkafka passes them on.
 *
 * Threads: any one at a time; all block.
 */
#ifndef FEN_STREAM_KAFKA_LOOKUP_H
#define FEN_STREAM_KAFKA_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/source.h"

#define FEN_KAFKA_LOOKUP_TIMEOUT_MS 10000

/* A list of these partitions with these offsets; the caller destroys it. Never NULL. */
rd_kafka_topic_partition_list_t *fen_kafka_lookup_list(const struct fen_offset *offsets,
                                                       uint32_t count) FEN_MUST_USE;

/* As struct fen_source_functions says, for so long at most. `member` knows the group. */
bool fen_kafka_lookup_committed(rd_kafka_t *member, struct fen_offset *offsets, uint32_t count,
                                int timeout_ms, struct fen_buffer *reason) FEN_MUST_USE;

/* The ends as the handle's isolation shows them. */
bool fen_kafka_lookup_watermarks(rd_kafka_t *handle, struct fen_watermarks *watermarks,
                                 uint32_t count, struct fen_buffer *reason) FEN_MUST_USE;

/*
 * The first offset of each partition at or after its time; INT64_MAX: no record is that young.
 * Returns: false with a sentence in `reason`, as the others.
 */
bool fen_kafka_lookup_times(rd_kafka_t *handle, struct fen_time_lookup *lookups, uint32_t count,
                            struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_LOOKUP_H */
