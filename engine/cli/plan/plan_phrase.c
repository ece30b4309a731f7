/* plan_phrase: see the header; limits, bonuses and tasks are in plan_phrase_table.c. */
#include "cli/plan/plan_phrase.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/event.h"
#include "model/period.h"
#include "plan/case.h"
#include "plan/character.h"
#include "plan/words.h"

struct fen_str fen_phrase_joined(struct fen_arena *arena, struct fen_str list,
                                 const char *separator, struct fen_str item)
{
    if (list.size == 0)
        return item;
    if (item.size == 0)
        return list;
    return fen_arena_format(arena, "%.*s%s%.*s", FEN_STR_ARG(list), separator, FEN_STR_ARG(item));
}

struct fen_str fen_phrase_plain_money(struct fen_arena *arena, const struct fen_plan *plan,
                                      int64_t amount_fen)
{
    int64_t scale = 1;
    for (uint32_t index = 0; index < plan->currency_decimals; index++)
        scale *= 10;
    const char *sign = amount_fen < 0 ? "-" : "";
    int64_t size = amount_fen < 0 ? -amount_fen : amount_fen;
    if (scale == 1)
        return fen_arena_format(arena, "%s%" PRId64, sign, size);
    return fen_arena_format(arena, "%s%" PRId64 ".%0*" PRId64, sign, size / scale,
                            (int)plan->currency_decimals, size % scale);
}

struct fen_str fen_phrase_money(struct fen_arena *arena, const struct fen_plan *plan,
                                int64_t amount_fen)
{
    struct fen_str plain = fen_phrase_plain_money(arena, plan, amount_fen);
    const char *point = memchr(plain.data, '.', plain.size);
    uint32_t whole = point == NULL ? plain.size : (uint32_t)(point - plain.data);
    uint32_t first = amount_fen < 0 ? 1 : 0;
    char text[64];
    uint32_t size = 0;
    for (uint32_t index = 0; index < plain.size && size + 2 < sizeof text; index++) {
        if (index > first && index < whole && (whole - index) % 3 == 0)
            text[size++] = ',';
        text[size++] = plain.data[index];
    }
    return fen_arena_copy(arena, (struct fen_str){text, size});
}

struct fen_str fen_phrase_rate(struct fen_arena *arena, int64_t rate_ppm)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRId64 ".%04" PRId64, rate_ppm / 10000,
                        rate_ppm % 10000);
    while (size > 0 && text[size - 1] == '0')
        size--;
    if (size > 0 && text[size - 1] == '.')
        size--;
    return fen_arena_format(arena, "%.*s%%", size, text);
}

struct fen_str fen_phrase_time(struct fen_arena *arena, const struct fen_plan *plan,
                               int64_t time_ms)
{
    int32_t day = fen_date_of(time_ms, plan->offset_ms);
    int64_t second = (time_ms + plan->offset_ms - day * FEN_DAY_MS) / 1000;
    char date[FEN_DATE_TEXT_BYTES];
    (void)fen_date_format(day, date);
    struct fen_str text = fen_arena_format(arena, "%s %02d:%02d", date, (int)(second / 3600),
                                           (int)(second / 60 % 60));
    if (second % 60 != 0)
        text = fen_arena_format(arena, "%.*s:%02d", FEN_STR_ARG(text), (int)(second % 60));
    return text;
}

struct fen_str fen_phrase_duration(struct fen_arena *arena, int64_t duration_ms)
{
    if (duration_ms % FEN_DAY_MS == 0)
        return fen_arena_format(arena, "%" PRId64 "%s", duration_ms / FEN_DAY_MS,
                                fen_language_pick(" days", " 天"));
    return fen_arena_format(arena, "%" PRId64 "%s", duration_ms / FEN_HOUR_MS,
                            fen_language_pick(" hours", " 小时"));
}

static struct fen_str end_text(struct fen_arena *arena, const struct fen_plan *plan, int64_t value,
                               bool is_money)
{
    if (value == INT64_MIN || value == INT64_MAX)
        return FEN_STR("");
    return is_money ? fen_phrase_plain_money(arena, plan, value)
                    : fen_arena_format(arena, "%" PRId64, value);
}

struct fen_str fen_phrase_range(struct fen_arena *arena, const struct fen_plan *plan,
                                const struct fen_range *range, bool is_money)
{
    struct fen_str from = end_text(arena, plan, range->from, is_money);
    if (range->from == range->to)
        return from;
    struct fen_str to = end_text(arena, plan, range->to, is_money);
    return fen_arena_format(arena, "%.*s..%.*s", FEN_STR_ARG(from), FEN_STR_ARG(to));
}

/* What parts our sentences, or is not seen. */
static bool is_mark(int32_t character)
{
    static const int32_t marks[] = {',', ';', ':', '"', 0x3001, 0xFF0C, 0xFF1B, 0xFF1A, 0x201C,
                                    0x201D};
    for (size_t index = 0; index < sizeof marks / sizeof *marks; index++)
        if (character == marks[index])
            return true;
    return fen_character_is_invisible(character);
}

static bool needs_quotes(struct fen_str text)
{
    static const char *const ours[] = {"none", "all", "无", "全部"};
    for (size_t index = 0; index < sizeof ours / sizeof *ours; index++)
        if (fen_str_equal(text, fen_str_from(ours[index])))
            return true;
    uint32_t width;
    for (uint32_t offset = 0; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        bool is_edge = offset == 0 || offset + width == text.size;
        if (is_mark(character) || (character != ' ' && fen_character_is_space(character)) ||
            (character == ' ' && (is_edge || text.data[offset + 1] == ' ')))
            return true;
    }
    return text.size == 0;
}

struct fen_str fen_phrase_quoted(struct fen_arena *arena, struct fen_str text)
{
    if (!needs_quotes(text))
        return text;
    struct fen_str open = fen_str_from(fen_language_pick("\"", "“"));
    struct fen_str close = fen_str_from(fen_language_pick("\"", "”"));
    struct fen_str quoted = open;
    uint32_t width;
    for (uint32_t offset = 0; offset < text.size; offset += width) {
        (void)fen_character_at(text, offset, &width);
        struct fen_str one = {text.data + offset, width};
        bool is_quote = fen_str_equal(one, open) || fen_str_equal(one, close);
        quoted = fen_arena_format(arena, "%.*s%.*s%.*s", FEN_STR_ARG(quoted), FEN_STR_ARG(one),
                                  is_quote ? (int)width : 0, one.data);
    }
    return fen_arena_format(arena, "%.*s%.*s", FEN_STR_ARG(quoted), FEN_STR_ARG(close));
}

/* An event has a kind of store by its English name; people read it in theirs. */
struct fen_str fen_phrase_value(uint32_t key, struct fen_str text)
{
    const struct fen_word *word =
        key == FEN_DIMENSION_STORE_KIND ? fen_words_find(&fen_store_kind_words, text) : NULL;
    return word == NULL ? text
                        : fen_str_from(fen_language_pick(word->english, word->chinese));
}

static struct fen_str condition_text(struct fen_arena *arena, const struct fen_plan *plan,
                                     const struct fen_rule *rule, uint32_t key,
                                     const char *separator, bool is_quoted)
{
    struct fen_str list = FEN_STR("");
    for (uint32_t index = 0; key < FEN_DIMENSION_TEXT_COUNT && index < rule->condition_count;
         index++) {
        const struct fen_condition *condition = &rule->conditions[index];
        for (uint32_t at = 0;
             (uint32_t)condition->dimension == key && at < condition->symbol_count; at++) {
            struct fen_str value = fen_phrase_value(key, condition->texts[at]);
            list = fen_phrase_joined(arena, list, separator,
                                     is_quoted ? fen_phrase_quoted(arena, value) : value);
        }
    }
    if (key < FEN_DIMENSION_TEXT_COUNT)
        return list;
    for (const struct fen_range *range = fen_plan_range(rule, key); range != NULL;
         range = range->next)
        list = fen_phrase_joined(
            arena, list, separator,
            fen_phrase_range(arena, plan, range, key == FEN_WHEN_KEY_BASE));
    return list;
}

struct fen_str fen_phrase_condition(struct fen_arena *arena, const struct fen_plan *plan,
                                    const struct fen_rule *rule, uint32_t key,
                                    const char *separator)
{
    return condition_text(arena, plan, rule, key, separator, false);
}

struct fen_str fen_phrase_when(struct fen_arena *arena, const struct fen_plan *plan,
                               const struct fen_rule *rule)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t key = 0; key < fen_when_keys.count; key++) {
        struct fen_str values =
            condition_text(arena, plan, rule, key, fen_language_pick(", ", "、"), true);
        if (values.size == 0)
            continue;
        struct fen_str part =
            fen_arena_format(arena, "%s %.*s",
                             fen_words_spell(&fen_when_keys, (int)key, fen_language()),
                             FEN_STR_ARG(values));
        text = fen_phrase_joined(arena, text, fen_language_pick("; ", "；"), part);
    }
    return text.size > 0 ? text : fen_str_from(fen_language_pick("all", "全部"));
}

static struct fen_str tiers_text(struct fen_arena *arena, const struct fen_plan *plan,
                                 const struct fen_pay *pay)
{
    struct fen_str text = fen_str_from(
        fen_words_spell(&fen_mode_words, pay->is_flat ? 1 : 0, fen_language()));
    for (uint32_t index = 0; index < pay->tier_count; index++) {
        struct fen_str from = fen_phrase_money(arena, plan, pay->tiers[index].from_fen);
        struct fen_str rate = fen_phrase_rate(arena, pay->tiers[index].rate_ppm);
        text = fen_arena_format(arena, "%.*s%s%.*s%s%.*s", FEN_STR_ARG(text),
                                index == 0 ? " " : fen_language_pick(", ", "，"),
                                FEN_STR_ARG(from), fen_language_pick(" and more: ", " 起 "),
                                FEN_STR_ARG(rate));
    }
    return text;
}

struct fen_str fen_phrase_pay(struct fen_arena *arena, const struct fen_plan *plan,
                              const struct fen_rule *rule)
{
    const char *per = "";
    switch (rule->pay.kind) {
    case FEN_PAY_PERCENT: return fen_phrase_rate(arena, rule->pay.rate_ppm);
    case FEN_PAY_TIERS: return tiers_text(arena, plan, &rule->pay);
    case FEN_PAY_PER_UNIT: per = fen_language_pick("a piece", "每件"); break;
    case FEN_PAY_PER_LINE: per = fen_language_pick("a line", "每行"); break;
    case FEN_PAY_PER_CUSTOMER: per = fen_language_pick("a customer", "每位"); break;
    }
    struct fen_str money = fen_phrase_money(arena, plan, rule->pay.amount_fen);
    if (fen_language() == FEN_LANGUAGE_CHINESE)
        return fen_arena_format(arena, "%s %.*s", per, FEN_STR_ARG(money));
    return fen_arena_format(arena, "%.*s %s", FEN_STR_ARG(money), per);
}

struct fen_str fen_phrase_cap(struct fen_arena *arena, const struct fen_plan *plan,
                              const struct fen_rule *rule)
{
    struct fen_str text = FEN_STR("");
    if (rule->cap_line_fen != FEN_NONE)
        text = fen_arena_format(arena, "%s %.*s", fen_language_pick("line", "每行"),
                                FEN_STR_ARG(fen_phrase_money(arena, plan, rule->cap_line_fen)));
    if (rule->cap_order_fen == FEN_NONE)
        return text;
    struct fen_str order =
        fen_arena_format(arena, "%s %.*s", fen_language_pick("order", "每单"),
                         FEN_STR_ARG(fen_phrase_money(arena, plan, rule->cap_order_fen)));
    return fen_phrase_joined(arena, text, fen_language_pick(", ", "，"), order);
}

struct fen_str fen_phrase_split(struct fen_arena *arena, const struct fen_rule *rule)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t index = 0; index < rule->split_count; index++) {
        struct fen_str rate = fen_phrase_rate(arena, rule->splits[index].rate_ppm);
        struct fen_str part = fen_arena_format(
            arena, "%s %.*s",
            fen_words_spell(&fen_portion_roles, (int)rule->splits[index].portion, fen_language()),
            FEN_STR_ARG(rate));
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "，"), part);
    }
    return text;
}

struct fen_str fen_phrase_earned(const struct fen_rule *rule)
{
    if (rule->role == FEN_ROLE_RECRUIT)
        return fen_str_from(fen_language_pick("registered", "注册"));
    return fen_str_from(fen_words_spell(&fen_fact_words, (int)rule->earned, fen_language()));
}

struct fen_str fen_phrase_hold(struct fen_arena *arena, const struct fen_rule *rule)
{
    if (rule->hold_from == FEN_FACT_NONE)
        return FEN_STR("");
    const char *fact = fen_words_spell(&fen_fact_words, (int)rule->hold_from, fen_language());
    return fen_language() == FEN_LANGUAGE_CHINESE
               ? fen_arena_format(arena, "%s后 %d 天", fact, rule->hold_days)
               : fen_arena_format(arena, "%d days from %s", rule->hold_days, fact);
}

struct fen_str fen_phrase_funder(const struct fen_rule *rule)
{
    return fen_phrase_role(rule->funder);
}

struct fen_str fen_phrase_role(enum fen_role role)
{
    return fen_str_from(fen_words_spell(&fen_case_roles, (int)role, fen_language()));
}

struct fen_str fen_phrase_roles(struct fen_arena *arena, const enum fen_role *roles, uint32_t count)
{
    struct fen_str text = FEN_STR("");
    for (uint32_t index = 0; index < count; index++)
        text = fen_phrase_joined(arena, text, fen_language_pick(", ", "、"),
                                 fen_phrase_role(roles[index]));
    return text;
}
