/*
 * json_tree: a JSON object (RFC 8259) as a tree, for json_read.
 *
 * Why our own: reading JSON was two fifths of a back-test with a library that allocates each value
 * and hashes each key. Here a value is a node of an arena, a text without escapes is a slice of the
 * input, and members are a list that is looked through, since an event has about ten. The tests
 * hold it to jansson, which refuses and accepts the same but for what is said below.
 *
 * Strict: UTF-8, no control characters in texts, no byte after the object, integers of 64 bits,
 * other numbers within a double's range. A NUL may be escaped (\u0000), in names too.
 *
 * Threads: any; a tree belongs to one thread at a time.
 */
#ifndef FEN_WIRE_JSON_TREE_H
#define FEN_WIRE_JSON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum fen_json_kind {
    FEN_JSON_NULL,
    FEN_JSON_BOOL,
    FEN_JSON_INTEGER,
    FEN_JSON_NUMBER, /* with fraction or exponent; its value is not kept */
    FEN_JSON_TEXT,
    FEN_JSON_LIST,
    FEN_JSON_OBJECT,
};

struct fen_json_value {
    struct fen_json_value *next; /* of the same list or object; NULL: the last */
    struct fen_str name;         /* of a member of an object */
    union {
        struct fen_json_value *first; /* of a list's items, an object's members; NULL: none */
        struct fen_str text;
        int64_t integer;
        bool is_true;
    };
    uint32_t count; /* of items or members, repeated names included */
    uint32_t place; /* among those of the same list or object */
    enum fen_json_kind kind;
};

struct fen_json_tree {
    const struct fen_json_value *root; /* an object; NULL: not JSON, no object, or too deep */
    bool is_too_deep;   /* nested deeper than FEN_JSON_DEPTH_MAX, whether it is JSON or not */
    const char *reason; /* why root is NULL: static */
    uint32_t at;        /* the byte where reading ended */
    struct fen_arena *arena;
};

/* Read `bytes`, from which the tree borrows; fen_json_tree_deinit takes it back, root or not. */
void fen_json_tree_init(struct fen_json_tree *tree, struct fen_str bytes);
void fen_json_tree_deinit(struct fen_json_tree *tree);

/* The member of that name, the last of several; NULL: none, or `object` is none. */
const struct fen_json_value *fen_json_find(const struct fen_json_value *object,
                                           struct fen_str name);

#endif /* FEN_WIRE_JSON_TREE_H */
