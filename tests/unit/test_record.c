/* test_record: protobuf bytes <-> structs, against protobuf-c and against hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/fen.pb-c.h"

#include "lib/random_message.h"

#include "base/record.h"
#include "base/record_scan.h"
#include "base/utf8.h"
#include "base/varint.h"
#include "model/account.h"
#include "model/customer.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "wire/lane_state.h"

static const struct {
    const struct fen_schema *schema;
    const ProtobufCMessageDescriptor *descriptor;
} messages[] = {
    {&fen_event_schema, &fen__event__descriptor},
    {&fen_ledger_schema, &fen__ledger_record__descriptor},
    {&fen_posting_schema, &fen__posting_record__descriptor},
    {&fen_order_schema, &fen__order_state__descriptor},
    {&fen_customer_schema, &fen__customer_state__descriptor},
    {&fen_account_schema, &fen__account_state__descriptor},
    {&fen_lane_state_schema, &fen__lane_state__descriptor},
    {&fen_task_state_schema, &fen__task_state__descriptor},
    {&fen_task_guide_schema, &fen__task_guide_state__descriptor},
};
#define MESSAGE_COUNT (sizeof messages / sizeof *messages)

/* A copy on the heap of exactly the bytes, so that a sanitizer sees a read past the end. */
static struct fen_str heap_copy(const void *bytes, size_t size)
{
    char *copy = malloc(size == 0 ? 1 : size);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return (struct fen_str){copy, (uint32_t)size};
}

static void heap_free(struct fen_str bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* What is written reads back to a message that is written the same, and hashes the same. */
static void test_random_messages_survive_a_round_trip(void **state)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_buffer first = {0}, second = {0};
    uint64_t seed = 1;
    for (uint32_t round = 0; round < 3000; round++) {
        const struct fen_schema *schema = messages[round % MESSAGE_COUNT].schema;
        fen_arena_reset(arena);
        fen_buffer_clear(&first);
        fen_buffer_clear(&second);
        void *message = fen_arena_allocate(arena, schema->size_bytes);
        void *again = fen_arena_allocate(arena, schema->size_bytes);
        fen_random_message(schema, message, arena, &seed);
        fen_record_encode(schema, message, &first);
        struct fen_str bytes = heap_copy(first.data, first.size_bytes);
        assert_int_equal(fen_record_decode(schema, bytes, arena, again, NULL), FEN_RECORD_OK);
        fen_record_encode(schema, again, &second);
        assert_int_equal(first.size_bytes, second.size_bytes);
        assert_memory_equal(first.data, second.data, first.size_bytes);
        assert_int_equal(fen_record_hash(schema, message), fen_record_hash(schema, again));
        heap_free(bytes);
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
    fen_arena_destroy(arena);
}

/* protobuf-c reads what we write, and writes the very same bytes. */
static void test_bytes_are_those_of_protobuf_c(void **state)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_buffer ours = {0};
    uint64_t seed = 2;
    for (uint32_t round = 0; round < 2000; round++) {
        const struct fen_schema *schema = messages[round % MESSAGE_COUNT].schema;
        fen_arena_reset(arena);
        fen_buffer_clear(&ours);
        void *message = fen_arena_allocate(arena, schema->size_bytes);
        fen_random_message(schema, message, arena, &seed);
        fen_record_encode(schema, message, &ours);
        ProtobufCMessage *theirs =
            protobuf_c_message_unpack(messages[round % MESSAGE_COUNT].descriptor, NULL,
                                      ours.size_bytes, (const uint8_t *)ours.data);
        assert_non_null(theirs);
        assert_int_equal(protobuf_c_message_get_packed_size(theirs), ours.size_bytes);
        uint8_t *packed = malloc(ours.size_bytes + 1);
        assert_non_null(packed);
        protobuf_c_message_pack(theirs, packed);
        assert_memory_equal(packed, ours.data, ours.size_bytes);
        free(packed);
        protobuf_c_message_free_unpacked(theirs, NULL);
    }
    fen_buffer_deinit(&ours);
    fen_arena_destroy(arena);
}

/* Whatever happens to the bytes, reading stays inside them and within a multiple of their size. */
static void test_broken_bytes_are_refused_or_read(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_buffer whole = {0};
    uint64_t seed = 3;
    for (uint32_t round = 0; round < 400; round++) {
        const struct fen_schema *schema = messages[round % MESSAGE_COUNT].schema;
        fen_arena_reset(arena);
        fen_buffer_clear(&whole);
        void *message = fen_arena_allocate(arena, schema->size_bytes);
        fen_random_message(schema, message, arena, &seed);
        fen_record_encode(schema, message, &whole);
        for (uint32_t size = 0; size < whole.size_bytes; size += 1 + size / 40) {
            struct fen_str bytes = heap_copy(whole.data, size);
            uint32_t at = size == 0 ? 0 : fen_random_below(&seed, size);
            if (size > 0 && round % 2 == 0)
                *(char *)(uintptr_t)(bytes.data + at) = (char)fen_random_next(&seed);
            size_t before = fen_arena_used_bytes(arena);
            enum fen_record_status status =
                fen_record_decode(schema, bytes, arena, message, NULL);
            assert_true(status <= FEN_RECORD_UNKNOWN_ENUM);
            assert_true(fen_arena_used_bytes(arena) - before <= 64 + (size_t)size * 512);
            heap_free(bytes);
        }
    }
    fen_buffer_deinit(&whole);
    fen_arena_destroy(arena);
}

/* An order's facts laid out as no writer would: fields interleaved, lists in pieces. */
static void test_lists_in_pieces_are_joined(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_buffer bytes = {0};
    for (uint32_t piece = 0; piece < 50; piece++) {
        fen_buffer_append(&bytes, "\x42\x02\x08", 3); /* lines {line: piece} */
        fen_buffer_append_byte(&bytes, (char)piece);
        fen_buffer_append(&bytes, "\x48", 1); /* line_numbers: piece */
        fen_buffer_append_byte(&bytes, (char)piece);
        fen_buffer_append(&bytes, "\x4a\x02\x64\x65", 4); /* line_numbers: packed 100, 101 */
        fen_buffer_append(&bytes, "\x4a\x00", 2);         /* packed, none */
    }
    struct fen_event event;
    assert_int_equal(fen_record_decode(&fen_event_schema, fen_buffer_str(&bytes), arena, &event,
                                       NULL),
                     FEN_RECORD_OK);
    assert_int_equal(event.line_count, 50);
    assert_int_equal(event.line_number_count, 150);
    for (uint32_t piece = 0; piece < 50; piece++) {
        assert_int_equal(event.lines[piece].line, piece);
        assert_int_equal(event.lines[piece].quantity, FEN_NONE);
        assert_int_equal(event.line_numbers[3 * piece], piece);
        assert_int_equal(event.line_numbers[3 * piece + 2], 101);
    }
    assert_true(fen_arena_used_bytes(arena) < 51 * 2 * sizeof *event.lines + 302 * 8);
    fen_buffer_deinit(&bytes);
    fen_arena_destroy(arena);
}

static void test_faults_are_named(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t size;
        enum fen_record_status status;
    } rows[] = {
        {"", 0, FEN_RECORD_OK},
        {"\x0a\x01x", 3, FEN_RECORD_OK},
        {"\x0a\x02x", 3, FEN_RECORD_MALFORMED},                  /* text cut short */
        {"\x0a", 1, FEN_RECORD_MALFORMED},                       /* no size */
        {"\x0a\xff\xff\xff\xff\x7f", 6, FEN_RECORD_MALFORMED},   /* size beyond 32 bits */
        {"\x0a\x80\x80\x80\x80\x80\x00", 7, FEN_RECORD_MALFORMED}, /* size of 6 bytes */
        {"\x08\x01", 2, FEN_RECORD_MALFORMED},                   /* a number for a text */
        {"\x22\x01x", 3, FEN_RECORD_MALFORMED},                  /* a text for a number */
        {"\x25xxxx", 5, FEN_RECORD_MALFORMED},                   /* 32 fixed bits for a number */
        {"\x0a\x01\xff", 3, FEN_RECORD_MALFORMED},               /* not UTF-8 */
        {"\x0a\x02\xc0\xaf", 4, FEN_RECORD_MALFORMED},           /* over-long UTF-8 */
        {"\x0a\x03\xed\xa0\x80", 5, FEN_RECORD_MALFORMED},       /* a surrogate */
        {"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, FEN_RECORD_OK},
        {"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, FEN_RECORD_MALFORMED}, /* 65 bits */
        {"\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12, FEN_RECORD_MALFORMED},
        {"\x20\x85\x00", 3, FEN_RECORD_OK},                      /* 5, padded */
        {"\x20\x80", 2, FEN_RECORD_MALFORMED},                   /* number cut short */
        {"\x00\x01", 2, FEN_RECORD_MALFORMED},                   /* field 0 */
        {"\x80", 1, FEN_RECORD_MALFORMED},                       /* tag cut short */
        {"\x18\x16", 2, FEN_RECORD_OK},                          /* the last type */
        {"\x18\x17", 2, FEN_RECORD_UNKNOWN_ENUM},
        {"\x18\x00", 2, FEN_RECORD_UNKNOWN_ENUM},
        {"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, FEN_RECORD_UNKNOWN_ENUM},
        {"\x18\x17\x0a\x02x", 5, FEN_RECORD_MALFORMED},          /* and a text cut short */
        {"\xa2\x06\x03xyz", 6, FEN_RECORD_OK},                   /* unknown field 100 */
        {"\xa3\x06\xa4\x06", 4, FEN_RECORD_MALFORMED},           /* a group */
        {"\xa1\x06xxxxxxxx", 10, FEN_RECORD_OK},                 /* unknown, 64 fixed bits */
        {"\xa1\x06xxxxxxx", 9, FEN_RECORD_MALFORMED},
        {"\x42\x03\x0a\x01x", 5, FEN_RECORD_MALFORMED},          /* line: a text for a number */
        {"\x48\x80", 2, FEN_RECORD_MALFORMED},                   /* in a list */
        {"\x4a\x01\x80", 3, FEN_RECORD_MALFORMED},               /* in a packed list */
        {"\x4a\x05\x01", 3, FEN_RECORD_MALFORMED},               /* packed list cut short */
    };
    struct fen_arena *arena = fen_arena_create(256);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event;
        struct fen_record_error error;
        struct fen_str bytes = heap_copy(rows[row].bytes, rows[row].size);
        enum fen_record_status status =
            fen_record_decode(&fen_event_schema, bytes, arena, &event, &error);
        if (status != rows[row].status)
            fail_msg("row %zu: %d", row, (int)status);
        assert_int_equal(error.status, status);
        assert_int_equal(error.reason == NULL, status == FEN_RECORD_OK);
        heap_free(bytes);
    }
    fen_arena_destroy(arena);
}

/* Numbers of 32 bits are not cut: the record says something this struct cannot hold. */
static void test_numbers_beyond_32_bits_are_refused(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_lane_state lane;
    struct fen_account account;
    assert_int_equal(fen_record_decode(&fen_lane_state_schema,
                                       FEN_STR("\x32\x06\x08\xff\xff\xff\xff\x0f"), arena, &lane,
                                       NULL),
                     FEN_RECORD_OK);
    assert_int_equal(lane.channels[0].partition, UINT32_MAX);
    assert_int_equal(fen_record_decode(&fen_lane_state_schema,
                                       FEN_STR("\x32\x06\x08\xff\xff\xff\xff\x1f"), arena, &lane,
                                       NULL),
                     FEN_RECORD_MALFORMED);
    assert_int_equal(fen_record_decode(&fen_account_schema,
                                       FEN_STR("\x22\x06\x08\xff\xff\xff\xff\x1f"), arena, &account,
                                       NULL),
                     FEN_RECORD_MALFORMED);
    fen_arena_destroy(arena);
}

static void test_absent_is_what_the_table_says(void **state)
{
    struct fen_event event;
    memset(&event, 0xAA, sizeof event);
    fen_record_clear(&fen_event_schema, &event);
    assert_int_equal(event.time_ms, FEN_NONE);
    assert_int_equal(event.version, 1);
    assert_int_equal(event.type, FEN_EVENT_NONE);
    assert_false(fen_str_is_set(event.id));
    assert_null(event.sharer);
    assert_int_equal(event.line_count, 0);
    struct fen_buffer bytes = {0};
    fen_record_encode(&fen_event_schema, &event, &bytes);
    assert_int_equal(bytes.size_bytes, 0);
    fen_buffer_deinit(&bytes);
}

/* The smallest number would read as absent: it becomes its neighbour, as far out of bounds. */
static void test_smallest_number_is_not_absent(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_event event;
    struct fen_order order;
    struct fen_str time = FEN_STR("\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
    assert_int_equal(fen_record_decode(&fen_event_schema, time, arena, &event, NULL),
                     FEN_RECORD_OK);
    assert_int_equal(event.time_ms, INT64_MIN + 1);
    struct fen_event_mark mark = {.id_low = UINT64_C(1) << 63, .id_high = UINT64_MAX};
    struct fen_buffer bytes = {0};
    fen_record_clear(&fen_order_schema, &order);
    order.marks = &mark;
    order.mark_count = 1;
    fen_record_encode(&fen_order_schema, &order, &bytes);
    assert_int_equal(fen_record_decode(&fen_order_schema, fen_buffer_str(&bytes), arena, &order,
                                       NULL),
                     FEN_RECORD_OK);
    assert_true(order.marks[0].id_low == UINT64_C(1) << 63);
    assert_true(order.marks[0].id_high == UINT64_MAX);
    fen_buffer_deinit(&bytes);
    fen_arena_destroy(arena);
}

/* protobuf: of a number the last holds, a message that comes again is merged. */
static void test_single_fields_that_come_again(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_event event;
    struct fen_str bytes = FEN_STR("\x20\x05\x20\x06"           /* time 5, time 6 */
                                   "\xb2\x01\x03\x0a\x01G"      /* sharer {guide} */
                                   "\xb2\x01\x02\x10\x07");     /* sharer {time} */
    assert_int_equal(fen_record_decode(&fen_event_schema, bytes, arena, &event, NULL),
                     FEN_RECORD_OK);
    assert_int_equal(event.time_ms, 6);
    assert_true(fen_str_equal(event.sharer->guide, FEN_STR("G")));
    assert_int_equal(event.sharer->time_ms, 7);
    fen_arena_destroy(arena);
}

struct node {
    struct node *child;
};

static const struct fen_schema node_schema;
static const struct fen_field node_fields[] = {
    FEN_ROW_MESSAGE(1, "child", struct node, child, &node_schema),
};
static const struct fen_schema node_schema = FEN_SCHEMA("Node", struct node, node_fields);

static void test_sixteen_messages_deep_and_no_deeper(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_record_error error;
    struct node root;
    char bytes[80];
    for (uint32_t depth = 1; depth <= 40; depth++) {
        for (uint32_t level = 0; level < depth - 1; level++) {
            bytes[2 * level] = 0x0a;
            bytes[2 * level + 1] = (char)(2 * (depth - 2 - level));
        }
        struct fen_str record = {bytes, 2 * (depth - 1)};
        enum fen_record_status status =
            fen_record_decode(&node_schema, record, arena, &root, &error);
        assert_int_equal(status, depth <= 16 ? FEN_RECORD_OK : FEN_RECORD_TOO_DEEP);
    }
    fen_arena_destroy(arena);
}

/* What is not selected is skipped like an unknown field, whatever it holds. */
static void test_only_selected_fields_are_read(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    const struct fen_record_selection selection = {
        .fields = 1 << 0 | 1 << 7, .nested = &fen_event_line_schema, .nested_fields = 1};
    struct fen_event event;
    struct fen_str bytes = FEN_STR("\x0a\x01x"                       /* id */
                                   "\x10\x05\x18\x63"                /* tenant, type: wrong */
                                   "\x42\x07\x08\x09\x10\x01\x1a\x01\xff"); /* lines */
    assert_int_equal(fen_record_decode_fields(&fen_event_schema, &selection, bytes, arena, &event,
                                              NULL),
                     FEN_RECORD_OK);
    assert_true(fen_str_equal(event.id, FEN_STR("x")));
    assert_false(fen_str_is_set(event.tenant));
    assert_int_equal(event.line_count, 1);
    assert_int_equal(event.lines[0].line, 9);
    fen_arena_destroy(arena);
}

/* Every field counts in the hash, and where one field ends and the next begins. */
static void test_hash_tells_messages_apart(void **state)
{
    struct fen_event a, b;
    fen_record_clear(&fen_event_schema, &a);
    b = a;
    a.order = FEN_STR("x");
    b.customer = FEN_STR("x");
    assert_int_not_equal(fen_record_hash(&fen_event_schema, &a),
                         fen_record_hash(&fen_event_schema, &b));
    b = a;
    assert_int_equal(fen_record_hash(&fen_event_schema, &a),
                     fen_record_hash(&fen_event_schema, &b));
    b.retroactive = true;
    assert_int_not_equal(fen_record_hash(&fen_event_schema, &a),
                         fen_record_hash(&fen_event_schema, &b));
    int64_t numbers[2] = {1, 2};
    b = a;
    a.line_numbers = b.line_numbers = numbers;
    a.line_number_count = 1;
    b.line_number_count = 2;
    assert_int_not_equal(fen_record_hash(&fen_event_schema, &a),
                         fen_record_hash(&fen_event_schema, &b));
}

static void test_varints_of_every_length(void **state)
{
    for (uint32_t bits = 0; bits <= 64; bits++) {
        for (int64_t off = -1; off <= 1; off++) {
            uint64_t value = (bits == 64 ? 0 : UINT64_C(1) << bits) + (uint64_t)off, again;
            char bytes[16];
            char *end = fen_varint_write(bytes, value);
            const uint8_t *start = (const uint8_t *)bytes;
            size_t size = (size_t)(end - bytes);
            assert_ptr_equal(fen_varint_read(start, start + size, &again), start + size);
            assert_true(again == value);
            assert_ptr_equal(fen_varint_read(start, start + sizeof bytes, &again), start + size);
            assert_true(again == value);
            assert_null(fen_varint_read(start, start + size - 1, &again));
            assert_true(fen_varint_unzigzag(fen_varint_zigzag((int64_t)value)) == (int64_t)value);
        }
    }
}

static void test_utf8_is_what_unicode_says(void **state)
{
    uint32_t code_point;
    char bytes[4];
    for (uint32_t value = 0; value <= 0x10FFFF; value += value < 0x11000 ? 1 : 251) {
        uint32_t size = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
        for (uint32_t at = size - 1, rest = value; at > 0; at--, rest >>= 6)
            bytes[at] = (char)(0x80 | (rest & 0x3F));
        static const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
        bytes[0] = (char)(lead[size] | value >> (6 * (size - 1)));
        bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
        assert_int_equal(fen_utf8_read(bytes, size, &code_point), is_surrogate ? 0 : size);
        assert_int_equal(fen_utf8_is_valid(bytes, size), !is_surrogate);
        if (!is_surrogate)
            assert_int_equal(code_point, value);
        if (size > 1)
            assert_false(fen_utf8_is_valid(bytes, size - 1));
    }
    assert_false(fen_utf8_is_valid("\xf4\x90\x80\x80", 4));
    assert_false(fen_utf8_is_valid("\xf0\x80\x80\x80", 4));
    assert_false(fen_utf8_is_valid("12345678\x80", 9));
    assert_false(fen_utf8_is_valid("\x80" "12345678", 9));
    assert_true(fen_utf8_is_valid("1234567890abcdef", 16));
}

static void test_scan_sees_the_top_level(void **state)
{
    struct fen_record_scan scan;
    fen_record_scan_init(
        &scan, FEN_STR("\x18\x05\x42\x02\x08\x01\x4a\x02\x07\x08\xa5\x06xxxx\x80"));
    assert_true(fen_record_scan_next(&scan));
    assert_int_equal(scan.number, 3);
    assert_true(scan.is_varint && scan.varint == 5);
    assert_true(fen_record_scan_next(&scan));
    assert_int_equal(scan.number, 8);
    assert_int_equal(scan.bytes.size, 2);
    assert_true(fen_record_scan_next(&scan));
    assert_int_equal(fen_record_scan_packed_count(&scan), 2);
    assert_true(fen_record_scan_next(&scan));
    assert_int_equal(scan.number, 100);
    assert_false(fen_record_scan_next(&scan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_messages_survive_a_round_trip),
        cmocka_unit_test(test_bytes_are_those_of_protobuf_c),
        cmocka_unit_test(test_broken_bytes_are_refused_or_read),
        cmocka_unit_test(test_lists_in_pieces_are_joined),
        cmocka_unit_test(test_faults_are_named),
        cmocka_unit_test(test_numbers_beyond_32_bits_are_refused),
        cmocka_unit_test(test_absent_is_what_the_table_says),
        cmocka_unit_test(test_smallest_number_is_not_absent),
        cmocka_unit_test(test_single_fields_that_come_again),
        cmocka_unit_test(test_sixteen_messages_deep_and_no_deeper),
        cmocka_unit_test(test_only_selected_fields_are_read),
        cmocka_unit_test(test_hash_tells_messages_apart),
        cmocka_unit_test(test_varints_of_every_length),
        cmocka_unit_test(test_utf8_is_what_unicode_says),
        cmocka_unit_test(test_scan_sees_the_top_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
