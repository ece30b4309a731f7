/*
 * lane_parts: what the files of a post lane share; private to the post layer.
 *
 * The table holds committed accounts; objects hang on its slots during a batch, in its arena.
 *
 * Threads: one worker.
 */
#ifndef FEN_POST_LANE_PARTS_H
#define FEN_POST_LANE_PARTS_H

#include "base/slab.h"
#include "base/state_table.h"
#include "model/applied.h"
#include "model/difference.h"
#include "post/account.h"
#include "post/lane.h"

/* A payee during a batch. */
struct fen_account_object {
    struct fen_account account;
    struct fen_account_room room;
    struct fen_entries entries;
    uint32_t slot;
    bool is_changed;
    struct fen_str value; /* the record, encoded at finish */
    struct fen_account_object *next;
    /* periods whose entries its period rules have not seen, ascending */
    int32_t *due;
    uint32_t due_count, due_capacity;
    struct fen_account_object *next_due;
    bool is_due; /* stands in the lane's list */
};

/* How far a lane has followed the plans' publications. */
struct fen_post_follow {
    int64_t read;     /* publications the round is for */
    int64_t complete; /* publications that bear on no payee any more */
    uint32_t slot;    /* the last one looked at; goes round */
    uint32_t left;    /* slots still to look at */
};

struct fen_post_lane {
    bool is_at_once; /* period rules follow each event, and a publication is followed to its end */
    struct fen_slab *slab;
    struct fen_state_table *accounts;
    struct fen_applied applied;
    struct fen_arena *restoring; /* of one record that is read back */
    struct fen_post_follow follow;
    struct fen_post_follow follow_before; /* at begin, for discard */
    /* of the batch */
    struct fen_post_batch batch;
    struct fen_account_object *first, **last;
    struct fen_account_object *first_due;
};

/* Read an account from its record; absent value: a payee without entries. */
bool fen_post_account_read(struct fen_arena *arena, struct fen_str key, struct fen_str value,
                           struct fen_account *account_out);

/* The payee's object of this batch, read from the table when first asked for. */
struct fen_account_object *fen_post_lane_account_at(struct fen_post_lane *lane, uint32_t slot);

/* Give a difference seq, balance and an open period, and add it to the account. */
void fen_post_object_post(struct fen_post_lane *lane, struct fen_account_object *object,
                          const struct fen_entry *difference);
void fen_post_object_post_all(struct fen_post_lane *lane, struct fen_account_object *object,
                              const struct fen_entries *differences);

/* Look at payees that a publication may bear on, as many as a batch bears (SPEC §4, §7). */
void fen_post_lane_follow(struct fen_post_lane *lane);

#endif /* FEN_POST_LANE_PARTS_H */
