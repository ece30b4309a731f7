/*
 * exact_shim: engine/model/exact and exact_room as a filter, for test_exact.py, which compiles it
 * under UndefinedBehaviorSanitizer and compares it with Python's fractions.
 *
 * A line: a n d b m e g p w W q. Prints floor(a n/d), then the floors of the share w/W x q ppm of
 * what x = a n/d and then y = b m/e leave of g, each taken if it fits; then, where the two have a
 * common scale ("-" where not), those of
 *   x,  y,  x + y,  min(x, g p/10^6),  g p/10^6 - min(x, g p/10^6)
 */
#include <inttypes.h>
#include <stdio.h>

#include "model/exact_room.h"

struct row {
    int64_t a, n, d, b, m, e, g, p, w, weights, q;
};

static bool read_row(struct row *row)
{
    int64_t *values[] = {&row->a, &row->n, &row->d, &row->b, &row->m, &row->e,
                         &row->g, &row->p, &row->w, &row->weights, &row->q};
    for (size_t index = 0; index < sizeof values / sizeof *values; index++)
        if (scanf("%" SCNd64, values[index]) != 1)
            return false;
    return true;
}

static fen_uint128 scale_of(int64_t numerator, int64_t denominator)
{
    return (fen_uint128)FEN_PPM *
           (fen_uint128)(denominator / fen_exact_divisor(numerator, denominator));
}

static void say_room(const struct row *row, struct fen_arena *arena)
{
    struct fen_exact_room *room = fen_exact_room_create(arena, row->g, 2);
    fen_uint128 scales[] = {scale_of(row->n, row->d), scale_of(row->m, row->e)};
    fen_exact_room_take(room, fen_exact_ratio(row->a, row->n, row->d, scales[0]), scales[0]);
    printf("%" PRId64 " ", fen_exact_room_share_floor(room, row->w, row->weights, row->q));
    fen_exact_room_take(room, fen_exact_ratio(row->b, row->m, row->e, scales[1]), scales[1]);
    printf("%" PRId64 " ", fen_exact_room_share_floor(room, row->w, row->weights, row->q));
}

static void say_common(const struct row *row, fen_uint128 scale)
{
    struct fen_exact x = fen_exact_ratio(row->a, row->n, row->d, scale);
    struct fen_exact y = fen_exact_ratio(row->b, row->m, row->e, scale);
    struct fen_exact sum = fen_exact_add(x, y, scale);
    struct fen_exact room = fen_exact_ratio(row->g, row->p, FEN_PPM, scale);
    struct fen_exact least = fen_exact_less(room, x) ? room : x;
    struct fen_exact rest = fen_exact_subtract(room, least, scale);
    const struct fen_exact values[] = {x, y, sum, least, rest};
    for (size_t index = 0; index < sizeof values / sizeof *values; index++)
        printf("%" PRId64 " ",
               fen_exact_share_floor(values[index], scale, row->w, row->weights, row->q));
}

int main(void)
{
    struct fen_arena *arena = fen_arena_create(1 << 16);
    struct row row;
    while (read_row(&row)) {
        int64_t x = (int64_t)(scale_of(row.n, row.d) / FEN_PPM);
        int64_t y = (int64_t)(scale_of(row.m, row.e) / FEN_PPM);
        printf("%" PRId64 " ", fen_money_scale_floor(row.a, row.n, row.d));
        say_room(&row, arena);
        if ((fen_uint128)(x / fen_exact_divisor(x, y)) * (fen_uint128)y < (fen_uint128)1 << 60)
            say_common(&row, (fen_uint128)FEN_PPM * (fen_uint128)fen_exact_common(x, y));
        else
            printf("- ");
        puts("");
        fen_arena_reset(arena);
    }
    fen_arena_destroy(arena);
    return 0;
}
