/*
 * csv: comma-separated values as spreadsheets read and write them.
 *
 * Written is UTF-8 with a byte order mark, without which Excel and WPS show Chinese as gibberish,
 * and lines end in CR LF. Read is UTF-8, with or without the mark, or GBK, which is what Excel
 * saves on a Chinese machine. In its safe form a cell that a spreadsheet would take for a number,
 * a date or a formula is written `="0012"`: it stays the text it is.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_CLI_TEXT_CSV_H
#define FEN_CLI_TEXT_CSV_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"

/* A cell, without quotes and `="…"`, trimmed. Rows and columns are counted from 1. */
struct fen_csv_row {
    struct fen_str *cells;
    uint32_t cell_count;
    uint32_t number; /* the sheet's row: a quoted cell may hold line ends */
};

struct fen_csv {
    struct fen_csv_row *rows; /* without those that are all empty */
    uint32_t row_count;
    bool is_gbk; /* it came as GBK */
};

enum fen_csv_status {
    FEN_CSV_OK,
    FEN_CSV_ENCODING, /* neither UTF-8 nor GBK */
    FEN_CSV_QUOTE,    /* a quote is not closed; *row_out says where it opens */
};

/* Read all of `bytes`; everything lives in `arena`. */
enum fen_csv_status fen_csv_read(struct fen_str bytes, struct fen_arena *arena,
                                 struct fen_csv *csv_out, uint32_t *row_out) FEN_MUST_USE;

/* The byte order mark that begins a file. */
void fen_csv_append_mark(struct fen_buffer *out);

/* One row; `is_safe`: as said above. */
void fen_csv_append_row(struct fen_buffer *out, const struct fen_str *cells, uint32_t count,
                        bool is_safe);

/* The letters of a column as sheets name it: 1 is A, 27 is AA. `out` has room for 8 bytes. */
const char *fen_csv_column(uint32_t column, char out[8]);

#endif /* FEN_CLI_TEXT_CSV_H */
