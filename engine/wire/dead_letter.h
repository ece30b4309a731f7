/*
 * dead_letter: an event that was refused, kept so that it can be repaired and sent again (SPEC §9).
 *
 * On Kafka it is the original record, key, value and headers untouched, with seven more headers
 * that say where it came from and why it was refused. In files it is one line of JSON.
 *
 * Threads: values; any.
 */
#ifndef FEN_WIRE_DEAD_LETTER_H
#define FEN_WIRE_DEAD_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "wire/event_decode.h"
#include "wire/message.h"

/* Headers __fen.errors.{topic,partition,offset,timestamp,stage,code,message}; values are text. */
#define FEN_DEAD_LETTER_HEADER_COUNT 7u

/*
 * What is kept of a value, a key, and of all headers of others together. A broker bounds what a
 * batch has before it is unpacked: a record out of a few hundred bytes can have more than any
 * producer may send on, and would hold its partition up for ever.
 */
#define FEN_DEAD_LETTER_VALUE_BYTES_MAX (8u * 1024u * 1024u)
#define FEN_DEAD_LETTER_KEY_BYTES_MAX (1024u * 1024u)
#define FEN_DEAD_LETTER_HEADERS_BYTES_MAX (1024u * 1024u)

struct fen_dead_letter {
    struct fen_str topic;    /* the record's; absent: not known */
    int64_t partition;       /* FEN_NONE: not known */
    int64_t offset;          /* FEN_NONE: not known */
    int64_t timestamp_ms;    /* of the record; FEN_NONE: not known */
    struct fen_str stage;    /* "split", "post": who refused it */
    enum fen_refusal code;
    struct fen_str sentence;
};

/*
 * The record to produce for a refused one.
 *
 * On Kafka (`is_file` false): key, value and headers borrow `original`, whose own __fen.errors
 * headers (it was sent again and refused again) give way to the new ones, which come from `arena`;
 * offset and timestamp are the original's. Of one that is too large only the beginning is kept, or
 * no header of its own, and the sentence says how much it had. In a file: the value is the file
 * form, from `arena`, its line number the original's offset. Either way the topic is the dead
 * letters', the partition the original's. `stage` names who refused it ("split", "post"); static.
 */
void fen_dead_letter_make(bool is_file, const struct fen_message *original, const char *stage,
                          const struct fen_refused *refused, struct fen_arena *arena,
                          struct fen_message *letter_out);

/*
 * Read what a dead letter's headers say (a Kafka one); what they do not say stays absent. Texts
 * borrow `message`. Returns whether it has a code at all, that is, whether it is a dead letter.
 */
bool fen_dead_letter_read(const struct fen_message *message, struct fen_dead_letter *letter_out)
    FEN_MUST_USE;

/*
 * Whose event a dead letter is, and its id, as far as they can be told of what was refused: the
 * tenant is the event's own, or where it cannot be read that of the key, which every key begins
 * with. `code` is the letter's. Absent: it cannot be told. Texts borrow `message` or `arena`.
 */
void fen_dead_letter_owner(enum fen_wire wire, const struct fen_message *message,
                           enum fen_refusal code, struct fen_arena *arena,
                           struct fen_str *tenant_out, struct fen_str *id_out);

/* The record as it was before it was refused, to be sent again to letter->topic. */
struct fen_message fen_dead_letter_original(const struct fen_message *message,
                                            struct fen_arena *arena);

/*
 * Append the file form, {"code","message","line":N,"event":"..."}, without line end. Bytes of
 * `event` that are not UTF-8 become U+FFFD each, so that the line stays JSON.
 */
void fen_dead_letter_append_json(const struct fen_refused *refused, int64_t line,
                                 struct fen_str event, struct fen_buffer *out);

#endif /* FEN_WIRE_DEAD_LETTER_H */
