/*
 * process: what this process has used so far, and how a benchmark gives up.
 *
 * Threads: any.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

/* CPU time of all threads of the process, user and system, in microseconds. */
int64_t bench_process_cpu_us(void);

/* CPU time of the calling thread, in nanoseconds. */
int64_t bench_process_thread_ns(void);

/* Monotonic time in nanoseconds; the clock of cli/sale/pace.h. */
int64_t bench_process_clock_ns(void);

/* Resident memory now, in bytes; 0 where it cannot be read. */
int64_t bench_process_resident_bytes(void);

/* Allocations so far, by jemalloc's own counts: calls by all threads, bytes by the caller. */
struct bench_allocations {
    uint64_t calls;
    uint64_t bytes;
};

/* Both 0 where jemalloc is not linked. */
struct bench_allocations bench_process_allocations(void);

/* Whether jemalloc is linked, which counts them. */
bool bench_process_counts_allocations(void);

/* Say why on standard error and end with exit code 1. */
void bench_process_fail(const char *format, ...) FEN_PRINTF(1, 2) __attribute__((noreturn));

/* A whole number of at least `min`, or fail naming the option. */
int64_t bench_process_number(const char *option, const char *text, int64_t min);

#endif /* BENCH_PROCESS_H */
