/*
 * engine_follower: the way from another process's post lanes to Redis, for the stage `project`
 * without `post`: the follower's hooks become calls of its outlet.
 */
#include <inttypes.h>

#include "base/log.h"
#include "cli/serve/engine.h"
#include "cli/options/kafka_options.h"
#include "stream/follower.h"
#include "stream/kafka_source.h"

bool fen_engine_needs_follower(const struct fen_engine *engine)
{
    return engine->has_project && !engine->has_post;
}

/* --- hooks: on the follower's thread --------------------------------------------------------- */

static void on_opened(void *context, uint32_t partition, uint64_t version)
{
    const struct fen_engine *engine = context;
    fen_outlet_open(engine->follower_outlet, partition, version);
}

static void on_project(void *context, const struct fen_projection *projection)
{
    const struct fen_engine *engine = context;
    fen_engine_publish(engine->follower_outlet, projection);
}

static void on_missed(void *context, uint32_t partition)
{
    const struct fen_engine *engine = context;
    fen_outlet_miss(engine->follower_outlet, partition);
}

static void on_closed(void *context, uint32_t partition)
{
    const struct fen_engine *engine = context;
    fen_outlet_close(engine->follower_outlet, partition);
}

static void on_rest(void *context)
{
    const struct fen_engine *engine = context;
    fen_outlet_wake(engine->follower_outlet);
}

/* --- life ------------------------------------------------------------------------------------- */

enum fen_exit fen_engine_create_follower(struct fen_engine *engine, struct fen_buffer *reason)
{
    char group[512];
    if (!fen_engine_needs_follower(engine))
        return FEN_EXIT_OK;
    /* A group of its own: its members share other topics than the workers of --group. */
    (void)snprintf(group, sizeof group, "%s-project", fen_config_text(&engine->config, "group"));
    struct fen_source *source = fen_kafka_source_create(
        &(struct fen_kafka_source_options){
            .config = &engine->config.kafka,
            .group = group,
            .instance = fen_config_text(&engine->config, "instance"),
            .session_ms = engine->session_ms,
            .is_follower = true,
        },
        reason);
    if (source == NULL)
        return fen_kafka_unavailable(&engine->config.kafka, reason);
    engine->follower_outlet = fen_projector_outlet(engine->projector, 0);
    engine->follower = fen_follower_create(
        &(struct fen_follower_options){
            .partition_count = engine->partition_count,
            .wire = engine->wire,
            .references = engine->references,
            .reference_reader = engine->worker_count + 1,
            .hooks = {.context = engine,
                      .opened = on_opened,
                      .project = on_project,
                      .missed = on_missed,
                      .closed = on_closed,
                      .rest = on_rest},
        },
        source);
    return FEN_EXIT_OK;
}

bool fen_engine_stop_follower(struct fen_engine *engine, uint32_t timeout_ms)
{
    if (engine->follower == NULL)
        return true;
    fen_follower_stop(engine->follower);
    if (fen_follower_join(engine->follower, timeout_ms))
        return true;
    FEN_LOG_ERROR("engine", "the follower did not leave in time");
    return false;
}

/* --- what it says of itself ------------------------------------------------------------------- */

static struct fen_follower_status status_of(const struct fen_engine *engine)
{
    struct fen_follower_status status;
    fen_follower_status_read(engine->follower, &status);
    return status;
}

bool fen_engine_is_follower_idle(const struct fen_engine *engine)
{
    if (engine->follower == NULL)
        return true;
    struct fen_follower_status status = status_of(engine);
    return status.state == FEN_FOLLOWER_FOLLOWING && status.lag == 0;
}

const char *fen_engine_follower_failure(const struct fen_engine *engine, char text[512])
{
    if (engine->follower == NULL)
        return NULL;
    struct fen_follower_status status = status_of(engine);
    int64_t stuck_ms = fen_engine_now_ms() - status.progress_ms;
    bool is_stuck = status.progress_ms > 0 && stuck_ms > FEN_ENGINE_STUCK_MS;
    if (status.state == FEN_FOLLOWER_FAILED || status.state == FEN_FOLLOWER_STOPPED)
        (void)snprintf(text, 512, "the follower has %s: %s",
                       fen_follower_state_name(status.state), status.reason);
    else if (is_stuck)
        (void)snprintf(text, 512, "the follower has not got anywhere for %" PRId64 " s (%s)",
                       stuck_ms / 1000, fen_follower_state_name(status.state));
    else
        return NULL;
    return text;
}

struct fen_start_fault fen_engine_follower_fault(const struct fen_engine *engine)
{
    if (engine->follower == NULL)
        return (struct fen_start_fault){.kind = FEN_START_SOUND};
    return status_of(engine).start_fault;
}

static bool is_follower_ready(void *context, struct fen_buffer *reason)
{
    struct fen_follower_status status = status_of(context);
    if (status.state != FEN_FOLLOWER_FOLLOWING)
        fen_buffer_append_format(reason, "%s", fen_follower_state_name(status.state));
    return status.state == FEN_FOLLOWER_FOLLOWING;
}

/* name, kind, help, expression over `status`. */
#define FOLLOWER_METRICS(X)                                                                        \
    X(fen_follower_partitions, GAUGE, "ledger partitions followed", status.partition_count)        \
    X(fen_follower_commits_total, COUNTER, "commits handed to the projector",                      \
      (double)status.commits)                                                                      \
    X(fen_follower_torn_total, COUNTER, "commits that could not be put together",                  \
      (double)status.torn)                                                                         \
    X(fen_follower_readings_total, COUNTER, "times accounts were read back",                       \
      (double)status.readings)                                                                     \
    X(fen_follower_lag_records, GAUGE,                                                             \
      "records of ledger and accounts not yet read, commits not yet whole; -1: not known",         \
      (double)status.lag)

#define FOLLOWER_READ(name_, kind_, help_, expression_)                                            \
    static double read_##name_(void *context, uint32_t series)                                     \
    {                                                                                              \
        struct fen_follower_status status = status_of(context);                                    \
        (void)series;                                                                              \
        return expression_;                                                                        \
    }
FOLLOWER_METRICS(FOLLOWER_READ)

void fen_engine_add_follower(struct fen_engine *engine)
{
    if (engine->follower == NULL)
        return;
#define FOLLOWER_ROW(name_, kind_, help_, expression_)                                             \
    fen_metrics_add(engine->metrics, &(struct fen_metric){.name = #name_,                          \
                                                          .help = help_,                           \
                                                          .kind = FEN_METRIC_##kind_,              \
                                                          .series_count = 1,                       \
                                                          .read = read_##name_,                    \
                                                          .context = engine});
    FOLLOWER_METRICS(FOLLOWER_ROW)
    fen_health_add(engine->health, &(struct fen_health_check){.name = "follower",
                                                              .kind = FEN_HEALTH_READY,
                                                              .is_well = is_follower_ready,
                                                              .context = engine});
}
