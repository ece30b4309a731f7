/*
 * redis_command: the commands of a simulated Redis, as far as fen and its script use them. The
 * script is the very engine/redis/fence.lua, run by Lua 5.1, as in Redis.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_REDIS_COMMAND_H
#define FEN_TESTS_SIM_REDIS_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <hiredis/hiredis.h>
#include <lua.h>

#include "base/assert.h"
#include "sim/redis_store.h"

/* What runs commands. */
struct sim_redis_machine {
    struct sim_store *store;
    lua_State *lua;
    bool has_script;   /* SCRIPT LOAD was called since the cache was emptied */
    bool is_read_only;
    bool is_full;      /* maxmemory: what needs memory is refused */
    bool has_written;  /* within the script that runs */
    /* A fence was set to a number; may be NULL. */
    void (*fence_set)(void *context, uint32_t partition, uint64_t version);
    void *context;
};

/* Load the script into a new Lua; deinit closes it. */
void sim_redis_machine_init(struct sim_redis_machine *machine, struct sim_store *store);
void sim_redis_machine_deinit(struct sim_redis_machine *machine);

/* Run one command, one unit. Returns: the reply, for freeReplyObject. */
redisReply *sim_redis_run(struct sim_redis_machine *machine, const struct fen_str *words,
                          uint32_t count) FEN_MUST_USE;

/* Replies. */
redisReply *sim_reply_text(int type, struct fen_str text) FEN_MUST_USE;
redisReply *sim_reply_number(int64_t number) FEN_MUST_USE;
redisReply *sim_reply_array(uint32_t count) FEN_MUST_USE;

/* redis_script.c: run the script: words[1] is its sha, then count of keys, keys, arguments. */
redisReply *sim_redis_run_script(struct sim_redis_machine *machine, const struct fen_str *words,
                                 uint32_t count) FEN_MUST_USE;

/* A command of a script, or a plain one; never the script itself. */
redisReply *sim_redis_call(struct sim_redis_machine *machine, const struct fen_str *words,
                           uint32_t count) FEN_MUST_USE;

#endif /* FEN_TESTS_SIM_REDIS_COMMAND_H */
