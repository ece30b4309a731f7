/* json_fields: see the header. */
#include "wire/json_fields.h"

void fen_json_next(struct fen_buffer *out)
{
    char last = out->size_bytes == 0 ? '[' : out->data[out->size_bytes - 1];
    if (last != '[' && last != '{')
        fen_buffer_append_byte(out, ',');
}

void fen_json_name(struct fen_buffer *out, const char *name)
{
    fen_json_next(out);
    fen_buffer_append_format(out, "\"%s\":", name);
}

void fen_json_open(struct fen_buffer *out, const char *name, char bracket)
{
    fen_json_name(out, name);
    fen_buffer_append_byte(out, bracket);
}

void fen_json_close(struct fen_buffer *out, char bracket)
{
    fen_buffer_append_byte(out, bracket);
}

void fen_json_text(struct fen_buffer *out, const char *name, struct fen_str text)
{
    fen_json_name(out, name);
    if (fen_str_is_set(text))
        fen_json_append_text(out, text);
    else
        fen_buffer_append_str(out, FEN_STR("null"));
}

void fen_json_integer(struct fen_buffer *out, const char *name, int64_t value)
{
    fen_json_name(out, name);
    if (value != FEN_NONE)
        fen_json_append_integer(out, value);
    else
        fen_buffer_append_str(out, FEN_STR("null"));
}

void fen_json_bool(struct fen_buffer *out, const char *name, bool value)
{
    fen_json_name(out, name);
    fen_buffer_append_str(out, value ? FEN_STR("true") : FEN_STR("false"));
}

void fen_json_word(struct fen_buffer *out, const char *name, const struct fen_names *names,
                   uint32_t value)
{
    fen_json_name(out, name);
    fen_json_append_name(out, names, value);
}
