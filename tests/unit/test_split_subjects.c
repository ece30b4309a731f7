/*
 * test_split_subjects: registrations and tasks in one lane, from within: what is evaluated when,
 * which records a batch changes, and the order of its entries (SPEC §3, §5 Recruit, Task).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/split_bench.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "roles:\n  recruit: [{name: q, per_customer: 5.00}]\n"
    "  sale: [{name: o, pay: 1%}]\n"
    "tasks:\n  t1: {score: [[1, 1.00], [5, 3.00]]}\n  t2: {rank: [[1, 9.00], [2..3, 2.00]]}\n"
    "  t3: {score: [[1, 4.00]]}\n";

static struct split_bench bench;

static void announce(const char *guide)
{
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\"", guide);
}

static enum fen_split_fate score(const char *id, const char *task, const char *guide, int points,
                                 int64_t at_ms)
{
    return split_say(&bench,
                     "\"id\":\"%s\",\"type\":\"task.scored\",\"time\":%lld,\"task\":\"%s\","
                     "\"guide\":\"%s\",\"score\":%d",
                     id, (long long)at_ms, task, guide, points);
}

static enum fen_split_fate close_task(const char *id, const char *task, int64_t at_ms)
{
    return split_say(&bench,
                     "\"id\":\"%s\",\"type\":\"task.closed\",\"time\":%lld,\"task\":\"%s\"", id,
                     (long long)at_ms, task);
}

static enum fen_split_fate register_customer(const char *id, const char *customer,
                                             const char *recruiter)
{
    return split_say(&bench,
                     "\"id\":\"%s\",\"type\":\"customer.registered\",\"time\":%lld,"
                     "\"customer\":\"%s\",\"recruiter\":\"%s\"",
                     id, (long long)DAY_0, customer, recruiter);
}

static void void_registration(const char *customer)
{
    split_say(&bench,
              "\"type\":\"customer.registration_voided\",\"time\":%lld,\"customer\":\"%s\"",
              (long long)DAY_0, customer);
}

static void place(const char *order, int64_t created_ms)
{
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"created\":%lld,\"seller\":\"A\","
              "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":10000}]",
              (long long)created_ms, order, (long long)created_ms);
}

/* "payee amount" of each entry of the batch, in order. */
static void assert_entries(const char *expected)
{
    char told[512] = "";
    for (uint32_t index = 0; index < bench.entries.count; index++) {
        const struct fen_entry *entry = &bench.entries.items[index];
        size_t used = strlen(told);
        (void)snprintf(told + used, sizeof told - used, "%s%.*s %.*s %lld",
                       index == 0 ? "" : ", ", FEN_STR_ARG(entry->subject),
                       FEN_STR_ARG(entry->key.payee), (long long)entry->amount_fen);
    }
    assert_string_equal(told, expected);
}

/* By task and guide, whatever the order in which they came. */
static void test_entries_of_tasks_stand_by_task_and_guide(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("A");
    announce("B");
    announce("C");
    split_begin(&bench);
    score("s1", "t3", "B", 7, DAY_0);
    score("s2", "t1", "C", 7, DAY_0);
    split_promote(&bench);
    split_begin(&bench);
    score("s4", "t3", "C", 7, DAY_0);
    score("s3", "t1", "B", 7, DAY_0);
    score("s5", "t1", "A", 1, DAY_0);
    close_task("x3", "t3", DAY_0);
    close_task("x1", "t1", DAY_0);
    assert_int_equal(split_promote(&bench), 100 + 2 * 300 + 2 * 400);
    assert_entries("task:t1 guide:A 100, task:t1 guide:B 300, task:t1 guide:C 300, "
                   "task:t3 guide:B 400, task:t3 guide:C 400");
    assert_int_equal(bench.change_count, 2 + 5);
    assert_int_equal(bench.counts.evaluations, 2);
    assert_int_equal(bench.counts.reevaluations, 0);
    assert_int_equal(bench.entries.items[0].kind, FEN_KIND_TASK);
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("x1")));
}

/* A guide stands once in its task, however often it scores, in the batch of its first score too. */
static void test_a_guide_stands_once_in_its_task(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("A");
    announce("B");
    split_begin(&bench);
    assert_int_equal(score("s1", "t2", "A", 1, DAY_0), FEN_SPLIT_APPLIED);
    assert_int_equal(score("s2", "t2", "A", 2, DAY_0), FEN_SPLIT_APPLIED);
    assert_int_equal(score("s3", "t2", "B", 1, DAY_0), FEN_SPLIT_APPLIED);
    assert_int_equal(score("s3", "t2", "B", 1, DAY_0), FEN_SPLIT_DUPLICATE);
    split_promote(&bench);
    assert_int_equal(bench.change_count, 2);
    split_begin(&bench);
    score("s4", "t2", "A", 3, DAY_0);
    close_task("x", "t2", DAY_0);
    split_promote(&bench);
    assert_entries("task:t2 guide:A 900, task:t2 guide:B 200");
}

/* More of each than the least there is room for. */
static void test_many_tasks_and_guides_are_found_again(void **state)
{
    enum { MANY = 200 };
    char id[16], name[16];
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    for (int number = 0; number < MANY; number++) {
        (void)snprintf(id, sizeof id, "s%d", number);
        (void)snprintf(name, sizeof name, "g%d", number);
        score(id, "t1", name, 7, DAY_0);
        (void)snprintf(id, sizeof id, "r%d", number);
        (void)snprintf(name, sizeof name, "c%d", number);
        register_customer(id, name, "A");
        (void)snprintf(id, sizeof id, "x%d", number);
        (void)snprintf(name, sizeof name, "t%d", number);
        close_task(id, name, DAY_0);
    }
    split_promote(&bench);
    assert_int_equal(split_measure(&bench).suspense_count, MANY + 1);
    announce("A");
    announce("g0");
    announce("g199");
    assert_int_equal(split_follow(&bench), MANY * 500 + 2 * 300);
    assert_int_equal(bench.change_count, MANY + 1 + 2);
}

/* SPEC §5: a score counts if it is not later than the closing; only those evaluate it again. */
static void test_a_score_after_the_closing_evaluates_it_if_it_counts(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("A");
    split_begin(&bench);
    score("s1", "t1", "A", 1, DAY_0);
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 0);
    split_begin(&bench);
    close_task("x1", "t1", DAY_0 + 5);
    assert_int_equal(split_promote(&bench), 100);
    split_begin(&bench);
    close_task("x2", "t1", DAY_0 + 6); /* the earliest holds */
    score("s2", "t1", "A", 9, DAY_0 + 6);
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(bench.change_count, 2); /* both keep the marks of what they have seen */
    assert_int_equal(bench.counts.evaluations, 1);
    split_begin(&bench);
    score("s3", "t1", "A", 1, DAY_0 + 1); /* no news: it had as much before */
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(bench.counts.evaluations, 1);
    split_begin(&bench);
    score("s4", "t1", "A", 5, DAY_0 + 5);
    assert_int_equal(split_promote(&bench), 200);
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("s4")));
    assert_int_equal(bench.counts.evaluations, 2);
    assert_int_equal(bench.counts.reevaluations, 0);
}

/* Before it is closed a task is nobody's concern, whatever becomes of its guides. */
static void test_a_task_is_evaluated_from_its_closing_on(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    score("s1", "t1", "A", 9, DAY_0);
    split_promote(&bench);
    announce("A");
    assert_int_equal(split_follow(&bench), 0);
    assert_int_equal(bench.change_count, 0);
    assert_int_equal(bench.counts.evaluations, 0);
    assert_int_equal(bench.counts.orders_unplanned, 0);
}

/* SPEC §4: suspense counts where somebody unknown would be paid, once a task and once for good. */
static void test_suspense_of_a_task_is_counted_once(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    score("s1", "t1", "U", 0, DAY_0); /* reaches nothing */
    close_task("x1", "t1", DAY_0);
    split_promote(&bench);
    assert_int_equal(bench.counts.credits_in_suspense, 0);
    assert_int_equal(split_measure(&bench).suspense_count, 0);
    split_begin(&bench);
    score("s2", "t2", "U", 3, DAY_0);
    score("s3", "t2", "V", 2, DAY_0);
    score("s4", "t2", "A", 1, DAY_0);
    close_task("x2", "t2", DAY_0);
    split_promote(&bench);
    assert_int_equal(bench.counts.credits_in_suspense, 1);
    assert_int_equal(split_measure(&bench).suspense_count, 1);
    announce("V");
    assert_int_equal(split_follow(&bench), 200);
    assert_int_equal(bench.change_count, 2);
    assert_int_equal(bench.counts.credits_in_suspense, 1);
    announce("A");
    announce("U");
    assert_int_equal(split_follow(&bench), 900 + 200);
    assert_int_equal(bench.change_count, 4); /* both tasks; V has what it had */
    assert_int_equal(split_measure(&bench).suspense_count, 0);
}

/* A task that no plan names, and one that has no plan at all. */
static void test_a_task_without_table_or_plan_pays_nothing(void **state)
{
    announce("A");
    split_begin(&bench);
    score("s1", "t1", "A", 9, DAY_0);
    close_task("x1", "t1", DAY_0);
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(bench.counts.orders_unplanned, 1);
    assert_int_equal(split_measure(&bench).unplanned_count, 1);
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    score("s2", "t9", "A", 9, DAY_0);
    close_task("x9", "t9", DAY_0);
    assert_int_equal(split_promote(&bench), 300);
    assert_int_equal(bench.counts.orders_unplanned, 1);
    assert_int_equal(split_measure(&bench).unplanned_count, 0);
}

/* What a lane restored still knows: closings, scores, what waits; and a record put in once more. */
static void test_tasks_are_restored_whole(void **state)
{
    split_begin(&bench);
    score("s0", "t1", "A", 9, DAY_0);
    close_task("x0", "t1", DAY_0);
    split_promote(&bench);
    split_restore(&bench);
    assert_int_equal(split_measure(&bench).unplanned_count, 1);
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    score("s1", "t2", "U", 1, DAY_0);
    score("s2", "t2", "V", 1, DAY_0);
    close_task("x1", "t2", DAY_0);
    split_promote(&bench);
    assert_int_equal(split_measure(&bench).suspense_count, 2);
    split_restore(&bench);
    for (uint32_t again = 0; again < 2; again++) {
        for (uint32_t at = 0; at < bench.record_count; at++)
            assert_true(split_restore_record(&bench, &bench.records[at]));
        assert_int_equal(split_measure(&bench).suspense_count, 2);
        assert_int_equal(split_measure(&bench).unplanned_count, 0);
    }
    split_begin(&bench);
    assert_int_equal(score("s1", "t2", "U", 1, DAY_0), FEN_SPLIT_DUPLICATE);
    assert_int_equal(close_task("x1", "t2", DAY_0), FEN_SPLIT_DUPLICATE);
    split_promote(&bench);
    announce("U");
    announce("V");
    assert_int_equal(split_follow(&bench), 900 + 200);
    for (uint32_t at = 0; at < bench.record_count; at++) {
        struct split_record gone = {bench.records[at].kind, bench.records[at].key, FEN_STR_NONE};
        struct split_record damaged = {gone.kind, gone.key, FEN_STR("\xff\xff")};
        assert_false(split_restore_record(&bench, &damaged));
        assert_true(split_restore_record(&bench, &gone));
    }
    assert_int_equal(split_measure(&bench).suspense_count, 0);
}

/* A discarded batch leaves neither scores nor closings, nor any object of its own. */
static void test_a_discarded_batch_leaves_no_task(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("A");
    for (int turn = 0; turn < 2; turn++) {
        split_begin(&bench);
        score("s1", "t1", "A", 9, DAY_0);
        close_task("x1", "t1", DAY_0);
        assert_int_equal(split_finish(&bench), 300);
        fen_split_lane_discard(bench.lane);
    }
    assert_int_equal(split_follow(&bench), 0);
    assert_int_equal(bench.change_count, 0);
    split_begin(&bench);
    close_task("x1", "t1", DAY_0);
    assert_int_equal(split_promote(&bench), 0);
}

static void test_entries_of_registrations_stand_by_customer(void **state)
{
    split_publish(&bench, plan_yaml);
    announce("A");
    split_begin(&bench);
    register_customer("r2", "c2", "A");
    register_customer("r3", "c3", "A");
    register_customer("r1", "c1", "A");
    split_say(&bench, "\"type\":\"customer.bound\",\"time\":0,\"customer\":\"c0\"");
    assert_int_equal(split_promote(&bench), 1500);
    assert_entries("customer:c1 guide:A 500, customer:c2 guide:A 500, customer:c3 guide:A 500");
    assert_int_equal(bench.change_count, 4);
    assert_int_equal(bench.counts.evaluations, 3);
    assert_int_equal(bench.counts.reevaluations, 0);
    assert_int_equal(bench.entries.items[0].kind, FEN_KIND_RECRUIT);
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("r1")));
}

/* Voided before it came, a registration is known as soon as it comes, and nothing before. */
static void test_a_registration_voided_before_it_came_pays_nothing(void **state)
{
    split_begin(&bench);
    void_registration("c");
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 0);
    assert_int_equal(bench.counts.orders_unplanned, 0);
    assert_int_equal(split_measure(&bench).unplanned_count, 0);
    split_begin(&bench);
    register_customer("r1", "c", "U");
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(bench.counts.evaluations, 1);
    assert_int_equal(bench.counts.orders_unplanned, 1);
    assert_int_equal(split_measure(&bench).unplanned_count, 1);
    split_publish(&bench, plan_yaml);
    assert_int_equal(split_follow(&bench), 0);
    assert_int_equal(split_measure(&bench).unplanned_count, 0);
    assert_int_equal(split_measure(&bench).suspense_count, 0);
}

static void test_suspense_of_a_registration_is_counted_once(void **state)
{
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    register_customer("r1", "c", "U");
    split_promote(&bench);
    split_begin(&bench);
    split_say(&bench, "\"type\":\"customer.bound\",\"time\":0,\"customer\":\"c\",\"guide\":\"X\"");
    split_promote(&bench);
    assert_int_equal(bench.counts.evaluations, 2);
    assert_int_equal(bench.counts.reevaluations, 1);
    assert_int_equal(bench.counts.credits_in_suspense, 1);
    assert_int_equal(split_measure(&bench).suspense_count, 1);
    split_begin(&bench);
    void_registration("c");
    split_promote(&bench);
    assert_int_equal(split_measure(&bench).suspense_count, 0);
    assert_int_equal(bench.counts.credits_in_suspense, 1);
}

/* In files each event is evaluated at once: a binding looks at the orders of its own batch, too. */
static void test_a_binding_finds_the_orders_from_then_on(void **state)
{
    split_deinit(&bench);
    split_init(&bench, true);
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    for (int day = 0; day < 3; day++) {
        char order[16];
        (void)snprintf(order, sizeof order, "O%d", day);
        place(order, DAY_0 + day * DAY);
    }
    split_promote(&bench);
    split_begin(&bench);
    place("P0", DAY_0);
    place("P2", DAY_0 + 2 * DAY);
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"W\",\"customer\":\"c\"",
              (long long)DAY_0);
    static const struct {
        int64_t day;
        uint64_t found;
    } rows[] = {{3, 0}, {2, 2}, {1, 3}, {0, 5}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int64_t more_ms = 1; more_ms >= 0; more_ms--) {
            uint64_t before = bench.counts.reevaluations;
            split_say(&bench,
                      "\"type\":\"customer.bound\",\"time\":%lld,\"customer\":\"c\","
                      "\"guide\":\"G%zu\"",
                      (long long)(DAY_0 + rows[row].day * DAY + more_ms), row);
            assert_int_equal(bench.counts.reevaluations - before,
                             more_ms == 0 ? rows[row].found
                             : row == 0   ? 0
                                          : rows[row - 1].found);
        }
    split_promote(&bench);
    split_restore(&bench);
    split_begin(&bench);
    uint64_t before = bench.counts.reevaluations;
    split_say(&bench,
              "\"type\":\"customer.bound\",\"time\":%lld,\"customer\":\"c\",\"guide\":\"H\"",
              (long long)(DAY_0 + 2 * DAY));
    assert_int_equal(bench.counts.reevaluations - before, 2);
    split_promote(&bench);
}

/* What the tasks hold is the sum of their tables, links and index. */
static void test_tasks_hold_their_tables_links_and_index(void **state)
{
    const struct fen_lane_tasks *tasks = &bench.lane->tasks;
    split_begin(&bench);
    score("s1", "t1", "A", 9, DAY_0);
    close_task("x1", "t1", DAY_0);
    split_promote(&bench);
    assert_int_equal(fen_lane_tasks_held_bytes(tasks),
                     fen_state_table_held_bytes(tasks->states) +
                         fen_state_table_held_bytes(tasks->guides) +
                         fen_reference_index_held_bytes(tasks->references) +
                         tasks->link_count * sizeof(struct fen_task_link) +
                         tasks->guide_link_count * sizeof(struct fen_task_guide_link));
}

#define TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, split_set_up, split_tear_down, &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_entries_of_tasks_stand_by_task_and_guide),
        TEST(test_a_guide_stands_once_in_its_task),
        TEST(test_many_tasks_and_guides_are_found_again),
        TEST(test_a_score_after_the_closing_evaluates_it_if_it_counts),
        TEST(test_a_task_is_evaluated_from_its_closing_on),
        TEST(test_suspense_of_a_task_is_counted_once),
        TEST(test_a_task_without_table_or_plan_pays_nothing),
        TEST(test_tasks_are_restored_whole),
        TEST(test_a_discarded_batch_leaves_no_task),
        TEST(test_entries_of_registrations_stand_by_customer),
        TEST(test_a_registration_voided_before_it_came_pays_nothing),
        TEST(test_suspense_of_a_registration_is_counted_once),
        TEST(test_a_binding_finds_the_orders_from_then_on),
        TEST(test_tasks_hold_their_tables_links_and_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
