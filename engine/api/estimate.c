/* estimate: see estimate.h. */
#include "api/estimate.h"

#include <string.h>

#include "api/money_text.h"
#include "model/period.h"
#include "split/explain.h"
#include "split/facts.h"
#include "wire/event_decode.h"
#include "wire/json.h"

/* The ids of what never was; nothing of it leaves this file. */
#define ORDER_ID FEN_STR("estimate")
#define CUSTOMER_ID FEN_STR("estimate")

static const enum fen_role guide_roles[] = {FEN_ROLE_SHARE,  FEN_ROLE_SERVE, FEN_ROLE_BIND,
                                            FEN_ROLE_LIVE, FEN_ROLE_COUPON, FEN_ROLE_SALE};

static bool is_guide_role(int role)
{
    for (size_t index = 0; index < sizeof guide_roles / sizeof *guide_roles; index++) {
        if (guide_roles[index] == (enum fen_role)role)
            return true;
    }
    return false;
}

/* The roles as bits; 0: one of them is none. */
static uint32_t read_roles(struct fen_str text)
{
    uint32_t roles = 0;
    if (!fen_str_is_set(text))
        return 1u << FEN_ROLE_SHARE;
    for (;;) {
        const char *comma = text.size == 0 ? NULL : memchr(text.data, ',', text.size);
        uint32_t size = comma == NULL ? text.size : (uint32_t)(comma - text.data);
        int role = fen_names_find(&fen_role_names, (struct fen_str){text.data, size});
        if (!is_guide_role(role))
            return 0;
        roles |= 1u << role;
        if (comma == NULL)
            return roles;
        text = (struct fen_str){comma + 1, text.size - size - 1};
    }
}

/* What the evaluation is made from. */
struct estimate {
    const struct fen_estimate_request *request;
    struct fen_arena *arena;
    struct fen_str guide;
    uint32_t roles;
    struct fen_explanation explanation;
};

static bool has_role(const struct estimate *estimate, enum fen_role role)
{
    return (estimate->roles & 1u << role) != 0;
}

/* The cart as an order.placed of now, with the guide where the roles say. */
static void place(const struct estimate *estimate, struct fen_event *event)
{
    struct fen_str guide = estimate->guide;
    event->id = ORDER_ID;
    event->type = FEN_EVENT_ORDER_PLACED;
    event->tenant = estimate->request->tenant;
    event->order = ORDER_ID;
    event->time_ms = event->created_ms = estimate->request->now_ms;
    event->version = 1;
    event->customer = has_role(estimate, FEN_ROLE_BIND) ? CUSTOMER_ID : FEN_STR_NONE;
    event->coupon_guide = has_role(estimate, FEN_ROLE_COUPON) ? guide : FEN_STR_NONE;
    event->seller = has_role(estimate, FEN_ROLE_SALE) ? guide : FEN_STR_NONE;
    event->sharer = NULL;
    event->live = NULL;
    if (has_role(estimate, FEN_ROLE_SHARE)) {
        event->sharer = FEN_ARENA_NEW(estimate->arena, struct fen_sharer);
        *event->sharer = (struct fen_sharer){guide, event->created_ms};
    }
    if (has_role(estimate, FEN_ROLE_LIVE)) {
        event->live = FEN_ARENA_NEW(estimate->arena, struct fen_live);
        *event->live = (struct fen_live){ORDER_ID, guide};
    }
    if (fen_str_is_set(event->store))
        return;
    const struct fen_guide *record = fen_org_guide(estimate->explanation.reference->org,
                                                   event->tenant, guide, event->created_ms);
    if (record != NULL)
        event->store = record->store;
}

/* Through the decoder, which fills defaults in and refuses what it would refuse of an order. */
static bool read_cart(const struct estimate *estimate, struct fen_event *event_out,
                      struct fen_str *reason_out)
{
    struct fen_event event;
    struct fen_record_error error;
    struct fen_refused refused;
    struct fen_buffer text = {0};
    if (fen_json_decode(&fen_event_schema, estimate->request->cart, estimate->arena, &event,
                        &error) != FEN_RECORD_OK) {
        *reason_out = FEN_STR("the body is no cart in JSON: {\"lines\":[...]}");
        return false;
    }
    place(estimate, &event);
    fen_event_encode(FEN_WIRE_JSON, &event, &text);
    struct fen_str json = fen_arena_copy(estimate->arena, fen_buffer_str(&text));
    fen_buffer_deinit(&text);
    if (fen_event_decode(FEN_WIRE_JSON, json, estimate->arena, event_out, &refused) ==
        FEN_REFUSAL_NONE)
        return true;
    *reason_out = refused.sentence;
    return false;
}

/* Everything that earns or releases has happened, so that no rule waits for it. */
static void happen(struct estimate *estimate, const struct fen_event *placed)
{
    static const enum fen_event_type types[] = {FEN_EVENT_ORDER_PAID, FEN_EVENT_ORDER_SHIPPED,
                                                FEN_EVENT_ORDER_PICKED_UP,
                                                FEN_EVENT_ORDER_RECEIVED};
    struct fen_order *order = &estimate->explanation.order;
    struct fen_server *server = FEN_ARENA_NEW(estimate->arena, struct fen_server);
    *server = (struct fen_server){.guide = estimate->guide, .weight = 1};
    fen_record_clear(&fen_order_schema, order);
    order->tenant = placed->tenant;
    order->order = placed->order;
    (void)fen_facts_merge_order(estimate->arena, placed, order);
    for (size_t index = 0; index < sizeof types / sizeof *types; index++) {
        struct fen_event event = {.id = fen_str_from(fen_event_type_names.names[types[index]]),
                                  .type = types[index],
                                  .tenant = placed->tenant,
                                  .order = placed->order,
                                  .time_ms = placed->time_ms,
                                  .at_ms = placed->time_ms};
        if (types[index] == FEN_EVENT_ORDER_PICKED_UP) {
            event.store = placed->store;
            event.servers = server;
            event.server_count = has_role(estimate, FEN_ROLE_SERVE) ? 1 : 0;
        }
        (void)fen_facts_merge_order(estimate->arena, &event, order);
    }
}

static void bind(struct estimate *estimate, const struct fen_event *placed)
{
    struct fen_customer *customer = &estimate->explanation.customer;
    const struct fen_event event = {.id = ORDER_ID,
                                    .type = FEN_EVENT_CUSTOMER_BOUND,
                                    .tenant = placed->tenant,
                                    .customer = CUSTOMER_ID,
                                    .guide = estimate->guide,
                                    .store = placed->store,
                                    .time_ms = placed->time_ms,
                                    .effective_ms = placed->time_ms};
    if (!has_role(estimate, FEN_ROLE_BIND))
        return;
    fen_record_clear(&fen_customer_schema, customer);
    customer->tenant = placed->tenant;
    customer->customer = CUSTOMER_ID;
    (void)fen_facts_merge_customer(estimate->arena, &event, customer);
}

/* --- the answer ------------------------------------------------------------------------------- */

static const struct fen_rule *rule_of(const struct fen_plan *plan, const struct fen_key *key)
{
    for (uint32_t index = 0; index < plan->rule_count[key->role]; index++) {
        if (fen_str_equal(plan->rules[key->role][index].name, key->rule))
            return &plan->rules[key->role][index];
    }
    return NULL;
}

static void append_text(struct fen_buffer *out, const char *name, struct fen_str text)
{
    fen_buffer_append_format(out, ",\"%s\":", name);
    if (fen_str_is_set(text) && text.size > 0)
        fen_json_append_text(out, text);
    else
        fen_buffer_append_format(out, "null");
}

static void append_hold(struct fen_buffer *out, const struct fen_rule *rule)
{
    fen_buffer_append_format(out, ",\"hold\":");
    if (rule == NULL || rule->hold_from == FEN_FACT_NONE)
        fen_buffer_append_format(out, "null");
    else
        fen_buffer_append_format(out, "{\"from\":\"%.*s\",\"days\":%d}",
                                 FEN_STR_ARG(fen_str_from(
                                     fen_fact_kind_names.names[rule->hold_from])),
                                 (int)rule->hold_days);
}

static void append_part(struct fen_buffer *out, const struct fen_plan *plan,
                        const struct fen_entitled *entitled)
{
    const struct fen_key *key = &entitled->key;
    char date[FEN_DATE_TEXT_BYTES];
    fen_buffer_append_format(out, "{\"line\":%lld,\"role\":\"%s\",\"amount\":",
                             (long long)key->line, fen_role_name(key->role));
    fen_money_text_append_json(out, entitled->amount_fen);
    fen_buffer_append_format(out, ",\"base\":");
    fen_money_text_append_json(out, entitled->base_fen);
    append_text(out, "rule", key->rule);
    append_text(out, "portion", fen_str_from(fen_role_name(key->portion)));
    fen_buffer_append_format(out, ",\"rate_ppm\":");
    if (entitled->rate_ppm == FEN_NONE)
        fen_buffer_append_format(out, "null");
    else
        fen_json_append_integer(out, entitled->rate_ppm);
    append_text(out, "capped_by", entitled->capped_by);
    append_text(out, "funder", key->funder);
    append_hold(out, rule_of(plan, key));
    bool has_date = key->available_date != FEN_DATE_NONE &&
                    fen_date_format(key->available_date, date);
    append_text(out, "available_on", has_date ? fen_str_from(date) : FEN_STR_NONE);
    fen_buffer_append_byte(out, '}');
}

/* By role, in the order of the roles' numbers. */
static void append_roles(struct fen_buffer *out, const struct estimate *estimate,
                         const int64_t amounts[FEN_ROLE_COUNT])
{
    bool is_first = true;
    fen_buffer_append_format(out, "],\"by_role\":{");
    for (int role = 1; role < FEN_ROLE_COUNT; role++) {
        if (!has_role(estimate, (enum fen_role)role) && amounts[role] == 0)
            continue;
        fen_buffer_append_format(out, "%s\"%s\":", is_first ? "" : ",",
                                 fen_role_name((enum fen_role)role));
        fen_money_text_append_json(out, amounts[role]);
        is_first = false;
    }
    fen_buffer_append_byte(out, '}');
}

static void append_answer(struct fen_buffer *out, const struct estimate *estimate)
{
    const struct fen_plan *plan = estimate->explanation.plan;
    const struct fen_entitlement *entitlement = &estimate->explanation.entitlement;
    int64_t amounts[FEN_ROLE_COUNT] = {0};
    int64_t total_fen = 0;
    bool is_first = true;
    fen_buffer_append_format(out, "{\"payee\":");
    fen_json_append_text(out, estimate->request->payee);
    fen_buffer_append_format(out, ",\"plan\":\"%.*s@%u\",\"currency\":\"%.*s\",\"parts\":[",
                             FEN_STR_ARG(plan->id), (unsigned)plan->version,
                             FEN_STR_ARG(plan->currency));
    for (uint32_t index = 0; index < entitlement->count; index++) {
        const struct fen_entitled *entitled = &entitlement->items[index];
        if (!fen_str_equal(entitled->key.payee, estimate->request->payee))
            continue;
        if (!is_first)
            fen_buffer_append_byte(out, ',');
        append_part(out, plan, entitled);
        amounts[entitled->key.role] += entitled->amount_fen;
        total_fen += entitled->amount_fen;
        is_first = false;
    }
    append_roles(out, estimate, amounts);
    fen_buffer_append_format(out, ",\"total\":");
    fen_money_text_append_json(out, total_fen);
    fen_buffer_append_byte(out, '}');
}

enum fen_estimate_fate fen_estimate_append_json(const struct fen_reference *reference,
                                                const struct fen_estimate_request *request,
                                                struct fen_arena *arena, struct fen_buffer *out,
                                                struct fen_str *reason_out)
{
    struct fen_event placed;
    struct estimate estimate = {.request = request,
                                .arena = arena,
                                .guide = fen_payee_guide(request->payee),
                                .roles = read_roles(request->roles),
                                .explanation = {.arena = arena, .reference = reference}};
    if (!fen_str_is_set(estimate.guide))
        return FEN_ESTIMATE_NOT_A_GUIDE;
    if (estimate.roles == 0)
        return FEN_ESTIMATE_BAD_ROLE;
    if (!read_cart(&estimate, &placed, reason_out))
        return FEN_ESTIMATE_BAD_CART;
    happen(&estimate, &placed);
    bind(&estimate, &placed);
    fen_explain_order(&estimate.explanation);
    if (estimate.explanation.plan == NULL)
        return FEN_ESTIMATE_NO_PLAN;
    append_answer(out, &estimate);
    return FEN_ESTIMATE_GOOD;
}
