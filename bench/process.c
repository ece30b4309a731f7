/* process: see the header. */
#include "bench/process.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define SECOND_US INT64_C(1000000)

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

int64_t bench_process_cpu_us(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SECOND_US
           + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

int64_t bench_process_thread_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t bench_process_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t bench_process_resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long long pages = 0;
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*d %lld", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* jemalloc's; absent where it is not linked. */
extern int mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size)
    __attribute__((weak));

bool bench_process_counts_allocations(void)
{
    return mallctl != NULL;
}

static uint64_t read_counter(const char *name)
{
    uint64_t value = 0;
    size_t size = sizeof value;
    if (mallctl(name, &value, &size, NULL, 0) != 0)
        bench_process_fail("jemalloc does not know %s", name);
    return value;
}

struct bench_allocations bench_process_allocations(void)
{
    if (mallctl == NULL)
        return (struct bench_allocations){0};
    uint64_t epoch = 1;
    (void)mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    (void)mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
    /* 4096 is MALLCTL_ARENAS_ALL. */
    return (struct bench_allocations){
        .calls = read_counter("stats.arenas.4096.small.nrequests")
                 + read_counter("stats.arenas.4096.large.nrequests"),
        .bytes = read_counter("thread.allocated"),
    };
}

void bench_process_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "%s: ", program_invocation_short_name);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

int64_t bench_process_number(const char *option, const char *text, int64_t min)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < min)
        bench_process_fail("--%s: %s is not a number of at least %lld", option, text,
                           (long long)min);
    return value;
}
