/*
 * test_feed_record: what guides may see of a ledger record names no customer, is else the record,
 * and is the same bytes whether a batch or a rebuild writes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "redis/block.h"
#include "wire/feed_record.h"
#include "wire/ledger_record.h"

#define PHONE "13800138000"
#define KEY FEN_STR("t/guide:A")
#define SHA FEN_STR("0123456789012345678901234567890123456789")

static const enum fen_wire wires[] = {FEN_WIRE_PROTOBUF, FEN_WIRE_JSON};

static struct fen_entry entry_of(const char *subject, uint64_t seq, enum fen_kind kind,
                                 int64_t amount_fen)
{
    return (struct fen_entry){
        .tenant = FEN_STR("t"),
        .key = {.payee = FEN_STR("guide:A"),
                .funder = FEN_STR("hq"),
                .rule = FEN_STR("拉新"),
                .plan = FEN_STR("cn@east"),
                .plan_version = 12,
                .role = FEN_ROLE_RECRUIT,
                .period = 2026 * 12 + 10,
                .available_date = 20600},
        .subject = fen_str_from(subject),
        .seq = seq,
        .kind = kind,
        .amount_fen = amount_fen,
        .balance_fen = 500,
        .rate_ppm = FEN_NONE,
        .earned_ms = 1795000000123,
        .event = FEN_STR("registered-" PHONE),
    };
}

/* A registration, an order and the registration voided, of which the last two post. */
static void encode(enum fen_wire wire, struct fen_buffer *out)
{
    struct fen_entry entries[] = {
        entry_of("customer:" PHONE, 1, FEN_KIND_RECRUIT, 500),
        entry_of("order:O1", 2, FEN_KIND_ACCRUAL, 500),
        entry_of("customer:" PHONE, 3, FEN_KIND_RECRUIT, -500),
    };
    entries[1].event = FEN_STR("paid-O1");
    entries[1].balance_fen = 1000;
    entries[2].is_prior = true;
    const struct fen_ledger_record record = {
        .seq_first = 1, .balance_fen = 500, .entries = entries, .entry_count = 3};
    fen_ledger_record_encode(wire, &record, out);
}

static void assert_text(struct fen_str text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

static bool names(const struct fen_buffer *bytes, const char *what)
{
    return memmem(bytes->data, bytes->size_bytes, what, strlen(what)) != NULL;
}

static void test_customers_are_left_out_and_all_else_stays(void **state)
{
    for (size_t index = 0; index < 2; index++) {
        struct fen_arena *arena = fen_arena_create(4096);
        struct fen_buffer ledger = {0}, feed = {0}, again = {0};
        struct fen_ledger_record before, after;
        encode(wires[index], &ledger);
        assert_true(names(&ledger, PHONE));
        assert_true(fen_feed_record_may_name(fen_buffer_str(&ledger)));
        fen_feed_record_append(wires[index], KEY, fen_buffer_str(&ledger), arena, &feed);
        assert_false(names(&feed, PHONE));
        assert_true(fen_ledger_record_decode(wires[index], KEY, fen_buffer_str(&ledger), arena,
                                             &before));
        assert_true(
            fen_ledger_record_decode(wires[index], KEY, fen_buffer_str(&feed), arena, &after));
        assert_int_equal(after.entry_count, 3);
        assert_text(after.entries[0].subject, "customer:at-1795000000123");
        assert_text(after.entries[2].subject, "customer:at-1795000000123");
        assert_false(fen_str_is_set(after.entries[0].event));
        assert_text(after.entries[1].subject, "order:O1");
        assert_text(after.entries[1].event, "paid-O1");
        for (uint32_t at = 0; at < 3; at++) {
            before.entries[at].subject = after.entries[at].subject;
            before.entries[at].event = after.entries[at].event;
            assert_int_equal(fen_record_hash(&fen_entry_schema, &before.entries[at]),
                             fen_record_hash(&fen_entry_schema, &after.entries[at]));
        }
        /* Once more changes nothing. */
        fen_feed_record_append(wires[index], KEY, fen_buffer_str(&feed), arena, &again);
        assert_int_equal(again.size_bytes, feed.size_bytes);
        assert_memory_equal(again.data, feed.data, feed.size_bytes);
        fen_buffer_deinit(&ledger);
        fen_buffer_deinit(&feed);
        fen_buffer_deinit(&again);
        fen_arena_destroy(arena);
    }
}

static void test_what_cannot_be_read_is_left_out(void **state)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_buffer out = {0};
    assert_false(fen_feed_record_may_name(FEN_STR("order:O1")));
    assert_false(fen_feed_record_may_name(FEN_STR_NONE));
    assert_true(fen_feed_record_may_name(FEN_STR("\xff customer:" PHONE)));
    for (size_t index = 0; index < 2; index++)
        fen_feed_record_append(wires[index], KEY, FEN_STR("\xff customer:" PHONE), arena, &out);
    assert_int_equal(out.size_bytes, 0);
    /* What only looks as if it named one is as it was. */
    struct fen_entry entry = entry_of("order:O1", 1, FEN_KIND_ACCRUAL, 500);
    entry.key.rule = FEN_STR("customer:all");
    const struct fen_ledger_record record = {
        .seq_first = 1, .balance_fen = 500, .entries = &entry, .entry_count = 1};
    struct fen_buffer ledger = {0};
    assert_false(fen_feed_entries_name(&entry, 1));
    fen_ledger_record_encode(FEN_WIRE_PROTOBUF, &record, &ledger);
    assert_true(fen_feed_record_may_name(fen_buffer_str(&ledger)));
    fen_feed_record_append(FEN_WIRE_PROTOBUF, KEY, fen_buffer_str(&ledger), arena, &out);
    assert_int_equal(out.size_bytes, ledger.size_bytes);
    assert_memory_equal(out.data, ledger.data, out.size_bytes);
    fen_buffer_deinit(&ledger);
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
}

/* One command's bytes with the record in it, as a batch or a rebuild writes it. */
static void write(enum fen_wire wire, struct fen_str record, bool is_rebuild,
                  struct fen_buffer *out)
{
    struct fen_block block = {0};
    struct fen_account account = {.tenant = FEN_STR("t"), .payee = FEN_STR("guide:A"), .seq = 3};
    struct fen_entry newest = entry_of("customer:" PHONE, 3, FEN_KIND_RECRUIT, -500);
    uint32_t step = 0;
    struct fen_account_sum sum = {.period = newest.key.period, .role = newest.key.role};
    struct fen_account_date date = {.date = newest.key.available_date};
    account.sums = &sum;
    account.sum_count = 1;
    account.dates = &date;
    account.date_count = 1;
    fen_block_clear(&block, "fen:", 7, 1000, wire);
    if (is_rebuild) {
        fen_block_add_whole(&block, &account, FEN_STR_NONE);
        fen_block_add_record(&block, account.tenant, account.payee, 3, record);
    } else {
        fen_block_add_changes(&block, &(struct fen_payee_change){.account = &account,
                                                                 .entries = &newest,
                                                                 .entry_count = 1,
                                                                 .record = record});
    }
    fen_block_append_command(&block, &step, SHA, FEN_STR("4"), FEN_STR("5"), out);
    fen_block_deinit(&block);
}

static void test_batch_and_rebuild_write_the_same_record(void **state)
{
    for (size_t index = 0; index < 2; index++) {
        struct fen_arena *arena = fen_arena_create(4096);
        struct fen_buffer ledger = {0}, feed = {0}, batch = {0}, rebuild = {0};
        encode(wires[index], &ledger);
        fen_feed_record_append(wires[index], KEY, fen_buffer_str(&ledger), arena, &feed);
        write(wires[index], fen_buffer_str(&ledger), false, &batch);
        write(wires[index], fen_buffer_str(&ledger), true, &rebuild);
        assert_false(names(&batch, PHONE));
        assert_false(names(&rebuild, PHONE));
        /* The record is the last argument, with a line's end behind it. */
        size_t size = feed.size_bytes;
        assert_memory_equal(batch.data + batch.size_bytes - size - 2, feed.data, size);
        assert_memory_equal(rebuild.data + rebuild.size_bytes - size - 2, feed.data, size);
        fen_buffer_deinit(&ledger);
        fen_buffer_deinit(&feed);
        fen_buffer_deinit(&batch);
        fen_buffer_deinit(&rebuild);
        fen_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_customers_are_left_out_and_all_else_stays),
        cmocka_unit_test(test_what_cannot_be_read_is_left_out),
        cmocka_unit_test(test_batch_and_rebuild_write_the_same_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
