/*
 * payee_streams_poll: which feeds may have moved, read, and their records handed out.
 *
 * Where Redis tells which (payee_streams_listen.c), those; else all of the partitions whose fence
 * has moved, which with many clients and much to do is all of them every 20 ms.
 */
#include <string.h>

#include "api/payee_streams_parts.h"
#include "base/hash.h"
#include "redis/resp.h"

/* Feeds in one XREAD, and records of each: a run of them must not hold Redis up for long. */
#define FEED_COUNT_MAX 256
#define RECORD_COUNT_MAX 64

/* Give one record to the feed's clients. */
static void hand_out(struct fen_payee_streams *streams, struct fen_feed *feed,
                     const struct fen_ledger_record *record)
{
    struct fen_stream_client *next;
    for (struct fen_stream_client *client = feed->clients; client != NULL; client = next) {
        next = client->next;
        /* Cut out of the feed before this client got there: it starts over from a snapshot. */
        if (!fen_stream_client_is_behind(client) && record->seq_first > client->position + 1)
            fen_stream_client_need_snapshot(streams, client);
        else
            (void)fen_stream_client_send(streams, client, record);
    }
}

static void take_feed(struct fen_payee_streams *streams, const redisReply *stream)
{
    struct fen_ledger_record *records;
    struct fen_feed *feed =
        fen_feed_of_key(streams, fen_reply_text(fen_reply_item(stream, 0)));
    if (feed == NULL)
        return; /* who watched it has gone meanwhile */
    const redisReply *entries = fen_reply_item(stream, 1);
    uint32_t count = fen_feed_view_read(entries, false, streams->options.wire, &feed->payee,
                                        streams->arena, &records);
    feed->is_held = true;
    for (uint32_t index = 0; index < count; index++) {
        uint64_t last = records[index].seq_first + records[index].entry_count - 1;
        if (last <= feed->position)
            continue;
        hand_out(streams, feed, &records[index]);
        feed->position = last;
    }
    feed->is_held = false;
    if (fen_reply_count(entries) >= RECORD_COUNT_MAX)
        fen_feed_mark_dirty(streams, feed);
    fen_feed_release(streams, feed);
}

static void feeds_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = context;
    streams->is_polling = false;
    for (uint32_t index = 0; replies != NULL && index < count; index++) {
        for (size_t at = 0; at < fen_reply_count(replies[index]); at++)
            take_feed(streams, fen_reply_item(replies[index], at));
        fen_arena_reset(streams->arena);
    }
    /* Nothing was read: whatever has feeds is read when Redis is back. */
    for (uint32_t index = 0; replies == NULL && index < streams->options.partition_count; index++)
        streams->partitions[index].is_dirty = true;
    /* What has changed meanwhile need not wait for the next turn. */
    if (replies != NULL && streams->is_told && streams->dirty != NULL)
        fen_payee_streams_poll(streams);
}

/* Feeds that one XREAD reads. */
struct feed_run {
    struct fen_feed *feeds[FEED_COUNT_MAX];
    uint32_t count;
    uint32_t command_count; /* of the runs before */
};

/* XREAD COUNT n STREAMS key … id …; the run is empty then. */
static void append_read(struct fen_payee_streams *streams, struct feed_run *run)
{
    char text[FEN_REDIS_KEY_BYTES];
    if (run->count == 0)
        return;
    fen_resp_append_array(&streams->commands, 4 + 2 * run->count);
    fen_resp_append_text(&streams->commands, FEN_STR("XREAD"));
    fen_resp_append_text(&streams->commands, FEN_STR("COUNT"));
    fen_resp_append_number(&streams->commands, RECORD_COUNT_MAX);
    fen_resp_append_text(&streams->commands, FEN_STR("STREAMS"));
    for (uint32_t index = 0; index < run->count; index++)
        fen_resp_append_text(&streams->commands,
                             fen_redis_key(&run->feeds[index]->payee, "feed", text));
    for (uint32_t index = 0; index < run->count; index++)
        fen_resp_append_number(&streams->commands, (int64_t)run->feeds[index]->position);
    run->command_count++;
    run->count = 0;
}

static void add_feed(struct fen_payee_streams *streams, struct feed_run *run,
                     struct fen_feed *feed)
{
    fen_feed_mark_clean(feed);
    if (feed->position == FEN_POSITION_NONE)
        return;
    run->feeds[run->count++] = feed;
    if (run->count == FEED_COUNT_MAX)
        append_read(streams, run);
}

/* Read the feeds that are dirty, and those of the partitions that are. */
static void read_feeds(struct fen_payee_streams *streams)
{
    struct feed_run run;
    run.count = 0;
    run.command_count = 0;
    fen_buffer_clear(&streams->commands);
    for (uint32_t index = 0; index < streams->options.partition_count; index++) {
        struct fen_stream_partition *partition = &streams->partitions[index];
        for (struct fen_feed *feed = partition->is_dirty ? partition->feeds : NULL; feed != NULL;
             feed = feed->next)
            add_feed(streams, &run, feed);
        partition->is_dirty = false;
    }
    while (streams->dirty != NULL)
        add_feed(streams, &run, streams->dirty);
    append_read(streams, &run);
    if (run.command_count == 0)
        return;
    streams->is_polling = true;
    if (!fen_redis_link_ask(streams->options.link, fen_buffer_str(&streams->commands),
                            run.command_count, feeds_read, streams))
        feeds_read(streams, NULL, 0);
}

static void fences_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = context;
    streams->is_polling = false;
    if (replies == NULL)
        return;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_stream_partition *partition = &streams->partitions[streams->asked[index]];
        uint64_t hash = fen_hash(fen_reply_text(replies[index]));
        if (hash != partition->fence_hash)
            partition->is_dirty = true;
        partition->fence_hash = hash;
    }
    read_feeds(streams);
}

/* HGET of the fences of the partitions somebody watches. */
static void read_fences(struct fen_payee_streams *streams)
{
    char text[FEN_REDIS_KEY_BYTES];
    streams->asked_count = 0;
    fen_buffer_clear(&streams->commands);
    for (uint32_t index = 0; index < streams->options.partition_count; index++) {
        if (streams->partitions[index].feeds == NULL)
            continue;
        fen_resp_append_array(&streams->commands, 3);
        fen_resp_append_text(&streams->commands, FEN_STR("HGET"));
        fen_resp_append_text(&streams->commands, fen_redis_fence_key(index, text));
        fen_resp_append_text(&streams->commands, FEN_STR("seq"));
        streams->asked[streams->asked_count++] = index;
    }
    if (streams->asked_count == 0)
        return;
    streams->is_polling = fen_redis_link_ask(streams->options.link,
                                             fen_buffer_str(&streams->commands),
                                             streams->asked_count, fences_read, streams);
}

void fen_payee_streams_poll(struct fen_payee_streams *streams)
{
    if (streams->is_polling || streams->figures.streams == 0 ||
        !fen_redis_link_is_up(streams->options.link))
        return;
    if (streams->is_told)
        read_feeds(streams);
    else
        read_fences(streams);
}
