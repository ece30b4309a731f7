/*
 * restore: from an assignment to lanes that hold the state of its committed offsets.
 *
 * In this order, and no other (KAFKA-10167: state read only to the last stable offset misses what
 * a predecessor is just committing):
 *   1. the group's committed offsets, waiting for the transactions that decide them
 *   2. then the ends W of the state partitions, open transactions included
 *   3. state, committed records only, to W
 *   4. touches from as far back as an order may look, and org events and plans from the beginning
 *      (for what was seen of them), all up to the committed offset
 * An input that begins after its committed offset has lost records: that is never mended here.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_RESTORE_H
#define FEN_STREAM_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/lanes.h"
#include "stream/quarantine.h"
#include "wire/source.h"

struct fen_restore_options {
    const struct fen_reference *reference; /* in force: its windows say which touches matter */
    bool has_split;
    bool has_post;
    bool accepts_cut_inputs; /* no committed offset: begin where retention cut, not only at 0 */
    uint32_t stall_ms;       /* no progress for so long is logged as an error, again and again */
    /* Called at least each 250 ms with the records read so far; false ends the restore. */
    bool (*turn)(void *context, uint64_t record_count);
    void *context;
    struct fen_start_fault *fault_out; /* of LOST: what is wrong */
    struct fen_quarantine *quarantine; /* NULL: none */
    const struct fen_quarantine *reference_quarantine; /* NULL: none */
};

enum fen_restore_result {
    FEN_RESTORE_DONE,
    FEN_RESTORE_AGAIN,   /* Kafka did not answer: close and open the lanes, and try once more */
    FEN_RESTORE_LOST,    /* inputs or state are gone or unreadable: the worker must not run */
    FEN_RESTORE_STOPPED, /* turn said so */
};

/*
 * Restore the lanes of `partitions`, which are open and empty. `offsets`: the assigned input
 * partitions; on DONE their offsets are those to start from. Anything but DONE and STOPPED comes
 * with a sentence in `reason`.
 */
enum fen_restore_result fen_restore_run(struct fen_source *source, struct fen_lanes *lanes,
                                        const struct fen_restore_options *options,
                                        const uint32_t *partitions, uint32_t partition_count,
                                        struct fen_offset *offsets, uint32_t offset_count,
                                        uint64_t *record_count_out,
                                        struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_RESTORE_H */
