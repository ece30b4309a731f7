/*
 * backtest_run: see the header.
 *
 * Two blocks: while the sides work on one, the other is filled. A block is the sides' from the
 * moment `filled` counts it until both have counted it in `done`; all three are under the mutex.
 */
#include "cli/backtest_run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/language.h"

#define BLOCK_COUNT 2u
#define BLOCK_EVENTS_MAX 262144u
#define BLOCK_BYTES_MAX ((size_t)96 << 20)
#define BATCH_COUNT 4000u

/* The order within a block. */
enum rank { RANK_REFERENCE, RANK_CUSTOMER, RANK_FACT, RANK_ORDER, RANK_COUNT };

/* Events of one key stand together, so that a state is read and written once a block. */
struct item {
    struct fen_str value;
    uint64_t key; /* hash of the customer or order; of others their place */
    uint32_t place;
    enum fen_event_type type;
};

struct items {
    struct item *items; /* grows with malloc */
    uint32_t count, capacity;
};

struct block {
    struct fen_arena *arena; /* of the values */
    struct items ranks[RANK_COUNT];
    uint32_t event_count;
};

struct side {
    struct fen_backtest_run *run;
    const struct fen_backtest_plan *plan;
    struct fen_replay_machine *machine;
    pthread_t thread;
    uint64_t done; /* blocks */
    struct fen_arena *arena;
    struct fen_backtest_entry *entries;
    uint32_t entry_count, entry_capacity;
};

struct fen_backtest_run {
    struct block blocks[BLOCK_COUNT];
    struct side sides[FEN_BACKTEST_SIDES];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t filled; /* blocks given to the sides */
    bool is_ending;
    bool is_running;
};

static enum rank rank_of(enum fen_event_type type)
{
    if (type >= FEN_EVENT_GUIDE_SET && type <= FEN_EVENT_PERIOD_CLOSED)
        return RANK_REFERENCE;
    if (type == FEN_EVENT_PLAN_PUBLISHED)
        return RANK_REFERENCE;
    if (type >= FEN_EVENT_TOUCH_SHARED && type <= FEN_EVENT_CUSTOMER_BOUND)
        return RANK_CUSTOMER;
    bool is_order = type >= FEN_EVENT_ORDER_PLACED && type <= FEN_EVENT_ORDER_DEADLINE_MOVED;
    return is_order ? RANK_ORDER : RANK_FACT;
}

static uint64_t key_of(const struct fen_event *event, enum rank rank, uint32_t place)
{
    if (rank == RANK_CUSTOMER)
        return fen_hash_pair(event->tenant, event->customer);
    return rank == RANK_ORDER ? fen_hash_pair(event->tenant, event->order) : place;
}

/* By key; what happened to an order before the order itself; else as they came. */
static int compare_items(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    bool is_left_placed = left->type == FEN_EVENT_ORDER_PLACED;
    bool is_right_placed = right->type == FEN_EVENT_ORDER_PLACED;
    if (is_left_placed != is_right_placed)
        return is_left_placed ? 1 : -1;
    return left->place < right->place ? -1 : 1;
}

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

static void work_on(struct side *side, const struct block *block)
{
    for (int rank = 0; rank < RANK_COUNT; rank++) {
        const struct items *items = &block->ranks[rank];
        for (uint32_t i = 0; i < items->count; i++)
            if (fen_backtest_takes(side->plan, items->items[i].type))
                fen_replay_machine_take_encoded(side->machine, items->items[i].value, 0);
    }
}

static void *work(void *context)
{
    struct side *side = context;
    struct fen_backtest_run *run = side->run;
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
    fen_replay_machine_flush(side->machine);
    return NULL;
}

struct fen_backtest_run *
fen_backtest_run_create(const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES])
{
    struct fen_backtest_run *run = calloc(1, sizeof *run);
    FEN_ASSERT(run != NULL);
    (void)pthread_mutex_init(&run->mutex, NULL);
    (void)pthread_cond_init(&run->changed, NULL);
    for (uint32_t i = 0; i < BLOCK_COUNT; i++)
        run->blocks[i].arena = fen_arena_create((size_t)1 << 20);
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++) {
        struct side *side = &run->sides[i];
        *side = (struct side){.run = run,
                              .plan = &plans[i],
                              .arena = fen_arena_create((size_t)1 << 16)};
        if (!plans[i].is_wanted)
            continue;
        side->machine = fen_backtest_machine_create(
            &plans[i], &(struct fen_replay_options){.posted = keep_entry, .context = side});
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

static struct block *filling(struct fen_backtest_run *run)
{
    return &run->blocks[run->filled % BLOCK_COUNT];
}

/* Hand the block over, and empty the next one when it is free. */
static void hand_over(struct fen_backtest_run *run)
{
    struct block *block = filling(run);
    if (block->event_count == 0)
        return;
    for (int rank = RANK_CUSTOMER; rank < RANK_COUNT; rank++)
        if (block->ranks[rank].count > 1)
            qsort(block->ranks[rank].items, block->ranks[rank].count, sizeof(struct item),
                  compare_items);
    (void)pthread_mutex_lock(&run->mutex);
    run->filled++;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->mutex);
    wait_for_room(run);
    block = filling(run);
    fen_arena_reset(block->arena);
    block->event_count = 0;
    for (int rank = 0; rank < RANK_COUNT; rank++)
        block->ranks[rank].count = 0;
}

static void push(struct items *items, const struct item *item)
{
    if (items->count == items->capacity) {
        items->capacity = items->capacity == 0 ? 1024 : items->capacity * 2;
        items->items = realloc(items->items, items->capacity * sizeof *items->items);
        FEN_ASSERT(items->items != NULL);
    }
    items->items[items->count++] = *item;
}

/* Whether an event's place among the others counts. */
static bool is_placed(const struct fen_backtest_run *run, enum fen_event_type type)
{
    bool takes_plans = false;
    for (int i = 0; i < FEN_BACKTEST_SIDES; i++)
        takes_plans = takes_plans ||
                      (run->sides[i].machine != NULL && run->sides[i].plan->plan == NULL);
    return type == FEN_EVENT_PERIOD_CLOSED || (type == FEN_EVENT_PLAN_PUBLISHED && takes_plans);
}

void fen_backtest_run_take(struct fen_backtest_run *run, const struct fen_event *event,
                           struct fen_str value)
{
    bool is_alone = is_placed(run, event->type);
    if (is_alone)
        hand_over(run);
    struct block *block = filling(run);
    enum rank rank = rank_of(event->type);
    push(&block->ranks[rank],
         &(struct item){fen_arena_copy(block->arena, value),
                        key_of(event, rank, block->event_count), block->event_count, event->type});
    block->event_count++;
    if (is_alone || block->event_count >= BLOCK_EVENTS_MAX ||
        fen_arena_used_bytes(block->arena) >= BLOCK_BYTES_MAX)
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

void fen_backtest_run_finish(struct fen_backtest_run *run)
{
    hand_over(run);
    end_threads(run);
    for (uint32_t i = 0; i < BLOCK_COUNT; i++)
        fen_arena_reset(run->blocks[i].arena);
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
    for (uint32_t i = 0; i < BLOCK_COUNT; i++) {
        fen_arena_destroy(run->blocks[i].arena);
        for (int rank = 0; rank < RANK_COUNT; rank++)
            free(run->blocks[i].ranks[rank].items);
    }
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
