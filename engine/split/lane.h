/*
 * lane: the owner of one partition's customers, orders and tasks (SPEC §6: the lane that owns the
 * order keeps what it has posted).
 *
 * One event in; facts merged; entitlement of the subjects it bears on worked out anew: orders,
 * registrations, tasks; differences out. Everything a batch changes stands in an overlay (working
 * objects in the batch's arena) until promote copies it into the tables, or discard forgets it.
 *
 * Threads: one worker.
 */
#ifndef FEN_SPLIT_LANE_H
#define FEN_SPLIT_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "model/difference.h"
#include "model/event.h"
#include "plan/reference.h"

struct fen_split_lane;

/* How an event ended here (SPEC §9); dead letters never come this far. */
enum fen_split_fate { FEN_SPLIT_APPLIED, FEN_SPLIT_DUPLICATE, FEN_SPLIT_LATE_TOUCH };

/* Counts of one batch; the caller clears them. */
struct fen_split_counts {
    uint64_t id_conflicts;
    uint64_t refunds_in_excess;
    uint64_t facts_waiting;
    uint64_t orders_placed;
    uint64_t orders_unplanned; /* evaluations without a plan, of registrations and tasks too */
    uint64_t credits_in_suspense;
    uint64_t evaluations;
    uint64_t reevaluations;
    uint64_t lines_due; /* of orders whose evaluation is put off to the end of the batch */
};

/* What a batch works with; the caller owns all of it until promote or discard. */
struct fen_split_batch {
    struct fen_arena *arena;
    struct fen_arena *scratch; /* emptied after each evaluation */
    const struct fen_reference *reference;
    struct fen_entries *entries; /* differences are appended here */
    void (*deliver)(void *context); /* called when an order's differences are there to take */
    void *context;                  /* for deliver */
    struct fen_split_counts *counts;
};

/* What a lane keeps records of. */
enum fen_split_record {
    FEN_SPLIT_ORDER,      /* struct fen_order, under tenant/order */
    FEN_SPLIT_CUSTOMER,   /* struct fen_customer, under tenant/customer */
    FEN_SPLIT_TASK,       /* struct fen_task_state, under tenant/task */
    FEN_SPLIT_TASK_GUIDE, /* struct fen_task_guide, under tenant/task/guide */
};

/* A changed record for a state topic; key and value live in the batch's arena. */
struct fen_split_change {
    enum fen_split_record record;
    struct fen_str key;
    struct fen_str value; /* in protobuf */
    const void *message;  /* for another wire */
};

/*
 * never_late: no touch is late (files). is_at_once: each event is evaluated as it comes, else what
 * a batch changed once, at its end. The caller destroys.
 */
struct fen_split_lane *fen_split_lane_create(bool never_late, bool is_at_once) FEN_MUST_USE;
void fen_split_lane_destroy(struct fen_split_lane *lane);

/*
 * Orders remember no touches: each evaluation looks at the customer's own, which a never_late lane
 * does not forget. For lanes whose records nobody else reads again. Before any batch.
 */
void fen_split_lane_borrow_touches(struct fen_split_lane *lane);

/* Whoever gives the events gives each once: none is noted. Before any batch. */
void fen_split_lane_trust(struct fen_split_lane *lane);

/* Put a state record in; value absent: a tombstone. False: it cannot be read. Before any batch. */
bool fen_split_lane_restore_order(struct fen_split_lane *lane, struct fen_str key,
                                  struct fen_str value) FEN_MUST_USE;
bool fen_split_lane_restore_customer(struct fen_split_lane *lane, struct fen_str key,
                                     struct fen_str value) FEN_MUST_USE;
bool fen_split_lane_restore_task(struct fen_split_lane *lane, struct fen_str key,
                                 struct fen_str value) FEN_MUST_USE;
/* Bring the memory of an order's or a customer's record, which comes soon, nearer. */
void fen_split_lane_restore_ahead(const struct fen_split_lane *lane, struct fen_str key,
                                  bool is_order);
void fen_split_lane_restore_touch(struct fen_split_lane *lane, const struct fen_event *event);

/* How far the lane has followed the references, and the newest times it has seen. */
struct fen_split_progress {
    uint64_t org_change;      /* rows of the org's change log whose effect is complete */
    int64_t plan_publication; /* likewise of publications */
    int64_t newest_order_ms;  /* INT64_MIN: none */
    int64_t newest_touch_ms;  /* INT64_MIN: none */
};
struct fen_split_progress fen_split_lane_progress(const struct fen_split_lane *lane);
void fen_split_lane_restore_progress(struct fen_split_lane *lane,
                                     const struct fen_split_progress *progress);

/* Begin a batch. `batch` is kept until promote or discard. */
void fen_split_lane_begin(struct fen_split_lane *lane, const struct fen_split_batch *batch);

/* How much of what changed in the references a batch may follow. */
struct fen_split_room {
    int64_t looks; /* at rows of the change log and at subjects they may bear on */
    int64_t work;  /* at subjects evaluated anew: 1 and 2 a line, and 1 an entry made */
};

/*
 * Follow the references, first thing in a batch: subjects that looked at an org record changed
 * since, that a retroactive publication bears on, or that waited for a plan, are evaluated anew,
 * until *room is used up; what is used is taken off it, perhaps a little more than there was.
 */
void fen_split_lane_follow(struct fen_split_lane *lane, struct fen_split_room *room);

/* Whether there is more to follow. In a batch, and between batches by the last one's references. */
bool fen_split_lane_is_behind(const struct fen_split_lane *lane);

/* Apply an order.*, touch.*, customer.* or task.* event; its texts must outlive the batch. */
enum fen_split_fate fen_split_lane_apply(struct fen_split_lane *lane,
                                         const struct fen_event *event);

/*
 * End the batch's events: what was put off is evaluated, and what changed is encoded, once for the
 * topic and the table. Before visit_changes and promote. `scratch` is cleared and written to.
 */
void fen_split_lane_finish(struct fen_split_lane *lane, struct fen_buffer *scratch);

/* Visit what the batch changed, in the order it was first changed. */
void fen_split_lane_visit_changes(const struct fen_split_lane *lane,
                                  void (*visit)(void *context,
                                                const struct fen_split_change *change),
                                  void *context);

/* The batch is committed: its overlay becomes the state. */
void fen_split_lane_promote(struct fen_split_lane *lane);
/* The batch is not committed: forget it. */
void fen_split_lane_discard(struct fen_split_lane *lane);

struct fen_split_sizes {
    uint64_t order_count, customer_count, touch_count, mark_count;
    uint64_t state_bytes, held_bytes;
    uint64_t unplanned_count, suspense_count;
};
/* Sizes of the committed state. Between batches. */
void fen_split_lane_measure(const struct fen_split_lane *lane, struct fen_split_sizes *sizes_out);

/* Visit every order; valid during the call; memory from `arena`. Between batches. */
void fen_split_lane_visit_orders(const struct fen_split_lane *lane, struct fen_arena *arena,
                                 void (*visit)(void *context, const struct fen_order *order),
                                 void *context);
/* Likewise the one order, if there is one. */
void fen_split_lane_visit_order(const struct fen_split_lane *lane, struct fen_arena *arena,
                                struct fen_str tenant, struct fen_str order,
                                void (*visit)(void *context, const struct fen_order *order),
                                void *context);

#endif /* FEN_SPLIT_LANE_H */
