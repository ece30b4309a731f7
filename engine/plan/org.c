/* org: lookups as of a time, see org.h. Histories stand in ascending (effective, event id). */
#include "plan/org.h"

#include "base/hash.h"
#include "model/entry.h"
#include "plan/org_builder.h"

/*
 * SPEC §3: of `count` ascending times the greatest index with time <= at; before the first time the
 * last of those equal to it. `stride_bytes` from one time to the next.
 */
static uint32_t index_as_of(const int64_t *times, size_t stride_bytes, uint32_t count,
                            int64_t at_ms)
{
    if (count == 1)
        return 0;
    const char *first = (const char *)times;
    int64_t time_ms = at_ms < *times ? *times : at_ms;
    uint32_t low = 0, high = count; /* times[low] <= time_ms < times[high] */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        int64_t middle_ms;
        memcpy(&middle_ms, first + middle * stride_bytes, sizeof middle_ms);
        if (middle_ms <= time_ms)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct fen_org_key key_of(struct fen_str tenant, struct fen_str id)
{
    return (struct fen_org_key){tenant, id, fen_hash_pair(tenant, id)};
}

const struct fen_guide *fen_org_guide(const struct fen_org *org, struct fen_str tenant,
                                      struct fen_str guide, int64_t at_ms)
{
    struct fen_org_key key = key_of(tenant, guide);
    return fen_org_guide_as_of(fen_org_find_guide_history(org, &key), at_ms);
}

const struct fen_store *fen_org_store(const struct fen_org *org, struct fen_str tenant,
                                      struct fen_str store, int64_t at_ms)
{
    struct fen_org_key key = key_of(tenant, store);
    return fen_org_store_as_of(fen_org_find_store_history(org, &key), at_ms);
}

const struct fen_transfer *fen_org_transfer(const struct fen_org *org, struct fen_str tenant,
                                            struct fen_str guide, int64_t after_ms,
                                            int64_t until_ms)
{
    struct fen_org_key key = key_of(tenant, guide);
    return fen_org_find_transfer(org, &key, after_ms, until_ms);
}

const struct fen_history *fen_org_find_guide_history(const struct fen_org *org,
                                                     const struct fen_org_key *key)
{
    return fen_directory_find_hash(org->guides, key->hash, key->tenant, key->id);
}

const struct fen_history *fen_org_find_store_history(const struct fen_org *org,
                                                     const struct fen_org_key *key)
{
    return fen_directory_find_hash(org->stores, key->hash, key->tenant, key->id);
}

void fen_org_prefetch_guide(const struct fen_org *org, uint64_t hash)
{
    fen_directory_prefetch_slot(org->guides, hash);
}

void fen_org_prefetch_guide_history(const struct fen_org *org, uint64_t hash)
{
    fen_directory_prefetch_history(org->guides, hash);
}

static struct fen_str with_prefix(struct fen_str id, uint32_t prefix_size)
{
    return (struct fen_str){id.data - prefix_size, prefix_size + id.size};
}

struct fen_str fen_org_guide_payee(const struct fen_history *history)
{
    return with_prefix(history->id, sizeof FEN_ORG_GUIDE_PREFIX - 1);
}

struct fen_str fen_org_store_payee(const struct fen_history *history)
{
    return with_prefix(history->id, sizeof FEN_ORG_STORE_PREFIX - 1);
}

const struct fen_guide *fen_org_guide_as_of(const struct fen_history *history, int64_t at_ms)
{
    if (history == NULL)
        return NULL;
    const struct fen_guide *versions = (const void *)history->items;
    return &versions[index_as_of(&versions->effective_ms, sizeof *versions, history->count, at_ms)];
}

const struct fen_guide *fen_org_guide_newest(const struct fen_org *org, struct fen_str tenant,
                                             struct fen_str guide)
{
    return fen_org_guide(org, tenant, guide, INT64_MAX);
}

struct fen_str fen_org_payee_store(const struct fen_org *org, struct fen_str tenant,
                                   struct fen_str payee)
{
    struct fen_str guide = fen_payee_guide(payee);
    const struct fen_guide *record =
        fen_str_is_set(guide) ? fen_org_guide_newest(org, tenant, guide) : NULL;
    return record == NULL ? FEN_STR_NONE : record->store;
}

const struct fen_store *fen_org_store_as_of(const struct fen_history *history, int64_t at_ms)
{
    if (history == NULL)
        return NULL;
    const struct fen_store *versions = (const void *)history->items;
    return &versions[index_as_of(&versions->effective_ms, sizeof *versions, history->count, at_ms)];
}

const struct fen_transfer *fen_org_find_transfer(const struct fen_org *org,
                                                 const struct fen_org_key *key, int64_t after_ms,
                                                 int64_t until_ms)
{
    const struct fen_history *history =
        fen_directory_find_hash(org->transfers, key->hash, key->tenant, key->id);
    if (history == NULL)
        return NULL;
    const struct fen_transfer *transfers = (const void *)history->items;
    for (uint32_t index = 0; index < history->count; index++)
        if (transfers[index].effective_ms > after_ms)
            return transfers[index].effective_ms <= until_ms ? &transfers[index] : NULL;
    return NULL;
}

bool fen_org_is_closed(const struct fen_org *org, struct fen_str tenant, int32_t period)
{
    const struct fen_history *history = fen_directory_find(org->periods, tenant, FEN_STR_NONE);
    if (history == NULL)
        return false;
    const int32_t *periods = (const void *)history->items;
    for (uint32_t index = history->count; index > 0; index--)
        if (periods[index - 1] <= period)
            return periods[index - 1] == period;
    return false;
}

uint64_t fen_org_change_count(const struct fen_org *org)
{
    return org->change_count;
}

const struct fen_org_change *fen_org_change(const struct fen_org *org, uint64_t index)
{
    FEN_ASSERT(index < org->change_count);
    return &org->blocks[index / FEN_CHANGE_LOG_BLOCK_ROWS][index % FEN_CHANGE_LOG_BLOCK_ROWS];
}
