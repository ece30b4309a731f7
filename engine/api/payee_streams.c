/* payee_streams: see payee_streams.h; clients and feeds. Opening: payee_streams_open.c. */
#include "api/payee_streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "api/account_json.h"
#include "api/payee_streams_parts.h"
#include "base/clock.h"
#include "base/hash.h"

#define POLL_MS 20
#define HEARTBEAT_SECONDS 15

/* --- feeds ------------------------------------------------------------------------------------ */

static struct fen_feed **bucket_of(struct fen_payee_streams *streams, struct fen_str name)
{
    return &streams->buckets[fen_hash(name) % FEN_FEED_BUCKET_COUNT];
}

/* The feed of a name "TENANT/PAYEE"; NULL: nobody watches it. */
static struct fen_feed *find_feed(struct fen_payee_streams *streams, struct fen_str name)
{
    struct fen_feed *feed = *bucket_of(streams, name);
    while (feed != NULL && !fen_str_equal(fen_str_from(feed->payee.name), name))
        feed = feed->next_of_bucket;
    return feed;
}

struct fen_feed *fen_feed_of_key(struct fen_payee_streams *streams, struct fen_str key)
{
    static const char mark[] = ":feed:";
    const char *at = key.size == 0 ? NULL : memmem(key.data, key.size, mark, sizeof mark - 1);
    if (at == NULL)
        return NULL;
    uint32_t head = (uint32_t)(at - key.data + sizeof mark - 1);
    return find_feed(streams, (struct fen_str){key.data + head, key.size - head});
}

/* The feed's own copy of the payee. */
static void copy_payee(struct fen_feed *feed, const struct fen_redis_payee *payee)
{
    memcpy(feed->payee_text, payee->name, sizeof feed->payee_text);
    feed->payee = *payee;
    struct fen_str name = fen_str_from(feed->payee_text);
    bool is_split = fen_str_split(name, &feed->payee.tenant, &feed->payee.payee);
    FEN_ASSERT(is_split);
}

struct fen_feed *fen_feed_acquire(struct fen_payee_streams *streams,
                                  const struct fen_redis_payee *payee)
{
    struct fen_str name = fen_str_from(payee->name);
    struct fen_feed *feed = find_feed(streams, name);
    if (feed != NULL)
        return feed;
    struct fen_feed **bucket = bucket_of(streams, name);
    struct fen_feed **first = &streams->partitions[payee->partition].feeds;
    feed = calloc(1, sizeof *feed);
    FEN_ASSERT(feed != NULL && "out of memory");
    copy_payee(feed, payee);
    feed->position = FEN_POSITION_NONE;
    feed->next_of_bucket = *bucket;
    *bucket = feed;
    feed->next = *first;
    if (feed->next != NULL)
        feed->next->previous = feed;
    *first = feed;
    return feed;
}

void fen_feed_release(struct fen_payee_streams *streams, struct fen_feed *feed)
{
    if (feed->client_count > 0 || feed->is_held)
        return;
    struct fen_feed **at = bucket_of(streams, fen_str_from(feed->payee.name));
    while (*at != feed)
        at = &(*at)->next_of_bucket;
    *at = feed->next_of_bucket;
    if (feed->previous != NULL)
        feed->previous->next = feed->next;
    else
        streams->partitions[feed->payee.partition].feeds = feed->next;
    if (feed->next != NULL)
        feed->next->previous = feed->previous;
    fen_feed_mark_clean(feed);
    free(feed);
}

void fen_feed_mark_dirty(struct fen_payee_streams *streams, struct fen_feed *feed)
{
    if (feed->dirty_place != NULL)
        return;
    feed->next_dirty = streams->dirty;
    if (feed->next_dirty != NULL)
        feed->next_dirty->dirty_place = &feed->next_dirty;
    feed->dirty_place = &streams->dirty;
    streams->dirty = feed;
}

void fen_feed_mark_clean(struct fen_feed *feed)
{
    if (feed->dirty_place == NULL)
        return;
    *feed->dirty_place = feed->next_dirty;
    if (feed->next_dirty != NULL)
        feed->next_dirty->dirty_place = feed->dirty_place;
    feed->next_dirty = NULL;
    feed->dirty_place = NULL;
}

void fen_feed_join(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    struct fen_feed *feed = client->feed;
    if (feed->position == FEN_POSITION_NONE || feed->position > client->position)
        feed->position = client->position;
    fen_feed_mark_dirty(streams, feed);
}

/* --- clients ---------------------------------------------------------------------------------- */

void fen_stream_client_remove(struct fen_stream_client *client)
{
    struct fen_payee_streams *streams = client->streams;
    struct fen_feed *feed = client->feed;
    if (client->job != NULL)
        client->job->client = NULL;
    fen_stream_client_leave_queue(client);
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        feed->clients = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    feed->client_count--;
    streams->figures.streams--;
    free(client);
    fen_feed_release(streams, feed);
}

static void append_event(struct fen_buffer *out, const struct fen_ledger_record *record,
                         uint64_t after)
{
    uint64_t last = record->seq_first + record->entry_count - 1;
    bool is_first = true;
    fen_buffer_append_format(out, "id: %" PRIu64 "-0\nevent: entries\ndata: {\"entries\":[", last);
    for (uint32_t index = 0; index < record->entry_count; index++) {
        if (record->entries[index].seq <= after)
            continue;
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        is_first = false;
        fen_json_append_entry(out, &record->entries[index]);
    }
    fen_buffer_append_format(out, "]}\n\n");
}

bool fen_stream_client_send(struct fen_payee_streams *streams, struct fen_stream_client *client,
                            const struct fen_ledger_record *record)
{
    uint64_t last = record->seq_first + record->entry_count - 1;
    if (fen_stream_client_is_behind(client) || client->position >= last)
        return true;
    fen_buffer_clear(&streams->text);
    append_event(&streams->text, record, client->position);
    client->position = last;
    streams->figures.events++;
    return fen_http_stream_write(client->stream, fen_buffer_str(&streams->text));
}

/* The token has ended, or its key has gone. */
static void expire(struct fen_stream_client *client)
{
    struct fen_http_stream *stream = client->stream;
    if (!fen_http_stream_write(stream, FEN_STR("event: expired\ndata: {}\n\n")))
        return;
    fen_http_stream_end(stream);
    fen_stream_client_remove(client);
}

/* Call `visit` for every client; it may remove that client. */
static void visit_clients(struct fen_payee_streams *streams,
                          void (*visit)(struct fen_payee_streams *streams,
                                        struct fen_stream_client *client))
{
    for (uint32_t index = 0; index < streams->options.partition_count; index++) {
        struct fen_feed *next_feed;
        for (struct fen_feed *feed = streams->partitions[index].feeds; feed != NULL;
             feed = next_feed) {
            struct fen_stream_client *next;
            feed->is_held = true;
            for (struct fen_stream_client *client = feed->clients; client != NULL; client = next) {
                next = client->next;
                visit(streams, client);
            }
            feed->is_held = false;
            next_feed = feed->next;
            fen_feed_release(streams, feed);
        }
    }
}

static void tend(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    if (fen_clock_wall_ms() >= client->until_ms) {
        expire(client);
        return;
    }
    if (client->needs_snapshot)
        fen_stream_client_need_snapshot(streams, client);
    if (client->number % HEARTBEAT_SECONDS == streams->second_count % HEARTBEAT_SECONDS)
        (void)fen_http_stream_write(client->stream, FEN_STR(":\n\n"));
}

static void check_key(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    if (fen_key_ring_find(streams->options.ring, fen_str_from(client->key_id)) == NULL)
        expire(client);
}

void fen_payee_streams_check_keys(struct fen_payee_streams *streams)
{
    visit_clients(streams, check_key);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void on_poll(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    fen_payee_streams_poll(context);
}

static void on_second(evutil_socket_t descriptor, short what, void *context)
{
    struct fen_payee_streams *streams = context;
    (void)descriptor;
    (void)what;
    streams->second_count++;
    fen_payee_streams_check_listener(streams);
    visit_clients(streams, tend);
    fen_payee_streams_ask_next(streams);
}

static struct event *timer(struct event_base *base, event_callback_fn function, void *context,
                           const struct timeval *pace)
{
    struct event *event = event_new(base, -1, EV_PERSIST, function, context);
    FEN_ASSERT(event != NULL && "out of memory");
    event_add(event, pace);
    return event;
}

struct fen_payee_streams *fen_payee_streams_create(struct event_base *base,
                                                   const struct fen_payee_streams_options *options)
{
    const struct timeval poll_pace = {.tv_usec = POLL_MS * 1000};
    const struct timeval second = {.tv_sec = 1};
    struct fen_payee_streams *streams = calloc(1, sizeof *streams);
    FEN_ASSERT(streams != NULL && "out of memory");
    streams->options = *options;
    streams->partitions = calloc(options->partition_count, sizeof *streams->partitions);
    streams->asked = calloc(options->partition_count, sizeof *streams->asked);
    FEN_ASSERT(streams->partitions != NULL && streams->asked != NULL);
    streams->arena = fen_arena_create(65536);
    streams->poll_timer = timer(base, on_poll, streams, &poll_pace);
    streams->second_timer = timer(base, on_second, streams, &second);
    fen_payee_streams_listen(streams);
    return streams;
}

static void end_client(struct fen_payee_streams *streams, struct fen_stream_client *client)
{
    (void)streams;
    fen_http_stream_end(client->stream);
    fen_stream_client_remove(client);
}

void fen_payee_streams_destroy(struct fen_payee_streams *streams)
{
    if (streams == NULL)
        return;
    fen_redis_link_destroy(streams->listener);
    visit_clients(streams, end_client);
    event_free(streams->poll_timer);
    event_free(streams->second_timer);
    fen_arena_destroy(streams->arena);
    fen_buffer_deinit(&streams->text);
    fen_buffer_deinit(&streams->commands);
    free(streams->partitions);
    free(streams->asked);
    free(streams);
}

void fen_payee_streams_figures(const struct fen_payee_streams *streams,
                               struct fen_payee_streams_figures *figures_out)
{
    *figures_out = streams->figures;
}
