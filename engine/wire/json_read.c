/* json_read: see json_read.h. */
#include "wire/json_read.h"

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

/* How deep brackets nest at the most, texts left out. */
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
    *tree = (struct fen_json_tree){.is_too_deep = depth_scan(bytes) > FEN_JSON_DEPTH_MAX};
    /* A NUL is a control character for the check of ids and texts to name, not bad JSON. */
    tree->root = json_loadb(bytes.size == 0 ? "" : bytes.data, bytes.size,
                            JSON_ALLOW_NUL | JSON_DECODE_ANY, &tree->error);
    if (tree->root != NULL && !json_is_object(tree->root)) {
        fen_json_tree_deinit(tree);
        memcpy(tree->error.text, "not an object", sizeof "not an object");
    }
}

void fen_json_tree_deinit(struct fen_json_tree *tree)
{
    json_decref(tree->root);
    tree->root = NULL;
}

/* SPEC §3: a null or an empty list is the same as an absent field. */
static bool is_absent(const json_t *value)
{
    return value == NULL || json_is_null(value)
           || (json_is_array(value) && json_array_size(value) == 0);
}

const json_t *fen_json_member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return is_absent(value) ? NULL : value;
}

static bool fail(struct reader *reader, enum fen_record_status status,
                 const struct fen_field *field, const char *reason)
{
    reader->error = (struct fen_record_error){status, field, reason};
    return false;
}

static bool text_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                      struct fen_str *text_out)
{
    if (!json_is_string(value))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a text");
    size_t size = json_string_length(value);
    *text_out = fen_arena_copy(reader->arena,
                               (struct fen_str){json_string_value(value), (uint32_t)size});
    return true;
}

static bool integer_read(struct reader *reader, const struct fen_field *field,
                         const json_t *value, int64_t *integer_out)
{
    if (!json_is_integer(value))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be an integer of 64 bits");
    int64_t integer = json_integer_value(value);
    /* The smallest number stands for absence; its neighbour is as far out of bounds. */
    if (integer == FEN_NONE && field->absent == FEN_NONE)
        integer = FEN_NONE + 1;
    *integer_out = integer;
    return true;
}

static bool int64_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                       char *at)
{
    int64_t integer;
    if (!integer_read(reader, field, value, &integer))
        return false;
    memcpy(at, &integer, sizeof integer);
    return true;
}

static bool uint32_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                        char *at)
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

static bool bool_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                      char *at)
{
    if (!json_is_boolean(value))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be true or false");
    bool flag = json_is_true(value);
    memcpy(at, &flag, sizeof flag);
    return true;
}

/* One without a name is noted, and the field stays absent. */
static bool enum_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                      char *at)
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

static bool date_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                      char *at)
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
                        const json_t *object, char *message, uint32_t depth);

/* One value into `at`: of a single field (not a message), or an item of a list. */
static bool value_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                       char *at, uint32_t depth)
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
        if (!json_is_object(value))
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

static bool list_read(struct reader *reader, const struct fen_field *field, const json_t *value,
                      char *message, uint32_t depth)
{
    if (!json_is_array(value))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be a list");
    uint32_t count = (uint32_t)json_array_size(value);
    size_t item_bytes = item_size_bytes(field);
    char *items = fen_arena_allocate(reader->arena, count * item_bytes);
    for (uint32_t index = 0; index < count; index++) {
        const json_t *item = json_array_get(value, index);
        if (json_is_null(item))
            return fail(reader, FEN_RECORD_MALFORMED, field, "null inside a list");
        if (!value_read(reader, field, item, items + index * item_bytes, depth))
            return false;
    }
    list_store(field, items, count, message);
    return true;
}

/* {name: amount}; a name whose amount is absent is. */
static bool map_read(struct reader *reader, const struct fen_field *field, json_t *value,
                     char *message)
{
    if (!json_is_object(value))
        return fail(reader, FEN_RECORD_MALFORMED, field, "must be an object {name: amount}");
    const struct fen_schema *schema = field->message;
    const struct fen_field *amount = &schema->fields[1];
    char *items = fen_arena_allocate(reader->arena, json_object_size(value) * schema->size_bytes);
    uint32_t count = 0;
    const char *name_text;
    size_t name_size;
    json_t *member;
    json_object_keylen_foreach(value, name_text, name_size, member)
    {
        if (is_absent(member))
            continue;
        char *item = items + (size_t)count++ * schema->size_bytes;
        fen_record_clear(schema, item);
        struct fen_str name =
            fen_arena_copy(reader->arena, (struct fen_str){name_text, (uint32_t)name_size});
        memcpy(item + schema->fields[0].offset, &name, sizeof name);
        if (!int64_read(reader, amount, member, item + amount->offset))
            return false;
    }
    list_store(field, items, count, message);
    return true;
}

static bool member_read(struct reader *reader, const struct fen_field *field, json_t *value,
                        char *message, uint32_t depth)
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
                          const json_t *value)
{
    bool is_shared = false;
    for (uint32_t index = 0; index < schema->field_count && field->is_repeated; index++) {
        const struct fen_field *other = &schema->fields[index];
        is_shared = is_shared
                    || (other != field
                        && strcmp(fen_field_json_name(other), fen_field_json_name(field)) == 0);
    }
    return is_shared
           && json_is_object(json_array_get(value, 0)) != (field->kind == FEN_FIELD_MESSAGE);
}

static bool object_read(struct reader *reader, const struct fen_schema *schema, uint64_t fields,
                        const json_t *object, char *message, uint32_t depth)
{
    FEN_ASSERT(depth <= FEN_RECORD_DEPTH_MAX);
    fen_record_clear(schema, message);
    for (uint32_t index = 0; index < schema->field_count; index++) {
        const struct fen_field *field = &schema->fields[index];
        if ((fields >> index & 1) == 0)
            continue;
        json_t *value = json_object_get(object, fen_field_json_name(field));
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
                                            const json_t *object, struct fen_arena *arena,
                                            void *message_out, struct fen_record_error *error_out)
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
