/*
 * mark_set: which events a lane has applied, by 96 bits of the hash of their id.
 *
 * Why: the dedupe must be exact for as long as a duplicate can come, and there are many more events
 * than orders. 16 bytes a mark, so that none lies on two cache lines, at most 5/7 full, linear
 * probing; ids themselves stay in records. That any two of 10^9 events share 96 bits has the
 * probability 10^-11.
 *
 * Threads: a set belongs to one thread at a time.
 */
#ifndef FEN_BASE_MARK_SET_H
#define FEN_BASE_MARK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/hash.h"

struct fen_mark_set;

/* An empty set; the caller destroys it. */
struct fen_mark_set *fen_mark_set_create(void) FEN_MUST_USE;
/* Free the set; NULL is fine. */
void fen_mark_set_destroy(struct fen_mark_set *set);

/*
 * Add a mark. Returns true when it is new; false when the id was there, with *content_out the
 * content it came with first.
 */
bool fen_mark_set_add(struct fen_mark_set *set, struct fen_hash128 id, uint32_t content,
                      uint32_t *content_out);

/* Bring the memory of a mark that will be added soon nearer. */
void fen_mark_set_prefetch(const struct fen_mark_set *set, struct fen_hash128 id);

/* Take a mark back (a discarded batch); it must be there. */
void fen_mark_set_remove(struct fen_mark_set *set, struct fen_hash128 id);

/* How many marks it holds. */
uint64_t fen_mark_set_count(const struct fen_mark_set *set);
/* Bytes held from the system. */
size_t fen_mark_set_held_bytes(const struct fen_mark_set *set);

#endif /* FEN_BASE_MARK_SET_H */
