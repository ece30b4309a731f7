/*
 * estimate: what a guide would earn on a cart by the plan in force; nothing is posted.
 *
 * The cart becomes an order that is placed, paid, shipped, picked up and received now, with the
 * guide in the roles asked about, and is evaluated by the lanes' own functions (split/explain.h):
 * there is no second arithmetic. It is read by the decoder of events, so that a cart is refused for
 * what an order would be refused for (SPEC §9). Tiers, bonuses and month limits depend on the whole
 * month and are left out.
 *
 * Threads: pure; any.
 */
#ifndef FEN_API_ESTIMATE_H
#define FEN_API_ESTIMATE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "plan/reference.h"

struct fen_estimate_request {
    struct fen_str tenant;
    struct fen_str payee; /* "guide:ID" */
    struct fen_str roles; /* "share,serve"; absent: share */
    struct fen_str cart;  /* JSON: `lines`, and what else an order.placed may say */
    int64_t now_ms;
};

enum fen_estimate_fate {
    FEN_ESTIMATE_GOOD,
    FEN_ESTIMATE_NOT_A_GUIDE,
    FEN_ESTIMATE_BAD_ROLE, /* one that no guide can have on a cart */
    FEN_ESTIMATE_BAD_CART, /* with the sentence of the refusal */
    FEN_ESTIMATE_NO_PLAN,  /* none is in force for the tenant and currency */
};

/*
 * Work it out and append the answer of schemas/openapi.json. Of a bad cart *reason_out is the
 * refusal's sentence, in the arena.
 */
enum fen_estimate_fate fen_estimate_append_json(const struct fen_reference *reference,
                                                const struct fen_estimate_request *request,
                                                struct fen_arena *arena, struct fen_buffer *out,
                                                struct fen_str *reason_out) FEN_MUST_USE;

#endif /* FEN_API_ESTIMATE_H */
