/* reference_index: see reference_index.h. Open addressing; each row an array that doubles. */
#include "split/reference_index.h"

#include <stdlib.h>

struct row {
    uint32_t *slots; /* NULL: the row is free */
    uint32_t hash;
    uint32_t count;
    uint32_t capacity;
};

struct fen_reference_index {
    struct row *rows;
    uint32_t mask;
    uint32_t row_count;
    size_t slots_bytes;
};

static struct row *rows_create(uint32_t count)
{
    struct row *rows = calloc(count, sizeof *rows);
    FEN_ASSERT(rows != NULL && "out of memory");
    return rows;
}

struct fen_reference_index *fen_reference_index_create(void)
{
    struct fen_reference_index *index = calloc(1, sizeof *index);
    FEN_ASSERT(index != NULL && "out of memory");
    index->mask = 63;
    index->rows = rows_create(index->mask + 1);
    return index;
}

void fen_reference_index_destroy(struct fen_reference_index *index)
{
    if (index == NULL)
        return;
    for (uint32_t row = 0; row <= index->mask; row++)
        free(index->rows[row].slots);
    free(index->rows);
    free(index);
}

static struct row *index_probe(const struct fen_reference_index *index, uint32_t hash)
{
    uint32_t position = (hash * UINT32_C(2654435769)) & index->mask;
    while (index->rows[position].slots != NULL && index->rows[position].hash != hash)
        position = (position + 1) & index->mask;
    return &index->rows[position];
}

static void index_grow(struct fen_reference_index *index)
{
    struct row *old = index->rows;
    uint32_t old_count = index->mask + 1;
    index->mask = index->mask * 2 + 1;
    index->rows = rows_create(index->mask + 1);
    for (uint32_t row = 0; row < old_count; row++)
        if (old[row].slots != NULL)
            *index_probe(index, old[row].hash) = old[row];
    free(old);
}

static void row_grow(struct fen_reference_index *index, struct row *row)
{
    uint32_t capacity = row->capacity == 0 ? 4 : row->capacity * 2;
    index->slots_bytes += (capacity - row->capacity) * sizeof *row->slots;
    row->slots = realloc(row->slots, capacity * sizeof *row->slots);
    FEN_ASSERT(row->slots != NULL && "out of memory");
    row->capacity = capacity;
}

void fen_reference_index_add(struct fen_reference_index *index, uint32_t hash, uint32_t slot)
{
    struct row *row = index_probe(index, hash);
    if (row->slots == NULL) {
        if ((index->row_count + 1) * 3 > (index->mask + 1) * 2) {
            index_grow(index);
            row = index_probe(index, hash);
        }
        index->row_count++;
        row->hash = hash;
    }
    if (row->count > 0 && row->slots[row->count - 1] == slot)
        return;
    if (row->count == row->capacity)
        row_grow(index, row);
    row->slots[row->count++] = slot;
}

uint32_t fen_reference_index_find(const struct fen_reference_index *index, uint32_t hash,
                                  const uint32_t **slots_out)
{
    const struct row *row = index_probe(index, hash);
    *slots_out = row->slots;
    return row->slots == NULL ? 0 : row->count;
}

size_t fen_reference_index_held_bytes(const struct fen_reference_index *index)
{
    return ((size_t)index->mask + 1) * sizeof *index->rows + index->slots_bytes;
}
