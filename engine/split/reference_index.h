/*
 * reference_index: which subjects (orders, registrations, tasks) looked at which org record.
 *
 * Why: a guide or store that becomes known, or changes in the past, bears on exactly the subjects
 * that looked at it; nothing else is evaluated anew, and nothing is scanned (SPEC §3). Rows are
 * keyed by a 32-bit hash: a collision only evaluates a subject once more, for no difference.
 *
 * Threads: one worker.
 */
#ifndef FEN_SPLIT_REFERENCE_INDEX_H
#define FEN_SPLIT_REFERENCE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

struct fen_reference_index;

/* An empty index; the caller destroys it. */
struct fen_reference_index *fen_reference_index_create(void) FEN_MUST_USE;
/* Free the index; NULL is fine. */
void fen_reference_index_destroy(struct fen_reference_index *index);

/* Note that the subject in `slot` looked at the record `hash`. Repeats are harmless. */
void fen_reference_index_add(struct fen_reference_index *index, uint32_t hash, uint32_t slot);

/* The slots noted for `hash`, borrowed until the next add; returns how many. */
uint32_t fen_reference_index_find(const struct fen_reference_index *index, uint32_t hash,
                                  const uint32_t **slots_out);

/* Bytes held from the system. */
size_t fen_reference_index_held_bytes(const struct fen_reference_index *index);

#endif /* FEN_SPLIT_REFERENCE_INDEX_H */
