/* stretch: see the header. */
#include "bench/stretch.h"

#include <stdlib.h>

#include "base/assert.h"

void bench_stretch_add(struct bench_stretch *stretch, int64_t wall_ns, int64_t cpu_ns)
{
    if (stretch->count == stretch->capacity) {
        stretch->capacity = stretch->capacity == 0 ? 256 : stretch->capacity * 2;
        stretch->wall_ns =
            realloc(stretch->wall_ns, stretch->capacity * sizeof *stretch->wall_ns);
        stretch->cpu_ns = realloc(stretch->cpu_ns, stretch->capacity * sizeof *stretch->cpu_ns);
        FEN_ASSERT(stretch->wall_ns != NULL && stretch->cpu_ns != NULL);
    }
    stretch->wall_ns[stretch->count] = wall_ns;
    stretch->cpu_ns[stretch->count++] = cpu_ns;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The time that the given share of the sorted times does not exceed. */
static double quantile_ms(const int64_t *times_ns, uint32_t count, double share)
{
    return (double)times_ns[(uint32_t)(share * (count - 1) + 0.5)] / 1e6;
}

struct bench_stretch_figures bench_stretch_figures(struct bench_stretch *stretch)
{
    struct bench_stretch_figures figures = {0};
    if (stretch->count == 0)
        return figures;
    qsort(stretch->wall_ns, stretch->count, sizeof *stretch->wall_ns, compare);
    qsort(stretch->cpu_ns, stretch->count, sizeof *stretch->cpu_ns, compare);
    figures.wall_p50_ms = quantile_ms(stretch->wall_ns, stretch->count, 0.5);
    figures.wall_p99_ms = quantile_ms(stretch->wall_ns, stretch->count, 0.99);
    figures.wall_max_ms = quantile_ms(stretch->wall_ns, stretch->count, 1);
    figures.cpu_p50_ms = quantile_ms(stretch->cpu_ns, stretch->count, 0.5);
    figures.cpu_p99_ms = quantile_ms(stretch->cpu_ns, stretch->count, 0.99);
    figures.cpu_max_ms = quantile_ms(stretch->cpu_ns, stretch->count, 1);
    for (uint32_t index = 0; index < stretch->count; index++)
        figures.cpu_sum_ms += (double)stretch->cpu_ns[index] / 1e6;
    return figures;
}

void bench_stretch_deinit(struct bench_stretch *stretch)
{
    free(stretch->wall_ns);
    free(stretch->cpu_ns);
    *stretch = (struct bench_stretch){0};
}
