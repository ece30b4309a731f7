/*
 * kafka_restore: reading ranges of partitions back, beside the group and without leaving a trace.
 *
 * Two clients live for the length of one restore: a `looker` (read_uncommitted), which sees the
 * true end of a partition, and a `reader` (read_committed), which reads all ranges side by side.
 * A range is read when a record or the told end of the partition lies at or beyond its end: control
 * and aborted records take offsets and are never given. Under read_committed the end told is the
 * last stable offset: an open transaction delays the range, as it must (a state record may hang in
 * it).
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_KAFKA_RESTORE_H
#define FEN_STREAM_KAFKA_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/kafka_batch.h"
#include "stream/kafka_config.h"
#include "wire/source.h"

struct fen_kafka_restore {
    const struct fen_kafka_config *config;
    const char *group;
    rd_kafka_t *looker;
    rd_kafka_t *reader;
    struct fen_kafka_batch batch;
    struct fen_range_to_read *ranges;
    uint32_t range_count;
    uint32_t unread_count;
};

/* Nothing is connected yet. `config` and `group` must outlive it. */
void fen_kafka_restore_init(struct fen_kafka_restore *restore,
                            const struct fen_kafka_config *config, const char *group);

/* The client that sees true ends, made at first use; NULL with a sentence in `reason`. */
rd_kafka_t *fen_kafka_restore_looker(struct fen_kafka_restore *restore, struct fen_buffer *reason);

/*
 * Whether an open transaction keeps a range that is still to be read from its end: `member` reads
 * committed. False when it cannot be told.
 */
bool fen_kafka_restore_is_held(struct fen_kafka_restore *restore, rd_kafka_t *member);

/* As struct fen_source_functions says of restore_begin, restore_poll, restore_end. */
bool fen_kafka_restore_begin(struct fen_kafka_restore *restore,
                             const struct fen_range_to_read *ranges, uint32_t count,
                             struct fen_buffer *reason) FEN_MUST_USE;
enum fen_source_verdict fen_kafka_restore_poll(struct fen_kafka_restore *restore, uint32_t wait_ms,
                                               struct fen_poll *poll_out, bool *is_complete_out);
void fen_kafka_restore_end(struct fen_kafka_restore *restore);

#endif /* FEN_STREAM_KAFKA_RESTORE_H */
