/*
 * test_explain_lines: each line of an order is told whom it passed over and who got it (SPEC
 * §11.7), though what is the same on all lines is found once where nobody asks; and who would, of
 * an order that is cancelled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "split/explain.h"

#define CREATED INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

/* A touch passed over on a line. */
struct passed {
    const char *event;
    enum fen_trace_fate fate;
};

/* Of both lines the same touches are passed over, in this order, and t1 wins. */
static void check_passed(const char *share, const struct passed *passed, uint32_t count)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_str yaml = fen_arena_format(
        arena,
        "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
        "share: %s\nroles: {share: [{name: s, pay: 5%%}]}\n",
        share);
    assert_int_equal(fen_reference_apply_plan(builder, yaml, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    struct fen_explanation explanation = {.arena = arena,
                                          .reference = fen_reference_acquire(builder, 0)};
    struct fen_event_line lines[] = {
        {.line = 3, .sku = FEN_STR("k"), .quantity = 1, .paid_fen = 10000},
        {.line = 5, .sku = FEN_STR("l"), .quantity = 1, .paid_fen = 10000}};
    struct fen_touch_fact touches[] = {
        {.guide = FEN_STR("A"), .at_ms = CREATED + 1, .event = FEN_STR("t2")},
        {.guide = FEN_STR("A"), .at_ms = CREATED - 1, .event = FEN_STR("t1")}};
    struct fen_order *order = &explanation.order;
    fen_record_clear(&fen_order_schema, order);
    order->tenant = FEN_STR("t");
    order->order = FEN_STR("O");
    order->customer = FEN_STR("c");
    order->placed_event = FEN_STR("e1");
    order->created_ms = CREATED;
    order->lines = lines;
    order->line_count = 2;
    order->touches = touches;
    order->touch_count = 2;
    fen_explain_order(&explanation);
    assert_int_equal(explanation.trace.touch_count, 2 * count);
    assert_int_equal(explanation.trace.candidate_count, 2);
    for (uint32_t index = 0; index < 2 * count; index++) {
        const struct fen_trace_touch *told = &explanation.trace.touches[index];
        const struct passed *expected = &passed[index % count];
        assert_int_equal(told->line, lines[index / count].line);
        assert_true(fen_str_equal(told->touch->event, fen_str_from(expected->event)));
        assert_int_equal(told->fate, expected->fate);
    }
    for (uint32_t index = 0; index < 2; index++)
        assert_true(fen_str_equal(explanation.trace.candidates[index].credit.touch,
                                  FEN_STR("t1")));
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
}

static void test_every_line_is_told_of_the_touches_passed(void **state)
{
    static const struct passed passed[] = {{"t2", FEN_TRACE_AFTER}};
    check_passed("{window: 7d}", passed, 1);
}

/* That no touch names a sku is seen at once, and yet each is told to have been passed for it. */
static void test_a_line_is_told_of_touches_without_its_sku(void **state)
{
    static const struct passed passed[] = {
        {"t2", FEN_TRACE_AFTER}, {"t1", FEN_TRACE_OTHER_SKU}, {"t2", FEN_TRACE_AFTER}};
    check_passed("{window: 7d, match: sku_first}", passed, 3);
}

/* SPEC §5: nothing is due once it is cancelled, though its credits are told. */
static void test_a_cancelled_order_entitles_nobody(void **state)
{
    static const char yaml[] =
        "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
        "roles: {hq: [{name: h, pay: 5%}]}\n";
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_arena *arena = fen_arena_create(4096);
    assert_int_equal(fen_reference_apply_plan(builder, fen_str_from(yaml), NULL),
                     FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        struct fen_explanation explanation = {.arena = arena,
                                              .reference = fen_reference_acquire(builder, 0)};
        struct fen_event_line line = {
            .line = 1, .sku = FEN_STR("k"), .quantity = 1, .paid_fen = 10000};
        struct fen_order *order = &explanation.order;
        fen_record_clear(&fen_order_schema, order);
        order->tenant = FEN_STR("t");
        order->order = FEN_STR("O");
        order->placed_event = FEN_STR("e1");
        order->created_ms = order->paid_ms = CREATED;
        order->lines = &line;
        order->line_count = 1;
        order->is_cancelled = is_cancelled != 0;
        fen_explain_order(&explanation);
        assert_int_equal(explanation.trace.candidate_count, 1);
        assert_int_equal(explanation.entitlement.count, !is_cancelled);
        assert_int_equal(explanation.due_count, !is_cancelled);
    }
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cancelled_order_entitles_nobody),
        cmocka_unit_test(test_every_line_is_told_of_the_touches_passed),
        cmocka_unit_test(test_a_line_is_told_of_touches_without_its_sku),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
