/*
 * test_applied: which events a lane knows to be applied (SPEC §3), from its own batches and from
 * restored records, a few of which may still be on their way into the set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/applied.h"

static struct fen_arena *arena;
static struct fen_applied applied;

static int set_up(void **state)
{
    arena = fen_arena_create(4096);
    memset(&applied, 0x55, sizeof applied); /* what it was before is not asked */
    fen_applied_init(&applied);
    return 0;
}

static int tear_down(void **state)
{
    fen_applied_deinit(&applied);
    fen_arena_destroy(arena);
    return 0;
}

/* Event "e0", "e1", ... of one content. */
static struct fen_event event_of(int number)
{
    static char id[16];
    snprintf(id, sizeof id, "e%d", number);
    return (struct fen_event){.tenant = FEN_STR("t"), .id = fen_str_from(id), .content = 7};
}

static enum fen_applied_fate add(int number, struct fen_event_mark *mark_out)
{
    struct fen_event event = event_of(number);
    return fen_applied_add(&applied, arena, &event, mark_out);
}

/* The marks of `count` events, as their records bring them. */
static void restore(int first, int count)
{
    struct fen_applied other;
    fen_applied_init(&other);
    for (int number = first; number < first + count; number++) {
        struct fen_event event = event_of(number);
        struct fen_event_mark mark;
        assert_int_equal(fen_applied_add(&other, arena, &event, &mark), FEN_APPLIED_NEW);
        fen_applied_restore(&applied, &mark, 1);
    }
    fen_applied_deinit(&other);
}

static void test_an_event_is_new_once_until_it_is_discarded(void **state)
{
    struct fen_event_mark mark;
    assert_int_equal(fen_applied_count(&applied), 0);
    fen_applied_begin(&applied);
    assert_int_equal(add(0, &mark), FEN_APPLIED_NEW);
    assert_int_equal(add(0, &mark), FEN_APPLIED_DUPLICATE);
    struct fen_event other = event_of(0);
    other.content = 8;
    assert_int_equal(fen_applied_add(&applied, arena, &other, &mark), FEN_APPLIED_CONFLICT);
    assert_int_equal(fen_applied_count(&applied), 1);
    fen_applied_begin(&applied);
    assert_int_equal(add(1, &mark), FEN_APPLIED_NEW);
    fen_applied_discard(&applied);
    assert_int_equal(fen_applied_count(&applied), 1);
    fen_applied_begin(&applied);
    assert_int_equal(add(0, &mark), FEN_APPLIED_DUPLICATE);
    assert_int_equal(add(1, &mark), FEN_APPLIED_NEW);
}

/* However many there are: the last few of them wait. */
static void test_what_was_restored_is_known_to_the_next_batch(void **state)
{
    struct fen_event_mark mark;
    static const int counts[] = {1, (int)FEN_APPLIED_WAITING_MAX - 1, (int)FEN_APPLIED_WAITING_MAX,
                                 (int)FEN_APPLIED_WAITING_MAX + 1};
    int first = 0;
    for (size_t row = 0; row < sizeof counts / sizeof *counts; row++) {
        restore(first, counts[row]);
        first += counts[row];
        assert_int_equal(fen_applied_count(&applied), first);
        fen_applied_begin(&applied);
        for (int number = 0; number < first; number++)
            assert_int_equal(add(number, &mark), FEN_APPLIED_DUPLICATE);
    }
}

/* A touch is read anew from its topic although a record brought its mark. */
static void test_an_event_read_anew_stands_already(void **state)
{
    restore(0, 3);
    struct fen_event known = event_of(2);
    assert_false(fen_applied_restore_event(&applied, &known));
    struct fen_event other = event_of(3);
    assert_true(fen_applied_restore_event(&applied, &other));
    assert_false(fen_applied_restore_event(&applied, &other));
    assert_int_equal(fen_applied_count(&applied), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_an_event_is_new_once_until_it_is_discarded),
        TEST(test_what_was_restored_is_known_to_the_next_batch),
        TEST(test_an_event_read_anew_stands_already),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
