/* process: see process.h. */
#include "sim/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fiber.h"
#include "sim/lane_reading.h"
#include "sim/schedule.h"
#include "sim/sink.h"
#include "sim/source.h"

#define DRAIN_STEPS 50u

static bool goes_on(const struct sim_process *process)
{
    return !process->is_dead && !process->is_stopping;
}

/* --- references ----------------------------------------------------------------------------- */

static bool read_topic(struct sim_process *process, enum fen_topic topic, int64_t *offset)
{
    struct sim_world *world = process->world;
    struct fen_message message;
    struct fen_arena *scratch = fen_arena_create(4096);
    uint32_t room = 1 + sim_random_below(&world->random, 20);
    bool has_read = false;
    while (room-- > 0 &&
           sim_broker_read(world->cluster.broker, topic, 0, true, offset, &message)) {
        sim_reference_apply(process->references, world->wire, &message, scratch);
        has_read = true;
    }
    fen_arena_destroy(scratch);
    return has_read;
}

static bool is_read_to(const struct sim_process *process, const int64_t ends[2])
{
    return process->org_offset >= ends[0] && process->plan_offset >= ends[1];
}

static void run_references(void *context)
{
    struct sim_process *process = context;
    struct sim_world *world = process->world;
    const struct sim_broker *broker = world->cluster.broker;
    const int64_t ends[] = {sim_broker_watermarks(broker, FEN_TOPIC_ORG_EVENTS, 0).high,
                            sim_broker_watermarks(broker, FEN_TOPIC_PLANS, 0).high};
    while (goes_on(process)) {
        bool has_read = false;
        if (!sim_client_is_cut(&process->client) && process->reader_cut_until_us <= sim_now_us()) {
            has_read = read_topic(process, FEN_TOPIC_ORG_EVENTS, &process->org_offset);
            has_read = read_topic(process, FEN_TOPIC_PLANS, &process->plan_offset) || has_read;
        }
        if (has_read)
            fen_reference_publish(process->references, process->org_offset,
                                  process->plan_offset);
        process->has_references = process->has_references || is_read_to(process, ends);
        if (!sim_client_sleep(&process->client,
                              sim_random_between(&world->random, 500, 100000)))
            break;
    }
}

/* --- workers -------------------------------------------------------------------------------- */

static void on_opened(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                      uint32_t partition_count)
{
    struct sim_process_worker *worker = context;
    for (uint32_t i = 0; i < partition_count; i++) {
        uint64_t version = fen_lanes_version(lanes, partitions[i]);
        fen_outlet_open(worker->outlet, partitions[i], version);
        worker->process->owns[partitions[i]] = true;
        worker->process->versions[partitions[i]] = version;
    }
    sim_fiber_wake(worker->process->projector_fiber);
}

static void on_closed(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                      uint32_t partition_count)
{
    struct sim_process_worker *worker = context;
    (void)lanes;
    for (uint32_t i = 0; i < partition_count; i++) {
        fen_outlet_close(worker->outlet, partitions[i]);
        worker->process->owns[partitions[i]] = false;
    }
    sim_fiber_wake(worker->process->projector_fiber);
}

static void publish(struct fen_outlet *outlet, const struct fen_projection *projection)
{
    fen_outlet_begin(outlet, projection->partition, projection->version_from,
                     projection->version_to);
    for (uint32_t i = 0; i < projection->payee_count; i++)
        fen_outlet_add(outlet, &projection->payees[i]);
    fen_outlet_commit(outlet);
}

static void on_project(void *context, const struct fen_lanes *lanes)
{
    struct sim_process_worker *worker = context;
    uint32_t count;
    const struct fen_projection *projections = fen_lanes_projections(lanes, &count);
    for (uint32_t i = 0; i < count; i++)
        publish(worker->outlet, &projections[i]);
    for (uint32_t i = 0; i < count; i++)
        worker->process->versions[projections[i].partition] = projections[i].version_to;
    if (count > 0)
        sim_fiber_wake(worker->process->projector_fiber);
}

static bool is_of_loss(const char *reason)
{
    return strstr(reason, "an input has lost records") != NULL ||
           strstr(reason, "the state cannot be restored") != NULL;
}

/* Its reason is one that may end a worker or follower that is not asked to. One that is no member
 * any more may find that what it reads has been read by others and is gone. */
static bool is_excused(const struct sim_process_worker *worker, const char *reason)
{
    if (strstr(reason, "another process runs as this instance") != NULL)
        return true;
    return !sim_source_was_current(worker->source) && is_of_loss(reason);
}

/* A worker's end: asked for, killed, or its place was taken; nothing else may end it. */
static void judge_end(struct sim_process_worker *worker, bool has_failed, const char *reason)
{
    struct sim_process *process = worker->process;
    if (process->is_dead || !has_failed)
        return;
    if (process->world->has_lost && is_of_loss(reason)) {
        process->world->is_refused = true;
        sim_process_kill(process);
        return;
    }
    if (!is_excused(worker, reason))
        sim_fail(process->world, "%s-%u failed: %s", process->name, worker->number, reason);
    sim_trace(process->world, "%s-%u ends: %s", process->name, worker->number, reason);
    sim_process_kill(process);
}

static bool await_references(struct sim_process_worker *worker)
{
    struct sim_process *process = worker->process;
    while (!process->has_references && goes_on(process)) {
        if (!sim_client_sleep(&worker->client, 5000))
            return false;
    }
    return true;
}

static void run_worker(void *context)
{
    struct sim_process_worker *worker = context;
    struct sim_process *process = worker->process;
    struct fen_worker_status status;
    struct fen_counters counters = {0};
    if (!await_references(worker))
        return;
    while (!process->is_dead && fen_worker_step(worker->worker))
        ;
    fen_counters_read(fen_worker_counters(worker->worker), &counters);
    if (!fen_counters_balance(&counters))
        sim_fail(process->world, "%s-%u: counters do not add up", process->name, worker->number);
    fen_worker_status_read(worker->worker, &status);
    judge_end(worker, status.state == FEN_WORKER_FAILED, status.reason);
}

/* --- follower ------------------------------------------------------------------------------- */

static void on_follow(void *context, uint32_t partition, uint64_t version)
{
    struct sim_process_worker *worker = context;
    fen_outlet_open(worker->outlet, partition, version);
    worker->process->owns[partition] = true;
    worker->process->versions[partition] = version;
}

static void on_followed(void *context, const struct fen_projection *projection)
{
    struct sim_process_worker *worker = context;
    publish(worker->outlet, projection);
    worker->process->versions[projection->partition] = projection->version_to;
}

static void on_missed(void *context, uint32_t partition)
{
    struct sim_process_worker *worker = context;
    fen_outlet_miss(worker->outlet, partition);
}

static void on_left(void *context, uint32_t partition)
{
    struct sim_process_worker *worker = context;
    fen_outlet_close(worker->outlet, partition);
    worker->process->owns[partition] = false;
}

static void on_rest(void *context)
{
    struct sim_process_worker *worker = context;
    sim_fiber_wake(worker->process->projector_fiber);
}

static void run_follower(void *context)
{
    struct sim_process_worker *worker = context;
    struct sim_process *process = worker->process;
    struct fen_follower_status status;
    if (!await_references(worker))
        return;
    while (!process->is_dead && fen_follower_step(process->follower))
        ;
    fen_follower_status_read(process->follower, &status);
    judge_end(worker, status.state == FEN_FOLLOWER_FAILED, status.reason);
}

/* --- projector ------------------------------------------------------------------------------ */

static bool read_partition(void *context, uint32_t partition, uint32_t entries_per_payee,
                           const struct fen_projector_visitor *visitor, uint64_t *version_out)
{
    struct sim_process *process = context;
    const struct sim_lane_reading reading = {
        .broker = process->world->cluster.broker,
        .wire = process->world->wire,
        .client = &process->client,
        .org = process->projector_reference == NULL ? NULL : process->projector_reference->org,
    };
    return sim_lane_read(&reading, partition, entries_per_payee, visitor, version_out);
}

static void tick(void *context)
{
    struct sim_process *process = context;
    process->projector_reference =
        fen_reference_acquire(process->references, process->worker_count);
}

static bool are_workers_over(const struct sim_process *process)
{
    for (uint32_t i = 0; i < process->worker_count; i++) {
        if (!sim_fiber_is_over(process->workers[i].fiber))
            return false;
    }
    return true;
}

static void run_projector(void *context)
{
    struct sim_process *process = context;
    uint32_t drain_steps = DRAIN_STEPS;
    while (process->projector != NULL && !process->is_dead && drain_steps > 0) {
        uint32_t wait_ms = fen_projector_step(process->projector);
        if (process->is_stopping && are_workers_over(process))
            drain_steps--;
        int64_t wait_us = wait_ms == 0 || process->is_stopping ? 200 : (int64_t)wait_ms * 1000;
        if (!sim_client_sleep(&process->client, wait_us))
            break;
    }
}

/* --- life ----------------------------------------------------------------------------------- */

static struct sim_fiber *start_fiber(struct sim_process *process, void (*run)(void *context),
                                     void *context)
{
    const struct sim_fiber_options options = {run, context, &process->frozen_until_us,
                                              &process->wall_skew_ms};
    return sim_fiber_create(&options);
}

static struct sim_client client_of(struct sim_process *process)
{
    return (struct sim_client){&process->world->random, &process->world->weather,
                               &process->is_dead, &process->cut_until_us,
                               &process->mute_until_us};
}

static void create_projector(struct sim_process *process)
{
    struct sim_world *world = process->world;
    const char *reason = NULL;
    process->redis_client = (struct sim_redis_client){&world->redis, &process->is_dead,
                                                      &process->redis_cut_until_us};
    const struct fen_projector_options options = {
        .transport = &sim_redis_transport,
        .transport_context = &process->redis_client,
        .partition_count = world->cluster.partition_count,
        .worker_count = process->worker_count,
        .wire = world->wire,
        .feed_length = 1 + sim_random_below(&world->random, 12),
        .held_bytes_max = sim_random_is(&world->random, 3000) ? 2000 : 0,
        .source = {process, read_partition, tick},
    };
    process->projector = fen_projector_create(&options, &reason);
    FEN_ASSERT(process->projector != NULL);
}

static bool is_posting(const struct sim_process *process)
{
    return process->stage == SIM_STAGE_ALL || process->stage == SIM_STAGE_POST;
}

static void create_worker(struct sim_process *process, struct sim_process_worker *worker,
                          const char *id)
{
    struct sim_world *world = process->world;
    const struct fen_worker_hooks hooks = {worker, on_opened, on_project, NULL, on_closed};
    const struct fen_worker_options options = {
        .number = worker->number,
        .lanes = {.partition_count = world->cluster.partition_count,
                  .wire = world->wire,
                  .has_split = process->stage != SIM_STAGE_POST,
                  .has_post = is_posting(process),
                  .keeps_state_records = true,
                  .follow_work_max = sim_random_is(&world->random, 3000) ? 20 : 0},
        .references = process->references,
        .hooks = process->projector == NULL ? (struct fen_worker_hooks){0} : hooks,
        .batch_count_max = 1 + sim_random_below(&world->random, 30),
    };
    struct fen_sink *sink = sim_sink_create(
        &world->cluster, world->cluster.groups[process->stage], &worker->client, id);
    worker->worker = fen_worker_create(&options, worker->source, sink);
}

static void create_follower(struct sim_process *process, struct sim_process_worker *worker)
{
    const struct fen_follower_options options = {
        .partition_count = process->world->cluster.partition_count,
        .wire = process->world->wire,
        .references = process->references,
        .reference_reader = process->worker_count + 1,
        .hooks = {worker, on_follow, on_followed, on_missed, on_left, on_rest},
    };
    process->follower = fen_follower_create(&options, worker->source);
}

/* A worker, or the follower in its place, over a source of its own. */
static void create_member(struct sim_process *process, uint32_t number)
{
    struct sim_world *world = process->world;
    struct sim_process_worker *worker = &process->workers[number];
    char instance[48];
    char id[64];
    (void)snprintf(instance, sizeof instance, "%s-%u", process->name, number);
    (void)snprintf(id, sizeof id, "fen.%d.%s", (int)process->stage, instance);
    *worker = (struct sim_process_worker){
        .process = process, .number = number, .client = client_of(process)};
    if (process->projector != NULL)
        worker->outlet = fen_projector_outlet(process->projector, number);
    const struct sim_source_options source = {
        &world->cluster, world->cluster.groups[process->stage], &worker->client, instance,
        world->troubles.repeat};
    worker->source = sim_source_create(&source);
    if (process->stage == SIM_STAGE_PROJECT)
        create_follower(process, worker);
    else
        create_worker(process, worker, id);
}

static void start_fibers(struct sim_process *process)
{
    process->reference_fiber = start_fiber(process, run_references, process);
    for (uint32_t i = 0; i < process->worker_count; i++)
        process->workers[i].fiber =
            start_fiber(process, process->follower == NULL ? run_worker : run_follower,
                        &process->workers[i]);
    process->projector_fiber = start_fiber(process, run_projector, process);
}

struct sim_process *sim_process_start(struct sim_world *world, const char *name, uint32_t place,
                                      uint32_t worker_count)
{
    static const enum sim_stage stages[] = {SIM_STAGE_SPLIT, SIM_STAGE_POST, SIM_STAGE_PROJECT};
    struct sim_process *process = FEN_ARENA_NEW(world->arena, struct sim_process);
    process->world = world;
    (void)snprintf(process->name, sizeof process->name, "%s", name);
    process->place = place;
    process->stage = world->cluster.is_apart ? stages[place % 3] : SIM_STAGE_ALL;
    process->worker_count = process->stage == SIM_STAGE_PROJECT ? 1 : worker_count;
    /* No two ever have the same time and number: tokens of rebuilds must differ. */
    process->wall_skew_ms = ++world->life_count;
    if (world->troubles.skew_ms > 0)
        process->wall_skew_ms += sim_random_between(&world->random, -world->troubles.skew_ms,
                                                    world->troubles.skew_ms);
    process->client = client_of(process);
    process->references = fen_reference_builder_create(process->worker_count + 2);
    if (process->stage == SIM_STAGE_ALL || process->stage == SIM_STAGE_PROJECT)
        create_projector(process);
    for (uint32_t i = 0; i < process->worker_count; i++)
        create_member(process, i);
    start_fibers(process);
    return process;
}

void sim_process_wake(struct sim_process *process)
{
    process->frozen_until_us = 0;
    sim_fiber_wake(process->reference_fiber);
    sim_fiber_wake(process->projector_fiber);
    for (uint32_t i = 0; i < process->worker_count; i++)
        sim_fiber_wake(process->workers[i].fiber);
}

void sim_process_kill(struct sim_process *process)
{
    if (process->is_dead)
        return;
    process->is_dead = true;
    process->world->killed_count++;
    sim_process_wake(process);
}

void sim_process_stop(struct sim_process *process)
{
    process->is_stopping = true;
    if (process->follower != NULL)
        fen_follower_stop(process->follower);
    for (uint32_t i = 0; i < process->worker_count && process->follower == NULL; i++)
        fen_worker_stop(process->workers[i].worker);
}

void sim_process_beat(struct sim_process *process)
{
    if (process->is_dead || process->is_gone || process->frozen_until_us > sim_now_us())
        return;
    for (uint32_t i = 0; i < process->worker_count; i++)
        sim_source_beat(process->workers[i].source);
}

bool sim_process_bury(struct sim_process *process)
{
    if (process->is_gone)
        return true;
    if (!are_workers_over(process) || !sim_fiber_is_over(process->reference_fiber) ||
        !sim_fiber_is_over(process->projector_fiber))
        return false;
    for (uint32_t i = 0; i < process->worker_count; i++)
        fen_worker_destroy(process->workers[i].worker);
    fen_follower_destroy(process->follower);
    fen_projector_destroy(process->projector);
    fen_reference_builder_destroy(process->references);
    process->is_gone = true;
    return true;
}

bool sim_process_is_settled(const struct sim_process *process)
{
    return process->is_dead || process->is_gone || process->projector == NULL ||
           fen_projector_is_settled(process->projector);
}

bool sim_process_is_in_redis(const struct sim_process *process)
{
    struct sim_world *world = process->world;
    for (uint32_t i = 0; i < world->cluster.partition_count; i++) {
        uint64_t version;
        if (process->owns[i] && sim_redis_server_fence(&world->redis, i, &version) &&
            version < process->versions[i])
            return false;
    }
    return true;
}

uint32_t sim_process_partition_count(const struct sim_process *process)
{
    uint32_t count = 0;
    if (process->is_dead || process->is_gone)
        return 0;
    if (process->follower != NULL) {
        struct fen_follower_status status;
        fen_follower_status_read(process->follower, &status);
        return status.partition_count;
    }
    for (uint32_t i = 0; i < process->worker_count; i++) {
        struct fen_worker_status status;
        fen_worker_status_read(process->workers[i].worker, &status);
        count += status.partition_count;
    }
    return count;
}
