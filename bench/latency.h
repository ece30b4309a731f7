/*
 * latency: what bench_latency's watchers note for each order, and the figures made of it.
 *
 * Threads: the sender's thread writes `scheduled_ns` and `sent_ns` of an order before it sends it,
 * the watcher's `seen_ns` after it has come back through Kafka, which orders the two.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct bench_latency_order {
    int64_t scheduled_ns; /* when it was due, monotonic; 0: not yet */
    int64_t sent_ns;      /* when it was given to the client */
    int64_t seen_ns;      /* 0: not seen */
};

struct bench_latency {
    const char *mark; /* of the orders' ids: MARK-NUMBER */
    struct bench_latency_order *orders;
    uint32_t order_count;
    uint32_t warm_up_count; /* first orders, which are not judged */
    uint32_t seen_count;
    _Atomic bool is_sent; /* all of them */
};

/* Room for the orders of one run. */
void bench_latency_init(struct bench_latency *latency, const char *mark, uint32_t order_count,
                        uint32_t warm_up_count);
void bench_latency_deinit(struct bench_latency *latency);

/* An order was seen, now; only the first time counts. Other ids are passed over. */
void bench_latency_note(struct bench_latency *latency, struct fen_str order);

/* Whether every order has been seen. */
bool bench_latency_is_complete(const struct bench_latency *latency);

/* Print one line of JSON: quantiles in ms of seen - scheduled and of sent - scheduled. */
void bench_latency_print(const struct bench_latency *latency, const char *path, int64_t rate);

#endif /* BENCH_LATENCY_H */
