/* account: see account.h. Rows are found by binary search and inserted in place. */
#include "post/account.h"

#include <string.h>

static int sum_compare(const struct fen_account_sum *sum, const struct fen_account_sum *key)
{
    int order = (sum->period > key->period) - (sum->period < key->period);
    if (order == 0)
        order = (sum->role > key->role) - (sum->role < key->role);
    return order != 0 ? order : (sum->rule > key->rule) - (sum->rule < key->rule);
}

static int posted_compare(const struct fen_account_posted *posted,
                          const struct fen_account_posted *key)
{
    int order = (posted->period > key->period) - (posted->period < key->period);
    if (order == 0)
        order = (posted->rule > key->rule) - (posted->rule < key->rule);
    return order != 0 ? order : (posted->role > key->role) - (posted->role < key->role);
}

static int rule_compare(const struct fen_account_rule *rule, const struct fen_account_rule *key)
{
    int order = (rule->plan > key->plan) - (rule->plan < key->plan);
    return order != 0 ? order : fen_str_compare(rule->rule, key->rule);
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

static uint64_t size_of(int64_t amount_fen)
{
    return amount_fen < 0 ? 0 - (uint64_t)amount_fen : (uint64_t)amount_fen;
}

/* Add to a sum, and keep `extent` the sum of the sizes of it and its like; both have room. */
static int64_t add_within(int64_t sum_fen, int64_t amount_fen, uint64_t *extent)
{
    int64_t now_fen;
    bool overflows = __builtin_add_overflow(sum_fen, amount_fen, &now_fen);
    FEN_ASSERT(!overflows); /* has_room */
    *extent += size_of(now_fen) - size_of(sum_fen);
    return now_fen;
}

/* The extents of an account as it came, once a batch. */
static void measure(const struct fen_account *account, struct fen_account_room *room)
{
    room->is_measured = true;
    for (uint32_t index = 0; index < account->sum_count; index++) {
        room->sum_extent += size_of(account->sums[index].amount_fen);
        room->base_extent += size_of(account->sums[index].base_fen);
    }
    for (uint32_t index = 0; index < account->date_count; index++)
        room->date_extent += size_of(account->dates[index].amount_fen);
    for (uint32_t index = 0; index < account->funder_count; index++)
        room->funder_extent += size_of(account->funders[index].amount_fen);
}

/*
 * Whether every sum of the account, and every sum of its sums, is sure to stay inside 64 bits: the
 * sizes of the rows are bounded in sum, kind by kind, and the balance is one such sum.
 */
static bool has_room(const struct fen_account_room *room, const struct fen_entry *entry)
{
    uint64_t most = INT64_MAX;
    uint64_t amount = size_of(entry->amount_fen), base = size_of(entry->base_fen);
    if (amount > most || base > most)
        return false;
    return room->sum_extent <= most - amount && room->date_extent <= most - amount &&
           room->funder_extent <= most - amount && room->base_extent <= most - base;
}

/* The row of a rule, or where it would stand. */
static uint32_t rule_at(const struct fen_account *account, const struct fen_account_rule *key,
                        bool *is_there_out)
{
    uint32_t at;
    LOWER_BOUND(account->rules, account->rule_count, key, rule_compare, at);
    *is_there_out = at < account->rule_count && rule_compare(&account->rules[at], key) == 0;
    return at;
}

uint32_t fen_account_plan(const struct fen_account *account, struct fen_str plan)
{
    uint32_t at = 0;
    while (at < account->plan_count && !fen_str_equal(account->plans[at], plan))
        at++;
    return at;
}

/* The rule's number, given to it at its first entry; 0 beside a plan. */
static uint32_t rule_number(struct fen_arena *arena, struct fen_account *account,
                            struct fen_account_room *room, const struct fen_key *key)
{
    if (!fen_str_is_set(key->plan))
        return 0;
    struct fen_account_rule rule = {
        .plan = fen_account_plan(account, key->plan),
        .number = account->rule_count + 1,
        .rule = key->rule,
    };
    if (rule.plan == account->plan_count) {
        account->plans = rows_open(arena, account->plans, &account->plan_count,
                                   &room->plan_capacity, rule.plan, sizeof *account->plans);
        account->plans[rule.plan] = key->plan;
    }
    uint32_t at = room->rule_last;
    if (at < account->rule_count && account->rules[at].plan == rule.plan &&
        fen_str_equal(account->rules[at].rule, rule.rule))
        return account->rules[at].number;
    bool is_there;
    at = rule_at(account, &rule, &is_there);
    room->rule_last = at;
    if (!is_there) {
        account->rules = rows_open(arena, account->rules, &account->rule_count,
                                   &room->rule_capacity, at, sizeof *account->rules);
        account->rules[at] = rule;
    }
    return account->rules[at].number;
}

uint32_t fen_account_rule_number(const struct fen_account *account, uint32_t plan,
                                 struct fen_str rule)
{
    bool is_there;
    struct fen_account_rule key = {.plan = plan, .rule = rule};
    uint32_t at = rule_at(account, &key, &is_there);
    return is_there ? account->rules[at].number : 0;
}

uint32_t fen_account_plan_rules(const struct fen_account *account, uint32_t plan,
                                uint32_t *end_out)
{
    bool is_there;
    struct fen_account_rule first = {.plan = plan}, end = {.plan = plan + 1};
    *end_out = rule_at(account, &end, &is_there);
    return rule_at(account, &first, &is_there);
}

uint32_t fen_account_sum_at(const struct fen_account *account, int32_t period, enum fen_role role,
                            uint32_t rule)
{
    struct fen_account_sum key = {.period = period, .role = role, .rule = rule};
    uint32_t at;
    LOWER_BOUND(account->sums, account->sum_count, &key, sum_compare, at);
    return at;
}

uint32_t fen_account_posted_at(const struct fen_account *account, int32_t period, uint32_t rule,
                               enum fen_role role)
{
    struct fen_account_posted key = {.period = period, .rule = rule, .role = role};
    uint32_t at;
    LOWER_BOUND(account->period_posted, account->period_posted_count, &key, posted_compare, at);
    return at;
}

void fen_account_set_posted(struct fen_arena *arena, struct fen_account *account,
                            struct fen_account_room *room, const struct fen_account_posted *posted)
{
    uint32_t at = fen_account_posted_at(account, posted->period, posted->rule, posted->role);
    bool is_there = at < account->period_posted_count &&
                    posted_compare(&account->period_posted[at], posted) == 0;
    if (posted->amount_fen != 0 && !is_there)
        account->period_posted =
            rows_open(arena, account->period_posted, &account->period_posted_count,
                      &room->period_posted_capacity, at, sizeof *posted);
    if (posted->amount_fen != 0) {
        account->period_posted[at] = *posted;
    } else if (is_there) {
        struct fen_account_posted *row = &account->period_posted[at];
        account->period_posted_count--;
        memmove(row, row + 1, (account->period_posted_count - at) * sizeof *row);
    }
}

static void add_sum(struct fen_arena *arena, struct fen_account *account,
                    struct fen_account_room *room, const struct fen_entry *entry)
{
    struct fen_account_sum key = {.period = entry->key.period,
                                  .role = entry->key.role,
                                  .rule = rule_number(arena, account, room, &entry->key)};
    uint32_t at = fen_account_sum_at(account, key.period, key.role, key.rule);
    if (at == account->sum_count || sum_compare(&account->sums[at], &key) != 0) {
        account->sums = rows_open(arena, account->sums, &account->sum_count, &room->sum_capacity,
                                  at, sizeof *account->sums);
        account->sums[at] = key;
    }
    struct fen_account_sum *sum = &account->sums[at];
    sum->amount_fen = add_within(sum->amount_fen, entry->amount_fen, &room->sum_extent);
    sum->base_fen = add_within(sum->base_fen, entry->base_fen, &room->base_extent);
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
    date->amount_fen = add_within(date->amount_fen, entry->amount_fen, &room->date_extent);
    if (date->amount_fen != 0)
        return;
    account->date_count--;
    memmove(date, date + 1, (account->date_count - at) * sizeof *date);
}

static void add_funder(struct fen_arena *arena, struct fen_account *account,
                       struct fen_account_room *room, const struct fen_entry *entry)
{
    uint32_t at = room->funder_last;
    if (at >= account->funder_count || account->funders[at].period != entry->key.period ||
        !fen_str_equal(account->funders[at].funder, entry->key.funder))
        LOWER_BOUND(account->funders, account->funder_count, &entry->key, funder_compare, at);
    room->funder_last = at;
    if (at == account->funder_count || funder_compare(&account->funders[at], &entry->key) != 0) {
        account->funders = rows_open(arena, account->funders, &account->funder_count,
                                     &room->funder_capacity, at, sizeof *account->funders);
        account->funders[at] = (struct fen_account_funder){.funder = entry->key.funder,
                                                           .period = entry->key.period};
    }
    struct fen_account_funder *funder = &account->funders[at];
    funder->amount_fen = add_within(funder->amount_fen, entry->amount_fen, &room->funder_extent);
}

/* The earliest open period from this one on (SPEC §6 Closed periods). */
static int32_t open_period(const struct fen_org *org, struct fen_str tenant, int32_t period)
{
    while (fen_org_is_closed(org, tenant, period))
        period++;
    return period;
}

bool fen_account_post(struct fen_arena *arena, struct fen_account *account,
                      struct fen_account_room *room, const struct fen_org *org,
                      struct fen_entry *entry)
{
    if (!room->is_measured)
        measure(account, room);
    if (account->refused_count > 0 || !has_room(room, entry)) {
        account->refused_count++;
        return false;
    }
    int32_t period = open_period(org, entry->tenant, entry->key.period);
    entry->is_prior = entry->is_prior || period != entry->key.period;
    entry->key.period = period;
    entry->seq = ++account->seq;
    account->balance_fen += entry->amount_fen;
    entry->balance_fen = account->balance_fen;
    add_sum(arena, account, room, entry);
    add_date(arena, account, room, entry);
    add_funder(arena, account, room, entry);
    return true;
}
