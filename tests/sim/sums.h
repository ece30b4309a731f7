/*
 * sums: ledger entries added up by everything SPEC §11.1 says their totals depend on; and what was
 * refused. Two sums of the same events are the same, whatever happened on the way.
 *
 * Threads: the simulation's one.
 */
#ifndef FEN_TESTS_SIM_SUMS_H
#define FEN_TESTS_SIM_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "model/entry.h"
#include "wire/message.h"

struct sim_sum {
    struct fen_str key; /* payee, subject, line, role, ... as one text */
    int64_t amount_fen;
    int64_t base_fen;
};

/* Zero-initialised but for the arena. */
struct sim_sums {
    struct fen_arena *arena;
    struct sim_sum *items;
    uint32_t count;
    uint32_t capacity;
    bool is_sorted;
    bool is_without_periods; /* entries of a key in several periods count as one */
    uint64_t dead_letter_count;
    uint64_t dead_letter_hash; /* of keys and values, whatever their order */
};

void sim_sums_add(struct sim_sums *sums, const struct fen_entry *entry);

/* Add an amount under a key of the caller's own making, which lives in the arena. */
void sim_sums_put(struct sim_sums *sums, struct fen_str key, int64_t amount_fen);
void sim_sums_add_dead_letter(struct sim_sums *sums, const struct fen_message *message);

/* Whether both are the same; else the first few differences in `difference`. */
bool sim_sums_equal(struct sim_sums *expected, struct sim_sums *found,
                    struct fen_buffer *difference) FEN_MUST_USE;

#endif /* FEN_TESTS_SIM_SUMS_H */
