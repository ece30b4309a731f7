/*
 * quarantine: notices the message that brings the process down, so that it is not read for ever.
 *
 * Why: a message on which fen crashes is read again after each restart, and nothing behind it is
 * posted any more. What is in hand is noted in a small file before it is touched; the next start
 * finds the note. After the first crash at a message, or in the end of a batch that held it, it is
 * worked on alone; after the second it is dead-lettered CRASHED, with its bytes, in the transaction
 * that moves the offset on.
 *
 * Who is suspected: only the batch whose own thread raised SIGSEGV, SIGABRT (FEN_ASSERT) and the
 * like; a handler marks it. A kill -9 in the midst of it may be the operator's or the kernel's for
 * want of memory: the message in hand is worked on alone too, but condemned after five of those.
 * A crash within Kafka's client, Redis or HTTP accuses no message.
 *
 * Cost: a few stores a message into a mapped page; the page outlives the process, not the power,
 * and a power cut is no crash of ours. Only a start after a crash writes through to the disk.
 *
 * What is never condemned: a record of fen.postings.v1 (its number would be missing, and a gap
 * stops the worker) and state. The file knows offsets, so it belongs to one set of topics: after
 * these are made anew, delete it.
 *
 * Threads: open, close: start-up; is_condemned of entries found at open: any; the rest: one worker.
 */
#ifndef FEN_STREAM_QUARANTINE_H
#define FEN_STREAM_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/message.h"

struct fen_quarantine;

enum fen_suspicion {
    FEN_UNSUSPECTED,
    FEN_SUSPECTED, /* to be worked on alone */
    FEN_CONDEMNED, /* to be dead-lettered unread */
};

/*
 * The file DIRECTORY/NAME.attempts, made where there is none; what it holds of the last life is
 * counted, and written through. A file that is damaged is begun anew.
 * Returns: NULL with a sentence in `reason` where the file cannot be had (a full disk, no right):
 * everything works without it, but for quarantine.
 */
struct fen_quarantine *fen_quarantine_open(const char *directory, const char *name,
                                           struct fen_buffer *reason) FEN_MUST_USE;

/* NULL is fine. */
void fen_quarantine_close(struct fen_quarantine *quarantine);

/* What is known of a message. `quarantine` may be NULL: nothing is. */
enum fen_suspicion fen_quarantine_look(const struct fen_quarantine *quarantine,
                                       enum fen_topic topic, uint32_t partition, int64_t offset);

/* Whether there is anybody at all to look for. NULL is fine. */
bool fen_quarantine_is_empty(const struct fen_quarantine *quarantine);

/* This message is in hand from now on. NULL is fine. */
void fen_quarantine_take(struct fen_quarantine *quarantine, const struct fen_message *message);

/* The messages of a batch are in hand together, by ranges from <= offset < to; add each. */
void fen_quarantine_gather(struct fen_quarantine *quarantine);
void fen_quarantine_add(struct fen_quarantine *quarantine, enum fen_topic topic,
                        uint32_t partition, int64_t from, int64_t to);

/* Nothing is in hand: a crash from now on accuses nobody. NULL is fine. */
void fen_quarantine_rest(struct fen_quarantine *quarantine);

/* A partition's messages before `next` are committed: who was suspected there has passed. */
void fen_quarantine_pass(struct fen_quarantine *quarantine, enum fen_topic topic,
                         uint32_t partition, int64_t next);

#endif /* FEN_STREAM_QUARANTINE_H */
