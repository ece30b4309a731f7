/*
 * redis_view: what stands in Redis (schemas/redis.md), read into values.
 *
 * Redis may be behind, emptied or edited by hand: whatever cannot be read counts as not there.
 *
 * Threads: any; nothing is shared. Texts borrow the replies.
 */
#ifndef FEN_API_REDIS_VIEW_H
#define FEN_API_REDIS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/entry.h"
#include "redis/reply_reader.h"
#include "wire/event_decode.h"

/* Enough for the key of any account, feed or ranking, and its NUL. */
#define FEN_REDIS_KEY_BYTES 384

/* Which keys a payee has. */
struct fen_redis_payee {
    struct fen_str tenant;
    struct fen_str payee;
    char name[160]; /* "TENANT/PAYEE" */
    uint32_t partition;
};

/* A sum of a period and role, or of a period and funder. */
struct fen_view_sum {
    int32_t period;
    struct fen_str role;
    int64_t amount_fen;
};

/* What becomes available on a date, FEN_DATE_NONE: unknown yet. */
struct fen_view_date {
    int32_t date;
    int64_t amount_fen;
};

struct fen_account_view {
    bool is_there;
    uint64_t seq;
    int64_t balance_fen;
    struct fen_str store; /* absent: none */
    struct fen_view_sum *sums;
    uint32_t sum_count;
    struct fen_view_date *dates; /* ascending, the unknown one last */
    uint32_t date_count;
    struct fen_view_sum *funders; /* `role` is the funder */
    uint32_t funder_count;
};

struct fen_fence_view {
    bool is_there;
    bool is_current; /* no rebuild is going on */
    int64_t asof_ms; /* when the newest batch was published; 0: none */
};

/* A place in a ranking. */
struct fen_rank {
    struct fen_str payee;
    int64_t score_fen;
};

/* False when tenant or payee can be no id. */
bool fen_redis_payee_init(struct fen_redis_payee *payee, struct fen_str tenant,
                          struct fen_str name, uint32_t partition_count) FEN_MUST_USE;

/* Whether a text may be an id (SPEC §3), as far as keys and paths must be sure of. */
bool fen_redis_is_id(struct fen_str text);

/* "fen:{p3}:account:TENANT/PAYEE", with kind "account" or "feed". */
struct fen_str fen_redis_key(const struct fen_redis_payee *payee, const char *kind,
                             char out[FEN_REDIS_KEY_BYTES]);
struct fen_str fen_redis_fence_key(uint32_t partition, char out[FEN_REDIS_KEY_BYTES]);
struct fen_str fen_redis_rank_key(uint32_t partition, struct fen_str tenant, struct fen_str store,
                                  int32_t period, char out[FEN_REDIS_KEY_BYTES]);

/* Of an account's HGETALL. */
void fen_account_view_read(const redisReply *reply, struct fen_arena *arena,
                           struct fen_account_view *view_out);

/* Of a fence's HGETALL. */
void fen_fence_view_read(const redisReply *reply, struct fen_fence_view *view_out);

/*
 * Ledger records of an XRANGE, or, with is_backwards, of an XREVRANGE: always ascending. Those
 * that cannot be read are left out. Returns: how many.
 */
uint32_t fen_feed_view_read(const redisReply *reply, bool is_backwards, enum fen_wire wire,
                            const struct fen_redis_payee *payee, struct fen_arena *arena,
                            struct fen_ledger_record **records_out);

/*
 * The ranking out of each partition's ZREVRANGE … WITHSCORES: greatest first, equal ones by id.
 * Returns: how many.
 */
uint32_t fen_ranking_read(redisReply *const *replies, uint32_t count, struct fen_arena *arena,
                          struct fen_rank **ranks_out);

#endif /* FEN_API_REDIS_VIEW_H */
