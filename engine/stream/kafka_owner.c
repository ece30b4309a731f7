/* kafka_owner: see kafka_owner.h. */
#include "stream/kafka_owner.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "stream/kafka_lookup.h"

#define OWNER_COUNT_MAX 64u
#define LOOK_TIMEOUT_MS 2000
#define FENCE_TIMEOUT_MS 5000
#define NAME_PREFIX "fen."

struct owners {
    char names[OWNER_COUNT_MAX][FEN_KAFKA_OWNER_SIZE_BYTES];
    uint32_t count;
};

void fen_kafka_owner_name(char name[FEN_KAFKA_OWNER_SIZE_BYTES], const char *group,
                          const char *instance, uint32_t number)
{
    (void)snprintf(name, FEN_KAFKA_OWNER_SIZE_BYTES, NAME_PREFIX "%s.%s-%u", group, instance,
                   number);
}

/* Offsets that another program has set carry other words, or none. */
static bool is_of_group(const char *name, size_t size, const char *group)
{
    size_t prefix_size = strlen(NAME_PREFIX);
    size_t group_size = strlen(group);
    return size > prefix_size + group_size + 1 && size < FEN_KAFKA_OWNER_SIZE_BYTES &&
           memchr(name, '\0', size) == NULL && memcmp(name, NAME_PREFIX, prefix_size) == 0 &&
           memcmp(name + prefix_size, group, group_size) == 0 &&
           name[prefix_size + group_size] == '.';
}

static void note_owner(struct owners *owners, const char *name, size_t size)
{
    for (uint32_t i = 0; i < owners->count; i++) {
        if (strlen(owners->names[i]) == size && memcmp(owners->names[i], name, size) == 0)
            return;
    }
    if (owners->count == OWNER_COUNT_MAX)
        return;
    memcpy(owners->names[owners->count], name, size);
    owners->names[owners->count++][size] = '\0';
}

static bool list_owners(rd_kafka_t *looker, const char *group, const char *own,
                        const struct fen_offset *offsets, uint32_t count, struct owners *owners)
{
    rd_kafka_topic_partition_list_t *list = fen_kafka_lookup_list(offsets, count);
    rd_kafka_resp_err_t error = rd_kafka_committed(looker, list, LOOK_TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        FEN_LOG_WARN("source", "who had the partitions before cannot be told",
                     FEN_LOG_TEXT("why", rd_kafka_err2str(error)));
    owners->count = 0;
    for (int i = 0; error == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++) {
        const char *name = list->elems[i].metadata;
        size_t size = list->elems[i].metadata_size;
        if (name == NULL || !is_of_group(name, size, group) ||
            (strlen(own) == size && memcmp(own, name, size) == 0))
            continue;
        note_owner(owners, name, size);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Whether one of the group's members has that instance name. */
static bool is_member(const rd_kafka_ConsumerGroupDescription_t *group, const char *instance)
{
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(group);
    for (size_t i = 0; i < count; i++) {
        const char *name = rd_kafka_MemberDescription_group_instance_id(
            rd_kafka_ConsumerGroupDescription_member(group, i));
        if (name != NULL && strcmp(name, instance) == 0)
            return true;
    }
    return false;
}

struct census {
    struct owners *owners;
    const char *group;
};

/* Leave only those who are members no more: the living end their transactions themselves. */
static void keep_dead(const rd_kafka_ConsumerGroupDescription_t *description, void *context)
{
    const struct census *census = context;
    struct owners *owners = census->owners;
    uint32_t kept = 0;
    size_t prefix_size = strlen(NAME_PREFIX) + strlen(census->group) + 1;
    for (uint32_t i = 0; i < owners->count; i++) {
        if (!is_member(description, owners->names[i] + prefix_size))
            memmove(owners->names[kept++], owners->names[i], sizeof owners->names[i]);
    }
    owners->count = kept;
}

/* Give what the group says of itself to `use`. Returns: whether it said anything. */
static bool describe(rd_kafka_t *looker, const char *group,
                     void (*use)(const rd_kafka_ConsumerGroupDescription_t *description,
                                 void *context),
                     void *context)
{
    size_t count = 0;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(looker);
    rd_kafka_DescribeConsumerGroups(looker, &group, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, LOOK_TIMEOUT_MS);
    const rd_kafka_ConsumerGroupDescription_t **groups = NULL;
    if (event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
        groups = rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    bool is_told = count == 1 && rd_kafka_ConsumerGroupDescription_error(groups[0]) == NULL;
    if (is_told)
        use(groups[0], context);
    else
        FEN_LOG_WARN("source", "who lives in the group cannot be told");
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return is_told;
}

/* Its initialisation aborts what the owner of that name left open, and waits until it is. */
static bool fence(const struct fen_kafka_config *config, const char *name,
                  struct fen_buffer *reason)
{
    rd_kafka_conf_t *conf = fen_kafka_config_conf(config, FEN_KAFKA_PRODUCER);
    fen_kafka_config_set(conf, "transactional.id", name);
    rd_kafka_t *producer = fen_kafka_config_open(conf, FEN_KAFKA_PRODUCER, reason);
    if (producer == NULL)
        return false;
    rd_kafka_error_t *error = rd_kafka_init_transactions(producer, FENCE_TIMEOUT_MS);
    if (error != NULL)
        fen_buffer_append_format(reason, "%s", rd_kafka_error_string(error));
    bool is_fenced = error == NULL;
    if (error != NULL)
        rd_kafka_error_destroy(error);
    rd_kafka_destroy(producer);
    return is_fenced;
}

uint32_t fen_kafka_owner_fence(const struct fen_kafka_config *config, rd_kafka_t *looker,
                               const char *group, const char *own,
                               const struct fen_offset *offsets, uint32_t count)
{
    struct owners owners;
    uint32_t fenced_count = 0;
    if (!list_owners(looker, group, own, offsets, count, &owners))
        return 0;
    struct census census = {&owners, group};
    /* Where it cannot be told who is alive everybody may be, and nobody is fenced. */
    if (owners.count > 0 && !describe(looker, group, keep_dead, &census))
        return 0;
    for (uint32_t i = 0; i < owners.count; i++) {
        struct fen_buffer reason = {0};
        int64_t begin_ms = fen_clock_ms();
        if (fence(config, owners.names[i], &reason)) {
            fenced_count++;
            FEN_LOG_INFO("source", "an open transaction held us back: its owner is fenced",
                         FEN_LOG_TEXT("owner", owners.names[i]),
                         FEN_LOG_INT("ms", fen_clock_ms() - begin_ms));
        } else {
            FEN_LOG_WARN("source", "an open transaction cannot be ended, only timed out",
                         FEN_LOG_TEXT("owner", owners.names[i]),
                         FEN_LOG_STR("why", fen_buffer_str(&reason)));
        }
        fen_buffer_deinit(&reason);
    }
    return fenced_count;
}

struct search {
    const char *instance;
    bool is_there;
};

static void find(const rd_kafka_ConsumerGroupDescription_t *description, void *context)
{
    struct search *search = context;
    search->is_there = is_member(description, search->instance);
}

enum fen_kafka_liveness fen_kafka_owner_liveness(rd_kafka_t *looker, const char *group,
                                                 const char *instance)
{
    struct search search = {instance, false};
    if (!describe(looker, group, find, &search))
        return FEN_KAFKA_LIVENESS_UNKNOWN;
    return search.is_there ? FEN_KAFKA_LIVENESS_ALIVE : FEN_KAFKA_LIVENESS_DEAD;
}
