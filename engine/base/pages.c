/* pages: see pages.h. Without huge pages the advice is refused, and nothing else changes. */
#include "base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

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
