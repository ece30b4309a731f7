/* backtest_plot: see the header. Coordinates are whole pixels; colours stand in the page's CSS. */
#include "cli/backtest/backtest_plot.h"

#define WIDTH 720
#define LABEL_WIDTH 190
#define BAR_WIDTH 360
#define ROW_HEIGHT 34
#define BAR_HEIGHT 12
#define COLUMN_WIDTH 65
#define COLUMN_HEIGHT 140

void fen_html_append_text(struct fen_buffer *out, struct fen_str text)
{
    for (uint32_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '&':
            fen_buffer_append_str(out, FEN_STR("&amp;"));
            break;
        case '<':
            fen_buffer_append_str(out, FEN_STR("&lt;"));
            break;
        case '>':
            fen_buffer_append_str(out, FEN_STR("&gt;"));
            break;
        case '"':
            fen_buffer_append_str(out, FEN_STR("&quot;"));
            break;
        default:
            fen_buffer_append_byte(out, text.data[i]);
        }
    }
}

static fen_int128 size_of(fen_int128 amount_fen)
{
    return amount_fen < 0 ? -amount_fen : amount_fen;
}

/* The first characters of a title, cut between characters. */
static struct fen_str shortened(struct fen_str title, uint32_t size_max)
{
    if (title.size <= size_max)
        return title;
    while (size_max > 0 && ((unsigned char)title.data[size_max] & 0xc0) == 0x80)
        size_max--;
    return (struct fen_str){title.data, size_max};
}

static void append_svg(struct fen_buffer *out, int width, int height, const char *title)
{
    fen_buffer_append_format(
        out,
        "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\">\n",
        width, height, width, height, title);
}

static void append_bar(const struct fen_backtest_report *report, fen_int128 amount_fen,
                       fen_int128 most_fen, int y, const char *style, struct fen_buffer *out)
{
    char money[FEN_MONEY_TEXT_BYTES];
    int width = (int)(size_of(amount_fen) * BAR_WIDTH / most_fen);
    fen_buffer_append_format(out,
                             "<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" "
                             "height=\"%d\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
                             style, amount_fen < 0 ? " below" : "", LABEL_WIDTH, y,
                             width < 1 && amount_fen != 0 ? 1 : width, BAR_HEIGHT,
                             LABEL_WIDTH + width + 6, y + BAR_HEIGHT - 2,
                             fen_backtest_money(report, amount_fen, money));
}

void fen_backtest_append_bars(const struct fen_backtest_report *report,
                              enum fen_backtest_dimension dimension, struct fen_arena *arena,
                              struct fen_buffer *out)
{
    const struct fen_backtest_rows *rows = &report->dimensions[dimension];
    uint32_t count = rows->count < FEN_BACKTEST_ROWS_TOLD ? rows->count : FEN_BACKTEST_ROWS_TOLD;
    fen_int128 most_fen = 1;
    for (uint32_t i = 0; i < count; i++)
        for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
            if (size_of(rows->rows[i].sums_fen[side]) > most_fen)
                most_fen = size_of(rows->rows[i].sums_fen[side]);
    append_svg(out, WIDTH, (int)count * ROW_HEIGHT + 4, fen_backtest_dimension_title(dimension));
    for (uint32_t i = 0; i < count; i++) {
        int y = (int)i * ROW_HEIGHT + 4;
        struct fen_str title = fen_backtest_row_title(arena, dimension, &rows->rows[i]);
        fen_buffer_append_format(out, "<text class=\"label\" x=\"%d\" y=\"%d\">", LABEL_WIDTH - 8,
                                 y + BAR_HEIGHT + 4);
        fen_html_append_text(out, shortened(title, 30));
        fen_buffer_append_str(out, FEN_STR("</text>\n"));
        append_bar(report, rows->rows[i].sums_fen[FEN_BACKTEST_BEFORE], most_fen, y, "before",
                   out);
        append_bar(report, rows->rows[i].sums_fen[FEN_BACKTEST_AFTER], most_fen, y + BAR_HEIGHT + 1,
                   "after", out);
    }
    fen_buffer_append_str(out, FEN_STR("</svg>\n"));
}

void fen_backtest_append_histogram(const struct fen_backtest_report *report,
                                   struct fen_buffer *out)
{
    const int base = COLUMN_HEIGHT + 18;
    uint64_t most = 1;
    for (uint32_t i = 0; i < FEN_BACKTEST_BUCKETS; i++)
        most = report->buckets[i] > most ? report->buckets[i] : most;
    append_svg(out, (int)FEN_BACKTEST_BUCKETS * COLUMN_WIDTH, base + 20,
               fen_language_pick("guides by change", "导购按变化分布"));
    for (uint32_t i = 0; i < FEN_BACKTEST_BUCKETS; i++) {
        uint64_t guides = report->buckets[i];
        int height = (int)((fen_int128)guides * COLUMN_HEIGHT / most);
        int x = (int)i * COLUMN_WIDTH;
        const char *style = i < FEN_BACKTEST_BUCKETS / 2    ? "lost"
                            : i == FEN_BACKTEST_BUCKETS / 2 ? "same"
                                                            : "won";
        fen_buffer_append_format(
            out,
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
            "<text class=\"middle\" x=\"%d\" y=\"%d\">%llu</text>"
            "<text class=\"middle small\" x=\"%d\" y=\"%d\">%s</text>\n",
            style, x + 6, base - height, COLUMN_WIDTH - 12, height, x + COLUMN_WIDTH / 2,
            base - height - 4, (unsigned long long)guides, x + COLUMN_WIDTH / 2, base + 14,
            fen_backtest_bucket_title(i));
    }
    fen_buffer_append_str(out, FEN_STR("</svg>\n"));
}
