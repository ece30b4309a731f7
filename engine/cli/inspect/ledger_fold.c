/* ledger_fold: see the header. */
#include "cli/inspect/ledger_fold.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/slab.h"
#include "base/state_table.h"

struct fen_ledger_fold {
    struct fen_arena *texts;
    struct fen_slab *slab;
    struct fen_state_table *table; /* keys only; the object of a slot is its struct fen_folded */
};

struct fen_ledger_fold *fen_ledger_fold_create(void)
{
    struct fen_ledger_fold *fold = calloc(1, sizeof *fold);
    FEN_ASSERT(fold != NULL);
    fold->texts = fen_arena_create((size_t)1 << 16);
    fold->slab = fen_slab_create();
    fold->table = fen_state_table_create(fold->slab);
    return fold;
}

void fen_ledger_fold_destroy(struct fen_ledger_fold *fold)
{
    if (fold == NULL)
        return;
    for (uint32_t i = 0; i < fen_ledger_fold_count(fold); i++) {
        struct fen_folded *folded = fen_ledger_fold_at(fold, i);
        free(folded->account.sums);
        free(folded->account.dates);
        free(folded->account.funders);
        free(folded);
    }
    fen_state_table_destroy(fold->table);
    fen_slab_destroy(fold->slab);
    fen_arena_destroy(fold->texts);
    free(fold);
}

struct fen_folded *fen_ledger_fold_find(const struct fen_ledger_fold *fold, struct fen_str tenant,
                                        struct fen_str payee)
{
    uint32_t slot = fen_state_table_find(fold->table, tenant, payee);
    return slot == 0 ? NULL : fen_state_table_object(fold->table, slot);
}

struct fen_folded *fen_ledger_fold_insert(struct fen_ledger_fold *fold, struct fen_str tenant,
                                          struct fen_str payee)
{
    struct fen_folded *folded = fen_ledger_fold_find(fold, tenant, payee);
    if (folded != NULL)
        return folded;
    folded = calloc(1, sizeof *folded);
    FEN_ASSERT(folded != NULL);
    folded->account.tenant = fen_arena_copy(fold->texts, tenant);
    folded->account.payee = fen_arena_copy(fold->texts, payee);
    fen_state_table_set_object(fold->table, fen_state_table_insert(fold->table, tenant, payee),
                               folded);
    return folded;
}

/* `items` with room for one more; doubled when full. */
static void *grow(void *items, uint32_t count, uint32_t *capacity, size_t size_bytes)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 4 : *capacity * 2;
    items = realloc(items, *capacity * size_bytes);
    FEN_ASSERT(items != NULL);
    return items;
}

static void add_sum(struct fen_folded *folded, const struct fen_entry *entry)
{
    struct fen_account *account = &folded->account;
    uint32_t at = account->sum_count;
    while (at > 0
           && (account->sums[at - 1].period > entry->key.period
               || (account->sums[at - 1].period == entry->key.period
                   && account->sums[at - 1].role >= entry->key.role)))
        at--;
    bool is_there = at < account->sum_count && account->sums[at].period == entry->key.period
                    && account->sums[at].role == entry->key.role;
    if (!is_there) {
        account->sums = grow(account->sums, account->sum_count, &folded->sum_capacity,
                             sizeof *account->sums);
        memmove(account->sums + at + 1, account->sums + at,
                (account->sum_count - at) * sizeof *account->sums);
        account->sums[at] = (struct fen_account_sum){
            .period = entry->key.period, .role = entry->key.role};
        account->sum_count++;
    }
    account->sums[at].amount_fen += entry->amount_fen;
    account->sums[at].base_fen += entry->base_fen;
}

static void add_date(struct fen_folded *folded, const struct fen_entry *entry)
{
    struct fen_account *account = &folded->account;
    uint32_t at = account->date_count;
    while (at > 0 && account->dates[at - 1].date >= entry->key.available_date)
        at--;
    bool is_there =
        at < account->date_count && account->dates[at].date == entry->key.available_date;
    if (!is_there) {
        account->dates = grow(account->dates, account->date_count, &folded->date_capacity,
                              sizeof *account->dates);
        memmove(account->dates + at + 1, account->dates + at,
                (account->date_count - at) * sizeof *account->dates);
        account->dates[at] = (struct fen_account_date){.date = entry->key.available_date};
        account->date_count++;
    }
    account->dates[at].amount_fen += entry->amount_fen;
}

static int funder_compare(const struct fen_account_funder *a, const struct fen_account_funder *b)
{
    int order = fen_str_compare(a->funder, b->funder);
    return order != 0 ? order : (a->period > b->period) - (a->period < b->period);
}

static void add_funder(struct fen_arena *texts, struct fen_folded *folded,
                       const struct fen_entry *entry)
{
    struct fen_account *account = &folded->account;
    struct fen_account_funder row = {.funder = entry->key.funder, .period = entry->key.period};
    uint32_t at = account->funder_count;
    while (at > 0 && funder_compare(&account->funders[at - 1], &row) >= 0)
        at--;
    if (at == account->funder_count
        || funder_compare(&account->funders[at], &row) != 0) {
        account->funders = grow(account->funders, account->funder_count,
                                &folded->funder_capacity, sizeof *account->funders);
        memmove(account->funders + at + 1, account->funders + at,
                (account->funder_count - at) * sizeof *account->funders);
        row.funder = fen_arena_copy(texts, row.funder);
        account->funders[at] = row;
        account->funder_count++;
    }
    account->funders[at].amount_fen += entry->amount_fen;
}

const char *fen_ledger_fold_add(struct fen_ledger_fold *fold, const struct fen_entry *entry)
{
    struct fen_folded *folded = fen_ledger_fold_insert(fold, entry->tenant, entry->key.payee);
    struct fen_account *account = &folded->account;
    const char *fault = NULL;
    if (entry->seq != account->seq + 1)
        fault = "seq is not dense";
    else if (entry->balance_fen != account->balance_fen + entry->amount_fen)
        fault = "balance does not run";
    account->seq = entry->seq;
    account->balance_fen += entry->amount_fen;
    add_sum(folded, entry);
    add_date(folded, entry);
    add_funder(fold->texts, folded, entry);
    return fault;
}

bool fen_ledger_fold_funder_differs(const struct fen_account *folded,
                                    const struct fen_account *account,
                                    struct fen_account_funder *expected_out,
                                    struct fen_account_funder *found_out)
{
    uint32_t i = 0, j = 0;
    while (i < folded->funder_count || j < account->funder_count) {
        int order = i == folded->funder_count   ? 1
                    : j == account->funder_count ? -1
                                                 : funder_compare(&folded->funders[i],
                                                                  &account->funders[j]);
        *expected_out = order <= 0 ? folded->funders[i++] : account->funders[j];
        *found_out = order >= 0 ? account->funders[j++] : *expected_out;
        if (order > 0)
            expected_out->amount_fen = 0;
        if (order < 0)
            found_out->amount_fen = 0;
        if (expected_out->amount_fen != found_out->amount_fen)
            return true;
    }
    return false;
}

uint32_t fen_ledger_fold_count(const struct fen_ledger_fold *fold)
{
    return fen_state_table_slot_count(fold->table);
}

struct fen_folded *fen_ledger_fold_at(const struct fen_ledger_fold *fold, uint32_t number)
{
    return fen_state_table_object(fold->table, number + 1);
}
