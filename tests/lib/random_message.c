/* random_message: see random_message.h. */
#include "lib/random_message.h"

#include <string.h>

#define LIST_COUNT_MAX 3

uint64_t fen_random_next(uint64_t *state)
{
    uint64_t value = (*state += UINT64_C(0x9e3779b97f4a7c15));
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

uint32_t fen_random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(fen_random_next(state) % bound);
}

static struct fen_str random_text(struct fen_arena *arena, uint64_t *state)
{
    static const char *const pieces[] = {"a", "G1001", "护肤", "\"", "\\", "\n", "\x1f", "/", "é",
                                         "😀", " ", "guide:", "\x7f", "order-2026"};
    char text[256];
    uint32_t size = 0;
    for (uint32_t piece = fen_random_below(state, 16); piece > 0; piece--) {
        const char *chosen = pieces[fen_random_below(state, sizeof pieces / sizeof *pieces)];
        memcpy(text + size, chosen, strlen(chosen));
        size += (uint32_t)strlen(chosen);
    }
    return fen_arena_copy(arena, (struct fen_str){text, size});
}

/* Small, large, negative, at an end: each often enough. FEN_NONE is nobody's value. */
static int64_t random_wide(uint64_t *state)
{
    uint64_t bits = fen_random_next(state) >> fen_random_below(state, 64);
    int64_t value = (int64_t)(fen_random_below(state, 3) == 0 ? 0 - bits : bits);
    return value == FEN_NONE ? INT64_MAX : value;
}

static uint32_t random_enum(const struct fen_names *names, uint64_t *state)
{
    uint32_t value = 0;
    while (names->names[value] == NULL)
        value = fen_random_below(state, names->count);
    return value;
}

static void random_number(const struct fen_field *field, char *at, uint64_t *state)
{
    int64_t wide = random_wide(state);
    int32_t narrow = (int32_t)fen_random_next(state);
    bool flag = fen_random_below(state, 2) == 1;
    if (field->kind == FEN_FIELD_ENUM)
        narrow = (int32_t)random_enum(field->names, state);
    if (field->kind == FEN_FIELD_PERIOD)
        narrow = (int32_t)(1970 * 12 + fen_random_below(state, 8000 * 12));
    if (field->kind == FEN_FIELD_DATE)
        narrow = (int32_t)fen_random_below(state, 2900000);
    if (field->kind == FEN_FIELD_INT64 || field->kind == FEN_FIELD_SINT64)
        memcpy(at, &wide, sizeof wide);
    else if (field->kind == FEN_FIELD_BOOL)
        memcpy(at, &flag, sizeof flag);
    else
        memcpy(at, &narrow, sizeof narrow);
}

static size_t item_size_bytes(const struct fen_field *field)
{
    if (field->kind == FEN_FIELD_MESSAGE)
        return field->message->size_bytes;
    if (field->kind == FEN_FIELD_TEXT || field->kind == FEN_FIELD_BYTES)
        return sizeof(struct fen_str);
    if (field->kind == FEN_FIELD_INT64 || field->kind == FEN_FIELD_SINT64)
        return sizeof(int64_t);
    return field->kind == FEN_FIELD_BOOL ? sizeof(bool) : sizeof(uint32_t);
}

static void random_value(const struct fen_field *field, char *at, struct fen_arena *arena,
                         uint64_t *state)
{
    if (field->kind == FEN_FIELD_MESSAGE) {
        fen_random_message(field->message, at, arena, state);
    } else if (field->kind == FEN_FIELD_TEXT || field->kind == FEN_FIELD_BYTES) {
        struct fen_str text = random_text(arena, state);
        memcpy(at, &text, sizeof text);
    } else {
        random_number(field, at, state);
    }
}

void fen_random_message(const struct fen_schema *schema, void *message, struct fen_arena *arena,
                        uint64_t *state)
{
    fen_record_clear(schema, message);
    for (uint32_t index = 0; index < schema->field_count; index++) {
        const struct fen_field *field = &schema->fields[index];
        char *at = (char *)message + field->offset;
        uint32_t count = fen_random_below(state, field->is_repeated ? LIST_COUNT_MAX + 1 : 2);
        if (count == 0)
            continue;
        if (!field->is_repeated && field->kind != FEN_FIELD_MESSAGE) {
            random_value(field, at, arena, state);
            continue;
        }
        char *items = fen_arena_allocate(arena, count * item_size_bytes(field));
        for (uint32_t item = 0; item < count; item++)
            random_value(field, items + item * item_size_bytes(field), arena, state);
        memcpy(at, &items, sizeof items);
        if (field->is_repeated)
            memcpy((char *)message + field->count_offset, &count, sizeof count);
    }
}
