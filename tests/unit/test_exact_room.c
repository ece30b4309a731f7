/* test_exact_room: caps across lines, against fractions of 128 bits and beyond what those hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/exact_room.h"

static struct fen_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = fen_arena_create(1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fen_arena_destroy(arena);
    return 0;
}

static struct fen_exact ratio(int64_t amount, int64_t numerator, int64_t denominator)
{
    return fen_exact_ratio(amount, numerator, denominator,
                           (fen_uint128)FEN_PPM * (fen_uint128)denominator);
}

static bool take(struct fen_exact_room *room, int64_t amount, int64_t numerator,
                 int64_t denominator)
{
    return fen_exact_room_take(room, ratio(amount, numerator, denominator),
                               (fen_uint128)FEN_PPM * (fen_uint128)denominator);
}

static void assert_digits(const struct fen_exact_room *room, int64_t whole, const char *expected)
{
    struct fen_str digits = fen_exact_room_digits(room, arena);
    assert_int_equal(room->whole, whole);
    assert_int_equal(digits.size, strlen(expected));
    assert_memory_equal(digits.data, expected, digits.size);
}

/* cap - x a/b - y c/d, and its share, in integers of 128 bits. */
static void check_two(int64_t cap, int64_t a, int64_t b, int64_t c, int64_t d)
{
    struct fen_exact_room *room = fen_exact_room_create(arena, cap, 2);
    fen_int128 left = (fen_int128)cap * b * d;
    const int64_t terms[2][2] = {{a, b}, {c, d}};
    for (int term = 0; term < 2; term++) {
        fen_int128 part = (fen_int128)7 * terms[term][0] * (b * d / terms[term][1]);
        assert_int_equal(take(room, 7, terms[term][0], terms[term][1]), part <= left);
        if (part <= left)
            left -= part;
    }
    assert_int_equal(room->whole, (int64_t)(left / (b * d)));
    for (int64_t weight = 0; weight <= 3; weight++)
        for (int64_t ppm = 0; ppm <= FEN_PPM; ppm += 333333)
            assert_int_equal(fen_exact_room_share_floor(room, weight, 3, ppm),
                             (int64_t)(left * weight * ppm / (3 * FEN_PPM * b * d)));
    struct fen_exact floor = fen_exact_room_floor(room, (fen_uint128)FEN_PPM * 7);
    assert_int_equal(floor.whole, room->whole);
    assert_true(floor.part == (fen_uint128)(left % (b * d) * FEN_PPM / (b * d)) * 7);
}

static void test_two_terms_of_small_denominators(void **state)
{
    (void)state;
    for (int64_t b = 1; b <= 7; b++)
        for (int64_t d = 1; d <= 7; d++)
            for (int64_t a = 0; a <= b; a++)
                for (int64_t c = 0; c <= d; c++) {
                    check_two(13, a, b, c, d);
                    check_two(6, a, b, c, d);
                    fen_arena_reset(arena);
                }
}

/* What fits to the last part of a part is taken, and nothing beyond. */
static void test_a_room_is_used_up_exactly(void **state)
{
    (void)state;
    struct fen_exact_room *room = fen_exact_room_create(arena, 1, 4);
    assert_true(take(room, 1, 2, 3));
    assert_false(take(room, 1, 200000, 599999));
    assert_digits(room, 0, "599999000000/1799997000000"); /* common is that of all offered */
    assert_true(take(room, 1, 1, 3));
    assert_digits(room, 0, "0/1799997000000");
    assert_true(take(room, 0, 1, 5));
    assert_false(take(room, 1, 1, 5));
}

/* Denominators whose product has 100 bits and more: 251 - 201 - 1 / 2,565,764,417,327,734,199. */
static void test_parts_of_four_lines_that_miss_a_whole(void **state)
{
    (void)state;
    static const int64_t lines[][2] = {
        {40009 - 30281, 40009}, {40013 - 19294, 40013}, {40031 - 5774, 40031},
        {40037 - 24291, 40037}};
    struct fen_exact_room *room = fen_exact_room_create(arena, 251, 5);
    for (int line = 0; line < 4; line++)
        assert_true(take(room, 100, lines[line][0], lines[line][1]));
    assert_false(fen_exact_room_take(room, fen_exact_whole(50), FEN_PPM));
    assert_digits(room, 49, "2565764417327734198000000/2565764417327734199000000");
    assert_int_equal(fen_exact_room_share_floor(room, 1, 1, FEN_PPM), 49);
    assert_int_equal(fen_exact_room_share_floor(room, 16000000, 16000000, 500000), 24);
    assert_int_equal(fen_exact_room_floor(room, FEN_PPM).part, 999999);
    assert_true(fen_exact_room_take(room, fen_exact_whole(49), FEN_PPM));
    assert_int_equal(fen_exact_room_share_floor(room, 1, 1, FEN_PPM), 0);
}

/* The greatest scale there is, again and again: no limb is missing, none is lost. */
static void test_many_terms_of_the_greatest_scale(void **state)
{
    (void)state;
    int64_t denominator = (INT64_C(1) << 60) - 93; /* a prime, and the next below it */
    int64_t other = (INT64_C(1) << 60) - 107;
    struct fen_exact_room *room = fen_exact_room_create(arena, 3, 4);
    assert_true(take(room, 1, 1, denominator));
    assert_true(take(room, 1, 1, other));
    assert_true(take(room, 1, denominator - 1, denominator));
    assert_true(take(room, 1, other - 1, other));
    assert_digits(room, 1, "0/1329227995784915642319506138910959327000000");
    assert_int_equal(fen_exact_room_share_floor(room, 16000000, 16000000, FEN_PPM), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_terms_of_small_denominators),
        cmocka_unit_test(test_a_room_is_used_up_exactly),
        cmocka_unit_test(test_parts_of_four_lines_that_miss_a_whole),
        cmocka_unit_test(test_many_terms_of_the_greatest_scale),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
