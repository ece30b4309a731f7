/* zipf: fixed-point logarithm and exponential, then a table of cumulated weights. */
#include "cli/sale/zipf.h"

#include <stdlib.h>

/* Ranks with a weight of their own; then this many buckets an octave. */
#define EXACT_COUNT 256
#define BUCKETS_PER_OCTAVE 16
#define FRACTION_BITS 32
#define ONE_Q62 (UINT64_C(1) << 62)

struct bucket {
    uint64_t first; /* rank, from 1 */
    uint64_t count;
    uint64_t weight_end; /* cumulated, this bucket included */
};

struct fen_zipf {
    struct bucket *buckets;
    uint32_t bucket_count;
};

/* Binary logarithm of x >= 1 with 32 fraction bits, by repeated squaring. */
static uint64_t log2_q32(uint64_t x)
{
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x);
    uint64_t y = whole >= 62 ? x >> (whole - 62) : x << (62 - whole); /* in [1, 2) as Q62 */
    uint64_t fraction = 0;
    for (int i = 0; i < FRACTION_BITS; i++) {
        y = (uint64_t)(((fen_uint128)y * y) >> 62);
        fraction <<= 1;
        if (y >= 2 * ONE_Q62) {
            fraction |= 1;
            y >>= 1;
        }
    }
    return ((uint64_t)whole << FRACTION_BITS) | fraction;
}

/* Square root of a Q62 number in (0, 1], as Q62. */
static uint64_t sqrt_q62(uint64_t x)
{
    fen_uint128 square = (fen_uint128)x << 62;
    uint64_t root = 0;
    for (uint64_t bit = ONE_Q62; bit > 0; bit >>= 1) {
        uint64_t tried = root | bit;
        if ((fen_uint128)tried * tried <= square)
            root = tried;
    }
    return root;
}

/* 2^-x for x >= 0 in Q32, as Q62: the product of 2^-(1/2^i) over the set bits of the fraction. */
static uint64_t exp2_negative_q62(uint64_t x_q32, const uint64_t roots[FRACTION_BITS])
{
    uint64_t whole = x_q32 >> FRACTION_BITS;
    if (whole >= 62)
        return 0;
    uint64_t y = ONE_Q62;
    for (int i = 0; i < FRACTION_BITS; i++) {
        if (x_q32 & (UINT64_C(1) << (FRACTION_BITS - 1 - i)))
            y = (uint64_t)(((fen_uint128)y * roots[i]) >> 62);
    }
    return y >> whole;
}

/* Weight of `count` ranks around `middle`, as Q32; never 0, so that no rank is impossible. */
static uint64_t weight_of(uint64_t middle, uint64_t count, int64_t exponent_ppm,
                          const uint64_t roots[FRACTION_BITS])
{
    fen_uint128 x = (fen_uint128)log2_q32(middle) * (uint64_t)exponent_ppm / 1000000;
    uint64_t one = exp2_negative_q62((uint64_t)x, roots);
    uint64_t weight = (uint64_t)(((fen_uint128)one * count) >> 30);
    return weight == 0 ? 1 : weight;
}

/* The first rank after the bucket that begins at `first`. */
static uint64_t bucket_end(uint64_t first)
{
    if (first <= EXACT_COUNT)
        return first + 1;
    uint64_t octave = UINT64_C(1) << (63 - __builtin_clzll(first));
    return first + octave / BUCKETS_PER_OCTAVE;
}

struct fen_zipf *fen_zipf_create(uint64_t count, int64_t exponent_ppm)
{
    FEN_ASSERT(count > 0 && exponent_ppm >= 0 && exponent_ppm <= FEN_ZIPF_EXPONENT_PPM_MAX);
    uint64_t roots[FRACTION_BITS];
    uint64_t root = ONE_Q62 / 2;
    for (int i = 0; i < FRACTION_BITS; i++)
        roots[i] = root = sqrt_q62(root);
    struct fen_zipf *zipf = calloc(1, sizeof *zipf);
    FEN_ASSERT(zipf != NULL);
    zipf->buckets = calloc(EXACT_COUNT + 64 * BUCKETS_PER_OCTAVE, sizeof *zipf->buckets);
    FEN_ASSERT(zipf->buckets != NULL);
    uint64_t weight_end = 0;
    for (uint64_t first = 1; first <= count;) {
        uint64_t end = bucket_end(first);
        end = end > count + 1 ? count + 1 : end;
        weight_end += weight_of(first + (end - first) / 2, end - first, exponent_ppm, roots);
        zipf->buckets[zipf->bucket_count++] = (struct bucket){first, end - first, weight_end};
        first = end;
    }
    return zipf;
}

void fen_zipf_destroy(struct fen_zipf *zipf)
{
    if (zipf == NULL)
        return;
    free(zipf->buckets);
    free(zipf);
}

uint64_t fen_zipf_draw(const struct fen_zipf *zipf, struct fen_random *random)
{
    uint64_t drawn =
        fen_random_below(random, zipf->buckets[zipf->bucket_count - 1].weight_end);
    uint32_t low = 0;
    uint32_t high = zipf->bucket_count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (zipf->buckets[middle].weight_end > drawn)
            high = middle;
        else
            low = middle + 1;
    }
    const struct bucket *bucket = &zipf->buckets[low];
    return bucket->first - 1 + fen_random_below(random, bucket->count);
}
