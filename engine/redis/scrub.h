/*
 * scrub: compares Redis with the ledger's accounts, partition after partition, for as long as the
 * projector runs, and has a partition set up anew where they differ.
 *
 * Why: the fence tells what a fail-over or a wipe has taken; a key edited or deleted by hand it
 * cannot see, and a guide would be shown a wrong balance until the next entry, or for ever.
 *
 * A partition is read from the source while the projector goes on, so a first look also finds what
 * is merely on its way. What differs is looked at once more, when everything committed before the
 * first look is in Redis; an account that has not moved in between and differs both times is
 * damaged. Compared are hashes, the newest entry of feeds and scores of rankings (verify.h); keys
 * that nobody should have written are not looked for.
 *
 * Threads: create, destroy: start-up. It runs one of its own.
 */
#ifndef FEN_REDIS_SCRUB_H
#define FEN_REDIS_SCRUB_H

#include <stdint.h>

#include "base/assert.h"
#include "redis/projector.h"

struct fen_scrub;

struct fen_scrub_options {
    struct fen_projector *projector; /* its connection's options and partitions; must outlive it */
    struct fen_projector_source source; /* of its own: two threads never share one */
    int64_t round_ms;                /* each partition is looked at once in so long */
};

/* Begins at once. The caller destroys, before the projector. */
struct fen_scrub *fen_scrub_create(const struct fen_scrub_options *options) FEN_MUST_USE;

/* Ends the thread, which may be reading: within some 100 ms. NULL is fine. */
void fen_scrub_destroy(struct fen_scrub *scrub);

#endif /* FEN_REDIS_SCRUB_H */
