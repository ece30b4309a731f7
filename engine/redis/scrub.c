/* scrub: see the header. Two looks at a partition; what differs in both is damaged. */
#include "redis/scrub.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/seq_table.h"
#include "redis/projector_state.h"
#include "redis/verify.h"

#define SETTLE_MS_MIN 1000
#define SETTLE_MS_MAX 60000
#define LOOK_MS 100

struct fen_scrub {
    struct fen_scrub_options options;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool is_stopping; /* under the mutex */
};

/* One look at a partition. */
struct look {
    struct fen_scrub *scrub;
    struct fen_verify *verify;
    const struct fen_seq_table *suspects; /* of the first look; NULL: this is it */
    struct fen_seq_table differing;       /* accounts that differ, with their seq */
    uint64_t differing_count;
    struct fen_buffer *reason;
    bool is_failed;
};

/* Wait; true: go on, false: stop. */
static bool pause_for(struct fen_scrub *scrub, int64_t wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + wait_ms % 1000 * 1000000;
    until.tv_sec += wait_ms / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    (void)pthread_mutex_lock(&scrub->mutex);
    int error = 0;
    while (!scrub->is_stopping && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&scrub->wake, &scrub->mutex, &until);
    bool goes_on = !scrub->is_stopping;
    (void)pthread_mutex_unlock(&scrub->mutex);
    return goes_on;
}

static void ignore_difference(void *context, const struct fen_difference *difference)
{
    (void)context, (void)difference;
}

static void name_difference(void *context, const struct fen_difference *difference)
{
    (void)context;
    FEN_LOG_ERROR("scrub", "Redis is not as the ledger says: edited or deleted by hand",
                  FEN_LOG_STR("tenant", difference->tenant),
                  FEN_LOG_STR("payee", difference->payee),
                  FEN_LOG_STR("field", difference->field),
                  FEN_LOG_STR("expected", difference->expected),
                  FEN_LOG_STR("found", difference->found));
}

static void look_at_account(void *context, const struct fen_account *account,
                            struct fen_str store)
{
    struct look *look = context;
    uint64_t count = 0;
    struct fen_verify_report report = {
        .difference = look->suspects == NULL ? ignore_difference : name_difference};
    (void)store;
    if (look->is_failed ||
        (look->suspects != NULL &&
         fen_seq_table_find(look->suspects, account->tenant, account->payee) != account->seq))
        return;
    if (!fen_verify_accounts(look->verify, account, 1, &report, &count, look->reason)) {
        look->is_failed = true;
    } else if (count > 0) {
        fen_seq_table_put(&look->differing, account->tenant, account->payee, account->seq);
        look->differing_count++;
    }
}

static void pass_over_record(void *context, struct fen_str tenant, struct fen_str payee,
                             uint64_t seq, uint32_t entry_count, struct fen_str record)
{
    (void)context, (void)tenant, (void)payee, (void)seq, (void)entry_count, (void)record;
}

static bool goes_on(void *context)
{
    const struct look *look = context;
    return !look->is_failed && pause_for(look->scrub, 0);
}

/* Read the partition and compare; false when either side could not be read. */
static bool run_look(struct look *look, uint32_t partition)
{
    const struct fen_projector_source *source = &look->scrub->options.source;
    const struct fen_projector_visitor visitor = {.context = look,
                                                  .account = look_at_account,
                                                  .record = pass_over_record,
                                                  .goes_on = goes_on};
    uint64_t version = 0;
    return source->read_partition(source->context, partition, 0, &visitor, &version) &&
           !look->is_failed;
}

/* The projector is done with everything that was committed before now. */
static bool await_settled(struct fen_scrub *scrub)
{
    int64_t begin_ms = fen_clock_ms();
    struct fen_projector_figures figures;
    if (!pause_for(scrub, SETTLE_MS_MIN)) /* what was just committed is on its way to the ring */
        return false;
    do {
        if (!pause_for(scrub, LOOK_MS) || fen_clock_ms() - begin_ms > SETTLE_MS_MAX)
            return false;
        fen_projector_figures(scrub->options.projector, &figures);
    } while (figures.blocks_waiting > 0 && figures.lag_ms >= fen_clock_ms() - begin_ms);
    return true;
}

/* Who owns the partition here while Redis stands where its lane does; 0: nobody, or it does not. */
static uint64_t synced_owner(const struct fen_scrub *scrub, uint32_t partition)
{
    const struct fen_board_row *row = &scrub->options.projector->rows[partition];
    uint64_t ownership = atomic_load_explicit(&row->ownership, memory_order_acquire); /* O2 */
    bool is_synced =
        fen_ownership_is_open(ownership) &&
        atomic_load_explicit(&row->settled, memory_order_acquire) == ownership; /* S2, with S3 */
    return is_synced ? ownership : 0;
}

static void have_it_rebuilt(struct fen_scrub *scrub, uint32_t partition)
{
    uint64_t one = 1;
    /* D1: relaxed, a hint; pairs with D2 in projector.c. */
    atomic_store_explicit(&scrub->options.projector->rows[partition].is_damaged, true,
                          memory_order_relaxed);
    ssize_t written = write(scrub->options.projector->wake_descriptor, &one, sizeof one);
    (void)written;
}

static void look_twice(struct fen_scrub *scrub, struct fen_verify *verify, uint32_t partition,
                       struct fen_buffer *reason)
{
    uint64_t owner = synced_owner(scrub, partition);
    struct look first = {.scrub = scrub, .verify = verify, .reason = reason};
    struct look second = {
        .scrub = scrub, .verify = verify, .reason = reason, .suspects = &first.differing};
    bool is_suspect = owner != 0 && run_look(&first, partition) && first.differing_count > 0;
    bool is_damaged = is_suspect && await_settled(scrub) && run_look(&second, partition) &&
                      second.differing_count > 0 && synced_owner(scrub, partition) == owner;
    if (is_damaged)
        have_it_rebuilt(scrub, partition);
    fen_seq_table_deinit(&first.differing);
    fen_seq_table_deinit(&second.differing);
}

static void scrub_partition(struct fen_scrub *scrub, uint32_t partition)
{
    const struct fen_projector *projector = scrub->options.projector;
    struct fen_buffer reason = {0};
    const struct fen_verify_options options = {
        .connection = {.address = projector->address,
                       .user = projector->user,
                       .password = projector->password},
        .key_prefix = projector->key_prefix,
        .partition_count = projector->partition_count,
    };
    if (synced_owner(scrub, partition) == 0)
        return;
    struct fen_verify *verify = fen_verify_open(&options, &reason);
    if (verify != NULL)
        look_twice(scrub, verify, partition, &reason);
    fen_verify_close(verify);
    if (reason.size_bytes > 0)
        FEN_LOG_DEBUG("scrub", "a partition could not be compared",
                      FEN_LOG_UINT("partition", partition),
                      FEN_LOG_STR("why", fen_buffer_str(&reason)));
    fen_buffer_deinit(&reason);
}

static void *run(void *context)
{
    struct fen_scrub *scrub = context;
    uint32_t count = scrub->options.projector->partition_count;
    int64_t step_ms = scrub->options.round_ms / count;
    for (uint32_t partition = 0; pause_for(scrub, step_ms > 0 ? step_ms : 1);
         partition = (partition + 1) % count) {
        scrub_partition(scrub, partition);
        if (scrub->options.source.tick != NULL)
            scrub->options.source.tick(scrub->options.source.context);
    }
    return NULL;
}

struct fen_scrub *fen_scrub_create(const struct fen_scrub_options *options)
{
    struct fen_scrub *scrub = calloc(1, sizeof *scrub);
    FEN_ASSERT(scrub != NULL && options->round_ms > 0);
    scrub->options = *options;
    pthread_condattr_t attributes;
    FEN_ASSERT(pthread_condattr_init(&attributes) == 0);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    FEN_ASSERT(pthread_mutex_init(&scrub->mutex, NULL) == 0 &&
               pthread_cond_init(&scrub->wake, &attributes) == 0);
    (void)pthread_condattr_destroy(&attributes);
    /* Signals are the main thread's. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    FEN_ASSERT(pthread_create(&scrub->thread, NULL, run, scrub) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return scrub;
}

void fen_scrub_destroy(struct fen_scrub *scrub)
{
    if (scrub == NULL)
        return;
    (void)pthread_mutex_lock(&scrub->mutex);
    scrub->is_stopping = true;
    (void)pthread_cond_signal(&scrub->wake);
    (void)pthread_mutex_unlock(&scrub->mutex);
    (void)pthread_join(scrub->thread, NULL);
    (void)pthread_mutex_destroy(&scrub->mutex);
    (void)pthread_cond_destroy(&scrub->wake);
    free(scrub);
}
