/*
 * difference: see difference.h.
 *
 * The two sorted lists are merged into rows (old and new side by side); rows of one
 * (line, role, payee) stand together, which is all that the kinds need.
 */
#include "model/difference.h"

/* What was posted and what is entitled under one key; at least one is there. */
struct row {
    const struct fen_posted *old;   /* NULL: not posted before */
    const struct fen_entitled *new; /* NULL: nothing is due any more */
};

static const struct fen_key *row_key(const struct row *row)
{
    return row->old != NULL ? &row->old->key : &row->new->key;
}

static int64_t row_old_amount(const struct row *row)
{
    return row->old == NULL ? 0 : row->old->amount_fen;
}

static int64_t row_new_amount(const struct row *row)
{
    return row->new == NULL ? 0 : row->new->amount_fen;
}

static int64_t row_old_base(const struct row *row)
{
    return row->old == NULL ? 0 : row->old->base_fen;
}

static int64_t row_new_base(const struct row *row)
{
    return row->new == NULL ? 0 : row->new->base_fen;
}

static int64_t row_earned_ms(const struct row *row)
{
    return row->new != NULL ? row->new->earned_ms : row->old->earned_ms;
}

static int64_t row_rate_ppm(const struct row *row)
{
    return row->new != NULL ? row->new->rate_ppm : row->old->rate_ppm;
}

/* Merge by key. `rows` has room for both lists. */
static uint32_t rows_merge(const struct fen_posted *posted, uint32_t posted_count,
                           const struct fen_entitled *entitled, uint32_t entitled_count,
                           struct row *rows)
{
    uint32_t count = 0, from_posted = 0, from_entitled = 0;
    while (from_posted < posted_count || from_entitled < entitled_count) {
        int order = from_posted == posted_count       ? 1
                    : from_entitled == entitled_count ? -1
                                                      : fen_key_compare(&posted[from_posted].key,
                                                              &entitled[from_entitled].key);
        rows[count++] = (struct row){
            .old = order <= 0 ? &posted[from_posted++] : NULL,
            .new = order >= 0 ? &entitled[from_entitled++] : NULL,
        };
    }
    return count;
}

static bool row_differs(const struct row *row)
{
    return row_old_amount(row) != row_new_amount(row) || row_old_base(row) != row_new_base(row);
}

static bool row_is_gone(const struct row *row)
{
    return row_new_amount(row) == 0 && row_new_base(row) == 0;
}

static bool row_is_new(const struct row *row)
{
    return row_old_amount(row) == 0 && row_old_base(row) == 0;
}

static bool rows_share_payee(const struct row *a, const struct row *b)
{
    const struct fen_key *left = row_key(a), *right = row_key(b);
    return left->line == right->line && left->role == right->role &&
           fen_str_equal(left->payee, right->payee);
}

/* Make room for `more` entries. */
static void entries_reserve(struct fen_arena *arena, struct fen_entries *entries, uint32_t more)
{
    entries->items = fen_arena_reserve(arena, entries->items, entries->count, &entries->capacity,
                                       more, sizeof *entries->items);
}

/* Whether the row moved to, or from, another period or date: its pair stands among its peers. */
static bool row_is_moved(const struct row *rows, uint32_t count, const struct row *row)
{
    bool leaves = row_is_gone(row) && !row_is_new(row);
    bool comes = row_is_new(row) && !row_is_gone(row);
    if (!leaves && !comes)
        return false;
    for (uint32_t index = 0; index < count; index++) {
        const struct row *peer = &rows[index];
        if (peer != row && fen_key_equal_but_time(row_key(peer), row_key(row)) &&
            row_differs(peer) && (leaves ? row_is_new(peer) : row_is_gone(peer)))
            return true;
    }
    return false;
}

/* SPEC §6 Kinds. `rows` are those of one (line, role, payee). */
static enum fen_kind row_kind(const struct row *rows, uint32_t count, const struct row *row)
{
    bool is_first = true;
    for (uint32_t index = 0; index < count; index++)
        is_first = is_first && rows[index].old == NULL;
    if (is_first)
        return FEN_KIND_ACCRUAL;
    if (row_is_moved(rows, count, row))
        return FEN_KIND_MOVE;
    int64_t change_fen = row_new_amount(row) - row_old_amount(row);
    if (change_fen == 0)
        change_fen = row_new_base(row) - row_old_base(row);
    return change_fen < 0 ? FEN_KIND_REVERSAL : FEN_KIND_ADJUST;
}

static void row_entry(const struct fen_difference_cause *cause, enum fen_kind kind,
                      const struct row *row, const struct fen_key *key, struct fen_entry *entry)
{
    *entry = (struct fen_entry){
        .tenant = cause->tenant,
        .key = *key,
        .subject = cause->subject,
        .kind = cause->kind != FEN_KIND_NONE ? cause->kind : kind,
        .amount_fen = row_new_amount(row) - row_old_amount(row),
        .base_fen = row_new_base(row) - row_old_base(row),
        .rate_ppm = row_rate_ppm(row),
        .capped_by = row->new == NULL ? FEN_STR_NONE : row->new->capped_by,
        .touch = row->new == NULL ? FEN_STR_NONE : row->new->touch,
        .earned_ms = row_earned_ms(row),
        .event = cause->event.id,
        .event_type = cause->event.type,
    };
}

/* The row as it is from now on. */
static void row_settle(const struct row *row, struct fen_posted *posted)
{
    *posted = (struct fen_posted){
        .key = *row_key(row),
        .amount_fen = row_new_amount(row),
        .base_fen = row_new_base(row),
        .earned_ms = row_earned_ms(row),
        .rate_ppm = row_rate_ppm(row),
    };
}

/*
 * Settle the rows of one (line, role, payee) and append an entry for each that differs. Those that
 * stand are kept, or one at zero where none stands; returns how many.
 */
static uint32_t group_post(struct fen_arena *arena, const struct fen_difference_cause *cause,
                           const struct row *rows, uint32_t count, struct fen_posted *kept,
                           struct fen_entries *entries)
{
    uint32_t kept_count = 0;
    for (uint32_t index = 0; index < count; index++) {
        const struct row *row = &rows[index];
        row_settle(row, &kept[kept_count]);
        if (row_differs(row)) {
            entries_reserve(arena, entries, 1);
            row_entry(cause, row_kind(rows, count, row), row, &kept[kept_count].key,
                      &entries->items[entries->count++]);
        }
        bool is_last_trace = index + 1 == count && kept_count == 0;
        kept_count += !row_is_gone(row) || is_last_trace;
    }
    return kept_count;
}

static bool rows_any_differs(const struct row *rows, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        if (row_differs(&rows[index]))
            return true;
    return false;
}

/* The quick way for the first evaluation of a subject: each row is an entry, and an accrual. */
static uint32_t post_first(struct fen_arena *arena, const struct fen_difference_cause *cause,
                           const struct fen_entitled *entitled, uint32_t count,
                           struct fen_posted **posted, uint32_t *posted_count,
                           struct fen_entries *entries)
{
    struct fen_posted *kept = fen_arena_allocate(arena, count * sizeof *kept);
    entries_reserve(arena, entries, count);
    struct fen_entry *entry = entries->items + entries->count;
    enum fen_kind kind = cause->kind != FEN_KIND_NONE ? cause->kind : FEN_KIND_ACCRUAL;
    for (uint32_t index = 0; index < count; index++, entry++) {
        const struct fen_entitled *due = &entitled[index];
        kept[index].key = due->key;
        kept[index].amount_fen = due->amount_fen;
        kept[index].base_fen = due->base_fen;
        kept[index].earned_ms = due->earned_ms;
        kept[index].rate_ppm = due->rate_ppm;
        entry->tenant = cause->tenant;
        entry->key = due->key;
        entry->subject = cause->subject;
        entry->seq = 0;
        entry->kind = kind;
        entry->amount_fen = due->amount_fen;
        entry->base_fen = due->base_fen;
        entry->balance_fen = 0;
        entry->rate_ppm = due->rate_ppm;
        entry->capped_by = due->capped_by;
        entry->touch = due->touch;
        entry->earned_ms = due->earned_ms;
        entry->event = cause->event.id;
        entry->event_type = cause->event.type;
        entry->is_prior = false;
    }
    entries->count += count;
    *posted = kept;
    *posted_count = count;
    return count;
}

uint32_t fen_difference(struct fen_arena *arena, struct fen_arena *scratch,
                        const struct fen_difference_cause *cause,
                        const struct fen_entitled *entitled, uint32_t entitled_count,
                        struct fen_posted **posted, uint32_t *posted_count,
                        struct fen_entries *entries)
{
    uint32_t room = *posted_count + entitled_count;
    if (room == 0)
        return 0;
    if (*posted_count == 0)
        return post_first(arena, cause, entitled, entitled_count, posted, posted_count, entries);
    struct row *rows = fen_arena_allocate(scratch, room * sizeof *rows);
    uint32_t count = rows_merge(*posted, *posted_count, entitled, entitled_count, rows);
    if (!rows_any_differs(rows, count))
        return 0;
    struct fen_posted *kept = fen_arena_allocate(arena, count * sizeof *kept);
    uint32_t kept_count = 0, before = entries->count;
    for (uint32_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && rows_share_payee(&rows[first], &rows[next]);)
            next++;
        kept_count +=
            group_post(arena, cause, &rows[first], next - first, kept + kept_count, entries);
    }
    *posted = kept;
    *posted_count = kept_count;
    return entries->count - before;
}
