/*
 * event_decode: bytes of an input record -> a valid event, or the code of SPEC §9 that refuses it.
 *
 * Both wires end in the same struct and pass the same validation, so that protobuf and JSON cannot
 * mean different things. Refusal depends on the event alone. Hostile bytes are bounded before they
 * are unpacked: size, depth, list lengths.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_EVENT_DECODE_H
#define FEN_WIRE_EVENT_DECODE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "model/event.h"

enum fen_wire { FEN_WIRE_PROTOBUF, FEN_WIRE_JSON };

/* Codes of SPEC §9, in the order in which the first that applies names the refusal. */
enum fen_refusal {
    FEN_REFUSAL_NONE,
    FEN_REFUSAL_TOO_LARGE,
    FEN_REFUSAL_TOO_DEEP,
    FEN_REFUSAL_MALFORMED,
    FEN_REFUSAL_UNKNOWN_TYPE,
    FEN_REFUSAL_UNKNOWN_ENUM,
    FEN_REFUSAL_MISSING_FIELD,
    FEN_REFUSAL_BAD_ID,
    FEN_REFUSAL_BAD_AMOUNT,
    FEN_REFUSAL_BAD_QUANTITY,
    FEN_REFUSAL_DUPLICATE_LINE,
    FEN_REFUSAL_MISROUTED,
    FEN_REFUSAL_FUTURE,
    FEN_REFUSAL_BAD_PLAN,
    FEN_REFUSAL_CRASHED,
    FEN_REFUSAL_COUNT,
};

/* A refusal: its code and a sentence that says what to do; `sentence` lives in the arena. */
struct fen_refused {
    enum fen_refusal code;
    struct fen_str sentence;
};

/* "MALFORMED", ...; "" for NONE. */
const char *fen_refusal_name(enum fen_refusal code);

/*
 * Read and validate one event (SPEC §3, §9 up to DUPLICATE_LINE). Defaults are filled in: tenant,
 * version, at and effective, status, lines sorted by line number. Texts borrow `bytes` or `arena`.
 *
 * Returns: NONE, or the code, with *refused_out filled and *event_out undefined.
 */
enum fen_refusal fen_event_decode(enum fen_wire wire, struct fen_str bytes, struct fen_arena *arena,
                                  struct fen_event *event_out, struct fen_refused *refused_out)
    FEN_MUST_USE;

/*
 * The checks that need the record around the event: MISROUTED (key and body disagree, or the key's
 * murmur2 partition is not `partition`) and FUTURE (event time more than 5 minutes ahead of the
 * record's timestamp; timestamp_ms < 0: not known, not checked).
 */
enum fen_refusal fen_event_check_route(const struct fen_event *event, struct fen_str key,
                                       uint32_t partition, uint32_t partition_count,
                                       int64_t timestamp_ms, struct fen_arena *arena,
                                       struct fen_refused *refused_out) FEN_MUST_USE;

/* Append the event in either wire form; what decode gives back equals it. */
void fen_event_encode(enum fen_wire wire, const struct fen_event *event, struct fen_buffer *out);

#endif /* FEN_WIRE_EVENT_DECODE_H */
