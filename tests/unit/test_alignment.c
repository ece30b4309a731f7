/* test_alignment: messages of several topics in the order of time (stream/alignment.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/sale/random.h"
#include "stream/alignment.h"

#define PARTITION_COUNT 3u
#define MESSAGE_COUNT   400u

/* A source that lags where the test says so. */
struct shy_source {
    struct fen_source source;
    int64_t lags[PARTITION_COUNT][FEN_TOPIC_COUNT];
};

static int64_t shy_lag(struct fen_source *source, enum fen_topic topic, uint32_t partition)
{
    return ((const struct shy_source *)source)->lags[partition][topic];
}

static const struct fen_source_functions shy_functions = {.lag = shy_lag};

static struct fen_message message_at(enum fen_topic topic, uint32_t partition, int64_t offset,
                                     int64_t timestamp_ms)
{
    return (struct fen_message){.topic = topic,
                                .partition = partition,
                                .offset = offset,
                                .timestamp_ms = timestamp_ms,
                                .key = FEN_STR("t/c"),
                                .value = FEN_STR("v")};
}

/* A poll gives runs: a stretch of one partition's topic, mostly in the order of time. */
static void fill_runs(uint64_t seed, struct fen_message messages[MESSAGE_COUNT])
{
    static const enum fen_topic topics[] = {FEN_TOPIC_ORDER_EVENTS, FEN_TOPIC_TOUCH_EVENTS,
                                            FEN_TOPIC_CUSTOMER_EVENTS};
    struct fen_random random = fen_random_of(seed, 0, 0);
    for (uint32_t at = 0; at < MESSAGE_COUNT;) {
        enum fen_topic topic = topics[fen_random_below(&random, 3)];
        uint32_t partition = (uint32_t)fen_random_below(&random, PARTITION_COUNT);
        int64_t time_ms = 1000 + (int64_t)fen_random_below(&random, 50);
        uint64_t left = 1 + fen_random_below(&random, 30);
        for (; left > 0 && at < MESSAGE_COUNT; left--) {
            time_ms += (int64_t)fen_random_below(&random, 8) - 1;
            messages[at] = message_at(topic, partition, (int64_t)at, time_ms);
            at++;
        }
    }
}

static void test_alignment_sorts_by_time_and_keeps_each_log_in_order(void **state)
{
    struct shy_source source = {.source = {&shy_functions}};
    struct fen_alignment alignment = {0};
    struct fen_message messages[MESSAGE_COUNT];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        fill_runs(seed, messages);
        uint32_t ready =
            fen_alignment_arrange(&alignment, &source.source, messages, MESSAGE_COUNT, false, 0);
        assert_int_equal(ready, MESSAGE_COUNT);
        int64_t last[PARTITION_COUNT][FEN_TOPIC_COUNT] = {0};
        int64_t newest[PARTITION_COUNT][FEN_TOPIC_COUNT] = {0};
        int64_t before_ms = INT64_MIN;
        for (uint32_t place = 0; place < ready; place++) {
            const struct fen_message *message = fen_alignment_at(&alignment, place);
            int64_t *offset = &last[message->partition][message->topic];
            int64_t *time_ms = &newest[message->partition][message->topic];
            assert_true(message->offset >= *offset);
            *offset = message->offset;
            /* A message's time is the newest of its log up to it. */
            if (message->timestamp_ms > *time_ms)
                *time_ms = message->timestamp_ms;
            assert_true(*time_ms >= before_ms);
            before_ms = *time_ms;
        }
        fen_alignment_stash(&alignment, 0);
        fen_alignment_clear(&alignment);
    }
    fen_alignment_deinit(&alignment);
}

static void test_alignment_keeps_the_order_of_arrival_at_equal_times(void **state)
{
    struct shy_source source = {.source = {&shy_functions}};
    struct fen_alignment alignment = {0};
    struct fen_message messages[6];
    for (uint32_t at = 0; at < 6; at++)
        messages[at] = message_at(at % 2 == 0 ? FEN_TOPIC_TOUCH_EVENTS : FEN_TOPIC_ORDER_EVENTS, 0,
                                  (int64_t)at, at < 3 ? 7 : 5);
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, messages, 6, false, 0), 6);
    for (uint32_t place = 0; place < 6; place++)
        assert_int_equal(fen_alignment_at(&alignment, place)->offset, place);
    fen_alignment_deinit(&alignment);
}

static void test_alignment_holds_back_what_is_ahead_and_gives_it_in_turn(void **state)
{
    struct shy_source source = {.source = {&shy_functions}};
    struct fen_alignment alignment = {0};
    source.lags[0][FEN_TOPIC_TOUCH_EVENTS] = 1;
    struct fen_message first[] = {
        message_at(FEN_TOPIC_ORDER_EVENTS, 0, 0, 10), message_at(FEN_TOPIC_ORDER_EVENTS, 0, 1, 30),
        message_at(FEN_TOPIC_ORDER_EVENTS, 0, 2, 40), message_at(FEN_TOPIC_TOUCH_EVENTS, 0, 0, 20),
        message_at(FEN_TOPIC_ORDER_EVENTS, 1, 0, 90)};
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, first, 5, false, 0), 3);
    static const int64_t times_ms[] = {10, 20, 90};
    for (uint32_t place = 0; place < 3; place++)
        assert_int_equal(fen_alignment_at(&alignment, place)->timestamp_ms, times_ms[place]);
    fen_alignment_stash(&alignment, 0);
    assert_true(fen_alignment_is_holding(&alignment));
    source.lags[0][FEN_TOPIC_TOUCH_EVENTS] = 0;
    struct fen_message second[] = {message_at(FEN_TOPIC_TOUCH_EVENTS, 0, 1, 35)};
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, second, 1, false, 1), 3);
    static const int64_t then_ms[] = {30, 35, 40};
    for (uint32_t place = 0; place < 3; place++)
        assert_int_equal(fen_alignment_at(&alignment, place)->timestamp_ms, then_ms[place]);
    fen_alignment_stash(&alignment, 1);
    assert_false(fen_alignment_is_holding(&alignment));
    fen_alignment_deinit(&alignment);
}

static void test_alignment_does_not_wait_for_ever(void **state)
{
    struct shy_source source = {.source = {&shy_functions}};
    struct fen_alignment alignment = {0};
    source.lags[0][FEN_TOPIC_TOUCH_EVENTS] = 1;
    struct fen_message messages[] = {message_at(FEN_TOPIC_ORDER_EVENTS, 0, 0, 10)};
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, messages, 1, false, 0), 0);
    fen_alignment_stash(&alignment, 0);
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, NULL, 0, false, 499), 0);
    fen_alignment_stash(&alignment, 499);
    /* More are here already: to take them is no waiting. */
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, NULL, 0, true, 600), 0);
    fen_alignment_stash(&alignment, 600);
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, NULL, 0, false, 1099), 0);
    fen_alignment_stash(&alignment, 1099);
    assert_int_equal(fen_alignment_arrange(&alignment, &source.source, NULL, 0, false, 1100), 1);
    fen_alignment_stash(&alignment, 1100);
    assert_false(fen_alignment_is_holding(&alignment));
    fen_alignment_deinit(&alignment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_sorts_by_time_and_keeps_each_log_in_order),
        cmocka_unit_test(test_alignment_keeps_the_order_of_arrival_at_equal_times),
        cmocka_unit_test(test_alignment_holds_back_what_is_ahead_and_gives_it_in_turn),
        cmocka_unit_test(test_alignment_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
