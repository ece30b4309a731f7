/*
 * world: everything of one seed: a cluster, a Redis, processes, inputs, and what befalls them.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_WORLD_H
#define FEN_TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cluster.h"
#include "sim/input.h"
#include "sim/network.h"
#include "sim/random.h"
#include "sim/redis_server.h"
#include "wire/event_decode.h"

#define SIM_PROCESS_MAX 5u
#define SIM_WORKER_MAX 3u

/* What the caller of a seed asks for. */
struct sim_options {
    uint64_t seed;
    uint32_t worker_count; /* 0: by the seed */
    uint64_t step_max;     /* more events than this: the world has not come to rest */
    bool traces;           /* say on standard output what befalls the world */
};

#define SIM_TROUBLE_COUNT 15u

/* What may befall a world, chosen by the seed; kinds of trouble: trouble.c. */
struct sim_troubles {
    uint32_t mean_ms[SIM_TROUBLE_COUNT]; /* virtual time between two of a kind; 0 never */
    uint32_t slow_marker; /* in 10,000ths */
    uint32_t repeat;      /* in 10,000ths */
    int64_t skew_ms;      /* wall clocks may be wrong by this */
};

struct sim_world {
    struct sim_options options;
    struct sim_random random;
    struct fen_arena *arena;
    enum fen_wire wire;
    struct sim_cluster cluster;
    struct sim_redis_server redis;
    struct sim_weather weather;
    struct sim_troubles troubles;
    struct sim_inputs inputs;
    int64_t send_us_max; /* between two sendings */
    uint64_t decided_version[SIM_PARTITION_MAX]; /* of post lanes: committed, or about to be */
    struct sim_process *processes[SIM_PROCESS_MAX]; /* in their places */
    uint32_t process_count;
    struct sim_process *lives; /* every process ever started, by `next` */
    uint32_t life_count;
    struct fen_buffer *ledger_out; /* entries as JSON lines; NULL: not wanted */
    bool is_healed;       /* nothing befalls it any more */
    bool has_lost;        /* retention took what nobody has read: somebody must refuse to go on */
    bool is_refused;      /* and has: the world is over */
    bool loses_redis;     /* Redis may lose what it had */
    bool is_ending;       /* audited; processes are to end */
    bool is_calm;         /* nothing ever did: counters must add up to the inputs */
    uint64_t killed_count;
};

/* The world of a seed, nothing done yet. The caller destroys. */
struct sim_world *sim_world_create(const struct sim_options *options);
void sim_world_destroy(struct sim_world *world);

/* Let it go on until every event is in the ledger and Redis, and audit it; fails where something is
 * not as it should be. */
void sim_world_run(struct sim_world *world);

/* Put a new process in a place; who is there already stays alive, displaced. `name` NULL: a name
 * that nobody had. */
void sim_world_start(struct sim_world *world, uint32_t place, const char *name);

/* Something is wrong: say so, with the seed, and end the program with 1. */
_Noreturn void sim_fail(const struct sim_world *world, const char *format, ...) FEN_PRINTF(2, 3);

/* Say what befalls the world, where that was asked for. */
void sim_trace(const struct sim_world *world, const char *format, ...) FEN_PRINTF(2, 3);

/* trouble.c: begin to be troubled by what the seed has chosen; the end of all that. */
void sim_trouble_choose(struct sim_world *world);
void sim_trouble_begin(struct sim_world *world);
void sim_trouble_end(struct sim_world *world);

/* trouble.c: start a process in every place that has none. */
void sim_trouble_refill(struct sim_world *world);

#endif /* FEN_TESTS_SIM_WORLD_H */
