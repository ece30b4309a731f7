/* backtest_elide: see the header. */
#include "cli/backtest/backtest_elide.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"

#define HEAD_LINES 2u

struct lines {
    struct fen_str *items;
    uint32_t count, capacity;
};

static struct lines lines_of(struct fen_arena *arena, struct fen_str text)
{
    struct lines lines = {0};
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        uint32_t size = end == NULL ? text.size : (uint32_t)(end - text.data);
        FEN_ARENA_PUSH(arena, lines.items, lines.count, lines.capacity,
                       ((struct fen_str){text.data, size}));
        size += end != NULL;
        text.data += size;
        text.size -= size;
    }
    return lines;
}

static int compare(const void *a, const void *b)
{
    return fen_str_compare(*(const struct fen_str *)a, *(const struct fen_str *)b);
}

static bool has_line(const struct lines *sorted, struct fen_str line)
{
    return sorted->count > 0 &&
           bsearch(&line, sorted->items, sorted->count, sizeof line, compare) != NULL;
}

struct fen_str fen_backtest_elide(struct fen_arena *arena, struct fen_str text,
                                  struct fen_str other)
{
    if (!fen_str_is_set(text) || !fen_str_is_set(other))
        return text;
    struct lines own = lines_of(arena, text), others = lines_of(arena, other);
    if (others.count > 1)
        qsort(others.items, others.count, sizeof *others.items, compare);
    bool *is_own = fen_arena_allocate(arena, own.count + 2);
    for (uint32_t i = 0; i < own.count; i++)
        is_own[i + 1] = !has_line(&others, own.items[i]);
    is_own[0] = is_own[own.count + 1] = false;
    struct fen_buffer out = {0};
    bool is_gap = false;
    for (uint32_t i = 0; i < own.count; i++) {
        bool is_told = i < HEAD_LINES || is_own[i] || is_own[i + 1] || is_own[i + 2];
        if (is_told) {
            fen_buffer_append_str(&out, own.items[i]);
            fen_buffer_append_byte(&out, '\n');
        } else if (!is_gap) {
            fen_buffer_append_str(&out, FEN_STR("  …\n"));
        }
        is_gap = !is_told;
    }
    struct fen_str elided = fen_arena_copy(arena, fen_buffer_str(&out));
    fen_buffer_deinit(&out);
    return elided;
}
