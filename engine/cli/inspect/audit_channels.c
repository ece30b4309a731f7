/* audit_channels: what lanes say they sent one another, what they received, what lies between. */
#include <inttypes.h>

#include "cli/inspect/audit.h"
#include "wire/ledger_record.h"

static struct fen_audit_channel *channel_at(struct fen_audit *audit, uint32_t from, uint32_t to)
{
    bool is_there = from < audit->partition_count && to < audit->partition_count;
    return is_there ? &audit->channels[(size_t)from * audit->partition_count + to] : NULL;
}

static void note_channel(struct fen_audit *audit, uint32_t from, uint32_t to, const char *field,
                         uint64_t expected, uint64_t found)
{
    fen_audit_note(audit,
                   fen_arena_format(audit->scratch, "channel %" PRIu32 " to %" PRIu32, from, to),
                   field, fen_arena_format(audit->scratch, "%" PRIu64, expected),
                   fen_arena_format(audit->scratch, "%" PRIu64, found));
}

/* Old records are deleted by age: the first one found may have any number, each next one more. */
void fen_audit_channels_read(struct fen_audit *audit, const struct fen_message *message)
{
    struct fen_posting_record record;
    fen_arena_reset(audit->scratch);
    audit->posting_count++;
    bool is_read =
        fen_posting_record_decode(audit->wire, message->value, audit->scratch, &record);
    struct fen_audit_channel *channel =
        is_read ? channel_at(audit, record.from_partition, message->partition) : NULL;
    if (channel == NULL) {
        fen_audit_note(audit, message->key, "posting record",
                       FEN_STR("a record that can be read (is --wire right?)"), FEN_STR_NONE);
        return;
    }
    if (channel->newest != 0 && record.number != channel->newest + 1)
        note_channel(audit, record.from_partition, message->partition, "posting number",
                     channel->newest + 1, record.number);
    channel->newest = record.number;
}

void fen_audit_channels_read_lane(struct fen_audit *audit, const struct fen_message *message,
                                  const struct fen_lane_state *state)
{
    bool is_post = message->topic == FEN_TOPIC_ACCOUNTS;
    for (uint32_t i = 0; i < state->channel_count; i++) {
        uint32_t peer = state->channels[i].partition;
        struct fen_audit_channel *channel = is_post
                                                ? channel_at(audit, peer, message->partition)
                                                : channel_at(audit, message->partition, peer);
        if (channel == NULL)
            note_channel(audit, message->partition, peer, "partitions", audit->partition_count,
                         peer);
        else if (is_post)
            channel->received = state->channels[i].number;
        else
            channel->sent = state->channels[i].number;
    }
}

void fen_audit_channels_check(struct fen_audit *audit)
{
    for (uint32_t from = 0; from < audit->partition_count; from++) {
        for (uint32_t to = 0; to < audit->partition_count; to++) {
            const struct fen_audit_channel *channel = channel_at(audit, from, to);
            fen_arena_reset(audit->scratch);
            audit->channel_count += channel->sent > 0;
            if (channel->received != channel->sent)
                note_channel(audit, from, to, "received", channel->sent, channel->received);
            if (channel->newest != 0 && channel->newest != channel->sent)
                note_channel(audit, from, to, "newest posting record", channel->sent,
                             channel->newest);
        }
    }
}
