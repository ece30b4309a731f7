/*
 * test_plan_match: the matcher finds the very rule that reading the rules top down finds.
 *
 * Random plans of few and of 5,000 rules, random lines; the naive matcher below compares texts.
 * FEN_MATCH_REPORT=1 prints the time of one match.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "plan/parse.h"

/* splitmix64: seeded, so that a failure can be played again. */
static uint64_t draw(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint32_t draw_below(uint64_t *seed, uint32_t count)
{
    return (uint32_t)(draw(seed) % count);
}

/* Keys of the text dimensions; store_kind has words of its own. */
static const char *const keys[FEN_DIMENSION_TEXT_COUNT] = {
    "brand",      "category", "sku",         "channel", "live_session", "store",
    "store_kind", "region",   "guide_store", "level",   "payee_kind",
};
static const char *const kinds[] = {"owned", "concession", "franchise"};

/* How large a plan and its lines are. */
struct shape {
    uint32_t rule_count;
    uint32_t value_count; /* different texts in a dimension */
    uint32_t dimension_percent;
    uint32_t range_percent;
};

static void append_value(struct fen_buffer *yaml, uint64_t *seed, uint32_t dimension,
                         const struct shape *shape)
{
    if (dimension == FEN_DIMENSION_STORE_KIND)
        fen_buffer_append_format(yaml, "%s", kinds[draw_below(seed, 3)]);
    else
        fen_buffer_append_format(yaml, "v%u", draw_below(seed, shape->value_count));
}

static void append_when(struct fen_buffer *yaml, uint64_t *seed, const struct shape *shape)
{
    fen_buffer_append_format(yaml, "when: {");
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++) {
        if (draw_below(seed, 100) >= shape->dimension_percent)
            continue;
        uint32_t count = 1 + draw_below(seed, 3);
        fen_buffer_append_format(yaml, "%s: [", keys[dimension]);
        for (uint32_t index = 0; index < count; index++) {
            fen_buffer_append_format(yaml, index == 0 ? "" : ", ");
            append_value(yaml, seed, dimension, shape);
        }
        fen_buffer_append_format(yaml, "], ");
    }
    if (draw_below(seed, 100) < shape->range_percent)
        fen_buffer_append_format(yaml, "quantity: [%u, %u..], ", draw_below(seed, 5),
                                 5 + draw_below(seed, 5));
    if (draw_below(seed, 100) < shape->range_percent)
        fen_buffer_append_format(yaml, "bound_days: ..%u, ", draw_below(seed, 9));
    if (draw_below(seed, 100) < shape->range_percent)
        fen_buffer_append_format(yaml, "base: %u.00..9.00", draw_below(seed, 9));
    fen_buffer_append_format(yaml, "}, ");
}

static const struct fen_plan *make_plan(struct fen_arena *arena, uint64_t *seed,
                                        const struct shape *shape)
{
    struct fen_buffer yaml = {0};
    fen_buffer_append_format(&yaml, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                                    "from: 2026-01-01\nroles:\n  sale:\n");
    for (uint32_t rule = 0; rule < shape->rule_count; rule++) {
        fen_buffer_append_format(&yaml, "  - {");
        append_when(&yaml, seed, shape);
        fen_buffer_append_format(&yaml, "name: r%u, pay: 1%%}\n", rule);
    }
    struct fen_diagnostics diagnostics = {.arena = arena};
    const struct fen_plan *plan = fen_plan_parse(fen_buffer_str(&yaml), arena, &diagnostics);
    if (plan == NULL)
        fail_msg("%u:%u %.*s", diagnostics.items[0].line, diagnostics.items[0].column,
                 FEN_STR_ARG(diagnostics.items[0].message));
    fen_buffer_deinit(&yaml);
    return plan;
}

/* What a line offers, as texts; absent ones have no data. */
struct line {
    char texts[FEN_DIMENSION_TEXT_COUNT][16];
    struct fen_str strs[FEN_DIMENSION_TEXT_COUNT];
    struct fen_attributes attributes;
};

static void make_line(struct line *line, uint64_t *seed, const struct shape *shape)
{
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++) {
        /* One value beyond those of the plan, and now and then none. */
        uint32_t value = draw_below(seed, shape->value_count + 1);
        if (dimension == FEN_DIMENSION_STORE_KIND)
            snprintf(line->texts[dimension], 16, "%s", kinds[value % 3]);
        else
            snprintf(line->texts[dimension], 16, "v%u", value);
        bool is_absent = draw_below(seed, 10) == 0;
        line->strs[dimension] =
            is_absent ? FEN_STR_NONE : fen_str_from(line->texts[dimension]);
    }
    line->attributes.quantity = draw_below(seed, 12);
    line->attributes.bound_days = draw_below(seed, 5) == 0 ? FEN_NONE : draw_below(seed, 12);
    line->attributes.base_fen = draw_below(seed, 1200);
}

static void find_symbols(const struct fen_plan *plan, struct line *line)
{
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++)
        line->attributes.symbols[dimension] =
            fen_plan_symbol(plan, (enum fen_dimension)dimension, line->strs[dimension]);
}

static bool naive_range(const struct fen_range *range, int64_t value)
{
    bool holds = !range->is_set;
    for (; range != NULL && range->is_set; range = range->next)
        holds = holds || (value != FEN_NONE && range->from <= value && value <= range->to);
    return holds;
}

static bool naive_condition(const struct fen_condition *condition, const struct line *line)
{
    struct fen_str text = line->strs[condition->dimension];
    for (uint32_t index = 0; index < condition->symbol_count; index++)
        if (fen_str_is_set(text) && fen_str_equal(condition->texts[index], text))
            return true;
    return false;
}

/* The conditions of a rule that do not hold, as fen_plan_failing has them. */
static uint32_t naive_failing(const struct fen_rule *rule, const struct line *line)
{
    const uint32_t first = FEN_DIMENSION_TEXT_COUNT;
    uint32_t failing = 0;
    failing |= (uint32_t)!naive_range(&rule->bound_days, line->attributes.bound_days) << first;
    failing |= (uint32_t)!naive_range(&rule->quantity, line->attributes.quantity) << (first + 1);
    failing |= (uint32_t)!naive_range(&rule->base_fen, line->attributes.base_fen) << (first + 2);
    for (uint32_t one = 0; one < rule->condition_count; one++)
        failing |= (uint32_t)!naive_condition(&rule->conditions[one], line)
                   << rule->conditions[one].dimension;
    return failing;
}

static void check_failing(const struct fen_plan *plan, const struct line *line)
{
    for (uint32_t index = 0; index < plan->rule_count[FEN_ROLE_SALE]; index++) {
        const struct fen_rule *rule = &plan->rules[FEN_ROLE_SALE][index];
        assert_int_equal(fen_plan_failing(plan, rule, &line->attributes),
                         naive_failing(rule, line));
    }
}

static const struct fen_rule *naive_match(const struct fen_plan *plan, const struct line *line)
{
    for (uint32_t index = 0; index < plan->rule_count[FEN_ROLE_SALE]; index++) {
        const struct fen_rule *rule = &plan->rules[FEN_ROLE_SALE][index];
        bool holds = naive_range(&rule->quantity, line->attributes.quantity)
                     && naive_range(&rule->bound_days, line->attributes.bound_days)
                     && naive_range(&rule->base_fen, line->attributes.base_fen);
        for (uint32_t one = 0; holds && one < rule->condition_count; one++)
            holds = naive_condition(&rule->conditions[one], line);
        if (holds)
            return rule;
    }
    return NULL;
}

/* Lines whose every rule is asked why it does not match. */
enum { FAILING_LINES = 20 };

/* How many of `line_count` random lines found a rule. */
static uint32_t check_shape(const struct shape *shape, uint64_t seed, uint32_t line_count)
{
    uint64_t first_seed = seed;
    struct fen_arena *arena = fen_arena_create(1 << 16);
    const struct fen_plan *plan = make_plan(arena, &seed, shape);
    uint32_t found = 0;
    for (uint32_t index = 0; index < line_count; index++) {
        struct line line;
        make_line(&line, &seed, shape);
        find_symbols(plan, &line);
        const struct fen_rule *expected = naive_match(plan, &line);
        const struct fen_rule *actual = fen_plan_match(plan, FEN_ROLE_SALE, &line.attributes);
        if (actual != expected)
            fail_msg("seed %llu, line %u: rule %ld instead of %ld",
                     (unsigned long long)first_seed, index,
                     actual == NULL ? -1 : (long)(actual - plan->rules[FEN_ROLE_SALE]),
                     expected == NULL ? -1 : (long)(expected - plan->rules[FEN_ROLE_SALE]));
        found += actual != NULL;
        if (index < FAILING_LINES)
            check_failing(plan, &line);
    }
    assert_null(fen_plan_match(plan, FEN_ROLE_SHARE, &(struct fen_attributes){0}));
    fen_arena_destroy(arena);
    return found;
}

static void test_matcher_agrees_with_reading_top_down(void **state)
{
    static const struct shape shapes[] = {
        {1, 2, 30, 20},   {3, 2, 20, 20},   {20, 3, 20, 10},   {64, 3, 25, 10},
        {65, 3, 25, 10},  {200, 6, 30, 10}, {500, 4, 40, 20},  {1000, 8, 18, 5},
        {10, 2, 0, 0},    {30, 2, 90, 90},  {2000, 40, 12, 0}, {60, 1, 10, 50},
    };
    uint32_t found = 0;
    for (size_t shape = 0; shape < sizeof shapes / sizeof *shapes; shape++)
        for (uint64_t seed = 1; seed <= 6; seed++)
            found += check_shape(&shapes[shape], seed * 1000 + shape, 400);
    /* Else the comparison would be of NULL with NULL. */
    assert_true(found > 5000);
}

static void test_absent_attributes_match_only_rules_that_do_not_ask(void **state)
{
    struct fen_arena *arena = fen_arena_create(1 << 14);
    struct fen_diagnostics diagnostics = {.arena = arena};
    const struct fen_plan *plan = fen_plan_parse(
        FEN_STR("plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01\n"
                "roles:\n  sale:\n"
                "    - {name: a, when: {bound_days: ..30}, pay: 1%}\n"
                "    - {name: b, when: {品牌: [华, 美]}, pay: 2%}\n"
                "    - {name: c, when: {store_kind: 自营}, pay: 3%}\n"
                "    - {name: d, pay: 4%}\n"),
        arena, &diagnostics);
    assert_non_null(plan);
    const struct fen_rule *rules = plan->rules[FEN_ROLE_SALE];
    struct fen_attributes line = {.bound_days = FEN_NONE, .quantity = 1};
    assert_ptr_equal(fen_plan_match(plan, FEN_ROLE_SALE, &line), &rules[3]);
    line.symbols[FEN_DIMENSION_STORE_KIND] =
        fen_plan_symbol(plan, FEN_DIMENSION_STORE_KIND, FEN_STR("owned"));
    assert_true(line.symbols[FEN_DIMENSION_STORE_KIND] != 0);
    assert_ptr_equal(fen_plan_match(plan, FEN_ROLE_SALE, &line), &rules[2]);
    line.symbols[FEN_DIMENSION_BRAND] =
        fen_plan_symbol(plan, FEN_DIMENSION_BRAND, FEN_STR("美"));
    assert_ptr_equal(fen_plan_match(plan, FEN_ROLE_SALE, &line), &rules[1]);
    line.bound_days = 30;
    assert_ptr_equal(fen_plan_match(plan, FEN_ROLE_SALE, &line), &rules[0]);
    line.bound_days = 31;
    assert_ptr_equal(fen_plan_match(plan, FEN_ROLE_SALE, &line), &rules[1]);
    assert_int_equal(fen_plan_symbol(plan, FEN_DIMENSION_BRAND, FEN_STR_NONE), 0);
    assert_int_equal(fen_plan_symbol(plan, FEN_DIMENSION_BRAND, FEN_STR("owned")), 0);
    assert_int_equal(fen_plan_symbol(plan, FEN_DIMENSION_SKU, FEN_STR("美")), 0);
    fen_arena_destroy(arena);
}

/* 5,000 rules by brand, category or sku: what a large group has. */
static const struct fen_plan *make_large_plan(struct fen_arena *arena)
{
    struct fen_buffer yaml = {0};
    fen_buffer_append_format(&yaml, "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                                    "from: 2026-01-01\nroles:\n  sale:\n");
    for (uint32_t rule = 0; rule < 5000; rule++) {
        if (rule < 3000)
            fen_buffer_append_format(&yaml, "  - {name: r%u, when: {sku: s%u}, pay: 1%%}\n", rule,
                                     rule);
        else
            fen_buffer_append_format(&yaml, "  - {name: r%u, 当: {品牌: %u, 品类: %u}, pay: 1%%}\n",
                                     rule, rule / 10, rule % 10);
    }
    struct fen_diagnostics diagnostics = {.arena = arena};
    const struct fen_plan *plan = fen_plan_parse(fen_buffer_str(&yaml), arena, &diagnostics);
    assert_non_null(plan);
    fen_buffer_deinit(&yaml);
    return plan;
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

enum { LARGE_LINES = 4096, LARGE_ROUNDS = 200 };

static void test_five_thousand_rules_fit_a_plan_and_match(void **state)
{
    static struct fen_attributes lines[LARGE_LINES];
    static uint32_t expected[LARGE_LINES];
    struct fen_arena *arena = fen_arena_create(1 << 20);
    const struct fen_plan *plan = make_large_plan(arena);
    uint64_t seed = 7;
    for (uint32_t index = 0; index < LARGE_LINES; index++) {
        char sku[16], brand[16], category[16];
        uint32_t by_sku = draw_below(&seed, 6000), rule = 3000 + draw_below(&seed, 2000);
        snprintf(sku, sizeof sku, "s%u", by_sku);
        snprintf(brand, sizeof brand, "%u", rule / 10);
        snprintf(category, sizeof category, "%u", rule % 10);
        lines[index].symbols[FEN_DIMENSION_SKU] =
            fen_plan_symbol(plan, FEN_DIMENSION_SKU, fen_str_from(sku));
        lines[index].symbols[FEN_DIMENSION_BRAND] =
            fen_plan_symbol(plan, FEN_DIMENSION_BRAND, fen_str_from(brand));
        lines[index].symbols[FEN_DIMENSION_CATEGORY] =
            fen_plan_symbol(plan, FEN_DIMENSION_CATEGORY, fen_str_from(category));
        expected[index] = by_sku < 3000 ? by_sku : rule;
    }
    uint64_t start_ns = cpu_ns();
    for (uint32_t round = 0; round < LARGE_ROUNDS; round++)
        for (uint32_t index = 0; index < LARGE_LINES; index++) {
            const struct fen_rule *rule = fen_plan_match(plan, FEN_ROLE_SALE, &lines[index]);
            if (rule != &plan->rules[FEN_ROLE_SALE][expected[index]])
                fail_msg("line %u: another rule than %u", index, expected[index]);
        }
    if (getenv("FEN_MATCH_REPORT") != NULL)
        print_message("%.1f ns a match over 5,000 rules, %zu KiB a plan\n",
                      (double)(cpu_ns() - start_ns) / (LARGE_LINES * LARGE_ROUNDS),
                      fen_arena_used_bytes(arena) / 1024);
    fen_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent_attributes_match_only_rules_that_do_not_ask),
        cmocka_unit_test(test_matcher_agrees_with_reading_top_down),
        cmocka_unit_test(test_five_thousand_rules_fit_a_plan_and_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
