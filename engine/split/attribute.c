/* attribute: see attribute.h. */
#include "split/attribute.h"

#include "split/candidate.h"
#include "split/known.h"
#include "split/trace.h"

#define TRANSFER_COUNT_MAX 16 /* SPEC §4, bind */

/* SPEC §4, bind: follow the transfers that took effect after the holder got the customer. */
static void resolve_holder(struct fen_attribution *attribution, const struct fen_binding *binding)
{
    struct fen_str guide = binding->guide;
    int64_t since_ms = binding->effective_ms;
    for (int step = 0; step < TRANSFER_COUNT_MAX; step++) {
        const struct fen_transfer *transfer =
            fen_known_transfer(attribution, guide, since_ms, attribution->order->created_ms);
        if (transfer == NULL)
            break;
        guide = transfer->to;
        since_ms = transfer->effective_ms;
    }
    attribution->holder = guide;
    attribution->holder_since_ms = since_ms;
}

static void resolve_binding(struct fen_attribution *attribution)
{
    attribution->holder_since_ms = FEN_NONE;
    if (attribution->customer == NULL)
        return;
    const struct fen_binding *binding =
        fen_facts_binding(attribution->customer, attribution->order->created_ms);
    if (binding == NULL)
        return;
    attribution->own_store = binding->store;
    if (fen_str_is_set(binding->guide))
        resolve_holder(attribution, binding);
}

static bool has_sku_touches(const struct fen_order *order)
{
    for (uint32_t index = 0; index < order->touch_count; index++)
        if (fen_str_is_set(order->touches[index].sku))
            return true;
    return false;
}

/* Fill in what the selling store offers to `when`; NULL: nothing. */
static void fill_store(const struct fen_known_store *store, struct fen_attributes *attributes)
{
    uint32_t *symbols = attributes->symbols;
    symbols[FEN_DIMENSION_STORE] = store == NULL ? 0 : store->symbol;
    symbols[FEN_DIMENSION_STORE_KIND] = store == NULL ? 0 : store->kind_symbol;
    symbols[FEN_DIMENSION_REGION] = store == NULL ? 0 : store->region_symbol;
}

/* Likewise the role's guide. */
static void fill_guide(const struct fen_known_guide *guide, struct fen_attributes *attributes)
{
    uint32_t *symbols = attributes->symbols;
    symbols[FEN_DIMENSION_GUIDE_STORE] = guide == NULL ? 0 : guide->store_symbol;
    symbols[FEN_DIMENSION_LEVEL] = guide == NULL ? 0 : guide->level_symbol;
    symbols[FEN_DIMENSION_PAYEE_KIND] = guide == NULL ? 0 : guide->kind_symbol;
}

/* What is read soon of what is known: the misses overlap with each other and with the lookups. */
static void prefetch_facts(const struct fen_attribution *attribution)
{
    const struct fen_order *order = attribution->order;
    if (attribution->customer != NULL)
        __builtin_prefetch(attribution->customer->bindings);
    __builtin_prefetch(order->facts);
    __builtin_prefetch(order->lines);
    __builtin_prefetch(order->touches);
}

/* The roles that are about nobody on any line; `fen explain` is told so of each line. */
static uint32_t idle_roles(const struct fen_attribution *attribution)
{
    const struct fen_order *order = attribution->order;
    if (attribution->trace != NULL)
        return 0;
    return (uint32_t)!fen_str_is_set(order->coupon_guide) << FEN_ROLE_COUPON |
           (uint32_t)!fen_str_is_set(order->live_host) << FEN_ROLE_LIVE |
           (uint32_t)(!fen_str_is_set(order->sharer_guide) && order->touch_count == 0)
               << FEN_ROLE_SHARE |
           (uint32_t)!fen_str_is_set(attribution->holder) << FEN_ROLE_BIND |
           (uint32_t)(order->fact_count == 0) << FEN_ROLE_SERVE;
}

void fen_attribution_init(struct fen_attribution *attribution)
{
    const struct fen_order *order = attribution->order;
    const struct fen_plan *plan = attribution->plan;
    prefetch_facts(attribution);
    attribution->window_ms = fen_plan_window_ms(plan, order->channel);
    resolve_binding(attribution);
    attribution->store = fen_known_store(attribution, order->store);
    fen_candidate_expect(attribution);
    fen_known_prefetch(attribution);
    attribution->has_sku_touches = plan->is_sku_first && has_sku_touches(order);
    attribution->idle_roles = idle_roles(attribution);
    struct fen_attributes *attributes = &attribution->attributes;
    *attributes = (struct fen_attributes){
        .bound_days = FEN_NONE, .quantity = FEN_NONE, .base_fen = FEN_NONE};
    attributes->symbols[FEN_DIMENSION_CHANNEL] =
        fen_plan_symbol(plan, FEN_DIMENSION_CHANNEL, order->channel);
    attributes->symbols[FEN_DIMENSION_LIVE_SESSION] =
        fen_plan_symbol(plan, FEN_DIMENSION_LIVE_SESSION, order->live_session);
    if (attribution->holder_since_ms != FEN_NONE)
        attributes->bound_days =
            (order->created_ms - attribution->holder_since_ms) / (24 * INT64_C(3600000));
}

/*
 * Try a guide role. `store`: the order's, or, where the order names none, that of the guide who
 * took the exclusive credit. While an exclusive role itself is tried, the order names none and
 * `store` is NULL, it is that of the role's own guide.
 */
static bool try_guide_role(struct fen_attribution *attribution, enum fen_role role,
                           const struct fen_attributed_line *line,
                           const struct fen_known_store *store, bool is_exclusive,
                           struct fen_attributes *attributes, struct fen_credit *credit)
{
    const struct fen_candidate *candidate =
        fen_candidate_find(attribution, role, line, store);
    const struct fen_known_guide *known = candidate->known;
    if (known == NULL) {
        fen_trace_nobody(attribution->trace, role, store);
        return false;
    }
    if (candidate->standing == FEN_STANDING_INELIGIBLE) {
        fen_trace_ineligible(attribution->trace, role, known, known->record);
        return false;
    }
    if (store == NULL && is_exclusive && known->record != NULL)
        store = fen_known_store(attribution, known->record->store);
    fill_store(store, attributes);
    fill_guide(known, attributes);
    *credit = (struct fen_credit){
        .role = role,
        .rule = fen_plan_match(attribution->plan, role, attributes),
        .known = known,
        .payee = known->payee,
        .selling_store = store,
        .touch = candidate->touch,
        .is_suspended = candidate->standing == FEN_STANDING_UNKNOWN,
    };
    fen_trace_match(attribution->trace, credit, attributes, known);
    return credit->rule != NULL;
}

/* Stores need no announcement to be paid: this one is not looked up. */
static struct fen_str store_payee(struct fen_attribution *attribution, struct fen_str store)
{
    return fen_str_is_set(store)
               ? fen_arena_join(attribution->texts, FEN_STR("store"), ':', store)
               : FEN_STR_NONE;
}

/* Where the line was handed over or shipped from, or else is to be (SPEC §4). */
static struct fen_str fulfil_store(const struct fen_order *order,
                                   const struct fen_line_times *times)
{
    if (times->pickup != NULL && fen_str_is_set(times->pickup->store))
        return times->pickup->store;
    if (times->shipment != NULL && fen_str_is_set(times->shipment->store))
        return times->shipment->store;
    return fen_str_is_set(order->fulfil_store) ? order->fulfil_store : order->store;
}

/* What the selling store's record names. */
static struct fen_str store_entity(const struct fen_store *store, enum fen_role role)
{
    if (store == NULL)
        return FEN_STR_NONE;
    if (role == FEN_ROLE_FRANCHISEE)
        return store->franchisee_payee;
    if (role == FEN_ROLE_REGION)
        return store->region_payee;
    if (role == FEN_ROLE_MALL)
        return store->mall_payee;
    FEN_ASSERT(role == FEN_ROLE_BRAND);
    return store->brand_payee;
}

struct fen_str fen_attribute_other_entity(struct fen_attribution *attribution, enum fen_role role,
                                          const struct fen_attributed_line *line,
                                          const struct fen_known_store *selling_store)
{
    if (role == FEN_ROLE_HQ)
        return FEN_STR("hq");
    if (role == FEN_ROLE_OWN_STORE)
        return store_payee(attribution, attribution->own_store);
    if (role == FEN_ROLE_FULFIL_STORE)
        return store_payee(attribution, fulfil_store(attribution->order, &line->times));
    if (selling_store == NULL)
        return FEN_STR_NONE;
    return role == FEN_ROLE_SELL_STORE ? selling_store->payee
                                       : store_entity(selling_store->record, role);
}

static bool try_entity_role(struct fen_attribution *attribution, enum fen_role role,
                            const struct fen_attributed_line *line,
                            const struct fen_known_store *store,
                            struct fen_attributes *attributes, struct fen_credit *credit)
{
    struct fen_str payee = fen_attribute_entity(attribution, role, line, store);
    if (!fen_str_is_set(payee)) {
        fen_trace_nobody(attribution->trace, role, store);
        return false;
    }
    fill_store(store, attributes);
    fill_guide(NULL, attributes);
    *credit = (struct fen_credit){
        .role = role,
        .rule = fen_plan_match(attribution->plan, role, attributes),
        .payee = payee,
        .selling_store = store,
    };
    fen_trace_match(attribution->trace, credit, attributes, NULL);
    return credit->rule != NULL;
}

/* Whether a role needs no trial. */
static bool is_idle(const struct fen_attribution *attribution, enum fen_role role)
{
    return (attribution->idle_roles >> role & 1) != 0;
}

/* The first of credit_order with an eligible guide and a matching rule takes the line (§4). */
static bool find_exclusive(struct fen_attribution *attribution,
                           const struct fen_attributed_line *line,
                           struct fen_attributes *attributes, struct fen_credit *credit)
{
    const struct fen_plan *plan = attribution->plan;
    for (uint32_t index = 0; index < plan->credit_order_count; index++)
        if (!is_idle(attribution, plan->credit_order[index]) &&
            plan->rule_count[plan->credit_order[index]] > 0 &&
            try_guide_role(attribution, plan->credit_order[index], line, attribution->store, true,
                           attributes, credit))
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
    struct fen_attributes attributes = line_attributes(attribution, line);
    const struct fen_known_store *store = attribution->store;
    struct fen_credit exclusive = {.role = FEN_ROLE_NONE};
    uint32_t roles = attribution->plan->independent_roles & ~attribution->idle_roles, count = 0;
    if (find_exclusive(attribution, line, &attributes, &exclusive)) {
        store = exclusive.selling_store;
        roles |= UINT32_C(1) << exclusive.role;
    }
    for (; roles != 0; roles &= roles - 1) {
        enum fen_role role = (enum fen_role)__builtin_ctz(roles);
        struct fen_credit *credit = &credits[count];
        if (role == exclusive.role) {
            *credit = exclusive;
            count++;
        } else if (fen_role_is_entity(role)) {
            count += try_entity_role(attribution, role, line, store, &attributes, credit);
        } else {
            count += try_guide_role(attribution, role, line, store, false, &attributes, credit);
        }
    }
    return count;
}

const struct fen_rule *fen_attribute_recruit(struct fen_attribution *attribution,
                                             struct fen_str recruiter)
{
    const struct fen_known_guide *known = fen_known_guide(attribution, recruiter);
    const struct fen_known_store *store = attribution->store;
    if (store == NULL && known->record != NULL)
        store = fen_known_store(attribution, known->record->store);
    struct fen_attributes attributes = attribution->attributes;
    fill_store(store, &attributes);
    fill_guide(known, &attributes);
    struct fen_credit credit = {
        .role = FEN_ROLE_RECRUIT,
        .rule = fen_plan_match(attribution->plan, FEN_ROLE_RECRUIT, &attributes),
        .known = known,
        .selling_store = store,
        .is_suspended = known->record == NULL,
    };
    fen_trace_match(attribution->trace, &credit, &attributes, known);
    return credit.rule;
}
