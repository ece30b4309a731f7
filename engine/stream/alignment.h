/*
 * alignment: the messages of a worker in the order of time, across topics.
 *
 * Why: a customer's touches, bindings and orders come on three topics. While a backlog is worked
 * off, one topic runs ahead of the others, and an order that meets its touches late is evaluated,
 * and its entries moved, once for each batch of them (amounts do not depend on it: SPEC §11.1, but
 * the ledger grows and the engine slows). So messages are taken in the order of their timestamps,
 * and those that are ahead of what another of the three topics still has to give are held back.
 *
 * Within a partition the order of the log stays. Held messages are copies; their offsets are not
 * committed before they are applied. What is held is bounded in bytes and in time: past either
 * bound it is applied as it stands, since waiting is only a saving. Time counts only while the
 * client has nothing more to give: of a backlog it has fetched minutes of orders before the touches
 * that belong to them, and taking them in is no waiting.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_ALIGNMENT_H
#define FEN_STREAM_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/message.h"
#include "wire/source.h"

struct fen_held_message;

/* Zero-initialised to begin with; memory serves poll after poll. */
struct fen_alignment {
    struct fen_alignment_row *rows; /* ready ones first, in the order of time */
    struct fen_alignment_row *spare; /* as large, for moving them */
    uint32_t row_count, row_capacity, ready_count;
    struct fen_held_message **held; /* owned copies, in the order they came */
    uint32_t held_count, held_capacity;
    size_t held_bytes;
    int64_t held_since_ms; /* steady clock; since when nothing was released, and all given taken */
    int64_t *newest_ms;    /* by partition and topic: newest time given so far */
    uint32_t partition_count;
};

/* Free the memory; the struct is then as zero-initialised. */
void fen_alignment_deinit(struct fen_alignment *alignment);

/*
 * Arrange what is held and `messages` (borrowed until stash or clear). A message is ready when none
 * of the three topics, in its partition, still lags behind with older ones, by `source`'s lag.
 * `has_more`: others are here already and will be given by the next poll.
 * Returns: how many are ready; fen_alignment_at gives them from 0 on.
 */
uint32_t fen_alignment_arrange(struct fen_alignment *alignment, struct fen_source *source,
                               const struct fen_message *messages, uint32_t count, bool has_more,
                               int64_t now_ms);

/* The ready message at `place`. */
const struct fen_message *fen_alignment_at(const struct fen_alignment *alignment, uint32_t place);

/* All ready messages are applied: let go of them, and copy what is to be held. */
void fen_alignment_stash(struct fen_alignment *alignment, int64_t now_ms);

/* Forget everything: it will be read again from the committed offsets. */
void fen_alignment_clear(struct fen_alignment *alignment);

/* Whether anything is held back. */
bool fen_alignment_is_holding(const struct fen_alignment *alignment);

#endif /* FEN_STREAM_ALIGNMENT_H */
