/* entry: see entry.h. */
#include "model/entry.h"

#include <string.h>

#define ENTRY struct fen_entry
static const struct fen_field entry_fields[] = {
    FEN_ROW(1, "tenant", FEN_FIELD_TEXT, ENTRY, tenant, 0),
    FEN_ROW(2, "payee", FEN_FIELD_TEXT, ENTRY, key.payee, 0),
    FEN_ROW(3, "seq", FEN_FIELD_INT64, ENTRY, seq, 0),
    FEN_ROW_ENUM(4, "kind", ENTRY, kind, &fen_kind_names),
    FEN_ROW(5, "amount", FEN_FIELD_SINT64, ENTRY, amount_fen, 0),
    FEN_ROW(6, "balance", FEN_FIELD_SINT64, ENTRY, balance_fen, 0),
    FEN_ROW(7, "funder", FEN_FIELD_TEXT, ENTRY, key.funder, 0),
    FEN_ROW_ENUM(8, "role", ENTRY, key.role, &fen_role_names),
    FEN_ROW_ENUM(9, "portion", ENTRY, key.portion, &fen_role_names),
    FEN_ROW(10, "subject", FEN_FIELD_TEXT, ENTRY, subject, 0),
    FEN_ROW(11, "line", FEN_FIELD_INT64, ENTRY, key.line, 0),
    FEN_ROW(12, "rule", FEN_FIELD_TEXT, ENTRY, key.rule, 0),
    FEN_ROW(13, "plan", FEN_FIELD_TEXT, ENTRY, key.plan, 0),
    FEN_ROW(14, "plan_version", FEN_FIELD_UINT32, ENTRY, key.plan_version, 0),
    FEN_ROW_RENAMED(15, "base_amount", "base", FEN_FIELD_SINT64, ENTRY, base_fen, 0),
    FEN_ROW(16, "rate_ppm", FEN_FIELD_INT64, ENTRY, rate_ppm, FEN_NONE),
    FEN_ROW(17, "capped_by", FEN_FIELD_TEXT, ENTRY, capped_by, 0),
    FEN_ROW(18, "touch", FEN_FIELD_TEXT, ENTRY, touch, 0),
    FEN_ROW(19, "period", FEN_FIELD_PERIOD, ENTRY, key.period, FEN_DATE_NONE),
    FEN_ROW(20, "prior", FEN_FIELD_BOOL, ENTRY, is_prior, 0),
    FEN_ROW(21, "earned_at", FEN_FIELD_INT64, ENTRY, earned_ms, FEN_NONE),
    FEN_ROW(22, "available_on", FEN_FIELD_DATE, ENTRY, key.available_date, FEN_DATE_NONE),
    FEN_ROW(23, "event", FEN_FIELD_TEXT, ENTRY, event, 0),
    FEN_ROW_ENUM(24, "event_type", ENTRY, event_type, &fen_event_type_names),
};
const struct fen_schema fen_entry_schema = FEN_SCHEMA("Entry", ENTRY, entry_fields);

#define LEDGER struct fen_ledger_record
static const struct fen_field ledger_fields[] = {
    FEN_ROW(1, "seq_first", FEN_FIELD_INT64, LEDGER, seq_first, 0),
    FEN_ROW(2, "balance", FEN_FIELD_SINT64, LEDGER, balance_fen, 0),
    FEN_ROW_MESSAGES(3, "entries", LEDGER, entries, entry_count, &fen_entry_schema),
};
const struct fen_schema fen_ledger_schema = FEN_SCHEMA("LedgerRecord", LEDGER, ledger_fields);

#define POSTING struct fen_posting_record
static const struct fen_field posting_fields[] = {
    FEN_ROW(1, "from_partition", FEN_FIELD_UINT32, POSTING, from_partition, 0),
    FEN_ROW(2, "number", FEN_FIELD_INT64, POSTING, number, 0),
    FEN_ROW_MESSAGES(3, "entries", POSTING, entries, entry_count, &fen_entry_schema),
};
const struct fen_schema fen_posting_schema = FEN_SCHEMA("PostingRecord", POSTING, posting_fields);

/* All of a key but period and date. */
static int key_compare_identity(const struct fen_key *a, const struct fen_key *b)
{
    int order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->role > b->role) - (a->role < b->role);
    if (order == 0)
        order = fen_str_compare(a->payee, b->payee);
    if (order == 0)
        order = (a->portion > b->portion) - (a->portion < b->portion);
    if (order == 0)
        order = fen_str_compare(a->funder, b->funder);
    if (order == 0)
        order = fen_str_compare(a->rule, b->rule);
    if (order == 0)
        order = fen_str_compare(a->plan, b->plan);
    if (order == 0)
        order = (a->plan_version > b->plan_version) - (a->plan_version < b->plan_version);
    return order;
}

int fen_key_compare(const struct fen_key *a, const struct fen_key *b)
{
    int order = key_compare_identity(a, b);
    if (order == 0)
        order = (a->period > b->period) - (a->period < b->period);
    if (order == 0)
        order = (a->available_date > b->available_date) - (a->available_date < b->available_date);
    return order;
}

bool fen_key_equal_but_time(const struct fen_key *a, const struct fen_key *b)
{
    return key_compare_identity(a, b) == 0;
}

struct fen_str fen_payee_guide(struct fen_str payee)
{
    struct fen_str prefix = FEN_STR("guide:");
    if (payee.size <= prefix.size || memcmp(payee.data, prefix.data, prefix.size) != 0)
        return FEN_STR_NONE;
    return (struct fen_str){payee.data + prefix.size, payee.size - prefix.size};
}
