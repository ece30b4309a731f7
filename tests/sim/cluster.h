/*
 * cluster: what a simulated Kafka is made of, for those who talk to it.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_CLUSTER_H
#define FEN_TESTS_SIM_CLUSTER_H

#include "base/arena.h"
#include "sim/broker.h"
#include "sim/coordinator.h"
#include "sim/group.h"

struct sim_cluster {
    struct fen_arena *arena; /* of requests too: they may travel as long as the world lasts */
    struct sim_broker *broker;
    struct sim_coordinator *coordinator;
    struct sim_group *group;
    uint32_t partition_count;
};

#endif /* FEN_TESTS_SIM_CLUSTER_H */
