/* attribute: see attribute.h. */
#include "split/attribute.h"

#include "base/hash.h"
#include "split/trace.h"

#define TRANSFER_COUNT_MAX 16 /* SPEC §4, bind */

int64_t fen_reference_hash(char record, struct fen_str tenant, struct fen_str id)
{
    uint64_t hash = fen_hash_pair(tenant, id);
    return (int64_t)((hash ^ (hash >> 32) ^ (uint64_t)(unsigned char)record) & UINT32_MAX);
}

static void note_reference(struct fen_attribution *attribution, char record, struct fen_str id)
{
    int64_t hash = fen_reference_hash(record, attribution->order->tenant, id);
    FEN_ARENA_PUSH(attribution->arena, attribution->references, attribution->reference_count,
                   attribution->reference_capacity, hash);
}

static const struct fen_known_guide *look_up_guide(struct fen_attribution *attribution,
                                                   struct fen_str guide, int64_t at_ms)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_known_guide *known =
        &attribution->guides[attribution->guide_count++ % FEN_KNOWN_GUIDE_COUNT];
    note_reference(attribution, 'g', guide);
    *known = (struct fen_known_guide){.guide = guide, .at_ms = at_ms};
    known->record = fen_org_guide(attribution->org, attribution->order->tenant, guide, at_ms);
    if (known->record != NULL) {
        known->store_symbol =
            fen_plan_symbol(plan, FEN_DIMENSION_GUIDE_STORE, known->record->store);
        known->level_symbol = fen_plan_symbol(plan, FEN_DIMENSION_LEVEL, known->record->level);
        known->kind_symbol = fen_plan_symbol(plan, FEN_DIMENSION_PAYEE_KIND, known->record->kind);
    }
    return known;
}

/* The guide as of a time; the record may be NULL. Valid until FEN_KNOWN_GUIDE_COUNT others. */
static const struct fen_known_guide *know_guide(struct fen_attribution *attribution,
                                                struct fen_str guide, int64_t at_ms)
{
    uint32_t count = attribution->guide_count < FEN_KNOWN_GUIDE_COUNT ? attribution->guide_count
                                                                      : FEN_KNOWN_GUIDE_COUNT;
    for (uint32_t index = 0; index < count; index++) {
        const struct fen_known_guide *known = &attribution->guides[index];
        if (known->at_ms == at_ms && fen_str_equal(known->guide, guide))
            return known;
    }
    return look_up_guide(attribution, guide, at_ms);
}

const struct fen_guide *fen_attribute_guide(struct fen_attribution *attribution,
                                            struct fen_str guide, int64_t at_ms)
{
    return know_guide(attribution, guide, at_ms)->record;
}

static const struct fen_known_store *look_up_store(struct fen_attribution *attribution,
                                                   struct fen_str store)
{
    const struct fen_plan *plan = attribution->plan;
    const struct fen_order *order = attribution->order;
    struct fen_known_store *known =
        &attribution->stores[attribution->store_count++ % FEN_KNOWN_STORE_COUNT];
    note_reference(attribution, 's', store);
    *known = (struct fen_known_store){.store = store};
    known->record = fen_org_store(attribution->org, order->tenant, store, order->created_ms);
    known->symbol = fen_plan_symbol(plan, FEN_DIMENSION_STORE, store);
    if (known->record != NULL) {
        struct fen_str kind = fen_str_from(fen_store_kind_names.names[known->record->kind]);
        known->kind_symbol = fen_plan_symbol(plan, FEN_DIMENSION_STORE_KIND, kind);
        known->region_symbol =
            fen_plan_symbol(plan, FEN_DIMENSION_REGION, known->record->region);
    }
    return known;
}

/* The store as of the order's `created`; NULL: none is given. Valid until a few others are. */
static const struct fen_known_store *know_store(struct fen_attribution *attribution,
                                                struct fen_str store)
{
    if (!fen_str_is_set(store))
        return NULL;
    uint32_t count = attribution->store_count < FEN_KNOWN_STORE_COUNT ? attribution->store_count
                                                                      : FEN_KNOWN_STORE_COUNT;
    for (uint32_t index = 0; index < count; index++)
        if (fen_str_equal(attribution->stores[index].store, store))
            return &attribution->stores[index];
    return look_up_store(attribution, store);
}

static const struct fen_store *attribute_store(struct fen_attribution *attribution,
                                               struct fen_str store)
{
    const struct fen_known_store *known = know_store(attribution, store);
    return known == NULL ? NULL : known->record;
}

/* SPEC §4, bind: follow the transfers that took effect after the holder got the customer. */
static void resolve_holder(struct fen_attribution *attribution, const struct fen_binding *binding)
{
    struct fen_str guide = binding->guide;
    int64_t since_ms = binding->effective_ms;
    for (int step = 0; step < TRANSFER_COUNT_MAX; step++) {
        note_reference(attribution, 'g', guide);
        const struct fen_transfer *transfer =
            fen_org_transfer(attribution->org, attribution->order->tenant, guide, since_ms,
                             attribution->order->created_ms);
        if (transfer == NULL)
            break;
        guide = transfer->to;
        since_ms = transfer->effective_ms;
    }
    attribution->holder = guide;
    attribution->holder_since_ms = since_ms;
}

void fen_attribution_init(struct fen_attribution *attribution)
{
    const struct fen_order *order = attribution->order;
    const struct fen_plan *plan = attribution->plan;
    attribution->holder = FEN_STR_NONE;
    attribution->holder_since_ms = FEN_NONE;
    attribution->own_store = FEN_STR_NONE;
    attribution->window_ms = fen_plan_window_ms(plan, order->channel);
    const struct fen_binding *binding =
        attribution->customer == NULL
            ? NULL
            : fen_facts_binding(attribution->customer, order->created_ms);
    if (binding != NULL) {
        attribution->own_store = binding->store;
        if (fen_str_is_set(binding->guide))
            resolve_holder(attribution, binding);
    }
    struct fen_attributes *attributes = &attribution->attributes;
    *attributes = (struct fen_attributes){.bound_days = FEN_NONE};
    attributes->symbols[FEN_DIMENSION_CHANNEL] =
        fen_plan_symbol(plan, FEN_DIMENSION_CHANNEL, order->channel);
    attributes->symbols[FEN_DIMENSION_LIVE_SESSION] =
        fen_plan_symbol(plan, FEN_DIMENSION_LIVE_SESSION, order->live_session);
    if (attribution->holder_since_ms != FEN_NONE)
        attributes->bound_days =
            (order->created_ms - attribution->holder_since_ms) / (24 * INT64_C(3600000));
}

static bool is_own_customer(const struct fen_guide *guide, struct fen_str customer)
{
    for (uint32_t index = 0; index < guide->customer_count; index++)
        if (fen_str_equal(guide->customers[index], customer))
            return true;
    return false;
}

enum fen_standing fen_attribute_standing(struct fen_attribution *attribution, enum fen_role role,
                                         struct fen_str guide, int64_t at_ms)
{
    const struct fen_guide *record = fen_attribute_guide(attribution, guide, at_ms);
    if (record == NULL)
        return FEN_STANDING_UNKNOWN;
    if (record->status != FEN_GUIDE_ACTIVE)
        return FEN_STANDING_INELIGIBLE;
    bool is_barred = !attribution->plan->pays_self_purchase && role != FEN_ROLE_MANAGER &&
                     fen_str_is_set(attribution->order->customer) &&
                     is_own_customer(record, attribution->order->customer);
    return is_barred ? FEN_STANDING_INELIGIBLE : FEN_STANDING_ELIGIBLE;
}

bool fen_attribute_is_inside_window(const struct fen_attribution *attribution, int64_t at_ms)
{
    int64_t created_ms = attribution->order->created_ms;
    return attribution->window_ms != FEN_NONE && at_ms <= created_ms &&
           created_ms - at_ms < attribution->window_ms;
}

/*
 * The touch inside the window with the greatest (at, event id) whose guide is not ineligible: the
 * newest stand first.
 */
static const struct fen_touch_fact *find_touch(struct fen_attribution *attribution,
                                               struct fen_str sku)
{
    const struct fen_order *order = attribution->order;
    for (uint32_t index = 0; index < order->touch_count; index++) {
        const struct fen_touch_fact *touch = &order->touches[index];
        if (fen_attribute_is_inside_window(attribution, touch->at_ms) &&
            (!fen_str_is_set(sku) || fen_str_equal(touch->sku, sku)) &&
            fen_attribute_standing(attribution, FEN_ROLE_SHARE, touch->guide,
                                   order->created_ms) != FEN_STANDING_INELIGIBLE)
            return touch;
        if (attribution->trace != NULL)
            fen_trace_passed_touch(attribution->trace, attribution, touch, sku);
    }
    return NULL;
}

/* SPEC §4, share: the order's own sharer decides alone, else the touches. */
static struct fen_str find_sharer(struct fen_attribution *attribution, struct fen_str sku,
                                  struct fen_str *touch_out)
{
    const struct fen_order *order = attribution->order;
    if (fen_str_is_set(order->sharer_guide) &&
        fen_attribute_is_inside_window(attribution, order->sharer_time_ms))
        return order->sharer_guide;
    const struct fen_touch_fact *touch = NULL;
    if (attribution->plan->is_sku_first)
        touch = find_touch(attribution, sku);
    if (touch == NULL)
        touch = find_touch(attribution, FEN_STR_NONE);
    if (touch == NULL)
        return FEN_STR_NONE;
    *touch_out = touch->event;
    return touch->guide;
}

/* The guide a role is about on this line; absent: none. */
static struct fen_str role_guide(struct fen_attribution *attribution, enum fen_role role,
                                 const struct fen_attributed_line *line,
                                 struct fen_str selling_store, struct fen_str *touch_out)
{
    const struct fen_order *order = attribution->order;
    if (role == FEN_ROLE_COUPON)
        return order->coupon_guide;
    if (role == FEN_ROLE_LIVE)
        return order->live_host;
    if (role == FEN_ROLE_SHARE)
        return find_sharer(attribution, line->line->sku, touch_out);
    if (role == FEN_ROLE_BIND)
        return attribution->holder;
    if (role == FEN_ROLE_SALE)
        return fen_str_is_set(line->line->seller) ? line->line->seller : order->seller;
    if (role == FEN_ROLE_SERVE) {
        const struct fen_line_fact *pickup = line->times.pickup;
        return pickup != NULL && pickup->server_count > 0 ? pickup->servers[0].guide
                                                          : FEN_STR_NONE;
    }
    FEN_ASSERT(role == FEN_ROLE_MANAGER);
    const struct fen_store *store = attribute_store(attribution, selling_store);
    return store == NULL ? FEN_STR_NONE : store->manager;
}

/* Fill in what the selling store and the role's guide offer to `when`; either may be NULL. */
static void fill_attributes(const struct fen_known_store *store,
                            const struct fen_known_guide *guide,
                            struct fen_attributes *attributes)
{
    uint32_t *symbols = attributes->symbols;
    if (store != NULL) {
        symbols[FEN_DIMENSION_STORE] = store->symbol;
        symbols[FEN_DIMENSION_STORE_KIND] = store->kind_symbol;
        symbols[FEN_DIMENSION_REGION] = store->region_symbol;
    }
    if (guide != NULL) {
        symbols[FEN_DIMENSION_GUIDE_STORE] = guide->store_symbol;
        symbols[FEN_DIMENSION_LEVEL] = guide->level_symbol;
        symbols[FEN_DIMENSION_PAYEE_KIND] = guide->kind_symbol;
    }
}

static struct fen_str prefixed(struct fen_attribution *attribution, const char *prefix,
                               struct fen_str id)
{
    if (!fen_str_is_set(id))
        return FEN_STR_NONE;
    return fen_arena_join(attribution->arena, fen_str_from(prefix), ':', id);
}

/*
 * Try a guide role. `fallback_store`: where the order names no store, the store of the guide that
 * took the exclusive credit; NULL while an exclusive role itself is tried (then its own guide's).
 */
static bool try_guide_role(struct fen_attribution *attribution, enum fen_role role,
                           const struct fen_attributed_line *line,
                           const struct fen_attributes *line_attributes,
                           const struct fen_str *fallback_store, struct fen_credit *credit)
{
    const struct fen_order *order = attribution->order;
    struct fen_str selling_store = order->store;
    if (!fen_str_is_set(selling_store) && fallback_store != NULL)
        selling_store = *fallback_store;
    *credit = (struct fen_credit){.role = role};
    struct fen_str guide = role_guide(attribution, role, line, selling_store, &credit->touch);
    if (!fen_str_is_set(guide)) {
        fen_trace_nobody(attribution->trace, credit, selling_store);
        return false;
    }
    /* Servers are eligible as of the pickup, each for itself (distribute): here the rule counts. */
    enum fen_standing standing = FEN_STANDING_ELIGIBLE;
    if (role != FEN_ROLE_SERVE)
        standing = fen_attribute_standing(attribution, role, guide, order->created_ms);
    const struct fen_known_guide *known = know_guide(attribution, guide, order->created_ms);
    if (standing == FEN_STANDING_INELIGIBLE) {
        fen_trace_ineligible(attribution->trace, role, guide, known->record);
        return false;
    }
    if (!fen_str_is_set(selling_store) && fallback_store == NULL && known->record != NULL)
        selling_store = known->record->store;
    const struct fen_known_store *store = know_store(attribution, selling_store);
    struct fen_attributes attributes = *line_attributes;
    fill_attributes(store, known, &attributes);
    credit->rule = fen_plan_match(attribution->plan, role, &attributes);
    credit->guide = guide;
    credit->payee = prefixed(attribution, "guide", guide);
    credit->selling_store = selling_store;
    credit->is_suspended = standing == FEN_STANDING_UNKNOWN;
    fen_trace_match(attribution->trace, credit, &attributes, store, known);
    return credit->rule != NULL;
}

struct fen_str fen_attribute_entity(struct fen_attribution *attribution, enum fen_role role,
                                    const struct fen_attributed_line *line,
                                    struct fen_str selling_store)
{
    const struct fen_order *order = attribution->order;
    if (role == FEN_ROLE_HQ)
        return FEN_STR("hq");
    if (role == FEN_ROLE_SELL_STORE)
        return prefixed(attribution, "store", selling_store);
    if (role == FEN_ROLE_OWN_STORE)
        return prefixed(attribution, "store", attribution->own_store);
    if (role == FEN_ROLE_FULFIL_STORE) {
        struct fen_str store = order->store;
        if (line->times.pickup != NULL && fen_str_is_set(line->times.pickup->store))
            store = line->times.pickup->store;
        else if (line->times.shipment != NULL && fen_str_is_set(line->times.shipment->store))
            store = line->times.shipment->store;
        else if (fen_str_is_set(order->fulfil_store))
            store = order->fulfil_store;
        return prefixed(attribution, "store", store);
    }
    if (role == FEN_ROLE_BRAND && fen_str_is_set(line->line->brand))
        return prefixed(attribution, "brand", line->line->brand);
    const struct fen_store *store = attribute_store(attribution, selling_store);
    if (store == NULL)
        return FEN_STR_NONE;
    if (role == FEN_ROLE_FRANCHISEE)
        return prefixed(attribution, "franchisee", store->franchisee);
    if (role == FEN_ROLE_REGION)
        return prefixed(attribution, "region", store->region);
    if (role == FEN_ROLE_MALL)
        return prefixed(attribution, "mall", store->mall);
    FEN_ASSERT(role == FEN_ROLE_BRAND);
    return prefixed(attribution, "brand", store->brand);
}

static bool try_entity_role(struct fen_attribution *attribution, enum fen_role role,
                            const struct fen_attributed_line *line,
                            const struct fen_attributes *line_attributes,
                            struct fen_str selling_store, struct fen_credit *credit)
{
    struct fen_str payee = fen_attribute_entity(attribution, role, line, selling_store);
    if (!fen_str_is_set(payee)) {
        *credit = (struct fen_credit){.role = role};
        fen_trace_nobody(attribution->trace, credit, selling_store);
        return false;
    }
    const struct fen_known_store *store = know_store(attribution, selling_store);
    struct fen_attributes attributes = *line_attributes;
    fill_attributes(store, NULL, &attributes);
    *credit = (struct fen_credit){
        .role = role,
        .rule = fen_plan_match(attribution->plan, role, &attributes),
        .payee = payee,
        .selling_store = selling_store,
    };
    fen_trace_match(attribution->trace, credit, &attributes, store, NULL);
    return credit->rule != NULL;
}

/* The first of credit_order with an eligible guide and a matching rule takes the line (§4). */
static bool find_exclusive(struct fen_attribution *attribution,
                           const struct fen_attributed_line *line,
                           const struct fen_attributes *attributes, struct fen_credit *credit)
{
    const struct fen_plan *plan = attribution->plan;
    for (uint32_t index = 0; index < plan->credit_order_count; index++)
        if (plan->rule_count[plan->credit_order[index]] > 0 &&
            try_guide_role(attribution, plan->credit_order[index], line, attributes, NULL, credit))
            return true;
    return false;
}

static struct fen_attributes line_attributes(const struct fen_attribution *attribution,
                                             const struct fen_attributed_line *line)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_attributes attributes = attribution->attributes;
    attributes.symbols[FEN_DIMENSION_BRAND] =
        fen_plan_symbol(plan, FEN_DIMENSION_BRAND, line->line->brand);
    attributes.symbols[FEN_DIMENSION_CATEGORY] =
        fen_plan_symbol(plan, FEN_DIMENSION_CATEGORY, line->line->category);
    attributes.symbols[FEN_DIMENSION_SKU] =
        fen_plan_symbol(plan, FEN_DIMENSION_SKU, line->line->sku);
    attributes.quantity = line->line->quantity;
    attributes.base_fen = line->base_fen;
    return attributes;
}

uint32_t fen_attribute_line(struct fen_attribution *attribution,
                            const struct fen_attributed_line *line, struct fen_credit *credits)
{
    const struct fen_plan *plan = attribution->plan;
    struct fen_attributes attributes = line_attributes(attribution, line);
    uint32_t count = 0;
    struct fen_str store = attribution->order->store;
    if (find_exclusive(attribution, line, &attributes, &credits[0])) {
        store = credits[0].selling_store;
        count = 1;
    }
    for (enum fen_role role = FEN_ROLE_SHARE; role < FEN_ROLE_COUNT; role++) {
        if (plan->rule_count[role] == 0 || role == FEN_ROLE_RECRUIT || role == FEN_ROLE_TASK ||
            fen_plan_is_exclusive(plan, role))
            continue;
        bool has_credit = fen_role_is_entity(role)
                              ? try_entity_role(attribution, role, line, &attributes, store,
                                                &credits[count])
                              : try_guide_role(attribution, role, line, &attributes, &store,
                                               &credits[count]);
        count += has_credit;
    }
    return count;
}

const struct fen_rule *fen_attribute_recruit(struct fen_attribution *attribution,
                                             struct fen_str recruiter)
{
    const struct fen_order *order = attribution->order;
    const struct fen_known_guide *known = know_guide(attribution, recruiter, order->created_ms);
    struct fen_str store = order->store;
    if (!fen_str_is_set(store) && known->record != NULL)
        store = known->record->store;
    struct fen_attributes attributes = attribution->attributes;
    attributes.quantity = FEN_NONE;
    attributes.base_fen = FEN_NONE;
    const struct fen_known_store *known_store = know_store(attribution, store);
    fill_attributes(known_store, known, &attributes);
    struct fen_credit credit = {
        .role = FEN_ROLE_RECRUIT,
        .rule = fen_plan_match(attribution->plan, FEN_ROLE_RECRUIT, &attributes),
        .guide = recruiter,
        .selling_store = store,
        .is_suspended = known->record == NULL,
    };
    fen_trace_match(attribution->trace, &credit, &attributes, known_store, known);
    return credit.rule;
}
