/* event_sender: see the header. */
#include "cli/sale/event_sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/topic.h"

#define METADATA_TIMEOUT_MS 10000
#define POLL_EVERY 256u /* records between two looks at the delivery reports and the clock */
#define FULL_WAIT_MS 10

struct fen_event_sender {
    rd_kafka_t *producer;
    rd_kafka_topic_t *topics[FEN_TOPIC_COUNT];
    uint32_t partition_counts[FEN_TOPIC_COUNT];
    enum fen_wire wire;
    struct fen_buffer key;
    struct fen_buffer value;
    int64_t now_ms;
    uint64_t sent;
    uint64_t delivered;
    uint64_t failed;
    struct fen_sent_place last;
    char failure[512]; /* the first one */
};

static void fail(struct fen_event_sender *sender, rd_kafka_resp_err_t error)
{
    if (sender->failed++ == 0)
        (void)snprintf(sender->failure, sizeof sender->failure, "%s", rd_kafka_err2str(error));
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    struct fen_event_sender *sender = opaque;
    (void)producer;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(sender, message->err);
        return;
    }
    sender->delivered++;
    sender->last = (struct fen_sent_place){message->partition, message->offset};
}

/* Partition counts of the input topics; false with a reason when one is missing. */
static bool look_at_topics(struct fen_event_sender *sender, struct fen_buffer *reason)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t error =
        rd_kafka_metadata(sender->producer, 1, NULL, &metadata, METADATA_TIMEOUT_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fen_buffer_append_format(reason, "no answer within %d s (%s)", METADATA_TIMEOUT_MS / 1000,
                                 rd_kafka_err2str(error));
        return false;
    }
    for (int i = 0; i < metadata->topic_cnt; i++) {
        enum fen_topic topic = fen_topic_find(fen_str_from(metadata->topics[i].topic));
        if (topic != FEN_TOPIC_COUNT && metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            sender->partition_counts[topic] = (uint32_t)metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        if (!info->is_input)
            continue;
        if (sender->partition_counts[topic] == 0) {
            fen_buffer_append_format(reason, "the topic %s is not there; `fen topics apply` "
                                             "creates what is missing",
                                     info->name);
            return false;
        }
        sender->topics[topic] = rd_kafka_topic_new(sender->producer, info->name, NULL);
        FEN_ASSERT(sender->topics[topic] != NULL);
    }
    return true;
}

struct fen_event_sender *fen_event_sender_create(const struct fen_kafka_config *config,
                                                 enum fen_wire wire, struct fen_buffer *reason)
{
    struct fen_event_sender *sender = calloc(1, sizeof *sender);
    FEN_ASSERT(sender != NULL);
    sender->wire = wire;
    sender->last.offset = -1;
    rd_kafka_conf_t *conf = fen_kafka_config_conf(config, FEN_KAFKA_PLAIN);
    rd_kafka_conf_set_opaque(conf, sender);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    sender->producer = fen_kafka_config_open(conf, FEN_KAFKA_PLAIN, reason);
    if (sender->producer == NULL || !look_at_topics(sender, reason)) {
        fen_event_sender_destroy(sender);
        return NULL;
    }
    return sender;
}

void fen_event_sender_destroy(struct fen_event_sender *sender)
{
    if (sender == NULL)
        return;
    for (int topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        if (sender->topics[topic] != NULL)
            rd_kafka_topic_destroy(sender->topics[topic]);
    }
    if (sender->producer != NULL)
        rd_kafka_destroy(sender->producer);
    fen_buffer_deinit(&sender->key);
    fen_buffer_deinit(&sender->value);
    free(sender);
}

static void look_around(struct fen_event_sender *sender)
{
    struct timespec now;
    (void)rd_kafka_poll(sender->producer, 0);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    sender->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static rd_kafka_resp_err_t produce_once(struct fen_event_sender *sender,
                                        const rd_kafka_vu_t *parts, size_t part_count)
{
    rd_kafka_error_t *refusal = rd_kafka_produceva(sender->producer, parts, part_count);
    if (refusal == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t error = rd_kafka_error_code(refusal);
    rd_kafka_error_destroy(refusal);
    return error;
}

static bool produce(struct fen_event_sender *sender, enum fen_topic topic, uint32_t partition,
                    struct fen_str key, struct fen_str value, int64_t timestamp_ms)
{
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = sender->topics[topic]},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)key.data, key.size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value.data, value.size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp_ms},
    };
    rd_kafka_resp_err_t error;
    while ((error = produce_once(sender, parts, sizeof parts / sizeof *parts))
           == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        (void)rd_kafka_poll(sender->producer, FULL_WAIT_MS);
        if (sender->failed > 0)
            return false;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(sender, error);
    else
        sender->sent++;
    return sender->failed == 0;
}

bool fen_event_sender_send(struct fen_event_sender *sender, const struct fen_event *event,
                           struct fen_str customer, struct fen_str json, int64_t at_ms)
{
    enum fen_topic topic = fen_topic_of(event->type);
    struct fen_event keyed = *event;
    if (!fen_str_is_set(keyed.customer))
        keyed.customer = customer;
    if (sender->sent % POLL_EVERY == 0)
        look_around(sender);
    fen_buffer_clear(&sender->key);
    fen_buffer_clear(&sender->value);
    fen_topic_event_key(&keyed, &sender->key);
    if (sender->wire == FEN_WIRE_JSON && fen_str_is_set(json))
        fen_buffer_append_str(&sender->value, json);
    else
        fen_event_encode(sender->wire, event, &sender->value);
    struct fen_str key = fen_buffer_str(&sender->key);
    uint32_t partition = fen_topic_info(topic)->is_single_partition
                             ? 0
                             : fen_topic_partition(key, sender->partition_counts[topic]);
    return produce(sender, topic, partition, key, fen_buffer_str(&sender->value),
                   at_ms > sender->now_ms ? at_ms : 0);
}

bool fen_event_sender_send_raw(struct fen_event_sender *sender, struct fen_str bytes)
{
    return produce(sender, FEN_TOPIC_ORDER_EVENTS, 0, FEN_STR_NONE, bytes, 0);
}

bool fen_event_sender_flush(struct fen_event_sender *sender, uint32_t timeout_ms,
                            struct fen_buffer *reason)
{
    int before;
    do {
        before = rd_kafka_outq_len(sender->producer);
        if (rd_kafka_flush(sender->producer, (int)timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
    } while (sender->failed == 0 && rd_kafka_outq_len(sender->producer) < before);
    int left = rd_kafka_outq_len(sender->producer);
    if (left > 0)
        fen_buffer_append_format(reason, "%d record(s) were not acknowledged within %u s", left,
                                 timeout_ms / 1000);
    else if (sender->failed > 0)
        fen_buffer_append_format(reason, "%llu record(s) were not delivered: %s",
                                 (unsigned long long)sender->failed, sender->failure);
    return left == 0 && sender->failed == 0;
}

struct fen_sent_place fen_event_sender_last(const struct fen_event_sender *sender)
{
    return sender->last;
}

uint64_t fen_event_sender_delivered(const struct fen_event_sender *sender)
{
    return sender->delivered;
}
