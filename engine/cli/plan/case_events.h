/*
 * case_events: a test case of a plan (plan/case.h) as the events that `fen replay` reads.
 *
 * What a case leaves out is supposed here: the first order comes ten hours into the plan's second
 * day, each further one an hour later; guides, stores and the binding are known long before; an
 * order is paid at once, on its way after a day, received after two, refunded after three.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_EVENTS_H
#define FEN_CLI_PLAN_CASE_EVENTS_H

#include "base/arena.h"
#include "plan/case.h"

/* The customer of every case; its orders are O1, O2, ... */
#define FEN_CASE_CUSTOMER "C1"

struct fen_case_events {
    struct fen_str *lines; /* JSON, one event each */
    uint32_t count, capacity;
};

/* The events of a case under a plan, in the order in which they happen; tenant NONE: not said. */
void fen_case_events_make(const struct fen_plan *plan, const struct fen_case *one,
                          struct fen_str tenant, struct fen_arena *arena,
                          struct fen_case_events *events_out);

#endif /* FEN_CLI_PLAN_CASE_EVENTS_H */
