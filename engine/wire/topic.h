/*
 * topic: the topics of SPEC §3 and §10, their keys and partitions.
 *
 * Threads: constant; any.
 */
#ifndef FEN_WIRE_TOPIC_H
#define FEN_WIRE_TOPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/str.h"
#include "model/event.h"

enum fen_topic {
    FEN_TOPIC_ORDER_EVENTS,    /* co-partitioned inputs of split, by tenant/customer */
    FEN_TOPIC_TOUCH_EVENTS,
    FEN_TOPIC_CUSTOMER_EVENTS,
    FEN_TOPIC_TASK_EVENTS,     /* by tenant/task */
    FEN_TOPIC_PAYEE_EVENTS,    /* input of post, by tenant/payee */
    FEN_TOPIC_POSTINGS,        /* internal input of post */
    FEN_TOPIC_ORG_EVENTS,      /* one partition, read whole by every worker */
    FEN_TOPIC_PLANS,           /* one partition, likewise */
    FEN_TOPIC_LEDGER,
    FEN_TOPIC_ACCOUNTS,        /* compacted */
    FEN_TOPIC_ORDER_STATE,     /* compacted */
    FEN_TOPIC_CUSTOMER_STATE,  /* compacted */
    FEN_TOPIC_TASK_STATE,      /* compacted */
    FEN_TOPIC_DEAD_LETTERS,
    FEN_TOPIC_COUNT,
};

struct fen_topic_info {
    const char *name;          /* "fen.order-events.v1" */
    bool is_compacted;
    bool is_single_partition;  /* org events and plans */
    bool is_kept_for_ever;     /* retention.ms=-1 */
    bool is_input;             /* carries fen.Event */
};

/* The topic's fixed properties. */
const struct fen_topic_info *fen_topic_info(enum fen_topic topic);

/* The topic named so, or FEN_TOPIC_COUNT. */
enum fen_topic fen_topic_find(struct fen_str name);

/* The topic an event type travels on (SPEC §3). */
enum fen_topic fen_topic_of(enum fen_event_type type);

/*
 * What an event's key names beside the tenant: the customer (of an order without one the order),
 * the guide, store, `from` or period, the task, the payee; absent for a plan, whose key is the
 * tenant. The event must be valid. Borrows the event.
 */
struct fen_str fen_topic_event_subject(const struct fen_event *event);

/*
 * Append an event's key: "tenant/customer", "tenant/order", "tenant/task", ... as SPEC §3 says for
 * its type. The event must be valid.
 */
void fen_topic_event_key(const struct fen_event *event, struct fen_buffer *key);

/* Java's murmur2 partition of a key: (murmur2(key) & 0x7fffffff) % partition_count. */
uint32_t fen_topic_partition(struct fen_str key, uint32_t partition_count);

#endif /* FEN_WIRE_TOPIC_H */
