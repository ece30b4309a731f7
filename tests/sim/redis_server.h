/*
 * redis_server: a simulated Redis with connections that break, and the transport to it.
 *
 * The server can be down, loading, read only, out of memory; lose its script cache, everything, or,
 * by a fail-over, its newest writes; or find its fences changed by hand. A connection can break
 * before, between and after the commands of a pipeline.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_REDIS_SERVER_H
#define FEN_TESTS_SIM_REDIS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "redis/connection.h"
#include "sim/random.h"
#include "sim/redis_command.h"

struct sim_redis_server {
    struct sim_redis_machine machine;
    struct sim_random *random;
    struct fen_arena *arena;
    uint32_t life;         /* rises when all connections break */
    int64_t down_until_us;
    int64_t loading_until_us;
    int64_t read_only_until_us;
    int64_t full_until_us;
    uint32_t breaks;       /* in 10,000ths of pipelines: the connection breaks within */
};

/* One process's way to the server. */
struct sim_redis_client {
    struct sim_redis_server *server;
    const bool *is_dead;         /* NULL: the auditor's, outside any fiber, which nothing befalls */
    const int64_t *cut_until_us;
};

/* Its context is a struct sim_redis_client. */
extern const struct fen_transport sim_redis_transport;

void sim_redis_server_init(struct sim_redis_server *server, struct sim_random *random,
                           struct fen_arena *arena);
void sim_redis_server_deinit(struct sim_redis_server *server);

/* A fail-over to a replica that has not got the last `units`; the script cache is empty. */
void sim_redis_server_fail_over(struct sim_redis_server *server, uint32_t units);

/* FLUSHALL, or, with all connections lost, a restart without persistence. */
void sim_redis_server_empty(struct sim_redis_server *server, bool restarts);

/* Somebody sets a partition's fence to something, or deletes it (value absent), or makes it another
 * type of key ("zset"); *and* spoils an account of the partition, which only a set-up anew can
 * mend. `has_stranger`: and there is an account that nobody has. */
void sim_redis_server_spoil(struct sim_redis_server *server, uint32_t partition,
                            struct fen_str value, bool has_stranger);

/* Whether what the fence says begins so. */
bool sim_redis_server_says(struct sim_redis_server *server, uint32_t partition,
                           struct fen_str prefix);

/* The number a fence stands at; false: it is no number. */
bool sim_redis_server_fence(struct sim_redis_server *server, uint32_t partition,
                            uint64_t *version_out);

/* All is well from now on. */
void sim_redis_server_heal(struct sim_redis_server *server);

#endif /* FEN_TESTS_SIM_REDIS_SERVER_H */
