/*
 * lane_parts: what the files of a split lane share; private to the split layer.
 *
 * Tables hold committed state; objects hang on table slots during a batch and live in its arena.
 * Links (a customer's orders) change only at promote; what a batch adds hangs on its objects.
 *
 * Threads: one worker.
 */
#ifndef FEN_SPLIT_LANE_PARTS_H
#define FEN_SPLIT_LANE_PARTS_H

#include "base/slab.h"
#include "base/state_table.h"
#include "model/applied.h"
#include "model/customer.h"
#include "model/order.h"
#include "split/lane.h"
#include "split/lane_task.h"
#include "split/reference_index.h"
#include "split/subject.h"
#include "split/touches.h"

struct fen_attribution;
struct fen_customer_object;
struct fen_touch_list; /* lane_gather.c */

/* An order during a batch. */
struct fen_order_object {
    struct fen_order order;
    uint32_t slot;
    bool is_changed;
    bool needs_touches; /* placed anew: which touches may bear on it is open */
    struct fen_str subject;    /* "order:ID", once there is something to post */
    struct fen_str key, value; /* of the record, encoded at finish */
    struct fen_due due;
    uint32_t suspense_before;
    struct fen_customer_object *owner; /* whose new order it is, until promote links it */
    struct fen_order_object *next_new; /* of the same customer */
    struct fen_order_object *next;     /* of the batch */
};

/* A touch of this batch. */
struct fen_new_touch {
    struct fen_touch_fact touch;
    struct fen_new_touch *next;
};

/* A customer during a batch. */
struct fen_customer_object {
    struct fen_customer customer;
    uint32_t slot;
    bool is_changed;
    struct fen_str key, value; /* of the record, encoded at finish */
    struct fen_due due;        /* the registration */
    uint32_t suspense_before;
    struct fen_order_object *new_orders;
    struct fen_new_touch *new_touches; /* the newest read first */
    struct fen_touch_list *touch_list; /* of all its touches; NULL: not asked for yet */
    struct fen_customer_object *next; /* of the batch */
};

/* Committed links of an order and of a customer, by slot. */
struct fen_order_link {
    int64_t created_ms;  /* FEN_NONE: not placed */
    int64_t latest_ms;   /* the latest time as of which it may look at an org record */
    uint32_t next_order; /* of the same customer; 0 the last */
    bool is_linked;
    struct fen_subject_flags flags;
};
struct fen_customer_link {
    int64_t newest_created_ms; /* of its orders, of discarded batches too; 0 none */
    uint32_t first_order;
    bool is_registered;
    struct fen_subject_flags flags; /* of its registration */
};

/* A subject that waits for a plan. */
struct fen_unplanned {
    uint32_t slot;
    enum fen_subject subject;
};

/* A subject to evaluate anew, and the event that says so. */
struct fen_pending {
    uint32_t slot;
    enum fen_subject subject;
    struct fen_event_ref cause; /* its id in lane->causes */
};

/* A walk over all subjects, for retroactive publications. */
struct fen_sweep {
    bool is_on;
    enum fen_subject subject;
    uint32_t slot; /* the last one looked at */
    int64_t since; /* publications after this one */
};

struct fen_split_lane {
    bool never_late;
    bool is_at_once;
    bool borrows_touches; /* orders remember none */
    struct fen_slab *slab;
    struct fen_state_table *orders;
    struct fen_state_table *customers;
    struct fen_order_link *order_links;
    uint32_t order_link_count;
    struct fen_customer_link *customer_links;
    uint32_t customer_link_count;
    struct fen_touches *touches;
    struct fen_applied applied;
    struct fen_arena *restoring; /* of one record that is read back */
    struct fen_reference_index *references;          /* of orders */
    struct fen_reference_index *customer_references; /* of registrations */
    struct fen_lane_tasks tasks;

    struct fen_unplanned *unplanned;
    uint32_t unplanned_count, unplanned_capacity;
    uint32_t unplanned_stale_count; /* of rows whose subject has a plan by now */
    uint64_t suspense_count;

    struct fen_pending *pending; /* [pending_done, pending_count) wait */
    uint32_t pending_done, pending_count, pending_capacity;
    uint32_t pending_done_before, pending_count_before; /* at begin, for discard */
    struct fen_arena *causes; /* event ids that pending subjects name */

    uint64_t org_change_read; /* rows of the change log turned into pending subjects */
    uint64_t org_change_read_before; /* at begin, for discard */
    uint64_t org_change_count;       /* rows in the references of the last batch */
    int64_t plan_publication_read;
    struct fen_sweep sweep, sweep_before;
    struct fen_split_progress progress;        /* committed */
    struct fen_split_progress progress_before; /* at begin, for discard */

    /* of the batch */
    struct fen_split_batch batch;
    struct fen_order_object *first_order, **last_order;
    struct fen_customer_object *first_customer, **last_customer;
    struct fen_str window_tenant; /* of window_ms; absent: none yet */
    int64_t window_ms;            /* the longest of its tenant's published plans */
};

/* Give a slot of an order or customer its link; returns the slot. */
uint32_t fen_lane_reach_order(struct fen_split_lane *lane, uint32_t slot);
uint32_t fen_lane_reach_customer(struct fen_split_lane *lane, uint32_t slot);

/* The slot of an order or customer, made where there is none, with its link. */
uint32_t fen_lane_order_slot(struct fen_split_lane *lane, struct fen_str tenant,
                             struct fen_str order);
uint32_t fen_lane_customer_slot(struct fen_split_lane *lane, struct fen_str tenant,
                                struct fen_str customer);

/* The order's object of this batch, read from the table when first asked for. */
struct fen_order_object *fen_lane_order(struct fen_split_lane *lane, struct fen_str tenant,
                                        struct fen_str order);
struct fen_order_object *fen_lane_order_at(struct fen_split_lane *lane, uint32_t slot);

/* Likewise the customer's. */
struct fen_customer_object *fen_lane_customer(struct fen_split_lane *lane, struct fen_str tenant,
                                              struct fen_str customer);
struct fen_customer_object *fen_lane_customer_at(struct fen_split_lane *lane, uint32_t slot);

/* Visit the customer's orders, committed and new, whose `created` is at or after from_ms. */
void fen_lane_visit_customer_orders(struct fen_split_lane *lane,
                                    struct fen_customer_object *customer, int64_t from_ms,
                                    void (*visit)(struct fen_split_lane *lane,
                                                  struct fen_order_object *order,
                                                  const void *context),
                                    const void *context);

/* The longest window of the tenant's published plans. */
int64_t fen_lane_window_ms(struct fen_split_lane *lane, struct fen_str tenant);

/*
 * Evaluate an order whose facts are merged; appends the differences caused by `event`. is_anew: for
 * a reason outside the order itself.
 */
void fen_lane_evaluate(struct fen_split_lane *lane, struct fen_order_object *object,
                       struct fen_event_ref event, bool is_anew);

/* Put into the order every touch of the customer that some published plan's window reaches. */
void fen_lane_gather_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                             struct fen_order *order);

/* Likewise, but lend them for one evaluation, several of one guide and class among them. */
void fen_lane_lend_touches(struct fen_split_lane *lane, struct fen_customer_object *customer,
                           struct fen_order *order);

/*
 * Evaluate the order, for an event of its own or (is_anew) for a touch or binding that came after
 * it. In files this is done at once, so that the ledger follows the file. On Kafka it is put off to
 * the end of the batch: each order need be evaluated only once for all that came with the batch.
 */
void fen_lane_evaluate_soon(struct fen_split_lane *lane, struct fen_order_object *object,
                            struct fen_event_ref event, bool is_anew);

/* Evaluate what was put off. */
void fen_lane_finish_due(struct fen_split_lane *lane);

/*
 * Note in `index` what an evaluation of `slot` looked at: *references becomes that, each once and
 * ascending.
 */
void fen_lane_note_references(struct fen_split_lane *lane, struct fen_reference_index *index,
                              uint32_t slot, struct fen_attribution *attribution,
                              int64_t **references, uint32_t *reference_count);

/* As the three above, of a customer's registration (lane_recruit.c). */
void fen_lane_evaluate_recruit(struct fen_split_lane *lane, struct fen_customer_object *object,
                               struct fen_event_ref event, bool is_anew);
void fen_lane_evaluate_recruit_soon(struct fen_split_lane *lane,
                                    struct fen_customer_object *object,
                                    struct fen_event_ref event,
                                    bool is_anew);
void fen_lane_finish_due_recruits(struct fen_split_lane *lane);

/* At promote and restore: a registration follows retroactive plans, or waits for its first. */
void fen_lane_keep_registration(struct fen_split_lane *lane, uint32_t slot,
                                const struct fen_customer *customer);

/* At begin: note what changed in the references. */
void fen_lane_begin_following(struct fen_split_lane *lane);

/* At promote and discard: what was followed in the batch is done with, or still to follow. */
void fen_lane_promote_following(struct fen_split_lane *lane);
void fen_lane_discard_following(struct fen_split_lane *lane);

/* Whether a subject waits for a plan: put it into lane->unplanned, or leave it there as stale. */
void fen_lane_set_unplanned(struct fen_split_lane *lane, enum fen_subject subject, uint32_t slot,
                            bool is_unplanned);

/*
 * Read the record of a slot into `message`, cleared where there is none; returns its key. Both are
 * copies in the batch's arena: entries and projections may quote them after promote has replaced
 * the record.
 */
struct fen_str fen_lane_load(struct fen_split_lane *lane, const struct fen_state_table *table,
                             uint32_t slot, const struct fen_schema *schema, void *message);

/* The record of `message` in the batch's arena. */
struct fen_str fen_lane_encode(struct fen_split_lane *lane, const struct fen_schema *schema,
                               const void *message, struct fen_buffer *scratch);

/* A customer has an order of this `created` (FEN_NONE: not placed). */
void fen_lane_note_created(struct fen_split_lane *lane, uint32_t customer_slot,
                           int64_t created_ms);

/* At promote and restore: keep the order's times, and link it to its customer. */
void fen_lane_link_order(struct fen_split_lane *lane, uint32_t slot, struct fen_str tenant,
                         const struct fen_order *order);

/* At promote: make the batch's touches of a customer the lane's. */
void fen_lane_promote_touches(struct fen_split_lane *lane, struct fen_customer_object *customer);

#endif /* FEN_SPLIT_LANE_PARTS_H */
