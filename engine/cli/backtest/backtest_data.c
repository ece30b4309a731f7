/*
 * backtest_data: a back-test for programs (JSON) and spreadsheets (CSV). See backtest_report.h.
 *
 * CSV begins with a byte order mark and ends lines in CR LF, as spreadsheets want it; what one
 * would take for a formula, a number or a date is guarded as in `fen plan export`.
 */
#include <string.h>

#include "cli/backtest/backtest_report.h"
#include "cli/text/csv.h"
#include "wire/json_fields.h"

static void add_amount(struct fen_buffer *out, const char *name, fen_int128 amount_fen)
{
    char text[FEN_MONEY_TEXT_BYTES];
    fen_json_name(out, name);
    fen_buffer_append_str(out, fen_str_from(fen_sum_format(amount_fen, text)));
}

static void add_sums(struct fen_buffer *out, const fen_int128 sums_fen[FEN_BACKTEST_SIDES])
{
    add_amount(out, "before", sums_fen[FEN_BACKTEST_BEFORE]);
    add_amount(out, "after", sums_fen[FEN_BACKTEST_AFTER]);
    add_amount(out, "change", fen_backtest_change_of(sums_fen));
}

static void add_row(struct fen_buffer *out, const char *name, const struct fen_backtest_row *row)
{
    fen_json_text(out, "tenant", row->tenant);
    fen_json_text(out, name, row->name.size == 0 ? FEN_STR_NONE : row->name);
    add_sums(out, row->sums_fen);
}

static void add_rows(struct fen_buffer *out, const char *title, const char *name,
                     const struct fen_backtest_rows *rows)
{
    fen_json_open(out, title, '[');
    for (uint32_t i = 0; i < rows->count; i++) {
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        add_row(out, name, &rows->rows[i]);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void add_explanation(struct fen_buffer *out, const char *name, struct fen_str json)
{
    fen_json_name(out, name);
    fen_buffer_append_str(out, fen_str_is_set(json) ? json : FEN_STR("null"));
}

static void add_changes(struct fen_buffer *out, const struct fen_backtest_report *report)
{
    fen_json_open(out, "changes", '[');
    for (uint32_t i = 0; i < report->change_count; i++) {
        const struct fen_backtest_change *change = &report->changes[i];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        add_row(out, "subject", &change->row);
        add_explanation(out, "explained_before", change->json[FEN_BACKTEST_BEFORE]);
        add_explanation(out, "explained_after", change->json[FEN_BACKTEST_AFTER]);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void add_payees(struct fen_buffer *out, const struct fen_backtest_report *report)
{
    fen_json_open(out, "payees", '{');
    fen_json_integer(out, "gain", report->winner_count);
    fen_json_integer(out, "lose", report->loser_count);
    fen_json_integer(out, "same", report->same_count);
    add_amount(out, "gained", report->won_fen);
    add_amount(out, "lost", report->lost_fen);
    fen_json_close(out, '}');
    add_rows(out, "winners", "payee", &report->winners);
    add_rows(out, "losers", "payee", &report->losers);
    fen_json_open(out, "histogram", '[');
    for (uint32_t i = 0; i < FEN_BACKTEST_BUCKETS; i++) {
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "change", fen_str_from(fen_backtest_bucket_title(i)));
        fen_json_integer(out, "guides", (int64_t)report->buckets[i]);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

void fen_backtest_append_json(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    const struct fen_backtest_window *window = &report->window;
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "plan", report->plans[FEN_BACKTEST_AFTER]);
    fen_json_text(out, "against",
                  fen_str_is_set(report->plans[FEN_BACKTEST_BEFORE])
                      ? report->plans[FEN_BACKTEST_BEFORE]
                      : FEN_STR("posted"));
    fen_json_text(out, "tenant", report->tenant);
    fen_json_text(out, "currency", window->currency);
    fen_json_integer(out, "from", window->from_ms <= 0 ? FEN_NONE : window->from_ms);
    fen_json_integer(out, "to", window->to_ms == INT64_MAX ? FEN_NONE : window->to_ms);
    fen_json_integer(out, "orders", (int64_t)report->counts.order_count);
    fen_json_integer(out, "other_currency", (int64_t)report->counts.other_currency_count);
    fen_json_integer(out, "month_entries_left_out", (int64_t)report->counts.month_entry_count);
    fen_json_integer(out, "refused", (int64_t)report->refused_count);
    fen_json_open(out, "total", '{');
    add_sums(out, report->sums_fen);
    fen_json_close(out, '}');
    fen_json_text(out, "max_delta", fen_str_from(report->limit.text));
    fen_json_bool(out, "exceeded", report->is_exceeded);
    for (int i = 0; i < FEN_BACKTEST_SUBJECT; i++) {
        const char *name = fen_backtest_dimension_name((enum fen_backtest_dimension)i);
        char title[32];
        (void)snprintf(title, sizeof title, "by_%s", name);
        add_rows(out, title, name, &report->dimensions[i]);
    }
    add_payees(out, report);
    add_changes(out, report);
    fen_buffer_append_byte(out, '}');
}

/* Money without commas, so that a spreadsheet takes it for a number. */
static void append_money(struct fen_buffer *out, const struct fen_backtest_report *report,
                         fen_int128 amount_fen)
{
    char text[FEN_MONEY_TEXT_BYTES];
    uint32_t size = 0;
    (void)fen_backtest_money(report, amount_fen, text);
    for (const char *at = text; *at != '\0'; at++)
        if (*at != ',')
            text[size++] = *at;
    fen_csv_append_cell(out, (struct fen_str){text, size}, FEN_CSV_PLAIN, false);
}

static void append_line(struct fen_buffer *out, const struct fen_backtest_report *report,
                        const char *dimension, enum fen_csv_form form,
                        const struct fen_backtest_row *row)
{
    fen_csv_append_cell(out, fen_str_from(dimension), FEN_CSV_NUMBER, true);
    fen_csv_append_cell(out, row->tenant, FEN_CSV_TEXT, false);
    fen_csv_append_cell(out, row->name, form, false);
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        append_money(out, report, row->sums_fen[side]);
    append_money(out, report, fen_backtest_change_of(row->sums_fen));
    fen_csv_append_end(out);
}

/* Bare ids (0012, 1-2, 7E5) are what a spreadsheet rewrites; "guide:0012" it leaves as it is. */
static enum fen_csv_form form_of(enum fen_backtest_dimension dimension)
{
    return dimension == FEN_BACKTEST_STORE || dimension == FEN_BACKTEST_REGION ||
                   dimension == FEN_BACKTEST_LEVEL
               ? FEN_CSV_TEXT
               : FEN_CSV_NUMBER;
}

static void append_dimension(struct fen_buffer *out, const struct fen_backtest_report *report,
                             enum fen_backtest_dimension dimension)
{
    const struct fen_backtest_rows *rows = &report->dimensions[dimension];
    for (uint32_t i = 0; i < rows->count; i++) {
        struct fen_backtest_row row = rows->rows[i];
        if (dimension == FEN_BACKTEST_ROLE)
            row.name = fen_backtest_role_title(row.name);
        append_line(out, report, fen_backtest_dimension_title(dimension), form_of(dimension),
                    &row);
    }
}

void fen_backtest_append_csv(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    struct fen_backtest_row total = {FEN_STR(""), FEN_STR(""), {0, 0}};
    memcpy(total.sums_fen, report->sums_fen, sizeof total.sums_fen);
    fen_csv_append_mark(out);
    fen_buffer_append_str(out, fen_str_from(fen_language_pick(
                                   "dimension,tenant,name,before,after,change\r\n",
                                   "维度,租户,名称,原,新,变化\r\n")));
    append_line(out, report, fen_language_pick("total", "合计"), FEN_CSV_NUMBER, &total);
    for (int i = 0; i < FEN_BACKTEST_SUBJECT; i++)
        append_dimension(out, report, (enum fen_backtest_dimension)i);
    for (uint32_t i = 0; i < report->change_count; i++)
        append_line(out, report, fen_language_pick("largest change", "最大变化"), FEN_CSV_NUMBER,
                    &report->changes[i].row);
}
