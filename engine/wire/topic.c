/* topic: see topic.h. */
#include "wire/topic.h"

static const struct fen_topic_info topics[FEN_TOPIC_COUNT] = {
    [FEN_TOPIC_ORDER_EVENTS] = {.name = "fen.order-events.v1", .is_input = true},
    [FEN_TOPIC_TOUCH_EVENTS] = {.name = "fen.touch-events.v1", .is_input = true},
    [FEN_TOPIC_CUSTOMER_EVENTS] = {.name = "fen.customer-events.v1", .is_input = true},
    [FEN_TOPIC_TASK_EVENTS] = {.name = "fen.task-events.v1", .is_input = true},
    [FEN_TOPIC_PAYEE_EVENTS] = {.name = "fen.payee-events.v1", .is_input = true},
    [FEN_TOPIC_POSTINGS] = {.name = "fen.postings.v1"},
    [FEN_TOPIC_ORG_EVENTS] = {.name = "fen.org-events.v1",
                              .is_single_partition = true,
                              .is_kept_for_ever = true,
                              .is_input = true},
    [FEN_TOPIC_PLANS] = {.name = "fen.plans.v1",
                         .is_single_partition = true,
                         .is_kept_for_ever = true,
                         .is_input = true},
    [FEN_TOPIC_LEDGER] = {.name = "fen.ledger.v1", .is_kept_for_ever = true},
    [FEN_TOPIC_ACCOUNTS] = {.name = "fen.accounts.v1", .is_compacted = true},
    [FEN_TOPIC_ORDER_STATE] = {.name = "fen.order-state.v1", .is_compacted = true},
    [FEN_TOPIC_CUSTOMER_STATE] = {.name = "fen.customer-state.v1", .is_compacted = true},
    [FEN_TOPIC_TASK_STATE] = {.name = "fen.task-state.v1", .is_compacted = true},
    [FEN_TOPIC_DEAD_LETTERS] = {.name = "fen.dlq.v1"},
};

const struct fen_topic_info *fen_topic_info(enum fen_topic topic)
{
    FEN_ASSERT(topic < FEN_TOPIC_COUNT);
    return &topics[topic];
}

enum fen_topic fen_topic_find(struct fen_str name)
{
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++)
        if (fen_str_equal(fen_str_from(topics[topic].name), name))
            return (enum fen_topic)topic;
    return FEN_TOPIC_COUNT;
}

enum fen_topic fen_topic_of(enum fen_event_type type)
{
    switch (type) {
    case FEN_EVENT_ORDER_PLACED:
    case FEN_EVENT_ORDER_PAID:
    case FEN_EVENT_ORDER_SHIPPED:
    case FEN_EVENT_ORDER_RECEIVED:
    case FEN_EVENT_ORDER_PICKED_UP:
    case FEN_EVENT_ORDER_CANCELLED:
    case FEN_EVENT_ORDER_REFUNDED:
    case FEN_EVENT_ORDER_DEADLINE_MOVED:
        return FEN_TOPIC_ORDER_EVENTS;
    case FEN_EVENT_TOUCH_SHARED:
        return FEN_TOPIC_TOUCH_EVENTS;
    case FEN_EVENT_CUSTOMER_REGISTERED:
    case FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED:
    case FEN_EVENT_CUSTOMER_BOUND:
        return FEN_TOPIC_CUSTOMER_EVENTS;
    case FEN_EVENT_GUIDE_SET:
    case FEN_EVENT_STORE_SET:
    case FEN_EVENT_BOOK_TRANSFERRED:
    case FEN_EVENT_PERIOD_CLOSED:
        return FEN_TOPIC_ORG_EVENTS;
    case FEN_EVENT_TASK_SCORED:
    case FEN_EVENT_TASK_CLOSED:
        return FEN_TOPIC_TASK_EVENTS;
    case FEN_EVENT_ADJUSTMENT_POSTED:
    case FEN_EVENT_PAYOUT_SENT:
    case FEN_EVENT_PAYOUT_FAILED:
        return FEN_TOPIC_PAYEE_EVENTS;
    case FEN_EVENT_PLAN_PUBLISHED:
        return FEN_TOPIC_PLANS;
    case FEN_EVENT_NONE:
    case FEN_EVENT_TYPE_COUNT:
        break;
    }
    FEN_ASSERT(false && "event without a type");
    return FEN_TOPIC_COUNT;
}

struct fen_str fen_topic_event_subject(const struct fen_event *event)
{
    switch (event->type) {
    case FEN_EVENT_ORDER_PLACED:
    case FEN_EVENT_ORDER_PAID:
    case FEN_EVENT_ORDER_SHIPPED:
    case FEN_EVENT_ORDER_RECEIVED:
    case FEN_EVENT_ORDER_PICKED_UP:
    case FEN_EVENT_ORDER_CANCELLED:
    case FEN_EVENT_ORDER_REFUNDED:
    case FEN_EVENT_ORDER_DEADLINE_MOVED:
        return fen_str_is_set(event->customer) ? event->customer : event->order;
    case FEN_EVENT_TOUCH_SHARED:
    case FEN_EVENT_CUSTOMER_REGISTERED:
    case FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED:
    case FEN_EVENT_CUSTOMER_BOUND:
        return event->customer;
    case FEN_EVENT_GUIDE_SET:
        return event->guide;
    case FEN_EVENT_STORE_SET:
        return event->store;
    case FEN_EVENT_BOOK_TRANSFERRED:
        return event->from;
    case FEN_EVENT_PERIOD_CLOSED:
        return event->period;
    case FEN_EVENT_TASK_SCORED:
    case FEN_EVENT_TASK_CLOSED:
        return event->task;
    case FEN_EVENT_ADJUSTMENT_POSTED:
    case FEN_EVENT_PAYOUT_SENT:
    case FEN_EVENT_PAYOUT_FAILED:
        return event->payee;
    case FEN_EVENT_PLAN_PUBLISHED:
        return FEN_STR_NONE;
    case FEN_EVENT_NONE:
    case FEN_EVENT_TYPE_COUNT:
        break;
    }
    FEN_ASSERT(false && "event without a type");
    return FEN_STR_NONE;
}

void fen_topic_event_key(const struct fen_event *event, struct fen_buffer *key)
{
    struct fen_str subject = fen_topic_event_subject(event);
    fen_buffer_append_str(key, event->tenant);
    if (!fen_str_is_set(subject))
        return;
    fen_buffer_append_byte(key, '/');
    fen_buffer_append_str(key, subject);
}

/* Java's org.apache.kafka.common.utils.Utils.murmur2: MurmurHash2, 32 bits, a fixed seed. */
static uint32_t murmur2(const unsigned char *bytes, uint32_t size)
{
    const uint32_t multiplier = 0x5bd1e995u;
    uint32_t hash = 0x9747b28cu ^ size;
    uint32_t at = 0;
    for (; at + 4 <= size; at += 4) {
        uint32_t word = bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16
                        | (uint32_t)bytes[at + 3] << 24;
        word *= multiplier;
        word ^= word >> 24;
        hash = hash * multiplier ^ word * multiplier;
    }
    if (at < size) {
        for (uint32_t rest = size - at; rest > 0; rest--)
            hash ^= (uint32_t)bytes[at + rest - 1] << (8 * (rest - 1));
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

uint32_t fen_topic_partition(struct fen_str key, uint32_t partition_count)
{
    FEN_ASSERT(partition_count > 0);
    uint32_t hash = murmur2((const unsigned char *)key.data, key.size);
    return (hash & 0x7fffffffu) % partition_count;
}
