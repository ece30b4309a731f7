/* lint: see lint.h. */
#include "plan/lint.h"

#include "plan/character.h"

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
                 "the file has %u bytes; a plan has at most %u",
                 "文件有 %u 字节；一个方案最多 %u 字节", yaml.size, FEN_PLAN_SIZE_BYTES_MAX);
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
        uint32_t next = cursor.offset + cursor.width;
        if (next < text.size && text.data[next] != ' ')
            mended[size++] = ' ';
    }
    *text_out = (struct fen_str){mended, size};
    return found;
}

/* What a full-width sign was meant to be in YAML; NULL: none. */
static const char *meant_by(int32_t character)
{
    switch (character) {
    case 0xFF0C: return ",";
    case 0x3001: return ",";
    case 0x3010:
    case 0xFF3B: return "[";
    case 0x3011:
    case 0xFF3D: return "]";
    case 0xFF5B: return "{";
    case 0xFF5D: return "}";
    default: return NULL;
    }
}

uint32_t fen_lint_punctuation(struct fen_str text, uint32_t line, struct fen_arena *arena,
                              struct fen_diagnostics *diagnostics, struct fen_str *text_out)
{
    /* A sign of 3 bytes becomes 1 or 2, so the text never grows. */
    char *mended = fen_arena_allocate(arena, (size_t)text.size + 1);
    uint32_t size = 0, found = 0;
    struct quoting quoting = {.is_after_space = true};
    struct cursor cursor = cursor_start(text);
    while (cursor_advance(&cursor)) {
        bool is_quoted = quoting.quote != 0;
        quoting_advance(&quoting, cursor.character);
        const char *meant = meant_by(cursor.character);
        if (meant == NULL || cursor.line != line || is_quoted || quoting.is_comment) {
            memcpy(mended + size, text.data + cursor.offset, cursor.width);
            size += cursor.width;
            continue;
        }
        fen_diagnose(diagnostics, cursor_place(&cursor), "full-width punctuation; write `%s`",
                     "全角标点；请改用半角“%s”", meant);
        found++;
        mended[size++] = meant[0];
        if (meant[0] == ',')
            mended[size++] = ' ';
    }
    *text_out = (struct fen_str){mended, size};
    return found;
}
