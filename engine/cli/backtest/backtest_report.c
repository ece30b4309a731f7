/* backtest_report: see the header. */
#include "cli/backtest/backtest_report.h"

#include <stdlib.h>
#include <string.h>

#include "cli/explain/explain_text.h"
#include "model/period.h"
#include "plan/scalar.h"

static fen_int128 size_of(fen_int128 amount_fen)
{
    return amount_fen < 0 ? -amount_fen : amount_fen;
}

/* The largest change first, among equals by tenant and name. */
static int compare_rows(const void *a, const void *b)
{
    const struct fen_backtest_row *left = a, *right = b;
    fen_int128 left_fen = size_of(fen_backtest_change_of(left->sums_fen));
    fen_int128 right_fen = size_of(fen_backtest_change_of(right->sums_fen));
    if (left_fen != right_fen)
        return left_fen > right_fen ? -1 : 1;
    int order = fen_str_compare(left->tenant, right->tenant);
    return order != 0 ? order : fen_str_compare(left->name, right->name);
}

/* Who has nothing on either side may have had something on the way: that is no matter here. */
static void drop_empty(struct fen_backtest_rows *rows)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rows->count; i++)
        if (rows->rows[i].sums_fen[FEN_BACKTEST_BEFORE] != 0 ||
            rows->rows[i].sums_fen[FEN_BACKTEST_AFTER] != 0)
            rows->rows[kept++] = rows->rows[i];
    rows->count = kept;
}

/* Keep the first `count` alone, sorted: of a million subjects nobody asks for more. */
static void keep_first(struct fen_backtest_rows *rows, uint32_t count)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct fen_backtest_row row = rows->rows[i];
        uint32_t at = i < count ? i : count;
        for (; at > 0 && compare_rows(&row, &rows->rows[at - 1]) < 0; at--)
            if (at < count)
                rows->rows[at] = rows->rows[at - 1];
        if (at < count)
            rows->rows[at] = row;
    }
    rows->count = rows->count < count ? rows->count : count;
}

static struct fen_backtest_rows sorted(const struct fen_backtest_fold *fold,
                                       enum fen_backtest_dimension dimension)
{
    struct fen_backtest_rows rows;
    rows.rows = fen_backtest_fold_rows(fold, dimension, &rows.count);
    drop_empty(&rows);
    if (dimension == FEN_BACKTEST_SUBJECT)
        keep_first(&rows, FEN_BACKTEST_TOP_COUNT);
    else if (rows.count > 1)
        qsort(rows.rows, rows.count, sizeof *rows.rows, compare_rows);
    return rows;
}

/* The first `FEN_BACKTEST_TOP_COUNT` payees whose change has the sign. */
static struct fen_backtest_rows first_of(const struct fen_backtest_rows *payees, int sign,
                                         struct fen_arena *arena)
{
    struct fen_backtest_rows first = {
        fen_arena_allocate(arena, FEN_BACKTEST_TOP_COUNT * sizeof *first.rows), 0};
    for (uint32_t i = 0; i < payees->count && first.count < FEN_BACKTEST_TOP_COUNT; i++) {
        fen_int128 change_fen = fen_backtest_change_of(payees->rows[i].sums_fen);
        if (sign > 0 ? change_fen > 0 : change_fen < 0)
            first.rows[first.count++] = payees->rows[i];
    }
    return first;
}

static void count_payee(struct fen_backtest_report *report, const struct fen_backtest_row *payee)
{
    fen_int128 change_fen = fen_backtest_change_of(payee->sums_fen);
    report->winner_count += change_fen > 0;
    report->loser_count += change_fen < 0;
    report->same_count += change_fen == 0;
    report->won_fen += change_fen > 0 ? change_fen : 0;
    report->lost_fen += change_fen < 0 ? change_fen : 0;
    if (!fen_str_is_set(fen_payee_guide(payee->name)))
        return;
    report->guide_count++;
    report->buckets[fen_backtest_bucket(change_fen, report->decimals)]++;
}

void fen_backtest_report_fill(struct fen_backtest_report *report,
                              const struct fen_backtest_fold *fold, struct fen_arena *arena)
{
    report->counts = *fen_backtest_fold_counts(fold);
    for (int i = 0; i < FEN_BACKTEST_DIMENSIONS; i++)
        report->dimensions[i] = sorted(fold, (enum fen_backtest_dimension)i);
    const struct fen_backtest_rows *roles = &report->dimensions[FEN_BACKTEST_ROLE];
    for (uint32_t i = 0; i < roles->count; i++)
        for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
            report->sums_fen[side] += roles->rows[i].sums_fen[side];
    const struct fen_backtest_rows *payees = &report->dimensions[FEN_BACKTEST_PAYEE];
    for (uint32_t i = 0; i < payees->count; i++)
        count_payee(report, &payees->rows[i]);
    report->winners = first_of(payees, 1, arena);
    report->losers = first_of(payees, -1, arena);
    const struct fen_backtest_rows *subjects = &report->dimensions[FEN_BACKTEST_SUBJECT];
    report->changes =
        fen_arena_allocate_zeroed(arena, FEN_BACKTEST_TOP_COUNT * sizeof *report->changes);
    for (uint32_t i = 0; i < subjects->count; i++)
        if (fen_backtest_change_of(subjects->rows[i].sums_fen) != 0)
            report->changes[report->change_count++].row = subjects->rows[i];
    report->is_exceeded = fen_backtest_limit_is_exceeded(&report->limit, report->sums_fen);
}

bool fen_backtest_limit_read(const char *text, uint32_t decimals,
                             struct fen_backtest_limit *limit_out)
{
    struct fen_str given = fen_str_from(text);
    *limit_out = (struct fen_backtest_limit){.text = text};
    limit_out->is_rate = given.size > 0 && given.data[given.size - 1] == '%';
    enum fen_scalar read =
        limit_out->is_rate
            ? fen_scalar_percent(given, &limit_out->rate_ppm)
            : fen_scalar_money(given, decimals, FEN_AMOUNT_MAX, &limit_out->amount_fen);
    return read == FEN_SCALAR_OK;
}

bool fen_backtest_limit_is_exceeded(const struct fen_backtest_limit *limit,
                                    const fen_int128 sums_fen[FEN_BACKTEST_SIDES])
{
    fen_int128 change_fen = size_of(fen_backtest_change_of(sums_fen));
    if (limit->text == NULL)
        return false;
    if (!limit->is_rate)
        return change_fen > limit->amount_fen;
    return change_fen * FEN_PPM > size_of(sums_fen[FEN_BACKTEST_BEFORE]) * limit->rate_ppm;
}

uint32_t fen_backtest_bucket(fen_int128 change_fen, uint32_t decimals)
{
    const uint32_t zero = FEN_BACKTEST_BUCKETS / 2;
    fen_int128 bound_fen = 10;
    uint32_t steps = 1;
    for (uint32_t i = 0; i < decimals; i++)
        bound_fen *= 10;
    if (change_fen == 0)
        return zero;
    while (steps < zero && size_of(change_fen) >= bound_fen) {
        bound_fen *= 10;
        steps++;
    }
    return change_fen < 0 ? zero - steps : zero + steps;
}

const char *fen_backtest_bucket_title(uint32_t bucket)
{
    static const char *const titles[FEN_BACKTEST_BUCKETS] = {
        "≤ -10,000", "-10,000…-1,000", "-1,000…-100", "-100…-10",     "-10…0", "0",
        "0…10",      "10…100",         "100…1,000",   "1,000…10,000", "≥ 10,000"};
    return titles[bucket];
}

const char *fen_backtest_money(const struct fen_backtest_report *report, fen_int128 amount_fen,
                               char out[FEN_MONEY_TEXT_BYTES])
{
    uint32_t decimals = report->decimals;
    if (decimals == 2)
        return fen_money_format(amount_fen, out);
    char digits[FEN_MONEY_TEXT_BYTES];
    fen_int128 unit_fen = 1;
    for (uint32_t i = 0; i < decimals; i++)
        unit_fen *= 10;
    fen_int128 size_fen = size_of(amount_fen);
    /* hundredths that end in 00 give the grouped whole */
    (void)fen_money_format(size_fen / unit_fen * 100, digits);
    size_t count = strlen(digits) - 3, sign = amount_fen < 0;
    out[0] = '-';
    memcpy(out + sign, digits, count);
    out[sign + count] = '\0';
    if (decimals > 0)
        (void)snprintf(out + sign + count, FEN_MONEY_TEXT_BYTES - sign - count, ".%0*llu",
                       (int)decimals, (unsigned long long)(size_fen % unit_fen));
    return out;
}

const char *fen_backtest_signed(const struct fen_backtest_report *report, fen_int128 amount_fen,
                                char out[FEN_MONEY_TEXT_BYTES])
{
    (void)fen_backtest_money(report, amount_fen, out);
    if (amount_fen > 0) {
        memmove(out + 1, out, strlen(out) + 1);
        out[0] = '+';
    }
    return out;
}

const char *fen_backtest_percent(const fen_int128 sums_fen[FEN_BACKTEST_SIDES],
                                 char out[FEN_MONEY_TEXT_BYTES])
{
    fen_int128 change_fen = fen_backtest_change_of(sums_fen);
    fen_int128 before_fen = size_of(sums_fen[FEN_BACKTEST_BEFORE]);
    char digits[FEN_MONEY_TEXT_BYTES];
    if (before_fen == 0 || change_fen == 0) {
        (void)snprintf(out, FEN_MONEY_TEXT_BYTES, "%s", change_fen == 0 ? "0.00%" : "");
        return out;
    }
    /* hundredths of a percent, halves away from zero; for reading only */
    fen_int128 hundredths = (size_of(change_fen) * 20000 / before_fen + 1) / 2;
    size_t count = strlen(fen_money_format(hundredths, digits));
    out[0] = change_fen < 0 ? '-' : '+';
    memcpy(out + 1, digits, count);
    memcpy(out + 1 + count, "%", 2);
    return out;
}

const char *fen_backtest_dimension_title(enum fen_backtest_dimension dimension)
{
    static const struct fen_text titles[FEN_BACKTEST_DIMENSIONS] = {
        [FEN_BACKTEST_ROLE] = {"role", "角色"},
        [FEN_BACKTEST_STORE] = {"store", "门店"},
        [FEN_BACKTEST_REGION] = {"region", "区域"},
        [FEN_BACKTEST_FUNDER] = {"funder", "承担方"},
        [FEN_BACKTEST_LEVEL] = {"guide level", "导购级别"},
        [FEN_BACKTEST_PAYEE] = {"payee", "收款方"},
        [FEN_BACKTEST_SUBJECT] = {"subject", "订单等"},
    };
    return fen_text_pick(&titles[dimension]);
}

const char *fen_backtest_dimension_name(enum fen_backtest_dimension dimension)
{
    static const char *const names[FEN_BACKTEST_DIMENSIONS] = {
        [FEN_BACKTEST_ROLE] = "role",     [FEN_BACKTEST_STORE] = "store",
        [FEN_BACKTEST_REGION] = "region", [FEN_BACKTEST_FUNDER] = "funder",
        [FEN_BACKTEST_LEVEL] = "level",   [FEN_BACKTEST_PAYEE] = "payee",
        [FEN_BACKTEST_SUBJECT] = "subject",
    };
    return names[dimension];
}

struct fen_str fen_backtest_role_title(struct fen_str name)
{
    return fen_str_from(fen_role_title((enum fen_role)fen_names_find(&fen_role_names, name)));
}

struct fen_str fen_backtest_row_title(struct fen_arena *arena,
                                      enum fen_backtest_dimension dimension,
                                      const struct fen_backtest_row *row)
{
    struct fen_str name = row->name;
    if (name.size == 0)
        name = fen_str_from(fen_language_pick("(none)", "（无）"));
    else if (dimension == FEN_BACKTEST_ROLE)
        name = fen_backtest_role_title(row->name);
    if (fen_str_equal(row->tenant, FEN_STR("default")))
        return name;
    return fen_arena_join(arena, row->tenant, '/', name);
}

/* `texts` hold one count, which is told where it is not zero. */
static void say_omission(const struct fen_text *texts, uint64_t count, const char *open,
                         const char *close, struct fen_buffer *out)
{
    char number[FEN_MONEY_TEXT_BYTES];
    if (count == 0)
        return;
    fen_buffer_append_format(out, "%s%s %s%s", open, fen_count_format(count, number),
                             fen_text_pick(texts), close);
}

void fen_backtest_say_omissions(const struct fen_backtest_report *report, const char *open,
                                const char *close, struct fen_buffer *out)
{
    static const struct fen_text currency = {"of them in another currency: not compared",
                                             "单为其他币种，未比较"};
    static const struct fen_text months = {
        "entries of tiers, bonuses and month limits belong to a month that began before: not "
        "compared; begin at the first of a month",
        "条阶梯、奖励、每月上限分录属窗口之前开始的月份，未比较；请从月初开始试算"};
    static const struct fen_text lines = {
        "line(s) that are no valid event were passed over; `fen replay` tells why",
        "行不是有效事件，已略过；原因见 fen replay"};
    const struct fen_backtest_counts *counts = &report->counts;
    if (counts->order_count == 0)
        fen_buffer_append_format(out, "%s%s%s", open,
                                 fen_language_pick("no order was created in this time: is it the "
                                                   "right time, and are these its events?",
                                                   "这段时间内没有订单：请检查起止时间与事件来源"),
                                 close);
    say_omission(&currency, counts->other_currency_count, open, close, out);
    say_omission(&months, counts->month_entry_count, open, close, out);
    say_omission(&lines, report->refused_count, open, close, out);
}

const char *fen_backtest_time(const struct fen_backtest_report *report, int64_t time_ms,
                              char out[FEN_MONEY_TEXT_BYTES])
{
    char date[FEN_DATE_TEXT_BYTES];
    if (time_ms <= 0 || time_ms == INT64_MAX)
        return "…";
    int64_t local_ms = time_ms + report->window.offset_ms;
    int64_t minute = (local_ms % FEN_DAY_MS + FEN_DAY_MS) % FEN_DAY_MS / 60000;
    (void)fen_date_format(fen_date_of(time_ms, report->window.offset_ms), date);
    (void)snprintf(out, FEN_MONEY_TEXT_BYTES, "%s %02d:%02d", date, (int)(minute / 60),
                   (int)(minute % 60));
    return out;
}
