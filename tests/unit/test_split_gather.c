/*
 * test_split_gather: which of a customer's touches an order remembers (SPEC §4 share): of each
 * guide the newest in the window, and of each sku of a line the newest; against all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/split_bench.h"
#include "wire/json.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "share: {window: 7d, match: sku_first}\n"
    "roles:\n  share: [{name: s, pay: 10%}]\n";

enum { TOUCHES_MAX = 160 };

/* All that was ever told of a customer's touches, or what an order should remember of them. */
struct touches {
    struct fen_touch_fact items[TOUCHES_MAX];
    uint32_t count;
};

static struct split_bench bench;
static uint64_t seed;

static uint64_t random_below(uint64_t bound)
{
    uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

static struct fen_str numbered(char letter, uint64_t number)
{
    return fen_arena_format(bench.kept, "%c%02llu", letter, (unsigned long long)number);
}

static void share(struct touches *told, struct fen_str guide, struct fen_str sku, int64_t at_ms)
{
    struct fen_str event = numbered('t', random_below(90) * 1000 + bench.event_number++);
    struct fen_str form = fen_str_is_set(sku)
                              ? fen_arena_format(bench.kept, ",\"sku\":\"%.*s\"", FEN_STR_ARG(sku))
                              : FEN_STR("");
    enum fen_split_fate fate = split_say(
        &bench,
        "\"id\":\"%.*s\",\"type\":\"touch.shared\",\"time\":%lld,\"customer\":\"c\","
        "\"guide\":\"%.*s\"%.*s",
        FEN_STR_ARG(event), (long long)at_ms, FEN_STR_ARG(guide), FEN_STR_ARG(form));
    assert_int_equal(fate, FEN_SPLIT_APPLIED);
    assert_true(told->count < TOUCHES_MAX);
    told->items[told->count++] = (struct fen_touch_fact){guide, sku, at_ms, event};
}

static void place(const char *order, int version, int64_t created_ms, const char *sku,
                  const char *other_sku)
{
    split_say(&bench,
              "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"%s\",\"customer\":\"c\","
              "\"version\":%d,\"created\":%lld,\"lines\":["
              "{\"line\":1,\"sku\":\"%s\",\"quantity\":1,\"paid\":10000},"
              "{\"line\":2,\"sku\":\"%s\",\"quantity\":1,\"paid\":10000}]",
              (long long)DAY_0, order, version, (long long)created_ms, sku, other_sku);
}

static bool is_newer(const struct fen_touch_fact *touch, const struct fen_touch_fact *other)
{
    return touch->at_ms > other->at_ms ||
           (touch->at_ms == other->at_ms && fen_str_compare(touch->event, other->event) > 0);
}

/* Its sku where a line has it. */
static struct fen_str class_of(const struct fen_order *order, const struct fen_touch_fact *touch)
{
    for (uint32_t line = 0; line < order->line_count; line++)
        if (fen_str_is_set(touch->sku) && fen_str_equal(order->lines[line].sku, touch->sku))
            return touch->sku;
    return FEN_STR_NONE;
}

static bool is_beaten(const struct fen_order *order, const struct fen_touch_fact *touch,
                      const struct touches *candidates)
{
    for (uint32_t index = 0; index < candidates->count; index++) {
        const struct fen_touch_fact *other = &candidates->items[index];
        if (is_newer(other, touch) && fen_str_equal(other->guide, touch->guide) &&
            fen_str_equal(class_of(order, other), class_of(order, touch)))
            return true;
    }
    return false;
}

static bool is_among(const struct touches *touches, const struct fen_touch_fact *touch)
{
    for (uint32_t index = 0; index < touches->count; index++)
        if (fen_str_equal(touches->items[index].event, touch->event))
            return true;
    return false;
}

/* What of the touches told lies in the window, and of those it remembered all that is not after. */
static void find_candidates(const struct fen_order *order, const struct touches *told,
                            const struct touches *remembered, struct touches *candidates)
{
    candidates->count = 0;
    for (uint32_t index = 0; index < told->count; index++)
        if (told->items[index].at_ms <= order->created_ms &&
            told->items[index].at_ms > order->created_ms - 7 * DAY)
            candidates->items[candidates->count++] = told->items[index];
    for (uint32_t index = 0; index < remembered->count; index++)
        if (remembered->items[index].at_ms <= order->created_ms &&
            !is_among(candidates, &remembered->items[index]))
            candidates->items[candidates->count++] = remembered->items[index];
}

static void check(const char *id, const struct touches *told, const struct touches *remembered)
{
    const struct fen_order *order = split_order(&bench, id);
    struct touches candidates;
    uint32_t expected_count = 0;
    find_candidates(order, told, remembered, &candidates);
    for (uint32_t index = 0; index < candidates.count; index++)
        expected_count += !is_beaten(order, &candidates.items[index], &candidates);
    assert_int_equal(order->touch_count, expected_count);
    for (uint32_t index = 0; index < order->touch_count; index++) {
        const struct fen_touch_fact *touch = &order->touches[index];
        assert_true(is_among(&candidates, touch) && !is_beaten(order, touch, &candidates));
        assert_true(index == 0 || is_newer(&order->touches[index - 1], touch));
    }
}

/* The order's touches, in memory that outlives the batch. */
static void remember(struct touches *remembered)
{
    const struct fen_order *order = split_order(&bench, "O");
    remembered->count = 0;
    for (uint32_t index = 0; index < order->touch_count; index++) {
        const struct fen_touch_fact *touch = &order->touches[index];
        remembered->items[remembered->count++] = (struct fen_touch_fact){
            fen_arena_copy(bench.kept, touch->guide), fen_arena_copy(bench.kept, touch->sku),
            touch->at_ms, fen_arena_copy(bench.kept, touch->event)};
    }
}

/* Half days, so that many stand at one moment and at the window's edge. */
static void share_some(struct touches *told, uint64_t count, uint64_t guide_count)
{
    for (uint64_t index = 0; index < count; index++) {
        struct fen_str sku = random_below(2) == 0 ? FEN_STR_NONE : numbered('k', random_below(4));
        share(told, numbered('g', random_below(guide_count)), sku,
              DAY_0 + (int64_t)random_below(16) * DAY / 2);
    }
}

static void check_round(bool is_restored)
{
    static struct touches told, remembered;
    uint64_t guide_count = 1 + random_below(30);
    told.count = remembered.count = 0;
    split_init(&bench, false);
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    share_some(&told, random_below(1 + random_below(50)), guide_count);
    split_promote(&bench);
    split_begin(&bench);
    share_some(&told, random_below(1 + random_below(20)), guide_count);
    place("O", 1, DAY_0 + (int64_t)(7 + random_below(3)) * DAY, "k00", "k01");
    place("P", 1, DAY_0 + (int64_t)random_below(9) * DAY, "k02", "k03");
    share_some(&told, random_below(1 + random_below(20)), guide_count);
    split_finish(&bench);
    check("O", &told, &remembered);
    check("P", &told, &remembered); /* it has none */
    remember(&remembered);
    split_promote(&bench);
    if (is_restored) { /* what the order remembers is all that is left */
        split_restore(&bench);
        told.count = 0;
    }
    split_begin(&bench);
    share_some(&told, random_below(1 + random_below(20)), guide_count);
    place("O", 2, DAY_0 + (int64_t)(2 + random_below(9)) * DAY, "k01", "k02");
    split_finish(&bench);
    check("O", &told, &remembered);
    split_deinit(&bench);
}

static void test_an_order_remembers_the_newest_of_each_guide_and_sku(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        seed = round;
        check_round(round % 2 == 0);
    }
}

/* One alone, too: the restored lane has no touch, and the order's next version keeps its own. */
static void test_an_order_keeps_the_only_touch_it_remembers(void **state)
{
    (void)state;
    static struct touches told;
    told.count = 0;
    split_init(&bench, false);
    split_publish(&bench, plan_yaml);
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"A\"");
    split_begin(&bench);
    share(&told, FEN_STR("A"), FEN_STR_NONE, DAY_0);
    place("O", 1, DAY_0 + DAY, "k00", "k01");
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\"",
              (long long)DAY_0);
    assert_int_equal(split_promote(&bench), 2000);
    split_restore(&bench);
    split_begin(&bench);
    place("O", 2, DAY_0 + 2 * DAY, "k00", "k01");
    assert_int_equal(split_finish(&bench), 0);
    assert_int_equal(split_order(&bench, "O")->touch_count, 1);
    split_deinit(&bench);
}

/* The lane's blocks move when the batch is promoted; what it has told of stays where it is. */
static void test_what_a_batch_tells_outlives_the_customer(void **state)
{
    (void)state;
    static struct touches told;
    told.count = 0;
    split_init(&bench, false);
    split_publish(&bench, plan_yaml);
    split_begin(&bench);
    share(&told, FEN_STR("B"), FEN_STR("k01"), DAY_0);
    share(&told, FEN_STR("A"), FEN_STR("k00"), DAY_0 + 1);
    split_promote(&bench);
    split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"A\"");
    split_begin(&bench);
    place("O", 1, DAY_0 + DAY, "k00", "k01");
    split_say(&bench, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\"",
              (long long)DAY_0);
    const struct fen_order *order = split_order(&bench, "O");
    assert_int_equal(split_promote(&bench), 1000); /* B is not announced */
    fen_split_lane_destroy(bench.lane);
    bench.lane = NULL;
    assert_int_equal(order->touch_count, 2);
    for (int index = 0; index < 2; index++) {
        const struct fen_touch_fact *told_of = &told.items[1 - index];
        assert_true(fen_str_equal(order->touches[index].guide, told_of->guide));
        assert_true(fen_str_equal(order->touches[index].sku, told_of->sku));
        assert_true(fen_str_equal(order->touches[index].event, told_of->event));
    }
    assert_true(fen_str_equal(bench.entries.items[0].touch, told.items[1].event));
    split_deinit(&bench);
}

/* What the batch posted, as its ledger would have it. */
static void tell(struct fen_buffer *said)
{
    for (uint32_t index = 0; index < bench.entries.count; index++) {
        fen_json_encode_entry(&bench.entries.items[index], said);
        fen_buffer_append_byte(said, '\n');
    }
}

static void announce(uint64_t guide_count)
{
    for (uint64_t guide = 0; guide < guide_count; guide++)
        split_say(&bench, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"g%02u\"",
                  (unsigned)guide);
}

/* Everything a lane posts in three batches of random touches and orders. */
static void play(bool borrows, uint64_t round, struct fen_buffer *said)
{
    static struct touches told;
    seed = round;
    told.count = 0;
    uint64_t guide_count = 1 + random_below(6);
    split_init(&bench, true);
    if (borrows)
        fen_split_lane_borrow_touches(bench.lane);
    split_publish(&bench, plan_yaml);
    announce(guide_count);
    for (uint32_t batch = 0; batch < 3; batch++) {
        split_begin(&bench);
        share_some(&told, random_below(12), guide_count);
        place("O", 1 + (int)batch, DAY_0 + (int64_t)random_below(16) * DAY / 2, "k00", "k01");
        if (batch == 1)
            split_say(&bench,
                      "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"O\",\"customer\":\"c\"",
                      (long long)DAY_0);
        share_some(&told, random_below(12), guide_count);
        split_finish(&bench);
        const struct fen_order *order = split_order(&bench, "O");
        assert_true(!borrows || (order->touch_count == 0 && order->touches == NULL));
        split_promote(&bench);
        tell(said);
    }
    split_deinit(&bench);
}

static void test_a_lane_that_borrows_touches_posts_alike(void **state)
{
    (void)state;
    uint32_t paying = 0;
    for (uint64_t round = 0; round < 300; round++) {
        struct fen_buffer own = {0}, lent = {0};
        play(false, round, &own);
        play(true, round, &lent);
        assert_true(fen_str_equal(fen_buffer_str(&own), fen_buffer_str(&lent)));
        paying += own.size_bytes > 0;
        fen_buffer_deinit(&own);
        fen_buffer_deinit(&lent);
    }
    assert_true(paying > 150);
}

/* SPEC §3: what an order of 24 hours before the newest may still want stays, to the ms. */
static void test_a_touch_is_let_go_when_no_order_can_want_it(void **state)
{
    (void)state;
    enum { OLD = 20, MORE = 60 };
    for (int64_t before_ms = 0; before_ms < 2; before_ms++) {
        static struct touches told;
        told.count = 0;
        split_init(&bench, false);
        split_publish(&bench, plan_yaml);
        split_begin(&bench);
        for (int index = 0; index < OLD; index++)
            share(&told, FEN_STR("A"), FEN_STR_NONE, DAY_0 - 8 * DAY - before_ms);
        place("O", 1, DAY_0, "k00", "k01");
        split_promote(&bench);
        split_begin(&bench);
        for (int index = 0; index < MORE; index++)
            share(&told, FEN_STR("A"), FEN_STR_NONE, DAY_0);
        split_promote(&bench);
        assert_int_equal(split_measure(&bench).touch_count, before_ms == 0 ? OLD + MORE : MORE);
        split_deinit(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_remembers_the_newest_of_each_guide_and_sku),
        cmocka_unit_test(test_an_order_keeps_the_only_touch_it_remembers),
        cmocka_unit_test(test_what_a_batch_tells_outlives_the_customer),
        cmocka_unit_test(test_a_lane_that_borrows_touches_posts_alike),
        cmocka_unit_test(test_a_touch_is_let_go_when_no_order_can_want_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
