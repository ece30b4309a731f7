/* rate_header: see the header. */
#include "cli/plan/rate_header.h"

static const struct {
    uint32_t column;
    const char *english, *chinese;
} headers[] = {
    {FEN_RATE_ROLE, "role", "角色"},
    {FEN_RATE_RULE, "rule", "规则名"},
    {FEN_RATE_PAY, "pay", "佣金"},
    {FEN_RATE_PER_UNIT, "per_unit", "每件"},
    {FEN_RATE_PER_LINE, "per_line", "每行"},
    {FEN_RATE_PER_CUSTOMER, "per_customer", "每位"},
    {FEN_RATE_MODE, "mode", "方式"},
    {FEN_RATE_TIERS, "tiers", "阶梯"},
    {FEN_RATE_CAP_LINE, "cap line", "封顶每行"},
    {FEN_RATE_CAP_ORDER, "cap order", "封顶每单"},
    {FEN_RATE_EARNED, "earned", "计入"},
    {FEN_RATE_HOLD_FROM, "hold from", "冻结自"},
    {FEN_RATE_HOLD_DAYS, "hold days", "冻结天数"},
    {FEN_RATE_FUNDER, "funder", "承担"},
};

struct fen_str fen_rate_header(uint32_t column, enum fen_language language,
                               struct fen_arena *arena)
{
    bool is_chinese = language == FEN_LANGUAGE_CHINESE;
    for (size_t index = 0; index < sizeof headers / sizeof *headers; index++)
        if (headers[index].column == column)
            return fen_str_from(is_chinese ? headers[index].chinese : headers[index].english);
    bool is_when = column >= FEN_RATE_WHEN && column < FEN_RATE_PAY;
    const char *name =
        is_when ? fen_words_spell(&fen_when_keys, (int)(column - FEN_RATE_WHEN), language)
                : fen_words_spell(&fen_portion_roles, (int)(column - FEN_RATE_SPLIT), language);
    if (*name == '\0')
        return FEN_STR("");
    return fen_arena_format(arena, "%s%s",
                            is_when ? (is_chinese ? "当" : "when ")
                                    : (is_chinese ? "分成" : "split "),
                            name);
}

uint32_t fen_rate_column_of(struct fen_str header, struct fen_arena *arena)
{
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT && header.size > 0; column++)
        if (fen_str_equal(fen_rate_header(column, FEN_LANGUAGE_CHINESE, arena), header) ||
            fen_str_equal(fen_rate_header(column, FEN_LANGUAGE_ENGLISH, arena), header))
            return column;
    return FEN_RATE_COLUMN_COUNT;
}
