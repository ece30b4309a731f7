/*
 * engine: everything `fen run` wires together, from start to end.
 *
 *     reference reader ─► references ─► workers ─► outlets ─► projector ─► Redis
 *                                         │           ▲
 *                             metrics, health ─► http  follower (where no worker posts)
 *
 * The parts come up in this order and go down in the reverse one. Private to run.c and engine*.c.
 *
 * Threads: start-up (main); the parts have threads of their own.
 */
#ifndef FEN_CLI_SERVE_ENGINE_H
#define FEN_CLI_SERVE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/health.h"
#include "api/http.h"
#include "api/metrics.h"
#include "api/routes.h"
#include "cli/options/config.h"
#include "cli/exit_code.h"
#include "cli/options/http_options.h"
#include "cli/serve/order_trace.h"
#include "plan/reference.h"
#include "redis/projector.h"
#include "stream/reference_reader.h"
#include "stream/worker.h"
#include "wire/event_decode.h"

#define FEN_ENGINE_WORKER_COUNT_MAX 64

/* A worker that gets nowhere for so long is stuck in a call that never returns. */
#define FEN_ENGINE_STUCK_MS INT64_C(120000)

/* A worker that runs, has records to commit, and commits none for so long: its client no longer
 * delivers them (librdkafka has stalled partitions for ever), which a new process mends. */
#define FEN_ENGINE_BARREN_MS INT64_C(300000)

/* A worker whose transactions have all failed for as long, and so many of them: brokers that are
 * away hold the first one up, these answer. */
#define FEN_ENGINE_FAILURES_MIN 20u

/* A worker beside its outlet, for the hooks and the metrics. */
struct fen_engine_worker {
    struct fen_worker *worker;
    struct fen_outlet *outlet; /* NULL: nothing is projected */
    struct fen_quarantine *quarantine; /* NULL: no folder for it */
    char name[24];             /* "worker 0" */
};

struct fen_follower;
struct fen_projection_reader;
struct fen_scrub;

struct fen_engine {
    struct fen_config config;
    bool has_split, has_post, has_project, has_api;
    bool accepts_cut_inputs; /* a new group may begin where retention cut */
    enum fen_wire wire;
    uint32_t partition_count;
    uint32_t session_ms; /* of members of the group; 0: as configured */
    uint32_t worker_count; /* 0: neither split nor post runs here */
    char *redis_password; /* owned; NULL: none */
    struct fen_http_place http_place;
    bool is_started; /* the workers run */

    struct fen_reference_builder *references;
    struct fen_reference_reader *reader;
    struct fen_quarantine *reference_quarantine; /* NULL: no folder for it */
    struct fen_projection_reader *projection_reader;
    struct fen_projector *projector;
    struct fen_projection_reader *scrub_reader; /* NULL: no scrub */
    struct fen_scrub *scrub;
    struct fen_follower *follower;        /* NULL: workers post, or nothing is projected */
    struct fen_outlet *follower_outlet;
    struct fen_engine_worker workers[FEN_ENGINE_WORKER_COUNT_MAX];
    struct fen_metrics *metrics;
    struct fen_health *health;
    struct fen_routes routes;
    struct fen_guide_api *guide_api; /* NULL: no keys are configured */
    struct fen_dead_letter_board *dead_letters;          /* likewise, of the API */
    struct fen_dead_letter_reader *dead_letter_reader;
    struct fen_order_tracer *tracer;                     /* likewise */
    struct fen_order_trace trace;    /* what it reads from */
    uint32_t api_reader;             /* the http thread's number among the references' readers */
    struct fen_http *http;
};

/*
 * Read the configuration into an engine that is not started. Returns: OK; USAGE or CONFIG, said on
 * stderr. The caller deinits in any case.
 */
enum fen_exit fen_engine_init(struct fen_engine *engine, const struct fen_arguments *arguments);

/*
 * Check the servers and start every part. Returns: OK; UNAVAILABLE, CONFIG or FAILED, said on
 * stderr, with the parts that came up still to be stopped.
 */
enum fen_exit fen_engine_start(struct fen_engine *engine);

/*
 * Stop every part in its order: workers commit and leave, the projector drains. False when a part
 * hung: nothing may be freed then, and the process leaves by _exit.
 */
bool fen_engine_stop(struct fen_engine *engine);

/* After a stop that returned true, or without start. */
void fen_engine_deinit(struct fen_engine *engine);

/* Whether every worker owns its part, and nothing waits anywhere: inputs, postings, Redis. */
bool fen_engine_is_idle(const struct fen_engine *engine);

/* Whether a part has failed for good or hangs: the sentence to log; NULL: all is well. */
const char *fen_engine_failure(const struct fen_engine *engine, char text[512]);

/*
 * Whether every worker has got somewhere within `period_ms`, and none that runs has records to
 * commit without committing any for that long: what the supervisor's watchdog is fed by.
 */
bool fen_engine_is_fed(const struct fen_engine *engine, int64_t period_ms);

/* Of the failure: what a worker found in Kafka and must not start on; SOUND: it is another. */
struct fen_start_fault fen_engine_start_fault(const struct fen_engine *engine);

/* Sum of the workers' counters. */
void fen_engine_counters(const struct fen_engine *engine, struct fen_counters *sum);

/* Rows and checks of workers and reference reader (engine_status.c). */
void fen_engine_add_metrics(struct fen_engine *engine);
void fen_engine_add_health(struct fen_engine *engine);

/*
 * The way from the workers to Redis (engine_projection.c): probe Redis and start the projector;
 * give a worker its hooks; let go of it all, the projector stopped.
 */
enum fen_exit fen_engine_start_projector(struct fen_engine *engine);
void fen_engine_hook_worker(struct fen_engine *engine, uint32_t number,
                            struct fen_worker_hooks *hooks_out);
void fen_engine_stop_projection(struct fen_engine *engine);

/* Hand one partition's changes of a commit over. Thread: the outlet's. */
void fen_engine_publish(struct fen_outlet *outlet, const struct fen_projection *projection);

/*
 * The follower, where the stage `project` runs without `post` (engine_follower.c); each of these
 * does nothing where it does not. create: as fen_engine_start. stop: false when it hangs. failure:
 * as fen_engine_failure.
 */
bool fen_engine_needs_follower(const struct fen_engine *engine);
enum fen_exit fen_engine_create_follower(struct fen_engine *engine, struct fen_buffer *reason);
bool fen_engine_stop_follower(struct fen_engine *engine, uint32_t timeout_ms) FEN_MUST_USE;
bool fen_engine_is_follower_idle(const struct fen_engine *engine);
const char *fen_engine_follower_failure(const struct fen_engine *engine, char text[512]);
struct fen_start_fault fen_engine_follower_fault(const struct fen_engine *engine);
void fen_engine_add_follower(struct fen_engine *engine);

/* Milliseconds of the monotonic clock. */
int64_t fen_engine_now_ms(void);

#endif /* FEN_CLI_SERVE_ENGINE_H */
