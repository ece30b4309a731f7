/* sheet: tables as text and CSV; HTML is in sheet_html.c. See sheet.h. */
#include "cli/text/sheet.h"

#include "cli/text/csv.h"
#include "cli/options/language.h"
#include "cli/text/totals.h"

struct fen_sheet_table *fen_sheet_add_table(struct fen_sheet *sheet, const char *title,
                                            const char *const *headers, uint32_t column_count)
{
    struct fen_sheet_table table = {.title = fen_str_from(title), .column_count = column_count};
    FEN_ASSERT(column_count <= FEN_SHEET_COLUMN_COUNT_MAX);
    for (uint32_t column = 0; headers != NULL && column < column_count; column++)
        table.headers[column] = fen_str_from(headers[column]);
    FEN_ARENA_PUSH(sheet->arena, sheet->tables, sheet->table_count, sheet->table_capacity, table);
    return &sheet->tables[sheet->table_count - 1];
}

void fen_sheet_add_row(struct fen_sheet *sheet, struct fen_sheet_table *table,
                       const struct fen_str *cells, uint32_t count)
{
    struct fen_sheet_row row = {0};
    FEN_ASSERT(count <= table->column_count);
    for (uint32_t column = 0; column < count; column++)
        row.cells[column] = cells[column];
    FEN_ARENA_PUSH(sheet->arena, table->rows, table->row_count, table->row_capacity, row);
}

static uint32_t columns_of(struct fen_arena *arena, struct fen_str cell)
{
    struct fen_str copy = fen_arena_format(arena, "%.*s", FEN_STR_ARG(cell));
    return (uint32_t)fen_text_columns(copy.data);
}

static void append_cells(struct fen_arena *arena, const struct fen_str *cells,
                         const uint32_t *widths, uint32_t count, struct fen_buffer *out)
{
    uint32_t last = count;
    while (last > 0 && cells[last - 1].size == 0)
        last--;
    fen_buffer_append_str(out, FEN_STR(" "));
    for (uint32_t column = 0; column < last; column++) {
        fen_buffer_append_byte(out, ' ');
        fen_buffer_append_format(out, "%.*s", FEN_STR_ARG(cells[column]));
        uint32_t used = columns_of(arena, cells[column]);
        for (; column + 1 < last && used <= widths[column]; used++)
            fen_buffer_append_byte(out, ' ');
    }
    fen_buffer_append_byte(out, '\n');
}

static void append_table(const struct fen_sheet *sheet, const struct fen_sheet_table *table,
                         struct fen_buffer *out)
{
    uint32_t widths[FEN_SHEET_COLUMN_COUNT_MAX] = {0};
    for (uint32_t column = 0; column < table->column_count; column++) {
        widths[column] = columns_of(sheet->arena, table->headers[column]);
        for (uint32_t row = 0; row < table->row_count; row++) {
            uint32_t width = columns_of(sheet->arena, table->rows[row].cells[column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    fen_buffer_append_format(out, "\n%.*s\n", FEN_STR_ARG(table->title));
    if (fen_str_is_set(table->headers[0]))
        append_cells(sheet->arena, table->headers, widths, table->column_count, out);
    for (uint32_t row = 0; row < table->row_count; row++)
        append_cells(sheet->arena, table->rows[row].cells, widths, table->column_count, out);
}

void fen_sheet_append_text(const struct fen_sheet *sheet, struct fen_buffer *out)
{
    fen_buffer_append_format(out, "%.*s\n", FEN_STR_ARG(sheet->title));
    for (uint32_t index = 0; index < sheet->table_count; index++)
        append_table(sheet, &sheet->tables[index], out);
    for (const char *const *line = sheet->signatures; line != NULL && *line != NULL; line++)
        fen_buffer_append_format(out, "\n%s ______________________  %s ____________\n", *line,
                                 fen_language_pick("date", "日期"));
}

void fen_sheet_append_csv(const struct fen_sheet *sheet, struct fen_buffer *out)
{
    fen_csv_append_mark(out);
    fen_csv_append_row(out, &sheet->title, 1, FEN_CSV_NUMBER);
    for (uint32_t index = 0; index < sheet->table_count; index++) {
        const struct fen_sheet_table *table = &sheet->tables[index];
        fen_csv_append_row(out, NULL, 0, FEN_CSV_NUMBER);
        fen_csv_append_row(out, &table->title, 1, FEN_CSV_NUMBER);
        if (fen_str_is_set(table->headers[0]))
            fen_csv_append_row(out, table->headers, table->column_count, FEN_CSV_NUMBER);
        for (uint32_t row = 0; row < table->row_count; row++)
            fen_csv_append_row(out, table->rows[row].cells, table->column_count, FEN_CSV_NUMBER);
    }
}
