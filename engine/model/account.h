/*
 * account: a payee's absolute state, folded from its entries (SPEC §6, §10).
 *
 * The record of fen.accounts.v1 (message AccountState), and the bytes a post lane keeps. Sums are
 * kept as fine as the period rules of SPEC §7 need them, and of every rule, since a later version
 * of its plan may give it tiers; what readers see by period and role, or by date, is folded from
 * them. The record is written whole at every commit, so a rule's texts stand in it once, and rows
 * name it by number. Manual entries and payouts are facts of the payee, merged like any.
 *
 * Threads: values; any. Texts borrow the state record or the batch's arena.
 */
#ifndef FEN_MODEL_ACCOUNT_H
#define FEN_MODEL_ACCOUNT_H

#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/entry.h"
#include "model/order.h"

/* A rule the payee has entries of; its number never changes. */
struct fen_account_rule {
    uint32_t plan;   /* place of its id in account->plans */
    uint32_t number; /* from 1, in the order of their first entries */
    struct fen_str rule;
};

/* Sum of a payee's entries of one (period, role, plan id, rule). */
struct fen_account_sum {
    int32_t period;
    enum fen_role role;
    uint32_t rule; /* number of a fen_account_rule; 0 for manual entries and payouts */
    int64_t amount_fen;
    int64_t base_fen;
};

/* What a period rule has posted for a period, in whichever period the entries came to stand. */
struct fen_account_posted {
    int32_t period;        /* of the subject */
    uint32_t rule;         /* number of a fen_account_rule */
    enum fen_role role;    /* the tiers' own; BONUS, CAP */
    uint32_t plan_version; /* of the table */
    int64_t amount_fen;    /* never 0 */
};

/* Sum of a payee's entries by the date they become available; FEN_DATE_NONE: not known yet. */
struct fen_account_date {
    int32_t date;
    int64_t amount_fen;
};

/* What one funder owes this payee for one period; summed over payees by whoever asks. */
struct fen_account_funder {
    struct fen_str funder;
    int32_t period;
    int64_t amount_fen;
};

/*
 * When the events of a fact first had a `time`, counted in publications: from this and the plans
 * published follows the plan whose time zone holds (SPEC §4 Plan; post/manual.h).
 */
struct fen_manual_pin {
    int64_t time_ms;
    int64_t publication; /* number of the newest one known then; 0: there was none */
};

/* An adjustment or a payout, and what has been posted for it. */
struct fen_manual_fact {
    enum fen_role role; /* MANUAL or PAYOUT */
    struct fen_str id;
    int64_t amount_fen;          /* as it shall stand in the ledger: a payout's is negative */
    struct fen_str event;        /* of the holding adjustment.posted or payout.sent */
    struct fen_str failed_event; /* of payout.failed; absent: none */
    int64_t time_ms;
    int32_t period; /* given by the event; FEN_DATE_NONE: the month of `time` */
    struct fen_posted *posted;
    uint32_t posted_count;
    struct fen_manual_pin *pins;      /* of each `time` it was ever said to have */
    uint32_t pin_count, pin_capacity; /* capacities are not in the record */
};

struct fen_account {
    struct fen_str tenant; /* not in the record: its key says it */
    struct fen_str payee;  /* likewise */
    uint64_t seq;          /* of the last entry; 0 none */
    int64_t balance_fen;
    struct fen_account_sum *sums; /* ascending by (period, role, rule) */
    uint32_t sum_count;
    struct fen_account_date *dates; /* ascending by date, without zeros */
    uint32_t date_count;
    struct fen_account_funder *funders; /* ascending by (funder, period) */
    uint32_t funder_count;
    struct fen_manual_fact *manuals;
    uint32_t manual_count, manual_capacity;
    struct fen_event_mark *marks; /* payee events applied */
    uint32_t mark_count, mark_capacity;
    struct fen_account_posted *period_posted; /* ascending by (period, rule, role) */
    uint32_t period_posted_count;
    struct fen_account_rule *rules; /* ascending by (plan, rule) */
    uint32_t rule_count;
    struct fen_str *plans; /* ids, in the order of their first entries */
    uint32_t plan_count;
    uint64_t refused_count; /* differences beyond the account's range (post/account.h) */
};

extern const struct fen_schema fen_account_schema;

#endif /* FEN_MODEL_ACCOUNT_H */
