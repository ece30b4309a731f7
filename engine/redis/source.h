/*
 * source: where the projector reads a ledger partition whole when Redis has lost it.
 *
 * A port with two implementations: Kafka's topics (stream/projection_reader.h) and a table in
 * memory (tests), so that the projector knows neither Kafka nor the worker's tables.
 *
 * Threads: projector, save create and destroy of an implementation.
 */
#ifndef FEN_REDIS_SOURCE_H
#define FEN_REDIS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/account.h"
#include "model/entry.h"

/* What a reader calls for each thing it finds; arguments are valid during the call. */
struct fen_projector_visitor {
    void *context;
    /* A payee's absolute state, once per payee. `store` of a guide, absent when it has none. */
    void (*account)(void *context, const struct fen_account *account, struct fen_str store);
    /*
     * A ledger record as it stands in the topic, ascending per payee, after all accounts: `seq` is
     * that of its last entry, entry_count how many it has.
     */
    void (*record)(void *context, struct fen_str tenant, struct fen_str payee, uint64_t seq,
                   uint32_t entry_count, struct fen_str record);
    /* False: give up, nothing that is still read will be used. Asked now and then. */
    bool (*goes_on)(void *context);
};

struct fen_projector_source {
    void *context;

    /*
     * Read a partition up to what is committed now: first all accounts, then records (at least
     * those of each payee up to its account's seq; earlier and later ones do no harm).
     * `entries_per_payee`: how many of the newest entries matter; fewer need not be visited.
     *
     * Returns: true with *version_out, the lane version the accounts stand at (0: nothing was ever
     * written); false when the source cannot be read now or a record is damaged: the projector
     * tries again later, and nothing that was visited counts.
     */
    bool (*read_partition)(void *context, uint32_t partition, uint32_t entries_per_payee,
                           const struct fen_projector_visitor *visitor, uint64_t *version_out);

    /* Once a second, and before each read: let go of old reference snapshots; NULL: nothing. */
    void (*tick)(void *context);
};

#endif /* FEN_REDIS_SOURCE_H */
