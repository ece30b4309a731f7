/* event_form: the table of event_form.h. Rows follow the table of SPEC §3. */
#include "wire/event_form.h"

/* Numbers of fen.Event (model/event.c, where row n - 1 has number n). */
#define BIT(number) (UINT64_C(1) << ((number) - 1))

enum {
    ID = 1,
    TENANT = 2,
    TYPE = 3,
    TIME = 4,
    ORDER = 5,
    CUSTOMER = 6,
    CREATED = 7,
    LINES = 8,
    LINE_NUMBERS = 9,
    AT = 10,
    STORE = 11,
    CHANNEL = 12,
    SERVERS = 13,
    GUIDE = 14,
    SKU = 15,
    SOURCE = 16,
    VERSION = 17,
    CURRENCY = 18,
    FULFIL_STORE = 19,
    SELLER = 20,
    COUPON_GUIDE = 21,
    SHARER = 22,
    LIVE = 23,
    REFUND = 24,
    POLICY = 25,
    UNTIL = 26,
    RECRUITER = 27,
    EFFECTIVE = 28,
    LEVEL = 29,
    KIND = 30,
    STATUS = 31,
    EMPLOYER = 32,
    CUSTOMERS = 33,
    NAME = 34,
    BRAND = 35,
    REGION = 36,
    MALL = 37,
    FRANCHISEE = 38,
    MANAGER = 39,
    FROM = 40,
    TO = 41,
    PERIOD = 42,
    TASK = 43,
    SCORE = 44,
    ADJUSTMENT = 45,
    PAYOUT = 46,
    PAYEE = 47,
    AMOUNT = 48,
    REASON = 49,
    APPROVER = 50,
    YAML = 51,
    RETROACTIVE = 52,
};

#define BIT(number) (UINT64_C(1) << ((number) - 1))
#define COMMON_FIELDS (BIT(ID) | BIT(TENANT) | BIT(TYPE) | BIT(TIME) | BIT(SOURCE))

#define NEEDED(number, check) {number, true, FEN_CHECK_##check}
#define OPTIONAL(number, check) {number, false, FEN_CHECK_##check}
#define FORM(rows) {rows, sizeof(rows) / sizeof *(rows)}

/* SPEC §3: an order's events have its customer as key; one that says it in its body is believed. */
static const struct fen_event_rule order_placed[] = {
    NEEDED(ORDER, ID),           OPTIONAL(CUSTOMER, ID),      NEEDED(CREATED, TIME),
    NEEDED(LINES, LINES_PLACED), OPTIONAL(STORE, ID),         OPTIONAL(CHANNEL, TEXT),
    OPTIONAL(VERSION, NOTHING),  OPTIONAL(CURRENCY, ID),      OPTIONAL(FULFIL_STORE, ID),
    OPTIONAL(SELLER, ID),        OPTIONAL(COUPON_GUIDE, ID),  OPTIONAL(SHARER, SHARER),
    OPTIONAL(LIVE, LIVE),
};
static const struct fen_event_rule order_paid[] = {
    NEEDED(ORDER, ID),
    OPTIONAL(CUSTOMER, ID),
    OPTIONAL(AT, TIME),
};
static const struct fen_event_rule order_shipped[] = {
    NEEDED(ORDER, ID),  OPTIONAL(CUSTOMER, ID), OPTIONAL(LINE_NUMBERS, LINE_NUMBERS),
    OPTIONAL(AT, TIME), OPTIONAL(STORE, ID),
};
static const struct fen_event_rule order_picked_up[] = {
    NEEDED(ORDER, ID),  OPTIONAL(CUSTOMER, ID), OPTIONAL(LINE_NUMBERS, LINE_NUMBERS),
    OPTIONAL(AT, TIME), OPTIONAL(STORE, ID),    OPTIONAL(SERVERS, SERVERS),
};
static const struct fen_event_rule order_cancelled[] = {
    NEEDED(ORDER, ID),
    OPTIONAL(CUSTOMER, ID),
};
static const struct fen_event_rule order_refunded[] = {
    NEEDED(ORDER, ID),         OPTIONAL(CUSTOMER, ID),         NEEDED(REFUND, ID),
    OPTIONAL(POLICY, NOTHING), NEEDED(LINES, LINES_REFUNDED),
};
static const struct fen_event_rule order_deadline_moved[] = {
    NEEDED(ORDER, ID),
    OPTIONAL(CUSTOMER, ID),
    OPTIONAL(LINE_NUMBERS, LINE_NUMBERS),
    NEEDED(UNTIL, TIME),
};
static const struct fen_event_rule touch_shared[] = {
    NEEDED(CUSTOMER, ID),
    NEEDED(GUIDE, ID),
    OPTIONAL(SKU, TEXT),
    OPTIONAL(AT, TIME),
};
static const struct fen_event_rule customer_registered[] = {
    NEEDED(CUSTOMER, ID),
    OPTIONAL(RECRUITER, ID),
    OPTIONAL(STORE, ID),
    OPTIONAL(AT, TIME),
};
static const struct fen_event_rule customer_registration_voided[] = {
    NEEDED(CUSTOMER, ID),
};
static const struct fen_event_rule customer_bound[] = {
    NEEDED(CUSTOMER, ID),
    OPTIONAL(GUIDE, ID),
    OPTIONAL(STORE, ID),
    OPTIONAL(EFFECTIVE, TIME),
};
static const struct fen_event_rule guide_set[] = {
    NEEDED(GUIDE, ID),         OPTIONAL(STORE, ID),       OPTIONAL(LEVEL, TEXT),
    OPTIONAL(KIND, TEXT),      OPTIONAL(STATUS, NOTHING), OPTIONAL(EMPLOYER, TEXT),
    OPTIONAL(CUSTOMERS, CUSTOMERS), OPTIONAL(NAME, TEXT), OPTIONAL(EFFECTIVE, TIME),
};
static const struct fen_event_rule store_set[] = {
    NEEDED(STORE, ID),        OPTIONAL(KIND, STORE_KIND), OPTIONAL(BRAND, ID),
    OPTIONAL(REGION, ID),     OPTIONAL(MALL, ID),         OPTIONAL(FRANCHISEE, ID),
    OPTIONAL(MANAGER, ID),    OPTIONAL(NAME, TEXT),       OPTIONAL(EFFECTIVE, TIME),
};
static const struct fen_event_rule book_transferred[] = {
    NEEDED(FROM, ID),
    NEEDED(TO, ID),
    OPTIONAL(EFFECTIVE, TIME),
};
static const struct fen_event_rule period_closed[] = {
    NEEDED(PERIOD, PERIOD),
};
static const struct fen_event_rule task_scored[] = {
    NEEDED(TASK, ID),
    NEEDED(GUIDE, ID),
    NEEDED(SCORE, NOTHING),
    OPTIONAL(AT, TIME),
};
static const struct fen_event_rule task_closed[] = {
    NEEDED(TASK, ID),
    OPTIONAL(AT, TIME),
};
static const struct fen_event_rule adjustment_posted[] = {
    NEEDED(ADJUSTMENT, ID),    NEEDED(PAYEE, PAYEE), NEEDED(AMOUNT, ADJUSTMENT),
    NEEDED(REASON, TEXT),      NEEDED(APPROVER, TEXT), OPTIONAL(ORDER, ID),
    OPTIONAL(PERIOD, PERIOD),
};
static const struct fen_event_rule payout[] = {
    NEEDED(PAYOUT, ID),
    NEEDED(PAYEE, PAYEE),
    NEEDED(AMOUNT, AMOUNT),
};
static const struct fen_event_rule plan_published[] = {
    NEEDED(YAML, NOTHING),
    OPTIONAL(RETROACTIVE, NOTHING),
};

static const struct fen_event_form forms[FEN_EVENT_TYPE_COUNT] = {
    [FEN_EVENT_ORDER_PLACED] = FORM(order_placed),
    [FEN_EVENT_ORDER_PAID] = FORM(order_paid),
    [FEN_EVENT_ORDER_SHIPPED] = FORM(order_shipped),
    [FEN_EVENT_ORDER_RECEIVED] = FORM(order_shipped),
    [FEN_EVENT_ORDER_PICKED_UP] = FORM(order_picked_up),
    [FEN_EVENT_ORDER_CANCELLED] = FORM(order_cancelled),
    [FEN_EVENT_ORDER_REFUNDED] = FORM(order_refunded),
    [FEN_EVENT_ORDER_DEADLINE_MOVED] = FORM(order_deadline_moved),
    [FEN_EVENT_TOUCH_SHARED] = FORM(touch_shared),
    [FEN_EVENT_CUSTOMER_REGISTERED] = FORM(customer_registered),
    [FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED] = FORM(customer_registration_voided),
    [FEN_EVENT_CUSTOMER_BOUND] = FORM(customer_bound),
    [FEN_EVENT_GUIDE_SET] = FORM(guide_set),
    [FEN_EVENT_STORE_SET] = FORM(store_set),
    [FEN_EVENT_BOOK_TRANSFERRED] = FORM(book_transferred),
    [FEN_EVENT_PERIOD_CLOSED] = FORM(period_closed),
    [FEN_EVENT_TASK_SCORED] = FORM(task_scored),
    [FEN_EVENT_TASK_CLOSED] = FORM(task_closed),
    [FEN_EVENT_ADJUSTMENT_POSTED] = FORM(adjustment_posted),
    [FEN_EVENT_PAYOUT_SENT] = FORM(payout),
    [FEN_EVENT_PAYOUT_FAILED] = FORM(payout),
    [FEN_EVENT_PLAN_PUBLISHED] = FORM(plan_published),
};

const struct fen_event_form *fen_event_form(enum fen_event_type type)
{
    FEN_ASSERT(type < FEN_EVENT_TYPE_COUNT);
    return &forms[type];
}

struct fen_record_selection fen_event_form_fields(enum fen_event_type type)
{
    /* line, sku .. seller, and line, quantity, amount */
    const uint64_t placed_line_fields = 0x1FF;
    const uint64_t refunded_line_fields = BIT(1) | BIT(5) | BIT(10);
    const struct fen_event_form *form = fen_event_form(type);
    struct fen_record_selection selection = {
        .fields = BIT(ID) | BIT(TENANT) | BIT(TYPE) | BIT(TIME) | BIT(SOURCE),
        .nested = &fen_event_line_schema,
        .nested_fields =
            type == FEN_EVENT_ORDER_REFUNDED ? refunded_line_fields : placed_line_fields,
    };
    for (uint32_t index = 0; index < form->rule_count; index++)
        selection.fields |= BIT(form->rules[index].number);
    return selection;
}
