/* follower: see follower.h. A loop over the source; partitions' own state is in transcripts. */
#include "stream/follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "stream/follower_parts.h"

#define POLL_COUNT_MAX 10000u
#define POLL_WAIT_MS 250u
#define POLL_COLLECT_MS 1u
#define RETRY_MS_MIN 100u
#define RETRY_MS_MAX 5000u
#define LAG_INTERVAL_MS 100
#define CLOSE_TIMEOUT_MS 5000u

/* Beyond twice the time that a transaction may stay open and hold a topic back. */
#define PATIENCE_MS 60000

const char *fen_follower_state_name(enum fen_follower_state state)
{
    switch (state) {
    case FEN_FOLLOWER_STARTING:
        return "starting";
    case FEN_FOLLOWER_READING:
        return "reading";
    case FEN_FOLLOWER_FOLLOWING:
        return "following";
    case FEN_FOLLOWER_STOPPED:
        return "stopped";
    case FEN_FOLLOWER_FAILED:
        return "failed";
    }
    return "";
}

/* --- partitions ------------------------------------------------------------------------------ */

/* Follow nothing any more. `is_told`: `opened` was called for what is followed. */
static void let_go(struct fen_follower *follower, bool is_told)
{
    const struct fen_follower_hooks *hooks = &follower->options.hooks;
    for (uint32_t index = 0; index < follower->options.partition_count; index++) {
        struct fen_followed *partition = &follower->partitions[index];
        if (partition->transcript == NULL)
            continue;
        if (is_told)
            hooks->closed(hooks->context, index);
        fen_transcript_destroy(partition->transcript);
        partition->transcript = NULL;
        partition->waiting_since_ms = 0;
    }
    if (is_told)
        hooks->rest(hooks->context);
    follower->is_following = false;
    atomic_store_explicit(&follower->partition_count, 0, memory_order_relaxed);
    fen_follower_note_lag(follower, -1);
}

static void forget_assignment(struct fen_follower *follower)
{
    let_go(follower, follower->is_following);
    for (uint32_t index = 0; index < follower->options.partition_count; index++)
        follower->partitions[index] = (struct fen_followed){0};
    follower->has_assignment = false;
    fen_follower_set_state(follower, FEN_FOLLOWER_STARTING);
}

void fen_follower_fail(struct fen_follower *follower, const char *sentence)
{
    struct fen_str reason = fen_buffer_str(&follower->reason);
    let_go(follower, follower->is_following);
    follower->is_ended = true;
    (void)snprintf(follower->failure, sizeof follower->failure, "%s: %.*s", sentence,
                   FEN_STR_ARG(reason));
    fen_follower_set_state(follower, FEN_FOLLOWER_FAILED);
    FEN_LOG_ERROR("follower", sentence, FEN_LOG_STR("reason", reason));
    follower->is_hung = !follower->source->functions->close(follower->source, CLOSE_TIMEOUT_MS);
}

void fen_follower_begin_again(struct fen_follower *follower, const char *sentence)
{
    FEN_LOG_WARN("follower", sentence, FEN_LOG_STR("reason", fen_buffer_str(&follower->reason)));
    fen_buffer_clear(&follower->reason);
    let_go(follower, follower->is_following);
    fen_follower_set_state(follower, FEN_FOLLOWER_READING);
    follower->retry_at_ms = fen_clock_ms() + follower->retry_ms;
    follower->retry_ms = follower->retry_ms == 0 ? RETRY_MS_MIN : follower->retry_ms * 2;
    if (follower->retry_ms > RETRY_MS_MAX)
        follower->retry_ms = RETRY_MS_MAX;
}

bool fen_follower_accept(struct fen_follower *follower, const struct fen_message *message,
                         bool is_read)
{
    const struct fen_transcript *transcript = follower->partitions[message->partition].transcript;
    struct fen_start_fault fault = {.kind = FEN_START_UNREADABLE};
    if (is_read && fen_transcript_is_sound(transcript, follower->options.partition_count, &fault))
        return true;
    follower->start_fault =
        fen_start_fault_at(&fault, message->topic, message->partition, message->offset);
    fen_start_fault_append(&follower->start_fault, &follower->reason);
    fen_follower_fail(follower, "what is followed must not be gone on from");
    return false;
}

/* Own what an assignment says; both topics' same partitions, or it is no use yet. */
static void take_assignment(struct fen_follower *follower, const struct fen_poll *poll)
{
    forget_assignment(follower);
    for (uint32_t index = 0; index < poll->partition_count; index++) {
        const struct fen_offset *one = &poll->partitions[index];
        if (one->partition >= follower->options.partition_count)
            continue;
        struct fen_followed *partition = &follower->partitions[one->partition];
        partition->has_ledger = partition->has_ledger || one->topic == FEN_TOPIC_LEDGER;
        partition->has_accounts = partition->has_accounts || one->topic == FEN_TOPIC_ACCOUNTS;
    }
    uint32_t whole_count = 0;
    for (uint32_t index = 0; index < follower->options.partition_count; index++)
        whole_count += fen_follower_is_assigned(&follower->partitions[index]);
    follower->has_assignment = 2 * whole_count == poll->partition_count;
    if (!follower->has_assignment)
        FEN_LOG_ERROR("follower", "ledger and accounts are not co-partitioned, or the topics have "
                                  "grown: waiting for another assignment");
    follower->retry_at_ms = 0;
    follower->retry_ms = 0;
}

/* --- following ------------------------------------------------------------------------------- */

/* A commit whose entries do not come is given up after a minute. */
static bool has_lost_patience(struct fen_followed *partition)
{
    int64_t now_ms = fen_clock_ms();
    if (!fen_transcript_is_waiting(partition->transcript)) {
        partition->waiting_since_ms = 0;
        return false;
    }
    if (partition->waiting_since_ms == 0)
        partition->waiting_since_ms = now_ms;
    return now_ms - partition->waiting_since_ms > PATIENCE_MS;
}

static void miss(struct fen_follower *follower, uint32_t number)
{
    const struct fen_follower_hooks *hooks = &follower->options.hooks;
    fen_follower_count(&follower->torn);
    hooks->missed(hooks->context, number);
    FEN_LOG_WARN("follower", "a commit cannot be put together: its partition is set up anew",
                 FEN_LOG_UINT("partition", number),
                 FEN_LOG_UINT("version",
                              fen_transcript_version(follower->partitions[number].transcript)));
}

/* Hand over every commit of a partition that is whole. Returns: whether there was any news. */
static bool project(struct fen_follower *follower, uint32_t number)
{
    const struct fen_follower_hooks *hooks = &follower->options.hooks;
    struct fen_followed *partition = &follower->partitions[number];
    bool has_news = false;
    for (;; has_news = true) {
        struct fen_projection projection;
        enum fen_transcript_verdict verdict = fen_transcript_next(
            partition->transcript, follower->reference->org, &projection);
        if (verdict == FEN_TRANSCRIPT_WAITING)
            break;
        partition->waiting_since_ms = 0;
        if (verdict == FEN_TRANSCRIPT_TORN) {
            miss(follower, number);
            continue;
        }
        hooks->project(hooks->context, &projection);
        fen_follower_count(&follower->commits);
    }
    if (has_lost_patience(partition)) {
        fen_transcript_give_up(partition->transcript);
        miss(follower, number);
        has_news = true;
    }
    return has_news;
}

static void follow(struct fen_follower *follower, const struct fen_poll *poll)
{
    const struct fen_follower_hooks *hooks = &follower->options.hooks;
    for (uint32_t index = 0; index < poll->message_count; index++) {
        const struct fen_message *message = &poll->messages[index];
        struct fen_transcript *transcript = follower->partitions[message->partition].transcript;
        if (!fen_follower_accept(follower, message, fen_transcript_take(transcript, message)))
            return;
    }
    bool has_news = false;
    for (uint32_t index = 0; index < follower->options.partition_count; index++) {
        if (follower->partitions[index].transcript != NULL)
            has_news = project(follower, index) || has_news;
    }
    if (has_news)
        hooks->rest(hooks->context);
}

static void measure_lag(struct fen_follower *follower)
{
    struct fen_source *source = follower->source;
    int64_t sum = 0;
    int64_t now_ms = fen_clock_ms();
    if (now_ms - follower->lag_at_ms < LAG_INTERVAL_MS)
        return;
    follower->lag_at_ms = now_ms;
    for (uint32_t index = 0; index < follower->options.partition_count && sum >= 0; index++) {
        const struct fen_transcript *transcript = follower->partitions[index].transcript;
        if (transcript == NULL)
            continue;
        int64_t ledger = source->functions->lag(source, FEN_TOPIC_LEDGER, index);
        int64_t accounts = source->functions->lag(source, FEN_TOPIC_ACCOUNTS, index);
        bool is_known = ledger >= 0 && accounts >= 0;
        sum = is_known ? sum + ledger + accounts + fen_transcript_is_waiting(transcript) : -1;
    }
    fen_follower_note_lag(follower, sum);
}

static void heed(struct fen_follower *follower, enum fen_source_verdict verdict,
                 const struct fen_poll *poll)
{
    if (poll->reason != NULL)
        fen_buffer_append_format(&follower->reason, "%s", poll->reason);
    switch (verdict) {
    case FEN_SOURCE_MESSAGES:
        if (follower->is_following)
            follow(follower, poll);
        break;
    case FEN_SOURCE_ASSIGNED:
        take_assignment(follower, poll);
        break;
    case FEN_SOURCE_REVOKED:
        forget_assignment(follower);
        follower->source->functions->drop(follower->source);
        FEN_LOG_INFO("follower", "partitions revoked");
        break;
    case FEN_SOURCE_CUT:
        fen_follower_begin_again(follower, "records are gone: beginning at the ends anew");
        break;
    case FEN_SOURCE_FENCED:
        follower->start_fault = (struct fen_start_fault){.kind = FEN_START_TAKEN};
        fen_follower_fail(follower, "another process runs as this instance");
        break;
    case FEN_SOURCE_FAILED:
        fen_follower_fail(follower, "the group member failed");
        break;
    }
}

static void leave(struct fen_follower *follower)
{
    let_go(follower, follower->is_following);
    follower->is_hung = !follower->source->functions->close(follower->source, CLOSE_TIMEOUT_MS);
    follower->is_ended = true;
    fen_follower_set_state(follower, FEN_FOLLOWER_STOPPED);
}

bool fen_follower_step(struct fen_follower *follower)
{
    struct fen_poll poll;
    if (follower->is_ended)
        return false;
    if (fen_follower_is_stopping(follower)) {
        leave(follower);
        return false;
    }
    follower->reference =
        fen_reference_acquire(follower->options.references, follower->options.reference_reader);
    bool is_due = follower->has_assignment && !follower->is_following;
    if (is_due && fen_clock_ms() >= follower->retry_at_ms)
        fen_follower_begin(follower);
    if (follower->is_ended)
        return false;
    struct fen_poll_limits limits = {
        .message_count_max = POLL_COUNT_MAX,
        .wait_ms = follower->is_following || !is_due ? POLL_WAIT_MS : RETRY_MS_MIN,
        .collect_ms = POLL_COLLECT_MS,
    };
    enum fen_source_verdict verdict =
        follower->source->functions->poll(follower->source, &limits, &poll);
    heed(follower, verdict, &poll);
    fen_follower_note_progress(follower);
    if (follower->is_following)
        measure_lag(follower);
    return !follower->is_ended;
}

/* --- life ------------------------------------------------------------------------------------ */

struct fen_follower *fen_follower_create(const struct fen_follower_options *options,
                                         struct fen_source *source)
{
    struct fen_follower *follower = calloc(1, sizeof *follower);
    FEN_ASSERT(follower != NULL && source != NULL && options->partition_count > 0);
    follower->options = *options;
    follower->source = source;
    follower->partitions = calloc(options->partition_count, sizeof *follower->partitions);
    FEN_ASSERT(follower->partitions != NULL && "out of memory");
    fen_follower_note_lag(follower, -1);
    return follower;
}

static void *run_thread(void *opaque)
{
    struct fen_follower *follower = opaque;
    (void)pthread_setname_np(pthread_self(), "follower");
    while (fen_follower_step(follower))
        ;
    return NULL;
}

void fen_follower_start(struct fen_follower *follower)
{
    FEN_ASSERT(!follower->is_started);
    follower->is_started = true;
    FEN_ASSERT(pthread_create(&follower->thread, NULL, run_thread, follower) == 0);
}

void fen_follower_stop(struct fen_follower *follower)
{
    atomic_store_explicit(&follower->is_stopping, true, memory_order_relaxed);
}

bool fen_follower_join(struct fen_follower *follower, uint32_t timeout_ms)
{
    if (!follower->is_started || follower->is_joined)
        return !follower->is_hung;
    if (!fen_thread_join(follower->thread, timeout_ms))
        return false;
    follower->is_joined = true;
    return !follower->is_hung;
}

void fen_follower_destroy(struct fen_follower *follower)
{
    if (follower == NULL)
        return;
    FEN_ASSERT(!follower->is_started || follower->is_joined);
    let_go(follower, false);
    follower->source->functions->destroy(follower->source);
    fen_buffer_deinit(&follower->reason);
    free(follower->partitions);
    free(follower);
}

void fen_follower_status_read(const struct fen_follower *follower,
                              struct fen_follower_status *status_out)
{
    memset(status_out, 0, sizeof *status_out);
    /* F2: an acquire, pairs with F1. */
    status_out->state =
        (enum fen_follower_state)atomic_load_explicit(&follower->state, memory_order_acquire);
    if (status_out->state == FEN_FOLLOWER_FAILED) {
        memcpy(status_out->reason, follower->failure, sizeof status_out->reason);
        status_out->start_fault = follower->start_fault;
    }
    status_out->progress_ms = atomic_load_explicit(&follower->progress_ms, memory_order_relaxed);
    status_out->partition_count =
        atomic_load_explicit(&follower->partition_count, memory_order_relaxed);
    status_out->commits = atomic_load_explicit(&follower->commits, memory_order_relaxed);
    status_out->torn = atomic_load_explicit(&follower->torn, memory_order_relaxed);
    status_out->readings = atomic_load_explicit(&follower->readings, memory_order_relaxed);
    status_out->lag = atomic_load_explicit(&follower->lag, memory_order_relaxed);
}
