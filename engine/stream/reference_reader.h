/*
 * reference_reader: reads fen.org-events.v1 and fen.plans.v1 whole and publishes references.
 *
 * Why: every worker needs all of the org and all plans, whichever partitions it owns; one reader a
 * process feeds the one builder (plan/reference.h). It belongs to no group and commits nothing: the
 * topics are kept for ever and are read from the beginning at each start. Both have one partition,
 * so that every process sees one order of events; more are refused. Invalid events are passed over
 * here; the worker that owns the topic's partition counts and dead-letters them.
 *
 * Threads: create, load, start, stop, destroy: start-up. It then runs one thread of its own.
 */
#ifndef FEN_STREAM_REFERENCE_READER_H
#define FEN_STREAM_REFERENCE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "plan/reference.h"
#include "stream/kafka_config.h"
#include "stream/quarantine.h"
#include "wire/event_decode.h"

struct fen_reference_reader;

struct fen_reference_reader_options {
    const struct fen_kafka_config *config;
    const char *group; /* for the broker's access lists only: nothing is committed */
    struct fen_reference_builder *builder;
    enum fen_wire wire;
    struct fen_quarantine *quarantine; /* the caller's; NULL: none */
};

/* What it has done; readable from any thread. */
struct fen_reference_reader_status {
    uint64_t events_applied;
    uint64_t events_skipped; /* duplicates, and those that are not valid */
    int64_t org_offset;      /* of the next org event */
    int64_t plan_offset;     /* of the next plan event */
    int64_t progress_ms;     /* monotonic time of the last poll */
    bool is_failed;          /* the thread has ended: the process must stop */
};

/* Returns: NULL with a sentence in `reason`. The caller destroys. */
struct fen_reference_reader *
fen_reference_reader_create(const struct fen_reference_reader_options *options,
                            struct fen_buffer *reason) FEN_MUST_USE;

/*
 * Read both topics to the high watermark found now and publish. Blocks; before workers start.
 * Returns: false with a sentence in `reason`: a topic is missing, has more than one partition, or
 * makes no progress for `stall_ms` (0: 30 s).
 */
bool fen_reference_reader_load(struct fen_reference_reader *reader, uint32_t stall_ms,
                               struct fen_buffer *reason) FEN_MUST_USE;

/* Go on reading in a thread: each poll's events are applied and published together. */
void fen_reference_reader_start(struct fen_reference_reader *reader);

/*
 * End the thread; false when it did not end within `timeout_ms`: then nothing may be freed, and the
 * process leaves by _exit.
 */
bool fen_reference_reader_stop(struct fen_reference_reader *reader,
                               uint32_t timeout_ms) FEN_MUST_USE;

/* Thread: any. */
void fen_reference_reader_status(const struct fen_reference_reader *reader,
                                 struct fen_reference_reader_status *status_out);

/* After stop returned true, or without start. NULL is fine. The builder stays the caller's. */
void fen_reference_reader_destroy(struct fen_reference_reader *reader);

#endif /* FEN_STREAM_REFERENCE_READER_H */
