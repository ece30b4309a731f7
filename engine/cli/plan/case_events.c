/* case_events: see the header. */
#include "cli/plan/case_events.h"

#include <stdio.h>

#include "model/event.h"
#include "model/period.h"
#include "wire/json_fields.h"

#define MINUTE_MS INT64_C(60000)

struct maker {
    const struct fen_plan *plan;
    const struct fen_case *one;
    struct fen_str tenant;
    struct fen_arena *arena;
    struct fen_case_events *events;
    struct fen_buffer json;
    int64_t start_ms; /* of the first order */
};

/* Begin an event; fields follow, then finish. */
static struct fen_buffer *begin(struct maker *maker, const char *type, int64_t time_ms)
{
    char id[16];
    (void)snprintf(id, sizeof id, "e%u", maker->events->count + 1);
    fen_buffer_clear(&maker->json);
    fen_buffer_append_byte(&maker->json, '{');
    fen_json_text(&maker->json, "id", fen_str_from(id));
    fen_json_text(&maker->json, "type", fen_str_from(type));
    if (fen_str_is_set(maker->tenant))
        fen_json_text(&maker->json, "tenant", maker->tenant);
    fen_json_integer(&maker->json, "time", time_ms < 0 ? 0 : time_ms);
    return &maker->json;
}

static void finish(struct maker *maker)
{
    fen_buffer_append_byte(&maker->json, '}');
    struct fen_str line = fen_arena_copy(maker->arena, fen_buffer_str(&maker->json));
    FEN_ARENA_PUSH(maker->arena, maker->events->lines, maker->events->count,
                   maker->events->capacity, line);
}

static void add_text(struct fen_buffer *out, const char *name, struct fen_str text)
{
    if (fen_str_is_set(text))
        fen_json_text(out, name, text);
}

static const struct fen_case_guide *find_guide(const struct fen_case *one, struct fen_str guide)
{
    for (uint32_t index = 0; index < one->guide_count; index++)
        if (fen_str_equal(one->guides[index].guide, guide))
            return &one->guides[index];
    return NULL;
}

static void set_guide(struct maker *maker, struct fen_str guide,
                      const struct fen_case_guide *record, bool is_left)
{
    int64_t time_ms = maker->start_ms - FEN_DAY_MS;
    if (is_left)
        time_ms = maker->start_ms + record->left_ms;
    struct fen_buffer *out = begin(maker, "guide.set", time_ms);
    fen_json_text(out, "guide", guide);
    if (record != NULL) {
        add_text(out, "store", record->store);
        add_text(out, "level", record->level);
        add_text(out, "kind", record->kind);
    }
    if (record != NULL && record->is_buyer)
        fen_buffer_append_str(out, FEN_STR(",\"customers\":[\"" FEN_CASE_CUSTOMER "\"]"));
    if (is_left)
        fen_json_text(out, "status", FEN_STR("left"));
    finish(maker);
}

/* Announce a guide whom the case names, once. */
struct announced {
    struct fen_str *guides;
    uint32_t count, capacity;
};

static void announce(struct maker *maker, struct announced *announced, struct fen_str guide)
{
    if (!fen_str_is_set(guide))
        return;
    for (uint32_t index = 0; index < announced->count; index++)
        if (fen_str_equal(announced->guides[index], guide))
            return;
    FEN_ARENA_PUSH(maker->arena, announced->guides, announced->count, announced->capacity, guide);
    const struct fen_case_guide *record = find_guide(maker->one, guide);
    set_guide(maker, guide, record, false);
    if (record != NULL && record->left_ms != FEN_NONE)
        set_guide(maker, guide, record, true);
}

static void announce_of_order(struct maker *maker, struct announced *announced,
                              const struct fen_case_order *order)
{
    announce(maker, announced, order->coupon);
    announce(maker, announced, order->live_host);
    announce(maker, announced, order->seller);
    for (uint32_t index = 0; index < order->touch_count; index++)
        announce(maker, announced, order->touches[index].guide);
    for (uint32_t index = 0; index < order->server_count; index++)
        announce(maker, announced, order->servers[index].guide);
    for (uint32_t index = 0; index < order->line_count; index++)
        announce(maker, announced, order->lines[index].seller);
}

static void announce_all(struct maker *maker)
{
    const struct fen_case *one = maker->one;
    struct announced announced = {0};
    for (uint32_t index = 0; index < one->guide_count; index++)
        announce(maker, &announced, one->guides[index].guide);
    for (uint32_t index = 0; index < one->store_count; index++)
        announce(maker, &announced, one->stores[index].manager);
    announce(maker, &announced, one->bound_guide);
    announce(maker, &announced, one->recruiter);
    for (uint32_t index = 0; index < one->order_count; index++)
        announce_of_order(maker, &announced, &one->orders[index]);
    for (uint32_t index = 0; index < one->score_count; index++)
        announce(maker, &announced, one->scores[index].guide);
}

static void set_stores(struct maker *maker)
{
    for (uint32_t index = 0; index < maker->one->store_count; index++) {
        const struct fen_case_store *store = &maker->one->stores[index];
        struct fen_buffer *out = begin(maker, "store.set", maker->start_ms - FEN_DAY_MS);
        fen_json_text(out, "store", store->store);
        fen_json_text(out, "kind", fen_str_from(fen_store_kind_names.names[store->kind]));
        add_text(out, "brand", store->brand);
        add_text(out, "region", store->region);
        add_text(out, "mall", store->mall);
        add_text(out, "franchisee", store->franchisee);
        add_text(out, "manager", store->manager);
        finish(maker);
    }
}

static void make_customer(struct maker *maker)
{
    const struct fen_case *one = maker->one;
    if (fen_str_is_set(one->bound_guide) || fen_str_is_set(one->bound_store)) {
        struct fen_buffer *out =
            begin(maker, "customer.bound", maker->start_ms - one->bound_days * FEN_DAY_MS);
        fen_json_text(out, "customer", FEN_STR(FEN_CASE_CUSTOMER));
        add_text(out, "guide", one->bound_guide);
        add_text(out, "store", one->bound_store);
        finish(maker);
    }
    if (fen_str_is_set(one->recruiter)) {
        struct fen_buffer *out =
            begin(maker, "customer.registered", maker->start_ms - 60 * MINUTE_MS);
        fen_json_text(out, "customer", FEN_STR(FEN_CASE_CUSTOMER));
        fen_json_text(out, "recruiter", one->recruiter);
        finish(maker);
    }
}

static void add_parts(struct fen_buffer *out, const char *name, const struct fen_case_parts *parts)
{
    if (parts->count == 0)
        return;
    fen_json_open(out, name, '{');
    for (uint32_t index = 0; index < parts->count; index++) {
        fen_json_next(out);
        fen_json_append_text(out, parts->items[index].name);
        fen_buffer_append_format(out, ":%lld", (long long)parts->items[index].amount_fen);
    }
    fen_json_close(out, '}');
}

static void add_lines(struct fen_buffer *out, const struct fen_case_order *order)
{
    fen_json_open(out, "lines", '[');
    for (uint32_t index = 0; index < order->line_count; index++) {
        const struct fen_case_line *line = &order->lines[index];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_integer(out, "line", (int64_t)index + 1);
        fen_json_text(out, "sku", fen_str_is_set(line->sku) ? line->sku : FEN_STR("SKU"));
        add_text(out, "brand", line->brand);
        add_text(out, "category", line->category);
        add_text(out, "seller", line->seller);
        fen_json_integer(out, "quantity", line->quantity);
        fen_json_integer(out, "paid", line->paid_fen);
        add_parts(out, "discounts", &line->discounts);
        add_parts(out, "portions", &line->portions);
        fen_buffer_append_byte(out, '}');
    }
    fen_json_close(out, ']');
}

/* Begin an event about an order. */
static struct fen_buffer *begin_order(struct maker *maker, const char *type, uint32_t index,
                                      int64_t time_ms)
{
    char order[16];
    (void)snprintf(order, sizeof order, "O%u", index + 1);
    struct fen_buffer *out = begin(maker, type, time_ms);
    fen_json_text(out, "order", fen_str_from(order));
    fen_json_text(out, "customer", FEN_STR(FEN_CASE_CUSTOMER));
    return out;
}

static void make_placed(struct maker *maker, uint32_t index, int64_t created_ms)
{
    const struct fen_case_order *order = &maker->one->orders[index];
    struct fen_buffer *out = begin_order(maker, "order.placed", index, created_ms);
    fen_json_integer(out, "created", created_ms);
    fen_json_text(out, "currency", maker->plan->currency);
    add_text(out, "store", order->store);
    add_text(out, "channel", order->channel);
    add_text(out, "fulfil_store", order->fulfil_store);
    add_text(out, "seller", order->seller);
    add_text(out, "coupon_guide", order->coupon);
    if (fen_str_is_set(order->live_host)) {
        fen_json_open(out, "live", '{');
        fen_json_text(out, "session", order->live_session);
        fen_json_text(out, "host", order->live_host);
        fen_json_close(out, '}');
    }
    add_lines(out, order);
    finish(maker);
}

/* Whether a fact happens: as the case says, or all, the goods picked up where somebody served. */
static bool has_fact(const struct fen_case_order *order, enum fen_fact_kind fact)
{
    if (order->facts != 0)
        return (order->facts >> fact & 1) != 0;
    if (fact == FEN_FACT_PICKED_UP)
        return order->server_count > 0;
    return fact != FEN_FACT_SHIPPED || order->server_count == 0;
}

static void make_facts(struct maker *maker, uint32_t index, int64_t created_ms)
{
    static const struct {
        enum fen_fact_kind fact;
        const char *type;
        int64_t after_ms;
    } facts[] = {{FEN_FACT_PAID, "order.paid", MINUTE_MS},
                 {FEN_FACT_SHIPPED, "order.shipped", FEN_DAY_MS},
                 {FEN_FACT_PICKED_UP, "order.picked_up", FEN_DAY_MS},
                 {FEN_FACT_RECEIVED, "order.received", 2 * FEN_DAY_MS}};
    const struct fen_case_order *order = &maker->one->orders[index];
    for (size_t at = 0; at < sizeof facts / sizeof *facts; at++) {
        if (!has_fact(order, facts[at].fact))
            continue;
        struct fen_buffer *out =
            begin_order(maker, facts[at].type, index, created_ms + facts[at].after_ms);
        if (facts[at].fact == FEN_FACT_PICKED_UP) {
            add_text(out, "store", order->fulfil_store);
            fen_json_open(out, "servers", '[');
            for (uint32_t server = 0; server < order->server_count; server++) {
                fen_json_next(out);
                fen_buffer_append_byte(out, '{');
                fen_json_text(out, "guide", order->servers[server].guide);
                fen_json_integer(out, "weight", order->servers[server].weight);
                fen_buffer_append_byte(out, '}');
            }
            fen_json_close(out, ']');
        }
        finish(maker);
    }
}

static void make_refunds(struct maker *maker, uint32_t index, int64_t created_ms)
{
    const struct fen_case_order *order = &maker->one->orders[index];
    for (uint32_t at = 0; at < order->refund_count; at++) {
        const struct fen_case_refund *refund = &order->refunds[at];
        char id[32];
        (void)snprintf(id, sizeof id, "R%u-%u", index + 1, at + 1);
        struct fen_buffer *out =
            begin_order(maker, "order.refunded", index, created_ms + 3 * FEN_DAY_MS + at);
        fen_json_text(out, "refund", fen_str_from(id));
        if (refund->has_policy)
            fen_json_text(out, "policy",
                          refund->policy == FEN_REFUND_GOODWILL ? FEN_STR("goodwill")
                                                                : FEN_STR("withhold"));
        fen_json_open(out, "lines", '[');
        fen_buffer_append_format(out, "{\"line\":%lld,\"amount\":%lld", (long long)refund->line,
                                 (long long)refund->amount_fen);
        if (refund->quantity != FEN_NONE)
            fen_json_integer(out, "quantity", refund->quantity);
        fen_buffer_append_byte(out, '}');
        fen_json_close(out, ']');
        finish(maker);
    }
}

static void make_order(struct maker *maker, uint32_t index)
{
    const struct fen_case_order *order = &maker->one->orders[index];
    int64_t created_ms = order->created_ms;
    if (created_ms == FEN_NONE)
        created_ms = maker->start_ms + index * FEN_HOUR_MS;
    for (uint32_t at = 0; at < order->touch_count; at++) {
        const struct fen_case_touch *touch = &order->touches[at];
        struct fen_buffer *out = begin(maker, "touch.shared", created_ms - touch->before_ms);
        fen_json_text(out, "customer", FEN_STR(FEN_CASE_CUSTOMER));
        fen_json_text(out, "guide", touch->guide);
        add_text(out, "sku", touch->sku);
        finish(maker);
    }
    make_placed(maker, index, created_ms);
    make_facts(maker, index, created_ms);
    make_refunds(maker, index, created_ms);
}

/* Scores a second apart, so that equal ones rank in the order of the case; then the closings. */
static void make_tasks(struct maker *maker)
{
    const struct fen_case *one = maker->one;
    for (uint32_t index = 0; index < one->score_count; index++) {
        struct fen_buffer *out =
            begin(maker, "task.scored", maker->start_ms + (int64_t)index * 1000);
        fen_json_text(out, "task", one->scores[index].task);
        fen_json_text(out, "guide", one->scores[index].guide);
        fen_json_integer(out, "score", one->scores[index].score);
        finish(maker);
    }
    for (uint32_t index = 0; index < one->score_count; index++) {
        bool is_closed = false;
        for (uint32_t other = 0; other < index && !is_closed; other++)
            is_closed = fen_str_equal(one->scores[other].task, one->scores[index].task);
        if (is_closed)
            continue;
        struct fen_buffer *out = begin(maker, "task.closed", maker->start_ms + FEN_HOUR_MS);
        fen_json_text(out, "task", one->scores[index].task);
        finish(maker);
    }
}

static int64_t find_start(const struct fen_plan *plan, const struct fen_case *one)
{
    if (one->order_count > 0 && one->orders[0].created_ms != FEN_NONE)
        return one->orders[0].created_ms;
    int64_t start_ms = plan->from_ms + FEN_DAY_MS + 10 * FEN_HOUR_MS;
    return start_ms + 2 * FEN_DAY_MS < plan->to_ms ? start_ms : plan->from_ms;
}

void fen_case_events_make(const struct fen_plan *plan, const struct fen_case *one,
                          struct fen_str tenant, struct fen_arena *arena,
                          struct fen_case_events *events_out)
{
    struct maker maker = {
        .plan = plan, .one = one, .tenant = tenant, .arena = arena, .events = events_out};
    *events_out = (struct fen_case_events){0};
    maker.start_ms = find_start(plan, one);
    set_stores(&maker);
    announce_all(&maker);
    make_customer(&maker);
    for (uint32_t index = 0; index < one->order_count; index++)
        make_order(&maker, index);
    make_tasks(&maker);
    fen_buffer_deinit(&maker.json);
}
