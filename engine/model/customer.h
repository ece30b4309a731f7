/*
 * customer: bindings with their history, registration, and what recruiting has posted.
 *
 * The record of fen.customer-state.v1 (message CustomerState), and the bytes a split lane keeps.
 * Touches are not here: their own topic is their changelog (DESIGN §3).
 *
 * Threads: values; any. Texts borrow the state record or the batch's arena.
 */
#ifndef FEN_MODEL_CUSTOMER_H
#define FEN_MODEL_CUSTOMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/order.h"
#include "model/pin.h"

/* One customer.bound; absent guide: bound to none; absent store: bound to no store. */
struct fen_binding {
    struct fen_str guide;
    struct fen_str store;
    int64_t effective_ms;
    struct fen_str event;
};

struct fen_customer {
    struct fen_str tenant;   /* not in the record: its key says it */
    struct fen_str customer; /* likewise */
    struct fen_binding *bindings; /* ascending by (effective, event id) */
    uint32_t binding_count, binding_capacity; /* the capacity is not in the record */
    struct fen_str registered_event; /* absent: not registered */
    int64_t registered_ms;
    struct fen_str recruiter;
    struct fen_str registered_store;
    bool is_voided;
    struct fen_posted *posted; /* recruit entries, ascending by key */
    uint32_t posted_count;
    struct fen_event_mark *marks;
    uint32_t mark_count, mark_capacity; /* the capacity is not in the record */
    struct fen_pin pin;  /* of the registration */
    int64_t *references; /* 32-bit hashes of the org records the registration looked at */
    uint32_t reference_count;
    uint32_t suspense_count; /* 1 while the recruiter is not announced */
};

extern const struct fen_schema fen_customer_schema;

#endif /* FEN_MODEL_CUSTOMER_H */
