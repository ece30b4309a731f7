/*
 * csv: comma-separated values as spreadsheets read and write them.
 *
 * Written is UTF-8 with a byte order mark, without which Excel and WPS show Chinese as gibberish,
 * and lines end in CR LF. Read is UTF-8, with or without the mark, or GBK, which is what Excel
 * saves on a Chinese machine. A cell that a spreadsheet might take for something else and save
 * otherwise (a number without its zeros, a date, a formula) is written `="0012"`: it stays the text
 * it is.
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
};

/* How cells are guarded against being taken for something else. */
enum fen_csv_form {
    FEN_CSV_PLAIN,  /* not at all */
    FEN_CSV_NUMBER, /* numbers stay numbers, to be reckoned with, where their value comes back */
    FEN_CSV_TEXT,   /* ids and names: whatever is not surely left as it is */
};

enum fen_csv_status {
    FEN_CSV_OK,
    FEN_CSV_ENCODING, /* neither UTF-8 nor GBK */
    FEN_CSV_AMBIGUOUS, /* both, and different */
    FEN_CSV_QUOTE,    /* a quote is not closed; *row_out says where it opens */
};

/*
 * Read all of `bytes`; everything lives in `arena`. `known` is the text the sheet was made of, for
 * bytes that two encodings can read (csv_encoding.h).
 */
enum fen_csv_status fen_csv_read(struct fen_str bytes, struct fen_str known,
                                 struct fen_arena *arena, struct fen_csv *csv_out,
                                 uint32_t *row_out) FEN_MUST_USE;

/* The byte order mark that begins a file. */
void fen_csv_append_mark(struct fen_buffer *out);

/* One row. */
void fen_csv_append_row(struct fen_buffer *out, const struct fen_str *cells, uint32_t count,
                        enum fen_csv_form form);

/* A row whose cells have forms of their own: each cell, then the end. */
void fen_csv_append_cell(struct fen_buffer *out, struct fen_str text, enum fen_csv_form form,
                         bool is_first);
void fen_csv_append_end(struct fen_buffer *out);

/* Whether a text comes back from a cell: no space at an end, no `="` in front. */
bool fen_csv_is_kept(struct fen_str text);

/* The letters of a column as sheets name it: 1 is A, 27 is AA. `out` has room for 8 bytes. */
const char *fen_csv_column(uint32_t column, char out[8]);

#endif /* FEN_CLI_TEXT_CSV_H */
