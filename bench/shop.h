/*
 * shop: the events of a made-up shop, drawn from their number alone, for benchmarks that need them
 * one by one (bench_core, bench_latency). A whole sale day is `fen generate`'s.
 *
 * Each customer is bound to a guide and has opened what another shared; each order has two lines.
 *
 * Threads: any; a shop is constant. Texts of an event live in the arena given.
 */
#ifndef BENCH_SHOP_H
#define BENCH_SHOP_H

#include <stdint.h>

#include "base/arena.h"
#include "model/event.h"

#define BENCH_BRAND_COUNT    50u
#define BENCH_CATEGORY_COUNT 20u
#define BENCH_REGION_COUNT   6u

struct bench_shop {
    const char *mark; /* in every id of an order, a touch and an event: tells runs apart */
    uint32_t guide_count;
    uint32_t store_count;
    uint32_t customer_count;
    uint32_t sku_count;
    int64_t open_ms; /* when stores, guides, bindings and touches begin */
};

/* Ids. */
struct fen_str bench_shop_guide_id(struct fen_arena *arena, uint32_t guide);
struct fen_str bench_shop_store_id(struct fen_arena *arena, uint32_t store);
struct fen_str bench_shop_customer_id(struct fen_arena *arena, uint32_t customer);

/* What the shop is: a store, a guide, a customer's binding, what the customer opened. */
void bench_shop_store(const struct bench_shop *shop, uint32_t store, struct fen_arena *arena,
                      struct fen_event *event_out);
void bench_shop_guide(const struct bench_shop *shop, uint32_t guide, struct fen_arena *arena,
                      struct fen_event *event_out);
void bench_shop_bound(const struct bench_shop *shop, uint32_t customer, struct fen_arena *arena,
                      struct fen_event *event_out);
void bench_shop_touch(const struct bench_shop *shop, uint32_t customer, uint32_t number,
                      int64_t at_ms, struct fen_arena *arena, struct fen_event *event_out);

/* The customer of order `number`. */
uint32_t bench_shop_customer_of(const struct bench_shop *shop, uint32_t number);

/* The life of order `number`, each event at `at_ms`. */
void bench_shop_placed(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                       struct fen_arena *arena, struct fen_event *event_out);
void bench_shop_paid(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                     struct fen_arena *arena, struct fen_event *event_out);
void bench_shop_picked_up(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                          struct fen_arena *arena, struct fen_event *event_out);
void bench_shop_refunded(const struct bench_shop *shop, uint32_t number, int64_t at_ms,
                         struct fen_arena *arena, struct fen_event *event_out);

#endif /* BENCH_SHOP_H */
