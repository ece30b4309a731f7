/* test_pacing: when a worker commits, by how full its batches are (stream/pacing.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stream/pacing.h"

static struct fen_pacing make(void)
{
    struct fen_pacing pacing;
    fen_pacing_init(&pacing, 0, 0, 0);
    return pacing;
}

static void test_pacing_takes_a_lone_message_at_once(void **state)
{
    struct fen_pacing pacing = make();
    assert_int_equal(fen_pacing_limits(&pacing, 1000).collect_ms, 0);
    fen_pacing_committed(&pacing, 1000, 1, false);
    assert_int_equal(fen_pacing_limits(&pacing, 1010).collect_ms, 0);
}

static void test_pacing_keeps_commits_apart(void **state)
{
    struct fen_pacing pacing = make();
    fen_pacing_committed(&pacing, 1000, 1, false);
    assert_int_equal(fen_pacing_limits(&pacing, 1003).collect_ms, 7);
}

static void test_pacing_commits_less_often_when_behind_and_again_when_quiet(void **state)
{
    struct fen_pacing pacing = make();
    static const uint32_t behind[] = {20, 40, 80, 100, 100};
    static const uint32_t quiet[] = {50, 25, 12, 10, 10};
    for (int i = 0; i < 5; i++) {
        fen_pacing_committed(&pacing, 1000, 10000, true);
        assert_int_equal(pacing.interval_ms, behind[i]);
    }
    for (int i = 0; i < 5; i++) {
        fen_pacing_committed(&pacing, 1000, 3, false);
        assert_int_equal(pacing.interval_ms, quiet[i]);
    }
}

static void test_pacing_halves_batches_after_failures_and_recovers(void **state)
{
    struct fen_pacing pacing = make();
    for (int i = 0; i < 20; i++)
        fen_pacing_failed(&pacing);
    assert_int_equal(fen_pacing_limits(&pacing, 0).message_count_max, 1);
    fen_pacing_committed(&pacing, 0, 1, true);
    assert_int_equal(fen_pacing_limits(&pacing, 0).message_count_max, 2);
    for (int i = 0; i < 20; i++)
        fen_pacing_committed(&pacing, 0, 1, true);
    assert_int_equal(fen_pacing_limits(&pacing, 0).message_count_max, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pacing_takes_a_lone_message_at_once),
        cmocka_unit_test(test_pacing_keeps_commits_apart),
        cmocka_unit_test(test_pacing_commits_less_often_when_behind_and_again_when_quiet),
        cmocka_unit_test(test_pacing_halves_batches_after_failures_and_recovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
