/* directory: see directory.h. */
#include "plan/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOT_COUNT_MIN 4u /* of a chunk: a cache line */

struct slot {
    uint64_t hash;
    struct fen_history *history; /* NULL: empty */
};

struct chunk {
    struct slot *slots; /* NULL: empty */
    uint64_t number;    /* of the snapshot the slots were made for */
    uint32_t count;
    uint32_t capacity; /* power of two; 0: empty */
};

struct fen_directory {
    uint64_t number;
    size_t item_size_bytes;
    uint32_t chunk_bits;
    struct chunk chunks[]; /* 2^chunk_bits */
};

static size_t chunk_count_of(const struct fen_directory *directory)
{
    return (size_t)1 << directory->chunk_bits;
}

static size_t chunk_index(const struct fen_directory *directory, uint64_t hash)
{
    return directory->chunk_bits == 0 ? 0 : (size_t)(hash >> (64 - directory->chunk_bits));
}

static void *allocate_zeroed(size_t size_bytes)
{
    void *memory = calloc(1, size_bytes);
    FEN_ASSERT(memory != NULL && "out of memory");
    return memory;
}

struct fen_directory *fen_directory_create(uint32_t chunk_bits, size_t item_size_bytes,
                                           uint64_t number)
{
    struct fen_directory *directory =
        allocate_zeroed(sizeof *directory + ((size_t)1 << chunk_bits) * sizeof *directory->chunks);
    directory->number = number;
    directory->item_size_bytes = item_size_bytes;
    directory->chunk_bits = chunk_bits;
    return directory;
}

void fen_directory_destroy(struct fen_directory *directory)
{
    if (directory == NULL)
        return;
    for (size_t index = 0; index < chunk_count_of(directory); index++) {
        const struct chunk *chunk = &directory->chunks[index];
        for (uint32_t slot = 0; slot < chunk->capacity; slot++)
            free(chunk->slots[slot].history);
        free(chunk->slots);
    }
    free(directory);
}

/* The slot of a key: where it stands, or the empty one where it belongs. */
static uint32_t find_slot(const struct chunk *chunk, uint64_t hash, struct fen_str tenant,
                          struct fen_str id)
{
    uint32_t mask = chunk->capacity - 1;
    uint32_t index = (uint32_t)hash & mask;
    for (;; index = (index + 1) & mask) {
        const struct slot *slot = &chunk->slots[index];
        if (slot->history == NULL)
            return index;
        if (slot->hash == hash && fen_str_equal(slot->history->id, id)
            && fen_str_equal(slot->history->tenant, tenant))
            return index;
    }
}

const struct fen_history *fen_directory_find(const struct fen_directory *directory,
                                             struct fen_str tenant, struct fen_str id)
{
    return fen_directory_find_hash(directory, fen_hash_pair(tenant, id), tenant, id);
}

const struct fen_history *fen_directory_find_hash(const struct fen_directory *directory,
                                                  uint64_t hash, struct fen_str tenant,
                                                  struct fen_str id)
{
    const struct chunk *chunk = &directory->chunks[chunk_index(directory, hash)];
    return chunk->slots == NULL ? NULL : chunk->slots[find_slot(chunk, hash, tenant, id)].history;
}

/* The slot where a key of this hash belongs; it may stand behind it. NULL: its chunk is empty. */
static const struct slot *first_slot(const struct fen_directory *directory, uint64_t hash)
{
    const struct chunk *chunk = &directory->chunks[chunk_index(directory, hash)];
    return chunk->slots == NULL ? NULL : &chunk->slots[(uint32_t)hash & (chunk->capacity - 1)];
}

void fen_directory_prefetch_slot(const struct fen_directory *directory, uint64_t hash)
{
    __builtin_prefetch(first_slot(directory, hash));
}

void fen_directory_prefetch_history(const struct fen_directory *directory, uint64_t hash)
{
    const struct slot *slot = first_slot(directory, hash);
    if (slot != NULL)
        __builtin_prefetch(slot->history);
}

/* The directory itself when it was made for the snapshot being built, else a copy. */
static struct fen_directory *own_directory(struct fen_directory *directory,
                                           struct fen_retire *retire)
{
    if (directory->number == retire->number)
        return directory;
    size_t size_bytes = sizeof *directory + chunk_count_of(directory) * sizeof *directory->chunks;
    struct fen_directory *copy = malloc(size_bytes);
    FEN_ASSERT(copy != NULL && "out of memory");
    memcpy(copy, directory, size_bytes);
    copy->number = retire->number;
    fen_retire_add(retire, directory, directory->number);
    return copy;
}

/* A chunk of the capacity with the same histories, for the snapshot being built. */
static struct chunk chunk_copy(const struct chunk *chunk, uint32_t capacity, uint64_t number)
{
    struct slot *slots = allocate_zeroed(capacity * sizeof *slots);
    for (uint32_t index = 0; index < chunk->capacity; index++) {
        if (chunk->slots[index].history == NULL)
            continue;
        uint32_t place = (uint32_t)chunk->slots[index].hash & (capacity - 1);
        while (slots[place].history != NULL)
            place = (place + 1) & (capacity - 1);
        slots[place] = chunk->slots[index];
    }
    return (struct chunk){slots, number, chunk->count, capacity};
}

/* The chunk of a hash, ready to take one more key. The directory is owned. */
static struct chunk *own_chunk(struct fen_directory *directory, struct fen_retire *retire,
                               uint64_t hash)
{
    struct chunk *chunk = &directory->chunks[chunk_index(directory, hash)];
    bool is_full = (chunk->count + 1) * 4 > chunk->capacity * 3;
    if (chunk->number == retire->number && !is_full)
        return chunk;
    uint32_t capacity = is_full ? chunk->capacity * 2 : chunk->capacity;
    if (capacity == 0)
        capacity = SLOT_COUNT_MIN;
    struct chunk copy = chunk_copy(chunk, capacity, retire->number);
    fen_retire_add(retire, chunk->slots, chunk->number);
    *chunk = copy;
    return chunk;
}

static struct fen_history *history_create(uint32_t capacity, size_t item_size_bytes,
                                          uint64_t number)
{
    struct fen_history *history = malloc(sizeof *history + capacity * item_size_bytes);
    FEN_ASSERT(history != NULL && "out of memory");
    history->number = number;
    history->count = 0;
    history->capacity = capacity;
    return history;
}

/*
 * The history itself when it is ours and has room, else a copy with room for one more; twice the
 * room when it grows within one snapshot, so that loading a long history is not quadratic.
 */
static struct fen_history *own_history(struct fen_history *history, struct fen_retire *retire,
                                       size_t item_size_bytes)
{
    bool is_ours = history->number == retire->number;
    if (is_ours && history->count < history->capacity)
        return history;
    uint32_t capacity = is_ours ? history->capacity * 2 : history->count + 1;
    struct fen_history *copy = history_create(capacity, item_size_bytes, retire->number);
    copy->tenant = history->tenant;
    copy->id = history->id;
    copy->count = history->count;
    memcpy(copy->items, history->items, history->count * item_size_bytes);
    fen_retire_add(retire, history, history->number);
    return copy;
}

struct fen_directory *fen_directory_insert(struct fen_directory *directory,
                                           struct fen_retire *retire, struct fen_str tenant,
                                           struct fen_str id, uint32_t position, const void *item)
{
    directory = own_directory(directory, retire);
    size_t size_bytes = directory->item_size_bytes;
    uint64_t hash = fen_hash_pair(tenant, id);
    struct chunk *chunk = own_chunk(directory, retire, hash);
    struct slot *slot = &chunk->slots[find_slot(chunk, hash, tenant, id)];
    if (slot->history == NULL) {
        slot->hash = hash;
        slot->history = history_create(1, size_bytes, retire->number);
        slot->history->tenant = tenant;
        slot->history->id = id;
        chunk->count++;
    } else {
        slot->history = own_history(slot->history, retire, size_bytes);
    }
    struct fen_history *history = slot->history;
    FEN_ASSERT(position <= history->count);
    unsigned char *place = history->items + position * size_bytes;
    memmove(place + size_bytes, place, (history->count - position) * size_bytes);
    memcpy(place, item, size_bytes);
    history->count++;
    return directory;
}
