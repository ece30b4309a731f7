/*
 * test_split_follow: what a lane follows in the references, step by step: which subjects a change
 * makes pending, what that takes of a batch's room, and which event the entries name (SPEC §3, last
 * paragraph on merging; §4).
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
/* A day of 2025, which no plan below covers, but that which says so. */
#define YEAR_BEFORE (DAY_0 - 365 * DAY)

#define PLAN_OF(version, from, percent)                                                            \
    "plan: p\nversion: " version "\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: " from              \
    " 00:00\nroles:\n  sale: [{name: o, pay: " percent "%}]\n"                                     \
    "  recruit: [{name: q, per_customer: 5.00}]\n"                                                 \
    "tasks: {game: {score: [[1, 9.00]]}}\n"

static const char plan_1[] = PLAN_OF("1", "2026-01-01", "1");
static const char plan_2[] = PLAN_OF("2", "2026-01-01", "2");
static const char plan_3[] = PLAN_OF("3", "2026-01-01", "3");
static const char plan_of_all_time[] = PLAN_OF("2", "1971-01-01", "1");

static struct split_bench bench;

/* An order of `line_count` lines of 100.00 each, sold by B. */
static void place_lines(const char *order, int version, int64_t created_ms, int line_count)
{
    char lines[1024] = "";
    for (int line = 1; line <= line_count; line++) {
        size_t used = strlen(lines);
        (void)snprintf(lines + used, sizeof lines - used,
                       "%s{\"line\":%d,\"sku\":\"k\",\"quantity\":1,\"paid\":10000}",
                       line == 1 ? "" : ",", line);
    }
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"version\":%d,\"created\":%lld,\"seller\":\"B\",\"lines\":[%s]",
              (long long)DAY_0, order, version, (long long)created_ms, lines);
}

static void sell_lines(const char *order, int version, int64_t created_ms, int line_count)
{
    place_lines(order, version, created_ms, line_count);
    split_say(&bench,
              "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\"",
              (long long)DAY_0, order);
}

static void sell(const char *order, int version, int64_t created_ms)
{
    sell_lines(order, version, created_ms, 1);
}

static void announce(const char *id, const char *guide, int64_t effective_ms)
{
    split_say(&bench,
              "\"id\":\"%s\",\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\","
              "\"effective\":%lld",
              id, guide, (long long)effective_ms);
}

static void register_customer(const char *customer)
{
    split_say(&bench,
              "\"type\":\"customer.registered\",\"time\":%lld,\"customer\":\"%s\","
              "\"recruiter\":\"B\"",
              (long long)DAY_0, customer);
}

static void score(const char *task, const char *guide)
{
    split_say(&bench,
              "\"type\":\"task.scored\",\"time\":%lld,\"task\":\"%s\",\"guide\":\"%s\","
              "\"score\":7",
              (long long)DAY_0, task, guide);
}

static void close_task(const char *task)
{
    split_say(&bench, "\"type\":\"task.closed\",\"time\":%lld,\"task\":\"%s\"", (long long)DAY_0,
              task);
}

/* Reevaluations of a batch of nothing but what it follows. */
static uint64_t follow(void)
{
    uint64_t before = bench.counts.reevaluations;
    (void)split_follow(&bench);
    return bench.counts.reevaluations - before;
}

static void assert_room(const struct fen_split_room *room, int64_t looks, int64_t work)
{
    assert_int_equal(room->looks, looks);
    assert_int_equal(room->work, work);
}

/* Looks: 1 a row of the change log or step of a walk, 1 a subject found. Work: as lane.h has it. */
static void test_what_waits_for_a_plan_is_counted_while_it_does(void **state)
{
    split_publish(&bench, plan_1);
    announce("g1", "B", 0);
    split_begin(&bench);
    sell("O", 1, YEAR_BEFORE);
    sell("P", 1, YEAR_BEFORE);
    assert_int_equal(split_promote(&bench), 0);
    assert_int_equal(split_measure(&bench).unplanned_count, 2);
    split_begin(&bench);
    sell("O", 2, DAY_0);
    assert_int_equal(split_promote(&bench), 100);
    assert_int_equal(split_measure(&bench).unplanned_count, 1);
    split_begin(&bench);
    sell("O", 3, YEAR_BEFORE);
    assert_int_equal(split_promote(&bench), -100);
    assert_int_equal(split_measure(&bench).unplanned_count, 2);
    assert_int_equal(follow(), 0); /* nothing was published */
    split_publish(&bench, plan_of_all_time);
    assert_int_equal(follow(), 2); /* each once, although O has come to wait twice */
    assert_int_equal(split_measure(&bench).unplanned_count, 0);
    assert_int_equal(follow(), 0);
}

/* An order that found its plan by itself does not wait for the next. */
static void test_what_has_a_plan_by_now_waits_for_none(void **state)
{
    split_publish(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, YEAR_BEFORE);
    split_promote(&bench);
    split_begin(&bench);
    sell("O", 2, DAY_0);
    split_promote(&bench);
    split_publish(&bench, plan_of_all_time);
    assert_int_equal(follow(), 0);
}

/* Looks: 1 a row of the change log or step of a walk, 1 a subject found. Work: as in lane.h. */
static void test_a_change_takes_room_for_what_it_bears_on(void **state)
{
    split_publish(&bench, plan_1);
    announce("g0", "A", DAY_0 - DAY);
    split_begin(&bench);
    sell_lines("O", 1, DAY_0, 2);
    sell("P", 1, DAY_0);
    sell("Q", 1, DAY_0);
    register_customer("c");
    score("game", "B");
    close_task("game");
    assert_int_equal(split_promote(&bench), 0);
    announce("g1", "B", DAY_0 - DAY);
    struct fen_split_room room = {.looks = 100, .work = 100};
    split_begin_with(&bench, &room);
    /* Orders of 2, 1 and 1 lines with as many entries, a registration with one, a task. */
    assert_room(&room, 100 - 1 - 5, 100 - (5 + 2) - 2 * (3 + 1) - (3 + 1) - 3);
    assert_int_equal(split_promote(&bench), 400 + 500 + 900);
    assert_int_equal(bench.counts.reevaluations, 5);
    assert_int_equal(bench.entries.count, 6);
    for (uint32_t index = 0; index < bench.entries.count; index++)
        assert_true(fen_str_equal(bench.entries.items[index].event, FEN_STR("g1")));
}

/* A batch looks on before it evaluates, each as long as there is room at all. */
static void test_a_batch_goes_on_where_the_room_of_the_last_ended(void **state)
{
    split_publish(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    sell("P", 1, DAY_0);
    sell("Q", 1, DAY_0);
    split_promote(&bench);
    assert_int_equal(fen_split_lane_progress(bench.lane).org_change, 0);
    announce("g1", "B", DAY_0 - DAY);
    announce("g2", "Z", DAY_0 - DAY);
    struct fen_split_room room = {.looks = 0, .work = 100};
    split_begin_with(&bench, &room);
    assert_room(&room, 0, 100);
    assert_true(fen_split_lane_is_behind(bench.lane));
    split_promote(&bench);
    room = (struct fen_split_room){.looks = 1, .work = 0};
    split_begin_with(&bench, &room);
    assert_room(&room, -3, 0);
    split_promote(&bench);
    assert_int_equal(bench.counts.reevaluations, 0);
    assert_int_equal(fen_split_lane_progress(bench.lane).org_change, 0);
    room = (struct fen_split_room){.looks = 0, .work = 1};
    split_begin_with(&bench, &room);
    assert_room(&room, 0, -3);
    assert_int_equal(split_finish(&bench), 100);
    fen_split_lane_discard(bench.lane);
    room = (struct fen_split_room){.looks = 1, .work = 1};
    split_begin_with(&bench, &room);
    assert_room(&room, 0, -3);
    assert_int_equal(split_promote(&bench), 100);
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("g1")));
    assert_int_equal(fen_split_lane_progress(bench.lane).org_change, 0);
    assert_true(fen_split_lane_is_behind(bench.lane));
    assert_int_equal(split_follow(&bench), 200);
    assert_true(fen_str_equal(bench.entries.items[1].event, FEN_STR("g1")));
    assert_int_equal(fen_split_lane_progress(bench.lane).org_change, 2);
    assert_false(fen_split_lane_is_behind(bench.lane));
}

/* Those done leave the queue when they are half of it; with the last go the events they named. */
static void test_what_is_done_leaves_the_queue(void **state)
{
    const struct fen_split_lane *lane = bench.lane;
    split_publish(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    sell("P", 1, DAY_0);
    sell("Q", 1, DAY_0);
    sell("R", 1, DAY_0);
    split_promote(&bench);
    announce("g1", "B", DAY_0 - DAY);
    static const struct {
        uint32_t done, count;
    } rows[] = {{1, 4}, {0, 2}, {0, 1}, {0, 0}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_split_room room = {.looks = 1, .work = 1};
        split_begin_with(&bench, &room);
        split_promote(&bench);
        assert_int_equal(lane->pending_done, rows[row].done);
        assert_int_equal(lane->pending_count, rows[row].count);
        assert_int_equal(fen_arena_used_bytes(lane->causes) > 0, rows[row].count > 0);
    }
    announce("g2", "B", DAY_0 - DAY); /* it may be pending again */
    assert_int_equal(follow(), 4);
}

/* A subject that waits names the event that made it wait, whatever is looked at meanwhile. */
static void test_what_waits_keeps_its_cause(void **state)
{
    split_publish(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    split_promote(&bench);
    announce("g1", "B", DAY_0 - DAY);
    struct fen_split_room room = {.looks = 1, .work = 0};
    split_begin_with(&bench, &room);
    split_promote(&bench);
    announce("x9", "Y", DAY_0 - DAY);
    assert_int_equal(split_follow(&bench), 100);
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("g1")));
}

/* While 100,000 wait the lane looks for no more. */
static void test_memory_for_what_waits_is_bounded(void **state)
{
    enum { WAITING_MAX = 100000 };
    struct fen_split_lane *lane = bench.lane;
    split_publish(&bench, plan_1);
    split_follow(&bench);
    for (uint32_t waiting = WAITING_MAX - 1; waiting <= WAITING_MAX; waiting++) {
        announce(waiting < WAITING_MAX ? "g1" : "g2", "B", DAY_0 - DAY);
        struct fen_split_room room = {0};
        split_begin_with(&bench, &room);
        lane->pending_done = 3;
        lane->pending_count = 3 + waiting;
        room.looks = 1;
        fen_split_lane_follow(lane, &room);
        assert_int_equal(room.looks, waiting == WAITING_MAX);
        lane->pending_done = lane->pending_count = 0;
        split_finish(&bench);
        fen_split_lane_promote(lane);
    }
}

/* A period is no guide, be its name one's; nor is a change looked at that came before a restart. */
static void test_a_closing_bears_on_no_subject(void **state)
{
    split_publish(&bench, plan_1);
    split_begin(&bench);
    split_say(&bench,
              "\"type\":\"customer.registered\",\"time\":%lld,\"customer\":\"c\","
              "\"recruiter\":\"2026-11\"",
              (long long)DAY_0);
    split_promote(&bench);
    split_say(&bench, "\"type\":\"period.closed\",\"time\":%lld,\"period\":\"2026-11\"",
              (long long)DAY_0);
    struct fen_split_room room = {.looks = 10, .work = 10};
    split_begin_with(&bench, &room);
    assert_room(&room, 9, 10);
    split_promote(&bench);
}

/* A guide's change is no store's, be their names the same. */
static void test_guides_and_stores_are_told_apart(void **state)
{
    split_publish(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    split_promote(&bench);
    split_say(&bench, "\"type\":\"store.set\",\"time\":0,\"store\":\"B\",\"effective\":0");
    assert_int_equal(follow(), 0);
    announce("g1", "B", 0);
    assert_int_equal(follow(), 1);
}

/* Whom a walk over all subjects takes: those whose plan may be another one now, and no other. */
static void test_a_walk_passes_over_what_no_plan_was_chosen_for(void **state)
{
    split_publish(&bench, plan_1);
    announce("g1", "B", 0);
    split_follow(&bench);
    split_begin(&bench);
    sell("D", 1, DAY_0);
    split_finish(&bench);
    fen_split_lane_discard(bench.lane); /* leaves the place of an order, and of a customer */
    split_begin(&bench);
    sell("O", 1, DAY_0);
    sell("P", 1, YEAR_BEFORE);
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"W\",\"customer\":\"c\"",
              (long long)DAY_0); /* waits for its placing */
    split_say(&bench, "\"type\":\"customer.bound\",\"time\":%lld,\"customer\":\"d\"",
              (long long)DAY_0);
    register_customer("e");
    score("game", "B");
    score("open", "B");
    close_task("game");
    assert_int_equal(split_promote(&bench), 100 + 500 + 900);
    split_publish_retroactively(&bench, plan_2);
    struct fen_split_room room = {.looks = 100, .work = 100};
    split_begin_with(&bench, &room);
    /* Orders D, O, P, W; customers c, d, e; two tasks; three ends. O gets an entry of each plan. */
    assert_room(&room, 100 - 4 - 3 - 2 - 3, 100 - 5 - 5 - 3 - 3);
    assert_int_equal(split_promote(&bench), 100);
    assert_int_equal(bench.counts.reevaluations, 4); /* P waited for a plan */
    assert_true(fen_str_equal(bench.entries.items[0].event, FEN_STR("plan.published")));
}

/* A publication that is not retroactive starts no walk, nor does one that was followed before. */
static void test_a_plan_that_is_not_retroactive_is_followed_at_once(void **state)
{
    struct fen_split_room none = {0};
    split_publish_retroactively(&bench, plan_1);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    split_promote(&bench);
    split_publish(&bench, plan_2);
    split_begin_with(&bench, &none);
    assert_false(fen_split_lane_is_behind(bench.lane));
    split_promote(&bench);
    split_publish_retroactively(&bench, plan_3);
    split_begin_with(&bench, &none);
    assert_true(fen_split_lane_is_behind(bench.lane));
    split_promote(&bench);
}

/* A walk that is on walks for its own publication besides, and begins anew. */
static void test_a_walk_begins_anew_for_another_plan(void **state)
{
    split_publish(&bench, plan_1);
    announce("g1", "B", 0);
    split_begin(&bench);
    sell("O", 1, DAY_0);
    sell("P", 1, DAY_0);
    split_promote(&bench);
    split_publish_retroactively(&bench, plan_2);
    struct fen_split_room room = {.looks = 1, .work = 100};
    split_begin_with(&bench, &room);
    assert_int_equal(split_promote(&bench), 100);
    assert_int_equal(bench.lane->sweep.slot, 1);
    split_publish_retroactively(&bench,
                                PLAN_OF("3", "2026-01-01", "3") "name: three\n");
    int64_t since = bench.lane->sweep.since;
    split_begin_with(&bench, &(struct fen_split_room){0});
    assert_int_equal(bench.lane->sweep.slot, 0);
    assert_int_equal(bench.lane->sweep.since, since);
    split_finish(&bench);
    fen_split_lane_discard(bench.lane);
    assert_int_equal(split_follow(&bench), 100 + 200);
    assert_false(bench.lane->sweep.is_on);
}

/* SPEC §4: a guide is looked at as of `created`, of the pickup and of the earned time. */
static void test_a_guide_bears_on_an_order_until_its_latest_time(void **state)
{
    static const struct {
        int created, paid, shipped, received, changed; /* days */
        uint64_t found;
    } rows[] = {
        {0, 2, 0, 0, 1, 1}, {0, 2, 0, 0, 2, 1}, {0, 2, 0, 0, 3, 0}, {2, 0, 0, 0, 1, 1},
        {2, 0, 0, 0, 3, 0}, {1, 1, 3, 2, 3, 1}, {1, 1, 2, 3, 3, 1}, {1, 1, 2, 3, 4, 0},
        {1, 1, 3, 2, 4, 0},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        split_tear_down(state);
        split_set_up(state);
        split_publish(&bench, plan_1);
        announce("g0", "B", 0);
        split_begin(&bench);
        place_lines("O", 1, DAY_0 + rows[row].created * DAY, 1);
        static const char *const types[] = {"paid", "shipped", "received"};
        const int days[] = {rows[row].paid, rows[row].shipped, rows[row].received};
        for (int type = 0; type < 3; type++)
            split_say(&bench,
                      "\"id\":\"a%d\",\"type\":\"order.%s\",\"time\":%lld,\"order\":\"O\","
                      "\"customer\":\"c\"",
                      type, types[type], (long long)(DAY_0 + days[type] * DAY));
        split_promote(&bench);
        announce("g1", "B", DAY_0 + rows[row].changed * DAY);
        assert_int_equal(follow(), rows[row].found);
    }
}

#define TEST(name) \
    cmocka_unit_test_prestate_setup_teardown(name, split_set_up, split_tear_down, &bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_waits_for_a_plan_is_counted_while_it_does),
        TEST(test_what_has_a_plan_by_now_waits_for_none),
        TEST(test_a_change_takes_room_for_what_it_bears_on),
        TEST(test_a_batch_goes_on_where_the_room_of_the_last_ended),
        TEST(test_what_is_done_leaves_the_queue),
        TEST(test_what_waits_keeps_its_cause),
        TEST(test_memory_for_what_waits_is_bounded),
        TEST(test_a_closing_bears_on_no_subject),
        TEST(test_guides_and_stores_are_told_apart),
        TEST(test_a_walk_passes_over_what_no_plan_was_chosen_for),
        TEST(test_a_plan_that_is_not_retroactive_is_followed_at_once),
        TEST(test_a_walk_begins_anew_for_another_plan),
        TEST(test_a_guide_bears_on_an_order_until_its_latest_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
