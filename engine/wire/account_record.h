/*
 * account_record: the records of fen.accounts.v1 as bytes: payees' accounts, and the post lane's
 * own record under FEN_LANE_STATE_KEY (SPEC §10).
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_ACCOUNT_RECORD_H
#define FEN_WIRE_ACCOUNT_RECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/account.h"
#include "wire/event_decode.h"
#include "wire/lane_state.h"

/* Take "tenant/payee" apart, borrowing it; a tenant has no slash. False when it is no such key. */
bool fen_account_key_split(struct fen_str key, struct fen_str *tenant_out,
                           struct fen_str *payee_out) FEN_MUST_USE;

/*
 * Read an account, tenant and payee filled in by its key. Texts borrow key and value, or come from
 * the arena. Returns: false when it cannot be read (an absent value: a tombstone).
 */
bool fen_account_record_decode(enum fen_wire wire, struct fen_str key, struct fen_str value,
                               struct fen_arena *arena,
                               struct fen_account *account_out) FEN_MUST_USE;

/* Read a lane's record. Likewise. */
bool fen_lane_record_decode(enum fen_wire wire, struct fen_str value, struct fen_arena *arena,
                            struct fen_lane_state *state_out) FEN_MUST_USE;

#endif /* FEN_WIRE_ACCOUNT_RECORD_H */
