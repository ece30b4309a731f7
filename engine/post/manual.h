/*
 * manual: adjustments and payouts as facts of a payee, and what they entitle to (SPEC §3, §6).
 *
 * Of a plan they take the time zone alone, which says their date and month (SPEC §4 Plan). A fact
 * is pinned for its `time` by the number of the newest publication then known. The plan is the one
 * chosen among the publications up to that; or, where none of these was for that time, up to the
 * first that is; or up to the newest retroactive one that covers it. So it follows from when the
 * events came and the plans were published, whenever it is asked for, and a publication that moves
 * nothing writes nothing.
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
 * holds, and pin its time to `publication`, the newest one known. Returns the fact it bears on,
 * valid until the next merge; NULL: it is no news (SPEC §3: another event holds; its time is pinned
 * all the same, should a third event bring it back). Texts borrow the event.
 */
struct fen_manual_fact *fen_manual_merge(struct fen_arena *arena, const struct fen_event *event,
                                         int64_t publication, struct fen_account *account);

/* Append the differences that a fact now causes; its time is pinned. */
void fen_manual_difference(struct fen_arena *arena, const struct fen_catalog *catalog,
                           const struct fen_account *account, struct fen_event_ref event,
                           struct fen_manual_fact *fact, struct fen_entries *entries);

/*
 * Append the differences that the publications after `since`, the newest one whose effect is
 * posted, cause to all facts of the account: those that one of them chooses anew, and those that
 * had no plan until then. A fact without a pin, from a record of a version of fen that kept none,
 * is taken for pinned at `since`: it stays as it was posted until one of these chooses for it.
 */
void fen_manual_follow(struct fen_arena *arena, const struct fen_catalog *catalog,
                       struct fen_account *account, int64_t since, struct fen_entries *entries);

#endif /* FEN_POST_MANUAL_H */
