/*
 * finance_totals: a tenant's accounts added up: by role, by funder, by store, each by period.
 *
 * An account's hash in Redis has sums by (period, role) and (period, funder), and the store of a
 * guide (schemas/redis.md); nothing else is needed. A key that comes twice, as SCAN may give it,
 * counts once.
 *
 * Threads: one.
 */
#ifndef FEN_API_FINANCE_TOTALS_H
#define FEN_API_FINANCE_TOTALS_H

#include <stdint.h>

#include "api/redis_view.h"
#include "base/arena.h"
#include "base/buffer.h"

enum fen_finance_kind {
    FEN_FINANCE_ROLE,
    FEN_FINANCE_FUNDER,
    FEN_FINANCE_STORE,
    FEN_FINANCE_KIND_COUNT,
};

/* What stands under one name in one period. */
struct fen_finance_total {
    enum fen_finance_kind kind;
    int32_t period;
    struct fen_str name;
    int64_t amount_fen;
};

struct fen_finance_totals {
    struct fen_arena *arena; /* the caller's; all else zero */
    struct fen_finance_total *rows;
    uint32_t row_count, row_capacity;
    uint32_t *slots; /* of rows, by hash, 0: free */
    uint32_t slot_count;
    uint64_t *seen; /* hashes of keys, 0: free */
    uint32_t seen_count, seen_capacity;
    int64_t balance_fen;
    int64_t payable_fen;    /* sum of the balances above zero */
    int64_t receivable_fen; /* sum of those below, as a positive number */
};

/* Add an account's HGETALL; false: the key has been added before. */
bool fen_finance_totals_add(struct fen_finance_totals *totals, struct fen_str key,
                            const redisReply *account);

/* Append "payees", "balance", "payable", "receivable", "by_role", "by_funder", "by_store". */
void fen_json_append_finance_totals(struct fen_buffer *out, struct fen_finance_totals *totals);

#endif /* FEN_API_FINANCE_TOTALS_H */
