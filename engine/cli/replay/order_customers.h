/*
 * order_customers: whose each order is, learned from order.placed, to key the order's other events.
 *
 * Why: all events of an order must meet in the customer's partition, yet of them only order.placed
 * always says its customer (SPEC §3). A shop's gateway knows it; from files it is looked up. The
 * key alone is completed: an event stays as it was written, for its content tells a duplicate from
 * a conflict.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_REPLAY_ORDER_CUSTOMERS_H
#define FEN_CLI_REPLAY_ORDER_CUSTOMERS_H

#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "model/event.h"

struct fen_order_customers;

/* Knows no order yet. Never NULL; the caller destroys it. */
struct fen_order_customers *fen_order_customers_create(void) FEN_MUST_USE;
void fen_order_customers_destroy(struct fen_order_customers *customers);

/*
 * Learn from every order.placed of those `paths` that are regular files, so that an event before
 * its order is keyed right too. Others can be read only once, and files that cannot be read are
 * left to the one who reads them for good.
 */
void fen_order_customers_scan(struct fen_order_customers *customers, const char *const *paths,
                              uint32_t path_count);

/* Learn from an order.placed, unless its order is known; any other event says nothing new. */
void fen_order_customers_learn(struct fen_order_customers *customers,
                               const struct fen_event *event);

/*
 * The customer under whose key an event belongs: the one it says, else of an order.* event the one
 * its order is known to have; absent: unknown. Borrowed until the next scan or learn.
 */
struct fen_str fen_order_customers_find(const struct fen_order_customers *customers,
                                        const struct fen_event *event);

#endif /* FEN_CLI_REPLAY_ORDER_CUSTOMERS_H */
