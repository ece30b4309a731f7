/*
 * sink: where a worker's outputs go, one transaction a batch; one of the core's two ports
 * (DESIGN §5).
 *
 *     open · ( begin · emit · offsets · commit )*      and after anything but OK   close · open
 *
 * Outputs become visible, and the offsets committed, both or neither. A commit that does not return
 * OK is *unknown*: it may have happened. The worker then closes and opens the sink, which settles
 * the matter, and asks its source where the group stands. Nothing is ever sent again from memory.
 *
 * Implementations: stream/kafka_sink.h, and wire/memory_sink.h for replay, simulation and tests.
 *
 * Threads: one worker, from create to destroy.
 */
#ifndef FEN_WIRE_SINK_H
#define FEN_WIRE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/message.h"
#include "wire/source.h"

enum fen_sink_outcome {
    FEN_SINK_OK,
    FEN_SINK_UNKNOWN, /* may or may not have happened: close, open, and ask the log */
    FEN_SINK_FENCED,  /* another owner is at work: let go of the partitions, and back off */
    FEN_SINK_FATAL,   /* will never work: wrong configuration, no permission, no transactions */
};

struct fen_sink;

struct fen_sink_functions {
    /*
     * Make the producer anew (closing the one before, if any) and settle what its predecessor left
     * open: aborted, or, if that had begun to commit, committed. Takes up to `timeout_ms`.
     */
    enum fen_sink_outcome (*open)(struct fen_sink *sink, uint32_t timeout_ms,
                                  struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * End the producer at once: what it left open is settled by the next open, its own or another
     * process's. Every borrowed output is let go of before it returns. Closed: does nothing.
     */
    void (*close)(struct fen_sink *sink);

    /* Whether a request of the last transaction went astray, so that open must come before begin
     * although its commit was OK (DESIGN §3, taint). */
    bool (*is_tainted)(const struct fen_sink *sink) FEN_MUST_USE;

    enum fen_sink_outcome (*begin)(struct fen_sink *sink, struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * Send records to their explicit partitions, in this order within each. Bytes are borrowed
     * until commit returned OK, or until close.
     */
    enum fen_sink_outcome (*emit)(struct fen_sink *sink, const struct fen_message *messages,
                                  uint32_t count, struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * The group's offsets to commit with the outputs: of the next record to read, at least one.
     * `group` is the source's membership: a member that has been replaced is refused here.
     */
    enum fen_sink_outcome (*offsets)(struct fen_sink *sink, const struct fen_offset *offsets,
                                     uint32_t count, const void *group,
                                     struct fen_buffer *reason) FEN_MUST_USE;

    enum fen_sink_outcome (*commit)(struct fen_sink *sink, struct fen_buffer *reason) FEN_MUST_USE;

    void (*destroy)(struct fen_sink *sink);
};

/* The first member of each implementation's struct. */
struct fen_sink {
    const struct fen_sink_functions *functions;
};

#endif /* FEN_WIRE_SINK_H */
