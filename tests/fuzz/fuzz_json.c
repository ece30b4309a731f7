/*
 * fuzz_json: any bytes as the JSON of any of the engine's records, as the wire `json` brings them.
 *
 * The first byte chooses the message. What is read is written to what reads back to the same, and
 * the same message by protobuf is the same again where it has that form. What is refused, is
 * refused for a reason; memory stays within a multiple of the input.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"

#include "base/utf8.h"
#include "model/account.h"
#include "model/customer.h"
#include "model/entry.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "wire/json.h"
#include "wire/json_tree.h"
#include "wire/lane_state.h"

#define CHECK(expression) ((expression) ? (void)0 : abort())
#define SIZE_BYTES_MAX (1u << 18)

static const struct fen_schema *const schemas[] = {
    &fen_event_schema,      &fen_order_schema,      &fen_customer_schema,
    &fen_account_schema,    &fen_ledger_schema,     &fen_posting_schema,
    &fen_lane_state_schema, &fen_task_state_schema, &fen_task_guide_schema,
};
#define SCHEMA_COUNT (sizeof schemas / sizeof *schemas)

static void check_written(const struct fen_schema *schema, const void *message,
                          struct fen_arena *arena)
{
    struct fen_buffer first = {0}, second = {0};
    void *again = fen_arena_allocate(arena, schema->size_bytes);
    fen_json_encode(schema, message, &first);
    CHECK(fen_utf8_is_valid(first.data, first.size_bytes));
    if (fen_json_decode(schema, fen_buffer_str(&first), arena, again, NULL) == FEN_RECORD_OK) {
        fen_json_encode(schema, again, &second);
        CHECK(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

static void check_protobuf(const struct fen_schema *schema, const void *message,
                           struct fen_arena *arena)
{
    struct fen_buffer first = {0}, second = {0};
    void *again = fen_arena_allocate(arena, schema->size_bytes);
    fen_record_encode(schema, message, &first);
    if (fen_record_decode(schema, fen_buffer_str(&first), arena, again, NULL) == FEN_RECORD_OK) {
        fen_record_encode(schema, again, &second);
        CHECK(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

/* Of repeated names jansson keeps the last, as fen_json_find gives it. */
static void check_value(const struct fen_json_value *ours, const json_t *theirs)
{
    const struct fen_json_value *item = ours->first;
    const char *name;
    size_t name_size;
    json_t *member;
    switch (json_typeof(theirs)) {
    case JSON_OBJECT:
        CHECK(ours->kind == FEN_JSON_OBJECT && ours->count >= json_object_size(theirs));
        json_object_keylen_foreach((json_t *)(uintptr_t)theirs, name, name_size, member)
        {
            item = fen_json_find(ours, (struct fen_str){name, (uint32_t)name_size});
            CHECK(item != NULL);
            check_value(item, member);
        }
        return;
    case JSON_ARRAY:
        CHECK(ours->kind == FEN_JSON_LIST && ours->count == json_array_size(theirs));
        for (size_t at = 0; at < ours->count; at++, item = item->next)
            check_value(item, json_array_get(theirs, at));
        CHECK(item == NULL);
        return;
    case JSON_STRING:
        CHECK(ours->kind == FEN_JSON_TEXT && ours->text.size == json_string_length(theirs) &&
              memcmp(ours->text.data, json_string_value(theirs), ours->text.size) == 0);
        return;
    case JSON_INTEGER:
        CHECK(ours->kind == FEN_JSON_INTEGER && ours->integer == json_integer_value(theirs));
        return;
    case JSON_REAL:
        CHECK(ours->kind == FEN_JSON_NUMBER);
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        CHECK(ours->kind == FEN_JSON_BOOL && ours->is_true == json_is_true(theirs));
        return;
    case JSON_NULL:
        CHECK(ours->kind == FEN_JSON_NULL);
        return;
    }
}

/* The same bytes are refused, but for names with a NUL, and NULs outside of texts, which jansson
 * (2.14) passes over behind a number. */
static void check_tree(struct fen_str bytes)
{
    struct fen_json_tree ours;
    json_error_t error;
    fen_json_tree_init(&ours, bytes);
    json_t *theirs = json_loadb(bytes.size == 0 ? "" : bytes.data, bytes.size,
                                JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (ours.root == NULL) {
        CHECK(ours.reason != NULL && ours.at <= bytes.size);
        CHECK(ours.is_too_deep || theirs == NULL || !json_is_object(theirs) ||
              memchr(bytes.data, '\0', bytes.size) != NULL);
    } else if (theirs != NULL) {
        check_value(ours.root, theirs);
    } else {
        CHECK(json_error_code(&error) == json_error_null_byte_in_key);
    }
    json_decref(theirs);
    fen_json_tree_deinit(&ours);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > SIZE_BYTES_MAX)
        return 0;
    const struct fen_schema *schema = schemas[(uint8_t)(data[0] - '0') % SCHEMA_COUNT];
    struct fen_str bytes = {(const char *)data + 1, (uint32_t)size - 1};
    struct fen_record_error error = {0};
    check_tree(bytes);
    struct fen_arena *arena = fen_arena_create(4096);
    void *message = fen_arena_allocate(arena, schema->size_bytes);
    enum fen_record_status status = fen_json_decode(schema, bytes, arena, message, &error);
    CHECK(fen_arena_used_bytes(arena) <= (size + 1024) * 4096);
    if (status == FEN_RECORD_OK) {
        check_written(schema, message, arena);
        check_protobuf(schema, message, arena);
    }
    fen_arena_destroy(arena);
    return 0;
}
