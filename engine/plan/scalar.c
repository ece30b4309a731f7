/* scalar: see scalar.h. */
#include "plan/scalar.h"

#include "model/event.h"
#include "model/period.h"

#define DIGIT_COUNT_MAX 18u /* of a whole number: fits int64_t */
#define OFFSET_MAX_MS   (14 * FEN_HOUR_MS)

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Take the digits at the front of *text; their count, the value in *value_out up to 18 digits. */
static uint32_t take_digits(struct fen_str *text, int64_t *value_out)
{
    uint32_t count = 0;
    int64_t value = 0;
    while (count < text->size && is_digit(text->data[count])) {
        if (count < DIGIT_COUNT_MAX)
            value = value * 10 + (text->data[count] - '0');
        count++;
    }
    *value_out = value;
    *text = (struct fen_str){text->data + count, text->size - count};
    return count;
}

/* Take exactly `count` digits and then `then` (0: nothing). */
static bool take_field(struct fen_str *text, uint32_t count, char then, int64_t *value_out)
{
    struct fen_str rest = *text;
    if (take_digits(&rest, value_out) != count)
        return false;
    if (then != 0) {
        if (rest.size == 0 || rest.data[0] != then)
            return false;
        rest = (struct fen_str){rest.data + 1, rest.size - 1};
    }
    *text = rest;
    return true;
}

/*
 * Take `123` or `123.45` from the front of *text, scaled by 10^decimals.
 * Returns: FORM, DECIMALS or RANGE; on OK and DECIMALS *text is what follows.
 */
static enum fen_scalar take_decimal(struct fen_str *text, uint32_t decimals, int64_t *value_out)
{
    int64_t whole, fraction = 0;
    uint32_t digit_count = take_digits(text, &whole);
    uint32_t fraction_count = 0;
    if (digit_count == 0)
        return FEN_SCALAR_FORM;
    if (text->size > 0 && text->data[0] == '.') {
        *text = (struct fen_str){text->data + 1, text->size - 1};
        fraction_count = take_digits(text, &fraction);
        if (fraction_count == 0)
            return FEN_SCALAR_FORM;
    }
    if (fraction_count > decimals)
        return FEN_SCALAR_DECIMALS;
    for (uint32_t index = fraction_count; index < decimals; index++)
        fraction *= 10;
    int64_t scale = 1;
    for (uint32_t index = 0; index < decimals; index++)
        scale *= 10;
    if (digit_count > DIGIT_COUNT_MAX || whole > (INT64_MAX - fraction) / scale)
        return FEN_SCALAR_RANGE;
    *value_out = whole * scale + fraction;
    return FEN_SCALAR_OK;
}

enum fen_scalar fen_scalar_whole(struct fen_str text, int64_t *value_out)
{
    int64_t value;
    uint32_t count = take_digits(&text, &value);
    if (count == 0 || text.size > 0)
        return FEN_SCALAR_FORM;
    if (count > DIGIT_COUNT_MAX)
        return FEN_SCALAR_RANGE;
    *value_out = value;
    return FEN_SCALAR_OK;
}

enum fen_scalar fen_scalar_money(struct fen_str text, uint32_t decimals, int64_t max,
                                 int64_t *amount_out)
{
    int64_t amount = 0;
    enum fen_scalar status = take_decimal(&text, decimals, &amount);
    bool is_unit =
        text.size == 0 || fen_str_equal(text, FEN_STR("元")) || fen_str_equal(text, FEN_STR(" 元"));
    if (status == FEN_SCALAR_FORM || !is_unit)
        return FEN_SCALAR_FORM;
    if (status != FEN_SCALAR_OK)
        return status;
    if (amount > max)
        return FEN_SCALAR_RANGE;
    *amount_out = amount;
    return FEN_SCALAR_OK;
}

enum fen_scalar fen_scalar_percent(struct fen_str text, int64_t *rate_ppm_out)
{
    int64_t rate_ppm = 0;
    /* One per cent is 10,000 ppm: four decimals of a percentage are whole ppm. */
    enum fen_scalar status = take_decimal(&text, 4, &rate_ppm);
    if (status == FEN_SCALAR_FORM || !fen_str_equal(text, FEN_STR("%")))
        return FEN_SCALAR_FORM;
    if (status != FEN_SCALAR_OK)
        return status;
    if (rate_ppm > FEN_PPM_WHOLE)
        return FEN_SCALAR_RANGE;
    *rate_ppm_out = rate_ppm;
    return FEN_SCALAR_OK;
}

enum fen_scalar fen_scalar_duration(struct fen_str text, int64_t *duration_ms_out)
{
    int64_t count, unit_ms;
    uint32_t digit_count = take_digits(&text, &count);
    if (digit_count == 0)
        return FEN_SCALAR_FORM;
    if (fen_str_equal(text, FEN_STR("d")) || fen_str_equal(text, FEN_STR("天")))
        unit_ms = FEN_DAY_MS;
    else if (fen_str_equal(text, FEN_STR("h")) || fen_str_equal(text, FEN_STR("小时")))
        unit_ms = FEN_HOUR_MS;
    else
        return FEN_SCALAR_FORM;
    if (digit_count > 6 || count == 0 || count * unit_ms > FEN_SCALAR_DAYS_MAX * FEN_DAY_MS)
        return FEN_SCALAR_RANGE;
    *duration_ms_out = count * unit_ms;
    return FEN_SCALAR_OK;
}

enum fen_scalar fen_scalar_offset(struct fen_str text, int64_t *offset_ms_out)
{
    int64_t hour, minute;
    if (text.size != 6 || (text.data[0] != '+' && text.data[0] != '-'))
        return FEN_SCALAR_FORM;
    bool is_west = text.data[0] == '-';
    text = (struct fen_str){text.data + 1, text.size - 1};
    if (!take_field(&text, 2, ':', &hour) || !take_field(&text, 2, 0, &minute))
        return FEN_SCALAR_FORM;
    int64_t offset_ms = hour * FEN_HOUR_MS + minute * (FEN_HOUR_MS / 60);
    if (minute > 59 || offset_ms > OFFSET_MAX_MS)
        return FEN_SCALAR_RANGE;
    *offset_ms_out = is_west ? -offset_ms : offset_ms;
    return FEN_SCALAR_OK;
}

/* The time of day behind a date: nothing, ` 10:30` or ` 10:30:15`. */
static enum fen_scalar read_clock(struct fen_str text, int64_t *clock_ms_out)
{
    int64_t hour, minute, second = 0;
    *clock_ms_out = 0;
    if (text.size == 0)
        return FEN_SCALAR_OK;
    if (text.data[0] != ' ')
        return FEN_SCALAR_FORM;
    text = (struct fen_str){text.data + 1, text.size - 1};
    bool has_second = text.size == 8;
    if (!take_field(&text, 2, ':', &hour) || !take_field(&text, 2, has_second ? ':' : 0, &minute))
        return FEN_SCALAR_FORM;
    if (has_second && !take_field(&text, 2, 0, &second))
        return FEN_SCALAR_FORM;
    if (text.size > 0)
        return FEN_SCALAR_FORM;
    if (hour > 23 || minute > 59 || second > 59)
        return FEN_SCALAR_RANGE;
    *clock_ms_out = ((hour * 60 + minute) * 60 + second) * 1000;
    return FEN_SCALAR_OK;
}

/* Whether the text is written like a date, whatever the numbers. */
static bool is_date_form(struct fen_str text)
{
    if (text.size < 10)
        return false;
    for (uint32_t index = 0; index < 10; index++)
        if (index == 4 || index == 7 ? text.data[index] != '-' : !is_digit(text.data[index]))
            return false;
    return true;
}

enum fen_scalar fen_scalar_time(struct fen_str text, int64_t offset_ms, int64_t *time_ms_out)
{
    int32_t date;
    int64_t clock_ms;
    if (!is_date_form(text))
        return FEN_SCALAR_FORM;
    struct fen_str rest = {text.data + 10, text.size - 10};
    enum fen_scalar status = read_clock(rest, &clock_ms);
    if (status != FEN_SCALAR_OK)
        return status;
    if (!fen_date_parse((struct fen_str){text.data, 10}, &date))
        return FEN_SCALAR_RANGE;
    int64_t time_ms = date * FEN_DAY_MS + clock_ms - offset_ms;
    if (time_ms < 0 || time_ms > FEN_TIME_MS_MAX)
        return FEN_SCALAR_RANGE;
    *time_ms_out = time_ms;
    return FEN_SCALAR_OK;
}

/* ISO 4217 codes whose minor unit is not a hundredth. */
static const struct {
    char code[4];
    uint32_t decimals;
} currencies[] = {
    {"BIF", 0}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"ISK", 0}, {"JPY", 0}, {"KMF", 0},
    {"KRW", 0}, {"PYG", 0}, {"RWF", 0}, {"UGX", 0}, {"UYI", 0}, {"VND", 0}, {"VUV", 0},
    {"XAF", 0}, {"XOF", 0}, {"XPF", 0}, {"BHD", 3}, {"IQD", 3}, {"JOD", 3}, {"KWD", 3},
    {"LYD", 3}, {"OMR", 3}, {"TND", 3}, {"CLF", 4}, {"UYW", 4},
};

bool fen_scalar_currency(struct fen_str text, uint32_t *decimals_out)
{
    if (text.size != 3)
        return false;
    for (uint32_t index = 0; index < 3; index++)
        if (text.data[index] < 'A' || text.data[index] > 'Z')
            return false;
    *decimals_out = 2;
    for (size_t index = 0; index < sizeof currencies / sizeof *currencies; index++)
        if (memcmp(currencies[index].code, text.data, 3) == 0)
            *decimals_out = currencies[index].decimals;
    return true;
}
