/* test_estimate: what a cart would earn: the amounts of the demo plan, worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "api/estimate.h"
#include "cli/sale/demo_plan.h"
#include "wire/event_decode.h"

#define NOW_MS INT64_C(1795000000000) /* 2026-11-18 */
#define CART                                                                                       \
    "{\"lines\":[{\"line\":1,\"sku\":\"cream\",\"brand\":\"L\",\"category\":\"护肤\","             \
    "\"quantity\":2,\"paid\":39900,\"discounts\":{\"platform\":1100}}]}"

struct world {
    struct fen_reference_builder *builder;
    struct fen_arena *arena;
    struct fen_buffer out;
    struct fen_str reason;
};

static void apply(struct world *world, const char *json)
{
    struct fen_event event;
    struct fen_refused refused;
    enum fen_refusal refusal = fen_event_decode(FEN_WIRE_JSON, fen_str_from(json), world->arena,
                                                &event, &refused);
    assert_int_equal(refusal, FEN_REFUSAL_NONE);
    assert_int_equal(fen_reference_apply(world->builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void world_init(struct world *world, bool has_plan)
{
    *world = (struct world){.builder = fen_reference_builder_create(1),
                            .arena = fen_arena_create(4096)};
    if (has_plan)
        assert_int_equal(fen_reference_apply_plan(world->builder, fen_demo_plan(), NULL),
                         FEN_REFERENCE_APPLIED);
    apply(world, "{\"id\":\"s\",\"type\":\"store.set\",\"time\":1790000000000,\"store\":\"S1\","
                 "\"kind\":\"owned\",\"brand\":\"L\",\"region\":\"R1\",\"manager\":\"G2\"}");
    apply(world, "{\"id\":\"1\",\"type\":\"guide.set\",\"time\":1790000000000,\"guide\":\"G1\","
                 "\"store\":\"S1\"}");
    apply(world, "{\"id\":\"2\",\"type\":\"guide.set\",\"time\":1790000000000,\"guide\":\"G2\","
                 "\"store\":\"S1\"}");
    fen_reference_publish(world->builder, 0, 0);
}

static void world_deinit(struct world *world)
{
    fen_reference_builder_destroy(world->builder);
    fen_arena_destroy(world->arena);
    fen_buffer_deinit(&world->out);
}

static enum fen_estimate_fate ask(struct world *world, const char *payee, const char *roles,
                                  const char *cart)
{
    const struct fen_estimate_request request = {.tenant = FEN_STR("default"),
                                                 .payee = fen_str_from(payee),
                                                 .roles = fen_str_from(roles),
                                                 .cart = fen_str_from(cart),
                                                 .now_ms = NOW_MS};
    fen_buffer_clear(&world->out);
    return fen_estimate_append_json(fen_reference_acquire(world->builder, 0), &request,
                                    world->arena, &world->out, &world->reason);
}

/* The answer; the caller gives it back. */
static json_t *answer(struct world *world, const char *payee, const char *roles, const char *cart)
{
    json_error_t error;
    assert_int_equal(ask(world, payee, roles, cart), FEN_ESTIMATE_GOOD);
    json_t *said = json_loadb(world->out.data, world->out.size_bytes, JSON_REJECT_DUPLICATES,
                              &error);
    if (said == NULL)
        fail_msg("%s: %.*s", error.text, (int)world->out.size_bytes, world->out.data);
    return said;
}

static int64_t fen_of(const json_t *money)
{
    return json_integer_value(json_object_get(money, "fen"));
}

static void test_one_role_with_rule_base_rate_and_hold(void **state)
{
    struct world world;
    (void)state;
    world_init(&world, true);
    json_t *said = answer(&world, "guide:G1", NULL, CART);
    const json_t *part = json_array_get(json_object_get(said, "parts"), 0);
    const json_t *hold = json_object_get(part, "hold");
    /* 39,900 + 1,100 added back; × 4.5 % × 70 % = 1,291.5 */
    assert_int_equal(json_array_size(json_object_get(said, "parts")), 1);
    assert_int_equal(fen_of(json_object_get(part, "base")), 41000);
    assert_int_equal(fen_of(json_object_get(part, "amount")), 1291);
    assert_int_equal(fen_of(json_object_get(said, "total")), 1291);
    assert_string_equal(json_string_value(json_object_get(part, "rule")), "美妆分享");
    assert_string_equal(json_string_value(json_object_get(part, "portion")), "self");
    assert_string_equal(json_string_value(json_object_get(part, "funder")), "brand:L");
    assert_int_equal(json_integer_value(json_object_get(part, "rate_ppm")), 45000);
    assert_string_equal(json_string_value(json_object_get(hold, "from")), "received");
    assert_int_equal(json_integer_value(json_object_get(hold, "days")), 7);
    assert_string_equal(json_string_value(json_object_get(part, "available_on")), "2026-11-25");
    assert_string_equal(json_string_value(json_object_get(said, "plan")), "demo@1");
    json_decref(said);
    world_deinit(&world);
}

static void test_roles_stand_together_or_exclude_each_other_as_the_plan_says(void **state)
{
    static const struct {
        const char *payee, *roles, *role;
        int64_t amount_fen, total_fen;
    } rows[] = {
        {"guide:G1", "serve", "serve", 1199, 1199}, /* 3.25 % × 90 % */
        {"guide:G1", "share,serve", "serve", 1199, 2490},
        {"guide:G1", "bind", "bind", 820, 820}, /* 2.5 % × 80 % */
        {"guide:G1", "bind,share", "bind", 0, 1291}, /* sharing takes the line */
        {"guide:G1", "coupon,share", "coupon", 400, 400}, /* 2.00 a piece; before sharing */
        {"guide:G1", "live", "live", 1435, 1435},
        {"guide:G1", "sale", "sale", 410, 410},
        {"guide:G2", "sale", "manager", 205, 615}, /* the store's manager besides */
        {"guide:G9", "share", "share", 0, 0}, /* not announced */
    };
    struct world world;
    (void)state;
    world_init(&world, true);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        json_t *said = answer(&world, rows[row].payee, rows[row].roles, CART);
        const json_t *amount = json_object_get(json_object_get(said, "by_role"), rows[row].role);
        if (amount == NULL || fen_of(amount) != rows[row].amount_fen ||
            fen_of(json_object_get(said, "total")) != rows[row].total_fen)
            fail_msg("%s: %.*s", rows[row].roles, (int)world.out.size_bytes, world.out.data);
        json_decref(said);
    }
    world_deinit(&world);
}

static void test_what_is_no_cart_is_refused_as_an_order_would_be(void **state)
{
    static const char *const carts[] = {
        "", "[]", "{", "{}", "{\"lines\":[]}", "{\"lines\":7}",
        "{\"lines\":[{\"line\":1,\"sku\":\"a\",\"quantity\":0,\"paid\":1}]}",
        "{\"lines\":[{\"line\":1,\"sku\":\"a\",\"quantity\":1,\"paid\":-1}]}",
        "{\"lines\":[{\"line\":1,\"sku\":\"a\",\"quantity\":1,\"paid\":1.5}]}",
        ("{\"lines\":[{\"line\":1,\"sku\":\"a\",\"quantity\":1,\"paid\":1},"
         "{\"line\":1,\"sku\":\"a\",\"quantity\":1,\"paid\":1}]}"),
    };
    struct world world;
    (void)state;
    world_init(&world, true);
    for (size_t index = 0; index < sizeof carts / sizeof *carts; index++) {
        if (ask(&world, "guide:G1", NULL, carts[index]) != FEN_ESTIMATE_BAD_CART)
            fail_msg("%s is a cart", carts[index]);
        assert_true(world.reason.size > 0);
    }
    assert_int_equal(ask(&world, "store:S1", NULL, CART), FEN_ESTIMATE_NOT_A_GUIDE);
    assert_int_equal(ask(&world, "guide:G1", "manager", CART), FEN_ESTIMATE_BAD_ROLE);
    assert_int_equal(ask(&world, "guide:G1", "share,", CART), FEN_ESTIMATE_BAD_ROLE);
    assert_int_equal(world.out.size_bytes, 0);
    world_deinit(&world);
}

static void test_people_and_times_of_the_body_are_passed_over(void **state)
{
    struct world world;
    (void)state;
    world_init(&world, true);
    json_t *said = answer(&world, "guide:G1", "share",
                          "{\"id\":\"x\",\"type\":\"order.refunded\",\"time\":5,\"order\":\"O\","
                          "\"tenant\":\"other\",\"sharer\":{\"guide\":\"G2\",\"time\":1},"
                          "\"seller\":\"G1\",\"created\":9,\"customer\":\"c\",\"lines\":[{\"line\":"
                          "1,\"sku\":\"a\",\"brand\":\"L\",\"quantity\":1,\"paid\":10000}]}");
    assert_int_equal(fen_of(json_object_get(said, "total")), 300); /* 3 % of another category */
    json_decref(said);
    world_deinit(&world);
}

static void test_without_a_plan_in_force_there_is_none(void **state)
{
    struct world world;
    (void)state;
    world_init(&world, false);
    assert_int_equal(ask(&world, "guide:G1", NULL, CART), FEN_ESTIMATE_NO_PLAN);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_role_with_rule_base_rate_and_hold),
        cmocka_unit_test(test_roles_stand_together_or_exclude_each_other_as_the_plan_says),
        cmocka_unit_test(test_what_is_no_cart_is_refused_as_an_order_would_be),
        cmocka_unit_test(test_people_and_times_of_the_body_are_passed_over),
        cmocka_unit_test(test_without_a_plan_in_force_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
