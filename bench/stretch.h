/*
 * stretch: how long each batch of a stretch of batches took; their median, p99 and longest.
 *
 * Threads: one.
 */
#ifndef BENCH_STRETCH_H
#define BENCH_STRETCH_H

#include <stdint.h>

/* Nanoseconds of each batch; zero it before the first. */
struct bench_stretch {
    int64_t *wall_ns;
    int64_t *cpu_ns;
    uint32_t count;
    uint32_t capacity;
};

/* Of a stretch; all 0 without batches. */
struct bench_stretch_figures {
    double wall_p50_ms, wall_p99_ms, wall_max_ms;
    double cpu_p50_ms, cpu_p99_ms, cpu_max_ms;
    double cpu_sum_ms;
};

void bench_stretch_add(struct bench_stretch *stretch, int64_t wall_ns, int64_t cpu_ns);

/* Sorts the times; free them with deinit. */
struct bench_stretch_figures bench_stretch_figures(struct bench_stretch *stretch);
void bench_stretch_deinit(struct bench_stretch *stretch);

#endif /* BENCH_STRETCH_H */
