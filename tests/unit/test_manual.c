/*
 * test_manual: the time zone of adjustments and payouts over batches, restores and publications
 * (SPEC §4 Plan, §6): what a record must hold for it, what a round over the payees moves, and what
 * records of a version of fen without pins come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/period.h"
#include "post/lane_parts.h"

#define AT INT64_C(1796050800000) /* 2026-11-30 23:00 at +08:00; a day of December at +14:00 */
#define NOVEMBER 24322
#define DECEMBER 24323

static struct fen_reference_builder *references;
static struct fen_post_lane *lane;
static struct fen_arena *arena, *scratch;
static struct fen_post_counts counts;
static int event_number;

static int set_up(void **state)
{
    references = fen_reference_builder_create(1);
    lane = fen_post_lane_create(false);
    arena = fen_arena_create(4096);
    scratch = fen_arena_create(4096);
    counts = (struct fen_post_counts){0};
    event_number = 0;
    return 0;
}

static int tear_down(void **state)
{
    fen_post_lane_destroy(lane);
    fen_reference_builder_destroy(references);
    fen_arena_destroy(arena);
    fen_arena_destroy(scratch);
    return 0;
}

static void publish_for(const char *tenant, int version, const char *zone, bool is_retroactive)
{
    char yaml[256], id[16];
    snprintf(yaml, sizeof yaml,
             "plan: p\nversion: %d\ncurrency: CNY\ntimezone: \"%s\"\nfrom: 2026-01-01 00:00\n"
             "roles: {sale: [{name: s, pay: 1%%}]}\n",
             version, zone);
    snprintf(id, sizeof id, "p%d", ++event_number);
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.id = fen_str_from(id);
    event.tenant = fen_str_from(tenant);
    event.yaml = fen_str_from(yaml);
    event.retroactive = is_retroactive;
    assert_int_not_equal(fen_reference_apply(references, &event, NULL), FEN_REFERENCE_BAD_PLAN);
}

static void publish(int version, const char *zone, bool is_retroactive)
{
    publish_for("t", version, zone, is_retroactive);
}

static void begin_with(uint32_t look_count, uint32_t payee_count)
{
    fen_reference_publish(references, 0, 0);
    fen_arena_reset(arena);
    struct fen_post_batch batch = {arena, scratch, fen_reference_acquire(references, 0), &counts,
                                   {.look_count = look_count, .payee_count = payee_count}};
    fen_post_lane_begin(lane, &batch);
}

static void begin(void)
{
    begin_with(1000, 1000);
}

static void promote(void)
{
    struct fen_buffer buffer = {0};
    fen_post_lane_finish(lane, &buffer);
    fen_post_lane_promote(lane);
    fen_buffer_deinit(&buffer);
}

/* A batch without events. */
static void follow(void)
{
    begin();
    promote();
}

static void adjust_of(const char *payee, const char *adjustment, const char *id, int64_t time_ms)
{
    struct fen_event event = {.type = FEN_EVENT_ADJUSTMENT_POSTED,
                              .id = fen_str_from(id),
                              .tenant = FEN_STR("t"),
                              .time_ms = time_ms,
                              .payee = fen_str_from(payee),
                              .adjustment = fen_str_from(adjustment),
                              .amount_fen = 7};
    assert_int_equal(fen_post_lane_apply(lane, &event), FEN_POST_APPLIED);
}

/* In a batch of its own. */
static void adjust(const char *id, int64_t time_ms)
{
    begin();
    adjust_of("guide:A", "a", id, time_ms);
    promote();
}

struct place {
    const char *payee;
    int32_t period;
};

static void find_period(void *context, const struct fen_account *account)
{
    struct place *place = context;
    if (!fen_str_equal(account->payee, fen_str_from(place->payee)))
        return;
    for (uint32_t index = 0; index < account->sum_count; index++)
        if (account->sums[index].amount_fen != 0) {
            assert_int_equal(place->period, 0); /* in one period alone */
            place->period = account->sums[index].period;
        }
}

/* The period in which all that the payee has stands. */
static int32_t period_of(const char *payee)
{
    struct place place = {payee, 0};
    struct fen_arena *reading = fen_arena_create(4096);
    fen_post_lane_visit_accounts(lane, reading, find_period, &place);
    fen_arena_destroy(reading);
    return place.period;
}

/* Guide A's record, as it is or as a fen without pins would have written it, into a new lane. */
static void restore(bool has_pins)
{
    struct fen_account account;
    struct fen_buffer record = {0};
    fen_arena_reset(arena);
    assert_true(fen_post_account_read(arena, FEN_STR("t/guide:A"),
                                      fen_state_table_value(lane->accounts, 1), &account));
    for (uint32_t index = 0; !has_pins && index < account.manual_count; index++)
        account.manuals[index].pin_count = 0;
    fen_record_encode(&fen_account_schema, &account, &record);
    struct fen_post_lane *other = fen_post_lane_create(false);
    assert_true(fen_post_lane_restore(other, FEN_STR("t/guide:A"), fen_buffer_str(&record)));
    fen_post_lane_restore_progress(other, fen_post_lane_progress(lane));
    fen_buffer_deinit(&record);
    fen_post_lane_destroy(lane);
    lane = other;
}

/* The pin is in the record: who takes over knows which publications are news to a fact. */
static void test_a_restored_fact_moves_by_a_retroactive_publication_alone(void **state)
{
    publish(1, "+08:00", false);
    adjust("e1", AT);
    restore(true);
    publish(2, "+14:00", false);
    follow();
    restore(true);
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    adjust("e2", AT); /* the same time again: what was chosen for it then */
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    publish(1, "+08:00", true);
    restore(true); /* it came while nobody had the lane */
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
    uint64_t posted = counts.entries_posted;
    restore(true);
    publish(3, "+08:00", false);
    follow();
    adjust("e3", AT);
    assert_int_equal(period_of("guide:A"), DECEMBER);
    assert_int_equal(counts.entries_posted, posted);
}

/* A time that was left, or whose event never held, is pinned in the record too. */
static void test_a_restored_fact_comes_back_to_a_former_time(void **state)
{
    publish(1, "+08:00", false);
    adjust("e2", AT - FEN_DAY_MS);
    adjust("e1", AT);
    restore(true);
    publish(2, "+14:00", false);
    adjust("e3", AT);
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    restore(true);
    adjust("e4", AT + 1);
    assert_int_equal(period_of("guide:A"), DECEMBER);
}

static void test_a_fact_without_a_plan_waits_for_one_over_a_restore(void **state)
{
    adjust("e1", AT);
    publish_for("u", 1, "+14:00", true); /* another tenant's */
    follow();
    restore(true);
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    publish(1, "+14:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
    publish(2, "+08:00", false);
    restore(true);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
}

/* So many payees a batch; a crash in between repeats the rest and moves nobody twice. */
static void check_round(uint32_t look_count, uint32_t payee_count)
{
    static const char *const payees[] = {"guide:A", "guide:B", "guide:C"};
    static const char *const ids[] = {"e1", "e2", "e3"}, *const others[] = {"f1", "f2", "f3"};
    tear_down(NULL);
    set_up(NULL);
    publish(1, "+08:00", false);
    begin();
    for (int at = 0; at < 3; at++) {
        adjust_of(payees[at], "a", ids[at], AT);
        adjust_of(payees[at], "b", others[at], AT);
    }
    promote();
    publish(1, "+14:00", true); /* of the version published, whose content holds: no news */
    do {
        begin_with(look_count, payee_count);
        promote();
    } while (fen_post_lane_is_behind(lane));
    assert_int_equal(counts.entries_posted, 6);
    publish(2, "+14:00", true);
    for (int followed = 1; followed <= 3; followed++) {
        begin_with(look_count, payee_count);
        fen_post_lane_discard(lane);
        begin_with(look_count, payee_count);
        promote();
        int moved = 0;
        for (int at = 0; at < 3; at++)
            moved += period_of(payees[at]) == DECEMBER;
        assert_int_equal(moved, followed);
        assert_int_equal(fen_post_lane_is_behind(lane), followed < 3);
    }
    fen_post_lane_restore_progress(lane, 0); /* as if the round had to be gone again */
    follow();
    for (int at = 0; at < 3; at++)
        assert_int_equal(period_of(payees[at]), DECEMBER);
}

static void test_facts_are_followed_payee_by_payee(void **state)
{
    check_round(1, 1000);
    check_round(1000, 1);
}

/* A version published before, published again: its tables are no news, its choice is. */
static void test_a_repeated_publication_is_followed(void **state)
{
    publish(1, "+08:00", false);
    adjust("e1", AT);
    publish(2, "+14:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    publish(2, "+14:00", true);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
}

/* A record of a fen without pins: what stands stays until somebody chooses for it. */
static void test_an_unpinned_fact_stays_until_one_chooses_anew(void **state)
{
    publish(1, "+08:00", false);
    adjust("e2", AT);
    publish(2, "+14:00", false);
    follow();
    restore(false);
    publish(3, "+14:00", false);
    follow();
    adjust("e1", AT); /* loses, and moves nothing */
    publish(4, "+14:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    publish(5, "+14:00", true);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
    publish(6, "+08:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
}

static void test_an_unpinned_fact_without_a_plan_waits_for_one(void **state)
{
    adjust("e1", AT);
    restore(false);
    publish_for("u", 1, "+14:00", true);
    follow();
    assert_int_equal(period_of("guide:A"), NOVEMBER);
    publish(1, "+14:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
    publish(2, "+08:00", false);
    follow();
    assert_int_equal(period_of("guide:A"), DECEMBER);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_restored_fact_moves_by_a_retroactive_publication_alone),
        TEST(test_a_restored_fact_comes_back_to_a_former_time),
        TEST(test_a_fact_without_a_plan_waits_for_one_over_a_restore),
        TEST(test_facts_are_followed_payee_by_payee),
        TEST(test_a_repeated_publication_is_followed),
        TEST(test_an_unpinned_fact_stays_until_one_chooses_anew),
        TEST(test_an_unpinned_fact_without_a_plan_waits_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
