/* redis_server: see redis_server.h. */
#include "sim/redis_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fiber.h"
#include "sim/schedule.h"

#define REPLY_MAX 4096u
#define LATENCY_US_MIN 50
#define LATENCY_US_MAX 4000
#define CONNECT_US_MAX 20000

struct link {
    const struct sim_redis_client *client;
    uint32_t life;
    bool is_broken;
    redisReply *replies[REPLY_MAX];
    uint32_t first;
    uint32_t count;
};

void sim_redis_server_init(struct sim_redis_server *server, struct sim_random *random,
                           struct fen_arena *arena)
{
    memset(server, 0, sizeof *server);
    server->random = random;
    server->arena = arena;
    sim_redis_machine_init(&server->machine, sim_store_create(arena));
}

void sim_redis_server_deinit(struct sim_redis_server *server)
{
    sim_store_destroy(server->machine.store);
    sim_redis_machine_deinit(&server->machine);
}

/* --- what befalls it ------------------------------------------------------------------------ */

void sim_redis_server_fail_over(struct sim_redis_server *server, uint32_t units)
{
    sim_store_take_back(server->machine.store, units);
    server->machine.has_script = false;
    server->life++;
}

void sim_redis_server_empty(struct sim_redis_server *server, bool restarts)
{
    sim_store_clear(server->machine.store);
    server->life += restarts;
    if (restarts)
        server->machine.has_script = false;
}

static struct sim_key *fence_of(struct sim_redis_server *server, uint32_t partition)
{
    char name[64];
    (void)snprintf(name, sizeof name, "fen:{p%u}:fence", partition);
    return sim_store_find(server->machine.store, fen_str_from(name));
}

bool sim_redis_server_says(struct sim_redis_server *server, uint32_t partition,
                           struct fen_str prefix)
{
    const struct sim_item *item = sim_key_find(fence_of(server, partition), FEN_STR("seq"));
    return item != NULL && item->value.size >= prefix.size &&
           memcmp(item->value.data, prefix.data, prefix.size) == 0;
}

bool sim_redis_server_fence(struct sim_redis_server *server, uint32_t partition,
                            uint64_t *version_out)
{
    const struct sim_item *item = sim_key_find(fence_of(server, partition), FEN_STR("seq"));
    char text[32];
    char *end = NULL;
    if (item == NULL || item->value.size == 0 || item->value.size >= sizeof text)
        return false;
    memcpy(text, item->value.data, item->value.size);
    text[item->value.size] = '\0';
    *version_out = strtoull(text, &end, 10);
    return *end == '\0';
}

/* The first account of a partition: wrong balance, and a field too many. */
static void spoil_account(struct sim_redis_server *server, uint32_t partition)
{
    struct sim_store *store = server->machine.store;
    char prefix[64];
    int size = snprintf(prefix, sizeof prefix, "fen:{p%u}:account:", partition);
    struct sim_key *key;
    for (uint32_t i = 0; (key = sim_store_at(store, i)) != NULL; i++) {
        if (key->type != SIM_KEY_HASH || key->name.size < (uint32_t)size ||
            memcmp(key->name.data, prefix, (size_t)size) != 0)
            continue;
        const struct sim_item wrong[] = {{FEN_STR("balance"), FEN_STR("7"), 0},
                                         {FEN_STR("d:1999-01-01"), FEN_STR("1"), 0}};
        sim_store_touch(store, key);
        sim_store_put(store, key, SIM_KEY_HASH, &wrong[0]);
        sim_store_put(store, key, SIM_KEY_HASH, &wrong[1]);
        return;
    }
}

static void add_stranger(struct sim_redis_server *server, uint32_t partition)
{
    struct sim_store *store = server->machine.store;
    char name[64];
    (void)snprintf(name, sizeof name, "fen:{p%u}:account:t0/guide:stranger", partition);
    struct sim_key *key = sim_store_find(store, fen_str_from(name));
    const struct sim_item item = {FEN_STR("balance"), FEN_STR("1"), 0};
    sim_store_touch(store, key);
    sim_store_put(store, key, SIM_KEY_HASH, &item);
}

void sim_redis_server_spoil(struct sim_redis_server *server, uint32_t partition,
                            struct fen_str value, bool has_stranger)
{
    struct sim_store *store = server->machine.store;
    struct sim_key *key = fence_of(server, partition);
    const struct sim_item item = {FEN_STR("seq"), value, 0};
    bool is_zset = fen_str_equal(value, FEN_STR("zset"));
    spoil_account(server, partition);
    if (has_stranger)
        add_stranger(server, partition);
    sim_store_touch(store, key);
    key->type = SIM_KEY_NONE;
    key->count = 0;
    if (fen_str_is_set(value))
        sim_store_put(store, key, is_zset ? SIM_KEY_ZSET : SIM_KEY_HASH, &item);
    sim_store_end_unit(store);
}

void sim_redis_server_heal(struct sim_redis_server *server)
{
    server->down_until_us = server->loading_until_us = 0;
    server->read_only_until_us = server->full_until_us = 0;
    server->breaks = 0;
}

/* --- connections ---------------------------------------------------------------------------- */

static bool is_dead(const struct sim_redis_client *client)
{
    return client->is_dead != NULL && *client->is_dead;
}

static void wait(const struct sim_redis_client *client, int64_t most_us)
{
    if (client->is_dead != NULL && !*client->is_dead)
        sim_fiber_sleep(sim_random_between(client->server->random, LATENCY_US_MIN, most_us));
}

static bool is_away(const struct sim_redis_client *client)
{
    int64_t now_us = sim_now_us();
    return is_dead(client) || client->server->down_until_us > now_us ||
           *client->cut_until_us > now_us;
}

static void *transport_open(const struct fen_connection_options *options, const char **fault_out)
{
    const struct sim_redis_client *client = options->transport_context;
    wait(client, CONNECT_US_MAX);
    if (is_away(client)) {
        *fault_out = "Connection refused";
        return NULL;
    }
    struct link *link = calloc(1, sizeof *link);
    FEN_ASSERT(link != NULL);
    link->client = client;
    link->life = client->server->life;
    return link;
}

static void transport_close(void *opaque)
{
    struct link *link = opaque;
    for (; link->first < link->count; link->first++)
        freeReplyObject(link->replies[link->first]);
    free(link);
}

static void serve(struct link *link, const struct fen_str *words, uint32_t count)
{
    struct sim_redis_server *server = link->client->server;
    struct sim_redis_machine *machine = &server->machine;
    int64_t now_us = sim_now_us();
    machine->is_read_only = server->read_only_until_us > now_us;
    machine->is_full = server->full_until_us > now_us;
    FEN_ASSERT(link->count < REPLY_MAX);
    if (server->loading_until_us > now_us)
        link->replies[link->count++] = sim_reply_text(
            REDIS_REPLY_ERROR, FEN_STR("LOADING Redis is loading the dataset in memory"));
    else
        link->replies[link->count++] = sim_redis_run(machine, words, count);
}

/* A number after its sign, up to the line's end. */
static uint32_t take_number(const char **at)
{
    char *end;
    uint32_t number = (uint32_t)strtoul(*at + 1, &end, 10);
    *at = end + 2;
    return number;
}

/* The next request's words, borrowed from its bytes. */
static uint32_t take_request(const char **at, struct fen_arena *arena, struct fen_str **words_out)
{
    uint32_t count = take_number(at);
    *words_out = fen_arena_allocate(arena, (count + 1) * sizeof **words_out);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = take_number(at);
        (*words_out)[i] = (struct fen_str){*at, size};
        *at += size + 2;
    }
    return count;
}

/* What was written is served in any case as far as it arrives, be the writer dead meanwhile. */
static const char *transport_write(void *opaque, struct fen_str bytes)
{
    struct link *link = opaque;
    const struct sim_redis_client *client = link->client;
    struct sim_redis_server *server = client->server;
    struct fen_str copy = fen_arena_copy(server->arena, bytes);
    bool breaks = client->is_dead != NULL && sim_random_is(server->random, server->breaks);
    wait(client, LATENCY_US_MAX);
    link->is_broken = link->is_broken || is_away(client) || link->life != server->life;
    const char *at = copy.data;
    if (link->first == link->count)
        link->first = link->count = 0;
    while (at < copy.data + copy.size && !link->is_broken) {
        struct fen_str *words;
        uint32_t count = take_request(&at, server->arena, &words);
        if (breaks && sim_random_is(server->random, 3000)) {
            link->is_broken = true;
            break;
        }
        serve(link, words, count);
        if (sim_random_is(server->random, 1000))
            wait(client, LATENCY_US_MAX);
        link->is_broken = link->life != server->life;
    }
    link->is_broken = link->is_broken || (breaks && sim_random_is(server->random, 5000));
    return NULL;
}

static redisReply *transport_read(void *opaque, const char **fault_out)
{
    struct link *link = opaque;
    bool is_lost = link->is_broken && sim_random_is(link->client->server->random, 5000);
    if (link->first < link->count && !is_lost && !is_dead(link->client))
        return link->replies[link->first++];
    *fault_out = "Server closed the connection";
    return NULL;
}

const struct fen_transport sim_redis_transport = {
    .open = transport_open,
    .close = transport_close,
    .write = transport_write,
    .read = transport_read,
};
