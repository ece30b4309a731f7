/*
 * test_worker_restore: from an assignment to lanes with their state, on the memory log with fake
 * lanes: what is waited for, what is read, and what a worker refuses to begin with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/worker_shop_body.h"

/* KAFKA-10167: state whose marker has not come yet must be waited for, not read short. */
static void test_worker_waits_for_state_up_to_the_high_watermark(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 40);
    for (uint32_t i = 0; i < PARTITION_COUNT; i++)
        fen_memory_log_hold_markers(shop.log, FEN_TOPIC_ORDER_STATE, i, true);
    run_all(&shop);
    fen_worker_stop(worker);
    assert_int_equal(run_until_over(worker), FEN_WORKER_STOPPED);
    kill_worker(&shop, 0);
    send_orders(&shop, 40);
    worker = make_worker(&shop, 0, 0);
    fen_worker_start(worker);
    while (fen_worker_state_read(worker) != FEN_WORKER_RESTORING)
        ;
    fen_worker_stop(worker);
    assert_true(fen_worker_join(worker, 30000));
    assert_int_equal(status_of(worker).commits, 0);
    kill_worker(&shop, 0);
    for (uint32_t i = 0; i < PARTITION_COUNT; i++)
        fen_memory_log_hold_markers(shop.log, FEN_TOPIC_ORDER_STATE, i, false);
    make_worker(&shop, 0, 0);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_restores_state_touches_and_org_events_before_work(void **state)
{
    struct shop shop;
    open_shop(&shop);
    for (int i = 0; i < 10; i++) {
        append(&shop, FEN_TOPIC_TOUCH_EVENTS, 1, "customer-1", "touch");
        append(&shop, FEN_TOPIC_ORG_EVENTS, 0, "default/guide", "guide");
    }
    append(&shop, FEN_TOPIC_PLANS, 0, "default", "plan");
    references[0].org_offset = 10;
    references[0].plan_offset = 1;
    send_orders(&shop, 50);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    run_all(&shop);
    run_steps(worker, 20);
    assert_int_equal(fake_lanes_seen.restored_touches, 0);
    kill_worker(&shop, 0);
    worker = make_worker(&shop, 0, 0);
    run_steps(worker, 5);
    assert_int_equal(fake_lanes_seen.restored_states, 50);
    assert_int_equal(fake_lanes_seen.restored_touches, 10);
    assert_int_equal(fake_lanes_seen.restored_org_events, 11);
    assert_int_equal(status_of(worker).restore_records, 71);
    kill_worker(&shop, 0);
    fake_lanes_seen.touches_from_ms = INT64_C(10) * 60 * 1000; /* all touches are older */
    worker = make_worker(&shop, 0, 0);
    run_steps(worker, 5);
    assert_int_equal(fake_lanes_seen.restored_touches, 10);
    assert_int_equal(fen_worker_state_read(worker), FEN_WORKER_RUNNING);
    close_shop(&shop);
}

/* Until it owns them; what is announced later is followed as it comes. */
static void test_worker_takes_lanes_only_with_references_as_new_as_the_log(void **state)
{
    struct shop shop;
    open_shop(&shop);
    append(&shop, FEN_TOPIC_ORG_EVENTS, 0, "default/2026-02", "closed");
    append(&shop, FEN_TOPIC_PLANS, 0, "default", "plan");
    send_orders(&shop, 20);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    run_steps(worker, 40);
    assert_int_equal(fen_worker_state_read(worker), FEN_WORKER_RESTORING);
    references[0].org_offset = 1;
    run_steps(worker, 40);
    assert_int_equal(fen_worker_state_read(worker), FEN_WORKER_RESTORING);
    assert_int_equal(fake_lanes_seen.promoted, 0);
    references[0].plan_offset = 1;
    run_all(&shop);
    assert_int_equal(fen_worker_state_read(worker), FEN_WORKER_RUNNING);
    append(&shop, FEN_TOPIC_ORG_EVENTS, 0, "default/2026-03", "closed");
    send_orders(&shop, 20);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_refuses_inputs_that_retention_cut(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    append(&shop, FEN_TOPIC_ORDER_EVENTS, 0, "customer-0", "1");
    shop.sent[0]++;
    shop.total[0]++;
    run_all(&shop);
    kill_worker(&shop, 0);
    append(&shop, FEN_TOPIC_ORDER_EVENTS, 0, "customer-0", "1");
    append(&shop, FEN_TOPIC_ORDER_EVENTS, 0, "customer-0", "1");
    fen_memory_log_cut(shop.log, FEN_TOPIC_ORDER_EVENTS, 0, 2);
    shop.options.accepts_cut_inputs = true; /* no excuse for a committed offset */
    worker = make_worker(&shop, 0, 0);
    assert_int_equal(run_until_over(worker), FEN_WORKER_FAILED);
    assert_non_null(strstr(status_of(worker).reason, "records have been lost"));
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_of_a_new_group_begins_at_0_or_where_it_is_told(void **state)
{
    struct shop shop;
    open_shop(&shop);
    append(&shop, FEN_TOPIC_ORDER_EVENTS, 0, "customer-0", "1");
    append(&shop, FEN_TOPIC_ORDER_EVENTS, 0, "customer-0", "5");
    fen_memory_log_cut(shop.log, FEN_TOPIC_ORDER_EVENTS, 0, 1);
    shop.sent[0] = 1;
    shop.total[0] = 5;
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    assert_int_equal(run_until_over(worker), FEN_WORKER_FAILED);
    assert_non_null(strstr(status_of(worker).reason, "no committed offset"));
    kill_worker(&shop, 0);
    shop.options.accepts_cut_inputs = true;
    make_worker(&shop, 0, 0);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

/* What was posted for an order whose state is gone would be posted again. */
static void test_worker_refuses_state_whose_beginning_was_deleted(void **state)
{
    struct shop shop;
    open_shop(&shop);
    make_worker(&shop, 0, 0);
    send_orders(&shop, 20);
    run_all(&shop);
    kill_worker(&shop, 0);
    fen_memory_log_cut(shop.log, FEN_TOPIC_ORDER_STATE, 3, 1);
    shop.options.accepts_cut_inputs = true; /* no excuse for state */
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    assert_int_equal(run_until_over(worker), FEN_WORKER_FAILED);
    assert_non_null(strstr(status_of(worker).reason, "fen.order-state.v1 [3] begins at 1: state"));
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_refuses_state_it_cannot_read(void **state)
{
    struct shop shop;
    open_shop(&shop);
    append(&shop, FEN_TOPIC_ORDER_STATE, 3, "customer-3", "?");
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    assert_int_equal(run_until_over(worker), FEN_WORKER_FAILED);
    assert_non_null(strstr(status_of(worker).reason, "fen.order-state.v1 [3] offset 0"));
    close_shop(&shop);
}

/* Members with different stages share different topics: no partition may be worked on by halves. */
static void test_worker_does_not_work_on_an_assignment_by_halves(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *both = make_worker(&shop, 0, 0);
    shop.options.lanes.has_post = false;
    make_worker(&shop, 1, 1);
    send_orders(&shop, 20);
    for (uint32_t i = 0; i < 30; i++) {
        run_steps(shop.workers[0], 1);
        run_steps(shop.workers[1], 1);
    }
    assert_int_equal(status_of(both).partition_count, 0);
    assert_non_null(strstr(status_of(both).reason, "not co-partitioned"));
    fen_worker_stop(shop.workers[1]);
    assert_int_equal(run_until_over(shop.workers[1]), FEN_WORKER_STOPPED);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker_waits_for_state_up_to_the_high_watermark),
        cmocka_unit_test(test_worker_restores_state_touches_and_org_events_before_work),
        cmocka_unit_test(test_worker_takes_lanes_only_with_references_as_new_as_the_log),
        cmocka_unit_test(test_worker_refuses_inputs_that_retention_cut),
        cmocka_unit_test(test_worker_of_a_new_group_begins_at_0_or_where_it_is_told),
        cmocka_unit_test(test_worker_refuses_state_whose_beginning_was_deleted),
        cmocka_unit_test(test_worker_refuses_state_it_cannot_read),
        cmocka_unit_test(test_worker_does_not_work_on_an_assignment_by_halves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
