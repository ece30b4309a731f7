/* test_money: money, periods, differences: what ends in an amount (SPEC §2, §5, §6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/difference.h"
#include "model/exact.h"
#include "model/period.h"

static const fen_uint128 PPM_SCALE = FEN_PPM;

/* One floor, last of all: amount x percent, then the share (SPEC §12 cases 1, 2, 7). */
static void test_share_floor_of_worked_cases(void **state)
{
    (void)state;
    static const struct {
        int64_t remaining, ppm, weight, weights, portion_ppm, expected;
    } rows[] = {
        /* remaining  rate    w  of  portion   amount */
        {41000, 45000, 1, 1, 1000000, 1845},
        {41000, 32500, 1, 1, 1000000, 1332}, /* 1,332.5 */
        {9999, 45000, 1, 1, 1000000, 449},   /* 449.955 */
        {6666, 45000, 1, 1, 1000000, 299},
        {3333, 45000, 1, 1, 1000000, 149},
        {1012, 1000000, 1, 1, 428571, 433},
        {1012, 1000000, 1, 1, 142858, 144},
        {41000, 45000, 1, 3, 1000000, 615},
        {41000, 45000, 2, 3, 700000, 861},
        {INT64_C(2000000000000000), 1000000, 1000000, 16000000, 1000000,
         INT64_C(125000000000000)},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_exact amount =
            fen_exact_ratio(rows[row].remaining, rows[row].ppm, FEN_PPM, PPM_SCALE);
        assert_int_equal(fen_exact_share_floor(amount, PPM_SCALE, rows[row].weight,
                                               rows[row].weights, rows[row].portion_ppm),
                         rows[row].expected);
    }
}

/* Exhaustive over a small domain: whole + part is the true rational, and the floor is its floor. */
static void test_share_floor_is_the_floor_of_the_rational(void **state)
{
    (void)state;
    for (int64_t amount = 0; amount <= 12; amount++)
        for (int64_t base = 1; base <= 9; base++)
            for (int64_t left = 0; left <= base; left++)
                for (int64_t weights = 1; weights <= 4; weights++)
                    for (int64_t weight = 0; weight <= weights; weight++) {
                        fen_uint128 scale = (fen_uint128)(FEN_PPM * base);
                        struct fen_exact exact = fen_exact_ratio(amount, left, base, scale);
                        int64_t expected = amount * left * weight * 300000 /
                                           (base * weights * FEN_PPM);
                        assert_int_equal(
                            fen_exact_share_floor(exact, scale, weight, weights, 300000),
                            expected);
                    }
}

/* a - b + b = a, with parts that borrow and carry. */
static void test_exact_subtract_and_add_are_inverse(void **state)
{
    (void)state;
    for (int64_t left = 0; left <= 40; left++)
        for (int64_t right = 0; right <= left; right++) {
            struct fen_exact a = fen_exact_ratio(left, 333333, FEN_PPM, PPM_SCALE);
            struct fen_exact b = fen_exact_ratio(right, 333333, FEN_PPM, PPM_SCALE);
            struct fen_exact rest = fen_exact_subtract(a, b, PPM_SCALE);
            struct fen_exact again = fen_exact_add(rest, b, PPM_SCALE);
            assert_int_equal(again.whole, a.whole);
            assert_true(again.part == a.part);
            assert_int_equal(fen_exact_less(b, a), right < left);
        }
}

static void test_common_denominators(void **state)
{
    (void)state;
    assert_int_equal(fen_exact_divisor(0, 0), 1);
    assert_int_equal(fen_exact_divisor(0, 5), 5);
    assert_int_equal(fen_exact_divisor(6, 4), 2);
    assert_int_equal(fen_exact_common(6, 4), 12);
    int64_t half = INT64_C(1) << 30;
    assert_int_equal(fen_exact_common(half, half - 1), half * (half - 1));
    assert_int_equal(fen_exact_common(half * half / 2, 2), half * half / 2);
}

/* The greatest amount per unit over the greatest base: no product of the part leaves 128 bits. */
static void test_ratio_at_the_ends_of_the_range(void **state)
{
    (void)state;
    int64_t base = INT64_C(1999999999999999);
    fen_uint128 scale = (fen_uint128)FEN_PPM * (fen_uint128)base * 500; /* near the greatest */
    struct fen_exact most =
        fen_exact_ratio(INT64_C(1000000000000000000), base - 1, base, scale);
    assert_int_equal(most.whole, INT64_C(999999999999999499));
    assert_true(most.part == (fen_uint128)INT64_C(1999999999999499) * FEN_PPM * 500);
    assert_int_equal(fen_exact_share_floor(most, scale, 16000000, 16000000, FEN_PPM), most.whole);
}

/* Products and sums on either side of 64 bits are floored alike. */
static void test_shares_at_the_end_of_64_bits(void **state)
{
    (void)state;
    static const struct {
        int64_t whole, part, weight, weights, ppm, expected;
    } rows[] = {
        /* whole x weight x ppm = 2^64 - 551,616, and the part adds less or more than that */
        {INT64_C(18446744073709), 551615, 1, 2, 1000000, INT64_C(9223372036854)},
        {INT64_C(18446744073709), 999999, 1, 2, 1000000, INT64_C(9223372036854)},
        /* the product is 2^64 + 448,384 */
        {INT64_C(18446744073710), 0, 1, 2, 1000000, INT64_C(9223372036855)},
        {INT64_C(1) << 60, 999999, 16000000, 16000000, 500000, INT64_C(1) << 59},
        /* just below a whole fen, by less than a millionth of a millionth */
        {1, 999999, 1, 1, 500000, 0},
        {(INT64_C(1) << 60) + 1, 999999, 1, 1, 500000, INT64_C(1) << 59},
        {1, 999999, 15999999, 16000000, 1000000, 1},
        {0, 999999, 16000000, 16000000, 999999, 0},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_exact amount = {rows[row].whole, (fen_uint128)rows[row].part};
        assert_int_equal(fen_exact_share_floor(amount, PPM_SCALE, rows[row].weight,
                                               rows[row].weights, rows[row].ppm),
                         rows[row].expected);
    }
}

/* Two halves are a whole: a part never reaches the scale. */
static void test_exact_add_carries_at_the_scale(void **state)
{
    (void)state;
    struct fen_exact half = fen_exact_ratio(1, 1, 2, PPM_SCALE);
    struct fen_exact whole = fen_exact_add(half, half, PPM_SCALE);
    assert_int_equal(whole.whole, 1);
    assert_true(whole.part == 0);
}

static void test_scale_floor_drops_what_is_below_a_fen(void **state)
{
    (void)state;
    assert_int_equal(fen_money_scale_floor(7, 1, 2), 3);
    assert_int_equal(fen_money_scale_floor(8, 1, 2), 4);
    assert_int_equal(fen_money_scale_floor(6, 1, 7), 0);
    assert_int_equal(fen_money_scale_floor(0, 1, 7), 0);
    assert_int_equal(fen_money_scale_floor(INT64_C(2000000000000000), 999999999999999,
                                           INT64_C(1000000000000000)),
                     INT64_C(1999999999999998));
    assert_int_equal(fen_money_scale_floor(INT64_C(1999999999999999), 999999999999999,
                                           INT64_C(1000000000000000)),
                     INT64_C(1999999999999997)); /* and 10^-15 */
}

/* Months and dates at the edges of days, months, leap years and time zones. */
static void test_period_and_date_of_times(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ms, offset_h;
        const char *period, *date;
    } rows[] = {
        {0, 0, "1970-01", "1970-01-01"},
        {-1, 0, "1969-12", "1969-12-31"},
        {0, -1, "1969-12", "1969-12-31"},
        {INT64_C(1793462399999), 8, "2026-10", "2026-10-31"}, /* one ms before November, +08:00 */
        {INT64_C(1793462400000), 8, "2026-11", "2026-11-01"},
        {INT64_C(1793462400000), 0, "2026-10", "2026-10-31"},
        {INT64_C(951782400000), 0, "2000-02", "2000-02-29"},
        {INT64_C(4107542399999), 0, "2100-02", "2100-02-28"},
        {INT64_C(253023609599999), 0, "9987-12", "9987-12-31"},
        {INT64_C(253402300799999), 0, "9999-12", "9999-12-31"},
    };
    char room[FEN_DATE_TEXT_BYTES];
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        int64_t offset_ms = rows[row].offset_h * FEN_HOUR_MS;
        int32_t period = fen_period_of(rows[row].time_ms, offset_ms);
        fen_period_format(period, room);
        assert_string_equal(room, rows[row].period);
        int32_t date = fen_date_of(rows[row].time_ms, offset_ms), again;
        fen_date_format(date, room);
        assert_string_equal(room, rows[row].date);
        if (date >= 0) {
            assert_true(fen_date_parse(fen_str_from(room), &again));
            assert_int_equal(again, date);
        }
    }
}

/* A hold may end after the last year that an event's time has. */
static void test_a_year_of_five_digits_is_written_whole(void **state)
{
    char room[FEN_DATE_TEXT_BYTES];
    assert_int_equal(fen_date_format(fen_date_from_civil(10000, 1, 1), room), 11);
    assert_string_equal(room, "10000-01-01");
    assert_int_equal(fen_period_format(10000 * 12, room), 8);
    assert_string_equal(room, "10000-01");
}

static void test_period_parse_refuses_what_is_no_month(void **state)
{
    (void)state;
    static const char *const bad[] = {"2026-13", "2026-00", "2026-1",   "2026/11",
                                      "1969-12", "20261-1", "2026-11 ", ""};
    int32_t period = 0;
    for (size_t row = 0; row < sizeof bad / sizeof *bad; row++)
        assert_false(fen_period_parse(fen_str_from(bad[row]), &period));
    assert_false(fen_date_parse(FEN_STR("2026-02-29"), &period));
    assert_true(fen_date_parse(FEN_STR("2028-02-29"), &period));
}

/* An entitled row of guide A, line 1, role share. */
static struct fen_entitled entitled(int64_t amount_fen, int64_t base_fen, int32_t date)
{
    return (struct fen_entitled){
        .key = {.payee = FEN_STR("guide:A"), .funder = FEN_STR("brand:L"), .rule = FEN_STR("r"),
                .plan = FEN_STR("p"), .plan_version = 1, .line = 1, .role = FEN_ROLE_SHARE,
                .period = 24322, .available_date = date},
        .amount_fen = amount_fen,
        .base_fen = base_fen,
        .rate_ppm = 45000,
    };
}

struct posted {
    struct fen_arena *arena;
    struct fen_posted *rows;
    uint32_t count;
    struct fen_entries entries;
};

static void post(struct posted *posted, const struct fen_entitled *rows, uint32_t count)
{
    struct fen_difference_cause cause = {FEN_STR("t"), FEN_STR("order:O"),
                                         {FEN_STR("e"), FEN_EVENT_ORDER_PAID}, FEN_KIND_NONE};
    posted->entries = (struct fen_entries){0};
    fen_difference(posted->arena, posted->arena, &cause, rows, count, &posted->rows, &posted->count,
                   &posted->entries);
}

static void assert_entry(const struct posted *posted, uint32_t index, enum fen_kind kind,
                         int64_t amount_fen, int64_t base_fen)
{
    assert_true(index < posted->entries.count);
    assert_int_equal(posted->entries.items[index].kind, kind);
    assert_int_equal(posted->entries.items[index].amount_fen, amount_fen);
    assert_int_equal(posted->entries.items[index].base_fen, base_fen);
}

/* SPEC §6 Kinds: accrual, reversal, adjust, move; nothing where nothing differs. */
static void test_difference_names_each_kind(void **state)
{
    (void)state;
    struct posted posted = {.arena = fen_arena_create(4096)};
    struct fen_entitled row = entitled(1845, 41000, FEN_DATE_NONE);
    post(&posted, &row, 1);
    assert_int_equal(posted.entries.count, 1);
    assert_entry(&posted, 0, FEN_KIND_ACCRUAL, 1845, 41000);
    post(&posted, &row, 1);
    assert_int_equal(posted.entries.count, 0);
    row = entitled(922, 20500, FEN_DATE_NONE);
    post(&posted, &row, 1);
    assert_entry(&posted, 0, FEN_KIND_REVERSAL, -923, -20500);
    row = entitled(922, 20500, 20000);
    post(&posted, &row, 1);
    assert_int_equal(posted.entries.count, 2);
    assert_entry(&posted, 0, FEN_KIND_MOVE, -922, -20500);
    assert_entry(&posted, 1, FEN_KIND_MOVE, 922, 20500);
    row = entitled(1845, 41000, 20000);
    post(&posted, &row, 1);
    assert_entry(&posted, 0, FEN_KIND_ADJUST, 923, 20500);
    fen_arena_destroy(posted.arena);
}

/* A line brought back to 0 leaves a trace: what comes again is an adjustment, not an accrual. */
static void test_difference_remembers_a_payee_at_zero(void **state)
{
    (void)state;
    struct posted posted = {.arena = fen_arena_create(4096)};
    struct fen_entitled row = entitled(1845, 41000, 20000);
    post(&posted, &row, 1);
    post(&posted, NULL, 0);
    assert_entry(&posted, 0, FEN_KIND_REVERSAL, -1845, -41000);
    assert_int_equal(posted.count, 1);
    post(&posted, &row, 1);
    assert_entry(&posted, 0, FEN_KIND_ADJUST, 1845, 41000);
    assert_int_equal(posted.count, 1);
    fen_arena_destroy(posted.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share_floor_of_worked_cases),
        cmocka_unit_test(test_share_floor_is_the_floor_of_the_rational),
        cmocka_unit_test(test_exact_subtract_and_add_are_inverse),
        cmocka_unit_test(test_common_denominators),
        cmocka_unit_test(test_ratio_at_the_ends_of_the_range),
        cmocka_unit_test(test_shares_at_the_end_of_64_bits),
        cmocka_unit_test(test_exact_add_carries_at_the_scale),
        cmocka_unit_test(test_scale_floor_drops_what_is_below_a_fen),
        cmocka_unit_test(test_period_and_date_of_times),
        cmocka_unit_test(test_a_year_of_five_digits_is_written_whole),
        cmocka_unit_test(test_period_parse_refuses_what_is_no_month),
        cmocka_unit_test(test_difference_names_each_kind),
        cmocka_unit_test(test_difference_remembers_a_payee_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
