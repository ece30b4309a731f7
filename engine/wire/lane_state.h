/*
 * lane_state: what a lane keeps of itself beside the states of its orders, customers and payees.
 *
 * Why: a lane that moves to another worker must know how far it had come in what it reads whole
 * (org events, plans), which numbers its channels had reached, and how late a touch may be. Written
 * in the lane's transactions, to its own compacted topic: fen.customer-state.v1 for a split lane,
 * fen.accounts.v1 for a post lane, under a key no tenant can have.
 *
 * Threads: values; any.
 */
#ifndef FEN_WIRE_LANE_STATE_H
#define FEN_WIRE_LANE_STATE_H

#include <stdint.h>

#include "base/record.h"

/* The record's key: an empty tenant, which no event has. */
#define FEN_LANE_STATE_KEY FEN_STR("/lane")

/*
 * The format of the state topics' records that this version writes, and the newest that it reads.
 * Readers skip fields they do not know: a version that gave state a new meaning raises this, and an
 * older one then refuses to go on from it instead of leaving something out.
 */
#define FEN_STATE_FORMAT 1u

/* One peer lane's channel: post lanes count what they received, split lanes what they sent. */
struct fen_lane_channel {
    uint32_t partition; /* of the peer */
    uint64_t number;    /* of the newest posting record sent or received; dense from 1 */
};

struct fen_lane_state {
    int64_t org_change;       /* rows of the org's change log whose effect is complete */
    int64_t plan_publication; /* number of the newest plan publication evaluated */
    int64_t newest_order_ms;  /* newest event time of order events; FEN_NONE none yet */
    int64_t newest_touch_ms;  /* newest event time of touch events; FEN_NONE none yet */
    uint64_t version;         /* count of the commits that changed the lane, dense */
    uint32_t format;          /* of the state records around it; 0: of before it was noted */
    uint32_t partition_count; /* of the co-partitioned topics when it was written; 0: not noted */
    struct fen_lane_channel *channels;
    uint32_t channel_count;
};

extern const struct fen_schema fen_lane_state_schema; /* message LaneState */

#endif /* FEN_WIRE_LANE_STATE_H */
