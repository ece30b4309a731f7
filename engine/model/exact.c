/* exact: see exact.h. */
#include "model/exact.h"

struct fen_exact fen_exact_ratio_wide(int64_t amount_fen, int64_t numerator, int64_t denominator,
                                      fen_uint128 scale)
{
    fen_uint128 divisor = (fen_uint128)denominator;
    fen_uint128 product = (fen_uint128)amount_fen * (fen_uint128)numerator;
    fen_uint128 whole = product / divisor;
    fen_uint128 rest = product % divisor;
    FEN_ASSERT(whole < ((fen_uint128)1 << 62));
    fen_uint128 common = (fen_uint128)fen_exact_divisor((int64_t)rest, denominator);
    fen_uint128 reduced = divisor / common;
    FEN_ASSERT(scale % reduced == 0);
    return (struct fen_exact){(int64_t)whole, rest / common * (scale / reduced)};
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

int64_t fen_exact_part_floor(struct fen_exact a, fen_uint128 scale, int64_t weight,
                             int64_t weights, int64_t ppm)
{
    FEN_ASSERT(weight >= 0 && weight <= weights && weights <= FEN_EXACT_WEIGHTS_MAX);
    FEN_ASSERT(ppm >= 0 && ppm <= FEN_PPM);
    FEN_ASSERT(scale <= FEN_EXACT_SCALE_MAX && a.part < scale);
    uint64_t factor = (uint64_t)weight * (uint64_t)ppm, small; /* at most 1.6 x 10^13 */
    uint64_t divisor = (uint64_t)weights * FEN_PPM;
    /* The quick way for what most lines pay, in 64 bits: parts are below 10^6. */
    if (scale == FEN_PPM && !__builtin_mul_overflow((uint64_t)a.whole, factor, &small) &&
        !__builtin_add_overflow(small, (uint64_t)a.part * factor / FEN_PPM, &small))
        return (int64_t)(small / divisor);
    /* floor(x / d) = floor(floor(x) / d), so the part below one fen may be floored first. */
    fen_uint128 below = a.part * factor / scale;
    fen_uint128 amount = ((fen_uint128)a.whole * factor + below) / divisor;
    return (int64_t)amount;
}

int64_t fen_money_scale_floor_wide(int64_t amount_fen, int64_t numerator, int64_t denominator)
{
    fen_int128 quotient = (fen_int128)amount_fen * numerator / denominator;
    FEN_ASSERT(quotient <= INT64_MAX);
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
    FEN_ASSERT(common < (fen_uint128)1 << 60);
    return (int64_t)common;
}
