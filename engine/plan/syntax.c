/* syntax: see syntax.h. */
#include "plan/syntax.h"

#include "plan/character.h"
#include "plan/lint.h"

#define NO_COLON     "could not find expected ':'"
#define OPEN_QUOTE   "found unexpected end of stream"
#define OPEN_BRACKET "did not find expected ',' or"
#define NO_VALUES    "mapping values are not allowed"
#define NO_TOKEN     "cannot start any token"
/* What libyaml does not tell apart. */
#define SECOND_COLON "a second ': ' in brackets"
#define GLUED_DASH   "no space after '-'"
#define EXTRA_BRACE  "no '{' is open"
#define EXTRA_SQUARE "no '[' is open"
#define NO_PERCENT   "'%' before a number"
#define NO_ESCAPE    "unknown escape"

/* libyaml's words name no mend; these do, by a part of them. */
static const struct {
    const char *problem;
    const char *english;
    const char *chinese;
} mends[] = {
    {NO_COLON, "this is no `key: value`; add the colon and a space behind it",
     "这一行不是“键: 值”；请补上冒号和它后面的空格"},
    {OPEN_BRACKET,
     "the bracket is not closed, or a comma is missing in it; add it",
     "括号没有配对，或里面缺逗号；请补上"},
    {OPEN_QUOTE, "the quote is not closed; add it", "引号没有配对；请补上"},
    {NO_VALUES,
     "no value can stand here; align the line with its like, or put a text with `: ` in quotes",
     "这里不能再有“键: 值”；请与同级的行对齐，文本里有“: ”的请加引号"},
    {"found unexpected ':'", "a value is missing behind the colon; write one",
     "冒号后面缺值；请补上"},
    {"did not find expected key", "the line stands too far left or right; align it with its like",
     "缩进没有对齐；请与同级的行对齐"},
    {"did not find expected '-' indicator",
     "`- ` is needed here, or the line stands too far left or right",
     "这里需要以“- ”开头，或缩进没有对齐"},
    {SECOND_COLON, "no second `: ` can stand here; put the text in quotes, or a comma before a key",
     "这里不能再有“: ”；文本请加引号，另起一个键请在前面加逗号"},
    {GLUED_DASH, "a space is missing behind `-`; write `- `", "“-”后缺空格；请写“- ”"},
    {EXTRA_BRACE, "this bracket closes nothing; delete `}`", "多了一个括号；请删去“}”"},
    {EXTRA_SQUARE, "this bracket closes nothing; delete `]`", "多了一个括号；请删去“]”"},
    {NO_TOKEN, "no text can begin with this character; put the text in quotes",
     "文本不能以这个字符开头；请给文本加引号"},
    {NO_PERCENT, "the percent sign stands behind its number; write it there, as `3%`",
     "百分号写在数字后面，例如“3%”；请改到后面"},
    {NO_ESCAPE, "no escape begins so; write `\\\\` for a backslash",
     "没有这样的转义；反斜杠请写“\\\\”"},
};

static bool is_of_alignment(const struct fen_syntax *syntax)
{
    return strstr(syntax->problem, "did not find expected key") != NULL ||
           strstr(syntax->problem, "did not find expected '-' indicator") != NULL;
}

/* The byte of a line at which a column begins. */
static uint32_t offset_of(struct fen_str line, uint32_t column)
{
    uint32_t offset = 0, width;
    for (; column > 1 && offset < line.size; offset += width, column--)
        (void)fen_character_at(line, offset, &width);
    return offset;
}

/* A key without its colon goes on, to YAML, as a text on the line below it. */
static void blame_key(struct fen_str text, struct fen_syntax *syntax)
{
    struct fen_str line = fen_lint_line_of(text, syntax->line);
    uint32_t below = fen_lint_indentation(line);
    for (uint32_t number = syntax->line - 1; fen_lint_step_back(text, &line); number--) {
        uint32_t indentation = fen_lint_indentation(line);
        if (indentation == line.size || line.data[indentation] == '#')
            continue;
        if (indentation <= below && line.data[indentation] != '-' &&
            memchr(line.data, ':', line.size) == NULL) {
            syntax->line = number;
            syntax->column = indentation + 1;
            syntax->problem = NO_COLON;
        }
        return;
    }
}

static uint32_t count_of(struct fen_str line, char sign, uint32_t *last_out)
{
    uint32_t count = 0;
    for (uint32_t offset = 0; offset < line.size; offset++)
        if (line.data[offset] == sign) {
            *last_out = offset;
            count++;
        }
    return count;
}

/* A quote left open ends, to YAML, where the next one is meant to begin. */
static void blame_quote(struct fen_str text, struct fen_syntax *syntax)
{
    struct fen_str line = fen_lint_line_of(text, syntax->line);
    uint32_t end = offset_of(line, syntax->column);
    char quote = end > 0 ? line.data[end - 1] : 0;
    if (quote != '"' && quote != '\'')
        return;
    for (uint32_t number = syntax->line - 1; fen_lint_step_back(text, &line); number--) {
        uint32_t last = 0;
        if (count_of(line, quote, &last) % 2 == 0)
            continue;
        syntax->line = number;
        syntax->column = fen_character_count((struct fen_str){line.data, last}) + 1;
        syntax->problem = OPEN_QUOTE;
        return;
    }
}

/* The last bracket of a line that is open behind it, as an offset; line.size: none is. */
static uint32_t find_open(struct fen_str line)
{
    uint32_t closed = 0;
    for (uint32_t offset = line.size; offset > 0; offset--) {
        char sign = line.data[offset - 1];
        closed += sign == '}' || sign == ']';
        if ((sign == '{' || sign == '[') && closed == 0)
            return offset - 1;
        closed -= sign == '{' || sign == '[';
    }
    return line.size;
}

/* Behind a comma a bracket left open goes on, to YAML, with the lines below it. */
static void blame_bracket(struct fen_str text, struct fen_syntax *syntax)
{
    struct fen_str line = fen_lint_line_of(text, syntax->line);
    if (fen_lint_indentation(line) + 1 != syntax->column)
        return;
    for (uint32_t number = syntax->line - 1; fen_lint_step_back(text, &line); number--) {
        uint32_t open = find_open(line);
        if (open == line.size)
            continue;
        syntax->line = number;
        syntax->column = fen_character_count((struct fen_str){line.data, open}) + 1;
        syntax->problem = OPEN_BRACKET;
        return;
    }
}

static char sign_at(struct fen_str text, uint32_t line_number, uint32_t column)
{
    struct fen_str line = fen_lint_line_of(text, line_number);
    uint32_t offset = offset_of(line, column);
    return offset < line.size ? line.data[offset] : 0;
}

static bool is_digit(char sign)
{
    return sign >= '0' && sign <= '9';
}

static bool begins_with_dash(struct fen_str line)
{
    uint32_t start = fen_lint_indentation(line);
    return start + 1 < line.size && line.data[start] == '-' && line.data[start + 1] != ' ' &&
           line.data[start + 1] != '-';
}

/* `-name: a` is a key to YAML, and the line below it goes on with its text. */
static bool blame_dash(struct fen_str text, struct fen_syntax *syntax)
{
    struct fen_str line = fen_lint_line_of(text, syntax->line);
    uint32_t number = syntax->line;
    if (!begins_with_dash(line)) {
        number = fen_lint_line_before(text, number);
        line = fen_lint_line_of(text, number);
        if (number == 0 || !begins_with_dash(line))
            return false;
    }
    syntax->line = number;
    syntax->column = fen_lint_indentation(line) + 1;
    syntax->problem = GLUED_DASH;
    return true;
}

/* The backslash of an escape, of which libyaml may have read more. */
static void blame_escape(struct fen_str text, struct fen_syntax *syntax)
{
    while (syntax->column > 1 && sign_at(text, syntax->line, syntax->column) != '\\')
        syntax->column--;
    syntax->problem = NO_ESCAPE;
}

static bool is_of_escape(const struct fen_syntax *syntax)
{
    return strstr(syntax->problem, "unknown escape character") != NULL ||
           strstr(syntax->problem, "expected hexdecimal number") != NULL ||
           strstr(syntax->problem, "Unicode character escape") != NULL;
}

/* Slips that the sign at fault tells. */
static bool blame_sign(struct fen_str text, struct fen_syntax *syntax)
{
    char sign = sign_at(text, syntax->line, syntax->column);
    bool is_second = strstr(syntax->problem, OPEN_BRACKET) != NULL &&
                     syntax->line == syntax->line_noticed &&
                     sign_at(text, syntax->line, syntax->column_noticed) == ':';
    if (is_of_escape(syntax)) {
        blame_escape(text, syntax);
    } else if (is_second) {
        syntax->column = syntax->column_noticed;
        syntax->problem = SECOND_COLON;
    } else if (is_of_alignment(syntax) && (sign == '}' || sign == ']')) {
        syntax->problem = sign == '}' ? EXTRA_BRACE : EXTRA_SQUARE;
    } else if (strstr(syntax->problem, NO_TOKEN) != NULL) {
        if (sign == '%' && is_digit(sign_at(text, syntax->line, syntax->column + 1)))
            syntax->problem = NO_PERCENT;
    } else {
        return fen_syntax_may_follow(syntax) && blame_dash(text, syntax);
    }
    return true;
}

void fen_syntax_blame(struct fen_str text, struct fen_syntax *syntax)
{
    if (syntax->line == 0 || blame_sign(text, syntax))
        return;
    if (strstr(syntax->problem, NO_VALUES) != NULL)
        blame_key(text, syntax);
    else if (strstr(syntax->problem, "did not find expected node content") != NULL)
        blame_bracket(text, syntax);
    else if (strstr(syntax->problem, NO_COLON) == NULL)
        blame_quote(text, syntax);
}

bool fen_syntax_may_follow(const struct fen_syntax *syntax)
{
    return is_of_alignment(syntax) || strstr(syntax->problem, NO_VALUES) != NULL;
}

bool fen_syntax_is_same(const struct fen_syntax *before, const struct fen_syntax *syntax)
{
    return is_of_alignment(syntax) && before->line > 0 && before->column == syntax->column &&
           strcmp(before->problem, syntax->problem) == 0;
}

void fen_syntax_report(struct fen_str text, const struct fen_syntax *syntax,
                       struct fen_diagnostics *diagnostics)
{
    bool is_chinese = diagnostics->language == FEN_LANGUAGE_CHINESE;
    const char *mend = is_chinese
                           ? "请检查：“:”或“-”后是否缺空格、缩进是否对齐、引号或括号是否成对"
                           : "look for a missing space after `:` or `-`, uneven indentation, an "
                             "open quote or bracket";
    for (size_t index = 0; index < sizeof mends / sizeof *mends; index++)
        if (strstr(syntax->problem, mends[index].problem) != NULL)
            mend = is_chinese ? mends[index].chinese : mends[index].english;
    struct fen_str line = fen_lint_line_of(text, syntax->line);
    uint32_t start = offset_of(line, syntax->column);
    struct fen_place place = {syntax->line, syntax->column,
                              {line.data + start, line.size - start}};
    fen_diagnose(diagnostics, place, "not YAML: %s", "不是合法的 YAML：%s", mend);
}
