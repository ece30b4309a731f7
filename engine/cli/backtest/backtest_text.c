/* backtest_text: a back-test for people, in the language chosen. See backtest_report.h. */
#include <string.h>

#include "cli/backtest/backtest_make.h"
#include "cli/explain/explain_text.h"

#define TITLE_COLUMNS 26
#define MONEY_COLUMNS 20

/* `text` and blanks up to `columns`; a longer text keeps one blank behind it. */
static void pad_right(struct fen_buffer *out, const char *text, int columns)
{
    int gap = columns - fen_text_columns(text);
    fen_buffer_append_format(out, "%s%*s", text, gap > 0 ? gap : 1, "");
}

static void pad_left(struct fen_buffer *out, const char *text, int columns)
{
    int gap = columns - fen_text_columns(text);
    fen_buffer_append_format(out, "%*s%s", gap > 0 ? gap : 1, "", text);
}

static void say_sums(const struct fen_backtest_report *report, const char *title,
                     const fen_int128 sums_fen[FEN_BACKTEST_SIDES], struct fen_buffer *out)
{
    char text[FEN_MONEY_TEXT_BYTES];
    fen_buffer_append_str(out, FEN_STR("  "));
    pad_right(out, title, TITLE_COLUMNS);
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        pad_left(out, fen_backtest_money(report, sums_fen[side], text), MONEY_COLUMNS);
    pad_left(out, fen_backtest_signed(report, fen_backtest_change_of(sums_fen), text),
             MONEY_COLUMNS);
    pad_left(out, fen_backtest_percent(sums_fen, text), 11);
    fen_buffer_append_byte(out, '\n');
}

static void say_columns(const char *title, struct fen_buffer *out)
{
    fen_buffer_append_str(out, FEN_STR("\n  "));
    pad_right(out, title, TITLE_COLUMNS);
    pad_left(out, fen_language_pick("before", "原"), MONEY_COLUMNS);
    pad_left(out, fen_language_pick("after", "新"), MONEY_COLUMNS);
    pad_left(out, fen_language_pick("change", "变化"), MONEY_COLUMNS);
    fen_buffer_append_byte(out, '\n');
}

static void say_rows(const struct fen_backtest_report *report,
                     enum fen_backtest_dimension dimension, const char *title,
                     const struct fen_backtest_rows *rows, struct fen_arena *arena,
                     struct fen_buffer *out)
{
    say_columns(title, out);
    for (uint32_t i = 0; i < rows->count && i < FEN_BACKTEST_ROWS_TOLD; i++) {
        struct fen_str name = fen_backtest_row_title(arena, dimension, &rows->rows[i]);
        say_sums(report, fen_arena_format(arena, "%.*s", FEN_STR_ARG(name)).data,
                 rows->rows[i].sums_fen, out);
    }
    if (rows->count > FEN_BACKTEST_ROWS_TOLD)
        fen_explain_say(out, "  … and %u more: --csv has them all\n",
                    "  …… 另有 %u 项，见 --csv\n",
                                 rows->count - FEN_BACKTEST_ROWS_TOLD);
}

static void say_head(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    char from[FEN_MONEY_TEXT_BYTES], to[FEN_MONEY_TEXT_BYTES], count[FEN_MONEY_TEXT_BYTES];
    struct fen_str before = report->plans[FEN_BACKTEST_BEFORE];
    if (!fen_str_is_set(before))
        before = fen_str_from(fen_language_pick("what was posted", "已入账"));
    fen_explain_say(out, "Back-test of %.*s\nagainst %.*s\n", "试算 %.*s\n对比 %.*s\n",
                    FEN_STR_ARG(report->plans[FEN_BACKTEST_AFTER]), FEN_STR_ARG(before));
    if (fen_str_is_set(report->tenant))
        fen_explain_say(out, "tenant %.*s alone\n", "只比较租户 %.*s\n",
                        FEN_STR_ARG(report->tenant));
    fen_explain_say(out, "orders created from %s to before %s: %s\n",
                    "创建时间 %s 起、%s 前的订单：%s\n",
        fen_backtest_time(report, report->window.from_ms, from),
        fen_backtest_time(report, report->window.to_ms, to),
        fen_count_format(report->counts.order_count, count));
    fen_backtest_say_omissions(report, "  ", "\n", out);
}

static void say_payees(const struct fen_backtest_report *report, struct fen_arena *arena,
                       struct fen_buffer *out)
{
    char won[FEN_MONEY_TEXT_BYTES], lost[FEN_MONEY_TEXT_BYTES];
    fen_explain_say(out, "\n%u payee(s) gain, %s in all; %u lose, %s in all; %u stay as they "
                          "are\n",
                    "\n%u 个收款方增加，合计 %s；%u 个减少，合计 %s；%u 个不变\n",
        report->winner_count, fen_backtest_signed(report, report->won_fen, won),
        report->loser_count, fen_backtest_signed(report, report->lost_fen, lost),
        report->same_count);
    if (report->winners.count > 0)
        say_rows(report, FEN_BACKTEST_PAYEE, fen_language_pick("gain most", "增加最多"),
                 &report->winners, arena, out);
    if (report->losers.count > 0)
        say_rows(report, FEN_BACKTEST_PAYEE, fen_language_pick("lose most", "减少最多"),
                 &report->losers, arena, out);
}

static void say_histogram(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    uint64_t most = 1;
    fen_explain_say(out, "\n%u guide(s) by the change of what each gets\n",
                    "\n%u 名导购，按各自的变化分布\n",
                             report->guide_count);
    for (uint32_t i = 0; i < FEN_BACKTEST_BUCKETS; i++)
        most = report->buckets[i] > most ? report->buckets[i] : most;
    for (uint32_t i = 0; i < FEN_BACKTEST_BUCKETS; i++) {
        uint64_t cells = (report->buckets[i] * 40 + most - 1) / most;
        fen_buffer_append_str(out, FEN_STR("  "));
        const char *title = fen_backtest_bucket_title(i);
        int gap = 16 - (int)strlen(title);
        for (const char *at = title; *at != '\0'; at++) /* … and ≤ take one column, three bytes */
            gap += ((unsigned char)*at & 0xc0) == 0x80;
        fen_buffer_append_format(out, "%*s%s %8llu ", gap > 0 ? gap : 0, "", title,
                                 (unsigned long long)report->buckets[i]);
        for (uint64_t cell = 0; cell < cells; cell++)
            fen_buffer_append_str(out, FEN_STR("█"));
        fen_buffer_append_byte(out, '\n');
    }
}

static void say_indented(struct fen_str text, struct fen_buffer *out)
{
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        uint32_t size = end == NULL ? text.size : (uint32_t)(end - text.data);
        if (size > 0)
            fen_buffer_append_format(out, "    %.*s", (int)size, text.data);
        fen_buffer_append_byte(out, '\n');
        size += end != NULL;
        text.data += size;
        text.size -= size;
    }
}

static void say_changes(const struct fen_backtest_report *report, struct fen_arena *arena,
                        struct fen_buffer *out)
{
    char text[FEN_MONEY_TEXT_BYTES];
    const char *titles[FEN_BACKTEST_SIDES] = {fen_language_pick("before", "原"),
                                              fen_language_pick("after", "新")};
    if (report->change_count == 0)
        return;
    fen_explain_say(out, "\nThe %u largest change(s), explained\n",
                    "\n变化最大的 %u 项及其解释\n",
                             report->change_count);
    for (uint32_t i = 0; i < report->change_count; i++) {
        const struct fen_backtest_change *change = &report->changes[i];
        struct fen_str name =
            fen_backtest_row_title(arena, FEN_BACKTEST_SUBJECT, &change->row);
        fen_buffer_append_format(
            out, "\n%u. %.*s  %s\n", i + 1, FEN_STR_ARG(name),
            fen_backtest_signed(report, fen_backtest_change_of(change->row.sums_fen), text));
        for (int side = 0; side < FEN_BACKTEST_SIDES; side++) {
            fen_buffer_append_format(
                out, "  %s: %s\n", titles[side],
                fen_backtest_money(report, change->row.sums_fen[side], text));
            say_indented(change->text[side], out);
        }
    }
}

void fen_backtest_append_text(const struct fen_backtest_report *report, struct fen_arena *arena,
                              struct fen_buffer *out)
{
    say_head(report, out);
    say_columns("", out);
    say_sums(report, fen_language_pick("total", "合计"), report->sums_fen, out);
    for (int i = 0; i < FEN_BACKTEST_PAYEE; i++)
        say_rows(report, (enum fen_backtest_dimension)i,
                 fen_backtest_dimension_title((enum fen_backtest_dimension)i),
                 &report->dimensions[i], arena, out);
    say_payees(report, arena, out);
    say_histogram(report, out);
    say_changes(report, arena, out);
}

void fen_backtest_append_summary(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    char won[FEN_MONEY_TEXT_BYTES], lost[FEN_MONEY_TEXT_BYTES];
    say_head(report, out);
    say_columns("", out);
    say_sums(report, fen_language_pick("total", "合计"), report->sums_fen, out);
    fen_explain_say(out, "  %u payee(s) gain, %s in all; %u lose, %s in all; %u stay as they are\n",
                    "  %u 个收款方增加，合计 %s；%u 个减少，合计 %s；%u 个不变\n",
                    report->winner_count, fen_backtest_signed(report, report->won_fen, won),
                    report->loser_count, fen_backtest_signed(report, report->lost_fen, lost),
                    report->same_count);
}
