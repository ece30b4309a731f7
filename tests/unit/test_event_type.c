/*
 * test_event_type: the type of event that each entry of a split lane names beside the event's id
 * (SPEC §10): that of the event which had its subject evaluated.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/split_bench.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

#define PLAN_OF(version, percent)                                                                  \
    "plan: p\nversion: " version "\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n" \
    "credit_order: []\nshare: {window: 7d}\n"                                                      \
    "roles:\n"                                                                                     \
    "  share: [{name: s, pay: " percent "%}]\n"                                                    \
    "  bind: [{name: b, pay: " percent "%}]\n"                                                     \
    "  sell_store: [{name: t, when: {store_kind: owned}, pay: 1%}]\n"                              \
    "  recruit: [{name: q, per_customer: 5.00}]\n"                                                 \
    "tasks: {game: {score: [[1, 9.00]]}}\n"

static const char plan_1[] = PLAN_OF("1", "1");
static const char plan_2[] = PLAN_OF("2", "2");

static struct split_bench bench;

static void set_guide(const char *guide)
{
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\",\"effective\":0", guide);
}

static void share(const char *guide)
{
    split_say(&bench,
              "\"type\":\"touch.shared\",\"time\":%lld,\"guide\":\"%s\",\"customer\":\"c\"",
              (long long)(DAY_0 - DAY), guide);
}

/* About order O of customer c, whose line 1 is of 100.00. */
static void say_of_order(const char *type, const char *rest)
{
    split_say(&bench, "\"type\":\"order.%s\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\"%s",
              type, (long long)DAY_0, rest);
}

static void place(void)
{
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\","
              "\"created\":%lld,\"store\":\"S\",\"lines\":[{\"line\":1,\"sku\":\"k\","
              "\"quantity\":1,\"paid\":10000}]",
              (long long)DAY_0, (long long)DAY_0);
}

static void bind(const char *guide, int64_t effective_ms)
{
    split_say(&bench,
              "\"type\":\"customer.bound\",\"time\":%lld,\"customer\":\"c\",\"guide\":\"%s\","
              "\"effective\":%lld",
              (long long)DAY_0, guide, (long long)effective_ms);
}

/* Customer d, whom A has recruited. */
static void register_customer(int64_t at_ms)
{
    split_say(&bench,
              "\"type\":\"customer.registered\",\"time\":%lld,\"customer\":\"d\","
              "\"recruiter\":\"A\"",
              (long long)at_ms);
}

static void void_registration(void)
{
    split_say(&bench,
              "\"type\":\"customer.registration_voided\",\"time\":%lld,\"customer\":\"d\"",
              (long long)DAY_0);
}

/* End the batch; that it has entries, all of them caused by an event of this type. */
static void assert_all_by(enum fen_event_type type)
{
    split_promote(&bench);
    assert_true(bench.entries.count > 0);
    for (uint32_t index = 0; index < bench.entries.count; index++)
        assert_int_equal(bench.entries.items[index].event_type, type);
}

static void sell(void)
{
    split_publish(&bench, plan_1);
    set_guide("A");
    set_guide("B");
    split_begin(&bench);
    share("A");
    place();
    say_of_order("paid", "");
    assert_all_by(FEN_EVENT_ORDER_PAID);
}

static void test_refunds_and_cancellations(void **state)
{
    sell();
    split_begin(&bench);
    say_of_order("refunded", ",\"refund\":\"r\",\"lines\":[{\"line\":1,\"amount\":5000}]");
    assert_all_by(FEN_EVENT_ORDER_REFUNDED);
    split_begin(&bench);
    say_of_order("cancelled", "");
    assert_all_by(FEN_EVENT_ORDER_CANCELLED);
}

/* In one batch the newest event is named, but what takes away goes before what does not. */
static void test_what_takes_away_is_named_first(void **state)
{
    sell();
    split_begin(&bench);
    say_of_order("refunded", ",\"refund\":\"r\",\"lines\":[{\"line\":1,\"amount\":5000}]");
    say_of_order("shipped", "");
    assert_all_by(FEN_EVENT_ORDER_REFUNDED);
    split_begin(&bench);
    say_of_order("refunded", ",\"refund\":\"s\",\"lines\":[{\"line\":1,\"amount\":1000}]");
    say_of_order("cancelled", "");
    say_of_order("received", "");
    assert_all_by(FEN_EVENT_ORDER_CANCELLED);
}

static void test_a_voided_registration_is_named_first(void **state)
{
    split_publish(&bench, plan_1);
    set_guide("A");
    split_begin(&bench);
    register_customer(DAY_0 + 1);
    split_promote(&bench);
    split_begin(&bench);
    void_registration();
    register_customer(DAY_0);
    assert_all_by(FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED);
}

static void test_what_comes_late_of_the_customer(void **state)
{
    sell();
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"touch.shared\",\"time\":%lld,\"guide\":\"B\",\"customer\":\"c\"",
              (long long)(DAY_0 - 1));
    assert_all_by(FEN_EVENT_TOUCH_SHARED);
    split_begin(&bench);
    bind("A", DAY_0 - DAY);
    assert_all_by(FEN_EVENT_CUSTOMER_BOUND);
}

static void test_what_changes_in_the_org(void **state)
{
    sell();
    split_begin(&bench);
    bind("C", DAY_0 - 9 * DAY);
    split_promote(&bench);
    assert_int_equal(bench.entries.count, 0); /* nobody knows C */
    set_guide("C");
    split_begin(&bench);
    assert_all_by(FEN_EVENT_GUIDE_SET);
    split_say(&bench,
              "\"type\":\"book.transferred\",\"time\":0,\"from\":\"C\",\"to\":\"B\","
              "\"effective\":%lld",
              (long long)(DAY_0 - DAY));
    split_begin(&bench);
    assert_all_by(FEN_EVENT_BOOK_TRANSFERRED);
    split_say(&bench, "\"type\":\"store.set\",\"time\":0,\"store\":\"S\",\"kind\":\"owned\","
                      "\"effective\":0");
    split_begin(&bench);
    assert_all_by(FEN_EVENT_STORE_SET);
}

static void test_publications(void **state)
{
    sell();
    split_publish_retroactively(&bench, plan_2);
    split_begin(&bench);
    assert_all_by(FEN_EVENT_PLAN_PUBLISHED);
}

static void test_what_waited_for_a_plan(void **state)
{
    set_guide("A");
    split_begin(&bench);
    share("A");
    place();
    say_of_order("paid", "");
    assert_int_equal(split_promote(&bench), 0);
    split_publish(&bench, plan_1);
    split_begin(&bench);
    assert_all_by(FEN_EVENT_PLAN_PUBLISHED);
}

static void test_registrations(void **state)
{
    split_publish(&bench, plan_1);
    set_guide("A");
    split_begin(&bench);
    register_customer(DAY_0);
    assert_all_by(FEN_EVENT_CUSTOMER_REGISTERED);
    split_begin(&bench);
    void_registration();
    assert_all_by(FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED);
}

static void test_tasks(void **state)
{
    split_publish(&bench, plan_1);
    set_guide("A");
    set_guide("B");
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"task.scored\",\"time\":%lld,\"task\":\"game\",\"guide\":\"A\","
              "\"score\":7",
              (long long)DAY_0);
    split_say(&bench, "\"type\":\"task.closed\",\"time\":%lld,\"task\":\"game\"",
              (long long)(DAY_0 + 1));
    assert_all_by(FEN_EVENT_TASK_CLOSED);
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"task.scored\",\"time\":%lld,\"task\":\"game\",\"guide\":\"B\","
              "\"score\":7",
              (long long)DAY_0);
    assert_all_by(FEN_EVENT_TASK_SCORED);
}

#define TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, split_set_up, split_tear_down, &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_refunds_and_cancellations),
        TEST(test_what_takes_away_is_named_first),
        TEST(test_a_voided_registration_is_named_first),
        TEST(test_what_comes_late_of_the_customer),
        TEST(test_what_changes_in_the_org),
        TEST(test_publications),
        TEST(test_what_waited_for_a_plan),
        TEST(test_registrations),
        TEST(test_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
