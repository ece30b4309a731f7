/* test_plan_parse: plan files compile to what SPEC §8 says; test_plan_mistake has the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan/parse.h"

/* One reading: the plan or its mistakes, in an arena of its own. */
struct reading {
    struct fen_arena *arena;
    struct fen_diagnostics diagnostics;
    const struct fen_plan *plan;
};

static struct reading read_text(struct fen_str yaml, enum fen_language language)
{
    struct reading reading = {.arena = fen_arena_create(1 << 14)};
    reading.diagnostics.arena = reading.arena;
    reading.diagnostics.language = language;
    reading.plan = fen_plan_parse(yaml, reading.arena, &reading.diagnostics);
    return reading;
}

static struct reading read_example(const char *name)
{
    static char bytes[1 << 16];
    char path[1024];
    const char *folder = getenv("FEN_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/schemas/plans/%s", folder == NULL ? "." : folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct reading reading =
        read_text((struct fen_str){bytes, (uint32_t)size}, FEN_LANGUAGE_ENGLISH);
    for (uint32_t index = 0; index < reading.diagnostics.count; index++)
        print_error("%s:%u:%u: %.*s\n", name, reading.diagnostics.items[index].line,
                    reading.diagnostics.items[index].column,
                    FEN_STR_ARG(reading.diagnostics.items[index].message));
    assert_non_null(reading.plan);
    assert_int_equal(reading.diagnostics.count, 0);
    return reading;
}

#define ASSERT_STR(actual, expected)                                                               \
    do {                                                                                           \
        struct fen_str actual_ = (actual), expected_ = fen_str_from(expected);                     \
        if (!fen_str_equal(actual_, expected_))                                                    \
            fail_msg("`%.*s` instead of `%.*s`", FEN_STR_ARG(actual_), FEN_STR_ARG(expected_));    \
    } while (0)

static const struct fen_rule *first_rule(const struct fen_plan *plan, enum fen_role role)
{
    assert_true(plan->rule_count[role] > 0);
    return &plan->rules[role][0];
}

static void test_example_of_the_specification_compiles_as_it_reads(void **state)
{
    struct reading reading = read_example("full.yaml");
    const struct fen_plan *plan = reading.plan;
    ASSERT_STR(plan->id, "cn-east");
    assert_int_equal(plan->version, 12);
    ASSERT_STR(plan->name, "华东导购分佣");
    ASSERT_STR(plan->currency, "CNY");
    assert_int_equal(plan->currency_decimals, 2);
    assert_int_equal(plan->offset_ms, INT64_C(28800000));
    assert_int_equal(plan->from_ms, INT64_C(1790784000000));
    assert_int_equal(plan->to_ms, INT64_C(1798732800000));
    assert_int_equal(plan->add_back_count, 1);
    ASSERT_STR(plan->add_back[0], "platform");
    assert_int_equal(plan->exclude_count, 1);
    ASSERT_STR(plan->exclude[0], "tax");
    assert_int_equal(plan->share_window_ms, INT64_C(604800000));
    assert_int_equal(fen_plan_window_ms(plan, FEN_STR("tmall")), INT64_C(1296000000));
    assert_int_equal(fen_plan_window_ms(plan, FEN_STR("mini")), INT64_C(604800000));
    assert_int_equal(fen_plan_window_ms(plan, FEN_STR_NONE), INT64_C(604800000));
    assert_int_equal(fen_plan_window_max_ms(plan), INT64_C(1296000000));
    assert_false(plan->is_sku_first);
    assert_false(plan->pays_self_purchase);
    static const enum fen_role order[] = {FEN_ROLE_COUPON, FEN_ROLE_LIVE, FEN_ROLE_SHARE,
                                          FEN_ROLE_BIND};
    assert_int_equal(plan->credit_order_count, 4);
    assert_memory_equal(plan->credit_order, order, sizeof order);
    assert_true(fen_plan_is_exclusive(plan, FEN_ROLE_BIND));
    assert_false(fen_plan_is_exclusive(plan, FEN_ROLE_SERVE));
    assert_int_equal(plan->leaver[FEN_ROLE_SHARE], FEN_LEAVER_PAY);
    assert_int_equal(plan->refund[FEN_ROLE_SERVE], FEN_REFUND_GOODWILL);
    assert_int_equal(plan->refund[FEN_ROLE_SHARE], FEN_REFUND_WITHHOLD);
    assert_int_equal(plan->rule_count[FEN_ROLE_SHARE], 2);
    assert_int_equal(plan->rule_count[FEN_ROLE_BIND], 0);
    fen_arena_destroy(reading.arena);
}

static void test_example_s_rules_compile_as_they_read(void **state)
{
    struct reading reading = read_example("full.yaml");
    const struct fen_rule *rule = first_rule(reading.plan, FEN_ROLE_SHARE);
    ASSERT_STR(rule->name, "美妆分享");
    assert_int_equal(rule->line_number, 17);
    assert_int_equal(rule->condition_count, 2);
    assert_int_equal(rule->conditions[0].dimension, FEN_DIMENSION_CATEGORY);
    assert_int_equal(rule->conditions[0].symbol_count, 2);
    ASSERT_STR(rule->conditions[0].texts[1], "彩妆");
    ASSERT_STR(rule->conditions[1].texts[0], "owned");
    assert_int_equal(rule->pay.kind, FEN_PAY_PERCENT);
    assert_int_equal(rule->pay.rate_ppm, 45000);
    assert_int_equal(rule->cap_line_fen, 20000);
    assert_int_equal(rule->cap_order_fen, 50000);
    assert_int_equal(rule->split_count, 3);
    assert_int_equal(rule->splits[0].portion, FEN_ROLE_SELF);
    assert_int_equal(rule->splits[0].rate_ppm, 700000);
    assert_int_equal(rule->splits[2].portion, FEN_ROLE_REGION);
    assert_int_equal(rule->earned, FEN_FACT_PAID);
    assert_int_equal(rule->hold_from, FEN_FACT_RECEIVED);
    assert_int_equal(rule->hold_days, 7);
    assert_int_equal(rule->funder, FEN_ROLE_BRAND);
    const struct fen_rule *serve = first_rule(reading.plan, FEN_ROLE_SERVE);
    assert_int_equal(serve->earned, FEN_FACT_PICKED_UP);
    assert_int_equal(serve->hold_from, FEN_FACT_NONE);
    assert_true(serve->cap_line_fen == FEN_NONE && serve->cap_order_fen == FEN_NONE);
    const struct fen_rule *recruit = first_rule(reading.plan, FEN_ROLE_RECRUIT);
    assert_int_equal(recruit->pay.kind, FEN_PAY_PER_CUSTOMER);
    assert_int_equal(recruit->pay.amount_fen, 500);
    assert_int_equal(recruit->funder, FEN_ROLE_HQ);
    fen_arena_destroy(reading.arena);
}

static void test_example_s_tables_compile_as_they_read(void **state)
{
    struct reading reading = read_example("full.yaml");
    const struct fen_plan *plan = reading.plan;
    static const enum fen_role roles[] = {FEN_ROLE_SHARE, FEN_ROLE_SERVE, FEN_ROLE_BIND};
    assert_int_equal(plan->limit_count, 2);
    assert_int_equal(plan->limits[0].role_count, 3);
    assert_memory_equal(plan->limits[0].roles, roles, sizeof roles);
    assert_int_equal(plan->limits[0].line_ppm, 80000);
    assert_true(plan->limits[0].month_fen == FEN_NONE);
    assert_int_equal(plan->limits[1].month_fen, 2000000);
    assert_true(plan->limits[1].line_ppm == FEN_NONE);
    assert_int_equal(plan->bonus_count, 1);
    assert_true(plan->bonuses[0].is_by_base);
    assert_int_equal(plan->bonuses[0].steps[0].from_fen, 10000000);
    assert_int_equal(plan->bonuses[0].steps[0].amount_fen, 50000);
    assert_int_equal(plan->task_count, 2);
    ASSERT_STR(plan->tasks[0].task, "spring-game");
    assert_false(plan->tasks[0].is_by_rank);
    assert_int_equal(plan->tasks[0].steps[1].from, 800);
    assert_int_equal(plan->tasks[0].steps[1].amount_fen, 5000);
    assert_true(plan->tasks[1].is_by_rank);
    assert_int_equal(plan->tasks[1].steps[2].from, 3);
    assert_int_equal(plan->tasks[1].steps[2].to, 10);
    fen_arena_destroy(reading.arena);
}

static void assert_same_texts(const struct fen_str *a, const struct fen_str *b, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        assert_true(fen_str_equal(a[index], b[index]));
}

static void assert_same_range(const struct fen_range *a, const struct fen_range *b)
{
    for (; a != NULL && b != NULL; a = a->next, b = b->next)
        assert_true(a->is_set == b->is_set && a->from == b->from && a->to == b->to);
    assert_true(a == NULL && b == NULL);
}

static void assert_same_rule(const struct fen_rule *a, const struct fen_rule *b)
{
    assert_true(fen_str_equal(a->name, b->name));
    assert_int_equal(a->condition_count, b->condition_count);
    for (uint32_t index = 0; index < a->condition_count; index++) {
        const struct fen_condition *one = &a->conditions[index], *other = &b->conditions[index];
        assert_int_equal(one->dimension, other->dimension);
        assert_int_equal(one->symbol_count, other->symbol_count);
        assert_memory_equal(one->symbols, other->symbols,
                            one->symbol_count * sizeof *one->symbols);
        assert_same_texts(one->texts, other->texts, one->symbol_count);
    }
    assert_same_range(&a->bound_days, &b->bound_days);
    assert_same_range(&a->quantity, &b->quantity);
    assert_same_range(&a->base_fen, &b->base_fen);
    assert_int_equal(a->pay.kind, b->pay.kind);
    assert_int_equal(a->pay.rate_ppm, b->pay.rate_ppm);
    assert_int_equal(a->pay.amount_fen, b->pay.amount_fen);
    assert_int_equal(a->pay.is_flat, b->pay.is_flat);
    assert_int_equal(a->pay.tier_count, b->pay.tier_count);
    for (uint32_t index = 0; index < a->pay.tier_count; index++)
        assert_memory_equal(&a->pay.tiers[index], &b->pay.tiers[index], sizeof *a->pay.tiers);
    assert_true(a->cap_line_fen == b->cap_line_fen && a->cap_order_fen == b->cap_order_fen);
    assert_int_equal(a->split_count, b->split_count);
    for (uint32_t index = 0; index < a->split_count; index++)
        assert_true(a->splits[index].portion == b->splits[index].portion
                    && a->splits[index].rate_ppm == b->splits[index].rate_ppm);
    assert_true(a->earned == b->earned && a->hold_from == b->hold_from);
    assert_true(a->hold_days == b->hold_days && a->funder == b->funder);
}

static void assert_same_head(const struct fen_plan *a, const struct fen_plan *b)
{
    assert_true(fen_str_equal(a->id, b->id) && a->version == b->version);
    assert_true(fen_str_equal(a->name, b->name) && fen_str_equal(a->currency, b->currency));
    assert_true(a->offset_ms == b->offset_ms && a->from_ms == b->from_ms && a->to_ms == b->to_ms);
    assert_true(a->add_back_count == b->add_back_count && a->exclude_count == b->exclude_count);
    assert_same_texts(a->add_back, b->add_back, a->add_back_count);
    assert_same_texts(a->exclude, b->exclude, a->exclude_count);
    assert_true(a->share_window_ms == b->share_window_ms);
    assert_int_equal(a->channel_window_count, b->channel_window_count);
    assert_true(a->is_sku_first == b->is_sku_first);
    assert_true(a->pays_self_purchase == b->pays_self_purchase);
    assert_int_equal(a->credit_order_count, b->credit_order_count);
    assert_memory_equal(a->credit_order, b->credit_order,
                        a->credit_order_count * sizeof *a->credit_order);
    assert_memory_equal(a->leaver, b->leaver, sizeof a->leaver);
    assert_memory_equal(a->refund, b->refund, sizeof a->refund);
}

static void assert_same_tables(const struct fen_plan *a, const struct fen_plan *b)
{
    assert_int_equal(a->limit_count, b->limit_count);
    for (uint32_t index = 0; index < a->limit_count; index++) {
        const struct fen_limit *one = &a->limits[index], *other = &b->limits[index];
        assert_true(fen_str_equal(one->name, other->name));
        assert_true(one->line_ppm == other->line_ppm && one->month_fen == other->month_fen);
        assert_int_equal(one->role_count, other->role_count);
        assert_memory_equal(one->roles, other->roles, one->role_count * sizeof *one->roles);
    }
    assert_int_equal(a->bonus_count, b->bonus_count);
    for (uint32_t index = 0; index < a->bonus_count; index++) {
        const struct fen_bonus *one = &a->bonuses[index], *other = &b->bonuses[index];
        assert_true(fen_str_equal(one->name, other->name) && one->is_by_base == other->is_by_base);
        assert_int_equal(one->step_count, other->step_count);
        assert_memory_equal(one->steps, other->steps, one->step_count * sizeof *one->steps);
    }
    assert_int_equal(a->task_count, b->task_count);
    for (uint32_t index = 0; index < a->task_count; index++) {
        const struct fen_task *one = &a->tasks[index], *other = &b->tasks[index];
        assert_true(fen_str_equal(one->task, other->task) && one->is_by_rank == other->is_by_rank);
        assert_int_equal(one->step_count, other->step_count);
        assert_memory_equal(one->steps, other->steps, one->step_count * sizeof *one->steps);
    }
}

static void test_chinese_names_compile_to_the_same_plan(void **state)
{
    struct reading english = read_example("full.yaml");
    struct reading chinese = read_example("full-zh.yaml");
    assert_same_head(english.plan, chinese.plan);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        assert_int_equal(english.plan->rule_count[role], chinese.plan->rule_count[role]);
        for (uint32_t index = 0; index < english.plan->rule_count[role]; index++)
            assert_same_rule(&english.plan->rules[role][index],
                             &chinese.plan->rules[role][index]);
    }
    assert_same_tables(english.plan, chinese.plan);
    assert_true(english.plan->content != chinese.plan->content);
    fen_arena_destroy(english.arena);
    fen_arena_destroy(chinese.arena);
}

static void test_demo_covers_the_roles_of_a_sale_day(void **state)
{
    struct reading reading = read_example("demo.yaml");
    static const enum fen_role roles[] = {
        FEN_ROLE_SHARE,   FEN_ROLE_SERVE,      FEN_ROLE_BIND,         FEN_ROLE_LIVE,
        FEN_ROLE_COUPON,  FEN_ROLE_SALE,       FEN_ROLE_MANAGER,      FEN_ROLE_MALL,
        FEN_ROLE_SELL_STORE, FEN_ROLE_FULFIL_STORE,
    };
    for (size_t index = 0; index < sizeof roles / sizeof *roles; index++)
        assert_true(reading.plan->rule_count[roles[index]] > 0);
    assert_true(reading.plan->to_ms == INT64_MAX);
    assert_int_equal(reading.plan->limit_count + reading.plan->bonus_count, 0);
    fen_arena_destroy(reading.arena);
}

/* What every small plan below begins with; 5 lines. */
#define HEAD                                                                                       \
    "plan: p\n"                                                                                    \
    "version: 1\n"                                                                                 \
    "currency: CNY\n"                                                                              \
    "timezone: \"+08:00\"\n"                                                                       \
    "from: 2026-01-01 00:00\n"

/* A plan that compiles. */
static struct reading read_good(const char *yaml)
{
    struct reading reading = read_text(fen_str_from(yaml), FEN_LANGUAGE_ENGLISH);
    if (reading.plan == NULL)
        fail_msg("%u:%u: %.*s in\n%s", reading.diagnostics.items[0].line,
                 reading.diagnostics.items[0].column,
                 FEN_STR_ARG(reading.diagnostics.items[0].message), yaml);
    return reading;
}

static void test_every_kind_of_pay_is_read(void **state)
{
    struct reading reading = read_good(
        HEAD "roles:\n"
             "  sale:\n"
             "    - {name: a, when: {quantity: [1, 3..5, 10..]}, pay: {per_unit: 2.00}}\n"
             "    - {name: b, when: {base: 0..100.00}, 佣金: {每行: 8 元}}\n"
             "    - {name: c, pay: {mode: flat, tiers: [[0, 3%], [50000.00, 4%]]}}\n");
    const struct fen_rule *rules = reading.plan->rules[FEN_ROLE_SALE];
    assert_true(rules[0].pay.kind == FEN_PAY_PER_UNIT && rules[0].pay.amount_fen == 200);
    const struct fen_range *range = &rules[0].quantity;
    assert_true(range->from == 1 && range->to == 1);
    range = range->next;
    assert_true(range->from == 3 && range->to == 5);
    range = range->next;
    assert_true(range->from == 10 && range->to == INT64_MAX && range->next == NULL);
    assert_true(rules[1].pay.kind == FEN_PAY_PER_LINE && rules[1].pay.amount_fen == 800);
    assert_true(rules[1].base_fen.from == 0 && rules[1].base_fen.to == 10000);
    assert_true(rules[2].pay.kind == FEN_PAY_TIERS && rules[2].pay.is_flat);
    assert_int_equal(rules[2].pay.tier_count, 2);
    assert_true(rules[2].pay.rate_ppm == 30000 && rules[2].pay.tiers[1].from_fen == 5000000);
    fen_arena_destroy(reading.arena);
}

static void test_one_exclusive_role_needs_no_credit_order(void **state)
{
    struct reading none = read_good(HEAD "roles: {sale: [{name: a, pay: 1%}]}\n");
    assert_int_equal(none.plan->credit_order_count, 0);
    struct reading one =
        read_good(HEAD "roles: {live: [{name: a, pay: 1%}], bind: [],\n"
                       "        sale: [{name: b, pay: 1%}]}\n");
    assert_int_equal(one.plan->credit_order_count, 1);
    assert_int_equal(one.plan->credit_order[0], FEN_ROLE_LIVE);
    struct reading stacked =
        read_good(HEAD "credit_order: []\n"
                       "roles: {live: [{name: a, pay: 1%}], bind: [{name: b, pay: 1%}]}\n");
    assert_int_equal(stacked.plan->credit_order_count, 0);
    fen_arena_destroy(none.arena);
    fen_arena_destroy(one.arena);
    fen_arena_destroy(stacked.arena);
}

static void test_byte_order_mark_and_crlf_are_no_mistake(void **state)
{
    struct reading reading = read_good("\xEF\xBB\xBFplan: p\r\nversion: 1\r\ncurrency: JPY\r\n"
                                       "timezone: \"-05:00\"\r\nfrom: 2026-01-01\r\n"
                                       "roles: {sale: [{name: a, pay: {per_line: 100}}]}\r\n");
    assert_int_equal(first_rule(reading.plan, FEN_ROLE_SALE)->pay.amount_fen, 100);
    assert_int_equal(reading.plan->offset_ms, INT64_C(-18000000));
    fen_arena_destroy(reading.arena);
}

static void test_wide_signs_in_comments_are_no_mistake(void **state)
{
    struct reading reading = read_good("# 注：１００％\n" HEAD "roles: {} # 说明：无\n");
    assert_int_equal(reading.diagnostics.count, 0);
    fen_arena_destroy(reading.arena);
}

static void test_a_rule_that_never_holds_is_a_warning(void **state)
{
    struct reading reading = read_good(HEAD "roles:\n"
                                            "  sale:\n"
                                            "    - {name: a, pay: 1%}\n"
                                            "    - {name: b, when: {sku: k}, pay: 2%}\n");
    assert_int_equal(reading.diagnostics.count, 1);
    assert_true(reading.diagnostics.items[0].is_warning);
    assert_int_equal(reading.diagnostics.items[0].line, 9);
    assert_int_equal(reading.diagnostics.error_count, 0);
    fen_arena_destroy(reading.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_of_the_specification_compiles_as_it_reads),
        cmocka_unit_test(test_example_s_rules_compile_as_they_read),
        cmocka_unit_test(test_example_s_tables_compile_as_they_read),
        cmocka_unit_test(test_chinese_names_compile_to_the_same_plan),
        cmocka_unit_test(test_demo_covers_the_roles_of_a_sale_day),
        cmocka_unit_test(test_every_kind_of_pay_is_read),
        cmocka_unit_test(test_one_exclusive_role_needs_no_credit_order),
        cmocka_unit_test(test_byte_order_mark_and_crlf_are_no_mistake),
        cmocka_unit_test(test_wide_signs_in_comments_are_no_mistake),
        cmocka_unit_test(test_a_rule_that_never_holds_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
