/*
 * review: what a plan may say and hardly means (`fen plan check`).
 *
 * Why apart from the parser: the engine takes every plan that SPEC §8 allows. A rule that nothing
 * reaches is allowed, and is a mistake all the same; whoever writes the plan is told, with the
 * place and the mend. Nearly all of it are warnings; an id that a spreadsheet has destroyed is an
 * error, since nobody can say what it was.
 *
 * A part in which the parser found an error is passed over: half a rule would only be misjudged.
 *
 * Threads: any; a reader belongs to one parse.
 */
#ifndef FEN_PLAN_REVIEW_H
#define FEN_PLAN_REVIEW_H

#include "plan/parse.h"
#include "plan/reader.h"

/* All that follows, in the language of the diagnostics. */
void fen_review_plan(struct fen_reader *reader, const struct fen_node *root);

/* The value of a key of a mapping in either language; NULL: not given, or `mapping` is none. */
const struct fen_node *fen_review_value(const struct fen_node *mapping,
                                        const struct fen_words *words, int key);

/* The item of a list; NULL: it is none, or shorter. */
const struct fen_node *fen_review_item(const struct fen_node *list, uint32_t index);

/* Whether the parser found no error within the node. */
bool fen_review_is_sound(const struct fen_reader *reader, const struct fen_node *node);

/* Rules of a role that never are the first to hold, gaps between ranges, no rule for the rest. */
void fen_review_reach(struct fen_reader *reader, const struct fen_node *list, enum fen_role role);

/* Caps, tiers, limits, bonuses and tasks that cannot work as written. */
void fen_review_tables(struct fen_reader *reader, const struct fen_node *root);

/* Full-width punctuation, what cannot be seen, and ids that a spreadsheet has changed. */
void fen_review_texts(struct fen_reader *reader, const struct fen_node *root);

/*
 * Versions given together, as one tenant's: the same id@version with other content and ids that
 * overlap in time are errors of plan `index` (SPEC §4), a version that never holds a warning.
 */
void fen_review_versions(const struct fen_plan *const *plans, const char *const *names,
                         uint32_t count, uint32_t index, struct fen_diagnostics *diagnostics);

#endif /* FEN_PLAN_REVIEW_H */
