/*
 * arena: memory that is handed out by moving a pointer and taken back all at once.
 *
 * Why: everything a batch needs dies with the batch. An arena keeps its chunks over a reset, so
 * that after the largest batch has been seen, the hot path allocates nothing.
 * Running out of memory ends the process (crash-only: the log holds the truth).
 *
 * Threads: an arena belongs to one thread at a time.
 */
#ifndef FEN_BASE_ARENA_H
#define FEN_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/guard.h"
#include "base/str.h"

/* Every piece begins at a multiple of it. */
#define FEN_ARENA_ALIGNMENT 16u

struct fen_arena_chunk;

/* For the functions here alone; in the open so that handing out costs a few instructions. */
struct fen_arena {
    char *next; /* of the current chunk, where the next piece begins */
    char *end;
    struct fen_arena_chunk *first;
    struct fen_arena_chunk *current; /* those behind it are not in use */
    size_t chunk_bytes;
    size_t held_bytes;
    size_t passed_bytes; /* handed out of chunks before the current one */
};

/* Make an arena that grows by chunks of at least `chunk_bytes`. The caller destroys it. */
struct fen_arena *fen_arena_create(size_t chunk_bytes) FEN_MUST_USE;

/* Free the arena and all it handed out; NULL is fine. */
void fen_arena_destroy(struct fen_arena *arena);

/* Take back everything; the chunks stay with the arena for the next batch. */
void fen_arena_reset(struct fen_arena *arena);

/* As fen_arena_allocate, from the next chunk with room. */
void *fen_arena_allocate_ahead(struct fen_arena *arena, size_t size_bytes) FEN_MUST_USE;

/* What a piece takes of a chunk. */
static inline size_t fen_arena_rounded(size_t size_bytes)
{
    return ((size_bytes + FEN_ARENA_ALIGNMENT - 1) & ~(size_t)(FEN_ARENA_ALIGNMENT - 1)) +
           FEN_GUARD_GAP_BYTES;
}

/* `size_bytes` of uninitialised memory, aligned to 16; valid until reset or destroy. Never NULL. */
FEN_MUST_USE static inline void *fen_arena_allocate(struct fen_arena *arena, size_t size_bytes)
{
    size_t room_bytes = (size_t)(arena->end - arena->next); /* aligned: what fits, fits rounded */
    if (size_bytes > room_bytes ||
        (FEN_GUARD_GAP_BYTES > 0 && fen_arena_rounded(size_bytes) > room_bytes))
        return fen_arena_allocate_ahead(arena, size_bytes);
    void *memory = arena->next;
    FEN_GUARD_OPEN(memory, size_bytes);
    FEN_GUARD_SPOIL(memory, size_bytes);
    arena->next += fen_arena_rounded(size_bytes);
    return memory;
}

/* Like fen_arena_allocate, filled with zeros. */
void *fen_arena_allocate_zeroed(struct fen_arena *arena, size_t size_bytes) FEN_MUST_USE;

/*
 * Room for `count` items of `size_bytes`, holding the first `kept` of `items`; for arrays that
 * grow: the old array stays where it was. Never NULL.
 */
void *fen_arena_grow(struct fen_arena *arena, const void *items, uint32_t kept, uint32_t count,
                     size_t size_bytes) FEN_MUST_USE;

/* `items`, of which `count` are there, with room for `more`; *capacity at least doubles. */
FEN_MUST_USE static inline void *fen_arena_reserve(struct fen_arena *arena, void *items,
                                                   uint32_t count, uint32_t *capacity,
                                                   uint32_t more, size_t size_bytes)
{
    if (*capacity - count >= more)
        return items;
    *capacity = *capacity * 2 + more;
    return fen_arena_grow(arena, items, count, *capacity, size_bytes);
}

/* A copy of `str` in the arena; absent stays absent. */
struct fen_str fen_arena_copy(struct fen_arena *arena, struct fen_str str);

/* "a" + separator + "b" in the arena. */
struct fen_str fen_arena_join(struct fen_arena *arena, struct fen_str a, char separator,
                              struct fen_str b);

/* printf into the arena; the result is not NUL-counted but is NUL-terminated. */
struct fen_str fen_arena_format(struct fen_arena *arena, const char *format, ...) FEN_PRINTF(2, 3);

/* The bytes handed out since the last reset, and the bytes held in chunks. */
size_t fen_arena_used_bytes(const struct fen_arena *arena);
size_t fen_arena_held_bytes(const struct fen_arena *arena);

/* Arena-allocate one zeroed struct of a type. */
#define FEN_ARENA_NEW(arena, type) ((type *)fen_arena_allocate_zeroed((arena), sizeof(type)))

/*
 * Append `value` to the array `items` (pointer, count, capacity are lvalues), growing it in the
 * arena by doubling. An array read from a record has a count and capacity 0: no room to spare.
 */
#define FEN_ARENA_PUSH(arena, items, count, capacity, value)                                       \
    do {                                                                                           \
        if ((count) >= (capacity)) {                                                               \
            (capacity) = (count) == 0 ? 8 : (count) * 2;                                           \
            (items) = fen_arena_grow((arena), (items), (count), (capacity), sizeof *(items));      \
        }                                                                                          \
        (items)[(count)++] = (value);                                                              \
    } while (0)

#endif /* FEN_BASE_ARENA_H */
