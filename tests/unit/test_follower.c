/*
 * test_follower: what a projector hears of another process's post lanes, on the memory log: every
 * commit once and in order from wherever it begins, whatever is open, revoked or cut meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "lib/post_records.h"
#include "stream/follower.h"
#include "wire/memory_log.h"
#include "wire/memory_sink.h"
#include "wire/memory_source.h"

#define PARTITIONS 2u
#define WIRE FEN_WIRE_PROTOBUF

/* A log with one producer, a follower, and what it has told: a line each. */
struct stage {
    struct fen_memory_log *log;
    struct fen_sink *sink;
    struct fen_arena *arena;
    struct fen_reference_builder *references;
    struct fen_follower *follower;
    struct fen_buffer told;
};

static void on_opened(void *context, uint32_t partition, uint64_t version)
{
    struct stage *stage = context;
    fen_buffer_append_format(&stage->told, "opened %u at %u\n", partition, (unsigned)version);
}

static void on_project(void *context, const struct fen_projection *projection)
{
    struct stage *stage = context;
    fen_buffer_append_format(&stage->told, "%u: %s\n", projection->partition,
                             projection_text(stage->arena, projection));
}

static void on_missed(void *context, uint32_t partition)
{
    struct stage *stage = context;
    fen_buffer_append_format(&stage->told, "missed %u\n", partition);
}

static void on_closed(void *context, uint32_t partition)
{
    struct stage *stage = context;
    fen_buffer_append_format(&stage->told, "closed %u\n", partition);
}

static void on_rest(void *context)
{
    struct stage *stage = context;
    fen_buffer_append_format(&stage->told, ".\n");
}

static void begin(struct stage *stage)
{
    struct fen_buffer reason = {0};
    assert_int_equal(stage->sink->functions->begin(stage->sink, &reason), FEN_SINK_OK);
}

static void emit(struct stage *stage, struct fen_message message)
{
    struct fen_buffer reason = {0};
    assert_int_equal(stage->sink->functions->emit(stage->sink, &message, 1, &reason), FEN_SINK_OK);
}

static void commit(struct stage *stage)
{
    struct fen_buffer reason = {0};
    assert_int_equal(stage->sink->functions->commit(stage->sink, &reason), FEN_SINK_OK);
}

static void emit_ledger(struct stage *stage, uint32_t partition, const char *payee, uint64_t first,
                        uint64_t last)
{
    emit(stage, post_ledger(stage->arena, WIRE, partition, payee, first, last));
}

static void emit_account(struct stage *stage, uint32_t partition, const char *payee, uint64_t seq)
{
    emit(stage, post_account(stage->arena, WIRE, partition, payee, seq));
}

static void emit_lane(struct stage *stage, uint32_t partition, uint64_t version)
{
    emit(stage, post_lane(stage->arena, WIRE, partition, version));
}

/* A commit of one payee and one entry. */
static void post(struct stage *stage, uint32_t partition, const char *payee, uint64_t seq,
                 uint64_t version)
{
    begin(stage);
    emit_ledger(stage, partition, payee, seq, seq);
    emit_account(stage, partition, payee, seq);
    emit_lane(stage, partition, version);
    commit(stage);
}

static void open_stage(struct stage *stage)
{
    struct fen_buffer reason = {0};
    *stage = (struct stage){0};
    stage->log = fen_memory_log_create(PARTITIONS);
    stage->sink = fen_memory_sink_create(stage->log, "post");
    stage->arena = fen_arena_create(4096);
    stage->references = fen_reference_builder_create(1);
    assert_int_equal(stage->sink->functions->open(stage->sink, 0, &reason), FEN_SINK_OK);
}

static struct fen_follower *make_follower(struct stage *stage, const char *instance)
{
    static const enum fen_topic topics[] = {FEN_TOPIC_LEDGER, FEN_TOPIC_ACCOUNTS};
    const struct fen_follower_options options = {
        .partition_count = PARTITIONS,
        .wire = WIRE,
        .references = stage->references,
        .hooks = {stage, on_opened, on_project, on_missed, on_closed, on_rest},
    };
    return fen_follower_create(&options,
                               fen_memory_source_create(stage->log, instance, topics, 2));
}

static void close_stage(struct stage *stage)
{
    fen_follower_destroy(stage->follower);
    stage->sink->functions->destroy(stage->sink);
    fen_memory_log_destroy(stage->log);
    fen_reference_builder_destroy(stage->references);
    fen_arena_destroy(stage->arena);
    fen_buffer_deinit(&stage->told);
}

static void run_steps(struct fen_follower *follower, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        assert_true(fen_follower_step(follower));
}

/* What has been told since the last time. */
static void expect(struct stage *stage, const char *told)
{
    fen_buffer_append_byte(&stage->told, '\0');
    assert_string_equal(stage->told.data, told);
    fen_buffer_clear(&stage->told);
}

static struct fen_follower_status status_of(const struct fen_follower *follower)
{
    struct fen_follower_status status;
    fen_follower_status_read(follower, &status);
    return status;
}

/* Usage: a log, a follower over its source, step until done. */
static void test_commits_are_told_once_and_in_order(void **state)
{
    struct stage stage;
    open_stage(&stage);
    post(&stage, 0, "A", 1, 1);
    post(&stage, 0, "B", 1, 2);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 2\nopened 1 at 0\n.\n");
    post(&stage, 0, "A", 2, 3);
    post(&stage, 1, "C", 1, 1);
    post(&stage, 0, "B", 2, 4);
    run_steps(stage.follower, 2);
    expect(&stage, "0: 2>3 A2-2\n0: 3>4 B2-2\n1: 0>1 C1-1\n.\n");
    run_steps(stage.follower, 2);
    expect(&stage, "");
    assert_int_equal(status_of(stage.follower).state, FEN_FOLLOWER_FOLLOWING);
    assert_int_equal(status_of(stage.follower).commits, 3);
    fen_follower_stop(stage.follower);
    assert_false(fen_follower_step(stage.follower));
    expect(&stage, "closed 0\nclosed 1\n.\n");
    close_stage(&stage);
}

/* The entries of a commit that is open when following begins lie before the ledger's end. */
static void test_commit_open_at_the_beginning_is_told_whole(void **state)
{
    struct stage stage;
    open_stage(&stage);
    post(&stage, 0, "A", 1, 1);
    begin(&stage);
    emit_ledger(&stage, 0, "A", 2, 3);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 1\nopened 1 at 0\n.\n");
    emit_account(&stage, 0, "A", 3);
    emit_lane(&stage, 0, 2);
    run_steps(stage.follower, 3);
    expect(&stage, "");
    commit(&stage);
    run_steps(stage.follower, 2);
    expect(&stage, "0: 1>2 A2-3\n.\n");
    close_stage(&stage);
}

/* One topic's marker comes later than the other's: the commit waits for its entries. */
static void test_commit_waits_for_entries_whose_marker_is_late(void **state)
{
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 0\nopened 1 at 0\n.\n");
    fen_memory_log_hold_markers(stage.log, FEN_TOPIC_LEDGER, 0, true);
    post(&stage, 0, "A", 1, 1);
    post(&stage, 0, "A", 2, 2);
    run_steps(stage.follower, 3);
    expect(&stage, "");
    fen_memory_log_hold_markers(stage.log, FEN_TOPIC_LEDGER, 0, false);
    run_steps(stage.follower, 2);
    expect(&stage, "0: 0>1 A1-1\n0: 1>2 A2-2\n.\n");
    fen_memory_log_hold_markers(stage.log, FEN_TOPIC_ACCOUNTS, 0, true);
    post(&stage, 0, "A", 3, 3);
    run_steps(stage.follower, 3);
    expect(&stage, "");
    fen_memory_log_hold_markers(stage.log, FEN_TOPIC_ACCOUNTS, 0, false);
    run_steps(stage.follower, 2);
    expect(&stage, "0: 2>3 A3-3\n.\n");
    close_stage(&stage);
}

static void test_aborted_commit_is_never_told(void **state)
{
    struct fen_buffer reason = {0};
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 0\nopened 1 at 0\n.\n");
    begin(&stage);
    emit_ledger(&stage, 0, "A", 1, 7);
    emit_account(&stage, 0, "A", 7);
    emit_lane(&stage, 0, 1);
    stage.sink->functions->close(stage.sink);
    assert_int_equal(stage.sink->functions->open(stage.sink, 0, &reason), FEN_SINK_OK);
    post(&stage, 0, "A", 1, 1);
    run_steps(stage.follower, 3);
    expect(&stage, "0: 0>1 A1-1\n.\n");
    close_stage(&stage);
}

static void test_missing_version_is_a_missed_partition(void **state)
{
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 0\nopened 1 at 0\n.\n");
    post(&stage, 0, "A", 1, 2);
    post(&stage, 0, "A", 2, 3);
    run_steps(stage.follower, 2);
    expect(&stage, "missed 0\n0: 2>3 A2-2\n.\n");
    assert_int_equal(status_of(stage.follower).torn, 1);
    close_stage(&stage);
}

static void test_partitions_are_shared_with_another_and_taken_back(void **state)
{
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 0\nopened 1 at 0\n.\n");
    struct fen_follower *other = make_follower(&stage, "b");
    for (uint32_t i = 0; i < 6; i++) {
        run_steps(other, 1);
        run_steps(stage.follower, 1);
    }
    assert_int_equal(status_of(stage.follower).partition_count, 1);
    assert_int_equal(status_of(other).partition_count, 1);
    fen_buffer_clear(&stage.told);
    post(&stage, 0, "A", 1, 1);
    post(&stage, 1, "B", 1, 1);
    run_steps(stage.follower, 2);
    expect(&stage, "0: 0>1 A1-1\n.\n");
    run_steps(other, 2);
    expect(&stage, "1: 0>1 B1-1\n.\n");
    fen_follower_stop(other);
    assert_false(fen_follower_step(other));
    expect(&stage, "closed 1\n.\n");
    fen_follower_destroy(other);
    run_steps(stage.follower, 4);
    expect(&stage, "closed 0\n.\nopened 0 at 1\nopened 1 at 1\n.\n");
    close_stage(&stage);
}

static void test_follower_whose_name_is_taken_fails(void **state)
{
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    struct fen_follower *other = make_follower(&stage, "a");
    run_steps(other, 1);
    while (fen_follower_step(stage.follower))
        ;
    assert_int_equal(status_of(stage.follower).state, FEN_FOLLOWER_FAILED);
    assert_non_null(strstr(status_of(stage.follower).reason, "another process"));
    fen_follower_destroy(other);
    close_stage(&stage);
}

static void test_unreadable_record_fails_with_its_place(void **state)
{
    struct stage stage;
    open_stage(&stage);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    begin(&stage);
    emit(&stage, (struct fen_message){.topic = FEN_TOPIC_ACCOUNTS,
                                      .partition = 1,
                                      .key = FEN_STR("t/A"),
                                      .value = FEN_STR("\xff\xff")});
    commit(&stage);
    while (fen_follower_step(stage.follower))
        ;
    assert_int_equal(status_of(stage.follower).state, FEN_FOLLOWER_FAILED);
    assert_non_null(strstr(status_of(stage.follower).reason, "fen.accounts.v1 [1] offset 0"));
    close_stage(&stage);
}

/* The lane's record of a partition, written by another version or for other partitions. */
static void commit_lane(struct stage *stage, uint64_t version, uint32_t format, uint32_t count)
{
    begin(stage);
    emit_account(stage, 1, "A", version);
    emit_ledger(stage, 1, "A", version, version);
    emit(stage, post_lane_of(stage->arena, WIRE, 1, version, format, count));
    commit(stage);
}

static void check_refused(struct stage *stage, enum fen_start_fault_kind kind, int64_t found,
                          int64_t wanted)
{
    while (fen_follower_step(stage->follower))
        ;
    struct fen_follower_status status = status_of(stage->follower);
    assert_int_equal(status.state, FEN_FOLLOWER_FAILED);
    assert_int_equal(status.start_fault.kind, kind);
    assert_int_equal(status.start_fault.topic, FEN_TOPIC_ACCOUNTS);
    assert_int_equal(status.start_fault.partition, 1);
    assert_int_equal(status.start_fault.found, found);
    assert_int_equal(status.start_fault.wanted, wanted);
    assert_non_null(strstr(status.reason, "fen.accounts.v1 [1]"));
}

static void test_state_of_a_newer_format_is_not_read_back(void **state)
{
    struct stage stage;
    open_stage(&stage);
    commit_lane(&stage, 1, FEN_STATE_FORMAT + 1, PARTITIONS);
    stage.follower = make_follower(&stage, "a");
    check_refused(&stage, FEN_START_NEWER, FEN_STATE_FORMAT + 1, FEN_STATE_FORMAT);
    expect(&stage, "");
    close_stage(&stage);
}

static void test_state_of_other_partitions_is_not_read_back(void **state)
{
    struct stage stage;
    open_stage(&stage);
    commit_lane(&stage, 1, FEN_STATE_FORMAT, PARTITIONS + 3);
    stage.follower = make_follower(&stage, "a");
    check_refused(&stage, FEN_START_REPARTITIONED, PARTITIONS + 3, PARTITIONS);
    close_stage(&stage);
}

static void test_commit_of_a_newer_format_is_not_told(void **state)
{
    struct stage stage;
    open_stage(&stage);
    commit_lane(&stage, 1, FEN_STATE_FORMAT, PARTITIONS);
    stage.follower = make_follower(&stage, "a");
    run_steps(stage.follower, 3);
    expect(&stage, "opened 0 at 0\nopened 1 at 1\n.\n");
    commit_lane(&stage, 2, FEN_STATE_FORMAT + 1, PARTITIONS);
    check_refused(&stage, FEN_START_NEWER, FEN_STATE_FORMAT + 1, FEN_STATE_FORMAT);
    expect(&stage, "closed 0\nclosed 1\n.\n");
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commits_are_told_once_and_in_order),
        cmocka_unit_test(test_state_of_a_newer_format_is_not_read_back),
        cmocka_unit_test(test_state_of_other_partitions_is_not_read_back),
        cmocka_unit_test(test_commit_of_a_newer_format_is_not_told),
        cmocka_unit_test(test_commit_open_at_the_beginning_is_told_whole),
        cmocka_unit_test(test_commit_waits_for_entries_whose_marker_is_late),
        cmocka_unit_test(test_aborted_commit_is_never_told),
        cmocka_unit_test(test_missing_version_is_a_missed_partition),
        cmocka_unit_test(test_partitions_are_shared_with_another_and_taken_back),
        cmocka_unit_test(test_follower_whose_name_is_taken_fails),
        cmocka_unit_test(test_unreadable_record_fails_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
