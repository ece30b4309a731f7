/*
 * message: a record as it came from a topic or file, and one on its way to a topic.
 *
 * Threads: values; any. Bytes are borrowed from whoever made the message.
 */
#ifndef FEN_WIRE_MESSAGE_H
#define FEN_WIRE_MESSAGE_H

#include <stdint.h>

#include "base/str.h"
#include "wire/topic.h"

struct fen_header {
    struct fen_str name;
    struct fen_str value;
};

struct fen_message {
    enum fen_topic topic;
    uint32_t partition;
    int64_t offset;       /* in files the line number */
    int64_t timestamp_ms; /* of the record; -1 unknown */
    struct fen_str key;
    struct fen_str value; /* absent: a tombstone */
    struct fen_header *headers;
    uint32_t header_count;
};

#endif /* FEN_WIRE_MESSAGE_H */
