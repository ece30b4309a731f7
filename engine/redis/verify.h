/*
 * verify: compares Redis with accounts, field by field, and lists what differs (`fen audit`).
 *
 * The accounts come from whoever knows them (fen.accounts.v1, the fold of the ledger); the
 * comparison is exact only while nothing is on its way: check the fences first.
 *
 * Threads: one at a time.
 */
#ifndef FEN_REDIS_VERIFY_H
#define FEN_REDIS_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"
#include "model/account.h"
#include "redis/connection.h"

/* At most this many accounts in one call. */
#define FEN_VERIFY_ACCOUNT_COUNT_MAX 256

struct fen_verify;

struct fen_verify_options {
    struct fen_connection_options connection;
    const char *key_prefix; /* NULL: "fen:" */
    uint32_t partition_count;
};

/* One thing that is not as it should be; borrowed during the call. */
struct fen_difference {
    struct fen_str tenant;
    struct fen_str payee;
    struct fen_str field;    /* of the hash; "feed": newest seq; "rank:2026-11": score */
    struct fen_str expected; /* absent: it should not be there */
    struct fen_str found;    /* absent: it is not there */
};

/* Called for each difference. */
struct fen_verify_report {
    void *context;
    void (*difference)(void *context, const struct fen_difference *difference);
};

/* Connect. Returns: NULL with a sentence appended to `reason`. The caller closes. */
struct fen_verify *fen_verify_open(const struct fen_verify_options *options,
                                   struct fen_buffer *reason) FEN_MUST_USE;
void fen_verify_close(struct fen_verify *verify);

/*
 * Whether a partition's fence stands at `version`.
 * Returns: false when Redis cannot be asked, with a sentence appended to `reason`.
 */
bool fen_verify_fence(struct fen_verify *verify, uint32_t partition, uint64_t version,
                      bool *is_there_out, struct fen_buffer *reason) FEN_MUST_USE;

/*
 * Compare accounts: hash, newest seq of the feed, and, in the rankings of the store that the hash
 * names, the score of each period.
 * Returns: as fen_verify_fence; *difference_count_out is what was reported.
 */
bool fen_verify_accounts(struct fen_verify *verify, const struct fen_account *accounts,
                         uint32_t account_count, const struct fen_verify_report *report,
                         uint64_t *difference_count_out, struct fen_buffer *reason) FEN_MUST_USE;

/*
 * How many account hashes Redis has under the prefix: more than were compared are strangers. Scans
 * all keys. Returns: as fen_verify_fence.
 */
bool fen_verify_count(struct fen_verify *verify, uint64_t *account_count_out,
                      struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_REDIS_VERIFY_H */
