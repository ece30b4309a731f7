/*
 * places: where each partition that is read stands; of one partition offsets only ever rise.
 *
 * Why: Kafka repeats messages around rebalances and changes of position (librdkafka before 2.4),
 * and a repeat must not pass. Whatever takes messages from a transport asks here.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_PLACES_H
#define FEN_STREAM_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "wire/topic.h"

/* Where a partition stands. */
struct fen_place {
    int64_t next;     /* the least offset that may still be given; INT64_MAX: nothing may */
    int64_t position; /* at or beyond next: control records before it have been passed */
    int64_t end;      /* messages at or beyond it do not pass */
};

/* Zero-initialised to begin with: every partition is closed. */
struct fen_places {
    struct fen_place *rows[FEN_TOPIC_COUNT];
    uint32_t counts[FEN_TOPIC_COUNT];
};

/* Free the memory; the struct is then as zero-initialised. */
void fen_places_deinit(struct fen_places *places);

/* Close every partition: nothing passes. */
void fen_places_close_all(struct fen_places *places);

/* Let messages of a partition pass from `offset` on, up to but not including `end`. */
void fen_places_open(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                     int64_t offset, int64_t end);

/* The place of a partition; NULL when it was never opened. */
const struct fen_place *fen_places_find(const struct fen_places *places, enum fen_topic topic,
                                        uint32_t partition);

/* A message at `offset` has come. Returns: whether it passes: open, no repeat, before the end. */
bool fen_places_pass(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                     int64_t offset) FEN_MUST_USE;

/* There is nothing before `offset` that has not come. */
void fen_places_reach(struct fen_places *places, enum fen_topic topic, uint32_t partition,
                      int64_t offset);

#endif /* FEN_STREAM_PLACES_H */
