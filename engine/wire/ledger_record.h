/*
 * ledger_record: the records of fen.ledger.v1 and fen.postings.v1 as bytes (SPEC §10).
 *
 * In protobuf, a ledger record's entries leave out what the record's key and head already say
 * (tenant, payee, seq, balance); reading puts it back. In JSON every entry has SPEC §10's whole
 * form, so that a subscriber needs nothing but a JSON reader.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_LEDGER_RECORD_H
#define FEN_WIRE_LEDGER_RECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "model/entry.h"
#include "wire/event_decode.h"

/* Append the record in the wire's form. */
void fen_ledger_record_encode(enum fen_wire wire, const struct fen_ledger_record *record,
                              struct fen_buffer *out);

/* Append the record in the wire's form. */
void fen_posting_record_encode(enum fen_wire wire, const struct fen_posting_record *record,
                               struct fen_buffer *out);

/*
 * Read a ledger record: entries whole again, by the record's key "tenant/payee". Texts borrow key
 * and value, or come from the arena. Returns: false when it cannot be read.
 */
bool fen_ledger_record_decode(enum fen_wire wire, struct fen_str key, struct fen_str value,
                              struct fen_arena *arena,
                              struct fen_ledger_record *record_out) FEN_MUST_USE;
bool fen_posting_record_decode(enum fen_wire wire, struct fen_str value, struct fen_arena *arena,
                               struct fen_posting_record *record_out) FEN_MUST_USE;

#endif /* FEN_WIRE_LEDGER_RECORD_H */
