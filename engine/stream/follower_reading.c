/* follower_reading: see follower_parts.h. From an assignment to following. */
#include <stdlib.h>

#include "base/log.h"
#include "stream/follower_parts.h"

#define RESTORE_WAIT_MS 100u

static uint32_t list_assigned(const struct fen_follower *follower, enum fen_topic topic,
                              struct fen_watermarks *marks)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < follower->options.partition_count; index++) {
        if (fen_follower_is_assigned(&follower->partitions[index]))
            marks[count++] = (struct fen_watermarks){topic, index, 0, 0};
    }
    return count;
}

/* Read what restore_begin was told. Returns: false: to be tried again, or ended. */
static bool read_accounts(struct fen_follower *follower)
{
    struct fen_source *source = follower->source;
    bool is_complete = false;
    while (!is_complete) {
        struct fen_poll poll;
        enum fen_source_verdict verdict =
            source->functions->restore_poll(source, RESTORE_WAIT_MS, &poll, &is_complete);
        if (verdict != FEN_SOURCE_MESSAGES) {
            fen_buffer_append_format(&follower->reason, "%s",
                                     poll.reason == NULL ? "failed" : poll.reason);
            return false;
        }
        for (uint32_t index = 0; index < poll.message_count; index++) {
            const struct fen_message *message = &poll.messages[index];
            struct fen_followed *partition = &follower->partitions[message->partition];
            bool is_read = fen_transcript_restore(partition->transcript, message);
            if (!fen_follower_accept(follower, message, is_read))
                return false;
        }
        fen_follower_note_progress(follower);
        if (fen_follower_is_stopping(follower))
            return false;
    }
    return true;
}

/* From where on each topic is followed: two offsets a partition. */
static void place(struct fen_follower *follower, const struct fen_watermarks *ledger,
                  const struct fen_watermarks *accounts, uint32_t count,
                  struct fen_offset *offsets)
{
    for (uint32_t index = 0; index < count; index++) {
        uint32_t number = accounts[index].partition;
        int64_t offset = fen_transcript_begin(follower->partitions[number].transcript);
        offsets[2 * index] =
            (struct fen_offset){FEN_TOPIC_LEDGER, number, ledger[index].high};
        offsets[2 * index + 1] =
            (struct fen_offset){FEN_TOPIC_ACCOUNTS, number,
                                offset == FEN_OFFSET_NONE ? accounts[index].low : offset};
    }
}

static bool read_back(struct fen_follower *follower, struct fen_watermarks *marks,
                      struct fen_range_to_read *ranges, struct fen_offset *offsets)
{
    struct fen_source *source = follower->source;
    struct fen_watermarks *ledger = marks;
    struct fen_watermarks *accounts = marks + follower->options.partition_count;
    uint32_t count = list_assigned(follower, FEN_TOPIC_LEDGER, ledger);
    (void)list_assigned(follower, FEN_TOPIC_ACCOUNTS, accounts);
    /* In this order: see follower.h. */
    if (!source->functions->stable_ends(source, ledger, count, &follower->reason) ||
        !source->functions->watermarks(source, accounts, count, &follower->reason))
        return false;
    for (uint32_t index = 0; index < count; index++) {
        uint32_t number = accounts[index].partition;
        follower->partitions[number].transcript =
            fen_transcript_create(number, follower->options.wire);
        ranges[index] = (struct fen_range_to_read){FEN_TOPIC_ACCOUNTS, number,
                                                   accounts[index].low, accounts[index].high};
    }
    bool is_read = source->functions->restore_begin(source, ranges, count, &follower->reason) &&
                   read_accounts(follower);
    source->functions->restore_end(source);
    if (!is_read)
        return false;
    place(follower, ledger, accounts, count, offsets);
    return source->functions->start(source, offsets, 2 * count, &follower->reason);
}

static void tell_opened(struct fen_follower *follower)
{
    const struct fen_follower_hooks *hooks = &follower->options.hooks;
    uint32_t count = 0;
    for (uint32_t index = 0; index < follower->options.partition_count; index++) {
        const struct fen_transcript *transcript = follower->partitions[index].transcript;
        if (transcript == NULL)
            continue;
        hooks->opened(hooks->context, index, fen_transcript_version(transcript));
        count++;
    }
    hooks->rest(hooks->context);
    follower->is_following = true;
    follower->retry_ms = 0;
    atomic_store_explicit(&follower->partition_count, count, memory_order_relaxed);
    fen_follower_set_state(follower, FEN_FOLLOWER_FOLLOWING);
    FEN_LOG_INFO("follower", "following", FEN_LOG_UINT("partitions", count));
}

void fen_follower_begin(struct fen_follower *follower)
{
    size_t count = follower->options.partition_count;
    struct fen_watermarks *marks = calloc(2 * count, sizeof *marks);
    struct fen_range_to_read *ranges = calloc(count, sizeof *ranges);
    struct fen_offset *offsets = calloc(2 * count, sizeof *offsets);
    FEN_ASSERT(marks != NULL && ranges != NULL && offsets != NULL && "out of memory");
    fen_follower_set_state(follower, FEN_FOLLOWER_READING);
    fen_follower_count(&follower->readings);
    if (read_back(follower, marks, ranges, offsets))
        tell_opened(follower);
    else if (!follower->is_ended && !fen_follower_is_stopping(follower))
        fen_follower_begin_again(follower, "the accounts cannot be read back yet");
    free(marks);
    free(ranges);
    free(offsets);
}
