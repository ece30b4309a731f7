/*
 * rate_merge: a rule in the text of a plan file made to say what another says, value by value.
 *
 * Both are written in the form of a file (rate_text.h) and compared as nodes. Only what differs
 * between the two is changed in the text, whose own words, numbers and comments stay.
 *
 * Threads: one; everything lives in the edit's arena.
 */
#ifndef FEN_CLI_PLAN_RATE_MERGE_H
#define FEN_CLI_PLAN_RATE_MERGE_H

#include "cli/text/text_edit.h"

/* No item of a list. */
#define FEN_RATE_NO_ITEM UINT32_MAX

/* How the items of a list become others. */
struct fen_rate_items {
    uint32_t old_count, new_count;
    uint32_t *partners;    /* of each new item: the old one that it is, or NO_ITEM; rising */
    struct fen_str *texts; /* of each new item, as a file has it */
};

/* Make `rule`, which says `before`, say `after`. Returns: whether the two differ. */
bool fen_rate_merge(struct fen_text_edit *edit, const struct fen_node *rule, struct fen_str before,
                    struct fen_str after);

/* Items without partner go and come; the others stay as they are. */
void fen_rate_merge_items(struct fen_text_edit *edit, const struct fen_node *list,
                          const struct fen_rate_items *items);

#endif /* FEN_CLI_PLAN_RATE_MERGE_H */
