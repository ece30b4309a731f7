/*
 * preload_memory: the k-th allocation of a process fails, once.
 *
 * FEN_FAULT_MALLOC=K counts malloc, calloc, realloc and aligned_alloc of all threads together from
 * the start; FEN_FAULT_MALLOC_LIMIT=BYTES fails every single one greater than that instead.
 *
 * Threads: any.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_int_fast64_t left = -1;
static size_t limit_bytes = SIZE_MAX;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);

/* dlsym may allocate before it has told us where from; this is never given back. */
static char early[65536];
static size_t early_used;

static void *allocate_early(size_t size)
{
    size_t from = (early_used + 15) & ~(size_t)15;
    early_used = from + size;
    return early_used <= sizeof early ? early + from : NULL;
}

static bool is_early(const void *memory)
{
    return (const char *)memory >= early && (const char *)memory < early + sizeof early;
}

__attribute__((constructor)) static void resolve(void)
{
    void *(*found)(size_t) = (void *(*)(size_t))(uintptr_t)dlsym(RTLD_NEXT, "malloc");
    next_calloc = (void *(*)(size_t, size_t))(uintptr_t)dlsym(RTLD_NEXT, "calloc");
    next_realloc = (void *(*)(void *, size_t))(uintptr_t)dlsym(RTLD_NEXT, "realloc");
    next_aligned_alloc = (void *(*)(size_t, size_t))(uintptr_t)dlsym(RTLD_NEXT, "aligned_alloc");
    next_malloc = found;
    const char *count = getenv("FEN_FAULT_MALLOC");
    const char *limit = getenv("FEN_FAULT_MALLOC_LIMIT");
    if (limit != NULL)
        limit_bytes = (size_t)strtoull(limit, NULL, 10);
    if (count != NULL)
        atomic_store(&left, strtoll(count, NULL, 10));
}

static bool fails(size_t size)
{
    bool is_due = atomic_load(&left) > 0 && atomic_fetch_sub(&left, 1) == 1;
    if (is_due || size > limit_bytes)
        errno = ENOMEM;
    return is_due || size > limit_bytes;
}

void *malloc(size_t size)
{
    if (next_malloc == NULL)
        return allocate_early(size);
    return fails(size) ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (next_malloc == NULL)
        return allocate_early(count * size);
    return fails(count * size) ? NULL : next_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    if (fails(size))
        return NULL;
    if (!is_early(memory) && next_malloc != NULL)
        return next_realloc(memory, size);
    void *moved = malloc(size);
    if (moved != NULL && memory != NULL) {
        size_t kept = (size_t)(early + sizeof early - (char *)memory);
        memcpy(moved, memory, kept < size ? kept : size);
    }
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(size) ? NULL : next_aligned_alloc(alignment, size);
}

void free(void *memory)
{
    static void (*next)(void *);
    if (memory == NULL || is_early(memory))
        return;
    if (next == NULL)
        next = (void (*)(void *))(uintptr_t)dlsym(RTLD_NEXT, "free");
    next(memory);
}
