/* csv: see the header. */
#include "cli/text/csv.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cli/text/csv_encoding.h"
#include "plan/character.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define NUMBER_SIZE_MAX  11u
#define FORMULA_SIZE_MAX 255u /* of a text in a formula; a longer one is no number or date */
#define IS_EDGE(byte)   ((byte) == ' ' || (byte) == '\t')

void fen_csv_append_mark(struct fen_buffer *out)
{
    fen_buffer_append(out, BYTE_ORDER_MARK, 3);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * A number or a percentage that comes back with the same value: a spreadsheet shows eleven signs of
 * a number and two decimals of a percentage, and saves what it shows.
 */
static bool is_kept_number(struct fen_str text)
{
    bool is_percentage = text.size > 0 && text.data[text.size - 1] == '%';
    uint32_t size = text.size - is_percentage, whole = 0, decimals = 0;
    while (whole < size && is_digit(text.data[whole]))
        whole++;
    for (uint32_t index = whole + 1; index < size; index++, decimals++)
        if (!is_digit(text.data[index]))
            return false;
    if (whole == 0 || (whole > 1 && text.data[0] == '0') || size > NUMBER_SIZE_MAX)
        return false;
    if (whole == size)
        return true;
    return text.data[whole] == '.' && decimals > 0 && (!is_percentage || decimals <= 2);
}

/* A letter or an ideograph, but for those that are digits. */
static bool is_letter(int32_t character)
{
    static const int32_t digits[] = {0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94,
                                     0x516D, 0x4E03, 0x516B, 0x4E5D, 0x5341};
    for (size_t index = 0; index < sizeof digits / sizeof *digits; index++)
        if (digits[index] == character)
            return false;
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
           (character >= 0x3400 && character <= 0x9FFF);
}

/* Signs that change nothing behind a letter: those of ASCII and of Chinese, without digits. */
static bool is_punctuation(int32_t character)
{
    return (character >= ' ' && character < '0') || (character > '9' && character < 0x7F) ||
           (character >= 0x3001 && character <= 0x3020 && character != 0x3007) ||
           (character >= 0xFF01 && character < 0xFF10) || character == 0xFF1A ||
           character == 0xFF1B;
}

static bool is_truth_value(struct fen_str text)
{
    return (text.size == 4 && strncasecmp(text.data, "TRUE", 4) == 0) ||
           (text.size == 5 && strncasecmp(text.data, "FALSE", 5) == 0);
}

/*
 * A text that no spreadsheet rewrites. What begins otherwise or has a digit may be a number, a date
 * (Mar 5, SEPT1, 3月5日, 1-2), a time, an amount: there are too many forms to name them.
 */
static bool is_kept_text(struct fen_str text)
{
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        if (!is_letter(character) && (offset == 0 || !is_punctuation(character)))
            return false;
    }
    return !is_truth_value(text);
}

static bool is_taken_for_other(struct fen_str text, enum fen_csv_form form)
{
    if (form == FEN_CSV_PLAIN || text.size == 0)
        return false;
    if (memchr("=+-@", text.data[0], 4) != NULL)
        return true;
    if (form == FEN_CSV_TEXT)
        return text.size <= FORMULA_SIZE_MAX && !is_kept_text(text);
    return is_digit(text.data[0]) && !is_kept_number(text);
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

static void append_text(struct fen_buffer *out, struct fen_str text, enum fen_csv_form form)
{
    bool needs_quotes = false;
    for (uint32_t index = 0; index < text.size && !needs_quotes; index++)
        needs_quotes = memchr(",\"\r\n", text.data[index], 4) != NULL;
    if (is_taken_for_other(text, form))
        append_safe(out, text);
    else if (needs_quotes)
        append_quoted(out, text);
    else if (text.size > 0)
        fen_buffer_append(out, text.data, text.size);
}

void fen_csv_append_cell(struct fen_buffer *out, struct fen_str text, enum fen_csv_form form,
                         bool is_first)
{
    if (!is_first)
        fen_buffer_append_byte(out, ',');
    append_text(out, text, form);
}

void fen_csv_append_end(struct fen_buffer *out)
{
    fen_buffer_append(out, "\r\n", 2);
}

void fen_csv_append_row(struct fen_buffer *out, const struct fen_str *cells, uint32_t count,
                        enum fen_csv_form form)
{
    for (uint32_t index = 0; index < count; index++)
        fen_csv_append_cell(out, cells[index], form, index == 0);
    fen_csv_append_end(out);
}

bool fen_csv_is_kept(struct fen_str text)
{
    if (text.size == 0)
        return true;
    return !IS_EDGE(text.data[0]) && !IS_EDGE(text.data[text.size - 1]) &&
           (text.size < 2 || memcmp(text.data, "=\"", 2) != 0);
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

/*
 * `="0012"` is how the safe form writes 0012, and how a spreadsheet may save it; quotes within are
 * written twice. The text is changed where it stands.
 */
static struct fen_str without_formula(char *text, uint32_t size)
{
    uint32_t count = 0;
    for (; size > 0 && IS_EDGE(*text); size--)
        text++;
    while (size > 0 && IS_EDGE(text[size - 1]))
        size--;
    if (size < 3 || memcmp(text, "=\"", 2) != 0 || text[size - 1] != '"')
        return (struct fen_str){text, size};
    for (uint32_t index = 2; index + 1 < size; index++) {
        text[count++] = text[index];
        index += text[index] == '"' && index + 2 < size && text[index + 1] == '"';
    }
    return (struct fen_str){text, count};
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
            if (is_formula)
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
    return without_formula(out, size);
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

enum fen_csv_status fen_csv_read(struct fen_str bytes, struct fen_str known,
                                 struct fen_arena *arena, struct fen_csv *csv_out,
                                 uint32_t *row_out)
{
    uint32_t capacity = 0;
    *csv_out = (struct fen_csv){0};
    struct cursor cursor = {.row = 1};
    enum fen_csv_status status = fen_csv_decode(bytes, known, arena, &cursor.text);
    if (status != FEN_CSV_OK)
        return status;
    cursor.out = fen_arena_allocate(arena, (size_t)cursor.text.size + 1);
    while (cursor.offset < cursor.text.size) {
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
