/* period: see period.h. Civil dates after Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms": years begin in March, so that the leap day is the last of its year. */
#include "model/period.h"

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;
    return value % divisor < 0 ? quotient - 1 : quotient;
}

int32_t fen_date_of(int64_t time_ms, int64_t offset_ms)
{
    return (int32_t)floor_divide(time_ms + offset_ms, FEN_DAY_MS);
}

int32_t fen_date_from_civil(int32_t year, int32_t month, int32_t day)
{
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t era = floor_divide(march_year, 400);
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)(era * 146097 + day_of_era - 719468);
}

static void date_to_civil(int32_t date, int32_t *year, int32_t *month, int32_t *day)
{
    int64_t shifted = (int64_t)date + 719468;
    int64_t era = floor_divide(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int32_t)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int32_t)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int32_t)(year_of_era + era * 400 + (*month <= 2));
}

int32_t fen_period_of(int64_t time_ms, int64_t offset_ms)
{
    int32_t year, month, day;
    date_to_civil(fen_date_of(time_ms, offset_ms), &year, &month, &day);
    return year * 12 + month - 1;
}

int32_t fen_period_first_date(int32_t period)
{
    return fen_date_from_civil(period / 12, period % 12 + 1, 1);
}

/* `value` as `count` decimal digits; returns the end. */
static char *digits_write(char *cursor, int32_t value, uint32_t count)
{
    for (uint32_t index = count; index-- > 0; value /= 10)
        cursor[index] = (char)('0' + value % 10);
    return cursor + count;
}

/* "YYYY-MM"; the fifth digit of a year beyond 9999 is there for a hold that ends so late. */
static char *month_write(char *cursor, int32_t year, int32_t month)
{
    cursor = digits_write(cursor, year, year > 9999 ? 5 : 4);
    *cursor++ = '-';
    return digits_write(cursor, month, 2);
}

size_t fen_period_format(int32_t period, char out[FEN_DATE_TEXT_BYTES])
{
    char *end = month_write(out, period / 12, period % 12 + 1);
    *end = '\0';
    return (size_t)(end - out);
}

size_t fen_date_format(int32_t date, char out[FEN_DATE_TEXT_BYTES])
{
    int32_t year, month, day;
    date_to_civil(date, &year, &month, &day);
    char *end = month_write(out, year, month);
    *end++ = '-';
    end = digits_write(end, day, 2);
    *end = '\0';
    return (size_t)(end - out);
}

/* `count` decimal digits at `text`, or -1. */
static int32_t digits_parse(const char *text, uint32_t count)
{
    int32_t value = 0;
    for (uint32_t index = 0; index < count; index++) {
        if (text[index] < '0' || text[index] > '9')
            return -1;
        value = value * 10 + (text[index] - '0');
    }
    return value;
}

bool fen_period_parse(struct fen_str text, int32_t *period_out)
{
    if (text.size != 7 || text.data[4] != '-')
        return false;
    int32_t year = digits_parse(text.data, 4);
    int32_t month = digits_parse(text.data + 5, 2);
    if (year < 1970 || month < 1 || month > 12)
        return false;
    *period_out = year * 12 + month - 1;
    return true;
}

bool fen_date_parse(struct fen_str text, int32_t *date_out)
{
    int32_t period;
    if (text.size != 10 || text.data[7] != '-')
        return false;
    if (!fen_period_parse((struct fen_str){text.data, 7}, &period))
        return false;
    int32_t day = digits_parse(text.data + 8, 2);
    int32_t first = fen_period_first_date(period);
    if (day < 1 || day > fen_period_first_date(period + 1) - first)
        return false;
    *date_out = first + day - 1;
    return true;
}
