/*
 * arena: see arena.h. Chunks form a list in order of creation; a reset walks it from the start.
 * Under AddressSanitizer there is a gap behind each piece (base/guard.h).
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

struct fen_arena_chunk {
    struct fen_arena_chunk *next;
    size_t size_bytes; /* of data, a multiple of the pieces' alignment */
    _Alignas(FEN_ARENA_ALIGNMENT) char data[];
};

/* Hand out from a chunk, of which nothing is in use, from now on. */
static void arena_turn_to(struct fen_arena *arena, struct fen_arena_chunk *chunk)
{
    arena->current = chunk;
    arena->next = chunk->data;
    arena->end = chunk->data + chunk->size_bytes;
}

static struct fen_arena_chunk *chunk_create(struct fen_arena *arena, size_t size_bytes)
{
    size_bytes = fen_arena_rounded(size_bytes);
    struct fen_arena_chunk *chunk = fen_pages_take(sizeof *chunk + size_bytes);
    chunk->next = NULL;
    chunk->size_bytes = size_bytes;
    FEN_GUARD_SHUT(chunk->data, size_bytes);
    arena->held_bytes += size_bytes;
    return chunk;
}

struct fen_arena *fen_arena_create(size_t chunk_bytes)
{
    struct fen_arena *arena = calloc(1, sizeof *arena);
    FEN_ASSERT(arena != NULL && "out of memory");
    arena->chunk_bytes = chunk_bytes < 256 ? 256 : chunk_bytes;
    arena->first = chunk_create(arena, arena->chunk_bytes);
    arena_turn_to(arena, arena->first);
    return arena;
}

void fen_arena_destroy(struct fen_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct fen_arena_chunk *chunk = arena->first, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

void fen_arena_reset(struct fen_arena *arena)
{
#ifdef FEN_GUARD_IS_ON
    for (struct fen_arena_chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next)
        FEN_GUARD_SHUT(chunk->data, chunk->size_bytes);
#endif
    arena_turn_to(arena, arena->first);
    arena->passed_bytes = 0;
}

static size_t current_used_bytes(const struct fen_arena *arena)
{
    return (size_t)(arena->next - arena->current->data);
}

/* Move on to a chunk with room: the next one kept from an earlier batch, or a new one. */
static void arena_advance(struct fen_arena *arena, size_t size_bytes)
{
    struct fen_arena_chunk *last = arena->current;
    arena->passed_bytes += current_used_bytes(arena);
    while (last->next != NULL && last->next->size_bytes < size_bytes)
        last = last->next;
    if (last->next == NULL)
        last->next = chunk_create(
            arena, size_bytes > arena->chunk_bytes ? size_bytes : arena->chunk_bytes);
    arena_turn_to(arena, last->next);
}

void *fen_arena_allocate_ahead(struct fen_arena *arena, size_t size_bytes)
{
    size_t rounded = fen_arena_rounded(size_bytes);
    FEN_ASSERT(rounded >= size_bytes);
    arena_advance(arena, rounded);
    return fen_arena_allocate(arena, size_bytes);
}

void *fen_arena_allocate_zeroed(struct fen_arena *arena, size_t size_bytes)
{
    return memset(fen_arena_allocate(arena, size_bytes), 0, size_bytes);
}

void *fen_arena_grow(struct fen_arena *arena, const void *items, uint32_t kept, uint32_t count,
                     size_t size_bytes)
{
    FEN_ASSERT(kept <= count);
    void *grown = fen_arena_allocate(arena, (size_t)count * size_bytes);
    if (kept > 0)
        memcpy(grown, items, (size_t)kept * size_bytes);
    return grown;
}

struct fen_str fen_arena_copy(struct fen_arena *arena, struct fen_str str)
{
    if (!fen_str_is_set(str))
        return str;
    char *data = fen_arena_allocate(arena, str.size);
    (void)fen_str_write(data, str);
    return (struct fen_str){data, str.size};
}

struct fen_str fen_arena_join(struct fen_arena *arena, struct fen_str a, char separator,
                              struct fen_str b)
{
    char *data = fen_arena_allocate(arena, (size_t)a.size + 1 + b.size);
    char *end = fen_str_write(data, a);
    *end++ = separator;
    (void)fen_str_write(end, b);
    return (struct fen_str){data, a.size + 1 + b.size};
}

struct fen_str fen_arena_format(struct fen_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    FEN_ASSERT(size >= 0);
    char *data = fen_arena_allocate(arena, (size_t)size + 1);
    vsnprintf(data, (size_t)size + 1, format, again);
    va_end(again);
    return (struct fen_str){data, (uint32_t)size};
}

size_t fen_arena_used_bytes(const struct fen_arena *arena)
{
    return arena->passed_bytes + current_used_bytes(arena);
}

size_t fen_arena_held_bytes(const struct fen_arena *arena)
{
    return arena->held_bytes;
}
