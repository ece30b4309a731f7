/*
 * sheet: titled tables for people, written as text, as one HTML page, or as CSV.
 *
 * Threads: one; texts are borrowed, the arena is the caller's.
 */
#ifndef FEN_CLI_TEXT_SHEET_H
#define FEN_CLI_TEXT_SHEET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"

#define FEN_SHEET_COLUMN_COUNT_MAX 12u

struct fen_sheet_row {
    struct fen_str cells[FEN_SHEET_COLUMN_COUNT_MAX];
};

struct fen_sheet_table {
    struct fen_str title;
    struct fen_str headers[FEN_SHEET_COLUMN_COUNT_MAX]; /* absent: the table has none */
    uint32_t column_count;
    struct fen_sheet_row *rows;
    uint32_t row_count, row_capacity;
};

struct fen_sheet {
    struct fen_arena *arena;
    struct fen_str title;
    struct fen_sheet_table *tables;
    uint32_t table_count, table_capacity;
    const char *const *signatures; /* lines to sign on, NULL-terminated; NULL: none */
};

/* Begin a table; its headers, one for each column (absent: none). Valid until the next table. */
struct fen_sheet_table *fen_sheet_add_table(struct fen_sheet *sheet, const char *title,
                                            const char *const *headers, uint32_t column_count);

/* Append a row; cells that are not given are empty. */
void fen_sheet_add_row(struct fen_sheet *sheet, struct fen_sheet_table *table,
                       const struct fen_str *cells, uint32_t count);

/* The whole sheet, in the language chosen. CSV begins with a byte order mark (see csv.h). */
void fen_sheet_append_text(const struct fen_sheet *sheet, struct fen_buffer *out);
void fen_sheet_append_html(const struct fen_sheet *sheet, struct fen_buffer *out);
void fen_sheet_append_csv(const struct fen_sheet *sheet, struct fen_buffer *out);

/* A text with HTML's signs escaped. */
void fen_html_append(struct fen_buffer *out, struct fen_str text);

#endif /* FEN_CLI_TEXT_SHEET_H */
