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

/* What a process does: all, or one stage of three; each has a consumer group of its own. */
enum sim_stage { SIM_STAGE_ALL, SIM_STAGE_SPLIT, SIM_STAGE_POST, SIM_STAGE_PROJECT };
#define SIM_STAGE_COUNT 4u

struct sim_cluster {
    struct fen_arena *arena; /* of requests too: they may travel as long as the world lasts */
    struct sim_broker *broker;
    struct sim_coordinator *coordinator;
    struct sim_group *groups[SIM_STAGE_COUNT];
    uint32_t partition_count;
    bool is_apart; /* stages in processes of their own */
};

/* The group that commits an input's offsets. */
static inline struct sim_group *sim_cluster_group(const struct sim_cluster *cluster,
                                                  enum fen_topic topic)
{
    bool is_of_post = topic == FEN_TOPIC_PAYEE_EVENTS || topic == FEN_TOPIC_POSTINGS;
    enum sim_stage apart = is_of_post ? SIM_STAGE_POST : SIM_STAGE_SPLIT;
    return cluster->groups[cluster->is_apart ? apart : SIM_STAGE_ALL];
}

#endif /* FEN_TESTS_SIM_CLUSTER_H */
