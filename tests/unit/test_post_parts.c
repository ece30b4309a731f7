/*
 * test_post_parts: a batch of a post lane seen from within (post/lane_parts.h): the periods that
 * are due, what a discarded batch forgets, and how far one follows a publication (SPEC §7).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "post/lane_parts.h"
#include "post/manual.h"

#define HEAD "plan: p\nversion: %d\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
#define PERIOD 24322 /* 2026-11 */

static struct fen_reference_builder *references;
static struct fen_post_lane *lane;
static struct fen_arena *arena, *scratch;
static struct fen_post_counts counts;

static int set_up(void **state)
{
    references = fen_reference_builder_create(1);
    lane = fen_post_lane_create(false);
    arena = fen_arena_create(4096);
    scratch = fen_arena_create(4096);
    counts = (struct fen_post_counts){0};
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

/* A version that gives a guide a bonus for 1.00 of sales in a month. */
static void publish(int version, const char *bonus)
{
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             HEAD "roles: {sale: [{name: s, pay: 1%%}]}\n"
                  "bonus: [{name: b, roles: [sale], by: amount, table: [[1.00, %s]]}]\n",
             version, bonus);
    assert_int_equal(fen_reference_apply_plan(references, fen_str_from(yaml), NULL),
                     FEN_REFERENCE_APPLIED);
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

static void sell(const char *payee, int32_t period)
{
    struct fen_entry entry = {.tenant = FEN_STR("t"),
                              .key = {.payee = fen_str_from(payee), .funder = FEN_STR("hq"),
                                      .rule = FEN_STR("s"), .plan = FEN_STR("p"),
                                      .plan_version = 1, .role = FEN_ROLE_SALE,
                                      .period = period},
                              .subject = FEN_STR("order:O"), .kind = FEN_KIND_ACCRUAL,
                              .amount_fen = 100, .event = FEN_STR("e"),
                              .event_type = FEN_EVENT_ORDER_PAID};
    fen_post_lane_post(lane, &entry);
}

struct balance {
    const char *payee;
    int64_t fen;
};

static void find_balance(void *context, const struct fen_account *account)
{
    struct balance *balance = context;
    if (fen_str_equal(account->payee, fen_str_from(balance->payee)))
        balance->fen = account->balance_fen;
}

static int64_t balance_of(const char *payee)
{
    struct balance balance = {payee, 0};
    struct fen_arena *reading = fen_arena_create(4096);
    fen_post_lane_visit_accounts(lane, reading, find_balance, &balance);
    fen_arena_destroy(reading);
    return balance.fen;
}

/* Each period once and ascending, in whichever order they come; and each is worked out. */
static void test_periods_are_due_once_and_in_order(void **state)
{
    static const int32_t months[] = {3, 1, 1, 2, 5, 2, 0, 3, 6, 7, 4, 6, 0};
    publish(1, "5.00");
    begin();
    for (size_t at = 0; at < sizeof months / sizeof *months; at++)
        sell("guide:A", PERIOD + months[at]);
    struct fen_account_object *object = lane->first_due;
    assert_non_null(object);
    assert_null(object->next_due);
    assert_int_equal(object->due_count, 8);
    for (int32_t at = 0; at < 8; at++)
        assert_int_equal(object->due[at], PERIOD + at);
    promote();
    assert_int_equal(balance_of("guide:A"), 13 * 100 + 8 * 500);
}

static void adjust(const char *id, const char *adjustment, enum fen_post_fate fate)
{
    struct fen_event event = {.type = FEN_EVENT_ADJUSTMENT_POSTED, .id = fen_str_from(id),
                              .tenant = FEN_STR("t"), .payee = FEN_STR("guide:A"),
                              .adjustment = fen_str_from(adjustment), .amount_fen = 7};
    assert_int_equal(fen_post_lane_apply(lane, &event), fate);
}

/* Discarded before it is finished, or after: every event counts again, and nothing is due. */
static void test_a_batch_discarded_is_forgotten(void **state)
{
    publish(1, "5.00");
    for (int is_finished = 0; is_finished < 2; is_finished++) {
        struct fen_buffer buffer = {0};
        begin();
        adjust("e1", "a", FEN_POST_APPLIED);
        adjust("e2", "b", FEN_POST_APPLIED);
        adjust("e3", "c", FEN_POST_APPLIED);
        adjust("e3", "c", FEN_POST_DUPLICATE);
        sell("guide:A", PERIOD);
        if (is_finished)
            fen_post_lane_finish(lane, &buffer);
        fen_post_lane_discard(lane);
        assert_null(lane->first_due);
        fen_buffer_deinit(&buffer);
    }
    begin();
    adjust("e1", "a", FEN_POST_APPLIED);
    adjust("e2", "b", FEN_POST_APPLIED);
    adjust("e3", "c", FEN_POST_APPLIED);
    promote();
    assert_int_equal(balance_of("guide:A"), 21);
}

/* What a record is decoded into serves for the next one. */
static void test_memory_of_a_restore_is_bounded(void **state)
{
    begin();
    adjust("e1", "a", FEN_POST_APPLIED);
    promote();
    struct fen_str value = fen_arena_copy(arena, fen_state_table_value(lane->accounts, 1));
    struct fen_post_sizes first, last;
    assert_true(fen_post_lane_restore(lane, FEN_STR("t/guide:A"), value));
    fen_post_lane_measure(lane, &first);
    for (int turn = 0; turn < 2000; turn++)
        assert_true(fen_post_lane_restore(lane, FEN_STR("t/guide:A"), value));
    fen_post_lane_measure(lane, &last);
    assert_int_equal(last.held_bytes, first.held_bytes);
}

/* What cannot be read leaves no payee; what can gives every event back as known. */
static void test_a_payee_is_restored_whole_or_not(void **state)
{
    begin();
    adjust("e1", "a", FEN_POST_APPLIED);
    adjust("e2", "b", FEN_POST_APPLIED);
    promote();
    struct fen_str value = fen_arena_copy(arena, fen_state_table_value(lane->accounts, 1));
    struct fen_post_lane *other = fen_post_lane_create(false);
    assert_true(fen_post_lane_restore(other, FEN_STR("t/guide:A"), value));
    assert_false(fen_post_lane_restore(other, FEN_STR("t/guide:B"), FEN_STR("\xFF\xFF")));
    assert_false(fen_post_lane_restore(other, FEN_STR("guide"), value));
    struct fen_post_sizes sizes;
    fen_post_lane_measure(other, &sizes);
    assert_int_equal(sizes.payee_count, 1);
    assert_int_equal(sizes.mark_count, 2);
    fen_post_lane_destroy(lane);
    lane = other;
    begin();
    adjust("e1", "a", FEN_POST_DUPLICATE);
    adjust("e2", "b", FEN_POST_DUPLICATE);
    promote();
    assert_int_equal(balance_of("guide:A"), 14);
}

/* A batch looks at so many payees, or works out so many, and goes on with the next. */
static void check_bounded(uint32_t look_count, uint32_t payee_count)
{
    static const char *const payees[] = {"guide:A", "guide:B", "guide:C", "guide:D"};
    tear_down(NULL);
    set_up(NULL);
    publish(1, "5.00");
    begin();
    for (int at = 0; at < 4; at++)
        sell(payees[at], PERIOD);
    promote();
    publish(2, "9.00");
    for (int followed = 1; followed <= 4; followed++) {
        begin_with(look_count, payee_count);
        promote();
        int changed = 0;
        for (int at = 0; at < 4; at++)
            changed += balance_of(payees[at]) == 100 + 900;
        assert_int_equal(changed, followed);
        assert_int_equal(fen_post_lane_is_behind(lane), followed < 4);
    }
}

static void test_a_publication_is_followed_payee_by_payee(void **state)
{
    check_bounded(1, 1000);
    check_bounded(1000, 1);
}

static void find_types(void *context, const struct fen_post_change *change)
{
    uint32_t *types = context;
    for (uint32_t index = 0; index < change->entry_count; index++)
        *types |= 1u << change->entries[index].event_type;
}

/* End the batch; a bit for each type of event that its entries name. */
static uint32_t promote_types(void)
{
    struct fen_buffer buffer = {0};
    uint32_t types = 0;
    fen_post_lane_finish(lane, &buffer);
    fen_post_lane_visit_changes(lane, find_types, &types);
    fen_post_lane_promote(lane);
    fen_buffer_deinit(&buffer);
    return types;
}

/* A bonus names the event of the entry that brought it, or the publication. */
static void test_period_rules_name_what_caused_them(void **state)
{
    publish(1, "5.00");
    begin();
    sell("guide:A", PERIOD);
    assert_int_equal(promote_types(), 1u << FEN_EVENT_ORDER_PAID);
    publish(2, "9.00");
    begin();
    assert_int_equal(promote_types(), 1u << FEN_EVENT_PLAN_PUBLISHED);
}

/* In files there is no bound: a publication is followed to its end at once. */
static void test_in_files_a_publication_is_followed_at_once(void **state)
{
    fen_post_lane_destroy(lane);
    lane = fen_post_lane_create(true);
    publish(1, "5.00");
    begin();
    sell("guide:A", PERIOD);
    sell("guide:B", PERIOD);
    promote();
    publish(2, "9.00");
    begin_with(0, 0);
    promote();
    assert_int_equal(balance_of("guide:A"), 1000);
    assert_int_equal(balance_of("guide:B"), 1000);
    assert_false(fen_post_lane_is_behind(lane));
}

/* The same amount under another version goes back and comes again, be it one fen. */
static void test_an_amount_moves_to_the_version_that_holds(void **state)
{
    publish(1, "0.01");
    begin();
    sell("guide:A", PERIOD);
    promote();
    assert_int_equal(counts.entries_posted, 2);
    publish(2, "0.01");
    begin();
    promote();
    assert_int_equal(counts.entries_posted, 4);
    assert_int_equal(balance_of("guide:A"), 101);
}

static void publish_text(const char *yaml)
{
    struct fen_str reason = FEN_STR_NONE;
    if (fen_reference_apply_plan(references, fen_str_from(yaml), &reason) != FEN_REFERENCE_APPLIED)
        fail_msg("%.*s", FEN_STR_ARG(reason));
}

/* A plan for a part of the month: 2% above 1.00 in two roles, two bonuses and two month limits. */
static void publish_half(const char *plan, int version, const char *from, const char *to)
{
    char yaml[1024];
    snprintf(yaml, sizeof yaml,
             "plan: %s\nversion: %d\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: %s\n%s"
             "roles:\n"
             "  sale: [{name: s-%s, pay: {tiers: [[0, 1%%], [1.00, 2%%]]}}]\n"
             "  serve: [{name: v-%s, pay: {tiers: [[0, 1%%], [1.00, 3%%]]}}]\n"
             "bonus:\n"
             "  - {name: b-%s, roles: [sale], by: amount, table: [[0.50, 5.00]]}\n"
             "  - {name: c-%s, roles: [serve], by: amount, table: [[0.50, 2.00]]}\n"
             "limits:\n"
             "  - {name: l-%s, roles: [sale, bonus], month: 4.00}\n"
             "  - {name: m-%s, roles: [serve], month: 0.50}\n",
             plan, version, from, to, plan, plan, plan, plan, plan, plan);
    publish_text(yaml);
}

static void sell_under(const char *plan, enum fen_role role, const char *rule, int32_t period,
                       int64_t base_fen)
{
    struct fen_entry entry = {.tenant = FEN_STR("t"),
                              .key = {.payee = FEN_STR("guide:A"), .funder = FEN_STR("hq"),
                                      .rule = fen_str_from(rule), .plan = fen_str_from(plan),
                                      .plan_version = 1, .role = role, .period = period},
                              .subject = FEN_STR("order:O"), .kind = FEN_KIND_ACCRUAL,
                              .amount_fen = 100, .base_fen = base_fen, .event = FEN_STR("e")};
    fen_post_lane_post(lane, &entry);
}

/* What stands under one plan's version is no other version's for what stands under another's. */
static void test_two_plans_of_a_month_leave_each_other_alone(void **state)
{
    publish_half("p", 2, "2026-01-01 00:00", "to: 2026-11-16 00:00\n");
    publish_half("q", 1, "2026-11-16 00:00", "");
    begin();
    sell_under("p", FEN_ROLE_SALE, "s-p", PERIOD, 300);
    sell_under("p", FEN_ROLE_SERVE, "v-p", PERIOD, 300);
    sell_under("q", FEN_ROLE_SALE, "s-q", PERIOD, 300);
    sell_under("q", FEN_ROLE_SERVE, "v-q", PERIOD, 300);
    promote();
    /* Of each plan 2 entries, tiers 2 = 1% and 4 = 2% of 200, bonuses 500 and 200, and caps:
     * 102 + 700 - 400 = 402 and 104 - 50 = 54. */
    assert_int_equal(counts.entries_posted, 2 * 8);
    assert_int_equal(balance_of("guide:A"), 2 * (200 + 6 + 700 - 402 - 54));
    begin();
    sell_under("p", FEN_ROLE_SALE, "s-p", PERIOD, 0);
    promote();
    assert_int_equal(counts.entries_posted, 2 * 8 + 2); /* the sale, and the cap takes it back */
    assert_int_equal(balance_of("guide:A"), 2 * (200 + 6 + 700 - 402 - 54));
    begin();
    sell_under("p", FEN_ROLE_SERVE, "v-p", PERIOD, 100);
    promote();
    assert_int_equal(counts.entries_posted, 2 * 8 + 2 + 3); /* 100, tier 2, and the cap of 102 */
    assert_int_equal(balance_of("guide:A"), 2 * (200 + 6 + 700 - 402 - 54));
}

/* A rule without entries in a month has the base 0 there, whatever stands before and behind. */
static void test_a_month_without_entries_of_a_rule_has_no_tier(void **state)
{
    publish_text("plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                 "from: 2026-01-01 00:00\nroles:\n  sale: [{name: s, pay: {mode: flat, "
                 "tiers: [[0, 0%], [0.01, 100%]]}}]\n  serve: [{name: v, pay: 1%}]\n");
    begin();
    sell_under("p", FEN_ROLE_SALE, "s", PERIOD, 0);
    for (int32_t month = 0; month < 4; month++)
        sell_under("p", FEN_ROLE_SERVE, "v", PERIOD + month, 7);
    promote();
    assert_int_equal(counts.entries_posted, 5);
    publish_text("plan: p\nversion: 2\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                 "from: 2026-01-01 00:00\nroles:\n  sale: [{name: s, pay: {mode: flat, "
                 "tiers: [[0, 0%], [0.01, 50%]]}}]\n");
    begin(); /* follows it on a copy, which has no room to spare */
    promote();
    assert_int_equal(counts.entries_posted, 5);
}

/* A version without any period rule takes back what stands, be it one row. */
static void test_a_version_without_period_rules_takes_back(void **state)
{
    publish(1, "5.00");
    begin();
    sell("guide:A", PERIOD);
    promote();
    assert_int_equal(balance_of("guide:A"), 600);
    publish_text("plan: p\nversion: 2\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                 "from: 2026-01-01 00:00\nroles: {sale: [{name: s, pay: 1%}]}\n");
    begin();
    promote();
    assert_int_equal(balance_of("guide:A"), 100);
}

/* 1,000 adjustments: the memory is that of the facts, not of every step on the way. */
static void test_memory_grows_with_the_adjustments_not_with_their_square(void **state)
{
    static char ids[1000][8];
    struct fen_account account = {.payee = FEN_STR("hq")};
    fen_arena_reset(arena);
    for (uint32_t number = 0; number < 1000; number++) {
        (void)snprintf(ids[number], sizeof ids[number], "a%u", number);
        struct fen_event event = {.type = FEN_EVENT_ADJUSTMENT_POSTED,
                                  .id = fen_str_from(ids[number]),
                                  .adjustment = fen_str_from(ids[number]),
                                  .amount_fen = 1};
        assert_non_null(fen_manual_merge(arena, &event, 0, &account));
        assert_null(fen_manual_merge(arena, &event, 0, &account)); /* no news */
    }
    assert_int_equal(account.manual_count, 1000);
    assert_in_range(fen_arena_used_bytes(arena), 0,
                    4 * account.manual_count * sizeof *account.manuals);
    for (uint32_t index = 0; index < account.manual_count; index++)
        assert_int_equal(account.manuals[index].pin_count, 1); /* of one time */
}

/* What was read from a record has no room to spare. */
static void test_an_adjustment_finds_room_behind_those_of_a_record(void **state)
{
    struct fen_account account = {.payee = FEN_STR("hq"), .manual_count = 1};
    struct fen_event event = {.type = FEN_EVENT_ADJUSTMENT_POSTED, .id = FEN_STR("b"),
                              .adjustment = FEN_STR("b"), .amount_fen = 1};
    struct fen_manual_fact *read = fen_arena_allocate_zeroed(arena, sizeof *read);
    account.manuals = read;
    assert_non_null(fen_manual_merge(arena, &event, 0, &account));
    assert_int_equal(account.manual_count, 2);
    assert_ptr_not_equal(account.manuals, read);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_periods_are_due_once_and_in_order),
        TEST(test_a_batch_discarded_is_forgotten),
        TEST(test_a_payee_is_restored_whole_or_not),
        TEST(test_memory_of_a_restore_is_bounded),
        TEST(test_a_publication_is_followed_payee_by_payee),
        TEST(test_period_rules_name_what_caused_them),
        TEST(test_an_amount_moves_to_the_version_that_holds),
        TEST(test_two_plans_of_a_month_leave_each_other_alone),
        TEST(test_a_month_without_entries_of_a_rule_has_no_tier),
        TEST(test_a_version_without_period_rules_takes_back),
        TEST(test_in_files_a_publication_is_followed_at_once),
        TEST(test_memory_grows_with_the_adjustments_not_with_their_square),
        TEST(test_an_adjustment_finds_room_behind_those_of_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
