/*
 * payee_streams_open: how a stream begins: what was missed, or a snapshot.
 *
 * When everybody comes back at once, they wait here for their turn: Redis is asked for a few at a
 * time, so that its answers do not pile up in its memory and ours, and those who are served
 * already go on getting their entries in between.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/account_json.h"
#include "api/payee_streams_parts.h"
#include "base/clock.h"
#include "redis/resp.h"

#define STREAM_COUNT_OF_ONE_MAX 8
/* What is missed by more records than this is told by a snapshot. */
#define MISSED_COUNT_MAX 200
/* More records than a feed has (schemas/redis.md). */
#define FEED_RECORD_COUNT "2000"

#define SNAPSHOT_COMMAND_COUNT 3
/* Questions for clients on their way at once; an answer may have 250 KB. */
#define JOB_COUNT_MAX 16

static struct fen_stream_job *job_begin(struct fen_payee_streams *streams,
                                        struct fen_stream_client *client)
{
    struct fen_stream_job *job = malloc(sizeof *job);
    FEN_ASSERT(job != NULL && "out of memory");
    *job = (struct fen_stream_job){streams, client};
    client->job = job;
    streams->job_count++;
    return job;
}

/* The client of an answered question; NULL: it has gone. */
static struct fen_stream_client *job_end(struct fen_stream_job *job)
{
    struct fen_stream_client *client = job->client;
    if (client != NULL)
        client->job = NULL;
    job->streams->job_count--;
    free(job);
    return client;
}

bool fen_stream_client_is_behind(const struct fen_stream_client *client)
{
    return client->job != NULL || client->is_waiting || client->needs_snapshot;
}

void fen_stream_client_leave_queue(struct fen_stream_client *client)
{
    struct fen_payee_streams *streams = client->streams;
    if (!client->is_waiting)
        return;
    if (client->previous_waiting != NULL)
        client->previous_waiting->next_waiting = client->next_waiting;
    else
        streams->first_waiting = client->next_waiting;
    if (client->next_waiting != NULL)
        client->next_waiting->previous_waiting = client->previous_waiting;
    else
        streams->last_waiting = client->previous_waiting;
    client->next_waiting = NULL;
    client->previous_waiting = NULL;
    client->is_waiting = false;
}

static void ask_snapshot(struct fen_payee_streams *streams, struct fen_stream_client *client);
static void ask_missed(struct fen_payee_streams *streams, struct fen_stream_client *client);

void fen_payee_streams_ask_next(struct fen_payee_streams *streams)
{
    while (streams->job_count < JOB_COUNT_MAX && streams->first_waiting != NULL &&
           fen_redis_link_is_up(streams->options.link)) {
        struct fen_stream_client *client = streams->first_waiting;
        fen_stream_client_leave_queue(client);
        if (client->needs_snapshot)
            ask_snapshot(streams, client);
        else
            ask_missed(streams, client);
    }
}

/* It waits for its turn, behind all others. */
static void enter_queue(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    if (client->is_waiting || client->job != NULL)
        return;
    client->is_waiting = true;
    client->previous_waiting = streams->last_waiting;
    if (client->previous_waiting != NULL)
        client->previous_waiting->next_waiting = client;
    else
        streams->first_waiting = client;
    streams->last_waiting = client;
}

void fen_stream_client_need_snapshot(struct fen_payee_streams *streams,
                                     struct fen_stream_client *client)
{
    client->needs_snapshot = true;
    enter_queue(streams, client);
    fen_payee_streams_ask_next(streams);
}

static void append_command(struct fen_buffer *out, const char *name, struct fen_str key)
{
    fen_resp_append_text(out, fen_str_from(name));
    fen_resp_append_text(out, key);
}

/* HGETALL of fence and account. */
static void append_state(struct fen_buffer *out, const struct fen_redis_payee *payee)
{
    char text[FEN_REDIS_KEY_BYTES];
    fen_resp_append_array(out, 2);
    append_command(out, "HGETALL", fen_redis_fence_key(payee->partition, text));
    fen_resp_append_array(out, 2);
    append_command(out, "HGETALL", fen_redis_key(payee, "account", text));
}

/* --- snapshots -------------------------------------------------------------------------------- */

static void append_snapshot(struct fen_payee_streams *streams, const struct fen_feed *feed,
                            const struct fen_account_view *account,
                            const struct fen_fence_view *fence, const redisReply *range)
{
    struct fen_ledger_record *records;
    uint32_t count = fen_feed_view_read(range, true, streams->options.wire, &feed->payee,
                                        streams->arena, &records);
    struct fen_today today = fen_today_at(fen_clock_wall_ms(), streams->options.offset_ms);
    fen_buffer_clear(&streams->text);
    fen_buffer_append_format(&streams->text, "id: %" PRIu64 "-0\nevent: snapshot\ndata: ",
                             account->seq);
    fen_json_append_summary(&streams->text, &feed->payee, account, fence,
                            &(struct fen_feed_view){records, count}, &today);
    fen_buffer_append_format(&streams->text, "\n\n");
}

static void send_snapshot(struct fen_payee_streams *streams, struct fen_stream_client *client,
                          redisReply *const *replies)
{
    struct fen_account_view account;
    struct fen_fence_view fence;
    fen_fence_view_read(replies[0], &fence);
    fen_account_view_read(replies[1], streams->arena, &account);
    append_snapshot(streams, client->feed, &account, &fence, replies[2]);
    fen_arena_reset(streams->arena);
    client->position = account.seq;
    client->needs_snapshot = false;
    streams->figures.snapshots++;
    fen_feed_join(streams, client);
    (void)fen_http_stream_write(client->stream, fen_buffer_str(&streams->text));
}

static void snapshot_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = ((struct fen_stream_job *)context)->streams;
    struct fen_stream_client *client = job_end(context);
    (void)count;
    /* Without replies it is asked for again within a second. */
    if (client != NULL && replies != NULL)
        send_snapshot(streams, client, replies);
    fen_payee_streams_ask_next(streams);
}

static void ask_snapshot(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    struct fen_buffer commands = {0};
    char text[FEN_REDIS_KEY_BYTES];
    append_state(&commands, &client->feed->payee);
    fen_resp_append_array(&commands, 6);
    append_command(&commands, "XREVRANGE", fen_redis_key(&client->feed->payee, "feed", text));
    append_command(&commands, "+", FEN_STR("-"));
    append_command(&commands, "COUNT", FEN_STR(FEED_RECORD_COUNT));
    struct fen_stream_job *job = job_begin(streams, client);
    if (!fen_redis_link_ask(streams->options.link, fen_buffer_str(&commands),
                            SNAPSHOT_COMMAND_COUNT, snapshot_read, job))
        (void)job_end(job);
    fen_buffer_deinit(&commands);
}

/* --- what was missed -------------------------------------------------------------------------- */

/* Hand out what is behind the client's place; false: it is gone. */
static bool send_missed(struct fen_payee_streams *streams, struct fen_stream_client *client,
                        const struct fen_ledger_record *records, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        if (!fen_stream_client_send(streams, client, &records[index]))
            return false;
    }
    return true;
}

static void take_missed(struct fen_payee_streams *streams, struct fen_stream_client *client,
                        redisReply *const *replies)
{
    struct fen_ledger_record *records;
    uint32_t record_count = fen_feed_view_read(replies[0], false, streams->options.wire,
                                               &client->feed->payee, streams->arena, &records);
    bool has_gap = (record_count > 0 && records[0].seq_first > client->position + 1) ||
                   fen_reply_count(replies[0]) >= MISSED_COUNT_MAX;
    bool is_there = has_gap || send_missed(streams, client, records, record_count);
    fen_arena_reset(streams->arena);
    if (is_there && has_gap)
        fen_stream_client_need_snapshot(streams, client);
    else if (is_there)
        fen_feed_join(streams, client);
}

static void missed_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = ((struct fen_stream_job *)context)->streams;
    struct fen_stream_client *client = job_end(context);
    (void)count;
    if (client != NULL && replies != NULL)
        take_missed(streams, client, replies);
    else if (client != NULL)
        client->needs_snapshot = true;
    fen_payee_streams_ask_next(streams);
}

/* XRANGE feed (POSITION-0 + COUNT n. */
static void ask_missed(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    struct fen_buffer commands = {0};
    char text[FEN_REDIS_KEY_BYTES];
    char start[32];
    char limit[16];
    snprintf(start, sizeof start, "(%" PRIu64 "-0", client->position);
    snprintf(limit, sizeof limit, "%d", MISSED_COUNT_MAX);
    fen_resp_append_array(&commands, 6);
    append_command(&commands, "XRANGE", fen_redis_key(&client->feed->payee, "feed", text));
    append_command(&commands, start, FEN_STR("+"));
    append_command(&commands, "COUNT", fen_str_from(limit));
    struct fen_stream_job *job = job_begin(streams, client);
    if (!fen_redis_link_ask(streams->options.link, fen_buffer_str(&commands), 1, missed_read,
                            job)) {
        (void)job_end(job);
        client->needs_snapshot = true;
    }
    fen_buffer_deinit(&commands);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void client_gone(void *context)
{
    struct fen_stream_client *client = context;
    client->streams->figures.gone++;
    fen_stream_client_remove(client);
}

static void link_client(struct fen_feed *feed, struct fen_stream_client *client)
{
    client->feed = feed;
    client->next = feed->clients;
    if (client->next != NULL)
        client->next->previous = client;
    feed->clients = client;
    feed->client_count++;
}

enum fen_stream_refusal fen_payee_streams_open(struct fen_payee_streams *streams,
                                               const struct fen_stream_request *request)
{
    if (streams->figures.streams >= streams->options.stream_count_max)
        return FEN_STREAM_TOO_MANY;
    if (!fen_redis_link_is_up(streams->options.link))
        return FEN_STREAM_NO_REDIS;
    struct fen_feed *feed = fen_feed_acquire(streams, request->payee);
    if (feed->client_count >= STREAM_COUNT_OF_ONE_MAX)
        return FEN_STREAM_TOO_MANY_OF_ONE;
    struct fen_stream_client *client = calloc(1, sizeof *client);
    FEN_ASSERT(client != NULL && "out of memory");
    client->streams = streams;
    client->stream =
        fen_http_stream_begin(streams->options.http, request->event, client_gone, client);
    if (client->stream == NULL) {
        free(client);
        fen_feed_release(streams, feed);
        return FEN_STREAM_OPENED;
    }
    link_client(feed, client);
    streams->figures.streams++;
    client->number = streams->client_number++;
    client->until_ms = request->until_ms;
    client->position = request->has_position ? request->position : FEN_POSITION_NONE;
    memcpy(client->key_id, request->key_id.data, request->key_id.size);
    if (!fen_http_stream_write(client->stream, FEN_STR("retry: 2000\n\n")))
        return FEN_STREAM_OPENED;
    client->needs_snapshot = !request->has_position;
    enter_queue(streams, client);
    fen_payee_streams_ask_next(streams);
    return FEN_STREAM_OPENED;
}
