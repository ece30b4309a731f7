/* sheet_html: a sheet as one self-contained page that prints well on A4. See sheet.h. */
#include "cli/options/language.h"
#include "cli/text/sheet.h"

static const char style[] =
    "body{font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei',sans-serif;margin:2rem auto;"
    "max-width:72rem;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #b5b5b5;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "th{background:#f1f1f1}td{font-variant-numeric:tabular-nums}"
    ".sign{margin-top:2.2rem;display:flex;gap:2rem}"
    ".sign span{flex:1;border-bottom:1px solid #1a1a1a;padding-bottom:1.6rem}"
    "@page{size:A4 landscape;margin:14mm}"
    "@media print{body{margin:0;font-size:11px}tr{break-inside:avoid}}";

void fen_html_append(struct fen_buffer *out, struct fen_str text)
{
    for (uint32_t index = 0; index < text.size; index++) {
        switch (text.data[index]) {
        case '&': fen_buffer_append_str(out, FEN_STR("&amp;")); break;
        case '<': fen_buffer_append_str(out, FEN_STR("&lt;")); break;
        case '>': fen_buffer_append_str(out, FEN_STR("&gt;")); break;
        case '"': fen_buffer_append_str(out, FEN_STR("&quot;")); break;
        default: fen_buffer_append_byte(out, text.data[index]); break;
        }
    }
}

static void append_row(const struct fen_str *cells, uint32_t count, const char *element,
                       struct fen_buffer *out)
{
    fen_buffer_append_str(out, FEN_STR("<tr>"));
    for (uint32_t column = 0; column < count; column++) {
        fen_buffer_append_format(out, "<%s>", element);
        fen_html_append(out, cells[column]);
        fen_buffer_append_format(out, "</%.2s>", element);
    }
    fen_buffer_append_str(out, FEN_STR("</tr>\n"));
}

static void append_table(const struct fen_sheet_table *table, struct fen_buffer *out)
{
    fen_buffer_append_str(out, FEN_STR("<h2>"));
    fen_html_append(out, table->title);
    fen_buffer_append_str(out, FEN_STR("</h2>\n<table>\n"));
    if (fen_str_is_set(table->headers[0])) {
        fen_buffer_append_str(out, FEN_STR("<thead>"));
        append_row(table->headers, table->column_count, "th scope=\"col\"", out);
        fen_buffer_append_str(out, FEN_STR("</thead>\n"));
    }
    fen_buffer_append_str(out, FEN_STR("<tbody>\n"));
    for (uint32_t row = 0; row < table->row_count; row++)
        append_row(table->rows[row].cells, table->column_count, "td", out);
    fen_buffer_append_str(out, FEN_STR("</tbody>\n</table>\n"));
}

void fen_sheet_append_html(const struct fen_sheet *sheet, struct fen_buffer *out)
{
    fen_buffer_append_format(out,
                             "<!doctype html>\n<html lang=\"%s\">\n<head>\n"
                             "<meta charset=\"utf-8\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
                             fen_language_pick("en", "zh-CN"));
    fen_html_append(out, sheet->title);
    fen_buffer_append_format(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
    fen_html_append(out, sheet->title);
    fen_buffer_append_str(out, FEN_STR("</h1>\n"));
    for (uint32_t index = 0; index < sheet->table_count; index++)
        append_table(&sheet->tables[index], out);
    if (sheet->signatures != NULL)
        fen_buffer_append_str(out, FEN_STR("<p class=\"sign\">"));
    for (const char *const *line = sheet->signatures; line != NULL && *line != NULL; line++)
        fen_buffer_append_format(out, "<span>%s</span>", *line);
    if (sheet->signatures != NULL)
        fen_buffer_append_format(out, "<span>%s</span></p>\n", fen_language_pick("Date", "日期"));
    fen_buffer_append_str(out, FEN_STR("</body>\n</html>\n"));
}
