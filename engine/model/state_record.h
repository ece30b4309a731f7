/*
 * state_record: the structs of the state topics <-> their protobuf bytes.
 *
 * Every schema goes through record.h as it stands but one: in an order's record a row of `posted`
 * leaves out what the nearest row before of its role and portion has, or where there is none the
 * row before; and the line of the row before. Most rows of an order then say little but amount and
 * base. In the JSON form no row leaves out anything.
 *
 * Threads: pure; any.
 */
#ifndef FEN_MODEL_STATE_RECORD_H
#define FEN_MODEL_STATE_RECORD_H

#include "base/record.h"

/* Append the record of `message`; `scratch` serves the work in between. */
void fen_state_record_encode(const struct fen_schema *schema, const void *message,
                             struct fen_arena *scratch, struct fen_buffer *out);

/* Read a record, as fen_record_decode. */
enum fen_record_status fen_state_record_decode(const struct fen_schema *schema,
                                               struct fen_str bytes, struct fen_arena *arena,
                                               void *message_out) FEN_MUST_USE;

#endif /* FEN_MODEL_STATE_RECORD_H */
