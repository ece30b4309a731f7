/*
 * test_facts: how facts of an order and a customer merge (SPEC §3), each in both orders of arrival;
 * what remains of a line (SPEC §5), up to the ends of the declared range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/customer.h"
#include "split/entitle.h"
#include "split/facts.h"
#include "split/remaining.h"

#define AMOUNT_MAX INT64_C(1000000000000000)

static struct fen_order order;
static struct fen_customer customer;
static struct fen_arena *arena;

static int set_up(void **state)
{
    arena = fen_arena_create(4096);
    fen_record_clear(&fen_order_schema, &order);
    fen_record_clear(&fen_customer_schema, &customer);
    return 0;
}

static int tear_down(void **state)
{
    fen_arena_destroy(arena);
    return 0;
}

/* `lines` ends with 0; none: every line. */
static bool merge_fact(enum fen_event_type type, const char *id, int64_t time_ms, int64_t lines[4])
{
    struct fen_event event = {.type = type, .id = fen_str_from(id), .time_ms = time_ms,
                              .at_ms = time_ms, .until_ms = time_ms * 10, .line_numbers = lines};
    while (lines != NULL && lines[event.line_number_count] != 0)
        event.line_number_count++;
    return fen_facts_merge_order(arena, &event, &order);
}

#define LINES(...) ((int64_t[4]){__VA_ARGS__})

static void test_the_earliest_fact_of_a_line_holds(void **state)
{
    assert_true(merge_fact(FEN_EVENT_ORDER_SHIPPED, "b", 20, LINES(1, 2)));
    assert_false(merge_fact(FEN_EVENT_ORDER_SHIPPED, "c", 20, LINES(1, 2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_SHIPPED, "a", 20, LINES(1)));
    assert_false(merge_fact(FEN_EVENT_ORDER_SHIPPED, "z", 21, LINES(1)));
    assert_true(merge_fact(FEN_EVENT_ORDER_SHIPPED, "y", 19, LINES(2, 1)));
    assert_true(merge_fact(FEN_EVENT_ORDER_SHIPPED, "x", 18, LINES(2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_SHIPPED, "w", 18, LINES(1, 2)));
    assert_int_equal(fen_facts_line_times(&order, 1).at_ms[FEN_FACT_SHIPPED], 18);
    assert_true(fen_str_equal(fen_facts_line_times(&order, 2).shipment->event, FEN_STR("w")));
    assert_int_equal(fen_facts_line_times(&order, 3).at_ms[FEN_FACT_SHIPPED], FEN_NONE);
    assert_int_equal(fen_facts_line_times(&order, 1).at_ms[FEN_FACT_RECEIVED], FEN_NONE);
    assert_int_equal(fen_facts_line_times(&order, 1).at_ms[FEN_FACT_NONE], FEN_NONE);
}

/* The highest version holds, of equals the greatest id; any other, or it again, is no news. */
static void test_the_highest_version_holds(void **state)
{
    static const struct {
        const char *id;
        uint32_t version;
        bool is_news;
    } rows[] = {{"m", 2, true},  {"m", 2, false}, {"z", 1, false},
                {"l", 2, false}, {"n", 2, true},  {"a", 3, true}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event = {.type = FEN_EVENT_ORDER_PLACED, .version = rows[row].version,
                                  .id = fen_str_from(rows[row].id)};
        assert_int_equal(fen_facts_merge_order(arena, &event, &order), rows[row].is_news);
    }
    assert_true(fen_str_equal(order.placed_event, FEN_STR("a")));
}

/* Only of a sku that the order has a line of. */
static void test_a_touch_is_classed_by_the_skus_of_the_lines(void **state)
{
    struct fen_event_line lines[] = {{.line = 1, .sku = FEN_STR("k1")},
                                     {.line = 2, .sku = FEN_STR("k2")}};
    order.lines = lines;
    order.line_count = 2;
    assert_int_equal(fen_facts_touch_class(&order, FEN_STR("k1")), 1);
    assert_int_equal(fen_facts_touch_class(&order, FEN_STR("k2")), 2);
    assert_int_equal(fen_facts_touch_class(&order, FEN_STR("k3")), 0);
    assert_int_equal(fen_facts_touch_class(&order, FEN_STR_NONE), 0);
}

/* A fact for every line and one for a line: the earlier of the two, of equals the smaller id. */
static void test_a_fact_for_every_line_stands_beside_one_for_a_line(void **state)
{
    assert_true(merge_fact(FEN_EVENT_ORDER_RECEIVED, "b", 20, NULL));
    assert_true(merge_fact(FEN_EVENT_ORDER_RECEIVED, "a", 20, LINES(1)));
    assert_true(merge_fact(FEN_EVENT_ORDER_RECEIVED, "c", 30, LINES(2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_RECEIVED, "c", 10, LINES(3)));
    assert_int_equal(fen_facts_line_times(&order, 1).at_ms[FEN_FACT_RECEIVED], 20);
    assert_int_equal(fen_facts_line_times(&order, 2).at_ms[FEN_FACT_RECEIVED], 20);
    assert_int_equal(fen_facts_line_times(&order, 3).at_ms[FEN_FACT_RECEIVED], 10);
    assert_int_equal(fen_facts_line_times(&order, 4).at_ms[FEN_FACT_RECEIVED], 20);
    assert_true(merge_fact(FEN_EVENT_ORDER_PICKED_UP, "b", 20, LINES(1)));
    assert_true(merge_fact(FEN_EVENT_ORDER_PICKED_UP, "a", 20, NULL));
    assert_true(fen_str_equal(fen_facts_line_times(&order, 1).pickup->event, FEN_STR("a")));
}

static void test_the_newest_deadline_of_a_line_holds(void **state)
{
    assert_int_equal(fen_facts_line_times(&order, 1).until_ms, FEN_NONE);
    assert_true(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "b", 20, LINES(1, 2)));
    assert_false(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "a", 20, LINES(1, 2)));
    assert_false(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "z", 19, LINES(2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "c", 20, LINES(2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "bb", 20, LINES(1, 2)));
    assert_true(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "a", 19, NULL));
    assert_int_equal(fen_facts_line_times(&order, 1).until_ms, 200);
    assert_int_equal(fen_facts_line_times(&order, 3).until_ms, 190);
    assert_true(merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, "a", 21, NULL));
    assert_int_equal(fen_facts_line_times(&order, 2).until_ms, 210);
}

static void test_payment_and_cancelling_are_told_once(void **state)
{
    assert_true(merge_fact(FEN_EVENT_ORDER_PAID, "b", 20, NULL));
    assert_false(merge_fact(FEN_EVENT_ORDER_PAID, "c", 20, NULL));
    assert_true(merge_fact(FEN_EVENT_ORDER_PAID, "a", 20, NULL));
    assert_false(merge_fact(FEN_EVENT_ORDER_PAID, "a", 21, NULL));
    assert_true(merge_fact(FEN_EVENT_ORDER_PAID, "z", 19, NULL));
    assert_int_equal(fen_facts_line_times(&order, 1).at_ms[FEN_FACT_PAID], 19);
    assert_true(merge_fact(FEN_EVENT_ORDER_CANCELLED, "x", 20, NULL));
    assert_false(merge_fact(FEN_EVENT_ORDER_CANCELLED, "y", 21, NULL));
    assert_true(order.is_cancelled);
}

static bool merge_refund(const char *id, const char *refund, int64_t line, int64_t amount_fen,
                         int64_t quantity)
{
    struct fen_event_line lines[2] = {
        {.line = line, .amount_fen = amount_fen, .quantity = quantity},
        {.line = line + 1, .amount_fen = 0, .quantity = FEN_NONE}};
    struct fen_event event = {.type = FEN_EVENT_ORDER_REFUNDED, .id = fen_str_from(id),
                              .refund = fen_str_from(refund), .lines = lines, .line_count = 2};
    return fen_facts_merge_order(arena, &event, &order);
}

static void test_the_greatest_event_of_a_refund_holds(void **state)
{
    assert_true(merge_refund("b", "r1", 1, 100, FEN_NONE));
    assert_false(merge_refund("a", "r1", 1, 300, FEN_NONE));
    assert_false(merge_refund("b", "r1", 1, 300, FEN_NONE));
    assert_true(merge_refund("c", "r1", 1, 200, FEN_NONE));
    assert_true(merge_refund("a", "r2", 1, 300, FEN_NONE));
    assert_int_equal(order.refund_count, 4);
    assert_int_equal(order.refunds[0].amount_fen, 200);
}

/* However many refunds of 10^15 there are, the sum is cut at what was paid, and never overflows. */
static void test_refunds_are_clamped_over_the_declared_range(void **state)
{
    struct fen_event_line line = {.line = 1, .paid_fen = AMOUNT_MAX, .quantity = 1000000};
    struct fen_event_line gift = {.line = 3, .paid_fen = 0, .quantity = 1000000};
    static char ids[50][2]; /* facts borrow their texts */
    for (int number = 0; number < 50; number++) {
        ids[number][0] = (char)('A' + number);
        merge_refund(ids[number], ids[number], 1, AMOUNT_MAX - 1, 1000000);
    }
    struct fen_remaining left[FEN_VIEW_COUNT];
    fen_line_remaining(&order, &line, 2 * AMOUNT_MAX, left);
    assert_int_equal(left[FEN_VIEW_ALL].fen, 0);
    assert_int_equal(left[FEN_VIEW_ALL].numerator, 0);
    order.refund_count = 1;
    fen_line_remaining(&order, &line, 2 * AMOUNT_MAX, left);
    assert_int_equal(left[FEN_VIEW_ALL].fen, 2);
    assert_int_equal(left[FEN_VIEW_ALL].denominator, AMOUNT_MAX);
    order.refunds[0].line = 3;
    order.refunds[0].quantity = 999999;
    fen_line_remaining(&order, &gift, AMOUNT_MAX, left);
    assert_int_equal(left[FEN_VIEW_ALL].fen, AMOUNT_MAX / 1000000);
}

/* SPEC §3: the excess over `paid` is told, of the order's first line and of its last. */
/* Whether any refund may leave an amount to a role: by its own policy, or by the plan's for one. */
static void test_goodwill_is_told_by_refund_and_plan(void **state)
{
    static const struct {
        enum fen_refund_policy own, of_plan;
        bool has_goodwill;
    } rows[] = {
        {FEN_REFUND_POLICY_NONE, FEN_REFUND_WITHHOLD, false},
        {FEN_REFUND_POLICY_NONE, FEN_REFUND_GOODWILL, true},
        {FEN_REFUND_WITHHOLD, FEN_REFUND_GOODWILL, false},
        {FEN_REFUND_GOODWILL, FEN_REFUND_WITHHOLD, true},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_plan plan = {0};
        struct fen_refund_fact refund = {.policy = rows[row].own};
        for (enum fen_role role = FEN_ROLE_SHARE; role < FEN_ROLE_COUNT; role++)
            plan.refund[role] = FEN_REFUND_WITHHOLD;
        plan.refund[FEN_ROLE_SERVE] = rows[row].of_plan;
        order.refunds = &refund;
        order.refund_count = 0;
        assert_false(fen_order_has_goodwill(&order, &plan));
        order.refund_count = 1;
        assert_int_equal(fen_order_has_goodwill(&order, &plan), rows[row].has_goodwill);
    }
}

static void test_a_refund_in_excess_is_told(void **state)
{
    struct fen_event_line lines[2] = {{.line = 1, .paid_fen = 100}, {.line = 4, .paid_fen = 50}};
    order.lines = lines;
    order.line_count = 2;
    merge_refund("a", "r1", 1, 100, FEN_NONE);
    merge_refund("b", "r1", 4, 50, FEN_NONE);
    merge_refund("b", "r1", 7, 50, FEN_NONE);
    assert_false(fen_entitle_is_refund_in_excess(&order, 1));
    assert_false(fen_entitle_is_refund_in_excess(&order, 4));
    assert_false(fen_entitle_is_refund_in_excess(&order, 7)); /* no such line yet */
    uint32_t line_count;
    assert_true(fen_facts_refund_excess(&order, &line_count) == 0);
    assert_int_equal(line_count, 0); /* all of it is back, and no more */
    merge_refund("c", "r2", 1, 1, FEN_NONE);
    assert_true(fen_entitle_is_refund_in_excess(&order, 1));
    assert_false(fen_entitle_is_refund_in_excess(&order, 4));
    merge_refund("c", "r2", 4, 1, FEN_NONE);
    assert_true(fen_entitle_is_refund_in_excess(&order, 4));
    assert_true(fen_facts_refund_excess(&order, &line_count) == 1 + 1);
    assert_int_equal(line_count, 2);
    order.refund_count -= 2; /* back to before it */
    assert_false(fen_entitle_is_refund_in_excess(&order, 4));
}

static bool merge_customer(enum fen_event_type type, const char *id, int64_t time_ms,
                           const char *guide)
{
    struct fen_event event = {.type = type, .id = fen_str_from(id), .at_ms = time_ms,
                              .effective_ms = time_ms, .guide = fen_str_from(guide),
                              .recruiter = fen_str_from(guide)};
    return fen_facts_merge_customer(arena, &event, &customer);
}

static void test_the_earliest_registration_holds(void **state)
{
    assert_true(merge_customer(FEN_EVENT_CUSTOMER_REGISTERED, "b", 20, "B"));
    assert_false(merge_customer(FEN_EVENT_CUSTOMER_REGISTERED, "c", 20, "C"));
    assert_true(merge_customer(FEN_EVENT_CUSTOMER_REGISTERED, "a", 20, "A"));
    assert_false(merge_customer(FEN_EVENT_CUSTOMER_REGISTERED, "a", 21, "D"));
    assert_true(merge_customer(FEN_EVENT_CUSTOMER_REGISTERED, "z", 19, "Z"));
    assert_true(fen_str_equal(customer.recruiter, FEN_STR("Z")));
    assert_int_equal(customer.registered_ms, 19);
    assert_true(merge_customer(FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED, "v", 20, ""));
    assert_false(merge_customer(FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED, "w", 21, ""));
    assert_true(customer.is_voided);
}

static void test_bindings_stand_by_effective_time_and_id(void **state)
{
    merge_customer(FEN_EVENT_CUSTOMER_BOUND, "b", 20, "B");
    merge_customer(FEN_EVENT_CUSTOMER_BOUND, "d", 30, "D");
    merge_customer(FEN_EVENT_CUSTOMER_BOUND, "a", 20, "A");
    merge_customer(FEN_EVENT_CUSTOMER_BOUND, "c", 20, "C");
    merge_customer(FEN_EVENT_CUSTOMER_BOUND, "e", 10, "E");
    assert_null(fen_facts_binding(&customer, 9));
    assert_true(fen_str_equal(fen_facts_binding(&customer, 10)->guide, FEN_STR("E")));
    assert_true(fen_str_equal(fen_facts_binding(&customer, 20)->guide, FEN_STR("C")));
    assert_true(fen_str_equal(fen_facts_binding(&customer, 29)->guide, FEN_STR("C")));
    assert_true(fen_str_equal(fen_facts_binding(&customer, 30)->guide, FEN_STR("D")));
}

/* Many bindings into the midst of others, each grown array filling a chunk of its own. */
static void test_bindings_stand_in_order_whatever_the_arrival(void **state)
{
    static char ids[64][4];
    fen_arena_destroy(arena);
    arena = fen_arena_create(64);
    for (int number = 0; number < 64; number++) {
        int time_ms = number < 32 ? 10 * number : 10 * (number - 32) + 5;
        ids[number][0] = (char)('A' + number / 8);
        ids[number][1] = (char)('A' + number % 8);
        assert_true(merge_customer(FEN_EVENT_CUSTOMER_BOUND, ids[number], time_ms, ids[number]));
    }
    assert_int_equal(customer.binding_count, 64);
    for (uint32_t index = 0; index < 64; index++)
        assert_int_equal(customer.bindings[index].effective_ms, 5 * index);
}

/* 100 events of 100 lines each: the memory is that of the facts, not of every step on the way. */
static void test_memory_grows_with_the_facts_not_with_their_square(void **state)
{
    static char ids[100][4];
    static struct fen_event_line lines[100];
    for (uint32_t number = 0; number < 100; number++) {
        (void)snprintf(ids[number], sizeof ids[number], "r%u", number);
        for (uint32_t index = 0; index < 100; index++)
            lines[index] = (struct fen_event_line){.line = index + 1, .amount_fen = 1};
        struct fen_event refund = {.type = FEN_EVENT_ORDER_REFUNDED,
                                   .id = fen_str_from(ids[number]),
                                   .refund = fen_str_from(ids[number]),
                                   .lines = lines,
                                   .line_count = 100};
        assert_true(fen_facts_merge_order(arena, &refund, &order));
        for (int64_t line = 1; line <= 100; line++) {
            (void)merge_fact(FEN_EVENT_ORDER_SHIPPED, ids[number], 1000 - number, LINES(line));
            (void)merge_fact(FEN_EVENT_ORDER_DEADLINE_MOVED, ids[number], number, LINES(line));
        }
    }
    assert_int_equal(order.refund_count, 10000);
    assert_int_equal(order.fact_count, 100);
    assert_int_equal(order.deadline_count, 100);
    assert_in_range(fen_arena_used_bytes(arena), 0,
                    4 * order.refund_count * sizeof *order.refunds);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_highest_version_holds),
        TEST(test_a_touch_is_classed_by_the_skus_of_the_lines),
        TEST(test_the_earliest_fact_of_a_line_holds),
        TEST(test_a_fact_for_every_line_stands_beside_one_for_a_line),
        TEST(test_the_newest_deadline_of_a_line_holds),
        TEST(test_payment_and_cancelling_are_told_once),
        TEST(test_the_greatest_event_of_a_refund_holds),
        TEST(test_refunds_are_clamped_over_the_declared_range),
        TEST(test_goodwill_is_told_by_refund_and_plan),
        TEST(test_a_refund_in_excess_is_told),
        TEST(test_the_earliest_registration_holds),
        TEST(test_bindings_stand_by_effective_time_and_id),
        TEST(test_bindings_stand_in_order_whatever_the_arrival),
        TEST(test_memory_grows_with_the_facts_not_with_their_square),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
