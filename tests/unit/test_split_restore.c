/*
 * test_split_restore: what a lane keeps of records that are taken back or come again (DESIGN §3),
 * and what a restore takes of memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/split_bench.h"

#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "roles:\n  sale: [{name: o, pay: 1%}]\n  bind: [{name: b, pay: 2%}]\n";

static struct split_bench bench;

/* An order of 100.00 that U sold, whom nobody has announced. */
static void place_and_pay(const char *order)
{
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"version\":1,\"created\":%lld,\"seller\":\"U\","
              "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":10000}]",
              (long long)DAY_0, order, (long long)DAY_0);
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\"",
              (long long)DAY_0, order);
}

static void bind_to(const char *guide)
{
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\"", guide);
    split_say(&bench, "\"type\":\"customer.bound\",\"time\":%lld,\"customer\":\"c\","
                      "\"guide\":\"%s\"", (long long)DAY_0 - 1, guide);
}

static const struct split_record *record_of(enum fen_split_record kind)
{
    for (uint32_t at = 0; at < bench.record_count; at++)
        if (bench.records[at].kind == kind)
            return &bench.records[at];
    fail();
    return NULL;
}

static void count_order(void *context, const struct fen_order *order)
{
    (*(uint32_t *)context)++;
    assert_true(fen_str_equal(order->order, FEN_STR("P")));
}

/* It comes back as it came first, and leaves again; and keys of which nothing is known. */
static void test_a_tombstone_leaves_nothing_of_an_order(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    place_and_pay("O");
    split_promote(&bench);
    struct fen_str value = record_of(FEN_SPLIT_ORDER)->value;
    split_begin(&bench);
    place_and_pay("P");
    split_promote(&bench);
    static const uint64_t counts[] = {1, 1, 2, 1};
    for (int step = 0; step < 4; step++) {
        assert_true(fen_split_lane_restore_order(bench.lane, FEN_STR("default/O"),
                                                 step == 2 ? value : FEN_STR_NONE));
        assert_int_equal(split_measure(&bench).order_count, counts[step]);
        assert_int_equal(split_measure(&bench).suspense_count, counts[step]);
    }
    uint32_t visited = 0;
    fen_split_lane_visit_orders(bench.lane, bench.scratch, count_order, &visited);
    assert_int_equal(visited, 1);
    static const struct fen_str asked[] = {{"P", 1}, {"O", 1}, {"Z", 1}};
    for (int at = 0; at < 3; at++)
        fen_split_lane_visit_order(bench.lane, bench.scratch, FEN_STR("default"), asked[at],
                                   count_order, &visited);
    assert_int_equal(visited, 2);
    assert_true(fen_split_lane_restore_order(bench.lane, FEN_STR("default/N"), FEN_STR_NONE));
    assert_true(fen_split_lane_restore_customer(bench.lane, FEN_STR("default/n"), FEN_STR_NONE));
    assert_int_equal(split_measure(&bench).order_count, 1);
    assert_int_equal(split_measure(&bench).suspense_count, 1);
}

/* Whoever asks for the binding later finds none. */
static void test_a_tombstone_leaves_nothing_of_a_customer(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    bind_to("A");
    split_promote(&bench);
    split_begin(&bench);
    place_and_pay("O");
    assert_int_equal(split_promote(&bench), 200);
    assert_true(fen_split_lane_restore_customer(bench.lane, FEN_STR("default/c"), FEN_STR_NONE));
    split_begin(&bench);
    place_and_pay("P");
    assert_int_equal(split_promote(&bench), 0);
}

/* What a record is decoded into serves for the next one. */
static void test_memory_of_a_restore_is_bounded(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    bind_to("A");
    place_and_pay("O");
    split_promote(&bench);
    split_restore(&bench);
    size_t held_bytes = split_measure(&bench).held_bytes;
    static const enum fen_split_record kinds[] = {FEN_SPLIT_ORDER, FEN_SPLIT_CUSTOMER};
    for (int kind = 0; kind < 2; kind++)
        for (int turn = 0; turn < 2000; turn++)
            assert_true(split_restore_record(&bench, record_of(kinds[kind])));
    assert_int_equal(split_measure(&bench).held_bytes, held_bytes);
}

#define TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, split_set_up, split_tear_down, &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_tombstone_leaves_nothing_of_an_order),
        TEST(test_a_tombstone_leaves_nothing_of_a_customer),
        TEST(test_memory_of_a_restore_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
