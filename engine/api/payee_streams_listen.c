/*
 * payee_streams_listen: Redis says which feeds have changed.
 *
 *     CLIENT TRACKING ON REDIRECT self BCAST PREFIX fen:{p0}:feed: …     SUBSCRIBE
 *
 * Client-side caching of Redis 6 and later: a connection is told the names of all keys that were
 * written and begin so, once a turn of the server's loop. The projector needs to know nothing of
 * it, and a feed nobody watches costs a look into a table. A Redis or proxy without it, or one
 * that does not let us, is polled by its fences. Whatever may have been missed before the first
 * message, everything is read once then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/payee_streams_parts.h"
#include "base/log.h"
#include "redis/resp.h"

#define CHANNEL FEN_STR("__redis__:invalidate")
#define BEGIN_COMMAND_COUNT 2

static void mark_all_dirty(struct fen_payee_streams *streams)
{
    for (uint32_t index = 0; index < streams->options.partition_count; index++)
        streams->partitions[index].is_dirty = true;
}

static void begin_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = context;
    (void)count;
    streams->is_told = replies != NULL;
    if (replies == NULL) {
        FEN_LOG_WARN("api", "Redis does not tell which feeds change; its fences are polled");
        return;
    }
    mark_all_dirty(streams);
    fen_payee_streams_poll(streams);
}

static void append_tracking(struct fen_buffer *out, uint32_t partition_count, const char *id)
{
    char text[FEN_REDIS_KEY_BYTES];
    fen_resp_append_array(out, 6 + 2 * partition_count);
    fen_resp_append_text(out, FEN_STR("CLIENT"));
    fen_resp_append_text(out, FEN_STR("TRACKING"));
    fen_resp_append_text(out, FEN_STR("ON"));
    fen_resp_append_text(out, FEN_STR("REDIRECT"));
    fen_resp_append_text(out, fen_str_from(id));
    fen_resp_append_text(out, FEN_STR("BCAST"));
    for (uint32_t index = 0; index < partition_count; index++) {
        const struct fen_redis_payee nobody = {.partition = index};
        fen_resp_append_text(out, FEN_STR("PREFIX"));
        fen_resp_append_text(out, fen_redis_key(&nobody, "feed", text));
    }
}

/* The connection's own number: in the older protocol a message is always sent to somebody. */
static void id_read(void *context, redisReply *const *replies, uint32_t count)
{
    struct fen_payee_streams *streams = context;
    struct fen_buffer commands = {0};
    char id[24];
    (void)count;
    if (replies == NULL || replies[0]->type != REDIS_REPLY_INTEGER) {
        begin_read(streams, NULL, 0);
        return;
    }
    snprintf(id, sizeof id, "%lld", replies[0]->integer);
    append_tracking(&commands, streams->options.partition_count, id);
    fen_resp_append_array(&commands, 2);
    fen_resp_append_text(&commands, FEN_STR("SUBSCRIBE"));
    fen_resp_append_text(&commands, CHANNEL);
    if (!fen_redis_link_ask(streams->listener, fen_buffer_str(&commands), BEGIN_COMMAND_COUNT,
                            begin_read, streams))
        begin_read(streams, NULL, 0);
    fen_buffer_deinit(&commands);
}

static void came_up(void *context)
{
    struct fen_payee_streams *streams = context;
    struct fen_buffer command = {0};
    fen_resp_append_array(&command, 2);
    fen_resp_append_text(&command, FEN_STR("CLIENT"));
    fen_resp_append_text(&command, FEN_STR("ID"));
    if (!fen_redis_link_ask(streams->listener, fen_buffer_str(&command), 1, id_read, streams))
        begin_read(streams, NULL, 0);
    fen_buffer_deinit(&command);
}

static void lost(void *context)
{
    struct fen_payee_streams *streams = context;
    streams->is_told = false;
}

static void mark_key(struct fen_payee_streams *streams, struct fen_str key)
{
    struct fen_feed *feed = fen_feed_of_key(streams, key);
    if (feed != NULL)
        fen_feed_mark_dirty(streams, feed);
}

/* ["message", channel, keys]; no keys: all of them may have changed. */
static void told(void *context, const redisReply *message)
{
    struct fen_payee_streams *streams = context;
    const redisReply *keys = fen_reply_item(message, 2);
    if (keys == NULL || keys->type != REDIS_REPLY_ARRAY)
        mark_all_dirty(streams);
    for (size_t index = 0; index < fen_reply_count(keys); index++)
        mark_key(streams, fen_reply_text(fen_reply_item(keys, index)));
    if (streams->is_told)
        fen_payee_streams_poll(streams);
}

void fen_payee_streams_listen(struct fen_payee_streams *streams)
{
    streams->listener = fen_redis_link_create_listener(
        streams->options.link,
        &(struct fen_redis_listener){.came_up = came_up, .lost = lost, .told = told,
                                     .context = streams});
}

static void ping_read(void *context, redisReply *const *replies, uint32_t count)
{
    (void)context;
    (void)replies;
    (void)count;
}

/* A connection that says nothing may be quiet, or dead: a link that does not answer is lost. */
void fen_payee_streams_check_listener(struct fen_payee_streams *streams)
{
    struct fen_buffer command = {0};
    if (!streams->is_told)
        return;
    fen_resp_append_array(&command, 1);
    fen_resp_append_text(&command, FEN_STR("PING"));
    bool is_asked = fen_redis_link_ask(streams->listener, fen_buffer_str(&command), 1, ping_read,
                                       streams);
    if (!is_asked)
        streams->is_told = false;
    fen_buffer_deinit(&command);
}
