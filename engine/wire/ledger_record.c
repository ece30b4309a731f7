/* ledger_record: see ledger_record.h. */
#include "wire/ledger_record.h"

#include <string.h>

#include "wire/json.h"
#include "wire/record_form.h"

static void encode_json_entries(const struct fen_entry *entries, uint32_t count,
                                struct fen_buffer *out)
{
    fen_buffer_append_str(out, FEN_STR("\"entries\":["));
    for (uint32_t index = 0; index < count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_encode_ledger_entry(&entries[index], out);
    }
    fen_buffer_append_str(out, FEN_STR("]}"));
}

/* A bit per row of the entry's table but tenant, payee, seq and balance (rows 1, 2, 3, 6). */
#define ENTRY_FIELDS_OF_LEDGER (FEN_RECORD_ALL_FIELDS & ~UINT64_C(0x27))

void fen_ledger_record_encode(enum fen_wire wire, const struct fen_ledger_record *record,
                              struct fen_buffer *out)
{
    if (wire == FEN_WIRE_JSON) {
        fen_buffer_append_format(out, "{\"seq_first\":%llu,\"balance\":%lld,",
                                 (unsigned long long)record->seq_first,
                                 (long long)record->balance_fen);
        encode_json_entries(record->entries, record->entry_count, out);
        return;
    }
    /* What the record's key and head say stands in no entry. */
    static const struct fen_record_selection selection = {
        .fields = FEN_RECORD_ALL_FIELDS,
        .nested = &fen_entry_schema,
        .nested_fields = ENTRY_FIELDS_OF_LEDGER,
    };
    fen_record_encode_fields(&fen_ledger_schema, &selection, record, out);
}

void fen_posting_record_encode(enum fen_wire wire, const struct fen_posting_record *record,
                               struct fen_buffer *out)
{
    if (wire == FEN_WIRE_JSON)
        fen_json_encode(&fen_posting_schema, record, out);
    else
        fen_record_encode(&fen_posting_schema, record, out);
}

bool fen_posting_record_decode(enum fen_wire wire, struct fen_str value, struct fen_arena *arena,
                               struct fen_posting_record *record_out)
{
    return fen_record_form_decode(wire, &fen_posting_schema, value, arena, record_out);
}

/* In SPEC's JSON form `plan` reads id@version; the last @ parts them, since an id may have one. */
static void split_plan(struct fen_key *key)
{
    for (uint32_t at = key->plan.size; at > 0 && key->plan_version == 0; at--) {
        if (key->plan.data[at - 1] != '@')
            continue;
        for (uint32_t digit = at; digit < key->plan.size; digit++)
            key->plan_version = key->plan_version * 10 + (uint32_t)(key->plan.data[digit] - '0');
        key->plan.size = at - 1;
        return;
    }
}

bool fen_ledger_record_decode(enum fen_wire wire, struct fen_str key, struct fen_str value,
                              struct fen_arena *arena, struct fen_ledger_record *record_out)
{
    struct fen_str tenant, payee;
    if (!fen_str_split(key, &tenant, &payee) ||
        !fen_record_form_decode(wire, &fen_ledger_schema, value, arena, record_out))
        return false;
    int64_t balance_fen = record_out->balance_fen;
    for (uint32_t index = record_out->entry_count; index > 0; index--) {
        struct fen_entry *entry = &record_out->entries[index - 1];
        entry->tenant = tenant;
        entry->key.payee = payee;
        entry->seq = record_out->seq_first + index - 1;
        entry->balance_fen = balance_fen;
        balance_fen -= entry->amount_fen;
        if (wire == FEN_WIRE_JSON)
            split_plan(&entry->key);
    }
    return true;
}
