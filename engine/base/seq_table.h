/*
 * seq_table: a number for each payee: the newest seq that somebody has dealt with.
 *
 * Payees are known by a 128-bit hash: two of a partition collide with probability below 10^-20.
 *
 * Threads: a table belongs to one thread.
 */
#ifndef FEN_BASE_SEQ_TABLE_H
#define FEN_BASE_SEQ_TABLE_H

#include <stdint.h>

#include "base/hash.h"
#include "base/str.h"

struct fen_seq_slot {
    struct fen_hash128 payee;
    uint64_t seq; /* 0: free */
};

/* Zero-initialised is empty. */
struct fen_seq_table {
    struct fen_seq_slot *slots;
    uint32_t slot_count; /* a power of two */
    uint32_t payee_count;
};

/* Free the slots; the table is then empty. */
void fen_seq_table_deinit(struct fen_seq_table *table);

/* Keep a payee's seq (0 is not kept); a later one holds. */
void fen_seq_table_put(struct fen_seq_table *table, struct fen_str tenant, struct fen_str payee,
                       uint64_t seq);

/* The seq kept, 0 when there is none. */
uint64_t fen_seq_table_find(const struct fen_seq_table *table, struct fen_str tenant,
                            struct fen_str payee);

#endif /* FEN_BASE_SEQ_TABLE_H */
