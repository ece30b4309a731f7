/* exact: see exact.h. */
#include "model/exact.h"

struct fen_exact fen_exact_ratio(int64_t amount_fen, int64_t numerator, int64_t denominator,
                                 fen_uint128 scale)
{
    FEN_ASSERT(amount_fen >= 0 && numerator >= 0 && denominator > 0);
    /* The quick way for a percentage of what most lines cost: scales are multiples of 10^6. */
    uint64_t small;
    if (denominator == FEN_PPM && scale == FEN_PPM &&
        !__builtin_mul_overflow((uint64_t)amount_fen, (uint64_t)numerator, &small))
        return (struct fen_exact){(int64_t)(small / FEN_PPM), small % FEN_PPM};
    fen_uint128 divisor = (fen_uint128)denominator;
    fen_uint128 product = (fen_uint128)amount_fen * (fen_uint128)numerator;
    fen_uint128 whole = product / divisor;
    fen_uint128 rest = product % divisor;
    FEN_ASSERT(whole < ((fen_uint128)1 << 62));
    fen_uint128 common = (fen_uint128)fen_exact_divisor((int64_t)rest, denominator);
    fen_uint128 reduced = divisor / common;
    fen_uint128 part = scale % reduced == 0 ? (rest / common) * (scale / reduced)
                                            : rest * scale / divisor;
    return (struct fen_exact){(int64_t)whole, part};
}

struct fen_exact fen_exact_add(struct fen_exact a, struct fen_exact b, fen_uint128 scale)
{
    struct fen_exact sum = {a.whole + b.whole, a.part + b.part};
    if (sum.part >= scale) {
        sum.part -= scale;
        sum.whole++;
    }
    FEN_ASSERT(sum.whole < INT64_C(1) << 62);
    return sum;
}

struct fen_exact fen_exact_subtract(struct fen_exact a, struct fen_exact b, fen_uint128 scale)
{
    FEN_ASSERT(!fen_exact_less(a, b));
    struct fen_exact rest = {a.whole - b.whole, a.part};
    if (rest.part < b.part) {
        rest.part += scale;
        rest.whole--;
    }
    rest.part -= b.part;
    return rest;
}

int64_t fen_exact_share_floor(struct fen_exact a, fen_uint128 scale, int64_t weight,
                              int64_t weights, int64_t ppm)
{
    FEN_ASSERT(weight >= 0 && weight <= weights && ppm >= 0 && ppm <= FEN_PPM);
    FEN_ASSERT(scale <= FEN_EXACT_SCALE_MAX && a.part < scale);
    if (scale == FEN_EXACT_SCALE_COARSE)
        a = fen_exact_add(a, (struct fen_exact){0, FEN_EXACT_COARSE_ERROR}, scale);
    if (weight == weights && ppm == FEN_PPM)
        return a.whole;
    /* The quick way for what most lines pay, in 64 bits: parts are below 10^6. */
    uint64_t small_factor, small;
    if (scale == FEN_PPM && weights < INT64_C(1) << 20 &&
        !__builtin_mul_overflow((uint64_t)weight, (uint64_t)ppm, &small_factor) &&
        !__builtin_mul_overflow((uint64_t)a.whole, small_factor, &small) &&
        !__builtin_add_overflow(small, (uint64_t)a.part * small_factor / FEN_PPM, &small))
        return (int64_t)(small / ((uint64_t)weights * FEN_PPM));
    fen_uint128 factor = (fen_uint128)weight * (fen_uint128)ppm;
    fen_uint128 divisor = (fen_uint128)weights * (fen_uint128)FEN_PPM;
    /* floor(x / d) = floor(floor(x) / d), so the part below one fen may be floored first. */
    fen_uint128 below = a.part * factor / scale;
    fen_uint128 amount = ((fen_uint128)a.whole * factor + below) / divisor;
    return (int64_t)amount;
}

int64_t fen_money_scale_floor(int64_t amount_fen, int64_t numerator, int64_t denominator)
{
    FEN_ASSERT(denominator > 0);
    if (numerator == denominator)
        return amount_fen;
    fen_int128 product = (fen_int128)amount_fen * numerator;
    fen_int128 quotient = product / denominator;
    if (product % denominator < 0)
        quotient--;
    FEN_ASSERT(quotient >= INT64_MIN && quotient <= INT64_MAX);
    return (int64_t)quotient;
}

int64_t fen_exact_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a == 0 ? 1 : a;
}

int64_t fen_exact_common(int64_t a, int64_t b)
{
    fen_uint128 common = (fen_uint128)(a / fen_exact_divisor(a, b)) * (fen_uint128)b;
    return common < ((fen_uint128)1 << 60) ? (int64_t)common : 0;
}
