/*
 * guard: memory of our own allocators under AddressSanitizer.
 *
 * Why: to the sanitizer an arena's chunk or a slab's is one piece of memory, in which a write
 * beyond a block or a read of one given back goes unseen. So the allocators tell it what may be
 * touched. In every other build nothing of this is there.
 *
 * Threads: any.
 */
#ifndef FEN_BASE_GUARD_H
#define FEN_BASE_GUARD_H

#ifdef __has_feature /* clang's way to say so */
#if __has_feature(address_sanitizer)
#define FEN_GUARD_IS_ON
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FEN_GUARD_IS_ON
#endif

#ifdef FEN_GUARD_IS_ON
#include <string.h>

#include <sanitizer/asan_interface.h>

/* Left between two pieces that stand side by side. */
#define FEN_GUARD_GAP_BYTES 16u
/* From here on the bytes may not be touched, or may again. */
#define FEN_GUARD_SHUT(memory, size_bytes) __asan_poison_memory_region((memory), (size_bytes))
#define FEN_GUARD_OPEN(memory, size_bytes) __asan_unpoison_memory_region((memory), (size_bytes))
/* A piece just handed out holds nothing that may be relied on. */
#define FEN_GUARD_SPOIL(memory, size_bytes) memset((memory), 0xA5, (size_bytes))
#else
#define FEN_GUARD_GAP_BYTES 0u
#define FEN_GUARD_SHUT(memory, size_bytes) ((void)(memory), (void)(size_bytes))
#define FEN_GUARD_OPEN(memory, size_bytes) ((void)(memory), (void)(size_bytes))
#define FEN_GUARD_SPOIL(memory, size_bytes) ((void)(memory), (void)(size_bytes))
#endif

#endif /* FEN_BASE_GUARD_H */
