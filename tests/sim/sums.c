/* sums: see sums.h. Sorted and folded before they are compared. */
#include "sim/sums.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"

#define TOLD_MAX 8u

static struct sim_sum *add(struct sim_sums *sums, struct fen_str key)
{
    if (sums->count == sums->capacity) {
        sums->capacity = sums->capacity == 0 ? 256 : sums->capacity * 2;
        sums->items = fen_arena_grow(sums->arena, sums->items, sums->count, sums->capacity,
                                     sizeof *sums->items);
    }
    struct sim_sum *sum = &sums->items[sums->count++];
    *sum = (struct sim_sum){.key = key};
    sums->is_sorted = false;
    return sum;
}

void sim_sums_add(struct sim_sums *sums, const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    int32_t period = sums->is_without_periods ? 0 : key->period;
    struct sim_sum *sum = add(
        sums, fen_arena_format(sums->arena,
                               "%.*s/%.*s from %.*s, %.*s line %" PRId64
                               ", role %d portion %d, rule %.*s of %.*s@%" PRIu32
                               ", period %d, date %d",
                               FEN_STR_ARG(entry->tenant), FEN_STR_ARG(key->payee),
                               FEN_STR_ARG(key->funder), FEN_STR_ARG(entry->subject), key->line,
                               (int)key->role, (int)key->portion, FEN_STR_ARG(key->rule),
                               FEN_STR_ARG(key->plan), key->plan_version, (int)period,
                               (int)key->available_date));
    sum->amount_fen = entry->amount_fen;
    sum->base_fen = entry->base_fen;
}

void sim_sums_put(struct sim_sums *sums, struct fen_str key, int64_t amount_fen)
{
    add(sums, key)->amount_fen = amount_fen;
}

void sim_sums_add_dead_letter(struct sim_sums *sums, const struct fen_message *message)
{
    sums->dead_letter_count++;
    sums->dead_letter_hash += fen_hash_pair(message->key, message->value);
}

static int compare(const void *a, const void *b)
{
    return fen_str_compare(((const struct sim_sum *)a)->key, ((const struct sim_sum *)b)->key);
}

/* Each key once, without those that came to nothing. */
static void sort(struct sim_sums *sums)
{
    uint32_t kept = 0;
    if (sums->is_sorted || sums->count == 0)
        return;
    qsort(sums->items, sums->count, sizeof *sums->items, compare);
    for (uint32_t i = 0; i < sums->count;) {
        struct sim_sum sum = sums->items[i++];
        for (; i < sums->count && fen_str_equal(sums->items[i].key, sum.key); i++) {
            sum.amount_fen += sums->items[i].amount_fen;
            sum.base_fen += sums->items[i].base_fen;
        }
        if (sum.amount_fen != 0 || sum.base_fen != 0)
            sums->items[kept++] = sum;
    }
    sums->count = kept;
    sums->is_sorted = true;
}

static void tell(struct fen_buffer *difference, const struct sim_sum *expected,
                 const struct sim_sum *found)
{
    fen_buffer_append_format(difference, "\n    %.*s: ",
                             FEN_STR_ARG(expected == NULL ? found->key : expected->key));
    if (expected == NULL)
        fen_buffer_append_format(difference, "nothing was due");
    else
        fen_buffer_append_format(difference, "%" PRId64 " of %" PRId64 " due",
                                 expected->amount_fen, expected->base_fen);
    if (found == NULL)
        fen_buffer_append_format(difference, ", nothing found");
    else
        fen_buffer_append_format(difference, ", %" PRId64 " of %" PRId64 " found",
                                 found->amount_fen, found->base_fen);
}

bool sim_sums_equal(struct sim_sums *expected, struct sim_sums *found,
                    struct fen_buffer *difference)
{
    sort(expected);
    sort(found);
    uint32_t told_count = 0;
    for (uint32_t i = 0, j = 0; i < expected->count || j < found->count;) {
        const struct sim_sum *due = i < expected->count ? &expected->items[i] : NULL;
        const struct sim_sum *is = j < found->count ? &found->items[j] : NULL;
        int order = due == NULL ? 1 : is == NULL ? -1 : fen_str_compare(due->key, is->key);
        bool is_same = order == 0 && due->amount_fen == is->amount_fen &&
                       due->base_fen == is->base_fen;
        if (!is_same && told_count++ < TOLD_MAX)
            tell(difference, order <= 0 ? due : NULL, order >= 0 ? is : NULL);
        i += order <= 0;
        j += order >= 0;
    }
    if (expected->dead_letter_count == found->dead_letter_count &&
        expected->dead_letter_hash == found->dead_letter_hash)
        return told_count == 0;
    fen_buffer_append_format(difference, "\n    %" PRIu64 " dead letters due, %" PRIu64 " found",
                             expected->dead_letter_count, found->dead_letter_count);
    return false;
}
