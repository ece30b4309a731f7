/*
 * ledger_fold: what the ledger alone says each account is; the measure everything else is held to.
 *
 * Every entry of fen.ledger.v1 is added in its payee's order; on the way it is checked that `seq`
 * is dense and that `balance` runs (SPEC invariant 5).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_INSPECT_LEDGER_FOLD_H
#define FEN_CLI_INSPECT_LEDGER_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "model/account.h"
#include "model/exact.h"

struct fen_ledger_fold;

/* One payee as the ledger has it. */
struct fen_folded {
    struct fen_account account; /* tenant, payee, seq, balance, sums by period and role, dates,
                                   funders */
    uint32_t sum_capacity;
    uint32_t date_capacity;
    uint32_t funder_capacity;
    fen_int128 posted_fen; /* of the audit: what states say was posted to this payee */
    bool is_seen;       /* of the audit: there is an account for it */
};

/* An empty fold; never NULL; the caller destroys it. */
struct fen_ledger_fold *fen_ledger_fold_create(void) FEN_MUST_USE;
/* Free the fold and every payee in it; NULL is fine. */
void fen_ledger_fold_destroy(struct fen_ledger_fold *fold);

/* The payee; NULL when the ledger has never named it. */
struct fen_folded *fen_ledger_fold_find(const struct fen_ledger_fold *fold, struct fen_str tenant,
                                        struct fen_str payee);

/* Likewise, made where it is not there. Never NULL. */
struct fen_folded *fen_ledger_fold_insert(struct fen_ledger_fold *fold, struct fen_str tenant,
                                          struct fen_str payee);

/*
 * Add an entry. Returns: NULL, or a sentence (static) when its seq or balance does not follow from
 * the entry before; it is added all the same.
 */
const char *fen_ledger_fold_add(struct fen_ledger_fold *fold, const struct fen_entry *entry);

/*
 * The first (funder, period) of which the account and the fold do not say the same; a row of 0 is
 * as good as none. Returns: false when there is none. The texts are borrowed.
 */
bool fen_ledger_fold_funder_differs(const struct fen_account *folded,
                                    const struct fen_account *account,
                                    struct fen_account_funder *expected_out,
                                    struct fen_account_funder *found_out);

/* Payees so far, and each of them by number from 0. */
uint32_t fen_ledger_fold_count(const struct fen_ledger_fold *fold);
struct fen_folded *fen_ledger_fold_at(const struct fen_ledger_fold *fold, uint32_t number);

#endif /* FEN_CLI_INSPECT_LEDGER_FOLD_H */
