/* group: see group.h. */
#include "sim/group.h"

#include <stdlib.h>
#include <string.h>

#include "sim/schedule.h"

#define MEMBER_MAX 1024u

struct member {
    char instance[64];
    bool is_alive;
    bool has_joined; /* for the generation to come, or holds one */
    uint32_t epoch;
    uint32_t generation; /* of the assignment taken; 0 none */
    int64_t beat_us;
};

struct waiting {
    const struct sim_transaction *transaction;
    struct fen_offset offset;
};

struct sim_group {
    struct sim_group_options options;
    struct member members[MEMBER_MAX];
    uint32_t member_count;
    uint32_t generation;
    bool is_rebalancing;
    int64_t rebalance_since_us;
    int64_t committed[FEN_TOPIC_COUNT][SIM_PARTITION_MAX];
    struct waiting *waiting;
    uint32_t waiting_count;
    uint32_t waiting_capacity;
};

struct sim_group *sim_group_create(const struct sim_group_options *options)
{
    struct sim_group *group = calloc(1, sizeof *group);
    FEN_ASSERT(group != NULL && options->partition_count <= SIM_PARTITION_MAX);
    group->options = *options;
    for (uint32_t i = 0; i < FEN_TOPIC_COUNT; i++) {
        for (uint32_t j = 0; j < SIM_PARTITION_MAX; j++)
            group->committed[i][j] = FEN_OFFSET_NONE;
    }
    return group;
}

void sim_group_destroy(struct sim_group *group)
{
    free(group->waiting);
    free(group);
}

/* --- members -------------------------------------------------------------------------------- */

static void begin_rebalance(struct sim_group *group)
{
    for (uint32_t i = 0; i < group->member_count && !group->is_rebalancing; i++)
        group->members[i].has_joined = false;
    if (!group->is_rebalancing)
        group->rebalance_since_us = sim_now_us();
    group->is_rebalancing = true;
}

static void throw_out(struct sim_group *group, struct member *member)
{
    member->is_alive = false;
    member->epoch++;
    begin_rebalance(group);
}

/* All have joined, or have been thrown out: the next generation. */
static void end_rebalance(struct sim_group *group)
{
    group->generation++;
    group->is_rebalancing = false;
}

void sim_group_tick(struct sim_group *group)
{
    int64_t now_us = sim_now_us();
    bool is_late = group->is_rebalancing &&
                   now_us - group->rebalance_since_us > group->options.rebalance_us;
    bool are_all_there = true;
    for (uint32_t i = 0; i < group->member_count; i++) {
        struct member *member = &group->members[i];
        if (member->is_alive && (now_us - member->beat_us > group->options.session_us ||
                                 (is_late && !member->has_joined)))
            throw_out(group, member);
        are_all_there = are_all_there && (!member->is_alive || member->has_joined);
    }
    if (group->is_rebalancing && are_all_there)
        end_rebalance(group);
}

static struct member *member_of(struct sim_group *group, const struct sim_membership *membership)
{
    FEN_ASSERT(membership->member < group->member_count);
    return &group->members[membership->member];
}

struct sim_membership sim_group_join(struct sim_group *group, const char *instance)
{
    uint32_t index = 0;
    while (index < group->member_count && strcmp(group->members[index].instance, instance) != 0)
        index++;
    struct member *member = &group->members[index];
    if (index == group->member_count) {
        FEN_ASSERT(index < MEMBER_MAX && strlen(instance) < sizeof member->instance);
        memcpy(member->instance, instance, strlen(instance) + 1);
        group->member_count++;
    }
    if (!member->is_alive)
        begin_rebalance(group);
    member->is_alive = true;
    member->has_joined = true;
    member->beat_us = sim_now_us();
    member->epoch++;
    sim_group_tick(group);
    return (struct sim_membership){index, member->epoch, 0};
}

bool sim_group_rejoin(struct sim_group *group, struct sim_membership *membership)
{
    struct member *member = member_of(group, membership);
    if (!member->is_alive || member->epoch != membership->epoch)
        return false;
    member->has_joined = true;
    member->beat_us = sim_now_us();
    membership->generation = 0;
    sim_group_tick(group);
    return true;
}

enum sim_heartbeat sim_group_beat(struct sim_group *group, const struct sim_membership *membership)
{
    struct member *member = member_of(group, membership);
    if (member->epoch != membership->epoch)
        return member->is_alive ? SIM_HEARTBEAT_FENCED : SIM_HEARTBEAT_UNKNOWN;
    member->beat_us = sim_now_us();
    bool is_of_old = membership->generation != 0 && membership->generation != group->generation;
    return (group->is_rebalancing && !member->has_joined) || is_of_old ? SIM_HEARTBEAT_REBALANCE
                                                                       : SIM_HEARTBEAT_STABLE;
}

bool sim_group_is_member(const struct sim_group *group, const struct sim_membership *membership)
{
    const struct member *member = &group->members[membership->member];
    return member->is_alive && member->epoch == membership->epoch &&
           membership->generation == group->generation;
}

/* This member's range of a topic: the first (partitions mod members) have one more. */
static uint32_t range_of(const struct sim_group *group, const struct member *member,
                         uint32_t partition_count, uint32_t *first_out)
{
    uint32_t member_count = 0;
    uint32_t before = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *other = &group->members[i];
        member_count += other->is_alive;
        before += other->is_alive && strcmp(other->instance, member->instance) < 0;
    }
    uint32_t each = partition_count / member_count;
    uint32_t more = partition_count % member_count;
    *first_out = before * each + (before < more ? before : more);
    return each + (before < more);
}

bool sim_group_take(struct sim_group *group, struct sim_membership *membership,
                    struct fen_offset *offsets_out, uint32_t *count_out)
{
    struct member *member = member_of(group, membership);
    sim_group_tick(group);
    if (group->is_rebalancing || member->epoch != membership->epoch)
        return false;
    *count_out = 0;
    for (uint32_t i = 0; i < group->options.topic_count; i++) {
        enum fen_topic topic = group->options.topics[i];
        uint32_t count =
            fen_topic_info(topic)->is_single_partition ? 1 : group->options.partition_count;
        uint32_t first = 0;
        uint32_t length = range_of(group, member, count, &first);
        for (uint32_t j = 0; j < length; j++)
            offsets_out[(*count_out)++] = (struct fen_offset){topic, first + j, FEN_OFFSET_NONE};
    }
    membership->generation = group->generation;
    return true;
}

/* --- offsets -------------------------------------------------------------------------------- */

void sim_group_await(struct sim_group *group, const struct sim_transaction *transaction,
                     const struct fen_offset *offset)
{
    if (group->waiting_count == group->waiting_capacity) {
        group->waiting_capacity = group->waiting_capacity == 0 ? 32 : group->waiting_capacity * 2;
        group->waiting =
            realloc(group->waiting, group->waiting_capacity * sizeof *group->waiting);
        FEN_ASSERT(group->waiting != NULL);
    }
    group->waiting[group->waiting_count++] = (struct waiting){transaction, *offset};
}

void sim_group_settle(struct sim_group *group, const struct sim_transaction *transaction,
                      bool is_committed)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < group->waiting_count; i++) {
        const struct waiting *waiting = &group->waiting[i];
        if (waiting->transaction != transaction)
            group->waiting[kept++] = *waiting;
        else if (is_committed)
            group->committed[waiting->offset.topic][waiting->offset.partition] =
                waiting->offset.offset;
    }
    group->waiting_count = kept;
}

bool sim_group_committed(const struct sim_group *group, enum fen_topic topic, uint32_t partition,
                         int64_t *offset_out)
{
    for (uint32_t i = 0; i < group->waiting_count; i++) {
        const struct fen_offset *waiting = &group->waiting[i].offset;
        if (waiting->topic == topic && waiting->partition == partition)
            return false;
    }
    *offset_out = group->committed[topic][partition];
    return true;
}
