/* kafka_member: see kafka_member.h. */
#include "stream/kafka_member.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "stream/inputs.h"
#include "stream/kafka_owner.h"

/* Beyond the session, for the coordinator to notice that it is over. */
#define NOTICE_MS 2000
#define LOOK_AGAIN_MS 1000
#define LOOK_COUNT 2u

void fen_kafka_member_init(struct fen_kafka_member *member,
                           const struct fen_kafka_source_options *options,
                           void (*rebalanced)(rd_kafka_t *handle, rd_kafka_resp_err_t code,
                                              rd_kafka_topic_partition_list_t *list,
                                              void *opaque),
                           void *opaque)
{
    *member = (struct fen_kafka_member){
        .options = *options, .rebalanced = rebalanced, .opaque = opaque};
    (void)snprintf(member->group, sizeof member->group, "%s", options->group);
    (void)snprintf(member->instance, sizeof member->instance, "%s-%u", options->instance,
                   options->number);
}

static bool subscribe(const struct fen_kafka_member *member, struct fen_buffer *reason)
{
    const struct fen_kafka_source_options *options = &member->options;
    enum fen_topic topics[FEN_INPUT_COUNT_MAX];
    uint32_t count = options->is_follower
                         ? fen_inputs_list_followed(topics)
                         : fen_inputs_list(options->has_split, options->has_post, topics);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (uint32_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, fen_topic_info(topics[i])->name,
                                          RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(member->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fen_buffer_append_format(reason, "subscription refused: %s", rd_kafka_err2str(error));
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void forget(struct fen_kafka_member *member)
{
    rd_kafka_destroy_flags(member->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    member->handle = NULL;
}

bool fen_kafka_member_join(struct fen_kafka_member *member, struct fen_buffer *reason)
{
    FEN_ASSERT(member->handle == NULL);
    rd_kafka_conf_t *conf = fen_kafka_config_conf(member->options.config, FEN_KAFKA_MEMBER);
    fen_kafka_config_set(conf, "group.id", member->group);
    fen_kafka_config_set(conf, "group.instance.id", member->instance);
    if (member->options.session_ms > 0) {
        char session[16];
        (void)snprintf(session, sizeof session, "%u", member->options.session_ms);
        fen_kafka_config_set(conf, "session.timeout.ms", session);
    }
    rd_kafka_conf_set_rebalance_cb(conf, member->rebalanced);
    rd_kafka_conf_set_opaque(conf, member->opaque);
    member->handle = fen_kafka_config_open(conf, FEN_KAFKA_MEMBER, reason);
    if (member->handle == NULL)
        return false;
    if (subscribe(member, reason))
        return true;
    forget(member);
    return false;
}

/* As configured, whoever set it. */
static int64_t session_ms(const struct fen_kafka_member *member)
{
    char value[16];
    size_t size = sizeof value;
    rd_kafka_conf_res_t result = rd_kafka_conf_get(rd_kafka_conf(member->handle),
                                                   "session.timeout.ms", value, &size);
    FEN_ASSERT(result == RD_KAFKA_CONF_OK);
    return strtoll(value, NULL, 10);
}

void fen_kafka_member_lose(struct fen_kafka_member *member)
{
    member->wait_ms = session_ms(member) + NOTICE_MS;
    member->look_count = 0;
    FEN_LOG_WARN("source", "fenced by a member of the same name: looking whose it is",
                 FEN_LOG_TEXT("instance", member->instance),
                 FEN_LOG_INT("in_ms", member->wait_ms));
    forget(member);
    member->look_at_ms = fen_clock_ms() + member->wait_ms;
}

enum fen_kafka_member_place fen_kafka_member_retake(struct fen_kafka_member *member,
                                                    rd_kafka_t *looker, uint32_t wait_ms,
                                                    struct fen_buffer *reason)
{
    int64_t left_ms = member->look_at_ms - fen_clock_ms();
    if (left_ms > 0) {
        if (looker != NULL) /* it has nothing to tell: this waits */
            (void)rd_kafka_poll(looker, left_ms < wait_ms ? (int)left_ms : (int)wait_ms);
        return FEN_KAFKA_MEMBER_WAITING;
    }
    enum fen_kafka_liveness liveness = FEN_KAFKA_LIVENESS_UNKNOWN;
    if (looker != NULL)
        liveness = fen_kafka_owner_liveness(looker, member->group, member->instance);
    switch (liveness) {
    case FEN_KAFKA_LIVENESS_UNKNOWN:
        member->look_at_ms = fen_clock_ms() + LOOK_AGAIN_MS;
        return FEN_KAFKA_MEMBER_WAITING;
    case FEN_KAFKA_LIVENESS_ALIVE:
        member->look_at_ms = fen_clock_ms() + member->wait_ms;
        if (++member->look_count < LOOK_COUNT)
            return FEN_KAFKA_MEMBER_WAITING;
        fen_buffer_append_format(reason, "%s is the name of a living member of group %s",
                                 member->instance, member->group);
        return FEN_KAFKA_MEMBER_TAKEN;
    case FEN_KAFKA_LIVENESS_DEAD:
        break;
    }
    FEN_LOG_INFO("source", "it was this process itself: joining anew",
                 FEN_LOG_TEXT("instance", member->instance));
    return fen_kafka_member_join(member, reason) ? FEN_KAFKA_MEMBER_BACK
                                                 : FEN_KAFKA_MEMBER_FAILED;
}
