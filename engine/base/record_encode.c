/*
 * record_encode: struct -> protobuf bytes.
 *
 * Forward and in one pass: a nested message leaves one byte for its size, which nearly always
 * suffices; a message of 128 bytes or more is moved up to make room. Cheaper than a pass that only
 * measures, because most of what nests is smaller than that.
 */
#include "base/record.h"
#include "base/varint.h"

/* A tag (at most 5 bytes) and a varint (at most 10). */
#define NUMBER_BYTES_MAX 15u

/* Make room for `more_bytes` at `cursor`, which moves when the buffer does. */
static inline char *room(struct fen_buffer *out, char *cursor, size_t more_bytes)
{
    if ((size_t)(out->data + out->capacity_bytes - cursor) >= more_bytes)
        return cursor;
    out->size_bytes = (size_t)(cursor - out->data);
    return fen_buffer_reserve(out, more_bytes);
}

/* Touches two bytes. */
static inline char *tag_write(char *cursor, const struct fen_field *field)
{
    memcpy(cursor, field->tag, sizeof field->tag);
    return cursor + field->tag_size_bytes;
}

/* The varint that stands for the number at `at`, and whether it is there. */
static inline bool number_load(const struct fen_field *field, const char *at, uint64_t *varint_out)
{
    enum fen_field_kind kind = field->kind;
    if (kind == FEN_FIELD_INT64 || kind == FEN_FIELD_SINT64) {
        int64_t wide;
        memcpy(&wide, at, sizeof wide);
        *varint_out = kind == FEN_FIELD_SINT64 ? fen_varint_zigzag(wide) : (uint64_t)wide;
        return wide != field->absent;
    }
    if (kind == FEN_FIELD_BOOL) {
        bool flag;
        memcpy(&flag, at, sizeof flag);
        *varint_out = flag;
        return (int64_t)flag != field->absent;
    }
    int32_t narrow;
    memcpy(&narrow, at, sizeof narrow);
    bool is_signed = kind == FEN_FIELD_PERIOD || kind == FEN_FIELD_DATE;
    *varint_out = is_signed ? fen_varint_zigzag(narrow) : (uint32_t)narrow;
    return is_signed ? narrow != field->absent : (uint32_t)narrow != (uint64_t)field->absent;
}

/* A text at `cursor`, and room for `more_bytes` after it. */
static inline char *text_write(struct fen_buffer *out, char *cursor, const struct fen_field *field,
                               struct fen_str text, size_t more_bytes)
{
    cursor = room(out, cursor, NUMBER_BYTES_MAX + (size_t)text.size + more_bytes);
    cursor = tag_write(cursor, field);
    cursor = fen_varint_write(cursor, text.size);
    return fen_str_write(cursor, text);
}

/* What a writer goes by. */
struct writer {
    struct fen_buffer *out;
    const struct fen_record_selection *selection;
};

static char *message_write(const struct writer *writer, char *cursor,
                           const struct fen_schema *schema, uint64_t fields, const char *message,
                           uint32_t depth);

/* Put the size of what was written since `start` (the byte after the one left for it). */
static char *size_close(struct fen_buffer *out, char *cursor, size_t start)
{
    size_t size_bytes = (size_t)(cursor - out->data) - start;
    if (size_bytes < 0x80) {
        out->data[start - 1] = (char)(unsigned char)size_bytes;
        return cursor;
    }
    char size_text[FEN_VARINT_BYTES_MAX];
    size_t size_width = (size_t)(fen_varint_write(size_text, size_bytes) - size_text);
    cursor = room(out, cursor, size_width - 1);
    char *from = out->data + start;
    memmove(from + size_width - 1, from, size_bytes);
    memcpy(from - 1, size_text, size_width);
    return cursor + size_width - 1;
}

static char *nested_write(const struct writer *writer, char *cursor,
                          const struct fen_field *field, const char *message, uint32_t depth)
{
    cursor = room(writer->out, cursor, NUMBER_BYTES_MAX);
    cursor = tag_write(cursor, field);
    size_t start = (size_t)(cursor + 1 - writer->out->data);
    uint64_t fields = fen_record_selected(writer->selection, field->message);
    cursor = message_write(writer, cursor + 1, field->message, fields, message, depth + 1);
    return size_close(writer->out, cursor, start);
}

static size_t number_size_bytes(enum fen_field_kind kind)
{
    if (kind == FEN_FIELD_INT64 || kind == FEN_FIELD_SINT64)
        return sizeof(int64_t);
    return kind == FEN_FIELD_BOOL ? sizeof(bool) : sizeof(uint32_t);
}

static char *list_write(const struct writer *writer, char *cursor, const struct fen_field *field,
                        const char *items, uint32_t count, uint32_t depth)
{
    struct fen_buffer *out = writer->out;
    for (uint32_t index = 0; index < count; index++) {
        if (field->kind == FEN_FIELD_MESSAGE) {
            cursor = nested_write(writer, cursor, field,
                                  items + (size_t)index * field->message->size_bytes, depth);
        } else if (field->kind <= FEN_FIELD_BYTES) {
            struct fen_str text;
            memcpy(&text, items + (size_t)index * sizeof text, sizeof text);
            cursor = text_write(out, cursor, field, text, 0);
        } else {
            /* An item equal to `absent` is an item all the same. */
            uint64_t varint;
            (void)number_load(field, items + (size_t)index * number_size_bytes(field->kind),
                              &varint);
            cursor = room(out, cursor, NUMBER_BYTES_MAX);
            cursor = tag_write(cursor, field);
            cursor = fen_varint_write(cursor, varint);
        }
    }
    return cursor;
}

/* A repeated field or a nested message, if it is there. */
static char *composite_write(const struct writer *writer, char *cursor,
                             const struct fen_field *field, const char *message, uint32_t depth)
{
    const char *items;
    memcpy(&items, message + field->offset, sizeof items);
    uint32_t count = items != NULL;
    if (!field->is_repeated)
        return count == 0 ? cursor : nested_write(writer, cursor, field, items, depth);
    memcpy(&count, message + field->count_offset, sizeof count);
    return list_write(writer, cursor, field, items, count, depth);
}

/* Keeps room for a number in each field still to come, so that numbers need not ask. */
static char *message_write(const struct writer *writer, char *cursor,
                           const struct fen_schema *schema, uint64_t fields, const char *message,
                           uint32_t depth)
{
    FEN_ASSERT(depth <= FEN_RECORD_DEPTH_MAX);
    struct fen_buffer *out = writer->out;
    size_t rest_bytes = (size_t)schema->field_count * NUMBER_BYTES_MAX;
    cursor = room(out, cursor, rest_bytes);
    const struct fen_field *end = schema->fields + schema->field_count;
    for (const struct fen_field *field = schema->fields; field < end; field++, fields >>= 1) {
        rest_bytes -= NUMBER_BYTES_MAX;
        if ((fields & 1) == 0)
            continue;
        if (field->is_repeated || field->kind == FEN_FIELD_MESSAGE) {
            cursor = composite_write(writer, cursor, field, message, depth);
            cursor = room(out, cursor, rest_bytes);
        } else if (field->kind <= FEN_FIELD_BYTES) {
            struct fen_str text;
            memcpy(&text, message + field->offset, sizeof text);
            if (text.data != NULL)
                cursor = text_write(out, cursor, field, text, rest_bytes);
        } else {
            uint64_t varint;
            if (!number_load(field, message + field->offset, &varint))
                continue;
            cursor = tag_write(cursor, field);
            cursor = fen_varint_write(cursor, varint);
        }
    }
    return cursor;
}

void fen_record_encode_fields(const struct fen_schema *schema,
                              const struct fen_record_selection *selection, const void *message,
                              struct fen_buffer *out)
{
    FEN_ASSERT(schema->field_count <= 64);
    struct writer writer = {out, selection};
    char *cursor = fen_buffer_reserve(out, NUMBER_BYTES_MAX);
    cursor = message_write(&writer, cursor, schema, selection->fields, message, 1);
    out->size_bytes = (size_t)(cursor - out->data);
}

void fen_record_encode(const struct fen_schema *schema, const void *message,
                       struct fen_buffer *out)
{
    static const struct fen_record_selection all = {.fields = FEN_RECORD_ALL_FIELDS};
    fen_record_encode_fields(schema, &all, message, out);
}
