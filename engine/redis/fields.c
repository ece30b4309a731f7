/* fields: see fields.h. Sums and dates of an account are sorted: each is found by halving. */
#include "redis/fields.h"

#include <stdlib.h>
#include <string.h>

#include "model/period.h"
#include "redis/resp.h"

bool fen_fields_ranks(struct fen_str payee)
{
    return fen_str_is_set(fen_payee_guide(payee));
}

/* "p:YYYY-MM:role" */
static struct fen_str name_of_sum(int32_t period, enum fen_role role,
                                  char name[FEN_FIELD_NAME_BYTES])
{
    const char *text = fen_role_name(role);
    memcpy(name, "p:", 2);
    char *cursor = name + 2 + fen_period_format(period, name + 2);
    *cursor++ = ':';
    size_t size = strlen(text);
    FEN_ASSERT((size_t)(cursor - name) + size <= FEN_FIELD_NAME_BYTES);
    memcpy(cursor, text, size);
    return (struct fen_str){name, (uint32_t)((size_t)(cursor - name) + size)};
}

/* "d:YYYY-MM-DD" */
static struct fen_str name_of_date(int32_t date, char name[FEN_FIELD_NAME_BYTES])
{
    if (date == FEN_DATE_NONE)
        return FEN_STR("d:null");
    memcpy(name, "d:", 2);
    return (struct fen_str){name, (uint32_t)(2 + fen_date_format(date, name + 2))};
}

/* "f:YYYY-MM:brand:L" */
static struct fen_str name_of_funder(const struct fen_account_funder *funder,
                                     char name[FEN_FIELD_NAME_BYTES])
{
    memcpy(name, "f:", 2);
    char *cursor = name + 2 + fen_period_format(funder->period, name + 2);
    *cursor++ = ':';
    uint32_t size = (uint32_t)(cursor - name);
    FEN_ASSERT(size + funder->funder.size <= FEN_FIELD_NAME_BYTES);
    memcpy(cursor, funder->funder.data, funder->funder.size);
    return (struct fen_str){name, size + funder->funder.size};
}

/* The row of a (funder, period); funder_count: there is none. */
static uint32_t funders_find(const struct fen_account *account, const struct fen_key *key)
{
    uint32_t low = 0;
    uint32_t high = account->funder_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct fen_account_funder *funder = &account->funders[middle];
        int order = fen_str_compare(funder->funder, key->funder);
        if (order == 0 && funder->period == key->period)
            return middle;
        if (order < 0 || (order == 0 && funder->period < key->period))
            low = middle + 1;
        else
            high = middle;
    }
    return account->funder_count;
}

/* The first sum that is not before (period, role). */
static uint32_t sums_find(const struct fen_account *account, int32_t period, enum fen_role role)
{
    uint32_t low = 0;
    uint32_t high = account->sum_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct fen_account_sum *sum = &account->sums[middle];
        if (sum->period < period || (sum->period == period && sum->role < role))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The sum of a (period, role) over plans and rules; *next_out: the first sum behind it. */
static bool sums_fold(const struct fen_account *account, int32_t period, enum fen_role role,
                      int64_t *amount_out, uint32_t *next_out)
{
    uint32_t first = sums_find(account, period, role);
    uint32_t index = first;
    int64_t amount = 0;
    for (; index < account->sum_count; index++) {
        const struct fen_account_sum *sum = &account->sums[index];
        if (sum->period != period || sum->role != role)
            break;
        amount += sum->amount_fen;
    }
    *amount_out = amount;
    *next_out = index;
    return index > first;
}

static const struct fen_account_date *dates_find(const struct fen_account *account, int32_t date)
{
    uint32_t low = 0;
    uint32_t high = account->date_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (account->dates[middle].date < date)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == account->date_count || account->dates[low].date != date)
        return NULL;
    return &account->dates[low];
}

bool fen_fields_score(const struct fen_account *account, int32_t period, int64_t *score_out)
{
    int64_t score = 0;
    bool has_sum = false;
    for (uint32_t index = sums_find(account, period, FEN_ROLE_NONE);
         index < account->sum_count && account->sums[index].period == period; index++) {
        if (account->sums[index].role == FEN_ROLE_PAYOUT)
            continue;
        score += account->sums[index].amount_fen;
        has_sum = true;
    }
    if (score > FEN_SCORE_MAX)
        score = FEN_SCORE_MAX;
    if (score < -FEN_SCORE_MAX)
        score = -FEN_SCORE_MAX;
    *score_out = score;
    return has_sum;
}

void fen_fields_visit(const struct fen_account *account,
                      void (*visit)(void *context, struct fen_str name, int64_t value),
                      void *context)
{
    char name[FEN_FIELD_NAME_BYTES];
    visit(context, FEN_STR("seq"), (int64_t)account->seq);
    visit(context, FEN_STR("balance"), account->balance_fen);
    for (uint32_t index = 0; index < account->sum_count;) {
        const struct fen_account_sum *sum = &account->sums[index];
        int64_t amount;
        bool has_sum = sums_fold(account, sum->period, sum->role, &amount, &index);
        FEN_ASSERT(has_sum);
        visit(context, name_of_sum(sum->period, sum->role, name), amount);
    }
    for (uint32_t index = 0; index < account->date_count; index++) {
        const struct fen_account_date *date = &account->dates[index];
        if (date->amount_fen != 0)
            visit(context, name_of_date(date->date, name), date->amount_fen);
    }
    for (uint32_t index = 0; index < account->funder_count; index++) {
        const struct fen_account_funder *funder = &account->funders[index];
        if (funder->amount_fen != 0)
            visit(context, name_of_funder(funder, name), funder->amount_fen);
    }
}

/* Fields on their way into a block. */
struct fields_writer {
    struct fen_buffer *args;
    uint32_t count;
};

static void write_field(void *context, struct fen_str name, int64_t value)
{
    struct fields_writer *writer = context;
    fen_resp_append_text(writer->args, name);
    fen_resp_append_number(writer->args, value);
    writer->count++;
}

static void append_score(struct fen_block *block, const struct fen_account *account,
                         int32_t period)
{
    char month[FEN_DATE_TEXT_BYTES];
    size_t size = fen_period_format(period, month);
    fen_resp_append_text(&block->args, (struct fen_str){month, (uint32_t)size});
    int64_t score;
    if (fen_fields_score(account, period, &score))
        fen_resp_append_number(&block->args, score);
    else
        fen_resp_append_text(&block->args, FEN_STR(""));
}

uint32_t fen_fields_append_whole(struct fen_block *block, const struct fen_account *account)
{
    size_t field_count = fen_resp_append_count(&block->args, 0);
    struct fields_writer writer = {&block->args, 0};
    fen_fields_visit(account, write_field, &writer);
    fen_resp_set_count(&block->args, field_count, writer.count);
    fen_resp_append_count(&block->args, 0); /* nothing to remove: the hash is new */
    size_t rank_count = fen_resp_append_count(&block->args, 0);
    uint32_t periods = 0;
    if (fen_fields_ranks(account->payee)) {
        for (uint32_t index = 0; index < account->sum_count; index++) {
            if (index > 0 && account->sums[index].period == account->sums[index - 1].period)
                continue;
            append_score(block, account, account->sums[index].period);
            periods++;
        }
    }
    fen_resp_set_count(&block->args, rank_count, periods);
    return 3 + 2 * writer.count + 2 * periods;
}

static void touches_push(struct fen_block *block, uint32_t *count, struct fen_block_touch touch)
{
    for (uint32_t index = *count; index-- > 0;) {
        const struct fen_block_touch *known = &block->touches[index];
        if (known->period == touch.period && known->role == touch.role)
            return;
    }
    if (*count == block->touch_capacity) {
        block->touch_capacity = block->touch_capacity == 0 ? 64 : block->touch_capacity * 2;
        block->touches = realloc(block->touches, block->touch_capacity * sizeof *block->touches);
        FEN_ASSERT(block->touches != NULL && "out of memory");
    }
    block->touches[(*count)++] = touch;
}

/* Marks the touch of a funder's row; no entry's role. */
#define ROLE_OF_FUNDER FEN_ROLE_NAME_COUNT

/*
 * What the entries touched, each once: sums [0, *sums_out), dates and funders' rows [*sums_out,
 * *fields_out), periods to the count returned; role NONE marks a date, SELF (which no entry's role
 * is) a period.
 */
static uint32_t touches_collect(struct fen_block *block, const struct fen_account *account,
                                const struct fen_entry *entries, uint32_t entry_count,
                                uint32_t *sums_out, uint32_t *fields_out)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < entry_count; index++)
        touches_push(block, &count,
                     (struct fen_block_touch){entries[index].key.period, entries[index].key.role});
    *sums_out = count;
    for (uint32_t index = 0; index < entry_count; index++)
        touches_push(block, &count,
                     (struct fen_block_touch){entries[index].key.available_date, FEN_ROLE_NONE});
    for (uint32_t index = 0; index < entry_count; index++) {
        uint32_t row = funders_find(account, &entries[index].key);
        if (row < account->funder_count)
            touches_push(block, &count,
                         (struct fen_block_touch){(int32_t)row, ROLE_OF_FUNDER});
    }
    *fields_out = count;
    for (uint32_t index = 0; index < *sums_out; index++)
        touches_push(block, &count,
                     (struct fen_block_touch){block->touches[index].period, FEN_ROLE_SELF});
    return count;
}

/* Set, or where the account has no such sum, date or funder any more, note as removed. */
static bool write_touch(const struct fen_account *account,
                        const struct fen_block_touch *touch, struct fields_writer *writer,
                        struct fen_str *removed_out, char name[FEN_FIELD_NAME_BYTES])
{
    if (touch->role == FEN_ROLE_NONE) {
        const struct fen_account_date *date = dates_find(account, touch->period);
        *removed_out = name_of_date(touch->period, name);
        if (date == NULL || date->amount_fen == 0)
            return false;
        write_field(writer, *removed_out, date->amount_fen);
        return true;
    }
    if (touch->role == ROLE_OF_FUNDER) {
        const struct fen_account_funder *funder = &account->funders[touch->period];
        *removed_out = name_of_funder(funder, name);
        if (funder->amount_fen != 0)
            write_field(writer, *removed_out, funder->amount_fen);
        return funder->amount_fen != 0;
    }
    int64_t amount;
    uint32_t next;
    *removed_out = name_of_sum(touch->period, touch->role, name);
    if (!sums_fold(account, touch->period, touch->role, &amount, &next))
        return false;
    write_field(writer, *removed_out, amount);
    return true;
}

uint32_t fen_fields_append_changes(struct fen_block *block, const struct fen_account *account,
                                   const struct fen_entry *entries, uint32_t entry_count)
{
    uint32_t sums;
    uint32_t fields;
    uint32_t all = touches_collect(block, account, entries, entry_count, &sums, &fields);
    char name[FEN_FIELD_NAME_BYTES];
    struct fen_str removed;
    size_t field_count = fen_resp_append_count(&block->args, 0);
    struct fields_writer writer = {&block->args, 0};
    write_field(&writer, FEN_STR("seq"), (int64_t)account->seq);
    write_field(&writer, FEN_STR("balance"), account->balance_fen);

    struct fen_buffer *gone = &block->scratch;
    fen_buffer_clear(gone);
    uint32_t gone_count = 0;
    for (uint32_t index = 0; index < fields; index++) {
        if (!write_touch(account, &block->touches[index], &writer, &removed, name)) {
            fen_resp_append_text(gone, removed);
            gone_count++;
        }
    }
    fen_resp_set_count(&block->args, field_count, writer.count);
    fen_resp_append_count(&block->args, gone_count);
    fen_buffer_append(&block->args, gone->data, gone->size_bytes);

    uint32_t periods = fen_fields_ranks(account->payee) ? all - fields : 0;
    fen_resp_append_count(&block->args, periods);
    for (uint32_t index = 0; index < periods; index++)
        append_score(block, account, block->touches[fields + index].period);
    return 3 + 2 * writer.count + gone_count + 2 * periods;
}
