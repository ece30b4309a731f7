/* retire: see retire.h. Numbers never fall from item to item, so the oldest are in front. */
#include "plan/retire.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* Make room at the end: close the gap in front when it is most of the array, else grow. */
static void make_room(struct fen_retire *retire)
{
    size_t live = retire->count - retire->first;
    if (retire->first > 0 && live <= retire->capacity / 2) {
        memmove(retire->items, retire->items + retire->first, live * sizeof *retire->items);
        retire->count = live;
        retire->first = 0;
        return;
    }
    size_t capacity = retire->capacity == 0 ? 64 : retire->capacity * 2;
    struct fen_retired *items = realloc(retire->items, capacity * sizeof *items);
    FEN_ASSERT(items != NULL && "out of memory");
    retire->items = items;
    retire->capacity = capacity;
}

void fen_retire_add(struct fen_retire *retire, void *memory, uint64_t made)
{
    FEN_ASSERT(made <= retire->number);
    if (memory == NULL)
        return;
    if (made == retire->number) {
        free(memory);
        return;
    }
    if (retire->count == retire->capacity)
        make_room(retire);
    retire->items[retire->count++] = (struct fen_retired){memory, retire->number};
}

void fen_retire_free(struct fen_retire *retire, uint64_t seen_min)
{
    while (retire->first < retire->count && retire->items[retire->first].number <= seen_min)
        free(retire->items[retire->first++].memory);
    if (retire->first == retire->count)
        retire->first = retire->count = 0;
}

void fen_retire_deinit(struct fen_retire *retire)
{
    fen_retire_free(retire, UINT64_MAX);
    free(retire->items);
    *retire = (struct fen_retire){0};
}
