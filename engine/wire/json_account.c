/*
 * json_account: an account in the form of SPEC §10.
 *
 * `by_period` has every (period, role) the payee ever had an entry in, zeros too; `by_date` has no
 * zeros, and the sum whose date is not known yet, "null", comes last.
 */
#include "model/period.h"
#include "wire/json.h"

static void period_append(struct fen_buffer *out, int32_t period)
{
    char text[FEN_DATE_TEXT_BYTES];
    size_t size = fen_period_format(period, text);
    fen_json_append_text(out, (struct fen_str){text, (uint32_t)size});
    fen_buffer_append_byte(out, ':');
}

/* The sum of the roles' run that begins at `index`; *end_out is the index after it. */
static int64_t run_sum(const struct fen_account *account, uint32_t index, uint32_t *end_out)
{
    const struct fen_account_sum *first = &account->sums[index];
    int64_t amount_fen = 0;
    while (index < account->sum_count && account->sums[index].period == first->period
           && account->sums[index].role == first->role)
        amount_fen += account->sums[index++].amount_fen;
    *end_out = index;
    return amount_fen;
}

/* Sums are ascending by (period, role): each period is one run, each role a run in it. */
static void by_period_append(struct fen_buffer *out, const struct fen_account *account)
{
    uint32_t end;
    fen_buffer_append(out, ",\"by_period\":{", 14);
    for (uint32_t index = 0; index < account->sum_count; index = end) {
        const struct fen_account_sum *sum = &account->sums[index];
        bool is_same_period = index > 0 && sum[-1].period == sum->period;
        if (index > 0)
            fen_buffer_append(out, is_same_period ? "," : "},", is_same_period ? 1 : 2);
        if (!is_same_period) {
            period_append(out, sum->period);
            fen_buffer_append_byte(out, '{');
        }
        fen_json_append_name(out, &fen_role_names, sum->role);
        fen_buffer_append_byte(out, ':');
        fen_json_append_integer(out, run_sum(account, index, &end));
    }
    if (account->sum_count > 0)
        fen_buffer_append_byte(out, '}');
    fen_buffer_append_byte(out, '}');
}

static void date_sum_append(struct fen_buffer *out, int32_t date, int64_t amount_fen, bool is_first)
{
    char text[FEN_DATE_TEXT_BYTES] = "null";
    size_t size = date == FEN_DATE_NONE ? 4 : fen_date_format(date, text);
    if (!is_first)
        fen_buffer_append_byte(out, ',');
    fen_json_append_text(out, (struct fen_str){text, (uint32_t)size});
    fen_buffer_append_byte(out, ':');
    fen_json_append_integer(out, amount_fen);
}

static void by_date_append(struct fen_buffer *out, const struct fen_account *account)
{
    int64_t unknown_fen = 0;
    bool is_first = true;
    fen_buffer_append(out, ",\"by_date\":{", 12);
    for (uint32_t index = 0; index < account->date_count; index++) {
        const struct fen_account_date *date = &account->dates[index];
        if (date->date == FEN_DATE_NONE)
            unknown_fen += date->amount_fen;
        if (date->date == FEN_DATE_NONE || date->amount_fen == 0)
            continue;
        date_sum_append(out, date->date, date->amount_fen, is_first);
        is_first = false;
    }
    if (unknown_fen != 0)
        date_sum_append(out, FEN_DATE_NONE, unknown_fen, is_first);
    fen_buffer_append_byte(out, '}');
}

void fen_json_encode_account(const struct fen_account *account, struct fen_buffer *out)
{
    fen_buffer_append(out, "{\"tenant\":", 10);
    fen_json_append_text(out, account->tenant);
    fen_buffer_append(out, ",\"payee\":", 9);
    fen_json_append_text(out, account->payee);
    fen_buffer_append(out, ",\"seq\":", 7);
    fen_json_append_integer(out, (int64_t)account->seq);
    fen_buffer_append(out, ",\"balance\":", 11);
    fen_json_append_integer(out, account->balance_fen);
    by_period_append(out, account);
    by_date_append(out, account);
    fen_buffer_append_byte(out, '}');
}
