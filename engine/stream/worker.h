/*
 * worker: the transactional loop around the lanes (DESIGN §2, §3).
 *
 *     poll · apply · finish · begin · emit · offsets · commit · promote · project      and again
 *
 * Happy path: one batch is one transaction; it carries the outputs and the offsets of its inputs,
 * and the lanes change only when it is committed.
 *
 * Failure modes, all ending in a state that the log gives:
 *   a commit that is not OK     end the producer, discard, open another, ask for the committed
 *                               offsets, rebuild the lanes, go on from there (`recovering`)
 *   an astray request (taint)   reopen the producer before the next transaction
 *   fenced                      let go of the partitions, wait, join again; a member whose place
 *                               was taken ends as failed, so that two never fence each other for
 *                               ever
 *   revoked                     between batches by construction: forget the lanes
 *   a lost input, a gap         failed, with the reason: never reset, never guess
 *   a hang                      progress_ms stands still: the watchdog ends the process
 *
 * A new group (no committed offset) begins at offset 0 of a partition that still has it; where
 * retention has already cut the beginning, it is refused unless `accepts_cut_inputs`. A committed
 * offset below the low watermark is always refused.
 *
 * Threads: create, start, stop, join, destroy: start-up. step: the worker's, or, without start, the
 * caller's (simulation, tests). Everything named "Thread: any" is.
 */
#ifndef FEN_STREAM_WORKER_H
#define FEN_STREAM_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/histogram.h"
#include "plan/reference.h"
#include "stream/lanes.h"
#include "stream/quarantine.h"
#include "wire/counters.h"
#include "wire/sink.h"
#include "wire/source.h"
#include "wire/topic.h"

struct fen_worker;

/*
 * What a projector hears, all on the worker's thread and between batches; any may be NULL. None may
 * block: they stand in the commit loop.
 */
struct fen_worker_hooks {
    void *context;
    /* Partitions are owned and restored, no batch has begun. */
    void (*opened)(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                   uint32_t partition_count);
    /* After promote: fen_lanes_projections holds what changed. */
    void (*project)(void *context, const struct fen_lanes *lanes);
    /* At every turn of the loop, at least each 250 ms: the place to visit accounts on request. */
    void (*rest)(void *context, struct fen_lanes *lanes);
    /* Partitions are given up, or about to be restored anew; the lanes still are open. */
    void (*closed)(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                   uint32_t partition_count);
};

struct fen_worker_options {
    uint32_t number;               /* 0, 1, ... in the process; also the reader of `references` */
    struct fen_lanes_options lanes;
    struct fen_reference_builder *references; /* the caller's; must outlive the worker */
    struct fen_worker_hooks hooks;
    uint32_t batch_count_max;       /* messages a batch; 0: 10,000 */
    uint32_t commit_interval_ms;    /* when quiet; 0: 10 */
    uint32_t commit_interval_ms_max; /* when behind; 0: 100 */
    uint32_t sink_timeout_ms;       /* for open, a stop waits for it; 0: 10,000 */
    uint32_t restore_stall_ms;      /* no progress while restoring: alarm; 0: 20,000 (twice a
                                     * transaction's timeout) */
    bool accepts_cut_inputs;        /* a new group may begin where retention cut */
    struct fen_quarantine *quarantine; /* the caller's; must outlive the worker; NULL: none */
    const struct fen_quarantine *reference_quarantine; /* of the reference reader; NULL: none */
};

enum fen_worker_state {
    FEN_WORKER_STARTING,   /* opening the producer, joining the group; or nothing is assigned */
    FEN_WORKER_RESTORING,  /* rebuilding lanes of an assignment */
    FEN_WORKER_RUNNING,
    FEN_WORKER_RECOVERING, /* the last transaction's outcome is unknown */
    FEN_WORKER_STOPPING,   /* asked to stop: the last batch, then leaving */
    FEN_WORKER_STOPPED,
    FEN_WORKER_FAILED,     /* for good; see reason */
};

/* "starting", ... Thread: any. */
const char *fen_worker_state_name(enum fen_worker_state state);

/* Readable from any thread; each number whole, the set not of one moment. */
struct fen_worker_status {
    enum fen_worker_state state;
    char reason[256];           /* of FAILED, or of the last recovery; "" none */
    struct fen_start_fault start_fault; /* of FAILED: what it must not start on; SOUND: nothing */
    int64_t progress_ms;        /* monotonic time at which the loop last got somewhere */
    int64_t last_commit_ms;     /* wall clock, ms since 1970; 0 none yet */
    int64_t lag_since_ms;       /* monotonic: since when there is lag and no commit; 0 none */
    uint32_t partition_count;   /* owned and restored */
    uint64_t commits;
    uint64_t outputs;           /* records in committed transactions */
    uint64_t recoveries;
    uint64_t failures;          /* recoveries since the last commit */
    int64_t failing_since_ms;   /* monotonic: the first of them; 0 none */
    uint64_t taints;
    uint64_t fences;
    uint64_t rebalances;        /* assignments taken */
    uint64_t restores;
    uint64_t restored_records;  /* in all */
    int64_t restore_ms;         /* the last restore took */
    uint64_t restore_records;   /* the last restore read */
    uint32_t commit_interval_ms; /* at present */
    struct fen_histogram commit_us;    /* begin to commit returned */
    struct fen_histogram batch_counts; /* messages a transaction */
    struct fen_histogram age_ms;       /* at commit: the batch's oldest record, by its timestamp */
    struct fen_lanes_sizes sizes;      /* measured about every 5 s */
    int64_t plan_offset;    /* batches see the plans before it; 0: none, or no batch yet */
    uint64_t plans_taken;   /* publications, at the boundaries of batches */
};

/*
 * A worker over its two ports, which it owns from now on and destroys. Nothing happens yet.
 * Thread: start-up. The caller destroys, after join.
 */
struct fen_worker *fen_worker_create(const struct fen_worker_options *options,
                                     struct fen_source *source,
                                     struct fen_sink *sink) FEN_MUST_USE;

/*
 * One turn of the loop: one poll and what follows from it. Returns: false once the worker has
 * stopped or failed. Not beside start.
 */
bool fen_worker_step(struct fen_worker *worker) FEN_MUST_USE;

/* Run the loop in a thread of its own. Once. */
void fen_worker_start(struct fen_worker *worker);

/* Ask it to finish its batch, commit and leave the group. Thread: any, a signal handler too. */
void fen_worker_stop(struct fen_worker *worker);

/*
 * Wait for the thread to end. Returns: false when it did not within `timeout_ms`, or when its
 * client hung while leaving: nothing of it may be freed then, and the process leaves by _exit
 * (crash-only: the log holds the truth).
 */
bool fen_worker_join(struct fen_worker *worker, uint32_t timeout_ms) FEN_MUST_USE;

/* After join returned true, or without start. NULL is fine. */
void fen_worker_destroy(struct fen_worker *worker);

/* Thread: any. */
void fen_worker_status_read(const struct fen_worker *worker, struct fen_worker_status *status_out);

/* The state alone, cheaply. Thread: any. */
enum fen_worker_state fen_worker_state_read(const struct fen_worker *worker);

/*
 * Records of an owned partition that are not yet committed, refreshed about each second; -1 where
 * the partition is not owned or nothing is known. Thread: any.
 */
int64_t fen_worker_lag(const struct fen_worker *worker, enum fen_topic topic, uint32_t partition);

/* Counters of committed batches. Thread: any, through fen_counters_read. */
const struct fen_counters *fen_worker_counters(const struct fen_worker *worker);

#endif /* FEN_STREAM_WORKER_H */
