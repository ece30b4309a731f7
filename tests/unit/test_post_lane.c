/*
 * test_post_lane: one partition's payees over batches, discards and restores (SPEC §6): dense seq,
 * balances, the open period, manual facts, and what a restored lane still knows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "post/lane.h"

#define DAY_0 INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

struct bench {
    struct fen_reference_builder *references;
    struct fen_post_lane *lane;
    struct fen_arena *arena;
    struct fen_arena *work; /* the batch's scratch */
    struct fen_post_counts counts;
    struct fen_buffer scratch;
    /* of the last batch's changes */
    struct fen_buffer key, value;
    uint32_t change_count, entry_count;
    struct fen_entry last;
    int64_t seq, balance_fen;
    uint32_t sum_count, date_count, funder_count; /* rows of the account */
};

static int set_up(void **state)
{
    static struct bench bench;
    bench = (struct bench){.references = fen_reference_builder_create(1),
                           .lane = fen_post_lane_create(false),
                           .arena = fen_arena_create(4096),
                           .work = fen_arena_create(4096)};
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    fen_post_lane_destroy(bench->lane);
    fen_post_lane_destroy(NULL);
    fen_reference_builder_destroy(bench->references);
    fen_arena_destroy(bench->arena);
    fen_arena_destroy(bench->work);
    fen_buffer_deinit(&bench->scratch);
    fen_buffer_deinit(&bench->key);
    fen_buffer_deinit(&bench->value);
    return 0;
}

static void begin(struct bench *bench)
{
    fen_reference_publish(bench->references, 0, 0);
    fen_arena_reset(bench->arena);
    struct fen_post_batch batch = {bench->arena, bench->work,
                                   fen_reference_acquire(bench->references, 0), &bench->counts,
                                   {.look_count = 1000, .payee_count = 1000}};
    fen_post_lane_begin(bench->lane, &batch);
}

static void keep_change(void *context, const struct fen_post_change *change)
{
    struct bench *bench = context;
    fen_buffer_clear(&bench->key);
    fen_buffer_append_format(&bench->key, "%.*s/%.*s", FEN_STR_ARG(change->account->tenant),
                             FEN_STR_ARG(change->account->payee));
    fen_buffer_clear(&bench->value);
    fen_buffer_append_str(&bench->value, change->value);
    bench->change_count++;
    bench->entry_count = change->entry_count;
    if (change->entry_count > 0)
        bench->last = change->entries[change->entry_count - 1];
    bench->seq = change->account->seq;
    bench->balance_fen = change->account->balance_fen;
    bench->sum_count = change->account->sum_count;
    bench->date_count = change->account->date_count;
    bench->funder_count = change->account->funder_count;
}

static void promote(struct bench *bench)
{
    bench->change_count = bench->entry_count = 0;
    fen_post_lane_finish(bench->lane, &bench->scratch);
    fen_post_lane_visit_changes(bench->lane, keep_change, bench);
    fen_post_lane_promote(bench->lane);
}

static struct fen_event manual_event(enum fen_event_type type, const char *id, const char *name,
                                     int64_t amount_fen)
{
    struct fen_event event = {.id = fen_str_from(id),
                              .tenant = FEN_STR("t"),
                              .type = type,
                              .time_ms = DAY_0,
                              .payee = FEN_STR("guide:A"),
                              .amount_fen = amount_fen};
    if (type == FEN_EVENT_ADJUSTMENT_POSTED)
        event.adjustment = fen_str_from(name);
    else
        event.payout = fen_str_from(name);
    return event;
}

static enum fen_post_fate apply(struct bench *bench, enum fen_event_type type, const char *id,
                                const char *name, int64_t amount_fen)
{
    struct fen_event event = manual_event(type, id, name, amount_fen);
    event.content = fen_record_hash(&fen_event_schema, &event);
    return fen_post_lane_apply(bench->lane, &event);
}

static void close_period(struct bench *bench, const char *id, const char *period)
{
    struct fen_event event = {.id = fen_str_from(id),
                              .tenant = FEN_STR("t"),
                              .type = FEN_EVENT_PERIOD_CLOSED,
                              .time_ms = DAY_0,
                              .period = fen_str_from(period)};
    assert_int_equal(fen_reference_apply(bench->references, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void test_a_batch_without_events_changes_nothing(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_false(fen_post_lane_is_changed(bench->lane));
    promote(bench);
    assert_int_equal(bench->change_count, 0);
}

/* SPEC §3: the same event again is a duplicate, counted besides where its content differs. */
static void test_an_event_counts_once(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500), FEN_POST_APPLIED);
    assert_true(fen_post_lane_is_changed(bench->lane));
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500),
                     FEN_POST_DUPLICATE);
    assert_int_equal(bench->counts.id_conflicts, 0);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 600),
                     FEN_POST_DUPLICATE);
    assert_int_equal(bench->counts.id_conflicts, 1);
    promote(bench);
    assert_int_equal(bench->balance_fen, 500);
    assert_int_equal(bench->counts.entries_posted, 1);
    begin(bench);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500),
                     FEN_POST_DUPLICATE);
    promote(bench);
    assert_int_equal(bench->change_count, 0);
}

static void test_a_discarded_batch_leaves_no_trace(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500);
    fen_post_lane_finish(bench->lane, &bench->scratch);
    fen_post_lane_discard(bench->lane);
    struct fen_post_sizes sizes;
    fen_post_lane_measure(bench->lane, &sizes);
    assert_int_equal(sizes.payee_count, 0);
    assert_int_equal(sizes.mark_count, 0);
    begin(bench);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500), FEN_POST_APPLIED);
    promote(bench);
    assert_int_equal(bench->seq, 1);
    assert_int_equal(bench->balance_fen, 500);
}

/* DESIGN §3: the record is the state, marks of events included. */
static void test_a_restored_lane_goes_on_where_the_record_stands(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500);
    apply(bench, FEN_EVENT_PAYOUT_SENT, "e2", "w", 200);
    promote(bench);
    struct fen_post_lane *other = fen_post_lane_create(false);
    struct fen_str key = fen_buffer_str(&bench->key), value = fen_buffer_str(&bench->value);
    assert_true(fen_post_lane_restore(other, key, value));
    fen_post_lane_destroy(bench->lane);
    bench->lane = other;
    begin(bench);
    assert_int_equal(apply(bench, FEN_EVENT_PAYOUT_SENT, "e2", "w", 200), FEN_POST_DUPLICATE);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e3", "a", 700), FEN_POST_APPLIED);
    promote(bench);
    assert_int_equal(bench->entry_count, 1);
    assert_int_equal(bench->last.amount_fen, 200); /* 700 takes the place of 500 */
    assert_int_equal(bench->last.seq, 3);
    assert_int_equal(bench->balance_fen, 500); /* 700 - 200 */
}

static void test_a_tombstone_and_what_is_no_record(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500);
    promote(bench);
    struct fen_post_sizes sizes;
    assert_true(fen_post_lane_restore(bench->lane, fen_buffer_str(&bench->key), FEN_STR_NONE));
    fen_post_lane_measure(bench->lane, &sizes);
    assert_int_equal(sizes.payee_count, 0);
    assert_false(fen_post_lane_restore(bench->lane, FEN_STR("no-slash"), FEN_STR_NONE));
    assert_false(fen_post_lane_restore(bench->lane, FEN_STR_NONE, FEN_STR_NONE));
    assert_false(fen_post_lane_restore(bench->lane, FEN_STR("t/guide:A"), FEN_STR("\xFF\xFF")));
}

/* SPEC §6 Closed periods: the earliest open period after it, `prior`, and it stays prior. */
static void test_a_difference_goes_to_the_earliest_open_period(void **state)
{
    struct bench *bench = *state;
    close_period(bench, "c1", "2026-11");
    close_period(bench, "c2", "2026-12");
    begin(bench);
    struct fen_entry difference = {.tenant = FEN_STR("t"),
                                   .key = {.payee = FEN_STR("guide:A"),
                                           .funder = FEN_STR("hq"),
                                           .role = FEN_ROLE_SALE,
                                           .rule = FEN_STR("r"),
                                           .plan = FEN_STR("p"),
                                           .plan_version = 1,
                                           .period = 2026 * 12 + 9},
                                   .amount_fen = 7};
    fen_post_lane_post(bench->lane, &difference);
    promote(bench);
    assert_int_equal(bench->last.key.period, 2026 * 12 + 9);
    assert_false(bench->last.is_prior);
    begin(bench);
    difference.key.period = 2026 * 12 + 10;
    fen_post_lane_post(bench->lane, &difference);
    promote(bench);
    assert_int_equal(bench->last.key.period, 2027 * 12);
    assert_true(bench->last.is_prior);
    begin(bench);
    difference.key.period = 2027 * 12;
    difference.is_prior = true;
    fen_post_lane_post(bench->lane, &difference);
    promote(bench);
    assert_int_equal(bench->last.key.period, 2027 * 12);
    assert_true(bench->last.is_prior);
    assert_int_equal(bench->seq, 3);
}

/* SPEC §6, §7: sums stand by period, role, plan and rule, by date without zeros, and by funder. */
static void test_sums_stand_apart_by_what_names_them(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    struct fen_entry entry = {.tenant = FEN_STR("t"),
                              .key = {.payee = FEN_STR("guide:A"), .funder = FEN_STR("hq"),
                                      .role = FEN_ROLE_SALE, .rule = FEN_STR("r"),
                                      .plan = FEN_STR("p"), .plan_version = 1,
                                      .period = 2026 * 12 + 10, .available_date = 20},
                              .amount_fen = 7};
    fen_post_lane_post(bench->lane, &entry);
    entry.key.rule = FEN_STR("s");
    fen_post_lane_post(bench->lane, &entry);
    entry.key.plan = FEN_STR("q");
    fen_post_lane_post(bench->lane, &entry);
    entry.key.role = FEN_ROLE_BIND;
    fen_post_lane_post(bench->lane, &entry);
    entry.key.period++;
    entry.key.available_date = 19;
    fen_post_lane_post(bench->lane, &entry);
    entry.key.funder = FEN_STR("brand:L");
    entry.key.plan_version = 2; /* sums run over all versions of a plan */
    entry.amount_fen = -7;
    fen_post_lane_post(bench->lane, &entry);
    promote(bench);
    assert_int_equal(bench->sum_count, 5);
    assert_int_equal(bench->date_count, 1); /* day 19 is back at 0 */
    assert_int_equal(bench->funder_count, 3); /* hq in two periods, the brand in one */
    assert_int_equal(bench->balance_fen, 28);
}

/* SPEC §3: a failure undoes the payout for ever; of two failures the greatest event id holds. */
static void test_a_payout_that_failed_twice_stays_undone(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    apply(bench, FEN_EVENT_PAYOUT_SENT, "e1", "w", 200);
    apply(bench, FEN_EVENT_PAYOUT_FAILED, "e3", "w", 200);
    apply(bench, FEN_EVENT_PAYOUT_FAILED, "e2", "w", 200);
    apply(bench, FEN_EVENT_PAYOUT_FAILED, "e4", "w", 200);
    apply(bench, FEN_EVENT_PAYOUT_SENT, "e5", "w", 300);
    promote(bench);
    assert_int_equal(bench->seq, 2);
    assert_int_equal(bench->balance_fen, 0);
    assert_int_equal(bench->last.event_type, FEN_EVENT_PAYOUT_FAILED);
}

/* A difference of guide A; funder, role and date tell its rows from others. */
static void post(struct bench *bench, const char *funder, enum fen_role role, int64_t amount_fen,
                 int64_t base_fen)
{
    struct fen_entry difference = {.tenant = FEN_STR("t"),
                                   .key = {.payee = FEN_STR("guide:A"),
                                           .funder = fen_str_from(funder),
                                           .role = role,
                                           .rule = FEN_STR("r"),
                                           .plan = FEN_STR("p"),
                                           .plan_version = 1,
                                           .period = 2026 * 12 + 10,
                                           .available_date = (int32_t)role},
                                   .amount_fen = amount_fen,
                                   .base_fen = base_fen};
    fen_post_lane_post(bench->lane, &difference);
}

/* What is posted and refused of a list of differences, each in a batch of its own. */
static void assert_posts(struct bench *bench, const struct fen_entry *rows, uint32_t count,
                         uint64_t posted, uint64_t refused)
{
    for (uint32_t row = 0; row < count; row++) {
        begin(bench);
        post(bench, row % 2 == 0 ? "hq" : "brand:L", rows[row].key.role, rows[row].amount_fen,
             rows[row].base_fen);
        promote(bench);
    }
    assert_int_equal(bench->counts.entries_posted, posted);
    assert_int_equal(bench->counts.entries_beyond_range, refused);
}

/* post/account.h: the sizes of an account's rows come to at most 2^63 - 1, kind by kind. */
static void test_an_account_takes_all_of_its_range(void **state)
{
    struct bench *bench = *state;
    const struct fen_entry rows[] = {
        {.key.role = FEN_ROLE_SALE, .amount_fen = INT64_MAX - 5, .base_fen = INT64_MAX},
        {.key.role = FEN_ROLE_BIND, .amount_fen = -5},
    };
    assert_posts(bench, rows, 2, 2, 0);
    assert_int_equal(bench->balance_fen, INT64_MAX - 10);
}

static void test_beyond_the_range_nothing_more_is_posted(void **state)
{
    struct bench *bench = *state;
    const struct fen_entry rows[] = {
        {.key.role = FEN_ROLE_SALE, .amount_fen = INT64_MAX},
        {.key.role = FEN_ROLE_BIND, .amount_fen = 1},
        {.key.role = FEN_ROLE_SALE, .amount_fen = -100}, /* would leave a debt that is none */
    };
    assert_posts(bench, rows, 3, 1, 2);
    assert_int_equal(bench->balance_fen, INT64_MAX);
    assert_int_equal(bench->seq, 1);
    assert_int_equal(bench->entry_count, 0);
    /* Whoever takes over refuses too; an event's fate is its own. */
    struct fen_post_lane *other = fen_post_lane_create(false);
    assert_true(fen_post_lane_restore(other, fen_buffer_str(&bench->key),
                                      fen_buffer_str(&bench->value)));
    fen_post_lane_destroy(bench->lane);
    bench->lane = other;
    begin(bench);
    assert_int_equal(apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", -5), FEN_POST_APPLIED);
    promote(bench);
    assert_int_equal(bench->counts.entries_beyond_range, 3);
    assert_int_equal(bench->balance_fen, INT64_MAX);
}

/* Any kind of row may be the one without room. */
static void test_each_kind_of_sum_bounds_the_range(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    post(bench, "hq", FEN_ROLE_SALE, 1, INT64_MAX - 9);
    post(bench, "hq", FEN_ROLE_SALE, 1, -9); /* the sum falls */
    post(bench, "hq", FEN_ROLE_SALE, 1, 18);
    post(bench, "hq", FEN_ROLE_SALE, 1, 1);
    promote(bench);
    assert_int_equal(bench->counts.entries_beyond_range, 1);
    assert_int_equal(bench->balance_fen, 3);
    begin(bench);
    struct fen_entry least = {.tenant = FEN_STR("t"), .key.payee = FEN_STR("guide:B"),
                              .amount_fen = INT64_MIN};
    fen_post_lane_post(bench->lane, &least);
    least.key.payee = FEN_STR("guide:C");
    least.amount_fen = 0;
    least.base_fen = INT64_MIN;
    fen_post_lane_post(bench->lane, &least);
    promote(bench);
    assert_int_equal(bench->counts.entries_beyond_range, 3);
}

/* Rows that cancel each other under two kinds still stand apart under the third. */
static void test_sums_dates_and_funders_bound_the_range_each(void **state)
{
    struct bench *bench = *state;
    const int64_t half = INT64_MAX / 2;
    static const char *const payees[] = {"guide:S", "guide:D", "guide:F", "guide:B"};
    for (int kind = 0; kind < 4; kind++)
        for (int turn = 0; turn < 3; turn++) { /* each in a batch of its own: read back, measured */
            bool is_odd = turn == 1;
            struct fen_entry entry = {
                .tenant = FEN_STR("t"),
                .key = {.payee = fen_str_from(payees[kind]),
                        .funder = is_odd && kind == 2 ? FEN_STR("brand:L") : FEN_STR("hq"),
                        .role = is_odd && (kind == 0 || kind == 3) ? FEN_ROLE_BIND : FEN_ROLE_SALE,
                        .available_date = is_odd && kind == 1 ? 20 : 21},
                .amount_fen = kind == 3 ? 1 : is_odd ? -half : half,
                .base_fen = kind != 3 ? 0 : is_odd ? -half : half};
            begin(bench);
            fen_post_lane_post(bench->lane, &entry);
            promote(bench);
            assert_int_equal(bench->seq, turn == 2 ? 2 : turn + 1);
            assert_int_equal(bench->counts.entries_beyond_range, kind + (turn == 2));
        }
}

static void count_account(void *context, const struct fen_account *account)
{
    uint32_t *count = context;
    assert_true(account->seq > 0);
    (*count)++;
}

static void test_all_accounts_are_visited(void **state)
{
    struct bench *bench = *state;
    begin(bench);
    apply(bench, FEN_EVENT_ADJUSTMENT_POSTED, "e1", "a", 500);
    struct fen_event other = manual_event(FEN_EVENT_PAYOUT_SENT, "e2", "w", 100);
    other.payee = FEN_STR("guide:B");
    assert_int_equal(fen_post_lane_apply(bench->lane, &other), FEN_POST_APPLIED);
    struct fen_event void_of_effect = manual_event(FEN_EVENT_PAYOUT_FAILED, "e3", "v", 100);
    void_of_effect.payee = FEN_STR("guide:C");
    assert_int_equal(fen_post_lane_apply(bench->lane, &void_of_effect), FEN_POST_APPLIED);
    promote(bench);
    assert_int_equal(bench->change_count, 3); /* C's record too: it knows the event */
    assert_true(fen_post_lane_restore(bench->lane, FEN_STR("t/guide:C"), FEN_STR_NONE));
    uint32_t count = 0;
    struct fen_arena *arena = fen_arena_create(1024);
    fen_post_lane_visit_accounts(bench->lane, arena, count_account, &count);
    assert_int_equal(count, 2);
    fen_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_batch_without_events_changes_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_event_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_discarded_batch_leaves_no_trace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_restored_lane_goes_on_where_the_record_stands,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_tombstone_and_what_is_no_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_difference_goes_to_the_earliest_open_period, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_sums_stand_apart_by_what_names_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_payout_that_failed_twice_stays_undone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_account_takes_all_of_its_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_beyond_the_range_nothing_more_is_posted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_each_kind_of_sum_bounds_the_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sums_dates_and_funders_bound_the_range_each, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_all_accounts_are_visited, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
