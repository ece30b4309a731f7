/*
 * test_projector: the projector against a real, private redis-server: whatever happens to Redis, it
 * ends up equal to the ledger.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/ledger_model.h"
#include "lib/redis_server.h"
#include "redis/projector.h"

#define WAIT_MS 20000
#define WORKER_COUNT 2u

struct fixture {
    struct redis_server server;
    struct ledger_model *model;
    struct fen_projector *projector;
    struct fen_outlet *outlet;
};

static struct fen_projector *start_projector(struct fixture *fixture, size_t held_bytes_max,
                                             const char *user)
{
    const char *reason = NULL;
    const struct fen_projector_options options = {
        .address = fixture->server.address,
        .user = user,
        .password = user == NULL ? NULL : "secret",
        .partition_count = MODEL_PARTITION_COUNT,
        .worker_count = WORKER_COUNT,
        .feed_length = 50,
        .held_bytes_max = held_bytes_max,
        .source = ledger_model_source(fixture->model),
    };
    struct fen_projector *projector = fen_projector_create(&options, &reason);
    assert_non_null(projector);
    fen_projector_start(projector);
    return projector;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    redis_server_create(&fixture->server);
    fixture->model = ledger_model_create(20261101);
    fixture->projector = start_projector(fixture, 0, NULL);
    fixture->outlet = fen_projector_outlet(fixture->projector, 0);
    ledger_model_open(fixture->model, fixture->outlet);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fen_projector_destroy(fixture->projector);
    ledger_model_destroy(fixture->model);
    redis_server_destroy(&fixture->server);
    free(fixture);
    return 0;
}

static struct fen_projector_figures figures_of(struct fixture *fixture)
{
    struct fen_projector_figures figures;
    fen_projector_figures(fixture->projector, &figures);
    return figures;
}

static bool wait_until_settled(struct fixture *fixture)
{
    int64_t deadline_ms = fen_clock_ms() + WAIT_MS;
    while (!fen_projector_is_settled(fixture->projector)) {
        if (fen_clock_ms() > deadline_ms)
            return false;
        poll(NULL, 0, 1);
    }
    return true;
}

/* Wait until a figure has reached a value. */
#define WAIT_FOR(fixture, member, value)                                                           \
    do {                                                                                           \
        int64_t deadline_ms = fen_clock_ms() + WAIT_MS;                                            \
        while (figures_of(fixture).member < (value)) {                                             \
            assert_true(fen_clock_ms() < deadline_ms);                                             \
            poll(NULL, 0, 1);                                                                      \
        }                                                                                          \
    } while (0)

static void assert_equal_to_ledger(struct fixture *fixture)
{
    assert_true(wait_until_settled(fixture));
    assert_int_equal(ledger_model_compare(fixture->model, fixture->server.address), 0);
}

static void post_batches(struct fixture *fixture, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        ledger_model_post(fixture->model, fixture->outlet, 20);
}

static void test_projector_makes_redis_equal_to_the_ledger(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 50);
    assert_equal_to_ledger(fixture);
    struct fen_projector_figures figures = figures_of(fixture);
    assert_int_equal(figures.rebuilds, 0);
    assert_int_equal(figures.errors, 0);
    assert_int_equal(figures.partitions_open, MODEL_PARTITION_COUNT);
    assert_int_equal(figures.partitions_synced, MODEL_PARTITION_COUNT);
    assert_int_equal(figures.blocks_waiting, 0);
    assert_true(figures.blocks_applied >= 50);
}

static void test_projector_takes_a_batch_larger_than_a_command(void **state)
{
    struct fixture *fixture = *state;
    ledger_model_post(fixture->model, fixture->outlet, 3000);
    ledger_model_post(fixture->model, fixture->outlet, 3000);
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

static void test_feed_is_bounded_and_holds_the_newest_records(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    for (int part = 0; part < 20; part++) { /* fewer at once than the hand-over has room for */
        post_batches(fixture, 20);
        assert_true(wait_until_settled(fixture));
    }
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
    snprintf(command, sizeof command, "XLEN fen:{p%u}:feed:default/%s",
             ledger_model_partition(fixture->model, 1), ledger_model_payee(fixture->model, 1));
    long long length = redis_server_number(&fixture->server, command);
    assert_in_range(length, 50, 150); /* "~": whole nodes of 100 are cut off */
}

static void test_repeated_block_has_no_effect(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 5);
    assert_true(wait_until_settled(fixture));
    uint64_t applied = figures_of(fixture).blocks_applied;
    ledger_model_repeat(fixture->model, fixture->outlet);
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).blocks_applied, applied);
    assert_true(figures_of(fixture).blocks_dropped > 0);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

static void test_flushall_on_an_idle_system_is_repaired(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 10);
    assert_true(wait_until_settled(fixture));
    int64_t begin_ms = fen_clock_ms();
    assert_true(redis_server_ask(&fixture->server, "FLUSHALL"));
    WAIT_FOR(fixture, rebuilds, MODEL_PARTITION_COUNT);
    assert_equal_to_ledger(fixture);
    assert_in_range(fen_clock_ms() - begin_ms, 0, 5000);
}

static void test_fence_refuses_after_flushall_under_load(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 10);
    assert_true(wait_until_settled(fixture));
    assert_true(redis_server_ask(&fixture->server, "FLUSHALL"));
    post_batches(fixture, 10);
    assert_equal_to_ledger(fixture);
    assert_true(figures_of(fixture).rebuilds > 0);
}

static void test_lost_tail_is_found_and_written_anew(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 10);
    assert_true(wait_until_settled(fixture));
    assert_true(redis_server_ask(&fixture->server, "SAVE"));
    post_batches(fixture, 10);
    assert_true(wait_until_settled(fixture));
    redis_server_kill(&fixture->server);
    redis_server_start(&fixture->server); /* as of the SAVE */
    WAIT_FOR(fixture, rebuilds, MODEL_PARTITION_COUNT);
    assert_equal_to_ledger(fixture);
}

static void test_redis_killed_and_empty_is_filled_again(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 10);
    assert_true(wait_until_settled(fixture));
    redis_server_kill(&fixture->server);
    post_batches(fixture, 3);
    redis_server_start(&fixture->server);
    post_batches(fixture, 3);
    assert_equal_to_ledger(fixture);
    assert_true(figures_of(fixture).connects >= 2);
}

static void test_lost_scripts_are_loaded_again(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 3);
    assert_true(wait_until_settled(fixture));
    assert_true(redis_server_ask(&fixture->server, "SCRIPT FLUSH"));
    post_batches(fixture, 3);
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

static void test_outage_never_blocks_the_worker(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 3);
    assert_true(wait_until_settled(fixture));
    redis_server_kill(&fixture->server);
    int64_t begin_ms = fen_clock_ms();
    post_batches(fixture, 500); /* more blocks than the ring has slots */
    assert_in_range(fen_clock_ms() - begin_ms, 0, 5000);
    assert_true(figures_of(fixture).blocks_missed > 0);
    WAIT_FOR(fixture, lag_ms, 1);
    redis_server_start(&fixture->server);
    assert_equal_to_ledger(fixture);
    assert_true(figures_of(fixture).rebuilds > 0);
    post_batches(fixture, 5);
    assert_equal_to_ledger(fixture);
}

static void test_passing_errors_are_waited_out(void **state)
{
    static const struct {
        const char *begin;
        const char *end;
    } faults[] = {
        {"CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},   /* -OOM */
        {"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"},          /* -READONLY */
    };
    struct fixture *fixture = *state;
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) {
        uint64_t errors = figures_of(fixture).errors;
        post_batches(fixture, 2);
        assert_true(wait_until_settled(fixture));
        assert_true(redis_server_ask(&fixture->server, faults[index].begin));
        post_batches(fixture, 2);
        WAIT_FOR(fixture, errors, errors + 2);
        assert_false(fen_projector_is_settled(fixture->projector));
        assert_true(redis_server_ask(&fixture->server, faults[index].end));
        assert_equal_to_ledger(fixture);
    }
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

static void test_key_of_another_type_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    const char *payee = ledger_model_payee(fixture->model, 1);
    uint32_t partition = ledger_model_partition(fixture->model, 1);
    char keys[4][96];
    char command[512];
    snprintf(keys[0], sizeof keys[0], "fen:{p%u}:account:default/%s", partition, payee);
    snprintf(keys[1], sizeof keys[1], "fen:{p%u}:feed:default/%s", partition, payee);
    snprintf(keys[2], sizeof keys[2], "fen:{p%u}:rank:default/S1/2026-01", partition);
    snprintf(keys[3], sizeof keys[3], "fen:{p%u}:fence", partition);
    for (int index = 0; index < 4; index++) {
        uint64_t rebuilds = figures_of(fixture).rebuilds;
        post_batches(fixture, 10);
        assert_equal_to_ledger(fixture);
        snprintf(command, sizeof command, "DEL %s", keys[index]);
        assert_true(redis_server_ask(&fixture->server, command));
        snprintf(command, sizeof command, "RPUSH %s hand", keys[index]);
        assert_true(redis_server_ask(&fixture->server, command));
        post_batches(fixture, 3);
        assert_equal_to_ledger(fixture);
        assert_true(figures_of(fixture).rebuilds > rebuilds);
    }
}

static void test_redis_ahead_of_the_ledger_is_emptied_first(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 3);
    assert_true(wait_until_settled(fixture));
    assert_true(redis_server_ask(&fixture->server, "HSET fen:{p1}:fence seq 999999"));
    assert_true(redis_server_ask(&fixture->server, "HSET fen:{p1}:account:default/guide:X seq 1"));
    WAIT_FOR(fixture, rebuilds, 1);
    assert_equal_to_ledger(fixture);
    assert_int_equal(
        redis_server_number(&fixture->server, "EXISTS fen:{p1}:account:default/guide:X"), 0);
}

static void test_guide_moves_between_rankings(void **state)
{
    struct fixture *fixture = *state;
    const char *payee = ledger_model_payee(fixture->model, 1);
    uint32_t partition = ledger_model_partition(fixture->model, 1);
    char command[160];
    post_batches(fixture, 20);
    assert_equal_to_ledger(fixture);
    for (int month = 1; month <= 4; month++) {
        snprintf(command, sizeof command, "ZSCORE fen:{p%u}:rank:default/S1/2026-%02d %s",
                 partition, month, payee);
        assert_string_not_equal(redis_server_text(&fixture->server, command), "");
    }
    ledger_model_move(fixture->model, fixture->outlet, 1, "S9");
    assert_equal_to_ledger(fixture); /* the scores in S9 included */
    for (int month = 1; month <= 4; month++) {
        snprintf(command, sizeof command, "ZSCORE fen:{p%u}:rank:default/S1/2026-%02d %s",
                 partition, month, payee);
        assert_string_equal(redis_server_text(&fixture->server, command), "");
        snprintf(command, sizeof command, "ZSCORE fen:{p%u}:rank:default/S9/2026-%02d %s",
                 partition, month, payee);
        assert_string_not_equal(redis_server_text(&fixture->server, command), "");
    }
    ledger_model_move(fixture->model, fixture->outlet, 1, "");
    assert_equal_to_ledger(fixture);
    snprintf(command, sizeof command, "EXISTS fen:{p%u}:rank:default/S9/2026-01", partition);
    assert_int_equal(redis_server_number(&fixture->server, command), 0);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

static void test_source_that_fails_is_asked_again(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 5);
    assert_true(wait_until_settled(fixture));
    ledger_model_fail(fixture->model, true);
    assert_true(redis_server_ask(&fixture->server, "FLUSHALL"));
    WAIT_FOR(fixture, rebuilds_failed, 3);
    post_batches(fixture, 5);
    assert_false(fen_projector_is_settled(fixture->projector));
    ledger_model_fail(fixture->model, false);
    assert_equal_to_ledger(fixture);
}

/* A rebalance within the process, with a commit whose outcome only Kafka knew. */
static void test_partitions_change_hands_between_workers(void **state)
{
    struct fixture *fixture = *state;
    struct fen_outlet *second = fen_projector_outlet(fixture->projector, 1);
    post_batches(fixture, 5);
    for (uint32_t partition = 0; partition < MODEL_PARTITION_COUNT; partition++)
        fen_outlet_close(fixture->outlet, partition);
    ledger_model_open(fixture->model, second);
    fixture->outlet = second;
    post_batches(fixture, 5);
    assert_equal_to_ledger(fixture);
    ledger_model_post(fixture->model, NULL, 200);
    ledger_model_open(fixture->model, second);
    post_batches(fixture, 5);
    assert_equal_to_ledger(fixture);
    assert_in_range(figures_of(fixture).rebuilds, MODEL_PARTITION_COUNT,
                    3 * MODEL_PARTITION_COUNT);
}

static void test_new_process_goes_on_where_the_fence_stands(void **state)
{
    struct fixture *fixture = *state;
    post_batches(fixture, 5);
    assert_true(wait_until_settled(fixture));
    assert_true(fen_projector_stop(fixture->projector, 5000));
    fen_projector_destroy(fixture->projector);
    fixture->projector = start_projector(fixture, 0, NULL);
    fixture->outlet = fen_projector_outlet(fixture->projector, 0);
    ledger_model_open(fixture->model, fixture->outlet);
    post_batches(fixture, 5);
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).rebuilds, 0);
}

/* Both write the same absolute values behind one fence: neither may harm, and both must settle. */
static void test_two_projectors_converge(void **state)
{
    struct fixture *fixture = *state;
    struct fen_projector *other = start_projector(fixture, 0, NULL);
    ledger_model_open(fixture->model, fen_projector_outlet(other, 0));
    for (int round = 0; round < 5; round++) {
        post_batches(fixture, 2);
        assert_true(wait_until_settled(fixture));
    }
    fen_projector_destroy(other);
    post_batches(fixture, 2);
    assert_equal_to_ledger(fixture);
}

static void test_small_budget_of_memory_is_kept(void **state)
{
    struct fixture *fixture = *state;
    fen_projector_destroy(fixture->projector);
    fixture->projector = start_projector(fixture, 4096, NULL);
    fixture->outlet = fen_projector_outlet(fixture->projector, 0);
    ledger_model_open(fixture->model, fixture->outlet);
    post_batches(fixture, 100);
    assert_equal_to_ledger(fixture);
}

/* The rights that schemas/redis.md gives it are enough, a rebuild from nothing included. */
static void test_projector_needs_no_more_than_its_rights(void **state)
{
    struct fixture *fixture = *state;
    assert_true(redis_server_ask(&fixture->server,
                                 "ACL SETUSER fen on >secret ~fen:* +evalsha +script|load +hget "
                                 "+hset +hsetnx +hdel +hgetall +xadd +zadd +zrem"));
    assert_true(redis_server_ask(&fixture->server,
                                 "ACL SETUSER fen +del +unlink +scan +type +auth"));
    fen_projector_destroy(fixture->projector);
    fixture->projector = start_projector(fixture, 0, "fen");
    fixture->outlet = fen_projector_outlet(fixture->projector, 0);
    ledger_model_open(fixture->model, fixture->outlet);
    post_batches(fixture, 5);
    assert_equal_to_ledger(fixture);
    assert_true(redis_server_ask(&fixture->server, "HSET fen:{p0}:fence seq 999999"));
    assert_true(redis_server_ask(&fixture->server, "DEL fen:{p1}:fence"));
    WAIT_FOR(fixture, rebuilds, 2);
    assert_equal_to_ledger(fixture);
    assert_int_equal(figures_of(fixture).errors, 0);
}

static void test_create_refuses_what_cannot_be_connected_to(void **state)
{
    struct fixture *fixture = *state;
    const char *reason = NULL;
    struct fen_projector_options options = {.address = "nowhere",
                                            .partition_count = 1,
                                            .worker_count = 1,
                                            .source = ledger_model_source(fixture->model)};
    assert_null(fen_projector_create(&options, &reason));
    assert_non_null(reason);
    options.address = NULL;
    options.key_prefix = "a{b}:";
    assert_null(fen_projector_create(&options, &reason));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_projector_makes_redis_equal_to_the_ledger),
        TEST(test_projector_takes_a_batch_larger_than_a_command),
        TEST(test_feed_is_bounded_and_holds_the_newest_records),
        TEST(test_repeated_block_has_no_effect),
        TEST(test_flushall_on_an_idle_system_is_repaired),
        TEST(test_fence_refuses_after_flushall_under_load),
        TEST(test_lost_tail_is_found_and_written_anew),
        TEST(test_redis_killed_and_empty_is_filled_again),
        TEST(test_lost_scripts_are_loaded_again),
        TEST(test_outage_never_blocks_the_worker),
        TEST(test_passing_errors_are_waited_out),
        TEST(test_key_of_another_type_is_replaced),
        TEST(test_redis_ahead_of_the_ledger_is_emptied_first),
        TEST(test_guide_moves_between_rankings),
        TEST(test_source_that_fails_is_asked_again),
        TEST(test_partitions_change_hands_between_workers),
        TEST(test_new_process_goes_on_where_the_fence_stands),
        TEST(test_two_projectors_converge),
        TEST(test_small_budget_of_memory_is_kept),
        TEST(test_projector_needs_no_more_than_its_rights),
        TEST(test_create_refuses_what_cannot_be_connected_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
