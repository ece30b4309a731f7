/*
 * kafka_owner: who wrote last to a partition's state, and the end of what it left open.
 *
 * A worker that dies by kill -9 under load mostly dies within a transaction. Until that is ended,
 * its successor may neither learn the committed offsets nor read the state to its end, and no
 * committed reader gets past it: transaction.timeout.ms, and then what the coordinator takes to
 * notice (10 s each by default). So every committed offset carries the transactional.id of who
 * committed it, as its metadata; a successor that is held back opens a producer of that name once,
 * whose initialisation has the coordinator abort what is open and fence the dead one's epoch.
 *
 * Why this is safe: who owns a partition alone writes to its state, and a successor asks only after
 * it was given the partition. So the transaction that holds it back is of an assignment that is
 * over, and could not commit any more (its generation is refused). And who is still a member of the
 * group is left alone: it lives, and ends its transactions itself.
 *
 * Threads: any one at a time; all block.
 */
#ifndef FEN_STREAM_KAFKA_OWNER_H
#define FEN_STREAM_KAFKA_OWNER_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "stream/kafka_config.h"
#include "wire/source.h"

#define FEN_KAFKA_OWNER_SIZE_BYTES 512

/* The transactional.id of a worker, fen.GROUP.INSTANCE-NUMBER, cut to fit. */
void fen_kafka_owner_name(char name[FEN_KAFKA_OWNER_SIZE_BYTES], const char *group,
                          const char *instance, uint32_t number);

/*
 * Fence those who committed the group's offsets of these partitions last and are no members of the
 * group any more, `own` excepted.
 * `looker`: knows the group and reads uncommitted, so that nothing pending holds it back.
 * Returns: how many were fenced; what fails is logged, and the transaction's time-out is left.
 */
uint32_t fen_kafka_owner_fence(const struct fen_kafka_config *config, rd_kafka_t *looker,
                               const char *group, const char *own,
                               const struct fen_offset *offsets, uint32_t count);

enum fen_kafka_liveness {
    FEN_KAFKA_LIVENESS_UNKNOWN, /* the group cannot be asked just now */
    FEN_KAFKA_LIVENESS_ALIVE,
    FEN_KAFKA_LIVENESS_DEAD,
};

/* Whether a member of that instance name is in the group, by its coordinator. */
enum fen_kafka_liveness fen_kafka_owner_liveness(rd_kafka_t *looker, const char *group,
                                                 const char *instance);

#endif /* FEN_STREAM_KAFKA_OWNER_H */
