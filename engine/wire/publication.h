/*
 * publication: what a plan.published event says beside its plan: who published it, and why.
 *
 * Why beside: SPEC §3 gives the event a plan and `retroactive`, and whether it is refused depends
 * on these alone. `approver` and `reason`, fields of fen.Event that other types have, are written
 * into it for people; the engine passes over them as over any field a type does not have.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_PUBLICATION_H
#define FEN_WIRE_PUBLICATION_H

#include "base/arena.h"
#include "wire/event_decode.h"

struct fen_publication {
    struct fen_str approver; /* absent: nobody says */
    struct fen_str reason;
};

/*
 * Read them from a valid event's bytes; texts borrow `bytes` or `arena`. What is no text, or out of
 * form, is absent: it is said for people only.
 */
void fen_publication_read(enum fen_wire wire, struct fen_str bytes, struct fen_arena *arena,
                          struct fen_publication *publication_out);

/* Whether a text may stand in a field that is one (SPEC §3): 1-128 bytes, no control characters. */
bool fen_publication_is_text(struct fen_str text) FEN_MUST_USE;

#endif /* FEN_WIRE_PUBLICATION_H */
