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

/* fen_hash_pair of tenant and id. */
static uint64_t hash_of(struct fen_attribution *attribution, struct fen_str id)
{
    if (attribution->tenant_hash == 0)
        attribution->tenant_hash = fen_hash(attribution->order->tenant);
    return fen_hash_behind(attribution->tenant_hash, id);
}

/* The key to look up, noted. */
static struct fen_org_key note(struct fen_attribution *attribution, char record, struct fen_str id,
                               uint64_t hash)
{
    if (attribution->reference_count == attribution->reference_capacity) {
        uint32_t capacity = attribution->reference_capacity == 0
                                ? FEN_KNOWN_GUIDE_COUNT + FEN_KNOWN_STORE_COUNT
                                : attribution->reference_capacity * 2;
        attribution->references =
            fen_arena_grow(attribution->arena, attribution->references,
                           attribution->reference_count, capacity, sizeof(int64_t));
        attribution->reference_capacity = capacity;
    }
    attribution->references[attribution->reference_count++] = reference_of(record, hash);
    return (struct fen_org_key){attribution->order->tenant, id, hash};
}

/* The guide among those at hand; NULL: it is not. Mostly asked for by the very same bytes. */
static struct fen_known_guide *find_guide(const struct fen_attribution *attribution,
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
    return NULL;
}

static struct fen_known_guide *add_guide(struct fen_attribution *attribution, struct fen_str guide)
{
    struct fen_known_guide *known = fen_arena_allocate(attribution->arena, sizeof *known);
    attribution->guides[attribution->guide_count++ % FEN_KNOWN_GUIDE_COUNT] = known;
    known->guide = guide;
    known->hash = hash_of(attribution, guide);
    known->is_looked_up = false;
    return known;
}

static void look_up_guide(struct fen_attribution *attribution, struct fen_known_guide *known)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_org_key key = note(attribution, 'g', known->guide, known->hash);
    known->is_looked_up = true;
    known->history = fen_org_find_guide_history(attribution->org, &key);
    known->record = fen_org_guide_as_of(known->history, attribution->order->created_ms);
    if (known->record == NULL) {
        known->payee = fen_arena_join(attribution->texts, FEN_STR("guide"), ':', known->guide);
        known->store_symbol = known->level_symbol = known->kind_symbol = 0;
        return;
    }
    const struct fen_guide *record = known->record;
    known->payee = fen_org_guide_payee(known->history);
    known->store_symbol =
        fen_plan_symbol_numbered(plan, FEN_DIMENSION_GUIDE_STORE, record->store_number);
    known->level_symbol = fen_plan_symbol_numbered(plan, FEN_DIMENSION_LEVEL, record->level_number);
    known->kind_symbol =
        fen_plan_symbol_numbered(plan, FEN_DIMENSION_PAYEE_KIND, record->kind_number);
}

const struct fen_known_guide *fen_known_guide(struct fen_attribution *attribution,
                                              struct fen_str guide)
{
    struct fen_known_guide *known = find_guide(attribution, guide);
    if (known == NULL)
        known = add_guide(attribution, guide);
    if (!known->is_looked_up)
        look_up_guide(attribution, known);
    return known;
}

void fen_known_expect(struct fen_attribution *attribution, struct fen_str guide)
{
    if (fen_str_is_set(guide) && attribution->guide_count < FEN_KNOWN_GUIDE_COUNT &&
        find_guide(attribution, guide) == NULL)
        fen_org_prefetch_guide(attribution->org, add_guide(attribution, guide)->hash);
}

void fen_known_prefetch(const struct fen_attribution *attribution)
{
    for (uint32_t index = 0; index < attribution->guide_count; index++)
        fen_org_prefetch_guide_history(attribution->org, attribution->guides[index]->hash);
}

static const struct fen_known_store *look_up_store(struct fen_attribution *attribution,
                                                   struct fen_str store)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_known_store *known = fen_arena_allocate(attribution->arena, sizeof *known);
    attribution->stores[attribution->store_count++ % FEN_KNOWN_STORE_COUNT] = known;
    struct fen_org_key key = note(attribution, 's', store, hash_of(attribution, store));
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
    const struct fen_known_guide *known = find_guide(attribution, guide);
    uint64_t hash = known == NULL ? hash_of(attribution, guide) : known->hash;
    struct fen_org_key key = note(attribution, 'g', guide, hash);
    return fen_org_find_transfer(attribution->org, &key, after_ms, until_ms);
}
