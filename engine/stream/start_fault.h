/*
 * start_fault: why a worker must not start on what it finds in Kafka.
 *
 * Why a value and not only a sentence: whoever starts fen is told in their language what to do
 * about it, and the process ends with the code of a bad configuration (78), so that a supervisor
 * does not try again for ever what no repetition mends.
 *
 * Threads: values; any.
 */
#ifndef FEN_STREAM_START_FAULT_H
#define FEN_STREAM_START_FAULT_H

#include <stdint.h>

#include "base/buffer.h"
#include "wire/topic.h"

enum fen_start_fault_kind {
    FEN_START_SOUND,         /* no fault */
    FEN_START_CUT,           /* no committed offset, and retention has cut the beginning */
    FEN_START_LOST,          /* the committed offset lies outside of what the partition holds */
    FEN_START_EXPIRED,       /* no committed offset, though there is state of earlier work */
    FEN_START_NEWER,         /* state in a format of a later version of fen */
    FEN_START_REPARTITIONED, /* state written for another number of partitions */
    FEN_START_UNREADABLE,    /* a state record that is none */
};

struct fen_start_fault {
    enum fen_start_fault_kind kind;
    enum fen_topic topic;
    uint32_t partition;
    int64_t found;  /* CUT: first offset kept; LOST: committed offset; NEWER: format; REPARTITIONED:
                     * partitions; UNREADABLE: the record's offset */
    int64_t wanted; /* LOST: first offset kept; NEWER: newest format known; REPARTITIONED: now */
    int64_t end;    /* LOST: one beyond the last offset */
};

/* Append what is wrong, in English, for the log: topic, partition and numbers. */
void fen_start_fault_append(const struct fen_start_fault *fault, struct fen_buffer *out);

#endif /* FEN_STREAM_START_FAULT_H */
