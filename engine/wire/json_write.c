/* json_write: struct -> JSON (json.h). Straight into the buffer, without a tree. */
#include "model/period.h"
#include "wire/json.h"

/* What follows the backslash for a byte that must be escaped, 'u' for the long form; 0: plain. */
static char escape_of(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return byte < 0x20 ? 'u' : 0;
    }
}

static char *escape_write(char *cursor, unsigned char byte, char escape)
{
    static const char digits[] = "0123456789abcdef";
    *cursor++ = '\\';
    *cursor++ = escape;
    if (escape == 'u') {
        *cursor++ = '0';
        *cursor++ = '0';
        *cursor++ = digits[byte >> 4];
        *cursor++ = digits[byte & 15];
    }
    return cursor;
}

/* Whether one of eight bytes is below 0x20, a quote or a backslash. */
static bool has_escape(uint64_t bytes)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
    uint64_t quotes = bytes ^ (ones * '"'), slashes = bytes ^ (ones * '\\');
    uint64_t found = ((bytes - ones * 0x20) & ~bytes) | ((quotes - ones) & ~quotes) |
                     ((slashes - ones) & ~slashes);
    return (found & tops) != 0;
}

/* The quick way for a text of 1 to 7 bytes: one word, of which the rest is spaces. */
static char *short_write(char *cursor, struct fen_str text)
{
    uint64_t bytes = UINT64_MAX / 255 * ' ';
    if (text.size > 0)
        memcpy(&bytes, text.data, text.size);
    if (has_escape(bytes))
        return NULL;
    memcpy(cursor, &bytes, sizeof bytes);
    return cursor + text.size;
}

static char *escaped_write(char *cursor, struct fen_str text)
{
    for (uint32_t index = 0; index < text.size; index++) {
        unsigned char byte = (unsigned char)text.data[index];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            *cursor++ = (char)byte;
        else
            cursor = escape_write(cursor, byte, escape_of(byte));
    }
    return cursor;
}

/* Eight bytes a step, the last step over some of the step before; NULL: one must be escaped. */
static char *plain_write(char *cursor, struct fen_str text)
{
    uint64_t bytes;
    if (text.size < sizeof bytes)
        return short_write(cursor, text);
    for (uint32_t index = 0;; index += sizeof bytes) {
        if (index + sizeof bytes > text.size)
            index = text.size - (uint32_t)sizeof bytes;
        memcpy(&bytes, text.data + index, sizeof bytes);
        if (has_escape(bytes))
            return NULL;
        memcpy(cursor + index, &bytes, sizeof bytes);
        if (index + sizeof bytes == text.size)
            return cursor + text.size;
    }
}

char *fen_json_write_text(char *cursor, struct fen_str text)
{
    *cursor++ = '"';
    char *end = plain_write(cursor, text);
    cursor = end != NULL ? end : escaped_write(cursor, text);
    *cursor++ = '"';
    return cursor;
}

void fen_json_append_text(struct fen_buffer *out, struct fen_str text)
{
    char *start = fen_buffer_reserve(out, FEN_JSON_TEXT_BYTES_MAX(text));
    out->size_bytes += (size_t)(fen_json_write_text(start, text) - start);
}

/* Two digits a step: "00" to "99". */
static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

char *fen_json_write_integer(char *cursor, int64_t value)
{
    char text[FEN_JSON_INTEGER_BYTES_MAX];
    char *first = text + sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; rest >= 100; rest /= 100) {
        first -= 2;
        memcpy(first, digit_pairs + 2 * (rest % 100), 2);
    }
    if (rest >= 10) {
        first -= 2;
        memcpy(first, digit_pairs + 2 * rest, 2);
    } else {
        *--first = (char)('0' + rest);
    }
    if (value < 0)
        *--first = '-';
    size_t size = (size_t)(text + sizeof text - first);
    memcpy(cursor, first, size);
    return cursor + size;
}

void fen_json_append_integer(struct fen_buffer *out, int64_t value)
{
    char *start = fen_buffer_reserve(out, FEN_JSON_INTEGER_BYTES_MAX);
    out->size_bytes += (size_t)(fen_json_write_integer(start, value) - start);
}

void fen_json_append_name(struct fen_buffer *out, const struct fen_names *names, uint32_t value)
{
    const char *name = value < names->count ? names->names[value] : NULL;
    if (name == NULL)
        fen_buffer_append(out, "null", 4);
    else
        fen_json_append_text(out, fen_str_from(name));
}

static void date_append(struct fen_buffer *out, enum fen_field_kind kind, int32_t value)
{
    char text[FEN_DATE_TEXT_BYTES];
    size_t size = kind == FEN_FIELD_PERIOD ? fen_period_format(value, text)
                                           : fen_date_format(value, text);
    fen_json_append_text(out, (struct fen_str){text, (uint32_t)size});
}

static size_t value_size_bytes(const struct fen_field *field)
{
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        return sizeof(struct fen_str);
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        return sizeof(int64_t);
    case FEN_FIELD_UINT32:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        return sizeof(uint32_t);
    case FEN_FIELD_BOOL:
        return sizeof(bool);
    case FEN_FIELD_MESSAGE:
        return field->message->size_bytes;
    }
    FEN_ASSERT(false && "no such kind");
    return 0;
}

static bool value_is_absent(const struct fen_field *field, const char *at)
{
    struct fen_str text;
    const void *pointer;
    int64_t wide;
    int32_t narrow;
    bool flag;
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        memcpy(&text, at, sizeof text);
        return text.data == NULL;
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        memcpy(&wide, at, sizeof wide);
        return wide == field->absent;
    case FEN_FIELD_UINT32:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        memcpy(&narrow, at, sizeof narrow);
        return narrow == (int32_t)field->absent;
    case FEN_FIELD_BOOL:
        memcpy(&flag, at, sizeof flag);
        return flag == (field->absent != 0);
    case FEN_FIELD_MESSAGE:
        memcpy(&pointer, at, sizeof pointer);
        return pointer == NULL;
    }
    return true;
}

static void object_append(struct fen_buffer *out, const struct fen_schema *schema,
                          const char *message, uint32_t depth);

/* One value at `at`: of a single field, or an item of a repeated one. */
static void value_append(struct fen_buffer *out, const struct fen_field *field, const char *at,
                         uint32_t depth)
{
    struct fen_str text;
    int64_t wide;
    uint32_t narrow;
    bool flag;
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        memcpy(&text, at, sizeof text);
        fen_json_append_text(out, text);
        break;
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        memcpy(&wide, at, sizeof wide);
        fen_json_append_integer(out, wide);
        break;
    case FEN_FIELD_UINT32:
        memcpy(&narrow, at, sizeof narrow);
        fen_json_append_integer(out, narrow);
        break;
    case FEN_FIELD_ENUM:
        memcpy(&narrow, at, sizeof narrow);
        fen_json_append_name(out, field->names, narrow);
        break;
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        memcpy(&narrow, at, sizeof narrow);
        date_append(out, field->kind, (int32_t)narrow);
        break;
    case FEN_FIELD_BOOL:
        memcpy(&flag, at, sizeof flag);
        fen_buffer_append(out, flag ? "true" : "false", flag ? 4 : 5);
        break;
    case FEN_FIELD_MESSAGE:
        object_append(out, field->message, at, depth + 1);
        break;
    }
}

/* {name: amount}: the item's first field is the name, its second the amount. */
static void map_append(struct fen_buffer *out, const struct fen_field *field, const char *items,
                       uint32_t count, uint32_t depth)
{
    const struct fen_field *name = &field->message->fields[0];
    const struct fen_field *amount = &field->message->fields[1];
    for (uint32_t index = 0; index < count; index++) {
        const char *item = items + (size_t)index * field->message->size_bytes;
        fen_buffer_append_byte(out, index == 0 ? '{' : ',');
        value_append(out, name, item + name->offset, depth);
        fen_buffer_append_byte(out, ':');
        value_append(out, amount, item + amount->offset, depth);
    }
    fen_buffer_append_byte(out, '}');
}

static void list_append(struct fen_buffer *out, const struct fen_field *field, const char *items,
                        uint32_t count, uint32_t depth)
{
    size_t step = value_size_bytes(field);
    for (uint32_t index = 0; index < count; index++) {
        fen_buffer_append_byte(out, index == 0 ? '[' : ',');
        value_append(out, field, items + (size_t)index * step, depth);
    }
    fen_buffer_append_byte(out, ']');
}

static void member_append(struct fen_buffer *out, const struct fen_field *field,
                          const char *message, uint32_t depth)
{
    const char *at = message + field->offset;
    const char *items = NULL;
    if (field->is_repeated || field->kind == FEN_FIELD_MESSAGE)
        memcpy(&items, at, sizeof items);
    if (!field->is_repeated) {
        value_append(out, field, field->kind == FEN_FIELD_MESSAGE ? items : at, depth);
        return;
    }
    uint32_t count;
    memcpy(&count, message + field->count_offset, sizeof count);
    if (field->is_map)
        map_append(out, field, items, count, depth);
    else
        list_append(out, field, items, count, depth);
}

static bool member_is_absent(const struct fen_field *field, const char *message)
{
    if (!field->is_repeated)
        return value_is_absent(field, message + field->offset);
    uint32_t count;
    memcpy(&count, message + field->count_offset, sizeof count);
    return count == 0;
}

static void object_append(struct fen_buffer *out, const struct fen_schema *schema,
                          const char *message, uint32_t depth)
{
    FEN_ASSERT(depth <= FEN_RECORD_DEPTH_MAX);
    bool is_first = true;
    fen_buffer_append_byte(out, '{');
    for (uint32_t index = 0; index < schema->field_count; index++) {
        const struct fen_field *field = &schema->fields[index];
        if (member_is_absent(field, message))
            continue;
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        is_first = false;
        fen_json_append_text(out, fen_str_from(fen_field_json_name(field)));
        fen_buffer_append_byte(out, ':');
        member_append(out, field, message, depth);
    }
    fen_buffer_append_byte(out, '}');
}

void fen_json_encode(const struct fen_schema *schema, const void *message, struct fen_buffer *out)
{
    object_append(out, schema, message, 1);
}
