/*
 * test_split_lane: one partition's customers over batches, discards and restores (SPEC §3, §4):
 * duplicates, late touches, what waits for a plan, what a restored lane still knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "split/lane.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "share: {window: 7d}\n"
    "roles:\n"
    "  share: [{name: s, pay: 10%}]\n"
    "  sale: [{name: o, pay: 1%}]\n";

#define RECORD_COUNT_MAX 16

/* A record as its topic would keep it. */
struct record {
    bool is_order;
    char key[64];
    uint32_t key_size;
    char value[2048];
    uint32_t value_size;
};

struct bench {
    struct fen_reference_builder *references;
    struct fen_split_lane *lane;
    struct fen_arena *arena, *scratch;
    struct fen_entries entries;
    struct fen_split_counts counts;
    struct fen_buffer buffer;
    struct record records[RECORD_COUNT_MAX];
    uint32_t record_count, change_count;
};

static struct bench bench;

static int set_up(void **state)
{
    bench = (struct bench){.references = fen_reference_builder_create(1),
                           .lane = fen_split_lane_create(false, false),
                           .arena = fen_arena_create(16384),
                           .scratch = fen_arena_create(16384)};
    return 0;
}

static int tear_down(void **state)
{
    fen_split_lane_destroy(bench.lane);
    fen_split_lane_destroy(NULL);
    fen_reference_builder_destroy(bench.references);
    fen_arena_destroy(bench.arena);
    fen_arena_destroy(bench.scratch);
    fen_buffer_deinit(&bench.buffer);
    return 0;
}

/* Differences stay in bench.entries, where `finish` sums them up. */
static void leave_in_place(void *context)
{
}

static void begin(void)
{
    fen_reference_publish(bench.references, 0, 0);
    fen_arena_reset(bench.arena);
    bench.entries = (struct fen_entries){0};
    struct fen_split_batch batch = {
        .arena = bench.arena,
        .scratch = bench.scratch,
        .reference = fen_reference_acquire(bench.references, 0),
        .entries = &bench.entries,
        .deliver = leave_in_place,
        .counts = &bench.counts,
    };
    fen_split_lane_begin(bench.lane, &batch);
    struct fen_split_room room = {.looks = 1000, .work = 1000};
    fen_split_lane_follow(bench.lane, &room);
}

static void keep_change(void *context, const struct fen_split_change *change)
{
    bench.change_count++;
    struct record *record = NULL;
    for (uint32_t index = 0; index < bench.record_count; index++)
        if (bench.records[index].key_size == change->key.size &&
            bench.records[index].is_order == (change->record == FEN_SPLIT_ORDER) &&
            memcmp(bench.records[index].key, change->key.data, change->key.size) == 0)
            record = &bench.records[index];
    if (record == NULL) {
        assert_true(bench.record_count < RECORD_COUNT_MAX);
        record = &bench.records[bench.record_count++];
    }
    assert_true(change->key.size <= sizeof record->key);
    assert_true(change->value.size <= sizeof record->value);
    record->is_order = change->record == FEN_SPLIT_ORDER;
    record->key_size = change->key.size;
    record->value_size = change->value.size;
    memcpy(record->key, change->key.data, change->key.size);
    memcpy(record->value, change->value.data, change->value.size);
}

/* The sum of the batch's differences. */
static int64_t finish(void)
{
    bench.change_count = 0;
    fen_split_lane_finish(bench.lane, &bench.buffer);
    fen_split_lane_visit_changes(bench.lane, keep_change, NULL);
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < bench.entries.count; index++)
        sum_fen += bench.entries.items[index].amount_fen;
    return sum_fen;
}

static int64_t promote(void)
{
    int64_t sum_fen = finish();
    fen_split_lane_promote(bench.lane);
    return sum_fen;
}

/* A lane of what the topics hold: all but touches, which their own topic gives again. */
static void restore(void)
{
    struct fen_split_progress progress = fen_split_lane_progress(bench.lane);
    fen_split_lane_destroy(bench.lane);
    bench.lane = fen_split_lane_create(false, false);
    for (uint32_t index = 0; index < bench.record_count; index++) {
        const struct record *record = &bench.records[index];
        struct fen_str key = {record->key, record->key_size};
        struct fen_str value = {record->value, record->value_size};
        assert_true(record->is_order ? fen_split_lane_restore_order(bench.lane, key, value)
                                     : fen_split_lane_restore_customer(bench.lane, key, value));
    }
    fen_split_lane_restore_progress(bench.lane, &progress);
}

static struct fen_event an_event(enum fen_event_type type, const char *id, int64_t time_ms)
{
    return (struct fen_event){.id = fen_str_from(id),
                              .tenant = FEN_STR("t"),
                              .type = type,
                              .time_ms = time_ms,
                              .at_ms = time_ms,
                              .effective_ms = time_ms,
                              .customer = FEN_STR("c"),
                              .version = 1,
                              .created_ms = time_ms};
}

static enum fen_split_fate apply(const struct fen_event *event)
{
    struct fen_event decoded = *event;
    decoded.content = fen_record_hash(&fen_event_schema, event);
    return fen_split_lane_apply(bench.lane, &decoded);
}

/* An order of one line of 100.00, sold by B. */
static enum fen_split_fate place(const char *id, const char *order, int64_t created_ms)
{
    static struct fen_event_line line;
    line = (struct fen_event_line){.line = 1, .sku = FEN_STR("k"), .brand = FEN_STR("L"),
                                   .quantity = 1, .paid_fen = 10000};
    struct fen_event event = an_event(FEN_EVENT_ORDER_PLACED, id, created_ms);
    event.order = fen_str_from(order);
    event.seller = FEN_STR("B");
    event.lines = &line;
    event.line_count = 1;
    return apply(&event);
}

static enum fen_split_fate pay(const char *id, const char *order, int64_t at_ms)
{
    struct fen_event event = an_event(FEN_EVENT_ORDER_PAID, id, at_ms);
    event.order = fen_str_from(order);
    return apply(&event);
}

static struct fen_event touch(const char *id, const char *guide, int64_t at_ms)
{
    struct fen_event event = an_event(FEN_EVENT_TOUCH_SHARED, id, at_ms);
    event.guide = fen_str_from(guide);
    return event;
}

static void announce(const char *id, const char *guide)
{
    struct fen_event event = an_event(FEN_EVENT_GUIDE_SET, id, DAY_0 - DAY);
    event.guide = fen_str_from(guide);
    event.kind = FEN_STR("guide");
    event.status = FEN_GUIDE_ACTIVE;
    assert_int_equal(fen_reference_apply(bench.references, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void publish_plan_retroactively(void)
{
    struct fen_event event = {.type = FEN_EVENT_PLAN_PUBLISHED, .id = FEN_STR("r"),
                              .tenant = FEN_STR("t"), .time_ms = DAY_0,
                              .yaml = fen_str_from(plan_yaml), .retroactive = true};
    assert_int_equal(fen_reference_apply(bench.references, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void publish_plan(void)
{
    assert_int_equal(
        fen_reference_apply_plan(bench.references, fen_str_from(plan_yaml), NULL),
        FEN_REFERENCE_APPLIED);
}

static void test_a_batch_without_events_changes_nothing(void **state)
{
    begin();
    assert_int_equal(promote(), 0);
    assert_int_equal(bench.change_count, 0);
}

static void assert_progress(uint64_t org_change, bool has_publication, int64_t order_ms,
                            int64_t touch_ms)
{
    struct fen_split_progress progress = fen_split_lane_progress(bench.lane);
    assert_int_equal(progress.org_change, org_change);
    assert_int_equal(progress.plan_publication != 0, has_publication);
    assert_true(progress.newest_order_ms == order_ms);
    assert_true(progress.newest_touch_ms == touch_ms);
}

/* What a restored lane has followed it does not follow again, and a batch discarded not at all. */
static void test_progress_is_told_kept_and_given_back(void **state)
{
    assert_progress(0, false, INT64_MIN, INT64_MIN);
    announce("g1", "B");
    publish_plan_retroactively();
    begin();
    place("e1", "O", DAY_0);
    pay("e2", "O", DAY_0 + 1);
    struct fen_event shared = touch("t1", "B", DAY_0 - 7);
    assert_int_equal(apply(&shared), FEN_SPLIT_APPLIED);
    assert_progress(1, true, DAY_0 + 1, DAY_0 - 7);
    fen_split_lane_discard(bench.lane);
    struct fen_split_progress progress = fen_split_lane_progress(bench.lane);
    assert_true(progress.newest_order_ms == INT64_MIN && progress.newest_touch_ms == INT64_MIN);
    begin();
    place("e1", "O", DAY_0);
    pay("e2", "O", DAY_0 + 1);
    assert_int_equal(promote(), 100); /* 1% of 10,000 */
    assert_progress(1, true, DAY_0 + 1, INT64_MIN);
    restore();
    assert_progress(1, true, DAY_0 + 1, INT64_MIN);
    uint64_t before = bench.counts.reevaluations;
    begin();
    assert_false(fen_split_lane_is_behind(bench.lane));
    assert_int_equal(promote(), 0);
    assert_int_equal(bench.counts.reevaluations, before);
    announce("g2", "C");
    begin();
    assert_progress(2, true, DAY_0 + 1, INT64_MIN);
    promote();
}

/* SPEC §4: unplanned orders wait, over a restart too, and are evaluated when a plan comes. */
static void test_an_order_waits_for_its_plan_over_a_restart(void **state)
{
    announce("g1", "B");
    begin();
    place("e1", "O", DAY_0);
    pay("e2", "O", DAY_0 + 1);
    assert_int_equal(promote(), 0);
    assert_true(bench.counts.orders_unplanned > 0);
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.unplanned_count, 1);
    restore();
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.unplanned_count, 1);
    assert_int_equal(sizes.order_count, 1);
    publish_plan();
    begin();
    assert_int_equal(promote(), 100); /* 1% of 10,000 */
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.unplanned_count, 0);
}

/* SPEC §4: suspense is counted, kept over a restart, and ends when the guide is announced. */
static void test_suspense_is_kept_over_a_restart(void **state)
{
    publish_plan();
    begin();
    place("e1", "O", DAY_0);
    pay("e2", "O", DAY_0 + 1);
    assert_int_equal(promote(), 0);
    assert_int_equal(bench.counts.credits_in_suspense, 1);
    restore();
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.suspense_count, 1);
    for (uint32_t index = 0; index < bench.record_count; index++) {
        const struct record *record = &bench.records[index];
        struct fen_str key = {record->key, record->key_size};
        struct fen_str value = {record->value, record->value_size};
        if (record->is_order)
            assert_true(fen_split_lane_restore_order(bench.lane, key, value)); /* once more */
    }
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.suspense_count, 1);
    announce("g1", "B");
    begin();
    assert_int_equal(promote(), 100);
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.suspense_count, 0);
}

/* SPEC §3: a duplicate has no effect; with other content it is counted besides. */
static void test_an_event_counts_once_also_after_a_restart(void **state)
{
    publish_plan();
    announce("g1", "B");
    begin();
    assert_int_equal(place("e1", "O", DAY_0), FEN_SPLIT_APPLIED);
    assert_int_equal(place("e1", "O", DAY_0), FEN_SPLIT_DUPLICATE);
    assert_int_equal(bench.counts.id_conflicts, 0);
    assert_int_equal(place("e1", "O", DAY_0 + 1), FEN_SPLIT_DUPLICATE);
    assert_int_equal(bench.counts.id_conflicts, 1);
    struct fen_event bound = an_event(FEN_EVENT_CUSTOMER_BOUND, "e3", DAY_0);
    bound.guide = FEN_STR("B");
    assert_int_equal(apply(&bound), FEN_SPLIT_APPLIED);
    promote();
    restore();
    begin();
    assert_int_equal(place("e1", "O", DAY_0), FEN_SPLIT_DUPLICATE);
    assert_int_equal(apply(&bound), FEN_SPLIT_DUPLICATE);
    assert_int_equal(promote(), 0);
}

static void test_a_discarded_batch_leaves_no_trace(void **state)
{
    publish_plan();
    announce("g1", "B");
    begin();
    place("e1", "O", DAY_0);
    pay("e2", "O", DAY_0 + 1);
    assert_int_equal(finish(), 100);
    fen_split_lane_discard(bench.lane);
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.order_count, 0);
    assert_int_equal(sizes.mark_count, 0);
    begin();
    assert_int_equal(place("e1", "O", DAY_0), FEN_SPLIT_APPLIED);
    assert_int_equal(pay("e2", "O", DAY_0 + 1), FEN_SPLIT_APPLIED);
    assert_int_equal(promote(), 100);
}

/* SPEC §3: late is `at` + the longest window + 24 h before the newest event time, to the ms. */
static void test_a_touch_is_late_beyond_window_and_day(void **state)
{
    publish_plan();
    announce("g1", "A");
    begin();
    struct fen_event newest = touch("t1", "A", DAY_0 + 8 * DAY);
    assert_int_equal(apply(&newest), FEN_SPLIT_APPLIED);
    struct fen_event edge = touch("t2", "A", DAY_0);
    assert_int_equal(apply(&edge), FEN_SPLIT_APPLIED);
    struct fen_event late = touch("t3", "A", DAY_0 - 1);
    assert_int_equal(apply(&late), FEN_SPLIT_LATE_TOUCH);
    promote();
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.touch_count, 2);
}

/* Touches come back from their own topic, each once. */
static void test_a_restored_touch_still_serves(void **state)
{
    publish_plan();
    announce("g1", "A");
    struct fen_event shared = touch("t1", "A", DAY_0);
    fen_split_lane_restore_touch(bench.lane, &shared);
    fen_split_lane_restore_touch(bench.lane, &shared);
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.touch_count, 1);
    begin();
    assert_int_equal(apply(&shared), FEN_SPLIT_DUPLICATE);
    place("e1", "O", DAY_0 + DAY);
    pay("e2", "O", DAY_0 + DAY + 1);
    assert_int_equal(promote(), 1000); /* 10%; the seller B is not announced */
}

/* Touches that no order can use any more give way to new ones (SPEC §3, late). */
static void test_expired_touches_are_let_go(void **state)
{
    publish_plan();
    announce("g1", "A");
    struct fen_split_sizes sizes;
    char ids[64][16];
    for (int number = 0; number < 64; number++) {
        begin();
        snprintf(ids[number], sizeof ids[number], "t%d", number);
        struct fen_event shared = touch(ids[number], "A", DAY_0 + number * DAY);
        assert_int_equal(apply(&shared), FEN_SPLIT_APPLIED);
        char order_id[16], order[16];
        snprintf(order_id, sizeof order_id, "o%d", number);
        snprintf(order, sizeof order, "O%d", number % 2);
        place(order_id, order, DAY_0 + number * DAY);
        promote();
    }
    fen_split_lane_measure(bench.lane, &sizes);
    assert_true(sizes.touch_count >= 8);
    assert_true(sizes.touch_count < 40);
}

static void test_tombstones_and_what_is_no_record(void **state)
{
    publish_plan();
    begin();
    place("e1", "O", DAY_0);
    struct fen_event bound = an_event(FEN_EVENT_CUSTOMER_BOUND, "e3", DAY_0);
    apply(&bound);
    promote();
    struct fen_split_sizes sizes;
    assert_true(fen_split_lane_restore_order(bench.lane, FEN_STR("t/O"), FEN_STR_NONE));
    assert_true(fen_split_lane_restore_customer(bench.lane, FEN_STR("t/c"), FEN_STR_NONE));
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.order_count, 0);
    assert_false(fen_split_lane_restore_order(bench.lane, FEN_STR("no-slash"), FEN_STR_NONE));
    assert_false(fen_split_lane_restore_order(bench.lane, FEN_STR_NONE, FEN_STR_NONE));
    assert_false(fen_split_lane_restore_order(bench.lane, FEN_STR("t/P"), FEN_STR("\xFF\xFF")));
    assert_false(fen_split_lane_restore_customer(bench.lane, FEN_STR("no-slash"), FEN_STR_NONE));
    assert_false(fen_split_lane_restore_customer(bench.lane, FEN_STR("t/d"), FEN_STR("\xFF\xFF")));
}

/* An order without a customer is its own, and no restart links it to one. */
static void test_an_order_without_customer_is_restored(void **state)
{
    publish_plan();
    announce("g1", "B");
    begin();
    static struct fen_event_line line;
    line = (struct fen_event_line){.line = 1, .sku = FEN_STR("k"), .brand = FEN_STR("L"),
                                   .quantity = 1, .paid_fen = 10000};
    struct fen_event placed = an_event(FEN_EVENT_ORDER_PLACED, "e1", DAY_0);
    placed.customer = FEN_STR_NONE;
    placed.order = FEN_STR("O");
    placed.seller = FEN_STR("B");
    placed.lines = &line;
    placed.line_count = 1;
    apply(&placed);
    promote();
    restore();
    begin();
    struct fen_event paid = an_event(FEN_EVENT_ORDER_PAID, "e2", DAY_0 + 1);
    paid.customer = FEN_STR_NONE;
    paid.order = FEN_STR("O");
    apply(&paid);
    assert_int_equal(promote(), 100);
    struct fen_split_sizes sizes;
    fen_split_lane_measure(bench.lane, &sizes);
    assert_int_equal(sizes.customer_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_progress_is_told_kept_and_given_back),
        TEST(test_a_batch_without_events_changes_nothing),
        TEST(test_an_order_waits_for_its_plan_over_a_restart),
        TEST(test_suspense_is_kept_over_a_restart),
        TEST(test_an_event_counts_once_also_after_a_restart),
        TEST(test_a_discarded_batch_leaves_no_trace),
        TEST(test_a_touch_is_late_beyond_window_and_day),
        TEST(test_a_restored_touch_still_serves),
        TEST(test_expired_touches_are_let_go),
        TEST(test_tombstones_and_what_is_no_record),
        TEST(test_an_order_without_customer_is_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
