/*
 * dead_letter_board: the newest dead letters of each tenant, and how many there were by code, for
 * finance to look at.
 *
 * It holds what stands in fen.dlq.v1 and nothing that could not be read from there again: a reader
 * of that topic puts every record in, at each start from the topic's beginning. So there is nothing
 * to keep exactly once, and every process that reads the topic shows the same.
 *
 * Of an event itself only its id is kept: the rest of it may be about a customer. A letter whose
 * tenant cannot be told is nobody's: it is counted, and shown to none.
 *
 * Threads: create, destroy: start-up. The other functions: any; a mutex guards it.
 */
#ifndef FEN_API_DEAD_LETTER_BOARD_H
#define FEN_API_DEAD_LETTER_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/dead_letter.h"

/* Kept of each tenant, the newest by the time of the record that was refused. */
#define FEN_DEAD_LETTER_COUNT_MAX 500u
/* Letters of more tenants than that are counted as nobody's. */
#define FEN_DEAD_LETTER_TENANT_COUNT_MAX 4096u

struct fen_dead_letter_board;

/* Where a page begins: behind this letter. Numbers are those of its record in fen.dlq.v1. */
struct fen_dead_letter_place {
    int64_t at_ms;
    uint32_t partition;
    int64_t offset;
};

/* `wire` is that of the events. The caller destroys. */
struct fen_dead_letter_board *fen_dead_letter_board_create(enum fen_wire wire) FEN_MUST_USE;
void fen_dead_letter_board_destroy(struct fen_dead_letter_board *board);

/* Put a record of fen.dlq.v1 in; what is no dead letter is passed over. Nothing is borrowed. */
void fen_dead_letter_board_put(struct fen_dead_letter_board *board,
                               const struct fen_message *message);

/* Forget everything: the topic will be read anew. */
void fen_dead_letter_board_clear(struct fen_dead_letter_board *board);

/* Say whether the topic has been read to its end. */
void fen_dead_letter_board_set_current(struct fen_dead_letter_board *board, bool is_current);

/* Read "AT-PARTITION-OFFSET"; false: it is none. */
bool fen_dead_letter_place_read(struct fen_str text,
                                struct fen_dead_letter_place *place_out) FEN_MUST_USE;

/*
 * Append a page of a tenant's letters, the newest first, at most `limit`: those behind `before`,
 * NULL: from the newest on. As `DeadLetters` of schemas/openapi.json; without a board (NULL) there
 * are none, and their count is null.
 */
void fen_dead_letter_board_append_json(struct fen_dead_letter_board *board, struct fen_str tenant,
                                       const struct fen_dead_letter_place *before, uint32_t limit,
                                       struct fen_buffer *out);

#endif /* FEN_API_DEAD_LETTER_BOARD_H */
