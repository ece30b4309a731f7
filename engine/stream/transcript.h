/*
 * transcript: the commits of one ledger partition, put together again from its records.
 *
 * Why: a process that projects without posting (follower.h) reads what a post lane wrote, and Redis
 * is written commit by commit. fen.accounts.v1 shows where a commit ends: behind its accounts
 * stands the lane's record with the next version. Its entries are in another topic, fen.ledger.v1,
 * which may be read before or after. Which of them belong to the commit, the accounts say: each
 * leads its payee to the account's `seq`, and within the partition commits follow each other in
 * both topics.
 *
 *     ledger     A1-3 B7 │ A4 C1 │ B8 ...        restore: what was done before following begins
 *     accounts   A B /lane 5 │ A C /lane 6 │ B /lane 7 ...
 *
 * A commit that cannot be put together (compaction or a loss took a record, a version is missing)
 * is told as torn; what follows it is whole again once all its payees have been seen anew.
 *
 * Only committed records may be given, each partition's in order. They are copied.
 *
 * Threads: a transcript belongs to one thread.
 */
#ifndef FEN_STREAM_TRANSCRIPT_H
#define FEN_STREAM_TRANSCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "plan/org.h"
#include "stream/lanes.h"
#include "stream/start_fault.h"
#include "wire/event_decode.h"
#include "wire/message.h"

struct fen_transcript;

/* Of a partition, in the output topics' wire. The caller destroys; NULL is fine. */
struct fen_transcript *fen_transcript_create(uint32_t partition, enum fen_wire wire) FEN_MUST_USE;
void fen_transcript_destroy(struct fen_transcript *transcript);

/*
 * Take a record of fen.accounts.v1 read back, before any is followed: what it says is done.
 * Returns: false when it cannot be read.
 */
bool fen_transcript_restore(struct fen_transcript *transcript,
                            const struct fen_message *message) FEN_MUST_USE;

/*
 * The reading back is over. Returns: the offset of fen.accounts.v1 from which on to follow, behind
 * the newest commit read back; FEN_OFFSET_NONE: there was none, from the beginning.
 */
int64_t fen_transcript_begin(struct fen_transcript *transcript);

/*
 * Whether what the newest lane record says of itself can be gone on from, by this process and with
 * so many partitions (start_fault.h); else kind, found and wanted of *fault_out are set.
 */
bool fen_transcript_is_sound(const struct fen_transcript *transcript, uint32_t partition_count,
                             struct fen_start_fault *fault_out) FEN_MUST_USE;

/* The version of the newest commit restored or given. */
uint64_t fen_transcript_version(const struct fen_transcript *transcript);

/* Take a record of either topic. Returns: false when it cannot be read. */
bool fen_transcript_take(struct fen_transcript *transcript,
                         const struct fen_message *message) FEN_MUST_USE;

enum fen_transcript_verdict {
    FEN_TRANSCRIPT_WAITING, /* nothing yet */
    FEN_TRANSCRIPT_WHOLE,   /* a commit, valid until the next call of any function */
    FEN_TRANSCRIPT_TORN,    /* a commit that cannot be told; the version is behind it */
};

/* The next commit, in order. `org` says the stores of guides; NULL: none. */
enum fen_transcript_verdict fen_transcript_next(struct fen_transcript *transcript,
                                                const struct fen_org *org,
                                                struct fen_projection *projection_out);

/* Whether a commit's end was read and entries of it are still to come. */
bool fen_transcript_is_waiting(const struct fen_transcript *transcript);

/* Wait no longer for the commit whose end was read: it counts as torn. Only while waiting. */
void fen_transcript_give_up(struct fen_transcript *transcript);

/* Bytes of records and what was read from them, waiting here. */
size_t fen_transcript_held_bytes(const struct fen_transcript *transcript);

#endif /* FEN_STREAM_TRANSCRIPT_H */
