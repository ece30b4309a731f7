/* dead_letter: see dead_letter.h. */
#include "wire/dead_letter.h"

#include "base/utf8.h"
#include "wire/json.h"

#define HEADER_PREFIX FEN_STR("__fen.errors.")

enum header { TOPIC, PARTITION, OFFSET, TIMESTAMP, STAGE, CODE, MESSAGE };

static const char *const header_names[FEN_DEAD_LETTER_HEADER_COUNT] = {
    [TOPIC] = "__fen.errors.topic",         [PARTITION] = "__fen.errors.partition",
    [OFFSET] = "__fen.errors.offset",       [TIMESTAMP] = "__fen.errors.timestamp",
    [STAGE] = "__fen.errors.stage",         [CODE] = "__fen.errors.code",
    [MESSAGE] = "__fen.errors.message",
};

static bool is_ours(struct fen_str name)
{
    struct fen_str prefix = HEADER_PREFIX;
    return name.size >= prefix.size && memcmp(name.data, prefix.data, prefix.size) == 0;
}

/* The original's headers but ours, with room for `more_count` at the end. */
static struct fen_header *headers_copy(const struct fen_message *message, uint32_t more_count,
                                       struct fen_arena *arena, uint32_t *count_out)
{
    struct fen_header *headers =
        fen_arena_allocate(arena, (message->header_count + more_count) * sizeof *headers);
    uint32_t count = 0;
    for (uint32_t index = 0; index < message->header_count; index++)
        if (!is_ours(message->headers[index].name))
            headers[count++] = message->headers[index];
    *count_out = count;
    return headers;
}

static struct fen_str number_text(struct fen_arena *arena, int64_t number)
{
    return fen_arena_format(arena, "%lld", (long long)number);
}

static void add_headers(const struct fen_message *original, const char *stage,
                        const struct fen_refused *refused, struct fen_arena *arena,
                        struct fen_message *letter)
{
    struct fen_str values[FEN_DEAD_LETTER_HEADER_COUNT] = {
        [TOPIC] = fen_str_from(fen_topic_info(original->topic)->name),
        [PARTITION] = number_text(arena, original->partition),
        [OFFSET] = number_text(arena, original->offset),
        [TIMESTAMP] = number_text(arena, original->timestamp_ms),
        [STAGE] = fen_str_from(stage),
        [CODE] = fen_str_from(fen_refusal_name(refused->code)),
        [MESSAGE] = refused->sentence,
    };
    letter->headers =
        headers_copy(original, FEN_DEAD_LETTER_HEADER_COUNT, arena, &letter->header_count);
    for (uint32_t header = 0; header < FEN_DEAD_LETTER_HEADER_COUNT; header++)
        letter->headers[letter->header_count++] =
            (struct fen_header){fen_str_from(header_names[header]), values[header]};
}

void fen_dead_letter_make(bool is_file, const struct fen_message *original, const char *stage,
                          const struct fen_refused *refused, struct fen_arena *arena,
                          struct fen_message *letter_out)
{
    *letter_out = *original;
    letter_out->topic = FEN_TOPIC_DEAD_LETTERS;
    if (!is_file) {
        add_headers(original, stage, refused, arena, letter_out);
        return;
    }
    struct fen_buffer json = {0};
    fen_dead_letter_append_json(refused, original->offset, original->value, &json);
    letter_out->value = fen_arena_copy(arena, fen_buffer_str(&json));
    fen_buffer_deinit(&json);
}

/* A decimal number of at most 64 bits, or FEN_NONE. */
static int64_t number_parse(struct fen_str text)
{
    bool is_negative = text.size > 0 && text.data[0] == '-';
    int64_t value = 0;
    if (text.size == (is_negative ? 1u : 0u))
        return FEN_NONE;
    for (uint32_t index = is_negative; index < text.size; index++) {
        char digit = text.data[index];
        if (digit < '0' || digit > '9' || __builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, digit - '0', &value))
            return FEN_NONE;
    }
    return is_negative ? -value : value;
}

static enum fen_refusal code_find(struct fen_str name)
{
    for (uint32_t code = FEN_REFUSAL_NONE + 1; code < FEN_REFUSAL_COUNT; code++)
        if (fen_str_equal(name, fen_str_from(fen_refusal_name((enum fen_refusal)code))))
            return (enum fen_refusal)code;
    return FEN_REFUSAL_NONE;
}

static void header_read(enum header header, struct fen_str value, struct fen_dead_letter *letter)
{
    switch (header) {
    case TOPIC:
        letter->topic = value;
        break;
    case PARTITION:
        letter->partition = number_parse(value);
        break;
    case OFFSET:
        letter->offset = number_parse(value);
        break;
    case TIMESTAMP:
        letter->timestamp_ms = number_parse(value);
        break;
    case STAGE:
        letter->stage = value;
        break;
    case CODE:
        letter->code = code_find(value);
        break;
    case MESSAGE:
        letter->sentence = value;
        break;
    }
}

bool fen_dead_letter_read(const struct fen_message *message, struct fen_dead_letter *letter_out)
{
    *letter_out = (struct fen_dead_letter){
        .partition = FEN_NONE, .offset = FEN_NONE, .timestamp_ms = FEN_NONE};
    for (uint32_t index = 0; index < message->header_count; index++)
        for (uint32_t header = 0; header < FEN_DEAD_LETTER_HEADER_COUNT; header++)
            if (fen_str_equal(message->headers[index].name, fen_str_from(header_names[header])))
                header_read((enum header)header, message->headers[index].value, letter_out);
    return letter_out->code != FEN_REFUSAL_NONE;
}

struct fen_message fen_dead_letter_original(const struct fen_message *message,
                                            struct fen_arena *arena)
{
    struct fen_message original = *message;
    original.headers = headers_copy(message, 0, arena, &original.header_count);
    return original;
}

/* Append `text` as a JSON string, each byte that is not UTF-8 as U+FFFD. */
static void text_append_mended(struct fen_buffer *out, struct fen_str text)
{
    if (fen_utf8_is_valid(text.size == 0 ? "" : text.data, text.size)) {
        fen_json_append_text(out, text);
        return;
    }
    struct fen_buffer mended = {0};
    for (uint32_t index = 0; index < text.size;) {
        uint32_t code_point;
        uint32_t length = fen_utf8_read(text.data + index, text.size - index, &code_point);
        if (length == 0)
            fen_buffer_append(&mended, "\xEF\xBF\xBD", 3);
        else
            fen_buffer_append(&mended, text.data + index, length);
        index += length == 0 ? 1 : length;
    }
    fen_json_append_text(out, fen_buffer_str(&mended));
    fen_buffer_deinit(&mended);
}

void fen_dead_letter_append_json(const struct fen_refused *refused, int64_t line,
                                 struct fen_str event, struct fen_buffer *out)
{
    fen_buffer_append(out, "{\"code\":", 8);
    fen_json_append_text(out, fen_str_from(fen_refusal_name(refused->code)));
    fen_buffer_append(out, ",\"message\":", 11);
    text_append_mended(out, refused->sentence);
    fen_buffer_append(out, ",\"line\":", 8);
    fen_json_append_integer(out, line);
    fen_buffer_append(out, ",\"event\":", 9);
    text_append_mended(out, event);
    fen_buffer_append_byte(out, '}');
}
