/*
 * fields: the hash fields and rankings of a payee's account in Redis (schemas/redis.md).
 *
 *     seq, balance           of the account
 *     p:2026-11:share        sum of a period and role, as `by_period` of SPEC §10
 *     d:2026-11-28, d:null   sum by the date it becomes available, as `by_date`; without zeros
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_REDIS_FIELDS_H
#define FEN_REDIS_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/account.h"
#include "model/entry.h"
#include "redis/block.h"

/* Enough for any field's name: the longest names a funder, a kind and an id of 64 bytes. */
#define FEN_FIELD_NAME_BYTES 96

/* Beyond this a score would not be exact: it is clamped. */
#define FEN_SCORE_MAX INT64_C(9000000000000000)

/* Whether a payee stands in its store's rankings: guides do. */
bool fen_fields_ranks(struct fen_str payee);

/*
 * Append the arguments of fence.lua from `fields` to `ranking`: those that the entries touched, or
 * all. Returns: how many arguments.
 */
uint32_t fen_fields_append_changes(struct fen_block *block, const struct fen_account *account,
                                   const struct fen_entry *entries, uint32_t entry_count);
uint32_t fen_fields_append_whole(struct fen_block *block, const struct fen_account *account);

/*
 * Visit every field of an account, as a "whole" writes them, `store` apart. Thread: any.
 */
void fen_fields_visit(const struct fen_account *account,
                      void (*visit)(void *context, struct fen_str name, int64_t value),
                      void *context);

/*
 * A payee's score of a period: the sum of its roles, payouts apart (what was paid out was earned
 * all the same). Returns: false when the account has no sum of that period.
 */
bool fen_fields_score(const struct fen_account *account, int32_t period, int64_t *score_out);

#endif /* FEN_REDIS_FIELDS_H */
