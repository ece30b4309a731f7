/* test_names: names of closed lists to values and back, both ends of each list included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/event.h"
#include "model/period.h"
#include "model/role.h"

static void test_each_event_type_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(fen_event_type_name(FEN_EVENT_NONE), "");
    assert_string_equal(fen_event_type_name(FEN_EVENT_TYPE_COUNT), "");
    for (int type = FEN_EVENT_NONE + 1; type < FEN_EVENT_TYPE_COUNT; type++) {
        const char *name = fen_event_type_name((enum fen_event_type)type);
        assert_int_equal(fen_names_find(&fen_event_type_names, fen_str_from(name)), type);
    }
}

static void test_each_role_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(fen_role_name(FEN_ROLE_NONE), "");
    assert_string_equal(fen_role_name(FEN_ROLE_NAME_COUNT), "");
    for (int role = FEN_ROLE_NONE + 1; role < FEN_ROLE_NAME_COUNT; role++) {
        const char *name = fen_role_name((enum fen_role)role);
        assert_int_equal(fen_names_find(&fen_role_names, fen_str_from(name)), role);
    }
    assert_int_equal(fen_names_find(&fen_role_names, FEN_STR("shares")), 0);
    assert_int_equal(fen_names_find(&fen_role_names, FEN_STR("")), 0);
}

/* SPEC, table of terms: from sell_store to hq, and no other. */
static void test_entity_roles_are_those_of_the_terms(void **state)
{
    (void)state;
    for (int role = 0; role < FEN_ROLE_NAME_COUNT; role++) {
        bool is_entity = role == FEN_ROLE_SELL_STORE || role == FEN_ROLE_OWN_STORE ||
                         role == FEN_ROLE_FULFIL_STORE || role == FEN_ROLE_FRANCHISEE ||
                         role == FEN_ROLE_REGION || role == FEN_ROLE_MALL ||
                         role == FEN_ROLE_BRAND || role == FEN_ROLE_HQ;
        assert_int_equal(fen_role_is_entity((enum fen_role)role), is_entity);
    }
}

static void test_date_parse_refuses_what_is_no_date(void **state)
{
    (void)state;
    static const char *const bad[] = {"2026-11-00", "2026-11-31", "2026-13-01", "2026-11-3",
                                      "2026-11/03", "2026-11-0x", "2026-11-/1", "202x-11-03",
                                      "2026-1:-03", "1969-12-31", "2026-11-031", ""};
    int32_t date = 0;
    for (size_t row = 0; row < sizeof bad / sizeof *bad; row++)
        assert_false(fen_date_parse(fen_str_from(bad[row]), &date));
    assert_true(fen_date_parse(FEN_STR("1970-01-01"), &date));
    assert_int_equal(date, 0);
    assert_true(fen_date_parse(FEN_STR("2026-11-30"), &date));
    assert_int_equal(date, fen_date_from_civil(2026, 11, 30));
}

/* Every day of 400 years follows the one before it, and each month begins where the last ended. */
static void test_dates_follow_one_another(void **state)
{
    (void)state;
    char room[FEN_DATE_TEXT_BYTES];
    for (int32_t date = 0; date < 146097; date++) {
        int32_t again = -1;
        assert_int_equal(fen_date_format(date, room), 10);
        assert_true(fen_date_parse(fen_str_from(room), &again));
        assert_int_equal(again, date);
        int32_t period = fen_period_of(date * FEN_DAY_MS, 0);
        assert_true(fen_period_first_date(period) <= date);
        assert_true(fen_period_first_date(period + 1) > date);
    }
}

static void test_periods_are_read_as_written(void **state)
{
    (void)state;
    char room[FEN_DATE_TEXT_BYTES];
    for (int32_t period = 1970 * 12; period < 9988 * 12; period++) {
        int32_t again = 0;
        assert_int_equal(fen_period_format(period, room), 7);
        assert_true(fen_period_parse(fen_str_from(room), &again));
        assert_int_equal(again, period);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_event_type_has_its_name),
        cmocka_unit_test(test_each_role_has_its_name),
        cmocka_unit_test(test_entity_roles_are_those_of_the_terms),
        cmocka_unit_test(test_date_parse_refuses_what_is_no_date),
        cmocka_unit_test(test_dates_follow_one_another),
        cmocka_unit_test(test_periods_are_read_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
