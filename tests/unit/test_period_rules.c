/*
 * test_period_rules: tiers, bonuses and month limits (SPEC §7): what their tables give at the
 * edges, and what a post lane posts as sums rise, fall, close and change their tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/period.h"
#include "plan/period_table.h"
#include "plan/reference.h"
#include "post/lane.h"

#define NOVEMBER (2026 * 12 + 10)
#define DECEMBER (NOVEMBER + 1)

static void test_tiers_at_their_edges(void **state)
{
    (void)state;
    struct fen_tier tiers[] = {{0, 20000}, {1000000, 30000}, {2000000, 50000}};
    struct fen_pay pay = {
        .kind = FEN_PAY_TIERS, .rate_ppm = 20000, .tiers = tiers, .tier_count = 3};
    static const struct {
        int64_t base_fen, step_fen, flat_fen;
    } rows[] = {
        {INT64_MIN, 0, 0},
        {-1, 0, 0},
        {0, 0, 0},
        {999999, 0, 0},
        {1000000, 0, 10000}, /* exactly a `from`: the tier that begins there */
        {1000099, 0, 10000},
        {1000100, 1, 10001},
        {1999999, 9999, 19999},
        {2000000, 10000, 60000},
        {2000034, 10001, 60001},
        /* beyond 64 bits in between: 10^6 + 3% of what lies above */
        {INT64_C(4000000000000000000), INT64_C(119999999999950000), INT64_C(120000000000000000)},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        pay.is_flat = false;
        assert_int_equal(fen_plan_tiers_amount(&pay, rows[row].base_fen), rows[row].step_fen);
        pay.is_flat = true;
        assert_int_equal(fen_plan_tiers_amount(&pay, rows[row].base_fen), rows[row].flat_fen);
    }
    pay.tier_count = 1;
    assert_int_equal(fen_plan_tiers_amount(&pay, 5000000), 0);
}

static void test_bonus_and_month_limit_at_their_edges(void **state)
{
    (void)state;
    struct fen_bonus_step steps[] = {{1000, 5}, {2000, 20}};
    struct fen_bonus bonus = {.steps = steps, .step_count = 2};
    struct fen_limit limit = {.line_ppm = FEN_NONE, .month_fen = 1000};
    fen_int128 great = (fen_int128)INT64_MAX * 3;
    assert_int_equal(fen_plan_bonus_amount(&bonus, -great), 0);
    assert_int_equal(fen_plan_bonus_amount(&bonus, 999), 0);
    assert_int_equal(fen_plan_bonus_amount(&bonus, 1000), 5);
    assert_int_equal(fen_plan_bonus_amount(&bonus, 1999), 5);
    assert_int_equal(fen_plan_bonus_amount(&bonus, 2000), 20);
    assert_int_equal(fen_plan_bonus_amount(&bonus, great), 20);
    assert_int_equal(fen_plan_month_limit_amount(&limit, -great), 0);
    assert_int_equal(fen_plan_month_limit_amount(&limit, 1000), 0);
    assert_int_equal(fen_plan_month_limit_amount(&limit, 1001), -1);
}

/* A lane with its references; what it posted for period rules stands in `said`. */
struct fixture {
    struct fen_reference_builder *builder;
    struct fen_post_lane *lane;
    struct fen_arena *arena, *scratch;
    struct fen_post_counts counts;
    struct fen_buffer encoded;
    char said[2048];
    uint32_t said_count; /* of period rules' entries */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->builder = fen_reference_builder_create(1);
    fixture->lane = fen_post_lane_create(false);
    fixture->arena = fen_arena_create(65536);
    fixture->scratch = fen_arena_create(65536);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fen_post_lane_destroy(fixture->lane);
    fen_reference_builder_destroy(fixture->builder);
    fen_arena_destroy(fixture->arena);
    fen_arena_destroy(fixture->scratch);
    fen_buffer_deinit(&fixture->encoded);
    free(fixture);
    return 0;
}

/* A version of plan `p` for tenant t, valid from a month's first day to another's (NULL: open). */
static void publish(struct fixture *fixture, uint32_t version, const char *from, const char *to,
                    const char *rules)
{
    char yaml[1024], id[16];
    struct fen_event event;
    snprintf(id, sizeof id, "plan-%u", version);
    snprintf(yaml, sizeof yaml,
             "plan: p\nversion: %u\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: %s-01\n%s%s%s%s",
             version, from, to == NULL ? "" : "to: ", to == NULL ? "" : to,
             to == NULL ? "" : "-01\n", rules);
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.id = fen_str_from(id);
    event.tenant = FEN_STR("t");
    event.time_ms = 1;
    event.yaml = fen_str_from(yaml);
    struct fen_str reason = FEN_STR_NONE;
    if (fen_reference_apply(fixture->builder, &event, &reason) != FEN_REFERENCE_APPLIED)
        fail_msg("%.*s", FEN_STR_ARG(reason));
    fen_reference_publish(fixture->builder, 0, 0);
}

static void close_period(struct fixture *fixture, const char *period)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_PERIOD_CLOSED;
    event.id = fen_str_from(period);
    event.tenant = FEN_STR("t");
    event.time_ms = 1;
    event.period = fen_str_from(period);
    assert_int_equal(fen_reference_apply(fixture->builder, &event, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(fixture->builder, 0, 0);
}

static void say(void *context, const struct fen_post_change *change)
{
    struct fixture *fixture = context;
    for (uint32_t index = 0; index < change->entry_count; index++) {
        const struct fen_entry *entry = &change->entries[index];
        char month[FEN_DATE_TEXT_BYTES], day[FEN_DATE_TEXT_BYTES];
        struct fen_str prefix = FEN_STR("period:");
        if (memcmp(entry->subject.data, prefix.data, prefix.size) != 0)
            continue;
        fixture->said_count++;
        fen_period_format(entry->key.period, month);
        fen_date_format(entry->key.available_date, day);
        size_t used = strlen(fixture->said);
        snprintf(fixture->said + used, sizeof fixture->said - used, "%s %s %.*s %.*s@%u %+lld",
                 fen_kind_names.names[entry->kind], fen_role_name(entry->key.role),
                 FEN_STR_ARG(entry->key.rule), FEN_STR_ARG(entry->key.plan),
                 entry->key.plan_version, (long long)entry->amount_fen);
        if (entry->is_prior)
            snprintf(fixture->said + strlen(fixture->said), 64, " %.*s in %s",
                     FEN_STR_ARG(entry->subject), month);
        snprintf(fixture->said + strlen(fixture->said), 4, "; ");
        assert_true(fen_str_equal(entry->key.funder, FEN_STR("hq")));
        assert_int_equal(entry->base_fen, 0);
        assert_int_equal(entry->rate_ppm, FEN_NONE);
        assert_string_equal(day, memcmp(entry->subject.data + 7, "2026-11", 7) == 0
                                     ? "2026-12-01"
                                     : "2027-01-01");
    }
}

static void begin(struct fixture *fixture)
{
    fen_arena_reset(fixture->arena);
    struct fen_post_batch batch = {fixture->arena, fixture->scratch,
                                   fen_reference_acquire(fixture->builder, 0), &fixture->counts,
                                   {20000, 1000}};
    fixture->said[0] = '\0';
    fixture->said_count = 0;
    fen_post_lane_begin(fixture->lane, &batch);
}

static const char *finish(struct fixture *fixture)
{
    fen_post_lane_finish(fixture->lane, &fixture->encoded);
    fen_post_lane_visit_changes(fixture->lane, say, fixture);
    fen_post_lane_promote(fixture->lane);
    return fixture->said;
}

/* An entry of a rule of plan p, as the order's owner makes it. */
static void post(struct fixture *fixture, const char *payee, enum fen_role role, const char *rule,
                 int32_t period, int64_t amount_fen, int64_t base_fen)
{
    struct fen_entry entry = {
        .tenant = FEN_STR("t"),
        .key = {.payee = fen_arena_copy(fixture->arena, fen_str_from(payee)),
                .funder = FEN_STR("brand:L"),
                .rule = fen_str_from(rule),
                .plan = FEN_STR("p"),
                .plan_version = 1,
                .line = 1,
                .role = role,
                .period = period,
                .available_date = fen_period_first_date(period)},
        .subject = FEN_STR("order:o"),
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = amount_fen,
        .base_fen = base_fen,
        .rate_ppm = FEN_NONE,
        .event = FEN_STR("e"),
    };
    fen_post_lane_post(fixture->lane, &entry);
}

/* A batch with one entry of role sale, rule s, of guide A; what its period rules then said. */
static const char *sell(struct fixture *fixture, int32_t period, int64_t amount_fen,
                        int64_t base_fen)
{
    begin(fixture);
    post(fixture, "guide:A", FEN_ROLE_SALE, "s", period, amount_fen, base_fen);
    return finish(fixture);
}

#define STEP "roles: {sale: [{name: s, pay: {tiers: [[0, 2%], [10000.00, 3%]]}}]}\n"
#define STEP_STEEP "roles: {sale: [{name: s, pay: {tiers: [[0, 2%], [10000.00, 4%]]}}]}\n"
#define PERCENT "roles: {sale: [{name: s, pay: 2%}]}\n"

static void test_a_tier_follows_its_sum_up_and_down(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    assert_string_equal(sell(fixture, NOVEMBER, 19000, 950000), "");
    assert_string_equal(sell(fixture, NOVEMBER, 2400, 120000), "tier sale s p@1 +700; ");
    assert_string_equal(sell(fixture, NOVEMBER, 600, 30000), "tier sale s p@1 +300; ");
    assert_string_equal(sell(fixture, NOVEMBER, -2400, -120000), "tier sale s p@1 -1000; ");
    assert_string_equal(sell(fixture, NOVEMBER, -99999, -5000000), "");
    /* B was below 0; a base that brings it to exactly the `from` adds nothing yet. */
    assert_string_equal(sell(fixture, NOVEMBER, 0, 5020000), "");
    assert_string_equal(sell(fixture, NOVEMBER, 0, 199), "tier sale s p@1 +1; ");
}

static void test_a_batch_posts_its_tiers_once(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    begin(fixture);
    post(fixture, "guide:A", FEN_ROLE_SALE, "s", DECEMBER, 1, 1100000);
    post(fixture, "guide:A", FEN_ROLE_SALE, "s", NOVEMBER, 1, 1100000);
    post(fixture, "guide:A", FEN_ROLE_SALE, "s", NOVEMBER, 1, 100000);
    post(fixture, "guide:A", FEN_ROLE_SALE, "other", NOVEMBER, 1, 7000000);
    assert_string_equal(finish(fixture), "tier sale s p@1 +2000; tier sale s p@1 +1000; ");
    assert_int_equal(fixture->counts.entries_posted, 6);
}

static void test_a_discarded_batch_posts_its_tiers_again(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    begin(fixture);
    post(fixture, "guide:A", FEN_ROLE_SALE, "s", NOVEMBER, 1, 1100000);
    fen_post_lane_finish(fixture->lane, &fixture->encoded);
    fen_post_lane_discard(fixture->lane);
    assert_string_equal(sell(fixture, NOVEMBER, 1, 1100000), "tier sale s p@1 +1000; ");
}

#define BONUS_AND_LIMIT                                                                            \
    "roles: {sale: [{name: s, pay: {tiers: [[0, 2%], [10000.00, 3%]]}}],\n"                        \
    "        sell_store: [{name: t, pay: {tiers: [[0, 2%], [10000.00, 3%]]}}]}\n"                  \
    "bonus: [{name: target, roles: [sale], by: amount, table: [[210.00, 50.00]]}]\n"               \
    "limits: [{name: most, roles: [sale, bonus], month: 220.00}]\n"

static void test_a_bonus_counts_tiers_and_a_limit_counts_the_bonus(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, BONUS_AND_LIMIT);
    assert_string_equal(sell(fixture, NOVEMBER, 20999, 999999), "");
    /* 21,000 with the tier's 1: the bonus comes, and with it the limit bites. */
    assert_string_equal(sell(fixture, NOVEMBER, 0, 101),
                        "tier sale s p@1 +1; bonus bonus target p@1 +5000; "
                        "cap cap most p@1 -4000; ");
    assert_string_equal(sell(fixture, NOVEMBER, 10, 0), "cap cap most p@1 -10; ");
    assert_string_equal(sell(fixture, NOVEMBER, -11, -101),
                        "tier sale s p@1 -1; bonus bonus target p@1 -5000; "
                        "cap cap most p@1 +4010; ");
    assert_string_equal(sell(fixture, NOVEMBER, -90000, 0), "");
}

static void test_bonus_and_limit_are_the_guides_and_the_plans_alone(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, BONUS_AND_LIMIT);
    begin(fixture);
    post(fixture, "store:S", FEN_ROLE_SELL_STORE, "t", NOVEMBER, 90000, 1100000);
    post(fixture, "store:S", FEN_ROLE_SALE, "s", NOVEMBER, 90000, 0);
    assert_string_equal(finish(fixture), "tier sell_store t p@1 +1000; ");
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_ADJUSTMENT_POSTED;
    event.id = FEN_STR("a");
    event.tenant = FEN_STR("t");
    event.payee = FEN_STR("guide:A");
    event.adjustment = FEN_STR("a");
    event.amount_fen = 9000000;
    event.time_ms = fen_period_first_date(NOVEMBER) * FEN_DAY_MS;
    begin(fixture);
    assert_int_equal(fen_post_lane_apply(fixture->lane, &event), FEN_POST_APPLIED);
    assert_string_equal(finish(fixture), "");
}

static void test_a_closed_period_is_left_and_its_base_counts_in_the_next(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    assert_string_equal(sell(fixture, NOVEMBER, 0, 1200000), "tier sale s p@1 +2000; ");
    close_period(fixture, "2026-11");
    assert_string_equal(sell(fixture, NOVEMBER, 0, -1000000), ""); /* December: below 0 */
    assert_string_equal(sell(fixture, DECEMBER, 0, 2100000), "tier sale s p@1 +1000; ");
}

/* Of a closed period's changed tables the difference stands in the next, under both versions. */
static void test_a_publication_changes_tables_of_open_and_closed_periods(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    assert_string_equal(sell(fixture, NOVEMBER, 0, 1200000), "tier sale s p@1 +2000; ");
    assert_string_equal(sell(fixture, DECEMBER, 0, 1100000), "tier sale s p@1 +1000; ");
    close_period(fixture, "2026-11");
    publish(fixture, 2, "2026-11", NULL, STEP_STEEP);
    begin(fixture);
    assert_string_equal(finish(fixture), "tier sale s p@1 -2000 period:2026-11 in 2026-12; "
                                         "tier sale s p@2 +4000 period:2026-11 in 2026-12; "
                                         "tier sale s p@1 -1000; tier sale s p@2 +2000; ");
    /* A version without these tiers, and one that gives the name to another role. */
    publish(fixture, 3, "2026-12", NULL, PERCENT);
    begin(fixture);
    assert_string_equal(finish(fixture), "tier sale s p@2 -2000; ");
    publish(fixture, 4, "2026-12", NULL,
            "roles: {serve: [{name: s, pay: {tiers: [[0, 1%], [1.00, 2%]]}}]}\n");
    begin(fixture);
    assert_string_equal(finish(fixture), "");
    publish(fixture, 5, "2026-12", NULL, STEP);
    begin(fixture);
    assert_string_equal(finish(fixture), "tier sale s p@5 +1000; ");
}

/* A later version overlaps the period or not; without any overlap the greatest holds (SPEC §7). */
static void test_tables_are_of_the_version_that_overlaps_the_period(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-11", "2026-12", STEP);
    publish(fixture, 2, "2026-12", "2027-01", STEP_STEEP);
    assert_string_equal(sell(fixture, NOVEMBER, 0, 1100000), "tier sale s p@1 +1000; ");
    assert_string_equal(sell(fixture, DECEMBER, 0, 1100000), "tier sale s p@2 +2000; ");
    assert_string_equal(sell(fixture, NOVEMBER - 1, 0, 0), "");
    publish(fixture, 3, "2027-05", NULL, STEP);
    begin(fixture);
    assert_string_equal(finish(fixture), "");
}

static void test_bonuses_and_limits_that_a_version_drops_are_taken_back(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, BONUS_AND_LIMIT);
    assert_string_equal(sell(fixture, NOVEMBER, 30000, 1100000),
                        "tier sale s p@1 +1000; bonus bonus target p@1 +5000; "
                        "cap cap most p@1 -14000; ");
    /* Beside what goes on: tiers, another bonus and another limit. */
    publish(fixture, 2, "2026-01", NULL,
            STEP "bonus: [{name: better, roles: [sale], by: amount, table: [[1, 7.00]]}]\n"
                 "limits: [{name: other, roles: [sale], month: 300.00}]\n");
    begin(fixture);
    assert_string_equal(finish(fixture),
                        "tier sale s p@1 -1000; tier sale s p@2 +1000; "
                        "bonus bonus target p@1 -5000; bonus bonus better p@2 +700; "
                        "cap cap most p@1 +14000; cap cap other p@2 -1000; ");
    publish(fixture, 3, "2026-01", NULL, PERCENT); /* none of them */
    begin(fixture);
    assert_string_equal(finish(fixture), "tier sale s p@2 -1000; bonus bonus better p@2 -700; "
                                         "cap cap other p@2 +1000; ");
}

#define PAYEES 2500u

/* The records of a lane's accounts, as its topic keeps them. */
struct kept {
    char *bytes[PAYEES];
    uint32_t sizes[PAYEES];
};

static void keep_change(void *context, const struct fen_post_change *change)
{
    struct kept *kept = context;
    uint32_t at = 0;
    for (uint32_t index = (uint32_t)strlen("guide:"); index < change->account->payee.size; index++)
        at = at * 10 + (uint32_t)(change->account->payee.data[index] - '0');
    assert_true(at < PAYEES);
    free(kept->bytes[at]);
    kept->bytes[at] = malloc(change->value.size);
    assert_non_null(kept->bytes[at]);
    memcpy(kept->bytes[at], change->value.data, change->value.size);
    kept->sizes[at] = change->value.size;
}

/* A batch without events; how many entries it made. */
static uint64_t follow(struct fixture *fixture, struct kept *kept)
{
    uint64_t before = fixture->counts.entries_posted;
    begin(fixture);
    fen_post_lane_finish(fixture->lane, &fixture->encoded);
    fen_post_lane_visit_changes(fixture->lane, keep_change, kept);
    fen_post_lane_promote(fixture->lane);
    return fixture->counts.entries_posted - before;
}

/* The process dies: a new lane from the topic's records and the progress recorded there. */
static void restart(struct fixture *fixture, const struct kept *kept, int64_t progress)
{
    fen_post_lane_destroy(fixture->lane);
    fixture->lane = fen_post_lane_create(false);
    fen_post_lane_restore_progress(fixture->lane, progress);
    for (uint32_t at = 0; at < PAYEES; at++) {
        char key[32];
        snprintf(key, sizeof key, "t/guide:%u", at);
        assert_true(fen_post_lane_restore(fixture->lane, fen_str_from(key),
                                          (struct fen_str){kept->bytes[at], kept->sizes[at]}));
    }
}

static void test_a_publication_is_followed_in_bounded_steps_and_over_a_restart(void **state)
{
    struct fixture *fixture = *state;
    static struct kept kept;
    publish(fixture, 1, "2026-01", NULL, STEP);
    begin(fixture);
    for (uint32_t guide = 0; guide < PAYEES; guide++) {
        char payee[32];
        snprintf(payee, sizeof payee, "guide:%u", guide);
        post(fixture, payee, FEN_ROLE_SALE, "s", NOVEMBER, 0, 1100000);
    }
    fen_post_lane_finish(fixture->lane, &fixture->encoded);
    fen_post_lane_visit_changes(fixture->lane, keep_change, &kept);
    fen_post_lane_promote(fixture->lane);
    assert_int_equal(fixture->counts.entries_posted, 2 * PAYEES);
    assert_int_equal(fen_post_lane_progress(fixture->lane), 1);
    publish(fixture, 2, "2026-01", NULL, STEP_STEEP);
    assert_int_equal(follow(fixture, &kept), 2 * 1000); /* back under one, anew under the other */
    assert_int_equal(fen_post_lane_progress(fixture->lane), 1);
    restart(fixture, &kept, fen_post_lane_progress(fixture->lane));
    assert_int_equal(follow(fixture, &kept), 0); /* these 1,000 have it already */
    assert_int_equal(follow(fixture, &kept), 2 * 1000);
    begin(fixture);
    fen_post_lane_finish(fixture->lane, &fixture->encoded);
    fen_post_lane_discard(fixture->lane); /* as if it had never been */
    assert_int_equal(fen_post_lane_progress(fixture->lane), 1);
    fixture->counts.entries_posted = 0;
    assert_int_equal(follow(fixture, &kept), 2 * 500);
    assert_int_equal(fen_post_lane_progress(fixture->lane), 2);
    assert_int_equal(follow(fixture, &kept), 0);
    for (uint32_t guide = 0; guide < PAYEES; guide++)
        free(kept.bytes[guide]);
}

static void test_a_publication_bears_on_its_own_tenant(void **state)
{
    struct fixture *fixture = *state;
    publish(fixture, 1, "2026-01", NULL, STEP);
    const struct fen_catalog *catalog = fen_reference_acquire(fixture->builder, 0)->catalog;
    assert_int_equal(fen_catalog_tenant_publication(catalog, FEN_STR("t")), 1);
    assert_int_equal(fen_catalog_tenant_publication(catalog, FEN_STR("u")), 0);
    assert_null(fen_catalog_table(catalog, FEN_STR("u"), FEN_STR("p"), NOVEMBER));
    assert_null(fen_catalog_table(catalog, FEN_STR("t"), FEN_STR("q"), NOVEMBER));
    assert_int_equal(fen_catalog_table(catalog, FEN_STR("t"), FEN_STR("p"), 2020 * 12)->version, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiers_at_their_edges),
        cmocka_unit_test(test_bonus_and_month_limit_at_their_edges),
        TEST(test_a_tier_follows_its_sum_up_and_down),
        TEST(test_a_batch_posts_its_tiers_once),
        TEST(test_a_discarded_batch_posts_its_tiers_again),
        TEST(test_a_bonus_counts_tiers_and_a_limit_counts_the_bonus),
        TEST(test_bonus_and_limit_are_the_guides_and_the_plans_alone),
        TEST(test_a_closed_period_is_left_and_its_base_counts_in_the_next),
        TEST(test_a_publication_changes_tables_of_open_and_closed_periods),
        TEST(test_tables_are_of_the_version_that_overlaps_the_period),
        TEST(test_bonuses_and_limits_that_a_version_drops_are_taken_back),
        TEST(test_a_publication_is_followed_in_bounded_steps_and_over_a_restart),
        TEST(test_a_publication_bears_on_its_own_tenant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
