/* array: see array.h. */
#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64u

void *fen_array_reach(void *items, uint32_t *room, uint32_t row, size_t size_bytes)
                      {
    if (row < *room)
        return items;
    uint32_t grown = *room < ROOM_MIN ? ROOM_MIN : *room;
    while (grown <= row)
        grown *= 2;
    char *memory = realloc(items, grown * size_bytes);
    FEN_ASSERT(memory != NULL && "out of memory");
    memset(memory + *room * size_bytes, 0, (grown - *room) * size_bytes);
    *room = grown;
    return memory;
}

void fen_array_sort(void *items, uint32_t count, size_t size_bytes,
                    int (*compare)(const void *a, const void *b))
{
    const char *rows = items;
    uint32_t row = 1;
    while (row < count && compare(rows + (row - 1) * size_bytes, rows + row * size_bytes) <= 0)
        row++;
    if (row < count)
        qsort(items, count, size_bytes, compare);
}
