/*
 * start_fault: why a worker or a follower must not start, or go on, on what it finds in Kafka.
 *
 * Why a value and not only a sentence: whoever starts fen is told in their language what to do
 * about it, and the process ends with the code of a bad configuration (78), so that a supervisor
 * does not try again for ever what no repetition mends.
 *
 * Threads: values; any.
 */
#ifndef FEN_STREAM_START_FAULT_H
#define FEN_STREAM_START_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/lane_state.h"
#include "wire/topic.h"

enum fen_start_fault_kind {
    FEN_START_SOUND,         /* no fault */
    FEN_START_CUT,           /* no committed offset, and retention has cut the beginning */
    FEN_START_LOST,          /* the committed offset lies outside of what the partition holds */
    FEN_START_EXPIRED,       /* no committed offset, though there is state of earlier work */
    FEN_START_STATE_CUT,     /* a state topic begins behind its first record */
    FEN_START_NEWER,         /* state in a format of a later version of fen */
    FEN_START_REPARTITIONED, /* state written for another number of partitions */
    FEN_START_UNREADABLE,    /* a state record that is none */
    FEN_START_TAKEN,         /* another process runs under this instance's name; no topic */
};

struct fen_start_fault {
    enum fen_start_fault_kind kind;
    enum fen_topic topic;
    uint32_t partition;
    int64_t found;  /* CUT, STATE_CUT: first offset kept; LOST: committed offset; NEWER: format;
                     * REPARTITIONED: partitions; UNREADABLE: the record's offset */
    int64_t wanted; /* LOST: first offset kept; NEWER: newest format known; REPARTITIONED: now */
    int64_t end;    /* LOST: one beyond the last offset */
};

/*
 * The state format that this process writes, and the newest it reads: FEN_STATE_FORMAT, but one
 * more where a test asks for the next version (FEN_FAULT_SKIP=state-format).
 */
uint32_t fen_start_fault_format(void);

/*
 * Check a lane's record before anything of its partition is gone on from: state that a later
 * version wrote, or for another number of partitions. Returns: whether it is sound; else kind,
 * found and wanted of *fault_out are set.
 */
bool fen_start_fault_check(const struct fen_lane_state *state, uint32_t partition_count,
                           struct fen_start_fault *fault_out);

/* A fault of state with the place of the record that shows it: topic, partition, offset. */
struct fen_start_fault fen_start_fault_at(const struct fen_start_fault *fault,
                                          enum fen_topic topic, uint32_t partition,
                                          int64_t offset);

/* Append what is wrong, in English, for the log: topic, partition and numbers. */
void fen_start_fault_append(const struct fen_start_fault *fault, struct fen_buffer *out);

#endif /* FEN_STREAM_START_FAULT_H */
