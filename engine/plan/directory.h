/*
 * directory: (tenant, id) -> history, as an immutable snapshot copied on write, chunk by chunk.
 *
 * Why: 400,000 guides are announced while workers read. A new snapshot shares all but what an event
 * changes: the history, the chunk that holds it, and the array of chunks. Hence loading is as fast
 * as a plain hash table (what was made since the last publish is changed in place), and one change
 * of a large directory costs microseconds.
 *
 * A lookup is a chain of cache misses: hence what a chunk's table is read by stands in the array of
 * chunks, and a history's key on the line where its first item begins.
 *
 *     directory: array of chunks, by the high bits of the hash
 *         chunk: open-addressed table (hash, history), by its low bits, at most 3/4 full
 *             history: items of one size in the order the owner keeps, e.g. versions by time
 *
 * Threads: find on a published snapshot any; all else the builder.
 */
#ifndef FEN_PLAN_DIRECTORY_H
#define FEN_PLAN_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"
#include "plan/retire.h"

struct fen_directory;

struct fen_history {
    struct fen_str tenant;
    struct fen_str id;
    uint64_t number; /* of the snapshot it was made for */
    uint32_t count;
    uint32_t capacity;
    _Alignas(16) unsigned char items[]; /* `count` items of the directory's item size */
};

/* An empty directory of 2^chunk_bits chunks, whose items have `item_size_bytes`. */
struct fen_directory *fen_directory_create(uint32_t chunk_bits, size_t item_size_bytes,
                                           uint64_t number) FEN_MUST_USE;

/* Free it and all it holds; older snapshots' own memory is with `retire`. */
void fen_directory_destroy(struct fen_directory *directory);

/* The history of a key; NULL: none. Cost: three dependent misses, one compare. */
const struct fen_history *fen_directory_find(const struct fen_directory *directory,
                                             struct fen_str tenant, struct fen_str id);

/* Likewise with fen_hash_pair(tenant, id) at hand. */
const struct fen_history *fen_directory_find_hash(const struct fen_directory *directory,
                                                  uint64_t hash, struct fen_str tenant,
                                                  struct fen_str id);

/*
 * Begin to fetch what a find of this hash will read: the slot of the key, and, once that may have
 * come, its history. Who looks up several keys soon lets the misses of all overlap.
 */
void fen_directory_prefetch_slot(const struct fen_directory *directory, uint64_t hash);
void fen_directory_prefetch_history(const struct fen_directory *directory, uint64_t hash);

/*
 * Insert an item at `position` of the key's history, which begins with it when there is none; the
 * texts are borrowed for ever. What was published is copied first and given to `retire`.
 *
 * Returns: the directory to go on with.
 */
struct fen_directory *fen_directory_insert(struct fen_directory *directory,
                                           struct fen_retire *retire, struct fen_str tenant,
                                           struct fen_str id, uint32_t position,
                                           const void *item) FEN_MUST_USE;

#endif /* FEN_PLAN_DIRECTORY_H */
