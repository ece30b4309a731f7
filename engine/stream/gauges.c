/* gauges: see gauges.h. Relaxed stores by the worker, relaxed loads by everybody else. */
#include "stream/gauges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void fen_gauges_init(struct fen_gauges *gauges, uint32_t partition_count)
{
    memset(gauges, 0, sizeof *gauges);
    FEN_ASSERT(pthread_mutex_init(&gauges->reason_mutex, NULL) == 0);
    size_t count = (size_t)FEN_TOPIC_COUNT * partition_count;
    gauges->partition_count = partition_count;
    gauges->lags = malloc(count * sizeof *gauges->lags);
    FEN_ASSERT(gauges->lags != NULL);
    for (size_t i = 0; i < count; i++)
        gauges->lags[i] = -1;
    gauges->status.progress_ms = fen_clock_ms();
}

void fen_gauges_deinit(struct fen_gauges *gauges)
{
    (void)pthread_mutex_destroy(&gauges->reason_mutex);
    free(gauges->lags);
    gauges->lags = NULL;
}

void fen_gauges_progress(struct fen_gauges *gauges)
{
    FEN_GAUGES_SET(gauges, progress_ms, fen_clock_ms());
}

void fen_gauges_set_state(struct fen_gauges *gauges, enum fen_worker_state state)
{
    FEN_GAUGES_SET(gauges, state, state);
}

void fen_gauges_set_reason(struct fen_gauges *gauges, const char *sentence, struct fen_str detail)
{
    (void)pthread_mutex_lock(&gauges->reason_mutex);
    (void)snprintf(gauges->status.reason, sizeof gauges->status.reason, "%s%s%.*s", sentence,
                   detail.size == 0 ? "" : ": ", FEN_STR_ARG(detail));
    (void)pthread_mutex_unlock(&gauges->reason_mutex);
}

void fen_gauges_set_start_fault(struct fen_gauges *gauges, const struct fen_start_fault *fault)
{
    (void)pthread_mutex_lock(&gauges->reason_mutex);
    gauges->status.start_fault = *fault;
    (void)pthread_mutex_unlock(&gauges->reason_mutex);
}

void fen_gauges_set_lag(struct fen_gauges *gauges, enum fen_topic topic, uint32_t partition,
                        int64_t lag)
{
    FEN_ASSERT(topic < FEN_TOPIC_COUNT && partition < gauges->partition_count);
    __atomic_store_n(&gauges->lags[topic * gauges->partition_count + partition], lag,
                     __ATOMIC_RELAXED);
}

int64_t fen_gauges_lag(const struct fen_gauges *gauges, enum fen_topic topic, uint32_t partition)
{
    if (topic >= FEN_TOPIC_COUNT || partition >= gauges->partition_count)
        return -1;
    return __atomic_load_n(&gauges->lags[topic * gauges->partition_count + partition],
                           __ATOMIC_RELAXED);
}

/* The numbers of struct fen_lanes_sizes are all 64 bits wide: copied one by one. */
void fen_gauges_set_sizes(struct fen_gauges *gauges, const struct fen_lanes_sizes *sizes)
{
    _Static_assert(sizeof(struct fen_lanes_sizes) % sizeof(uint64_t) == 0, "numbers of 64 bits");
    const uint64_t *from = (const uint64_t *)(const void *)sizes;
    uint64_t *to = (uint64_t *)(void *)&gauges->status.sizes;
    for (size_t i = 0; i < sizeof *sizes / sizeof *from; i++)
        __atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
}

static void read_sizes(const struct fen_gauges *gauges, struct fen_lanes_sizes *sizes_out)
{
    const uint64_t *from = (const uint64_t *)(const void *)&gauges->status.sizes;
    uint64_t *to = (uint64_t *)(void *)sizes_out;
    for (size_t i = 0; i < sizeof *sizes_out / sizeof *from; i++)
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

void fen_gauges_read(const struct fen_gauges *gauges, struct fen_worker_status *status_out)
{
    memset(status_out, 0, sizeof *status_out);
    status_out->state = FEN_GAUGES_GET(gauges, state);
    status_out->progress_ms = FEN_GAUGES_GET(gauges, progress_ms);
    status_out->last_commit_ms = FEN_GAUGES_GET(gauges, last_commit_ms);
    status_out->lag_since_ms = FEN_GAUGES_GET(gauges, lag_since_ms);
    status_out->partition_count = FEN_GAUGES_GET(gauges, partition_count);
    status_out->commits = FEN_GAUGES_GET(gauges, commits);
    status_out->outputs = FEN_GAUGES_GET(gauges, outputs);
    status_out->recoveries = FEN_GAUGES_GET(gauges, recoveries);
    status_out->failures = FEN_GAUGES_GET(gauges, failures);
    status_out->failing_since_ms = FEN_GAUGES_GET(gauges, failing_since_ms);
    status_out->taints = FEN_GAUGES_GET(gauges, taints);
    status_out->fences = FEN_GAUGES_GET(gauges, fences);
    status_out->rebalances = FEN_GAUGES_GET(gauges, rebalances);
    status_out->restores = FEN_GAUGES_GET(gauges, restores);
    status_out->restored_records = FEN_GAUGES_GET(gauges, restored_records);
    status_out->restore_ms = FEN_GAUGES_GET(gauges, restore_ms);
    status_out->restore_records = FEN_GAUGES_GET(gauges, restore_records);
    status_out->commit_interval_ms = FEN_GAUGES_GET(gauges, commit_interval_ms);
    status_out->plan_offset = FEN_GAUGES_GET(gauges, plan_offset);
    status_out->plans_taken = FEN_GAUGES_GET(gauges, plans_taken);
    fen_histogram_read(&gauges->status.commit_us, &status_out->commit_us);
    fen_histogram_read(&gauges->status.batch_counts, &status_out->batch_counts);
    fen_histogram_read(&gauges->status.age_ms, &status_out->age_ms);
    read_sizes(gauges, &status_out->sizes);
    pthread_mutex_t *mutex = (pthread_mutex_t *)(uintptr_t)&gauges->reason_mutex;
    (void)pthread_mutex_lock(mutex);
    memcpy(status_out->reason, gauges->status.reason, sizeof status_out->reason);
    status_out->start_fault = gauges->status.start_fault;
    (void)pthread_mutex_unlock(mutex);
}
