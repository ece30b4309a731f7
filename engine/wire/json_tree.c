/* json_tree: see json_tree.h. A parser by recursion, at most FEN_JSON_DEPTH_MAX deep. */
#include "wire/json_tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "model/event.h"

#define CHUNK_BYTES ((size_t)8 << 10)

struct parser {
    const char *start, *cursor, *end;
    struct fen_arena *arena;
    const char *reason;
};

static bool fail(struct parser *parser, const char *reason)
{
    if (parser->reason == NULL)
        parser->reason = reason;
    return false;
}

static void skip_space(struct parser *parser)
{
    while (parser->cursor < parser->end &&
           (*parser->cursor == ' ' || *parser->cursor == '\t' || *parser->cursor == '\n' ||
            *parser->cursor == '\r'))
        parser->cursor++;
}

/* The next byte that is no white space; 0 at the end, which is no byte of JSON's either. */
static char peek(struct parser *parser)
{
    skip_space(parser);
    return parser->cursor < parser->end ? *parser->cursor : '\0';
}

static bool is_digit(const struct parser *parser)
{
    return parser->cursor < parser->end && *parser->cursor >= '0' && *parser->cursor <= '9';
}

/* --- texts ---------------------------------------------------------------------------------- */

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Behind "\u": four digits. */
static bool unit_read(struct parser *parser, uint32_t *unit_out)
{
    *unit_out = 0;
    for (int i = 0; i < 4; i++) {
        int digit = parser->cursor < parser->end ? hex_value(*parser->cursor) : -1;
        if (digit < 0)
            return fail(parser, "\\u wants four hexadecimal digits");
        *unit_out = *unit_out << 4 | (uint32_t)digit;
        parser->cursor++;
    }
    return true;
}

static char *code_point_write(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* Behind "\u": one unit, or two that are a pair. */
static bool unicode_read(struct parser *parser, char **to)
{
    uint32_t code, low;
    if (!unit_read(parser, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        bool has_second = parser->end - parser->cursor >= 2 && parser->cursor[0] == '\\' &&
                          parser->cursor[1] == 'u';
        if (!has_second)
            return fail(parser, "half of a surrogate pair");
        parser->cursor += 2;
        if (!unit_read(parser, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(parser, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        return fail(parser, "half of a surrogate pair");
    }
    *to = code_point_write(*to, code);
    return true;
}

/* Behind a backslash. What it stands for is never longer than it is written. */
static bool escape_read(struct parser *parser, char **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (parser->cursor == parser->end)
        return fail(parser, "a text is not ended");
    char byte = *parser->cursor++;
    if (byte == 'u')
        return unicode_read(parser, to);
    const char *found = byte == '\0' ? NULL : strchr(names, byte);
    if (found == NULL)
        return fail(parser, "an escape that JSON does not have");
    *(*to)++ = values[found - names];
    return true;
}

/*
 * Past ASCII without quotes, backslashes and control characters, eight bytes at a time: the first
 * byte of a word that is none of it has the lowest high bit of `stops`.
 */
static const char *plain_words_skip(const char *cursor, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");
    while (end - cursor >= 8) {
        uint64_t word;
        memcpy(&word, cursor, sizeof word);
        uint64_t quotes = (word ^ ones * '"') - ones, backslashes = (word ^ ones * '\\') - ones;
        uint64_t stops = (word | (word - ones * 0x20) | quotes | backslashes) & highs;
        if (stops != 0)
            return cursor + __builtin_ctzll(stops) / 8;
        cursor += sizeof word;
    }
    return cursor;
}

/* Up to the next quote or backslash: the bytes as they stand. */
static bool plain_skip(struct parser *parser)
{
    for (;;) {
        parser->cursor = plain_words_skip(parser->cursor, parser->end);
        if (parser->cursor == parser->end)
            break;
        unsigned char byte = (unsigned char)*parser->cursor;
        uint32_t code;
        if (byte == '"' || byte == '\\')
            return true;
        if (byte < 0x20)
            return fail(parser, "a control character in a text");
        uint32_t size = byte < 0x80 ? 1
                                    : fen_utf8_read(parser->cursor,
                                                    (size_t)(parser->end - parser->cursor), &code);
        if (size == 0)
            return fail(parser, "not UTF-8");
        parser->cursor += size;
    }
    return fail(parser, "a text is not ended");
}

/* The first escape has been met: the text is put together in the arena. */
static bool escaped_read(struct parser *parser, const char *from, struct fen_str *text_out)
{
    const char *end = parser->cursor;
    while (end < parser->end && *end != '"')
        end += *end == '\\' && end + 1 < parser->end ? 2 : 1;
    char *bytes = fen_arena_allocate(parser->arena, (size_t)(end - from) + 1);
    char *to = bytes;
    for (;;) {
        memcpy(to, from, (size_t)(parser->cursor - from));
        to += parser->cursor - from;
        if (*parser->cursor == '"')
            break;
        parser->cursor++;
        if (!escape_read(parser, &to))
            return false;
        from = parser->cursor;
        if (!plain_skip(parser))
            return false;
    }
    *text_out = (struct fen_str){bytes, (uint32_t)(to - bytes)};
    parser->cursor++;
    return true;
}

/* At the opening quote. */
static bool text_read(struct parser *parser, struct fen_str *text_out)
{
    const char *from = ++parser->cursor;
    if (!plain_skip(parser))
        return false;
    if (*parser->cursor == '\\')
        return escaped_read(parser, from, text_out);
    *text_out = (struct fen_str){from, (uint32_t)(parser->cursor - from)};
    parser->cursor++;
    return true;
}

/* --- numbers -------------------------------------------------------------------------------- */

static bool digits_skip(struct parser *parser)
{
    if (!is_digit(parser))
        return fail(parser, "a digit is missing");
    while (is_digit(parser))
        parser->cursor++;
    return true;
}

/* Its fraction and exponent, if any; then it is no integer. */
static bool fraction_skip(struct parser *parser, bool *is_integer)
{
    if (parser->cursor < parser->end && *parser->cursor == '.') {
        *is_integer = false;
        parser->cursor++;
        if (!digits_skip(parser))
            return false;
    }
    if (parser->cursor < parser->end && (*parser->cursor == 'e' || *parser->cursor == 'E')) {
        *is_integer = false;
        parser->cursor++;
        if (parser->cursor < parser->end && (*parser->cursor == '+' || *parser->cursor == '-'))
            parser->cursor++;
        return digits_skip(parser);
    }
    return true;
}

/* Digits as an integer; downwards, where there is one more of them. Returns: whether it fits. */
static bool integer_of(const char *from, const char *end, bool is_negative, int64_t *integer_out)
{
    int64_t integer = 0;
    for (const char *digit = from; digit < end; digit++) {
        if (__builtin_mul_overflow(integer, 10, &integer) ||
            __builtin_sub_overflow(integer, *digit - '0', &integer))
            return false;
    }
    *integer_out = integer;
    return is_negative || !__builtin_sub_overflow(0, integer, integer_out);
}

/* A number with fraction or exponent: whether a double holds it. */
static bool is_in_range(const struct parser *parser, const char *from)
{
    struct fen_str text = {from, (uint32_t)(parser->cursor - from)};
    return isfinite(strtod(fen_arena_format(parser->arena, "%.*s", FEN_STR_ARG(text)).data, NULL));
}

static bool number_read(struct parser *parser, struct fen_json_value *value)
{
    bool is_negative = *parser->cursor == '-';
    if (is_negative)
        parser->cursor++;
    const char *from = parser->cursor;
    if (!digits_skip(parser))
        return false;
    if (*from == '0' && parser->cursor - from > 1)
        return fail(parser, "a number begins with 0");
    const char *end = parser->cursor;
    bool is_integer = true;
    value->integer = 0;
    if (!fraction_skip(parser, &is_integer))
        return false;
    value->kind = is_integer ? FEN_JSON_INTEGER : FEN_JSON_NUMBER;
    bool is_held = is_integer ? integer_of(from, end, is_negative, &value->integer)
                              : is_in_range(parser, from);
    return is_held || fail(parser, "a number beyond 64 bits");
}

/* --- values --------------------------------------------------------------------------------- */

static bool value_read(struct parser *parser, struct fen_json_value *value, uint32_t depth);

static bool word_read(struct parser *parser, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(parser->end - parser->cursor) < size ||
        memcmp(parser->cursor, word, size) != 0)
        return fail(parser, "a word that JSON does not have");
    parser->cursor += size;
    return true;
}

/* "name": */
static bool name_read(struct parser *parser, struct fen_str *name_out)
{
    if (peek(parser) != '"')
        return fail(parser, "a member's name is missing");
    if (!text_read(parser, name_out))
        return false;
    if (peek(parser) != ':')
        return fail(parser, "':' is missing");
    parser->cursor++;
    return true;
}

/* At the opening bracket: items or members, up to and with the closing one. */
static bool nest_read(struct parser *parser, struct fen_json_value *value, char closing,
                      uint32_t depth)
{
    struct fen_json_value **link = &value->first;
    value->first = NULL;
    value->count = 0;
    if (depth > FEN_JSON_DEPTH_MAX)
        return fail(parser, "nested too deep");
    parser->cursor++;
    if (peek(parser) == closing) {
        parser->cursor++;
        return true;
    }
    for (;;) {
        struct fen_json_value *next = fen_arena_allocate(parser->arena, sizeof *next);
        next->name = FEN_STR_NONE;
        next->place = value->count;
        if (closing == '}' && !name_read(parser, &next->name))
            return false;
        if (!value_read(parser, next, depth))
            return false;
        *link = next;
        link = &next->next;
        value->count++;
        char byte = peek(parser);
        if (byte != ',' && byte != closing)
            return fail(parser, "',' or a closing bracket is missing");
        parser->cursor++;
        if (byte == closing)
            return true;
    }
}

/* `depth`: of the brackets around it. */
static bool value_read(struct parser *parser, struct fen_json_value *value, uint32_t depth)
{
    value->next = NULL;
    value->count = 0;
    switch (peek(parser)) {
    case '{':
        value->kind = FEN_JSON_OBJECT;
        return nest_read(parser, value, '}', depth + 1);
    case '[':
        value->kind = FEN_JSON_LIST;
        return nest_read(parser, value, ']', depth + 1);
    case '"':
        value->kind = FEN_JSON_TEXT;
        return text_read(parser, &value->text);
    case 't':
    case 'f':
        value->kind = FEN_JSON_BOOL;
        value->is_true = *parser->cursor == 't';
        return word_read(parser, value->is_true ? "true" : "false");
    case 'n':
        value->kind = FEN_JSON_NULL;
        return word_read(parser, "null");
    default:
        if (is_digit(parser) || (parser->cursor < parser->end && *parser->cursor == '-'))
            return number_read(parser, value);
        return fail(parser, "a value is missing");
    }
}

/* How deep brackets nest at the most, texts left out; of what may not be JSON. */
static uint32_t depth_scan(struct fen_str bytes)
{
    uint32_t depth = 0;
    uint32_t deepest = 0;
    bool is_text = false;
    for (uint32_t index = 0; index < bytes.size; index++) {
        char byte = bytes.data[index];
        if (is_text && byte == '\\') {
            index++;
        } else if (byte == '"') {
            is_text = !is_text;
        } else if (!is_text && (byte == '{' || byte == '[')) {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if (!is_text && (byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

void fen_json_tree_init(struct fen_json_tree *tree, struct fen_str bytes)
{
    const char *start = bytes.size == 0 ? "" : bytes.data;
    struct parser parser = {.start = start,
                            .cursor = start,
                            .end = start + bytes.size,
                            .arena = fen_arena_create(CHUNK_BYTES)};
    *tree = (struct fen_json_tree){.arena = parser.arena};
    struct fen_json_value *root = fen_arena_allocate(parser.arena, sizeof *root);
    root->name = FEN_STR_NONE;
    root->place = 0;
    bool is_read = value_read(&parser, root, 0);
    skip_space(&parser);
    if (is_read && parser.cursor < parser.end)
        is_read = fail(&parser, "something stands behind its end");
    if (is_read && root->kind != FEN_JSON_OBJECT)
        is_read = fail(&parser, "not an object");
    if (is_read)
        tree->root = root;
    else
        tree->is_too_deep = depth_scan(bytes) > FEN_JSON_DEPTH_MAX;
    tree->reason = parser.reason;
    tree->at = (uint32_t)(parser.cursor - parser.start);
}

void fen_json_tree_deinit(struct fen_json_tree *tree)
{
    fen_arena_destroy(tree->arena);
    *tree = (struct fen_json_tree){0};
}

const struct fen_json_value *fen_json_find(const struct fen_json_value *object,
                                           struct fen_str name)
{
    const struct fen_json_value *found = NULL;
    if (object->kind != FEN_JSON_OBJECT)
        return NULL;
    for (const struct fen_json_value *member = object->first; member != NULL;
         member = member->next) {
        if (fen_str_equal(member->name, name))
            found = member;
    }
    return found;
}
