/* worker: see worker.h. The loop: references, producer, restore, poll, and what a poll gave. */
#include "stream/worker_parts.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/thread.h"

#define SINK_TIMEOUT_MS_DEFAULT 10000u /* with CLOSE below the bound of a stop, 25 s */
#define RESTORE_STALL_MS_DEFAULT 20000u
#define CLOSE_TIMEOUT_MS 10000u
#define LAG_INTERVAL_MS 1000
#define HOLDING_WAIT_MS 5u /* a poll's wait while messages are held back for another topic */
#define SIZES_INTERVAL_MS 5000

const char *fen_worker_state_name(enum fen_worker_state state)
{
    switch (state) {
    case FEN_WORKER_STARTING:
        return "starting";
    case FEN_WORKER_RESTORING:
        return "restoring";
    case FEN_WORKER_RUNNING:
        return "running";
    case FEN_WORKER_RECOVERING:
        return "recovering";
    case FEN_WORKER_STOPPING:
        return "stopping";
    case FEN_WORKER_STOPPED:
        return "stopped";
    case FEN_WORKER_FAILED:
        return "failed";
    }
    return "";
}

bool fen_worker_is_stopping(struct fen_worker *worker)
{
    return atomic_load_explicit(&worker->is_stopping, memory_order_relaxed); /* W1 */
}

void fen_worker_report(struct fen_worker *worker, enum fen_log_level level, const char *sentence)
{
    struct fen_str reason = fen_buffer_str(&worker->reason);
    fen_gauges_set_reason(&worker->gauges, sentence, reason);
    FEN_LOG(level, "worker", sentence, FEN_LOG_UINT("worker", worker->options.number),
            FEN_LOG_STR("reason", reason));
    fen_buffer_clear(&worker->reason);
}

void fen_worker_schedule(struct fen_worker *worker, uint32_t least_ms)
{
    uint32_t wait_ms = worker->backoff_ms < least_ms ? least_ms : worker->backoff_ms;
    worker->retry_at_ms = fen_clock_ms() + wait_ms;
    uint32_t next_ms =
        worker->backoff_ms == 0 ? FEN_WORKER_BACKOFF_MS_MIN : worker->backoff_ms * 2;
    worker->backoff_ms = next_ms > FEN_WORKER_BACKOFF_MS_MAX ? FEN_WORKER_BACKOFF_MS_MAX : next_ms;
}

static void forget_lags(struct fen_worker *worker)
{
    for (uint32_t i = 0; i < worker->ownership.offset_count; i++)
        fen_gauges_set_lag(&worker->gauges, worker->ownership.offsets[i].topic,
                           worker->ownership.offsets[i].partition, -1);
    FEN_GAUGES_SET(&worker->gauges, lag_since_ms, 0);
}

void fen_worker_close_lanes(struct fen_worker *worker)
{
    const struct fen_ownership *ownership = &worker->ownership;
    const struct fen_worker_hooks *hooks = &worker->options.hooks;
    if (worker->is_restored && hooks->closed != NULL)
        hooks->closed(hooks->context, worker->lanes, ownership->partitions,
                      ownership->lane_count);
    for (uint32_t i = 0; i < ownership->lane_count; i++) {
        if (fen_lanes_is_open(worker->lanes, ownership->partitions[i]))
            fen_lanes_close(worker->lanes, ownership->partitions[i]);
    }
    fen_alignment_clear(&worker->alignment);
    forget_lags(worker);
    worker->is_restored = false;
    FEN_GAUGES_SET(&worker->gauges, partition_count, 0);
}

void fen_worker_fail(struct fen_worker *worker, const char *sentence)
{
    worker->is_ended = true;
    fen_worker_report(worker, FEN_LOG_LEVEL_ERROR, sentence);
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_FAILED);
    worker->sink->functions->close(worker->sink);
    worker->is_hung = !worker->source->functions->close(worker->source, CLOSE_TIMEOUT_MS);
}

/* --- the loop ------------------------------------------------------------------------------- */

static void measure_lag(struct fen_worker *worker, int64_t now_ms)
{
    const struct fen_ownership *ownership = &worker->ownership;
    struct fen_gauges *gauges = &worker->gauges;
    int64_t total = 0;
    for (uint32_t i = 0; i < ownership->offset_count; i++) {
        const struct fen_offset *offset = &ownership->offsets[i];
        int64_t lag = worker->source->functions->lag(worker->source, offset->topic,
                                                     offset->partition);
        fen_gauges_set_lag(gauges, offset->topic, offset->partition, lag);
        total += lag > 0 ? lag : 0;
    }
    bool is_stuck = total > 0 && gauges->status.commits == worker->commits_at_lag;
    if (!is_stuck)
        FEN_GAUGES_SET(gauges, lag_since_ms, 0);
    else if (gauges->status.lag_since_ms == 0)
        FEN_GAUGES_SET(gauges, lag_since_ms, now_ms);
    worker->commits_at_lag = gauges->status.commits;
}

static void measure(struct fen_worker *worker)
{
    int64_t now_ms = fen_clock_ms();
    if (now_ms - worker->lag_at_ms >= LAG_INTERVAL_MS) {
        worker->lag_at_ms = now_ms;
        measure_lag(worker, now_ms);
    }
    if (now_ms - worker->sizes_at_ms >= SIZES_INTERVAL_MS) {
        struct fen_lanes_sizes sizes;
        worker->sizes_at_ms = now_ms;
        fen_lanes_measure(worker->lanes, &sizes);
        fen_gauges_set_sizes(&worker->gauges, &sizes);
    }
}

/* Leave the group; the batch is committed or there is none: steps end between batches. */
static void leave(struct fen_worker *worker)
{
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_STOPPING);
    FEN_FAULT_POINT(LEAVING);
    fen_worker_close_lanes(worker);
    fen_ownership_clear(&worker->ownership);
    worker->is_hung = !worker->source->functions->close(worker->source, CLOSE_TIMEOUT_MS);
    worker->sink->functions->close(worker->sink);
    worker->is_ended = true;
    fen_gauges_set_state(&worker->gauges, FEN_WORKER_STOPPED);
    FEN_LOG_INFO("worker", "stopped", FEN_LOG_UINT("worker", worker->options.number),
                 FEN_LOG_UINT("commits", worker->gauges.status.commits));
}

static struct fen_poll_limits limits_of(const struct fen_worker *worker)
{
    int64_t now_ms = fen_clock_ms();
    struct fen_poll_limits limits = fen_pacing_limits(&worker->pacing, now_ms);
    bool has_work_to_prepare =
        !worker->is_sink_open || (worker->has_assignment && !worker->is_restored);
    if (has_work_to_prepare) {
        int64_t wait_ms = worker->retry_at_ms - now_ms;
        if (wait_ms < limits.wait_ms)
            limits.wait_ms = wait_ms < 0 ? 0 : (uint32_t)wait_ms;
        limits.collect_ms = 0;
    }
    /* What changed in the references is still being followed: no event need come for that. */
    if (worker->is_restored && fen_lanes_is_behind(worker->lanes)
        && limits.wait_ms > worker->pacing.interval_ms)
        limits.wait_ms = worker->pacing.interval_ms;
    if (fen_alignment_is_holding(&worker->alignment) && limits.wait_ms > HOLDING_WAIT_MS)
        limits.wait_ms = HOLDING_WAIT_MS;
    return limits;
}

static void follow(struct fen_worker *worker, enum fen_source_verdict verdict,
                   const struct fen_poll *poll)
{
    if (poll->reason != NULL)
        fen_buffer_append_format(&worker->reason, "%s", poll->reason);
    switch (verdict) {
    case FEN_SOURCE_MESSAGES:
        if (worker->is_restored && worker->ownership.offset_count > 0)
            fen_worker_run_batch(worker, poll);
        break;
    case FEN_SOURCE_ASSIGNED:
        fen_worker_take_assignment(worker, poll);
        break;
    case FEN_SOURCE_REVOKED:
        fen_worker_give_up_assignment(worker);
        break;
    case FEN_SOURCE_FENCED:
        FEN_GAUGES_ADD(&worker->gauges, fences, 1);
        fen_gauges_set_start_fault(&worker->gauges,
                                   &(struct fen_start_fault){.kind = FEN_START_TAKEN});
        fen_worker_fail(worker, "another process runs as this instance");
        break;
    case FEN_SOURCE_CUT:
        fen_worker_fail(worker, "an input has lost records");
        break;
    case FEN_SOURCE_FAILED:
        fen_worker_fail(worker, "the group member failed");
        break;
    }
}

/*
 * A tainted producer is opened before the next poll takes messages, so that a batch in hand never
 * waits for it.
 */
bool fen_worker_step(struct fen_worker *worker)
{
    if (worker->is_ended)
        return false;
    if (fen_worker_is_stopping(worker)) {
        leave(worker);
        return false;
    }
    const struct fen_worker_hooks *hooks = &worker->options.hooks;
    worker->reference =
        fen_reference_acquire(worker->options.references, worker->options.number);
    if (!worker->is_sink_open && fen_clock_ms() >= worker->retry_at_ms)
        fen_worker_open_sink(worker);
    bool may_restore = worker->is_sink_open && worker->has_assignment && !worker->is_restored
                       && fen_clock_ms() >= worker->retry_at_ms;
    if (may_restore && !worker->is_ended)
        fen_worker_restore(worker);
    if (worker->is_ended)
        return false;
    struct fen_poll poll;
    struct fen_poll_limits limits = limits_of(worker);
    enum fen_source_verdict verdict =
        worker->source->functions->poll(worker->source, &limits, &poll);
    follow(worker, verdict, &poll);
    if (worker->is_ended)
        return false;
    fen_gauges_progress(&worker->gauges);
    if (worker->is_restored)
        measure(worker);
    if (hooks->rest != NULL)
        hooks->rest(hooks->context, worker->lanes);
    return true;
}

struct fen_worker *fen_worker_create(const struct fen_worker_options *options,
                                     struct fen_source *source, struct fen_sink *sink)
{
    struct fen_worker *worker = calloc(1, sizeof *worker);
    FEN_ASSERT(worker != NULL && source != NULL && sink != NULL);
    worker->options = *options;
    if (worker->options.sink_timeout_ms == 0)
        worker->options.sink_timeout_ms = SINK_TIMEOUT_MS_DEFAULT;
    if (worker->options.restore_stall_ms == 0)
        worker->options.restore_stall_ms = RESTORE_STALL_MS_DEFAULT;
    worker->source = source;
    worker->sink = sink;
    worker->lanes = fen_lanes_create(&options->lanes);
    fen_pacing_init(&worker->pacing, options->batch_count_max, options->commit_interval_ms,
                    options->commit_interval_ms_max);
    fen_ownership_init(&worker->ownership, options->lanes.partition_count);
    fen_gauges_init(&worker->gauges, options->lanes.partition_count);
    FEN_GAUGES_SET(&worker->gauges, commit_interval_ms, worker->pacing.interval_ms);
    atomic_init(&worker->is_stopping, false);
    return worker;
}

static void *run_thread(void *opaque)
{
    struct fen_worker *worker = opaque;
    (void)pthread_setname_np(pthread_self(), "worker");
    while (fen_worker_step(worker))
        ;
    return NULL;
}

void fen_worker_start(struct fen_worker *worker)
{
    FEN_ASSERT(!worker->is_started);
    worker->is_started = true;
    FEN_ASSERT(pthread_create(&worker->thread, NULL, run_thread, worker) == 0);
}

void fen_worker_stop(struct fen_worker *worker)
{
    atomic_store_explicit(&worker->is_stopping, true, memory_order_relaxed); /* W1 */
}

bool fen_worker_join(struct fen_worker *worker, uint32_t timeout_ms)
{
    if (!worker->is_started || worker->is_joined)
        return !worker->is_hung;
    if (!fen_thread_join(worker->thread, timeout_ms))
        return false;
    worker->is_joined = true;
    return !worker->is_hung;
}

void fen_worker_destroy(struct fen_worker *worker)
{
    if (worker == NULL)
        return;
    FEN_ASSERT(!worker->is_started || worker->is_joined);
    worker->sink->functions->destroy(worker->sink);
    worker->source->functions->destroy(worker->source);
    fen_lanes_destroy(worker->lanes);
    fen_ownership_deinit(&worker->ownership);
    fen_alignment_deinit(&worker->alignment);
    fen_gauges_deinit(&worker->gauges);
    fen_buffer_deinit(&worker->reason);
    free(worker);
}

void fen_worker_status_read(const struct fen_worker *worker, struct fen_worker_status *status_out)
{
    fen_gauges_read(&worker->gauges, status_out);
}

enum fen_worker_state fen_worker_state_read(const struct fen_worker *worker)
{
    return FEN_GAUGES_GET(&worker->gauges, state);
}

int64_t fen_worker_lag(const struct fen_worker *worker, enum fen_topic topic, uint32_t partition)
{
    return fen_gauges_lag(&worker->gauges, topic, partition);
}

const struct fen_counters *fen_worker_counters(const struct fen_worker *worker)
{
    return fen_lanes_counters(worker->lanes);
}
