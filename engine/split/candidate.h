/*
 * candidate: whom a guide role is about on a line, and whether that guide may earn (SPEC §4).
 *
 * Most roles are about the same guide on every line of an order; such a candidate is worked out
 * once and kept in the attribution, except for `fen explain`, which is told of each line's own.
 * Private to the split layer.
 *
 * Threads: pure; any. All memory comes from the attribution's arena.
 */
#ifndef FEN_SPLIT_CANDIDATE_H
#define FEN_SPLIT_CANDIDATE_H

#include "split/attribute.h"

/*
 * The candidate of a guide role; its `known` is NULL where the role is about nobody. `store`: the
 * selling store as far as it is known, which names the manager. Never NULL; valid until the next
 * call.
 */
const struct fen_candidate *fen_candidate_find(struct fen_attribution *attribution,
                                               enum fen_role role,
                                               const struct fen_attributed_line *line,
                                               const struct fen_known_store *store);

/* Expect the guides whom the roles with rules are most likely about (split/known.h). */
void fen_candidate_expect(struct fen_attribution *attribution);

#endif /* FEN_SPLIT_CANDIDATE_H */
