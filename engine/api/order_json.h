/*
 * order_json: one order's money of a payee, with what is known of its reason.
 *
 * The feed has the payee's entries and nothing of the order, so the explanation is what entries
 * carry: which share, rule and plan, base × rate, what caps and shares took off, when it is paid
 * out, what was taken back by which event. A process that reads plans adds the rule's terms as that
 * version has them. What only the order's state knows (others considered, how the base is made of
 * prices, each exact step) stands in Kafka alone: `fen explain`.
 *
 * Threads: pure; any.
 */
#ifndef FEN_API_ORDER_JSON_H
#define FEN_API_ORDER_JSON_H

#include "api/account_json.h"
#include "plan/catalog.h"

/*
 * Append the payee's entries of an order, and what they come to by line, role, portion, rule and
 * funder, each with its explanation. `plans` NULL: not known here; terms are null. Returns: how
 * many entries there are.
 */
uint32_t fen_order_append_json(struct fen_buffer *out, const struct fen_feed_view *feed,
                               struct fen_str order, const struct fen_catalog *plans,
                               struct fen_arena *arena);

#endif /* FEN_API_ORDER_JSON_H */
