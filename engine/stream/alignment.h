/*
 * alignment: the messages of a batch in the order of time, across topics.
 *
 * Why: a customer's touches, bindings and orders come on three topics, and a batch takes them topic
 * by topic. In the order of their timestamps an order mostly finds its touches there, and is not
 * evaluated, and its entries not moved, once for each of them (amounts do not depend on it: SPEC
 * §11.1). Within a partition the order of the log stays.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_ALIGNMENT_H
#define FEN_STREAM_ALIGNMENT_H

#include <stdint.h>

#include "wire/message.h"

/* Memory that serves batch after batch; zero-initialised to begin with. */
struct fen_alignment {
    struct fen_alignment_row *rows;
    uint32_t row_capacity;
    int64_t *newest_ms; /* by topic and partition */
    uint32_t partition_count;
};

/* Free the memory; the struct is then as zero-initialised. */
void fen_alignment_deinit(struct fen_alignment *alignment);

/* Arrange `messages`; afterwards fen_alignment_at gives them from 0 to count - 1. */
void fen_alignment_arrange(struct fen_alignment *alignment, const struct fen_message *messages,
                           uint32_t count);

/* The index, in `messages`, of the message that stands at `place`. */
uint32_t fen_alignment_at(const struct fen_alignment *alignment, uint32_t place);

#endif /* FEN_STREAM_ALIGNMENT_H */
