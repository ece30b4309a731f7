/* lint: see lint.h. */
#include "plan/lint.h"

#include "plan/character.h"
#include "plan/mend.h"

#define CHARACTER_TAB        0x09
#define CHARACTER_WIDE_COLON 0xFF1A
#define BYTE_ORDER_MARK      "\xEF\xBB\xBF"

/* Where a scan stands. */
struct cursor {
    struct fen_str text;
    uint32_t offset;
    uint32_t width; /* of `character` */
    uint32_t line;
    uint32_t column;
    int32_t character;
};

/* Step to the next character; false at the end. Lines end as libyaml's do: LF, CR or CR LF. */
static bool cursor_advance(struct cursor *cursor)
{
    if (cursor->width > 0) {
        bool is_crlf = cursor->character == '\r' && cursor->offset + 1 < cursor->text.size
                       && cursor->text.data[cursor->offset + 1] == '\n';
        bool is_break = cursor->character == '\n' || (cursor->character == '\r' && !is_crlf);
        cursor->line += is_break;
        cursor->column = is_break ? 1 : cursor->column + 1;
    }
    cursor->offset += cursor->width;
    if (cursor->offset >= cursor->text.size)
        return false;
    cursor->character = fen_character_at(cursor->text, cursor->offset, &cursor->width);
    return true;
}

static struct cursor cursor_start(struct fen_str text)
{
    return (struct cursor){.text = text, .line = 1, .column = 1};
}

static struct fen_place cursor_place(const struct cursor *cursor)
{
    struct fen_str shown = {cursor->text.data + cursor->offset, cursor->width};
    return (struct fen_place){cursor->line, cursor->column, shown};
}

/* Characters that YAML does not let stand, or that break a line where no editor shows it. */
static bool is_refused(int32_t character)
{
    if (character == '\n' || character == '\r' || character == CHARACTER_TAB)
        return false;
    return fen_character_is_control(character) || character == 0x2028 || character == 0x2029
           || character == 0xFEFF || character == 0xFFFE || character == 0xFFFF;
}

static bool check_size(struct fen_str yaml, struct fen_diagnostics *diagnostics)
{
    if (yaml.size <= FEN_PLAN_SIZE_BYTES_MAX)
        return true;
    fen_diagnose(diagnostics, (struct fen_place){1, 1, FEN_STR_NONE},
                 "the file has more than %u bytes, the most of a plan; shorten it",
                 "文件超过一个方案最多的 %u 字节；请精简", FEN_PLAN_SIZE_BYTES_MAX);
    return false;
}

/* Report one character that cannot stay; whether the text can still be read. */
static bool check_character(const struct cursor *cursor, struct fen_diagnostics *diagnostics)
{
    if (cursor->character < 0) {
        /* The byte is no text, so there is none to show. */
        fen_diagnose(diagnostics, (struct fen_place){cursor->line, cursor->column, FEN_STR_NONE},
                     "not UTF-8 (byte 0x%02X); save the file as UTF-8",
                     "不是 UTF-8（字节 0x%02X）；请把文件另存为 UTF-8",
                     (unsigned)(uint8_t)cursor->text.data[cursor->offset]);
        return false;
    }
    if (!is_refused(cursor->character))
        return true;
    fen_diagnose(diagnostics, cursor_place(cursor), "an invisible character (U+%04X); delete it",
                 "不可见字符（U+%04X）；请删除", (unsigned)cursor->character);
    return false;
}

bool fen_lint_bytes(struct fen_str yaml, struct fen_arena *arena,
                    struct fen_diagnostics *diagnostics, struct fen_str *text_out)
{
    if (!check_size(yaml, diagnostics))
        return false;
    if (yaml.size >= 3 && memcmp(yaml.data, BYTE_ORDER_MARK, 3) == 0)
        yaml = (struct fen_str){yaml.data + 3, yaml.size - 3};
    char *copy = fen_arena_allocate(arena, (size_t)yaml.size + 1);
    if (yaml.size > 0)
        memcpy(copy, yaml.data, yaml.size);
    *text_out = (struct fen_str){copy, yaml.size};
    bool is_readable = true;
    uint32_t line_of_tab = 0, line_refused = 0;
    struct cursor cursor = cursor_start(yaml);
    while (cursor_advance(&cursor)) {
        if (cursor.character == CHARACTER_TAB) {
            copy[cursor.offset] = ' ';
            if (line_of_tab != cursor.line)
                fen_diagnose(diagnostics, cursor_place(&cursor), "a tab; use spaces",
                             "制表符（Tab）；请改用空格");
            line_of_tab = cursor.line;
        } else if (line_refused != cursor.line && !check_character(&cursor, diagnostics)) {
            line_refused = cursor.line;
            is_readable = false;
        }
    }
    return is_readable;
}

/* Whether a quote at the cursor opens a quoted scalar: it is the first sign of a value. */
static bool opens_quote(int32_t before)
{
    return before == 0 || before == ':' || before == CHARACTER_WIDE_COLON || before == '-'
           || before == '[' || before == '{' || before == ',';
}

/* What a scan for colons knows of the line it is in. */
struct quoting {
    int32_t quote;  /* the open quote; 0: none */
    int32_t before; /* the last character on the line that is no space; 0: none */
    bool is_after_space;
    bool is_comment;
};

static void quoting_advance(struct quoting *quoting, int32_t character)
{
    if (character == '\n' || character == '\r') {
        /* Over the end of a line no quote is believed: a lone one would hide the rest. */
        *quoting = (struct quoting){.is_after_space = true};
        return;
    }
    bool is_space = character == ' ';
    if (quoting->quote != 0) {
        if (character == quoting->quote)
            quoting->quote = 0;
    } else if ((character == '\'' || character == '"') && opens_quote(quoting->before)) {
        quoting->quote = character;
    } else if (character == '#' && quoting->is_after_space) {
        quoting->is_comment = true;
    }
    if (!is_space)
        quoting->before = character;
    quoting->is_after_space = is_space;
}

/* Whether a key's colon that ends at `end` has something other than a space behind it. */
static bool needs_space(struct fen_str text, uint32_t end)
{
    uint32_t width;
    if (end >= text.size)
        return false;
    int32_t next = fen_character_at(text, end, &width);
    return !fen_character_is_space(next) && !fen_character_is_invisible(next);
}

uint32_t fen_lint_colons(struct fen_str text, struct fen_arena *arena,
                         struct fen_diagnostics *diagnostics, struct fen_str *text_out)
{
    /* A colon of 3 bytes becomes 1 or 2, so the text never grows. */
    char *mended = fen_arena_allocate(arena, (size_t)text.size + 1);
    uint32_t size = 0, found = 0;
    struct quoting quoting = {.is_after_space = true};
    struct cursor cursor = cursor_start(text);
    while (cursor_advance(&cursor)) {
        quoting_advance(&quoting, cursor.character);
        if (cursor.character != CHARACTER_WIDE_COLON || quoting.is_comment) {
            memcpy(mended + size, text.data + cursor.offset, cursor.width);
            size += cursor.width;
            continue;
        }
        fen_diagnose(diagnostics, cursor_place(&cursor),
                     "a full-width colon; write `:` and a space",
                     "全角冒号；请改用半角冒号加一个空格");
        found++;
        mended[size++] = ':';
        /* Within quotes a colon is text, and needs no space. */
        if (quoting.quote == 0 && needs_space(text, cursor.offset + cursor.width))
            mended[size++] = CHARACTER_TAB;
    }
    *text_out = (struct fen_str){mended, size};
    return found;
}

/* A line that is not YAML, as it is looked through sign by sign. */
struct line_scan {
    struct cursor cursor;
    struct quoting quoting;
    char closing;     /* what the bracket opened last is to be closed by */
    uint32_t depth;   /* of brackets open on this line: commas part values there alone */
    bool has_colon;   /* a colon has been met: only the first can be a key's */
    bool is_in_blanks; /* the last character was a space that is none */
    uint32_t start;   /* where the first key or value of the line begins */
    bool is_begun;    /* it has */
    uint32_t found;
};

/* What a parenthesis was meant to open: a mapping where a colon stands before it is closed. */
static char opened_by(struct fen_str rest)
{
    for (uint32_t offset = 0, width; offset < rest.size; offset += width) {
        int32_t character = fen_character_at(rest, offset, &width);
        if (character == ':' || character == CHARACTER_WIDE_COLON)
            return '{';
        if (character == '\n' || character == 0xFF09)
            break;
    }
    return '[';
}

/* Looks like a space, or like nothing, and is no space to YAML. */
static bool is_odd_blank(int32_t character)
{
    return character >= 0x80 &&
           (fen_character_is_invisible(character) || fen_character_is_space(character));
}

/* What a full-width sign was meant to be in YAML; 0: none. */
static char meant_by(struct line_scan *scan)
{
    const struct cursor *cursor = &scan->cursor;
    uint32_t end = cursor->offset + cursor->width;
    bool is_first = opens_quote(scan->quoting.before);
    switch (cursor->character) {
    case 0xFF0C:
    case 0xFF1B:
    case 0x3001: return scan->depth > 0 ? ',' : 0;
    case 0xFF03: return scan->quoting.is_after_space ? '#' : 0;
    case 0x3010:
    case 0xFF3B: return is_first ? '[' : 0;
    case 0x3011:
    case 0xFF3D: return scan->depth > 0 ? ']' : 0;
    case 0xFF5B: return is_first ? '{' : 0;
    case 0xFF5D: return scan->depth > 0 ? '}' : 0;
    case 0xFF08:
        if (!is_first)
            return 0;
        return opened_by((struct fen_str){cursor->text.data + end, cursor->text.size - end});
    case 0xFF09: return scan->depth > 0 ? scan->closing : 0;
    case 0xFF0D:
    case 0x2013:
    case 0x2014: return scan->quoting.before == 0 && !needs_space(cursor->text, end) ? '-' : 0;
    default: break;
    }
    return is_first && is_odd_blank(cursor->character) ? ' ' : 0;
}

/* A bracket, as it is or as it was meant to be. */
static void count_bracket(struct line_scan *scan, int32_t sign)
{
    if (sign == '{' || sign == '[') {
        scan->depth++;
        scan->closing = sign == '{' ? '}' : ']';
    } else if ((sign == '}' || sign == ']') && scan->depth > 0) {
        scan->depth--;
    }
}

static void report_sign(const struct cursor *cursor, char meant,
                        struct fen_diagnostics *diagnostics)
{
    struct fen_place place = cursor_place(cursor);
    if (meant != ' ') {
        fen_diagnose(diagnostics, place, "full-width punctuation; write `%c`",
                     "全角标点；请改用半角“%c”", meant);
        return;
    }
    struct fen_str reason =
        fen_mend_reason(place.text, diagnostics->language, diagnostics->arena);
    struct cursor run = *cursor;
    while (cursor_advance(&run) && is_odd_blank(run.character))
        place.text.size += run.width;
    fen_diagnose(diagnostics, place, "%.*s; use common spaces", "%.*s；请改用半角空格",
                 FEN_STR_ARG(reason));
}

/*
 * Whether the colon at the cursor is a key's that lacks its space, the first of the line: reported,
 * with the line from the key on as it should be.
 */
static bool is_glued(struct line_scan *scan, struct fen_arena *arena,
                     struct fen_diagnostics *diagnostics)
{
    const struct cursor *cursor = &scan->cursor;
    uint32_t start = scan->start;
    if (cursor->character != ':' || scan->has_colon || scan->quoting.quote != 0)
        return false;
    scan->has_colon = true;
    uint32_t colon = cursor->offset + 1, end = colon;
    if (!needs_space(cursor->text, colon) || start == cursor->offset ||
        memchr(cursor->text.data + start, ' ', cursor->offset - start) != NULL)
        return false;
    while (end < cursor->text.size && cursor->text.data[end] != '\n' &&
           cursor->text.data[end] != '\r')
        end++;
    struct fen_str key = {cursor->text.data + start, colon - start};
    struct fen_str value = {cursor->text.data + colon, end - colon};
    struct fen_place place = cursor_place(cursor);
    place.text = fen_arena_format(arena, "%.*s%.*s", FEN_STR_ARG(key), FEN_STR_ARG(value));
    struct fen_str before = {cursor->text.data + start, cursor->offset - start};
    place.column -= fen_character_count(before);
    fen_diagnose(diagnostics, place, "no space behind the colon; write `%.*s %.*s`",
                 "冒号后缺空格；请写“%.*s %.*s”", FEN_STR_ARG(key), FEN_STR_ARG(value));
    return true;
}

/* The sign at the cursor: reported and mended, or as it is. */
static uint32_t mend_sign(struct line_scan *scan, struct fen_arena *arena,
                          struct fen_diagnostics *diagnostics, char *mended)
{
    const struct cursor *cursor = &scan->cursor;
    bool is_looked_at = scan->quoting.quote == 0 && !scan->quoting.is_comment;
    char meant = is_looked_at ? meant_by(scan) : 0;
    uint32_t size = cursor->width;
    if (is_looked_at)
        count_bracket(scan, meant != 0 ? meant : cursor->character);
    if (!scan->is_begun)
        scan->start = cursor->offset;
    scan->is_begun = scan->is_begun || cursor->character >= 0x80 ||
                     strchr(" -{[", (int)cursor->character) == NULL;
    if (meant != 0) {
        if (meant != ' ' || !scan->is_in_blanks)
            report_sign(cursor, meant, diagnostics);
        mended[0] = meant;
        size = 1;
    } else {
        memcpy(mended, cursor->text.data + cursor->offset, size);
    }
    bool is_key = meant == 0 && is_looked_at && is_glued(scan, arena, diagnostics);
    if (is_key)
        mended[size++] = CHARACTER_TAB;
    scan->is_in_blanks = meant == ' ';
    scan->found += meant != 0 || is_key;
    quoting_advance(&scan->quoting, meant != 0 ? meant : cursor->character);
    return size;
}

struct fen_str fen_lint_line_of(struct fen_str text, uint32_t line)
{
    uint32_t start = 0;
    for (; line > 1 && start < text.size; start++)
        line -= text.data[start] == '\n' ||
                (text.data[start] == '\r' &&
                 (start + 1 == text.size || text.data[start + 1] != '\n'));
    uint32_t end = start;
    while (end < text.size && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    return (struct fen_str){text.data + start, end - start};
}

bool fen_lint_step_back(struct fen_str text, struct fen_str *line)
{
    uint32_t end = (uint32_t)(line->data - text.data);
    if (end == 0)
        return false;
    end--;
    end -= text.data[end] == '\n' && end > 0 && text.data[end - 1] == '\r';
    uint32_t start = end;
    while (start > 0 && text.data[start - 1] != '\n' && text.data[start - 1] != '\r')
        start--;
    *line = (struct fen_str){text.data + start, end - start};
    return true;
}

uint32_t fen_lint_indentation(struct fen_str line)
{
    uint32_t count = 0;
    while (count < line.size && line.data[count] == ' ')
        count++;
    return count;
}

uint32_t fen_lint_line(struct fen_str text, uint32_t line, struct fen_arena *arena,
                       struct fen_diagnostics *diagnostics, struct fen_str *text_out)
{
    struct fen_str one = fen_lint_line_of(text, line);
    uint32_t start = (uint32_t)(one.data - text.data), end = start + one.size, size = start;
    struct line_scan scan = {.cursor = {.text = {text.data, end},
                                        .offset = start,
                                        .line = line,
                                        .column = 1},
                             .quoting = {.is_after_space = true}};
    /* A sign becomes one byte, and a line grows by the space behind its first colon. */
    char *mended = fen_arena_allocate(arena, (size_t)text.size + 1);
    memcpy(mended, text.data, start);
    while (cursor_advance(&scan.cursor))
        size += mend_sign(&scan, arena, diagnostics, mended + size);
    memcpy(mended + size, text.data + end, text.size - end);
    *text_out = (struct fen_str){mended, size + text.size - end};
    return scan.found;
}

bool fen_lint_leave_out(struct fen_str text, uint32_t line, struct fen_arena *arena,
                        struct fen_str *text_out)
{
    struct fen_str one = fen_lint_line_of(text, line);
    uint32_t indentation = fen_lint_indentation(one);
    if (indentation == one.size)
        return false;
    char *bytes = fen_arena_allocate(arena, text.size);
    memcpy(bytes, text.data, text.size);
    *text_out = (struct fen_str){bytes, text.size};
    do {
        uint32_t start = (uint32_t)(one.data - text.data), next = start + one.size;
        memset(bytes + start, ' ', one.size);
        while (next < text.size && (text.data[next] == '\n' || text.data[next] == '\r'))
            next++;
        one = fen_lint_line_of((struct fen_str){text.data + next, text.size - next}, 1);
    } while (fen_lint_indentation(one) > indentation && fen_lint_indentation(one) < one.size);
    return true;
}

uint32_t fen_lint_line_before(struct fen_str text, uint32_t line)
{
    struct fen_str one = fen_lint_line_of(text, line);
    while (fen_lint_step_back(text, &one)) {
        line--;
        if (fen_lint_indentation(one) < one.size)
            return line;
    }
    return 0;
}

uint32_t fen_lint_column(struct fen_str text, uint32_t line, uint32_t column)
{
    uint32_t inserted = 0;
    struct cursor cursor = cursor_start(text);
    while (cursor_advance(&cursor) && cursor.line <= line)
        inserted += cursor.line == line && cursor.column < column &&
                    cursor.character == CHARACTER_TAB;
    return column - inserted;
}
