/*
 * block: what one batch changed in one ledger partition, encoded as arguments of fence.lua.
 *
 * Why: the worker's structs are gone at its next batch, so they must be copied once anyway; they
 * are copied straight into the form that goes out, and the projector only frames it. A block is a
 * row of steps, each one payee's keys and arguments, so that it can be cut into script calls of
 * bounded size anywhere between two steps: all but the last leave the fence where it is.
 *
 * A step carries the fields its batch touched, with their absolute values ("changes"), all fields
 * ("whole", for a rebuild), or ledger records alone ("feed"). Keys and fields: schemas/redis.md.
 *
 * Threads: a block belongs to one thread at a time; it changes hands through a ring.
 */
#ifndef FEN_REDIS_BLOCK_H
#define FEN_REDIS_BLOCK_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"
#include "wire/event_decode.h"
#include "wire/payee_change.h"

#define FEN_KEY_PREFIX_BYTES_MAX 64

/* A command stays below both, unless a single step does not. */
#define FEN_COMMAND_BYTES_MAX ((size_t)1 << 20)
#define FEN_COMMAND_KEYS_MAX 500

/* Where a step ends in the block; it begins where the one before ends. */
struct fen_block_step {
    uint32_t keys_end;  /* bytes of keys */
    uint32_t args_end;  /* bytes of args */
    uint32_t arg_count; /* of this step; its keys are two */
};

/* A (period, role), a date or a funder's row that a batch touched. */
struct fen_block_touch {
    int32_t period; /* or date, or the row's number */
    enum fen_role role;
};

struct fen_block {
    uint32_t partition;
    uint64_t version_from;
    uint64_t version_to;
    int64_t steady_ms; /* when it was published, for the lag */
    int64_t wall_ms;   /* likewise, for readers (`asof`) */
    uint32_t payee_count;

    char prefix[FEN_KEY_PREFIX_BYTES_MAX + 16]; /* "fen:{p7}:" */
    uint32_t prefix_size;
    uint32_t feed_length;
    enum fen_wire wire; /* of the records */

    struct fen_buffer keys; /* RESP arguments */
    struct fen_buffer args;
    struct fen_block_step *steps;
    uint32_t step_count;
    uint32_t step_capacity;

    /* The step that records are being added to. */
    size_t record_count_offset; /* of its count in args */
    uint32_t record_count;
    struct fen_buffer feed_key;     /* of the payee whose records came last: "tenant/payee" */
    struct fen_buffer scratch;
    struct fen_buffer shown;  /* a record without its customers, and what it is made in: ... */
    struct fen_arena *arena;  /* ... NULL until there is one */
    struct fen_block_touch *touches; /* scratch */
    uint32_t touch_capacity;
};

/* Free what it holds; the struct is then as zero-initialised. */
void fen_block_deinit(struct fen_block *block);

/* Empty it, keeping its memory, for a partition, its keys' prefix ("fen:") and records' wire. */
void fen_block_clear(struct fen_block *block, const char *key_prefix, uint32_t partition,
                     uint32_t feed_length, enum fen_wire wire);

/* Add what a batch changed of one payee. */
void fen_block_add_changes(struct fen_block *block, const struct fen_payee_change *change);

/* Add a payee's whole account; its feed begins anew. */
void fen_block_add_whole(struct fen_block *block, const struct fen_account *account,
                         struct fen_str store);

/*
 * Add a ledger record, whose last entry has the number `seq`, to its payee's feed, without the
 * customers it may name (wire/feed_record.h).
 */
void fen_block_add_record(struct fen_block *block, struct fen_str tenant, struct fen_str payee,
                          uint64_t seq, struct fen_str record);

/*
 * Append one EVALSHA of the steps from *step on, as many as a command may hold, and move *step
 * behind them. `expected` and `to` as in fence.lua; a call that does not reach the last step leaves
 * the fence at `expected`. A block without steps gives one call that only moves the fence.
 */
void fen_block_append_command(const struct fen_block *block, uint32_t *step, struct fen_str sha,
                              struct fen_str expected, struct fen_str to, struct fen_buffer *out);

/* Bytes of memory it holds. */
size_t fen_block_held_bytes(const struct fen_block *block);

#endif /* FEN_REDIS_BLOCK_H */
