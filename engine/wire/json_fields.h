/*
 * json_fields: JSON objects written field by field, commas put where they belong.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_JSON_FIELDS_H
#define FEN_WIRE_JSON_FIELDS_H

#include "base/buffer.h"
#include "wire/json.h"

/* Begin an item of a list: a comma unless it is the first. */
void fen_json_next(struct fen_buffer *out);

/* Begin a field: `,"name":`. */
void fen_json_name(struct fen_buffer *out, const char *name);

/* `"name":[` or `"name":{`; fen_json_close writes `]` or `}`. */
void fen_json_open(struct fen_buffer *out, const char *name, char bracket);
void fen_json_close(struct fen_buffer *out, char bracket);

/* A whole field; absent (a text that is not set, FEN_NONE) is null. */
void fen_json_text(struct fen_buffer *out, const char *name, struct fen_str text);
void fen_json_integer(struct fen_buffer *out, const char *name, int64_t value);
void fen_json_bool(struct fen_buffer *out, const char *name, bool value);
void fen_json_word(struct fen_buffer *out, const char *name, const struct fen_names *names,
                   uint32_t value);

#endif /* FEN_WIRE_JSON_FIELDS_H */
