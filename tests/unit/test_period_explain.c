/*
 * test_period_explain: a payee's period explained (SPEC §7, §11.7): each rule notes what it sums
 * and comes to, also before it is posted, and which periods there are to explain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/period_table.h"
#include "post/explain.h"

#define NOVEMBER (2026 * 12 + 10)
#define DECEMBER (NOVEMBER + 1)

static struct fen_arena *arena;
static struct fen_reference_builder *builder;

static int set_up(void **state)
{
    (void)state;
    arena = fen_arena_create(4096);
    builder = fen_reference_builder_create(1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
    return 0;
}

/* Plan p@1, every tenant's. */
static void publish(const char *rules)
{
    struct fen_str reason, yaml = fen_arena_format(
        arena, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
               "from: 2026-01-01\n%s", rules);
    assert_int_equal(fen_reference_apply_plan(builder, yaml, &reason), FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
}

/* An account of guide A as the lane left it before a plan, or a bonus, came. */
static struct fen_account account_by_hand(struct fen_account_sum *sums, uint32_t sum_count)
{
    static struct fen_account_rule rules[1];
    static struct fen_str plans[1];
    rules[0] = (struct fen_account_rule){.plan = 0, .number = 1, .rule = FEN_STR("s")};
    plans[0] = FEN_STR("p");
    return (struct fen_account){.tenant = FEN_STR("t"),
                                .payee = FEN_STR("guide:A"),
                                .seq = 2,
                                .balance_fen = 100,
                                .sums = sums,
                                .sum_count = sum_count,
                                .rules = rules,
                                .rule_count = 1,
                                .plans = plans,
                                .plan_count = 1};
}

/* SPEC §11.7: rules note what they sum and come to; later ones see earlier ones' entries. */
static void test_an_explanation_goes_on_from_what_is_not_posted_yet(void **state)
{
    (void)state;
    publish("roles: {sale: [{name: s, pay: {tiers: [[0, 1%], [10.00, 2%]]}}]}\n"
            "bonus: [{name: b, roles: [sale], by: amount, table: [[1.00, 3.00], [50.00, 9.00]]}]\n"
            "limits: [{name: m, roles: [sale, bonus], month: 2.00}]\n");
    struct fen_account_sum sums[] = {{.period = NOVEMBER, .role = FEN_ROLE_SALE, .rule = 1,
                                      .amount_fen = 90, .base_fen = 2000}};
    struct fen_period_explanation explanation = {
        .arena = arena,
        .reference = fen_reference_acquire(builder, 0),
        .account = account_by_hand(sums, 1),
        .period = NOVEMBER,
    };
    fen_explain_period(&explanation);
    const struct fen_period_outcome *outcomes = explanation.trace.outcomes;
    assert_int_equal(explanation.trace.outcome_count, 3);
    assert_int_equal(explanation.difference_count, 3);
    assert_int_equal(outcomes[0].kind, FEN_KIND_TIER);
    assert_int_equal(outcomes[0].sum_fen, 2000);
    assert_int_equal(outcomes[0].amount_fen, 10);
    assert_int_equal(outcomes[0].posted_version, 0);
    assert_int_equal(outcomes[1].sum_fen, 100); /* the tier's 10 counts */
    assert_int_equal(outcomes[1].amount_fen, 300);
    assert_int_equal(outcomes[2].sum_fen, 400);
    assert_int_equal(outcomes[2].amount_fen, -200);
    assert_int_equal(explanation.account.balance_fen, 100 + 10 + 300 - 200);
    /* Once more, from there: nothing is left to post. */
    struct fen_period_explanation again = {.arena = arena,
                                           .reference = explanation.reference,
                                           .account = explanation.account,
                                           .period = NOVEMBER};
    fen_explain_period(&again);
    assert_int_equal(again.difference_count, 0);
    assert_int_equal(again.trace.outcomes[2].posted_fen, -200);
    assert_int_equal(again.trace.outcomes[2].posted_version, 1);
}

static void test_periods_follow_each_other(void **state)
{
    (void)state;
    struct fen_account_sum sums[] = {
        {.period = NOVEMBER, .role = FEN_ROLE_MANUAL},
        {.period = DECEMBER, .role = FEN_ROLE_SALE, .rule = 1},
        {.period = DECEMBER + 2, .role = FEN_ROLE_SALE, .rule = 1},
    };
    struct fen_account_posted posted[] = {{.period = DECEMBER + 1, .rule = 1},
                                          {.period = DECEMBER + 3, .rule = 1}};
    struct fen_account account = account_by_hand(sums, 3);
    int32_t period = FEN_DATE_NONE;
    account.period_posted = posted;
    account.period_posted_count = 2;
    for (int32_t wanted = DECEMBER; wanted <= DECEMBER + 3; wanted++) {
        assert_true(fen_explain_period_after(&account, &period));
        assert_int_equal(period, wanted);
    }
    assert_false(fen_explain_period_after(&account, &period));
}

/* Which entries of a plan an explanation of an order points to a period for. */
static void test_what_counts_in_a_period(void **state)
{
    (void)state;
    publish("roles: {sale: [{name: s, pay: {tiers: [[0, 1%], [10.00, 2%]]}}],\n"
            "  bind: [{name: n, pay: 1%}], serve: [{name: v, pay: 1%}],\n"
            "  hq: [{name: h, pay: 1%}]}\n"
            "bonus: [{name: b, roles: [bind], by: amount, table: [[1.00, 3.00]]}]\n"
            "limits: [{name: l, roles: [hq, serve], line: 5%},\n"
            "  {name: m, roles: [serve], month: 2.00}]\n");
    const struct fen_plan *plan = fen_catalog_table(
        fen_reference_acquire(builder, 0)->catalog, FEN_STR("t"), FEN_STR("p"), NOVEMBER);
    static const struct {
        enum fen_role role;
        const char *rule;
        bool guide, other;
    } rows[] = {{FEN_ROLE_SALE, "s", true, true},    {FEN_ROLE_BIND, "s", true, false},
                {FEN_ROLE_BIND, "n", true, false},   {FEN_ROLE_SERVE, "v", true, false},
                {FEN_ROLE_HQ, "h", false, false},    {FEN_ROLE_BONUS, "b", false, false}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_str rule = fen_str_from(rows[row].rule);
        assert_int_equal(fen_plan_counts_in_period(plan, rows[row].role, rule, true),
                         rows[row].guide);
        assert_int_equal(fen_plan_counts_in_period(plan, rows[row].role, rule, false),
                         rows[row].other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_explanation_goes_on_from_what_is_not_posted_yet,
                                        set_up, tear_down),
        cmocka_unit_test(test_periods_follow_each_other),
        cmocka_unit_test_setup_teardown(test_what_counts_in_a_period, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
