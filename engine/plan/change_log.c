/* change_log: see change_log.h. */
#include "plan/change_log.h"

#include <stdlib.h>

void fen_change_log_deinit(struct fen_change_log *log)
{
    uint64_t block_count = (log->count + FEN_CHANGE_LOG_BLOCK_ROWS - 1) / FEN_CHANGE_LOG_BLOCK_ROWS;
    for (uint64_t block = 0; block < block_count; block++)
        free(log->blocks[block]);
    free(log->blocks);
    *log = (struct fen_change_log){0};
}

/* Readers hold the old list, so a longer one is a copy. */
static void grow_blocks(struct fen_change_log *log, struct fen_retire *retire)
{
    uint64_t capacity = log->block_capacity == 0 ? 16 : log->block_capacity * 2;
    struct fen_org_change **blocks = calloc(capacity, sizeof *blocks);
    FEN_ASSERT(blocks != NULL && "out of memory");
    if (log->block_capacity > 0)
        memcpy(blocks, log->blocks, log->block_capacity * sizeof *blocks);
    fen_retire_add(retire, log->blocks, log->blocks_number);
    log->blocks = blocks;
    log->blocks_number = retire->number;
    log->block_capacity = capacity;
}

void fen_change_log_append(struct fen_change_log *log, struct fen_retire *retire,
                           const struct fen_org_change *change)
{
    uint64_t block = log->count / FEN_CHANGE_LOG_BLOCK_ROWS;
    uint64_t row = log->count % FEN_CHANGE_LOG_BLOCK_ROWS;
    if (row == 0) {
        if (block == log->block_capacity)
            grow_blocks(log, retire);
        log->blocks[block] = malloc(FEN_CHANGE_LOG_BLOCK_ROWS * sizeof **log->blocks);
        FEN_ASSERT(log->blocks[block] != NULL && "out of memory");
    }
    log->blocks[block][row] = *change;
    log->count++;
}
