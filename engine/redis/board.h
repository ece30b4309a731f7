/*
 * board: what workers and projector know of each partition together; the rest of an outlet.
 *
 * Blocks travel in rings, which may be full; what must never be lost (who owns a partition, that a
 * block of it was missed) stands on this board instead, one row a partition.
 *
 * Ordering   a row's words are written by release and read by acquire; pairs are labelled where
 *            they stand: O ownership, M missed, S settled.
 */
#ifndef FEN_REDIS_BOARD_H
#define FEN_REDIS_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "redis/block.h"
#include "redis/outlet.h"
#include "redis/ring.h"

/* Blocks on their way, a worker; a power of two. */
#define FEN_OUTLET_BLOCK_COUNT 256

/* A cache line each: neighbours belong to different workers. */
struct fen_board_row {
    /* Epoch << 16 | outlet number + 1; the lower part 0: nobody here owns it. */
    _Alignas(64) _Atomic uint64_t ownership;
    _Atomic uint64_t version_opened; /* of the lane, when it was opened */
    _Atomic bool is_missed;          /* a block could not be pushed */
    _Atomic bool is_damaged;         /* by the scrub: keys are not as the ledger says */
    _Atomic uint64_t settled;        /* by the projector: the ownership it is synced at; 0 none */
};

/* Whether a row's ownership says that somebody here owns it. */
static inline bool fen_ownership_is_open(uint64_t ownership)
{
    return (ownership & 0xffff) != 0;
}

struct fen_outlet {
    /* Constant. */
    uint32_t number;
    struct fen_board_row *rows;
    uint32_t partition_count;
    const char *key_prefix;
    uint32_t feed_length;
    enum fen_wire wire;
    size_t held_bytes_max;
    int wake_descriptor;   /* eventfd of the projector */
    struct fen_ring *out;  /* blocks to the projector */
    struct fen_ring *back; /* and back; as large, so that giving back never fails */

    /* The worker's. */
    struct fen_block *building; /* NULL between begin and commit: the block is missed */
    bool is_building;
    uint32_t partition;
    struct fen_block *spare[FEN_OUTLET_BLOCK_COUNT];
    uint32_t spare_count;
    uint32_t block_count; /* in being, wherever they are */
    size_t held_bytes;    /* of blocks not spare */

    /* Figures. */
    _Alignas(64) _Atomic uint64_t pushed_count;
    _Atomic uint64_t missed_count;
};

/* Set up and tear down an outlet in the caller's memory; blocks in its rings are freed. */
void fen_outlet_init(struct fen_outlet *outlet);
void fen_outlet_deinit(struct fen_outlet *outlet);

/* Give a block back to its worker. Thread: projector. */
void fen_outlet_return(struct fen_outlet *outlet, struct fen_block *block);

#endif /* FEN_REDIS_BOARD_H */
