/* mark_set: see mark_set.h. Removal shifts back what a linear probe would no longer find. */
#include "base/mark_set.h"

#include <stdlib.h>

/* 96 bits of the id, the lower ones never 0; all 0: free. */
struct mark {
    uint64_t low;
    uint32_t high;
    uint32_t content;
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

static struct mark mark_of(struct fen_hash128 id, uint32_t content)
{
    return (struct mark){id.low == 0 ? 1 : id.low, (uint32_t)id.high, content};
}

/* Where the mark is, or the free place for it. */
static uint64_t set_probe(const struct fen_mark_set *set, const struct mark *mark)
{
    uint64_t position = mark->low & set->mask;
    while (set->marks[position].low != 0 &&
           (set->marks[position].low != mark->low || set->marks[position].high != mark->high))
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
        if (old[index].low != 0)
            set->marks[set_probe(set, &old[index])] = old[index];
    free(old);
}

bool fen_mark_set_add(struct fen_mark_set *set, struct fen_hash128 id, uint32_t content,
                      uint32_t *content_out)
{
    struct mark mark = mark_of(id, content);
    uint64_t position = set_probe(set, &mark);
    if (set->marks[position].low != 0) {
        *content_out = set->marks[position].content;
        return false;
    }
    set->marks[position] = mark;
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
    struct mark mark = mark_of(id, 0);
    uint64_t hole = set_probe(set, &mark);
    FEN_ASSERT(set->marks[hole].low != 0);
    set->count--;
    for (uint64_t next = (hole + 1) & set->mask; set->marks[next].low != 0;
         next = (next + 1) & set->mask) {
        uint64_t home = set->marks[next].low & set->mask;
        if (((next - home) & set->mask) < ((next - hole) & set->mask))
            continue;
        set->marks[hole] = set->marks[next];
        hole = next;
    }
    set->marks[hole].low = 0;
}

uint64_t fen_mark_set_count(const struct fen_mark_set *set)
{
    return set->count;
}

size_t fen_mark_set_held_bytes(const struct fen_mark_set *set)
{
    return (set->mask + 1) * sizeof *set->marks;
}
