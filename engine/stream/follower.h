/*
 * follower: hears from Kafka what a post lane of another process has committed, for the projection
 * of a process that does not post (`--stages project`).
 *
 * It is a member of a consumer group of its own over fen.ledger.v1 and fen.accounts.v1, committed
 * records only, and commits no offset: where Redis stands, its fence says. Of each partition given
 * to it, in this order:
 *
 *   1. the ledger's stable end, then the accounts' true end
 *   2. the accounts read back up to that end: the newest version, and the seq of each payee at it
 *   3. `opened` with that version: Redis' fence stands there, or the partition is set up anew
 *   4. both topics from there on: commit by commit (transcript.h) to `project`
 *
 * A commit beyond the version of 2 was not yet decided at 1, or its lane record would lie before
 * the true end; so its entries lie at or behind the stable end, and none is missed.
 *
 * Failure modes: a commit that cannot be put together, or whose entries do not come for a minute:
 * `missed`, and the partition is set up anew. An offset that retention or compaction has taken: all
 * begins at 1 again. A record that cannot be read, state that a newer version wrote or one with
 * other partitions, another process under this name: failed for good. A revocation: `closed`; who
 * is given the partition next finds out by the fence.
 *
 * Threads: create, start, stop, join, destroy: start-up. step: the follower's, or, without start,
 * the caller's (tests). Hooks: the follower's. What is named "Thread: any" is.
 */
#ifndef FEN_STREAM_FOLLOWER_H
#define FEN_STREAM_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "plan/reference.h"
#include "stream/lanes.h"
#include "wire/event_decode.h"
#include "wire/source.h"

struct fen_follower;

/* What a projector hears, on the follower's thread. None may block. */
struct fen_follower_hooks {
    void *context;
    void (*opened)(void *context, uint32_t partition, uint64_t version);
    void (*project)(void *context, const struct fen_projection *projection);
    void (*missed)(void *context, uint32_t partition); /* something has not been projected */
    void (*closed)(void *context, uint32_t partition);
    void (*rest)(void *context); /* after what came of one poll, of opening or of closing */
};

struct fen_follower_options {
    uint32_t partition_count;
    enum fen_wire wire;                       /* of the output topics */
    struct fen_reference_builder *references; /* for the stores of guides */
    uint32_t reference_reader;                /* its number there */
    struct fen_follower_hooks hooks;          /* all are needed */
};

enum fen_follower_state {
    FEN_FOLLOWER_STARTING,  /* joining the group, or nothing is assigned */
    FEN_FOLLOWER_READING,   /* reading accounts back */
    FEN_FOLLOWER_FOLLOWING,
    FEN_FOLLOWER_STOPPED,
    FEN_FOLLOWER_FAILED,    /* for good; see reason */
};

/* Each number whole, the set not of one moment. */
struct fen_follower_status {
    enum fen_follower_state state;
    char reason[256];         /* of FAILED; "" none */
    struct fen_start_fault start_fault; /* of FAILED: what it must not go on from; SOUND: nothing */
    int64_t progress_ms;      /* monotonic time of the last turn */
    uint32_t partition_count; /* followed */
    uint64_t commits;         /* handed to `project` */
    uint64_t torn;            /* commits that could not be put together */
    uint64_t readings;        /* times accounts were read back */
    int64_t lag;              /* records behind the ends, and commits that wait; -1: not known */
};

/* A follower over its source (kafka_source, is_follower), which it owns and destroys. */
struct fen_follower *fen_follower_create(const struct fen_follower_options *options,
                                         struct fen_source *source) FEN_MUST_USE;

/* One turn of the loop; false when it has ended (stopped or failed). */
bool fen_follower_step(struct fen_follower *follower);

/* Go on turning in a thread of its own. */
void fen_follower_start(struct fen_follower *follower);

/* Ask it to leave. Thread: any. */
void fen_follower_stop(struct fen_follower *follower);

/* Wait for the end of its thread; false: it hangs, and nothing may be freed. */
bool fen_follower_join(struct fen_follower *follower, uint32_t timeout_ms) FEN_MUST_USE;

/* After a join that returned true, or without start. NULL is fine. */
void fen_follower_destroy(struct fen_follower *follower);

/* Thread: any. */
void fen_follower_status_read(const struct fen_follower *follower,
                              struct fen_follower_status *status_out);

/* "starting", ... Thread: any. */
const char *fen_follower_state_name(enum fen_follower_state state);

#endif /* FEN_STREAM_FOLLOWER_H */
