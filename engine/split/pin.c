/* pin: see pin.h. */
#include "split/pin.h"

/* What a pin says for a time; NULL: nothing, or a retroactive publication has come since. */
static const struct fen_plan *plan_of(const struct fen_catalog *catalog, struct fen_str tenant,
                                      const struct fen_pin *pin, int64_t at_ms)
{
    if (!fen_str_is_set(pin->plan) || pin->at_ms != at_ms
        || fen_catalog_is_retroactive(catalog, tenant, at_ms, pin->publication))
        return NULL;
    return fen_catalog_find(catalog, tenant, pin->plan, pin->plan_version);
}

static struct fen_pin pin_to(const struct fen_catalog *catalog, const struct fen_plan *plan,
                             int64_t at_ms)
{
    if (plan == NULL)
        return (struct fen_pin){.at_ms = FEN_NONE};
    return (struct fen_pin){plan->id, plan->version, at_ms, fen_catalog_publication(catalog)};
}

const struct fen_plan *fen_pin_choose(const struct fen_catalog *catalog, struct fen_str tenant,
                                      int64_t at_ms, struct fen_pin *pin, bool *is_new_out)
{
    const struct fen_plan *plan = plan_of(catalog, tenant, pin, at_ms);
    *is_new_out = plan == NULL;
    if (plan != NULL)
        return plan;
    plan = fen_catalog_choose(catalog, tenant, at_ms);
    *pin = pin_to(catalog, plan, at_ms);
    return plan;
}

/* Whether the order is in the plan's currency; one that names none is. */
static bool is_in_currency(const struct fen_order *order, const struct fen_plan *plan)
{
    return plan != NULL
           && (!fen_str_is_set(order->currency) || fen_str_equal(order->currency, plan->currency));
}

/* The pin for the order's `created` among the former ones; their count: there is none. */
static uint32_t find_former(const struct fen_order *order)
{
    uint32_t index = 0;
    while (index < order->former_pin_count
           && order->former_pins[index].at_ms != order->created_ms)
        index++;
    return index;
}

/* What was pinned stays so, should the order come back to that `created` or currency. */
static void keep_pin(struct fen_order *order, struct fen_arena *arena)
{
    if (!fen_str_is_set(order->pin.plan))
        return;
    uint32_t count = order->former_pin_count;
    order->former_pins = fen_arena_grow(arena, order->former_pins, count, count + 1,
                                        sizeof *order->former_pins);
    order->former_pins[order->former_pin_count++] = order->pin;
}

/* One (order, `created`) has one pin. */
static void take_former(struct fen_order *order, uint32_t index)
{
    if (index < order->former_pin_count)
        order->former_pins[index] = order->former_pins[--order->former_pin_count];
}

static const struct fen_plan *recall(const struct fen_catalog *catalog, struct fen_order *order)
{
    uint32_t index = find_former(order);
    if (index == order->former_pin_count)
        return NULL;
    struct fen_pin pin = order->former_pins[index];
    const struct fen_plan *plan = plan_of(catalog, order->tenant, &pin, order->created_ms);
    if (!is_in_currency(order, plan))
        return NULL;
    take_former(order, index);
    order->pin = pin;
    return plan;
}

static const struct fen_plan *choose_anew(const struct fen_catalog *catalog,
                                          struct fen_order *order)
{
    const struct fen_plan *plan =
        fen_catalog_choose(catalog, order->tenant, order->created_ms);
    if (!is_in_currency(order, plan))
        return NULL;
    take_former(order, find_former(order));
    order->pin = pin_to(catalog, plan, order->created_ms);
    return plan;
}

const struct fen_plan *fen_pin_choose_order(const struct fen_catalog *catalog,
                                            struct fen_order *order, struct fen_arena *arena,
                                            bool *is_new_out)
{
    const struct fen_plan *plan =
        plan_of(catalog, order->tenant, &order->pin, order->created_ms);
    *is_new_out = !is_in_currency(order, plan);
    if (!*is_new_out)
        return plan;
    keep_pin(order, arena);
    order->pin = pin_to(catalog, NULL, FEN_NONE);
    plan = recall(catalog, order);
    return plan != NULL ? plan : choose_anew(catalog, order);
}
