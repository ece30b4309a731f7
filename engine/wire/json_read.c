/* json_read: see json_read.h. */
#include "wire/json_read.h"

#include <stdlib.h>

#include "model/event.h"
#include "model/period.h"
#include "model/role.h"
#include "wire/json.h"

struct reader {
    struct fen_arena *arena;
    const struct fen_record_selection *selection;
    const struct fen_field *unknown_enum; /* the first with a name that is not known */
    struct fen_record_error error;
};

/* SPEC §3: a null or an empty list is the same as an absent field. */
static bool is_absent(const struct fen_json_value *value)
{
    return value == NULL || value->kind == FEN_JSON_NULL ||
           (value->kind == FEN_JSON_LIST && value->count == 0);
}

const struct fen_json_value *fen_json_member(const struct fen_json_value *object, const char *name)
{
    const struct fen_json_value *value = fen_json_find(object, fen_str_from(name));
    return is_absent(value) ? NULL : value;
}

static bool fail(struct reader *reader, enum fen_record_status status,
                 const struct fen_field *field, const char *reason)
{
    reader->error = (struct fen_record_error){status, field, reason};
    return false;
}

static bool text_read(struct reader *reader, const struct fen_field *field,
                      const struct fen_json_value *value, struct fen_str *text_out)
{
    if (value->kind != FEN_JSON_TEXT)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a text");
    *text_out = fen_arena_copy(reader->arena, value->text);
    return true;
}

static bool integer_read(struct reader *reader, const struct fen_field *field,
                         const struct fen_json_value *value, int64_t *integer_out)
{
    if (value->kind != FEN_JSON_INTEGER)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be an integer of 64 bits");
    int64_t integer = value->integer;
    /* The smallest number stands for absence; its neighbour is as far out of bounds. */
    if (integer == FEN_NONE && field->absent == FEN_NONE)
        integer = FEN_NONE + 1;
    *integer_out = integer;
    return true;
}

static bool int64_read(struct reader *reader, const struct fen_field *field,
                       const struct fen_json_value *value, char *at)
{
    int64_t integer;
    if (!integer_read(reader, field, value, &integer))
        return false;
    memcpy(at, &integer, sizeof integer);
    return true;
}

static bool uint32_read(struct reader *reader, const struct fen_field *field,
                        const struct fen_json_value *value, char *at)
{
    int64_t integer;
    if (!integer_read(reader, field, value, &integer))
        return false;
    if (integer < 0 || integer > UINT32_MAX)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be an integer of 32 bits");
    uint32_t narrow = (uint32_t)integer;
    memcpy(at, &narrow, sizeof narrow);
    return true;
}

static bool bool_read(struct reader *reader, const struct fen_field *field,
                      const struct fen_json_value *value, char *at)
{
    if (value->kind != FEN_JSON_BOOL)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be true or false");
    memcpy(at, &value->is_true, sizeof value->is_true);
    return true;
}

/* One without a name is noted, and the field stays absent. */
static bool enum_read(struct reader *reader, const struct fen_field *field,
                      const struct fen_json_value *value, char *at)
{
    struct fen_str name;
    if (!text_read(reader, field, value, &name))
        return false;
    int found = fen_names_find(field->names, name);
    if (found == 0 && reader->unknown_enum == NULL)
        reader->unknown_enum = field;
    memcpy(at, &found, sizeof found);
    return true;
}

static bool date_read(struct reader *reader, const struct fen_field *field,
                      const struct fen_json_value *value, char *at)
{
    struct fen_str text;
    int32_t date;
    if (!text_read(reader, field, value, &text))
        return false;
    if (field->kind == FEN_FIELD_PERIOD && !fen_period_parse(text, &date))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a month YYYY-MM");
    if (field->kind == FEN_FIELD_DATE && !fen_date_parse(text, &date))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a date YYYY-MM-DD");
    memcpy(at, &date, sizeof date);
    return true;
}

static bool object_read(struct reader *reader, const struct fen_schema *schema, uint64_t fields,
                        const struct fen_json_value *object, char *message, uint32_t depth);

/* One value into `at`: of a single field (not a message), or an item of a list. */
static bool value_read(struct reader *reader, const struct fen_field *field,
                       const struct fen_json_value *value, char *at, uint32_t depth)
{
    struct fen_str text = FEN_STR_NONE;
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        if (!text_read(reader, field, value, &text))
            return false;
        memcpy(at, &text, sizeof text);
        return true;
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        return int64_read(reader, field, value, at);
    case FEN_FIELD_UINT32:
        return uint32_read(reader, field, value, at);
    case FEN_FIELD_BOOL:
        return bool_read(reader, field, value, at);
    case FEN_FIELD_ENUM:
        return enum_read(reader, field, value, at);
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        return date_read(reader, field, value, at);
    case FEN_FIELD_MESSAGE:
        if (value->kind != FEN_JSON_OBJECT)
            return fail(reader, FEN_RECORD_MALFORMED, field, "must be an object");
        return object_read(reader, field->message,
                           fen_record_selected(reader->selection, field->message), value, at,
                           depth + 1);
    }
    FEN_ASSERT(false && "no such kind");
    return false;
}

static size_t item_size_bytes(const struct fen_field *field)
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

static void list_store(const struct fen_field *field, const char *items, uint32_t count,
                       char *message)
{
    memcpy(message + field->offset, &items, sizeof items);
    memcpy(message + field->count_offset, &count, sizeof count);
}

static bool list_read(struct reader *reader, const struct fen_field *field,
                      const struct fen_json_value *value, char *message, uint32_t depth)
{
    if (value->kind != FEN_JSON_LIST)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a list");
    uint32_t count = value->count, index = 0;
    size_t item_bytes = item_size_bytes(field);
    char *items = fen_arena_allocate(reader->arena, count * item_bytes);
    for (const struct fen_json_value *item = value->first; item != NULL; item = item->next) {
        if (item->kind == FEN_JSON_NULL)
            return fail(reader, FEN_RECORD_MALFORMED, field, "null inside a list");
        if (!value_read(reader, field, item, items + index++ * item_bytes, depth))
            return false;
    }
    list_store(field, items, count, message);
    return true;
}

/* By name, those of one name as they came. */
static int compare_members(const void *a, const void *b)
{
    const struct fen_json_value *left = *(const struct fen_json_value *const *)a;
    const struct fen_json_value *right = *(const struct fen_json_value *const *)b;
    int order = fen_str_compare(left->name, right->name);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

/* An object's members by name; of repeated names the last holds, NULL stands for the others. */
static const struct fen_json_value **last_members(struct reader *reader,
                                                  const struct fen_json_value *object)
{
    const struct fen_json_value **members =
        fen_arena_allocate(reader->arena, object->count * sizeof *members);
    uint32_t count = 0;
    for (const struct fen_json_value *one = object->first; one != NULL; one = one->next)
        members[count++] = one;
    qsort(members, count, sizeof *members, compare_members);
    for (uint32_t index = 1; index < count; index++) {
        if (fen_str_equal(members[index - 1]->name, members[index]->name))
            members[index - 1] = NULL;
    }
    return members;
}

/* {name: amount}; a name whose amount is absent is. */
static bool map_read(struct reader *reader, const struct fen_field *field,
                     const struct fen_json_value *value, char *message)
{
    if (value->kind != FEN_JSON_OBJECT)
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be an object {name: amount}");
    const struct fen_schema *schema = field->message;
    const struct fen_field *amount = &schema->fields[1];
    const struct fen_json_value **members = last_members(reader, value);
    char *items = fen_arena_allocate(reader->arena, value->count * schema->size_bytes);
    uint32_t count = 0;
    for (uint32_t index = 0; index < value->count; index++) {
        const struct fen_json_value *member = members[index];
        if (is_absent(member))
            continue;
        char *item = items + (size_t)count++ * schema->size_bytes;
        fen_record_clear(schema, item);
        struct fen_str name = fen_arena_copy(reader->arena, member->name);
        memcpy(item + schema->fields[0].offset, &name, sizeof name);
        if (!int64_read(reader, amount, member, item + amount->offset))
            return false;
    }
    list_store(field, items, count, message);
    return true;
}

static bool member_read(struct reader *reader, const struct fen_field *field,
                        const struct fen_json_value *value, char *message, uint32_t depth)
{
    char *at = message + field->offset;
    if (field->is_map)
        return map_read(reader, field, value, message);
    if (field->is_repeated)
        return list_read(reader, field, value, message, depth);
    if (field->kind == FEN_FIELD_MESSAGE) {
        char *nested = fen_arena_allocate(reader->arena, field->message->size_bytes);
        memcpy(at, &nested, sizeof nested);
        at = nested;
    }
    return value_read(reader, field, value, at, depth);
}

/*
 * Where two lists of a message have one name in JSON (an event's `lines`) and nothing else told
 * them apart, the first item does.
 */
static bool is_other_list(const struct fen_schema *schema, const struct fen_field *field,
                          const struct fen_json_value *value)
{
    bool is_shared = false;
    for (uint32_t index = 0; index < schema->field_count && field->is_repeated; index++) {
        const struct fen_field *other = &schema->fields[index];
        is_shared = is_shared
                    || (other != field
                        && strcmp(fen_field_json_name(other), fen_field_json_name(field)) == 0);
    }
    return is_shared
           && (value->kind == FEN_JSON_LIST && value->first->kind == FEN_JSON_OBJECT)
                  != (field->kind == FEN_FIELD_MESSAGE);
}

static bool object_read(struct reader *reader, const struct fen_schema *schema, uint64_t fields,
                        const struct fen_json_value *object, char *message, uint32_t depth)
{
    FEN_ASSERT(depth <= FEN_RECORD_DEPTH_MAX);
    fen_record_clear(schema, message);
    for (uint32_t index = 0; index < schema->field_count; index++) {
        const struct fen_field *field = &schema->fields[index];
        if ((fields >> index & 1) == 0)
            continue;
        struct fen_str name = fen_str_from(fen_field_json_name(field));
        const struct fen_json_value *value = fen_json_find(object, name);
        if (is_absent(value))
            continue;
        if (fields == FEN_RECORD_ALL_FIELDS && is_other_list(schema, field, value))
            continue;
        if (!member_read(reader, field, value, message, depth))
            return false;
    }
    return true;
}

enum fen_record_status fen_json_read_fields(const struct fen_schema *schema,
                                            const struct fen_record_selection *selection,
                                            const struct fen_json_value *object,
                                            struct fen_arena *arena, void *message_out,
                                            struct fen_record_error *error_out)
{
    FEN_ASSERT(schema->field_count <= 64);
    struct reader reader = {.arena = arena, .selection = selection};
    if (object_read(&reader, schema, selection->fields, object, message_out, 1)
        && reader.unknown_enum != NULL)
        fail(&reader, FEN_RECORD_UNKNOWN_ENUM, reader.unknown_enum, "value that is not known");
    if (error_out != NULL)
        *error_out = reader.error;
    return reader.error.status;
}

enum fen_record_status fen_json_decode(const struct fen_schema *schema, struct fen_str bytes,
                                       struct fen_arena *arena, void *message_out,
                                       struct fen_record_error *error_out)
{
    static const struct fen_record_selection all = {.fields = FEN_RECORD_ALL_FIELDS};
    struct fen_json_tree tree;
    struct fen_record_error error = {FEN_RECORD_OK, NULL, NULL};
    fen_json_tree_init(&tree, bytes);
    if (tree.is_too_deep)
        error = (struct fen_record_error){FEN_RECORD_TOO_DEEP, NULL, "nested deeper than 64"};
    else if (tree.root == NULL)
        error = (struct fen_record_error){FEN_RECORD_MALFORMED, NULL, "not a JSON object"};
    else if (fen_json_read_fields(schema, &all, tree.root, arena, message_out, &error)
             != FEN_RECORD_OK)
        FEN_ASSERT(error.status != FEN_RECORD_OK);
    fen_json_tree_deinit(&tree);
    if (error_out != NULL)
        *error_out = error;
    return error.status;
}
