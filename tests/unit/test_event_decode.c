/* test_event_decode: events from both wires, the same struct with its defaults filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/event_fixture.h"

/* A good event of each type, with every field it has. */
static const char *const good[] = {
    PLACED "\"customer\":\"c\",\"version\":2,\"currency\":\"CNY\",\"store\":\"s\","
           "\"channel\":\"小程序\",\"fulfil_store\":\"s2\",\"seller\":\"g\",\"coupon_guide\":\"g2\","
           "\"sharer\":{\"guide\":\"g3\",\"time\":4},\"live\":{\"session\":\"x\",\"host\":\"g4\"},"
           "\"source\":\"商城 1\",\"tenant\":\"t\","
           "\"lines\":[{\"line\":1,\"sku\":\"k 1\",\"brand\":\"b\",\"category\":\"护肤\","
           "\"quantity\":3,\"paid\":100,\"discounts\":{\"brand\":3},\"portions\":{\"tax\":100},"
           "\"seller\":\"g\"}]}",
    HEAD("order.paid") "\"order\":\"o\",\"at\":5}",
    HEAD("order.shipped") "\"order\":\"o\",\"lines\":[1,2],\"at\":5,\"store\":\"s\"}",
    HEAD("order.received") "\"order\":\"o\",\"lines\":[9223372036854775807]}",
    HEAD("order.picked_up") "\"order\":\"o\",\"servers\":[{\"guide\":\"g\",\"weight\":2},"
                            "{\"guide\":\"h\"}],\"store\":\"s\"}",
    HEAD("order.cancelled") "\"order\":\"o\"}",
    HEAD("order.refunded") "\"order\":\"o\",\"refund\":\"r\",\"policy\":\"goodwill\","
                           "\"lines\":[{\"line\":1,\"amount\":5,\"quantity\":0},"
                           "{\"line\":2,\"amount\":0}]}",
    HEAD("order.deadline_moved") "\"order\":\"o\",\"lines\":[1],\"until\":9}",
    HEAD("touch.shared") "\"customer\":\"c\",\"guide\":\"g\",\"sku\":\"k 1\",\"at\":3}",
    HEAD("customer.registered") "\"customer\":\"c\",\"recruiter\":\"g\",\"store\":\"s\"}",
    HEAD("customer.registration_voided") "\"customer\":\"c\"}",
    HEAD("customer.bound") "\"customer\":\"c\",\"guide\":\"g\",\"store\":\"s\",\"effective\":3}",
    HEAD("guide.set") "\"guide\":\"g\",\"store\":\"s\",\"level\":\"金牌\",\"kind\":\"koc\","
                      "\"status\":\"left\",\"employer\":\"甲 公司\",\"customers\":[\"c1\",\"c2\"],"
                      "\"name\":\"王 芳\",\"effective\":3}",
    HEAD("store.set") "\"store\":\"s\",\"kind\":\"concession\",\"brand\":\"b\",\"region\":\"r\","
                      "\"mall\":\"m\",\"franchisee\":\"f\",\"manager\":\"g\",\"name\":\"一 店\"}",
    HEAD("book.transferred") "\"from\":\"g\",\"to\":\"h\",\"effective\":3}",
    HEAD("period.closed") "\"period\":\"2026-11\"}",
    HEAD("task.scored") "\"task\":\"t\",\"guide\":\"g\",\"score\":-5,\"at\":3}",
    HEAD("task.closed") "\"task\":\"t\",\"at\":3}",
    HEAD("adjustment.posted") "\"adjustment\":\"a\",\"payee\":\"guide:g\",\"amount\":-5,"
                              "\"reason\":\"更正 一次\",\"approver\":\"张 三\",\"order\":\"o\","
                              "\"period\":\"2026-11\"}",
    HEAD("payout.sent") "\"payout\":\"w\",\"payee\":\"hq\",\"amount\":5}",
    HEAD("payout.failed") "\"payout\":\"w\",\"payee\":\"mall:m\",\"amount\":0}",
    HEAD("plan.published") "\"yaml\":\"plan: p\\n\\tx\",\"retroactive\":true}",
};
#define GOOD_COUNT (sizeof good / sizeof *good)

/* Both encodings give back the event, field by field: its hash is over all of them. */
static void test_every_type_survives_both_wires(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(GOOD_COUNT, FEN_EVENT_TYPE_COUNT - 1);
    for (size_t row = 0; row < GOOD_COUNT; row++) {
        struct fen_event event = must_decode(fixture, good[row]);
        assert_int_equal(event.type, row + 1);
        uint32_t hash = fen_record_hash(&fen_event_schema, &event);
        for (int wire = FEN_WIRE_PROTOBUF; wire <= FEN_WIRE_JSON; wire++) {
            struct fen_event again;
            struct fen_refused refused;
            fen_buffer_clear(&fixture->bytes);
            fen_event_encode((enum fen_wire)wire, &event, &fixture->bytes);
            struct fen_str bytes = fen_arena_copy(fixture->arena, fen_buffer_str(&fixture->bytes));
            assert_int_equal(fen_event_decode((enum fen_wire)wire, bytes, fixture->arena, &again,
                                              &refused),
                             FEN_REFUSAL_NONE);
            assert_int_equal(fen_record_hash(&fen_event_schema, &again), hash);
            assert_int_equal(again.content, event.content);
        }
    }
}

static void test_defaults_are_filled_in(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event placed = must_decode(fixture, PLACED "\"lines\":[" LINE "]}");
    assert_true(fen_str_equal(placed.tenant, FEN_STR("default")));
    assert_int_equal(placed.version, 1);
    struct fen_event paid = must_decode(fixture, HEAD("order.paid") "\"order\":\"o\"}");
    assert_int_equal(paid.at_ms, 7);
    struct fen_event guide = must_decode(fixture, HEAD("guide.set") "\"guide\":\"g\"}");
    assert_int_equal(guide.effective_ms, 7);
    assert_int_equal(guide.status, FEN_GUIDE_ACTIVE);
    assert_true(fen_str_equal(guide.kind, FEN_STR("guide")));
    struct fen_event store = must_decode(fixture, HEAD("store.set") "\"store\":\"s\"}");
    assert_true(fen_str_equal(store.kind, FEN_STR("owned")));
    struct fen_event pickup = must_decode(
        fixture, HEAD("order.picked_up") "\"order\":\"o\",\"servers\":[{\"guide\":\"g\"}]}");
    assert_int_equal(pickup.servers[0].weight, 1);
    assert_false(must_decode(fixture, HEAD("plan.published") "\"yaml\":\"\"}").retroactive);
}

/* What a default says and what is said outright are the same event. */
static void test_said_and_unsaid_defaults_hash_equally(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event unsaid = must_decode(fixture, HEAD("guide.set") "\"guide\":\"g\"}");
    struct fen_event said = must_decode(
        fixture, HEAD("guide.set") "\"guide\":\"g\",\"effective\":7,\"tenant\":\"default\","
                                   "\"status\":\"active\",\"kind\":\"guide\",\"other\":{}}");
    assert_int_equal(fen_record_hash(&fen_event_schema, &unsaid),
                     fen_record_hash(&fen_event_schema, &said));
}

static void test_lists_are_put_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event placed = must_decode(
        fixture, PLACED "\"lines\":[{\"line\":3,\"sku\":\"c\",\"quantity\":1,\"paid\":1},"
                        "{\"line\":1,\"sku\":\"a\",\"quantity\":1,\"paid\":9,"
                        "\"discounts\":{\"b\":1,\"a\":2,\"c\":3}},"
                        "{\"line\":2,\"sku\":\"b\",\"quantity\":1,\"paid\":1}]}");
    for (uint32_t index = 0; index < 3; index++)
        assert_int_equal(placed.lines[index].line, index + 1);
    assert_true(fen_str_equal(placed.lines[0].sku, FEN_STR("a")));
    assert_true(fen_str_equal(placed.lines[0].discounts[0].name, FEN_STR("a")));
    assert_int_equal(placed.lines[0].discounts[0].amount_fen, 2);
    struct fen_event shipped =
        must_decode(fixture, HEAD("order.shipped") "\"order\":\"o\",\"lines\":[3,1,3,2,1]}");
    assert_int_equal(shipped.line_number_count, 3);
    for (uint32_t index = 0; index < 3; index++)
        assert_int_equal(shipped.line_numbers[index], index + 1);
}

/* In protobuf a map is a list: of equal names the last holds, as of JSON's keys. */
static void test_equal_names_in_protobuf(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event = must_decode(fixture, good[0]), again;
    struct fen_refused refused;
    struct fen_amount amounts[3] = {{FEN_STR("b"), 5}, {FEN_STR("a"), 60}, {FEN_STR("b"), 7}};
    event.lines[0].portions = amounts;
    event.lines[0].portion_count = 3;
    fen_event_encode(FEN_WIRE_PROTOBUF, &event, &fixture->bytes);
    assert_int_equal(fen_event_decode(FEN_WIRE_PROTOBUF, fen_buffer_str(&fixture->bytes),
                                      fixture->arena, &again, &refused),
                     FEN_REFUSAL_NONE);
    assert_int_equal(again.lines[0].portion_count, 2);
    assert_true(fen_str_equal(again.lines[0].portions[1].name, FEN_STR("b")));
    assert_int_equal(again.lines[0].portions[1].amount_fen, 7);
}

/* Fields a type does not have are not even looked at. */
static void test_fields_of_other_types_are_ignored(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event = must_decode(
        fixture, HEAD("order.refunded") "\"order\":\"o\",\"refund\":\"r\",\"status\":\"x\","
                                        "\"score\":1.5,\"sharer\":7,\"lines\":[{\"line\":1,"
                                        "\"amount\":5,\"sku\":6,\"discounts\":\"x\"}]}");
    assert_int_equal(event.status, FEN_GUIDE_STATUS_NONE);
    assert_null(event.sharer);
    event = must_decode(fixture, PLACED "\"until\":\"x\",\"lines\":[{\"line\":1,\"sku\":\"k\","
                                        "\"quantity\":1,\"paid\":1,\"amount\":1.5}]}");
    assert_int_equal(event.lines[0].amount_fen, FEN_NONE);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, event_fixture_set_up, event_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_type_survives_both_wires),
        TEST(test_defaults_are_filled_in),
        TEST(test_said_and_unsaid_defaults_hash_equally),
        TEST(test_lists_are_put_in_order),
        TEST(test_equal_names_in_protobuf),
        TEST(test_fields_of_other_types_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
