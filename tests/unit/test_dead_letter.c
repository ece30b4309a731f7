/* test_dead_letter: dead letters: headers on Kafka, a line of JSON in files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wire/dead_letter.h"

static const struct fen_refused refused = {FEN_REFUSAL_BAD_ID, {"order is no id", 14}};

static struct fen_message original_make(struct fen_header *headers, uint32_t count)
{
    return (struct fen_message){
        .topic = FEN_TOPIC_ORDER_EVENTS,
        .partition = 5,
        .offset = 77,
        .timestamp_ms = 1793721600000,
        .key = FEN_STR("t/c"),
        .value = FEN_STR("\xff\x00 any bytes"),
        .headers = headers,
        .header_count = count,
    };
}

static struct fen_str header_find(const struct fen_message *message, const char *name)
{
    for (uint32_t index = 0; index < message->header_count; index++)
        if (fen_str_equal(message->headers[index].name, fen_str_from(name)))
            return message->headers[index].value;
    return FEN_STR_NONE;
}

static void test_a_record_keeps_what_it_had(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_header own[] = {{FEN_STR("traceparent"), FEN_STR("00-1")},
                               {FEN_STR("empty"), FEN_STR_NONE}};
    struct fen_message original = original_make(own, 2), letter;
    fen_dead_letter_make(false, &original, "split", &refused, arena, &letter);
    assert_int_equal(letter.topic, FEN_TOPIC_DEAD_LETTERS);
    assert_true(fen_str_equal(letter.key, original.key));
    assert_true(fen_str_equal(letter.value, original.value));
    assert_int_equal(letter.header_count, 2 + FEN_DEAD_LETTER_HEADER_COUNT);
    assert_memory_equal(letter.headers, own, sizeof own);
    static const char *const expected[][2] = {
        {"__fen.errors.topic", "fen.order-events.v1"}, {"__fen.errors.partition", "5"},
        {"__fen.errors.offset", "77"},                 {"__fen.errors.timestamp", "1793721600000"},
        {"__fen.errors.stage", "split"},               {"__fen.errors.code", "BAD_ID"},
        {"__fen.errors.message", "order is no id"},
    };
    for (size_t row = 0; row < sizeof expected / sizeof *expected; row++)
        assert_true(fen_str_equal(header_find(&letter, expected[row][0]),
                                  fen_str_from(expected[row][1])));
    fen_arena_destroy(arena);
}

/* A batch of a few hundred bytes unpacks to more than any producer may send on. */
static void test_of_one_that_is_too_large_the_beginning_is_kept(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    const uint32_t size = 2 * FEN_DEAD_LETTER_VALUE_BYTES_MAX;
    char *zeros = calloc(size, 1);
    assert_non_null(zeros);
    struct fen_header own[] = {{FEN_STR("traceparent"), FEN_STR("00-1")},
                               {FEN_STR("large"), {zeros, size}}};
    struct fen_message original = original_make(own, 2), letter;
    original.key = original.value = (struct fen_str){zeros, size};
    fen_dead_letter_make(false, &original, "split", &refused, arena, &letter);
    assert_int_equal(letter.value.size, FEN_DEAD_LETTER_VALUE_BYTES_MAX);
    assert_int_equal(letter.key.size, FEN_DEAD_LETTER_KEY_BYTES_MAX);
    assert_int_equal(letter.header_count, FEN_DEAD_LETTER_HEADER_COUNT);
    assert_true(fen_str_equal(header_find(&letter, "__fen.errors.code"), FEN_STR("BAD_ID")));
    struct fen_str sentence = header_find(&letter, "__fen.errors.message");
    assert_non_null(memmem(sentence.data, sentence.size, "of 16777216 bytes of value", 26));
    free(zeros);
    fen_arena_destroy(arena);
}

static void test_a_letter_reads_back_and_is_refused_again(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_header own[] = {{FEN_STR("a"), FEN_STR("b")}};
    struct fen_message original = original_make(own, 1), letter, second;
    struct fen_dead_letter read;
    assert_false(fen_dead_letter_read(&original, &read));
    fen_dead_letter_make(false, &original, "split", &refused, arena, &letter);
    assert_true(fen_dead_letter_read(&letter, &read));
    assert_int_equal(read.code, FEN_REFUSAL_BAD_ID);
    assert_int_equal(read.partition, 5);
    assert_int_equal(read.offset, 77);
    assert_int_equal(read.timestamp_ms, 1793721600000);
    assert_true(fen_str_equal(read.topic, FEN_STR("fen.order-events.v1")));
    assert_true(fen_str_equal(read.stage, FEN_STR("split")));
    assert_true(fen_str_equal(read.sentence, refused.sentence));
    struct fen_message back = fen_dead_letter_original(&letter, arena);
    assert_int_equal(back.header_count, 1);
    assert_memory_equal(back.headers, own, sizeof own);
    fen_dead_letter_make(false, &letter, "post", &refused, arena, &second);
    assert_int_equal(second.header_count, 1 + FEN_DEAD_LETTER_HEADER_COUNT);
    assert_true(fen_str_equal(header_find(&second, "__fen.errors.stage"), FEN_STR("post")));
    fen_arena_destroy(arena);
}

/* Headers come from outside: numbers out of form are not known, not zero. */
static void test_headers_out_of_form(void **state)
{
    static const char *const bad[] = {"", "-", "x", "1x", "9223372036854775808", " 1"};
    for (size_t row = 0; row < sizeof bad / sizeof *bad; row++) {
        struct fen_header headers[] = {
            {FEN_STR("__fen.errors.code"), FEN_STR("CRASHED")},
            {FEN_STR("__fen.errors.offset"), fen_str_from(bad[row])},
            {FEN_STR("__fen.errors.partition"), FEN_STR("-1")},
        };
        struct fen_message message = original_make(headers, 3);
        struct fen_dead_letter read;
        assert_true(fen_dead_letter_read(&message, &read));
        assert_int_equal(read.code, FEN_REFUSAL_CRASHED);
        assert_int_equal(read.offset, FEN_NONE);
        assert_int_equal(read.partition, -1);
    }
}

static void test_the_file_form(void **state)
{
    struct fen_arena *arena = fen_arena_create(256);
    struct fen_message original = original_make(NULL, 0), letter;
    original.value = FEN_STR("{\"id\":\"护\"}");
    fen_dead_letter_make(true, &original, "split", &refused, arena, &letter);
    assert_true(fen_str_equal(
        letter.value, FEN_STR("{\"code\":\"BAD_ID\",\"message\":\"order is no id\",\"line\":77,"
                              "\"event\":\"{\\\"id\\\":\\\"护\\\"}\"}")));
    fen_arena_destroy(arena);
}

/* Any bytes give a line that a JSON reader reads; good characters around bad bytes stay. */
static void test_the_file_form_is_json_whatever_the_bytes(void **state)
{
    struct fen_buffer out = {0};
    for (uint32_t first = 0; first < 256; first++) {
        char bytes[] = {'a', (char)first, (char)0xBF, '"', (char)(255 - first), 'z'};
        fen_buffer_clear(&out);
        fen_dead_letter_append_json(&refused, 1, (struct fen_str){bytes, sizeof bytes}, &out);
        json_t *tree = json_loadb(out.data, out.size_bytes, JSON_ALLOW_NUL, NULL);
        assert_non_null(tree);
        const json_t *event = json_object_get(tree, "event");
        assert_int_equal(json_string_value(event)[0], 'a');
        assert_int_equal(json_string_value(event)[json_string_length(event) - 1], 'z');
        json_decref(tree);
    }
    fen_buffer_clear(&out);
    fen_dead_letter_append_json(&refused, 1, FEN_STR("a\xff\xc3"), &out);
    fen_buffer_append_byte(&out, '\0');
    assert_non_null(strstr(out.data, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""));
    fen_buffer_deinit(&out);
}

/* The event's own tenant, or the key's; of what cannot be read, and of a crash, the key's alone. */
static void test_whose_it_is(void **state)
{
    static const char own[] = "{\"id\":\"e1\",\"tenant\":\"acme\",\"amount\":-1}";
    static const struct {
        enum fen_wire wire;
        enum fen_refusal code;
        const char *value, *key, *tenant, *id;
    } rows[] = {
        {FEN_WIRE_JSON, FEN_REFUSAL_BAD_AMOUNT, own, "other/c", "acme", "e1"},
        {FEN_WIRE_JSON, FEN_REFUSAL_CRASHED, own, "other/c", "other", NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_TOO_LARGE, own, "other/c", "other", NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_UNKNOWN_TYPE, "{\"id\":\"e1\"}", "x/c", "default", "e1"},
        {FEN_WIRE_JSON, FEN_REFUSAL_BAD_ID, "{\"id\":\"a b\",\"tenant\":\"a b\"}", "t/c", "t",
         NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_MALFORMED, "{", "t/c", "t", NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_BAD_PLAN, "{\"id\":7}", "t", "default", NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_MALFORMED, "{", "/c", NULL, NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_MALFORMED, "{", "\xff/c", NULL, NULL},
        {FEN_WIRE_JSON, FEN_REFUSAL_MALFORMED, "{", NULL, NULL, NULL},
        {FEN_WIRE_PROTOBUF, FEN_REFUSAL_FUTURE, "\x0a\x02" "e1" "\x12\x04" "acme", "t/c", "acme",
         "e1"},
        {FEN_WIRE_PROTOBUF, FEN_REFUSAL_BAD_ID, "\x0a\x02" "\xff\xfe" "\x12\x01/", "t/c", "t",
         NULL},
        {FEN_WIRE_PROTOBUF, FEN_REFUSAL_MISROUTED, "\x0a\x02" "e1", "t/c", "default", "e1"},
        {FEN_WIRE_PROTOBUF, FEN_REFUSAL_MALFORMED, "\x12\x04" "acme", "t/c", "t", NULL},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_arena *arena = fen_arena_create(256);
        struct fen_message message = {.key = fen_str_from(rows[row].key),
                                      .value = fen_str_from(rows[row].value)};
        struct fen_str tenant, id;
        fen_dead_letter_owner(rows[row].wire, &message, rows[row].code, arena, &tenant, &id);
        if (!fen_str_equal(tenant, fen_str_from(rows[row].tenant)) ||
            !fen_str_equal(id, fen_str_from(rows[row].id)))
            fail_msg("row %zu: \"%.*s\" \"%.*s\"", row, FEN_STR_ARG(tenant), FEN_STR_ARG(id));
        fen_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_keeps_what_it_had),
        cmocka_unit_test(test_of_one_that_is_too_large_the_beginning_is_kept),
        cmocka_unit_test(test_a_letter_reads_back_and_is_refused_again),
        cmocka_unit_test(test_headers_out_of_form),
        cmocka_unit_test(test_the_file_form),
        cmocka_unit_test(test_the_file_form_is_json_whatever_the_bytes),
        cmocka_unit_test(test_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
