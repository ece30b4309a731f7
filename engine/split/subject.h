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
    struct fen_event_ref event; /* the newest that says so; absent: nothing is due */
    bool is_anew;               /* only for what came late from outside the subject */
};

/* Put it off; the text is borrowed. */
static inline void fen_due_put(struct fen_due *due, struct fen_event_ref event, bool is_anew)
{
    due->is_anew = is_anew && (due->is_anew || !fen_str_is_set(due->event.id));
    due->event = event;
}

#endif /* FEN_SPLIT_SUBJECT_H */
