/* numbering: see numbering.h. Open addressing. */
#include "base/numbering.h"

#include "base/hash.h"

/* Room for so many texts, those that are there kept. */
static void make_room(struct fen_numbering *numbering, uint32_t room)
{
    struct fen_arena *arena = numbering->arena;
    uint32_t mask = 15;
    while (mask / 2 < room)
        mask = mask * 2 + 1;
    numbering->texts = fen_arena_grow(arena, numbering->texts, numbering->count, room,
                                      sizeof *numbering->texts);
    numbering->table =
        fen_arena_allocate_zeroed(arena, ((size_t)mask + 1) * sizeof *numbering->table);
    numbering->room = room;
    numbering->mask = mask;
    for (uint32_t number = 0; number < numbering->count; number++) {
        uint32_t at = (uint32_t)fen_hash(numbering->texts[number]) & mask;
        while (numbering->table[at] != 0)
            at = (at + 1) & mask;
        numbering->table[at] = number + 1;
    }
}

struct fen_numbering fen_numbering_create(struct fen_arena *arena, uint32_t room)
{
    struct fen_numbering numbering = {.arena = arena};
    make_room(&numbering, room);
    return numbering;
}

/* Where a text stands in the table, or the free place where it belongs. */
static uint32_t find_place(const struct fen_numbering *numbering, struct fen_str text)
{
    uint32_t at = (uint32_t)fen_hash(text) & numbering->mask;
    while (numbering->table[at] != 0
           && !fen_str_equal(numbering->texts[numbering->table[at] - 1], text))
        at = (at + 1) & numbering->mask;
    return at;
}

uint32_t fen_numbering_number(struct fen_numbering *numbering, struct fen_str text)
{
    uint32_t at = find_place(numbering, text);
    if (numbering->table[at] != 0)
        return numbering->table[at] - 1;
    if (numbering->count == numbering->room) {
        make_room(numbering, numbering->room * 2 + 1);
        at = find_place(numbering, text);
    }
    numbering->texts[numbering->count] = text;
    numbering->table[at] = ++numbering->count;
    return numbering->count - 1;
}
