/*
 * event_route: an event against the record it came in (event_decode.h): MISROUTED and FUTURE.
 *
 * Of an order's events only order.placed always knows its customer; another that does not say one
 * may have the customer's or the order's key, whichever the order has. Org events are read whole by
 * every worker, so their key need only be of their tenant.
 */
#include "wire/event_decode.h"
#include "wire/event_form.h"
#include "wire/topic.h"

#define FUTURE_MS_MAX (INT64_C(5) * 60 * 1000)

/* The id after "tenant/"; absent when the key is of another tenant, or has no '/'. */
static struct fen_str key_subject(const struct fen_event *event, struct fen_str key)
{
    uint32_t tenant_size = event->tenant.size;
    if (key.size <= tenant_size || memcmp(key.data, event->tenant.data, tenant_size) != 0
        || key.data[tenant_size] != '/')
        return FEN_STR_NONE;
    return (struct fen_str){key.data + tenant_size + 1, key.size - tenant_size - 1};
}

static bool key_agrees(const struct fen_event *event, struct fen_str key)
{
    enum fen_topic topic = fen_topic_of(event->type);
    if (topic == FEN_TOPIC_PLANS)
        return fen_str_equal(key, event->tenant);
    struct fen_str subject = key_subject(event, key);
    if (topic == FEN_TOPIC_ORG_EVENTS)
        return subject.size > 0;
    bool is_customer_unsaid = topic == FEN_TOPIC_ORDER_EVENTS
                              && event->type != FEN_EVENT_ORDER_PLACED
                              && !fen_str_is_set(event->customer);
    if (is_customer_unsaid)
        return fen_event_is_id(subject);
    return fen_str_is_set(subject) && fen_str_equal(subject, fen_topic_event_subject(event));
}

enum fen_refusal fen_event_check_route(const struct fen_event *event, struct fen_str key,
                                       uint32_t partition, uint32_t partition_count,
                                       int64_t timestamp_ms, struct fen_arena *arena,
                                       struct fen_refused *refused_out)
{
    struct fen_event_fault fault = {.code = FEN_REFUSAL_NONE, .arena = arena};
    struct fen_event_place place = FEN_PLACE("the record's key");
    if (!fen_str_is_set(key))
        fen_event_fault_add(&fault, FEN_REFUSAL_MISROUTED, place, "is missing: send it");
    else if (!key_agrees(event, key))
        fen_event_fault_add(&fault, FEN_REFUSAL_MISROUTED, place,
                            "and the event disagree: make the key as the topic's table says");
    else if (fen_topic_partition(key, partition_count) != partition)
        fen_event_fault_add(&fault, FEN_REFUSAL_MISROUTED, place,
                            "belongs to partition %u, the record came on %u: produce with murmur2",
                            fen_topic_partition(key, partition_count), partition);
    if (timestamp_ms >= 0 && event->time_ms - timestamp_ms > FUTURE_MS_MAX)
        fen_event_fault_add(&fault, FEN_REFUSAL_FUTURE, FEN_PLACE("time"),
                            "is %lld ms ahead of the record's timestamp: set the sender's clock",
                            (long long)(event->time_ms - timestamp_ms));
    if (fault.code != FEN_REFUSAL_NONE)
        *refused_out = (struct fen_refused){fault.code, fault.sentence};
    return fault.code;
}
