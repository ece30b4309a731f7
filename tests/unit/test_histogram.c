/* test_histogram: quantiles, bounds, and a copy that never tears (base/histogram.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/histogram.h"

/* Usage: add on one thread, read a copy anywhere, ask the copy. */
static void test_histogram_gives_quantiles_within_a_sixteenth(void **state)
{
    struct fen_histogram histogram = {0};
    struct fen_histogram snapshot = {0};
    for (uint64_t i = 1; i <= 100000; i++)
        fen_histogram_add(&histogram, i);
    fen_histogram_read(&histogram, &snapshot);
    assert_int_equal(snapshot.count, 100000);
    assert_int_equal(snapshot.sum, UINT64_C(100000) * 100001 / 2);
    assert_int_equal(snapshot.max, 100000);
    for (uint32_t permille = 1; permille <= 1000; permille++) {
        uint64_t exact = (uint64_t)permille * 100;
        uint64_t quantile = fen_histogram_quantile(&snapshot, permille);
        assert_true(quantile >= exact);
        assert_true(quantile <= exact + exact / 16);
    }
}

static void test_histogram_holds_the_ends_of_the_range(void **state)
{
    struct fen_histogram histogram = {0};
    assert_int_equal(fen_histogram_quantile(&histogram, 500), 0);
    fen_histogram_add(&histogram, 0);
    assert_int_equal(fen_histogram_quantile(&histogram, 1000), 0);
    fen_histogram_add(&histogram, UINT64_MAX);
    assert_true(fen_histogram_quantile(&histogram, 1000) == UINT64_MAX);
    assert_int_equal(histogram.buckets[FEN_HISTOGRAM_BUCKET_COUNT - 1], 1);
}

static void test_histogram_values_below_32_are_exact(void **state)
{
    for (uint64_t value = 0; value < 32; value++) {
        struct fen_histogram histogram = {0};
        fen_histogram_add(&histogram, value);
        assert_int_equal(fen_histogram_count_to(&histogram, value), 1);
        if (value > 0)
            assert_int_equal(fen_histogram_count_to(&histogram, value - 1), 0);
    }
}

static void test_histogram_snapshots_add_up(void **state)
{
    struct fen_histogram first = {0};
    struct fen_histogram second = {0};
    struct fen_histogram sum = {0};
    fen_histogram_add(&first, 10);
    fen_histogram_add(&second, 20);
    fen_histogram_add(&second, 5000);
    fen_histogram_read(&first, &sum);
    fen_histogram_read(&second, &sum);
    assert_int_equal(sum.count, 3);
    assert_int_equal(sum.max, 5000);
    assert_int_equal(fen_histogram_count_to(&sum, 20), 2);
    assert_int_equal(fen_histogram_quantile(&sum, 500), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram_gives_quantiles_within_a_sixteenth),
        cmocka_unit_test(test_histogram_holds_the_ends_of_the_range),
        cmocka_unit_test(test_histogram_values_below_32_are_exact),
        cmocka_unit_test(test_histogram_snapshots_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
