/*
 * test_money_domain: every step that ends in an amount, over all values of a small domain, and
 * over all corners of the declared one (ARCHITECTURE.md, Money). A result is held to what a floor
 * is: the greatest whole number not above the fraction, told by products alone, which cannot round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/exact.h"
#include "plan/period_table.h"

/* Whether `whole` is floor(numerator / denominator); the denominator is above 0. */
static bool is_floor(fen_int128 whole, fen_int128 numerator, fen_int128 denominator)
{
    return whole * denominator <= numerator && numerator < (whole + 1) * denominator;
}

/* SPEC §5: remaining, and the base divided among servers. */
static void test_scale_floor_over_all_small_values(void **state)
{
    (void)state;
    for (int64_t amount = 0; amount <= 60; amount++)
        for (int64_t denominator = 1; denominator <= 24; denominator++)
            for (int64_t numerator = 0; numerator <= denominator; numerator++)
                assert_true(is_floor(fen_money_scale_floor(amount, numerator, denominator),
                                     (fen_int128)amount * numerator, denominator));
}

/* SPEC §5.1, §5.5 to 5.7: a ratio, a server's weight, a portion, and one floor. */
static void test_shares_over_all_small_values(void **state)
{
    (void)state;
    static const int64_t portions_ppm[] = {0, 1, 333333, 500000, 999999, FEN_PPM};
    for (int64_t denominator = 1; denominator <= 7; denominator++)
        for (int64_t amount = 0; amount <= 14; amount++)
            for (int64_t numerator = 0; numerator <= denominator; numerator++)
                for (int64_t weights = 1; weights <= 4; weights++)
                    for (int64_t weight = 0; weight <= weights; weight++)
                        for (size_t ppm = 0; ppm < 6; ppm++) {
                            fen_uint128 scale = (fen_uint128)(FEN_PPM * denominator);
                            struct fen_exact exact =
                                fen_exact_ratio(amount, numerator, denominator, scale);
                            int64_t share = fen_exact_share_floor(exact, scale, weight, weights,
                                                                  portions_ppm[ppm]);
                            fen_int128 part = (fen_int128)amount * numerator * weight *
                                              portions_ppm[ppm];
                            assert_true(is_floor(share, part, denominator * weights * FEN_PPM));
                        }
}

/* The numerator of an exact amount over `scale`. */
static fen_int128 numerator_of(struct fen_exact amount, fen_uint128 scale)
{
    return amount.whole * (fen_int128)scale + (fen_int128)amount.part;
}

static void test_sums_and_comparisons_over_all_small_values(void **state)
{
    (void)state;
    for (fen_uint128 scale = 1; scale <= 5; scale++)
        for (int64_t a = 0; a < 25; a++)
            for (int64_t b = 0; b < 25; b++) {
                int64_t size = (int64_t)scale;
                struct fen_exact left = {a / size, (fen_uint128)(a % size)};
                struct fen_exact right = {b / size, (fen_uint128)(b % size)};
                assert_true(fen_exact_less(left, right) == (a < b));
                struct fen_exact sum = fen_exact_add(left, right, scale);
                assert_true(sum.part < scale && numerator_of(sum, scale) == a + b);
                if (a < b)
                    continue;
                struct fen_exact rest = fen_exact_subtract(left, right, scale);
                assert_true(rest.part < scale && numerator_of(rest, scale) == a - b);
            }
}

static void test_common_denominators_over_all_small_values(void **state)
{
    (void)state;
    for (int64_t a = 1; a <= 60; a++)
        for (int64_t b = 1; b <= 60; b++) {
            int64_t divisor = fen_exact_divisor(a, b), common = fen_exact_common(a, b);
            assert_true(a % divisor == 0 && b % divisor == 0);
            for (int64_t other = divisor + 1; other <= a; other++)
                assert_false(a % other == 0 && b % other == 0);
            assert_true(common % a == 0 && common % b == 0 && common == a * b / divisor);
        }
}

/* SPEC §7 tiers by their definition, fen by fen: each in the tier that holds it. */
static int64_t tiers_by_definition(const struct fen_pay *pay, int64_t base_fen)
{
    fen_int128 product = 0;
    for (int64_t fen = 0; fen < base_fen; fen++) {
        uint32_t at = 0, place = (uint32_t)(pay->is_flat ? base_fen : fen);
        for (uint32_t tier = 1; tier < pay->tier_count; tier++)
            at = pay->tiers[tier].from_fen <= place ? tier : at;
        product += pay->tiers[at].rate_ppm - pay->tiers[0].rate_ppm;
    }
    return (int64_t)(product / FEN_PPM);
}

static void check_tiers(struct fen_tier *tiers, uint32_t count)
{
    for (int is_flat = 0; is_flat < 2; is_flat++)
        for (int64_t base = -2; base <= 12; base++) {
            struct fen_pay pay = {.kind = FEN_PAY_TIERS, .tiers = tiers,
                                  .tier_count = count, .is_flat = is_flat != 0};
            int64_t parts = 0;
            for (uint32_t tier = 0; tier < count; tier++)
                parts += fen_plan_tier_part(&pay, base, tier);
            assert_int_equal(parts, base > 0 ? base : 0);
            assert_int_equal(fen_plan_tiers_amount(&pay, base), tiers_by_definition(&pay, base));
        }
}

static void test_tiers_over_all_small_tables(void **state)
{
    (void)state;
    static const int64_t rates[] = {0, 200000, 500000, FEN_PPM};
    for (int64_t second = 1; second <= 4; second++)
        for (int64_t third = second + 1; third <= 8; third++)
            for (int a = 0; a < 4; a++)
                for (int b = a; b < 4; b++)
                    for (int c = b; c < 4; c++) {
                        struct fen_tier tiers[] = {
                            {0, rates[a]}, {second, rates[b]}, {third, rates[c]}};
                        for (uint32_t count = 1; count <= 3; count++)
                            check_tiers(tiers, count);
                    }
}

/* Each bound of SPEC §3 and of a plan, and its neighbours, against each other. */
static void test_corners_of_the_declared_range(void **state)
{
    (void)state;
    static const int64_t amounts[] = {0, 1, INT64_C(1000000000000000), INT64_C(2000000000000000),
                                      INT64_C(1000000000000000000)};
    static const int64_t rates[] = {0, 1, 999999, FEN_PPM};
    static const int64_t weights[] = {1, 1000000, 16000000};
    const fen_uint128 scales[] = {FEN_PPM, FEN_EXACT_SCALE_MAX};
    for (size_t amount = 0; amount < 5; amount++)
        for (size_t rate = 0; rate < 4; rate++)
            for (size_t weight = 0; weight < 3; weight++)
                for (size_t ppm = 0; ppm < 4; ppm++)
                    for (size_t scale = 0; scale < 2; scale++) {
                        struct fen_exact exact = fen_exact_ratio(amounts[amount], rates[rate],
                                                                 FEN_PPM, scales[scale]);
                        int64_t share = fen_exact_share_floor(
                            exact, scales[scale], weights[weight], 16000000, rates[ppm]);
                        /* 10^18 × 10^6 × 16·10^6 × 10^6 is beyond 128 bits: two floors are one. */
                        fen_int128 earned = (fen_int128)amounts[amount] * rates[rate];
                        fen_int128 most = earned / FEN_PPM * weights[weight] * rates[ppm];
                        fen_int128 more = earned % FEN_PPM * weights[weight] * rates[ppm] / FEN_PPM;
                        assert_true(is_floor(share, most + more, 16000000 * FEN_PPM));
                    }
}

/* An account's range (post/account.h) and every rate: tiers stay inside 64 bits. */
static void test_corners_of_an_accounts_range(void **state)
{
    (void)state;
    static const int64_t bases[] = {INT64_MIN, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    struct fen_tier tiers[] = {{0, 0}, {1, 1}, {INT64_C(1000000000000), FEN_PPM}};
    for (size_t base = 0; base < 6; base++)
        for (int is_flat = 0; is_flat < 2; is_flat++) {
            struct fen_pay pay = {.kind = FEN_PAY_TIERS, .tiers = tiers, .tier_count = 3,
                                  .is_flat = is_flat != 0};
            int64_t amount = fen_plan_tiers_amount(&pay, bases[base]);
            assert_true(amount >= 0 && amount <= (bases[base] > 0 ? bases[base] : 0));
        }
    struct fen_limit limit = {.line_ppm = FEN_NONE, .month_fen = 0};
    assert_int_equal(fen_plan_month_limit_amount(&limit, INT64_MAX), -INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scale_floor_over_all_small_values),
        cmocka_unit_test(test_shares_over_all_small_values),
        cmocka_unit_test(test_sums_and_comparisons_over_all_small_values),
        cmocka_unit_test(test_common_denominators_over_all_small_values),
        cmocka_unit_test(test_tiers_over_all_small_tables),
        cmocka_unit_test(test_corners_of_the_declared_range),
        cmocka_unit_test(test_corners_of_an_accounts_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
