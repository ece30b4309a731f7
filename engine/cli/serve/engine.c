/* engine: see the header. */
#include "cli/serve/engine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "cli/options/kafka_options.h"
#include "cli/serve/dead_letter_reader.h"
#include "cli/version.h"
#include "cli/options/wire_option.h"
#include "stream/follower.h"
#include "stream/kafka_session.h"
#include "stream/kafka_sink.h"
#include "stream/kafka_source.h"
#include "stream/topics.h"

#define WORKER_STOP_MS 20000
#define READER_STOP_MS 5000
#define PROJECTOR_DRAIN_MS 5000
#define LETTERS_STOP_MS 25000 /* it may be asking brokers that are away */
#define TRACER_STOP_MS  25000 /* likewise */

int64_t fen_engine_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether the guides' API is served here. */
static bool has_guide_api(const struct fen_engine *engine)
{
    return engine->has_api && fen_config_text(&engine->config, "api-keys") != NULL;
}

/* "split,post,project,api". */
static enum fen_exit read_stages(struct fen_engine *engine)
{
    struct {
        const char *name;
        bool *is_on;
    } stages[] = {{"split", &engine->has_split},
                  {"post", &engine->has_post},
                  {"project", &engine->has_project},
                  {"api", &engine->has_api}};
    const char *at = fen_config_text(&engine->config, "stages");
    for (;;) {
        size_t size = strcspn(at, ",");
        bool is_known = false;
        for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
            if (strlen(stages[i].name) == size && strncmp(stages[i].name, at, size) == 0)
                *stages[i].is_on = is_known = true;
        }
        if (!is_known) {
            fen_say("--stages takes split, post, project and api, comma-separated, not \"%.*s\"",
                    "--stages 是 split、post、project、api 的逗号列表，而不是“%.*s”", (int)size, at);
            return FEN_EXIT_CONFIG;
        }
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    if (!engine->has_split && !engine->has_post)
        engine->worker_count = 0;
    if (engine->has_split || engine->has_post || engine->has_project || has_guide_api(engine))
        return FEN_EXIT_OK;
    fen_say("--stages needs split, post, project, or api with --api-keys: they do the work",
            "--stages 至少要有 split、post、project，或带 --api-keys 的 api");
    return FEN_EXIT_CONFIG;
}

enum fen_exit fen_engine_init(struct fen_engine *engine, const struct fen_arguments *arguments)
{
    memset(engine, 0, sizeof *engine);
    enum fen_exit result = fen_config_init(&engine->config, arguments);
    if (result != FEN_EXIT_OK)
        return result;
    engine->worker_count = (uint32_t)fen_config_number(&engine->config, "workers");
    engine->accepts_cut_inputs = fen_arguments_has(arguments, "accept-cut-inputs");
    if (!fen_wire_parse(fen_config_text(&engine->config, "wire"), &engine->wire)) {
        fen_say("--wire is protobuf or json, not \"%s\"",
                "--wire 是 protobuf 或 json，而不是“%s”", fen_config_text(&engine->config, "wire"));
        return FEN_EXIT_CONFIG;
    }
    result = read_stages(engine);
    if (result == FEN_EXIT_OK)
        result = fen_http_place_read(&engine->config, &engine->http_place);
    if (result == FEN_EXIT_OK)
        result = fen_redis_option_read(&engine->config, &engine->redis_password);
    return result;
}

/* --- what each part is started with -------------------------------------------------------- */

static enum fen_exit check_topics(struct fen_engine *engine, struct fen_buffer *reason)
{
    struct fen_topics_options options = {.config = &engine->config.kafka};
    const char *group = fen_config_text(&engine->config, "group");
    int64_t wanted = fen_config_number(&engine->config, "partitions");
    bool is_wrong;
    engine->partition_count = fen_topics_check(&options, group, &is_wrong, reason);
    if (is_wrong) {
        fen_say("%.*s", "%.*s", FEN_STR_ARG(fen_buffer_str(reason)));
        return FEN_EXIT_CONFIG;
    }
    if (engine->partition_count == 0)
        return fen_kafka_unavailable(&engine->config.kafka, reason);
    if (wanted != 0 && (uint32_t)wanted != engine->partition_count) {
        fen_say("the topics have %u partitions, not %lld as configured; keys would move: mend "
                "`partitions`, or use other topics",
                "主题有 %u 个分区，与配置的 %lld 不符；请更正 partitions，或换用其他主题",
                engine->partition_count, (long long)wanted);
        return FEN_EXIT_CONFIG;
    }
    engine->session_ms = fen_kafka_session_choose(&engine->config.kafka);
    return FEN_EXIT_OK;
}

/*
 * The note of what is in hand (stream/quarantine.h), by group and instance: NULL where no folder is
 * named or it cannot be written; fen works without, but a message that crashes it is read for ever.
 */
static struct fen_quarantine *open_quarantine(const struct fen_engine *engine, const char *part)
{
    const char *directory = fen_config_text(&engine->config, "state-dir");
    if (directory == NULL)
        directory = getenv("STATE_DIRECTORY"); /* systemd's StateDirectory= */
    if (directory == NULL)
        return NULL;
    char name[512];
    struct fen_buffer reason = {0};
    (void)snprintf(name, sizeof name, "%s.%s.%s", fen_config_text(&engine->config, "group"),
                   fen_config_text(&engine->config, "instance"), part);
    for (char *at = name; *at != '\0'; at++) {
        if (*at == '/')
            *at = '_';
    }
    struct fen_quarantine *quarantine = fen_quarantine_open(directory, name, &reason);
    if (quarantine == NULL)
        FEN_LOG_ERROR("engine", "no quarantine: a message that ends the process is read for ever",
                      FEN_LOG_STR("reason", fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
    return quarantine;
}

static enum fen_exit start_references(struct fen_engine *engine, struct fen_buffer *reason)
{
    /* More readers than workers: who rebuilds Redis, or follows, looks guides' stores up too; the
     * API works out estimates, and last the orders that finance has traced. */
    uint32_t more = fen_engine_needs_follower(engine) ? 2 : engine->has_project ? 1 : 0;
    engine->api_reader = engine->worker_count + more;
    more += has_guide_api(engine) ? 2 : 0;
    engine->references = fen_reference_builder_create(engine->worker_count + more);
    engine->reference_quarantine = open_quarantine(engine, "reference");
    engine->reader = fen_reference_reader_create(
        &(struct fen_reference_reader_options){
            .config = &engine->config.kafka,
            .group = fen_config_text(&engine->config, "group"),
            .builder = engine->references,
            .wire = engine->wire,
            .quarantine = engine->reference_quarantine,
        },
        reason);
    if (engine->reader == NULL || !fen_reference_reader_load(engine->reader, 0, reason))
        return fen_kafka_unavailable(&engine->config.kafka, reason);
    fen_reference_reader_start(engine->reader);
    return FEN_EXIT_OK;
}

static bool create_worker(struct fen_engine *engine, uint32_t number, struct fen_buffer *reason)
{
    struct fen_engine_worker *worker = &engine->workers[number];
    const char *group = fen_config_text(&engine->config, "group");
    const char *instance = fen_config_text(&engine->config, "instance");
    char part[16];
    (void)snprintf(worker->name, sizeof worker->name, "worker %u", number);
    (void)snprintf(part, sizeof part, "%u", number);
    worker->quarantine = open_quarantine(engine, part);
    struct fen_source *source = fen_kafka_source_create(
        &(struct fen_kafka_source_options){
            .config = &engine->config.kafka,
            .group = group,
            .instance = instance,
            .number = number,
            .session_ms = engine->session_ms,
            .has_split = engine->has_split,
            .has_post = engine->has_post,
        },
        reason);
    if (source == NULL)
        return false;
    struct fen_sink *sink = fen_kafka_sink_create(&(struct fen_kafka_sink_options){
        .config = &engine->config.kafka, .group = group, .instance = instance, .number = number});
    struct fen_worker_options options = {
        .number = number,
        .lanes = {.partition_count = engine->partition_count,
                  .wire = engine->wire,
                  .has_split = engine->has_split,
                  .has_post = engine->has_post,
                  .keeps_state_records = true},
        .references = engine->references,
        .accepts_cut_inputs = engine->accepts_cut_inputs,
        .quarantine = worker->quarantine,
        .reference_quarantine = engine->reference_quarantine,
    };
    fen_engine_hook_worker(engine, number, &options.hooks);
    worker->worker = fen_worker_create(&options, source, sink);
    return true;
}

static enum fen_exit start_workers(struct fen_engine *engine, struct fen_buffer *reason)
{
    for (uint32_t i = 0; i < engine->worker_count; i++) {
        if (!create_worker(engine, i, reason))
            return fen_kafka_unavailable(&engine->config.kafka, reason);
    }
    return FEN_EXIT_OK;
}

static void read_counters(void *context, struct fen_counters *sum)
{
    fen_engine_counters(context, sum);
}

/* What the guides' API has of this process besides Redis. */
static void start_guide_api(struct fen_engine *engine)
{
    struct fen_guide_api *api = engine->guide_api;
    fen_guide_api_set_references(api, engine->references, engine->api_reader);
    if (engine->worker_count > 0)
        fen_guide_api_set_counters(api, read_counters, engine);
    engine->dead_letters = fen_dead_letter_board_create(engine->wire);
    engine->dead_letter_reader =
        fen_dead_letter_reader_start(&engine->config.kafka, engine->dead_letters);
    fen_guide_api_set_dead_letters(api, engine->dead_letters);
    engine->trace = (struct fen_order_trace){&engine->config.kafka, engine->wire,
                                             engine->references, engine->api_reader + 1};
    engine->tracer = fen_order_trace_start(&engine->trace);
    fen_guide_api_set_tracer(api, engine->tracer);
    fen_guide_api_add_metrics(api, engine->metrics);
    fen_guide_api_add(api, engine->http);
}

static enum fen_exit start_http(struct fen_engine *engine)
{
    struct fen_http_options options;
    if (!engine->has_api)
        return FEN_EXIT_OK;
    enum fen_exit result =
        fen_guide_api_option(&engine->config, engine->wire, engine->partition_count,
                             engine->redis_password, &engine->guide_api);
    if (result != FEN_EXIT_OK)
        return result;
    engine->metrics = fen_metrics_create(fen_version());
    engine->health = fen_health_create();
    fen_engine_add_metrics(engine);
    fen_engine_add_health(engine);
    engine->routes = (struct fen_routes){engine->metrics, engine->health, fen_version()};
    fen_http_options_read(&engine->config, &engine->http_place, engine->guide_api != NULL,
                          &options);
    engine->http = fen_http_create(&options);
    fen_routes_add(engine->http, &engine->routes);
    if (engine->guide_api != NULL)
        start_guide_api(engine);
    return fen_http_option_start(&engine->config, engine->http, &engine->http_place.port);
}

enum fen_exit fen_engine_start(struct fen_engine *engine)
{
    struct fen_buffer reason = {0};
    enum fen_exit result = check_topics(engine, &reason);
    if (result == FEN_EXIT_OK)
        result = start_references(engine, &reason);
    if (result == FEN_EXIT_OK)
        result = fen_engine_start_projector(engine);
    if (result == FEN_EXIT_OK)
        result = start_workers(engine, &reason);
    if (result == FEN_EXIT_OK)
        result = fen_engine_create_follower(engine, &reason);
    if (result == FEN_EXIT_OK)
        result = start_http(engine);
    /* Last: from here on there is work to lose. */
    for (uint32_t i = 0; i < engine->worker_count && result == FEN_EXIT_OK; i++)
        fen_worker_start(engine->workers[i].worker);
    if (engine->follower != NULL && result == FEN_EXIT_OK)
        fen_follower_start(engine->follower);
    engine->is_started = result == FEN_EXIT_OK;
    fen_buffer_deinit(&reason);
    return result;
}

/* --- the end ---------------------------------------------------------------------------------- */

bool fen_engine_stop(struct fen_engine *engine)
{
    bool is_clean = true;
    fen_dead_letter_reader_ask_to_stop(engine->dead_letter_reader);
    fen_order_tracer_ask_to_stop(engine->tracer);
    for (uint32_t i = 0; i < engine->worker_count && engine->is_started; i++)
        fen_worker_stop(engine->workers[i].worker);
    int64_t deadline_ms = fen_engine_now_ms() + WORKER_STOP_MS;
    for (uint32_t i = 0; i < engine->worker_count && engine->is_started; i++) {
        int64_t left_ms = deadline_ms - fen_engine_now_ms();
        if (!fen_worker_join(engine->workers[i].worker, left_ms > 1 ? (uint32_t)left_ms : 1)) {
            FEN_LOG_ERROR("engine", "a worker did not leave in time",
                          FEN_LOG_TEXT("worker", engine->workers[i].name));
            is_clean = false;
        }
    }
    is_clean = fen_engine_stop_follower(engine, WORKER_STOP_MS) && is_clean;
    if (engine->projector != NULL && !fen_projector_stop(engine->projector, PROJECTOR_DRAIN_MS))
        FEN_LOG_WARN("engine", "Redis is behind; the next start brings it up to date");
    if (engine->reader != NULL && !fen_reference_reader_stop(engine->reader, READER_STOP_MS)) {
        FEN_LOG_ERROR("engine", "the reference reader did not leave in time");
        is_clean = false;
    }
    if (engine->http != NULL)
        fen_http_stop(engine->http);
    if (!fen_dead_letter_reader_stop(engine->dead_letter_reader, LETTERS_STOP_MS)) {
        FEN_LOG_ERROR("engine", "the reader of dead letters did not leave in time");
        is_clean = false;
    }
    if (!fen_order_tracer_stop(engine->tracer, TRACER_STOP_MS)) {
        FEN_LOG_ERROR("engine", "the tracer did not leave in time");
        is_clean = false;
    }
    return is_clean;
}

void fen_engine_deinit(struct fen_engine *engine)
{
    fen_http_destroy(engine->http);
    fen_guide_api_destroy(engine->guide_api);
    fen_dead_letter_board_destroy(engine->dead_letters);
    for (uint32_t i = 0; i < engine->worker_count; i++)
        fen_worker_destroy(engine->workers[i].worker);
    for (uint32_t i = 0; i < engine->worker_count; i++)
        fen_quarantine_close(engine->workers[i].quarantine);
    fen_follower_destroy(engine->follower);
    fen_engine_stop_projection(engine);
    fen_reference_reader_destroy(engine->reader);
    fen_quarantine_close(engine->reference_quarantine);
    if (engine->references != NULL)
        fen_reference_builder_destroy(engine->references);
    if (engine->metrics != NULL)
        fen_metrics_destroy(engine->metrics);
    if (engine->health != NULL)
        fen_health_destroy(engine->health);
    free(engine->redis_password);
    fen_config_deinit(&engine->config);
}
