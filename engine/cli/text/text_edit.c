/*
 * text_edit: see the header.
 *
 * A child that has its lines for itself goes and comes in whole lines, with the comment behind it;
 * any other between its neighbours. A comma behind the last child in brackets may stay: YAML takes
 * it.
 */
#include "cli/text/text_edit.h"

#include <stdlib.h>

#include "plan/character.h"

#define NOWHERE UINT32_MAX

static uint32_t byte_of(const struct fen_text_edit *edit, uint32_t character)
{
    return edit->offsets[character < edit->character_count ? character : edit->character_count];
}

/* Where a child begins: its key, or itself. */
static uint32_t start_of(const struct fen_text_edit *edit, const struct fen_node *child)
{
    return byte_of(edit, child->key != NULL ? child->key->start : child->start);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Where a node ends; libyaml ends a block scalar behind the line ends that follow it. */
static uint32_t end_of(const struct fen_text_edit *edit, const struct fen_node *node)
{
    uint32_t start = byte_of(edit, node->start), end = byte_of(edit, node->end);
    while (end > start && is_blank(edit->text.data[end - 1]))
        end--;
    return end;
}

static uint32_t line_start(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte > 0 && edit->text.data[byte - 1] != '\n')
        byte--;
    return byte;
}

/* Behind the end of the line a byte is in. */
static uint32_t line_after(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte < edit->text.size && edit->text.data[byte] != '\n')
        byte++;
    return byte < edit->text.size ? byte + 1 : byte;
}

static uint32_t skip_spaces(const struct fen_text_edit *edit, uint32_t byte)
{
    while (byte < edit->text.size && edit->text.data[byte] == ' ')
        byte++;
    return byte;
}

static bool has_comma(const struct fen_text_edit *edit, uint32_t end)
{
    uint32_t byte = skip_spaces(edit, end);
    return byte < edit->text.size && edit->text.data[byte] == ',';
}

/* Whether nothing but a comma and a comment follows on the line. */
static bool ends_line(const struct fen_text_edit *edit, uint32_t end)
{
    uint32_t byte = skip_spaces(edit, end);
    if (has_comma(edit, end))
        byte = skip_spaces(edit, byte + 1);
    return byte == edit->text.size || memchr("#\r\n", edit->text.data[byte], 3) != NULL;
}

/* Mark the bytes of a scalar: a `#` among them is no comment. */
static void mask_scalar(const struct fen_text_edit *edit, const struct fen_node *node, bool *mask)
{
    uint32_t start = byte_of(edit, node->start), end = end_of(edit, node);
    bool is_block = start < end && memchr("|>", edit->text.data[start], 2) != NULL;
    for (uint32_t byte = is_block ? line_after(edit, start) : start; byte < end; byte++)
        mask[byte] = true;
}

/* Those of all scalars, keys among them. */
static void mask_scalars(const struct fen_text_edit *edit, const struct fen_node *root, bool *mask)
{
    struct fen_node_walk walk;
    fen_node_walk_init(&walk, root);
    for (const struct fen_node *node = root; node != NULL; node = fen_node_walk_next(&walk)) {
        if (node->key != NULL)
            mask_scalar(edit, node->key, mask);
        if (node->kind == FEN_NODE_SCALAR)
            mask_scalar(edit, node, mask);
    }
}

static void find_comments(struct fen_text_edit *edit, const struct fen_node *root)
{
    bool *mask = fen_arena_allocate_zeroed(edit->arena, (size_t)edit->text.size + 1);
    uint32_t line = 1;
    mask_scalars(edit, root, mask);
    for (uint32_t byte = 0; byte < edit->text.size; byte++) {
        line += edit->text.data[byte] == '\n';
        bool begins = edit->text.data[byte] == '#' && !mask[byte] &&
                      (byte == 0 || is_blank(edit->text.data[byte - 1]));
        if (!begins)
            continue;
        struct fen_text_comment comment = {.start = byte, .line = line};
        uint32_t end = line_after(edit, byte);
        byte = end - 1;
        line += edit->text.data[byte] == '\n';
        while (is_blank(edit->text.data[end - 1]))
            end--;
        comment.text = (struct fen_str){edit->text.data + comment.start, end - comment.start};
        FEN_ARENA_PUSH(edit->arena, edit->comments, edit->comment_count, edit->comment_capacity,
                       comment);
    }
}

void fen_text_edit_init(struct fen_text_edit *edit, const struct fen_node *root,
                        struct fen_str text, struct fen_arena *arena)
{
    *edit = (struct fen_text_edit){.arena = arena, .text = text};
    edit->offsets = fen_arena_allocate(arena, ((size_t)text.size + 1) * sizeof *edit->offsets);
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        (void)fen_character_at(text, offset, &width);
        edit->offsets[edit->character_count++] = offset;
    }
    edit->offsets[edit->character_count] = text.size;
    edit->line_end = memmem(text.data, text.size, "\r\n", 2) != NULL ? "\r\n" : "\n";
    find_comments(edit, root);
}

static bool has_comment(const struct fen_text_edit *edit, uint32_t start, uint32_t end)
{
    for (uint32_t index = 0; index < edit->comment_count; index++)
        if (edit->comments[index].start >= start && edit->comments[index].start < end)
            return true;
    return false;
}

bool fen_text_edit_has_comment(const struct fen_text_edit *edit, const struct fen_node *node)
{
    return has_comment(edit, byte_of(edit, node->start), end_of(edit, node));
}

static void change(struct fen_text_edit *edit, uint32_t start, uint32_t end, struct fen_str text)
{
    struct fen_text_change item = {start, end, fen_arena_copy(edit->arena, text),
                                   edit->change_count};
    FEN_ARENA_PUSH(edit->arena, edit->changes, edit->change_count, edit->change_capacity, item);
}

void fen_text_edit_replace(struct fen_text_edit *edit, const struct fen_node *node,
                           struct fen_str text)
{
    change(edit, byte_of(edit, node->start), end_of(edit, node), text);
}

/* The start of the first of the lines that a child has for itself; NOWHERE: it shares one. */
static uint32_t own_line(const struct fen_text_edit *edit, const struct fen_node *collection,
                         const struct fen_node *child)
{
    uint32_t start = start_of(edit, child), line = line_start(edit, start);
    uint32_t first = line_start(edit, byte_of(edit, collection->start));
    if (collection->is_flow)
        return skip_spaces(edit, line) == start && ends_line(edit, end_of(edit, child)) ? line
                                                                                       : NOWHERE;
    if (collection->kind == FEN_NODE_MAPPING)
        return skip_spaces(edit, line) == start ? line : NOWHERE;
    /* what an item says may begin on a line behind that of its `-` */
    uint32_t indent = collection->place.column - 1;
    while (line > first && edit->text.data[skip_spaces(edit, line)] != '-')
        line = line_start(edit, line - 1);
    return skip_spaces(edit, line) == line + indent && edit->text.data[line + indent] == '-'
               ? line
               : NOWHERE;
}

/* What the removal of a child needs to know of the others. */
struct neighbours {
    const struct fen_node *before, *behind; /* the nearest that stay; NULL: none */
};

static void remove_child(struct fen_text_edit *edit, const struct fen_node *collection,
                         const struct fen_node *child, struct neighbours neighbours)
{
    uint32_t line = own_line(edit, collection, child);
    uint32_t start = start_of(edit, child), end = end_of(edit, child);
    if (line != NOWHERE) {
        change(edit, line, line_after(edit, end), FEN_STR(""));
    } else if (neighbours.behind == NULL && neighbours.before != NULL) {
        uint32_t kept_end = end_of(edit, neighbours.before);
        bool keeps_comma = own_line(edit, collection, neighbours.before) != NOWHERE ||
                           has_comment(edit, kept_end, start);
        if (keeps_comma && collection->is_flow && has_comma(edit, end))
            end = skip_spaces(edit, end) + 1;
        change(edit, keeps_comma ? start : kept_end, end, FEN_STR(""));
    } else {
        /* what follows the `-` of an item must be the first of its keys that stay */
        const struct fen_node *next = collection->is_flow ? child->next : neighbours.behind;
        change(edit, start, next == NULL ? end : start_of(edit, next), FEN_STR(""));
    }
}

/* A line for a child: set in as `like` is, of the same collection. */
static struct fen_str line_of(const struct fen_text_edit *edit, const struct fen_node *collection,
                              const struct fen_node *like, struct fen_str text, const char *comma)
{
    bool is_item = !collection->is_flow && collection->kind == FEN_NODE_LIST;
    uint32_t start = start_of(edit, like);
    uint32_t indent = is_item ? collection->place.column - 1 : start - line_start(edit, start);
    /* a mapping's first key may stand behind the `-` of its item */
    if (!is_item && !collection->is_flow)
        indent = collection->first->key->place.column - 1;
    return fen_arena_format(edit->arena, "%*s%s%.*s%s%s", (int)indent, "", is_item ? "- " : "",
                            FEN_STR_ARG(text), comma, edit->line_end);
}

static void insert_before(struct fen_text_edit *edit, const struct fen_node *collection,
                          const struct fen_text_insert *insert)
{
    uint32_t line = own_line(edit, collection, insert->next);
    uint32_t start = start_of(edit, insert->next);
    if (line != NOWHERE)
        change(edit, line, line,
               line_of(edit, collection, insert->next, insert->text,
                       collection->is_flow ? "," : ""));
    else
        change(edit, start, start,
               fen_arena_format(edit->arena, "%.*s, ", FEN_STR_ARG(insert->text)));
}

/* A line at `at`, which is behind a line's end or at the end of the text. */
static void insert_line(struct fen_text_edit *edit, uint32_t at, struct fen_str line)
{
    bool is_open = at > 0 && edit->text.data[at - 1] != '\n';
    if (is_open) {
        line.size -= (uint32_t)strlen(edit->line_end);
        line = fen_arena_format(edit->arena, "%s%.*s", edit->line_end, FEN_STR_ARG(line));
    }
    change(edit, at, at, line);
}

/* Behind `kept`, the last that stays (NULL: none); of a block behind the last there was. */
static void insert_last(struct fen_text_edit *edit, const struct fen_node *collection,
                        const struct fen_node *kept, struct fen_str text, bool is_first)
{
    const struct fen_node *last = collection->is_flow ? kept : collection->last;
    uint32_t end = last == NULL ? byte_of(edit, collection->start) + 1 : end_of(edit, last);
    if (!collection->is_flow) {
        insert_line(edit, line_after(edit, end), line_of(edit, collection, last, text, ""));
    } else if (last != NULL && own_line(edit, collection, last) != NOWHERE) {
        if (is_first && !has_comma(edit, end))
            change(edit, end, end, FEN_STR(","));
        insert_line(edit, line_after(edit, end), line_of(edit, collection, last, text, ","));
    } else {
        const char *comma = last == NULL && is_first ? "" : ", ";
        change(edit, end, end, fen_arena_format(edit->arena, "%s%.*s", comma, FEN_STR_ARG(text)));
    }
}

/* The first child that stays from one on, which has that index. */
static const struct fen_node *first_kept(const struct fen_node *child, const bool *is_removed,
                                         uint32_t index)
{
    while (child != NULL && is_removed[index++])
        child = child->next;
    return child;
}

void fen_text_edit_children(struct fen_text_edit *edit, const struct fen_node *collection,
                            const bool *is_removed, const struct fen_text_insert *inserts,
                            uint32_t insert_count)
{
    struct neighbours neighbours = {NULL, first_kept(collection->first, is_removed, 0)};
    const struct fen_node *child = collection->first;
    for (uint32_t index = 0; child != NULL; child = child->next, index++) {
        if (is_removed[index])
            remove_child(edit, collection, child, neighbours);
        else
            neighbours =
                (struct neighbours){child, first_kept(child->next, is_removed, index + 1)};
    }
    for (uint32_t index = 0; index < insert_count; index++) {
        bool is_first = index == 0 || inserts[index - 1].next != NULL;
        if (inserts[index].next != NULL)
            insert_before(edit, collection, &inserts[index]);
        else
            insert_last(edit, collection, neighbours.before, inserts[index].text, is_first);
    }
}

void fen_text_edit_empty(struct fen_text_edit *edit, const struct fen_node *list)
{
    if (list->is_flow) {
        fen_text_edit_replace(edit, list, FEN_STR("[]"));
        return;
    }
    uint32_t colon = end_of(edit, list->key);
    while (colon < edit->text.size && edit->text.data[colon] != ':')
        colon++;
    change(edit, colon + 1, colon + 1, FEN_STR(" []"));
    for (const struct fen_node *item = list->first; item != NULL; item = item->next)
        remove_child(edit, list, item, (struct neighbours){NULL, NULL});
}

/* How far the line that a change brings is set in. */
static uint32_t indent_of(const struct fen_text_change *item)
{
    uint32_t start = 0, end;
    while (start < item->text.size && memchr("\r\n", item->text.data[start], 2) != NULL)
        start++;
    for (end = start; end < item->text.size && item->text.data[end] == ' '; end++)
        continue;
    return end - start;
}

/* Of lines for one place those that are set in further belong to what stands before it. */
static int compare(const void *a, const void *b)
{
    const struct fen_text_change *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    if (indent_of(left) != indent_of(right))
        return indent_of(left) > indent_of(right) ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

static void mark_lost(struct fen_text_edit *edit)
{
    for (uint32_t index = 0; index < edit->comment_count; index++)
        for (uint32_t at = 0; at < edit->change_count; at++)
            if (edit->changes[at].start <= edit->comments[index].start &&
                edit->comments[index].start < edit->changes[at].end)
                edit->comments[index].is_lost = true;
}

void fen_text_edit_finish(struct fen_text_edit *edit, struct fen_buffer *out)
{
    uint32_t at = 0;
    mark_lost(edit);
    if (edit->change_count > 1)
        qsort(edit->changes, edit->change_count, sizeof *edit->changes, compare);
    for (uint32_t index = 0; index < edit->change_count; index++) {
        const struct fen_text_change *item = &edit->changes[index];
        if (item->start > at)
            fen_buffer_append(out, edit->text.data + at, item->start - at);
        fen_buffer_append_str(out, item->text);
        at = item->end > at ? item->end : at;
    }
    if (at < edit->text.size)
        fen_buffer_append(out, edit->text.data + at, edit->text.size - at);
}
