/*
 * facts: how events merge into what is known of an order or a customer (SPEC §3).
 *
 * Each merge is commutative, associative and idempotent, so that order of arrival and repetition
 * cannot matter. Arrays are never changed in place: a change makes a new one in the arena, so that
 * a discarded batch leaves no trace.
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_FACTS_H
#define FEN_SPLIT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/customer.h"
#include "model/event.h"
#include "model/exact.h"
#include "model/order.h"

/* Merge an order.* event; texts borrow the event. Returns whether anything known changed. */
bool fen_facts_merge_order(struct fen_arena *arena, const struct fen_event *event,
                           struct fen_order *order);

/* Merge a customer.* event. Returns whether anything known changed. */
bool fen_facts_merge_customer(struct fen_arena *arena, const struct fen_event *event,
                              struct fen_customer *customer);

/*
 * Of one guide's touches only the newest can win, and under `sku_first` the newest of a line's sku:
 * a touch's class is the place, from 1, of the first line with its sku, else 0 (SPEC §4 share).
 */
uint32_t fen_facts_touch_class(const struct fen_order *order, struct fen_str sku);

/* Times, places and servers that hold for one line: line facts and whole-order facts together. */
struct fen_line_times {
    int64_t at_ms[FEN_FACT_COUNT]; /* by fen_fact_kind; FEN_NONE: not yet */
    const struct fen_line_fact *pickup;   /* NULL: not yet */
    const struct fen_line_fact *shipment; /* NULL: not yet */
    int64_t until_ms;                     /* moved deadline; FEN_NONE: none */
};
struct fen_line_times fen_facts_line_times(const struct fen_order *order, int64_t line);

/* The binding that holds as of a time; NULL: none (SPEC §3). */
const struct fen_binding *fen_facts_binding(const struct fen_customer *customer, int64_t at_ms);

/* The order's line of that number; NULL: it does not (yet) have it. */
const struct fen_event_line *fen_facts_line(const struct fen_order *order, int64_t number);

/*
 * By how much refunds exceed the lines' `paid`, in sum over the order's lines, in minor units (SPEC
 * §3); *line_count_out: of how many lines they do.
 */
fen_int128 fen_facts_refund_excess(const struct fen_order *order, uint32_t *line_count_out);

#endif /* FEN_SPLIT_FACTS_H */
