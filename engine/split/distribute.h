/*
 * distribute: a role's exact amount on a line -> floored amounts under keys (SPEC §5.5-7, Goodwill,
 * When; §6).
 *
 * Private to the split layer: the working form of an order between the steps of entitle.
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_DISTRIBUTE_H
#define FEN_SPLIT_DISTRIBUTE_H

#include <stdint.h>

#include "model/exact_room.h"
#include "split/attribute.h"
#include "split/entitle.h"
#include "split/remaining.h"

/* The steps are done with each role's own refunds, and again with every refund (Goodwill). */
enum fen_pass { FEN_PASS_OWN_REFUNDS, FEN_PASS_ALL_REFUNDS, FEN_PASS_COUNT };

struct fen_work_credit {
    const struct fen_credit *credit;
    int64_t line;
    int64_t earned_ms; /* FEN_NONE: the trigger fact is missing, all is zero */
    const struct fen_remaining *remaining[FEN_PASS_COUNT]; /* of the line, as the role has it */
    struct fen_exact amount[FEN_PASS_COUNT];
    fen_uint128 scale; /* of `amount`: the line's */
    /* What the amount was cut to, where no scale of a line holds it; else NULL. */
    const struct fen_exact_room *room[FEN_PASS_COUNT];
    struct fen_str capped_by;
};

struct fen_work_line {
    struct fen_attributed_line attributed;
    struct fen_remaining remaining[FEN_VIEW_COUNT];
    struct fen_work_credit *credits;
    uint32_t credit_count;
    fen_uint128 scale; /* of every amount on the line (exact.h) */
    uint32_t credited_roles; /* a bit by role; `credits` stand in the order of roles */
};

struct fen_work {
    struct fen_attribution *attribution;
    struct fen_work_line *lines;
    uint32_t line_count;
    bool has_goodwill;
    struct fen_work_credit **capped; /* those under a cap.order */
    uint32_t capped_count;
    uint32_t capped_capacity;
    int64_t earned_ms; /* looked at last, with its period (0: none yet) and date */
    int32_t period;
    int32_t earned_date;
};

/* Append what every credit of the work gives, unsorted, each key once; counts the suspense. */
void fen_distribute(struct fen_work *work, struct fen_entitlement *entitlement);

#endif /* FEN_SPLIT_DISTRIBUTE_H */
