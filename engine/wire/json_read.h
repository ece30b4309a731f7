/*
 * json_read: JSON text -> tree -> struct, in two steps.
 *
 * Why two: what an event's fields are depends on its type, which may stand anywhere in the object
 * (event_decode.c looks at the tree in between). jansson reads the text; the rules of SPEC §3 (null
 * and [] are absent, integers only, 64 deep) are ours.
 *
 * Threads: any; a tree belongs to one thread at a time.
 */
#ifndef FEN_WIRE_JSON_READ_H
#define FEN_WIRE_JSON_READ_H

#include <stdbool.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/record.h"
#include "base/str.h"

/* A text as read. */
struct fen_json_tree {
    json_t *root;      /* NULL: not JSON, or no object */
    bool is_too_deep;  /* nested deeper than FEN_JSON_DEPTH_MAX, whether it is JSON or not */
    json_error_t error; /* why root is NULL */
};

/* Read `bytes`; fen_json_tree_deinit takes the tree back, root NULL or not. */
void fen_json_tree_init(struct fen_json_tree *tree, struct fen_str bytes);
void fen_json_tree_deinit(struct fen_json_tree *tree);

/* The member named so, with null and [] as absent: NULL. Borrows `object`. */
const json_t *fen_json_member(const json_t *object, const char *name);

/*
 * Read the fields selected into `message_out` (cleared first). Nothing borrows the tree.
 * Returns: as fen_record_decode.
 */
enum fen_record_status fen_json_read_fields(const struct fen_schema *schema,
                                            const struct fen_record_selection *selection,
                                            const json_t *object, struct fen_arena *arena,
                                            void *message_out, struct fen_record_error *error_out)
    FEN_MUST_USE;

#endif /* FEN_WIRE_JSON_READ_H */
