/*
 * subject: what a split lane evaluates (an order, a registration, a task), and what it remembers of
 * one beside its record. Private to the split layer.
 *
 * Threads: values; any.
 */
#ifndef FEN_SPLIT_SUBJECT_H
#define FEN_SPLIT_SUBJECT_H

#include <stdbool.h>

#include "model/event.h"

enum fen_subject {
    FEN_SUBJECT_ORDER,
    FEN_SUBJECT_CUSTOMER, /* its registration */
    FEN_SUBJECT_TASK,
};

/* Which rows of the lane are about a subject. */
struct fen_subject_flags {
    bool is_unplanned; /* one of lane->unplanned */
    bool is_pending;   /* one of lane->pending; also one that is done, until promote */
};

/* That it is to be evaluated at the end of the batch, which ends it, too. */
struct fen_due {
    struct fen_event_ref event; /* the one that says so; absent: nothing is due */
    bool is_anew;               /* only for what came late from outside the subject */
};

/* Whether an event is there to take away what was earned. */
static inline bool fen_due_takes_away(enum fen_event_type type)
{
    return type == FEN_EVENT_ORDER_REFUNDED || type == FEN_EVENT_ORDER_CANCELLED ||
           type == FEN_EVENT_CUSTOMER_REGISTRATION_VOIDED;
}

/*
 * Put it off; the text is borrowed. Of several events of a batch the newest is named, but one that
 * takes away before others: who reads that less is due asks for the refund.
 */
static inline void fen_due_put(struct fen_due *due, struct fen_event_ref event, bool is_anew)
{
    due->is_anew = is_anew && (due->is_anew || !fen_str_is_set(due->event.id));
    if (fen_due_takes_away(event.type) || !fen_due_takes_away(due->event.type))
        due->event = event;
}

#endif /* FEN_SPLIT_SUBJECT_H */
