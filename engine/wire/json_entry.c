/* json_entry: an entry in the form of SPEC §10: every field, in that order, null where it does not
 * apply. */
#include "model/period.h"
#include "wire/json.h"

static void null_append(struct fen_buffer *out)
{
    fen_buffer_append(out, "null", 4);
}

/* ,"name": */
static void name_append(struct fen_buffer *out, const char *name)
{
    fen_buffer_append(out, ",\"", 2);
    fen_buffer_append_str(out, fen_str_from(name));
    fen_buffer_append(out, "\":", 2);
}

static void text_append(struct fen_buffer *out, const char *name, struct fen_str text)
{
    name_append(out, name);
    if (fen_str_is_set(text))
        fen_json_append_text(out, text);
    else
        null_append(out);
}

static void integer_append(struct fen_buffer *out, const char *name, int64_t value, int64_t absent)
{
    name_append(out, name);
    if (value == absent)
        null_append(out);
    else
        fen_json_append_integer(out, value);
}

static void enum_append(struct fen_buffer *out, const char *name, const struct fen_names *names,
                        uint32_t value)
{
    name_append(out, name);
    fen_json_append_name(out, names, value);
}

/* id@version */
static void plan_append(struct fen_buffer *out, const struct fen_key *key)
{
    name_append(out, "plan");
    if (!fen_str_is_set(key->plan)) {
        null_append(out);
        return;
    }
    fen_json_append_text(out, key->plan);
    out->size_bytes--; /* reopens the text, whose last byte is its quote */
    fen_buffer_append_byte(out, '@');
    fen_json_append_integer(out, key->plan_version);
    fen_buffer_append_byte(out, '"');
}

static void date_append(struct fen_buffer *out, const char *name, int32_t value,
                        size_t (*format)(int32_t, char[FEN_DATE_TEXT_BYTES]))
{
    char text[FEN_DATE_TEXT_BYTES];
    name_append(out, name);
    if (value == FEN_DATE_NONE)
        null_append(out);
    else
        fen_json_append_text(out, (struct fen_str){text, (uint32_t)format(value, text)});
}

void fen_json_encode_entry(const struct fen_entry *entry, struct fen_buffer *out)
{
    const struct fen_key *key = &entry->key;
    fen_buffer_append(out, "{\"tenant\":", 10);
    fen_json_append_text(out, entry->tenant);
    text_append(out, "payee", key->payee);
    integer_append(out, "seq", (int64_t)entry->seq, FEN_NONE);
    enum_append(out, "kind", &fen_kind_names, entry->kind);
    integer_append(out, "amount", entry->amount_fen, FEN_NONE);
    integer_append(out, "balance", entry->balance_fen, FEN_NONE);
    text_append(out, "funder", key->funder);
    enum_append(out, "role", &fen_role_names, key->role);
    enum_append(out, "portion", &fen_role_names, key->portion);
    text_append(out, "subject", entry->subject);
    integer_append(out, "line", key->line, 0);
    text_append(out, "rule", key->rule);
    plan_append(out, key);
    integer_append(out, "base", entry->base_fen, FEN_NONE);
    integer_append(out, "rate_ppm", entry->rate_ppm, FEN_NONE);
    text_append(out, "capped_by", entry->capped_by);
    text_append(out, "touch", entry->touch);
    date_append(out, "period", key->period, fen_period_format);
    name_append(out, "prior");
    fen_buffer_append(out, entry->is_prior ? "true" : "false", entry->is_prior ? 4 : 5);
    integer_append(out, "earned_at", entry->earned_ms, FEN_NONE);
    date_append(out, "available_on", key->available_date, fen_date_format);
    text_append(out, "event", entry->event);
    fen_buffer_append_byte(out, '}');
}
