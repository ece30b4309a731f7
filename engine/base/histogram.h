/*
 * histogram: counts of values in log-linear buckets, for latencies and sizes.
 *
 * Each power of two is cut into 16 equal parts, so that a quantile is at most 6.25% too high, for
 * any value of 64 bits and in 8 KiB. One writer adds without a locked instruction.
 *
 * Threads: one writer; readers any, by relaxed loads. A reader may see a value that is counted in
 * `sum` and not yet in its bucket; never a torn number.
 */
#ifndef FEN_BASE_HISTOGRAM_H
#define FEN_BASE_HISTOGRAM_H

#include <stdint.h>

#define FEN_HISTOGRAM_PART_COUNT 16u
#define FEN_HISTOGRAM_BUCKET_COUNT (61u * FEN_HISTOGRAM_PART_COUNT)

/* Zero-initialise. */
struct fen_histogram {
    uint64_t buckets[FEN_HISTOGRAM_BUCKET_COUNT];
    uint64_t count;
    uint64_t sum;
    uint64_t max;
};

/* Count one value. Thread: the writer. */
void fen_histogram_add(struct fen_histogram *histogram, uint64_t value);

/* Add a snapshot of `histogram` to *sum (plain memory of the reader). Thread: any. */
void fen_histogram_read(const struct fen_histogram *histogram, struct fen_histogram *sum);

/*
 * The least bucket bound that at least `permille` thousandths of the values do not exceed, never
 * above the greatest value; 0 when empty. Of a snapshot.
 */
uint64_t fen_histogram_quantile(const struct fen_histogram *snapshot, uint32_t permille);

/* How many values of a snapshot are in buckets that end at or below `bound` (Prometheus `le`). */
uint64_t fen_histogram_count_to(const struct fen_histogram *snapshot, uint64_t bound);

#endif /* FEN_BASE_HISTOGRAM_H */
