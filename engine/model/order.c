/* order: the field table of OrderState; numbers are those of proto/fen.proto and never change. */
#include "model/order.h"

#define FACT struct fen_line_fact
static const struct fen_field fact_fields[] = {
    FEN_ROW_ENUM(1, "kind", FACT, kind, &fen_fact_kind_names),
    FEN_ROW(2, "line", FEN_FIELD_INT64, FACT, line, 0),
    FEN_ROW(3, "at", FEN_FIELD_INT64, FACT, at_ms, FEN_NONE),
    FEN_ROW(4, "event", FEN_FIELD_TEXT, FACT, event, 0),
    FEN_ROW(5, "store", FEN_FIELD_TEXT, FACT, store, 0),
    FEN_ROW_MESSAGES(6, "servers", FACT, servers, server_count, &fen_server_schema),
};
static const struct fen_schema fact_schema = FEN_SCHEMA("LineFact", FACT, fact_fields);

#define REFUND struct fen_refund_fact
static const struct fen_field refund_fields[] = {
    FEN_ROW(1, "refund", FEN_FIELD_TEXT, REFUND, refund, 0),
    FEN_ROW(2, "line", FEN_FIELD_INT64, REFUND, line, 0),
    FEN_ROW(3, "amount", FEN_FIELD_INT64, REFUND, amount_fen, 0),
    FEN_ROW(4, "quantity", FEN_FIELD_INT64, REFUND, quantity, FEN_NONE),
    FEN_ROW_ENUM(5, "policy", REFUND, policy, &fen_refund_policy_names),
    FEN_ROW(6, "event", FEN_FIELD_TEXT, REFUND, event, 0),
};
static const struct fen_schema refund_schema = FEN_SCHEMA("RefundFact", REFUND, refund_fields);

#define DEADLINE struct fen_deadline_fact
static const struct fen_field deadline_fields[] = {
    FEN_ROW(1, "line", FEN_FIELD_INT64, DEADLINE, line, 0),
    FEN_ROW(2, "until", FEN_FIELD_INT64, DEADLINE, until_ms, FEN_NONE),
    FEN_ROW(3, "time", FEN_FIELD_INT64, DEADLINE, time_ms, FEN_NONE),
    FEN_ROW(4, "event", FEN_FIELD_TEXT, DEADLINE, event, 0),
};
static const struct fen_schema deadline_schema =
    FEN_SCHEMA("DeadlineFact", DEADLINE, deadline_fields);

#define TOUCH struct fen_touch_fact
static const struct fen_field touch_fields[] = {
    FEN_ROW(1, "guide", FEN_FIELD_TEXT, TOUCH, guide, 0),
    FEN_ROW(2, "sku", FEN_FIELD_TEXT, TOUCH, sku, 0),
    FEN_ROW(3, "at", FEN_FIELD_INT64, TOUCH, at_ms, FEN_NONE),
    FEN_ROW(4, "event", FEN_FIELD_TEXT, TOUCH, event, 0),
};
static const struct fen_schema touch_schema = FEN_SCHEMA("TouchFact", TOUCH, touch_fields);

#define POSTED struct fen_posted
static const struct fen_field posted_fields[] = {
    FEN_ROW(1, "payee", FEN_FIELD_TEXT, POSTED, key.payee, 0),
    FEN_ROW(2, "funder", FEN_FIELD_TEXT, POSTED, key.funder, 0),
    FEN_ROW(3, "rule", FEN_FIELD_TEXT, POSTED, key.rule, 0),
    FEN_ROW(4, "plan", FEN_FIELD_TEXT, POSTED, key.plan, 0),
    FEN_ROW(5, "plan_version", FEN_FIELD_UINT32, POSTED, key.plan_version, 0),
    FEN_ROW(6, "line", FEN_FIELD_INT64, POSTED, key.line, 0),
    FEN_ROW_ENUM(7, "role", POSTED, key.role, &fen_role_names),
    FEN_ROW_ENUM(8, "portion", POSTED, key.portion, &fen_role_names),
    FEN_ROW(9, "period", FEN_FIELD_PERIOD, POSTED, key.period, FEN_DATE_NONE),
    FEN_ROW(10, "available_on", FEN_FIELD_DATE, POSTED, key.available_date, FEN_DATE_NONE),
    FEN_ROW(11, "amount", FEN_FIELD_SINT64, POSTED, amount_fen, 0),
    FEN_ROW_RENAMED(12, "base_amount", "base", FEN_FIELD_SINT64, POSTED, base_fen, 0),
    FEN_ROW(13, "earned_at", FEN_FIELD_INT64, POSTED, earned_ms, FEN_NONE),
    FEN_ROW(14, "rate_ppm", FEN_FIELD_INT64, POSTED, rate_ppm, FEN_NONE),
};
const struct fen_schema fen_posted_schema = FEN_SCHEMA("Posted", POSTED, posted_fields);

#define MARK struct fen_event_mark
static const struct fen_field mark_fields[] = {
    FEN_ROW(1, "id_low", FEN_FIELD_INT64, MARK, id_low, 0),
    FEN_ROW(2, "id_high", FEN_FIELD_INT64, MARK, id_high, 0),
    FEN_ROW(3, "content", FEN_FIELD_UINT32, MARK, content, 0),
};
const struct fen_schema fen_event_mark_schema = FEN_SCHEMA("EventMark", MARK, mark_fields);

#define PIN struct fen_pin
static const struct fen_field pin_fields[] = {
    FEN_ROW(1, "plan", FEN_FIELD_TEXT, PIN, plan, 0),
    FEN_ROW(2, "plan_version", FEN_FIELD_UINT32, PIN, plan_version, 0),
    FEN_ROW(3, "plan_created", FEN_FIELD_INT64, PIN, at_ms, FEN_NONE),
    FEN_ROW(4, "plan_publication", FEN_FIELD_INT64, PIN, publication, 0),
};
static const struct fen_schema pin_schema = FEN_SCHEMA("FormerPin", PIN, pin_fields);

#define ORDER struct fen_order
static const struct fen_field order_fields[] = {
    FEN_ROW(1, "customer", FEN_FIELD_TEXT, ORDER, customer, 0),
    FEN_ROW(2, "placed_event", FEN_FIELD_TEXT, ORDER, placed_event, 0),
    FEN_ROW(3, "version", FEN_FIELD_INT64, ORDER, version, 1),
    FEN_ROW(4, "created", FEN_FIELD_INT64, ORDER, created_ms, FEN_NONE),
    FEN_ROW(5, "currency", FEN_FIELD_TEXT, ORDER, currency, 0),
    FEN_ROW(6, "store", FEN_FIELD_TEXT, ORDER, store, 0),
    FEN_ROW(7, "channel", FEN_FIELD_TEXT, ORDER, channel, 0),
    FEN_ROW(8, "fulfil_store", FEN_FIELD_TEXT, ORDER, fulfil_store, 0),
    FEN_ROW(9, "seller", FEN_FIELD_TEXT, ORDER, seller, 0),
    FEN_ROW(10, "coupon_guide", FEN_FIELD_TEXT, ORDER, coupon_guide, 0),
    FEN_ROW(11, "sharer_guide", FEN_FIELD_TEXT, ORDER, sharer_guide, 0),
    FEN_ROW(12, "sharer_time", FEN_FIELD_INT64, ORDER, sharer_time_ms, FEN_NONE),
    FEN_ROW(13, "live_session", FEN_FIELD_TEXT, ORDER, live_session, 0),
    FEN_ROW(14, "live_host", FEN_FIELD_TEXT, ORDER, live_host, 0),
    FEN_ROW_MESSAGES(15, "lines", ORDER, lines, line_count, &fen_event_line_schema),
    FEN_ROW(16, "paid_at", FEN_FIELD_INT64, ORDER, paid_ms, FEN_NONE),
    FEN_ROW(17, "paid_event", FEN_FIELD_TEXT, ORDER, paid_event, 0),
    FEN_ROW(18, "cancelled", FEN_FIELD_BOOL, ORDER, is_cancelled, 0),
    FEN_ROW_MESSAGES(19, "facts", ORDER, facts, fact_count, &fact_schema),
    FEN_ROW_MESSAGES(20, "refunds", ORDER, refunds, refund_count, &refund_schema),
    FEN_ROW_MESSAGES(21, "deadlines", ORDER, deadlines, deadline_count, &deadline_schema),
    FEN_ROW_MESSAGES(22, "touches", ORDER, touches, touch_count, &touch_schema),
    FEN_ROW(23, "plan", FEN_FIELD_TEXT, ORDER, pin.plan, 0),
    FEN_ROW(24, "plan_version", FEN_FIELD_UINT32, ORDER, pin.plan_version, 0),
    FEN_ROW(25, "plan_created", FEN_FIELD_INT64, ORDER, pin.at_ms, FEN_NONE),
    FEN_ROW(26, "plan_publication", FEN_FIELD_INT64, ORDER, pin.publication, 0),
    FEN_ROW_MESSAGES(27, "posted", ORDER, posted, posted_count, &fen_posted_schema),
    FEN_ROW_LIST(28, "references", FEN_FIELD_INT64, ORDER, references, reference_count),
    FEN_ROW_MESSAGES(29, "marks", ORDER, marks, mark_count, &fen_event_mark_schema),
    FEN_ROW(30, "suspense", FEN_FIELD_UINT32, ORDER, suspense_count, 0),
    FEN_ROW_MESSAGES(31, "former_pins", ORDER, former_pins, former_pin_count, &pin_schema),
};
const struct fen_schema fen_order_schema = FEN_SCHEMA("OrderState", ORDER, order_fields);
