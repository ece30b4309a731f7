/*
 * backtest_html: a back-test as one page, to read and to print on A4. See backtest_report.h.
 *
 * Nothing is fetched: style and plots are inline, there is no script. The page is well-formed XML,
 * so that any reader can check it.
 */
#include "cli/backtest/backtest_plot.h"
#include "cli/explain/explain_text.h"

static const char style[] =
    "body{font:14px/1.5 system-ui,\"PingFang SC\",\"Microsoft YaHei\",\"Noto Sans CJK "
    "SC\",sans-serif;color:#1c2330;max-width:760px;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.15em;margin:1.6em 0 .4em;border-bottom:1px solid "
    "#ccd3dd}h3{font-size:1em;margin:1.2em 0 .3em}\n"
    "table{border-collapse:collapse;width:100%}th,td{padding:.2em .5em;border-bottom:1px solid "
    "#e3e7ee;text-align:right;font-variant-numeric:tabular-nums}\n"
    "th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}th{color:#5a6577;"
    "font-weight:600}\n"
    ".won{color:#12703f;fill:#2f9e63}.lost{color:#b3261e;fill:#d0574f}.same{fill:#9aa5b5}"
    ".total td{font-weight:700}.exceeded{color:#b3261e;font-weight:700}\n"
    "svg{max-width:100%;height:auto;display:block;margin:.6em 0}svg text{font-size:11px;"
    "fill:#1c2330}.label{text-anchor:end}.middle{text-anchor:middle}svg .small{font-size:9px}\n"
    "rect.before{fill:#9aa5b5}rect.after{fill:#2d6cdf}rect.below{fill-opacity:.45}\n"
    ".sides{display:grid;grid-template-columns:1fr 1fr;gap:.8em}pre{font-size:10px;"
    "line-height:1.4;white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f7fa;"
    "padding:.6em;margin:0}\n"
    ".key span{display:inline-block;width:.9em;height:.9em;margin:0 .3em 0 1em;"
    "vertical-align:-.1em}\n"
    "@page{size:A4;margin:14mm}@media print{body{margin:0;max-width:none;font-size:11px}"
    "h2,h3{break-after:avoid}tr,svg,.key{break-inside:avoid}pre{font-size:8px}"
    "*{print-color-adjust:exact}}\n";

static void append(struct fen_buffer *out, const char *text)
{
    fen_buffer_append_str(out, fen_str_from(text));
}

static void append_sums(const struct fen_backtest_report *report, struct fen_str title,
                        const char *row_style, const fen_int128 sums_fen[FEN_BACKTEST_SIDES],
                        struct fen_buffer *out)
{
    char text[FEN_MONEY_TEXT_BYTES];
    fen_int128 change_fen = fen_backtest_change_of(sums_fen);
    fen_buffer_append_format(out, "<tr class=\"%s\"><td>", row_style);
    fen_html_append_text(out, title);
    append(out, "</td>");
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        fen_buffer_append_format(out, "<td>%s</td>",
                                 fen_backtest_money(report, sums_fen[side], text));
    fen_buffer_append_format(out, "<td class=\"%s\">%s</td>",
                             change_fen > 0   ? "won"
                             : change_fen < 0 ? "lost"
                                              : "",
                             fen_backtest_signed(report, change_fen, text));
    fen_buffer_append_format(out, "<td>%s</td></tr>\n", fen_backtest_percent(sums_fen, text));
}

static void append_columns(const char *title, struct fen_buffer *out)
{
    fen_buffer_append_format(out, "<table><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th>"
                                  "<th>%%</th></tr>\n",
                             title, fen_language_pick("before", "原"),
                             fen_language_pick("after", "新"),
                             fen_language_pick("change", "变化"));
}

static void append_rows(const struct fen_backtest_report *report,
                        enum fen_backtest_dimension dimension, const char *title,
                        const struct fen_backtest_rows *rows, struct fen_arena *arena,
                        struct fen_buffer *out)
{
    append_columns(title, out);
    for (uint32_t i = 0; i < rows->count && i < FEN_BACKTEST_ROWS_TOLD; i++)
        append_sums(report, fen_backtest_row_title(arena, dimension, &rows->rows[i]), "",
                    rows->rows[i].sums_fen, out);
    append(out, "</table>\n");
    if (rows->count > FEN_BACKTEST_ROWS_TOLD)
        fen_explain_say(out, "<p>… and %u more: --csv has them all</p>\n",
                        "<p>…… 另有 %u 项，见 --csv</p>\n", rows->count - FEN_BACKTEST_ROWS_TOLD);
}

static void append_line(struct fen_buffer *out, const char *title, struct fen_str text)
{
    fen_buffer_append_format(out, "%s", title);
    fen_html_append_text(out, text);
    append(out, "<br/>\n");
}

static void append_head(const struct fen_backtest_report *report, struct fen_buffer *out)
{
    char from[FEN_MONEY_TEXT_BYTES], to[FEN_MONEY_TEXT_BYTES], count[FEN_MONEY_TEXT_BYTES];
    struct fen_str before = report->plans[FEN_BACKTEST_BEFORE];
    const char *title = fen_language_pick("Back-test of a commission plan", "分佣方案试算报告");
    if (!fen_str_is_set(before))
        before = fen_str_from(fen_language_pick("what was posted", "已入账"));
    fen_buffer_append_format(
        out,
        "<!DOCTYPE html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"/>"
        "<meta name=\"viewport\" content=\"width=device-width\"/>"
        "<title>%s</title>\n<style>\n%s</style></head>\n<body>\n<h1>%s</h1>\n<p>",
        fen_language_pick("en", "zh-CN"), title, style, title);
    append_line(out, fen_language_pick("after: ", "新："), report->plans[FEN_BACKTEST_AFTER]);
    append_line(out, fen_language_pick("before: ", "原："), before);
    if (fen_str_is_set(report->tenant))
        append_line(out, fen_language_pick("tenant: ", "租户："), report->tenant);
    fen_explain_say(out, "orders created from %s to before %s: %s",
                    "创建时间 %s 起、%s 前的订单：%s",
                    fen_backtest_time(report, report->window.from_ms, from),
                    fen_backtest_time(report, report->window.to_ms, to),
                    fen_count_format(report->counts.order_count, count));
    fen_buffer_append_format(out, "<br/>\n%s %.*s</p>\n",
                             fen_language_pick("currency:", "币种："),
                             FEN_STR_ARG(report->window.currency));
    fen_backtest_say_omissions(report, "<p>", "</p>\n", out);
    if (report->is_exceeded)
        fen_explain_say(out, "<p class=\"exceeded\">The total changes by more than %s.</p>\n",
                        "<p class=\"exceeded\">合计变化超过 %s。</p>\n", report->limit.text);
}

static void append_payees(const struct fen_backtest_report *report, struct fen_arena *arena,
                          struct fen_buffer *out)
{
    char won[FEN_MONEY_TEXT_BYTES], lost[FEN_MONEY_TEXT_BYTES];
    fen_buffer_append_format(out, "<h2>%s</h2>\n",
                             fen_language_pick("Winners and losers", "增加与减少"));
    fen_explain_say(out,
                    "<p>%u payee(s) gain, %s in all; %u lose, %s in all; %u stay as they "
                    "are.</p>\n",
                    "<p>%u 个收款方增加，合计 %s；%u 个减少，合计 %s；%u 个不变。</p>\n",
                    report->winner_count, fen_backtest_signed(report, report->won_fen, won),
                    report->loser_count, fen_backtest_signed(report, report->lost_fen, lost),
                    report->same_count);
    fen_explain_say(out, "<h3>%u guide(s) by the change of what each gets</h3>\n",
                    "<h3>%u 名导购，按各自的变化分布</h3>\n", report->guide_count);
    fen_backtest_append_histogram(report, out);
    append_rows(report, FEN_BACKTEST_PAYEE, fen_language_pick("gain most", "增加最多"),
                &report->winners, arena, out);
    append_rows(report, FEN_BACKTEST_PAYEE, fen_language_pick("lose most", "减少最多"),
                &report->losers, arena, out);
}

static void append_changes(const struct fen_backtest_report *report, struct fen_arena *arena,
                           struct fen_buffer *out)
{
    char text[FEN_MONEY_TEXT_BYTES];
    fen_buffer_append_format(out, "<h2>%s</h2>\n",
                             fen_language_pick("The largest changes, explained",
                                               "变化最大的各项及其解释"));
    for (uint32_t i = 0; i < report->change_count; i++) {
        const struct fen_backtest_change *change = &report->changes[i];
        fen_buffer_append_format(out, "<h3>%u. ", i + 1);
        fen_html_append_text(out,
                             fen_backtest_row_title(arena, FEN_BACKTEST_SUBJECT, &change->row));
        fen_buffer_append_format(
            out, " %s</h3>\n<div class=\"sides\">\n",
            fen_backtest_signed(report, fen_backtest_change_of(change->row.sums_fen), text));
        for (int side = 0; side < FEN_BACKTEST_SIDES; side++) {
            fen_buffer_append_format(out, "<pre>%s %s\n",
                                     side == FEN_BACKTEST_BEFORE
                                         ? fen_language_pick("before:", "原：")
                                         : fen_language_pick("after:", "新："),
                                     fen_backtest_money(report, change->row.sums_fen[side], text));
            fen_html_append_text(out, change->text[side]);
            append(out, "</pre>\n");
        }
        append(out, "</div>\n");
    }
}

void fen_backtest_append_html(const struct fen_backtest_report *report, struct fen_arena *arena,
                              struct fen_buffer *out)
{
    append_head(report, out);
    append_columns("", out);
    append_sums(report, fen_str_from(fen_language_pick("total", "合计")), "total",
                report->sums_fen, out);
    append(out, "</table>\n");
    fen_buffer_append_format(
        out,
        "<p class=\"key\"><span style=\"background:#9aa5b5\"></span>%s"
        "<span style=\"background:#2d6cdf\"></span>%s</p>\n",
        fen_language_pick("before", "原"), fen_language_pick("after", "新"));
    for (int i = 0; i < FEN_BACKTEST_PAYEE; i++) {
        enum fen_backtest_dimension dimension = (enum fen_backtest_dimension)i;
        const char *title = fen_backtest_dimension_title(dimension);
        fen_buffer_append_format(out, "<h2>%s%s</h2>\n", fen_language_pick("By ", "按"), title);
        fen_backtest_append_bars(report, dimension, arena, out);
        append_rows(report, dimension, title, &report->dimensions[i], arena, out);
    }
    append_payees(report, arena, out);
    append_changes(report, arena, out);
    append(out, "</body>\n</html>\n");
}
