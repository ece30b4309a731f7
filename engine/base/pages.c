/* pages: see pages.h. Without huge pages the advice is refused, and nothing else changes. */
#include "base/pages.h"

#include <jemalloc/jemalloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#pragma weak mallctl /* absent where jemalloc is not linked */

static extent_hooks_t *usual_hooks; /* jemalloc's own; NULL: not to be had */
static extent_hooks_t huge_hooks;   /* the same, but for `alloc` */
static pthread_once_t once = PTHREAD_ONCE_INIT;

void *fen_pages_take(size_t size_bytes)
{
    if (size_bytes < FEN_PAGES_HUGE_BYTES) {
        void *memory = malloc(size_bytes);
        FEN_ASSERT(memory != NULL && "out of memory");
        return memory;
    }
    size_t rounded = (size_bytes + FEN_PAGES_HUGE_BYTES - 1) & ~(FEN_PAGES_HUGE_BYTES - 1);
    FEN_ASSERT(rounded >= size_bytes);
    void *memory = aligned_alloc(FEN_PAGES_HUGE_BYTES, rounded);
    FEN_ASSERT(memory != NULL && "out of memory");
    (void)madvise(memory, rounded, MADV_HUGEPAGE);
    return memory;
}

static void *extent_alloc(extent_hooks_t *hooks, void *address, size_t size_bytes,
                          size_t alignment, bool *zero, bool *commit, unsigned arena)
{
    void *extent =
        usual_hooks->alloc(hooks, address, size_bytes, alignment, zero, commit, arena);
    if (extent != NULL && size_bytes >= FEN_PAGES_HUGE_BYTES)
        (void)madvise(extent, size_bytes, MADV_HUGEPAGE);
    return extent;
}

static void make_hooks(void)
{
    size_t size_bytes = sizeof usual_hooks;
    if (mallctl == NULL
        || mallctl("arena.0.extent_hooks", &usual_hooks, &size_bytes, NULL, 0) != 0)
        return;
    huge_hooks = *usual_hooks;
    huge_hooks.alloc = extent_alloc;
}

void fen_pages_prefer_huge(void)
{
    unsigned arena;
    size_t size_bytes = sizeof arena;
    extent_hooks_t *hooks = &huge_hooks;
    (void)pthread_once(&once, make_hooks);
    if (usual_hooks != NULL
        && mallctl("arenas.create", &arena, &size_bytes, &hooks, sizeof hooks) == 0)
        (void)mallctl("thread.arena", NULL, NULL, &arena, sizeof arena);
}
