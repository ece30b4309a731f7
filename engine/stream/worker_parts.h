/*
 * worker_parts: the worker's state, shared by the files that make it up: worker.c (life and loop),
 * worker_batch.c (one transaction and what follows from it), worker_assignment.c (owning partitions
 * and letting go of them).
 *
 * Threads: the worker's, but for what worker.h names otherwise.
 */
#ifndef FEN_STREAM_WORKER_PARTS_H
#define FEN_STREAM_WORKER_PARTS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/log.h"
#include "stream/alignment.h"
#include "stream/gauges.h"
#include "stream/ownership.h"
#include "stream/pacing.h"
#include "stream/worker.h"

#define FEN_WORKER_BACKOFF_MS_MIN 100u
#define FEN_WORKER_BACKOFF_MS_MAX 5000u
/* Longer than a heartbeat: a member whose place was taken hears of it before it tries again. */
#define FEN_WORKER_FENCED_BACKOFF_MS 5000u

struct fen_worker {
    struct fen_worker_options options;
    struct fen_source *source;
    struct fen_sink *sink;
    struct fen_lanes *lanes;
    struct fen_pacing pacing;
    struct fen_alignment alignment;
    struct fen_ownership ownership;
    struct fen_gauges gauges;
    struct fen_buffer reason; /* of what just went wrong */

    /* Where the worker stands. */
    bool is_sink_open;
    bool has_assignment; /* told by the source, and not dropped since */
    bool is_restored;    /* the lanes hold the state of ownership's offsets, and the source runs */
    bool is_ended;       /* stopped or failed */
    int64_t retry_at_ms; /* neither open nor restore before */
    uint32_t backoff_ms; /* of the next failure */

    /* The reference of the last batch; its address may be used again, its offsets only rise. */
    const struct fen_reference *reference;
    const struct fen_reference *batch_reference;
    int64_t org_offset;
    int64_t plan_offset;
    int64_t plan_publication; /* the newest publication taken and told */
    bool knows_reference_ends; /* since the assignment: as far as references must reach */
    int64_t org_end;
    int64_t plan_end;

    int64_t lag_at_ms;
    int64_t sizes_at_ms;
    uint64_t commits_at_lag;

    pthread_t thread;
    bool is_started;
    bool is_joined;
    atomic_bool is_stopping; /* W1: relaxed, a flag that guards nothing */
    bool is_hung;            /* the source did not close; read after the thread's end */
};

/* Tell what just went wrong (worker->reason) and forget it; the status keeps it. */
void fen_worker_report(struct fen_worker *worker, enum fen_log_level level, const char *sentence);

/* Neither open the sink nor restore before some time: none after the first failure, then longer
 * each time until a transaction is committed. */
void fen_worker_schedule(struct fen_worker *worker, uint32_t least_ms);

/* Forget the lanes; the projector hears while they still are open. */
void fen_worker_close_lanes(struct fen_worker *worker);

/* End for good: leave the group, keep the reason. */
void fen_worker_fail(struct fen_worker *worker, const char *sentence);

/* Whether a stop was asked for. */
bool fen_worker_is_stopping(struct fen_worker *worker);

/* Open the sink, or say when to try again. */
void fen_worker_open_sink(struct fen_worker *worker);

/*
 * Run a batch. One without messages runs when the references have changed, or are still being
 * followed: orders that looked at them are evaluated anew. Its transaction, if it has outputs,
 * carries offsets all the same.
 */
void fen_worker_run_batch(struct fen_worker *worker, const struct fen_poll *poll);

/* Own what an assignment says. A part of one is no work: the group's leader may not know every
 * topic yet. */
void fen_worker_take_assignment(struct fen_worker *worker, const struct fen_poll *poll);

/* Restore the lanes of the assignment and begin to work, or say when to try again: also when the
 * references are not yet as new as the log was at the assignment. */
void fen_worker_restore(struct fen_worker *worker);

/* Forget what was owned and agree to the revocation. */
void fen_worker_give_up_assignment(struct fen_worker *worker);

#endif /* FEN_STREAM_WORKER_PARTS_H */
