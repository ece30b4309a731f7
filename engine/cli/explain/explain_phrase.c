/* explain_phrase: how times, amounts and rates are written for people. See explain_text.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/explain/explain_text.h"
#include "model/period.h"

#define DIGIT_COUNT_MAX 8 /* of an amount, behind those of the currency */

void fen_explain_say(struct fen_buffer *out, const char *english, const char *chinese, ...)
{
    const char *format = fen_language_pick(english, chinese);
    va_list arguments, again;
    va_start(arguments, chinese);
    va_copy(again, arguments);
    bool is_chinese = format == chinese;
    int size = is_chinese ? vsnprintf(NULL, 0, chinese, arguments)
                          : vsnprintf(NULL, 0, english, arguments);
    FEN_ASSERT(size >= 0);
    char *end = fen_buffer_reserve(out, (size_t)size + 1);
    if (is_chinese)
        (void)vsnprintf(end, (size_t)size + 1, chinese, again);
    else
        (void)vsnprintf(end, (size_t)size + 1, english, again);
    out->size_bytes += (size_t)size;
    va_end(again);
    va_end(arguments);
}

const char *fen_explain_time(const struct fen_explanation *explanation, int64_t time_ms)
{
    int64_t offset_ms =
        explanation->plan == NULL ? FEN_OFFSET_DEFAULT_MS : explanation->plan->offset_ms;
    int32_t day = fen_date_of(time_ms, offset_ms);
    int64_t rest_ms = time_ms + offset_ms - day * FEN_DAY_MS;
    char date[FEN_DATE_TEXT_BYTES];
    (void)fen_date_format(day, date);
    struct fen_str text = fen_arena_format(
        explanation->arena, "%s %02d:%02d:%02d", date, (int)(rest_ms / FEN_HOUR_MS),
        (int)(rest_ms / 60000 % 60), (int)(rest_ms / 1000 % 60));
    if (rest_ms % 1000 != 0)
        text = fen_arena_format(explanation->arena, "%s.%03d", text.data, (int)(rest_ms % 1000));
    return text.data;
}

const char *fen_explain_duration(const struct fen_explanation *explanation, int64_t duration_ms)
{
    static const struct {
        int64_t unit_ms;
        const char *english, *chinese;
    } units[] = {{FEN_DAY_MS, "d", " 天"}, {FEN_HOUR_MS, "h", " 小时"}, {60000, "min", " 分"},
                 {1000, "s", " 秒"},       {1, "ms", " 毫秒"}};
    struct fen_arena *arena = explanation->arena;
    if (duration_ms == 0)
        return fen_language_pick("0 ms", "0 毫秒");
    const char *text = "";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t count = duration_ms / units[i].unit_ms;
        duration_ms %= units[i].unit_ms;
        if (count != 0)
            text = fen_arena_format(arena, "%s%s%" PRId64 "%s", text, *text == '\0' ? "" : " ",
                                    count, fen_language_pick(units[i].english, units[i].chinese))
                       .data;
    }
    return text;
}

static uint32_t currency_decimals(const struct fen_explanation *explanation)
{
    return explanation->plan == NULL ? 2 : explanation->plan->currency_decimals;
}

const char *fen_explain_money(const struct fen_explanation *explanation, int64_t amount_fen)
{
    uint32_t decimals = currency_decimals(explanation);
    uint64_t unit = 1, size = amount_fen < 0 ? 0 - (uint64_t)amount_fen : (uint64_t)amount_fen;
    for (uint32_t i = 0; i < decimals; i++)
        unit *= 10;
    char digits[32], grouped[48];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, size / unit);
    char *at = grouped;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    const char *sign = amount_fen < 0 ? "-" : "";
    if (decimals == 0)
        return fen_arena_format(explanation->arena, "%s%s", sign, grouped).data;
    return fen_arena_format(explanation->arena, "%s%s.%0*" PRIu64, sign, grouped, (int)decimals,
                            size % unit)
        .data;
}

const char *fen_explain_exact(const struct fen_explanation *explanation, struct fen_exact amount,
                              fen_uint128 scale)
{
    fen_uint128 part = amount.part;
    const char *whole = fen_explain_money(explanation, amount.whole);
    char digits[DIGIT_COUNT_MAX + 1];
    uint32_t count = 0;
    while (part != 0 && count < DIGIT_COUNT_MAX) {
        part *= 10;
        digits[count++] = (char)('0' + (int)(part / scale));
        part %= scale;
    }
    digits[count] = '\0';
    return fen_arena_format(explanation->arena, "%s%s%s%s", whole,
                            count > 0 && currency_decimals(explanation) == 0 ? "." : "", digits,
                            part != 0 ? "…" : "")
        .data;
}

const char *fen_explain_rate(const struct fen_explanation *explanation, int64_t rate_ppm)
{
    struct fen_str text = fen_arena_format(explanation->arena, "%" PRId64 ".%04" PRId64,
                                           rate_ppm / 10000, rate_ppm % 10000);
    while (text.data[text.size - 1] == '0')
        text.size--;
    if (text.data[text.size - 1] == '.')
        text.size--;
    return fen_arena_format(explanation->arena, "%.*s%%", FEN_STR_ARG(text)).data;
}
