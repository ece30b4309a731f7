/*
 * gauges: what a worker tells the world about itself, readable from any thread.
 *
 * Why apart from the worker: metrics, health and the watchdog read these while the worker may be
 * stuck in a call that never returns; nothing here waits for it. Numbers are relaxed atomics with
 * one writer; only the reason, a text, is behind a mutex that is held for a copy.
 *
 * Threads: the worker writes; read functions: any.
 */
#ifndef FEN_STREAM_GAUGES_H
#define FEN_STREAM_GAUGES_H

#include <pthread.h>
#include <stdint.h>

#include "base/str.h"
#include "stream/worker.h"

struct fen_gauges {
    struct fen_worker_status status; /* histograms included; `reason` and
                                      * `start_fault` under the mutex */
    pthread_mutex_t reason_mutex;
    int64_t *lags; /* FEN_TOPIC_COUNT * partition_count */
    uint32_t partition_count;
};

/* All 0, with room for the lags of so many partitions a topic, which deinit frees. */
void fen_gauges_init(struct fen_gauges *gauges, uint32_t partition_count);
void fen_gauges_deinit(struct fen_gauges *gauges);

/* Set or add to one 64-bit or 32-bit number of the status. Thread: worker. */
#define FEN_GAUGES_SET(gauges, field, value)                                                       \
    __atomic_store_n(&(gauges)->status.field, (value), __ATOMIC_RELAXED)
#define FEN_GAUGES_ADD(gauges, field, more)                                                        \
    FEN_GAUGES_SET(gauges, field, (gauges)->status.field + (more))
#define FEN_GAUGES_GET(gauges, field) __atomic_load_n(&(gauges)->status.field, __ATOMIC_RELAXED)

/* The loop has got somewhere. Thread: worker. */
void fen_gauges_progress(struct fen_gauges *gauges);

/* What the worker is doing, how far behind it is, how large its lanes are. Thread: worker. */
void fen_gauges_set_state(struct fen_gauges *gauges, enum fen_worker_state state);
/* The reason becomes "sentence: detail", cut where it is too long. */
void fen_gauges_set_reason(struct fen_gauges *gauges, const char *sentence,
                           struct fen_str detail);
void fen_gauges_set_start_fault(struct fen_gauges *gauges, const struct fen_start_fault *fault);
void fen_gauges_set_lag(struct fen_gauges *gauges, enum fen_topic topic, uint32_t partition,
                        int64_t lag);
void fen_gauges_set_sizes(struct fen_gauges *gauges, const struct fen_lanes_sizes *sizes);

/* Thread: any. */
void fen_gauges_read(const struct fen_gauges *gauges, struct fen_worker_status *status_out);
int64_t fen_gauges_lag(const struct fen_gauges *gauges, enum fen_topic topic, uint32_t partition);

#endif /* FEN_STREAM_GAUGES_H */
