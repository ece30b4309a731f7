/*
 * change_log: rows that are only ever appended, shared by all snapshots; one sees its first n rows.
 *
 * Why: a lane goes on reading where it stopped, whichever snapshot it holds, and nothing is copied
 * when a row is added. Rows stand in blocks that never move; only the list of blocks grows by copy.
 *
 * Threads: the builder appends; readers read the rows below the count of their snapshot, which were
 * written before it was published.
 */
#ifndef FEN_PLAN_CHANGE_LOG_H
#define FEN_PLAN_CHANGE_LOG_H

#include "plan/org.h"
#include "plan/retire.h"

#define FEN_CHANGE_LOG_BLOCK_ROWS 1024u

struct fen_change_log {
    struct fen_org_change **blocks;
    uint64_t blocks_number; /* of the snapshot the list of blocks was made for */
    uint64_t block_capacity;
    uint64_t count; /* of rows */
};

/* Free the rows; no reader is left. */
void fen_change_log_deinit(struct fen_change_log *log);

/* Append a row; its texts are borrowed for ever. */
void fen_change_log_append(struct fen_change_log *log, struct fen_retire *retire,
                           const struct fen_org_change *change);

#endif /* FEN_PLAN_CHANGE_LOG_H */
