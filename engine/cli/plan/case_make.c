/* case_make: see the header. */
#include "cli/plan/case_make.h"

#include "model/event.h"
#include "model/period.h"
#include "plan/reader.h"

#define TRIAL_COUNT_MAX 16u
#define QUANTITY_MAX 1000000 /* as cases are read (plan/case.c) */
#define BOUND_DAYS_MAX 10000

/* A number that may help a case past the rules before its own. */
struct trial {
    uint32_t key;
    int64_t value;
};

struct trials {
    struct trial items[TRIAL_COUNT_MAX];
    uint32_t count;
};

/* Which text of which condition a case meets; of the other conditions it meets the first. */
struct choice {
    uint32_t condition, text;
};

static struct fen_str name_of(const struct fen_case_maker *maker, const char *english,
                              const char *chinese)
{
    return fen_str_from(maker->language == FEN_LANGUAGE_CHINESE ? chinese : english);
}

/* A case with one guide, one store and one order of one line. */
static struct fen_case create(const struct fen_case_maker *maker)
{
    struct fen_case one = {.bound_days = 1, .order_count = 1, .store_count = 1, .guide_count = 1};
    one.guides = FEN_ARENA_NEW(maker->arena, struct fen_case_guide);
    one.stores = FEN_ARENA_NEW(maker->arena, struct fen_case_store);
    one.orders = FEN_ARENA_NEW(maker->arena, struct fen_case_order);
    one.orders->lines = FEN_ARENA_NEW(maker->arena, struct fen_case_line);
    one.orders->line_count = 1;
    one.orders->created_ms = FEN_NONE;
    one.orders->store = FEN_STR("S1");
    one.orders->lines->quantity = 1;
    one.orders->lines->paid_fen = 1000;
    for (uint32_t digit = 0; digit < maker->plan->currency_decimals; digit++)
        one.orders->lines->paid_fen *= 10;
    *one.stores = (struct fen_case_store){.store = FEN_STR("S1"),
                                          .region = FEN_STR("R1"),
                                          .mall = FEN_STR("M1"),
                                          .franchisee = FEN_STR("F1"),
                                          .kind = FEN_STORE_OWNED};
    *one.guides = (struct fen_case_guide){.guide = name_of(maker, "A", "甲"),
                                          .store = FEN_STR("S1"),
                                          .left_ms = FEN_NONE};
    return one;
}

/* A share a day before the order; where the window is over by then, in the middle of it. */
static int64_t share_before(const struct fen_plan *plan, struct fen_str channel)
{
    int64_t window_ms = fen_plan_window_ms(plan, channel);
    if (window_ms == FEN_NONE || window_ms > FEN_DAY_MS)
        return FEN_DAY_MS;
    return window_ms < 2 * FEN_HOUR_MS ? FEN_HOUR_MS : window_ms / 2 / FEN_HOUR_MS * FEN_HOUR_MS;
}

void fen_case_enact(const struct fen_case_maker *maker, struct fen_case *one, enum fen_role role)
{
    struct fen_str guide = one->guides->guide;
    struct fen_case_order *order = one->orders;
    switch (role) {
    case FEN_ROLE_SHARE:
        order->touches = FEN_ARENA_NEW(maker->arena, struct fen_case_touch);
        *order->touches = (struct fen_case_touch){
            guide, FEN_STR_NONE, share_before(maker->plan, order->channel)};
        order->touch_count = 1;
        break;
    case FEN_ROLE_SERVE:
        order->servers = FEN_ARENA_NEW(maker->arena, struct fen_case_server);
        *order->servers = (struct fen_case_server){guide, 1};
        order->server_count = 1;
        break;
    case FEN_ROLE_BIND: one->bound_guide = guide; break;
    case FEN_ROLE_LIVE:
        order->live_host = guide;
        if (!fen_str_is_set(order->live_session))
            order->live_session = FEN_STR("live-1");
        break;
    case FEN_ROLE_COUPON: order->coupon = guide; break;
    case FEN_ROLE_SALE: order->lines->seller = guide; break;
    case FEN_ROLE_MANAGER: one->stores->manager = guide; break;
    case FEN_ROLE_OWN_STORE: one->bound_store = FEN_STR("S1"); break;
    case FEN_ROLE_BRAND:
        if (!fen_str_is_set(order->lines->brand))
            order->lines->brand = FEN_STR("B1");
        break;
    case FEN_ROLE_RECRUIT:
        one->recruiter = guide;
        one->stores->store = one->guides->store; /* the store of a registration is the guide's */
        one->order_count = 0;
        break;
    case FEN_ROLE_SELL_STORE:
    case FEN_ROLE_FULFIL_STORE:
    case FEN_ROLE_FRANCHISEE:
    case FEN_ROLE_REGION:
    case FEN_ROLE_MALL:
    case FEN_ROLE_HQ:
    case FEN_ROLE_NONE:
    case FEN_ROLE_TASK:
    case FEN_ROLE_SELF:
    case FEN_ROLE_BONUS:
    case FEN_ROLE_CAP:
    case FEN_ROLE_MANUAL:
    case FEN_ROLE_PAYOUT:
    case FEN_ROLE_NAME_COUNT: break;
    }
}

static void meet_text(struct fen_case *one, enum fen_dimension dimension, struct fen_str text)
{
    struct fen_case_order *order = one->orders;
    const struct fen_word *kind;
    switch (dimension) {
    case FEN_DIMENSION_BRAND: order->lines->brand = text; break;
    case FEN_DIMENSION_CATEGORY: order->lines->category = text; break;
    case FEN_DIMENSION_SKU: order->lines->sku = text; break;
    case FEN_DIMENSION_CHANNEL: order->channel = text; break;
    case FEN_DIMENSION_LIVE_SESSION: order->live_session = text; break;
    case FEN_DIMENSION_STORE:
        order->store = text;
        one->stores->store = text;
        one->guides->store = text;
        break;
    case FEN_DIMENSION_STORE_KIND:
        kind = fen_words_find(&fen_store_kind_words, text);
        if (kind != NULL)
            one->stores->kind = (enum fen_store_kind)kind->value;
        break;
    case FEN_DIMENSION_REGION: one->stores->region = text; break;
    case FEN_DIMENSION_GUIDE_STORE: one->guides->store = text; break;
    case FEN_DIMENSION_LEVEL: one->guides->level = text; break;
    case FEN_DIMENSION_PAYEE_KIND: one->guides->kind = text; break;
    case FEN_DIMENSION_TEXT_COUNT: break;
    }
}

static int64_t most_of(uint32_t key)
{
    return key == FEN_WHEN_KEY_BASE       ? FEN_AMOUNT_MAX
           : key == FEN_WHEN_KEY_QUANTITY ? QUANTITY_MAX
                                          : BOUND_DAYS_MAX;
}

bool fen_case_number_fits(uint32_t key, int64_t value)
{
    return value >= (key == FEN_WHEN_KEY_QUANTITY) && value <= most_of(key);
}

void fen_case_set_number(struct fen_case *one, uint32_t key, int64_t value)
{
    if (key == FEN_WHEN_KEY_QUANTITY) {
        one->orders->lines->quantity = value;
    } else if (key == FEN_WHEN_KEY_BASE) {
        one->orders->lines->paid_fen = value;
    } else {
        one->bound_guide = one->guides->guide;
        one->bound_days = value;
    }
}

/* A value well inside a range; its ends are edges, with cases of their own. */
static int64_t middle_of(const struct fen_range *range, uint32_t key)
{
    int64_t from = range->from, to = range->to;
    if (!fen_case_number_fits(key, from))
        from = key == FEN_WHEN_KEY_QUANTITY;
    if (to == INT64_MAX)
        to = from * 3; /* the middle is twice the beginning */
    if (to > most_of(key))
        to = most_of(key);
    return to < from ? from : from + (to - from) / 2;
}

/* What makes a later moment earn is among the facts by default, except for these. */
static void bring_about(struct fen_case_order *order, const struct fen_rule *rule)
{
    const uint32_t received = UINT32_C(1) << FEN_FACT_PAID | UINT32_C(1) << FEN_FACT_PICKED_UP |
                              UINT32_C(1) << FEN_FACT_RECEIVED;
    if (rule->earned == FEN_FACT_PICKED_UP && rule->role != FEN_ROLE_SERVE)
        order->facts = received;
    if (rule->earned == FEN_FACT_SHIPPED && rule->role == FEN_ROLE_SERVE)
        order->facts = received | UINT32_C(1) << FEN_FACT_SHIPPED;
}

/* A case that the conditions of a rule fit. */
static struct fen_case create_for(const struct fen_case_maker *maker, const struct fen_rule *rule,
                                  struct choice choice)
{
    struct fen_case one = create(maker);
    for (uint32_t index = 0; index < rule->condition_count; index++) {
        const struct fen_condition *condition = &rule->conditions[index];
        uint32_t text = index == choice.condition ? choice.text : 0;
        meet_text(&one, condition->dimension, condition->texts[text]);
    }
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
        if (fen_plan_range(rule, key) != NULL)
            fen_case_set_number(&one, key, middle_of(fen_plan_range(rule, key), key));
    fen_case_enact(maker, &one, rule->role);
    if (fen_str_is_set(one.orders->live_session) && !fen_str_is_set(one.orders->live_host))
        one.orders->live_host = name_of(maker, "L", "播");
    bring_about(one.orders, rule);
    return one;
}

bool fen_case_reaches(const struct fen_case_maker *maker, const struct fen_case *one,
                      struct fen_str name)
{
    struct fen_case_names names = {0};
    struct fen_case_result result;
    fen_case_run(maker->runner, one, maker->arena, &names, &result);
    return fen_case_names_has(&names, (struct fen_case_name){name, false});
}

static void add_trial(struct trials *trials, uint32_t key, int64_t value)
{
    if (!fen_case_number_fits(key, value) || trials->count == TRIAL_COUNT_MAX)
        return;
    for (uint32_t index = 0; index < trials->count; index++)
        if (trials->items[index].key == key && trials->items[index].value == value)
            return;
    trials->items[trials->count++] = (struct trial){key, value};
}

/* Just outside a range; its ends may be open. */
static void add_outside(struct trials *trials, uint32_t key, const struct fen_range *range)
{
    for (; range != NULL; range = range->next) {
        if (range->to != INT64_MAX)
            add_trial(trials, key, range->to + 1);
        if (range->from != INT64_MIN)
            add_trial(trials, key, range->from - 1);
    }
}

/* Numbers of the rule's own ranges, and those just outside the ranges of the rules before it. */
static struct trials find_trials(const struct fen_plan *plan, const struct fen_rule *rule)
{
    struct trials trials = {.count = 0};
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
        for (const struct fen_range *range = fen_plan_range(rule, key); range != NULL;
             range = range->next) {
            add_trial(&trials, key, middle_of(range, key));
            add_trial(&trials, key, range->from);
            add_trial(&trials, key, range->to);
        }
    for (const struct fen_rule *other = plan->rules[rule->role]; other < rule; other++)
        for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
            add_outside(&trials, key, fen_plan_range(other, key));
    return trials;
}

static bool try_numbers(const struct fen_case_maker *maker, const struct fen_rule *rule,
                        struct fen_case *one)
{
    struct trials trials = find_trials(maker->plan, rule);
    for (uint32_t index = 0; index < trials.count; index++) {
        *one = create_for(maker, rule, (struct choice){0});
        fen_case_set_number(one, trials.items[index].key, trials.items[index].value);
        if (fen_case_reaches(maker, one, rule->name))
            return true;
    }
    return false;
}

static bool try_texts(const struct fen_case_maker *maker, const struct fen_rule *rule,
                      struct fen_case *one)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < rule->condition_count; index++)
        for (uint32_t text = 1; text < rule->conditions[index].symbol_count; text++) {
            if (count++ == TRIAL_COUNT_MAX)
                return false;
            *one = create_for(maker, rule, (struct choice){index, text});
            if (fen_case_reaches(maker, one, rule->name))
                return true;
        }
    return false;
}

/* A rule behind others may want a store of another kind, or one that nobody knows. */
static bool try_stores(const struct fen_case_maker *maker, const struct fen_rule *rule,
                       struct fen_case *one)
{
    static const enum fen_store_kind kinds[] = {FEN_STORE_CONCESSION, FEN_STORE_FRANCHISE};
    for (size_t index = 0; index < 2; index++) {
        *one = create_for(maker, rule, (struct choice){0});
        one->stores->kind = kinds[index];
        if (fen_case_reaches(maker, one, rule->name))
            return true;
    }
    *one = create_for(maker, rule, (struct choice){0});
    one->store_count = 0;
    one->orders->store = FEN_STR_NONE;
    one->guides->store = FEN_STR_NONE;
    return fen_case_reaches(maker, one, rule->name);
}

struct fen_case fen_case_make(const struct fen_case_maker *maker, const struct fen_rule *rule)
{
    struct fen_case one = create_for(maker, rule, (struct choice){0});
    struct fen_case other = one;
    bool is_reached = fen_case_reaches(maker, &one, rule->name);
    if (!is_reached && (try_numbers(maker, rule, &other) || try_texts(maker, rule, &other) ||
                        try_stores(maker, rule, &other)))
        return other;
    return one;
}

struct fen_case fen_case_copy(const struct fen_case_maker *maker, const struct fen_case *one)
{
    struct fen_case copy = *one;
    copy.guides = FEN_ARENA_NEW(maker->arena, struct fen_case_guide);
    copy.stores = FEN_ARENA_NEW(maker->arena, struct fen_case_store);
    copy.orders = FEN_ARENA_NEW(maker->arena, struct fen_case_order);
    *copy.guides = *one->guides;
    *copy.stores = *one->stores;
    *copy.orders = *one->orders;
    copy.orders->lines = FEN_ARENA_NEW(maker->arena, struct fen_case_line);
    *copy.orders->lines = *one->orders->lines;
    if (one->orders->touch_count > 0) {
        copy.orders->touches = FEN_ARENA_NEW(maker->arena, struct fen_case_touch);
        *copy.orders->touches = *one->orders->touches;
    }
    return copy;
}
