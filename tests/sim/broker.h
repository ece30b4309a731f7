/*
 * broker: the logs of a simulated Kafka cluster: partitions with offsets, records of transactions,
 * markers, the last stable offset, compaction, retention.
 *
 * Offsets have gaps for readers where markers stand, where aborted records are hidden and where
 * compaction has removed. A transaction is open in a partition from its first record there until
 * its marker is written there, which is a matter of each partition: its fate is decided before
 * (coordinator.h).
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_BROKER_H
#define FEN_TESTS_SIM_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "wire/message.h"
#include "wire/source.h"

struct sim_broker;

enum sim_fate { SIM_FATE_OPEN, SIM_FATE_COMMITTED, SIM_FATE_ABORTED };

#define SIM_PARTITION_MAX 4u

/* One transaction; lives as long as the broker's arena. */
struct sim_transaction {
    enum sim_fate fate;
    uint64_t lane_versions[SIM_PARTITION_MAX]; /* of post lanes, that it brings; 0: none */
};

/* Everything lives in `arena`, but for the arrays. The caller destroys. */
struct sim_broker *sim_broker_create(uint32_t partition_count,
                                     struct fen_arena *arena) FEN_MUST_USE;
void sim_broker_destroy(struct sim_broker *broker);

/* Partitions of a topic: 1 for org events and plans. */
uint32_t sim_broker_partition_count(const struct sim_broker *broker, enum fen_topic topic);

/* Append a copy; `transaction` NULL: outside any. */
void sim_broker_append(struct sim_broker *broker, const struct fen_message *message,
                       struct sim_transaction *transaction);

/* Open a transaction in a partition before it has a record there: one that hangs. */
void sim_broker_open(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     struct sim_transaction *transaction);

/* The marker of a transaction whose fate is decided; a partition without it: just the marker. */
void sim_broker_mark(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     const struct sim_transaction *transaction);

/*
 * The first record that a reader may see at or after *offset, which moves beyond what was passed or
 * given; false when there is none (yet). Bytes live as long as the arena. `is_committed`: hide
 * aborted records, and stop at the last stable offset.
 */
bool sim_broker_read(const struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                     bool is_committed, int64_t *offset, struct fen_message *message_out);

/* The ends of a partition; high counts open transactions' records. */
struct fen_watermarks sim_broker_watermarks(const struct sim_broker *broker, enum fen_topic topic,
                                            uint32_t partition);

/* The last stable offset. */
int64_t sim_broker_stable_end(const struct sim_broker *broker, enum fen_topic topic,
                              uint32_t partition);

/* The first record not older than a time, INT64_MAX when there is none. */
int64_t sim_broker_offset_for(const struct sim_broker *broker, enum fen_topic topic,
                              uint32_t partition, int64_t timestamp_ms);

/* Retention: forget everything before `low`. */
void sim_broker_cut(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                    int64_t low);

/* Compaction: of what is stable and older than `keep` records, the last of each key stays. */
void sim_broker_compact(struct sim_broker *broker, enum fen_topic topic, uint32_t partition,
                        int64_t keep);

#endif /* FEN_TESTS_SIM_BROKER_H */
