/*
 * fuzz_record: any bytes as any of the engine's records.
 *
 * The first byte chooses the message. What we read, protobuf-c reads too, and the same of it; what
 * we write of it reads back to the same, from protobuf and from JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/fen.pb-c.h"

#include "fuzz.h"
#include "lib/protobuf_oracle.h"

#include "model/account.h"
#include "model/customer.h"
#include "model/entry.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "wire/json.h"
#include "wire/lane_state.h"

static const struct {
    const struct fen_schema *schema;
    const ProtobufCMessageDescriptor *descriptor;
} messages[] = {
    {&fen_event_schema, &fen__event__descriptor},
    {&fen_order_schema, &fen__order_state__descriptor},
    {&fen_customer_schema, &fen__customer_state__descriptor},
    {&fen_account_schema, &fen__account_state__descriptor},
    {&fen_ledger_schema, &fen__ledger_record__descriptor},
    {&fen_posting_schema, &fen__posting_record__descriptor},
    {&fen_lane_state_schema, &fen__lane_state__descriptor},
    {&fen_task_state_schema, &fen__task_state__descriptor},
    {&fen_task_guide_schema, &fen__task_guide_state__descriptor},
};
#define MESSAGE_COUNT (sizeof messages / sizeof *messages)

#define CHECK(expression) ((expression) ? (void)0 : abort())

static void check_against_protobuf_c(size_t chosen, struct fen_str bytes, const void *message)
{
    ProtobufCMessage *theirs = protobuf_c_message_unpack(
        messages[chosen].descriptor, NULL, bytes.size, (const uint8_t *)bytes.data);
    CHECK(theirs != NULL);
    CHECK(fen_protobuf_agrees(messages[chosen].schema, message, theirs));
    protobuf_c_message_free_unpacked(theirs, NULL);
}

static void check_round_trip(const struct fen_schema *schema, const void *message,
                             struct fen_arena *arena)
{
    struct fen_buffer first = {0}, second = {0};
    void *again = fen_arena_allocate(arena, schema->size_bytes);
    fen_record_encode(schema, message, &first);
    CHECK(fen_record_decode(schema, fen_buffer_str(&first), arena, again, NULL) == FEN_RECORD_OK);
    fen_record_encode(schema, again, &second);
    CHECK(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    CHECK(fen_record_hash(schema, message) == fen_record_hash(schema, again));
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

/* Not every record has a JSON form (dates out of range); one that has reads back as written. */
static void check_json(const struct fen_schema *schema, const void *message,
                       struct fen_arena *arena)
{
    struct fen_buffer first = {0}, second = {0};
    void *again = fen_arena_allocate(arena, schema->size_bytes);
    fen_json_encode(schema, message, &first);
    if (fen_json_decode(schema, fen_buffer_str(&first), arena, again, NULL) == FEN_RECORD_OK) {
        fen_json_encode(schema, again, &second);
        fen_buffer_clear(&first);
        CHECK(fen_json_decode(schema, fen_buffer_str(&second), arena, again, NULL)
              == FEN_RECORD_OK);
        fen_json_encode(schema, again, &first);
        CHECK(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > (1u << 20))
        return 0;
    size_t chosen = data[0] % MESSAGE_COUNT;
    const struct fen_schema *schema = messages[chosen].schema;
    struct fen_str bytes = {(const char *)data + 1, (uint32_t)size - 1};
    struct fen_arena *arena = fen_arena_create(4096);
    void *message = fen_arena_allocate(arena, schema->size_bytes);
    if (fen_record_decode(schema, bytes, arena, message, NULL) == FEN_RECORD_OK) {
        check_against_protobuf_c(chosen, bytes, message);
        check_round_trip(schema, message, arena);
        check_json(schema, message, arena);
    }
    CHECK(fen_arena_used_bytes(arena) <= (size + 1024) * 4096);
    fen_arena_destroy(arena);
    return 0;
}
