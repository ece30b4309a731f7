/*
 * test_difference: what was posted against what is entitled now (SPEC §6): how many entries, of
 * which kind, and which rows stay behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/difference.h"

#define RATE_PPM 45000

/* One row of line 1, role share, guide A: an amount and a base on a date, earned at its moment. */
struct given {
    int32_t date;
    int64_t amount_fen, base_fen;
};

/* An entry expected: its date, kind and differences. */
struct expected {
    int32_t date;
    enum fen_kind kind;
    int64_t amount_fen, base_fen;
};

struct posted {
    struct fen_arena *arena;
    struct fen_posted *rows;
    uint32_t count;
    struct fen_entries entries;
};

static struct fen_entitled entitled(const struct given *given)
{
    return (struct fen_entitled){
        .key = {.payee = FEN_STR("guide:A"), .funder = FEN_STR("brand:L"), .rule = FEN_STR("r"),
                .plan = FEN_STR("p"), .plan_version = 1, .line = 1, .role = FEN_ROLE_SHARE,
                .period = 24322, .available_date = given->date},
        .amount_fen = given->amount_fen,
        .base_fen = given->base_fen,
        .earned_ms = given->date + 7,
        .rate_ppm = RATE_PPM,
    };
}

static void post(struct posted *posted, const struct given *rows, uint32_t row_count,
                 const struct expected *entries, uint32_t entry_count)
{
    struct fen_entitled items[4];
    for (uint32_t index = 0; index < row_count; index++)
        items[index] = entitled(&rows[index]);
    struct fen_difference_cause cause = {FEN_STR("t"), FEN_STR("order:O"),
                                         {FEN_STR("e"), FEN_EVENT_ORDER_PAID}, FEN_KIND_NONE};
    uint32_t before = posted->entries.count;
    assert_int_equal(fen_difference(posted->arena, posted->arena, &cause, items, row_count,
                                    &posted->rows, &posted->count, &posted->entries),
                     entry_count);
    assert_int_equal(posted->entries.count, before + entry_count);
    for (uint32_t index = 0; index < entry_count; index++) {
        const struct fen_entry *entry = &posted->entries.items[before + index];
        assert_int_equal(entry->key.available_date, entries[index].date);
        assert_int_equal(entry->kind, entries[index].kind);
        assert_int_equal(entry->amount_fen, entries[index].amount_fen);
        assert_int_equal(entry->base_fen, entries[index].base_fen);
        assert_int_equal(entry->earned_ms, entries[index].date + 7);
        assert_int_equal(entry->rate_ppm, RATE_PPM);
        assert_int_equal(entry->event_type, FEN_EVENT_ORDER_PAID);
    }
}

#define COUNT(rows) (uint32_t)(sizeof rows / sizeof *rows)
#define POST(rows, entries) post(&posted, rows, COUNT(rows), entries, COUNT(entries))

static void test_nothing_against_nothing_posts_nothing(void **state)
{
    struct posted posted = {.arena = fen_arena_create(4096)};
    post(&posted, NULL, 0, NULL, 0);
    const struct given same[] = {{20, 100, 1000}};
    const struct expected first[] = {{20, FEN_KIND_ACCRUAL, 100, 1000}};
    POST(same, first);
    post(&posted, same, 1, NULL, 0);
    fen_arena_destroy(posted.arena);
}

/* Number and balance are the account's to give (post/account.h), whatever memory held before. */
static void test_a_first_entry_has_no_number_and_no_balance(void **state)
{
    struct posted posted = {.arena = fen_arena_create(4096)};
    memset(fen_arena_allocate(posted.arena, 4096), 0x55, 4096);
    fen_arena_reset(posted.arena);
    const struct given rows[] = {{20, 100, 1000}, {21, 50, 500}};
    const struct expected accruals[] = {{20, FEN_KIND_ACCRUAL, 100, 1000},
                                        {21, FEN_KIND_ACCRUAL, 50, 500}};
    POST(rows, accruals);
    for (uint32_t index = 0; index < posted.entries.count; index++) {
        assert_int_equal(posted.entries.items[index].seq, 0);
        assert_int_equal(posted.entries.items[index].balance_fen, 0);
    }
    fen_arena_destroy(posted.arena);
}

/* The sign of the amount's difference decides, and the base's only where the amount is equal. */
static void test_the_sign_of_the_difference_names_its_kind(void **state)
{
    struct posted posted = {.arena = fen_arena_create(4096)};
    const struct given rows[][1] = {
        {{20, 100, 1000}}, {{20, 101, 900}}, {{20, 100, 901}}, {{20, 100, 902}}, {{20, 100, 900}},
        {{20, 0, 900}},    {{20, 0, 0}},     {{20, 0, 5}},
    };
    const struct expected entries[][1] = {
        {{20, FEN_KIND_ACCRUAL, 100, 1000}}, {{20, FEN_KIND_ADJUST, 1, -100}},
        {{20, FEN_KIND_REVERSAL, -1, 1}},    {{20, FEN_KIND_ADJUST, 0, 1}},
        {{20, FEN_KIND_REVERSAL, 0, -2}},    {{20, FEN_KIND_REVERSAL, -100, 0}},
        {{20, FEN_KIND_REVERSAL, 0, -900}},  {{20, FEN_KIND_ADJUST, 0, 5}},
    };
    for (size_t step = 0; step < COUNT(rows); step++)
        POST(rows[step], entries[step]);
    fen_arena_destroy(posted.arena);
}

/* A row that leaves for another date is a move; one that only shrinks, or grows, is not. */
static void test_only_a_whole_row_moves(void **state)
{
    struct posted posted = {.arena = fen_arena_create(4096)};
    const struct given one[] = {{20, 100, 1000}};
    const struct expected accrual[] = {{20, FEN_KIND_ACCRUAL, 100, 1000}};
    POST(one, accrual);
    const struct given parted[] = {{20, 60, 600}, {21, 40, 400}};
    const struct expected shrunk[] = {{20, FEN_KIND_REVERSAL, -40, -400},
                                      {21, FEN_KIND_ADJUST, 40, 400}};
    POST(parted, shrunk);
    const struct given grown[] = {{20, 90, 900}};
    const struct expected left[] = {{20, FEN_KIND_ADJUST, 30, 300},
                                    {21, FEN_KIND_REVERSAL, -40, -400}};
    POST(grown, left);
    assert_int_equal(posted.count, 1);
    const struct given moved[] = {{22, 90, 900}};
    const struct expected move[] = {{20, FEN_KIND_MOVE, -90, -900}, {22, FEN_KIND_MOVE, 90, 900}};
    POST(moved, move);
    assert_int_equal(posted.count, 1);
    const struct given back[] = {{19, 10, 100}};
    const struct expected moved_smaller[] = {{19, FEN_KIND_MOVE, 10, 100},
                                             {22, FEN_KIND_MOVE, -90, -900}};
    POST(back, moved_smaller);
    assert_int_equal(posted.count, 1);
    fen_arena_destroy(posted.arena);
}

/* What nobody is entitled to any more leaves one row at zero, which is the trace of the accrual. */
static void test_one_trace_stays_of_a_payee_at_zero(void **state)
{
    struct posted posted = {.arena = fen_arena_create(4096)};
    const struct given two[] = {{20, 60, 600}, {21, 40, 400}};
    const struct expected accruals[] = {{20, FEN_KIND_ACCRUAL, 60, 600},
                                        {21, FEN_KIND_ACCRUAL, 40, 400}};
    POST(two, accruals);
    assert_int_equal(posted.count, 2);
    const struct expected gone[] = {{20, FEN_KIND_REVERSAL, -60, -600},
                                    {21, FEN_KIND_REVERSAL, -40, -400}};
    post(&posted, NULL, 0, gone, COUNT(gone));
    assert_int_equal(posted.count, 1);
    assert_int_equal(posted.rows[0].key.available_date, 21);
    assert_int_equal(posted.rows[0].amount_fen, 0);
    assert_int_equal(posted.rows[0].base_fen, 0);
    const struct given again[] = {{20, 60, 600}};
    const struct expected adjusted[] = {{20, FEN_KIND_ADJUST, 60, 600}};
    POST(again, adjusted);
    assert_int_equal(posted.count, 1);
    assert_int_equal(posted.rows[0].earned_ms, 27);
    assert_int_equal(posted.rows[0].rate_ppm, RATE_PPM);
    fen_arena_destroy(posted.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_against_nothing_posts_nothing),
        cmocka_unit_test(test_a_first_entry_has_no_number_and_no_balance),
        cmocka_unit_test(test_the_sign_of_the_difference_names_its_kind),
        cmocka_unit_test(test_only_a_whole_row_moves),
        cmocka_unit_test(test_one_trace_stays_of_a_payee_at_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
