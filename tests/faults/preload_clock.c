/*
 * preload_clock: the wall clock of one process, set forwards and back while it runs.
 *
 * Why our own: libfaketime and jemalloc wait for each other at start. FEN_FAULT_CLOCK names a file
 * of 8 bytes, the offset in nanoseconds, which the test rewrites. Waits for an absolute wall time
 * are moved too, as if the kernel's clock had been set.
 *
 * Threads: any; the offset is one aligned word.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static const int64_t *offset_ns;

__attribute__((constructor)) static void map_offset(void)
{
    const char *path = getenv("FEN_FAULT_CLOCK");
    int descriptor = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *memory = descriptor < 0 ? MAP_FAILED
                                  : mmap(NULL, 8, PROT_READ, MAP_SHARED, descriptor, 0);
    if (memory != MAP_FAILED)
        offset_ns = memory;
}

static void move(struct timespec *at, int64_t by_ns)
{
    int64_t nanoseconds = at->tv_nsec + by_ns % 1000000000;
    at->tv_sec += by_ns / 1000000000 + (nanoseconds < 0 ? -1 : nanoseconds / 1000000000);
    at->tv_nsec = nanoseconds < 0 ? nanoseconds + 1000000000 : nanoseconds % 1000000000;
}

static int64_t offset(void)
{
    return offset_ns == NULL ? 0 : __atomic_load_n(offset_ns, __ATOMIC_RELAXED);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        move(now, offset());
    return result;
}

int timespec_get(struct timespec *now, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now_out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now_out != NULL)
        *now_out = now.tv_sec;
    return now.tv_sec;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
    int (*next)(cnd_t *, mtx_t *, const struct timespec *) =
        (int (*)(cnd_t *, mtx_t *, const struct timespec *))(uintptr_t)dlsym(RTLD_NEXT,
                                                                           "cnd_timedwait");
    struct timespec real = *until;
    move(&real, -offset());
    return next(condition, mutex, &real);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
        (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))(uintptr_t)dlsym(
            RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec real = *until;
    move(&real, -offset());
    return next(condition, mutex, &real);
}
