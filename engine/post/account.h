/*
 * account: a payee's sums: adding an entry, and asking for them (SPEC §6, §10 accounts).
 *
 * The sums are small sorted arrays; a batch works on copies in its arena that have room to grow.
 * A rule stands in the account once and has a number, so that rows are found by comparing integers
 * and the record stays small.
 *
 * Amounts are 64 bits (SPEC §2), and how many there will be of a payee nobody can say. So an
 * account has a range: the sizes of its sums by role and rule, of its bases, of its dates and of
 * its funders each come to at most 2^63 - 1, the next difference's included. One beyond that is
 * refused, and every one after it: what would follow could only be wrong. Refused differences are
 * counted, and the books do not balance until a person has looked at them.
 *
 * Threads: pure; any.
 */
#ifndef FEN_POST_ACCOUNT_H
#define FEN_POST_ACCOUNT_H

#include "base/arena.h"
#include "model/account.h"
#include "plan/org.h"

/* Room of an account's arrays while a batch adds to them. */
struct fen_account_room {
    uint32_t sum_capacity;
    uint32_t date_capacity;
    uint32_t funder_capacity;
    uint32_t rule_capacity;
    uint32_t plan_capacity;
    uint32_t period_posted_capacity;
    uint32_t rule_last, funder_last; /* rows found last: most entries that follow want the same */
    /* Sums of the rows' sizes: of amounts and bases by rule, by date, by funder. */
    uint64_t sum_extent, base_extent, date_extent, funder_extent;
    bool is_measured; /* the four above are there */
};

/*
 * Make a difference an entry: it gets the payee's next seq, the balance after it, and, where its
 * period is closed, the earliest open one after (SPEC §6); and add it to all sums. Texts that
 * become part of the account are borrowed from it. Returns: false when the account's range has no
 * room for it, or had none for an earlier one; then it is counted in the account and nothing else
 * changes.
 */
bool fen_account_post(struct fen_arena *arena, struct fen_account *account,
                      struct fen_account_room *room, const struct fen_org *org,
                      struct fen_entry *entry) FEN_MUST_USE;

/* The place of a plan id in account->plans; plan_count: the payee has no entry under it. */
uint32_t fen_account_plan(const struct fen_account *account, struct fen_str plan);

/* The number of a rule of a plan, by its place; 0: the payee has no entry of it. */
uint32_t fen_account_rule_number(const struct fen_account *account, uint32_t plan,
                                 struct fen_str rule);

/* The rules of a plan, by its place, stand in account->rules from here up to *end_out. */
uint32_t fen_account_plan_rules(const struct fen_account *account, uint32_t plan,
                                uint32_t *end_out);

/* The first row of account->sums that is not below (period, role, rule). */
uint32_t fen_account_sum_at(const struct fen_account *account, int32_t period, enum fen_role role,
                            uint32_t rule);

/* The first row of account->period_posted that is not below (period, rule, role). */
uint32_t fen_account_posted_at(const struct fen_account *account, int32_t period, uint32_t rule,
                               enum fen_role role);

/* Set what a period rule has posted: a row of its own unless `posted->amount_fen` is 0. */
void fen_account_set_posted(struct fen_arena *arena, struct fen_account *account,
                            struct fen_account_room *room,
                            const struct fen_account_posted *posted);

#endif /* FEN_POST_ACCOUNT_H */
