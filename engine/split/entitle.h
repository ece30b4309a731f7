/*
 * entitle: how much the facts known now entitle whom to, on one order (SPEC §5).
 *
 * All steps are exact until the one floor per entry. The steps, in SPEC's numbering:
 * 1 pay, 2 cap.line, 3 limits per line, 4 cap.order, 5 servers, 6 split, 7 floor.
 * Under goodwill they are done twice, with each role's own refunds and with every refund.
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_ENTITLE_H
#define FEN_SPLIT_ENTITLE_H

#include <stdint.h>

#include "model/difference.h"
#include "split/attribute.h"

struct fen_entitlement {
    struct fen_entitled *items; /* ascending by key, each key once */
    uint32_t count;
    uint32_t capacity;
    uint32_t suspense_count; /* (line, role) credits that wait for a guide */
};

/*
 * The entitlement of attribution->order, which is placed; initialises `attribution`, whose arena
 * holds the result. Amounts are zero, and so absent, until the order is paid or when cancelled.
 */
void fen_entitle_order(struct fen_attribution *attribution, struct fen_entitlement *entitlement);

/* Whether the refunds of a line exceed what was paid for it (SPEC §3: clamped, counted). */
bool fen_entitle_is_refund_in_excess(const struct fen_order *order, int64_t line);

#endif /* FEN_SPLIT_ENTITLE_H */
