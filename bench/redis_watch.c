/* redis_watch: see the header. */
#include "bench/redis_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "bench/process.h"
#include "bench/shop.h"
#include "redis/connection.h"
#include "redis/resp.h"
#include "wire/ledger_record.h"
#include "wire/topic.h"

#define BLOCK_MS       500
#define ID_SIZE_BYTES  48

struct feed {
    struct fen_str key;
    char id[ID_SIZE_BYTES]; /* of the newest entry read */
};

struct watch {
    struct fen_connection connection;
    struct fen_arena *arena;  /* keys */
    struct fen_arena *record; /* the one being read */
    struct feed *feeds;
    uint32_t feed_count;
    struct fen_buffer request;
    struct bench_latency *latency;
};

/* The feed's key, as redis/block.c writes it and schemas/redis.md says. */
static struct fen_str feed_key(struct fen_arena *arena, uint32_t guide, uint32_t partition_count)
{
    struct fen_str id = bench_shop_guide_id(arena, guide);
    struct fen_str payee = fen_arena_format(arena, "default/guide:%.*s", FEN_STR_ARG(id));
    uint32_t partition = fen_topic_partition(payee, partition_count);
    return fen_arena_format(arena, "fen:{p%u}:feed:%.*s", partition, FEN_STR_ARG(payee));
}

static redisReply *ask(struct watch *watch)
{
    redisReply *reply = fen_connection_ask(&watch->connection, fen_buffer_str(&watch->request));
    if (reply == NULL)
        bench_process_fail("Redis: %s", watch->connection.reason);
    if (reply->type == REDIS_REPLY_ERROR)
        bench_process_fail("Redis: %s", reply->str);
    return reply;
}

static void set_id(struct feed *feed, const redisReply *id)
{
    if (id->type != REDIS_REPLY_STRING || id->len >= ID_SIZE_BYTES)
        bench_process_fail("Redis: an entry without an id");
    memcpy(feed->id, id->str, (size_t)id->len + 1);
}

/* Where the feed ends now: `XREVRANGE key + - COUNT 1`. */
static void find_end(struct watch *watch, struct feed *feed)
{
    fen_buffer_clear(&watch->request);
    fen_resp_append_array(&watch->request, 6);
    fen_resp_append_text(&watch->request, FEN_STR("XREVRANGE"));
    fen_resp_append_text(&watch->request, feed->key);
    fen_resp_append_text(&watch->request, FEN_STR("+"));
    fen_resp_append_text(&watch->request, FEN_STR("-"));
    fen_resp_append_text(&watch->request, FEN_STR("COUNT"));
    fen_resp_append_text(&watch->request, FEN_STR("1"));
    redisReply *reply = ask(watch);
    (void)snprintf(feed->id, sizeof feed->id, "0");
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1
        && reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2)
        set_id(feed, reply->element[0]->element[0]);
    freeReplyObject(reply);
}

/* The order of each share entry of a ledger record: every order has one, in one feed. */
static void note_record(struct watch *watch, struct fen_str value)
{
    const struct fen_str order_prefix = FEN_STR("order:");
    struct fen_ledger_record record;
    fen_arena_reset(watch->record);
    if (!fen_ledger_record_decode(FEN_WIRE_PROTOBUF, FEN_STR("t/p"), value, watch->record,
                                  &record))
        bench_process_fail("Redis: a record that cannot be read");
    for (uint32_t i = 0; i < record.entry_count; i++) {
        struct fen_str subject = record.entries[i].subject;
        if (record.entries[i].key.role != FEN_ROLE_SHARE || subject.size <= order_prefix.size)
            continue;
        bench_latency_note(watch->latency,
                           (struct fen_str){subject.data + order_prefix.size,
                                            subject.size - order_prefix.size});
    }
}

static struct feed *find_feed(struct watch *watch, const redisReply *key)
{
    for (uint32_t i = 0; i < watch->feed_count; i++) {
        struct fen_str known = watch->feeds[i].key;
        if (known.size == key->len && memcmp(known.data, key->str, known.size) == 0)
            return &watch->feeds[i];
    }
    bench_process_fail("Redis: a feed that was not asked for");
}

/* [key, [[id, ["record", bytes]] ...]] */
static void take_feed(struct watch *watch, const redisReply *reply)
{
    struct feed *feed = find_feed(watch, reply->element[0]);
    const redisReply *entries = reply->element[1];
    for (size_t i = 0; i < entries->elements; i++) {
        const redisReply *entry = entries->element[i];
        const redisReply *value = entry->element[1]->element[1];
        note_record(watch, (struct fen_str){value->str, (uint32_t)value->len});
        set_id(feed, entry->element[0]);
    }
}

/* One blocked read. Returns: whether anything came. */
static bool read_feeds(struct watch *watch)
{
    fen_buffer_clear(&watch->request);
    fen_resp_append_array(&watch->request, 4 + 2 * watch->feed_count);
    fen_resp_append_text(&watch->request, FEN_STR("XREAD"));
    fen_resp_append_text(&watch->request, FEN_STR("BLOCK"));
    fen_resp_append_number(&watch->request, BLOCK_MS);
    fen_resp_append_text(&watch->request, FEN_STR("STREAMS"));
    for (uint32_t i = 0; i < watch->feed_count; i++)
        fen_resp_append_text(&watch->request, watch->feeds[i].key);
    for (uint32_t i = 0; i < watch->feed_count; i++)
        fen_resp_append_text(&watch->request, fen_str_from(watch->feeds[i].id));
    redisReply *reply = ask(watch);
    bool has_come = reply->type == REDIS_REPLY_ARRAY;
    for (size_t i = 0; has_come && i < reply->elements; i++)
        take_feed(watch, reply->element[i]);
    freeReplyObject(reply);
    return has_come;
}

static void watch_init(struct watch *watch, const char *address, uint32_t partition_count)
{
    fen_connection_init(&watch->connection, &(struct fen_connection_options){.address = address});
    if (!fen_connection_open(&watch->connection))
        bench_process_fail("Redis: %s", watch->connection.reason);
    watch->arena = fen_arena_create(4096);
    watch->record = fen_arena_create(64 * 1024);
    watch->feeds = calloc(watch->feed_count, sizeof *watch->feeds);
    FEN_ASSERT(watch->feeds != NULL);
    for (uint32_t i = 0; i < watch->feed_count; i++) {
        watch->feeds[i].key = feed_key(watch->arena, i, partition_count);
        find_end(watch, &watch->feeds[i]);
    }
}

void bench_redis_watch(const char *address, uint32_t partition_count, uint32_t guide_count,
                       int64_t silence_ms, struct bench_latency *latency,
                       void (*ready)(void *context), void *context)
{
    struct watch watch = {.feed_count = guide_count, .latency = latency};
    watch_init(&watch, address, partition_count);
    ready(context);
    int64_t active_ms = fen_clock_ms();
    while (!bench_latency_is_complete(latency)
           && !(atomic_load_explicit(&latency->is_sent, memory_order_acquire)
                && fen_clock_ms() - active_ms > silence_ms)) {
        if (read_feeds(&watch) || !atomic_load_explicit(&latency->is_sent, memory_order_relaxed))
            active_ms = fen_clock_ms();
    }
    fen_connection_close(&watch.connection);
    fen_buffer_deinit(&watch.request);
    fen_arena_destroy(watch.arena);
    fen_arena_destroy(watch.record);
    free(watch.feeds);
}
