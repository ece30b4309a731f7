/*
 * payload: a record's value as JSON, whatever its topic and wire.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_CLI_TEXT_PAYLOAD_H
#define FEN_CLI_TEXT_PAYLOAD_H

#include "base/arena.h"
#include "base/buffer.h"
#include "wire/event_decode.h"
#include "wire/message.h"

/*
 * Append `"payload":...`: the decoded object, entries in SPEC §10's form; null for a tombstone. A
 * value that cannot be read is appended as text, or, when it is no UTF-8, as "payload_hex". Dead
 * letters are shown as the bytes they are. `scratch` is used and left as it is.
 */
void fen_payload_append(const struct fen_message *message, enum fen_wire wire,
                        struct fen_arena *scratch, struct fen_buffer *out);

#endif /* FEN_CLI_TEXT_PAYLOAD_H */
