/*
 * period_rules: what tiers, bonuses and month limits entitle a payee to for one period, from the
 * sums over its entries, as differences from what they have posted (SPEC §7).
 *
 * Nothing here is an increment: each amount is worked out anew from the sums. Tiers come first,
 * then bonuses, whose sums include them, then month limits, which may name bonuses; so what one
 * step posts must be in the account before the next is worked out.
 *
 * Threads: pure; any.
 */
#ifndef FEN_POST_PERIOD_RULES_H
#define FEN_POST_PERIOD_RULES_H

#include "base/arena.h"
#include "model/account.h"
#include "model/entry.h"
#include "plan/catalog.h"
#include "post/account.h"
#include "post/period_trace.h"

struct fen_period_rules {
    struct fen_arena *arena;   /* of what lasts for the batch */
    struct fen_arena *scratch; /* of one comparison */
    const struct fen_catalog *catalog;
    struct fen_account *account;
    struct fen_account_room *room;
    struct fen_event_ref event; /* that caused it */
    struct fen_period_trace *trace; /* notes what each rule comes to; NULL: nobody asks */
    /*
     * Called for each difference, in the order in which they are to be posted; adds it to the
     * account. Its period is that of its subject, open or closed.
     */
    void (*post)(void *context, const struct fen_entry *difference);
    void *context;
};

/*
 * Bring all period rules of one period up to date. What is posted for it is kept in
 * account->period_posted; a payee without entries in the period has nothing to bring up to date.
 */
void fen_period_rules_apply(const struct fen_period_rules *rules, int32_t period);

#endif /* FEN_POST_PERIOD_RULES_H */
