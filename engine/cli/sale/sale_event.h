/*
 * sale_event: the events of the sale day, as structs: of stores and guides, and of orders.
 *
 * Threads: one. Texts live in the arena given.
 */
#ifndef FEN_CLI_SALE_SALE_EVENT_H
#define FEN_CLI_SALE_SALE_EVENT_H

#include "base/arena.h"
#include "cli/sale/sale_order.h"

/* What can come; the kinds of the schedule. */
enum fen_sale_kind {
    FEN_SALE_PLAN,
    FEN_SALE_STORE,
    FEN_SALE_GUIDE,
    FEN_SALE_GUIDE_MOVED,
    FEN_SALE_BOUND,
    FEN_SALE_TOUCH,
    FEN_SALE_PLACED,
    FEN_SALE_EDITED,
    FEN_SALE_PAID,
    FEN_SALE_CANCELLED,
    FEN_SALE_SHIPPED,
    FEN_SALE_RECEIVED,
    FEN_SALE_PICKED_UP,
    FEN_SALE_DEADLINE_MOVED,
    FEN_SALE_REFUNDED,
};

/* A touch of an order: when it happened, and when it comes. */
struct fen_sale_touch {
    uint32_t guide;
    uint32_t product; /* UINT32_MAX: none in particular */
    int64_t at_ms;
    int64_t due_ms;
};

/* The order's touch `part`. */
struct fen_sale_touch fen_sale_touch_of(const struct fen_sale_world *world,
                                        const struct fen_sale_order *order, uint32_t part);

/* Whether a guide is announced during the day only. */
bool fen_sale_guide_is_late(const struct fen_sale_world *world, uint32_t guide);

/*
 * The event that is due: of plan, store, guide or order number `due_subject`. `order` is described
 * for kinds from BOUND on, else NULL.
 */
void fen_sale_event_make(const struct fen_sale_world *world, enum fen_sale_kind kind,
                         uint32_t due_subject, uint32_t part, int64_t due_ms,
                         const struct fen_sale_order *order, struct fen_arena *arena,
                         struct fen_event *event_out);

#endif /* FEN_CLI_SALE_SALE_EVENT_H */
