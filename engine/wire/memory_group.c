/* memory_group: see memory_group.h. Everybody gives up, then ranges are shared out anew. */
#include "wire/memory_group.h"

#include <stdlib.h>
#include <string.h>

struct member {
    char *instance;
    bool wants[FEN_TOPIC_COUNT];
    bool is_alive;
    bool holds;          /* an assignment, of `generation` */
    uint32_t generation; /* of the assignment it holds or last held */
    uint32_t epoch;      /* of the source that is the member now */
};

struct fen_memory_group {
    const struct fen_memory_log *log;
    struct member *members; /* never moved down: an index names a member for good */
    uint32_t member_count;
    uint32_t generation;
};

struct fen_memory_group *fen_memory_group_create(const struct fen_memory_log *log)
{
    struct fen_memory_group *group = calloc(1, sizeof *group);
    FEN_ASSERT(group != NULL);
    group->log = log;
    return group;
}

void fen_memory_group_destroy(struct fen_memory_group *group)
{
    for (uint32_t i = 0; i < group->member_count; i++)
        free(group->members[i].instance);
    free(group->members);
    free(group);
}

static struct member *member_of(struct fen_memory_group *group,
                                struct fen_memory_membership membership)
{
    FEN_ASSERT(membership.member < group->member_count);
    struct member *member = &group->members[membership.member];
    return member->is_alive && member->epoch == membership.epoch ? member : NULL;
}

static struct member *find(struct fen_memory_group *group, const char *instance)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        if (strcmp(group->members[i].instance, instance) == 0)
            return &group->members[i];
    }
    return NULL;
}

static struct member *add(struct fen_memory_group *group, const char *instance)
{
    group->members =
        realloc(group->members, (group->member_count + 1) * sizeof *group->members);
    FEN_ASSERT(group->members != NULL);
    struct member *member = &group->members[group->member_count++];
    memset(member, 0, sizeof *member);
    member->instance = strdup(instance);
    FEN_ASSERT(member->instance != NULL);
    return member;
}

struct fen_memory_membership fen_memory_log_join(struct fen_memory_log *log, const char *instance,
                                                 const enum fen_topic *topics,
                                                 uint32_t topic_count)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = find(group, instance);
    if (member == NULL)
        member = add(group, instance);
    if (!member->is_alive)
        group->generation++;
    member->is_alive = true;
    member->holds = false; /* its new source has taken nothing yet */
    member->generation = 0;
    member->epoch++;
    memset(member->wants, 0, sizeof member->wants);
    for (uint32_t i = 0; i < topic_count; i++)
        member->wants[topics[i]] = true;
    return (struct fen_memory_membership){(uint32_t)(member - group->members), member->epoch, 0};
}

static void remove_member(struct fen_memory_group *group, struct member *member)
{
    member->is_alive = false;
    member->holds = false;
    member->epoch++;
    group->generation++;
}

void fen_memory_log_leave(struct fen_memory_log *log, struct fen_memory_membership membership)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = member_of(group, membership);
    if (member != NULL)
        remove_member(group, member);
}

void fen_memory_log_expire_member(struct fen_memory_log *log, const char *instance)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = find(group, instance);
    if (member != NULL && member->is_alive)
        remove_member(group, member);
}

enum fen_source_verdict fen_memory_log_hear(struct fen_memory_log *log,
                                            struct fen_memory_membership membership)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = member_of(group, membership);
    if (member == NULL)
        return FEN_SOURCE_FENCED;
    if (member->holds)
        return member->generation == group->generation ? FEN_SOURCE_MESSAGES : FEN_SOURCE_REVOKED;
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *other = &group->members[i];
        if (other->holds && other->generation != group->generation)
            return FEN_SOURCE_MESSAGES; /* wait until all have given up */
    }
    return FEN_SOURCE_ASSIGNED;
}

void fen_memory_log_give_up(struct fen_memory_log *log, struct fen_memory_membership membership)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = member_of(group, membership);
    if (member != NULL && member->generation != group->generation)
        member->holds = false;
}

/* How many living members want the topic, and how many of them come before this one by name. */
static uint32_t rank(const struct fen_memory_group *group, enum fen_topic topic,
                     const struct member *member, uint32_t *before_out)
{
    uint32_t count = 0;
    *before_out = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct member *other = &group->members[i];
        if (!other->is_alive || !other->wants[topic])
            continue;
        count++;
        *before_out += strcmp(other->instance, member->instance) < 0;
    }
    return count;
}

/* This member's range of a topic: the first (partitions mod members) have one more. */
static uint32_t range(const struct fen_memory_group *group, enum fen_topic topic,
                      const struct member *member, uint32_t *first_out)
{
    uint32_t before = 0;
    uint32_t members = rank(group, topic, member, &before);
    uint32_t partitions = fen_memory_log_partition_count(group->log, topic);
    uint32_t each = partitions / members;
    uint32_t more = partitions % members;
    *first_out = before * each + (before < more ? before : more);
    return each + (before < more);
}

uint32_t fen_memory_log_take(struct fen_memory_log *log, struct fen_memory_membership *membership,
                             struct fen_offset *offsets_out)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    struct member *member = member_of(group, *membership);
    uint32_t count = 0;
    FEN_ASSERT(member != NULL);
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        if (!member->wants[topic])
            continue;
        uint32_t first = 0;
        uint32_t length = range(group, (enum fen_topic)topic, member, &first);
        for (uint32_t i = 0; i < length; i++)
            offsets_out[count++] =
                (struct fen_offset){(enum fen_topic)topic, first + i, FEN_OFFSET_NONE};
    }
    member->holds = true;
    member->generation = group->generation;
    membership->generation = group->generation;
    return count;
}

bool fen_memory_log_is_member(const struct fen_memory_log *log,
                              const struct fen_memory_membership *membership)
{
    struct fen_memory_group *group = fen_memory_log_group(log);
    const struct member *member = member_of(group, *membership);
    return member != NULL && member->holds && member->generation == group->generation
           && membership->generation == group->generation;
}
