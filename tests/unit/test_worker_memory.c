/*
 * test_worker_memory: the worker's loop on the memory log, with fake lanes. Every key's committed
 * ledger must read 1, 2, 3, ... with running totals, whatever fails on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/worker_shop_body.h"

/* Usage: a log, a worker over its two ports, step until done. */
static void test_worker_carries_every_event_once(void **state)
{
    for (uint32_t worker_count = 1; worker_count <= WORKER_MAX; worker_count++) {
        struct shop shop;
        open_shop(&shop);
        for (uint32_t i = 0; i < worker_count; i++)
            make_worker(&shop, i, i);
        send_orders(&shop, 500);
        run_all(&shop);
        check_ledger(&shop);
        close_shop(&shop);
    }
}

static void test_worker_makes_no_transaction_of_empty_polls(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 10);
    run_all(&shop);
    uint64_t commits = status_of(worker).commits;
    uint64_t steps = shop.sink_step;
    run_steps(worker, 50);
    assert_int_equal(status_of(worker).commits, commits);
    assert_int_equal(shop.sink_step, steps);
    assert_int_equal(status_of(worker).state, FEN_WORKER_RUNNING);
    close_shop(&shop);
}

/* One fault at the k-th step of the sink, for every k of the whole run, of both kinds. */
static void test_worker_recovers_at_every_step_a_request_or_answer_is_lost(void **state)
{
    for (int kind = 0; kind < 2; kind++) {
        uint64_t step_count = UINT64_MAX;
        for (uint64_t k = 1; k <= step_count; k++) {
            struct shop shop;
            open_shop(&shop);
            shop.fault = kind == 0 ? FEN_MEMORY_FAULT_BEFORE : FEN_MEMORY_FAULT_AFTER;
            struct fen_worker *worker = make_worker(&shop, 0, 0);
            send_orders(&shop, 60);
            shop.fault_at = k;
            run_all(&shop);
            check_ledger(&shop);
            run_steps(worker, 5); /* the last commit may have been the one in doubt */
            assert_int_equal(fen_worker_state_read(worker), FEN_WORKER_RUNNING);
            step_count = shop.sink_step;
            close_shop(&shop);
        }
        assert_true(step_count > 30);
    }
}

/* What the watchdog goes by where each transaction fails and the loop turns all the same. */
static void test_worker_counts_failures_until_it_commits(void **state)
{
    struct shop shop;
    open_shop(&shop);
    shop.fault = FEN_MEMORY_FAULT_BEFORE;
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 60);
    shop.fault_each = 2; /* the producer opens, what it sends then goes astray */
    int64_t begin_ms = fen_clock_ms();
    while (status_of(worker).failures < 3 && fen_clock_ms() < begin_ms + 20000)
        run_steps(worker, 1);
    struct fen_worker_status status = status_of(worker);
    assert_int_equal(status.failures, 3);
    assert_int_equal(status.recoveries, 3);
    assert_true(status.failing_since_ms >= begin_ms);
    assert_int_equal(status.commits, 0);
    shop.fault_each = 0;
    run_all(&shop);
    check_ledger(&shop);
    status = status_of(worker);
    assert_true(status.commits > 0);
    assert_int_equal(status.failures, 0);
    assert_int_equal(status.failing_since_ms, 0);
    close_shop(&shop);
}

static void test_worker_recovers_from_many_faults_among_several_workers(void **state)
{
    for (uint64_t each = 12; each < 40; each += 3) {
        struct shop shop;
        open_shop(&shop);
        shop.fault = each % 2 == 0 ? FEN_MEMORY_FAULT_BEFORE : FEN_MEMORY_FAULT_AFTER;
        shop.fault_each = each;
        for (uint32_t i = 0; i < 3; i++)
            make_worker(&shop, i, i);
        send_orders(&shop, 300);
        run_all(&shop);
        check_ledger(&shop);
        close_shop(&shop);
    }
}

/* Killed after k turns of the loop, at a sink step of the turn: restarted under the same name. */
static void test_worker_killed_anywhere_and_restarted_gives_the_same_ledger(void **state)
{
    for (uint32_t k = 0; k < 40; k++) {
        struct shop shop;
        open_shop(&shop);
        struct fen_worker *worker = make_worker(&shop, 0, 0);
        send_orders(&shop, 100);
        run_steps(worker, k);
        kill_worker(&shop, 0);
        send_orders(&shop, 30);
        make_worker(&shop, 0, 0);
        run_all(&shop);
        check_ledger(&shop);
        close_shop(&shop);
    }
}

/* Killed with a transaction open: the k-th sink step fails, and the worker dies of it. */
static void test_worker_killed_in_a_transaction_leaves_nothing_half_done(void **state)
{
    for (uint64_t k = 1; k <= 60; k++) {
        for (int kind = 0; kind < 2; kind++) {
            struct shop shop;
            open_shop(&shop);
            shop.fault = kind == 0 ? FEN_MEMORY_FAULT_BEFORE : FEN_MEMORY_FAULT_AFTER;
            shop.fault_at = k;
            struct fen_worker *worker = make_worker(&shop, 0, 0);
            send_orders(&shop, 100);
            for (uint32_t i = 0; i < STEP_MAX && shop.sink_step < k && !is_all_read(&shop); i++)
                run_steps(worker, 1);
            kill_worker(&shop, 0);
            make_worker(&shop, 1, 0);
            run_all(&shop);
            check_ledger(&shop);
            close_shop(&shop);
        }
    }
}

static void test_worker_takes_over_from_one_that_died(void **state)
{
    for (uint32_t k = 3; k < 20; k++) {
        struct shop shop;
        open_shop(&shop);
        make_worker(&shop, 0, 0);
        make_worker(&shop, 1, 1);
        send_orders(&shop, 200);
        for (uint32_t i = 0; i < k; i++) {
            run_steps(shop.workers[0], 1);
            run_steps(shop.workers[1], 1);
        }
        kill_worker(&shop, 0);
        run_steps(shop.workers[1], 20);
        fen_memory_log_expire_producer(shop.log, "worker-0");
        fen_memory_log_expire_member(shop.log, "worker-0");
        run_all(&shop);
        check_ledger(&shop);
        close_shop(&shop);
    }
}

/* Two live workers of one name: the older ends and never fences the newer. */
static void test_worker_whose_place_is_taken_fails_for_good(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *old = make_worker(&shop, 0, 0);
    send_orders(&shop, 200);
    run_steps(old, 8);
    struct fen_worker *new = make_worker(&shop, 1, 0);
    run_steps(new, 6);
    assert_int_equal(run_until_over(old), FEN_WORKER_FAILED);
    assert_int_equal(status_of(old).fences, 1);
    assert_non_null(strstr(status_of(old).reason, "another process"));
    run_all(&shop);
    assert_int_equal(status_of(new).fences, 0);
    check_ledger(&shop);
    close_shop(&shop);
}

/* A zombie that comes back while its successor works is refused by generation, and waits. */
static void test_worker_of_an_old_generation_commits_nothing(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *zombie = make_worker(&shop, 0, 0);
    send_orders(&shop, 100);
    run_steps(zombie, 6);
    uint64_t commits = status_of(zombie).commits;
    assert_true(commits > 0);
    fen_memory_log_expire_producer(shop.log, "worker-0");
    fen_memory_log_expire_member(shop.log, "worker-0");
    make_worker(&shop, 1, 1);
    run_steps(shop.workers[1], 5);
    assert_int_equal(run_until_over(zombie), FEN_WORKER_FAILED);
    assert_int_equal(status_of(zombie).commits, commits);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_survives_members_that_come_and_go(void **state)
{
    struct shop shop;
    open_shop(&shop);
    for (uint32_t i = 0; i < 3; i++)
        make_worker(&shop, i, i);
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t place = round % WORKER_MAX;
        send_orders(&shop, 40);
        for (uint32_t i = 0; i < 25; i++) {
            struct fen_worker *worker = shop.workers[next_random(&shop) % WORKER_MAX];
            if (worker != NULL)
                run_steps(worker, 1);
        }
        if (shop.workers[place] == NULL) {
            make_worker(&shop, place, place);
        } else {
            fen_worker_stop(shop.workers[place]);
            assert_int_equal(run_until_over(shop.workers[place]), FEN_WORKER_STOPPED);
            kill_worker(&shop, place);
        }
    }
    make_worker(&shop, 0, 9);
    run_all(&shop);
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_opens_a_tainted_producer_anew_without_restoring(void **state)
{
    struct shop shop;
    open_shop(&shop);
    shop.fault = FEN_MEMORY_FAULT_TAINT;
    shop.fault_each = 7;
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 100);
    run_all(&shop);
    check_ledger(&shop);
    struct fen_worker_status status = status_of(worker);
    assert_true(status.taints >= 5);
    assert_int_equal(status.restores, 1);
    assert_int_equal(status.recoveries, 0);
    close_shop(&shop);
}

/* Lanes that are full end a batch in the midst of a poll; taints and faults strike in between. */
static void test_worker_splits_a_poll_that_is_too_large_for_one_batch(void **state)
{
    static const enum fen_memory_fault faults[] = {
        FEN_MEMORY_FAULT_NONE, FEN_MEMORY_FAULT_TAINT, FEN_MEMORY_FAULT_BEFORE,
        FEN_MEMORY_FAULT_AFTER};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct shop shop;
        open_shop(&shop);
        fake_lanes_seen.batch_outputs_max = 6; /* three orders */
        shop.fault = faults[i];
        shop.fault_each = 25;
        make_worker(&shop, 0, 0);
        make_worker(&shop, 1, 1);
        send_orders(&shop, 200);
        run_all(&shop);
        check_ledger(&shop);
        close_shop(&shop);
    }
}

static void test_worker_evaluates_anew_when_references_change_without_messages(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 5);
    run_all(&shop);
    uint64_t commits = status_of(worker).commits;
    reference_index = 1;
    run_steps(worker, 3);
    assert_int_equal(status_of(worker).commits, commits); /* nothing came of it */
    fake_lanes_seen.emits_on_reference = true;
    reference_index = 0;
    run_steps(worker, 3);
    assert_int_equal(status_of(worker).commits, commits + 1);
    references[0].org_offset = 9; /* a new reference at the old address */
    run_steps(worker, 3);
    check_ledger(&shop);
    close_shop(&shop);
}

static void test_worker_goes_on_without_messages_until_nothing_is_to_follow(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 5);
    run_all(&shop);
    uint64_t commits = status_of(worker).commits;
    uint64_t promoted = fake_lanes_seen.promoted;
    fake_lanes_seen.behind_batches = 4;
    run_steps(worker, 7);
    assert_int_equal(fake_lanes_seen.behind_batches, 0);
    assert_int_equal(fake_lanes_seen.promoted, promoted + 4);
    assert_int_equal(status_of(worker).commits, commits); /* nothing came of it */
    close_shop(&shop);
}

static void test_worker_stops_at_a_gap(void **state)
{
    struct shop shop;
    open_shop(&shop);
    append(&shop, FEN_TOPIC_POSTINGS, 2, "2", "gap");
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    assert_int_equal(run_until_over(worker), FEN_WORKER_FAILED);
    assert_non_null(strstr(status_of(worker).reason, "fen.postings.v1 [2] offset 0"));
    assert_int_equal(status_of(worker).commits, 0);
    close_shop(&shop);
}

static void test_worker_tells_lag_and_sizes(void **state)
{
    struct shop shop;
    open_shop(&shop);
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    assert_int_equal(fen_worker_lag(worker, FEN_TOPIC_ORDER_EVENTS, 0), -1);
    send_orders(&shop, 100);
    run_steps(worker, 4);
    assert_true(fen_worker_lag(worker, FEN_TOPIC_ORDER_EVENTS, 0) >= 0);
    assert_int_equal(fen_worker_lag(worker, FEN_TOPIC_ORDER_EVENTS, 77), -1);
    run_all(&shop);
    struct fen_worker_status status = status_of(worker);
    assert_int_equal(status.batch_counts.sum, 100);
    assert_int_equal(status.outputs, 200);
    assert_int_equal(status.batch_counts.count, status.commits);
    assert_int_equal(status.partition_count, PARTITION_COUNT);
    close_shop(&shop);
}

struct heard {
    uint32_t opened, closed, projected, rested;
};

static void hear_opened(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_true(fen_lanes_is_open(lanes, partitions[i]));
    ((struct heard *)context)->opened += count;
}

static void hear_closed(void *context, struct fen_lanes *lanes, const uint32_t *partitions,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_true(fen_lanes_is_open(lanes, partitions[i]));
    ((struct heard *)context)->closed += count;
}

static void hear_project(void *context, const struct fen_lanes *lanes)
{
    ((struct heard *)context)->projected++;
}

static void hear_rest(void *context, struct fen_lanes *lanes)
{
    ((struct heard *)context)->rested++;
}

static void test_worker_tells_the_projector_in_pairs(void **state)
{
    struct shop shop;
    struct heard heard = {0};
    open_shop(&shop);
    shop.options.hooks = (struct fen_worker_hooks){&heard, hear_opened, hear_project, hear_rest,
                                                   hear_closed};
    shop.fault = FEN_MEMORY_FAULT_AFTER;
    shop.fault_each = 31;
    struct fen_worker *worker = make_worker(&shop, 0, 0);
    send_orders(&shop, 200);
    run_all(&shop);
    fen_worker_stop(worker);
    assert_int_equal(run_until_over(worker), FEN_WORKER_STOPPED);
    assert_true(heard.opened > PARTITION_COUNT);
    assert_int_equal(heard.opened, heard.closed);
    assert_int_equal(heard.projected, status_of(worker).commits);
    assert_true(heard.rested > 0);
    check_ledger(&shop);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker_carries_every_event_once),
        cmocka_unit_test(test_worker_makes_no_transaction_of_empty_polls),
        cmocka_unit_test(test_worker_recovers_at_every_step_a_request_or_answer_is_lost),
        cmocka_unit_test(test_worker_counts_failures_until_it_commits),
        cmocka_unit_test(test_worker_recovers_from_many_faults_among_several_workers),
        cmocka_unit_test(test_worker_killed_anywhere_and_restarted_gives_the_same_ledger),
        cmocka_unit_test(test_worker_killed_in_a_transaction_leaves_nothing_half_done),
        cmocka_unit_test(test_worker_takes_over_from_one_that_died),
        cmocka_unit_test(test_worker_whose_place_is_taken_fails_for_good),
        cmocka_unit_test(test_worker_of_an_old_generation_commits_nothing),
        cmocka_unit_test(test_worker_survives_members_that_come_and_go),
        cmocka_unit_test(test_worker_opens_a_tainted_producer_anew_without_restoring),
        cmocka_unit_test(test_worker_splits_a_poll_that_is_too_large_for_one_batch),
        cmocka_unit_test(test_worker_evaluates_anew_when_references_change_without_messages),
        cmocka_unit_test(test_worker_goes_on_without_messages_until_nothing_is_to_follow),
        cmocka_unit_test(test_worker_stops_at_a_gap),
        cmocka_unit_test(test_worker_tells_lag_and_sizes),
        cmocka_unit_test(test_worker_tells_the_projector_in_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
