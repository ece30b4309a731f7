/* test_event_refuse: what is refused, with which code, in the order of SPEC §9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/event_fixture.h"

/* A field a type must have, taken away, is MISSING_FIELD; one it may lack is not. */
static void test_needed_fields(void **state)
{
    struct fixture *fixture = *state;
    static const char *const rows[] = {
        "{\"time\":7,\"type\":\"order.paid\",\"order\":\"o\"}",
        "{\"id\":\"e\",\"type\":\"order.paid\",\"order\":\"o\"}",
        "{\"id\":\"e\",\"time\":7,\"order\":\"o\"}",
        "{\"id\":\"e\",\"time\":7,\"type\":null,\"order\":\"o\"}",
        HEAD("order.paid") "\"order\":null}",
        HEAD("order.paid") "\"order\":[]}",
        HEAD("order.placed") "\"order\":\"o\",\"lines\":[" LINE "]}",
        PLACED "\"lines\":[]}",
        PLACED "\"lines\":[{\"sku\":\"k\",\"quantity\":1,\"paid\":1}]}",
        PLACED "\"lines\":[{\"line\":1,\"quantity\":1,\"paid\":1}]}",
        PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"paid\":1}]}",
        PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1}]}",
        PLACED "\"lines\":[" LINE "],\"sharer\":{\"guide\":\"g\"}}",
        PLACED "\"lines\":[" LINE "],\"live\":{\"host\":\"g\"}}",
        HEAD("order.picked_up") "\"order\":\"o\",\"servers\":[{\"weight\":1}]}",
        HEAD("order.refunded") "\"order\":\"o\",\"lines\":[{\"line\":1,\"amount\":1}]}",
        HEAD("order.refunded") "\"order\":\"o\",\"refund\":\"r\",\"lines\":[{\"line\":1}]}",
        HEAD("order.deadline_moved") "\"order\":\"o\"}",
        HEAD("touch.shared") "\"customer\":\"c\"}",
        HEAD("customer.bound") "\"guide\":\"g\"}",
        HEAD("guide.set") "\"store\":\"s\"}",
        HEAD("store.set") "\"kind\":\"owned\"}",
        HEAD("book.transferred") "\"from\":\"g\"}",
        HEAD("period.closed") "\"effective\":1}",
        HEAD("task.scored") "\"task\":\"t\",\"guide\":\"g\"}",
        HEAD("payout.sent") "\"payout\":\"w\",\"amount\":5}",
        HEAD("adjustment.posted") "\"adjustment\":\"a\",\"payee\":\"hq\",\"amount\":5,"
                                  "\"reason\":\"r\"}",
        HEAD("plan.published") "\"retroactive\":true}",
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event;
        if (decode_json(fixture, fen_str_from(rows[row]), &event) != FEN_REFUSAL_MISSING_FIELD)
            fail_msg("%s", rows[row]);
    }
}

static const struct {
    enum fen_refusal code;
    const char *json;
} refusals[] = {
    {FEN_REFUSAL_MALFORMED, ""},
    {FEN_REFUSAL_MALFORMED, "{\"id\":5,\"type\":\"x\"}"},
    {FEN_REFUSAL_MALFORMED, HEAD("order.paid") "\"order\":\"o\"} x"},
    {FEN_REFUSAL_UNKNOWN_TYPE, HEAD("order.payed") "\"order\":5}"},
    {FEN_REFUSAL_UNKNOWN_TYPE, "{\"type\":\"\"}"},
    {FEN_REFUSAL_UNKNOWN_ENUM, HEAD("order.refunded") "\"policy\":\"x\"}"},
    {FEN_REFUSAL_UNKNOWN_ENUM, HEAD("guide.set") "\"guide\":\"g\",\"status\":\"gone\"}"},
    {FEN_REFUSAL_UNKNOWN_ENUM, "{\"type\":\"store.set\",\"kind\":\"shop\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"a b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"a/b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"a\\u0000b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"a\\u0085b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"a\\u007f\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"\\u3000a\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"o\",\"tenant\":\"a/b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"o\",\"source\":\"a\\u0001\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("order.paid") "\"order\":\"o\",\"customer\":\"a b\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("guide.set") "\"guide\":\"g\",\"customers\":[\"a\",\"\"]}"},
    {FEN_REFUSAL_BAD_ID, HEAD("guide.set") "\"guide\":\"g\",\"kind\":\"\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("payout.sent") "\"payout\":\"w\",\"amount\":-1,\"payee\":\"g\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("payout.sent") "\"payout\":\"w\",\"amount\":1,\"payee\":\"hq:\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("payout.sent") "\"payout\":\"w\",\"amount\":1,"
                                             "\"payee\":\"Guide:g\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("period.closed") "\"period\":\"2026-00\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("period.closed") "\"period\":\"1969-12\"}"},
    {FEN_REFUSAL_BAD_ID, HEAD("period.closed") "\"period\":\"9988-01\"}"},
    {FEN_REFUSAL_BAD_ID, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,"
                                "\"paid\":1,\"discounts\":{\"\":1}}]}"},
    {FEN_REFUSAL_BAD_AMOUNT, HEAD("order.paid") "\"order\":\"o\",\"at\":-1}"},
    {FEN_REFUSAL_BAD_AMOUNT, HEAD("order.paid") "\"order\":\"o\",\"at\":253023609600000}"},
    {FEN_REFUSAL_BAD_AMOUNT, HEAD("payout.sent") "\"payout\":\"w\",\"amount\":-1,"
                                                 "\"payee\":\"hq\"}"},
    {FEN_REFUSAL_BAD_AMOUNT, HEAD("adjustment.posted")
                                 "\"adjustment\":\"a\",\"payee\":\"hq\",\"reason\":\"r\","
                                 "\"approver\":\"b\",\"amount\":-1000000000000001}"},
    {FEN_REFUSAL_BAD_AMOUNT, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":0,"
                                    "\"paid\":1000000000000001}]}"},
    {FEN_REFUSAL_BAD_AMOUNT, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,"
                                    "\"paid\":9,\"portions\":{\"a\":5,\"b\":5}}]}"},
    {FEN_REFUSAL_BAD_AMOUNT, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,"
                                    "\"paid\":9,\"discounts\":{\"a\":1000000000000000,"
                                    "\"b\":1}}]}"},
    {FEN_REFUSAL_BAD_AMOUNT, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,"
                                    "\"paid\":9,\"discounts\":{\"a\":9223372036854775807,"
                                    "\"b\":9223372036854775807}}]}"},
    {FEN_REFUSAL_BAD_QUANTITY, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":0,"
                                      "\"paid\":1}]}"},
    {FEN_REFUSAL_BAD_QUANTITY, PLACED "\"lines\":[{\"line\":1,\"sku\":\"k\","
                                      "\"quantity\":1000001,\"paid\":1}]}"},
    {FEN_REFUSAL_BAD_QUANTITY, PLACED "\"lines\":[{\"line\":0,\"sku\":\"k\",\"quantity\":1,"
                                      "\"paid\":1},{\"line\":0,\"sku\":\"k\",\"quantity\":1,"
                                      "\"paid\":1}]}"},
    {FEN_REFUSAL_BAD_QUANTITY, HEAD("order.shipped") "\"order\":\"o\",\"lines\":[1,-1]}"},
    {FEN_REFUSAL_BAD_QUANTITY, HEAD("order.picked_up")
                                   "\"order\":\"o\",\"servers\":[{\"guide\":\"g\","
                                   "\"weight\":0}]}"},
    {FEN_REFUSAL_BAD_QUANTITY, HEAD("order.refunded")
                                   "\"order\":\"o\",\"refund\":\"r\",\"lines\":[{\"line\":1,"
                                   "\"amount\":1,\"quantity\":-1}]}"},
    {FEN_REFUSAL_DUPLICATE_LINE, PLACED "\"lines\":[" LINE "," LINE "]}"},
    {FEN_REFUSAL_DUPLICATE_LINE, HEAD("order.refunded")
                                     "\"order\":\"o\",\"refund\":\"r\",\"lines\":[{\"line\":3,"
                                     "\"amount\":1},{\"line\":1,\"amount\":1},{\"line\":3,"
                                     "\"amount\":1}]}"},
};

static void test_refusals_are_named(void **state)
{
    struct fixture *fixture = *state;
    for (size_t row = 0; row < sizeof refusals / sizeof *refusals; row++) {
        struct fen_event event;
        enum fen_refusal code = decode_json(fixture, fen_str_from(refusals[row].json), &event);
        if (code != refusals[row].code)
            fail_msg("%s, not %s: %s", fen_refusal_name(code), fen_refusal_name(refusals[row].code),
                     refusals[row].json);
    }
}

/* {HEAD "order":"o", <list>: [item, item, ...]} with `count` items; %u in `item` is its number. */
static enum fen_refusal decode_list(struct fixture *fixture, const char *head, const char *item,
                                    uint32_t count, struct fen_event *event)
{
    fen_buffer_clear(&fixture->bytes);
    fen_buffer_append_str(&fixture->bytes, fen_str_from(head));
    for (uint32_t index = 1; index <= count; index++) {
        fen_buffer_append_byte(&fixture->bytes, index == 1 ? '[' : ',');
        const char *number = strchr(item, '#');
        fen_buffer_append(&fixture->bytes, item, number == NULL ? strlen(item)
                                                                : (size_t)(number - item));
        if (number != NULL)
            fen_buffer_append_format(&fixture->bytes, "%u%s", index, number + 1);
    }
    fen_buffer_append(&fixture->bytes, "]}", 2);
    return decode_json(fixture, fen_buffer_str(&fixture->bytes), event);
}

static void test_lists_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event;
    const char *line = "{\"line\":#,\"sku\":\"k\",\"quantity\":1,\"paid\":1}";
    assert_int_equal(decode_list(fixture, PLACED "\"lines\":", line, 2000, &event), 0);
    assert_int_equal(event.line_count, 2000);
    assert_int_equal(decode_list(fixture, PLACED "\"lines\":", line, 2001, &event),
                     FEN_REFUSAL_TOO_LARGE);
    assert_int_equal(decode_list(fixture, PLACED "\"lines\":", "null", 2001, &event),
                     FEN_REFUSAL_TOO_LARGE);
    const char *shipped = HEAD("order.shipped") "\"order\":\"o\",\"lines\":";
    assert_int_equal(decode_list(fixture, shipped, "#", 2000, &event), 0);
    assert_int_equal(decode_list(fixture, shipped, "#", 2001, &event), FEN_REFUSAL_TOO_LARGE);
    const char *picked_up = HEAD("order.picked_up") "\"order\":\"o\",\"servers\":";
    assert_int_equal(decode_list(fixture, picked_up, "{\"guide\":\"g#\"}", 16, &event), 0);
    assert_int_equal(decode_list(fixture, picked_up, "{\"guide\":\"g#\"}", 17, &event),
                     FEN_REFUSAL_TOO_LARGE);
    /* A type without lines or servers ignores them, as it does any field it does not have. */
    const char *paid = HEAD("order.paid") "\"order\":\"o\",\"lines\":";
    assert_int_equal(decode_list(fixture, paid, "#", 2001, &event), 0);
    assert_int_equal(event.line_number_count, 0);
}

static void test_lists_are_bounded_in_protobuf(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event, again;
    struct fen_refused refused;
    struct fen_str shipped = FEN_STR(HEAD("order.shipped") "\"order\":\"o\"}");
    assert_int_equal(decode_json(fixture, shipped, &event), FEN_REFUSAL_NONE);
    for (uint32_t count = 2000; count <= 2001; count++) {
        fen_buffer_clear(&fixture->bytes);
        fen_event_encode(FEN_WIRE_PROTOBUF, &event, &fixture->bytes);
        for (uint32_t index = 0; index < count / 2; index++)
            fen_buffer_append(&fixture->bytes, "\x48\x01", 2);
        fen_buffer_append(&fixture->bytes, "\x4a\xe8\x07", 3); /* packed, 1000 bytes */
        for (uint32_t index = 0; index < 1000; index++)
            fen_buffer_append_byte(&fixture->bytes, 2);
        fen_buffer_append(&fixture->bytes, "\x48\x03", count == 2001 ? 2 : 0);
        assert_int_equal(fen_event_decode(FEN_WIRE_PROTOBUF, fen_buffer_str(&fixture->bytes),
                                          fixture->arena, &again, &refused),
                         count == 2000 ? FEN_REFUSAL_NONE : FEN_REFUSAL_TOO_LARGE);
    }
    fen_buffer_append(&fixture->bytes, "\xff", 1); /* too large comes before malformed */
    assert_int_equal(fen_event_decode(FEN_WIRE_PROTOBUF, fen_buffer_str(&fixture->bytes),
                                      fixture->arena, &again, &refused),
                     FEN_REFUSAL_TOO_LARGE);
}

static void test_size_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event;
    struct fen_refused refused;
    fen_buffer_append_str(&fixture->bytes, FEN_STR(HEAD("order.paid") "\"order\":\"o\"}"));
    while (fixture->bytes.size_bytes < FEN_EVENT_SIZE_BYTES_MAX)
        fen_buffer_append_byte(&fixture->bytes, ' ');
    assert_int_equal(decode_json(fixture, fen_buffer_str(&fixture->bytes), &event), 0);
    fen_buffer_append_byte(&fixture->bytes, ' ');
    for (int wire = FEN_WIRE_PROTOBUF; wire <= FEN_WIRE_JSON; wire++)
        assert_int_equal(fen_event_decode((enum fen_wire)wire, fen_buffer_str(&fixture->bytes),
                                          fixture->arena, &event, &refused),
                         FEN_REFUSAL_TOO_LARGE);
}

/* Ids of 64 and texts of 128 bytes are the longest. */
static void test_lengths_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event;
    for (uint32_t size = 63; size <= 129; size++) {
        fen_buffer_clear(&fixture->bytes);
        fen_buffer_append_format(&fixture->bytes, HEAD("touch.shared")
                                 "\"customer\":\"%0*d\",\"guide\":\"g\",\"sku\":\"%0*d\"}",
                                 size <= 65 ? (int)size : 1, 0, (int)size, 0);
        bool is_good = size != 65 && size <= 128;
        assert_int_equal(decode_json(fixture, fen_buffer_str(&fixture->bytes), &event),
                         is_good ? FEN_REFUSAL_NONE : FEN_REFUSAL_BAD_ID);
    }
}

static void test_protobuf_types(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum fen_refusal code;
        struct fen_str bytes;
    } rows[] = {
        {FEN_REFUSAL_MISSING_FIELD, {"\x0a\x01" "e", 3}},
        {FEN_REFUSAL_UNKNOWN_TYPE, {"\x18\x17", 2}},
        {FEN_REFUSAL_UNKNOWN_TYPE, {"\x18\x00", 2}},
        {FEN_REFUSAL_UNKNOWN_TYPE, {"\x18\x02\x18\x63", 4}},
        {FEN_REFUSAL_MALFORMED, {"\x18\x17\x80", 3}},
        {FEN_REFUSAL_MALFORMED, {"\x1a\x01x", 3}},
        {FEN_REFUSAL_UNKNOWN_ENUM, {"\x18\x07\xc8\x01\x09", 5}},
        {FEN_REFUSAL_MISSING_FIELD, {"\x18\x02\xc8\x01\x09", 5}}, /* a policy order.paid ignores */
        {FEN_REFUSAL_MISSING_FIELD, {"", 0}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event;
        struct fen_refused refused;
        assert_int_equal(fen_event_decode(FEN_WIRE_PROTOBUF, rows[row].bytes, fixture->arena,
                                          &event, &refused),
                         rows[row].code);
    }
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, event_fixture_set_up, event_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_needed_fields),
        TEST(test_refusals_are_named),
        TEST(test_lists_are_bounded),
        TEST(test_lists_are_bounded_in_protobuf),
        TEST(test_size_is_bounded),
        TEST(test_lengths_are_bounded),
        TEST(test_protobuf_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
