/*
 * explain: what a payee's period rules come to in one period, worked out once more with a trace
 * (SPEC §7, §11.7). The rules are the lane's own; nothing is worked out here.
 *
 * Threads: pure; any. All memory comes from the explanation's arena.
 */
#ifndef FEN_POST_EXPLAIN_H
#define FEN_POST_EXPLAIN_H

#include <stdbool.h>

#include "model/account.h"
#include "plan/reference.h"
#include "post/period_trace.h"

struct fen_period_explanation {
    /* the caller's; all else zero */
    struct fen_arena *arena;
    const struct fen_reference *reference;
    struct fen_account account; /* changed: what is still to be posted is added */
    int32_t period;

    struct fen_period_trace trace;
    uint32_t difference_count; /* entries still to be posted; 0: settled */
};

/* The account's period rules for the period; its posted entries are all in the account. */
void fen_explain_period(struct fen_period_explanation *explanation);

/*
 * The first period after `period` (FEN_DATE_NONE: of all) in which the account has entries under a
 * plan, or for which a period rule has posted something; false: there is none.
 */
bool fen_explain_period_after(const struct fen_account *account, int32_t *period);

#endif /* FEN_POST_EXPLAIN_H */
