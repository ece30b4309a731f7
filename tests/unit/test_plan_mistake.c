/* test_plan_mistake: each mistake in a plan file is found at its place, with its mend (SPEC §8). */
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

#define ASSERT_STR(actual, expected)                                                               \
    do {                                                                                           \
        struct fen_str actual_ = (actual), expected_ = fen_str_from(expected);                     \
        if (!fen_str_equal(actual_, expected_))                                                    \
            fail_msg("`%.*s` instead of `%.*s`", FEN_STR_ARG(actual_), FEN_STR_ARG(expected_));    \
    } while (0)

/* What every small plan below begins with; 5 lines. */
#define HEAD                                                                                       \
    "plan: p\n"                                                                                    \
    "version: 1\n"                                                                                 \
    "currency: CNY\n"                                                                              \
    "timezone: \"+08:00\"\n"                                                                       \
    "from: 2026-01-01 00:00\n"

/* A plan with mistakes: the first one's place, its text, and how many there are. */
struct mistake {
    const char *yaml;
    uint32_t count;
    uint32_t line;
    uint32_t column;
    const char *text;
};

static void check_mistake(const struct mistake *mistake)
{
    for (int language = 0; language < 2; language++) {
        struct reading reading =
            read_text(fen_str_from(mistake->yaml), (enum fen_language)language);
        const struct fen_diagnostics *diagnostics = &reading.diagnostics;
        for (uint32_t index = 0; index < diagnostics->count; index++)
            assert_true(diagnostics->items[index].message.size > 0);
        const struct fen_diagnostic *first = diagnostics->items;
        if (reading.plan != NULL || diagnostics->error_count != mistake->count
            || first->line != mistake->line || first->column != mistake->column
            || !fen_str_equal(first->text, fen_str_from(mistake->text)))
            fail_msg("%u mistakes, first %u:%u `%.*s` %.*s in\n%s", diagnostics->error_count,
                     diagnostics->count > 0 ? first->line : 0,
                     diagnostics->count > 0 ? first->column : 0,
                     FEN_STR_ARG(diagnostics->count > 0 ? first->text : FEN_STR_NONE),
                     FEN_STR_ARG(diagnostics->count > 0 ? first->message : FEN_STR_NONE),
                     mistake->yaml);
        fen_arena_destroy(reading.arena);
    }
}

#define CHECK(table)                                                                               \
    for (size_t index = 0; index < sizeof table / sizeof *table; index++)                          \
        check_mistake(&table[index])

#define NO_ROLES "roles: {}\n"
#define SALE(rule) "roles:\n  sale:\n    - {" rule "}\n"

static void test_text_that_is_no_plan_is_refused(void **state)
{
    static const struct mistake rows[] = {
        {"", 1, 1, 1, ""},
        {"# nothing\n", 1, 1, 1, ""},
        {"[]", 1, 1, 1, ""},
        {"plan", 1, 1, 1, "plan"},
        {"plan: a\xFF\n", 1, 1, 8, ""},
        {"plan: a\x01\n", 1, 1, 8, "\x01"},
        {"plan: 華\xE2\x80\xA8\n", 1, 1, 8, "\xE2\x80\xA8"},
        {HEAD NO_ROLES "\tname: x\n", 1, 7, 1, "\t"},
        {HEAD NO_ROLES "name: \"a\tb\" # \t\n", 1, 7, 9, "\t"},
        {HEAD "roles：{}\n", 1, 6, 6, "："},
        {"方案：p\n版本： 1\n" HEAD NO_ROLES, 4, 1, 3, "："},
        {"方案：p\n版本：1\n币种：CNY\n时区：\"+08:00\"\n生效：2026-01-01\n角色：{}\n", 6, 1, 3, "："},
        {HEAD "roles: {sale：[]}\n", 1, 6, 13, "："},
        {HEAD NO_ROLES "name: 双十一：大促\n", 1, 7, 7, "双十一：大促"},
        {HEAD NO_ROLES "name: &a x\n", 1, 7, 7, "&a"},
        {HEAD NO_ROLES "name: !t x\n", 1, 7, 7, "!t"},
        {HEAD NO_ROLES "name: *a\n", 1, 7, 7, "*a"},
        {HEAD NO_ROLES "---\nplan: q\n", 1, 7, 1, "---"},
        {HEAD NO_ROLES "? [a]\n: b\n", 1, 7, 3, ""},
        {HEAD NO_ROLES "name: [a\n", 1, 7, 7, "[a"},
        {HEAD NO_ROLES "name: a\nname: b\n", 1, 8, 1, "name"},
        {HEAD NO_ROLES "名称: a\nname: b\n", 1, 8, 1, "name"},
        {HEAD NO_ROLES "nmae: a\n", 1, 7, 1, "nmae"},
        {HEAD NO_ROLES "name:\n", 1, 7, 6, "name"},
        {HEAD NO_ROLES "name: [a]\n", 1, 7, 7, "name"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[", 1, 1, 17, ""},
    };
    CHECK(rows);
}

static void test_top_level_mistakes_are_found(void **state)
{
    static const struct mistake rows[] = {
        {"name: x\n", 6, 1, 1, "name"},
        {"plan: a b\nversion: 0\n" HEAD NO_ROLES, 4, 1, 7, "a b"},
        {HEAD NO_ROLES "to: 2026-01-01 00:00\n", 1, 7, 5, "2026-01-01 00:00"},
        {HEAD NO_ROLES "to: 1.1.2027\n", 1, 7, 5, "1.1.2027"},
        {HEAD NO_ROLES "to: 2026-02-30\n", 1, 7, 5, "2026-02-30"},
        {HEAD NO_ROLES "base: {add_back: tax}\n", 1, 7, 18, "tax"},
        {HEAD NO_ROLES "base: {add_back: [a, a]}\n", 1, 7, 22, "a"},
        {HEAD NO_ROLES "base: {exclude: [\"\"]}\n", 1, 7, 18, ""},
        {HEAD NO_ROLES "share: {window: 7}\n", 1, 7, 17, "7"},
        {HEAD NO_ROLES "share: {by_channel: {x: 7d, y: 0d}}\n", 1, 7, 32, "0d"},
        {HEAD NO_ROLES "share: {match: sku}\n", 1, 7, 16, "sku"},
        {HEAD NO_ROLES "self_purchase: yes\n", 1, 7, 16, "yes"},
        {HEAD NO_ROLES "credit_order: [share, share]\n", 1, 7, 23, "share"},
        {HEAD NO_ROLES "credit_order: [serve]\n", 1, 7, 16, "serve"},
        {HEAD NO_ROLES "leaver: {hq: pay}\n", 1, 7, 10, "hq"},
        {HEAD NO_ROLES "leaver: {share: 照顾}\n", 1, 7, 17, "照顾"},
        {HEAD NO_ROLES "refund: {recruit: withhold}\n", 1, 7, 10, "recruit"},
        {HEAD NO_ROLES "tests: {}\n", 1, 7, 8, "tests"},
        {HEAD "roles: {task: []}\n", 1, 6, 9, "task"},
        {HEAD "roles: {share: [{name: a, pay: 1%}]}\n", 1, 1, 1, "plan"},
        {HEAD "share: {}\nroles: {share: [{name: a, pay: 1%}]}\n", 1, 6, 1, "share"},
        {HEAD "roles: {live: [{name: a, pay: 1%}], bind: [{name: b, pay: 1%}]}\n", 1, 1, 1, "plan"},
    };
    CHECK(rows);
}

static void test_rule_mistakes_are_found(void **state)
{
    static const struct mistake rows[] = {
        {HEAD SALE("pay: 1%"), 1, 8, 7, "pay"},
        {HEAD SALE("name: a"), 1, 8, 7, "name"},
        {HEAD SALE("name: a, pay: 1%, per_customer: 1"), 1, 8, 26, "per_customer"},
        {HEAD SALE("name: a, pay: 4.5％"), 1, 8, 22, "4.5％"},
        {HEAD SALE("name: a, pay: ４.5%"), 1, 8, 22, "４.5%"},
        {HEAD SALE("name: a, pay: 4.55555%"), 1, 8, 22, "4.55555%"},
        {HEAD SALE("name: a, pay: 100.1%"), 1, 8, 22, "100.1%"},
        {HEAD SALE("name: a, pay: 0.05"), 1, 8, 22, "0.05"},
        {HEAD SALE("name: a, pay: {}"), 1, 8, 22, "pay"},
        {HEAD SALE("name: a, pay: {per_unit: 1, per_line: 1}"), 1, 8, 22, "pay"},
        {HEAD SALE("name: a, pay: {per_unit: 1.001}"), 1, 8, 33, "1.001"},
        {HEAD SALE("name: a, pay: {per_unit: 1, mode: flat}"), 1, 8, 36, "mode"},
        {HEAD SALE("name: a, pay: {per_line: 10000000000.01}"), 1, 8, 33, "10000000000.01"},
        {HEAD SALE("name: a, pay: {tiers: []}"), 1, 8, 30, "tiers"},
        {HEAD SALE("name: a, pay: {tiers: [[1, 3%]]}"), 1, 8, 32, "1"},
        {HEAD SALE("name: a, pay: {tiers: [[0, 3%], [5, 2%]]}"), 1, 8, 44, "2%"},
        {HEAD SALE("name: a, pay: {tiers: [[0, 3%], [0, 4%]]}"), 1, 8, 41, "0"},
        {HEAD SALE("name: a, pay: {tiers: [[0, 3%, 1]]}"), 1, 8, 31, "0"},
        {HEAD SALE("name: a, pay: {tiers: [[0, 3%]]}, cap: {line: 1}"), 1, 8, 42, "cap"},
        {HEAD SALE("name: a, pay: {tiers: [[0, 3%]]}, split: {self: 100%}"), 1, 8, 42, "split"},
        {HEAD SALE("name: a, pay: 1%, cap: {}"), 1, 8, 31, "cap"},
        {HEAD SALE("name: a, pay: 1%, cap: {day: 1}"), 1, 8, 32, "day"},
        {HEAD SALE("name: a, pay: 1%, split: {sell_store: 100%}"), 1, 8, 26, "split"},
        {HEAD SALE("name: a, pay: 1%, split: {self: 99.9999%}"), 1, 8, 26, "split"},
        {HEAD SALE("name: a, pay: 1%, split: {self: 50%, share: 50%}"), 1, 8, 45, "share"},
        {HEAD SALE("name: a, pay: 1%, hold: {from: paid}"), 1, 8, 32, "hold"},
        {HEAD SALE("name: a, pay: 1%, hold: {from: paid, days: 3651}"), 1, 8, 51, "3651"},
        {HEAD SALE("name: a, pay: 1%, earned: placed"), 1, 8, 34, "placed"},
        {HEAD SALE("name: a, pay: 1%, funder: guide"), 1, 8, 34, "guide"},
        {HEAD SALE("name: a, pay: 1%, when: {sku: []}"), 1, 8, 38, "sku"},
        {HEAD SALE("name: a, pay: 1%, when: {store: a b}"), 1, 8, 40, "a b"},
        {HEAD SALE("name: a, pay: 1%, when: {store_kind: 直营}"), 1, 8, 45, "直营"},
        {HEAD SALE("name: a, pay: 1%, when: {quantity: 5..3}"), 1, 8, 43, "5..3"},
        {HEAD SALE("name: a, pay: 1%, when: {quantity: ..}"), 1, 8, 43, ".."},
        {HEAD SALE("name: a, pay: 1%, when: {base: 1.234..}"), 1, 8, 39, "1.234.."},
        {HEAD SALE("name: a, pay: 1%, when: {colour: red}"), 1, 8, 33, "colour"},
        {HEAD SALE("name: a, pay: 1%}\n    - {name: a, pay: 2%"), 1, 9, 14, "a"},
        {HEAD "roles: {recruit: [{name: a, pay: 1%}]}\n", 2, 6, 19, "name"},
        {HEAD "roles: {recruit: [{name: a, per_customer: 1, funder: hq}]}\n", 1, 6, 46, "funder"},
    };
    CHECK(rows);
}

static void test_table_mistakes_are_found(void **state)
{
    static const struct mistake rows[] = {
        {HEAD NO_ROLES "limits: [{name: a, roles: [share]}]\n", 1, 7, 10, "name"},
        {HEAD NO_ROLES "limits: [{name: a, roles: [], line: 1%}]\n", 1, 7, 27, "roles"},
        {HEAD NO_ROLES "limits: [{name: a, roles: [recruit], line: 1%}]\n", 1, 7, 28, "recruit"},
        {HEAD NO_ROLES "limits: [{name: a, roles: [bonus], line: 1%}]\n", 1, 7, 28, "bonus"},
        {HEAD NO_ROLES "limits:\n"
                       "  - {name: a, roles: [share, serve], line: 1%}\n"
                       "  - {name: b, roles: [serve], line: 2%}\n",
         1, 9, 5, "name"},
        {HEAD NO_ROLES "limits:\n"
                       "  - {name: a, roles: [share, 奖励], month: 1}\n"
                       "  - {name: b, roles: [bonus], month: 2}\n",
         1, 9, 5, "name"},
        {HEAD NO_ROLES "bonus: [{name: a, roles: [share], table: [[0, 1]]}]\n", 1, 7, 44, "0"},
        {HEAD NO_ROLES "bonus: [{name: a, roles: [share], table: [[2, 1], [1, 1]]}]\n", 1, 7, 52,
         "1"},
        {HEAD NO_ROLES "bonus: [{name: a, roles: [bonus], table: [[2, 1]]}]\n", 1, 7, 27, "bonus"},
        {HEAD NO_ROLES "bonus: [{name: a, roles: [share], by: sum, table: [[2, 1]]}]\n", 1, 7, 39,
         "sum"},
        {HEAD NO_ROLES "limits: [{name: a, roles: [share], line: 1%}]\n"
                       "bonus: [{name: a, roles: [share], table: [[2, 1]]}]\n",
         1, 8, 16, "a"},
        {HEAD NO_ROLES "tasks: {a b: {score: [[1, 1]]}}\n", 1, 7, 9, "a b"},
        {HEAD NO_ROLES "tasks: {a: {}}\n", 1, 7, 9, "a"},
        {HEAD NO_ROLES "tasks: {a: {score: [[2, 1], [2, 1]]}}\n", 1, 7, 30, "2"},
        {HEAD NO_ROLES "tasks: {a: {rank: [[0, 1]]}}\n", 1, 7, 21, "0"},
        {HEAD NO_ROLES "tasks: {a: {rank: [[3.., 1]]}}\n", 1, 7, 21, "3.."},
        {HEAD NO_ROLES "tasks: {a: {rank: [[1..3, 1], [3, 1]]}}\n", 1, 7, 32, "3"},
        {HEAD NO_ROLES "tasks: {a: {rank: []}}\n", 1, 7, 19, "rank"},
    };
    CHECK(rows);
}

static void test_all_mistakes_come_in_one_reading_in_order(void **state)
{
    struct reading reading = read_text(fen_str_from("version: x\n"
                                                    "plan：p\n"
                                                    "vershion: 2\n"
                                                    "currency: CNY\n"
                                                    "timezone: +08\n"
                                                    "roles:\n"
                                                    "  sale:\n"
                                                    "    - {name: a, pay: 4.5％}\n"
                                                    "    - {name: a, pay: 101%}\n"),
                                       FEN_LANGUAGE_CHINESE);
    static const uint32_t lines[] = {1, 1, 2, 3, 5, 8, 9, 9};
    static const uint32_t columns[] = {1, 10, 5, 1, 11, 22, 14, 22};
    assert_null(reading.plan);
    assert_int_equal(reading.diagnostics.count, 8);
    for (uint32_t index = 0; index < 8; index++) {
        assert_int_equal(reading.diagnostics.items[index].line, lines[index]);
        assert_int_equal(reading.diagnostics.items[index].column, columns[index]);
    }
    fen_arena_destroy(reading.arena);
}

static void test_messages_name_the_mend(void **state)
{
    static const struct {
        const char *yaml;
        const char *english;
        const char *chinese;
    } rows[] = {
        {HEAD SALE("name: a, pay: ４.５％"), "a full-width percent sign; write `4.5%`",
         "全角百分号；请写“4.5%”"},
        {HEAD SALE("name: a, pay: ４.5%"), "full-width digits or signs; write `4.5%`",
         "全角数字或符号；请写“4.5%”"},
        {HEAD NO_ROLES "vershun: 1\n", "unknown key, and `version` stands in line 2; leave it out",
         "未知的键，而“version”已在第 2 行；请去掉"},
        {HEAD NO_ROLES "币重: CNY\n", "unknown key, and `currency` stands in line 3; leave it out",
         "未知的键，而“currency”已在第 3 行；请去掉"},
        {HEAD NO_ROLES "nname: a\n", "unknown key; write `name`", "未知的键；可写 `name`"},
        {HEAD NO_ROLES "名秤: a\n", "unknown key; write `名称`", "未知的键；可写 `名称`"},
        {HEAD NO_ROLES "self_purchase: yes\n", "this word cannot stand here; write `none`, `allow`",
         "这里不能写这个词；可写 `不计`、`计佣`"},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        struct fen_str yaml = fen_str_from(rows[index].yaml);
        struct reading english = read_text(yaml, FEN_LANGUAGE_ENGLISH);
        struct reading chinese = read_text(yaml, FEN_LANGUAGE_CHINESE);
        assert_int_equal(english.diagnostics.count, 1);
        ASSERT_STR(english.diagnostics.items[0].message, rows[index].english);
        ASSERT_STR(chinese.diagnostics.items[0].message, rows[index].chinese);
        fen_arena_destroy(english.arena);
        fen_arena_destroy(chinese.arena);
    }
}

static void test_a_file_of_mistakes_is_bounded(void **state)
{
    char *yaml = malloc(300000);
    uint32_t size = 0;
    assert_non_null(yaml);
    while (size < 250000)
        size += (uint32_t)snprintf(yaml + size, 20, "k%u: x\n", size);
    struct reading many = read_text((struct fen_str){yaml, size}, FEN_LANGUAGE_ENGLISH);
    assert_null(many.plan);
    assert_int_equal(many.diagnostics.count, FEN_DIAGNOSTIC_COUNT_MAX);
    assert_true(many.diagnostics.error_count > 20000);
    memset(yaml, '#', 300000);
    struct reading large = read_text((struct fen_str){yaml, 262145}, FEN_LANGUAGE_ENGLISH);
    assert_int_equal(large.diagnostics.error_count, 1);
    fen_arena_destroy(many.arena);
    fen_arena_destroy(large.arena);
    free(yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_that_is_no_plan_is_refused),
        cmocka_unit_test(test_top_level_mistakes_are_found),
        cmocka_unit_test(test_rule_mistakes_are_found),
        cmocka_unit_test(test_table_mistakes_are_found),
        cmocka_unit_test(test_all_mistakes_come_in_one_reading_in_order),
        cmocka_unit_test(test_messages_name_the_mend),
        cmocka_unit_test(test_a_file_of_mistakes_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
