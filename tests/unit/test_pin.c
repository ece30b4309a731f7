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
#define BEFORE_ALL INT64_C(0)
#define PLAN_IN(currency, version, more)                                                           \
    "plan: p\nversion: " version "\ncurrency: " currency                                           \
    "\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n" more
#define PLAN(version, more) PLAN_IN("CNY", version, more)

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

static const struct fen_reference *publish_as(const char *id, const char *yaml,
                                              bool is_retroactive)
{
    struct fen_event event = {.type = FEN_EVENT_PLAN_PUBLISHED, .id = fen_str_from(id),
                              .tenant = FEN_STR("t"), .yaml = fen_str_from(yaml),
                              .retroactive = is_retroactive};
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    return fen_reference_acquire(builder, 0);
}

static const struct fen_reference *publish(const char *id, const char *yaml)
{
    return publish_as(id, yaml, false);
}

static const struct fen_reference *publish_retroactive(const char *id, const char *yaml)
{
    return publish_as(id, yaml, true);
}

/* The version chosen, 0: none; whether it was chosen anew is as expected. */
static uint32_t choose(const struct fen_reference *reference, int64_t at_ms, struct fen_pin *pin,
                       bool is_new)
{
    bool was_new = !is_new;
    const struct fen_plan *plan =
        fen_pin_choose(reference->catalog, FEN_STR("t"), at_ms, pin, &was_new);
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
    assert_int_equal(choose(first, AT, &pin, true), 1);
    assert_pin(&pin, 1, AT, publication);
    const struct fen_reference *second = publish("b", PLAN("2", "roles: {}\n"));
    assert_int_equal(choose(second, AT, &pin, false), 1);
    assert_pin(&pin, 1, AT, publication);
    assert_int_equal(choose(second, AT + 1, &pin, true), 2);
    assert_pin(&pin, 2, AT + 1, fen_catalog_publication(second->catalog));
    pin.plan = FEN_STR("gone");
    assert_int_equal(choose(second, AT + 1, &pin, true), 2);
    assert_pin(&pin, 2, AT + 1, fen_catalog_publication(second->catalog));
}

static struct fen_order order_of(int64_t created_ms)
{
    struct fen_order order;
    fen_record_clear(&fen_order_schema, &order);
    order.tenant = FEN_STR("t");
    order.created_ms = created_ms;
    return order;
}

/* The version that the order follows, 0: none; whether it is another than before is as expected. */
static uint32_t follow(const struct fen_reference *reference, struct fen_order *order,
                       const char *currency, int64_t created_ms, bool is_new)
{
    bool was_new = !is_new;
    order->currency = fen_str_from(currency);
    order->created_ms = created_ms;
    const struct fen_plan *plan =
        fen_pin_choose_order(reference->catalog, order, arena, &was_new);
    assert_int_equal(was_new, is_new);
    assert_int_equal(fen_str_is_set(order->pin.plan), plan != NULL);
    assert_int_equal(order->pin.plan_version, plan == NULL ? 0 : plan->version);
    assert_int_equal(order->pin.at_ms, plan == NULL ? FEN_NONE : created_ms);
    return plan == NULL ? 0 : plan->version;
}

static void test_an_order_keeps_its_pin(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_order order = order_of(AT);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    assert_true(fen_str_equal(order.pin.plan, FEN_STR("p")));
    assert_int_equal(order.pin.publication, fen_catalog_publication(reference->catalog));
    assert_true(order.pin.publication > 0);
    assert_int_equal(follow(reference, &order, NULL, AT, false), 1); /* it names none: any */
    assert_int_equal(order.former_pin_count, 0);
    assert_null(order.former_pins); /* nothing is put away and taken back */
}

/* SPEC §4: nothing is posted under a plan in another currency, pinned or not. */
static void test_a_plan_in_another_currency_is_none(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_order never = order_of(AT), order = order_of(AT);
    assert_int_equal(follow(reference, &never, "JPY", AT, true), 0);
    assert_int_equal(never.former_pin_count, 0);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    assert_int_equal(follow(reference, &order, "JPY", AT, true), 0);
    assert_int_equal(follow(reference, &order, "JPY", AT, true), 0);
    assert_int_equal(order.former_pin_count, 1);
    /* Back in its own it has the pin of before, whatever was published since. */
    reference = publish("b", PLAN("2", "roles: {}\n"));
    assert_int_equal(follow(reference, &never, "CNY", AT, true), 2);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    assert_int_equal(order.former_pin_count, 0);
}

/* SPEC §11.5: the version of an (order, `created`) changes only by a retroactive publication. */
static void test_an_order_that_comes_back_to_its_created_has_its_pin(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_order order = order_of(AT);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    reference = publish("b", PLAN("2", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "CNY", AT + 1, true), 2);
    assert_int_equal(follow(reference, &order, "CNY", AT + 2, true), 2);
    assert_int_equal(order.former_pin_count, 2);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    assert_int_equal(follow(reference, &order, "CNY", AT, false), 1);
    assert_int_equal(order.former_pin_count, 2);
    assert_int_equal(follow(reference, &order, "CNY", BEFORE_ALL, true), 0);
    assert_int_equal(follow(reference, &order, "CNY", AT + 1, true), 2);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    assert_int_equal(order.former_pin_count, 2);
    /* A retroactive one chooses anew for the former, too. */
    assert_int_equal(follow(reference, &order, "CNY", AT + 1, true), 2);
    reference = publish_retroactive("c", PLAN("3", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 3);
    assert_int_equal(follow(reference, &order, "CNY", AT + 2, true), 3);
    reference = publish("d", PLAN("4", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "CNY", AT + 1, true), 3); /* as if never away */
    assert_int_equal(follow(reference, &order, "CNY", AT + 3, true), 4);
    assert_int_equal(order.former_pin_count, 3);
}

static void test_each_currency_has_its_pin(void **state)
{
    const struct fen_reference *reference = publish("a", PLAN("1", "roles: {}\n"));
    struct fen_order order = order_of(AT);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    reference = publish("b", PLAN_IN("JPY", "2", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "JPY", AT, true), 2);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 1);
    reference = publish("c", PLAN_IN("JPY", "3", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "JPY", AT, true), 2);
    assert_int_equal(order.former_pin_count, 1);
    reference = publish_retroactive("d", PLAN_IN("JPY", "4", "roles: {}\n"));
    assert_int_equal(follow(reference, &order, "JPY", AT, true), 4);
    assert_int_equal(follow(reference, &order, "CNY", AT, true), 0);
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
        TEST(test_an_order_keeps_its_pin),
        TEST(test_a_plan_in_another_currency_is_none),
        TEST(test_an_order_that_comes_back_to_its_created_has_its_pin),
        TEST(test_each_currency_has_its_pin),
        TEST(test_a_registration_under_a_rule_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
