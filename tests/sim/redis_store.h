/*
 * redis_store: the keys of a simulated Redis, and what a fail-over takes away again.
 *
 * Effects are grouped into units, as a script is one unit of the replication stream: a replica that
 * is promoted stands at the end of some unit, so losing a tail means taking the last units back.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_REDIS_STORE_H
#define FEN_TESTS_SIM_REDIS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/str.h"

enum sim_key_type { SIM_KEY_NONE, SIM_KEY_HASH, SIM_KEY_STREAM, SIM_KEY_ZSET };

/* A field of a hash, an entry of a stream (its id and record), a member of a sorted set. */
struct sim_item {
    struct fen_str name;
    struct fen_str value;
    double score;
};

struct sim_key {
    struct fen_str name;
    enum sim_key_type type; /* NONE: it is not there */
    struct sim_item *items;
    uint32_t count;
    uint32_t capacity;
    uint64_t unit; /* in which it was last touched */
};

struct sim_store;

/* Everything lives in `arena`, but for the tables. The caller destroys. */
struct sim_store *sim_store_create(struct fen_arena *arena) FEN_MUST_USE;
void sim_store_destroy(struct sim_store *store);

/* A key of any type, to be read; a name never seen before gives one that is not there. */
struct sim_key *sim_store_find(struct sim_store *store, struct fen_str name);

/* About to change a key: what it is now can be taken back. */
void sim_store_touch(struct sim_store *store, struct sim_key *key);

/* The item of that name; NULL: there is none. */
struct sim_item *sim_key_find(const struct sim_key *key, struct fen_str name);

/* Set or add an item; the key has been touched. Texts are copied. */
void sim_store_put(struct sim_store *store, struct sim_key *key, enum sim_key_type type,
                   const struct sim_item *item);

/* Remove an item; an empty key is not there. The key has been touched. Returns: whether it was. */
bool sim_store_remove(struct sim_key *key, struct fen_str name);

/* The next unit begins. */
void sim_store_end_unit(struct sim_store *store);

/* A fail-over: the last `count` units never were. */
void sim_store_take_back(struct sim_store *store, uint32_t count);

/* FLUSHALL. */
void sim_store_clear(struct sim_store *store);

/* Keys by number, those not there too; NULL behind the last. */
struct sim_key *sim_store_at(struct sim_store *store, uint32_t number);

#endif /* FEN_TESTS_SIM_REDIS_STORE_H */
