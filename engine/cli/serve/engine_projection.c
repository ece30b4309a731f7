/*
 * engine_projection: the way from the workers to Redis; from a follower: engine_follower.c.
 *
 * stream and redis are siblings that do not know each other; here one's reader of Kafka becomes the
 * other's source, and the workers' hooks become calls of their outlets.
 */
#include "cli/serve/engine.h"
#include "redis/connection.h"
#include "redis/scrub.h"
#include "stream/projection_reader.h"

static enum fen_exit say_no_redis(const struct fen_engine *engine, const char *reason)
{
    fen_say("Redis at %s: %s\n  Is it running, and is --redis its address? Without the stage "
            "`project` fen runs without it.",
            "Redis %s：%s\n  请确认已启动、--redis 地址正确；不含 project 阶段时无需 Redis。",
            fen_config_text(&engine->config, "redis"), reason);
    return FEN_EXIT_UNAVAILABLE;
}

/* A wrong address shows now; a Redis that goes away later is waited for. */
static enum fen_exit probe_redis(const struct fen_engine *engine)
{
    struct fen_connection connection;
    fen_connection_init(&connection, &(struct fen_connection_options){
                                         .address = fen_config_text(&engine->config, "redis"),
                                         .password = engine->redis_password,
                                     });
    if (!fen_connection_open(&connection)) {
        fen_connection_deinit(&connection);
        return say_no_redis(engine, connection.reason);
    }
    fen_connection_deinit(&connection);
    return FEN_EXIT_OK;
}

static bool read_partition(void *context, uint32_t partition, uint32_t entries_per_payee,
                           const struct fen_projector_visitor *visitor, uint64_t *version_out)
{
    struct fen_projection_visitor same = {
        .context = visitor->context,
        .account = visitor->account,
        .record = visitor->record,
        .goes_on = visitor->goes_on,
    };
    return fen_projection_reader_read(context, partition, entries_per_payee, &same, version_out);
}

static void tick(void *context)
{
    fen_projection_reader_tick(context);
}

/* Its reader needs no references: stores are read from Redis itself. */
static void start_scrub(struct fen_engine *engine)
{
    int64_t round_ms = fen_config_number(&engine->config, "scrub");
    if (round_ms == 0)
        return;
    engine->scrub_reader = fen_projection_reader_create(&(struct fen_projection_reader_options){
        .config = &engine->config.kafka,
        .group = fen_config_text(&engine->config, "group"),
        .wire = engine->wire,
    });
    engine->scrub = fen_scrub_create(&(struct fen_scrub_options){
        .projector = engine->projector,
        .source = {.context = engine->scrub_reader,
                   .read_partition = read_partition,
                   .tick = tick},
        .round_ms = round_ms,
    });
}

enum fen_exit fen_engine_start_projector(struct fen_engine *engine)
{
    const char *fault;
    if (!engine->has_project)
        return FEN_EXIT_OK;
    enum fen_exit result = probe_redis(engine);
    if (result != FEN_EXIT_OK)
        return result;
    engine->projection_reader =
        fen_projection_reader_create(&(struct fen_projection_reader_options){
            .config = &engine->config.kafka,
            .group = fen_config_text(&engine->config, "group"),
            .wire = engine->wire,
            .references = engine->references,
            .reference_reader = engine->worker_count,
        });
    engine->projector = fen_projector_create(
        &(struct fen_projector_options){
            .address = fen_config_text(&engine->config, "redis"),
            .password = engine->redis_password,
            .partition_count = engine->partition_count,
            .worker_count = fen_engine_needs_follower(engine) ? 1 : engine->worker_count,
            .wire = engine->wire,
            .source = {.context = engine->projection_reader,
                       .read_partition = read_partition,
                       .tick = tick},
        },
        &fault);
    if (engine->projector == NULL)
        return say_no_redis(engine, fault);
    fen_projector_start(engine->projector);
    start_scrub(engine);
    return FEN_EXIT_OK;
}

void fen_engine_publish(struct fen_outlet *outlet, const struct fen_projection *projection)
{
    fen_outlet_begin(outlet, projection->partition, projection->version_from,
                     projection->version_to);
    for (uint32_t i = 0; i < projection->payee_count; i++)
        fen_outlet_add(outlet, &projection->payees[i]);
    fen_outlet_commit(outlet);
}

/* --- hooks: on the worker's thread ---------------------------------------------------------- */

static void on_opened(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                      uint32_t partition_count)
{
    struct fen_engine_worker *worker = context;
    for (uint32_t i = 0; i < partition_count; i++)
        fen_outlet_open(worker->outlet, partitions[i], fen_lanes_version(lanes, partitions[i]));
    fen_outlet_wake(worker->outlet);
}

static void on_closed(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                      uint32_t partition_count)
{
    struct fen_engine_worker *worker = context;
    (void)lanes;
    for (uint32_t i = 0; i < partition_count; i++)
        fen_outlet_close(worker->outlet, partitions[i]);
    fen_outlet_wake(worker->outlet);
}

static void on_project(void *context, const struct fen_lanes *lanes)
{
    struct fen_engine_worker *worker = context;
    uint32_t count;
    const struct fen_projection *projections = fen_lanes_projections(lanes, &count);
    for (uint32_t i = 0; i < count; i++)
        fen_engine_publish(worker->outlet, &projections[i]);
    if (count > 0)
        fen_outlet_wake(worker->outlet);
}

void fen_engine_hook_worker(struct fen_engine *engine, uint32_t number,
                            struct fen_worker_hooks *hooks_out)
{
    *hooks_out = (struct fen_worker_hooks){0};
    if (engine->projector == NULL || !engine->has_post)
        return;
    engine->workers[number].outlet = fen_projector_outlet(engine->projector, number);
    *hooks_out = (struct fen_worker_hooks){
        .context = &engine->workers[number],
        .opened = on_opened,
        .project = on_project,
        .closed = on_closed,
    };
}

void fen_engine_stop_projection(struct fen_engine *engine)
{
    fen_scrub_destroy(engine->scrub);
    fen_projection_reader_destroy(engine->scrub_reader);
    fen_projector_destroy(engine->projector);
    fen_projection_reader_destroy(engine->projection_reader);
}
