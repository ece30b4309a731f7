/*
 * exact: amounts between the first product and the one floor (SPEC §2: all steps are exact).
 *
 * An exact amount is whole + part/scale, with 0 <= part < scale; every amount of one line shares
 * one scale, so that sums, differences and comparisons are integer ones. A percentage needs the
 * scale 10^6; an amount per unit or line of a partly refunded line also its base, reduced. Where
 * lines of different scales meet, see exact_room.h.
 *
 * Bounds: whole below 2^62; scale at most FEN_EXACT_SCALE_MAX; the one product of part, weight and
 * ppm then stays below 2^128. Every input bound of SPEC §3 lies inside (checked by the callers'
 * validation; asserted here).
 *
 * Threads: pure; any.
 */
#ifndef FEN_MODEL_EXACT_H
#define FEN_MODEL_EXACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

__extension__ typedef __int128 fen_int128;
__extension__ typedef unsigned __int128 fen_uint128;

#define FEN_PPM INT64_C(1000000)

/* 10^6 times a common denominator below 2^60. */
#define FEN_EXACT_SCALE_MAX ((fen_uint128)FEN_PPM << 60)

/* The weights of a line's servers in sum: 16 of at most 10^6 (SPEC §3). */
#define FEN_EXACT_WEIGHTS_MAX INT64_C(16000000)

struct fen_exact {
    int64_t whole;
    fen_uint128 part; /* of scale */
};

/* As fen_exact_ratio, for whatever does not fit into 64 bits or is no percentage. */
struct fen_exact fen_exact_ratio_wide(int64_t amount_fen, int64_t numerator, int64_t denominator,
                                      fen_uint128 scale);

/* amount x numerator / denominator at `scale`, a multiple of the reduced denominator. */
static inline struct fen_exact fen_exact_ratio(int64_t amount_fen, int64_t numerator,
                                               int64_t denominator, fen_uint128 scale)
{
    FEN_ASSERT(amount_fen >= 0 && numerator >= 0 && denominator > 0);
    /* The quick way for a percentage of what most lines cost: scales are multiples of 10^6. */
    uint64_t small;
    if (denominator == FEN_PPM && scale == FEN_PPM &&
        !__builtin_mul_overflow((uint64_t)amount_fen, (uint64_t)numerator, &small))
        return (struct fen_exact){(int64_t)(small / FEN_PPM), small % FEN_PPM};
    return fen_exact_ratio_wide(amount_fen, numerator, denominator, scale);
}

/* A whole amount. */
static inline struct fen_exact fen_exact_whole(int64_t amount_fen)
{
    return (struct fen_exact){amount_fen, 0};
}

/* a < b. */
static inline bool fen_exact_less(struct fen_exact a, struct fen_exact b)
{
    return a.whole < b.whole || (a.whole == b.whole && a.part < b.part);
}

/* a + b. */
struct fen_exact fen_exact_add(struct fen_exact a, struct fen_exact b, fen_uint128 scale);

/* a - b; requires b <= a. */
struct fen_exact fen_exact_subtract(struct fen_exact a, struct fen_exact b, fen_uint128 scale);

/* As fen_exact_share_floor, where its quick way does not do. */
int64_t fen_exact_part_floor(struct fen_exact a, fen_uint128 scale, int64_t weight,
                             int64_t weights, int64_t ppm);

/* floor(a x weight / weights x ppm / 10^6): one server's portion, floored at last (SPEC §5.5-7). */
static inline int64_t fen_exact_share_floor(struct fen_exact a, fen_uint128 scale, int64_t weight,
                                            int64_t weights, int64_t ppm)
{
    if (weight == weights && ppm == FEN_PPM)
        return a.whole;
    return fen_exact_part_floor(a, scale, weight, weights, ppm);
}

/* As fen_money_scale_floor, in 128 bits. */
int64_t fen_money_scale_floor_wide(int64_t amount_fen, int64_t numerator, int64_t denominator);

/*
 * floor(amount x numerator / denominator), the product in 128 bits; neither of the first two is
 * below 0, and denominator > 0.
 */
static inline int64_t fen_money_scale_floor(int64_t amount_fen, int64_t numerator,
                                            int64_t denominator)
{
    FEN_ASSERT(amount_fen >= 0 && numerator >= 0 && denominator > 0);
    if (numerator == denominator)
        return amount_fen;
    int64_t product;
    if (!__builtin_mul_overflow(amount_fen, numerator, &product))
        return product / denominator;
    return fen_money_scale_floor_wide(amount_fen, numerator, denominator);
}

/* The least common multiple of two denominators of one line, which divides its base: < 2^60. */
int64_t fen_exact_common(int64_t a, int64_t b);

/* The greatest common divisor; a, b >= 0. */
int64_t fen_exact_divisor(int64_t a, int64_t b);

#endif /* FEN_MODEL_EXACT_H */
