/*
 * test_split_evaluate: when a lane evaluates an order, what it counts of it, and which records it
 * notes to have looked at (SPEC §3, last paragraph on merging; §4, §6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/split_bench.h"
#include "split/attribute.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "share: {window: 7d}\ncredit_order: []\n"
    "roles:\n  sale: [{name: o, pay: 1%}]\n  share: [{name: s, pay: 10%}]\n"
    "  bind: [{name: b, pay: 0%}]\n";

static struct split_bench bench;

static void set_up_file(void)
{
    split_deinit(&bench);
    split_init(&bench, true);
}

static void announce(const char *guide)
{
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\"", guide);
}

/* Lines of 100.00, each with a seller of its own: S and the number, from `first`, back to front. */
static void place(const char *order, int version, int first, int line_count)
{
    char lines[2048] = "";
    for (int line = 1; line <= line_count; line++) {
        size_t used = strlen(lines);
        (void)snprintf(lines + used, sizeof lines - used,
                       "%s{\"line\":%d,\"sku\":\"k\",\"quantity\":1,\"paid\":10000,"
                       "\"seller\":\"S%d\"}",
                       line == 1 ? "" : ",", line, first + line_count - line);
    }
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"version\":%d,\"created\":%lld,\"lines\":[%s]",
              (long long)DAY_0, order, version, (long long)DAY_0, lines);
}

static void say_of_order(const char *type, const char *order)
{
    split_say(&bench, "\"type\":\"order.%s\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\"",
              type, (long long)DAY_0, order);
}

static uint32_t hash_of(const char *guide)
{
    return (uint32_t)fen_reference_hash('g', FEN_STR("default"), fen_str_from(guide));
}

static uint32_t noted_count(const char *guide)
{
    const uint32_t *slots;
    return fen_reference_index_find(bench.lane->references, hash_of(guide), &slots);
}

/* The order's references are those of S and `first` to S and `first + count - 1`. */
static void assert_references(int first, int count)
{
    const struct fen_order *order = split_order(&bench, "O");
    assert_int_equal(order->reference_count, count);
    for (int index = 0; index < count; index++) {
        char guide[16];
        bool is_there = false;
        (void)snprintf(guide, sizeof guide, "S%d", first + index);
        for (int at = 0; at < count; at++)
            is_there = is_there || order->references[at] == hash_of(guide);
        assert_true(is_there);
        assert_true(index == 0 || order->references[index - 1] < order->references[index]);
    }
}

/* Of S4 to S6 that of the smallest hash, which stands first. */
static const char *first_of_references(void)
{
    const char *first = "S4";
    if (hash_of("S5") < hash_of(first))
        first = "S5";
    return hash_of("S6") < hash_of(first) ? "S6" : first;
}

static void test_each_record_looked_at_is_noted_once(void **state)
{
    enum { LINES = 9, MORE = 4 };
    char guide[16];
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    /* One is looked at as the holder, too, and for what was transferred from it. */
    split_say(&bench,
              "\"type\":\"customer.bound\",\"time\":0,\"customer\":\"c\",\"guide\":\"%s\"",
              first_of_references());
    place("O", 1, 0, LINES);
    split_finish(&bench);
    assert_references(0, 0); /* before it is paid nobody is looked at */
    split_promote(&bench);
    split_begin(&bench);
    say_of_order("paid", "O");
    split_finish(&bench);
    assert_references(0, LINES);
    split_promote(&bench);
    split_begin(&bench);
    place("P", 1, 0, MORE + LINES); /* so that another stands behind O */
    say_of_order("paid", "P");
    split_promote(&bench);
    announce("S3");
    assert_int_equal(split_follow(&bench), 200);
    split_begin(&bench);
    place("O", 2, MORE, LINES); /* some it looked at before, and some it did not */
    split_finish(&bench);
    assert_references(MORE, LINES);
    split_promote(&bench);
    for (int number = 0; number < MORE + LINES; number++) {
        (void)snprintf(guide, sizeof guide, "S%d", number);
        assert_int_equal(noted_count(guide), 2);
    }
    split_begin(&bench);
    place("O", 3, 4, 3);
    split_finish(&bench);
    assert_references(4, 3);
    split_promote(&bench);
    split_begin(&bench);
    say_of_order("cancelled", "O");
    split_finish(&bench);
    assert_references(4, 0);
    split_promote(&bench);
}

/* On Kafka an order is evaluated once for all that came with the batch. */
static void test_a_batch_evaluates_an_order_once(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("S0");
    announce("S1");
    split_begin(&bench);
    place("P", 1, 0, 1);
    say_of_order("paid", "O"); /* waits for its order */
    assert_int_equal(bench.counts.lines_due, 1);
    place("O", 1, 0, 2);
    say_of_order("paid", "P");
    say_of_order("shipped", "O");
    assert_int_equal(bench.counts.lines_due, 1); /* O was due without lines, and is so no more */
    assert_int_equal(bench.counts.evaluations, 0);
    assert_int_equal(split_promote(&bench), 300);
    assert_int_equal(bench.counts.evaluations, 2);
    assert_int_equal(bench.counts.reevaluations, 0);
    assert_int_equal(bench.deliveries, 2 + 1);
    assert_true(fen_str_equal(bench.entries.items[0].subject, FEN_STR("order:P")));
    assert_true(fen_str_equal(bench.entries.items[1].subject, FEN_STR("order:O")));
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"touch.shared\",\"time\":%lld,\"customer\":\"c\",\"guide\":\"S0\"",
              (long long)(DAY_0 - 1));
    assert_int_equal(bench.counts.lines_due, 1 + 3);
    split_say(&bench,
              "\"type\":\"touch.shared\",\"time\":%lld,\"customer\":\"c\",\"guide\":\"S1\"",
              (long long)(DAY_0 - 2));
    assert_int_equal(bench.counts.lines_due, 1 + 3);
    assert_int_equal(split_promote(&bench), 3000);
    assert_int_equal(bench.counts.evaluations, 4);
    assert_int_equal(bench.counts.reevaluations, 2);
}

/* In files it is evaluated at each event. */
static void test_a_file_evaluates_an_order_at_each_event(void **state)
{
    set_up_file();
    split_publish(&bench, plan_yaml);
    announce("S0");
    split_begin(&bench);
    say_of_order("paid", "O");
    assert_int_equal(bench.counts.evaluations, 0);
    place("O", 1, 0, 1);
    assert_int_equal(bench.entries.count, 1);
    say_of_order("cancelled", "O");
    assert_int_equal(bench.entries.count, 2);
    assert_int_equal(bench.counts.evaluations, 2);
    assert_int_equal(bench.counts.lines_due, 0);
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(bench.deliveries, 1);
}

/* Facts of an order that is not placed evaluate nothing, nor does it wait for a plan. */
static void test_an_order_is_evaluated_from_its_placing_on(void **state)
{
    split_begin(&bench);
    say_of_order("paid", "O");
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 0);
    assert_int_equal(bench.counts.orders_unplanned, 0);
    assert_int_equal(split_measure(&bench).unplanned_count, 0);
    split_begin(&bench);
    place("O", 1, 0, 1);
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 1);
    assert_int_equal(bench.counts.orders_unplanned, 1);
    assert_int_equal(split_measure(&bench).unplanned_count, 1);
}

/* What is no news evaluates nothing: an order paid later than it was, a version before the last. */
static void test_what_is_no_news_evaluates_nothing(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    place("O", 2, 0, 1);
    say_of_order("paid", "O");
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 1);
    split_begin(&bench);
    place("O", 1, 0, 2);
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\"",
              (long long)(DAY_0 + 1));
    split_promote(&bench);
    assert_int_equal(bench.change_count, 1); /* it keeps the marks of what it has seen */
    assert_int_equal(bench.counts.evaluations, 1);
    assert_int_equal(bench.counts.lines_due, 1);
}

static void refund(const char *order, int line, int amount_fen)
{
    split_say(&bench,
              "\"type\":\"order.refunded\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"refund\":\"r%d\",\"lines\":[{\"line\":%d,\"amount\":%d}]",
              (long long)DAY_0, order, line, line, amount_fen);
}

/* SPEC §3: an excess is counted by the line of a refund or version that brings it, no other. */
static void test_an_excess_is_counted_by_what_brings_it(void **state)
{
    split_begin(&bench);
    refund("O", 1, 10001);
    assert_int_equal(bench.counts.refunds_in_excess, 0); /* nothing is known of the line */
    place("O", 1, 0, 2);
    assert_int_equal(bench.counts.refunds_in_excess, 1);
    split_say(&bench,
              "\"type\":\"order.shipped\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\","
              "\"lines\":[1,2]",
              (long long)DAY_0);
    assert_int_equal(bench.counts.refunds_in_excess, 1);
    refund("O", 2, 10001);
    assert_int_equal(bench.counts.refunds_in_excess, 2);
    struct fen_event_line lines[] = {{.line = 2, .amount_fen = 5}, {.line = 1}};
    struct fen_event event = {.id = FEN_STR("x"), .tenant = FEN_STR("default"),
                              .type = FEN_EVENT_ORDER_REFUNDED, .order = FEN_STR("O"),
                              .customer = FEN_STR("c"), .refund = FEN_STR("r9"), .lines = lines,
                              .line_count = 1};
    assert_int_equal(fen_split_lane_apply(bench.lane, &event), FEN_SPLIT_APPLIED);
    assert_int_equal(bench.counts.refunds_in_excess, 3);
    split_promote(&bench);
}

/* SPEC §4: a credit in suspense is counted when it comes to be, per line. */
static void test_suspense_is_counted_where_it_grows(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    place("O", 1, 0, 2);
    split_promote(&bench);
    assert_int_equal(bench.counts.credits_in_suspense, 0); /* not paid */
    static const struct {
        int first, line_count;
        uint64_t counted, standing;
    } rows[] = {{0, 2, 2, 2}, {0, 3, 3, 3}, {5, 3, 3, 3}, {0, 1, 3, 1}, {0, 4, 6, 4}};
    split_begin(&bench);
    say_of_order("paid", "O");
    split_promote(&bench);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        split_begin(&bench);
        place("O", 2 + (int)row, rows[row].first, rows[row].line_count);
        split_promote(&bench);
        assert_int_equal(bench.counts.credits_in_suspense, rows[row].counted);
        assert_int_equal(split_measure(&bench).suspense_count, rows[row].standing);
    }
}

/* Also where the credit is divided: servers share it, or portions do. */
static void test_suspense_of_a_divided_credit_is_counted(void **state)
{
    split_publish(&bench, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                          "from: 2026-01-01 00:00\nroles:\n"
                          "  serve: [{name: v, pay: 1%, earned: picked_up}]\n"
                          "  sale: [{name: o, pay: 1%, split: {self: 60%, hq: 40%}}]\n");
    announce("S0");
    split_begin(&bench);
    place("O", 1, 0, 1);
    say_of_order("paid", "O");
    assert_int_equal(split_promote(&bench), 100); /* S0 is known */
    assert_int_equal(split_measure(&bench).suspense_count, 0);
    split_begin(&bench);
    place("O", 2, 1, 1); /* S1 is not */
    assert_int_equal(split_promote(&bench), -100);
    assert_int_equal(split_measure(&bench).suspense_count, 1);
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"order.picked_up\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\","
              "\"servers\":[{\"guide\":\"S0\"},{\"guide\":\"S2\"},{\"guide\":\"S3\"}]",
              (long long)DAY_0);
    assert_int_equal(split_promote(&bench), 33); /* the credit is one, though two wait */
    assert_int_equal(split_measure(&bench).suspense_count, 2);
    assert_int_equal(bench.counts.credits_in_suspense, 2);
    announce("S1");
    assert_int_equal(split_follow(&bench), 100);
    assert_int_equal(split_measure(&bench).suspense_count, 1);
}

/* SPEC §5.1: an amount per unit of the greatest line, half of which comes back. */
static void test_half_of_the_greatest_line_remains(void **state)
{
    split_publish(&bench, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                          "from: 2026-01-01 00:00\n"
                          "roles: {sale: [{name: o, pay: {per_unit: 1.00}}]}\n");
    announce("S0");
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\","
              "\"version\":1,\"created\":%lld,\"seller\":\"S0\",\"lines\":[{\"line\":1,"
              "\"sku\":\"k\",\"quantity\":10,\"paid\":1000000000000000}]",
              (long long)DAY_0, (long long)DAY_0);
    say_of_order("paid", "O");
    assert_int_equal(split_promote(&bench), 1000);
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"order.refunded\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\","
              "\"refund\":\"r\",\"lines\":[{\"line\":1,\"amount\":500000000000000}]",
              (long long)DAY_0);
    assert_int_equal(split_promote(&bench), -500);
}

static void place_and_pick_up(const char *order, const char *servers)
{
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"version\":1,\"created\":%lld,\"store\":\"S\","
              "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":10000}]",
              (long long)DAY_0, order, (long long)DAY_0);
    say_of_order("paid", order);
    split_say(&bench,
              "\"type\":\"order.picked_up\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"servers\":[{\"guide\":\"%c\"},{\"guide\":\"%c\"},{\"guide\":\"%c\"},"
              "{\"guide\":\"%c\"}]",
              (long long)DAY_0, order, servers[0], servers[1], servers[2], servers[3]);
}

/* As the difference needs them (model/difference.h), in whatever order the facts come. */
static void test_what_is_posted_ascends_by_key(void **state)
{
    static const char *const servers[] = {"ABCD", "DCBA", "BADC", "CDAB", "DABC", "BCDA", "ACBD"};
    split_publish(&bench, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                          "from: 2026-01-01 00:00\nroles:\n"
                          "  serve: [{name: v, pay: 10%, earned: picked_up,\n"
                          "           split: {sell_store: 40%, self: 60%}}]\n"
                          "  sell_store: [{name: t, pay: 1%, split: {self: 60%, hq: 10%,\n"
                          "                sell_store: 30%}}]\n");
    announce("A");
    announce("B");
    announce("C");
    announce("D");
    for (size_t row = 0; row < sizeof servers / sizeof *servers; row++) {
        split_begin(&bench);
        char id[16];
        (void)snprintf(id, sizeof id, "O%zu", row);
        place_and_pick_up(id, servers[row]);
        split_finish(&bench);
        const struct fen_order *order = split_order(&bench, id);
        assert_int_equal(order->posted_count, 4 + 1 + 3);
        for (uint32_t at = 1; at < order->posted_count; at++)
            assert_true(fen_key_compare(&order->posted[at - 1].key, &order->posted[at].key) < 0);
        split_promote(&bench);
    }
}

/* Records of orders hold them: a later version of fen must find what an earlier one noted. */
static void test_a_references_number_never_changes(void **state)
{
    assert_int_equal(fen_reference_hash('g', FEN_STR("default"), FEN_STR("A")), 0x5611ed4c);
    assert_int_equal(fen_reference_hash('s', FEN_STR("default"), FEN_STR("A")), 0x5611ed58);
    assert_int_equal(fen_reference_hash('g', FEN_STR("t"), FEN_STR("guide-0001")),
                     0x9c1dbdbe);
}

/* An order without a customer has no touches to look for. */
static void test_an_order_without_customer_takes_no_touch(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("S0");
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"O\",\"created\":%lld,"
              "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":10000,"
              "\"seller\":\"S0\"}]",
              (long long)DAY_0, (long long)DAY_0);
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"O\"", (long long)DAY_0);
    assert_int_equal(split_promote(&bench), 100);
    assert_int_equal(bench.change_count, 1);
}

/* Touches that came while no plan was there are found when one comes. */
static void test_touches_are_looked_for_when_the_plan_comes(void **state)
{
    announce("S0");
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"touch.shared\",\"time\":%lld,\"customer\":\"c\",\"guide\":\"S0\"",
              (long long)(DAY_0 - 1));
    place("O", 1, 1, 1);
    say_of_order("paid", "O");
    split_promote(&bench);
    split_publish(&bench, plan_yaml);
    assert_int_equal(split_follow(&bench), 1000);
    split_begin(&bench);
    say_of_order("shipped", "O");
    assert_int_equal(split_promote(&bench), 0);
}

#define TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, split_set_up, split_tear_down, &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_record_looked_at_is_noted_once),
        TEST(test_a_batch_evaluates_an_order_once),
        TEST(test_a_file_evaluates_an_order_at_each_event),
        TEST(test_an_order_is_evaluated_from_its_placing_on),
        TEST(test_what_is_no_news_evaluates_nothing),
        TEST(test_an_excess_is_counted_by_what_brings_it),
        TEST(test_suspense_is_counted_where_it_grows),
        TEST(test_suspense_of_a_divided_credit_is_counted),
        TEST(test_half_of_the_greatest_line_remains),
        TEST(test_what_is_posted_ascends_by_key),
        TEST(test_a_references_number_never_changes),
        TEST(test_an_order_without_customer_takes_no_touch),
        TEST(test_touches_are_looked_for_when_the_plan_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
