/*
 * test_plan_mend: what a text was meant to be, sign by sign; what is odd about it; which line is at
 * fault where a text is not YAML.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/lint.h"
#include "plan/mend.h"
#include "plan/syntax.h"

struct row {
    const char *text;
    const char *mended;
};

static struct fen_str mend_value(struct fen_str text, struct fen_arena *arena)
{
    return fen_mend_text(text, false, arena);
}

static struct fen_str mend_pair(struct fen_str text, struct fen_arena *arena)
{
    return fen_mend_text(text, true, arena);
}

static void check(const struct row *rows, size_t count,
                  struct fen_str (*mend)(struct fen_str text, struct fen_arena *arena))
{
    struct fen_arena *arena = fen_arena_create(1024);
    for (size_t index = 0; index < count; index++) {
        struct fen_str mended = mend(fen_str_from(rows[index].text), arena);
        if (!fen_str_equal(mended, fen_str_from(rows[index].mended)))
            fail_msg("%s: `%.*s` instead of `%s`", rows[index].text, FEN_STR_ARG(mended),
                     rows[index].mended);
    }
    fen_arena_destroy(arena);
}

#define CHECK(rows, mend) check(rows, sizeof rows / sizeof *rows, mend)

static void test_signs_have_their_ascii_form(void **state)
{
    static const struct row values[] = {
        {"", ""},           {"甲", "甲"},         {"　甲 ", "甲"},     {"甲，乙、丙", "甲, 乙, 丙"},
        {"甲， 乙", "甲, 乙"}, {"【甲】［乙］", "[甲][乙]"}, {"“甲”‘乙’", "\"甲\"'乙'"},
        {"甲：乙", "甲:乙"},  {"a\xE2\x80\x8B" "b", "ab"}, {"a\xC2\xA0" "b", "a b"},
        {"a\x07" "b\nc", "ab c"}, {"３。５％", "3.5%"}, {"￥－—–～…", "¥---~..."},
        {"a\xFF", "a\xFF"}, {"，", ","},
    };
    static const struct row pairs[] = {
        {"甲：乙", "甲: 乙"}, {"甲： 乙", "甲: 乙"}, {"甲：1，乙：2", "甲: 1, 乙: 2"},
        {"甲:1", "甲:1"},    {"甲：", "甲:"},
    };
    static const struct row blanks[] = {
        {"　甲，乙 ", "甲，乙"}, {"\xE2\x80\x8B甲\xC2\xA0乙\x07", "甲 乙"}, {"甲　乙", "甲 乙"},
    };
    (void)state;
    CHECK(values, mend_value);
    CHECK(pairs, mend_pair);
    CHECK(blanks, fen_mend_blanks);
}

static void test_numbers_ranges_and_times_are_told_from_the_texts_beside_them(void **state)
{
    static const struct row numbers[] = {
        {"￥1,200.00", "1200.00"}, {"¥200", "200"},        {"１，２００", "1200"},
        {"1,200,300", "1200300"},  {"1,20", "1,20"},       {"1,2000", "1,2000"},
        {",200", ",200"},          {"1,200 元", "1200元"},  {"4.5 %", "4.5%"},
        {"1 2", "1 2"},            {"\"+08:00\"", "+08:00"}, {"'7天'", "7天"}, {"\xC2", "\xC2"},
    };
    static const struct row ranges[] = {
        {"30～90", "30..90"}, {"30-90", "30..90"},   {"30至90", "30..90"}, {"30到90", "30..90"},
        {"30…90", "30..90"},  {"30……90", "30..90"}, {"30 .. 90", "30..90"}, {"30", "30"},
        {"～90", "..90"},     {"30～", "30.."},
    };
    static const struct row times[] = {
        {"2026/10/1", "2026-10-01"},          {"2026年10月1日", "2026-10-01"},
        {"2026.10.1 8:05", "2026-10-01 08:05"}, {"2026-10-01T08:05:09", "2026-10-01 08:05:09"},
        {"2026年10月1日 8时5分9秒", "2026-10-01 08:05:09"}, {"2026-10-01 00：00", "2026-10-01 00:00"},
        {"2026-10", "2026-10"},               {"2026-10-01 8", "2026-10-01 8"},
        {"明天", "明天"},                     {"1 2 3 4 5 6 7", "1 2 3 4 5 6 7"},
        {"2026-10-01+08:00", "2026-10-01+08:00"}, {"", ""},
    };
    (void)state;
    CHECK(numbers, fen_mend_number);
    CHECK(ranges, fen_mend_range);
    CHECK(times, fen_mend_time);
    assert_true(fen_mend_is_number(FEN_STR("12.5")));
    assert_false(fen_mend_is_number(FEN_STR("12%")));
    assert_false(fen_mend_is_number(FEN_STR(".5")));
    assert_false(fen_mend_is_number(FEN_STR("")));
}

static void test_the_oddest_sign_is_named(void **state)
{
    static const struct {
        const char *text, *english, *chinese;
    } rows[] = {
        {"3％", "a full-width percent sign", "全角百分号"},
        {"３：４", "a full-width colon", "全角冒号"},
        {"３　", "full-width digits or signs", "全角数字或符号"},
        {"甲　", "a full-width space (U+3000)", "全角空格（U+3000）"},
        {"a\xC2\xA0", "a space that is none to YAML (U+00A0)", "特殊空格（U+00A0）"},
        {"a\xE2\x80\x8B", "an invisible character (U+200B)", "不可见字符（U+200B）"},
        {"a\nb", "a line break (U+000A)", "换行（U+000A）"},
        {"a\rb", "a line break (U+000D)", "换行（U+000D）"},
        {"a b", "", ""},
        {"甲", "", ""},
    };
    (void)state;
    struct fen_arena *arena = fen_arena_create(1024);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_str text = fen_str_from(rows[row].text);
        struct fen_str english = fen_mend_reason(text, FEN_LANGUAGE_ENGLISH, arena);
        struct fen_str chinese = fen_mend_reason(text, FEN_LANGUAGE_CHINESE, arena);
        if (!fen_str_equal(english, fen_str_from(rows[row].english)) ||
            !fen_str_equal(chinese, fen_str_from(rows[row].chinese)))
            fail_msg("%s: %.*s, %.*s", rows[row].text, FEN_STR_ARG(english),
                     FEN_STR_ARG(chinese));
    }
    fen_arena_destroy(arena);
}

/* Each text is one line, which is not YAML; `|` stands for what was inserted. */
static void test_a_line_that_is_not_yaml_is_mended_where_its_signs_are_plain(void **state)
{
    static const struct {
        const char *text, *mended;
        uint32_t found;
    } rows[] = {
        {"{a: 1，b: 2、c: 3}", "{a: 1,b: 2,c: 3}", 2},
        {"a: 甲，乙", "a: 甲，乙", 0},
        {"a: 【甲，乙】", "a: [甲,乙]", 3},
        {"a: ｛b: 1｝", "a: {b: 1}", 2},
        {"a: ［甲］］", "a: [甲]］", 2},
        {"a: （b: 1）", "a: {b: 1}", 2},
        {"a: （b：1）", "a: {b：1}", 2},
        {"a: （甲，乙）", "a: [甲,乙]", 3},
        {"a: （甲", "a: [甲", 1},
        {"a: 甲（乙）", "a: 甲（乙）", 0},
        {"－ a", "- a", 1},
        {"　— a", " - a", 2},
        {"－a", "－a", 0},
        {"a－ b", "a－ b", 0},
        {"　　a: 1", "  a: 1", 2},
        {"a:\xC2\xA0" "1", "a: 1", 1},
        {"a: 甲　乙", "a: 甲　乙", 0},
        {"a:1", "a:|1", 1},
        {"  - a:1", "  - a:|1", 1},
        {"{a:1, b:2}", "{a:|1, b:2}", 1},
        {"a: b:1", "a: b:1", 0},
        {"a b:1", "a b:1", 0},
        {":1", ":1", 0},
        {"a:", "a:", 0},
        {"a:1\r\nb:2", "a:|1\r\nb:2", 1},
        {"# a:1，", "# a:1，", 0},
        {"'a:1，'", "'a:1，'", 0},
    };
    (void)state;
    struct fen_arena *arena = fen_arena_create(1024);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int language = 0; language < 2; language++) {
            struct fen_diagnostics diagnostics = {.arena = arena,
                                                  .language = (enum fen_language)language};
            struct fen_str mended;
            uint32_t found =
                fen_lint_line(fen_str_from(rows[row].text), 1, arena, &diagnostics, &mended);
            char shown[64];
            snprintf(shown, sizeof shown, "%.*s", FEN_STR_ARG(mended));
            for (char *byte = shown; *byte != 0; byte++)
                if (*byte == '\t')
                    *byte = '|';
            if (found != rows[row].found || strcmp(shown, rows[row].mended) != 0 ||
                (diagnostics.count == 0) != (found == 0))
                fail_msg("%s: %u, %s", rows[row].text, found, shown);
        }
    fen_arena_destroy(arena);
}

static void test_a_line_is_left_out_with_what_is_indented_below_it(void **state)
{
    static const struct {
        const char *text, *left;
        uint32_t line;
        bool is_left_out;
    } rows[] = {
        {"a\nb\nc", "a\n \nc", 2, true},
        {"a\n  b\n\n  c\r\nd", " \n   \n\n   \r\nd", 1, true},
        {"a\n  b\n  c", "a\n   \n  c", 2, true},
        {"a\n  b", "a\n   ", 2, true},
        {"a\n  \nb", "a\n  \nb", 2, false},
        {"a\n", "a\n", 2, false},
        {"a", "a", 7, false},
        {"", "", 1, false},
    };
    (void)state;
    struct fen_arena *arena = fen_arena_create(1024);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_str left = fen_str_from(rows[row].text);
        bool is_left_out =
            fen_lint_leave_out(fen_str_from(rows[row].text), rows[row].line, arena, &left);
        if (is_left_out != rows[row].is_left_out ||
            !fen_str_equal(left, fen_str_from(rows[row].left)))
            fail_msg("%s: `%.*s`", rows[row].text, FEN_STR_ARG(left));
    }
    assert_int_equal(fen_lint_line_before(FEN_STR("a\n \n\nb"), 4), 1);
    assert_int_equal(fen_lint_line_before(FEN_STR("\n\nb"), 3), 0);
    assert_int_equal(fen_lint_column(FEN_STR("a:\t1\nb:\t2:\t3"), 2, 8), 6);
    assert_int_equal(fen_lint_column(FEN_STR("a:\t1\nb:\t2:\t3"), 2, 3), 3);
    fen_arena_destroy(arena);
}

/* Where libyaml gives up is not where the mistake is. */
static void test_the_line_at_fault_is_blamed(void **state)
{
    static const char values[] = "mapping values are not allowed in this context";
    static const char key[] = "did not find expected key";
    static const char node[] = "did not find expected node content";
    static const struct {
        const char *text;
        const char *problem;
        uint32_t line, column, blamed_line, blamed_column;
    } rows[] = {
        {"a: 1\nb\n  c: 2\n", values, 3, 4, 2, 1},
        {"a: 1\n b\r\n\n  # x\n  c: 2\n", values, 5, 4, 2, 2},
        {"a: 1\r  b: 2\r", values, 2, 4, 2, 4},
        {"a:\n  - b\n    c: 2\n", values, 3, 6, 3, 6},
        {"a:\n    b\n  c: 2\n", values, 3, 4, 3, 4},
        {"c: d: 2\n", values, 1, 5, 1, 5},
        {"a: \"甲\nb: 1\nc: \"d\"\n", key, 3, 5, 1, 4},
        {"a: 'b\nc: 'd'\n", key, 2, 5, 1, 4},
        {"a: \"b\"\nc: \"d\"\n", key, 2, 5, 2, 5},
        {"a: b\n c\n", key, 2, 2, 2, 2},
        {"a: {b: [1],\n\n- c\n", node, 3, 1, 1, 4},
        {"a: [{b: 1},\n  b: ]\n- c\n", node, 3, 1, 1, 4},
        {"a: {b: [1,\n- c\n", node, 2, 1, 1, 8},
        {"a: {b: 1}\n- c\n", node, 2, 1, 2, 1},
        {"a: {b: 1,\n c: @\n", node, 2, 5, 2, 5},
        {"a: 1\nb\n", "could not find expected ':'", 2, 1, 2, 1},
    };
    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_syntax syntax = {rows[row].line, rows[row].column, rows[row].line,
                                    rows[row].column, rows[row].problem};
        fen_syntax_blame(fen_str_from(rows[row].text), &syntax);
        if (syntax.line != rows[row].blamed_line || syntax.column != rows[row].blamed_column)
            fail_msg("%s: %u:%u", rows[row].text, syntax.line, syntax.column);
    }
    struct fen_syntax none = {0};
    struct fen_syntax one = {3, 3, 3, 3, key}, same = {5, 3, 5, 3, key};
    struct fen_syntax other = {5, 4, 5, 4, key};
    struct fen_syntax value = {5, 3, 5, 3, values};
    fen_syntax_blame(FEN_STR("a"), &none);
    assert_int_equal(none.line, 0);
    assert_true(fen_syntax_is_same(&one, &same));
    assert_false(fen_syntax_is_same(&one, &other));
    assert_false(fen_syntax_is_same(&none, &same));
    assert_false(fen_syntax_is_same(&value, &value));
    assert_false(fen_syntax_is_same(&value, &same));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs_have_their_ascii_form),
        cmocka_unit_test(test_numbers_ranges_and_times_are_told_from_the_texts_beside_them),
        cmocka_unit_test(test_the_oddest_sign_is_named),
        cmocka_unit_test(test_a_line_that_is_not_yaml_is_mended_where_its_signs_are_plain),
        cmocka_unit_test(test_a_line_is_left_out_with_what_is_indented_below_it),
        cmocka_unit_test(test_the_line_at_fault_is_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
