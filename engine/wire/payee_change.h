/*
 * payee_change: what a committed batch changed of one payee, from those who post or follow (stream)
 * to those who project (redis), which do not know each other.
 *
 * Threads: values; any. Everything is borrowed: of a batch until the next begins.
 */
#ifndef FEN_WIRE_PAYEE_CHANGE_H
#define FEN_WIRE_PAYEE_CHANGE_H

#include <stdint.h>

#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"

struct fen_payee_change {
    const struct fen_account *account; /* absolute state after the batch */
    const struct fen_entry *entries;   /* posted in it, ascending by seq */
    uint32_t entry_count;
    struct fen_str record; /* their ledger record as it stands in the topic; absent: no entries */
    struct fen_str store;  /* of a guide payee, by the newest reference; absent otherwise */
};

#endif /* FEN_WIRE_PAYEE_CHANGE_H */
