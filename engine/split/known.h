/*
 * known: what an evaluation has looked up in the org, each guide and store once.
 *
 * Few guides and stores serve an order's lines and roles, and each is asked for again and again; so
 * the last ones are kept at hand in the attribution, together with the plan's symbols for them and
 * the payee they are. Each lookup is a chain of cache misses: whom an order is likely to ask for is
 * said beforehand, so that the chains overlap. Every look is noted among the references, that a
 * later change of the record evaluates this order anew and no other. Private to the split layer.
 *
 * Threads: pure; any. All memory comes from the attribution's arena.
 */
#ifndef FEN_SPLIT_KNOWN_H
#define FEN_SPLIT_KNOWN_H

#include "split/attribute.h"

/* The guide; its record is NULL when nobody has announced it. Never NULL; lasts as the arena. */
const struct fen_known_guide *fen_known_guide(struct fen_attribution *attribution,
                                              struct fen_str guide);

/*
 * The store as of the order's `created`, its record NULL when nobody has announced it; NULL where
 * `store` is absent. Lasts as long as the arena.
 */
const struct fen_known_store *fen_known_store(struct fen_attribution *attribution,
                                              struct fen_str store);

/*
 * A guide that is likely to be looked up; absent: nobody. What that will read begins to be fetched,
 * here and, for all who are expected, in fen_known_prefetch. Notes nothing.
 */
void fen_known_expect(struct fen_attribution *attribution, struct fen_str guide);
void fen_known_prefetch(const struct fen_attribution *attribution);

/* As fen_org_find_transfer, noted. */
const struct fen_transfer *fen_known_transfer(struct fen_attribution *attribution,
                                              struct fen_str guide, int64_t after_ms,
                                              int64_t until_ms);

#endif /* FEN_SPLIT_KNOWN_H */
