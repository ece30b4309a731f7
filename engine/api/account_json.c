/* account_json: see account_json.h; the summary. Lists of entries and guides: account_lists.c. */
#include "api/account_json.h"

#include "api/money_text.h"
#include "model/event.h"
#include "model/period.h"
#include "wire/json.h"

struct fen_today fen_today_at(int64_t now_ms, int64_t offset_ms)
{
    return (struct fen_today){.offset_ms = offset_ms,
                              .date = fen_date_of(now_ms, offset_ms),
                              .period = fen_period_of(now_ms, offset_ms)};
}

static void append_member(struct fen_buffer *out, const char *name, int64_t amount_fen)
{
    fen_buffer_append_format(out, ",\"%s\":", name);
    fen_money_text_append_json(out, amount_fen);
}

static void append_date(struct fen_buffer *out, int32_t date)
{
    char text[FEN_DATE_TEXT_BYTES];
    if (date == FEN_DATE_NONE) {
        fen_buffer_append_format(out, "null");
        return;
    }
    (void)fen_date_format(date, text);
    fen_buffer_append_format(out, "\"%s\"", text);
}

/* "+08:00": whoever shows times beside dates needs to know where the days begin. */
static void append_offset(struct fen_buffer *out, int64_t offset_ms)
{
    int64_t minutes = (offset_ms < 0 ? -offset_ms : offset_ms) / 60000;
    fen_buffer_append_format(out, ",\"utc_offset\":\"%c%02d:%02d\"", offset_ms < 0 ? '-' : '+',
                             (int)(minutes / 60), (int)(minutes % 60));
}

static bool is_payout(struct fen_str role)
{
    return fen_str_equal(role, FEN_STR("payout"));
}

/* Sums wrap rather than trap: Redis is the world, and its numbers may be anybody's. */
static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* The sums of today's entries by role, payouts apart. */
struct day {
    int64_t total_fen;
    int64_t by_role[FEN_ROLE_NAME_COUNT];
    bool has_role[FEN_ROLE_NAME_COUNT];
    uint32_t entry_count;
};

/* Bytes in Redis are the world: a time that no event can have has no date. */
static int32_t date_earned(const struct fen_entry *entry, const struct fen_today *today)
{
    if (entry->earned_ms < 0 || entry->earned_ms > FEN_TIME_MS_MAX)
        return FEN_DATE_NONE;
    return fen_date_of(entry->earned_ms, today->offset_ms);
}

static void count_record(struct day *day, const struct fen_ledger_record *record, uint64_t seq_max,
                         const struct fen_today *today)
{
    for (uint32_t index = 0; index < record->entry_count; index++) {
        const struct fen_entry *entry = &record->entries[index];
        enum fen_role role = entry->key.role;
        if (entry->seq > seq_max || role == FEN_ROLE_PAYOUT || role >= FEN_ROLE_NAME_COUNT ||
            date_earned(entry, today) != today->date)
            continue;
        day->total_fen = add(day->total_fen, entry->amount_fen);
        day->by_role[role] = add(day->by_role[role], entry->amount_fen);
        day->has_role[role] = true;
        day->entry_count++;
    }
}

/* Today's part; is_complete: the feed goes back far enough to be sure of all. */
static void append_today(struct fen_buffer *out, const struct fen_account_view *account,
                         const struct fen_feed_view *feed, const struct fen_today *today)
{
    struct day day = {0};
    for (uint32_t index = 0; index < feed->record_count; index++)
        count_record(&day, &feed->records[index], account->seq, today);
    uint64_t oldest = feed->record_count == 0 ? 0 : feed->records[0].seq_first;
    bool is_whole = account->seq == 0 || oldest == 1;
    /* A feed that begins before today has all of it, unless earlier days' come late. */
    int32_t first = feed->record_count == 0 ? FEN_DATE_NONE
                                            : date_earned(&feed->records[0].entries[0], today);
    bool begins_before = first != FEN_DATE_NONE && first < today->date;
    fen_buffer_append_format(out, ",\"today\":{\"date\":");
    append_date(out, today->date);
    append_member(out, "total", day.total_fen);
    fen_buffer_append_format(out, ",\"entries\":%u,\"is_complete\":%s,\"by_role\":{",
                             (unsigned)day.entry_count,
                             is_whole || begins_before ? "true" : "false");
    bool is_first = true;
    for (int role = 1; role < FEN_ROLE_NAME_COUNT; role++) {
        if (!day.has_role[role])
            continue;
        fen_buffer_append_format(out, "%s\"%s\":", is_first ? "" : ",",
                                 fen_role_name((enum fen_role)role));
        fen_money_text_append_json(out, day.by_role[role]);
        is_first = false;
    }
    fen_buffer_append_format(out, "}}");
}

static void append_month(struct fen_buffer *out, const struct fen_account_view *account,
                         int32_t period)
{
    char text[FEN_DATE_TEXT_BYTES];
    int64_t total_fen = 0;
    bool is_first = true;
    (void)fen_period_format(period, text);
    fen_buffer_append_format(out, ",\"month\":{\"period\":\"%s\",\"by_role\":{", text);
    for (uint32_t index = 0; index < account->sum_count; index++) {
        const struct fen_view_sum *sum = &account->sums[index];
        if (sum->period != period || is_payout(sum->role))
            continue;
        total_fen = add(total_fen, sum->amount_fen);
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        fen_json_append_text(out, sum->role);
        fen_buffer_append_byte(out, ':');
        fen_money_text_append_json(out, sum->amount_fen);
        is_first = false;
    }
    fen_buffer_append_byte(out, '}');
    append_member(out, "total", total_fen);
    fen_buffer_append_byte(out, '}');
}

static bool has_come(const struct fen_view_date *date, const struct fen_today *today)
{
    return date->date != FEN_DATE_NONE && date->date <= today->date;
}

static void append_pending(struct fen_buffer *out, const struct fen_account_view *account,
                           const struct fen_today *today)
{
    int64_t total_fen = 0;
    bool is_first = true;
    fen_buffer_append_format(out, ",\"pending\":{\"dates\":[");
    for (uint32_t index = 0; index < account->date_count; index++) {
        const struct fen_view_date *date = &account->dates[index];
        if (has_come(date, today))
            continue;
        total_fen = add(total_fen, date->amount_fen);
        fen_buffer_append_format(out, "%s{\"available_on\":", is_first ? "" : ",");
        append_date(out, date->date);
        append_member(out, "amount", date->amount_fen);
        fen_buffer_append_byte(out, '}');
        is_first = false;
    }
    fen_buffer_append_byte(out, ']');
    append_member(out, "total", total_fen);
    fen_buffer_append_byte(out, '}');
}

static int64_t available_fen(const struct fen_account_view *account, const struct fen_today *today)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < account->date_count; index++) {
        if (has_come(&account->dates[index], today))
            sum_fen = add(sum_fen, account->dates[index].amount_fen);
    }
    return sum_fen;
}

static int64_t paid_fen(const struct fen_account_view *account)
{
    int64_t sum_fen = 0;
    for (uint32_t index = 0; index < account->sum_count; index++) {
        if (is_payout(account->sums[index].role))
            sum_fen = add(sum_fen, account->sums[index].amount_fen);
    }
    return add(0, (int64_t)(0 - (uint64_t)sum_fen));
}

static int64_t receivable_fen(const struct fen_account_view *account)
{
    return account->balance_fen < 0 ? (int64_t)(0 - (uint64_t)account->balance_fen) : 0;
}

void fen_json_append_summary(struct fen_buffer *out, const struct fen_redis_payee *payee,
                             const struct fen_account_view *account,
                             const struct fen_fence_view *fence, const struct fen_feed_view *feed,
                             const struct fen_today *today)
{
    fen_buffer_append_format(out, "{\"tenant\":");
    fen_json_append_text(out, payee->tenant);
    fen_buffer_append_format(out, ",\"payee\":");
    fen_json_append_text(out, payee->payee);
    fen_buffer_append_format(out, ",\"store\":");
    if (account->store.size > 0)
        fen_json_append_text(out, account->store);
    else
        fen_buffer_append_format(out, "null");
    fen_buffer_append_format(out, ",\"seq\":%llu,\"is_current\":%s,\"as_of\":",
                             (unsigned long long)account->seq,
                             fence->is_there && fence->is_current ? "true" : "false");
    if (fence->asof_ms > 0)
        fen_json_append_integer(out, fence->asof_ms);
    else
        fen_buffer_append_format(out, "null");
    append_offset(out, today->offset_ms);
    append_member(out, "balance", account->balance_fen);
    append_today(out, account, feed, today);
    append_month(out, account, today->period);
    append_pending(out, account, today);
    append_member(out, "available", available_fen(account, today));
    append_member(out, "paid", paid_fen(account));
    append_member(out, "receivable", receivable_fen(account));
    fen_buffer_append_byte(out, '}');
}

/* --- a store's guides ------------------------------------------------------------------------ */

static void append_guide(struct fen_buffer *out, const struct fen_rank *rank, uint32_t place,
                         const struct fen_account_view *account, const struct fen_today *today)
{
    fen_buffer_append_format(out, "{\"place\":%u,\"payee\":", (unsigned)place);
    fen_json_append_text(out, rank->payee);
    append_member(out, "month", rank->score_fen);
    if (account != NULL) {
        append_member(out, "balance", account->balance_fen);
        append_member(out, "available", available_fen(account, today));
        append_member(out, "receivable", receivable_fen(account));
    }
    fen_buffer_append_byte(out, '}');
}

void fen_json_append_guides(struct fen_buffer *out, const struct fen_rank *ranks,
                            uint32_t rank_count, const struct fen_account_view *accounts,
                            uint32_t account_count, const struct fen_today *today,
                            struct fen_str store, int32_t period)
{
    char month[FEN_DATE_TEXT_BYTES];
    int64_t total_fen = 0;
    (void)fen_period_format(period, month);
    fen_buffer_append_format(out, "{\"store\":");
    fen_json_append_text(out, store);
    fen_buffer_append_format(out, ",\"period\":\"%s\",\"guides\":[", month);
    for (uint32_t index = 0; index < rank_count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        append_guide(out, &ranks[index], index + 1,
                     index < account_count ? &accounts[index] : NULL, today);
        total_fen = add(total_fen, ranks[index].score_fen);
    }
    fen_buffer_append_byte(out, ']');
    append_member(out, "total", total_fen);
    fen_buffer_append_byte(out, '}');
}
