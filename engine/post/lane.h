/*
 * lane: the owner of one partition's payees (SPEC §6: each payee has one owner, which gives entries
 * a dense `seq` and the `balance` after).
 *
 * Differences come in, entries with seq and balance come out; the account is the fold of its
 * entries. Adjustments and payouts are facts of the payee and become entries here, and so do tiers,
 * bonuses and month limits, which are worked out from the account's sums. As in a split
 * lane, a batch changes an overlay, which promote makes the state and discard forgets.
 *
 * Threads: one worker.
 */
#ifndef FEN_POST_LANE_H
#define FEN_POST_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "model/account.h"
#include "model/entry.h"
#include "model/event.h"
#include "plan/reference.h"

struct fen_post_lane;

enum fen_post_fate { FEN_POST_APPLIED, FEN_POST_DUPLICATE };

struct fen_post_counts {
    uint64_t id_conflicts;
    uint64_t entries_posted;
    uint64_t entries_beyond_range; /* not posted: the account's range has no room (account.h) */
};

/* How much of a publication a batch may follow (SPEC §4, §7). */
struct fen_post_room {
    uint32_t look_count;  /* payees looked at */
    uint32_t payee_count; /* of these worked out anew */
};

/* What a batch works with; the caller owns all of it until promote or discard. */
struct fen_post_batch {
    struct fen_arena *arena;
    struct fen_arena *scratch; /* emptied after each use */
    const struct fen_reference *reference;
    struct fen_post_counts *counts;
    struct fen_post_room room; /* not asked for where is_at_once */
};

/* A payee that a batch changed. Memory is the batch arena's. */
struct fen_post_change {
    const struct fen_account *account; /* after the batch so far */
    struct fen_str value;              /* its record in protobuf; after finish */
    const struct fen_entry *entries;   /* of the batch, ascending by seq */
    uint32_t entry_count;
};

/*
 * An empty lane; the caller destroys it. is_at_once: a publication is followed to its end at once
 * (files), and not a bounded number of payees per batch.
 */
struct fen_post_lane *fen_post_lane_create(bool is_at_once) FEN_MUST_USE;
/* Free the lane; NULL is fine. */
void fen_post_lane_destroy(struct fen_post_lane *lane);

/* Put an AccountState record in; `value` absent: a tombstone. False: it cannot be read. */
bool fen_post_lane_restore(struct fen_post_lane *lane, struct fen_str key,
                           struct fen_str value) FEN_MUST_USE;

/*
 * The newest plan publication whose effect on the period rules and manual entries of all payees is
 * posted (SPEC §4, §7); recorded with the lane, so that one that takes over goes on from there.
 */
int64_t fen_post_lane_progress(const struct fen_post_lane *lane);
void fen_post_lane_restore_progress(struct fen_post_lane *lane, int64_t plan_publication);

/*
 * Begin a batch: period rules and manual entries of payees for whom a publication may have changed
 * tables or time zone are worked out anew, a bounded number per batch. `batch` is kept until
 * promote or discard.
 */
void fen_post_lane_begin(struct fen_post_lane *lane, const struct fen_post_batch *batch);

/* Whether there are more payees to work out. In a batch and between batches. */
bool fen_post_lane_is_behind(const struct fen_post_lane *lane);

/*
 * Post one difference: it gets the payee's next seq and the balance after it, and, where its period
 * is closed, the earliest open one after (SPEC §6). Texts must outlive the batch. Beyond the
 * account's range (account.h) it is counted, and not posted.
 */
void fen_post_lane_post(struct fen_post_lane *lane, const struct fen_entry *difference);

/* Apply adjustment.posted, payout.sent or payout.failed (SPEC §3, §6). */
enum fen_post_fate fen_post_lane_apply(struct fen_post_lane *lane, const struct fen_event *event);

/*
 * Bring the period rules of what was posted since the last call up to date (SPEC §7). In files
 * after each event, so that the ledger follows the file; else once a batch, which finish does.
 */
void fen_post_lane_settle(struct fen_post_lane *lane);

/*
 * End the batch: settle, then encode each changed account, once for the topic and the table.
 * Before promote. `scratch` is cleared and written to.
 */
void fen_post_lane_finish(struct fen_post_lane *lane, struct fen_buffer *scratch);

/* Visit the payees the batch changed, in the order they were first changed. */
void fen_post_lane_visit_changes(const struct fen_post_lane *lane,
                                 void (*visit)(void *context,
                                               const struct fen_post_change *change),
                                 void *context);

/* Whether the batch changed anything. */
bool fen_post_lane_is_changed(const struct fen_post_lane *lane);

/* The batch is committed: its overlay becomes the state. */
void fen_post_lane_promote(struct fen_post_lane *lane);
/* The batch is not committed: forget it. */
void fen_post_lane_discard(struct fen_post_lane *lane);

/* Visit every account; valid during the call; memory from `arena`. Between batches. */
void fen_post_lane_visit_accounts(const struct fen_post_lane *lane, struct fen_arena *arena,
                                  void (*visit)(void *context, const struct fen_account *account),
                                  void *context);

struct fen_post_sizes {
    uint64_t payee_count, mark_count;
    uint64_t state_bytes, held_bytes;
};
/* Sizes of the committed state. Between batches. */
void fen_post_lane_measure(const struct fen_post_lane *lane, struct fen_post_sizes *sizes_out);

#endif /* FEN_POST_LANE_H */
