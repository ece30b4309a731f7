/*
 * entry: one immutable ledger line, funder -> payee, amount plus or minus (SPEC §6, §10).
 *
 * A difference on its way from the order's owner to the payee's owner is an entry that has no `seq`
 * yet; the payee's owner gives it `seq`, `balance`, and, when its period is closed, a later period.
 * Texts borrow the batch's arena or the record the entry was read from.
 *
 * Threads: values; any.
 */
#ifndef FEN_MODEL_ENTRY_H
#define FEN_MODEL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "base/str.h"
#include "model/event.h"
#include "model/role.h"

/* What tells two entitlements apart (SPEC §6). `line` 0 and `rule` absent stand for null. */
struct fen_key {
    struct fen_str payee;  /* "guide:ID", "store:ID", ..., "hq" */
    struct fen_str funder; /* likewise */
    struct fen_str rule;
    struct fen_str plan;    /* id; absent for manual entries and payouts */
    uint32_t plan_version;  /* 0 without plan */
    int64_t line;           /* 0 beside an order */
    enum fen_role role;     /* or BONUS, CAP, MANUAL, PAYOUT */
    enum fen_role portion;  /* SELF or an entity role; NONE without split */
    int32_t period;         /* months since 0000-01 */
    int32_t available_date; /* days since 1970-01-01; FEN_DATE_NONE unknown */
};

struct fen_entry {
    struct fen_str tenant;
    struct fen_key key;
    struct fen_str subject; /* "order:ID", "customer:ID", "task:ID", ... */
    uint64_t seq;           /* dense per payee from 1; 0 not posted yet */
    enum fen_kind kind;
    int64_t amount_fen;     /* difference */
    int64_t base_fen;       /* difference */
    int64_t balance_fen;    /* of the payee, after this entry */
    int64_t rate_ppm;       /* FEN_NONE where the pay is not a percentage */
    struct fen_str capped_by; /* the cap's or limit's name; absent when none bit */
    struct fen_str touch;     /* event id of the touch that won */
    int64_t earned_ms;
    struct fen_str event; /* id of the event that caused it */
    enum fen_event_type event_type; /* its type; not in the JSON form of SPEC §10 */
    bool is_prior;        /* posted in a later period because its own was closed */
};

/* A ledger record: what one payee got in one transaction (SPEC §10). Key `tenant/payee`. */
struct fen_ledger_record {
    uint64_t seq_first;
    int64_t balance_fen;       /* after the last entry */
    struct fen_entry *entries; /* seq_first, seq_first + 1, ... */
    uint32_t entry_count;
};

/* Differences on their way from a split lane to a post lane, one record per transaction. */
struct fen_posting_record {
    uint32_t from_partition; /* of the order's owner */
    uint64_t number;         /* dense per (from, to) channel, from 1 */
    struct fen_entry *entries;
    uint32_t entry_count;
};

extern const struct fen_schema fen_entry_schema;   /* all fields: JSON form and topics */
extern const struct fen_schema fen_ledger_schema;  /* struct fen_ledger_record */
extern const struct fen_schema fen_posting_schema; /* struct fen_posting_record */

/* Total order over keys, bytewise on texts: <0, 0, >0. Thread: any. */
int fen_key_compare(const struct fen_key *a, const struct fen_key *b);

/* Whether two keys differ at most in period and date (kind `move`). Thread: any. */
bool fen_key_equal_but_time(const struct fen_key *a, const struct fen_key *b);

/*
 * The guide of a payee "guide:ID", borrowed; absent: the payee is no guide. Only guides have
 * bonuses, month limits (SPEC §7) and a place in rankings (SPEC §10). Thread: any.
 */
struct fen_str fen_payee_guide(struct fen_str payee);

#endif /* FEN_MODEL_ENTRY_H */
