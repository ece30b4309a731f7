/*
 * memory_log: a Kafka in memory, as far as a worker can tell: topics with offsets, transactions
 * with markers, a consumer group with committed offsets.
 *
 * Why: the worker's loop, with its recoveries and rebalances, runs here deterministically, step by
 * step in one thread; simulation, property tests and the in-memory benchmark need no broker. What
 * matters for exactly-once is as in Kafka, mock brokers being wrong in just these points: markers
 * take offsets, aborted records are hidden from committed readers, an open transaction holds back
 * everything behind it (LSO), committed offsets wait for the transaction that decides them, a new
 * epoch fences the old producer, a new generation the old member. There is no compaction, and a
 * clock only where the caller sets one.
 *
 *     sink                       the log                                source
 *     emit ──► records of an open transaction ──commit──► markers ──► read by committed readers
 *     offsets ──► pending in the transaction ──commit──► the group's ──► committed
 *
 * Threads: one at a time, for the log and everything on it.
 */
#ifndef FEN_WIRE_MEMORY_LOG_H
#define FEN_WIRE_MEMORY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "wire/message.h"
#include "wire/source.h"

struct fen_memory_log;

/* Steps of a sink at which a fault may strike. */
enum fen_memory_step {
    FEN_MEMORY_STEP_OPEN,
    FEN_MEMORY_STEP_BEGIN,
    FEN_MEMORY_STEP_EMIT,
    FEN_MEMORY_STEP_OFFSETS,
    FEN_MEMORY_STEP_COMMIT,
};

enum fen_memory_fault {
    FEN_MEMORY_FAULT_NONE,
    FEN_MEMORY_FAULT_BEFORE, /* the request is lost: not done, and UNKNOWN */
    FEN_MEMORY_FAULT_AFTER,  /* the answer is lost: done, and UNKNOWN */
    FEN_MEMORY_FAULT_TAINT,  /* done and OK, but a request went astray on the way */
};

/* `partition_count` of every co-partitioned topic. The caller destroys, after all on it. */
struct fen_memory_log *fen_memory_log_create(uint32_t partition_count) FEN_MUST_USE;
void fen_memory_log_destroy(struct fen_memory_log *log);

/* Partitions of a topic: 1 for org events and plans. */
uint32_t fen_memory_log_partition_count(const struct fen_memory_log *log, enum fen_topic topic);

/* Append a record outside any transaction; all is copied. `message->offset` is not read. */
void fen_memory_log_append(struct fen_memory_log *log, const struct fen_message *message);

/*
 * The first record that a reader may see at or after *offset, which moves beyond what was passed or
 * given; false when there is none (yet). Bytes live as long as the log. `is_committed`: hide
 * aborted records, and stop before the first open transaction.
 */
bool fen_memory_log_read(const struct fen_memory_log *log, enum fen_topic topic,
                         uint32_t partition, bool is_committed, int64_t *offset,
                         struct fen_message *message_out);

/* The ends of a partition; high counts open transactions' records. */
struct fen_watermarks fen_memory_log_watermarks(const struct fen_memory_log *log,
                                                enum fen_topic topic, uint32_t partition);

/* How far a committed reader gets: before the first open transaction. */
int64_t fen_memory_log_stable_end(const struct fen_memory_log *log, enum fen_topic topic,
                                  uint32_t partition);

/* The first record not older than a time, INT64_MAX when there is none. */
int64_t fen_memory_log_offset_for(const struct fen_memory_log *log, enum fen_topic topic,
                                  uint32_t partition, int64_t timestamp_ms);

/* Retention: forget everything before `low`. */
void fen_memory_log_cut(struct fen_memory_log *log, enum fen_topic topic, uint32_t partition,
                        int64_t low);

/*
 * Hold back the markers of one partition, as a slow broker would: transactions end, their offsets
 * are committed, but the partition's readers do not learn of it until it is released.
 */
void fen_memory_log_hold_markers(struct fen_memory_log *log, enum fen_topic topic,
                                 uint32_t partition, bool is_held);

/* Ask `choose` at every step of every sink; NULL: no faults. */
void fen_memory_log_set_faults(struct fen_memory_log *log,
                               enum fen_memory_fault (*choose)(void *context,
                                                               enum fen_memory_step step),
                               void *context);
enum fen_memory_fault fen_memory_log_fault(struct fen_memory_log *log, enum fen_memory_step step);

/* --- transactions: for memory_sink --------------------------------------------------------- */

/* A producer's identity: who holds the newest epoch of an id is the producer. */
struct fen_memory_producer {
    uint32_t id;
    uint32_t epoch;
};

/* The newest producer of a transactional id; aborts what its predecessor left open. */
struct fen_memory_producer fen_memory_log_open(struct fen_memory_log *log, const char *id);

/* As the transaction timeout does: abort what is open, and fence. Unknown ids: nothing. */
void fen_memory_log_expire_producer(struct fen_memory_log *log, const char *id);

/* Each returns false when a newer producer has taken over. Begin first; all is copied. */
bool fen_memory_log_begin(struct fen_memory_log *log,
                          struct fen_memory_producer producer) FEN_MUST_USE;
bool fen_memory_log_emit(struct fen_memory_log *log, struct fen_memory_producer producer,
                         const struct fen_message *message) FEN_MUST_USE;
bool fen_memory_log_send_offset(struct fen_memory_log *log, struct fen_memory_producer producer,
                                struct fen_offset offset) FEN_MUST_USE;
bool fen_memory_log_commit(struct fen_memory_log *log,
                           struct fen_memory_producer producer) FEN_MUST_USE;

/*
 * The group's committed offset, FEN_OFFSET_NONE: none. Returns: false while an open transaction is
 * about to decide it.
 */
bool fen_memory_log_committed(const struct fen_memory_log *log, enum fen_topic topic,
                              uint32_t partition, int64_t *offset_out) FEN_MUST_USE;

/* --- the group: for memory_source ---------------------------------------------------------- */

/* A membership; stale ones are refused. */
struct fen_memory_membership {
    uint32_t member;     /* index */
    uint32_t epoch;      /* rises when another source takes the member's place */
    uint32_t generation; /* of the assignment */
};

/*
 * Join with these topics, or take the place of the member of that name, whose source is fenced and
 * whose assignment stays. Returns: generation 0, nothing assigned yet.
 */
struct fen_memory_membership fen_memory_log_join(struct fen_memory_log *log, const char *instance,
                                                 const enum fen_topic *topics,
                                                 uint32_t topic_count);

/* Leave: the others share what it owned. fen_memory_log_expire_member: by the instance's name, as
 * the session timeout does. */
void fen_memory_log_leave(struct fen_memory_log *log, struct fen_memory_membership membership);
void fen_memory_log_expire_member(struct fen_memory_log *log, const char *instance);

/* What a member has to hear next: MESSAGES (nothing), REVOKED, ASSIGNED or FENCED. */
enum fen_source_verdict fen_memory_log_hear(struct fen_memory_log *log,
                                            struct fen_memory_membership membership);

/* After REVOKED: agree. After ASSIGNED: take it; fills `offsets_out` (ascending, offsets unset;
 * room for all partitions of all topics) and the membership's generation. */
void fen_memory_log_give_up(struct fen_memory_log *log, struct fen_memory_membership membership);
uint32_t fen_memory_log_take(struct fen_memory_log *log, struct fen_memory_membership *membership,
                             struct fen_offset *offsets_out);

/* Whether a membership is that of the present generation and member. */
bool fen_memory_log_is_member(const struct fen_memory_log *log,
                              const struct fen_memory_membership *membership);

#endif /* FEN_WIRE_MEMORY_LOG_H */
