/* redis_script: see redis_command.h. KEYS, ARGV, redis.call and redis.pcall, as Redis has them. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "redis/script.h"
#include "sim/mutants.h"
#include "sim/redis_command.h"

#define WORD_MAX 2048

static const char script_key = 's'; /* its address names the compiled script in Lua's registry */

/* A reply as a value of Lua: nil is false, a status {ok}, an error {err}. */
static void push_reply(lua_State *lua, const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_STRING:
        lua_pushlstring(lua, reply->str, reply->len);
        break;
    case REDIS_REPLY_INTEGER:
        lua_pushnumber(lua, (lua_Number)reply->integer);
        break;
    case REDIS_REPLY_ARRAY:
        lua_newtable(lua);
        for (size_t i = 0; i < reply->elements; i++) {
            lua_pushlstring(lua, reply->element[i]->str, reply->element[i]->len);
            lua_rawseti(lua, -2, (int)i + 1);
        }
        break;
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        lua_newtable(lua);
        lua_pushlstring(lua, reply->str, reply->len);
        lua_setfield(lua, -2, reply->type == REDIS_REPLY_STATUS ? "ok" : "err");
        break;
    default:
        lua_pushboolean(lua, 0);
        break;
    }
}

/* redis.call and redis.pcall: the former raises what the latter returns. */
static int call(lua_State *lua, bool raises)
{
    struct sim_redis_machine *machine = lua_touserdata(lua, lua_upvalueindex(1));
    struct fen_str words[WORD_MAX];
    int count = lua_gettop(lua);
    FEN_ASSERT(count <= WORD_MAX);
    for (int i = 0; i < count; i++) {
        size_t size = 0;
        words[i].data = lua_tolstring(lua, i + 1, &size);
        words[i].size = (uint32_t)size;
    }
    redisReply *reply = sim_redis_call(machine, words, (uint32_t)count);
    bool is_error = reply->type == REDIS_REPLY_ERROR;
    push_reply(lua, reply);
    freeReplyObject(reply);
    return is_error && raises ? lua_error(lua) : 1;
}

static int call_raising(lua_State *lua)
{
    return call(lua, true);
}

static int call_protected(lua_State *lua)
{
    return call(lua, false);
}

static void push_words(lua_State *lua, const char *name, const struct fen_str *words,
                       uint32_t count)
{
    lua_createtable(lua, (int)count, 0);
    for (uint32_t i = 0; i < count; i++) {
        lua_pushlstring(lua, words[i].data, words[i].size);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    lua_setglobal(lua, name);
}

/* An error's text, from the table that a command raised, or from Lua itself. */
static redisReply *take_error(lua_State *lua)
{
    size_t size = 0;
    if (lua_istable(lua, -1))
        lua_getfield(lua, -1, "err");
    const char *text = lua_tolstring(lua, -1, &size);
    FEN_ASSERT(text != NULL);
    return sim_reply_text(REDIS_REPLY_ERROR, (struct fen_str){text, (uint32_t)size});
}

/* {1, to} or {0, has}, or a table with an error. */
static redisReply *take_result(lua_State *lua)
{
    lua_getfield(lua, -1, "err");
    bool is_error = !lua_isnil(lua, -1);
    lua_pop(lua, 1);
    if (is_error)
        return take_error(lua);
    redisReply *reply = sim_reply_array(2);
    size_t size = 0;
    lua_rawgeti(lua, -1, 1);
    reply->element[0] = sim_reply_number((int64_t)lua_tonumber(lua, -1));
    lua_rawgeti(lua, -2, 2);
    const char *text = lua_tolstring(lua, -1, &size);
    reply->element[1] =
        sim_reply_text(REDIS_REPLY_STRING, (struct fen_str){text, (uint32_t)size});
    return reply;
}

redisReply *sim_redis_run_script(struct sim_redis_machine *machine, const struct fen_str *words,
                                 uint32_t count)
{
    lua_State *lua = machine->lua;
    uint32_t key_count = (uint32_t)strtoul(words[2].data, NULL, 10);
    push_words(lua, "KEYS", words + 3, key_count);
    push_words(lua, "ARGV", words + 3 + key_count, count - 3 - key_count);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)&script_key);
    lua_rawget(lua, LUA_REGISTRYINDEX);
    redisReply *reply =
        lua_pcall(lua, 0, 1, 0) == 0 ? take_result(lua) : take_error(lua);
    lua_settop(lua, 0);
    return reply;
}

static void set_function(struct sim_redis_machine *machine, const char *name, lua_CFunction run)
{
    lua_pushlightuserdata(machine->lua, machine);
    lua_pushcclosure(machine->lua, run, 1);
    lua_setfield(machine->lua, -2, name);
}

void sim_redis_machine_init(struct sim_redis_machine *machine, struct sim_store *store)
{
    struct fen_str text = fen_script_text();
    memset(machine, 0, sizeof *machine);
    machine->store = store;
    machine->lua = luaL_newstate();
    FEN_ASSERT(machine->lua != NULL);
    luaL_openlibs(machine->lua);
    lua_newtable(machine->lua);
    set_function(machine, "call", call_raising);
    set_function(machine, "pcall", call_protected);
    lua_setglobal(machine->lua, "redis");
    lua_pushstring(machine->lua, sim_mutant);
    lua_setglobal(machine->lua, "mutant");
    lua_pushlightuserdata(machine->lua, (void *)(uintptr_t)&script_key);
    FEN_ASSERT(luaL_loadbuffer(machine->lua, text.data, text.size, "fence") == 0);
    lua_rawset(machine->lua, LUA_REGISTRYINDEX);
}

void sim_redis_machine_deinit(struct sim_redis_machine *machine)
{
    lua_close(machine->lua);
}
