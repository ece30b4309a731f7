/* event: the field table of fen.Event; numbers are those of proto/fen.proto and never change. */
#include "model/event.h"

static const char *const type_names[FEN_EVENT_TYPE_COUNT] = {
    [FEN_EVENT_ORDER_PLACED] = "order.placed",
    [FEN_EVENT_ORDER_PAID] = "order.paid",
    [FEN_EVENT_ORDER_SHIPPED] = "order.shipped",
    [FEN_EVENT_ORDER_RECEIVED] = "order.received",
    [FEN_EVENT_ORDER_PICKED_UP] = "order.picked_up",
    [FEN_EVENT_ORDER_CANCELLED] = "order.cancelled",
    [FEN_EVENT_ORDER_REFUNDED] = "order.refunded",
    [FEN_EVENT_ORDER_DEADLINE_MOVED] = "order.deadline_moved",
    [FEN_EVENT_TOUCH_SHARED] = "touch.shared",
    [FEN_EVENT_CUSTOMER_REGISTERED] = "customer.registered",
    [FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED] = "customer.registration_voided",
    [FEN_EVENT_CUSTOMER_BOUND] = "customer.bound",
    [FEN_EVENT_GUIDE_SET] = "guide.set",
    [FEN_EVENT_STORE_SET] = "store.set",
    [FEN_EVENT_BOOK_TRANSFERRED] = "book.transferred",
    [FEN_EVENT_PERIOD_CLOSED] = "period.closed",
    [FEN_EVENT_TASK_SCORED] = "task.scored",
    [FEN_EVENT_TASK_CLOSED] = "task.closed",
    [FEN_EVENT_ADJUSTMENT_POSTED] = "adjustment.posted",
    [FEN_EVENT_PAYOUT_SENT] = "payout.sent",
    [FEN_EVENT_PAYOUT_FAILED] = "payout.failed",
    [FEN_EVENT_PLAN_PUBLISHED] = "plan.published",
};
const struct fen_names fen_event_type_names = {type_names, FEN_EVENT_TYPE_COUNT};

const char *fen_event_type_name(enum fen_event_type type)
{
    return type > FEN_EVENT_NONE && type < FEN_EVENT_TYPE_COUNT ? type_names[type] : "";
}

static const struct fen_field amount_fields[] = {
    FEN_ROW(1, "name", FEN_FIELD_TEXT, struct fen_amount, name, 0),
    FEN_ROW(2, "amount", FEN_FIELD_INT64, struct fen_amount, amount_fen, FEN_NONE),
};
static const struct fen_schema amount_schema =
    FEN_SCHEMA("Amount", struct fen_amount, amount_fields);

#define LINE struct fen_event_line
static const struct fen_field line_fields[] = {
    FEN_ROW(1, "line", FEN_FIELD_INT64, LINE, line, FEN_NONE),
    FEN_ROW(2, "sku", FEN_FIELD_TEXT, LINE, sku, 0),
    FEN_ROW(3, "brand", FEN_FIELD_TEXT, LINE, brand, 0),
    FEN_ROW(4, "category", FEN_FIELD_TEXT, LINE, category, 0),
    FEN_ROW(5, "quantity", FEN_FIELD_INT64, LINE, quantity, FEN_NONE),
    FEN_ROW(6, "paid", FEN_FIELD_INT64, LINE, paid_fen, FEN_NONE),
    FEN_ROW_MAP(7, "discounts", LINE, discounts, discount_count, &amount_schema),
    FEN_ROW_MAP(8, "portions", LINE, portions, portion_count, &amount_schema),
    FEN_ROW(9, "seller", FEN_FIELD_TEXT, LINE, seller, 0),
    FEN_ROW(10, "amount", FEN_FIELD_INT64, LINE, amount_fen, FEN_NONE),
};
const struct fen_schema fen_event_line_schema = FEN_SCHEMA("Line", LINE, line_fields);

static const struct fen_field server_fields[] = {
    FEN_ROW(1, "guide", FEN_FIELD_TEXT, struct fen_server, guide, 0),
    FEN_ROW(2, "weight", FEN_FIELD_INT64, struct fen_server, weight, 1),
};
const struct fen_schema fen_server_schema =
    FEN_SCHEMA("Server", struct fen_server, server_fields);

static const struct fen_field sharer_fields[] = {
    FEN_ROW(1, "guide", FEN_FIELD_TEXT, struct fen_sharer, guide, 0),
    FEN_ROW(2, "time", FEN_FIELD_INT64, struct fen_sharer, time_ms, FEN_NONE),
};
static const struct fen_schema sharer_schema =
    FEN_SCHEMA("Sharer", struct fen_sharer, sharer_fields);

static const struct fen_field live_fields[] = {
    FEN_ROW(1, "session", FEN_FIELD_TEXT, struct fen_live, session, 0),
    FEN_ROW(2, "host", FEN_FIELD_TEXT, struct fen_live, host, 0),
};
static const struct fen_schema live_schema = FEN_SCHEMA("Live", struct fen_live, live_fields);

#define EVENT struct fen_event
static const struct fen_field event_fields[] = {
    FEN_ROW(1, "id", FEN_FIELD_TEXT, EVENT, id, 0),
    FEN_ROW(2, "tenant", FEN_FIELD_TEXT, EVENT, tenant, 0),
    FEN_ROW_ENUM(3, "type", EVENT, type, &fen_event_type_names),
    FEN_ROW(4, "time", FEN_FIELD_INT64, EVENT, time_ms, FEN_NONE),
    FEN_ROW(5, "order", FEN_FIELD_TEXT, EVENT, order, 0),
    FEN_ROW(6, "customer", FEN_FIELD_TEXT, EVENT, customer, 0),
    FEN_ROW(7, "created", FEN_FIELD_INT64, EVENT, created_ms, FEN_NONE),
    FEN_ROW_MESSAGES(8, "lines", EVENT, lines, line_count, &fen_event_line_schema),
    /* JSON has one name for both, and the event's type tells which is meant. */
    {FEN_ROW_HEAD("line_numbers", 9, FEN_FIELD_INT64),
     .json_name = "lines",
     .offset = offsetof(EVENT, line_numbers),
     .count_offset = offsetof(EVENT, line_number_count),
     .is_repeated = true},
    FEN_ROW(10, "at", FEN_FIELD_INT64, EVENT, at_ms, FEN_NONE),
    FEN_ROW(11, "store", FEN_FIELD_TEXT, EVENT, store, 0),
    FEN_ROW(12, "channel", FEN_FIELD_TEXT, EVENT, channel, 0),
    FEN_ROW_MESSAGES(13, "servers", EVENT, servers, server_count, &fen_server_schema),
    FEN_ROW(14, "guide", FEN_FIELD_TEXT, EVENT, guide, 0),
    FEN_ROW(15, "sku", FEN_FIELD_TEXT, EVENT, sku, 0),
    FEN_ROW(16, "source", FEN_FIELD_TEXT, EVENT, source, 0),
    FEN_ROW(17, "version", FEN_FIELD_INT64, EVENT, version, 1),
    FEN_ROW(18, "currency", FEN_FIELD_TEXT, EVENT, currency, 0),
    FEN_ROW(19, "fulfil_store", FEN_FIELD_TEXT, EVENT, fulfil_store, 0),
    FEN_ROW(20, "seller", FEN_FIELD_TEXT, EVENT, seller, 0),
    FEN_ROW(21, "coupon_guide", FEN_FIELD_TEXT, EVENT, coupon_guide, 0),
    FEN_ROW_MESSAGE(22, "sharer", EVENT, sharer, &sharer_schema),
    FEN_ROW_MESSAGE(23, "live", EVENT, live, &live_schema),
    FEN_ROW(24, "refund", FEN_FIELD_TEXT, EVENT, refund, 0),
    FEN_ROW_ENUM(25, "policy", EVENT, policy, &fen_refund_policy_names),
    FEN_ROW(26, "until", FEN_FIELD_INT64, EVENT, until_ms, FEN_NONE),
    FEN_ROW(27, "recruiter", FEN_FIELD_TEXT, EVENT, recruiter, 0),
    FEN_ROW(28, "effective", FEN_FIELD_INT64, EVENT, effective_ms, FEN_NONE),
    FEN_ROW(29, "level", FEN_FIELD_TEXT, EVENT, level, 0),
    FEN_ROW(30, "kind", FEN_FIELD_TEXT, EVENT, kind, 0),
    FEN_ROW_ENUM(31, "status", EVENT, status, &fen_guide_status_names),
    FEN_ROW(32, "employer", FEN_FIELD_TEXT, EVENT, employer, 0),
    FEN_ROW_LIST(33, "customers", FEN_FIELD_TEXT, EVENT, customers, customer_count),
    FEN_ROW(34, "name", FEN_FIELD_TEXT, EVENT, name, 0),
    FEN_ROW(35, "brand", FEN_FIELD_TEXT, EVENT, brand, 0),
    FEN_ROW(36, "region", FEN_FIELD_TEXT, EVENT, region, 0),
    FEN_ROW(37, "mall", FEN_FIELD_TEXT, EVENT, mall, 0),
    FEN_ROW(38, "franchisee", FEN_FIELD_TEXT, EVENT, franchisee, 0),
    FEN_ROW(39, "manager", FEN_FIELD_TEXT, EVENT, manager, 0),
    FEN_ROW(40, "from", FEN_FIELD_TEXT, EVENT, from, 0),
    FEN_ROW(41, "to", FEN_FIELD_TEXT, EVENT, to, 0),
    FEN_ROW(42, "period", FEN_FIELD_TEXT, EVENT, period, 0),
    FEN_ROW(43, "task", FEN_FIELD_TEXT, EVENT, task, 0),
    FEN_ROW(44, "score", FEN_FIELD_SINT64, EVENT, score, FEN_NONE),
    FEN_ROW(45, "adjustment", FEN_FIELD_TEXT, EVENT, adjustment, 0),
    FEN_ROW(46, "payout", FEN_FIELD_TEXT, EVENT, payout, 0),
    FEN_ROW(47, "payee", FEN_FIELD_TEXT, EVENT, payee, 0),
    FEN_ROW(48, "amount", FEN_FIELD_SINT64, EVENT, amount_fen, FEN_NONE),
    FEN_ROW(49, "reason", FEN_FIELD_TEXT, EVENT, reason, 0),
    FEN_ROW(50, "approver", FEN_FIELD_TEXT, EVENT, approver, 0),
    FEN_ROW(51, "yaml", FEN_FIELD_TEXT, EVENT, yaml, 0),
    FEN_ROW(52, "retroactive", FEN_FIELD_BOOL, EVENT, retroactive, 0),
};
const struct fen_schema fen_event_schema = FEN_SCHEMA("Event", EVENT, event_fields);
