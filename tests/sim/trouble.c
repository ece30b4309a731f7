/* trouble: what befalls a world, and how it ends; see world.h. */
#include <string.h>

#include "sim/process.h"
#include "sim/schedule.h"
#include "sim/world.h"

#define SECOND_US INT64_C(1000000)

enum trouble {
    TROUBLE_KILL,
    TROUBLE_STOP,
    TROUBLE_FREEZE,
    TROUBLE_CUT,
    TROUBLE_TWIN,
    TROUBLE_MOVE,
    TROUBLE_COMPACT,
    TROUBLE_RETENTION,
    TROUBLE_HANG,
    TROUBLE_REDIS_DOWN,
    TROUBLE_FAIL_OVER,
    TROUBLE_WIPE,
    TROUBLE_SPOIL,
    TROUBLE_REFUSE,
    TROUBLE_SCRIPT_FLUSH,
    TROUBLE_COUNT,
};

_Static_assert(sizeof((struct sim_troubles *)0)->mean_ms == TROUBLE_COUNT * sizeof(uint32_t),
               "a mean time for each");

/* --- processes ------------------------------------------------------------------------------ */

static struct sim_process *some_process(struct sim_world *world)
{
    return world->processes[sim_random_below(&world->random, world->process_count)];
}

/* A place is empty: somebody comes, mostly under the old name. */
static void fill_place(void *context, uint64_t place)
{
    struct sim_world *world = context;
    const struct sim_process *before = world->processes[place];
    bool is_free = before->is_dead || before->is_gone;
    if (!is_free || world->is_healed)
        return;
    sim_world_start(world, (uint32_t)place,
                    sim_random_is(&world->random, 7500) ? before->name : NULL);
}

static void fill_later(struct sim_world *world, const struct sim_process *process)
{
    int64_t most_us = sim_random_is(&world->random, 7000) ? SECOND_US : 20 * SECOND_US;
    sim_schedule_after(sim_random_between(&world->random, 1000, most_us), fill_place, world,
                       process->place);
}

static void kill_one(struct sim_world *world)
{
    struct sim_process *process = some_process(world);
    sim_trace(world, "%s is killed", process->name);
    sim_process_kill(process);
    fill_later(world, process);
}

static void stop_one(struct sim_world *world)
{
    struct sim_process *process = some_process(world);
    if (process->is_dead || process->is_gone)
        return;
    sim_trace(world, "%s is stopped", process->name);
    sim_process_stop(process);
    sim_schedule_after(sim_random_between(&world->random, SECOND_US, 15 * SECOND_US), fill_place,
                       world, process->place);
}

static void freeze_one(struct sim_world *world)
{
    struct sim_process *process = some_process(world);
    int64_t most_us = sim_random_is(&world->random, 5000) ? 2 * SECOND_US : 40 * SECOND_US;
    process->frozen_until_us = sim_now_us() + sim_random_between(&world->random, 1000, most_us);
    sim_trace(world, "%s is frozen for %.3f s", process->name,
              (double)(process->frozen_until_us - sim_now_us()) / 1e6);
}

static void cut_one(struct sim_world *world)
{
    struct sim_process *process = some_process(world);
    int64_t most_us = sim_random_is(&world->random, 5000) ? SECOND_US : 25 * SECOND_US;
    int64_t until_us = sim_now_us() + sim_random_between(&world->random, 1000, most_us);
    uint32_t kind = sim_random_below(&world->random, 4);
    if (kind == 0)
        process->cut_until_us = until_us;
    else if (kind == 1)
        process->mute_until_us = until_us;
    else if (kind == 2)
        process->redis_cut_until_us = until_us;
    else
        process->reader_cut_until_us = until_us;
    sim_trace(world, "%s is cut off (%u) for %.3f s", process->name, kind,
              (double)(until_us - sim_now_us()) / 1e6);
}

/* Two live owners of one name. */
static void twin_one(struct sim_world *world)
{
    const struct sim_process *process = some_process(world);
    if (process->is_dead || process->is_gone)
        return;
    sim_world_start(world, process->place, process->name);
}

/* Somebody of another name comes beside, and the old one leaves. */
static void move_one(struct sim_world *world)
{
    struct sim_process *process = some_process(world);
    if (process->is_dead || process->is_gone)
        return;
    sim_world_start(world, process->place, NULL);
    sim_process_stop(process);
}

/* --- the cluster ---------------------------------------------------------------------------- */

static void compact(struct sim_world *world)
{
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        for (uint32_t i = 0; fen_topic_info((enum fen_topic)topic)->is_compacted &&
                             i < world->cluster.partition_count;
             i++)
            sim_broker_compact(world->cluster.broker, (enum fen_topic)topic, i,
                               sim_random_below(&world->random, 30));
    }
    sim_trace(world, "compaction");
}

/* Inputs whose records nobody needs once they are read. */
static void retain(struct sim_world *world)
{
    static const enum fen_topic topics[] = {FEN_TOPIC_ORDER_EVENTS, FEN_TOPIC_CUSTOMER_EVENTS,
                                            FEN_TOPIC_TASK_EVENTS, FEN_TOPIC_PAYEE_EVENTS,
                                            FEN_TOPIC_POSTINGS};
    for (size_t topic = 0; topic < sizeof topics / sizeof *topics; topic++) {
        for (uint32_t i = 0; i < world->cluster.partition_count; i++) {
            int64_t offset = 0;
            if (!sim_group_committed(sim_cluster_group(&world->cluster, topics[topic]),
                                     topics[topic], i, &offset) ||
                offset <= 0)
                continue;
            sim_broker_cut(world->cluster.broker, topics[topic], i,
                           sim_random_between(&world->random, 0, offset));
        }
    }
    sim_trace(world, "retention");
}

/* Retention takes what nobody has read yet, of one partition that has some. */
static void lose(void *context, uint64_t number)
{
    struct sim_world *world = context;
    (void)number;
    for (uint32_t topic = 0; topic < FEN_TOPIC_POSTINGS && !world->is_healed; topic++) {
        for (uint32_t i = 0; i < world->cluster.partition_count; i++) {
            int64_t offset = 0;
            struct fen_watermarks marks =
                sim_broker_watermarks(world->cluster.broker, (enum fen_topic)topic, i);
            if (!sim_group_committed(sim_cluster_group(&world->cluster, (enum fen_topic)topic),
                                     (enum fen_topic)topic, i, &offset) ||
                offset >= marks.high || topic == FEN_TOPIC_TOUCH_EVENTS)
                continue;
            world->has_lost = true;
            sim_broker_cut(world->cluster.broker, (enum fen_topic)topic, i, marks.high);
            sim_trace(world, "%s [%u] loses what is not read",
                      fen_topic_info((enum fen_topic)topic)->name, i);
            return;
        }
    }
}

struct hanging {
    struct sim_world *world;
    struct sim_transaction transaction;
    enum fen_topic topic;
    uint32_t partition;
};

static void end_hanging(void *context, uint64_t number)
{
    struct hanging *hanging = context;
    (void)number;
    hanging->transaction.fate = SIM_FATE_ABORTED;
    sim_broker_mark(hanging->world->cluster.broker, hanging->topic, hanging->partition,
                    &hanging->transaction);
}

/* A transaction that no coordinator knows of, until an operator ends it. */
static void hang(struct sim_world *world)
{
    struct hanging *hanging = FEN_ARENA_NEW(world->arena, struct hanging);
    *hanging = (struct hanging){
        world, {0}, (enum fen_topic)sim_random_between(&world->random, FEN_TOPIC_LEDGER,
                                                       FEN_TOPIC_DEAD_LETTERS),
        sim_random_below(&world->random, world->cluster.partition_count)};
    const struct fen_message message = {.topic = hanging->topic,
                                        .partition = hanging->partition,
                                        .key = FEN_STR("t0/hanging"),
                                        .value = FEN_STR("never to be read")};
    sim_broker_append(world->cluster.broker, &message, &hanging->transaction);
    sim_schedule_after(sim_random_between(&world->random, 0, 30 * SECOND_US), end_hanging, hanging,
                       0);
    sim_trace(world, "a transaction hangs in %s [%u]", fen_topic_info(hanging->topic)->name,
              hanging->partition);
}

/* --- Redis ---------------------------------------------------------------------------------- */

static bool are_all_settled(const struct sim_world *world)
{
    for (const struct sim_process *process = world->lives; process != NULL;
         process = process->next) {
        if (!sim_process_is_settled(process))
            return false;
    }
    return true;
}

/*
 * By hand. A fence that is ahead comes with keys of another world, which go only if it is seen: not
 * while somebody is about to set his own.
 */
static void spoil(struct sim_world *world)
{
    static const struct fen_str values[] = {
        {"999999", 6}, {NULL, 0}, {"zset", 4}, {"rebuild-by-hand", 15}, {"purge-by-hand", 13}};
    uint32_t partition = sim_random_below(&world->random, world->cluster.partition_count);
    struct fen_str value = values[sim_random_below(&world->random, 5)];
    bool is_ahead = fen_str_equal(value, values[0]);
    if (sim_redis_server_says(&world->redis, partition, values[0]) ||
        sim_redis_server_says(&world->redis, partition, FEN_STR("purge-")) ||
        (is_ahead && !are_all_settled(world)))
        return;
    sim_trace(world, "the fence of partition %u is set to '%.*s' by hand", partition,
              FEN_STR_ARG(value));
    sim_redis_server_spoil(&world->redis, partition, value, is_ahead);
}

static void refuse(struct sim_world *world)
{
    struct sim_redis_server *redis = &world->redis;
    int64_t until_us = sim_now_us() + sim_random_between(&world->random, 1000, 10 * SECOND_US);
    uint32_t kind = sim_random_below(&world->random, 3);
    if (kind == 0)
        redis->loading_until_us = until_us;
    else if (kind == 1)
        redis->read_only_until_us = until_us;
    else
        redis->full_until_us = until_us;
    sim_trace(world, "Redis refuses (%u)", kind);
}

static void strike_redis(struct sim_world *world, enum trouble trouble)
{
    struct sim_redis_server *redis = &world->redis;
    uint32_t units = 1 + sim_random_below(&world->random, 20);
    if (trouble == TROUBLE_REDIS_DOWN) {
        redis->down_until_us =
            sim_now_us() + sim_random_between(&world->random, 1000, 20 * SECOND_US);
        redis->life++;
        sim_trace(world, "Redis is down");
    } else if (trouble == TROUBLE_FAIL_OVER) {
        sim_trace(world, "Redis fails over and loses %u", units);
        sim_redis_server_fail_over(redis, units);
    } else if (trouble == TROUBLE_WIPE) {
        sim_trace(world, "Redis is empty");
        sim_redis_server_empty(redis, sim_random_is(&world->random, 5000));
    } else if (trouble == TROUBLE_SPOIL) {
        spoil(world);
    } else if (trouble == TROUBLE_REFUSE) {
        refuse(world);
    } else {
        redis->machine.has_script = false;
        sim_trace(world, "the script cache is empty");
    }
}

/* --- when ----------------------------------------------------------------------------------- */

static void strike(struct sim_world *world, enum trouble trouble)
{
    static void (*const strikes[])(struct sim_world *world) = {
        [TROUBLE_KILL] = kill_one,     [TROUBLE_STOP] = stop_one,
        [TROUBLE_FREEZE] = freeze_one, [TROUBLE_CUT] = cut_one,
        [TROUBLE_TWIN] = twin_one,     [TROUBLE_MOVE] = move_one,
        [TROUBLE_COMPACT] = compact,   [TROUBLE_RETENTION] = retain,
        [TROUBLE_HANG] = hang,
    };
    if (trouble < TROUBLE_REDIS_DOWN)
        strikes[trouble](world);
    else
        strike_redis(world, trouble);
}

static void schedule_next(struct sim_world *world, uint32_t trouble);

static void come(void *context, uint64_t trouble)
{
    struct sim_world *world = context;
    if (world->is_healed)
        return;
    strike(world, (enum trouble)trouble);
    schedule_next(world, (uint32_t)trouble);
}

static void schedule_next(struct sim_world *world, uint32_t trouble)
{
    int64_t mean_us = (int64_t)world->troubles.mean_ms[trouble] * 1000;
    if (mean_us > 0)
        sim_schedule_after(sim_random_between(&world->random, 0, 2 * mean_us), come, world,
                           trouble);
}

static uint32_t some(struct sim_random *random, uint32_t percent, uint32_t most)
{
    return sim_random_is(random, percent * 100) ? 1 + sim_random_below(random, most) : 0;
}

void sim_trouble_choose(struct sim_world *world)
{
    struct sim_random *random = &world->random;
    struct sim_troubles *troubles = &world->troubles;
    world->is_calm = sim_random_is(random, 700);
    if (world->is_calm)
        return;
    for (uint32_t i = 0; i < TROUBLE_COUNT; i++) {
        if (sim_random_is(random, 2500))
            troubles->mean_ms[i] = 300u << sim_random_below(random, 7);
    }
    world->loses_redis = troubles->mean_ms[TROUBLE_FAIL_OVER] > 0 ||
                         troubles->mean_ms[TROUBLE_WIPE] > 0 ||
                         troubles->mean_ms[TROUBLE_SPOIL] > 0;
    troubles->slow_marker = some(random, 50, 3000);
    troubles->repeat = some(random, 50, 1500);
    troubles->skew_ms = some(random, 20, 100000000);
    world->weather = (struct sim_weather){
        .lost = some(random, 50, 200),
        .answer_lost = some(random, 50, 200),
        .straggler = some(random, 50, sim_random_is(random, 3000) ? 3000 : 300),
        .slow = some(random, 30, 1000),
        .given_up = some(random, 40, sim_random_is(random, 3000) ? 1000 : 100),
        .straggler_us_max = sim_random_is(random, 7000) ? 100000 : 15 * SECOND_US,
    };
}

void sim_trouble_begin(struct sim_world *world)
{
    world->redis.breaks = some(&world->random, world->is_calm ? 0 : 50, 400);
    for (uint32_t i = 0; i < TROUBLE_COUNT; i++)
        schedule_next(world, i);
    if (!world->is_calm && sim_random_is(&world->random, 300))
        sim_schedule_after(sim_random_between(&world->random, 0, 10 * SECOND_US), lose, world, 0);
}

void sim_trouble_end(struct sim_world *world)
{
    world->is_healed = true;
    world->weather = (struct sim_weather){0};
    sim_coordinator_heal(world->cluster.coordinator);
    sim_redis_server_heal(&world->redis);
    sim_trace(world, "all is well from now on");
    for (struct sim_process *process = world->lives; process != NULL; process = process->next) {
        process->cut_until_us = process->mute_until_us = 0;
        process->redis_cut_until_us = process->reader_cut_until_us = 0;
        if (!process->is_gone)
            sim_process_wake(process);
    }
    sim_trouble_refill(world);
}

void sim_trouble_refill(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->process_count && !world->is_ending; i++) {
        const struct sim_process *process = world->processes[i];
        if (process->is_dead || process->is_gone || process->is_stopping)
            sim_world_start(world, i, process->name);
    }
}
