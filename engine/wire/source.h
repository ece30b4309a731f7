/*
 * source: where a worker's messages come from; one of the core's two ports (DESIGN §5).
 *
 * A source is one member of a consumer group. It never works ahead of its worker: assignment and
 * revocation are results of poll, never callbacks in the midst of a batch, so that a batch never
 * mixes messages of two assignments. After ASSIGNED the worker asks where the group stands
 * (committed), rebuilds its state (restore), says from where it goes on (start), and only then
 * does poll give messages. It commits nothing: offsets travel in the sink's transaction.
 *
 * Implementations: stream/kafka_source.h, and wire/memory_source.h for simulation and tests.
 *
 * Threads: one worker, from create to destroy.
 */
#ifndef FEN_WIRE_SOURCE_H
#define FEN_WIRE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/message.h"
#include "wire/topic.h"

#define FEN_OFFSET_NONE INT64_C(-1)

/* A place in the log: the offset of the next record of a partition. */
struct fen_offset {
    enum fen_topic topic;
    uint32_t partition;
    int64_t offset; /* FEN_OFFSET_NONE: none */
};

/* A partition's ends: its first record still kept, and one beyond its last, open transactions'
 * included. */
struct fen_watermarks {
    enum fen_topic topic;
    uint32_t partition;
    int64_t low;
    int64_t high;
};

/* What to read back: records with from <= offset < to. Ranges with from >= to are empty. */
struct fen_range_to_read {
    enum fen_topic topic;
    uint32_t partition;
    int64_t from;
    int64_t to;
};

/* A question by time; offset_out: the first record not older, INT64_MAX when there is none. */
struct fen_time_lookup {
    enum fen_topic topic;
    uint32_t partition;
    int64_t timestamp_ms;
    int64_t offset_out;
};

enum fen_source_verdict {
    FEN_SOURCE_MESSAGES, /* message_count of them, none when nothing came in time */
    FEN_SOURCE_ASSIGNED, /* own these partitions from now on, and nothing else: what was owned
                          * before is gone, whether or not its loss was told */
    FEN_SOURCE_REVOKED,  /* everything that was owned is gone: forget it, then call drop */
    FEN_SOURCE_FENCED,   /* another process has this one's place: for good; `reason` */
    FEN_SOURCE_CUT,      /* an offset asked for is no longer kept: data is lost, stop */
    FEN_SOURCE_FAILED,   /* cannot go on; `reason` says why */
};

struct fen_poll_limits {
    uint32_t message_count_max;
    uint32_t wait_ms;    /* for the first message */
    uint32_t collect_ms; /* once there is one: how long to wait for more */
};

struct fen_poll {
    const struct fen_message *messages; /* borrowed until the next poll, drop, start or destroy */
    uint32_t message_count;
    bool is_full;                       /* stopped at a limit: more are waiting */
    const struct fen_offset *partitions; /* of ASSIGNED, ascending; borrowed likewise */
    uint32_t partition_count;
    const char *reason; /* of FENCED, CUT and FAILED; borrowed likewise */
};

struct fen_source;

struct fen_source_functions {
    /*
     * Wait for messages, an assignment or its end. Of one partition the offsets given only ever
     * rise, whatever the transport repeats. Never blocks for much longer than wait + collect.
     */
    enum fen_source_verdict (*poll)(struct fen_source *source, const struct fen_poll_limits *limits,
                                    struct fen_poll *poll_out);

    /*
     * The group's committed offsets of `offsets` (topic and partition given), waiting for the
     * transactions that are about to decide them; FEN_OFFSET_NONE where nothing was ever committed.
     * Returns: false with a sentence in `reason`; may be asked again.
     */
    bool (*committed)(struct fen_source *source, struct fen_offset *offsets, uint32_t count,
                      struct fen_buffer *reason) FEN_MUST_USE;

    /* The ends of partitions as they are now, open transactions included. Returns: as committed. */
    bool (*watermarks)(struct fen_source *source, struct fen_watermarks *watermarks, uint32_t count,
                       struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * Likewise, but `high` is how far a committed reader gets now: the first record of the oldest
     * open transaction, where there is one. Returns: as committed.
     */
    bool (*stable_ends)(struct fen_source *source, struct fen_watermarks *watermarks,
                        uint32_t count, struct fen_buffer *reason) FEN_MUST_USE;

    /* Answer questions by time. Returns: as committed. */
    bool (*offsets_for_times)(struct fen_source *source, struct fen_time_lookup *lookups,
                              uint32_t count, struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * Begin reading ranges back, committed records only, all side by side. One reading at a time;
     * `ranges` is copied. Returns: as committed.
     */
    bool (*restore_begin)(struct fen_source *source, const struct fen_range_to_read *ranges,
                          uint32_t count, struct fen_buffer *reason) FEN_MUST_USE;

    /*
     * The next records of the ranges, in order within a partition. MESSAGES, CUT or FAILED;
     * *is_complete_out: every range has been read to its end (which an open transaction delays).
     */
    enum fen_source_verdict (*restore_poll)(struct fen_source *source, uint32_t wait_ms,
                                            struct fen_poll *poll_out, bool *is_complete_out);

    /* End the reading, complete or not; messages of restore_poll are gone. */
    void (*restore_end)(struct fen_source *source);

    /*
     * Deliver messages from these offsets on: one for every partition assigned. Forgets what was
     * fetched ahead, so that it also serves to go back after a recovery.
     * Returns: as committed; false when the assignment has been lost meanwhile.
     */
    bool (*start)(struct fen_source *source, const struct fen_offset *offsets, uint32_t count,
                  struct fen_buffer *reason) FEN_MUST_USE;

    /* Deliver nothing until the next start, and agree to a revocation that is pending. */
    void (*drop)(struct fen_source *source);

    /* Membership as of start, for the sink of the same kind; borrowed until the next start. */
    const void *(*group)(struct fen_source *source);

    /*
     * How many records a started partition has beyond what poll gave, from what is known locally;
     * -1 unknown. Control records do not count once the end was seen.
     */
    int64_t (*lag)(struct fen_source *source, enum fen_topic topic, uint32_t partition);

    /*
     * Leave the group within `timeout_ms`. Returns: false when it hung: the source must then not
     * be destroyed, and the process leaves by _exit.
     */
    bool (*close)(struct fen_source *source, uint32_t timeout_ms) FEN_MUST_USE;

    void (*destroy)(struct fen_source *source);
};

/* The first member of each implementation's struct. */
struct fen_source {
    const struct fen_source_functions *functions;
};

#endif /* FEN_WIRE_SOURCE_H */
