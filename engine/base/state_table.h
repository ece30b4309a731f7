/*
 * state_table: records by key, as the compacted topics hold them.
 *
 * Why: what a lane remembers of an order, a customer or a payee is the very record of its state
 * topic. Keeping those bytes, and nothing else, makes restoring a copy, memory small, and the
 * difference between "in memory" and "in the log" impossible.
 *
 * A key has a slot number that never changes while the table lives, so that other tables can point
 * at it. A slot may be empty (no value): inserted in a batch that was discarded, or removed.
 * A batch keeps its own working object per slot (`object`), which this table only carries.
 *
 * Memory    32 bytes a slot, 4 to 8 bytes of index, and the key and value in a slab.
 * Threads   a table belongs to one thread at a time.
 */
#ifndef FEN_BASE_STATE_TABLE_H
#define FEN_BASE_STATE_TABLE_H

#include <stdint.h>

#include "base/assert.h"
#include "base/slab.h"
#include "base/str.h"

struct fen_state_table;

/* A table whose keys and values live in `slab`, which must outlive it. The caller destroys it. */
struct fen_state_table *fen_state_table_create(struct fen_slab *slab) FEN_MUST_USE;
void fen_state_table_destroy(struct fen_state_table *table);

/* The slot of the key "a/b"; 0: no slot. Cost: one probe. */
uint32_t fen_state_table_find(const struct fen_state_table *table, struct fen_str a,
                              struct fen_str b);

/* Likewise, making an empty slot where there is none. Never 0. */
uint32_t fen_state_table_insert(struct fen_state_table *table, struct fen_str a, struct fen_str b);

/* Set the value of the key "a/b" (present), making its slot in one piece. Returns: its slot. */
uint32_t fen_state_table_put(struct fen_state_table *table, struct fen_str a, struct fen_str b,
                             struct fen_str value);

/* Bring the memory of a key that will be asked for soon nearer. */
void fen_state_table_prefetch(const struct fen_state_table *table, struct fen_str a,
                              struct fen_str b);

/* The slot's key as "a/b"; valid until its value is set. */
struct fen_str fen_state_table_key(const struct fen_state_table *table, uint32_t slot);

/* The slot's value; absent when empty; valid until it is set. */
struct fen_str fen_state_table_value(const struct fen_state_table *table, uint32_t slot);

/* Copy `value` in (absent: empty the slot). */
void fen_state_table_set(struct fen_state_table *table, uint32_t slot, struct fen_str value);

/* The batch's working object of a slot; NULL when there is none. */
void *fen_state_table_object(const struct fen_state_table *table, uint32_t slot);
void fen_state_table_set_object(struct fen_state_table *table, uint32_t slot, void *object);

/* Slots are 1 .. slot_count; value_count of them are not empty. */
uint32_t fen_state_table_slot_count(const struct fen_state_table *table);
uint32_t fen_state_table_value_count(const struct fen_state_table *table);

/* Bytes of slots and index, without the slab. */
size_t fen_state_table_held_bytes(const struct fen_state_table *table);

#endif /* FEN_BASE_STATE_TABLE_H */
