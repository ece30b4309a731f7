/* csv: see the header. */
#include "cli/text/csv.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/utf8.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

void fen_csv_append_mark(struct fen_buffer *out)
{
    fen_buffer_append(out, BYTE_ORDER_MARK, 3);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * Whether a spreadsheet would make something else of the text: a formula, a number that loses its
 * zeros or digits, a range or a list of numbers. Plain numbers and percentages stay themselves.
 */
static bool is_taken_for_other(struct fen_str text)
{
    if (text.size == 0)
        return false;
    if (memchr("=+-@", text.data[0], 4) != NULL)
        return true;
    if (!is_digit(text.data[0]))
        return false;
    uint32_t digits = 0, points = 0;
    for (uint32_t index = 0; index < text.size; index++) {
        digits += is_digit(text.data[index]);
        points += text.data[index] == '.';
    }
    bool is_number = digits + points == text.size && points <= 1;
    bool is_percentage = digits + points + 1 == text.size && text.data[text.size - 1] == '%';
    if (is_percentage)
        return false;
    return !is_number || digits > 11 || (text.data[0] == '0' && digits > 1 && points == 0);
}

static void append_quoted(struct fen_buffer *out, struct fen_str text)
{
    fen_buffer_append_byte(out, '"');
    for (uint32_t index = 0; index < text.size; index++) {
        if (text.data[index] == '"')
            fen_buffer_append_byte(out, '"');
        fen_buffer_append_byte(out, text.data[index]);
    }
    fen_buffer_append_byte(out, '"');
}

static void append_safe(struct fen_buffer *out, struct fen_str text)
{
    struct fen_buffer formula = {0};
    fen_buffer_append_byte(&formula, '=');
    append_quoted(&formula, text);
    append_quoted(out, fen_buffer_str(&formula));
    fen_buffer_deinit(&formula);
}

static void append_cell(struct fen_buffer *out, struct fen_str text, bool is_safe)
{
    bool needs_quotes = text.size > 0 && (text.data[0] == ' ' || text.data[text.size - 1] == ' ');
    for (uint32_t index = 0; index < text.size && !needs_quotes; index++)
        needs_quotes = memchr(",\"\r\n", text.data[index], 4) != NULL;
    if (is_safe && is_taken_for_other(text))
        append_safe(out, text);
    else if (needs_quotes)
        append_quoted(out, text);
    else if (text.size > 0)
        fen_buffer_append(out, text.data, text.size);
}

void fen_csv_append_row(struct fen_buffer *out, const struct fen_str *cells, uint32_t count,
                        bool is_safe)
{
    for (uint32_t index = 0; index < count; index++) {
        if (index > 0)
            fen_buffer_append_byte(out, ',');
        append_cell(out, cells[index], is_safe);
    }
    fen_buffer_append(out, "\r\n", 2);
}

const char *fen_csv_column(uint32_t column, char out[8])
{
    char reversed[8];
    uint32_t size = 0;
    for (; column > 0 && size < 7; column = (column - 1) / 26)
        reversed[size++] = (char)('A' + (column - 1) % 26);
    for (uint32_t index = 0; index < size; index++)
        out[index] = reversed[size - 1 - index];
    out[size] = '\0';
    return out;
}

/* GBK in UTF-8, in the arena; absent: it is no GBK either. GB 18030 is GBK and more. */
static struct fen_str from_gbk(struct fen_str bytes, struct fen_arena *arena)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1)
        return FEN_STR_NONE;
    size_t room = (size_t)bytes.size * 3 + 16, in_left = bytes.size, out_left = room;
    char *copy = fen_arena_allocate(arena, (size_t)bytes.size + 1);
    char *out = fen_arena_allocate(arena, room);
    memcpy(copy, bytes.data, bytes.size);
    char *in_at = copy, *out_at = out;
    size_t done = iconv(converter, &in_at, &in_left, &out_at, &out_left);
    (void)iconv_close(converter);
    if (done == (size_t)-1 || in_left > 0)
        return FEN_STR_NONE;
    return (struct fen_str){out, (uint32_t)(room - out_left)};
}

/* Where a reading stands. */
struct cursor {
    struct fen_str text;
    uint32_t offset;
    uint32_t row;        /* of the sheet */
    uint32_t quoted_row; /* where the open quote is; 0: none is left open */
    char *out;           /* where the next cell goes; all cells take no more than the text */
};

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* `="0012"` is how the safe form writes 0012, and how a spreadsheet may save it. */
static struct fen_str without_formula(struct fen_str text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct fen_str){text.data + 1, text.size - 1};
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    if (text.size >= 3 && memcmp(text.data, "=\"", 2) == 0 && text.data[text.size - 1] == '"')
        return (struct fen_str){text.data + 2, text.size - 3};
    return text;
}

/* The cell at the cursor, which then stands behind its comma or at the line's end. */
static struct fen_str read_cell(struct cursor *cursor, bool *is_last_out)
{
    struct fen_str text = cursor->text;
    char *out = cursor->out;
    uint32_t size = 0, opened_row = 0;
    bool is_formula = false; /* `="0012"` without outer quotes: its quotes belong to it */
    for (; cursor->offset < text.size; cursor->offset++) {
        char byte = text.data[cursor->offset];
        bool is_pair = opened_row != 0 && byte == '"' && cursor->offset + 1 < text.size &&
                       text.data[cursor->offset + 1] == '"';
        bool opens = size == 0 || (size == 1 && *out == '=');
        if (is_pair) {
            out[size++] = '"';
            cursor->offset++;
        } else if (byte == '"' && (opened_row != 0 || opens)) {
            is_formula = is_formula || (opened_row == 0 && size == 1);
            if (is_formula)
                out[size++] = '"';
            opened_row = opened_row == 0 ? cursor->row : 0;
        } else if (opened_row == 0 && (byte == ',' || is_line_end(byte))) {
            break;
        } else {
            cursor->row += byte == '\n';
            out[size++] = byte;
        }
    }
    cursor->out += size;
    cursor->quoted_row = opened_row;
    *is_last_out = cursor->offset == text.size || text.data[cursor->offset] != ',';
    if (!*is_last_out)
        cursor->offset++;
    return without_formula((struct fen_str){out, size});
}

static void skip_line_end(struct cursor *cursor)
{
    struct fen_str text = cursor->text;
    if (cursor->offset < text.size && text.data[cursor->offset] == '\r')
        cursor->offset++;
    if (cursor->offset < text.size && text.data[cursor->offset] == '\n')
        cursor->offset++;
    cursor->row++;
}

static struct fen_csv_row read_row(struct cursor *cursor, struct fen_arena *arena,
                                   bool *is_empty_out)
{
    struct fen_csv_row row = {.number = cursor->row};
    uint32_t capacity = 0;
    bool is_last = false;
    *is_empty_out = true;
    while (!is_last) {
        struct fen_str cell = read_cell(cursor, &is_last);
        FEN_ARENA_PUSH(arena, row.cells, row.cell_count, capacity, cell);
        *is_empty_out = *is_empty_out && cell.size == 0;
    }
    skip_line_end(cursor);
    return row;
}

enum fen_csv_status fen_csv_read(struct fen_str bytes, struct fen_arena *arena,
                                 struct fen_csv *csv_out, uint32_t *row_out)
{
    uint32_t capacity = 0;
    *csv_out = (struct fen_csv){0};
    if (bytes.size >= 3 && memcmp(bytes.data, BYTE_ORDER_MARK, 3) == 0)
        bytes = (struct fen_str){bytes.data + 3, bytes.size - 3};
    if (!fen_utf8_is_valid(bytes.data, bytes.size)) {
        bytes = from_gbk(bytes, arena);
        csv_out->is_gbk = true;
        if (!fen_str_is_set(bytes))
            return FEN_CSV_ENCODING;
    }
    struct cursor cursor = {.text = bytes, .row = 1};
    cursor.out = fen_arena_allocate(arena, (size_t)bytes.size + 1);
    while (cursor.offset < bytes.size) {
        bool is_empty;
        struct fen_csv_row row = read_row(&cursor, arena, &is_empty);
        if (cursor.quoted_row != 0) {
            *row_out = cursor.quoted_row;
            return FEN_CSV_QUOTE;
        }
        if (!is_empty)
            FEN_ARENA_PUSH(arena, csv_out->rows, csv_out->row_count, capacity, row);
    }
    return FEN_CSV_OK;
}
