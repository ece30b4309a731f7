/* candidate: see candidate.h. */
#include "split/candidate.h"

#include "split/known.h"
#include "split/trace.h"

static bool is_own_customer(const struct fen_guide *guide, struct fen_str customer)
{
    for (uint32_t index = 0; index < guide->customer_count; index++)
        if (fen_str_equal(guide->customers[index], customer))
            return true;
    return false;
}

enum fen_standing fen_attribute_standing(const struct fen_attribution *attribution,
                                         enum fen_role role, const struct fen_guide *record)
{
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
            fen_attribute_standing(attribution, FEN_ROLE_SHARE,
                                   fen_known_guide(attribution, touch->guide)->record) !=
                FEN_STANDING_INELIGIBLE)
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
    bool is_told = attribution->trace != NULL; /* of each touch passed over */
    if (attribution->plan->is_sku_first && (attribution->has_sku_touches || is_told))
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
                                 const struct fen_known_store *store, struct fen_str *touch_out)
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
    return store == NULL || store->record == NULL ? FEN_STR_NONE : store->record->manager;
}

/* Whether a role is about the same guide on every line. */
static bool is_of_order(const struct fen_attribution *attribution, enum fen_role role)
{
    if (role == FEN_ROLE_SHARE)
        return !attribution->has_sku_touches;
    if (role == FEN_ROLE_MANAGER)
        return attribution->store != NULL;
    return role == FEN_ROLE_COUPON || role == FEN_ROLE_LIVE || role == FEN_ROLE_BIND;
}

/* Servers are eligible as of the pickup, each for itself (distribute): here the rule counts. */
static void resolve(struct fen_attribution *attribution, enum fen_role role,
                    const struct fen_attributed_line *line, const struct fen_known_store *store,
                    struct fen_candidate *candidate)
{
    *candidate = (struct fen_candidate){.is_resolved = true};
    struct fen_str guide = role_guide(attribution, role, line, store, &candidate->touch);
    if (!fen_str_is_set(guide))
        return;
    candidate->known = fen_known_guide(attribution, guide);
    candidate->standing = role == FEN_ROLE_SERVE
                              ? FEN_STANDING_ELIGIBLE
                              : fen_attribute_standing(attribution, role, candidate->known->record);
}

const struct fen_candidate *fen_candidate_find(struct fen_attribution *attribution,
                                               enum fen_role role,
                                               const struct fen_attributed_line *line,
                                               const struct fen_known_store *store)
{
    struct fen_candidate *candidate = &attribution->candidates[role];
    if (!candidate->is_resolved || attribution->trace != NULL || !is_of_order(attribution, role))
        resolve(attribution, role, line, store, candidate);
    return candidate;
}

/* Nobody is expected for a role without rules. */
static void expect(struct fen_attribution *attribution, enum fen_role role, struct fen_str guide)
{
    if (attribution->plan->rule_count[role] > 0)
        fen_known_expect(attribution, guide);
}

void fen_candidate_expect(struct fen_attribution *attribution)
{
    const struct fen_order *order = attribution->order;
    const struct fen_known_store *store = attribution->store;
    expect(attribution, FEN_ROLE_COUPON, order->coupon_guide);
    expect(attribution, FEN_ROLE_LIVE, order->live_host);
    expect(attribution, FEN_ROLE_SHARE, order->sharer_guide);
    expect(attribution, FEN_ROLE_SALE, order->seller);
    expect(attribution, FEN_ROLE_BIND, attribution->holder);
    if (order->touch_count > 0)
        expect(attribution, FEN_ROLE_SHARE, order->touches[0].guide);
    for (uint32_t fact = 0; fact < order->fact_count; fact++)
        for (uint32_t server = 0; server < order->facts[fact].server_count; server++)
            expect(attribution, FEN_ROLE_SERVE, order->facts[fact].servers[server].guide);
    if (store != NULL && store->record != NULL)
        expect(attribution, FEN_ROLE_MANAGER, store->record->manager);
}
