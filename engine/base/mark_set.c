/* mark_set: see mark_set.h. Removal shifts back what a linear probe would no longer find. */
#include "base/mark_set.h"

#include <stdlib.h>

struct mark {
    struct fen_hash128 id;
    uint32_t content;
    uint32_t is_used;
};

struct fen_mark_set {
    struct mark *marks;
    uint64_t mask;
    uint64_t count;
};

static struct mark *marks_create(uint64_t count)
{
    struct mark *marks = calloc(count, sizeof *marks);
    FEN_ASSERT(marks != NULL && "out of memory");
    return marks;
}

struct fen_mark_set *fen_mark_set_create(void)
{
    struct fen_mark_set *set = calloc(1, sizeof *set);
    FEN_ASSERT(set != NULL && "out of memory");
    set->mask = 63;
    set->marks = marks_create(set->mask + 1);
    return set;
}

void fen_mark_set_destroy(struct fen_mark_set *set)
{
    if (set == NULL)
        return;
    free(set->marks);
    free(set);
}

static uint64_t set_probe(const struct fen_mark_set *set, struct fen_hash128 id)
{
    uint64_t position = id.low & set->mask;
    while (set->marks[position].is_used != 0 &&
           (set->marks[position].id.low != id.low || set->marks[position].id.high != id.high))
        position = (position + 1) & set->mask;
    return position;
}

static void set_grow(struct fen_mark_set *set)
{
    struct mark *old = set->marks;
    uint64_t old_count = set->mask + 1;
    set->mask = set->mask * 2 + 1;
    set->marks = marks_create(set->mask + 1);
    for (uint64_t index = 0; index < old_count; index++)
        if (old[index].is_used != 0)
            set->marks[set_probe(set, old[index].id)] = old[index];
    free(old);
}

bool fen_mark_set_add(struct fen_mark_set *set, struct fen_hash128 id, uint32_t content,
                      uint32_t *content_out)
{
    uint64_t position = set_probe(set, id);
    if (set->marks[position].is_used != 0) {
        *content_out = set->marks[position].content;
        return false;
    }
    set->marks[position] = (struct mark){id, content, 1};
    set->count++;
    if (set->count * 7 > (set->mask + 1) * 5)
        set_grow(set);
    return true;
}

void fen_mark_set_prefetch(const struct fen_mark_set *set, struct fen_hash128 id)
{
    __builtin_prefetch(&set->marks[id.low & set->mask], 1);
}

void fen_mark_set_remove(struct fen_mark_set *set, struct fen_hash128 id)
{
    uint64_t hole = set_probe(set, id);
    FEN_ASSERT(set->marks[hole].is_used != 0);
    set->count--;
    for (uint64_t next = (hole + 1) & set->mask; set->marks[next].is_used != 0;
         next = (next + 1) & set->mask) {
        uint64_t home = set->marks[next].id.low & set->mask;
        if (((next - home) & set->mask) < ((next - hole) & set->mask))
            continue;
        set->marks[hole] = set->marks[next];
        hole = next;
    }
    set->marks[hole].is_used = 0;
}

uint64_t fen_mark_set_count(const struct fen_mark_set *set)
{
    return set->count;
}

size_t fen_mark_set_held_bytes(const struct fen_mark_set *set)
{
    return (set->mask + 1) * sizeof *set->marks;
}
