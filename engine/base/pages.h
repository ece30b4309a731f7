/*
 * pages: large pieces of memory, on huge pages where the system offers them.
 *
 * Why: a batch's arena and a table's slabs are filled from end to end; a page fault for each 4 KiB
 * would cost more than the work done in them.
 *
 * Threads: any.
 */
#ifndef FEN_BASE_PAGES_H
#define FEN_BASE_PAGES_H

#include <stddef.h>

#include "base/assert.h"

/* From this size on a piece is aligned to huge pages. */
#define FEN_PAGES_HUGE_BYTES ((size_t)2 * 1024 * 1024)

/* `size_bytes` of uninitialised memory; the caller frees it with free(). Never NULL. */
void *fen_pages_take(size_t size_bytes) FEN_MUST_USE;

/*
 * What the calling thread allocates from now on lies on huge pages where the system offers them:
 * for commands that fill gigabytes once and walk them at random. A service does not ask: what a
 * page holds beside what is used counts against its memory. Without jemalloc, as under a sanitizer,
 * nothing happens. Any thread may free the memory.
 */
void fen_pages_prefer_huge(void);

#endif /* FEN_BASE_PAGES_H */
