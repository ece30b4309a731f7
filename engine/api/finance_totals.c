/* finance_totals: see finance_totals.h. */
#include "api/finance_totals.h"

#include <stdlib.h>
#include <string.h>

#include "api/money_text.h"
#include "base/hash.h"
#include "model/period.h"
#include "wire/json.h"

#define SLOT_COUNT_MIN 256u

/* Numbers of Redis may be anybody's: sums wrap rather than trap. */
static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* --- keys seen -------------------------------------------------------------------------------- */

static bool seen_put(uint64_t *seen, uint32_t capacity, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (capacity - 1);
    while (seen[at] != 0 && seen[at] != hash)
        at = (at + 1) & (capacity - 1);
    bool is_new = seen[at] == 0;
    seen[at] = hash;
    return is_new;
}

static void seen_grow(struct fen_finance_totals *totals)
{
    uint32_t capacity = totals->seen_capacity == 0 ? SLOT_COUNT_MIN : 4 * totals->seen_capacity;
    uint64_t *seen = fen_arena_allocate_zeroed(totals->arena, capacity * sizeof *seen);
    for (uint32_t index = 0; index < totals->seen_capacity; index++) {
        if (totals->seen[index] != 0)
            seen_put(seen, capacity, totals->seen[index]);
    }
    totals->seen = seen;
    totals->seen_capacity = capacity;
}

static bool see(struct fen_finance_totals *totals, struct fen_str key)
{
    if (2 * totals->seen_count >= totals->seen_capacity)
        seen_grow(totals);
    if (!seen_put(totals->seen, totals->seen_capacity, fen_hash(key) | 1))
        return false;
    totals->seen_count++;
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

static uint64_t row_hash(enum fen_finance_kind kind, int32_t period, struct fen_str name)
{
    return fen_hash_behind((uint64_t)period << 2 | (uint64_t)kind, name);
}

/* The slot of a row, or the free one where it would stand. */
static uint32_t *row_slot(const struct fen_finance_totals *totals, enum fen_finance_kind kind,
                          int32_t period, struct fen_str name)
{
    uint32_t at = (uint32_t)row_hash(kind, period, name) & (totals->slot_count - 1);
    for (;; at = (at + 1) & (totals->slot_count - 1)) {
        uint32_t number = totals->slots[at];
        if (number == 0)
            return &totals->slots[at];
        const struct fen_finance_total *row = &totals->rows[number - 1];
        if (row->kind == kind && row->period == period && fen_str_equal(row->name, name))
            return &totals->slots[at];
    }
}

static void slots_grow(struct fen_finance_totals *totals)
{
    totals->slot_count = totals->slot_count == 0 ? SLOT_COUNT_MIN : 4 * totals->slot_count;
    totals->slots =
        fen_arena_allocate_zeroed(totals->arena, totals->slot_count * sizeof *totals->slots);
    for (uint32_t index = 0; index < totals->row_count; index++) {
        const struct fen_finance_total *row = &totals->rows[index];
        *row_slot(totals, row->kind, row->period, row->name) = index + 1;
    }
}

static void add_row(struct fen_finance_totals *totals, enum fen_finance_kind kind, int32_t period,
                    struct fen_str name, int64_t amount_fen)
{
    if (2 * totals->row_count >= totals->slot_count)
        slots_grow(totals);
    uint32_t *slot = row_slot(totals, kind, period, name);
    if (*slot == 0) {
        struct fen_finance_total row = {kind, period, fen_arena_copy(totals->arena, name), 0};
        FEN_ARENA_PUSH(totals->arena, totals->rows, totals->row_count, totals->row_capacity, row);
        *slot = totals->row_count;
    }
    struct fen_finance_total *row = &totals->rows[*slot - 1];
    row->amount_fen = add(row->amount_fen, amount_fen);
}

static void add_sum(struct fen_finance_totals *totals, const struct fen_account_view *account,
                    const struct fen_view_sum *sum)
{
    add_row(totals, FEN_FINANCE_ROLE, sum->period, sum->role, sum->amount_fen);
    if (fen_str_is_set(account->store) && !fen_str_equal(sum->role, FEN_STR("payout")))
        add_row(totals, FEN_FINANCE_STORE, sum->period, account->store, sum->amount_fen);
}

bool fen_finance_totals_add(struct fen_finance_totals *totals, struct fen_str key,
                            const redisReply *account)
{
    struct fen_account_view view;
    if (!see(totals, key))
        return false;
    fen_account_view_read(account, totals->arena, &view);
    totals->balance_fen = add(totals->balance_fen, view.balance_fen);
    if (view.balance_fen > 0)
        totals->payable_fen = add(totals->payable_fen, view.balance_fen);
    else
        totals->receivable_fen = (int64_t)((uint64_t)totals->receivable_fen -
                                           (uint64_t)view.balance_fen);
    for (uint32_t index = 0; index < view.sum_count; index++)
        add_sum(totals, &view, &view.sums[index]);
    for (uint32_t index = 0; index < view.funder_count; index++) {
        const struct fen_view_sum *sum = &view.funders[index];
        add_row(totals, FEN_FINANCE_FUNDER, sum->period, sum->role, sum->amount_fen);
    }
    return true;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* The newest period first, within it the greatest amount. */
static int compare(const void *a, const void *b)
{
    const struct fen_finance_total *left = a, *right = b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->period != right->period)
        return left->period > right->period ? -1 : 1;
    if (left->amount_fen != right->amount_fen)
        return left->amount_fen > right->amount_fen ? -1 : 1;
    return fen_str_compare(left->name, right->name);
}

static void append_rows(struct fen_buffer *out, const struct fen_finance_totals *totals,
                        enum fen_finance_kind kind)
{
    static const char *const names[FEN_FINANCE_KIND_COUNT] = {"role", "funder", "store"};
    bool is_first = true;
    fen_buffer_append_format(out, ",\"by_%s\":[", names[kind]);
    for (uint32_t index = 0; index < totals->row_count; index++) {
        const struct fen_finance_total *row = &totals->rows[index];
        char month[FEN_DATE_TEXT_BYTES];
        if (row->kind != kind)
            continue;
        (void)fen_period_format(row->period, month);
        fen_buffer_append_format(out, "%s{\"period\":\"%s\",\"%s\":", is_first ? "" : ",", month,
                                 names[kind]);
        fen_json_append_text(out, row->name);
        fen_buffer_append_format(out, ",\"amount\":");
        fen_money_text_append_json(out, row->amount_fen);
        fen_buffer_append_byte(out, '}');
        is_first = false;
    }
    fen_buffer_append_byte(out, ']');
}

void fen_json_append_finance_totals(struct fen_buffer *out, struct fen_finance_totals *totals)
{
    const struct {
        const char *name;
        int64_t amount_fen;
    } sums[] = {{"balance", totals->balance_fen},
                {"payable", totals->payable_fen},
                {"receivable", totals->receivable_fen}};
    if (totals->row_count > 0)
        qsort(totals->rows, totals->row_count, sizeof *totals->rows, compare);
    fen_buffer_append_format(out, "\"payees\":%u", (unsigned)totals->seen_count);
    for (size_t index = 0; index < sizeof sums / sizeof *sums; index++) {
        fen_buffer_append_format(out, ",\"%s\":", sums[index].name);
        fen_money_text_append_json(out, sums[index].amount_fen);
    }
    for (int kind = 0; kind < FEN_FINANCE_KIND_COUNT; kind++)
        append_rows(out, totals, (enum fen_finance_kind)kind);
}
