/*
 * account_json: what the API says, out of what stands in Redis. schemas/openapi.json is its form.
 *
 * Every amount is {"fen":1234,"text":"¥12.34"}. What depends on the day is worked out here, by the
 * dates of the account: `available` is the sum of the dates that have come (SPEC §10), payouts
 * among them; `pending` of those that have not, the unknown one last; `receivable` what the payee
 * owes when the balance is below zero (SPEC §6).
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_API_ACCOUNT_JSON_H
#define FEN_API_ACCOUNT_JSON_H

#include "api/redis_view.h"
#include "base/buffer.h"

/* The day as the payee's shops see it. */
struct fen_today {
    int64_t offset_ms; /* of the time zone from UTC */
    int32_t date;
    int32_t period;
};

/* The day of a moment. */
struct fen_today fen_today_at(int64_t now_ms, int64_t offset_ms);

/* What the newest records of a feed are shown for. */
struct fen_feed_view {
    const struct fen_ledger_record *records; /* ascending */
    uint32_t record_count;
};

/*
 * Append the summary. Entries behind the account's seq do not count for today.
 */
void fen_json_append_summary(struct fen_buffer *out, const struct fen_redis_payee *payee,
                             const struct fen_account_view *account,
                             const struct fen_fence_view *fence, const struct fen_feed_view *feed,
                             const struct fen_today *today);

/* Append one entry: the ledger's form (wire/json.h), `amount_text`, `balance_text`, `base_text`. */
void fen_json_append_entry(struct fen_buffer *out, const struct fen_entry *entry);

/* Which entries are asked for: those behind `after`, ascending, or before `before`, descending. */
struct fen_entry_page {
    bool is_backwards;
    uint64_t after;
    uint64_t before;
    uint32_t limit;
    uint64_t oldest; /* that the feed still has; 0: it is empty */
};

/* Append {"entries","oldest","has_more","is_cut"}. */
void fen_json_append_entries(struct fen_buffer *out, const struct fen_feed_view *feed,
                             const struct fen_entry_page *page);

/* A store's ranking as one of its guides, or finance, may see it. */
struct fen_ranking_view {
    const struct fen_rank *ranks;
    uint32_t rank_count;
    struct fen_str payee; /* whose own place it is about */
    struct fen_str store; /* absent: it has none */
    int32_t period;
    bool names_others; /* else they have a place and an amount, and no name */
};

/*
 * Append the first places, and those two above and two below the payee's own (place null: it has
 * none).
 */
void fen_json_append_ranking(struct fen_buffer *out, const struct fen_ranking_view *view);

/* Append a store's guides in the order of the ranking; `accounts`: of the first account_count. */
void fen_json_append_guides(struct fen_buffer *out, const struct fen_rank *ranks,
                            uint32_t rank_count, const struct fen_account_view *accounts,
                            uint32_t account_count, const struct fen_today *today,
                            struct fen_str store, int32_t period);

#endif /* FEN_API_ACCOUNT_JSON_H */
