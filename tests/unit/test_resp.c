/* test_resp: requests to Redis, byte for byte, and what a batch's block makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "redis/block.h"
#include "redis/connection.h"
#include "redis/resp.h"
#include "redis/script.h"

static void assert_buffer(const struct fen_buffer *buffer, const char *expected)
{
    assert_int_equal(buffer->size_bytes, strlen(expected));
    assert_memory_equal(buffer->data, expected, strlen(expected));
}

static void test_resp_frames_a_command(void **state)
{
    struct fen_buffer out = {0};
    const struct fen_str parts[] = {FEN_STR("fen:"), FEN_STR("{p7}:"), FEN_STR("fence")};
    fen_resp_append_array(&out, 3);
    fen_resp_append_text(&out, FEN_STR("HGET"));
    fen_resp_append_joined(&out, parts, 3);
    fen_resp_append_text(&out, FEN_STR_NONE);
    assert_buffer(&out, "*3\r\n$4\r\nHGET\r\n$14\r\nfen:{p7}:fence\r\n$0\r\n\r\n");
    fen_buffer_deinit(&out);
}

static void test_resp_writes_every_number(void **state)
{
    static const struct {
        int64_t number;
        const char *expected;
    } rows[] = {
        {0, "$1\r\n0\r\n"},
        {-1, "$2\r\n-1\r\n"},
        {1845, "$4\r\n1845\r\n"},
        {INT64_MAX, "$19\r\n9223372036854775807\r\n"},
        {INT64_MIN, "$20\r\n-9223372036854775808\r\n"},
    };
    struct fen_buffer out = {0};
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        fen_buffer_clear(&out);
        fen_resp_append_number(&out, rows[index].number);
        assert_buffer(&out, rows[index].expected);
    }
    fen_buffer_deinit(&out);
}

static void test_resp_sets_a_count_afterwards(void **state)
{
    struct fen_buffer out = {0};
    size_t offset = fen_resp_append_count(&out, 0);
    fen_resp_append_text(&out, FEN_STR("x"));
    fen_resp_set_count(&out, offset, 104050);
    assert_buffer(&out, "$6\r\n104050\r\n$1\r\nx\r\n");
    fen_buffer_deinit(&out);
}

static void test_script_is_the_file(void **state)
{
    const char *root = getenv("FEN_SOURCE_DIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/engine/redis/fence.lua", root == NULL ? "." : root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char text[32768];
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    struct fen_str script = fen_script_text();
    assert_int_equal(script.size, size);
    assert_memory_equal(script.data, text, size);
}

static void test_connection_takes_addresses_and_refuses_others(void **state)
{
    static const struct {
        const char *address;
        bool is_good;
    } rows[] = {
        {NULL, true},           {"127.0.0.1:6379", true}, {"redis.example:6380", true},
        {"[::1]:6379", true},   {"unix:/run/redis.sock", true}, {"/run/redis.sock", true},
        {"127.0.0.1", false},   {":6379", false},         {"host:0", false},
        {"host:65536", false},  {"host:6379x", false},    {"unix:", false},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        const char *reason = NULL;
        assert_int_equal(fen_connection_check_address(rows[index].address, &reason),
                         rows[index].is_good);
        assert_true(rows[index].is_good || reason != NULL);
    }
}

static struct fen_entry entry_of(const char *payee, uint64_t seq, struct fen_str event)
{
    struct fen_entry entry = {
        .tenant = FEN_STR("t"),
        .key = {.payee = fen_str_from(payee),
                .funder = FEN_STR("brand:L"),
                .role = FEN_ROLE_SHARE,
                .period = 2026 * 12 + 10,
                .available_date = FEN_DATE_NONE},
        .subject = FEN_STR("order:O1"),
        .seq = seq,
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = 1845,
        .balance_fen = 1845,
        .rate_ppm = FEN_NONE,
        .earned_ms = 0,
        .event = event,
    };
    return entry;
}

/* The protocol itself is the judge: hiredis's parser reads an array of texts like any reply. */
static redisReply *parse(const struct fen_buffer *bytes, size_t *size_out)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;
    assert_int_equal(redisReaderFeed(reader, bytes->data, bytes->size_bytes), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    *size_out = reader->pos == 0 ? bytes->size_bytes : reader->pos;
    redisReaderFree(reader);
    return reply;
}

static const char *text_at(const redisReply *command, size_t index)
{
    assert_true(index < command->elements);
    assert_int_equal(command->element[index]->type, REDIS_REPLY_STRING);
    return command->element[index]->str;
}

static long number_at(const redisReply *command, size_t index)
{
    char *end;
    long number = strtol(text_at(command, index), &end, 10);
    assert_int_equal(*end, '\0');
    return number;
}

#define SHA "0123456789012345678901234567890123456789"
static const struct fen_str sha = {SHA, 40};

static void test_block_writes_what_a_batch_touched(void **state)
{
    struct fen_account_sum sums[] = {
        {2026 * 12 + 9, FEN_ROLE_SHARE, 1, 70, 0},
        {2026 * 12 + 10, FEN_ROLE_SHARE, 1, 1845, 41000},
        {2026 * 12 + 10, FEN_ROLE_SHARE, 2, 5, 100},
    };
    struct fen_account_funder funders[] = {
        {FEN_STR("brand:K"), 2026 * 12 + 10, 7},
        {FEN_STR("brand:L"), 2026 * 12 + 9, 70},
        {FEN_STR("brand:L"), 2026 * 12 + 10, 1920},
    };
    struct fen_account account = {.tenant = FEN_STR("t"),
                                  .payee = FEN_STR("guide:A"),
                                  .seq = 3,
                                  .balance_fen = 1920,
                                  .sums = sums,
                                  .sum_count = 3,
                                  .funders = funders,
                                  .funder_count = 3};
    struct fen_entry entry = entry_of("guide:A", 3, FEN_STR("e"));
    struct fen_block block = {0};
    struct fen_buffer out = {0};
    uint32_t step = 0;
    size_t size;
    fen_block_clear(&block, "fen:", 7, 1000, FEN_WIRE_PROTOBUF);
    fen_block_add_changes(&block, &(struct fen_payee_change){.account = &account,
                                                             .entries = &entry,
                                                             .entry_count = 1,
                                                             .record = FEN_STR("rec\0rd"),
                                                             .store = FEN_STR("S1")});
    fen_block_append_command(&block, &step, sha, FEN_STR("4"), FEN_STR("5"), &out);
    redisReply *command = parse(&out, &size);
    static const char *const expected[] = {
        "EVALSHA", SHA, "3", "fen:{p7}:fence", "fen:{p7}:account:t/guide:A",
        "fen:{p7}:feed:t/guide:A", "4", "5", "0", "1000", "fen:{p7}:rank:",
        "changes", "t", "guide:A", "S1",
        "000004", "seq", "3", "balance", "1920", "p:2026-11:share", "1850",
        "f:2026-11:brand:L", "1920",
        "000001", "d:null",
        "000001", "2026-11", "1850",
        "000001", "3"};
    size_t count = sizeof expected / sizeof *expected;
    for (size_t index = 0; index < count; index++)
        assert_string_equal(text_at(command, index), expected[index]);
    assert_int_equal(command->elements, count + 1); /* the record is last, whatever its bytes */
    assert_int_equal(command->element[count]->len, 6);
    assert_memory_equal(text_at(command, count), "rec\0rd", 6);
    freeReplyObject(command);
    fen_buffer_deinit(&out);
    fen_block_deinit(&block);
}

/* Cut anywhere, only the last call moves the fence, and no record is lost or doubled. */
static void test_block_is_cut_into_commands_of_bounded_size(void **state)
{
    char record[400];
    memset(record, 'e', sizeof record);
    struct fen_block block = {0};
    struct fen_buffer out = {0};
    fen_block_clear(&block, "fen:", 7, 100000, FEN_WIRE_PROTOBUF);
    for (uint64_t seq = 1; seq <= 9000; seq++) {
        char payee[32];
        snprintf(payee, sizeof payee, "guide:%u", (unsigned)(seq / 3000));
        fen_block_add_record(&block, FEN_STR("t"), fen_str_from(payee), seq,
                             (struct fen_str){record, sizeof record});
    }
    uint64_t entries = 0;
    uint32_t step = 0;
    uint32_t commands = 0;
    while (step < block.step_count) {
        size_t size;
        fen_buffer_clear(&out);
        fen_block_append_command(&block, &step, sha, FEN_STR("4"), FEN_STR("5"), &out);
        assert_true(out.size_bytes < FEN_COMMAND_BYTES_MAX + 4096);
        redisReply *command = parse(&out, &size);
        size_t keys = (size_t)number_at(command, 2);
        assert_true(keys <= FEN_COMMAND_KEYS_MAX + 1);
        assert_string_equal(text_at(command, 3 + keys), "4");
        assert_string_equal(text_at(command, 4 + keys), step == block.step_count ? "5" : "4");
        size_t at = 3 + keys + 5;
        for (size_t key = 1; key < keys; key += 2) {
            assert_string_equal(text_at(command, at), "feed");
            size_t count = (size_t)number_at(command, at + 1);
            for (size_t index = 0; index < count; index++)
                assert_int_equal(number_at(command, at + 2 + 2 * index), (long)++entries);
            at += 2 + 2 * count;
        }
        assert_int_equal(at, command->elements);
        freeReplyObject(command);
        commands++;
    }
    assert_int_equal(entries, 9000);
    assert_true(commands > 2);
    fen_buffer_deinit(&out);
    fen_block_deinit(&block);
}

static void test_block_without_steps_only_moves_the_fence(void **state)
{
    struct fen_block block = {0};
    struct fen_buffer out = {0};
    uint32_t step = 0;
    size_t size;
    fen_block_clear(&block, "x:", 12, 10, FEN_WIRE_PROTOBUF);
    fen_block_append_command(&block, &step, sha, FEN_STR("4"), FEN_STR("5"), &out);
    redisReply *command = parse(&out, &size);
    assert_int_equal(command->elements, 9);
    assert_string_equal(text_at(command, 3), "x:{p12}:fence");
    assert_string_equal(text_at(command, 5), "5");
    freeReplyObject(command);
    fen_buffer_deinit(&out);
    fen_block_deinit(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resp_frames_a_command),
        cmocka_unit_test(test_resp_writes_every_number),
        cmocka_unit_test(test_resp_sets_a_count_afterwards),
        cmocka_unit_test(test_script_is_the_file),
        cmocka_unit_test(test_connection_takes_addresses_and_refuses_others),
        cmocka_unit_test(test_block_writes_what_a_batch_touched),
        cmocka_unit_test(test_block_is_cut_into_commands_of_bounded_size),
        cmocka_unit_test(test_block_without_steps_only_moves_the_fence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
