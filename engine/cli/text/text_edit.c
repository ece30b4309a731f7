/* text_edit: see the header. */
#include "cli/text/text_edit.h"

#include <stdlib.h>

#include "plan/character.h"

void fen_text_edit_init(struct fen_text_edit *edit, struct fen_str text, struct fen_arena *arena)
{
    *edit = (struct fen_text_edit){.arena = arena, .text = text};
    edit->offsets = fen_arena_allocate(arena, ((size_t)text.size + 1) * sizeof *edit->offsets);
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        (void)fen_character_at(text, offset, &width);
        edit->offsets[edit->character_count++] = offset;
    }
    edit->offsets[edit->character_count] = text.size;
    edit->line_end = memmem(text.data, text.size, "\r\n", 2) != NULL ? "\r\n" : "\n";
}

static uint32_t byte_of(const struct fen_text_edit *edit, uint32_t character)
{
    return edit->offsets[character < edit->character_count ? character : edit->character_count];
}

static void add(struct fen_text_edit *edit, uint32_t start, uint32_t end, struct fen_str text)
{
    struct fen_text_change change = {start, end, fen_arena_copy(edit->arena, text),
                                     edit->change_count};
    FEN_ARENA_PUSH(edit->arena, edit->changes, edit->change_count, edit->change_capacity, change);
}

void fen_text_edit_replace(struct fen_text_edit *edit, const struct fen_node *node,
                           struct fen_str text)
{
    add(edit, byte_of(edit, node->start), byte_of(edit, node->end), text);
}

/* Where a child begins: its key, or itself. */
static uint32_t start_of(const struct fen_text_edit *edit, const struct fen_node *child)
{
    return byte_of(edit, child->key != NULL ? child->key->start : child->start);
}

static uint32_t line_start(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte > 0 && edit->text.data[byte - 1] != '\n')
        byte--;
    return byte;
}

/* The end of the line a byte is in, before its line end. */
static uint32_t line_stop(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte < edit->text.size && edit->text.data[byte] != '\n')
        byte++;
    return byte > 0 && byte < edit->text.size && edit->text.data[byte - 1] == '\r' ? byte - 1
                                                                                  : byte;
}

/* As line_stop, behind the line end. */
static uint32_t line_after(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte < edit->text.size && edit->text.data[byte] != '\n')
        byte++;
    return byte < edit->text.size ? byte + 1 : byte;
}

static void insert_in_brackets(struct fen_text_edit *edit, const struct fen_node *collection,
                               const struct fen_node *next, struct fen_str text)
{
    struct fen_str part = text;
    uint32_t at;
    if (next != NULL) {
        at = start_of(edit, next);
        part = fen_arena_format(edit->arena, "%.*s, ", FEN_STR_ARG(text));
    } else if (collection->last != NULL) {
        at = byte_of(edit, collection->last->end);
        part = fen_arena_format(edit->arena, ", %.*s", FEN_STR_ARG(text));
    } else {
        at = byte_of(edit, collection->start) + 1;
    }
    add(edit, at, at, part);
}

/* On a line of its own, set in as the others are. */
static void insert_line(struct fen_text_edit *edit, const struct fen_node *collection,
                        const struct fen_node *next, struct fen_str text)
{
    bool is_list = collection->kind == FEN_NODE_LIST;
    const struct fen_node *first = collection->first;
    uint32_t column = is_list ? collection->place.column : first->key->place.column;
    int indent = (int)column - 1;
    struct fen_str line = fen_arena_format(edit->arena, "%*s%s%.*s", indent, "",
                                           is_list ? "- " : "", FEN_STR_ARG(text));
    if (next != NULL) {
        uint32_t at = line_start(edit, start_of(edit, next));
        add(edit, at, at,
            fen_arena_format(edit->arena, "%.*s%s", FEN_STR_ARG(line), edit->line_end));
        return;
    }
    uint32_t end = byte_of(edit, collection->last->end);
    uint32_t at = line_stop(edit, end);
    add(edit, at, at, fen_arena_format(edit->arena, "%s%.*s", edit->line_end, FEN_STR_ARG(line)));
}

void fen_text_edit_insert(struct fen_text_edit *edit, const struct fen_node *collection,
                          const struct fen_node *next, struct fen_str text)
{
    if (collection->is_flow)
        insert_in_brackets(edit, collection, next, text);
    else
        insert_line(edit, collection, next, text);
}

/* Take out the children from `first` to `last`, which are neighbours; `before` stays, if any. */
static void remove_run(struct fen_text_edit *edit, const struct fen_node *collection,
                       const struct fen_node *before, const struct fen_node *first,
                       const struct fen_node *last)
{
    bool is_list = collection->kind == FEN_NODE_LIST;
    uint32_t start = start_of(edit, first), end = byte_of(edit, last->end);
    if (collection->is_flow && before != NULL) {
        start = byte_of(edit, before->end);
    } else if (collection->is_flow || (before == NULL && !is_list)) {
        /* a mapping's first key may stand behind the `- ` of its item */
        end = last->next != NULL ? start_of(edit, last->next) : end;
    } else {
        start = line_start(edit, start);
        end = line_after(edit, end);
    }
    add(edit, start, end, FEN_STR(""));
}

void fen_text_edit_remove(struct fen_text_edit *edit, const struct fen_node *collection,
                          const bool *is_removed)
{
    const struct fen_node *before = NULL, *first = NULL, *last = NULL;
    uint32_t index = 0;
    for (const struct fen_node *child = collection->first; child != NULL;
         child = child->next, index++) {
        if (is_removed[index]) {
            first = first == NULL ? child : first;
            last = child;
            continue;
        }
        if (first != NULL)
            remove_run(edit, collection, before, first, last);
        first = NULL;
        before = child;
    }
    if (first != NULL)
        remove_run(edit, collection, before, first, last);
}

static int compare(const void *a, const void *b)
{
    const struct fen_text_change *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

void fen_text_edit_finish(struct fen_text_edit *edit, struct fen_buffer *out)
{
    uint32_t at = 0;
    if (edit->change_count > 1)
        qsort(edit->changes, edit->change_count, sizeof *edit->changes, compare);
    for (uint32_t index = 0; index < edit->change_count; index++) {
        const struct fen_text_change *change = &edit->changes[index];
        if (change->start > at)
            fen_buffer_append(out, edit->text.data + at, change->start - at);
        fen_buffer_append_str(out, change->text);
        at = change->end > at ? change->end : at;
    }
    if (at < edit->text.size)
        fen_buffer_append(out, edit->text.data + at, edit->text.size - at);
}
