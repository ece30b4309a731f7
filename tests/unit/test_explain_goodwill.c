/*
 * test_explain_goodwill: of a share under goodwill both passes are noted, amount and base of the
 * role's own refunds and those that count every refund (SPEC §5 Goodwill, §11.7).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "split/explain.h"

#define CREATED INT64_C(1793548800000) /* 2026-11-02 00:00 at +08:00 */

static const char plan_yaml[] =
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
    "refund: {sell_store: goodwill}\n"
    "roles: {sell_store: [{name: s, pay: 5%, funder: mall}]}\n";

static void test_a_share_has_the_numbers_of_both_passes(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_event store = {.type = FEN_EVENT_STORE_SET, .id = FEN_STR("s"),
                              .tenant = FEN_STR("t"), .store = FEN_STR("S"),
                              .mall = FEN_STR("M"), .kind = FEN_STR("owned")};
    assert_int_equal(fen_reference_apply_plan(builder, fen_str_from(plan_yaml), NULL),
                     FEN_REFERENCE_APPLIED);
    assert_int_equal(fen_reference_apply(builder, &store, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    struct fen_explanation explanation = {.arena = arena,
                                          .reference = fen_reference_acquire(builder, 0)};
    struct fen_event_line line = {.line = 1, .sku = FEN_STR("k"), .quantity = 1,
                                  .paid_fen = 10000};
    struct fen_refund_fact refund = {.refund = FEN_STR("r"), .line = 1, .amount_fen = 4000,
                                     .quantity = FEN_NONE, .event = FEN_STR("e3")};
    struct fen_order *order = &explanation.order;
    fen_record_clear(&fen_order_schema, order);
    order->tenant = FEN_STR("t");
    order->order = FEN_STR("O");
    order->placed_event = FEN_STR("e1");
    order->paid_event = FEN_STR("e2");
    order->created_ms = order->paid_ms = CREATED;
    order->store = FEN_STR("S");
    order->lines = &line;
    order->line_count = 1;
    order->refunds = &refund;
    order->refund_count = 1;
    fen_explain_order(&explanation);
    assert_int_equal(explanation.trace.share_count, 1);
    const struct fen_trace_share *share = explanation.trace.shares;
    assert_int_equal(share->amount_fen[FEN_PASS_OWN_REFUNDS], 500);
    assert_int_equal(share->amount_fen[FEN_PASS_ALL_REFUNDS], 300);
    assert_int_equal(share->base_fen[FEN_PASS_OWN_REFUNDS], 10000);
    assert_int_equal(share->base_fen[FEN_PASS_ALL_REFUNDS], 6000);
    assert_int_equal(explanation.due_count, 2); /* the mall's 3.00, and hq's 2.00 */
    fen_reference_builder_destroy(builder);
    fen_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_share_has_the_numbers_of_both_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
