/* account: see account.h. Rows are found by binary search and inserted in place. */
#include "post/account.h"

#include <string.h>

static int sum_compare(const struct fen_account_sum *sum, const struct fen_key *key)
{
    if (sum->period != key->period)
        return sum->period < key->period ? -1 : 1;
    if (sum->role != key->role)
        return sum->role < key->role ? -1 : 1;
    int order = fen_str_compare(sum->plan, key->plan);
    return order != 0 ? order : fen_str_compare(sum->rule, key->rule);
}

static int date_compare(const struct fen_account_date *date, const struct fen_key *key)
{
    return (date->date > key->available_date) - (date->date < key->available_date);
}

static int funder_compare(const struct fen_account_funder *funder, const struct fen_key *key)
{
    int order = fen_str_compare(funder->funder, key->funder);
    return order != 0 ? order : (funder->period > key->period) - (funder->period < key->period);
}

/* The first row not below the key, by binary search over `count` rows. */
#define LOWER_BOUND(rows, count, key, compare, at)                                                 \
    do {                                                                                           \
        uint32_t low = 0, high = (count);                                                          \
        while (low < high) {                                                                       \
            uint32_t middle = low + (high - low) / 2;                                              \
            if (compare(&(rows)[middle], (key)) < 0)                                               \
                low = middle + 1;                                                                  \
            else                                                                                   \
                high = middle;                                                                     \
        }                                                                                          \
        (at) = low;                                                                                \
    } while (0)

/* Make room for a row at `at`; returns the array, which may have moved. */
static void *rows_open(struct fen_arena *arena, void *rows, uint32_t *count, uint32_t *capacity,
                       uint32_t at, size_t size_bytes)
{
    if (*count >= *capacity) {
        *capacity = *count + *count / 2 + 4;
        rows = fen_arena_grow(arena, rows, *count, *capacity, size_bytes);
    }
    char *bytes = rows;
    memmove(bytes + (at + 1) * size_bytes, bytes + at * size_bytes, (*count - at) * size_bytes);
    memset(bytes + at * size_bytes, 0, size_bytes);
    (*count)++;
    return rows;
}

static int64_t checked_add(int64_t a, int64_t b)
{
    int64_t sum;
    bool overflows = __builtin_add_overflow(a, b, &sum);
    FEN_ASSERT(!overflows);
    return sum;
}

static void add_sum(struct fen_arena *arena, struct fen_account *account,
                    struct fen_account_room *room, const struct fen_entry *entry)
{
    uint32_t at;
    LOWER_BOUND(account->sums, account->sum_count, &entry->key, sum_compare, at);
    if (at == account->sum_count || sum_compare(&account->sums[at], &entry->key) != 0) {
        account->sums = rows_open(arena, account->sums, &account->sum_count, &room->sum_capacity,
                                  at, sizeof *account->sums);
        account->sums[at] = (struct fen_account_sum){.period = entry->key.period,
                                                     .role = entry->key.role,
                                                     .plan = entry->key.plan,
                                                     .rule = entry->key.rule};
    }
    struct fen_account_sum *sum = &account->sums[at];
    sum->amount_fen = checked_add(sum->amount_fen, entry->amount_fen);
    sum->base_fen = checked_add(sum->base_fen, entry->base_fen);
}

/* Dates at zero leave (SPEC §10: by_date without zeros). */
static void add_date(struct fen_arena *arena, struct fen_account *account,
                     struct fen_account_room *room, const struct fen_entry *entry)
{
    uint32_t at;
    LOWER_BOUND(account->dates, account->date_count, &entry->key, date_compare, at);
    if (at == account->date_count || date_compare(&account->dates[at], &entry->key) != 0) {
        if (entry->amount_fen == 0)
            return;
        account->dates = rows_open(arena, account->dates, &account->date_count,
                                   &room->date_capacity, at, sizeof *account->dates);
        account->dates[at].date = entry->key.available_date;
    }
    struct fen_account_date *date = &account->dates[at];
    date->amount_fen = checked_add(date->amount_fen, entry->amount_fen);
    if (date->amount_fen != 0)
        return;
    account->date_count--;
    memmove(date, date + 1, (account->date_count - at) * sizeof *date);
}

static void add_funder(struct fen_arena *arena, struct fen_account *account,
                       struct fen_account_room *room, const struct fen_entry *entry)
{
    uint32_t at;
    LOWER_BOUND(account->funders, account->funder_count, &entry->key, funder_compare, at);
    if (at == account->funder_count || funder_compare(&account->funders[at], &entry->key) != 0) {
        account->funders = rows_open(arena, account->funders, &account->funder_count,
                                     &room->funder_capacity, at, sizeof *account->funders);
        account->funders[at] = (struct fen_account_funder){.funder = entry->key.funder,
                                                           .period = entry->key.period};
    }
    struct fen_account_funder *funder = &account->funders[at];
    funder->amount_fen = checked_add(funder->amount_fen, entry->amount_fen);
}

void fen_account_add(struct fen_arena *arena, struct fen_account *account,
                     struct fen_account_room *room, const struct fen_entry *entry)
{
    FEN_ASSERT(entry->seq == account->seq + 1);
    account->seq = entry->seq;
    account->balance_fen = entry->balance_fen;
    add_sum(arena, account, room, entry);
    add_date(arena, account, room, entry);
    add_funder(arena, account, room, entry);
}
