/*
 * syntax: what is at fault where a text is not YAML, and how that is said (SPEC §8).
 *
 * Why: libyaml tells where it could go on no longer, in words that name no mend. A quote left open
 * or a key without its colon is noticed lines later; whoever mends it wants that line.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_PLAN_SYNTAX_H
#define FEN_PLAN_SYNTAX_H

#include "plan/diagnose.h"
#include "plan/node.h"

/* Put the line at fault in the place of the one where it was noticed, where that can be told. */
void fen_syntax_blame(struct fen_str text, struct fen_syntax *syntax);

/* Whether a line may be out of order for what stands before it, and not for itself. */
bool fen_syntax_may_follow(const struct fen_syntax *syntax);

/*
 * Whether a line is out of order for the same reason as one before it: of a list whose first line
 * stands at another column, every line does.
 */
bool fen_syntax_is_same(const struct fen_syntax *before, const struct fen_syntax *syntax);

/* Report it: the rest of the line from there on, what is wrong and the mend. */
void fen_syntax_report(struct fen_str text, const struct fen_syntax *syntax,
                       struct fen_diagnostics *diagnostics);

#endif /* FEN_PLAN_SYNTAX_H */
