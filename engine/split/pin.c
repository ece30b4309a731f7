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
