/*
 * difference: see difference.h.
 *
 * The two sorted lists are merged into rows (old and new side by side); rows of one
 * (line, role, payee) stand together, which is all that the kinds need.
 */
#include "model/difference.h"

struct row {
    struct fen_key key;
    int64_t old_amount_fen, new_amount_fen;
    int64_t old_base_fen, new_base_fen;
    int64_t earned_ms;
    int64_t rate_ppm;
    struct fen_str capped_by;
    struct fen_str touch;
    bool was_posted;
};

static struct row row_from_posted(const struct fen_posted *posted)
{
    return (struct row){
        .key = posted->key,
        .old_amount_fen = posted->amount_fen,
        .old_base_fen = posted->base_fen,
        .earned_ms = posted->earned_ms,
        .rate_ppm = posted->rate_ppm,
        .was_posted = true,
    };
}

/* A key that was posted keeps its own texts, which outlive the entitlement's. */
static void row_take(struct row *row, const struct fen_entitled *entitled)
{
    if (!row->was_posted)
        row->key = entitled->key;
    row->new_amount_fen = entitled->amount_fen;
    row->new_base_fen = entitled->base_fen;
    row->earned_ms = entitled->earned_ms;
    row->rate_ppm = entitled->rate_ppm;
    row->capped_by = entitled->capped_by;
    row->touch = entitled->touch;
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
        struct row *row = &rows[count++];
        *row = (struct row){0};
        if (order <= 0)
            *row = row_from_posted(&posted[from_posted++]);
        if (order >= 0)
            row_take(row, &entitled[from_entitled++]);
    }
    return count;
}

static bool row_differs(const struct row *row)
{
    return row->old_amount_fen != row->new_amount_fen || row->old_base_fen != row->new_base_fen;
}

static bool row_is_gone(const struct row *row)
{
    return row->new_amount_fen == 0 && row->new_base_fen == 0;
}

static bool row_is_new(const struct row *row)
{
    return row->old_amount_fen == 0 && row->old_base_fen == 0;
}

static bool rows_share_payee(const struct row *a, const struct row *b)
{
    return a->key.line == b->key.line && a->key.role == b->key.role &&
           fen_str_equal(a->key.payee, b->key.payee);
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
        if (peer != row && fen_key_equal_but_time(&peer->key, &row->key) && row_differs(peer) &&
            (leaves ? row_is_new(peer) : row_is_gone(peer)))
            return true;
    }
    return false;
}

/* SPEC §6 Kinds. `rows` are those of one (line, role, payee). */
static enum fen_kind row_kind(const struct row *rows, uint32_t count, const struct row *row)
{
    bool is_first = true;
    for (uint32_t index = 0; index < count; index++)
        is_first = is_first && !rows[index].was_posted;
    if (is_first)
        return FEN_KIND_ACCRUAL;
    if (row_is_moved(rows, count, row))
        return FEN_KIND_MOVE;
    int64_t change_fen = row->new_amount_fen - row->old_amount_fen;
    if (change_fen == 0)
        change_fen = row->new_base_fen - row->old_base_fen;
    return change_fen < 0 ? FEN_KIND_REVERSAL : FEN_KIND_ADJUST;
}

static struct fen_entry row_entry(const struct fen_difference_cause *cause, enum fen_kind kind,
                                  const struct row *row)
{
    return (struct fen_entry){
        .tenant = cause->tenant,
        .key = row->key,
        .subject = cause->subject,
        .kind = cause->kind != FEN_KIND_NONE ? cause->kind : kind,
        .amount_fen = row->new_amount_fen - row->old_amount_fen,
        .base_fen = row->new_base_fen - row->old_base_fen,
        .rate_ppm = row->rate_ppm,
        .capped_by = row->capped_by,
        .touch = row->touch,
        .earned_ms = row->earned_ms,
        .event = cause->event,
    };
}

/* Keep the rows of one (line, role, payee) that stand, or one at zero where none stands. */
static uint32_t group_keep(const struct row *rows, uint32_t count, struct fen_posted *kept)
{
    uint32_t kept_count = 0;
    for (uint32_t index = 0; index < count; index++) {
        bool is_last_trace = index + 1 == count && kept_count == 0;
        if (row_is_gone(&rows[index]) && !is_last_trace)
            continue;
        kept[kept_count++] = (struct fen_posted){
            .key = rows[index].key,
            .amount_fen = rows[index].new_amount_fen,
            .base_fen = rows[index].new_base_fen,
            .earned_ms = rows[index].earned_ms,
            .rate_ppm = rows[index].rate_ppm,
        };
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

/* Texts of new keys leave the scratch memory. */
static void rows_settle(struct fen_arena *arena, struct row *rows, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        if (rows[index].was_posted)
            continue;
        rows[index].key.payee = fen_arena_copy(arena, rows[index].key.payee);
        rows[index].key.funder = fen_arena_copy(arena, rows[index].key.funder);
    }
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
    struct row *rows = fen_arena_allocate(scratch, room * sizeof *rows);
    uint32_t count = rows_merge(*posted, *posted_count, entitled, entitled_count, rows);
    if (!rows_any_differs(rows, count))
        return 0;
    rows_settle(arena, rows, count);
    struct fen_posted *kept = fen_arena_allocate(arena, count * sizeof *kept);
    uint32_t kept_count = 0, before = entries->count;
    for (uint32_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && rows_share_payee(&rows[first], &rows[next]);)
            next++;
        for (uint32_t index = first; index < next; index++)
            if (row_differs(&rows[index])) {
                enum fen_kind kind = row_kind(&rows[first], next - first, &rows[index]);
                FEN_ARENA_PUSH(arena, entries->items, entries->count, entries->capacity,
                               row_entry(cause, kind, &rows[index]));
            }
        kept_count += group_keep(&rows[first], next - first, kept + kept_count);
    }
    *posted = kept;
    *posted_count = kept_count;
    return entries->count - before;
}
