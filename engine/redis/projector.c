/* projector: see projector.h; its parts: projector_state.h. */
#include "redis/projector.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "redis/projector_state.h"

#define TICK_MS 1000
#define KEY_PREFIX_DEFAULT "fen:"

void fen_projector_disconnect(struct fen_projector *projector)
{
    fen_connection_close(&projector->connection);
    if (atomic_load_explicit(&projector->is_connected, memory_order_relaxed))
        FEN_LOG_WARN("projector", "Redis is away", FEN_LOG_TEXT("address", projector->address),
                     FEN_LOG_TEXT("why", projector->connection.reason));
    atomic_store_explicit(&projector->is_connected, false, memory_order_relaxed);
    fen_figure_add(&projector->errors, 1);
    projector->needs_script = false;
    projector->needs_connection = false;
    projector->needs_pause = false;
    projector->pause_ms = fen_clock_ms() + fen_backoff_ms(projector->pause_count++);
}

enum fen_reply_error fen_projector_judge(struct fen_projector *projector, const redisReply *reply)
{
    enum fen_reply_error error = fen_connection_judge(&projector->connection, reply);
    switch (error) {
    case FEN_REPLY_NO_SCRIPT:
        projector->needs_script = true;
        return error;
    case FEN_REPLY_TRANSIENT:
        projector->needs_pause = true;
        break;
    case FEN_REPLY_RECONNECT:
        projector->needs_connection = true;
        break;
    case FEN_REPLY_UNEXPECTED:
        break;
    }
    fen_figure_add(&projector->errors, 1);
    FEN_LOG_WARN("projector", "Redis refuses", FEN_LOG_TEXT("why", projector->connection.reason));
    return error;
}

void fen_projector_mend(struct fen_projector *projector)
{
    if (projector->connection.link == NULL)
        return;
    if (projector->needs_script && !projector->needs_connection &&
        !fen_connection_load_script(&projector->connection))
        projector->needs_connection = true;
    projector->needs_script = false;
    if (projector->needs_connection) {
        fen_projector_disconnect(projector);
        return;
    }
    if (projector->needs_pause)
        projector->pause_ms = fen_clock_ms() + fen_backoff_ms(projector->pause_count++);
    projector->needs_pause = false;
}

bool fen_projector_is_usable(const struct fen_projector *projector)
{
    return projector->connection.link != NULL && fen_clock_ms() >= projector->pause_ms;
}

bool fen_projector_is_overdue(const struct fen_projector *projector)
{
    /* Relaxed: a deadline, seen soon enough. */
    int64_t stop_ms = atomic_load_explicit(&projector->stop_ms, memory_order_relaxed);
    return stop_ms != 0 && fen_clock_ms() >= stop_ms;
}

void fen_projector_note_behind(struct fen_projector *projector)
{
    int64_t since = 0;
    if (projector->waiting_count > 0)
        since = projector->waiting[0].block->steady_ms;
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        bool is_behind = (partition->state == FEN_PARTITION_LOST ||
                          partition->state == FEN_PARTITION_UNSURE) &&
                         fen_partition_is_open(partition);
        if (is_behind && (since == 0 || partition->lost_ms < since))
            since = partition->lost_ms;
    }
    atomic_store_explicit(&projector->behind_since_ms, since, memory_order_relaxed);
}

/* A partition has an owner here, again or for the first time, at a version of its lane. */
static void partition_open(struct fen_partition *partition, uint64_t version)
{
    partition->version_least = version;
    if (partition->state == FEN_PARTITION_LOST)
        return;
    /* Known, and not ahead of the lane: what is still in a ring brings it there, or it is lost. */
    if (partition->state == FEN_PARTITION_SYNCED && partition->version <= version)
        return;
    partition->state = FEN_PARTITION_UNSURE;
    partition->version = version;
    partition->version_sent = version;
    partition->lost_ms = fen_clock_ms();
}

/* See who owns what, and which blocks were missed. */
static void look_at_board(struct fen_projector *projector)
{
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        struct fen_board_row *row = &projector->rows[index];
        struct fen_partition *partition = &projector->partitions[index];
        /* O2: pairs with O1 in outlet.c. */
        uint64_t ownership = atomic_load_explicit(&row->ownership, memory_order_acquire);
        if (ownership != partition->ownership) {
            partition->ownership = ownership;
            if (fen_ownership_is_open(ownership))
                partition_open(partition, atomic_load_explicit(&row->version_opened,
                                                               memory_order_relaxed));
            else if (partition->state != FEN_PARTITION_SYNCED)
                partition->state = FEN_PARTITION_IDLE;
        }
        /* Relaxed: only a hint; the rebuild takes the mark away by M2. */
        if (fen_partition_is_open(partition) &&
            atomic_load_explicit(&row->is_missed, memory_order_relaxed))
            fen_partition_lose(projector, index, "Redis was too slow: a block was missed");
        /* D2: relaxed; pairs with D1 in scrub.c. Before it is read anew, so none is lost. */
        if (fen_partition_is_open(partition) &&
            atomic_load_explicit(&row->is_damaged, memory_order_relaxed)) {
            atomic_store_explicit(&row->is_damaged, false, memory_order_relaxed);
            fen_partition_lose(projector, index, "keys were edited or deleted by hand");
        }
    }
}

/* The rings are empty: who has not reached the version its lane was opened at never will. */
static void look_for_laggards(struct fen_projector *projector)
{
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        if (partition->state == FEN_PARTITION_SYNCED && fen_partition_is_open(partition) &&
            partition->version < partition->version_least)
            fen_partition_lose(projector, index, "the lane has gone on without us");
    }
}

/* Publish who is synced, for health and for fen_projector_is_settled. */
static void publish_states(struct fen_projector *projector)
{
    uint32_t synced = 0;
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        bool is_synced = partition->state == FEN_PARTITION_SYNCED &&
                         fen_partition_is_open(partition) &&
                         partition->version >= partition->version_least;
        synced += is_synced;
        /* S3: pairs with S2 in fen_projector_is_settled. */
        atomic_store_explicit(&projector->rows[index].settled,
                              is_synced ? partition->ownership : 0, memory_order_release);
    }
    atomic_store_explicit(&projector->partitions_synced, synced, memory_order_relaxed);
    fen_projector_note_behind(projector);
}

static void connect_when_due(struct fen_projector *projector)
{
    struct fen_connection *connection = &projector->connection;
    if (connection->link != NULL || fen_clock_ms() < projector->pause_ms)
        return;
    if (!fen_connection_open(connection) || !fen_connection_load_script(connection)) {
        FEN_LOG_WARN("projector", "cannot connect to Redis",
                     FEN_LOG_TEXT("address", projector->address),
                     FEN_LOG_TEXT("why", connection->reason));
        fen_projector_disconnect(projector);
        return;
    }
    fen_figure_add(&projector->connects, 1);
    atomic_store_explicit(&projector->is_connected, true, memory_order_relaxed);
    FEN_LOG_INFO("projector", "connected to Redis", FEN_LOG_TEXT("address", projector->address));
    fen_fences_doubt(projector);
}

/* Set up the first lost partition whose time has come. Returns: whether there was one. */
static bool rebuild_one(struct fen_projector *projector)
{
    int64_t now = fen_clock_ms();
    for (uint32_t index = 0; index < projector->partition_count; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        if (partition->state == FEN_PARTITION_LOST && partition->retry_ms <= now) {
            fen_rebuild(projector, index);
            return true;
        }
    }
    return false;
}

/* Once a second: do the fences still stand? Old references are let go of. */
static void tick_when_due(struct fen_projector *projector)
{
    int64_t now = fen_clock_ms();
    if (now - projector->tick_ms < TICK_MS)
        return;
    projector->tick_ms = now;
    if (projector->source.tick != NULL)
        projector->source.tick(projector->source.context);
    if (fen_projector_is_usable(projector))
        fen_fences_assert(projector);
}

/* One turn. Returns: whether there may be more to do at once. */
static bool turn(struct fen_projector *projector, bool is_stopping)
{
    bool has_more = false;
    look_at_board(projector);
    connect_when_due(projector);
    if (fen_projector_is_usable(projector))
        fen_fences_resolve(projector);
    if (fen_projector_is_usable(projector)) {
        has_more = fen_window_apply(projector);
        if (!has_more)
            look_for_laggards(projector);
    }
    if (!has_more && !is_stopping && fen_projector_is_usable(projector))
        has_more = rebuild_one(projector);
    tick_when_due(projector);
    publish_states(projector);
    return has_more;
}

/* How long nothing can happen unless a worker wakes us. */
static int wait_ms(const struct fen_projector *projector)
{
    int64_t now = fen_clock_ms();
    int64_t until = projector->tick_ms + TICK_MS;
    bool is_paused = projector->pause_ms > now;
    if ((is_paused || projector->connection.link == NULL) && projector->pause_ms < until)
        until = projector->pause_ms;
    for (uint32_t index = 0; index < projector->partition_count && !is_paused; index++) {
        const struct fen_partition *partition = &projector->partitions[index];
        if (partition->state == FEN_PARTITION_LOST && partition->retry_ms < until)
            until = partition->retry_ms;
    }
    return until <= now ? 0 : (int)(until - now);
}

static void wait_for_work(struct fen_projector *projector)
{
    struct pollfd wake = {.fd = projector->wake_descriptor, .events = POLLIN};
    uint64_t count;
    if (poll(&wake, 1, wait_ms(projector)) > 0) {
        ssize_t taken = read(projector->wake_descriptor, &count, sizeof count);
        (void)taken; /* how often does not matter */
    }
}

static bool is_drained(const struct fen_projector *projector)
{
    bool is_empty = projector->waiting_count == 0;
    for (uint32_t index = 0; index < projector->outlet_count; index++)
        is_empty = is_empty && fen_ring_size(projector->outlets[index].out) == 0;
    return is_empty;
}

static void *projector_run(void *context)
{
    struct fen_projector *projector = context;
    (void)pthread_setname_np(pthread_self(), "projector");
    for (;;) {
        bool is_stopping =
            atomic_load_explicit(&projector->stop_ms, memory_order_acquire) != 0;
        bool has_more = turn(projector, is_stopping);
        if (is_stopping && (is_drained(projector) || fen_projector_is_overdue(projector)))
            break;
        if (!has_more)
            wait_for_work(projector);
    }
    fen_connection_close(&projector->connection);
    atomic_store_explicit(&projector->is_connected, false, memory_order_relaxed);
    return NULL;
}

static char *copy_text(const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = strdup(text);
    FEN_ASSERT(copy != NULL && "out of memory");
    return copy;
}

static bool check_options(const struct fen_projector_options *options, const char **reason_out)
{
    FEN_ASSERT(options->partition_count > 0 && options->worker_count < 0xffff);
    FEN_ASSERT(options->source.read_partition != NULL);
    const char *prefix = options->key_prefix == NULL ? "" : options->key_prefix;
    if (strlen(prefix) > FEN_KEY_PREFIX_BYTES_MAX || strpbrk(prefix, "{} \t\r\n") != NULL) {
        *reason_out = "the key prefix has at most 64 bytes, no braces and no white space";
        return false;
    }
    return fen_connection_check_address(options->address, reason_out);
}

static void *allocate_lines(size_t count, size_t size_bytes)
{
    void *memory = aligned_alloc(64, (count * size_bytes + 63) & ~(size_t)63);
    FEN_ASSERT(memory != NULL && "out of memory");
    return memset(memory, 0, count * size_bytes);
}

static void outlets_create(struct fen_projector *projector,
                           const struct fen_projector_options *options)
{
    projector->outlets = allocate_lines(options->worker_count + 1, sizeof *projector->outlets);
    for (uint32_t index = 0; index < options->worker_count; index++) {
        struct fen_outlet *outlet = &projector->outlets[index];
        outlet->number = index;
        outlet->rows = projector->rows;
        outlet->partition_count = projector->partition_count;
        outlet->key_prefix = projector->key_prefix;
        outlet->feed_length = projector->feed_length;
        outlet->wire = projector->wire;
        outlet->held_bytes_max = options->held_bytes_max == 0 ? FEN_PROJECTOR_HELD_BYTES_DEFAULT
                                                              : options->held_bytes_max;
        outlet->wake_descriptor = projector->wake_descriptor;
        fen_outlet_init(outlet);
    }
}

struct fen_projector *fen_projector_create(const struct fen_projector_options *options,
                                           const char **reason_out)
{
    if (!check_options(options, reason_out))
        return NULL;
    int wake_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_descriptor < 0) {
        *reason_out = "no descriptor left for the projector";
        return NULL;
    }
    struct fen_projector *projector = allocate_lines(1, sizeof *projector);
    projector->partition_count = options->partition_count;
    projector->outlet_count = options->worker_count;
    projector->feed_length = options->feed_length == 0 ? FEN_PROJECTOR_FEED_LENGTH_DEFAULT
                                                       : options->feed_length;
    projector->wire = options->wire;
    projector->address = copy_text(options->address == NULL ? "127.0.0.1:6379" : options->address);
    projector->user = copy_text(options->user);
    projector->password = copy_text(options->password);
    projector->key_prefix =
        copy_text(options->key_prefix == NULL ? KEY_PREFIX_DEFAULT : options->key_prefix);
    projector->source = options->source;
    projector->wake_descriptor = wake_descriptor;
    projector->rows = allocate_lines(options->partition_count, sizeof *projector->rows);
    projector->partitions =
        allocate_lines(options->partition_count, sizeof *projector->partitions);
    outlets_create(projector, options);
    const struct fen_connection_options connection = {projector->address, projector->user,
                                                      projector->password,
                                                      options->transport,
                                                      options->transport_context};
    fen_connection_init(&projector->connection, &connection);
    return projector;
}

struct fen_outlet *fen_projector_outlet(struct fen_projector *projector, uint32_t worker)
{
    FEN_ASSERT(worker < projector->outlet_count);
    return &projector->outlets[worker];
}

uint32_t fen_projector_step(struct fen_projector *projector)
{
    FEN_ASSERT(!projector->is_started);
    return turn(projector, false) ? 0 : (uint32_t)wait_ms(projector);
}

void fen_projector_start(struct fen_projector *projector)
{
    FEN_ASSERT(!projector->is_started);
    atomic_store_explicit(&projector->fences_right_ms, fen_clock_ms(), memory_order_relaxed);
    /* Signals are the main thread's. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&projector->thread, NULL, projector_run, projector);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    FEN_ASSERT(error == 0 && "no thread for the projector");
    projector->is_started = true;
}

bool fen_projector_stop(struct fen_projector *projector, int64_t drain_ms)
{
    if (!projector->is_started)
        return true;
    atomic_store_explicit(&projector->stop_ms, fen_clock_ms() + drain_ms + 1,
                          memory_order_release);
    uint64_t one = 1;
    ssize_t written = write(projector->wake_descriptor, &one, sizeof one);
    (void)written;
    pthread_join(projector->thread, NULL);
    projector->is_started = false;
    return fen_projector_is_settled(projector);
}

void fen_projector_destroy(struct fen_projector *projector)
{
    if (projector == NULL)
        return;
    fen_projector_stop(projector, 0);
    fen_connection_close(&projector->connection);
    for (uint32_t index = 0; index < projector->waiting_count; index++)
        fen_outlet_return(projector->waiting[index].outlet, projector->waiting[index].block);
    for (uint32_t index = 0; index < projector->outlet_count; index++)
        fen_outlet_deinit(&projector->outlets[index]);
    fen_connection_deinit(&projector->connection);
    fen_buffer_deinit(&projector->request);
    fen_block_deinit(&projector->rebuild_block);
    close(projector->wake_descriptor);
    free(projector->outlets);
    free(projector->rows);
    free(projector->partitions);
    free(projector->address);
    free(projector->user);
    free(projector->password);
    free(projector->key_prefix);
    free(projector);
}
