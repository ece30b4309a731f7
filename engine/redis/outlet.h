/*
 * outlet: a worker's end of the hand-over to the projector.
 *
 * At promote the worker copies what the projection needs, one block per (ledger partition, batch),
 * already encoded for the wire, and pushes whole blocks into a ring. It never waits: where there is
 * no room (Redis slow or down), the partition is marked as missed, and the projector sets it up
 * anew from Kafka once it can. Blocks go round: the projector gives them back, so that after the
 * first batches nothing is allocated.
 *
 * Threads     worker: all functions of this header, each worker its own outlet.
 * Ordering    what a block holds is visible to the projector that pops it.
 * Progress    wait-free, save the allocation of a block not seen before.
 */
#ifndef FEN_REDIS_OUTLET_H
#define FEN_REDIS_OUTLET_H

#include <stdint.h>

#include "redis/block.h"

struct fen_outlet; /* made by fen_projector_create, one per worker */

/*
 * This worker now owns the post lane of `partition`, restored to `version`; or no longer does.
 * What it published before a close is still applied.
 */
void fen_outlet_open(struct fen_outlet *outlet, uint32_t partition, uint64_t version);
void fen_outlet_close(struct fen_outlet *outlet, uint32_t partition);

/*
 * Hand over one partition's changes of a committed batch: begin, add each changed payee, commit.
 * Only after the batch's transaction is known to be committed.
 *
 * begin:  version_to is version_from + 1.
 * add:    copied.
 * commit: pushes the block, or marks the partition as missed.
 */
void fen_outlet_begin(struct fen_outlet *outlet, uint32_t partition, uint64_t version_from,
                      uint64_t version_to);
void fen_outlet_add(struct fen_outlet *outlet, const struct fen_payee_change *change);
void fen_outlet_commit(struct fen_outlet *outlet);

/*
 * Something committed in `partition` has not been handed over and will not be: it is set up anew
 * from Kafka.
 */
void fen_outlet_miss(struct fen_outlet *outlet, uint32_t partition);

/* Wake the projector: once per batch, after the last commit. One system call. */
void fen_outlet_wake(struct fen_outlet *outlet);

#endif /* FEN_REDIS_OUTLET_H */
