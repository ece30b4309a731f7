/* world: see world.h. */
#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim/audit.h"
#include "sim/fiber.h"
#include "sim/process.h"
#include "sim/schedule.h"
#include "stream/inputs.h"
#include "wire/account_record.h"

#define ARENA_BYTES ((size_t)512 << 10)
#define BEAT_US 500000
#define SESSION_US INT64_C(10000000)
#define REBALANCE_US INT64_C(30000000)
#define TRANSACTION_US INT64_C(10000000)
/* Nothing new for so long: the world is at rest. A projector that backs off and then looks at its
 * fences needs some 5 s to see that Redis was emptied. */
#define REST_US INT64_C(7000000)
#define HEALING_US INT64_C(300000000) /* a healed world must come to rest within */

_Noreturn void sim_fail(const struct sim_world *world, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stdout, "seed %llu failed at step %llu, %.3f s: ",
                  (unsigned long long)world->options.seed,
                  (unsigned long long)sim_schedule_step_count(), (double)sim_now_us() / 1e6);
    (void)vfprintf(stdout, format, arguments);
    (void)fputc('\n', stdout);
    va_end(arguments);
    (void)fflush(stdout);
    exit(1);
}

void sim_trace(const struct sim_world *world, const char *format, ...)
{
    if (!world->options.traces)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stdout, "%10.3f s  ", (double)sim_now_us() / 1e6);
    (void)vfprintf(stdout, format, arguments);
    (void)fputc('\n', stdout);
    va_end(arguments);
}

/* --- what holds at any time ----------------------------------------------------------------- */

static void note_lane_version(void *context, struct sim_transaction *transaction,
                              const struct fen_message *message)
{
    struct sim_world *world = context;
    struct fen_lane_state state;
    if (message->topic != FEN_TOPIC_ACCOUNTS ||
        !fen_str_equal(message->key, FEN_LANE_STATE_KEY))
        return;
    if (!fen_lane_record_decode(world->wire, message->value, world->arena, &state))
        sim_fail(world, "a lane's record cannot be read");
    transaction->lane_versions[message->partition] = state.version;
}

static void note_decision(void *context, const struct sim_transaction *transaction)
{
    struct sim_world *world = context;
    for (uint32_t i = 0; i < SIM_PARTITION_MAX; i++) {
        if (transaction->lane_versions[i] > world->decided_version[i])
            world->decided_version[i] = transaction->lane_versions[i];
    }
}

/* Redis shows committed entries only. */
static void check_fence(void *context, uint32_t partition, uint64_t version)
{
    const struct sim_world *world = context;
    if (version > world->decided_version[partition])
        sim_fail(world, "Redis stands at version %llu of partition %u, the log at %llu",
                 (unsigned long long)version, partition,
                 (unsigned long long)world->decided_version[partition]);
}

/* --- making one ----------------------------------------------------------------------------- */

static void create_groups(struct sim_cluster *cluster)
{
    static enum fen_topic topics[SIM_STAGE_COUNT][FEN_INPUT_COUNT_MAX];
    const uint32_t counts[SIM_STAGE_COUNT] = {
        [SIM_STAGE_ALL] = fen_inputs_list(true, true, topics[SIM_STAGE_ALL]),
        [SIM_STAGE_SPLIT] = fen_inputs_list(true, false, topics[SIM_STAGE_SPLIT]),
        [SIM_STAGE_POST] = fen_inputs_list(false, true, topics[SIM_STAGE_POST]),
        [SIM_STAGE_PROJECT] = fen_inputs_list_followed(topics[SIM_STAGE_PROJECT]),
    };
    for (uint32_t stage = 0; stage < SIM_STAGE_COUNT; stage++) {
        const struct sim_group_options group = {
            .partition_count = cluster->partition_count,
            .topics = topics[stage],
            .topic_count = counts[stage],
            .session_us = SESSION_US,
            .rebalance_us = REBALANCE_US,
        };
        cluster->groups[stage] = sim_group_create(&group);
    }
}

static void create_cluster(struct sim_world *world)
{
    struct sim_cluster *cluster = &world->cluster;
    cluster->arena = world->arena;
    cluster->partition_count = 1 + sim_random_below(&world->random, SIM_PARTITION_MAX);
    cluster->is_apart = sim_random_is(&world->random, 2500);
    cluster->broker = sim_broker_create(cluster->partition_count, world->arena);
    create_groups(cluster);
    const struct sim_coordinator_options coordinator = {
        .broker = cluster->broker,
        .random = &world->random,
        .arena = world->arena,
        .partition_count = cluster->partition_count,
        .timeout_us = TRANSACTION_US,
        .slow_marker = world->troubles.slow_marker,
        .appended = note_lane_version,
        .decided = note_decision,
        .context = world,
    };
    cluster->coordinator = sim_coordinator_create(&coordinator);
}

struct sim_world *sim_world_create(const struct sim_options *options)
{
    struct sim_world *world = calloc(1, sizeof *world);
    FEN_ASSERT(world != NULL);
    world->options = *options;
    world->random.state = options->seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
    world->arena = fen_arena_create(ARENA_BYTES);
    sim_schedule_reset();
    world->wire = sim_random_is(&world->random, 5000) ? FEN_WIRE_JSON : FEN_WIRE_PROTOBUF;
    sim_trouble_choose(world);
    create_cluster(world);
    sim_redis_server_init(&world->redis, &world->random, world->arena);
    world->redis.machine.fence_set = check_fence;
    world->redis.machine.context = world;
    const struct sim_input_options inputs = {
        .wire = world->wire,
        .partition_count = world->cluster.partition_count,
        .event_count = 25 + sim_random_below(&world->random, 120),
        .has_nonsense = sim_random_is(&world->random, 5000),
    };
    sim_inputs_make(&world->inputs, &inputs, &world->random, world->arena);
    world->send_us_max = sim_random_is(&world->random, 5000) ? 100000 : 1500000;
    return world;
}

void sim_world_start(struct sim_world *world, uint32_t place, const char *name)
{
    char own_name[32];
    uint32_t worker_count = world->options.worker_count;
    if (worker_count == 0)
        worker_count = 1 + sim_random_below(&world->random, 2);
    (void)snprintf(own_name, sizeof own_name, "p%u", world->life_count);
    struct sim_process *process =
        sim_process_start(world, name == NULL ? own_name : name, place, worker_count);
    process->next = world->lives;
    world->lives = process;
    world->processes[place] = process;
    sim_trace(world, "%s starts with %u workers", process->name, worker_count);
}

/* --- its course ----------------------------------------------------------------------------- */

static void heal(void *context, uint64_t number)
{
    struct sim_world *world = context;
    (void)number;
    if (!world->is_healed)
        sim_trouble_end(world);
}

static void send_some(void *context, uint64_t number)
{
    struct sim_world *world = context;
    struct sim_inputs *inputs = &world->inputs;
    uint32_t count = 1 + sim_random_below(&world->random, 6);
    (void)number;
    if (inputs->sent < inputs->first_count)
        count = inputs->first_count;
    for (; count > 0 && inputs->sent < inputs->count; count--) {
        struct fen_message *message = &inputs->items[inputs->sent++].message;
        message->timestamp_ms = fen_clock_wall_ms();
        message->offset = sim_broker_watermarks(world->cluster.broker, message->topic,
                                                message->partition).high;
        sim_broker_append(world->cluster.broker, message, NULL);
    }
    if (inputs->sent < inputs->count)
        sim_schedule_after(sim_random_between(&world->random, 1000, world->send_us_max),
                           send_some, world, 0);
    else
        sim_schedule_after(sim_random_between(&world->random, 0, 15000000), heal, world, 0);
}

static void beat(void *context, uint64_t number)
{
    struct sim_world *world = context;
    (void)number;
    for (struct sim_process *process = world->lives; process != NULL; process = process->next) {
        sim_process_beat(process);
        if (sim_process_bury(process) || process->is_dead || world->loses_redis)
            continue;
        if (sim_process_is_settled(process) && !sim_process_is_in_redis(process))
            sim_fail(world, "%s is settled, and Redis has not got all it was told",
                     process->name);
    }
    if (world->is_healed && !world->is_ending)
        sim_trouble_refill(world);
    for (uint32_t stage = 0; stage < SIM_STAGE_COUNT; stage++)
        sim_group_tick(world->cluster.groups[stage]);
    sim_schedule_after(BEAT_US, beat, world, 0);
}

/* Records in all logs: what is still going on shows in them. */
static int64_t record_count(const struct sim_world *world)
{
    int64_t count = 0;
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        for (uint32_t i = 0;
             i < sim_broker_partition_count(world->cluster.broker, (enum fen_topic)topic); i++)
            count += sim_broker_watermarks(world->cluster.broker, (enum fen_topic)topic, i).high;
    }
    return count;
}

/* Whether every input is read and committed, and no transaction is open. */
static bool is_settled(const struct sim_world *world)
{
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        for (uint32_t i = 0;
             i < sim_broker_partition_count(world->cluster.broker, (enum fen_topic)topic); i++) {
            int64_t offset = 0;
            struct fen_message message;
            if (sim_broker_stable_end(world->cluster.broker, (enum fen_topic)topic, i) !=
                sim_broker_watermarks(world->cluster.broker, (enum fen_topic)topic, i).high)
                return false;
            if (topic > FEN_TOPIC_PLANS)
                continue;
            if (!sim_group_committed(sim_cluster_group(&world->cluster, (enum fen_topic)topic),
                                     (enum fen_topic)topic, i, &offset))
                return false;
            offset = offset == FEN_OFFSET_NONE ? 0 : offset;
            if (sim_broker_read(world->cluster.broker, (enum fen_topic)topic, i, true, &offset,
                                &message))
                return false;
        }
    }
    return true;
}

/* Whether every place has a process, every partition an owner, and Redis all they have. */
static bool is_owned(const struct sim_world *world)
{
    uint32_t owned_count = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->processes[i]->is_dead)
            return false;
    }
    for (const struct sim_process *process = world->lives; process != NULL;
         process = process->next) {
        if (!sim_process_is_settled(process))
            return false;
        owned_count += sim_process_partition_count(process);
    }
    return owned_count == world->cluster.partition_count * (world->cluster.is_apart ? 3 : 1);
}

static _Noreturn void fail_restless(const struct sim_world *world)
{
    for (const struct sim_process *process = world->lives; process != NULL;
         process = process->next) {
        for (uint32_t i = 0; !process->is_gone && i < process->worker_count; i++) {
            struct fen_worker_status status = {0};
            if (process->workers[i].worker != NULL)
                fen_worker_status_read(process->workers[i].worker, &status);
            (void)printf("%s-%u, stage %d, is %s, %s, %u partitions in its process, Redis is %s\n",
                         process->name, i, (int)process->stage,
                         fen_worker_state_name(status.state),
                         process->is_dead ? "dead" : status.reason,
                         sim_process_partition_count(process),
                         sim_process_is_settled(process) ? "settled" : "behind");
        }
    }
    sim_fail(world, "not at rest long after the last trouble, inputs %s",
             is_settled(world) ? "read" : "not read");
}

/* Step until healed and at rest. */
static void run_to_rest(struct sim_world *world)
{
    int64_t healed_us = 0;
    int64_t rest_since_us = 0;
    int64_t looked_us = 0;
    int64_t count = -1;
    while (sim_schedule_step() && !world->is_refused) {
        int64_t now_us = sim_now_us();
        if (sim_schedule_step_count() > world->options.step_max)
            sim_fail(world, "more steps than allowed");
        if (!world->is_healed || now_us - looked_us < BEAT_US)
            continue;
        looked_us = now_us;
        healed_us = healed_us == 0 ? now_us : healed_us;
        int64_t count_now = record_count(world);
        if (!is_settled(world) || !is_owned(world) || count_now != count)
            rest_since_us = now_us;
        count = count_now;
        if (now_us - rest_since_us > REST_US)
            return;
        if (now_us - healed_us > HEALING_US)
            fail_restless(world);
    }
}

/* Everybody ends: half by a stop, half by a kill. */
static void end_all(struct sim_world *world)
{
    bool are_all_gone = false;
    world->is_ending = true;
    if (!world->is_healed)
        sim_trouble_end(world);
    for (struct sim_process *process = world->lives; process != NULL; process = process->next) {
        if (!process->is_gone && sim_random_is(&world->random, 5000))
            sim_process_stop(process);
        else if (!process->is_gone)
            sim_process_kill(process);
    }
    int64_t until_us = sim_now_us() + HEALING_US;
    while (!are_all_gone && sim_schedule_step()) {
        are_all_gone = true;
        for (const struct sim_process *process = world->lives; process != NULL;
             process = process->next)
            are_all_gone = are_all_gone && process->is_gone;
        if (sim_now_us() > until_us)
            sim_fail(world, "a process does not end");
    }
}

void sim_world_run(struct sim_world *world)
{
    struct sim_sums found = {0};
    world->process_count = 1 + sim_random_below(&world->random, 3);
    if (world->cluster.is_apart)
        world->process_count += 2; /* one of each stage at least */
    send_some(world, 0);
    for (uint32_t i = 0; i < world->process_count; i++)
        sim_world_start(world, i, NULL);
    sim_schedule_after(BEAT_US, beat, world, 0);
    sim_trouble_begin(world);
    run_to_rest(world);
    if (!world->is_refused)
        sim_audit(world, &found);
    end_all(world);
}

void sim_world_destroy(struct sim_world *world)
{
    sim_fiber_reset();
    sim_schedule_reset();
    sim_coordinator_destroy(world->cluster.coordinator);
    for (uint32_t stage = 0; stage < SIM_STAGE_COUNT; stage++)
        sim_group_destroy(world->cluster.groups[stage]);
    sim_broker_destroy(world->cluster.broker);
    sim_redis_server_deinit(&world->redis);
    fen_arena_destroy(world->arena);
    free(world);
}
