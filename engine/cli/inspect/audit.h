/*
 * audit: the books as Kafka and Redis have them, and what does not agree.
 *
 *     fen.ledger.v1      ─► fold: seq dense, balance running, sums
 *     fen.accounts.v1    ─► each account = its fold (invariant 6), and = what its funders owe
 *     fen.order-state.v1, fen.customer-state.v1, fen.task-state.v1, manual entries in accounts
 *                        ─► what states say was posted to a payee = its balance (invariant 3)
 *     fen.postings.v1    ─► what each split lane says it sent a post lane = what that one received,
 *                           and the records still there are numbered densely up to it
 *     Redis              ─► each account's fields = the account (invariant 6)
 *
 * Private to audit*.c.
 * Threads: one.
 */
#ifndef FEN_CLI_INSPECT_AUDIT_H
#define FEN_CLI_INSPECT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slab.h"
#include "base/state_table.h"
#include "cli/exit_code.h"
#include "cli/inspect/ledger_fold.h"
#include "cli/text/output.h"
#include "cli/text/totals.h"
#include "stream/kafka_config.h"
#include "wire/event_decode.h"
#include "wire/lane_state.h"
#include "wire/message.h"

/* Differences told one by one; further ones are only counted. */
#define FEN_AUDIT_DIFFERENCES_TOLD 50

struct fen_audit_difference {
    struct fen_str key;   /* "tenant/payee", "tenant/order", "partition 3" */
    struct fen_str field; /* what differs: "balance", "by_date", "seq" ... */
    struct fen_str expected;
    struct fen_str found;
};

/* From a split lane to a post lane, by the numbers of its posting records (SPEC §10). */
struct fen_audit_channel {
    uint64_t sent;     /* as the lane of the orders says */
    uint64_t received; /* as the lane of the payees says */
    uint64_t newest;   /* of the records read from fen.postings.v1; 0: none is left there */
};

struct fen_audit {
    const struct fen_kafka_config *kafka;
    const char *redis_address; /* NULL: Redis is not compared */
    enum fen_wire wire;
    struct fen_output ledger;
    struct fen_output accounts;

    struct fen_arena *arena;   /* differences, texts */
    struct fen_arena *scratch; /* of one record */
    struct fen_buffer line;
    struct fen_slab *slab;
    struct fen_state_table *account_table; /* newest record of each key */
    struct fen_state_table *order_table;
    struct fen_state_table *customer_table;
    struct fen_state_table *task_table; /* of tasks, and of guides in them */
    struct fen_ledger_fold *fold;
    uint64_t *versions; /* of the post lanes, by partition of fen.accounts.v1 */
    uint32_t partition_count;
    struct fen_audit_channel *channels; /* [from * partition_count + to] */
    uint32_t channel_count;             /* of those in use */
    uint64_t posting_count;             /* records read from fen.postings.v1 */

    uint64_t spans[FEN_TOPIC_COUNT]; /* of the input topics: their records */
    uint64_t dead_letter_count;
    uint64_t ledger_record_count;
    struct fen_totals totals;
    uint64_t account_count;
    uint64_t order_count;
    fen_int128 accounts_fen;  /* sum over accounts */
    fen_int128 funders_fen;   /* sum over what funders owe */
    fen_int128 posted_fen;    /* sum of what states say was posted */
    uint64_t redis_count;  /* account hashes in Redis */
    bool is_redis_compared;

    struct fen_audit_difference *differences;
    uint32_t difference_told;
    uint32_t difference_capacity;
    uint64_t difference_count;
};

/* Tables and fold, empty; the options above them are the caller's. Deinit frees both. */
void fen_audit_init(struct fen_audit *audit);
void fen_audit_deinit(struct fen_audit *audit);

/* The partitions of the co-partitioned topics; once, before any lane's record. */
void fen_audit_set_partitions(struct fen_audit *audit, uint32_t count);

/* Note a difference; its texts are copied. */
void fen_audit_note(struct fen_audit *audit, struct fen_str key, const char *field,
                    struct fen_str expected, struct fen_str found);

/* Take a record of any topic that is not an input (audit_read.c); it is copied. */
void fen_audit_take(struct fen_audit *audit, const struct fen_message *message);

/* Read all topics to their end (audit_read.c). OK, or UNAVAILABLE said on stderr. */
enum fen_exit fen_audit_read(struct fen_audit *audit);

/* Compare accounts, states and Redis with the fold (audit_check.c). OK or UNAVAILABLE. */
enum fen_exit fen_audit_check(struct fen_audit *audit);

/* A posting record, and a lane's own record (audit_channels.c). */
void fen_audit_channels_read(struct fen_audit *audit, const struct fen_message *message);
void fen_audit_channels_read_lane(struct fen_audit *audit, const struct fen_message *message,
                                  const struct fen_lane_state *state);

/* Compare what was sent, what was received and what is there. */
void fen_audit_channels_check(struct fen_audit *audit);

/* The table for people, and the object for machines, on stdout (audit_report.c). */
void fen_audit_print(const struct fen_audit *audit);
void fen_audit_print_json(const struct fen_audit *audit);

#endif /* FEN_CLI_INSPECT_AUDIT_H */
