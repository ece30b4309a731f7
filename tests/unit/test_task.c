/*
 * test_task: scores and closings merge to the same in every order, and keep what any closing may
 * still ask for (SPEC §3, §5 Task).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "split/task.h"

enum { SCORES = 6, TIMES = 8 };

/* The greatest score by `closed_ms`, at its earliest time, from all scores; false: none. */
static bool best_of_all(const struct fen_task_score *scores, int64_t closed_ms,
                        struct fen_task_score *best)
{
    bool has_any = false;
    for (int index = 0; index < SCORES; index++) {
        const struct fen_task_score *score = &scores[index];
        if (score->at_ms > closed_ms)
            continue;
        if (!has_any || score->score > best->score ||
            (score->score == best->score && score->at_ms < best->at_ms))
            *best = *score;
        has_any = true;
    }
    return has_any;
}

static void check_merged(const struct fen_task_guide *guide, const struct fen_task_score *scores)
{
    for (int64_t closed_ms = 0; closed_ms < TIMES; closed_ms++) {
        struct fen_task_score expected;
        const struct fen_task_score *best = fen_task_best_score(guide, closed_ms);
        bool has_any = best_of_all(scores, closed_ms, &expected);
        assert_int_equal(best != NULL, has_any);
        if (has_any) {
            assert_int_equal(best->score, expected.score);
            assert_int_equal(best->at_ms, expected.at_ms);
        }
    }
}

static void test_task_scores_keep_what_any_closing_may_ask_for(void **state)
{
    (void)state;
    struct fen_arena *arena = fen_arena_create(4096);
    uint64_t random = 1;
    for (int round = 0; round < 20000; round++) {
        struct fen_task_score scores[SCORES];
        struct fen_task_guide guide = {0};
        fen_arena_reset(arena);
        for (int index = 0; index < SCORES; index++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            scores[index].at_ms = (int64_t)(random >> 33) % TIMES;
            scores[index].score = (int64_t)(random >> 45) % 4 - 1;
        }
        for (int index = 0; index < SCORES; index++) {
            struct fen_event event = {.score = scores[index].score, .at_ms = scores[index].at_ms};
            fen_task_merge_score(arena, &event, &guide);
            assert_false(fen_task_merge_score(arena, &event, &guide)); /* again: no news */
        }
        check_merged(&guide, scores);
        for (uint32_t index = 1; index < guide.score_count; index++) { /* nothing in vain */
            assert_true(guide.scores[index - 1].at_ms < guide.scores[index].at_ms);
            assert_true(guide.scores[index - 1].score < guide.scores[index].score);
        }
    }
    fen_arena_destroy(arena);
}

static void test_task_the_earliest_closing_holds(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        int64_t at_ms;
        bool is_news;
    } rows[] = {{"b", 7, true}, {"c", 7, false}, {"a", 8, false}, {"a", 7, true},
                {"a", 7, false}, {"z", 6, true}, {"a", 7, false}};
    struct fen_task_state task;
    fen_record_clear(&fen_task_state_schema, &task);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event = {.id = fen_str_from(rows[row].id), .at_ms = rows[row].at_ms};
        assert_int_equal(fen_task_merge_closing(&event, &task), rows[row].is_news);
    }
    assert_int_equal(task.closed_ms, 6);
    assert_true(fen_str_equal(task.closed_event, FEN_STR("z")));
}

static void test_task_records_are_told_apart_by_their_key(void **state)
{
    (void)state;
    assert_ptr_equal(fen_task_record_schema(FEN_STR("t/game")), &fen_task_state_schema);
    assert_ptr_equal(fen_task_record_schema(FEN_STR("t/game/g1")), &fen_task_guide_schema);
    assert_ptr_equal(fen_task_record_schema(FEN_STR("t/")), &fen_task_state_schema);
    assert_ptr_equal(fen_task_record_schema(FEN_STR("t")), &fen_task_state_schema);
    assert_ptr_equal(fen_task_record_schema(FEN_STR_NONE), &fen_task_state_schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task_scores_keep_what_any_closing_may_ask_for),
        cmocka_unit_test(test_task_the_earliest_closing_holds),
        cmocka_unit_test(test_task_records_are_told_apart_by_their_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
