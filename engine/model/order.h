/*
 * order: what is known of one order and what has been posted for it.
 *
 * This struct is the record of fen.order-state.v1 (message OrderState) and, in those very bytes,
 * what a split lane keeps in memory: facts merged so that their order of arrival cannot matter
 * (SPEC §3), the pinned plan (§4), the entitlement already posted key by key (§6). The touches
 * that may bear on the order stand in it, because touches leave memory after their window.
 *
 * Threads: values; any. Texts borrow the state record or the batch's arena.
 */
#ifndef FEN_MODEL_ORDER_H
#define FEN_MODEL_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/entry.h"
#include "model/event.h"
#include "model/pin.h"

/* The earliest shipped, picked_up or received of a line. */
struct fen_line_fact {
    enum fen_fact_kind kind; /* SHIPPED, PICKED_UP, RECEIVED */
    int64_t line;            /* 0: every line, also lines a later version adds */
    int64_t at_ms;
    struct fen_str event;
    struct fen_str store;
    struct fen_server *servers;
    uint32_t server_count;
};

/* One (refund, line). */
struct fen_refund_fact {
    struct fen_str refund;
    int64_t line;
    int64_t amount_fen;
    int64_t quantity; /* FEN_NONE: not said */
    enum fen_refund_policy policy;
    struct fen_str event;
};

/* A moved deadline; line 0: every line. */
struct fen_deadline_fact {
    int64_t line;
    int64_t until_ms;
    int64_t time_ms;
    struct fen_str event;
};

/* A touch that may bear on the order. */
struct fen_touch_fact {
    struct fen_str guide;
    struct fen_str sku;
    int64_t at_ms;
    struct fen_str event;
};

/* One key of what has been posted; kept at 0 too, since it tells an accrual from an adjustment. */
struct fen_posted {
    struct fen_key key;
    int64_t amount_fen;
    int64_t base_fen;
    int64_t earned_ms;
    int64_t rate_ppm;
};

/* An event already applied: 128 bits of its id, 32 of its content. */
struct fen_event_mark {
    uint64_t id_low;
    uint64_t id_high;
    uint32_t content;
};

struct fen_order {
    struct fen_str tenant;   /* not in the record: its key says it */
    struct fen_str order;    /* likewise */
    struct fen_str customer; /* absent: none, or not known yet */

    struct fen_str placed_event; /* of the holding order.placed; absent: not placed yet */
    int64_t version;
    int64_t created_ms;
    struct fen_str currency;
    struct fen_str store;
    struct fen_str channel;
    struct fen_str fulfil_store;
    struct fen_str seller;
    struct fen_str coupon_guide;
    struct fen_str sharer_guide;
    int64_t sharer_time_ms;
    struct fen_str live_session;
    struct fen_str live_host;
    struct fen_event_line *lines; /* ascending by line */
    uint32_t line_count;

    int64_t paid_ms; /* FEN_NONE: not paid */
    struct fen_str paid_event;
    bool is_cancelled;
    struct fen_line_fact *facts;
    uint32_t fact_count, fact_capacity; /* capacities are not in the record */
    struct fen_refund_fact *refunds;
    uint32_t refund_count, refund_capacity;
    struct fen_deadline_fact *deadlines;
    uint32_t deadline_count, deadline_capacity;
    struct fen_touch_fact *touches; /* the newest first */
    uint32_t touch_count;

    struct fen_pin pin;          /* chosen for `created` */
    struct fen_pin *former_pins; /* for another `created` or currency each */
    uint32_t former_pin_count;

    struct fen_posted *posted; /* ascending by key */
    uint32_t posted_count;
    int64_t *references; /* 32-bit hashes of the org records the last evaluation looked at */
    uint32_t reference_count;
    struct fen_event_mark *marks; /* events applied */
    uint32_t mark_count, mark_capacity;
    uint32_t suspense_count; /* of (line, role) held in suspense */
};

extern const struct fen_schema fen_order_schema;
extern const struct fen_schema fen_event_mark_schema; /* message EventMark */
extern const struct fen_schema fen_posted_schema;     /* message Posted */

#endif /* FEN_MODEL_ORDER_H */
