/* numbering: see numbering.h. Open addressing. */
#include "base/numbering.h"

#include "base/hash.h"

struct fen_numbering fen_numbering_create(struct fen_arena *arena, uint32_t room)
{
    struct fen_numbering numbering = {.room = room, .mask = 15};
    while (numbering.mask / 2 < room)
        numbering.mask = numbering.mask * 2 + 1;
    numbering.texts = fen_arena_allocate(arena, room * sizeof *numbering.texts);
    numbering.table = fen_arena_allocate_zeroed(
        arena, ((size_t)numbering.mask + 1) * sizeof *numbering.table);
    return numbering;
}

uint32_t fen_numbering_number(struct fen_numbering *numbering, struct fen_str text)
{
    uint32_t at = (uint32_t)fen_hash(text) & numbering->mask;
    for (; numbering->table[at] != 0; at = (at + 1) & numbering->mask)
        if (fen_str_equal(numbering->texts[numbering->table[at] - 1], text))
            return numbering->table[at] - 1;
    FEN_ASSERT(numbering->count < numbering->room);
    numbering->texts[numbering->count] = text;
    numbering->table[at] = ++numbering->count;
    return numbering->count - 1;
}
