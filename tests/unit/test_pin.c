/*
 * test_pin: the choice of a plan version and its pin (SPEC §4 Plan): kept for (subject, time), made
 * anew for another time, for a version that is no more there, and in another currency.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "split/explain.h"
#include "split/pin.h"

#define AT INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */
#define PLAN(version, more)                                                                        \
    "plan: p\nversion: " version                                                                   \
    "\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n" more

static struct fen_reference_builder *builder;
static struct fen_arena *arena;

static int set_up(void **state)
{
    builder = fen_reference_builder_create(1);
    arena = fen_arena_create(4096);
    return 0;
}

static int tear_down(void **state)
{
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
    return 0;
}

static const struct fen_reference *publish(const char *id, const char *yaml)
{
    struct fen_event event = {.type = FEN_EVENT_PLAN_PUBLISHED, .id = fen_str_from(id),
                              .tenant = FEN_STR("t"), .yaml = fen_str_from(yaml)};
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    return fen_reference_acquire(builder, 0);
}

/* The version chosen, 0: none; whether it was chosen anew is as expected. */
static uint32_t choose(const struct fen_reference *reference, const char *currency, int64_t at_ms,
                       struct fen_pin *pin, bool is_new)
{
    bool was_new = !is_new;
    const struct fen_plan *plan = fen_pin_choose(reference->catalog, FEN_STR("t"),
                                                 fen_str_from(currency), at_ms, pin, &was_new);
    assert_int_equal(was_new, is_new);
    return plan == NULL ? 0 : plan->version;
}

static void assert_pin(const struct fen_pin *pin, uint32_t version, int64_t at_ms,
                       int64_t publication)
{
    assert_int_equal(fen_str_is_set(pin->plan), version != 0);
    assert_int_equal(pin->plan_version, version);
    assert_int_equal(pin->at_ms, at_ms);
    assert_int_equal(pin->publication, publication);
}

static void test_a_choice_is_kept_for_its_time(void **state)
{
    struct fen_pin pin = {.at_ms = FEN_NONE};
    const struct fen_reference *first = publish("a", PLAN("1", "roles: {}\n"));
    int64_t publication = fen_catalog_publication(first->catalog);
    assert_int_equal(choose(first, "CNY", AT, &pin, true), 1);
    assert_pin(&pin, 1, AT, publication);
    const struct fen_reference *second = publish("b", PLAN("2", "roles: {}\n"));
    assert_int_equal(choose(second, "CNY", AT, &pin, false), 1);
    assert_pin(&pin, 1, AT, publication);
    assert_int_equal(choose(second, "CNY", AT + 1, &pin, true), 2);
    assert_pin(&pin, 2, AT + 1, fen_catalog_publication(second->catalog));
    pin.plan = FEN_STR("gone");
    assert_int_equal(choose(second, "CNY", AT + 1, &pin, true), 2);
    assert_pin(&pin, 2, AT + 1, fen_catalog_publication(second->catalog));
}

static void test_in_another_currency_there_is_no_plan_and_no_pin(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_pin pin = {.plan = FEN_STR("p"), .plan_version = 9, .at_ms = AT, .publication = 9};
    assert_int_equal(choose(reference, "JPY", AT, &pin, true), 0);
    assert_pin(&pin, 0, FEN_NONE, 0);
    assert_int_equal(choose(reference, NULL, AT, &pin, true), 1); /* of a registration: any */
}

static void test_an_order_keeps_its_pin(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_order order;
    bool is_new = false;
    fen_record_clear(&fen_order_schema, &order);
    order.tenant = FEN_STR("t");
    order.created_ms = AT;
    assert_int_equal(fen_pin_choose_order(reference->catalog, &order, &is_new)->version, 1);
    assert_true(is_new);
    assert_true(fen_str_equal(order.plan, FEN_STR("p")));
    assert_int_equal(order.plan_version, 1);
    assert_int_equal(order.plan_created_ms, AT);
    assert_int_equal(order.plan_publication, fen_catalog_publication(reference->catalog));
    assert_true(order.plan_publication > 0);
    assert_non_null(fen_pin_choose_order(reference->catalog, &order, &is_new));
    assert_false(is_new);
}

/* A rule of nothing makes nothing due. */
static void test_a_registration_under_a_rule_of_nothing(void **state)
{
    static const struct {
        const char *id, *yaml;
        uint32_t due_count;
    } rows[] = {{"a", PLAN("1", "roles: {recruit: [{name: r, per_customer: 0.00}]}\n"), 0},
                {"b", PLAN("2", "roles: {recruit: [{name: r, per_customer: 0.01}]}\n"), 1}};
    struct fen_event guide = {.type = FEN_EVENT_GUIDE_SET, .id = FEN_STR("g"),
                              .tenant = FEN_STR("t"), .guide = FEN_STR("A"),
                              .kind = FEN_STR("guide"), .status = FEN_GUIDE_ACTIVE};
    assert_int_equal(fen_reference_apply(builder, &guide, NULL), FEN_REFERENCE_APPLIED);
    for (size_t row = 0; row < 2; row++) {
        struct fen_explanation explanation = {.arena = arena,
                                              .reference = publish(rows[row].id, rows[row].yaml)};
        fen_record_clear(&fen_customer_schema, &explanation.customer);
        explanation.customer.tenant = FEN_STR("t");
        explanation.customer.customer = FEN_STR("c");
        explanation.customer.recruiter = FEN_STR("A");
        explanation.customer.registered_event = FEN_STR("e");
        explanation.customer.registered_ms = AT;
        fen_explain_registration(&explanation);
        assert_int_equal(explanation.due_count, rows[row].due_count);
        assert_true(explanation.is_new_choice);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_choice_is_kept_for_its_time),
        TEST(test_in_another_currency_there_is_no_plan_and_no_pin),
        TEST(test_an_order_keeps_its_pin),
        TEST(test_a_registration_under_a_rule_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
