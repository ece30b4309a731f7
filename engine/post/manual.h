/*
 * manual: adjustments and payouts as facts of a payee, and what they entitle to (SPEC §3, §6).
 *
 * Threads: pure; any.
 */
#ifndef FEN_POST_MANUAL_H
#define FEN_POST_MANUAL_H

#include "base/arena.h"
#include "model/account.h"
#include "model/difference.h"
#include "model/event.h"
#include "plan/catalog.h"

/*
 * Merge adjustment.posted, payout.sent or payout.failed into the account's facts, which the arena
 * holds. Returns the fact it bears on, valid until the next merge; NULL: it is no news (SPEC §3:
 * another event holds). Texts borrow the event.
 */
struct fen_manual_fact *fen_manual_merge(struct fen_arena *arena, const struct fen_event *event,
                                         struct fen_account *account);

/*
 * Append the differences that the fact now causes. The time zone is that of the plan in force at
 * the fact's time, +08:00 without one (SPEC §4 Plan).
 */
void fen_manual_difference(struct fen_arena *arena, const struct fen_catalog *catalog,
                           const struct fen_account *account, struct fen_event_ref event,
                           struct fen_manual_fact *fact, struct fen_entries *entries);

#endif /* FEN_POST_MANUAL_H */
