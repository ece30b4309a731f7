/* engine_status: what the engine's parts say about themselves: health, metrics, idleness. */
#include <inttypes.h>
#include <string.h>

#include "base/fault_point.h"
#include "cli/serve/engine.h"

void fen_engine_counters(const struct fen_engine *engine, struct fen_counters *sum)
{
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        if (engine->workers[i].worker != NULL)
            fen_counters_read(fen_worker_counters(engine->workers[i].worker), sum);
    }
}

/* Records of a partition not yet committed, as its owner here knows; -1: no worker owns it. */
static int64_t partition_lag(const struct fen_engine *engine, enum fen_topic topic,
                             uint32_t partition)
{
    int64_t lag = -1;
    for (uint32_t i = 0; i < engine->worker_count && lag < 0; i++)
        lag = fen_worker_lag(engine->workers[i].worker, topic, partition);
    return lag;
}

static bool is_worker_input(const struct fen_engine *engine, enum fen_topic topic)
{
    if (topic == FEN_TOPIC_POSTINGS || topic == FEN_TOPIC_PAYEE_EVENTS)
        return engine->has_post;
    return engine->has_split && fen_topic_info(topic)->is_input;
}

bool fen_engine_is_idle(const struct fen_engine *engine)
{
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        if (fen_worker_state_read(engine->workers[i].worker) != FEN_WORKER_RUNNING)
            return false;
    }
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        uint32_t count = fen_topic_info((enum fen_topic)topic)->is_single_partition
                             ? 1
                             : engine->partition_count;
        if (!is_worker_input(engine, (enum fen_topic)topic))
            continue;
        for (uint32_t p = 0; p < count; p++) {
            if (partition_lag(engine, (enum fen_topic)topic, p) > 0)
                return false;
        }
    }
    return fen_engine_is_follower_idle(engine) &&
           (engine->projector == NULL || fen_projector_is_settled(engine->projector));
}

/* Milliseconds for which the worker has run with records to commit, and committed none. */
static int64_t barren_ms(const struct fen_worker_status *status, int64_t now_ms)
{
    bool is_waiting = status->state == FEN_WORKER_RUNNING && status->lag_since_ms > 0;
    return is_waiting ? now_ms - status->lag_since_ms : 0;
}

/* Whether one transaction after the other has failed for too long. */
static bool is_failing(const struct fen_worker_status *status, int64_t now_ms)
{
    return (int64_t)status->failures >=
               FEN_FAULT_NUMBER("FEN_FAULT_FAILURES_MIN", FEN_ENGINE_FAILURES_MIN) &&
           now_ms - status->failing_since_ms >
               FEN_FAULT_NUMBER("FEN_FAULT_FAILING_MS", FEN_ENGINE_BARREN_MS);
}

bool fen_engine_is_fed(const struct fen_engine *engine, int64_t period_ms)
{
    int64_t now_ms = fen_engine_now_ms();
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        struct fen_worker_status status;
        fen_worker_status_read(engine->workers[i].worker, &status);
        if (now_ms - status.progress_ms > period_ms || barren_ms(&status, now_ms) > period_ms ||
            is_failing(&status, now_ms))
            return false;
    }
    return true;
}

const char *fen_engine_failure(const struct fen_engine *engine, char text[512])
{
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        struct fen_worker_status status;
        fen_worker_status_read(engine->workers[i].worker, &status);
        if (status.state == FEN_WORKER_FAILED || status.state == FEN_WORKER_STOPPED) {
            (void)snprintf(text, 512, "%s has %s: %s", engine->workers[i].name,
                           status.state == FEN_WORKER_FAILED ? "failed" : "stopped by itself",
                           *status.reason == '\0' ? "no reason given" : status.reason);
            return text;
        }
        int64_t now_ms = fen_engine_now_ms();
        int64_t stuck_ms = now_ms - status.progress_ms;
        int64_t waiting_ms = barren_ms(&status, now_ms);
        if (waiting_ms > FEN_ENGINE_BARREN_MS) {
            (void)snprintf(text, 512, "%s has records to commit and has committed none for "
                           "%" PRId64 " s", engine->workers[i].name, waiting_ms / 1000);
            return text;
        }
        if (is_failing(&status, now_ms)) {
            (void)snprintf(text, 512, "%s: %" PRIu64 " transactions in a row have failed, the "
                           "last: %s", engine->workers[i].name, status.failures, status.reason);
            return text;
        }
        if (status.progress_ms > 0 &&
            stuck_ms > FEN_FAULT_NUMBER("FEN_FAULT_STUCK_MS", FEN_ENGINE_STUCK_MS)) {
            (void)snprintf(text, 512, "%s has not got anywhere for %" PRId64 " s (%s)",
                           engine->workers[i].name, stuck_ms / 1000,
                           fen_worker_state_name(status.state));
            return text;
        }
    }
    struct fen_reference_reader_status reader;
    fen_reference_reader_status(engine->reader, &reader);
    if (!reader.is_failed)
        return fen_engine_follower_failure(engine, text);
    (void)snprintf(text, 512, "the reader of org events and plans has failed");
    return text;
}

struct fen_start_fault fen_engine_start_fault(const struct fen_engine *engine)
{
    struct fen_worker_status status = {.start_fault = {.kind = FEN_START_SOUND}};
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        fen_worker_status_read(engine->workers[i].worker, &status);
        if (status.start_fault.kind != FEN_START_SOUND)
            return status.start_fault;
    }
    return fen_engine_follower_fault(engine);
}

/* --- health --------------------------------------------------------------------------------- */

static bool is_engine_live(void *context, struct fen_buffer *reason)
{
    char text[512];
    const char *failure = fen_engine_failure(context, text);
    if (failure != NULL)
        fen_buffer_append_format(reason, "%s", failure);
    return failure == NULL;
}

static bool is_worker_ready(void *context, struct fen_buffer *reason)
{
    const struct fen_engine_worker *worker = context;
    enum fen_worker_state state = fen_worker_state_read(worker->worker);
    if (state != FEN_WORKER_RUNNING)
        fen_buffer_append_format(reason, "%s", fen_worker_state_name(state));
    return state == FEN_WORKER_RUNNING;
}

static bool is_projector_ready(void *context, struct fen_buffer *reason)
{
    const struct fen_engine *engine = context;
    struct fen_projector_figures figures;
    fen_projector_figures(engine->projector, &figures);
    if (!figures.is_connected)
        fen_buffer_append_format(reason, "Redis is not connected");
    else if (figures.partitions_synced < figures.partitions_open)
        fen_buffer_append_format(reason, "%u of %u partitions are being brought up to date",
                                 figures.partitions_open - figures.partitions_synced,
                                 figures.partitions_open);
    else
        return true;
    return false;
}

void fen_engine_add_health(struct fen_engine *engine)
{
    fen_health_add(engine->health,
                   &(struct fen_health_check){.name = "engine",
                                              .kind = FEN_HEALTH_LIVE,
                                              .is_well = is_engine_live,
                                              .context = engine});
    for (uint32_t i = 0; i < engine->worker_count; i++)
        fen_health_add(engine->health,
                       &(struct fen_health_check){.name = engine->workers[i].name,
                                                  .kind = FEN_HEALTH_READY,
                                                  .is_well = is_worker_ready,
                                                  .context = &engine->workers[i]});
    if (engine->projector != NULL)
        fen_health_add(engine->health,
                       &(struct fen_health_check){.name = "projector",
                                                  .kind = FEN_HEALTH_READY,
                                                  .is_well = is_projector_ready,
                                                  .context = engine});
}

/* --- metrics -------------------------------------------------------------------------------- */

static struct fen_worker_status status_of(void *context, uint32_t series)
{
    const struct fen_engine *engine = context;
    struct fen_worker_status status;
    fen_worker_status_read(engine->workers[series].worker, &status);
    return status;
}

/* name, kind, help, expression over `status`. */
#define WORKER_METRICS(X)                                                                          \
    X(fen_worker_commits_total, COUNTER, "committed transactions", status.commits)                 \
    X(fen_worker_outputs_total, COUNTER, "records in committed transactions", status.outputs)      \
    X(fen_worker_recoveries_total, COUNTER, "transactions of unknown outcome", status.recoveries)  \
    X(fen_worker_taints_total, COUNTER, "producers made anew for a request that went astray",      \
      status.taints)                                                                               \
    X(fen_worker_fences_total, COUNTER, "times another owner was at work", status.fences)          \
    X(fen_worker_rebalances_total, COUNTER, "assignments taken", status.rebalances)                \
    X(fen_worker_restored_records_total, COUNTER, "state records read back",                       \
      status.restored_records)                                                                     \
    X(fen_worker_restore_seconds, GAUGE, "the last restore took",                                  \
      (double)status.restore_ms / 1e3)                                                             \
    X(fen_worker_partitions, GAUGE, "partitions owned", status.partition_count)                    \
    X(fen_worker_is_running, GAUGE, "1 while it works", status.state == FEN_WORKER_RUNNING)        \
    X(fen_worker_commit_interval_seconds, GAUGE, "commit interval at present",                     \
      status.commit_interval_ms / 1e3)                                                             \
    X(fen_worker_orders, GAUGE, "orders in memory", status.sizes.order_count)                      \
    X(fen_worker_customers, GAUGE, "customers in memory", status.sizes.customer_count)             \
    X(fen_worker_touches, GAUGE, "touches in memory", status.sizes.touch_count)                    \
    X(fen_worker_payees, GAUGE, "payees in memory", status.sizes.payee_count)                      \
    X(fen_worker_state_bytes, GAUGE, "bytes of records in memory", status.sizes.state_bytes)       \
    X(fen_worker_held_bytes, GAUGE, "bytes of everything the lanes hold", status.sizes.held_bytes) \
    X(fen_worker_unplanned_orders, GAUGE, "orders, registrations and tasks without a plan",        \
      status.sizes.unplanned_count)                                                                \
    X(fen_worker_plan_offset, GAUGE, "batches see the plans before this offset of fen.plans.v1",   \
      status.plan_offset)                                                                          \
    X(fen_worker_plans_taken_total, COUNTER, "publications taken at a batch boundary",             \
      status.plans_taken)                                                                          \
    X(fen_worker_suspended_orders, GAUGE, "credits that wait for a guide to be announced",         \
      status.sizes.suspense_count)

#define WORKER_READ(name_, kind_, help_, expression_)                                              \
    static double read_##name_(void *context, uint32_t series)                                     \
    {                                                                                              \
        struct fen_worker_status status = status_of(context, series);                              \
        return (double)(expression_);                                                              \
    }
WORKER_METRICS(WORKER_READ)

/* Series of the lag are topics, in the order of enum fen_topic, those before the ledger. */
static const char *topic_label(void *context, uint32_t series)
{
    (void)context;
    return fen_topic_info((enum fen_topic)series)->name;
}

/* Records of a topic not yet committed, over its partitions that this process owns. */
static double read_lag(void *context, uint32_t series)
{
    const struct fen_engine *engine = context;
    enum fen_topic topic = (enum fen_topic)series;
    uint32_t count =
        fen_topic_info(topic)->is_single_partition ? 1 : engine->partition_count;
    double sum = 0;
    for (uint32_t p = 0; p < count && is_worker_input(engine, topic); p++) {
        int64_t lag = partition_lag(engine, topic, p);
        sum += lag > 0 ? (double)lag : 0;
    }
    return sum;
}

static double read_lag_seconds(void *context, uint32_t series)
{
    struct fen_worker_status status = status_of(context, series);
    return status.lag_since_ms == 0 ? 0
                                    : (double)(fen_engine_now_ms() - status.lag_since_ms) / 1e3;
}

static double read_reference_events(void *context, uint32_t series)
{
    const struct fen_engine *engine = context;
    struct fen_reference_reader_status status;
    (void)series;
    fen_reference_reader_status(engine->reader, &status);
    return (double)status.events_applied;
}

static void read_counters(void *context, struct fen_counters *sum)
{
    fen_engine_counters(context, sum);
}

void fen_engine_add_metrics(struct fen_engine *engine)
{
#define WORKER_ROW(name_, kind_, help_, expression_)                                               \
    fen_metrics_add(engine->metrics, &(struct fen_metric){.name = #name_,                          \
                                                          .help = help_,                           \
                                                          .kind = FEN_METRIC_##kind_,              \
                                                          .label = "worker",                       \
                                                          .series_count = engine->worker_count,    \
                                                          .read = read_##name_,                    \
                                                          .context = engine});
    WORKER_METRICS(WORKER_ROW)
    fen_metrics_add_counters(engine->metrics, read_counters, engine);
    fen_metrics_add(engine->metrics,
                    &(struct fen_metric){.name = "fen_consumer_lag_records",
                                         .help = "records read but not yet committed, or not yet "
                                                 "read, of the partitions owned here",
                                         .kind = FEN_METRIC_GAUGE,
                                         .label = "topic",
                                         .series_count = FEN_TOPIC_LEDGER,
                                         .label_value = topic_label,
                                         .read = read_lag,
                                         .context = engine});
    fen_metrics_add(engine->metrics,
                    &(struct fen_metric){.name = "fen_consumer_lag_seconds",
                                         .help = "how long records have waited without a commit",
                                         .kind = FEN_METRIC_GAUGE,
                                         .label = "worker",
                                         .series_count = engine->worker_count,
                                         .read = read_lag_seconds,
                                         .context = engine});
    fen_metrics_add(engine->metrics,
                    &(struct fen_metric){.name = "fen_reference_events_total",
                                         .help = "org events and plans applied to the references",
                                         .kind = FEN_METRIC_COUNTER,
                                         .series_count = 1,
                                         .read = read_reference_events,
                                         .context = engine});
    if (engine->projector != NULL)
        fen_metrics_add_projector(engine->metrics, engine->projector);
    fen_engine_add_follower(engine);
}
