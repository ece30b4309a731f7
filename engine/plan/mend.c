/* mend: see mend.h. */
#include "plan/mend.h"

#include "plan/character.h"

/* Signs whose ASCII form is no twin at a fixed distance; "" for those that are left out. */
static const struct {
    int32_t character;
    const char *ascii;
} signs[] = {
    {0x3002, "."},  {0x3001, ","},  {0x3010, "["},  {0x3011, "]"},  {0x3014, "["},  {0x3015, "]"},
    {0x201C, "\""}, {0x201D, "\""}, {0x2018, "'"},  {0x2019, "'"},  {0x2012, "-"},  {0x2013, "-"},
    {0x2014, "-"},  {0x2015, "-"},  {0x2212, "-"},  {0xFE63, "-"},  {0x301C, "~"},  {0x223C, "~"},
    {0xFFE5, "¥"},  {0xA5, "¥"},    {0x2026, "..."},
};

/* The ASCII form of a sign; NULL: it stays as it is. `one` holds that of a twin. */
static const char *ascii_of(int32_t character, char one[2])
{
    if (fen_character_is_control(character) || fen_character_is_invisible(character))
        return character == '\n' || character == '\r' ? " " : "";
    if (fen_character_is_space(character))
        return " ";
    if (character >= 0xFF01 && character <= 0xFF5E) {
        one[0] = (char)(character - 0xFF01 + '!');
        one[1] = 0;
        return one;
    }
    for (size_t index = 0; index < sizeof signs / sizeof *signs; index++)
        if (signs[index].character == character)
            return signs[index].ascii;
    return NULL;
}

struct fen_str fen_mend_text(struct fen_str text, bool is_pair, struct fen_arena *arena)
{
    /* A sign of n bytes becomes at most n, with the space behind it too. */
    char *mended = fen_arena_allocate(arena, (size_t)text.size + 1);
    uint32_t size = 0;
    bool is_owed = false; /* a space, unless one stands there */
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        char one[2];
        int32_t character = fen_character_at(text, offset, &width);
        const char *ascii = ascii_of(character, one);
        if (is_owed && !fen_character_is_space(character))
            mended[size++] = ' ';
        is_owed = ascii != NULL && width > 1
                  && (ascii[0] == ',' || (is_pair && ascii[0] == ':'));
        struct fen_str shown = {text.data + offset, width};
        if (ascii != NULL)
            shown = fen_str_from(ascii);
        memcpy(mended + size, shown.data, shown.size);
        size += shown.size;
    }
    return fen_str_trim((struct fen_str){mended, size});
}

struct fen_str fen_mend_blanks(struct fen_str text, struct fen_arena *arena)
{
    char *mended = fen_arena_allocate(arena, (size_t)text.size + 1);
    uint32_t size = 0;
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        char one[2];
        bool is_blank = fen_character_is_space(character) || fen_character_is_control(character)
                        || fen_character_is_invisible(character);
        struct fen_str shown = {text.data + offset, width};
        if (is_blank)
            shown = fen_str_from(ascii_of(character, one));
        memcpy(mended + size, shown.data, shown.size);
        size += shown.size;
    }
    return fen_str_trim((struct fen_str){mended, size});
}

static bool is_digit_at(struct fen_str text, uint32_t offset)
{
    return offset < text.size && text.data[offset] >= '0' && text.data[offset] <= '9';
}

/* Whether the comma at an offset parts thousands: a digit before it, three behind it. */
static bool is_thousands_comma(struct fen_str text, uint32_t offset)
{
    uint32_t from = offset + 1;
    while (from < text.size && text.data[from] == ' ')
        from++;
    return offset > 0 && is_digit_at(text, offset - 1) && is_digit_at(text, from)
           && is_digit_at(text, from + 1) && is_digit_at(text, from + 2)
           && !is_digit_at(text, from + 3);
}

/* A space between two digits parts two numbers; any other is only in the way. */
static bool is_idle_space(struct fen_str text, uint32_t offset)
{
    return offset == 0 || !is_digit_at(text, offset - 1) || !is_digit_at(text, offset + 1);
}

struct fen_str fen_mend_number(struct fen_str text, struct fen_arena *arena)
{
    struct fen_str plain = fen_mend_text(text, false, arena);
    char *mended = fen_arena_allocate(arena, (size_t)plain.size + 1);
    uint32_t size = 0;
    for (uint32_t offset = 0; offset < plain.size; offset++) {
        char byte = plain.data[offset];
        bool is_currency = offset + 1 < plain.size && memcmp(plain.data + offset, "¥", 2) == 0;
        if (byte == ',' && is_thousands_comma(plain, offset)) {
            while (offset + 1 < plain.size && plain.data[offset + 1] == ' ')
                offset++;
        } else if (is_currency) {
            offset++;
        } else if (byte != '"' && byte != '\'' && (byte != ' ' || !is_idle_space(plain, offset))) {
            mended[size++] = byte;
        }
    }
    return (struct fen_str){mended, size};
}

bool fen_mend_is_number(struct fen_str mended)
{
    for (uint32_t offset = 0; offset < mended.size; offset++)
        if (!is_digit_at(mended, offset) && mended.data[offset] != '.')
            return false;
    return is_digit_at(mended, 0);
}

/* The bytes at an offset that stand for `to`; 0: none do. */
static uint32_t until_at(struct fen_str text, uint32_t offset)
{
    static const char *const words[] = {"...", "..", "~", "-", "至", "到"};
    for (size_t index = 0; index < sizeof words / sizeof *words; index++) {
        struct fen_str word = fen_str_from(words[index]);
        if (offset + word.size <= text.size
            && memcmp(text.data + offset, word.data, word.size) == 0)
            return word.size;
    }
    return 0;
}

struct fen_str fen_mend_range(struct fen_str text, struct fen_arena *arena)
{
    struct fen_str plain = fen_mend_number(text, arena);
    uint32_t offset = 0, width = 0;
    while (offset < plain.size && (width = until_at(plain, offset)) == 0)
        offset++;
    if (width == 0)
        return plain;
    uint32_t end = offset + width;
    while ((width = until_at(plain, end)) > 0)
        end += width;
    return fen_arena_format(arena, "%.*s..%.*s", (int)offset, plain.data, (int)(plain.size - end),
                            plain.data + end);
}

/* The numbers of a date and a time of day, in their order. */
struct clock {
    unsigned parts[6];
    uint32_t count;
};

static bool read_clock(struct fen_str text, struct clock *clock)
{
    static const char *const between[] = {"-", "/", ".", ":", " ", "T", "年", "月", "日", "时",
                                          "分", "秒"};
    *clock = (struct clock){0};
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        unsigned part = 0;
        for (width = 0; width < 4 && is_digit_at(text, offset + width); width++)
            part = part * 10 + (unsigned)(text.data[offset + width] - '0');
        if (width > 0 && clock->count == 6)
            return false;
        if (width > 0)
            clock->parts[clock->count++] = part;
        for (size_t index = 0; width == 0 && index < sizeof between / sizeof *between; index++) {
            struct fen_str word = fen_str_from(between[index]);
            if (offset + word.size <= text.size
                && memcmp(text.data + offset, word.data, word.size) == 0)
                width = word.size;
        }
        if (width == 0)
            return false;
    }
    return true;
}

struct fen_str fen_mend_time(struct fen_str text, struct fen_arena *arena)
{
    struct clock clock;
    struct fen_str plain = fen_mend_text(text, false, arena);
    if (!read_clock(plain, &clock) || (clock.count != 3 && clock.count < 5))
        return plain;
    const unsigned *parts = clock.parts;
    struct fen_str date =
        fen_arena_format(arena, "%04u-%02u-%02u", parts[0], parts[1], parts[2]);
    if (clock.count == 3)
        return date;
    struct fen_str minutes =
        fen_arena_format(arena, "%.*s %02u:%02u", FEN_STR_ARG(date), parts[3], parts[4]);
    return clock.count == 5
               ? minutes
               : fen_arena_format(arena, "%.*s:%02u", FEN_STR_ARG(minutes), parts[5]);
}

static struct fen_str invisible_reason(int32_t character, bool is_chinese, struct fen_arena *arena)
{
    const char *what = is_chinese ? "不可见字符" : "an invisible character";
    if (character == 0x3000)
        what = is_chinese ? "全角空格" : "a full-width space";
    else if (character == '\n' || character == '\r')
        what = is_chinese ? "换行" : "a line break";
    else if (fen_character_is_space(character))
        what = is_chinese ? "特殊空格" : "a space that is none to YAML";
    return fen_arena_format(arena, is_chinese ? "%s（U+%04X）" : "%s (U+%04X)", what,
                            (unsigned)character);
}

struct fen_str fen_mend_reason(struct fen_str text, enum fen_language language,
                               struct fen_arena *arena)
{
    bool is_chinese = language == FEN_LANGUAGE_CHINESE;
    struct fen_str reason = FEN_STR_NONE;
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        char one[2];
        if (character == 0xFF05)
            return is_chinese ? FEN_STR("全角百分号") : FEN_STR("a full-width percent sign");
        if (character == 0xFF1A)
            return is_chinese ? FEN_STR("全角冒号") : FEN_STR("a full-width colon");
        if (reason.size > 0 || character == ' ' || ascii_of(character, one) == NULL)
            continue;
        if (fen_character_is_control(character) || fen_character_is_invisible(character)
            || fen_character_is_space(character))
            reason = invisible_reason(character, is_chinese, arena);
        else if (character > 0x7F)
            reason = is_chinese ? FEN_STR("全角数字或符号") : FEN_STR("full-width digits or signs");
    }
    return reason;
}
