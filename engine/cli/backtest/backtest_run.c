/*
 * backtest_run: see the header.
 *
 * Two blocks: while the sides work on one, the other is filled. A block is the sides' from the
 * moment `filled` counts it until both have counted it in `done`; all three are under the mutex.
 */
#include "cli/backtest/backtest_run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mark_set.h"
#include "base/pages.h"
#include "base/progress.h"
#include "cli/options/language.h"

#define BLOCK_COUNT 2u
#define SECOND_NS 1000000000L
#define BAR_INTERVAL_NS (SECOND_NS / 10)
#define BATCH_COUNT 16000u /* so that a payee's account is read and written seldom */

struct side {
    struct fen_backtest_run *run;
    const struct fen_backtest_plan *plan;
    struct fen_replay_machine *machine;
    pthread_t thread;
    uint64_t done; /* blocks */
    _Atomic uint64_t event_count; /* worked on, for the bar */
    struct fen_arena *arena;
    struct fen_backtest_entry *entries;
    uint32_t entry_count, entry_capacity;
};

struct fen_backtest_run {
    struct fen_backtest_block blocks[BLOCK_COUNT];
    struct side sides[FEN_BACKTEST_SIDES];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t filled; /* blocks given to the sides */
    struct fen_mark_set *marks; /* of the facts taken: both sides need each once */
    uint64_t taken_count; /* events */
    bool is_ending;
    bool is_running;
};

/* Orders are read from their states in the end; what is beside them only the entries say. */
static void keep_entry(void *context, const struct fen_entry *entry)
{
    static const char order[] = "order:";
    struct side *side = context;
    if (entry->key.role == FEN_ROLE_MANUAL || entry->key.role == FEN_ROLE_PAYOUT ||
        (entry->subject.size >= sizeof order - 1 &&
         memcmp(entry->subject.data, order, sizeof order - 1) == 0))
        return;
    struct fen_backtest_entry kept = {
        .tenant = fen_arena_copy(side->arena, entry->tenant),
        .subject = fen_arena_copy(side->arena, entry->subject),
        .payee = fen_arena_copy(side->arena, entry->key.payee),
        .funder = fen_arena_copy(side->arena, entry->key.funder),
        .role = entry->key.role,
        .amount_fen = entry->amount_fen,
        .earned_ms = entry->earned_ms,
    };
    FEN_ARENA_PUSH(side->arena, side->entries, side->entry_count, side->entry_capacity, kept);
}

static void pass_over(void *context, struct fen_str json)
{
    (void)context;
    (void)json;
}

struct fen_replay_machine *fen_backtest_machine_create(const struct fen_backtest_plan *plan,
                                                       const struct fen_replay_options *options)
{
    struct fen_replay_options whole = *options;
    struct fen_str reason;
    whole.partition_count = 1;
    whole.worker_count = 1;
    whole.batch_count = BATCH_COUNT;
    whole.wire = FEN_WIRE_PROTOBUF;
    whole.is_unordered = true;
    whole.drops_records = true;
    whole.dead_letter = pass_over;
    struct fen_replay_machine *machine = fen_replay_machine_create(&whole);
    if (plan->plan == NULL ||
        fen_replay_machine_publish_trial(machine, plan->plan->yaml, &reason))
        return machine;
    fen_say("the plan %s cannot be published: %.*s", "方案 %s 无法发布：%.*s", plan->plan->path,
            FEN_STR_ARG(reason));
    fen_replay_machine_destroy(machine);
    return NULL;
}

bool fen_backtest_takes(const struct fen_backtest_plan *plan, enum fen_event_type type)
{
    return plan->plan == NULL || type != FEN_EVENT_PLAN_PUBLISHED;
}

static void work_on(struct side *side, const struct fen_backtest_block *block)
{
    for (uint32_t i = 0; i < block->count; i++, side->event_count++) {
        const struct fen_backtest_item *item = &block->items[i];
        if (!fen_backtest_is_reference(item->type))
            fen_replay_machine_take_borrowed(side->machine, item->type, item->value);
        else if (fen_backtest_takes(side->plan, item->type))
            fen_replay_machine_take_encoded(side->machine, item->value, 0);
    }
    fen_replay_machine_flush(side->machine); /* the block's bytes go */
}

static void *work(void *context)
{
    struct side *side = context;
    struct fen_backtest_run *run = side->run;
    fen_pages_prefer_huge();
    (void)pthread_mutex_lock(&run->mutex);
    for (;;) {
        while (side->done == run->filled && !run->is_ending)
            (void)pthread_cond_wait(&run->changed, &run->mutex);
        if (side->done == run->filled)
            break;
        (void)pthread_mutex_unlock(&run->mutex);
        work_on(side, &run->blocks[side->done % BLOCK_COUNT]);
        (void)pthread_mutex_lock(&run->mutex);
        side->done++;
        (void)pthread_cond_broadcast(&run->changed);
    }
    (void)pthread_mutex_unlock(&run->mutex);
    return NULL;
}

struct fen_backtest_run *
fen_backtest_run_create(const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES])
{
    struct fen_backtest_run *run = calloc(1, sizeof *run);
    FEN_ASSERT(run != NULL);
    run->marks = fen_mark_set_create();
    (void)pthread_mutex_init(&run->mutex, NULL);
    (void)pthread_cond_init(&run->changed, NULL);
    for (uint32_t i = 0; i < BLOCK_COUNT; i++)
        fen_backtest_block_init(&run->blocks[i]);
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        struct side *side = &run->sides[i];
        *side = (struct side){.run = run,
                              .plan = &plans[i],
                              .arena = fen_arena_create((size_t)1 << 16)};
        if (!plans[i].is_wanted)
            continue;
        side->machine = fen_backtest_machine_create(
            &plans[i], &(struct fen_replay_options){
                           .posted = keep_entry, .context = side, .has_distinct_facts = true});
        if (side->machine == NULL) {
            fen_backtest_run_destroy(run);
            return NULL;
        }
    }
    run->is_running = true;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        if (run->sides[i].machine == NULL)
            continue;
        int error = pthread_create(&run->sides[i].thread, NULL, work, &run->sides[i]);
        FEN_ASSERT(error == 0);
    }
    return run;
}

/* Wait until both sides are done with the block that is filled next. */
static void wait_for_room(struct fen_backtest_run *run)
{
    (void)pthread_mutex_lock(&run->mutex);
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        while (run->sides[i].machine != NULL && run->filled - run->sides[i].done >= BLOCK_COUNT)
            (void)pthread_cond_wait(&run->changed, &run->mutex);
    (void)pthread_mutex_unlock(&run->mutex);
}

static struct fen_backtest_block *filling(struct fen_backtest_run *run)
{
    return &run->blocks[run->filled % BLOCK_COUNT];
}

/* Hand the block over, and empty the next one when it is free. */
static void hand_over(struct fen_backtest_run *run)
{
    struct fen_backtest_block *block = filling(run);
    if (block->count == 0)
        return;
    fen_backtest_block_sort(block);
    (void)pthread_mutex_lock(&run->mutex);
    run->filled++;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->mutex);
    wait_for_room(run);
    fen_backtest_block_clear(filling(run));
}

/* Whether the moment of an event counts. */
static bool is_alone(const struct fen_backtest_run *run, enum fen_event_type type)
{
    bool takes_plans = false;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        takes_plans = takes_plans ||
                      (run->sides[i].machine != NULL && run->sides[i].plan->plan == NULL);
    return type == FEN_EVENT_PERIOD_CLOSED || (type == FEN_EVENT_PLAN_PUBLISHED && takes_plans);
}

/* Whether the event came before, of those that a split lane would note. */
static bool came_before(struct fen_backtest_run *run, const struct fen_backtest_place *place)
{
    uint32_t content;
    bool is_fact = place->type <= FEN_EVENT_CUSTOMER_BOUND ||
                   place->type == FEN_EVENT_TASK_SCORED || place->type == FEN_EVENT_TASK_CLOSED;
    return is_fact && !fen_mark_set_add(run->marks, place->id, place->content, &content);
}

void fen_backtest_run_take(struct fen_backtest_run *run, const struct fen_backtest_place *place,
                           struct fen_str value)
{
    if (came_before(run, place))
        return;
    fen_backtest_block_take(filling(run), place, value, is_alone(run, place->type));
    run->taken_count++;
    if (fen_backtest_block_is_full(filling(run)))
        hand_over(run);
}

static void end_threads(struct fen_backtest_run *run)
{
    if (!run->is_running)
        return;
    run->is_running = false;
    (void)pthread_mutex_lock(&run->mutex);
    run->is_ending = true;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->mutex);
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        if (run->sides[i].machine != NULL)
            (void)pthread_join(run->sides[i].thread, NULL);
}

/* Whether a side has blocks to work on; *done_out: events worked on by all. */
static bool is_working(const struct fen_backtest_run *run, uint64_t *done_out)
{
    bool is_working = false;
    *done_out = 0;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        const struct side *side = &run->sides[i];
        is_working = is_working || (side->machine != NULL && side->done < run->filled);
        *done_out += side->event_count;
    }
    return is_working;
}

/* Wait for the sides, and show how far they are: what is read is mostly not worked on yet. */
static void wait_for_sides(struct fen_backtest_run *run)
{
    struct fen_progress progress;
    uint64_t done, side_count = 0;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        side_count += run->sides[i].machine != NULL;
    fen_progress_init(&progress, "evaluate", run->taken_count * side_count);
    (void)pthread_mutex_lock(&run->mutex);
    while (is_working(run, &done)) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += BAR_INTERVAL_NS;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
        (void)pthread_cond_timedwait(&run->changed, &run->mutex, &until);
        fen_progress_update(&progress, done);
    }
    (void)pthread_mutex_unlock(&run->mutex);
    fen_progress_deinit(&progress, done);
}

void fen_backtest_run_finish(struct fen_backtest_run *run)
{
    hand_over(run);
    wait_for_sides(run);
    end_threads(run);
    for (uint32_t i = 0; i < BLOCK_COUNT; i++)
        fen_backtest_block_deinit(&run->blocks[i]);
    fen_mark_set_destroy(run->marks);
    run->marks = NULL;
}

void fen_backtest_run_destroy(struct fen_backtest_run *run)
{
    if (run == NULL)
        return;
    end_threads(run);
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        fen_replay_machine_destroy(run->sides[i].machine);
        fen_arena_destroy(run->sides[i].arena);
    }
    for (uint32_t i = 0; i < BLOCK_COUNT; i++)
        fen_backtest_block_deinit(&run->blocks[i]);
    fen_mark_set_destroy(run->marks);
    (void)pthread_cond_destroy(&run->changed);
    (void)pthread_mutex_destroy(&run->mutex);
    free(run);
}

struct fen_replay_machine *fen_backtest_run_machine(struct fen_backtest_run *run,
                                                    enum fen_backtest_side side)
{
    return run->sides[side].machine;
}

const struct fen_backtest_entry *fen_backtest_run_entries(const struct fen_backtest_run *run,
                                                          enum fen_backtest_side side,
                                                          uint32_t *count_out)
{
    *count_out = run->sides[side].entry_count;
    return run->sides[side].entries;
}
