/* redis_command: see redis_command.h. */
#include "sim/redis_command.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHA FEN_STR("0123456789abcdef0123456789abcdef01234567")

redisReply *sim_reply_text(int type, struct fen_str text)
{
    redisReply *reply = calloc(1, sizeof *reply);
    FEN_ASSERT(reply != NULL);
    reply->type = type;
    reply->len = text.size;
    reply->str = malloc((size_t)text.size + 1);
    FEN_ASSERT(reply->str != NULL);
    if (text.size > 0)
        memcpy(reply->str, text.data, text.size);
    reply->str[text.size] = '\0';
    return reply;
}

redisReply *sim_reply_number(int64_t number)
{
    redisReply *reply = calloc(1, sizeof *reply);
    FEN_ASSERT(reply != NULL);
    reply->type = REDIS_REPLY_INTEGER;
    reply->integer = number;
    return reply;
}

redisReply *sim_reply_array(uint32_t count)
{
    redisReply *reply = calloc(1, sizeof *reply);
    FEN_ASSERT(reply != NULL);
    reply->type = REDIS_REPLY_ARRAY;
    reply->elements = count;
    reply->element = calloc((size_t)count + 1, sizeof(redisReply *));
    FEN_ASSERT(reply->element != NULL);
    return reply;
}

static redisReply *reply_nil(void)
{
    redisReply *reply = calloc(1, sizeof *reply);
    FEN_ASSERT(reply != NULL);
    reply->type = REDIS_REPLY_NIL;
    return reply;
}

static redisReply *reply_error(const char *text)
{
    return sim_reply_text(REDIS_REPLY_ERROR, fen_str_from(text));
}

static redisReply *reply_string(struct fen_str text)
{
    return sim_reply_text(REDIS_REPLY_STRING, text);
}

/* A command's words, the key it names, and what of it has to hold before it runs. */
struct call {
    struct sim_redis_machine *machine;
    const struct fen_str *words;
    uint32_t count;
    struct sim_key *key;
};

struct command {
    const char *name;
    enum sim_key_type type; /* of its key; NONE: any */
    bool writes;
    bool needs_memory;
    redisReply *(*run)(const struct call *call);
};

static redisReply *run_hget(const struct call *call)
{
    const struct sim_item *item = sim_key_find(call->key, call->words[2]);
    return item == NULL ? reply_nil() : reply_string(item->value);
}

/* "...{p3}:fence": its partition; false: no fence. */
static bool is_fence(struct fen_str key, uint32_t *partition_out)
{
    char text[128];
    if (key.size >= sizeof text)
        return false;
    memcpy(text, key.data, key.size);
    text[key.size] = '\0';
    const char *tag = strstr(text, "{p");
    if (tag == NULL || strstr(tag, "}:fence") == NULL)
        return false;
    *partition_out = (uint32_t)strtoul(tag + 2, NULL, 10);
    return true;
}

static void note_fence(const struct call *call, struct fen_str field, struct fen_str value)
{
    uint32_t partition;
    uint64_t version = 0;
    if (call->machine->fence_set == NULL || !fen_str_equal(field, FEN_STR("seq")) ||
        !is_fence(call->key->name, &partition))
        return;
    for (uint32_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return;
        version = version * 10 + (uint64_t)(value.data[i] - '0');
    }
    call->machine->fence_set(call->machine->context, partition, version);
}

static redisReply *run_hset(const struct call *call)
{
    sim_store_touch(call->machine->store, call->key);
    for (uint32_t i = 2; i + 1 < call->count; i += 2) {
        const struct sim_item item = {call->words[i], call->words[i + 1], 0};
        note_fence(call, item.name, item.value);
        sim_store_put(call->machine->store, call->key, SIM_KEY_HASH, &item);
    }
    return sim_reply_number(0);
}

static redisReply *run_hsetnx(const struct call *call)
{
    if (sim_key_find(call->key, call->words[2]) != NULL)
        return sim_reply_number(0);
    freeReplyObject(run_hset(call));
    return sim_reply_number(1);
}

static redisReply *run_hdel(const struct call *call)
{
    int64_t removed = 0;
    sim_store_touch(call->machine->store, call->key);
    for (uint32_t i = 2; i < call->count; i++)
        removed += sim_store_remove(call->key, call->words[i]);
    return sim_reply_number(removed);
}

static redisReply *run_hgetall(const struct call *call)
{
    redisReply *reply = sim_reply_array(call->key->count * 2);
    for (uint32_t i = 0; i < call->key->count; i++) {
        reply->element[2 * i] = reply_string(call->key->items[i].name);
        reply->element[2 * i + 1] = reply_string(call->key->items[i].value);
    }
    return reply;
}

static redisReply *run_del(const struct call *call)
{
    int64_t removed = 0;
    for (uint32_t i = 1; i < call->count; i++) {
        struct sim_key *key = sim_store_find(call->machine->store, call->words[i]);
        if (key->type == SIM_KEY_NONE)
            continue;
        sim_store_touch(call->machine->store, key);
        key->type = SIM_KEY_NONE;
        key->count = 0;
        removed++;
    }
    return sim_reply_number(removed);
}

static redisReply *run_type(const struct call *call)
{
    static const char *const names[] = {"none", "hash", "stream", "zset"};
    return sim_reply_text(REDIS_REPLY_STATUS, fen_str_from(names[call->key->type]));
}

/* XADD key MAXLEN ~ length id field value; trimmed now and then, as `~` allows. */
static redisReply *run_xadd(const struct call *call)
{
    const struct fen_str *words = call->words;
    struct sim_key *key = call->key;
    uint64_t id = strtoull(words[5].data, NULL, 10);
    uint64_t length = strtoull(words[4].data, NULL, 10);
    if (key->count > 0 && strtoull(key->items[key->count - 1].name.data, NULL, 10) >= id)
        return reply_error("ERR The ID specified in XADD is equal or smaller than the target "
                           "stream top item");
    sim_store_touch(call->machine->store, key);
    const struct sim_item item = {words[5], words[7], 0};
    sim_store_put(call->machine->store, key, SIM_KEY_STREAM, &item);
    if (key->count > 2 * length) {
        memmove(key->items, key->items + key->count - length, length * sizeof *key->items);
        key->count = (uint32_t)length;
    }
    return reply_string(words[5]);
}

static redisReply *run_xrevrange(const struct call *call)
{
    const struct sim_key *key = call->key;
    if (key->count == 0)
        return sim_reply_array(0);
    const struct sim_item *last = &key->items[key->count - 1];
    redisReply *reply = sim_reply_array(1);
    redisReply *entry = sim_reply_array(2);
    redisReply *fields = sim_reply_array(2);
    reply->element[0] = entry;
    entry->element[0] = reply_string(last->name);
    entry->element[1] = fields;
    fields->element[0] = reply_string(FEN_STR("record"));
    fields->element[1] = reply_string(last->value);
    return reply;
}

static redisReply *run_zadd(const struct call *call)
{
    sim_store_touch(call->machine->store, call->key);
    for (uint32_t i = 2; i + 1 < call->count; i += 2) {
        char text[64];
        snprintf(text, sizeof text, "%.*s", FEN_STR_ARG(call->words[i]));
        const struct sim_item item = {call->words[i + 1], FEN_STR_NONE, strtod(text, NULL)};
        sim_store_put(call->machine->store, call->key, SIM_KEY_ZSET, &item);
    }
    return sim_reply_number(0);
}

static redisReply *run_zscore(const struct call *call)
{
    char text[64];
    const struct sim_item *item = sim_key_find(call->key, call->words[2]);
    if (item == NULL)
        return reply_nil();
    int size = snprintf(text, sizeof text, "%.17g", item->score);
    return reply_string((struct fen_str){text, (uint32_t)size});
}

/* SCAN cursor MATCH pattern COUNT n: all keys at once. */
static redisReply *run_scan(const struct call *call)
{
    char pattern[256];
    char name[256];
    uint32_t count = 0;
    const struct sim_key *key;
    snprintf(pattern, sizeof pattern, "%.*s", FEN_STR_ARG(call->words[3]));
    for (uint32_t i = 0; sim_store_at(call->machine->store, i) != NULL; i++)
        count++;
    redisReply *reply = sim_reply_array(2);
    redisReply *keys = sim_reply_array(count);
    reply->element[0] = reply_string(FEN_STR("0"));
    reply->element[1] = keys;
    keys->elements = 0;
    for (uint32_t i = 0; (key = sim_store_at(call->machine->store, i)) != NULL; i++) {
        snprintf(name, sizeof name, "%.*s", FEN_STR_ARG(key->name));
        if (key->type != SIM_KEY_NONE && fnmatch(pattern, name, 0) == 0)
            keys->element[keys->elements++] = reply_string(key->name);
    }
    return reply;
}

static const struct command commands[] = {
    {"HGET", SIM_KEY_HASH, false, false, run_hget},
    {"HSET", SIM_KEY_HASH, true, true, run_hset},
    {"HSETNX", SIM_KEY_HASH, true, true, run_hsetnx},
    {"HDEL", SIM_KEY_HASH, true, false, run_hdel},
    {"HGETALL", SIM_KEY_HASH, false, false, run_hgetall},
    {"DEL", SIM_KEY_NONE, true, false, run_del},
    {"UNLINK", SIM_KEY_NONE, true, false, run_del},
    {"TYPE", SIM_KEY_NONE, false, false, run_type},
    {"XADD", SIM_KEY_STREAM, true, true, run_xadd},
    {"XREVRANGE", SIM_KEY_STREAM, false, false, run_xrevrange},
    {"ZADD", SIM_KEY_ZSET, true, true, run_zadd},
    {"ZREM", SIM_KEY_ZSET, true, false, run_hdel},
    {"ZSCORE", SIM_KEY_ZSET, false, false, run_zscore},
    {"SCAN", SIM_KEY_NONE, false, false, run_scan},
};

static bool is_word(struct fen_str word, const char *text)
{
    return word.size == strlen(text) && strncasecmp(word.data, text, word.size) == 0;
}

redisReply *sim_redis_call(struct sim_redis_machine *machine, const struct fen_str *words,
                           uint32_t count)
{
    const struct command *command = commands;
    const struct command *end = commands + sizeof commands / sizeof *commands;
    while (command < end && !is_word(words[0], command->name))
        command++;
    if (command == end || count < 2)
        return reply_error("ERR unknown command");
    if (command->writes && machine->is_read_only)
        return reply_error("READONLY You can't write against a read only replica.");
    if (command->needs_memory && machine->is_full && !machine->has_written)
        return reply_error("OOM command not allowed when used memory > 'maxmemory'.");
    const struct call call = {machine, words, count, sim_store_find(machine->store, words[1])};
    if (command->type != SIM_KEY_NONE && call.key->type != SIM_KEY_NONE &&
        call.key->type != command->type)
        return reply_error("WRONGTYPE Operation against a key holding the wrong kind of value");
    machine->has_written = machine->has_written || command->writes;
    return command->run(&call);
}

redisReply *sim_redis_run(struct sim_redis_machine *machine, const struct fen_str *words,
                          uint32_t count)
{
    redisReply *reply;
    machine->has_written = false;
    if (is_word(words[0], "SCRIPT")) {
        machine->has_script = true;
        return reply_string(SHA);
    }
    if (is_word(words[0], "AUTH"))
        return sim_reply_text(REDIS_REPLY_STATUS, FEN_STR("OK"));
    if (!is_word(words[0], "EVALSHA"))
        reply = sim_redis_call(machine, words, count);
    else if (machine->has_script)
        reply = sim_redis_run_script(machine, words, count);
    else
        reply = reply_error("NOSCRIPT No matching script. Please use EVAL.");
    sim_store_end_unit(machine->store);
    return reply;
}
