/* slab: see slab.h. Classes 0..63 are 16, 32, ... 1024 bytes; 64..69 are 2 KiB ... 64 KiB. */
#include "base/slab.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/guard.h"
#include "base/pages.h"

#define STEP_BYTES 16u
#define STEP_CLASS_COUNT 64u
#define STEP_SIZE_BYTES_MAX (STEP_BYTES * STEP_CLASS_COUNT)
#define CLASS_COUNT (STEP_CLASS_COUNT + 6u)
#define SIZE_BYTES_MAX (64u * 1024u)
/* With its head a chunk fills what the allocator takes for it. */
#define CHUNK_BYTES_MIN (64u * 1024u - sizeof(struct chunk))
#define CHUNK_BYTES_MAX (4u * 1024u * 1024u - sizeof(struct chunk))

struct block {
    struct block *next;
};

struct chunk {
    struct chunk *next;
    _Alignas(16) char data[];
};

struct fen_slab {
    struct block *free[CLASS_COUNT];
    struct chunk *chunks;
    char *fresh; /* unused tail of the newest chunk */
    size_t fresh_bytes;
    size_t chunk_bytes; /* of the next chunk: doubles, so that small slabs stay small */
    size_t held_bytes;
    size_t taken_bytes;
};

static uint32_t class_of(size_t size_bytes)
{
    if (size_bytes <= STEP_SIZE_BYTES_MAX)
        return size_bytes == 0 ? 0 : (uint32_t)((size_bytes - 1) / STEP_BYTES);
    uint32_t class = STEP_CLASS_COUNT;
    for (size_t room = 2 * STEP_SIZE_BYTES_MAX; room < size_bytes; room *= 2)
        class++;
    return class;
}

static size_t class_bytes(uint32_t class)
{
    if (class < STEP_CLASS_COUNT)
        return (class + 1u) * STEP_BYTES;
    return (size_t)(2 * STEP_SIZE_BYTES_MAX) << (class - STEP_CLASS_COUNT);
}

struct fen_slab *fen_slab_create(void)
{
    struct fen_slab *slab = calloc(1, sizeof *slab);
    FEN_ASSERT(slab != NULL && "out of memory");
    slab->chunk_bytes = CHUNK_BYTES_MIN;
    return slab;
}

void fen_slab_destroy(struct fen_slab *slab)
{
    if (slab == NULL)
        return;
    for (struct chunk *chunk = slab->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(slab);
}

static size_t next_chunk_bytes(const struct fen_slab *slab)
{
    return 2 * (slab->chunk_bytes + sizeof(struct chunk)) - sizeof(struct chunk);
}

static void slab_refill(struct fen_slab *slab, size_t needed_bytes)
{
    while (slab->chunk_bytes < needed_bytes)
        slab->chunk_bytes = next_chunk_bytes(slab);
    struct chunk *chunk = fen_pages_take(sizeof *chunk + slab->chunk_bytes);
    chunk->next = slab->chunks;
    slab->chunks = chunk;
    FEN_GUARD_SHUT(chunk->data, slab->chunk_bytes);
    slab->fresh = chunk->data;
    slab->fresh_bytes = slab->chunk_bytes;
    slab->held_bytes += slab->chunk_bytes;
    if (slab->chunk_bytes < CHUNK_BYTES_MAX)
        slab->chunk_bytes = next_chunk_bytes(slab);
}

static void *take_large(struct fen_slab *slab, size_t size_bytes)
{
    void *block = malloc(size_bytes);
    FEN_ASSERT(block != NULL && "out of memory");
    slab->held_bytes += size_bytes;
    slab->taken_bytes += size_bytes;
    return block;
}

void *fen_slab_take(struct fen_slab *slab, size_t size_bytes)
{
    if (size_bytes > SIZE_BYTES_MAX)
        return take_large(slab, size_bytes);
    uint32_t class = class_of(size_bytes);
    size_t room_bytes = class_bytes(class);
    slab->taken_bytes += room_bytes;
    struct block *block = slab->free[class];
    if (block != NULL) {
        FEN_GUARD_OPEN(block, sizeof *block);
        slab->free[class] = block->next;
        FEN_GUARD_OPEN(block, room_bytes);
        FEN_GUARD_SPOIL(block, room_bytes);
        return block;
    }
    if (slab->fresh_bytes < room_bytes)
        slab_refill(slab, room_bytes);
    block = (struct block *)(void *)slab->fresh;
    slab->fresh += room_bytes;
    slab->fresh_bytes -= room_bytes;
    FEN_GUARD_OPEN(block, room_bytes);
    FEN_GUARD_SPOIL(block, room_bytes);
    return block;
}

void fen_slab_give(struct fen_slab *slab, void *memory, size_t size_bytes)
{
    if (memory == NULL)
        return;
    if (size_bytes > SIZE_BYTES_MAX) {
        slab->held_bytes -= size_bytes;
        slab->taken_bytes -= size_bytes;
        free(memory);
        return;
    }
    uint32_t class = class_of(size_bytes);
    struct block *block = memory;
    FEN_GUARD_OPEN(block, sizeof *block);
    block->next = slab->free[class];
    slab->free[class] = block;
    FEN_GUARD_SHUT(block, class_bytes(class));
    slab->taken_bytes -= class_bytes(class);
}

size_t fen_slab_room_bytes(size_t size_bytes)
{
    return size_bytes > SIZE_BYTES_MAX ? size_bytes : class_bytes(class_of(size_bytes));
}

size_t fen_slab_held_bytes(const struct fen_slab *slab)
{
    return slab->held_bytes;
}

size_t fen_slab_taken_bytes(const struct fen_slab *slab)
{
    return slab->taken_bytes;
}
