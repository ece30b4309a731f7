/*
 * test_sizes: what lanes tell the metrics of their memory is the sum over all that they hold, and
 * the arrays beside their tables grow by doubling, the new part zeroed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "post/lane_parts.h"
#include "split/lane_parts.h"

#define ORDERS 200

static void leave_in_place(void *context)
{
}

/* A lane with orders of many customers, without a plan. */
static void fill(struct fen_split_lane *lane, const struct fen_reference *reference)
{
    static char texts[4][ORDERS][16];
    static struct fen_event_line line = {.line = 1, .quantity = 1, .paid_fen = 1};
    struct fen_arena *arena = fen_arena_create(1 << 16), *scratch = fen_arena_create(1 << 16);
    struct fen_entries entries = {0};
    struct fen_split_counts counts = {0};
    struct fen_buffer buffer = {0};
    struct fen_split_batch batch = {.arena = arena, .scratch = scratch, .reference = reference,
                                    .entries = &entries, .deliver = leave_in_place,
                                    .counts = &counts};
    fen_split_lane_begin(lane, &batch);
    for (int number = 0; number < ORDERS; number++) {
        for (int text = 0; text < 4; text++)
            snprintf(texts[text][number], 16, "%c%d", 'a' + text, number);
        struct fen_event event = {.type = FEN_EVENT_ORDER_PLACED, .tenant = FEN_STR("t"),
                                  .id = fen_str_from(texts[0][number]),
                                  .order = fen_str_from(texts[1][number]),
                                  .customer = fen_str_from(texts[2][number]),
                                  .lines = &line, .line_count = 1, .created_ms = 5};
        assert_int_equal(fen_split_lane_apply(lane, &event), FEN_SPLIT_APPLIED);
        event = (struct fen_event){.type = FEN_EVENT_TASK_SCORED, .tenant = FEN_STR("t"),
                                   .id = fen_str_from(texts[3][number]),
                                   .task = fen_str_from(texts[1][number]),
                                   .guide = FEN_STR("G"), .score = 1};
        assert_int_equal(fen_split_lane_apply(lane, &event), FEN_SPLIT_APPLIED);
    }
    fen_split_lane_finish(lane, &buffer);
    fen_split_lane_promote(lane);
    fen_buffer_deinit(&buffer);
    fen_arena_destroy(scratch);
    fen_arena_destroy(arena);
}

static void check_split_sizes(const struct fen_split_lane *lane, uint64_t order_count)
{
    struct fen_split_sizes sizes;
    fen_split_lane_measure(lane, &sizes);
    const size_t held[] = {
        fen_slab_held_bytes(lane->slab),
        fen_state_table_held_bytes(lane->orders),
        fen_state_table_held_bytes(lane->customers),
        fen_state_table_held_bytes(lane->tasks.states),
        fen_state_table_held_bytes(lane->tasks.guides),
        fen_touches_held_bytes(lane->touches),
        fen_mark_set_held_bytes(lane->applied.marks),
        fen_arena_held_bytes(lane->restoring),
        fen_reference_index_held_bytes(lane->references),
        fen_reference_index_held_bytes(lane->customer_references),
        fen_reference_index_held_bytes(lane->tasks.references),
        lane->order_link_count * sizeof(struct fen_order_link),
        lane->customer_link_count * sizeof(struct fen_customer_link),
        lane->tasks.link_count * sizeof *lane->tasks.links,
        lane->tasks.guide_link_count * sizeof *lane->tasks.guide_links,
    };
    size_t held_bytes = 0;
    for (size_t part = 0; part < sizeof held / sizeof *held; part++)
        held_bytes += held[part];
    assert_int_equal(sizes.held_bytes, held_bytes);
    assert_int_equal(sizes.state_bytes, fen_slab_taken_bytes(lane->slab));
    assert_int_equal(sizes.order_count, order_count);
    assert_int_equal(sizes.customer_count, order_count);
    assert_int_equal(sizes.unplanned_count, order_count);
    assert_int_equal(sizes.mark_count, 2 * order_count);
}

static void test_a_split_lane_tells_all_it_holds(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_split_lane *lane = fen_split_lane_create(false, false);
    check_split_sizes(lane, 0);
    fen_reference_publish(builder, 0, 0);
    fill(lane, fen_reference_acquire(builder, 0));
    check_split_sizes(lane, ORDERS);
    assert_true(lane->order_link_count > ORDERS && lane->customer_link_count > ORDERS);
    assert_true(lane->tasks.link_count > ORDERS && lane->tasks.guide_link_count > ORDERS);
    struct fen_touch_fact touch = {.guide = FEN_STR("G"), .event = FEN_STR("e")};
    fen_touches_add(lane->touches, 1, &touch, 0);
    check_split_sizes(lane, ORDERS);
    fen_split_lane_destroy(lane);
    fen_reference_builder_destroy(builder);
}

static void test_a_trusting_lane_notes_no_event(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_split_lane *lane = fen_split_lane_create(true, false);
    struct fen_split_sizes sizes;
    fen_split_lane_trust(lane);
    fen_reference_publish(builder, 0, 0);
    fill(lane, fen_reference_acquire(builder, 0));
    fen_split_lane_measure(lane, &sizes);
    assert_int_equal(sizes.order_count, ORDERS);
    assert_int_equal(sizes.mark_count, 0);
    fen_split_lane_destroy(lane);
    fen_reference_builder_destroy(builder);
}

static void test_a_post_lane_tells_all_it_holds(void **state)
{
    struct fen_post_lane *lane = fen_post_lane_create(false);
    struct fen_post_sizes sizes;
    uint32_t content;
    for (uint32_t number = 1; number <= 300; number++) {
        char payee[16];
        snprintf(payee, sizeof payee, "guide:%u", number);
        uint32_t slot =
            fen_state_table_insert(lane->accounts, FEN_STR("t"), fen_str_from(payee));
        fen_state_table_set(lane->accounts, slot, FEN_STR("state"));
        fen_mark_set_add(lane->applied.marks, (struct fen_hash128){number, 7}, 1, &content);
    }
    fen_post_lane_measure(lane, &sizes);
    assert_int_equal(sizes.payee_count, 300);
    assert_int_equal(sizes.mark_count, 300);
    assert_int_equal(sizes.state_bytes, fen_slab_taken_bytes(lane->slab));
    assert_int_equal(sizes.held_bytes, fen_slab_held_bytes(lane->slab) +
                                           fen_state_table_held_bytes(lane->accounts) +
                                           fen_mark_set_held_bytes(lane->applied.marks) +
                                           fen_arena_held_bytes(lane->restoring));
    fen_post_lane_destroy(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_split_lane_tells_all_it_holds),
        cmocka_unit_test(test_a_trusting_lane_notes_no_event),
        cmocka_unit_test(test_a_post_lane_tells_all_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
