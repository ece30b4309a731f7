/* reader_number: the numbers of a plan, with the mend for those written otherwise. See reader.h. */
#include "plan/character.h"
#include "plan/mend.h"
#include "plan/reader.h"
#include "plan/scalar.h"

/* How a number is written, in both languages; what a text of another form may have meant by it. */
struct form {
    const char *english;
    const char *chinese;
    struct fen_str (*mend)(struct fen_str text, struct fen_arena *arena);
    bool (*fits)(const struct fen_reader *reader, struct fen_str text);
};

static bool fits_whole(const struct fen_reader *reader, struct fen_str text)
{
    int64_t value;
    (void)reader;
    return fen_scalar_whole(text, &value) == FEN_SCALAR_OK;
}

static bool fits_money(const struct fen_reader *reader, struct fen_str text)
{
    int64_t amount;
    uint32_t decimals = reader->plan->currency_decimals;
    return fen_scalar_money(text, decimals, FEN_AMOUNT_MAX, &amount) == FEN_SCALAR_OK;
}

static bool fits_percent(const struct fen_reader *reader, struct fen_str text)
{
    int64_t rate_ppm;
    (void)reader;
    return fen_scalar_percent(text, &rate_ppm) == FEN_SCALAR_OK;
}

static bool fits_duration(const struct fen_reader *reader, struct fen_str text)
{
    int64_t duration_ms;
    (void)reader;
    return fen_scalar_duration(text, &duration_ms) == FEN_SCALAR_OK;
}

static enum fen_scalar parse_range(const struct fen_reader *reader, struct fen_str text,
                                   bool is_money, struct fen_range *range);

static bool fits_range(const struct fen_reader *reader, struct fen_str text)
{
    struct fen_range range;
    return parse_range(reader, text, false, &range) == FEN_SCALAR_OK;
}

static bool fits_money_range(const struct fen_reader *reader, struct fen_str text)
{
    struct fen_range range;
    return parse_range(reader, text, true, &range) == FEN_SCALAR_OK;
}

static const struct form whole_form = {"needed here: a whole number, as `12`",
                                       "这里需要整数，例如“12”", fen_mend_number, fits_whole};
static const struct form money_form = {"needed here: an amount, as `200.00`",
                                       "这里需要金额，例如“200.00”或“200 元”", fen_mend_number,
                                       fits_money};
static const struct form percent_form = {"needed here: a percentage, as `4.5%`",
                                         "这里需要百分比，例如“4.5%”", fen_mend_number,
                                         fits_percent};
static const struct form duration_form = {"needed here: a duration, as `7d` or `12h`",
                                          "这里需要时长，例如“7天”或“12小时”", fen_mend_number,
                                          fits_duration};
static const struct form range_form = {
    "needed here: a number or a range, as `3`, `3..10`, `3..`, `..10`",
    "这里需要数或范围，例如“3”、“3..10”、“3..”、“..10”", fen_mend_range, fits_range};
static const struct form money_range_form = {
    "needed here: an amount or a range, as `3`, `3.00..10.00`, `3.00..`, `..10.00`",
    "这里需要金额或范围，例如“3”、“3.00..10.00”、“3.00..”、“..10.00”", fen_mend_range,
    fits_money_range};

/* `3%  ＃ a` -> `3% # a`: to YAML a full-width sign begins no comment. FEN_STR_NONE: it is none. */
static struct fen_str mend_comment(const struct fen_reader *reader, struct fen_str text,
                                   const struct form *form)
{
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        if (fen_character_at(text, offset, &width) != 0xFF03)
            continue;
        struct fen_str mended = form->mend((struct fen_str){text.data, offset}, reader->scratch);
        uint32_t end = offset + width;
        return form->fits(reader, mended)
                   ? fen_arena_format(reader->scratch, "%.*s #%.*s", FEN_STR_ARG(mended),
                                      (int)(text.size - end), text.data + end)
                   : FEN_STR_NONE;
    }
    return FEN_STR_NONE;
}

/* A number that is not written as it should be; its mend where that would be read. */
static void refuse_form(struct fen_reader *reader, const struct fen_node *node,
                        const struct form *form)
{
    struct fen_str text = fen_character_clip(node->place.text, 64);
    struct fen_str mended = form->mend(text, reader->scratch);
    if (!form->fits(reader, mended))
        mended = mend_comment(reader, text, form);
    fen_reader_refuse(reader, node->place, mended, form->english, form->chinese);
}

bool fen_reader_whole(struct fen_reader *reader, const struct fen_node *node, int64_t min,
                      int64_t max, int64_t *value_out)
{
    struct fen_str text;
    int64_t value = 0;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status = fen_scalar_whole(text, &value);
    if (status == FEN_SCALAR_FORM) {
        refuse_form(reader, node, &whole_form);
        return false;
    }
    if (status != FEN_SCALAR_OK || value < min || value > max) {
        fen_diagnose(reader->diagnostics, node->place,
                     "out of bounds; from %lld to %lld can stand here",
                     "超出范围；可写 %lld 到 %lld", (long long)min, (long long)max);
        return false;
    }
    *value_out = value;
    return true;
}

/* `amount` minor units in the major unit, `1,000` written `10.00`. */
static struct fen_str money_text(struct fen_reader *reader, int64_t amount)
{
    int64_t scale = 1;
    uint32_t decimals = reader->plan->currency_decimals;
    for (uint32_t index = 0; index < decimals; index++)
        scale *= 10;
    if (decimals == 0)
        return fen_arena_format(reader->scratch, "%lld", (long long)amount);
    return fen_arena_format(reader->scratch, "%lld.%0*lld", (long long)(amount / scale),
                            (int)decimals, (long long)(amount % scale));
}

/*
 * Report money that status refuses. The currency tells how many decimals there are, and with them
 * how much is too much; without it neither can be said.
 */
static void refuse_money(struct fen_reader *reader, const struct fen_node *node,
                         enum fen_scalar status, int64_t max)
{
    struct fen_str most;
    if (status != FEN_SCALAR_FORM && reader->is_currency_unknown)
        return;
    switch (status) {
    case FEN_SCALAR_OK: break;
    case FEN_SCALAR_FORM: refuse_form(reader, node, &money_form); break;
    case FEN_SCALAR_DECIMALS:
        fen_diagnose(reader->diagnostics, node->place,
                     "the plan's currency has %u decimals; shorten the amount",
                     "本方案的币种最多 %u 位小数；请缩短", reader->plan->currency_decimals);
        break;
    case FEN_SCALAR_RANGE:
        most = money_text(reader, max);
        fen_diagnose(reader->diagnostics, node->place,
                     "too large; at most %.*s (%lld minor units), so that sums fit in 64 bits",
                     "金额过大；最多 %.*s（%lld 个最小货币单位），以免合计超出 64 位",
                     FEN_STR_ARG(most), (long long)max);
        break;
    }
}

bool fen_reader_money(struct fen_reader *reader, const struct fen_node *node, int64_t max,
                      int64_t *amount_out)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status =
        fen_scalar_money(text, reader->plan->currency_decimals, max, amount_out);
    refuse_money(reader, node, status, max);
    return status == FEN_SCALAR_OK;
}

bool fen_reader_percent(struct fen_reader *reader, const struct fen_node *node,
                        int64_t *rate_ppm_out)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status = fen_scalar_percent(text, rate_ppm_out);
    switch (status) {
    case FEN_SCALAR_OK: break;
    case FEN_SCALAR_FORM: refuse_form(reader, node, &percent_form); break;
    case FEN_SCALAR_DECIMALS:
        fen_diagnose(reader->diagnostics, node->place,
                     "a percentage has at most 4 decimals (0.0001%% is 1 ppm); shorten it",
                     "百分比最多 4 位小数（0.0001%% 即百万分之一）；请缩短");
        break;
    case FEN_SCALAR_RANGE:
        fen_diagnose(reader->diagnostics, node->place, "over 100%%; write at most `100%%`",
                     "超过 100%%；最多写“100%%”");
        break;
    }
    return status == FEN_SCALAR_OK;
}

bool fen_reader_duration(struct fen_reader *reader, const struct fen_node *node,
                         int64_t *duration_ms_out)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status = fen_scalar_duration(text, duration_ms_out);
    if (status == FEN_SCALAR_RANGE)
        fen_diagnose(reader->diagnostics, node->place,
                     "out of bounds; more than 0 and at most %d days can stand here",
                     "超出范围；须大于 0 且不超过 %d 天", FEN_SCALAR_DAYS_MAX);
    else if (status != FEN_SCALAR_OK)
        refuse_form(reader, node, &duration_form);
    return status == FEN_SCALAR_OK;
}

bool fen_reader_time(struct fen_reader *reader, const struct fen_node *node, int64_t *time_ms_out)
{
    struct fen_str text;
    int64_t offset_ms = reader->plan->offset_ms, time_ms;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status = fen_scalar_time(text, offset_ms, &time_ms);
    if (status == FEN_SCALAR_RANGE) {
        fen_diagnose(reader->diagnostics, node->place,
                     "there is no such time, or it lies outside 1970-9987",
                     "没有这个时间，或不在 1970-9987 年之间");
    } else if (status != FEN_SCALAR_OK) {
        struct fen_str mended = fen_mend_time(text, reader->scratch);
        if (fen_scalar_time(mended, offset_ms, &time_ms) != FEN_SCALAR_OK)
            mended = FEN_STR_NONE;
        fen_reader_refuse(reader, node->place, mended,
                          "a local time is needed here, as `2026-10-01 00:00`",
                          "这里需要当地时间，例如“2026-10-01 00:00”");
    }
    if (status == FEN_SCALAR_OK)
        *time_ms_out = time_ms;
    return status == FEN_SCALAR_OK;
}

/* Where `..` stands in a text; text.size when it does not. */
static uint32_t find_dots(struct fen_str text)
{
    for (uint32_t offset = 0; offset + 1 < text.size; offset++)
        if (text.data[offset] == '.' && text.data[offset + 1] == '.')
            return offset;
    return text.size;
}

/* One end of a range; `open` where nothing is written. */
static enum fen_scalar read_end(const struct fen_reader *reader, struct fen_str text, bool is_money,
                                int64_t open, int64_t *end_out)
{
    *end_out = open;
    if (text.size == 0)
        return FEN_SCALAR_OK;
    return is_money
               ? fen_scalar_money(text, reader->plan->currency_decimals, FEN_AMOUNT_MAX, end_out)
               : fen_scalar_whole(text, end_out);
}

/* OK: in *range, which may end before it begins. */
static enum fen_scalar parse_range(const struct fen_reader *reader, struct fen_str text,
                                   bool is_money, struct fen_range *range)
{
    uint32_t dots = find_dots(text);
    bool is_single = dots == text.size;
    struct fen_str first = {text.data, dots};
    struct fen_str last = {text.data + text.size, 0};
    if (!is_single)
        last = (struct fen_str){text.data + dots + 2, text.size - dots - 2};
    if (first.size == 0 && last.size == 0)
        return FEN_SCALAR_FORM;
    *range = (struct fen_range){.is_set = true};
    enum fen_scalar status = read_end(reader, first, is_money, INT64_MIN, &range->from);
    if (status == FEN_SCALAR_OK && is_single)
        range->to = range->from;
    else if (status == FEN_SCALAR_OK)
        status = read_end(reader, last, is_money, INT64_MAX, &range->to);
    return status;
}

bool fen_reader_range(struct fen_reader *reader, const struct fen_node *node, bool is_money,
                      struct fen_range *range_out)
{
    struct fen_str text;
    struct fen_range range;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    enum fen_scalar status = parse_range(reader, text, is_money, &range);
    if (status == FEN_SCALAR_FORM) {
        refuse_form(reader, node, is_money ? &money_range_form : &range_form);
    } else if (status != FEN_SCALAR_OK && is_money) {
        refuse_money(reader, node, status, FEN_AMOUNT_MAX);
    } else if (status != FEN_SCALAR_OK) {
        refuse_form(reader, node, &whole_form);
    } else if (range.from > range.to) {
        fen_diagnose(reader->diagnostics, node->place,
                     "the range ends before it begins; swap the two", "范围的终点小于起点；请对调");
        status = FEN_SCALAR_RANGE;
    }
    if (status != FEN_SCALAR_OK)
        return false;
    *range_out = range;
    return true;
}
