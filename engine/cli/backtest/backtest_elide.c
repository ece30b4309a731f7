/*
 * backtest_elide: see the header.
 *
 * A line is known by its text, the section it stands in and the heading right above it, so that
 * two lines of an order which come to the same are not taken for each other. Sections are counted,
 * for their headings may differ, as that of the entries by its sum.
 */
#include "cli/backtest/backtest_elide.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"

#define HEAD_LINES 2u

struct line {
    struct fen_str text;
    struct fen_str heading; /* the line above with less indentation, within a section */
    uint32_t section;
    uint32_t indent;
    struct line *parent; /* likewise, of the section too; NULL: none */
    bool is_told;
};

struct lines {
    struct line *items;
    uint32_t count;
};

static struct fen_str next_line(struct fen_str *text)
{
    const char *end = memchr(text->data, '\n', text->size);
    struct fen_str line = {text->data, end == NULL ? text->size : (uint32_t)(end - text->data)};
    uint32_t size = line.size + (end != NULL);
    text->data += size;
    text->size -= size;
    return line;
}

static uint32_t indent_of(struct fen_str text)
{
    uint32_t indent = 0;
    while (indent < text.size && text.data[indent] == ' ')
        indent++;
    return indent;
}

/* Put the line where it belongs, `above` being the one before; blank lines belong nowhere. */
static void place(struct line *line, struct line *above)
{
    line->section = above == NULL ? 0 : above->section;
    line->indent = indent_of(line->text);
    if (line->text.size == 0)
        return;
    if (line->indent == 0) {
        line->section++;
        return;
    }
    while (above != NULL && above->indent >= line->indent)
        above = above->parent;
    line->parent = above;
    if (above != NULL && above->indent > 0)
        line->heading = above->text;
}

static struct lines lines_of(struct fen_arena *arena, struct fen_str text)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    struct lines lines = {fen_arena_allocate_zeroed(arena, count * sizeof *lines.items), 0};
    struct line *above = NULL;
    while (text.size > 0) {
        struct line *line = &lines.items[lines.count++];
        line->text = next_line(&text);
        place(line, above);
        above = line->text.size > 0 ? line : above;
    }
    return lines;
}

static int compare(const void *a, const void *b)
{
    const struct line *left = a, *right = b;
    if (left->section != right->section)
        return left->section < right->section ? -1 : 1;
    int order = fen_str_compare(left->heading, right->heading);
    return order != 0 ? order : fen_str_compare(left->text, right->text);
}

static bool has_line(const struct lines *sorted, const struct line *line)
{
    return line->text.size == 0 ||
           (sorted->count > 0 &&
            bsearch(line, sorted->items, sorted->count, sizeof *line, compare) != NULL);
}

/* Tell lines that the other side lacks, those next to them, and the headings above them. */
static void choose(struct lines *own, const struct lines *others)
{
    for (uint32_t i = 0; i < own->count; i++) {
        struct line *line = &own->items[i];
        line->is_told = line->is_told || i < HEAD_LINES;
        if (has_line(others, line))
            continue;
        line->is_told = true;
        if (i > 0)
            own->items[i - 1].is_told = true;
        if (i + 1 < own->count)
            own->items[i + 1].is_told = true;
        for (struct line *above = line->parent; above != NULL; above = above->parent)
            above->is_told = true;
    }
}

struct fen_str fen_backtest_elide(struct fen_arena *arena, struct fen_str text,
                                  struct fen_str other)
{
    if (!fen_str_is_set(text) || !fen_str_is_set(other))
        return text;
    struct lines own = lines_of(arena, text), others = lines_of(arena, other);
    if (others.count > 1)
        qsort(others.items, others.count, sizeof *others.items, compare);
    choose(&own, &others);
    struct fen_buffer out = {0};
    bool is_gap = false;
    for (uint32_t i = 0; i < own.count; i++) {
        if (own.items[i].is_told) {
            fen_buffer_append_str(&out, own.items[i].text);
            fen_buffer_append_byte(&out, '\n');
        } else if (!is_gap) {
            fen_buffer_append_str(&out, FEN_STR("  …\n"));
        }
        is_gap = !own.items[i].is_told;
    }
    struct fen_str elided = fen_arena_copy(arena, fen_buffer_str(&out));
    fen_buffer_deinit(&out);
    return elided;
}
