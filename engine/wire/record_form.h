/*
 * record_form: any record of fen's own topics, in the form that the wire has.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_RECORD_FORM_H
#define FEN_WIRE_RECORD_FORM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/record.h"
#include "wire/event_decode.h"

/*
 * Read `value` into `message_out`; texts borrow it or come from the arena. Returns: false when it
 * cannot be read, or is absent (a tombstone).
 */
bool fen_record_form_decode(enum fen_wire wire, const struct fen_schema *schema,
                            struct fen_str value, struct fen_arena *arena,
                            void *message_out) FEN_MUST_USE;

#endif /* FEN_WIRE_RECORD_FORM_H */
