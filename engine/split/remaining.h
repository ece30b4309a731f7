/*
 * remaining: what of a line's base is left after refunds (SPEC §5, first paragraph; Goodwill).
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_REMAINING_H
#define FEN_SPLIT_REMAINING_H

#include <stdint.h>

#include "model/order.h"
#include "plan/plan.h"

/* Which refunds count. */
enum fen_refund_view {
    FEN_VIEW_WITHHOLD, /* those a role whose plan says withhold counts */
    FEN_VIEW_GOODWILL, /* those a role whose plan says goodwill counts */
    FEN_VIEW_ALL,      /* every refund */
    FEN_VIEW_COUNT,
};

/* base x fraction, floored; and the fraction itself. */
struct fen_remaining {
    int64_t fen;         /* remaining */
    int64_t numerator;   /* of the fraction */
    int64_t denominator; /* of the fraction; > 0 */
};

/* paid + discounts added back - portions excluded; never negative (SPEC §5). */
int64_t fen_line_base_fen(const struct fen_plan *plan, const struct fen_event_line *line);

/* What remains of `base_fen` of a line, by the view whose refunds count. */
void fen_line_remaining(const struct fen_order *order, const struct fen_event_line *line,
                        int64_t base_fen, struct fen_remaining remaining[FEN_VIEW_COUNT]);

/* Whether any refund of the order is a goodwill one for some role of the plan. */
bool fen_order_has_goodwill(const struct fen_order *order, const struct fen_plan *plan);

#endif /* FEN_SPLIT_REMAINING_H */
