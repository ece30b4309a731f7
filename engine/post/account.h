/*
 * account: adding an entry to a payee's sums (SPEC §6, §10 accounts).
 *
 * The sums are small sorted arrays; a batch works on copies in its arena that have room to grow.
 *
 * Threads: pure; any.
 */
#ifndef FEN_POST_ACCOUNT_H
#define FEN_POST_ACCOUNT_H

#include "base/arena.h"
#include "model/account.h"

/* Room of an account's arrays while a batch adds to them. */
struct fen_account_room {
    uint32_t sum_capacity;
    uint32_t date_capacity;
    uint32_t funder_capacity;
};

/*
 * Add a posted entry to seq, balance and all sums. Texts that become part of the account are
 * borrowed from the entry.
 */
void fen_account_add(struct fen_arena *arena, struct fen_account *account,
                     struct fen_account_room *room, const struct fen_entry *entry);

#endif /* FEN_POST_ACCOUNT_H */
