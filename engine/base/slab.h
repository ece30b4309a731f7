/*
 * slab: many small blocks of memory that come and go, without a call to the allocator for each.
 *
 * Why: a lane keeps one block per order, customer and payee, and replaces a few in every batch.
 * Blocks come in classes of size (steps of 16 bytes up to 1 KiB, then powers of two) and return to
 * the list of their class; chunks are taken from the system rarely and never given back before the
 * slab is destroyed. Blocks above 64 KiB are the system allocator's.
 *
 * Threads: a slab belongs to one thread at a time.
 */
#ifndef FEN_BASE_SLAB_H
#define FEN_BASE_SLAB_H

#include <stddef.h>

#include "base/assert.h"

struct fen_slab;

/* An empty slab; the caller destroys it, and with it every block but those above 64 KiB. */
struct fen_slab *fen_slab_create(void) FEN_MUST_USE;
void fen_slab_destroy(struct fen_slab *slab);

/* A block of at least `size_bytes`, aligned to 16. Never NULL. */
void *fen_slab_take(struct fen_slab *slab, size_t size_bytes) FEN_MUST_USE;

/* Give a block back; `size_bytes` as it was taken. NULL is fine. */
void fen_slab_give(struct fen_slab *slab, void *block, size_t size_bytes);

/* How many bytes a block taken for `size_bytes` really has. */
size_t fen_slab_room_bytes(size_t size_bytes);

/* Bytes held from the system, and bytes in blocks now taken. */
size_t fen_slab_held_bytes(const struct fen_slab *slab);
size_t fen_slab_taken_bytes(const struct fen_slab *slab);

#endif /* FEN_BASE_SLAB_H */
