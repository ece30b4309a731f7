/* backtest_fold: see the header. */
#include "cli/backtest/backtest_fold.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/state_table.h"
#include "model/period.h"

struct table {
    struct fen_state_table *slots; /* keys only; row i is of slot i + 1 */
    struct fen_backtest_row *rows; /* grows with realloc; texts filled when asked for */
    uint32_t count, capacity;
};

/* The rows that amounts of one subject go to, as far as they have been looked for. */
struct standing {
    struct fen_str payee, funder; /* of the last amount; absent: none yet */
    uint32_t rows[FEN_BACKTEST_DIMENSIONS]; /* of that payee and funder; but for the role */
};

/* The rows of one tenant's roles. */
struct role_rows {
    struct fen_str tenant; /* as the table holds it; absent: none yet */
    uint32_t rows[FEN_ROLE_NAME_COUNT]; /* and 1; 0: not looked for yet */
};

/* What the ledger does not say of an order. */
struct order {
    int64_t created_ms;
    uint32_t store; /* slot; 0: none */
};

struct fen_backtest_fold {
    struct fen_backtest_window window;
    const struct fen_org *org;
    struct fen_slab *slab;
    struct table tables[FEN_BACKTEST_DIMENSIONS];
    struct fen_state_table *stores; /* named by orders */
    struct order *orders;           /* by slot - 1 of the subject */
    uint32_t order_capacity;
    struct fen_backtest_counts counts;
    struct fen_arena *scratch; /* of one order or entry */
    struct standing standing;  /* of the subject */
    struct role_rows roles;    /* of the last amount's tenant */
    enum fen_backtest_side side; /* being added */
};

/* What every amount of one subject has in common. */
struct source {
    struct fen_str tenant;
    struct fen_str subject;
    struct fen_str store; /* the order names; absent: none */
    int64_t as_of_ms;
};

struct fen_backtest_fold *fen_backtest_fold_create(const struct fen_backtest_window *window,
                                                   const struct fen_org *org)
{
    struct fen_backtest_fold *fold = calloc(1, sizeof *fold);
    FEN_ASSERT(fold != NULL);
    fold->window = *window;
    fold->org = org;
    fold->slab = fen_slab_create();
    fold->scratch = fen_arena_create(4096);
    fold->stores = fen_state_table_create(fold->slab);
    for (int i = 0; i < FEN_BACKTEST_DIMENSIONS; i++)
        fold->tables[i].slots = fen_state_table_create(fold->slab);
    return fold;
}

void fen_backtest_fold_destroy(struct fen_backtest_fold *fold)
{
    if (fold == NULL)
        return;
    for (int i = 0; i < FEN_BACKTEST_DIMENSIONS; i++) {
        fen_state_table_destroy(fold->tables[i].slots);
        free(fold->tables[i].rows);
    }
    fen_state_table_destroy(fold->stores);
    free(fold->orders);
    fen_slab_destroy(fold->slab);
    fen_arena_destroy(fold->scratch);
    free(fold);
}

static uint32_t row_of(struct table *table, struct fen_str tenant, struct fen_str name)
{
    if (!fen_str_is_set(name))
        name = FEN_STR("");
    uint32_t slot = fen_state_table_insert(table->slots, tenant, name);
    if (slot > table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        table->rows = realloc(table->rows, table->capacity * sizeof *table->rows);
        FEN_ASSERT(table->rows != NULL);
    }
    FEN_ASSERT(slot <= table->count + 1);
    if (slot > table->count) {
        table->rows[slot - 1] = (struct fen_backtest_row){0};
        table->count = slot;
    }
    return slot - 1;
}

static void add_to(struct fen_backtest_fold *fold, enum fen_backtest_dimension dimension,
                   uint32_t row, int64_t amount_fen)
{
    fold->tables[dimension].rows[row].sums_fen[fold->side] += amount_fen;
}

/* The id of "KIND:ID"; absent: the payee is of another kind. */
static struct fen_str id_of(struct fen_str payee, struct fen_str kind)
{
    if (payee.size <= kind.size || memcmp(payee.data, kind.data, kind.size) != 0)
        return FEN_STR_NONE;
    return (struct fen_str){payee.data + kind.size, payee.size - kind.size};
}

static void find_standing(struct fen_backtest_fold *fold, const struct source *source,
                          struct fen_str payee, struct standing *standing)
{
    struct fen_str guide_id = fen_payee_guide(payee);
    struct fen_str store_id = id_of(payee, FEN_STR("store:"));
    struct fen_str region = id_of(payee, FEN_STR("region:"));
    struct fen_str level = FEN_STR_NONE;
    if (fen_str_is_set(guide_id)) {
        const struct fen_guide *guide =
            fen_org_guide(fold->org, source->tenant, guide_id, source->as_of_ms);
        store_id = guide == NULL ? FEN_STR_NONE : guide->store;
        level = guide == NULL ? FEN_STR_NONE : guide->level;
    } else if (!fen_str_is_set(store_id)) {
        store_id = source->store;
    }
    if (!fen_str_is_set(region) && fen_str_is_set(store_id)) {
        const struct fen_store *store =
            fen_org_store(fold->org, source->tenant, store_id, source->as_of_ms);
        region = store == NULL ? FEN_STR_NONE : store->region;
    }
    struct table *tables = fold->tables;
    uint32_t *rows = standing->rows;
    standing->payee = payee;
    rows[FEN_BACKTEST_STORE] = row_of(&tables[FEN_BACKTEST_STORE], source->tenant, store_id);
    rows[FEN_BACKTEST_REGION] = row_of(&tables[FEN_BACKTEST_REGION], source->tenant, region);
    rows[FEN_BACKTEST_LEVEL] = row_of(&tables[FEN_BACKTEST_LEVEL], source->tenant, level);
    rows[FEN_BACKTEST_PAYEE] = row_of(&tables[FEN_BACKTEST_PAYEE], source->tenant, payee);
}

static uint32_t role_row(struct fen_backtest_fold *fold, struct fen_str tenant, enum fen_role role)
{
    struct role_rows *roles = &fold->roles;
    struct table *table = &fold->tables[FEN_BACKTEST_ROLE];
    if (!fen_str_is_set(roles->tenant) || !fen_str_equal(roles->tenant, tenant))
        *roles = (struct role_rows){0};
    if (roles->rows[role] == 0)
        roles->rows[role] = row_of(table, tenant, fen_str_from(fen_role_name(role))) + 1;
    if (!fen_str_is_set(roles->tenant)) {
        struct fen_str name;
        bool has_parts = fen_str_split(fen_state_table_key(table->slots, roles->rows[role]),
                                       &roles->tenant, &name);
        FEN_ASSERT(has_parts);
    }
    return roles->rows[role] - 1;
}

static void begin_subject(struct fen_backtest_fold *fold, const struct source *source)
{
    fold->standing.payee = fold->standing.funder = FEN_STR_NONE;
    fold->standing.rows[FEN_BACKTEST_SUBJECT] =
        row_of(&fold->tables[FEN_BACKTEST_SUBJECT], source->tenant, source->subject);
}

static void add_amount(struct fen_backtest_fold *fold, const struct source *source,
                       struct fen_str payee, struct fen_str funder, enum fen_role role,
                       int64_t amount_fen)
{
    static const enum fen_backtest_dimension found[] = {
        FEN_BACKTEST_STORE, FEN_BACKTEST_REGION,  FEN_BACKTEST_FUNDER,
        FEN_BACKTEST_LEVEL, FEN_BACKTEST_PAYEE, FEN_BACKTEST_SUBJECT};
    struct standing *standing = &fold->standing;
    if (!fen_str_is_set(standing->payee) || !fen_str_equal(standing->payee, payee))
        find_standing(fold, source, payee, standing);
    if (!fen_str_is_set(standing->funder) || !fen_str_equal(standing->funder, funder)) {
        standing->funder = funder;
        standing->rows[FEN_BACKTEST_FUNDER] =
            row_of(&fold->tables[FEN_BACKTEST_FUNDER], source->tenant, funder);
    }
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        add_to(fold, found[i], standing->rows[found[i]], amount_fen);
    add_to(fold, FEN_BACKTEST_ROLE, role_row(fold, source->tenant, role), amount_fen);
}

static bool is_inside(const struct fen_backtest_fold *fold, int64_t time_ms)
{
    return fold->window.from_ms <= time_ms && time_ms < fold->window.to_ms;
}

static void keep_order(struct fen_backtest_fold *fold, const struct fen_order *order)
{
    const struct table *subjects = &fold->tables[FEN_BACKTEST_SUBJECT];
    if (fold->order_capacity < subjects->capacity) {
        fold->order_capacity = subjects->capacity;
        fold->orders = realloc(fold->orders, fold->order_capacity * sizeof *fold->orders);
        FEN_ASSERT(fold->orders != NULL);
    }
    uint32_t store = 0;
    if (fen_str_is_set(order->store))
        store = fen_state_table_insert(fold->stores, order->tenant, order->store);
    fold->orders[fold->standing.rows[FEN_BACKTEST_SUBJECT]] =
        (struct order){order->created_ms, store};
}

static void add_order(void *context, const struct fen_order *order)
{
    struct fen_backtest_fold *fold = context;
    if (!fen_str_is_set(order->placed_event) || !is_inside(fold, order->created_ms))
        return;
    bool is_other = fen_str_is_set(order->currency) &&
                    !fen_str_equal(order->currency, fold->window.currency);
    if (fold->side == FEN_BACKTEST_AFTER) {
        fold->counts.order_count++;
        fold->counts.other_currency_count += is_other;
        fold->counts.unplanned_count += !is_other && !fen_str_is_set(order->pin.plan);
    }
    if (is_other)
        return;
    fen_arena_reset(fold->scratch);
    struct source source = {
        .tenant = order->tenant,
        .subject = fen_arena_join(fold->scratch, FEN_STR("order"), ':', order->order),
        .store = order->store,
        .as_of_ms = order->created_ms,
    };
    begin_subject(fold, &source);
    keep_order(fold, order);
    for (uint32_t i = 0; i < order->posted_count; i++) {
        const struct fen_posted *posted = &order->posted[i];
        if (posted->amount_fen != 0)
            add_amount(fold, &source, posted->key.payee, posted->key.funder, posted->key.role,
                       posted->amount_fen);
    }
}

void fen_backtest_fold_add_orders(struct fen_backtest_fold *fold, enum fen_backtest_side side,
                                  struct fen_replay_machine *machine)
{
    fold->side = side;
    fen_replay_machine_visit_orders(machine, add_order, fold);
}

static int64_t period_begin_ms(const struct fen_backtest_fold *fold, int32_t period)
{
    return fen_period_first_date(period) * FEN_DAY_MS - fold->window.offset_ms;
}

/* Whether the window begins within the month: its tiers, bonuses and limits are not compared. */
static bool is_cut_month(const struct fen_backtest_fold *fold, int32_t period)
{
    int64_t from_ms = fold->window.from_ms;
    return period_begin_ms(fold, period) < from_ms && from_ms < period_begin_ms(fold, period + 1);
}

void fen_backtest_fold_add_entry(struct fen_backtest_fold *fold, enum fen_backtest_side side,
                                 const struct fen_backtest_entry *entry)
{
    struct fen_str month = id_of(entry->subject, FEN_STR("period:"));
    int32_t period;
    struct source source = {entry->tenant, entry->subject, FEN_STR_NONE, entry->earned_ms};
    int64_t moment_ms = entry->earned_ms;
    fen_arena_reset(fold->scratch);
    if (fen_str_is_set(month) && fen_period_parse(month, &period)) {
        moment_ms = period_begin_ms(fold, period);
        fold->counts.month_entry_count += is_cut_month(fold, period);
        source.subject = fen_arena_join(fold->scratch, entry->payee, '@', month);
    }
    if (!is_inside(fold, moment_ms))
        return;
    fold->side = side;
    begin_subject(fold, &source);
    add_amount(fold, &source, entry->payee, entry->funder, entry->role, entry->amount_fen);
}

void fen_backtest_fold_add_posted(struct fen_backtest_fold *fold, const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    if (key->role == FEN_ROLE_MANUAL || key->role == FEN_ROLE_PAYOUT)
        return;
    if (!fen_str_is_set(id_of(entry->subject, FEN_STR("order:")))) {
        fen_backtest_fold_add_entry(
            fold, FEN_BACKTEST_BEFORE,
            &(struct fen_backtest_entry){entry->tenant, entry->subject, key->payee, key->funder,
                                         key->role, entry->amount_fen, entry->earned_ms});
        return;
    }
    const struct table *subjects = &fold->tables[FEN_BACKTEST_SUBJECT];
    uint32_t slot = fen_state_table_find(subjects->slots, entry->tenant, entry->subject);
    if (slot == 0)
        return;
    const struct order *order = &fold->orders[slot - 1];
    struct source source = {entry->tenant, entry->subject, FEN_STR_NONE, order->created_ms};
    struct fen_str tenant;
    if (order->store != 0 && !fen_str_split(fen_state_table_key(fold->stores, order->store),
                                            &tenant, &source.store))
        return;
    fold->side = FEN_BACKTEST_BEFORE;
    begin_subject(fold, &source);
    add_amount(fold, &source, key->payee, key->funder, key->role, entry->amount_fen);
}

void fen_backtest_fold_merge(struct fen_backtest_fold *fold, const struct fen_backtest_fold *other)
{
    fold->counts.month_entry_count += other->counts.month_entry_count;
    for (int i = 0; i < FEN_BACKTEST_DIMENSIONS; i++) {
        uint32_t count;
        const struct fen_backtest_row *rows =
            fen_backtest_fold_rows(other, (enum fen_backtest_dimension)i, &count);
        for (uint32_t at = 0; at < count; at++) {
            uint32_t row = row_of(&fold->tables[i], rows[at].tenant, rows[at].name);
            for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
                fold->tables[i].rows[row].sums_fen[side] += rows[at].sums_fen[side];
        }
    }
}

struct fen_backtest_row *fen_backtest_fold_rows(const struct fen_backtest_fold *fold,
                                                enum fen_backtest_dimension dimension,
                                                uint32_t *count_out)
{
    const struct table *table = &fold->tables[dimension];
    for (uint32_t i = 0; i < table->count; i++) {
        struct fen_backtest_row *row = &table->rows[i];
        bool has_parts = fen_str_split(fen_state_table_key(table->slots, i + 1), &row->tenant,
                                       &row->name);
        FEN_ASSERT(has_parts);
    }
    *count_out = table->count;
    return table->rows;
}

const struct fen_backtest_counts *fen_backtest_fold_counts(const struct fen_backtest_fold *fold)
{
    return &fold->counts;
}
