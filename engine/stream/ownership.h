/*
 * ownership: which partitions a worker owns, and how far it has read each.
 *
 * Why: offsets are the worker's own (librdkafka's stored offsets are wrong beside a rebalance), and
 * a transaction carries those of its batch, else at least one, since nothing but the offsets' group
 * metadata makes the broker check that this worker still is the owner.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_OWNERSHIP_H
#define FEN_STREAM_OWNERSHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/message.h"
#include "wire/source.h"

struct fen_ownership {
    uint32_t partition_count; /* of every co-partitioned topic */
    struct fen_offset *offsets; /* of the assigned inputs: committed, or where it started */
    uint32_t offset_count;
    uint32_t *partitions; /* the lanes, ascending */
    uint32_t lane_count;
    int64_t *ahead;       /* by index of `offsets`: after the batch; FEN_OFFSET_NONE untouched */
    uint32_t *touched;    /* indexes of `offsets` that the batch touched */
    uint32_t touched_count;
    struct fen_offset *sent; /* room for what fen_ownership_offsets gives */
    uint32_t *index;      /* by topic and partition: index of `offsets` + 1; 0 not owned */
};

/* Owns nothing yet; co-partitioned topics have so many partitions. deinit frees what it holds. */
void fen_ownership_init(struct fen_ownership *ownership, uint32_t partition_count);
void fen_ownership_deinit(struct fen_ownership *ownership);

/*
 * Take an assignment: inputs of the stages given, which must be co-partitioned: partition p of one
 * with partition p of each, org events and plans with partition 0.
 *
 * Returns: false with a sentence in `reason` when they are not (members with different stages, or a
 * topic that the group's leader does not know yet); nothing is owned then.
 */
bool fen_ownership_take(struct fen_ownership *ownership, const struct fen_offset *assigned,
                        uint32_t count, bool has_split, bool has_post,
                        struct fen_buffer *reason) FEN_MUST_USE;

/* Own nothing. */
void fen_ownership_clear(struct fen_ownership *ownership);

/* A batch holds this message. It must be of an owned partition. */
void fen_ownership_advance(struct fen_ownership *ownership, const struct fen_message *message);

/* The offsets the batch's transaction must carry, never none; borrowed until the next call. */
const struct fen_offset *fen_ownership_offsets(struct fen_ownership *ownership,
                                               uint32_t *count_out);

/* The batch is committed, or forgotten. */
void fen_ownership_settle(struct fen_ownership *ownership, bool is_committed);

#endif /* FEN_STREAM_OWNERSHIP_H */
