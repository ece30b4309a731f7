/*
 * coordinator: transactional ids, their epochs, and what becomes of their transactions.
 *
 * As Kafka since 3.6 with clients before KIP-890 v2: a transaction's fate is decided when EndTxn
 * arrives, markers reach the partitions one by one later, and until the last is there the id
 * answers CONCURRENT. A partition takes records only of a transaction that is open and has it (the
 * brokers ask), of the newest epoch, in sequence; but requests of one epoch are told apart by
 * nothing: an EndTxn that arrives late ends whatever transaction is open then.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_COORDINATOR_H
#define FEN_TESTS_SIM_COORDINATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "sim/broker.h"
#include "sim/group.h"
#include "sim/random.h"

enum sim_answer {
    SIM_ANSWER_OK,
    SIM_ANSWER_FENCED,
    SIM_ANSWER_INVALID,    /* not in this state, out of sequence: the transaction is lost */
    SIM_ANSWER_CONCURRENT, /* the last transaction is not over: ask again */
    SIM_ANSWER_NO_MEMBER,  /* of the group, in this generation */
};

struct sim_coordinator;
struct sim_producer; /* what stands behind a transactional id */

struct sim_coordinator_options {
    struct sim_broker *broker;
    struct sim_random *random;
    struct fen_arena *arena;
    uint32_t partition_count;
    int64_t timeout_us;       /* of transactions */
    uint32_t slow_marker;     /* in 10,000ths: a marker that takes seconds */
    /* A record has been appended; a transaction is decided to commit, before any marker. */
    void (*appended)(void *context, struct sim_transaction *transaction,
                     const struct fen_message *message);
    void (*decided)(void *context, const struct sim_transaction *transaction);
    void *context;
};

/* Options are copied. The caller destroys. */
struct sim_coordinator *sim_coordinator_create(const struct sim_coordinator_options *options)
    FEN_MUST_USE;
void sim_coordinator_destroy(struct sim_coordinator *coordinator);

/* From now on markers are quick. */
void sim_coordinator_heal(struct sim_coordinator *coordinator);

/* InitProducerId: ends what is open, then gives a new epoch. */
enum sim_answer sim_coordinator_init(struct sim_coordinator *coordinator, const char *id,
                                     struct sim_producer **producer_out, uint32_t *epoch_out);

/* AddPartitionsToTxn of one partition, AddOffsetsToTxn. */
enum sim_answer sim_coordinator_add(struct sim_producer *producer, uint32_t epoch,
                                    enum fen_topic topic, uint32_t partition);
enum sim_answer sim_coordinator_add_offsets(struct sim_producer *producer, uint32_t epoch);

/* Produce: `count` records of one partition, the first of them `sequence` in the epoch. */
enum sim_answer sim_coordinator_produce(struct sim_producer *producer, uint32_t epoch,
                                        const struct fen_message *messages, uint32_t count,
                                        uint32_t sequence);

/* TxnOffsetCommit; `membership` NULL: no check, as Kafka without a generation. */
enum sim_answer sim_coordinator_offsets(struct sim_producer *producer, uint32_t epoch,
                                        struct sim_group *group,
                                        const struct fen_offset *offsets, uint32_t count,
                                        const struct sim_membership *membership);

/* EndTxn. */
enum sim_answer sim_coordinator_end(struct sim_producer *producer, uint32_t epoch, bool commits);

#endif /* FEN_TESTS_SIM_COORDINATOR_H */
