/*
 * counters: one counter per fate, so that nothing ends in silence (SPEC §9).
 *
 * Every event read ends in exactly one of applied, duplicate, late_touch_dropped, dead_lettered;
 * fen_counters_balance says whether they add up. A batch counts into a copy of its own, added to
 * the worker's when its transaction is committed and forgotten when it is not.
 *
 * Threads: a struct belongs to its worker; readers (metrics) go through fen_counters_read, which
 * takes relaxed atomic copies: a reader may see a batch half added, never a torn number.
 */
#ifndef FEN_WIRE_COUNTERS_H
#define FEN_WIRE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/event_decode.h"

/* name, help. Prometheus: fen_<name>_total. */
#define FEN_COUNTERS(X)                                                                            \
    X(events_read, "input events read")                                                            \
    X(events_applied, "events that were applied")                                                  \
    X(events_duplicate, "events seen before")                                                      \
    X(events_late_touch_dropped, "touches beyond every window, without effect")                    \
    X(events_dead_lettered, "events refused, kept in fen.dlq.v1")                                  \
    X(id_conflicts, "duplicates by id whose content differs")                                      \
    X(plan_conflicts, "plan versions published again with other content")                          \
    X(refunds_in_excess, "refunds beyond what a line was paid")                                    \
    X(facts_waiting, "facts that came before their order or line")                                 \
    X(orders_placed, "orders placed for the first time")                                           \
    X(orders_unplanned, "evaluations that found no plan")                                          \
    X(credits_in_suspense, "credits held because the guide is not announced")                      \
    X(evaluations, "orders evaluated")                                                             \
    X(reevaluations, "orders evaluated anew for a late touch, binding, reference or plan")         \
    X(entries_posted, "ledger entries")                                                            \
    X(entries_beyond_range, "differences not posted: the payee's sums would leave 64 bits")        \
    X(differences_sent, "differences sent to another worker")                                      \
    X(differences_received, "differences received from another worker")                            \
    X(postings_repeated, "posting records seen before, dropped by their number")

struct fen_counters {
#define FEN_COUNTER_FIELD(name, help) uint64_t name;
    FEN_COUNTERS(FEN_COUNTER_FIELD)
#undef FEN_COUNTER_FIELD
    uint64_t dead_lettered_by_code[FEN_REFUSAL_COUNT];
};

/* Add `batch` to `total`, by relaxed atomic stores (single writer). Thread: worker. */
void fen_counters_add(struct fen_counters *total, const struct fen_counters *batch);

/* A copy by relaxed atomic loads, added to *sum. Thread: any. */
void fen_counters_read(const struct fen_counters *total, struct fen_counters *sum);

/* Whether read = applied + duplicate + late + dead-lettered, and the codes sum to the latter. */
bool fen_counters_balance(const struct fen_counters *counters);

#endif /* FEN_WIRE_COUNTERS_H */
