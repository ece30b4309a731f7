/* pin: see pin.h. */
#include "split/pin.h"

const struct fen_plan *fen_pin_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                      struct fen_str currency, int64_t at_ms, struct fen_pin *pin,
                                      bool *is_new_out)
{
    *is_new_out = false;
    bool is_pinned = fen_str_is_set(pin->plan) && pin->at_ms == at_ms;
    if (is_pinned && !fen_catalog_is_retroactive(catalog, tenant, at_ms, pin->publication)) {
        const struct fen_plan *pinned =
            fen_catalog_find(catalog, tenant, pin->plan, pin->plan_version);
        if (pinned != NULL)
            return pinned;
    }
    *is_new_out = true;
    const struct fen_plan *plan = fen_catalog_choose(catalog, tenant, at_ms);
    if (plan != NULL && fen_str_is_set(currency) && !fen_str_equal(currency, plan->currency))
        plan = NULL;
    *pin = (struct fen_pin){.at_ms = FEN_NONE};
    if (plan != NULL)
        *pin = (struct fen_pin){plan->id, plan->version, at_ms, fen_catalog_publication(catalog)};
    return plan;
}

const struct fen_plan *fen_pin_choose_order(const struct fen_catalog *catalog,
                                            struct fen_order *order, bool *is_new_out)
{
    struct fen_pin pin = {order->plan, order->plan_version, order->plan_created_ms,
                          order->plan_publication};
    const struct fen_plan *plan = fen_pin_choose(catalog, order->tenant, order->currency,
                                                 order->created_ms, &pin, is_new_out);
    order->plan = pin.plan;
    order->plan_version = pin.plan_version;
    order->plan_created_ms = pin.at_ms;
    order->plan_publication = pin.publication;
    return plan;
}
