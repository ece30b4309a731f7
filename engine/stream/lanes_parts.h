/*
 * lanes_parts: what the files of the lanes machine share; private to stream/lanes*.c.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_LANES_PARTS_H
#define FEN_STREAM_LANES_PARTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "model/applied.h"
#include "post/lane.h"
#include "split/lane.h"
#include "stream/lanes.h"

/* Plan versions published so far: tells a plan conflict from a duplicate (SPEC §4). */
struct fen_published_plan {
    struct fen_str tenant;
    struct fen_str id;
    uint32_t version;
    uint64_t content;
};

/* Org events and plans: counted and, when refused, dead-lettered by whoever is given them. */
struct fen_reference_lane {
    struct fen_applied applied;
    struct fen_arena *texts; /* of the published plans */
    struct fen_published_plan *plans;
    uint32_t plan_count, plan_capacity;
    uint32_t plan_count_before; /* at begin, for discard */
};

/* One partition of a worker: its two lanes and what numbers them. */
struct fen_partition {
    struct fen_lanes *lanes;
    bool is_open;
    bool has_lane_record_due; /* of the split lane, in this batch */
    bool has_post_record_due; /* of the post lane, in this batch */
    struct fen_split_lane *split;
    struct fen_post_lane *post;
    uint64_t *sent;     /* by post partition: number of the last posting record sent */
    uint64_t *received; /* by split partition: number of the last one received */
    uint64_t version;   /* commits that changed the post lane */
    uint64_t version_before;  /* at begin, for discard */
    struct fen_split_progress recorded; /* as the split lane's record has it */
    int64_t post_recorded; /* plan publication as the post lane's record has it */
    uint32_t split_format; /* of the state as the split lane's record has it; 0: none yet */
    uint32_t post_format;  /* likewise of the post lane's */

    /* of the batch */
    struct fen_entries differences; /* made here by the split lane, not yet routed */
    struct fen_entries *outbox;     /* by post partition, where that lane is elsewhere */
    uint64_t *received_before;      /* copy at the first posting of the batch; NULL: none */
    bool has_sent;
};

struct fen_lanes {
    struct fen_lanes_options options;
    struct fen_partition *partitions;
    struct fen_reference_lane references;
    struct fen_arena *arena;        /* of the batch */
    struct fen_arena *evaluation;   /* of one evaluation */
    struct fen_counters total;
    uint32_t state_format; /* that is written, and the newest that is read */
    struct fen_start_fault restore_fault; /* of the last record that was refused */

    /* of the batch */
    bool is_in_batch;
    const struct fen_reference *reference;
    size_t followed_bytes; /* of the arena, after begin: room for events is on top of them */
    struct fen_counters batch;
    struct fen_split_counts split_counts;
    struct fen_post_counts post_counts;
    struct fen_message *outputs;
    uint32_t output_count, output_capacity;
    struct fen_projection *projections;
    uint32_t projection_count, projection_capacity;
    struct fen_buffer scratch;
    struct fen_event event; /* the one being applied; what it points at is the batch's */
};

/* Post what the partition's split lane has made: here, or into the outbox. */
void fen_lanes_route(struct fen_lanes *lanes, struct fen_partition *partition);

/* Encode all that the batch changed into outputs and projections. */
void fen_lanes_encode(struct fen_lanes *lanes);

/* Append an output; key and value are borrowed until the next begin: the batch's arena. */
void fen_lanes_output(struct fen_lanes *lanes, enum fen_topic topic, uint32_t partition,
                      struct fen_str key, struct fen_str value);

/* The reference lane: life, an event's fate, restore and discard. */
void fen_reference_lane_init(struct fen_reference_lane *lane);
void fen_reference_lane_deinit(struct fen_reference_lane *lane);
void fen_reference_lane_begin(struct fen_reference_lane *lane);
void fen_reference_lane_discard(struct fen_reference_lane *lane);
enum fen_refusal fen_reference_lane_apply(struct fen_reference_lane *lane,
                                          const struct fen_event *event, struct fen_arena *arena,
                                          struct fen_counters *counters,
                                          struct fen_refused *refused_out);


#endif /* FEN_STREAM_LANES_PARTS_H */
