/* known: see known.h. */
#include "split/known.h"

#include "base/hash.h"

/* How a record's pair hash stands in an order's references: 32 bits, guides and stores apart. */
static int64_t reference_of(char record, uint64_t hash)
{
    return (int64_t)((hash ^ (hash >> 32) ^ (uint64_t)(unsigned char)record) & UINT32_MAX);
}

int64_t fen_reference_hash(char record, struct fen_str tenant, struct fen_str id)
{
    return reference_of(record, fen_hash_pair(tenant, id));
}

/* The key to look up, noted. */
static struct fen_org_key note(struct fen_attribution *attribution, char record, struct fen_str id)
{
    struct fen_str tenant = attribution->order->tenant;
    if (attribution->tenant_hash == 0)
        attribution->tenant_hash = fen_hash(tenant);
    struct fen_org_key key = {tenant, id, fen_hash_behind(attribution->tenant_hash, id)};
    if (attribution->reference_count == attribution->reference_capacity) {
        uint32_t capacity = attribution->reference_capacity == 0
                                ? FEN_KNOWN_GUIDE_COUNT + FEN_KNOWN_STORE_COUNT
                                : attribution->reference_capacity * 2;
        attribution->references =
            fen_arena_grow(attribution->arena, attribution->references,
                           attribution->reference_count, capacity, sizeof(int64_t));
        attribution->reference_capacity = capacity;
    }
    attribution->references[attribution->reference_count++] = reference_of(record, key.hash);
    return key;
}

static const struct fen_known_guide *look_up_guide(struct fen_attribution *attribution,
                                                   struct fen_str guide)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_known_guide *known = fen_arena_allocate(attribution->arena, sizeof *known);
    attribution->guides[attribution->guide_count++ % FEN_KNOWN_GUIDE_COUNT] = known;
    struct fen_org_key key = note(attribution, 'g', guide);
    known->guide = guide;
    known->history = fen_org_find_guide_history(attribution->org, &key);
    known->record = fen_org_guide_as_of(known->history, attribution->order->created_ms);
    if (known->record == NULL) {
        known->payee = fen_arena_join(attribution->texts, FEN_STR("guide"), ':', guide);
        known->store_symbol = known->level_symbol = known->kind_symbol = 0;
        return known;
    }
    const struct fen_guide *record = known->record;
    known->payee = fen_org_guide_payee(known->history);
    known->store_symbol =
        fen_plan_symbol_numbered(plan, FEN_DIMENSION_GUIDE_STORE, record->store_number);
    known->level_symbol = fen_plan_symbol_numbered(plan, FEN_DIMENSION_LEVEL, record->level_number);
    known->kind_symbol =
        fen_plan_symbol_numbered(plan, FEN_DIMENSION_PAYEE_KIND, record->kind_number);
    return known;
}

const struct fen_known_guide *fen_known_guide(struct fen_attribution *attribution,
                                              struct fen_str guide)
{
    uint32_t count = attribution->guide_count < FEN_KNOWN_GUIDE_COUNT ? attribution->guide_count
                                                                      : FEN_KNOWN_GUIDE_COUNT;
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_is_same(attribution->guides[index]->guide, guide))
            return attribution->guides[index];
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_equal(attribution->guides[index]->guide, guide))
            return attribution->guides[index];
    return look_up_guide(attribution, guide);
}

static const struct fen_known_store *look_up_store(struct fen_attribution *attribution,
                                                   struct fen_str store)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_known_store *known = fen_arena_allocate(attribution->arena, sizeof *known);
    attribution->stores[attribution->store_count++ % FEN_KNOWN_STORE_COUNT] = known;
    struct fen_org_key key = note(attribution, 's', store);
    const struct fen_history *history = fen_org_find_store_history(attribution->org, &key);
    const struct fen_store *record =
        fen_org_store_as_of(history, attribution->order->created_ms);
    *known = (struct fen_known_store){.store = store, .record = record};
    if (record == NULL) {
        known->payee = fen_arena_join(attribution->texts, FEN_STR("store"), ':', store);
        known->symbol = fen_plan_symbol(plan, FEN_DIMENSION_STORE, store);
        return known;
    }
    known->payee = fen_org_store_payee(history);
    known->symbol = fen_plan_symbol_numbered(plan, FEN_DIMENSION_STORE, record->store_number);
    known->kind_symbol = fen_plan_store_kind_symbol(plan, record->kind);
    known->region_symbol =
        fen_plan_symbol_numbered(plan, FEN_DIMENSION_REGION, record->region_number);
    return known;
}

const struct fen_known_store *fen_known_store(struct fen_attribution *attribution,
                                              struct fen_str store)
{
    if (!fen_str_is_set(store))
        return NULL;
    uint32_t count = attribution->store_count < FEN_KNOWN_STORE_COUNT ? attribution->store_count
                                                                      : FEN_KNOWN_STORE_COUNT;
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_equal(attribution->stores[index]->store, store))
            return attribution->stores[index];
    return look_up_store(attribution, store);
}

const struct fen_transfer *fen_known_transfer(struct fen_attribution *attribution,
                                              struct fen_str guide, int64_t after_ms,
                                              int64_t until_ms)
{
    struct fen_org_key key = note(attribution, 'g', guide);
    return fen_org_find_transfer(attribution->org, &key, after_ms, until_ms);
}
