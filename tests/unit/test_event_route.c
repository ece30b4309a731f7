/* test_event_route: events against the records they came in: MISROUTED and FUTURE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/event_fixture.h"
#include "wire/topic.h"

static enum fen_refusal route(struct fixture *fixture, const struct fen_event *event,
                              struct fen_str key, int64_t timestamp_ms)
{
    struct fen_refused refused = {FEN_REFUSAL_NONE, FEN_STR_NONE};
    uint32_t partition = fen_str_is_set(key) ? fen_topic_partition(key, 48) : 0;
    enum fen_refusal code = fen_event_check_route(event, key, partition, 48, timestamp_ms,
                                                  fixture->arena, &refused);
    assert_int_equal(refused.code, code);
    return code;
}

static void test_keys_agree_with_their_events(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *json;
        const char *key;
        bool is_good;
    } rows[] = {
        {PLACED "\"customer\":\"c\",\"lines\":[" LINE "]}", "default/c", true},
        {PLACED "\"customer\":\"c\",\"lines\":[" LINE "]}", "default/o", false},
        {PLACED "\"customer\":\"c\",\"lines\":[" LINE "]}", "t/c", false},
        {PLACED "\"customer\":\"c\",\"lines\":[" LINE "]}", "default", false},
        {PLACED "\"customer\":\"c\",\"lines\":[" LINE "]}", "default/", false},
        {PLACED "\"lines\":[" LINE "]}", "default/o", true},
        {PLACED "\"lines\":[" LINE "]}", "default/c", false},
        {HEAD("order.paid") "\"order\":\"o\"}", "default/c", true},
        {HEAD("order.paid") "\"order\":\"o\"}", "default/o", true},
        {HEAD("order.paid") "\"order\":\"o\"}", "default/c/o", false},
        {HEAD("order.paid") "\"order\":\"o\"}", "defaults/c", false},
        {HEAD("order.paid") "\"order\":\"o\",\"customer\":\"c\"}", "default/c", true},
        {HEAD("order.paid") "\"order\":\"o\",\"customer\":\"c\"}", "default/o", false},
        {HEAD("touch.shared") "\"customer\":\"c\",\"guide\":\"g\"}", "default/c", true},
        {HEAD("touch.shared") "\"customer\":\"c\",\"guide\":\"g\"}", "default/g", false},
        {HEAD("task.closed") "\"task\":\"t\"}", "default/t", true},
        {HEAD("payout.sent") "\"payout\":\"w\",\"payee\":\"hq\",\"amount\":5}", "default/hq", true},
        {HEAD("guide.set") "\"guide\":\"g\"}", "default/g", true},
        {HEAD("guide.set") "\"guide\":\"g\"}", "t/g", false},
        {HEAD("plan.published") "\"yaml\":\"x\"}", "default", true},
        {HEAD("plan.published") "\"yaml\":\"x\"}", "default/x", false},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event = must_decode(fixture, rows[row].json);
        enum fen_refusal code = route(fixture, &event, fen_str_from(rows[row].key), -1);
        if (code != (rows[row].is_good ? FEN_REFUSAL_NONE : FEN_REFUSAL_MISROUTED))
            fail_msg("%s: %s", rows[row].key, rows[row].json);
    }
}

static void test_partition_and_clock(void **state)
{
    struct fixture *fixture = *state;
    struct fen_refused refused;
    struct fen_event event = must_decode(fixture, HEAD("task.closed") "\"task\":\"t\"}");
    struct fen_str key = FEN_STR("default/t");
    uint32_t partition = fen_topic_partition(key, 48);
    assert_int_equal(fen_event_check_route(&event, key, (partition + 1) % 48, 48, 7,
                                           fixture->arena, &refused),
                     FEN_REFUSAL_MISROUTED);
    assert_int_equal(route(fixture, &event, FEN_STR_NONE, 7), FEN_REFUSAL_MISROUTED);
    event.time_ms = 1000000;
    assert_int_equal(route(fixture, &event, key, -1), FEN_REFUSAL_NONE);
    assert_int_equal(route(fixture, &event, key, 1000000 - 300000), FEN_REFUSAL_NONE);
    assert_int_equal(route(fixture, &event, key, 1000000 - 300001), FEN_REFUSAL_FUTURE);
    assert_int_equal(route(fixture, &event, FEN_STR("x/t"), 0), FEN_REFUSAL_MISROUTED);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, event_fixture_set_up, event_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keys_agree_with_their_events),
        TEST(test_partition_and_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
