/* histogram: see histogram.h. Values into buckets, buckets into quantiles. */
#include "base/histogram.h"

#include "base/assert.h"

/*
 * Values below 16 have a bucket each. Above, a value with its highest bit at position p >= 4 falls
 * into group p - 3, and there into the part named by the 4 bits after the highest.
 */
static uint32_t bucket_of(uint64_t value)
{
    if (value < FEN_HISTOGRAM_PART_COUNT)
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - 4u;
    return (shift + 1) * FEN_HISTOGRAM_PART_COUNT
           + (uint32_t)(value >> shift) % FEN_HISTOGRAM_PART_COUNT;
}

/* The greatest value of a bucket. */
static uint64_t bound_of(uint32_t bucket)
{
    uint32_t group = bucket / FEN_HISTOGRAM_PART_COUNT;
    uint64_t part = bucket % FEN_HISTOGRAM_PART_COUNT;
    if (group == 0)
        return part;
    return ((FEN_HISTOGRAM_PART_COUNT + part + 1) << (group - 1)) - 1;
}

/* Relaxed: a reader needs whole numbers only, and there is one writer. */
static void add_to(uint64_t *counter, uint64_t more)
{
    __atomic_store_n(counter, *counter + more, __ATOMIC_RELAXED);
}

void fen_histogram_add(struct fen_histogram *histogram, uint64_t value)
{
    add_to(&histogram->sum, value);
    add_to(&histogram->count, 1);
    if (value > histogram->max)
        __atomic_store_n(&histogram->max, value, __ATOMIC_RELAXED);
    add_to(&histogram->buckets[bucket_of(value)], 1);
}

void fen_histogram_read(const struct fen_histogram *histogram, struct fen_histogram *sum)
{
    for (uint32_t i = 0; i < FEN_HISTOGRAM_BUCKET_COUNT; i++)
        sum->buckets[i] += __atomic_load_n(&histogram->buckets[i], __ATOMIC_RELAXED);
    sum->count += __atomic_load_n(&histogram->count, __ATOMIC_RELAXED);
    sum->sum += __atomic_load_n(&histogram->sum, __ATOMIC_RELAXED);
    uint64_t max = __atomic_load_n(&histogram->max, __ATOMIC_RELAXED);
    if (max > sum->max)
        sum->max = max;
}

uint64_t fen_histogram_quantile(const struct fen_histogram *snapshot, uint32_t permille)
{
    FEN_ASSERT(permille <= 1000);
    uint64_t total = 0;
    for (uint32_t i = 0; i < FEN_HISTOGRAM_BUCKET_COUNT; i++)
        total += snapshot->buckets[i];
    uint64_t wanted = total / 1000 * permille + (total % 1000 * permille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t i = 0; total > 0 && i < FEN_HISTOGRAM_BUCKET_COUNT; i++) {
        seen += snapshot->buckets[i];
        if (seen >= wanted && seen > 0) {
            uint64_t bound = bound_of(i);
            return bound < snapshot->max ? bound : snapshot->max;
        }
    }
    return 0;
}

uint64_t fen_histogram_count_to(const struct fen_histogram *snapshot, uint64_t bound)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < FEN_HISTOGRAM_BUCKET_COUNT && bound_of(i) <= bound; i++)
        count += snapshot->buckets[i];
    return count;
}
