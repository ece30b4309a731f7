/* core_plan: see the header. */
#include "bench/core_plan.h"

#include <stdio.h>

#include "bench/process.h"

#define ROLE_COUNT 6u

static const char head[] = "plan: bench\n"
                           "version: 1\n"
                           "name: bench\n"
                           "currency: CNY\n"
                           "timezone: \"+08:00\"\n"
                           "from: 2020-01-01 00:00\n"
                           "base: {add_back: [platform], exclude: [tax]}\n"
                           "share: {window: 7d, by_channel: {tmall: 15d}, match: sku_first}\n"
                           "self_purchase: none\n"
                           "credit_order: [coupon, live, share, bind]\n"
                           "leaver: {share: pay, bind: store, serve: house}\n"
                           "refund: {serve: goodwill}\n"
                           "roles:\n";

static const char tail[] =
    "  manager: [{name: manager, when: {store_kind: [owned, concession]}, pay: 0.5%}]\n"
    "  mall: [{name: mall, when: {store_kind: concession}, pay: 25%}]\n"
    "  franchisee: [{name: franchisee, when: {store_kind: franchise}, pay: 5%}]\n"
    "  sell_store: [{name: sell, when: {channel: store}, pay: 0.8%, funder: hq}]\n"
    "limits:\n"
    "  - {name: line, roles: [share, serve, bind, sale], line: 8%}\n";

static const char *const roles[ROLE_COUNT] = {"share", "serve", "bind", "live", "coupon", "sale"};

/* What stands before the simple rules: every feature of a rule. */
static void append_rich(struct fen_buffer *yaml, const char *role)
{
    const char *earned = role[1] == 'e' ? "picked_up" : "paid"; /* serve's */
    fen_buffer_append_format(
        yaml,
        "    {name: %s-a, when: {category: [c1, c2], level: expert, store_kind: owned}, pay: 4.5%%,"
        " cap: {line: 200.00, order: 500.00},"
        " split: {self: 70%%, sell_store: 20%%, region: 10%%},"
        " earned: %s, hold: {from: received, days: 7}},\n"
        "    {name: %s-b, when: {category: c3, level: senior}, pay: {per_unit: 2.00},"
        " earned: %s},\n"
        "    {name: %s-c, when: {category: c4, region: R1}, pay: {per_line: 3.00}, earned: %s},\n"
        "    {name: %s-d, when: {category: c5, channel: tmall, quantity: 2..}, pay: 3%%,"
        " split: {self: 80%%, own_store: 20%%}, earned: %s},\n"
        "    {name: %s-e, when: {base: 700.00.., level: [senior, expert]}, pay: 2.5%%,"
        " cap: {order: 300.00}, earned: %s},\n",
        role, earned, role, earned, role, earned, role, earned, role, earned);
}

static void append_role(struct fen_buffer *yaml, uint32_t role, uint32_t rule_count,
                        uint32_t sku_count)
{
    const char *name = roles[role];
    uint32_t simple = rule_count - 6;
    const char *earned = role == 1 ? ", earned: picked_up" : "";
    fen_buffer_append_format(yaml, "  %s: [\n", name);
    append_rich(yaml, name);
    for (uint32_t i = 0; i < simple; i++) {
        uint32_t rate = 1 + (i + role) % 4;
        if (i % 2 == 0)
            fen_buffer_append_format(yaml, "{name: %u%x,when: {sku: k%u},pay: %u%%},\n", role, i,
                                     (i * 7 + role) % sku_count, rate);
        else
            fen_buffer_append_format(
                yaml, "{name: %u%x,when: {brand: B%u,category: c%u},pay: %u%%},\n", role, i,
                i % BENCH_BRAND_COUNT, 6 + i / BENCH_BRAND_COUNT % (BENCH_CATEGORY_COUNT - 6),
                rate);
    }
    fen_buffer_append_format(yaml, "{name: %s-z, pay: 2%%%s}]\n", name, earned);
}

void bench_core_plan_append(struct fen_buffer *yaml, uint32_t rule_count, uint32_t sku_count)
{
    fen_buffer_append_str(yaml, fen_str_from(head));
    for (uint32_t role = 0; role < ROLE_COUNT; role++)
        append_role(yaml, role,
                    rule_count / ROLE_COUNT + (role < rule_count % ROLE_COUNT ? 1 : 0), sku_count);
    fen_buffer_append_str(yaml, fen_str_from(tail));
}

static void publish_plan(const struct bench_shop *shop, uint32_t rule_count,
                         struct fen_reference_builder *references)
{
    struct fen_buffer yaml = {0};
    struct fen_str reason = FEN_STR_NONE;
    bench_core_plan_append(&yaml, rule_count, shop->sku_count);
    if (fen_reference_apply_plan(references, fen_buffer_str(&yaml), &reason)
        != FEN_REFERENCE_APPLIED)
        bench_process_fail("the plan is refused: %.*s", FEN_STR_ARG(reason));
    fen_buffer_deinit(&yaml);
}

void bench_core_publish(const struct bench_shop *shop, uint32_t rule_count,
                        struct fen_reference_builder *references)
{
    struct fen_arena *scratch = fen_arena_create((size_t)1 << 16);
    struct fen_event event;
    publish_plan(shop, rule_count, references);
    for (uint32_t index = 0; index < shop->store_count + shop->guide_count; index++) {
        fen_arena_reset(scratch);
        if (index < shop->store_count)
            bench_shop_store(shop, index, scratch, &event);
        else
            bench_shop_guide(shop, index - shop->store_count, scratch, &event);
        if (fen_reference_apply(references, &event, NULL) != FEN_REFERENCE_APPLIED)
            bench_process_fail("an org event is refused");
    }
    fen_reference_publish(references, 0, 0);
    fen_arena_destroy(scratch);
}
