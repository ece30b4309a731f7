/* record_hash: see fen_record_hash in record.h. Each value's hash is the seed of the next. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/record.h"

/* One round of splitmix64's mixer: a bijection of the value for each seed. */
static uint64_t number_fold(uint64_t seed, int64_t value)
{
    uint64_t mixed = (seed ^ (uint64_t)value) + UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static size_t number_size_bytes(enum fen_field_kind kind)
{
    if (kind == FEN_FIELD_INT64 || kind == FEN_FIELD_SINT64)
        return sizeof(int64_t);
    return kind == FEN_FIELD_BOOL ? sizeof(bool) : sizeof(uint32_t);
}

static int64_t number_load(enum fen_field_kind kind, const char *at)
{
    int64_t wide;
    int32_t narrow;
    bool flag;
    switch (number_size_bytes(kind)) {
    case sizeof wide:
        memcpy(&wide, at, sizeof wide);
        return wide;
    case sizeof narrow:
        memcpy(&narrow, at, sizeof narrow);
        return narrow;
    default:
        memcpy(&flag, at, sizeof flag);
        return flag;
    }
}

static uint64_t message_fold(uint64_t seed, const struct fen_schema *schema, uint64_t fields,
                             const char *message, uint32_t depth);

/* One value at `at`: of a single field, or an item of a repeated one. */
static uint64_t value_fold(uint64_t seed, const struct fen_field *field, const char *at,
                           uint32_t depth)
{
    if (field->kind == FEN_FIELD_MESSAGE)
        return message_fold(seed, field->message, FEN_RECORD_ALL_FIELDS, at, depth + 1);
    if (field->kind > FEN_FIELD_BYTES)
        return number_fold(seed, number_load(field->kind, at));
    struct fen_str text;
    memcpy(&text, at, sizeof text);
    return XXH3_64bits_withSeed(text.data == NULL ? "" : text.data, text.size, seed);
}

static uint64_t list_fold(uint64_t seed, const struct fen_field *field, const char *message,
                          uint32_t depth)
{
    uint32_t count;
    const char *items;
    memcpy(&count, message + field->count_offset, sizeof count);
    memcpy(&items, message + field->offset, sizeof items);
    size_t step = field->kind == FEN_FIELD_MESSAGE ? field->message->size_bytes
                  : field->kind <= FEN_FIELD_BYTES ? sizeof(struct fen_str)
                                                   : number_size_bytes(field->kind);
    if (count > 0)
        seed ^= (uint64_t)field->number << 32 | count;
    for (uint32_t index = 0; index < count; index++)
        seed = value_fold(seed, field, items + (size_t)index * step, depth);
    return seed;
}

/* The quick answer for what points at something: most fields of an event are not there. */
static inline bool is_pointer_absent(const struct fen_field *field, const char *message)
{
    const void *pointer;
    if (field->kind != FEN_FIELD_MESSAGE && field->kind > FEN_FIELD_BYTES && !field->is_repeated)
        return false;
    memcpy(&pointer, message + field->offset, sizeof pointer);
    return pointer == NULL;
}

static uint64_t single_fold(uint64_t seed, const struct fen_field *field, const char *at,
                            uint32_t depth)
{
    const void *pointer = NULL;
    uint64_t marked = seed ^ (uint64_t)field->number << 32;
    if (field->kind == FEN_FIELD_MESSAGE) {
        memcpy(&pointer, at, sizeof pointer);
        return pointer == NULL ? seed : value_fold(marked, field, pointer, depth);
    }
    if (field->kind <= FEN_FIELD_BYTES) {
        struct fen_str text;
        memcpy(&text, at, sizeof text);
        return text.data == NULL ? seed : value_fold(marked, field, at, depth);
    }
    int64_t value = number_load(field->kind, at);
    return value == field->absent ? seed : number_fold(marked, value);
}

static uint64_t message_fold(uint64_t seed, const struct fen_schema *schema, uint64_t fields,
                             const char *message, uint32_t depth)
{
    FEN_ASSERT(depth <= FEN_RECORD_DEPTH_MAX && schema->field_count <= 63);
    fields &= (UINT64_C(1) << schema->field_count) - 1;
    for (; fields != 0; fields &= fields - 1) {
        const struct fen_field *field = &schema->fields[__builtin_ctzll(fields)];
        if (is_pointer_absent(field, message))
            continue;
        seed = field->is_repeated ? list_fold(seed, field, message, depth)
                                  : single_fold(seed, field, message + field->offset, depth);
    }
    /* Closes the message, so that a field at its end and one after it differ. */
    return number_fold(seed, depth);
}

uint32_t fen_record_hash_fields(const struct fen_schema *schema, uint64_t fields,
                                const void *message)
{
    return (uint32_t)message_fold(0, schema, fields, message, 1);
}

uint32_t fen_record_hash(const struct fen_schema *schema, const void *message)
{
    return fen_record_hash_fields(schema, FEN_RECORD_ALL_FIELDS, message);
}
