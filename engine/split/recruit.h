/*
 * recruit: what a registration entitles its recruiter to (SPEC §5 Recruit).
 *
 * Threads: pure; any.
 */
#ifndef FEN_SPLIT_RECRUIT_H
#define FEN_SPLIT_RECRUIT_H

#include "split/entitle.h"

/*
 * The entitlement of attribution->customer, who is registered: an amount once, nothing when the
 * registration is voided or names no recruiter. attribution->order is the registration in the form
 * of an order (fen_recruit_order); initialises `attribution`, whose arena holds the result.
 */
void fen_recruit_entitle(struct fen_attribution *attribution,
                         struct fen_entitlement *entitlement);

/*
 * The registration as an order: its time, its customer and its store, all that attribution asks of
 * one. Texts are borrowed from `customer`.
 */
struct fen_order fen_recruit_order(const struct fen_customer *customer);

#endif /* FEN_SPLIT_RECRUIT_H */
