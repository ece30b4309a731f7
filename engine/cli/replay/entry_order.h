/*
 * entry_order: entries of a batch in the order of the events that caused them, those of one event
 * by payee, so that a ledger does not depend on the size of batches; one payee's stay in the order
 * of seq.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_REPLAY_ENTRY_ORDER_H
#define FEN_CLI_REPLAY_ENTRY_ORDER_H

#include <stdint.h>

#include "stream/lanes.h"

struct fen_event_place;
struct fen_ordered_entry;

/* All zero before init; init and deinit own what it points to. */
struct fen_entry_order {
    struct fen_event_place *places; /* of the batch's events, by the hash of their id */
    uint32_t place_mask;
    struct fen_ordered_entry *entries; /* those of one call */
    uint32_t entry_capacity;
};

/* For batches of so many events. Aborts when memory is gone. */
void fen_entry_order_init(struct fen_entry_order *order, uint32_t batch_count);
void fen_entry_order_deinit(struct fen_entry_order *order);

/* Note where in the batch an event stands, from 1 on; of one id the first counts. */
void fen_entry_order_note(struct fen_entry_order *order, struct fen_str event, uint32_t position);

/* Hand out the entries of a batch's projections in order. */
void fen_entry_order_emit(struct fen_entry_order *order, const struct fen_projection *projections,
                          uint32_t projection_count,
                          void (*posted)(void *context, const struct fen_entry *entry),
                          void *context);

/* The batch is over: its events are forgotten. */
void fen_entry_order_clear(struct fen_entry_order *order);

#endif /* FEN_CLI_REPLAY_ENTRY_ORDER_H */
