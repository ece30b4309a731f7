/*
 * projection_fold: what the records of a ledger partition say to a projector that sets Redis up
 * anew: the newest record of each payee, then ledger records as they stand.
 *
 * Apart from how they are fetched (projection_reader), so that the simulation, which has a Kafka of
 * its own, folds them by the same code.
 *
 * Threads: one.
 */
#ifndef FEN_STREAM_PROJECTION_FOLD_H
#define FEN_STREAM_PROJECTION_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slab.h"
#include "base/state_table.h"
#include "model/account.h"
#include "plan/org.h"
#include "wire/event_decode.h"
#include "wire/message.h"
#include "wire/topic.h"

/*
 * What a reading calls: the shape of redis/source.h, which this layer does not know (layers: stream
 * and redis are siblings). The wiring copies one into the other.
 */
struct fen_projection_visitor {
    void *context;
    void (*account)(void *context, const struct fen_account *account, struct fen_str store);
    void (*record)(void *context, struct fen_str tenant, struct fen_str payee, uint64_t seq,
                   uint32_t entry_count, struct fen_str record);
    bool (*goes_on)(void *context);
};

/* One reading of one partition. The first four are the caller's and are borrowed. */
struct fen_projection_fold {
    enum fen_wire wire;
    const struct fen_org *org; /* tells the store under which a guide is ranked; NULL: none */
    const struct fen_projection_visitor *visitor;
    struct fen_arena *arena; /* of one record: reset at each */
    struct fen_slab *slab;
    struct fen_state_table *accounts; /* the newest record of each payee, as bytes */
    uint64_t version;                 /* of the lane, as its record says; 0: none */
};

/* Nothing folded yet; the caller's four are set. The caller deinits. */
void fen_projection_fold_init(struct fen_projection_fold *fold);
/* Free what it folded. */
void fen_projection_fold_deinit(struct fen_projection_fold *fold);

/* Take a message of accounts (kept) or ledger (visited). False: it cannot be read. */
bool fen_projection_fold_take(struct fen_projection_fold *fold,
                              const struct fen_message *message) FEN_MUST_USE;

/* Visit the accounts. False: that of *key_out cannot be read. */
bool fen_projection_fold_visit(struct fen_projection_fold *fold,
                               struct fen_str *key_out) FEN_MUST_USE;

#endif /* FEN_STREAM_PROJECTION_FOLD_H */
