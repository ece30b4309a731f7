/*
 * text_edit: changes at places of a YAML text, all by their places in the text as it was.
 *
 * Why: a plan file that is read and written anew loses its comments and its form. Only the bytes
 * of what changes are replaced here.
 *
 * Threads: one.
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

struct fen_text_edit {
    struct fen_arena *arena;
    struct fen_str text;
    uint32_t *offsets; /* bytes, by character: nodes count in those */
    uint32_t character_count;
    struct fen_text_change *changes;
    uint32_t change_count, change_capacity;
    const char *line_end; /* as the text has it */
};

/* Begin to edit; `text` is what the nodes were read from. */
void fen_text_edit_init(struct fen_text_edit *edit, struct fen_str text, struct fen_arena *arena);

/* Put another value in the place of a node. */
void fen_text_edit_replace(struct fen_text_edit *edit, const struct fen_node *node,
                           struct fen_str text);

/* Add `text` to a collection before `next`, or behind the last (NULL): "key: value", an item. */
void fen_text_edit_insert(struct fen_text_edit *edit, const struct fen_node *collection,
                          const struct fen_node *next, struct fen_str text);

/* Take children out of a collection: `is_removed` has one for each, in order; some must stay. */
void fen_text_edit_remove(struct fen_text_edit *edit, const struct fen_node *collection,
                          const bool *is_removed);

/* Append the text with every change made. */
void fen_text_edit_finish(struct fen_text_edit *edit, struct fen_buffer *out);

#endif /* FEN_CLI_TEXT_TEXT_EDIT_H */
