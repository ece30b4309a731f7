/*
 * repeat: the values of a plan that stand behind a key given twice.
 *
 * Why: which of the two is meant nobody can tell, so the first is taken and the second refused. Its
 * own mistakes would come to light only once the first is gone. So the plan is read again with the
 * second in the place of the first, of which nothing is kept but the mistakes in it.
 *
 * Threads: any; a reader belongs to one parse.
 */
#ifndef FEN_PLAN_REPEAT_H
#define FEN_PLAN_REPEAT_H

#include "plan/reader.h"

/* Report what is wrong in each value that `reader` met and passed over, cases too where asked. */
void fen_repeat_read(struct fen_reader *reader, const struct fen_node *root, bool has_cases);

#endif /* FEN_PLAN_REPEAT_H */
