/*
 * process: one `fen run` of the simulation: workers, the reader of references, a projector; each a
 * fiber.
 *
 * Killed, its requests have no more effect and get no answers; what is under way still arrives. Its
 * fibers then run to their end, and it is taken down.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_PROCESS_H
#define FEN_TESTS_SIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/reference.h"
#include "redis/projector.h"
#include "sim/network.h"
#include "sim/world.h"
#include "stream/follower.h"
#include "stream/worker.h"

struct sim_process_worker {
    struct sim_process *process;
    uint32_t number;
    struct sim_client client;
    struct fen_source *source;
    struct fen_worker *worker;
    struct fen_outlet *outlet;
    struct sim_fiber *fiber;
};

struct sim_process {
    struct sim_world *world;
    enum sim_stage stage;
    char name[32];          /* of the instance; its workers' are NAME-0, ... */
    uint32_t place;         /* in world->processes */
    bool is_dead;           /* killed */
    bool is_stopping;       /* asked to end */
    bool is_gone;           /* all fibers are over, everything is taken down */
    int64_t frozen_until_us, cut_until_us, mute_until_us, redis_cut_until_us;
    int64_t reader_cut_until_us; /* the connection by which it reads org events and plans */
    int64_t wall_skew_ms;
    struct fen_reference_builder *references;
    int64_t org_offset, plan_offset;
    bool has_references;    /* read to where they ended at the start */
    struct sim_client client; /* of what is no worker's */
    struct sim_redis_client redis_client;
    struct fen_projector *projector; /* NULL: no stage of it projects */
    struct fen_follower *follower;   /* in the place of the only worker; NULL: there are workers */
    const struct fen_reference *projector_reference;
    struct sim_process_worker workers[SIM_WORKER_MAX];
    uint32_t worker_count;
    bool owns[SIM_PARTITION_MAX];         /* open, as told to the projector */
    uint64_t versions[SIM_PARTITION_MAX]; /* the newest told to the projector */
    struct sim_fiber *reference_fiber, *projector_fiber;
    struct sim_process *next; /* of all that ever were */
};

/* Start one under an instance name; it lives as long as the world's arena. */
struct sim_process *sim_process_start(struct sim_world *world, const char *name, uint32_t place,
                                      uint32_t worker_count);

/* SIGCONT; and whoever sleeps wakes early. */
void sim_process_wake(struct sim_process *process);

/* kill -9. */
void sim_process_kill(struct sim_process *process);

/* SIGTERM: workers finish their batch and leave, the projector drains. */
void sim_process_stop(struct sim_process *process);

/* Its client libraries' own threads: heartbeats. */
void sim_process_beat(struct sim_process *process);

/* Take it down if all its fibers are over. Returns: whether it is gone. Not in a fiber. */
bool sim_process_bury(struct sim_process *process);

/* Whether everything it has been handed is in Redis and every partition it owns is synced. */
bool sim_process_is_settled(const struct sim_process *process);

/* Whether Redis stands at least where the projector has been told that the lanes stand; for when it
 * is settled and nobody has taken anything away from Redis. */
bool sim_process_is_in_redis(const struct sim_process *process);

/* Partitions its workers own and have restored. */
uint32_t sim_process_partition_count(const struct sim_process *process);

#endif /* FEN_TESTS_SIM_PROCESS_H */
