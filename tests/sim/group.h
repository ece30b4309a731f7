/*
 * group: the consumer group of the simulated workers: static members, generations, assignment by
 * range, and the committed offsets with those that a transaction is about to decide.
 *
 * Eager: when somebody joins or is expired, each member hears of it at its next heartbeat, gives up
 * all it has and joins again; when all have, or those who have not are thrown out, the next
 * generation shares the partitions of each topic out in the order of the members' names. A member
 * that comes again under its name takes the place of the one before, which is fenced, without a
 * rebalance.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_GROUP_H
#define FEN_TESTS_SIM_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "sim/broker.h"

struct sim_group;

/* A membership; stale ones are refused. */
struct sim_membership {
    uint32_t member;     /* index */
    uint32_t epoch;      /* rises when another takes the member's place */
    uint32_t generation; /* of the assignment */
};

/* What a heartbeat is answered. */
enum sim_heartbeat {
    SIM_HEARTBEAT_STABLE,
    SIM_HEARTBEAT_REBALANCE, /* give up, and join again */
    SIM_HEARTBEAT_UNKNOWN,   /* thrown out: what it had is somebody else's; join again */
    SIM_HEARTBEAT_FENCED,
};

struct sim_group_options {
    uint32_t partition_count;
    const enum fen_topic *topics; /* of every member */
    uint32_t topic_count;
    int64_t session_us;   /* without a heartbeat for so long: thrown out */
    int64_t rebalance_us; /* how long a rebalance waits for members */
};

/* Options are copied, topics borrowed. The caller destroys. */
struct sim_group *sim_group_create(const struct sim_group_options *options) FEN_MUST_USE;
void sim_group_destroy(struct sim_group *group);

/* Join, or take the place of the member of that name. */
struct sim_membership sim_group_join(struct sim_group *group, const char *instance);

/* Join again after giving up. Returns: false when fenced or thrown out (then join anew). */
bool sim_group_rejoin(struct sim_group *group, struct sim_membership *membership) FEN_MUST_USE;

/* After joining: the assignment, once there is one, into `offsets_out` (room for all partitions of
 * all topics); *count_out. Returns: false: not yet. */
bool sim_group_take(struct sim_group *group, struct sim_membership *membership,
                    struct fen_offset *offsets_out, uint32_t *count_out) FEN_MUST_USE;

enum sim_heartbeat sim_group_beat(struct sim_group *group,
                                  const struct sim_membership *membership);

/* Whether a membership is of the present generation and member. */
bool sim_group_is_member(const struct sim_group *group, const struct sim_membership *membership);

/* Members and rebalances due by now; call often. */
void sim_group_tick(struct sim_group *group);

/* An offset that waits for its transaction's marker, and the marker. */
void sim_group_await(struct sim_group *group, const struct sim_transaction *transaction,
                     const struct fen_offset *offset);
void sim_group_settle(struct sim_group *group, const struct sim_transaction *transaction,
                      bool is_committed);

/* The committed offset, FEN_OFFSET_NONE: none. Returns: false while one waits. */
bool sim_group_committed(const struct sim_group *group, enum fen_topic topic, uint32_t partition,
                         int64_t *offset_out) FEN_MUST_USE;

#endif /* FEN_TESTS_SIM_GROUP_H */
