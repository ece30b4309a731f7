/*
 * chain: a retail chain in memory, with one worker's lanes driven batch by batch as the worker
 * does, each batch timed; for bench_transfer.
 *
 * Threads: one.
 */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include <stdint.h>

#include "bench/shop.h"
#include "bench/stretch.h"
#include "stream/lanes.h"

#define BENCH_CHAIN_START_MS   INT64_C(1780243200000) /* 2026-06-01 00:00, +08:00 */
#define BENCH_CHAIN_DAY_MS     INT64_C(86400000)
#define BENCH_CHAIN_BOOK_GUIDE 0u     /* to whom the book's customers are bound */
#define BENCH_CHAIN_BOOK_STORE 0u     /* where they ordered */
#define BENCH_CHAIN_POLL_COUNT 20000u /* org events a poll, as in stream/reference_reader.c */
#define BENCH_CHAIN_LOAD_COUNT 4000u  /* events a batch while the chain is set up */

struct bench_chain_options {
    uint32_t guide_count, store_count, customer_count, book_count, order_count, rule_count;
    uint32_t partition_count;
    uint32_t event_count; /* a batch, of other customers' orders */
};

/* Publications of references, which are another thread's work in `fen run`. */
struct bench_publications {
    int64_t sum_ns; /* applying included */
    int64_t max_ns; /* the longest, with what it applied */
    uint32_t count;
};

struct bench_chain {
    struct bench_chain_options options;
    struct bench_shop shop;
    struct fen_reference_builder *references;
    struct fen_lanes *lanes;
    struct fen_arena *scratch; /* of one event */
    struct fen_arena *bytes;   /* of a batch's messages */
    struct fen_buffer key, value;
    struct fen_message messages[BENCH_CHAIN_LOAD_COUNT];
    uint32_t message_count;
    int64_t offset;
    uint32_t next_order;
    int64_t now_ms;
};

/* A chain without anything; the caller destroys it. */
struct bench_chain *bench_chain_create(const struct bench_chain_options *options) FEN_MUST_USE;
void bench_chain_destroy(struct bench_chain *chain);

/* Publish the plan, announce stores and guides. */
void bench_chain_load_references(struct bench_chain *chain, struct bench_publications *publications,
                                 struct bench_stretch *stretch);

/* Bind every customer and let it be touched: the book's too long ago to bear on an order. */
void bench_chain_load_customers(struct bench_chain *chain, struct bench_stretch *stretch);

/* The orders of the book's customers, placed and paid. */
void bench_chain_load_orders(struct bench_chain *chain, struct bench_stretch *stretch);

/* Apply an org event or a plan, and empty the scratch memory; fails when it is refused. */
void bench_chain_apply(struct bench_chain *chain, const struct fen_event *event);

/* Publish what was applied since `since_ns` (bench_process_clock_ns). */
void bench_chain_publish(struct bench_chain *chain, int64_t since_ns,
                         struct bench_publications *publications);

/* A batch of other customers' orders. */
void bench_chain_run(struct bench_chain *chain, struct bench_stretch *stretch);

/* Such batches until nothing waits to be evaluated anew. */
void bench_chain_settle(struct bench_chain *chain, struct bench_stretch *stretch);

struct fen_counters bench_chain_counters(const struct bench_chain *chain);

/* Fail unless every event was applied and every order had a plan. */
void bench_chain_check(const struct bench_chain *chain);

#endif /* BENCH_CHAIN_H */
