/*
 * text_edit: changes at places of a YAML text, all by their places in the text as it was.
 *
 * Why: a plan file that is read and written anew loses its comments and its form. Only the bytes
 * of what changes are replaced here, and a comment that goes with them is named.
 *
 * Threads: one; everything lives in the arena, texts given are copied.
 */
#ifndef FEN_CLI_TEXT_TEXT_EDIT_H
#define FEN_CLI_TEXT_TEXT_EDIT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "plan/node.h"

struct fen_text_change {
    uint32_t start, end; /* bytes */
    struct fen_str text;
    uint32_t number; /* of those at one place: in the order in which they were asked for */
};

struct fen_text_comment {
    uint32_t start; /* byte */
    uint32_t line;  /* from 1 */
    struct fen_str text;
    bool is_lost; /* once finished */
};

struct fen_text_edit {
    struct fen_arena *arena;
    struct fen_str text;
    uint32_t *offsets; /* bytes, by character: nodes count in those */
    uint32_t character_count;
    struct fen_text_comment *comments; /* all of the text, in order */
    uint32_t comment_count, comment_capacity;
    struct fen_text_change *changes;
    uint32_t change_count, change_capacity;
    const char *line_end; /* as the text has it */
};

/* A child that a collection gets. */
struct fen_text_insert {
    const struct fen_node *next; /* it goes before this one, which stays; NULL: at the end */
    struct fen_str text;         /* "key: value", an item */
};

/* Begin to edit; `text` is what `root` was read from. */
void fen_text_edit_init(struct fen_text_edit *edit, const struct fen_node *root,
                        struct fen_str text, struct fen_arena *arena);

/* Whether a comment stands within a node. */
bool fen_text_edit_has_comment(const struct fen_text_edit *edit, const struct fen_node *node);

/* Put another value in the place of a node. */
void fen_text_edit_replace(struct fen_text_edit *edit, const struct fen_node *node,
                           struct fen_str text);

/*
 * Take children out of a collection and add others, at most once for each collection: `is_removed`
 * has one for each child, in order. Of a mapping that is not in brackets some must stay, and so of
 * a list unless it gets others.
 */
void fen_text_edit_children(struct fen_text_edit *edit, const struct fen_node *collection,
                            const bool *is_removed, const struct fen_text_insert *inserts,
                            uint32_t insert_count);

/* Take every item out of a list that is the value of a key: it becomes `[]`. */
void fen_text_edit_empty(struct fen_text_edit *edit, const struct fen_node *list);

/* Append the text with every change made; comments that went with it are marked as lost. */
void fen_text_edit_finish(struct fen_text_edit *edit, struct fen_buffer *out);

#endif /* FEN_CLI_TEXT_TEXT_EDIT_H */
