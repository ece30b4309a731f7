/*
 * backtest_block: many events, put into the order in which they are worked out fastest.
 *
 * Within a stretch references come first, as they came; then customer by customer the touches and
 * bindings, then the customer's orders one by one, each behind what happened to it; then what is
 * neither. So a customer's touches are sorted, and most orders read, worked out and written, once.
 * An event whose moment counts is a stretch of its own.
 *
 * Customers and orders go by hashes of 32 and 30 bits: two that share one stand together, which
 * costs time only.
 *
 * Threads: one at a time.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_BLOCK_H
#define FEN_CLI_BACKTEST_BACKTEST_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "model/event.h"

/* Where an event belongs. */
struct fen_backtest_place {
    enum fen_event_type type;
    uint32_t customer; /* hash; 0: it names none */
    uint32_t order;    /* hash; 0: it is about no order */
    uint32_t content;  /* hash of all it says */
    struct fen_hash128 id; /* of tenant and id */
};
struct fen_backtest_place fen_backtest_place_of(const struct fen_event *event);

/* Whether the event changes what the core knows of staff, stores, plans or periods. */
bool fen_backtest_is_reference(enum fen_event_type type);

struct fen_backtest_item {
    struct fen_str value;  /* protobuf */
    uint32_t customer;     /* as in the place */
    uint32_t within;       /* the order among a customer's events, see backtest_block.c */
    uint32_t level;        /* stretch and rank */
    enum fen_event_type type;
};

struct fen_backtest_block {
    struct fen_arena *arena; /* of the values */
    struct fen_backtest_item *items; /* grows with malloc */
    struct fen_backtest_item *spare; /* during the sort */
    uint32_t count, capacity;
    uint32_t stretch;    /* of the next event */
    bool lacks_customer; /* some event of an order does not name its customer */
};

/* Empty. The caller deinits. */
void fen_backtest_block_init(struct fen_backtest_block *block);
void fen_backtest_block_deinit(struct fen_backtest_block *block);

/* Empty it; memory stays with it. */
void fen_backtest_block_clear(struct fen_backtest_block *block);

/* Take an event; the value is copied. is_alone: nothing is moved across it. */
void fen_backtest_block_take(struct fen_backtest_block *block,
                             const struct fen_backtest_place *place, struct fen_str value,
                             bool is_alone);

/* Whether it is so large that it should be worked on. */
bool fen_backtest_block_is_full(const struct fen_backtest_block *block);

/* Put the items in order. */
void fen_backtest_block_sort(struct fen_backtest_block *block);

#endif /* FEN_CLI_BACKTEST_BACKTEST_BLOCK_H */
