/*
 * test_split_counts: what a split lane counts of facts that wait, refunds in excess, orders and
 * suspense (SPEC §3, §4), what a batch leaves alone, and what a restored lane goes on from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "split/lane_parts.h"

#define DAY   INT64_C(86400000)
#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "share: {window: 7d}\n"
    "roles:\n"
    "  share: [{name: s, pay: 10%}]\n"
    "  sale: [{name: o, pay: 1%}]\n"
    "  recruit: [{name: r, when: {region: R}, per_customer: 7.00},\n"
    "            {name: q, per_customer: 5.00}]\n";

#define RECORD_COUNT_MAX 8

/* A record as its topic would keep it. */
struct record {
    enum fen_split_record kind;
    char key[64], value[2048];
    uint32_t key_size, value_size;
};

static struct fen_reference_builder *references;
static struct fen_split_lane *lane;
static struct fen_arena *arena, *scratch, *kept;
static struct fen_entries entries;
static struct fen_split_counts counts;
static struct record records[RECORD_COUNT_MAX];
static uint32_t record_count, change_count;

static int set_up(void **state)
{
    references = fen_reference_builder_create(1);
    lane = fen_split_lane_create(false, false);
    arena = fen_arena_create(16384);
    scratch = fen_arena_create(16384);
    kept = fen_arena_create(16384);
    counts = (struct fen_split_counts){0};
    record_count = 0;
    assert_int_equal(fen_reference_apply_plan(references, fen_str_from(plan_yaml), NULL),
                     FEN_REFERENCE_APPLIED);
    return 0;
}

static int tear_down(void **state)
{
    fen_split_lane_destroy(lane);
    fen_reference_builder_destroy(references);
    fen_arena_destroy(arena);
    fen_arena_destroy(scratch);
    fen_arena_destroy(kept);
    return 0;
}

static void leave_in_place(void *context)
{
}

static void begin(void)
{
    fen_reference_publish(references, 0, 0);
    fen_arena_reset(arena);
    entries = (struct fen_entries){0};
    struct fen_split_batch batch = {.arena = arena, .scratch = scratch,
                                    .reference = fen_reference_acquire(references, 0),
                                    .entries = &entries, .deliver = leave_in_place,
                                    .counts = &counts};
    fen_split_lane_begin(lane, &batch);
    struct fen_split_room room = {.looks = 1000, .work = 1000};
    fen_split_lane_follow(lane, &room);
}

static void keep_change(void *context, const struct fen_split_change *change)
{
    uint32_t at = 0;
    change_count++;
    while (at < record_count && (records[at].kind != change->record ||
                                 records[at].key_size != change->key.size ||
                                 memcmp(records[at].key, change->key.data, change->key.size) != 0))
        at++;
    assert_true(at < RECORD_COUNT_MAX);
    assert_in_range(change->value.size, 1, sizeof records[at].value);
    record_count += at == record_count;
    records[at].kind = change->record;
    records[at].key_size = change->key.size;
    records[at].value_size = change->value.size;
    memcpy(records[at].key, change->key.data, change->key.size);
    memcpy(records[at].value, change->value.data, change->value.size);
}

/* The sum of the batch's differences; change_count: the records it changed. */
static int64_t promote(void)
{
    struct fen_buffer buffer = {0};
    int64_t sum_fen = 0;
    fen_split_lane_finish(lane, &buffer);
    change_count = 0;
    fen_split_lane_visit_changes(lane, keep_change, NULL);
    for (uint32_t index = 0; index < entries.count; index++)
        sum_fen += entries.items[index].amount_fen;
    fen_split_lane_promote(lane);
    fen_buffer_deinit(&buffer);
    return sum_fen;
}

static bool restore_record(const struct record *record, struct fen_str value)
{
    struct fen_str key = {record->key, record->key_size};
    return record->kind == FEN_SPLIT_ORDER ? fen_split_lane_restore_order(lane, key, value)
                                           : fen_split_lane_restore_customer(lane, key, value);
}

static void restore(void)
{
    struct fen_split_progress progress = fen_split_lane_progress(lane);
    fen_split_lane_destroy(lane);
    lane = fen_split_lane_create(false, false);
    for (uint32_t index = 0; index < record_count; index++)
        assert_true(restore_record(&records[index], (struct fen_str){records[index].value,
                                                                     records[index].value_size}));
    fen_split_lane_restore_progress(lane, &progress);
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
                              .order = FEN_STR("O"),
                              .version = 1,
                              .created_ms = time_ms};
}

static enum fen_split_fate apply(const struct fen_event *event)
{
    return fen_split_lane_apply(lane, event);
}

/* Two lines of 100.00 each; sold by `seller`. */
static void place(const char *id, uint32_t version, const char *seller)
{
    struct fen_event event = an_event(FEN_EVENT_ORDER_PLACED, id, DAY_0);
    struct fen_event_line *lines = fen_arena_allocate_zeroed(kept, 2 * sizeof *lines);
    for (int64_t line = 0; line < 2; line++)
        lines[line] = (struct fen_event_line){.line = line + 1, .sku = FEN_STR("k"),
                                              .quantity = 1, .paid_fen = 10000};
    event.version = version;
    event.seller = fen_str_from(seller);
    event.lines = lines;
    event.line_count = 2;
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
}

static void pay(const char *id)
{
    struct fen_event event = an_event(FEN_EVENT_ORDER_PAID, id, DAY_0);
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
}

/* `first_fen` of line 1 and `second_fen` of line 2; a negative amount: the line is not named. */
static void refund(const char *id, int64_t first_fen, int64_t second_fen)
{
    struct fen_event event = an_event(FEN_EVENT_ORDER_REFUNDED, id, DAY_0);
    struct fen_event_line *lines = fen_arena_allocate_zeroed(kept, 2 * sizeof *lines);
    event.refund = fen_str_from(id);
    event.lines = lines;
    if (first_fen >= 0)
        lines[event.line_count++] = (struct fen_event_line){.line = 1, .amount_fen = first_fen};
    if (second_fen >= 0)
        lines[event.line_count++] = (struct fen_event_line){.line = 2, .amount_fen = second_fen};
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
}

/* A touch by A, or a binding to it. */
static void say(enum fen_event_type type, const char *id, int64_t at_ms)
{
    struct fen_event event = an_event(type, id, at_ms);
    event.guide = FEN_STR("A");
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
}

static void set_record(enum fen_event_type type, const char *id, const char *name,
                       const char *region)
{
    struct fen_event event = {.type = type, .id = fen_str_from(id), .tenant = FEN_STR("t"),
                              .guide = fen_str_from(name), .store = fen_str_from(name),
                              .region = fen_str_from(region),
                              .kind = type == FEN_EVENT_GUIDE_SET ? FEN_STR("guide")
                                                                  : FEN_STR("owned"),
                              .status = FEN_GUIDE_ACTIVE,
                              .effective_ms = DAY_0 - DAY};
    if (type == FEN_EVENT_GUIDE_SET)
        event.store = FEN_STR_NONE;
    assert_int_equal(fen_reference_apply(references, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void test_facts_before_their_order_are_counted_as_waiting(void **state)
{
    begin();
    pay("e1");
    assert_int_equal(counts.facts_waiting, 1);
    refund("e2", 5, 6);
    assert_int_equal(counts.facts_waiting, 2);
    assert_int_equal(counts.orders_placed, 0);
    place("e3", 1, "A");
    assert_int_equal(counts.facts_waiting, 2);
    assert_int_equal(counts.orders_placed, 1);
    place("e4", 2, "A");
    refund("e5", 1, 1);
    assert_int_equal(counts.orders_placed, 1);
    assert_int_equal(counts.facts_waiting, 2);
    assert_int_equal(counts.refunds_in_excess, 0);
    promote();
}

/* Each line of a refund that takes more than was paid for it, and each that a version meets so. */
static void test_refunds_in_excess_are_counted_by_line(void **state)
{
    begin();
    place("e1", 1, "A");
    refund("e2", 10000, 9999);
    assert_int_equal(counts.refunds_in_excess, 0);
    refund("e3", 1, -1);
    assert_int_equal(counts.refunds_in_excess, 1);
    refund("e4", -1, 1);
    assert_int_equal(counts.refunds_in_excess, 1);
    refund("e5", 1, 1);
    assert_int_equal(counts.refunds_in_excess, 3);
    refund("e6", -1, 1);
    assert_int_equal(counts.refunds_in_excess, 4);
    pay("e7");
    assert_int_equal(counts.refunds_in_excess, 4);
    place("e8", 2, "A");
    assert_int_equal(counts.refunds_in_excess, 6);
    promote();
}

/* A touch too old for the order looks at it and leaves it as it is. */
static void test_what_is_only_looked_at_is_no_change(void **state)
{
    set_record(FEN_EVENT_GUIDE_SET, "g1", "A", NULL);
    begin();
    place("e1", 1, "A");
    pay("e2");
    assert_int_equal(promote(), 200);
    assert_int_equal(change_count, 1);
    begin();
    say(FEN_EVENT_TOUCH_SHARED, "t1", DAY_0 - 7 * DAY);
    assert_int_equal(promote(), 0);
    assert_int_equal(change_count, 0);
    begin();
    say(FEN_EVENT_TOUCH_SHARED, "t2", DAY_0 - 7 * DAY + 1);
    assert_int_equal(promote(), 2000);
    assert_int_equal(change_count, 1);
}

static void assert_sizes(uint64_t order_count, uint64_t unplanned_count, uint64_t suspense_count)
{
    struct fen_split_sizes sizes;
    fen_split_lane_measure(lane, &sizes);
    assert_int_equal(sizes.order_count, order_count);
    assert_int_equal(sizes.unplanned_count, unplanned_count);
    assert_int_equal(sizes.suspense_count, suspense_count);
}

/* Every event of a restored order is known; a tombstone ends what it waits for, damage nothing. */
static void test_an_order_is_restored_whole_or_not(void **state)
{
    begin();
    place("e1", 1, "U");
    pay("e2");
    refund("e3", 1, -1);
    assert_int_equal(promote(), 0);
    assert_sizes(1, 0, 2); /* both lines wait for U */
    restore();
    assert_sizes(1, 0, 2);
    begin();
    const char *const ids[] = {"e1", "e2", "e3"};
    for (int index = 0; index < 3; index++) {
        struct fen_event event = an_event(FEN_EVENT_ORDER_CANCELLED, ids[index], DAY_0);
        assert_int_equal(apply(&event), FEN_SPLIT_DUPLICATE);
    }
    promote();
    assert_false(restore_record(&records[0], FEN_STR("\xFF\xFF")));
    assert_int_equal(records[0].kind, FEN_SPLIT_ORDER);
    restore();
    assert_true(restore_record(&records[0], FEN_STR_NONE));
    assert_sizes(0, 0, 0);
    struct record damaged = records[0];
    damaged.key[damaged.key_size - 1] = 'P';
    assert_false(restore_record(&damaged, FEN_STR("\xFF\xFF")));
    assert_sizes(0, 0, 0);
}

static int64_t register_customer(const char *id, const char *recruiter, const char *store)
{
    begin();
    struct fen_event event = an_event(FEN_EVENT_CUSTOMER_REGISTERED, id, DAY_0);
    event.recruiter = fen_str_from(recruiter);
    event.store = fen_str_from(store);
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    return promote();
}

/* A restored registration is evaluated anew for the guide and for the store that it looked at. */
static void test_a_registration_is_restored_with_all_it_looked_at(void **state)
{
    assert_int_equal(register_customer("e1", "U", "S"), 0);
    assert_sizes(0, 0, 1);
    restore();
    assert_sizes(0, 0, 1);
    assert_true(restore_record(&records[0], FEN_STR_NONE));
    assert_sizes(0, 0, 0);
    restore();
    set_record(FEN_EVENT_GUIDE_SET, "g1", "U", NULL);
    begin();
    assert_int_equal(promote(), 500);
    restore();
    set_record(FEN_EVENT_STORE_SET, "s1", "S", "R");
    begin();
    assert_int_equal(promote(), 200); /* 5.00 back, 7.00 by the store's region */
    assert_sizes(0, 0, 0);
    assert_true(restore_record(&records[0], FEN_STR_NONE));
    struct record damaged = records[0];
    damaged.key[damaged.key_size - 1] = 'd';
    uint64_t before = fen_state_table_value_count(lane->customers);
    assert_false(restore_record(&damaged, FEN_STR("\xFF\xFF")));
    assert_int_equal(fen_state_table_value_count(lane->customers), before);
}

/* An order's own facts evaluate it; what comes late from outside it evaluates it anew. */
static void check_evaluations(bool is_file)
{
    fen_split_lane_destroy(lane);
    lane = fen_split_lane_create(is_file, is_file);
    counts = (struct fen_split_counts){0};
    begin();
    place("e1", 1, "A");
    pay("e2");
    struct fen_event event = an_event(FEN_EVENT_CUSTOMER_REGISTERED, "e3", DAY_0 - 9);
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    promote();
    assert_int_equal(counts.reevaluations, 0);
    assert_int_equal(counts.evaluations, is_file ? 3 : 2);
    begin();
    say(FEN_EVENT_TOUCH_SHARED, "t1", DAY_0 - 1);
    promote();
    assert_int_equal(counts.reevaluations, 1);
    begin();
    say(FEN_EVENT_CUSTOMER_BOUND, "b1", DAY_0 - 8); /* after the registration, before the order */
    promote();
    assert_int_equal(counts.reevaluations, 2);
    begin();
    say(FEN_EVENT_CUSTOMER_BOUND, "b2", DAY_0 - 10); /* before both */
    promote();
    assert_int_equal(counts.reevaluations, 4);
    begin();
    say(FEN_EVENT_TOUCH_SHARED, "t2", DAY_0 + 1);
    say(FEN_EVENT_CUSTOMER_BOUND, "b3", DAY_0 + 1);
    promote();
    assert_int_equal(counts.reevaluations, 4);
}

static void test_what_comes_late_is_counted_apart(void **state)
{
    check_evaluations(false);
    check_evaluations(true);
}

/* An order that a version moved to a later day is found by a touch of that day. */
static void test_a_touch_finds_an_order_that_was_moved(void **state)
{
    fen_split_lane_destroy(lane);
    lane = fen_split_lane_create(true, true);
    begin();
    place("e1", 1, "A");
    struct fen_event other = an_event(FEN_EVENT_ORDER_PLACED, "e2", DAY_0 - DAY);
    other.order = FEN_STR("P");
    assert_int_equal(apply(&other), FEN_SPLIT_APPLIED);
    promote();
    begin();
    struct fen_event moved = an_event(FEN_EVENT_ORDER_PLACED, "e3", DAY_0 + 5 * DAY);
    moved.version = 2;
    assert_int_equal(apply(&moved), FEN_SPLIT_APPLIED);
    other.type = FEN_EVENT_ORDER_PAID;
    other.id = FEN_STR("e4");
    assert_int_equal(apply(&other), FEN_SPLIT_APPLIED);
    say(FEN_EVENT_TOUCH_SHARED, "t1", DAY_0 + 4 * DAY);
    assert_int_equal(counts.reevaluations, 1);
    promote();
}

/* What no order can want any more is told by the slower of the two: orders may lag behind. */
static void test_touches_wait_for_orders_that_lag_behind(void **state)
{
    set_record(FEN_EVENT_GUIDE_SET, "g1", "A", NULL);
    char ids[64][16];
    begin();
    place("e1", 1, "A");
    promote();
    for (int number = 0; number < 64; number++) {
        snprintf(ids[number], sizeof ids[number], "t%d", number);
        begin();
        say(FEN_EVENT_TOUCH_SHARED, ids[number], DAY_0 + DAY + number * DAY);
        promote();
    }
    begin();
    struct fen_event event = an_event(FEN_EVENT_ORDER_PLACED, "e2", DAY_0 + 2 * DAY - 1);
    struct fen_event_line line = {.line = 1, .sku = FEN_STR("k"), .quantity = 1, .paid_fen = 1000};
    event.order = FEN_STR("P");
    event.lines = &line;
    event.line_count = 1;
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    event = an_event(FEN_EVENT_ORDER_PAID, "e3", DAY_0 - 5);
    event.order = FEN_STR("P");
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    assert_int_equal(promote(), 100); /* by the first touch, a day before it */
    assert_int_equal(fen_split_lane_progress(lane).newest_order_ms, DAY_0 + 2 * DAY - 1);
}

static void publish(const char *tenant, const char *yaml)
{
    struct fen_event event = {.type = FEN_EVENT_PLAN_PUBLISHED, .id = fen_str_from(tenant),
                              .tenant = fen_str_from(tenant), .yaml = fen_str_from(yaml)};
    assert_int_equal(fen_reference_apply(references, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void place_of(const char *tenant, const char *id, const char *pay_id)
{
    struct fen_event event = an_event(FEN_EVENT_ORDER_PLACED, id, DAY_0);
    static struct fen_event_line line = {.line = 1, .sku = {"k", 1}, .quantity = 1,
                                         .paid_fen = 1000};
    event.tenant = fen_str_from(tenant);
    event.lines = &line;
    event.line_count = 1;
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    event = an_event(FEN_EVENT_ORDER_PAID, pay_id, DAY_0);
    event.tenant = fen_str_from(tenant);
    assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
}

/* The longest window is each tenant's own, in one batch too. */
static void test_each_tenant_has_its_own_window(void **state)
{
#define HEAD                                                                                       \
    "plan: w\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    fen_reference_builder_destroy(references);
    references = fen_reference_builder_create(1);
    publish("a", HEAD "share: {window: 7d}\nroles: {share: [{name: s, pay: 10%}]}\n");
    publish("b", HEAD "share: {window: 15d}\nroles: {share: [{name: s, pay: 10%}]}\n");
    begin();
    place_of("a", "a1", "a2");
    place_of("b", "b1", "b2");
    promote();
    static const char *const rows[][2] = {{"a", "t1"}, {"b", "t2"}, {"a", "t3"}, {"b", "t4"}};
    begin();
    for (size_t row = 0; row < 4; row++) {
        struct fen_event event = an_event(FEN_EVENT_TOUCH_SHARED, rows[row][1], DAY_0 - 10 * DAY);
        event.tenant = fen_str_from(rows[row][0]);
        event.guide = FEN_STR("A");
        assert_int_equal(apply(&event), FEN_SPLIT_APPLIED);
    }
    promote();
    assert_int_equal(counts.reevaluations, 1); /* of b's order alone, once for both touches */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_facts_before_their_order_are_counted_as_waiting),
        TEST(test_refunds_in_excess_are_counted_by_line),
        TEST(test_what_comes_late_is_counted_apart),
        TEST(test_a_touch_finds_an_order_that_was_moved),
        TEST(test_touches_wait_for_orders_that_lag_behind),
        TEST(test_each_tenant_has_its_own_window),
        TEST(test_what_is_only_looked_at_is_no_change),
        TEST(test_an_order_is_restored_whole_or_not),
        TEST(test_a_registration_is_restored_with_all_it_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
