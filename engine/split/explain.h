/*
 * explain: what a subject's facts come to, evaluated once more with a trace (SPEC §11.7).
 *
 * The evaluation is the lanes' own (pin, entitle, recruit, task): nothing is worked out here. What
 * is added for the reader is which of the customer's touches the order did not keep.
 *
 * Threads: pure; any. All memory comes from the explanation's arena.
 */
#ifndef FEN_SPLIT_EXPLAIN_H
#define FEN_SPLIT_EXPLAIN_H

#include <stdbool.h>

#include "model/customer.h"
#include "model/task.h"
#include "plan/reference.h"
#include "split/task.h"
#include "split/trace.h"

/* A touch of the customer, and whether the order keeps it (model/order.h). */
struct fen_explained_touch {
    struct fen_touch_fact touch;
    bool is_kept;
    bool is_inside; /* of the plan's window for the order; false without a plan */
};

/* An amount under a key: what is due now, and what stands posted. */
struct fen_explained_due {
    struct fen_key key;
    int64_t earned_ms;
    int64_t amount_fen, base_fen;
    int64_t posted_fen, posted_base_fen;
};

struct fen_explanation {
    /* the caller's; all else zero */
    struct fen_arena *arena;
    const struct fen_reference *reference;
    struct fen_order order;       /* an order's state; else made by the functions below */
    struct fen_customer customer; /* of the order, or registered; its tenant absent: unknown */
    struct fen_touch_fact *touches; /* all of the customer's there are, in any order */
    uint32_t touch_count;
    struct fen_task_state task;
    struct fen_task_guide *guides; /* of the task */
    uint32_t guide_count;

    const struct fen_plan *plan; /* NULL: unplanned */
    bool is_new_choice;          /* of another plan than the state says: to be evaluated yet */
    struct fen_attribution attribution;
    struct fen_trace trace;
    struct fen_entitlement entitlement;
    struct fen_explained_touch *explained_touches; /* the newest first, each event once */
    uint32_t explained_touch_count;
    const struct fen_task *task_table; /* NULL: the plan does not know the task */
    struct fen_contender *contenders;  /* by rank; `index` is of `guides` */
    uint32_t contender_count;
    struct fen_explained_due *dues; /* ascending by key */
    uint32_t due_count, due_capacity;
};

/* An order that is placed; unpaid or cancelled it is attributed too, and nothing is due. */
void fen_explain_order(struct fen_explanation *explanation);

/* The customer's registration; the customer is registered. */
void fen_explain_registration(struct fen_explanation *explanation);

/* A task that is closed. */
void fen_explain_task(struct fen_explanation *explanation);

#endif /* FEN_SPLIT_EXPLAIN_H */
