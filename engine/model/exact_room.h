/*
 * exact_room: what amounts of several scales leave of a cap, exactly (SPEC §5.4).
 *
 * Why: every amount of a line has one scale (exact.h), but a cap per order spans lines, and lines
 * partly refunded have denominators without a common factor: the exact room of a large order has a
 * denominator of thousands of digits. Only orders that need it come here; all others stay in
 * fen_exact. A room is whole + part/(10^6 x common), with part and common as rows of 64-bit limbs,
 * and 0 <= part < 10^6 x common.
 *
 * Cost: quadratic in the number of partly refunded lines under one cap.
 *
 * Threads: one at a time for each room. Memory is the arena's.
 */
#ifndef FEN_MODEL_EXACT_ROOM_H
#define FEN_MODEL_EXACT_ROOM_H

#include "base/arena.h"
#include "model/exact.h"

struct fen_exact_room {
    uint32_t width; /* limbs of each number, the least first */
    int64_t whole;
    uint64_t *part;
    uint64_t *common;
    uint64_t *scratch[2];
};

/* The room of a cap, from which at most `term_count` amounts are taken; in the arena. */
struct fen_exact_room *fen_exact_room_create(struct fen_arena *arena, int64_t cap_fen,
                                             uint32_t term_count);

/* Take an amount out if it fits, and tell so; else the room stays as it is. */
bool fen_exact_room_take(struct fen_exact_room *room, struct fen_exact amount,
                         fen_uint128 scale);

/* As fen_exact_share_floor, of the room. */
int64_t fen_exact_room_share_floor(const struct fen_exact_room *room, int64_t weight,
                                   int64_t weights, int64_t ppm);

/* The room floored to a millionth of a fen, at `scale`. */
struct fen_exact fen_exact_room_floor(const struct fen_exact_room *room, fen_uint128 scale);

/* The part below one fen in digits, "numerator/denominator", not reduced; in the arena. */
struct fen_str fen_exact_room_digits(const struct fen_exact_room *room, struct fen_arena *arena);

#endif /* FEN_MODEL_EXACT_ROOM_H */
