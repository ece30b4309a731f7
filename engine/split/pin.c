/* pin: see pin.h. */
#include "split/pin.h"

static const struct fen_pin no_pin = {.at_ms = FEN_NONE};

static struct fen_pin pin_to(const struct fen_plan *plan, int64_t at_ms, int64_t publication)
{
    return plan == NULL ? no_pin
                        : (struct fen_pin){plan->id, plan->version, at_ms, publication};
}

/*
 * What a pin says for a time; NULL: nothing. Where retroactive publications have come since, what
 * the newest of them chose: a version that was published after it chooses nothing anew.
 */
static const struct fen_plan *follow(const struct fen_catalog *catalog, struct fen_str tenant,
                                     struct fen_pin *pin, int64_t at_ms)
{
    if (!fen_str_is_set(pin->plan) || pin->at_ms != at_ms)
        return NULL;
    int64_t publication = fen_catalog_retroactive(catalog, tenant, at_ms, pin->publication);
    if (publication == 0)
        return fen_catalog_find(catalog, tenant, pin->plan, pin->plan_version);
    const struct fen_plan *plan = fen_catalog_choose_of(catalog, tenant, at_ms, publication);
    *pin = pin_to(plan, at_ms, publication);
    return plan;
}

const struct fen_plan *fen_pin_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                      int64_t at_ms, struct fen_pin *pin, bool *is_new_out)
{
    int64_t publication = pin->publication;
    const struct fen_plan *plan = follow(catalog, tenant, pin, at_ms);
    *is_new_out = plan == NULL || pin->publication != publication;
    if (plan != NULL)
        return plan;
    plan = fen_catalog_choose(catalog, tenant, at_ms);
    *pin = pin_to(plan, at_ms, fen_catalog_publication(catalog));
    return plan;
}

/* Whether the order is in the plan's currency; one that names none is. */
static bool is_in_currency(const struct fen_order *order, const struct fen_plan *plan)
{
    return plan != NULL
           && (!fen_str_is_set(order->currency) || fen_str_equal(order->currency, plan->currency));
}

/* What was pinned stays so, should the order come back to that `created` or currency. */
static void put_pin_away(struct fen_order *order, struct fen_arena *arena)
{
    if (!fen_str_is_set(order->pin.plan))
        return;
    uint32_t count = order->former_pin_count;
    order->former_pins = fen_arena_grow(arena, order->former_pins, count, count + 1,
                                        sizeof *order->former_pins);
    order->former_pins[order->former_pin_count++] = order->pin;
    order->pin = no_pin;
}

/* Take back the pin of the order's `created` and currency; NULL: there is none. */
static const struct fen_plan *take_pin_back(const struct fen_catalog *catalog,
                                            struct fen_order *order)
{
    for (uint32_t index = 0; index < order->former_pin_count; index++) {
        struct fen_pin *pin = &order->former_pins[index];
        const struct fen_plan *plan = follow(catalog, order->tenant, pin, order->created_ms);
        if (!is_in_currency(order, plan))
            continue;
        order->pin = *pin;
        *pin = order->former_pins[--order->former_pin_count];
        return plan;
    }
    return NULL;
}

static const struct fen_plan *choose_anew(const struct fen_catalog *catalog,
                                          struct fen_order *order)
{
    const struct fen_plan *plan = fen_catalog_choose(catalog, order->tenant, order->created_ms);
    if (!is_in_currency(order, plan))
        return NULL;
    order->pin = pin_to(plan, order->created_ms, fen_catalog_publication(catalog));
    return plan;
}

const struct fen_plan *fen_pin_choose_order(const struct fen_catalog *catalog,
                                            struct fen_order *order, struct fen_arena *arena,
                                            bool *is_new_out)
{
    int64_t publication = order->pin.publication;
    const struct fen_plan *plan =
        follow(catalog, order->tenant, &order->pin, order->created_ms);
    bool is_kept = is_in_currency(order, plan);
    *is_new_out = !is_kept || order->pin.publication != publication;
    if (is_kept)
        return plan;
    put_pin_away(order, arena);
    plan = take_pin_back(catalog, order);
    return plan != NULL ? plan : choose_anew(catalog, order);
}
