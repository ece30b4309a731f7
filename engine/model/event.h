/*
 * event: one input event of SPEC §3, as the core sees it.
 *
 * Why flat: the JSON form is flat, and one table (event.c) then serves both wires. A type uses the
 * fields its row of §3 names; others are ignored. Texts borrow the record the event was read from.
 *
 * Threads: values; any.
 */
#ifndef FEN_MODEL_EVENT_H
#define FEN_MODEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/role.h"

enum fen_event_type {
    FEN_EVENT_NONE = 0,
    FEN_EVENT_ORDER_PLACED = 1,
    FEN_EVENT_ORDER_PAID = 2,
    FEN_EVENT_ORDER_SHIPPED = 3,
    FEN_EVENT_ORDER_RECEIVED = 4,
    FEN_EVENT_ORDER_PICKED_UP = 5,
    FEN_EVENT_ORDER_CANCELLED = 6,
    FEN_EVENT_ORDER_REFUNDED = 7,
    FEN_EVENT_ORDER_DEADLINE_MOVED = 8,
    FEN_EVENT_TOUCH_SHARED = 9,
    FEN_EVENT_CUSTOMER_REGISTERED = 10,
    FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED = 11,
    FEN_EVENT_CUSTOMER_BOUND = 12,
    FEN_EVENT_GUIDE_SET = 13,
    FEN_EVENT_STORE_SET = 14,
    FEN_EVENT_BOOK_TRANSFERRED = 15,
    FEN_EVENT_PERIOD_CLOSED = 16,
    FEN_EVENT_TASK_SCORED = 17,
    FEN_EVENT_TASK_CLOSED = 18,
    FEN_EVENT_ADJUSTMENT_POSTED = 19,
    FEN_EVENT_PAYOUT_SENT = 20,
    FEN_EVENT_PAYOUT_FAILED = 21,
    FEN_EVENT_PLAN_PUBLISHED = 22,
    FEN_EVENT_TYPE_COUNT = 23,
};

/* Bounds of SPEC §3. */
#define FEN_LINE_COUNT_MAX 2000u
#define FEN_SERVER_COUNT_MAX 16u
#define FEN_QUANTITY_MAX INT64_C(1000000)
#define FEN_AMOUNT_MAX INT64_C(1000000000000000)
#define FEN_EVENT_SIZE_BYTES_MAX (256u * 1024u)
#define FEN_JSON_DEPTH_MAX 64u
#define FEN_ID_SIZE_BYTES_MAX 64u
#define FEN_TEXT_SIZE_BYTES_MAX 128u
#define FEN_TIME_MS_MAX INT64_C(253023609599999) /* the last ms of the year 9987, UTC */

/* A named amount: a discount by funder, or a portion of `paid`. */
struct fen_amount {
    struct fen_str name;
    int64_t amount_fen;
};

/* A line of order.placed, or (line, amount_fen, quantity) of order.refunded. */
struct fen_event_line {
    int64_t line; /* >= 1 */
    struct fen_str sku;
    struct fen_str brand;
    struct fen_str category;
    int64_t quantity; /* FEN_NONE absent */
    int64_t paid_fen;
    struct fen_amount *discounts;
    uint32_t discount_count;
    struct fen_amount *portions;
    uint32_t portion_count;
    struct fen_str seller;
    int64_t amount_fen;
};

/* One who served at a pickup. */
struct fen_server {
    struct fen_str guide;
    int64_t weight; /* >= 1; 1 when absent */
};

/* The order's own sharer. */
struct fen_sharer {
    struct fen_str guide;
    int64_t time_ms;
};

/* The live room of an order. */
struct fen_live {
    struct fen_str session;
    struct fen_str host;
};

struct fen_event {
    struct fen_str id;
    struct fen_str tenant; /* "default" when absent */
    enum fen_event_type type;
    int64_t time_ms;
    struct fen_str source;

    struct fen_str order;
    struct fen_str customer;
    int64_t version; /* 1 when absent */
    int64_t created_ms;
    struct fen_str currency;
    struct fen_str store;
    struct fen_str channel;
    struct fen_str fulfil_store;
    struct fen_str seller;
    struct fen_str coupon_guide;
    struct fen_sharer *sharer; /* NULL absent */
    struct fen_live *live;     /* NULL absent */
    struct fen_event_line *lines;
    uint32_t line_count;
    int64_t *line_numbers; /* `lines` of shipped, received, picked_up, deadline_moved */
    uint32_t line_number_count;
    int64_t at_ms; /* FEN_NONE absent until validated, then `time` */
    struct fen_server *servers;
    uint32_t server_count;
    struct fen_str refund;
    enum fen_refund_policy policy;
    int64_t until_ms;

    struct fen_str guide;
    struct fen_str sku;
    struct fen_str recruiter;
    int64_t effective_ms; /* FEN_NONE absent until validated, then `time` */

    struct fen_str level;
    struct fen_str kind; /* guide.set: a text; store.set: owned | concession | franchise */
    enum fen_guide_status status;
    struct fen_str employer;
    struct fen_str *customers;
    uint32_t customer_count;
    struct fen_str name;
    struct fen_str brand;
    struct fen_str region;
    struct fen_str mall;
    struct fen_str franchisee;
    struct fen_str manager;
    struct fen_str from;
    struct fen_str to;
    struct fen_str period;

    struct fen_str task;
    int64_t score;

    struct fen_str adjustment;
    struct fen_str payout;
    struct fen_str payee;
    int64_t amount_fen;
    struct fen_str reason;
    struct fen_str approver;

    struct fen_str yaml;
    bool retroactive;

    uint32_t content; /* not sent: hash of what the type says, worked out by the decoder */
};

extern const struct fen_schema fen_event_schema;
extern const struct fen_schema fen_event_line_schema; /* message Line */
extern const struct fen_schema fen_server_schema;     /* message Server */
extern const struct fen_names fen_event_type_names;

/* An event as entries tell of it; the text is borrowed. Absent id: none. */
struct fen_event_ref {
    struct fen_str id;
    enum fen_event_type type;
};

/* An event's own; borrows its id. */
static inline struct fen_event_ref fen_event_ref(const struct fen_event *event)
{
    return (struct fen_event_ref){event->id, event->type};
}

/* A publication of plans; references do not say which one. */
static inline struct fen_event_ref fen_event_ref_publication(void)
{
    return (struct fen_event_ref){FEN_STR("plan.published"), FEN_EVENT_PLAN_PUBLISHED};
}

/* The JSON name of a type ("order.placed"), "" for NONE. */
const char *fen_event_type_name(enum fen_event_type type);

/*
 * The order in which facts of one kind hold (SPEC §3): by time, among equals by event id. Whether
 * (at, event) comes before (other, other_event). Thread: any.
 */
static inline bool fen_event_is_earlier(int64_t at_ms, struct fen_str event, int64_t other_ms,
                                        struct fen_str other_event)
{
    return at_ms < other_ms || (at_ms == other_ms && fen_str_compare(event, other_event) < 0);
}

#endif /* FEN_MODEL_EVENT_H */
