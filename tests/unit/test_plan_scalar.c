/* test_plan_scalar: the written forms of numbers, as tables (SPEC §2, §8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/character.h"
#include "plan/scalar.h"

#define OK    FEN_SCALAR_OK
#define FORM  FEN_SCALAR_FORM
#define DECI  FEN_SCALAR_DECIMALS
#define RANGE FEN_SCALAR_RANGE

/* A text, what reading it gives, and the value where that is OK. */
struct row {
    const char *text;
    enum fen_scalar status;
    int64_t value;
};

static void check(const struct row *row, enum fen_scalar status, int64_t value)
{
    if (status != row->status || (status == OK && value != row->value))
        fail_msg("`%s`: status %d value %lld", row->text, (int)status, (long long)value);
}

static void test_percent_is_whole_ppm(void **state)
{
    static const struct row rows[] = {
        {"4.5%", OK, 45000},      {"0.0001%", OK, 1},        {"100%", OK, 1000000},
        {"0%", OK, 0},            {"42.8571%", OK, 428571},  {"3.25%", OK, 32500},
        {"100.0000%", OK, 1000000}, {"100.0001%", RANGE, 0}, {"101%", RANGE, 0},
        {"4.50000%", DECI, 0},    {"4.5", FORM, 0},          {".5%", FORM, 0},
        {"4.%", FORM, 0},         {"-1%", FORM, 0},          {"4.5 %", FORM, 0},
        {"4,5%", FORM, 0},        {"4.5%%", FORM, 0},        {"%", FORM, 0},
        {"1e1%", FORM, 0},        {"4.5％", FORM, 0},        {"４.5%", FORM, 0},
        {"99999999999999999999999%", RANGE, 0},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        int64_t value = -1;
        enum fen_scalar status = fen_scalar_percent(fen_str_from(rows[index].text), &value);
        check(&rows[index], status, value);
    }
}

static void test_money_has_the_currency_s_decimals(void **state)
{
    static const struct row rows[] = {
        {"200.00", OK, 20000},   {"200", OK, 20000},         {"200.5", OK, 20050},
        {"200 元", OK, 20000},   {"200元", OK, 20000},       {"0.01", OK, 1},
        {"0", OK, 0},            {"200.000", DECI, 0},       {"200.005 元", DECI, 0},
        {"200  元", FORM, 0},    {"200 yuan", FORM, 0},      {"1,000.00", FORM, 0},
        {"-5", FORM, 0},         {"", FORM, 0},              {"元", FORM, 0},
        {"10000000000.00", OK, 1000000000000}, {"10000000000.01", RANGE, 0},
        {"999999999999999999", RANGE, 0},      {"99999999999999999999999999", RANGE, 0},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        int64_t value = -1;
        struct fen_str text = fen_str_from(rows[index].text);
        enum fen_scalar status = fen_scalar_money(text, 2, INT64_C(1000000000000), &value);
        check(&rows[index], status, value);
    }
    int64_t value;
    assert_int_equal(fen_scalar_money(FEN_STR("100"), 0, 1000, &value), OK);
    assert_int_equal(value, 100);
    assert_int_equal(fen_scalar_money(FEN_STR("100.0"), 0, 1000, &value), DECI);
    assert_int_equal(fen_scalar_money(FEN_STR("1.234"), 3, 10000, &value), OK);
    assert_int_equal(value, 1234);
}

static void test_duration_is_days_or_hours(void **state)
{
    static const struct row rows[] = {
        {"7d", OK, 604800000},    {"7天", OK, 604800000},     {"12h", OK, 43200000},
        {"12小时", OK, 43200000}, {"3650d", OK, 315360000000}, {"3651d", RANGE, 0},
        {"0d", RANGE, 0},         {"7", FORM, 0},             {"d", FORM, 0},
        {"7 d", FORM, 0},         {"7 天", FORM, 0},          {"7m", FORM, 0},
        {"1.5d", FORM, 0},        {"9999999999999999999d", RANGE, 0},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        int64_t value = -1;
        enum fen_scalar status = fen_scalar_duration(fen_str_from(rows[index].text), &value);
        check(&rows[index], status, value);
    }
}

static void test_offset_is_at_most_14_hours(void **state)
{
    static const struct row rows[] = {
        {"+08:00", OK, 28800000}, {"-05:30", OK, -19800000}, {"+00:00", OK, 0},
        {"+14:00", OK, 50400000}, {"+14:01", RANGE, 0},      {"+08:60", RANGE, 0},
        {"08:00", FORM, 0},       {"+8:00", FORM, 0},        {"+0800", FORM, 0},
        {"Asia/Shanghai", FORM, 0}, {"", FORM, 0},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        int64_t value = -1;
        enum fen_scalar status = fen_scalar_offset(fen_str_from(rows[index].text), &value);
        check(&rows[index], status, value);
    }
}

static void test_time_is_local(void **state)
{
    static const struct row rows[] = {
        {"2026-10-01 00:00", OK, INT64_C(1790784000000)},
        {"2026-10-01", OK, INT64_C(1790784000000)},
        {"2026-10-01 08:00:01", OK, INT64_C(1790812801000)},
        {"1970-01-01 08:00", OK, 0},
        {"1970-01-01 07:59", RANGE, 0},
        {"9988-01-01 07:59:59", OK, INT64_C(253023609599000)},
        {"9988-01-01 08:00", RANGE, 0},
        {"2026-02-29", RANGE, 0},
        {"2028-02-29", OK, INT64_C(1835366400000)},
        {"2026-13-01", RANGE, 0},
        {"2026-10-01 24:00", RANGE, 0},
        {"2026-10-01T00:00", FORM, 0},
        {"2026-10-01 00:00:0", FORM, 0},
        {"2026-10-01 00:00 ", FORM, 0},
        {"2026/10/01", FORM, 0},
        {"1.10.2026", FORM, 0},
        {"", FORM, 0},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        int64_t value = -1;
        struct fen_str text = fen_str_from(rows[index].text);
        enum fen_scalar status = fen_scalar_time(text, INT64_C(28800000), &value);
        check(&rows[index], status, value);
    }
}

static void test_currency_knows_its_decimals(void **state)
{
    uint32_t decimals;
    assert_true(fen_scalar_currency(FEN_STR("CNY"), &decimals) && decimals == 2);
    assert_true(fen_scalar_currency(FEN_STR("GBP"), &decimals) && decimals == 2);
    assert_true(fen_scalar_currency(FEN_STR("HKD"), &decimals) && decimals == 2);
    assert_true(fen_scalar_currency(FEN_STR("JPY"), &decimals) && decimals == 0);
    assert_true(fen_scalar_currency(FEN_STR("KWD"), &decimals) && decimals == 3);
    assert_false(fen_scalar_currency(FEN_STR("cny"), &decimals));
    assert_false(fen_scalar_currency(FEN_STR("RMB1"), &decimals));
    assert_false(fen_scalar_currency(FEN_STR(""), &decimals));
}

static void test_ids_and_texts_have_their_form(void **state)
{
    char long_text[130];
    memset(long_text, 'a', sizeof long_text);
    assert_true(fen_character_is_id((struct fen_str){long_text, 64}));
    assert_false(fen_character_is_id((struct fen_str){long_text, 65}));
    assert_true(fen_character_is_text((struct fen_str){long_text, 128}));
    assert_false(fen_character_is_text((struct fen_str){long_text, 129}));
    assert_false(fen_character_is_text(FEN_STR("")));
    assert_true(fen_character_is_id(FEN_STR("华东-1")));
    assert_false(fen_character_is_id(FEN_STR("a b")));
    assert_false(fen_character_is_id(FEN_STR("a　b")));
    assert_false(fen_character_is_id(FEN_STR("a/b")));
    assert_false(fen_character_is_id(FEN_STR("a\xC2\x85")));
    assert_true(fen_character_is_text(FEN_STR("a b/c")));
    assert_false(fen_character_is_text(FEN_STR("a\nb")));
    assert_false(fen_character_is_text(FEN_STR("a\xFF")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent_is_whole_ppm),
        cmocka_unit_test(test_money_has_the_currency_s_decimals),
        cmocka_unit_test(test_duration_is_days_or_hours),
        cmocka_unit_test(test_offset_is_at_most_14_hours),
        cmocka_unit_test(test_time_is_local),
        cmocka_unit_test(test_currency_knows_its_decimals),
        cmocka_unit_test(test_ids_and_texts_have_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
