/* account: the field table of AccountState; numbers are those of proto/fen.proto. */
#include "model/account.h"

#define SUM struct fen_account_sum
static const struct fen_field sum_fields[] = {
    FEN_ROW(1, "period", FEN_FIELD_PERIOD, SUM, period, FEN_DATE_NONE),
    FEN_ROW_ENUM(2, "role", SUM, role, &fen_role_names),
    FEN_ROW(3, "rule", FEN_FIELD_UINT32, SUM, rule, 0),
    FEN_ROW(4, "amount", FEN_FIELD_SINT64, SUM, amount_fen, 0),
    FEN_ROW_RENAMED(5, "base_amount", "base", FEN_FIELD_SINT64, SUM, base_fen, 0),
};
static const struct fen_schema sum_schema = FEN_SCHEMA("AccountSum", SUM, sum_fields);

#define DATE struct fen_account_date
static const struct fen_field date_fields[] = {
    FEN_ROW(1, "date", FEN_FIELD_DATE, DATE, date, FEN_DATE_NONE),
    FEN_ROW(2, "amount", FEN_FIELD_SINT64, DATE, amount_fen, 0),
};
static const struct fen_schema date_schema = FEN_SCHEMA("AccountDate", DATE, date_fields);

#define FUNDER struct fen_account_funder
static const struct fen_field funder_fields[] = {
    FEN_ROW(1, "funder", FEN_FIELD_TEXT, FUNDER, funder, 0),
    FEN_ROW(2, "period", FEN_FIELD_PERIOD, FUNDER, period, FEN_DATE_NONE),
    FEN_ROW(3, "amount", FEN_FIELD_SINT64, FUNDER, amount_fen, 0),
};
static const struct fen_schema funder_schema = FEN_SCHEMA("AccountFunder", FUNDER, funder_fields);

#define MANUAL_PIN struct fen_manual_pin
static const struct fen_field manual_pin_fields[] = {
    FEN_ROW(1, "time", FEN_FIELD_INT64, MANUAL_PIN, time_ms, FEN_NONE),
    FEN_ROW(2, "publication", FEN_FIELD_INT64, MANUAL_PIN, publication, 0),
};
static const struct fen_schema manual_pin_schema =
    FEN_SCHEMA("ManualPin", MANUAL_PIN, manual_pin_fields);

#define MANUAL struct fen_manual_fact
static const struct fen_field manual_fields[] = {
    FEN_ROW_ENUM(1, "role", MANUAL, role, &fen_role_names),
    FEN_ROW(2, "id", FEN_FIELD_TEXT, MANUAL, id, 0),
    FEN_ROW(3, "amount", FEN_FIELD_SINT64, MANUAL, amount_fen, 0),
    FEN_ROW(4, "event", FEN_FIELD_TEXT, MANUAL, event, 0),
    FEN_ROW(5, "failed_event", FEN_FIELD_TEXT, MANUAL, failed_event, 0),
    FEN_ROW(6, "time", FEN_FIELD_INT64, MANUAL, time_ms, FEN_NONE),
    FEN_ROW(7, "period", FEN_FIELD_PERIOD, MANUAL, period, FEN_DATE_NONE),
    FEN_ROW_MESSAGES(8, "posted", MANUAL, posted, posted_count, &fen_posted_schema),
    FEN_ROW_MESSAGES(9, "pins", MANUAL, pins, pin_count, &manual_pin_schema),
};
static const struct fen_schema manual_schema = FEN_SCHEMA("ManualFact", MANUAL, manual_fields);

#define PERIOD_POSTED struct fen_account_posted
static const struct fen_field period_posted_fields[] = {
    FEN_ROW(1, "period", FEN_FIELD_PERIOD, PERIOD_POSTED, period, FEN_DATE_NONE),
    FEN_ROW(2, "rule", FEN_FIELD_UINT32, PERIOD_POSTED, rule, 0),
    FEN_ROW_ENUM(3, "role", PERIOD_POSTED, role, &fen_role_names),
    FEN_ROW(4, "plan_version", FEN_FIELD_UINT32, PERIOD_POSTED, plan_version, 0),
    FEN_ROW(5, "amount", FEN_FIELD_SINT64, PERIOD_POSTED, amount_fen, 0),
};
static const struct fen_schema period_posted_schema =
    FEN_SCHEMA("AccountPosted", PERIOD_POSTED, period_posted_fields);

#define RULE struct fen_account_rule
static const struct fen_field rule_fields[] = {
    FEN_ROW(1, "rule", FEN_FIELD_TEXT, RULE, rule, 0),
    FEN_ROW(2, "number", FEN_FIELD_UINT32, RULE, number, 0),
    FEN_ROW(3, "plan", FEN_FIELD_UINT32, RULE, plan, 0),
};
static const struct fen_schema rule_schema = FEN_SCHEMA("AccountRule", RULE, rule_fields);

#define ACCOUNT struct fen_account
static const struct fen_field account_fields[] = {
    FEN_ROW(1, "seq", FEN_FIELD_INT64, ACCOUNT, seq, 0),
    FEN_ROW(2, "balance", FEN_FIELD_SINT64, ACCOUNT, balance_fen, 0),
    FEN_ROW_MESSAGES(3, "sums", ACCOUNT, sums, sum_count, &sum_schema),
    FEN_ROW_MESSAGES(4, "dates", ACCOUNT, dates, date_count, &date_schema),
    FEN_ROW_MESSAGES(5, "funders", ACCOUNT, funders, funder_count, &funder_schema),
    FEN_ROW_MESSAGES(6, "manuals", ACCOUNT, manuals, manual_count, &manual_schema),
    FEN_ROW_MESSAGES(7, "marks", ACCOUNT, marks, mark_count, &fen_event_mark_schema),
    FEN_ROW_MESSAGES(8, "period_posted", ACCOUNT, period_posted, period_posted_count,
                     &period_posted_schema),
    FEN_ROW_MESSAGES(9, "rules", ACCOUNT, rules, rule_count, &rule_schema),
    FEN_ROW_LIST(10, "plans", FEN_FIELD_TEXT, ACCOUNT, plans, plan_count),
    FEN_ROW(11, "refused", FEN_FIELD_INT64, ACCOUNT, refused_count, 0),
};
const struct fen_schema fen_account_schema = FEN_SCHEMA("AccountState", ACCOUNT, account_fields);
