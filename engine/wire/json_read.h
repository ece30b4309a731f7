/*
 * json_read: JSON text -> tree -> struct, in two steps.
 *
 * Why two: what an event's fields are depends on its type, which may stand anywhere in the object
 * (event_decode.c looks at the tree in between). json_tree.h reads the text; the rules of SPEC §3
 * (null and [] are absent, integers only, of repeated keys the last holds) are here.
 *
 * Threads: any; a tree belongs to one thread at a time.
 */
#ifndef FEN_WIRE_JSON_READ_H
#define FEN_WIRE_JSON_READ_H

#include "base/arena.h"
#include "base/record.h"
#include "wire/json_tree.h"

/* The member named so, with null and [] as absent: NULL. Borrows `object`. */
const struct fen_json_value *fen_json_member(const struct fen_json_value *object,
                                             const char *name);

/*
 * Read the fields selected into `message_out` (cleared first). Nothing borrows the tree.
 * Returns: as fen_record_decode.
 */
enum fen_record_status fen_json_read_fields(const struct fen_schema *schema,
                                            const struct fen_record_selection *selection,
                                            const struct fen_json_value *object,
                                            struct fen_arena *arena, void *message_out,
                                            struct fen_record_error *error_out) FEN_MUST_USE;

#endif /* FEN_WIRE_JSON_READ_H */
