/* test_dead_letter_board: dead letters as finance sees them: by tenant, newest first, by pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "api/dead_letter_board.h"

/* A dead letter of `tenant` that was refused as MISSING_FIELD, at a place in fen.dlq.v1. */
static void put(struct fen_dead_letter_board *board, const char *tenant, int64_t at_ms,
                uint32_t partition, int64_t offset)
{
    char value[128];
    struct fen_header headers[] = {
        {FEN_STR("__fen.errors.code"), FEN_STR("MISSING_FIELD")},
        {FEN_STR("__fen.errors.topic"), FEN_STR("fen.order-events.v1")},
        {FEN_STR("__fen.errors.partition"), FEN_STR("3")},
        {FEN_STR("__fen.errors.offset"), FEN_STR("77")},
        {FEN_STR("__fen.errors.message"), FEN_STR("customer is missing: send it")},
    };
    (void)snprintf(value, sizeof value,
                   "{\"id\":\"e%u-%lld\",\"tenant\":\"%s\",\"customer\":\"13800138000\"}",
                   (unsigned)partition, (long long)offset, tenant);
    struct fen_message message = {.topic = FEN_TOPIC_DEAD_LETTERS,
                                  .partition = partition,
                                  .offset = offset,
                                  .timestamp_ms = at_ms,
                                  .key = FEN_STR("acme/13800138000"),
                                  .value = fen_str_from(value),
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers};
    fen_dead_letter_board_put(board, &message);
}

/* A page as JSON; `before` as the page before it said, or NULL. */
static json_t *page(struct fen_dead_letter_board *board, const char *tenant, const char *before,
                    uint32_t limit)
{
    struct fen_buffer out = {0};
    struct fen_dead_letter_place place;
    if (before != NULL)
        assert_true(fen_dead_letter_place_read(fen_str_from(before), &place));
    fen_dead_letter_board_append_json(board, fen_str_from(tenant), before == NULL ? NULL : &place,
                                      limit, &out);
    json_t *said = json_loadb(out.data, out.size_bytes, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(said);
    out.data[out.size_bytes - 1] = '\0';
    assert_null(strstr(out.data, "13800138000")); /* nothing of customers */
    fen_buffer_deinit(&out);
    return said;
}

static int64_t number(const json_t *said, const char *name)
{
    return json_integer_value(json_object_get(said, name));
}

static void test_a_tenant_sees_its_own(void **state)
{
    struct fen_dead_letter_board *board = fen_dead_letter_board_create(FEN_WIRE_JSON);
    put(board, "acme", 1000, 1, 5);
    put(board, "other", 2000, 1, 6);
    put(board, "acme", 3000, 0, 9);
    put(board, "acme", 3000, 0, 9); /* given twice */
    fen_dead_letter_board_put(board, &(struct fen_message){.key = FEN_STR("acme/x")});
    fen_dead_letter_board_set_current(board, true);
    json_t *said = page(board, "acme", NULL, 10);
    json_t *letters = json_object_get(said, "dead_letters");
    assert_int_equal(number(said, "count"), 2);
    assert_int_equal(number(json_object_get(said, "by_code"), "MISSING_FIELD"), 2);
    assert_true(json_is_true(json_object_get(said, "is_current")));
    assert_true(json_is_null(json_object_get(said, "next")));
    assert_int_equal(json_array_size(letters), 2);
    const json_t *newest = json_array_get(letters, 0);
    assert_string_equal(json_string_value(json_object_get(newest, "event")), "e0-9");
    assert_string_equal(json_string_value(json_object_get(newest, "letter")), "3000-0-9");
    assert_string_equal(json_string_value(json_object_get(newest, "code")), "MISSING_FIELD");
    assert_string_equal(json_string_value(json_object_get(newest, "topic")),
                        "fen.order-events.v1");
    assert_string_equal(json_string_value(json_object_get(newest, "message")),
                        "customer is missing: send it");
    assert_int_equal(number(newest, "at"), 3000);
    assert_int_equal(number(newest, "partition"), 3);
    assert_int_equal(number(newest, "offset"), 77);
    json_decref(said);
    said = page(board, "nobody", NULL, 10);
    assert_int_equal(number(said, "count"), 0);
    assert_int_equal(json_array_size(json_object_get(said, "dead_letters")), 0);
    json_decref(said);
    fen_dead_letter_board_destroy(board);
}

/* Partitions come side by side, so that older letters come after newer ones. */
static void test_pages_have_each_letter_once_while_more_arrive(void **state)
{
    struct fen_dead_letter_board *board = fen_dead_letter_board_create(FEN_WIRE_JSON);
    char before[64] = "";
    int64_t last_ms = INT64_MAX;
    uint32_t seen = 0;
    for (uint32_t letter = 0; letter < 90; letter++)
        put(board, "acme", 1000 + letter * 37 % 90, letter % 4, letter);
    for (bool has_more = true; has_more;) {
        json_t *said = page(board, "acme", before[0] == '\0' ? NULL : before, 7);
        const json_t *letters = json_object_get(said, "dead_letters");
        for (size_t index = 0; index < json_array_size(letters); index++, seen++) {
            int64_t at_ms = number(json_array_get(letters, index), "at");
            assert_true(at_ms < last_ms);
            last_ms = at_ms;
        }
        const char *next = json_string_value(json_object_get(said, "next"));
        has_more = next != NULL;
        (void)snprintf(before, sizeof before, "%s", has_more ? next : "");
        json_decref(said);
        put(board, "acme", 5000 + seen, 0, 1000 + seen); /* newer than the page that was read */
    }
    assert_int_equal(seen, 90);
    fen_dead_letter_board_destroy(board);
}

static void test_the_newest_are_kept_and_all_are_counted(void **state)
{
    struct fen_dead_letter_board *board = fen_dead_letter_board_create(FEN_WIRE_JSON);
    const uint32_t count = FEN_DEAD_LETTER_COUNT_MAX + 100;
    for (uint32_t letter = 0; letter < count; letter++) {
        put(board, "acme", 1 + letter, 0, letter);
        put(board, "back", count - letter, 0, letter);
    }
    for (int tenant = 0; tenant < 2; tenant++) {
        json_t *said = page(board, tenant == 0 ? "acme" : "back", NULL, count);
        const json_t *letters = json_object_get(said, "dead_letters");
        assert_int_equal(number(said, "count"), count);
        assert_int_equal(number(said, "kept"), FEN_DEAD_LETTER_COUNT_MAX);
        assert_int_equal(json_array_size(letters), FEN_DEAD_LETTER_COUNT_MAX);
        for (uint32_t index = 0; index < FEN_DEAD_LETTER_COUNT_MAX; index++)
            assert_int_equal(number(json_array_get(letters, index), "at"),
                             count - index);
        json_decref(said);
    }
    fen_dead_letter_board_clear(board);
    json_t *said = page(board, "acme", NULL, count);
    assert_int_equal(number(said, "count"), 0);
    assert_true(json_is_false(json_object_get(said, "is_current")));
    json_decref(said);
    fen_dead_letter_board_destroy(board);
}

static void test_without_a_board_there_are_none(void **state)
{
    json_t *said = page(NULL, "acme", NULL, 1);
    assert_true(json_is_null(json_object_get(said, "count")));
    assert_int_equal(json_array_size(json_object_get(said, "dead_letters")), 0);
    json_decref(said);
}

static void test_what_is_nobodys_is_counted(void **state)
{
    struct fen_dead_letter_board *board = fen_dead_letter_board_create(FEN_WIRE_PROTOBUF);
    struct fen_header headers[] = {{FEN_STR("__fen.errors.code"), FEN_STR("MALFORMED")},
                                   {FEN_STR("__fen.errors.message"), FEN_STR("\xff")}};
    struct fen_message message = {.timestamp_ms = -1, .headers = headers, .header_count = 2};
    fen_dead_letter_board_put(board, &message);
    message.key = FEN_STR("acme/c");
    fen_dead_letter_board_put(board, &message);
    json_t *said = page(board, "acme", NULL, 1);
    const json_t *letter = json_array_get(json_object_get(said, "dead_letters"), 0);
    assert_int_equal(number(said, "nobodys"), 1);
    assert_int_equal(number(said, "count"), 1);
    assert_string_equal(json_string_value(json_object_get(letter, "letter")), "0-0-0");
    static const char *const unknown[] = {"event", "message", "topic", "partition", "offset"};
    for (size_t name = 0; name < sizeof unknown / sizeof *unknown; name++)
        assert_true(json_is_null(json_object_get(letter, unknown[name])));
    json_decref(said);
    fen_dead_letter_board_destroy(board);
}

static void test_places_are_read_strictly(void **state)
{
    struct fen_dead_letter_place place;
    static const char *const bad[] = {"", "-", "--", "1", "1-2", "1-2-", "-1-2-3", "1-2-3-",
                                      "1-2-3x", "1-4294967296-3", "1234567890123456789-0-0",
                                      "1--3", " 1-2-3"};
    for (size_t row = 0; row < sizeof bad / sizeof *bad; row++)
        if (fen_dead_letter_place_read(fen_str_from(bad[row]), &place))
            fail_msg("\"%s\" is a place", bad[row]);
    assert_true(fen_dead_letter_place_read(FEN_STR("1795000000000-47-12"), &place));
    assert_int_equal(place.at_ms, 1795000000000);
    assert_int_equal(place.partition, 47);
    assert_int_equal(place.offset, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tenant_sees_its_own),
        cmocka_unit_test(test_pages_have_each_letter_once_while_more_arrive),
        cmocka_unit_test(test_the_newest_are_kept_and_all_are_counted),
        cmocka_unit_test(test_without_a_board_there_are_none),
        cmocka_unit_test(test_what_is_nobodys_is_counted),
        cmocka_unit_test(test_places_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
