/*
 * The worker's loop on the memory log, with fake lanes (tests/lib/fake_lanes.h): every key's
 * committed ledger must read 1, 2, 3, ... with running totals, whatever fails on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "lib/fake_lanes_body.h"
#include "stream/inputs.h"
#include "stream/worker.h"
#include "wire/memory_log.h"
#include "wire/memory_sink.h"
#include "wire/memory_source.h"

#define PARTITION_COUNT 5u
#define KEY_COUNT 20u
#define WORKER_MAX 4u
#define STEP_MAX 20000u

/* Stands in for plan/reference.c: one reference, changed by hand. */
static struct fen_reference references[2];
static uint32_t reference_index;

const struct fen_reference *fen_reference_acquire(struct fen_reference_builder *builder,
                                                  uint32_t reader)
{
    return &references[reference_index];
}

struct shop {
    struct fen_memory_log *log;
    struct fen_worker *workers[WORKER_MAX];
    struct fen_worker_options options;
    uint64_t sent[KEY_COUNT];
    int64_t total[KEY_COUNT];
    uint64_t random;
    uint64_t sink_step; /* counts every step of every sink */
    uint64_t fault_at;  /* the step at which `fault` strikes; 0 never */
    uint64_t fault_each; /* or by chance at one step in so many; 0 never */
    enum fen_memory_fault fault;
};

static uint64_t next_random(struct shop *shop)
{
    shop->random ^= shop->random << 13;
    shop->random ^= shop->random >> 7;
    shop->random ^= shop->random << 17;
    return shop->random;
}

static enum fen_memory_fault choose_fault(void *context, enum fen_memory_step step)
{
    struct shop *shop = context;
    shop->sink_step++;
    bool is_now = shop->sink_step == shop->fault_at
                  || (shop->fault_each > 0 && next_random(shop) % shop->fault_each == 0);
    return is_now ? shop->fault : FEN_MEMORY_FAULT_NONE;
}

static void open_shop(struct shop *shop)
{
    memset(shop, 0, sizeof *shop);
    memset(&fake_lanes_seen, 0, sizeof fake_lanes_seen);
    memset(references, 0, sizeof references);
    reference_index = 0;
    fake_lanes_seen.touches_from_ms = INT64_MIN;
    shop->random = 88172645463325252u;
    shop->log = fen_memory_log_create(PARTITION_COUNT);
    shop->options = (struct fen_worker_options){
        .lanes = {.partition_count = PARTITION_COUNT, .has_split = true, .has_post = true},
        .batch_count_max = 7,
    };
    fen_memory_log_set_faults(shop->log, choose_fault, shop);
}

static struct fen_worker *make_worker(struct shop *shop, uint32_t place, uint32_t identity)
{
    char name[32];
    enum fen_topic topics[FEN_INPUT_COUNT_MAX];
    uint32_t count = fen_inputs_list(shop->options.lanes.has_split,
                                     shop->options.lanes.has_post, topics);
    (void)snprintf(name, sizeof name, "worker-%u", identity);
    shop->workers[place] = fen_worker_create(
        &shop->options, fen_memory_source_create(shop->log, name, topics, count),
        fen_memory_sink_create(shop->log, name));
    return shop->workers[place];
}

/* As kill -9: what it had open stays open. */
static void kill_worker(struct shop *shop, uint32_t place)
{
    fen_worker_destroy(shop->workers[place]);
    shop->workers[place] = NULL;
}

static void close_shop(struct shop *shop)
{
    for (uint32_t i = 0; i < WORKER_MAX; i++)
        fen_worker_destroy(shop->workers[i]);
    fen_memory_log_destroy(shop->log);
}

static void append(struct shop *shop, enum fen_topic topic, uint32_t partition, const char *key,
                   const char *value)
{
    struct fen_message message = {.topic = topic,
                                  .partition = partition,
                                  .timestamp_ms = 1000,
                                  .key = fen_str_from(key),
                                  .value = fen_str_from(value)};
    fen_memory_log_append(shop->log, &message);
}

static void send_orders(struct shop *shop, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char key[32];
        char value[32];
        uint32_t customer = (uint32_t)(next_random(shop) % KEY_COUNT);
        int64_t amount = (int64_t)(next_random(shop) % 1000) - 300;
        (void)snprintf(key, sizeof key, "customer-%u", customer);
        (void)snprintf(value, sizeof value, "%" PRId64, amount);
        append(shop, FEN_TOPIC_ORDER_EVENTS, customer % PARTITION_COUNT, key, value);
        shop->sent[customer]++;
        shop->total[customer] += amount;
    }
}

/* Whether the group has read every order. */
static bool is_all_read(const struct shop *shop)
{
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        int64_t committed = 0;
        int64_t high = fen_memory_log_watermarks(shop->log, FEN_TOPIC_ORDER_EVENTS, i).high;
        if (high > 0
            && (!fen_memory_log_committed(shop->log, FEN_TOPIC_ORDER_EVENTS, i, &committed)
                || committed < high))
            return false;
    }
    return true;
}

static void run_steps(struct fen_worker *worker, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!fen_worker_step(worker))
            return;
    }
}

/* Steps all workers in a random order until every order is read. */
static void run_all(struct shop *shop)
{
    int64_t deadline_ms = fen_clock_ms() + 30000;
    while (!is_all_read(shop)) {
        assert_true(fen_clock_ms() < deadline_ms);
        struct fen_worker *worker = shop->workers[next_random(shop) % WORKER_MAX];
        if (worker != NULL)
            run_steps(worker, 1);
    }
}

static enum fen_worker_state run_until_over(struct fen_worker *worker)
{
    for (uint32_t i = 0; i < STEP_MAX; i++) {
        if (!fen_worker_step(worker))
            return fen_worker_state_read(worker);
    }
    fail_msg("the worker neither stopped nor failed");
    return FEN_WORKER_FAILED;
}

static struct fen_worker_status status_of(const struct fen_worker *worker)
{
    struct fen_worker_status status;
    fen_worker_status_read(worker, &status);
    return status;
}

/* The ledger as a committed reader sees it: dense, running, complete. */
static void check_ledger(const struct shop *shop)
{
    uint64_t seq[KEY_COUNT] = {0};
    int64_t last[KEY_COUNT] = {0};
    for (uint32_t i = 0; i < PARTITION_COUNT; i++) {
        int64_t offset = 0;
        struct fen_message message;
        while (fen_memory_log_read(shop->log, FEN_TOPIC_LEDGER, i, true, &offset, &message)) {
            char key[32] = {0};
            char value[64] = {0};
            memcpy(key, message.key.data, message.key.size);
            memcpy(value, message.value.data, message.value.size);
            if (strcmp(key, "reference") == 0)
                continue;
            uint32_t customer = (uint32_t)strtoul(key + strlen("customer-"), NULL, 10);
            char *rest = NULL;
            assert_int_equal(strtoull(value, &rest, 10), ++seq[customer]);
            last[customer] = strtoll(rest, NULL, 10);
        }
    }
    for (uint32_t i = 0; i < KEY_COUNT; i++) {
        assert_int_equal(seq[i], shop->sent[i]);
        assert_int_equal(last[i], shop->total[i]);
    }
}

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

/* Lanes that are full end a batch in the midst of a poll; taints and faults strike between parts. */
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
        cmocka_unit_test(test_worker_recovers_from_many_faults_among_several_workers),
        cmocka_unit_test(test_worker_killed_anywhere_and_restarted_gives_the_same_ledger),
        cmocka_unit_test(test_worker_killed_in_a_transaction_leaves_nothing_half_done),
        cmocka_unit_test(test_worker_takes_over_from_one_that_died),
        cmocka_unit_test(test_worker_whose_place_is_taken_fails_for_good),
        cmocka_unit_test(test_worker_of_an_old_generation_commits_nothing),
        cmocka_unit_test(test_worker_survives_members_that_come_and_go),
        cmocka_unit_test(test_worker_waits_for_state_up_to_the_high_watermark),
        cmocka_unit_test(test_worker_restores_state_touches_and_org_events_before_work),
        cmocka_unit_test(test_worker_opens_a_tainted_producer_anew_without_restoring),
        cmocka_unit_test(test_worker_splits_a_poll_that_is_too_large_for_one_batch),
        cmocka_unit_test(test_worker_evaluates_anew_when_references_change_without_messages),
        cmocka_unit_test(test_worker_stops_at_a_gap),
        cmocka_unit_test(test_worker_refuses_inputs_that_retention_cut),
        cmocka_unit_test(test_worker_of_a_new_group_begins_at_0_or_where_it_is_told),
        cmocka_unit_test(test_worker_refuses_state_it_cannot_read),
        cmocka_unit_test(test_worker_does_not_work_on_an_assignment_by_halves),
        cmocka_unit_test(test_worker_tells_lag_and_sizes),
        cmocka_unit_test(test_worker_tells_the_projector_in_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
