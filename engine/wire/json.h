/*
 * json: messages <-> JSON, by the same tables as protobuf (base/record.h).
 *
 * Writing goes straight from struct to buffer; reading by a tree (json_tree.h).
 * Absent fields are left out; entries and accounts have forms of their own (SPEC §10).
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_JSON_H
#define FEN_WIRE_JSON_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/record.h"
#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"

/* Append `text` as a JSON string with quotes; control characters, quote and backslash escaped. */
void fen_json_append_text(struct fen_buffer *out, struct fen_str text);

/* Append a JSON integer. */
void fen_json_append_integer(struct fen_buffer *out, int64_t value);

/* The longest a text becomes: every byte as \u001f, the quotes, and a word written over its end. */
#define FEN_JSON_TEXT_BYTES_MAX(text) ((size_t)(text).size * 6 + 10)
/* -9223372036854775808 */
#define FEN_JSON_INTEGER_BYTES_MAX 20u

/* Likewise, written where there is room for the longest form; they return the end. */
char *fen_json_write_text(char *cursor, struct fen_str text) FEN_MUST_USE;
char *fen_json_write_integer(char *cursor, int64_t value) FEN_MUST_USE;

/* Append the name of an enum's value as a JSON string; null for 0 and for values without a name. */
void fen_json_append_name(struct fen_buffer *out, const struct fen_names *names, uint32_t value);

/* Append `message` as a JSON object; absent fields left out. */
void fen_json_encode(const struct fen_schema *schema, const void *message, struct fen_buffer *out);

/*
 * Read a JSON object into `message_out` (cleared first): SPEC §3's rules on nulls, empty lists,
 * repeated keys, integers, depth (64). Fields the schema does not have are ignored. Texts, arrays
 * and nested structs come from `arena`; nothing borrows `bytes`.
 * Returns: as fen_record_decode.
 */
enum fen_record_status fen_json_decode(const struct fen_schema *schema, struct fen_str bytes,
                                       struct fen_arena *arena, void *message_out,
                                       struct fen_record_error *error_out) FEN_MUST_USE;

/*
 * Append an entry in SPEC §10's JSON form (every field, nulls where they do not apply, `plan` as
 * id@version), no line end.
 */
void fen_json_encode_entry(const struct fen_entry *entry, struct fen_buffer *out);

/* The same and `event_type`, null if unknown: the form of the ledger's topic and of the API. */
void fen_json_encode_ledger_entry(const struct fen_entry *entry, struct fen_buffer *out);

/*
 * Append an account in SPEC §10's JSON form: {"tenant","payee","seq","balance","by_period",
 * "by_date"}, no line end.
 */
void fen_json_encode_account(const struct fen_account *account, struct fen_buffer *out);

#endif /* FEN_WIRE_JSON_H */
