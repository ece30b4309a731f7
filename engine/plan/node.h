/*
 * node: a plan file as a tree of mappings, lists and scalars, each with its place.
 *
 * Why: libyaml gives events; the checks of SPEC §8 want to look at a rule's keys side by side. The
 * tree keeps what was written (a scalar is text, whatever it looks like) and nothing that a plan
 * may not have: anchors, aliases, tags, further documents and keys that are not scalars are
 * reported while it is read.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_PLAN_NODE_H
#define FEN_PLAN_NODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/diagnose.h"
#include "plan/parse.h"

/* Nesting a plan may have; SPEC §8 needs 6. */
#define FEN_NODE_DEPTH_MAX 16u

enum fen_node_kind {
    FEN_NODE_SCALAR,
    FEN_NODE_LIST,
    FEN_NODE_MAPPING,
    FEN_NODE_BROKEN, /* already reported: say no more about it */
};

struct fen_node {
    enum fen_node_kind kind;
    struct fen_place place; /* text: a scalar's value */
    uint32_t start;         /* where its text begins, and ends, in characters of the file */
    uint32_t end;           /* of a block collection: where its last child ends */
    uint32_t last_line;     /* where its text ends: the line, and the column behind it */
    uint32_t last_column;
    bool is_flow;           /* a collection in brackets */
    struct fen_node *key;   /* of a value in a mapping: its key, a SCALAR or BROKEN */
    struct fen_node *first; /* children of a list, values of a mapping */
    struct fen_node *last;
    struct fen_node *next;
    uint32_t child_count;
};

/* Where a text is not YAML. */
struct fen_syntax {
    uint32_t line; /* of what is at fault: the bracket that is not closed; 0: the text is YAML */
    uint32_t column;
    uint32_t line_noticed; /* where libyaml could not go on: there, or behind it */
    uint32_t column_noticed;
    const char *problem;   /* in libyaml's words; static */
};

/*
 * Read UTF-8 text without control characters or byte order mark (plan/lint.h). Syntax errors are
 * not reported but returned in *syntax_out, since a lint may know better.
 *
 * Returns: the root, or NULL when there is none or the text is not YAML.
 */
struct fen_node *fen_node_read(struct fen_str yaml, struct fen_arena *arena,
                               struct fen_diagnostics *diagnostics,
                               struct fen_syntax *syntax_out) FEN_MUST_USE;

/* A way through a tree; a root's own place is the bottom of the stack. */
struct fen_node_walk {
    const struct fen_node *stack[FEN_NODE_DEPTH_MAX + 1];
    uint32_t depth;
};

/* Set out at the root of a tree that was read. */
void fen_node_walk_init(struct fen_node_walk *walk, const struct fen_node *root);

/* The node after the one before, each in front of its children; NULL: that was the last. */
const struct fen_node *fen_node_walk_next(struct fen_node_walk *walk);

/*
 * SPEC §8: full-width colons and percent signs are errors wherever they stand but in a comment.
 * Report each value and key with one of which no error has been reported yet: whoever knows what
 * belongs there has said what to write (plan/reader.h).
 */
void fen_node_refuse_wide(const struct fen_node *root, struct fen_diagnostics *diagnostics);

/* Make `child` the last child of a list or mapping; both are of one arena. */
void fen_node_append(struct fen_node *parent, struct fen_node *child);

#endif /* FEN_PLAN_NODE_H */
