/*
 * state_table: see state_table.h.
 *
 * Slots stand in an array; an open-addressed index of slot numbers (linear probing, at most 5/8
 * full) finds them. A block holds sizes, key and value in one piece.
 */
#include "base/state_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/guard.h"
#include "base/hash.h"

struct block {
    uint32_t value_size; /* VALUE_NONE: empty */
    uint32_t key_size;
    char data[]; /* key, value */
};

#define VALUE_NONE UINT32_MAX

struct slot {
    uint64_t hash;
    struct block *block;
    void *object;
};

struct fen_state_table {
    struct fen_slab *slab;
    struct slot *slots; /* [0] unused */
    uint32_t *index;    /* slot numbers, 0 free */
    uint32_t slot_count;
    uint32_t slot_capacity;
    uint32_t index_mask;
    uint32_t value_count;
};

struct fen_state_table *fen_state_table_create(struct fen_slab *slab)
{
    struct fen_state_table *table = calloc(1, sizeof *table);
    FEN_ASSERT(table != NULL && "out of memory");
    table->slab = slab;
    table->slot_capacity = 16;
    table->index_mask = 31;
    table->slots = calloc(table->slot_capacity, sizeof *table->slots);
    table->index = calloc(table->index_mask + 1, sizeof *table->index);
    FEN_ASSERT(table->slots != NULL && table->index != NULL && "out of memory");
    return table;
}

static size_t block_bytes(uint32_t key_size, uint32_t value_size)
{
    return sizeof(struct block) + key_size + (value_size == VALUE_NONE ? 0 : value_size);
}

void fen_state_table_destroy(struct fen_state_table *table)
{
    if (table == NULL)
        return;
    for (uint32_t slot = 1; slot <= table->slot_count; slot++) {
        struct block *block = table->slots[slot].block;
        fen_slab_give(table->slab, block, block_bytes(block->key_size, block->value_size));
    }
    free(table->slots);
    free(table->index);
    free(table);
}

static bool slot_has_key(const struct slot *slot, struct fen_str a, struct fen_str b)
{
    const struct block *block = slot->block;
    return block->key_size == a.size + 1 + b.size && memcmp(block->data, a.data, a.size) == 0 &&
           block->data[a.size] == '/' && memcmp(block->data + a.size + 1, b.data, b.size) == 0;
}

/* The index position that holds the key's slot, or the free one where it would go. */
static uint32_t table_probe(const struct fen_state_table *table, uint64_t hash, struct fen_str a,
                            struct fen_str b)
{
    uint32_t position = (uint32_t)hash & table->index_mask;
    for (;; position = (position + 1) & table->index_mask) {
        uint32_t number = table->index[position];
        if (number == 0)
            return position;
        const struct slot *slot = &table->slots[number];
        if (slot->hash == hash && slot_has_key(slot, a, b))
            return position;
    }
}

uint32_t fen_state_table_find(const struct fen_state_table *table, struct fen_str a,
                              struct fen_str b)
{
    return table->index[table_probe(table, fen_hash_pair(a, b), a, b)];
}

static void table_grow_index(struct fen_state_table *table)
{
    uint32_t mask = table->index_mask * 2 + 1;
    uint32_t *index = calloc((size_t)mask + 1, sizeof *index);
    FEN_ASSERT(index != NULL && "out of memory");
    for (uint32_t number = 1; number <= table->slot_count; number++) {
        uint32_t position = (uint32_t)table->slots[number].hash & mask;
        while (index[position] != 0)
            position = (position + 1) & mask;
        index[position] = number;
    }
    free(table->index);
    table->index = index;
    table->index_mask = mask;
}

static void table_grow_slots(struct fen_state_table *table)
{
    table->slot_capacity *= 2;
    table->slots = realloc(table->slots, table->slot_capacity * sizeof *table->slots);
    FEN_ASSERT(table->slots != NULL && "out of memory");
}

static struct block *block_create(struct fen_slab *slab, uint32_t key_size, uint32_t value_size)
{
    struct block *block = fen_slab_take(slab, block_bytes(key_size, value_size));
    block->key_size = key_size;
    block->value_size = value_size;
    return block;
}

/* A slot for a key that has none: `position` is where its number goes; the value is unwritten. */
static uint32_t slot_add(struct fen_state_table *table, uint64_t hash, uint32_t position,
                         struct fen_str a, struct fen_str b, uint32_t value_size)
{
    if ((uint64_t)(table->slot_count + 1) * 8 > ((uint64_t)table->index_mask + 1) * 5) {
        table_grow_index(table);
        position = table_probe(table, hash, a, b);
    }
    if (table->slot_count + 1 == table->slot_capacity)
        table_grow_slots(table);
    struct block *block = block_create(table->slab, a.size + 1 + b.size, value_size);
    memcpy(block->data, a.data, a.size);
    block->data[a.size] = '/';
    memcpy(block->data + a.size + 1, b.data, b.size);
    uint32_t number = ++table->slot_count;
    table->slots[number] = (struct slot){.hash = hash, .block = block};
    table->index[position] = number;
    return number;
}

uint32_t fen_state_table_insert(struct fen_state_table *table, struct fen_str a, struct fen_str b)
{
    uint64_t hash = fen_hash_pair(a, b);
    uint32_t position = table_probe(table, hash, a, b);
    if (table->index[position] != 0)
        return table->index[position];
    return slot_add(table, hash, position, a, b, VALUE_NONE);
}

uint32_t fen_state_table_put(struct fen_state_table *table, struct fen_str a, struct fen_str b,
                             struct fen_str value)
{
    uint64_t hash = fen_hash_pair(a, b);
    uint32_t position = table_probe(table, hash, a, b);
    uint32_t number = table->index[position];
    FEN_ASSERT(fen_str_is_set(value));
    if (number != 0) {
        fen_state_table_set(table, number, value);
        return number;
    }
    number = slot_add(table, hash, position, a, b, value.size);
    struct block *block = table->slots[number].block;
    memcpy(block->data + block->key_size, value.data, value.size);
    table->value_count++;
    return number;
}

void fen_state_table_prefetch(const struct fen_state_table *table, struct fen_str a,
                              struct fen_str b)
{
    __builtin_prefetch(&table->index[(uint32_t)fen_hash_pair(a, b) & table->index_mask], 1);
}

static struct slot *table_slot(const struct fen_state_table *table, uint32_t slot)
{
    FEN_ASSERT(slot >= 1 && slot <= table->slot_count);
    return &table->slots[slot];
}

struct fen_str fen_state_table_key(const struct fen_state_table *table, uint32_t slot)
{
    const struct block *block = table_slot(table, slot)->block;
    return (struct fen_str){block->data, block->key_size};
}

struct fen_str fen_state_table_value(const struct fen_state_table *table, uint32_t slot)
{
    const struct block *block = table_slot(table, slot)->block;
    if (block->value_size == VALUE_NONE)
        return FEN_STR_NONE;
    return (struct fen_str){block->data + block->key_size, block->value_size};
}

void fen_state_table_set(struct fen_state_table *table, uint32_t number, struct fen_str value)
{
    struct slot *slot = table_slot(table, number);
    struct block *old = slot->block;
    uint32_t size = fen_str_is_set(value) ? value.size : VALUE_NONE;
    table->value_count += (size != VALUE_NONE) - (uint32_t)(old->value_size != VALUE_NONE);
    size_t old_bytes = block_bytes(old->key_size, old->value_size);
    struct block *block = old;
    if (fen_slab_room_bytes(old_bytes) != fen_slab_room_bytes(block_bytes(old->key_size, size))) {
        block = block_create(table->slab, old->key_size, size);
        memcpy(block->data, old->data, old->key_size);
        fen_slab_give(table->slab, old, old_bytes);
    } else { /* its room is as large, though less of it was asked for before */
        FEN_GUARD_OPEN(block, block_bytes(old->key_size, size));
    }
    block->value_size = size;
    if (size != VALUE_NONE)
        memcpy(block->data + block->key_size, value.data, size);
    slot->block = block;
}

void *fen_state_table_object(const struct fen_state_table *table, uint32_t slot)
{
    return table_slot(table, slot)->object;
}

void fen_state_table_set_object(struct fen_state_table *table, uint32_t slot, void *object)
{
    table_slot(table, slot)->object = object;
}

uint32_t fen_state_table_slot_count(const struct fen_state_table *table)
{
    return table->slot_count;
}

uint32_t fen_state_table_value_count(const struct fen_state_table *table)
{
    return table->value_count;
}

size_t fen_state_table_held_bytes(const struct fen_state_table *table)
{
    return (size_t)table->slot_capacity * sizeof *table->slots +
           ((size_t)table->index_mask + 1) * sizeof *table->index;
}
