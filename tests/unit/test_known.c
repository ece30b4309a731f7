/*
 * test_known: what an evaluation looks up in the org: plans know values of records by number, and
 * only what is asked for is noted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/reference.h"
#include "split/known.h"

#define TENANT FEN_STR("t")

#define ASSERT_STR(actual, expected)                                                               \
    do {                                                                                           \
        struct fen_str actual_ = (actual), expected_ = fen_str_from(expected);                     \
        if (!fen_str_equal(actual_, expected_))                                                    \
            fail_msg("`%.*s` instead of `%.*s`", FEN_STR_ARG(actual_), FEN_STR_ARG(expected_));    \
    } while (0)

static const char head[] = "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                           "from: 2026-01-01\nroles:\n  sale:\n";

/* A builder, and what one order is evaluated against. */
struct shop {
    struct fen_reference_builder *builder;
    struct fen_arena *arena;
    struct fen_order order;
    struct fen_attribution attribution;
};

static void publish_rules(struct shop *shop, const char *rules)
{
    char yaml[1024];
    int size = snprintf(yaml, sizeof yaml, "%s%s", head, rules);
    struct fen_str text = {yaml, (uint32_t)size};
    assert_int_equal(fen_reference_apply_plan(shop->builder, text, NULL), FEN_REFERENCE_APPLIED);
}

static void set_guide(struct shop *shop, const char *guide, const char *store, const char *level)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_GUIDE_SET;
    event.tenant = TENANT;
    event.id = event.guide = fen_str_from(guide);
    event.store = fen_str_from(store);
    event.level = fen_str_from(level);
    event.effective_ms = 0;
    assert_int_equal(fen_reference_apply(shop->builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void set_store(struct shop *shop, const char *store, const char *region)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_STORE_SET;
    event.tenant = TENANT;
    event.id = event.store = fen_str_from(store);
    event.region = fen_str_from(region);
    event.effective_ms = 0;
    assert_int_equal(fen_reference_apply(shop->builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void shop_init(struct shop *shop)
{
    *shop = (struct shop){.builder = fen_reference_builder_create(1),
                          .arena = fen_arena_create(1 << 12)};
    fen_record_clear(&fen_order_schema, &shop->order);
    shop->order.tenant = TENANT;
    shop->order.created_ms = INT64_C(1790000000000);
}

static void shop_publish(struct shop *shop)
{
    fen_reference_publish(shop->builder, 0, 0);
    const struct fen_reference *reference = fen_reference_acquire(shop->builder, 0);
    shop->attribution = (struct fen_attribution){
        .arena = shop->arena,
        .texts = shop->arena,
        .plan = fen_catalog_choose(reference->catalog, TENANT, shop->order.created_ms),
        .org = reference->org,
        .order = &shop->order,
    };
    assert_non_null(shop->attribution.plan);
}

static void shop_deinit(struct shop *shop)
{
    fen_reference_builder_destroy(shop->builder);
    fen_arena_destroy(shop->arena);
}

static uint32_t symbol(const struct shop *shop, enum fen_dimension dimension, const char *text)
{
    return fen_plan_symbol(shop->attribution.plan, dimension, fen_str_from(text));
}

/* The symbols of records are those of their texts. */
static void check_symbols(struct shop *shop)
{
    struct fen_attribution *attribution = &shop->attribution;
    const struct fen_known_guide *guide = fen_known_guide(attribution, FEN_STR("g"));
    assert_true(guide->store_symbol > 0 && guide->level_symbol > 0 && guide->kind_symbol > 0);
    assert_int_equal(guide->store_symbol, symbol(shop, FEN_DIMENSION_GUIDE_STORE, "S"));
    assert_int_equal(guide->level_symbol, symbol(shop, FEN_DIMENSION_LEVEL, "high"));
    assert_int_equal(guide->kind_symbol, symbol(shop, FEN_DIMENSION_PAYEE_KIND, "guide"));
    ASSERT_STR(guide->payee, "guide:g");
    const struct fen_known_guide *other = fen_known_guide(attribution, FEN_STR("other"));
    assert_int_equal(other->store_symbol + other->level_symbol, 0);
    ASSERT_STR(other->payee, "guide:other");
    const struct fen_known_store *store = fen_known_store(attribution, FEN_STR("S"));
    assert_true(store->symbol > 0 && store->region_symbol > 0);
    assert_int_equal(store->symbol, symbol(shop, FEN_DIMENSION_STORE, "S"));
    assert_int_equal(store->region_symbol, symbol(shop, FEN_DIMENSION_REGION, "east"));
    ASSERT_STR(store->payee, "store:S");
    const struct fen_known_store *unnamed = fen_known_store(attribution, FEN_STR("unnamed"));
    assert_int_equal(unnamed->symbol + unnamed->region_symbol, 0);
    const struct fen_known_store *unknown = fen_known_store(attribution, FEN_STR("unknown"));
    assert_null(unknown->record);
    assert_int_equal(unknown->symbol, symbol(shop, FEN_DIMENSION_STORE, "unknown"));
    assert_true(unknown->symbol > 0);
}

static const char rules[] =
    "  - {name: a, when: {guide_store: [X, S], level: [low, high], payee_kind: guide}, pay: 1%}\n"
    "  - {name: b, when: {store: [Y, S, unknown], region: [west, east]}, pay: 1%}\n";

static void set_all(struct shop *shop)
{
    set_guide(shop, "g", "S", "high");
    set_guide(shop, "other", NULL, "none");
    set_store(shop, "S", "east");
    set_store(shop, "unnamed", NULL);
}

static void test_records_before_the_plan_have_its_symbols(void **state)
{
    struct shop shop;
    shop_init(&shop);
    set_all(&shop);
    publish_rules(&shop, rules);
    shop_publish(&shop);
    check_symbols(&shop);
    shop_deinit(&shop);
}

static void test_records_after_the_plan_have_its_symbols(void **state)
{
    struct shop shop;
    shop_init(&shop);
    publish_rules(&shop, rules);
    shop_publish(&shop);
    set_all(&shop);
    shop_publish(&shop);
    check_symbols(&shop);
    shop_deinit(&shop);
}

static void test_each_of_many_stores_has_its_symbol(void **state)
{
    enum { STORE_COUNT = 3000 };
    struct shop shop;
    shop_init(&shop);
    publish_rules(&shop, "  - {name: a, when: {store: [S1, S1500, S2999]}, pay: 1%}\n");
    char store[8];
    for (uint32_t index = 0; index < STORE_COUNT; index++) {
        snprintf(store, sizeof store, "S%u", index);
        set_store(&shop, store, store);
    }
    shop_publish(&shop);
    for (uint32_t index = 0; index < STORE_COUNT; index++) {
        struct fen_str text = fen_arena_format(shop.arena, "S%u", index);
        const struct fen_known_store *known = fen_known_store(&shop.attribution, text);
        assert_int_equal(known->symbol,
                         fen_plan_symbol(shop.attribution.plan, FEN_DIMENSION_STORE, text));
        assert_int_equal(known->symbol > 0, index == 1 || index == 1500 || index == 2999);
        assert_int_equal(known->region_symbol, 0);
    }
    shop_deinit(&shop);
}

static void test_a_guide_is_noted_when_it_is_asked_for(void **state)
{
    struct shop shop;
    shop_init(&shop);
    publish_rules(&shop, "  - {name: a, pay: 1%}\n");
    set_guide(&shop, "g", "S", NULL);
    shop_publish(&shop);
    struct fen_attribution *attribution = &shop.attribution;
    fen_known_expect(attribution, FEN_STR_NONE);
    fen_known_expect(attribution, FEN_STR("g"));
    fen_known_expect(attribution, FEN_STR("h"));
    fen_known_expect(attribution, FEN_STR("g"));
    fen_known_prefetch(attribution);
    assert_int_equal(attribution->guide_count, 2);
    assert_int_equal(attribution->reference_count, 0);
    assert_non_null(fen_known_guide(attribution, FEN_STR("g"))->record);
    assert_non_null(fen_known_guide(attribution, FEN_STR("g"))->record);
    assert_int_equal(attribution->reference_count, 1);
    assert_int_equal(attribution->references[0], fen_reference_hash('g', TENANT, FEN_STR("g")));
    assert_null(fen_known_guide(attribution, FEN_STR("h"))->record);
    assert_int_equal(attribution->reference_count, 2);
    shop_deinit(&shop);
}

static void test_no_more_are_expected_than_are_kept(void **state)
{
    struct shop shop;
    shop_init(&shop);
    publish_rules(&shop, "  - {name: a, pay: 1%}\n");
    shop_publish(&shop);
    char ids[FEN_KNOWN_GUIDE_COUNT + 2][8];
    for (uint32_t index = 0; index < FEN_KNOWN_GUIDE_COUNT + 2; index++) {
        snprintf(ids[index], sizeof ids[index], "g%u", index);
        fen_known_expect(&shop.attribution, fen_str_from(ids[index]));
    }
    fen_known_prefetch(&shop.attribution);
    assert_int_equal(shop.attribution.guide_count, FEN_KNOWN_GUIDE_COUNT);
    for (uint32_t index = 0; index < FEN_KNOWN_GUIDE_COUNT + 2; index++)
        ASSERT_STR(fen_known_guide(&shop.attribution, fen_str_from(ids[index]))->guide,
                   ids[index]);
    assert_int_equal(shop.attribution.reference_count, FEN_KNOWN_GUIDE_COUNT + 2);
    shop_deinit(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_before_the_plan_have_its_symbols),
        cmocka_unit_test(test_records_after_the_plan_have_its_symbols),
        cmocka_unit_test(test_each_of_many_stores_has_its_symbol),
        cmocka_unit_test(test_a_guide_is_noted_when_it_is_asked_for),
        cmocka_unit_test(test_no_more_are_expected_than_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
