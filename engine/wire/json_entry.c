/*
 * json_entry: an entry in the form of SPEC §10: every field, in that order, null where it does not
 * apply; topics and the API add the type of its event. `fen replay` writes one for every entry:
 * room is taken once, then bytes are written.
 */
#include "model/period.h"
#include "wire/json.h"

/* Names, punctuation, integers and dates; the texts come on top. */
#define FIXED_BYTES_MAX 768u

#define LITERAL_WRITE(cursor, literal)                                                             \
    (memcpy((cursor), (literal), sizeof(literal) - 1), (cursor) + sizeof(literal) - 1)

static char *text_write(char *cursor, struct fen_str text)
{
    return fen_str_is_set(text) ? fen_json_write_text(cursor, text)
                                : LITERAL_WRITE(cursor, "null");
}

static char *integer_write(char *cursor, int64_t value, int64_t absent)
{
    return value == absent ? LITERAL_WRITE(cursor, "null") : fen_json_write_integer(cursor, value);
}

static char *enum_write(char *cursor, const struct fen_names *names, uint32_t value)
{
    return text_write(cursor, fen_str_from(value < names->count ? names->names[value] : NULL));
}

/* id@version */
static char *plan_write(char *cursor, const struct fen_key *key)
{
    if (!fen_str_is_set(key->plan))
        return LITERAL_WRITE(cursor, "null");
    cursor = fen_json_write_text(cursor, key->plan) - 1; /* its last byte is its quote */
    *cursor++ = '@';
    cursor = fen_json_write_integer(cursor, key->plan_version);
    *cursor++ = '"';
    return cursor;
}

static char *date_write(char *cursor, int32_t value,
                        size_t (*format)(int32_t, char[FEN_DATE_TEXT_BYTES]))
{
    char text[FEN_DATE_TEXT_BYTES];
    if (value == FEN_DATE_NONE)
        return LITERAL_WRITE(cursor, "null");
    return fen_json_write_text(cursor, (struct fen_str){text, (uint32_t)format(value, text)});
}

/* Who and how much. */
static char *head_write(char *cursor, const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    cursor = text_write(LITERAL_WRITE(cursor, "{\"tenant\":"), entry->tenant);
    cursor = text_write(LITERAL_WRITE(cursor, ",\"payee\":"), key->payee);
    cursor = fen_json_write_integer(LITERAL_WRITE(cursor, ",\"seq\":"), (int64_t)entry->seq);
    cursor = enum_write(LITERAL_WRITE(cursor, ",\"kind\":"), &fen_kind_names, entry->kind);
    cursor = fen_json_write_integer(LITERAL_WRITE(cursor, ",\"amount\":"), entry->amount_fen);
    cursor = fen_json_write_integer(LITERAL_WRITE(cursor, ",\"balance\":"), entry->balance_fen);
    cursor = text_write(LITERAL_WRITE(cursor, ",\"funder\":"), key->funder);
    cursor = enum_write(LITERAL_WRITE(cursor, ",\"role\":"), &fen_role_names, key->role);
    return enum_write(LITERAL_WRITE(cursor, ",\"portion\":"), &fen_role_names, key->portion);
}

/* What for, and when. */
static char *tail_write(char *cursor, const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    cursor = text_write(LITERAL_WRITE(cursor, ",\"subject\":"), entry->subject);
    cursor = integer_write(LITERAL_WRITE(cursor, ",\"line\":"), key->line, 0);
    cursor = text_write(LITERAL_WRITE(cursor, ",\"rule\":"), key->rule);
    cursor = plan_write(LITERAL_WRITE(cursor, ",\"plan\":"), key);
    cursor = fen_json_write_integer(LITERAL_WRITE(cursor, ",\"base\":"), entry->base_fen);
    cursor = integer_write(LITERAL_WRITE(cursor, ",\"rate_ppm\":"), entry->rate_ppm, FEN_NONE);
    cursor = text_write(LITERAL_WRITE(cursor, ",\"capped_by\":"), entry->capped_by);
    cursor = text_write(LITERAL_WRITE(cursor, ",\"touch\":"), entry->touch);
    cursor = date_write(LITERAL_WRITE(cursor, ",\"period\":"), key->period, fen_period_format);
    cursor = entry->is_prior ? LITERAL_WRITE(cursor, ",\"prior\":true")
                             : LITERAL_WRITE(cursor, ",\"prior\":false");
    cursor = integer_write(LITERAL_WRITE(cursor, ",\"earned_at\":"), entry->earned_ms, FEN_NONE);
    cursor = date_write(LITERAL_WRITE(cursor, ",\"available_on\":"), key->available_date,
                        fen_date_format);
    return text_write(LITERAL_WRITE(cursor, ",\"event\":"), entry->event);
}

void fen_json_encode_entry(const struct fen_entry *entry, struct fen_buffer *out)
{
    const struct fen_key *key = &entry->key;
    size_t texts = FEN_JSON_TEXT_BYTES_MAX(entry->tenant) + FEN_JSON_TEXT_BYTES_MAX(key->payee) +
                   FEN_JSON_TEXT_BYTES_MAX(key->funder) + FEN_JSON_TEXT_BYTES_MAX(entry->subject) +
                   FEN_JSON_TEXT_BYTES_MAX(key->rule) + FEN_JSON_TEXT_BYTES_MAX(key->plan) +
                   FEN_JSON_TEXT_BYTES_MAX(entry->capped_by) +
                   FEN_JSON_TEXT_BYTES_MAX(entry->touch) + FEN_JSON_TEXT_BYTES_MAX(entry->event);
    char *start = fen_buffer_reserve(out, FIXED_BYTES_MAX + texts);
    char *cursor = tail_write(head_write(start, entry), entry);
    *cursor++ = '}';
    out->size_bytes += (size_t)(cursor - start);
}

void fen_json_encode_ledger_entry(const struct fen_entry *entry, struct fen_buffer *out)
{
    fen_json_encode_entry(entry, out);
    out->size_bytes--; /* its brace: more follows */
    char *start = fen_buffer_reserve(out, FIXED_BYTES_MAX);
    char *cursor = LITERAL_WRITE(start, ",\"event_type\":");
    cursor = enum_write(cursor, &fen_event_type_names, entry->event_type);
    *cursor++ = '}';
    out->size_bytes += (size_t)(cursor - start);
}
