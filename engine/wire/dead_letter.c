/* dead_letter: see dead_letter.h. */
#include "wire/dead_letter.h"

#include "base/record_scan.h"
#include "base/utf8.h"
#include "wire/event_form.h"
#include "wire/json.h"
#include "wire/json_read.h"

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

static size_t headers_bytes(const struct fen_message *message)
{
    size_t size = 0;
    for (uint32_t index = 0; index < message->header_count; index++)
        size += (size_t)message->headers[index].name.size + message->headers[index].value.size;
    return size;
}

/* The sentence; of a record that is cut, with what it had. */
static struct fen_str sentence_of(const struct fen_message *message,
                                  const struct fen_refused *refused, struct fen_arena *arena)
{
    size_t size = headers_bytes(message);
    if (message->value.size <= FEN_DEAD_LETTER_VALUE_BYTES_MAX &&
        message->key.size <= FEN_DEAD_LETTER_KEY_BYTES_MAX &&
        size <= FEN_DEAD_LETTER_HEADERS_BYTES_MAX)
        return refused->sentence;
    return fen_arena_format(arena,
                            "%.*s (cut: of %u bytes of value, %u of key and %zu of headers the "
                            "dead letter keeps the first %u, %u and %s)",
                            FEN_STR_ARG(refused->sentence), message->value.size,
                            message->key.size, size, FEN_DEAD_LETTER_VALUE_BYTES_MAX,
                            FEN_DEAD_LETTER_KEY_BYTES_MAX,
                            size > FEN_DEAD_LETTER_HEADERS_BYTES_MAX ? "none" : "all");
}

static void cut(struct fen_str *text, uint32_t size_max)
{
    if (text->size > size_max)
        text->size = size_max;
}

/* The original's headers but ours, with room for `more_count` at the end. */
static struct fen_header *headers_copy(const struct fen_message *message, uint32_t more_count,
                                       struct fen_arena *arena, uint32_t *count_out)
{
    struct fen_header *headers =
        fen_arena_allocate(arena, (message->header_count + more_count) * sizeof *headers);
    uint32_t count = 0;
    bool are_kept = headers_bytes(message) <= FEN_DEAD_LETTER_HEADERS_BYTES_MAX;
    for (uint32_t index = 0; are_kept && index < message->header_count; index++)
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
        [MESSAGE] = sentence_of(original, refused, arena),
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
        cut(&letter_out->key, FEN_DEAD_LETTER_KEY_BYTES_MAX);
        cut(&letter_out->value, FEN_DEAD_LETTER_VALUE_BYTES_MAX);
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

/* --- whose it is ------------------------------------------------------------------------------ */

/* What can be told of an event without its form being right. */
struct owner {
    bool is_read; /* the event as such: what is not in it is absent */
    struct fen_str tenant;
    struct fen_str id;
};

/* Fields of fen.Event. */
enum { ID_NUMBER = 1, TENANT_NUMBER = 2 };

static struct fen_str json_text(const struct fen_json_value *object, const char *name,
                                struct fen_arena *arena)
{
    const struct fen_json_value *value = fen_json_member(object, name);
    bool is_text = value != NULL && value->kind == FEN_JSON_TEXT;
    return is_text ? fen_arena_copy(arena, value->text) : FEN_STR_NONE;
}

static void owner_read_json(struct fen_str bytes, struct fen_arena *arena, struct owner *owner)
{
    struct fen_json_tree tree;
    fen_json_tree_init(&tree, bytes);
    owner->is_read = tree.root != NULL;
    if (owner->is_read) {
        owner->tenant = json_text(tree.root, "tenant", arena);
        owner->id = json_text(tree.root, "id", arena);
    }
    fen_json_tree_deinit(&tree);
}

static void owner_read_protobuf(struct fen_str bytes, struct owner *owner)
{
    struct fen_record_scan scan;
    fen_record_scan_init(&scan, bytes);
    owner->is_read = true;
    while (fen_record_scan_next(&scan)) {
        if (scan.number == TENANT_NUMBER)
            owner->tenant = scan.bytes;
        else if (scan.number == ID_NUMBER)
            owner->id = scan.bytes;
    }
}

/* Codes of events that cannot be read, or must not be tried again. */
static bool is_unreadable(enum fen_refusal code)
{
    return code == FEN_REFUSAL_TOO_LARGE || code == FEN_REFUSAL_TOO_DEEP ||
           code == FEN_REFUSAL_MALFORMED || code == FEN_REFUSAL_CRASHED;
}

static struct fen_str key_tenant(struct fen_str key)
{
    const char *slash = key.size == 0 ? NULL : memchr(key.data, '/', key.size);
    return slash == NULL ? key : (struct fen_str){key.data, (uint32_t)(slash - key.data)};
}

/* Nobody has looked yet whether it is UTF-8. */
static bool is_id(struct fen_str text)
{
    return text.size > 0 && fen_utf8_is_valid(text.data, text.size) && fen_event_is_id(text);
}

void fen_dead_letter_owner(enum fen_wire wire, const struct fen_message *message,
                           enum fen_refusal code, struct fen_arena *arena,
                           struct fen_str *tenant_out, struct fen_str *id_out)
{
    struct owner owner = {.is_read = false};
    if (!is_unreadable(code) && wire == FEN_WIRE_JSON)
        owner_read_json(message->value, arena, &owner);
    else if (!is_unreadable(code))
        owner_read_protobuf(message->value, &owner);
    if (owner.is_read && !fen_str_is_set(owner.tenant))
        owner.tenant = FEN_STR("default");
    else if (!is_id(owner.tenant))
        owner.tenant = key_tenant(message->key);
    *tenant_out = is_id(owner.tenant) ? owner.tenant : FEN_STR_NONE;
    *id_out = is_id(owner.id) ? owner.id : FEN_STR_NONE;
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
