/* test_json: JSON by field tables, and the forms of SPEC §10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/random_message.h"

#include "model/customer.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "model/period.h"
#include "wire/json.h"
#include "wire/lane_state.h"

struct fixture {
    struct fen_arena *arena;
    struct fen_buffer out;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = fen_arena_create(4096);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fen_arena_destroy(fixture->arena);
    fen_buffer_deinit(&fixture->out);
    free(fixture);
    return 0;
}

static void assert_out(const struct fixture *fixture, const char *expected)
{
    if (!fen_str_equal(fen_buffer_str(&fixture->out), fen_str_from(expected)))
        fail_msg("%.*s\n        is not\n%s", FEN_STR_ARG(fen_buffer_str(&fixture->out)), expected);
}

static enum fen_record_status read_event(struct fixture *fixture, const char *json,
                                         struct fen_event *event)
{
    return fen_json_decode(&fen_event_schema, fen_str_from(json), fixture->arena, event, NULL);
}

static void test_texts_are_escaped(void **state)
{
    struct fixture *fixture = *state;
    fen_json_append_text(&fixture->out, FEN_STR("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f护\0"));
    assert_out(fixture, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f护\\u0000\"");
    fen_buffer_clear(&fixture->out);
    fen_json_append_text(&fixture->out, FEN_STR_NONE);
    assert_out(fixture, "\"\"");
}

static void test_integers_of_every_size(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t values[] = {0, 7, -7, 10, 1845, INT64_MAX, INT64_MIN};
    for (size_t index = 0; index < sizeof values / sizeof *values; index++) {
        fen_json_append_integer(&fixture->out, values[index]);
        fen_buffer_append_byte(&fixture->out, ' ');
    }
    assert_out(fixture, "0 7 -7 10 1845 9223372036854775807 -9223372036854775808 ");
}

/* A message written as JSON, read by jansson alone, and read by us, is the same message. */
static void test_random_messages_survive_a_round_trip(void **state)
{
    struct fixture *fixture = *state;
    static const struct fen_schema *const schemas[] = {&fen_order_schema, &fen_customer_schema,
                                                       &fen_account_schema, &fen_ledger_schema,
                                                       &fen_posting_schema, &fen_lane_state_schema,
                                                       &fen_task_state_schema,
                                                       &fen_task_guide_schema};
    struct fen_buffer first = {0}, second = {0};
    uint64_t seed = 5;
    for (uint32_t round = 0; round < 1500; round++) {
        const struct fen_schema *schema = schemas[round % (sizeof schemas / sizeof *schemas)];
        fen_arena_reset(fixture->arena);
        fen_buffer_clear(&fixture->out);
        fen_buffer_clear(&first);
        fen_buffer_clear(&second);
        void *message = fen_arena_allocate(fixture->arena, schema->size_bytes);
        void *again = fen_arena_allocate(fixture->arena, schema->size_bytes);
        fen_random_message(schema, message, fixture->arena, &seed);
        fen_json_encode(schema, message, &fixture->out);
        json_t *tree = json_loadb(fixture->out.data, fixture->out.size_bytes, 0, NULL);
        assert_non_null(tree);
        json_decref(tree);
        assert_int_equal(fen_json_decode(schema, fen_buffer_str(&fixture->out), fixture->arena,
                                         again, NULL),
                         FEN_RECORD_OK);
        fen_json_encode(schema, again, &first);
        /* Of equal names in a map the last is kept, so an order's lines may lose some at first. */
        if (schema != &fen_order_schema)
            assert_true(fen_str_equal(fen_buffer_str(&fixture->out), fen_buffer_str(&first)));
        assert_int_equal(fen_json_decode(schema, fen_buffer_str(&first), fixture->arena, again,
                                         NULL),
                         FEN_RECORD_OK);
        fen_json_encode(schema, again, &second);
        assert_true(fen_str_equal(fen_buffer_str(&first), fen_buffer_str(&second)));
    }
    fen_buffer_deinit(&first);
    fen_buffer_deinit(&second);
}

static void test_faults_are_named(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *json;
        enum fen_record_status status;
    } rows[] = {
        {"{}", FEN_RECORD_OK},
        {" {\"time\":-0}\n", FEN_RECORD_OK},
        {"{\"time\":1,\"time\":2}", FEN_RECORD_OK},
        {"{\"unknown\":{\"x\":[1.5,null]}}", FEN_RECORD_OK},
        {"{\"order\":null,\"customers\":[],\"sharer\":null}", FEN_RECORD_OK},
        {"{\"order\":\"a\\u0000b\"}", FEN_RECORD_OK},
        {"", FEN_RECORD_MALFORMED},
        {"[]", FEN_RECORD_MALFORMED},
        {"null", FEN_RECORD_MALFORMED},
        {"{} x", FEN_RECORD_MALFORMED},
        {"{\"time\":1.0}", FEN_RECORD_MALFORMED},
        {"{\"time\":1e3}", FEN_RECORD_MALFORMED},
        {"{\"time\":9223372036854775808}", FEN_RECORD_MALFORMED},
        {"{\"time\":\"1\"}", FEN_RECORD_MALFORMED},
        {"{\"time\":true}", FEN_RECORD_MALFORMED},
        {"{\"order\":1}", FEN_RECORD_MALFORMED},
        {"{\"order\":\"\\ud800\"}", FEN_RECORD_MALFORMED},
        {"{\"order\":\"\\udc00\"}", FEN_RECORD_MALFORMED},
        {"{\"order\":\"\xed\xa0\x80\"}", FEN_RECORD_MALFORMED},
        {"{\"order\":\"\xff\"}", FEN_RECORD_MALFORMED},
        {"{\"customers\":[null]}", FEN_RECORD_MALFORMED},
        {"{\"customers\":\"a\"}", FEN_RECORD_MALFORMED},
        {"{\"customers\":{\"a\":1}}", FEN_RECORD_MALFORMED},
        {"{\"lines\":[[]]}", FEN_RECORD_MALFORMED},
        {"{\"lines\":[{\"discounts\":[1]}]}", FEN_RECORD_MALFORMED},
        {"{\"lines\":[{\"discounts\":{\"a\":\"1\"}}]}", FEN_RECORD_MALFORMED},
        {"{\"sharer\":5}", FEN_RECORD_MALFORMED},
        {"{\"retroactive\":1}", FEN_RECORD_MALFORMED},
        {"{\"type\":5}", FEN_RECORD_MALFORMED},
        {"{\"type\":\"order.payed\"}", FEN_RECORD_UNKNOWN_ENUM},
        {"{\"status\":\"\",\"time\":1.5}", FEN_RECORD_MALFORMED},
        {"{\"status\":\"Active\"}", FEN_RECORD_UNKNOWN_ENUM},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_event event;
        if (read_event(fixture, rows[row].json, &event) != rows[row].status)
            fail_msg("row %zu: %s", row, rows[row].json);
    }
}

static void test_values_are_what_they_say(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event;
    const char *json = "{\"id\":\"e\\u00e9\\ud83d\\ude00\",\"type\":\"order.placed\",\"time\":1,"
                       "\"time\":-9223372036854775808,\"lines\":[{\"line\":2,\"discounts\":"
                       "{\"a\":5,\"b\":null,\"c\":[],\"a\":6},\"portions\":{}},{}],"
                       "\"servers\":[{\"guide\":\"g\"}],\"customers\":[\"x\",\"y\"]}";
    assert_int_equal(read_event(fixture, json, &event), FEN_RECORD_OK);
    assert_true(fen_str_equal(event.id, FEN_STR("eé😀")));
    assert_int_equal(event.time_ms, INT64_MIN + 1);
    assert_int_equal(event.line_count, 2);
    assert_int_equal(event.line_number_count, 0);
    assert_int_equal(event.lines[0].discount_count, 1);
    assert_int_equal(event.lines[0].discounts[0].amount_fen, 6);
    assert_int_equal(event.lines[0].portion_count, 0);
    assert_int_equal(event.lines[1].line, FEN_NONE);
    assert_int_equal(event.servers[0].weight, 1);
    assert_int_equal(event.customer_count, 2);
    assert_int_equal(event.version, 1);
    assert_int_equal(read_event(fixture, "{\"lines\":[3,1]}", &event), FEN_RECORD_OK);
    assert_int_equal(event.line_count, 0);
    assert_int_equal(event.line_number_count, 2);
    assert_int_equal(event.line_numbers[0], 3);
}

static void test_sixty_four_deep_and_no_deeper(void **state)
{
    struct fixture *fixture = *state;
    struct fen_event event;
    for (uint32_t depth = 62; depth <= 66; depth++) {
        fen_buffer_clear(&fixture->out);
        fen_buffer_append(&fixture->out, "{\"x\":\"[[\\\"[\",\"y\":", 17);
        for (uint32_t level = 1; level < depth; level++)
            fen_buffer_append_byte(&fixture->out, '[');
        for (uint32_t level = 1; level < depth; level++)
            fen_buffer_append_byte(&fixture->out, ']');
        fen_buffer_append_byte(&fixture->out, '}');
        enum fen_record_status status = fen_json_decode(
            &fen_event_schema, fen_buffer_str(&fixture->out), fixture->arena, &event, NULL);
        assert_int_equal(status, depth <= 64 ? FEN_RECORD_OK : FEN_RECORD_TOO_DEEP);
    }
    fen_buffer_clear(&fixture->out);
    for (uint32_t level = 0; level < 100000; level++)
        fen_buffer_append_byte(&fixture->out, '[');
    assert_int_equal(fen_json_decode(&fen_event_schema, fen_buffer_str(&fixture->out),
                                     fixture->arena, &event, NULL),
                     FEN_RECORD_TOO_DEEP);
}

/* Periods and dates are texts; a number out of their form is refused. */
static void test_periods_and_dates(void **state)
{
    struct fixture *fixture = *state;
    struct fen_entry entry;
    const char *json = "{\"period\":\"2026-11\",\"available_on\":\"2026-11-28\",\"base\":-5}";
    assert_int_equal(fen_json_decode(&fen_entry_schema, fen_str_from(json), fixture->arena, &entry,
                                     NULL),
                     FEN_RECORD_OK);
    assert_int_equal(entry.key.period, 2026 * 12 + 10);
    assert_int_equal(entry.key.available_date, fen_date_from_civil(2026, 11, 28));
    assert_int_equal(entry.base_fen, -5);
    fen_json_encode(&fen_entry_schema, &entry, &fixture->out);
    assert_out(fixture, "{\"base\":-5,\"period\":\"2026-11\",\"available_on\":\"2026-11-28\"}");
    static const char *const bad[] = {"{\"period\":\"2026-13\"}", "{\"period\":24322}",
                                      "{\"available_on\":\"2026-02-29\"}"};
    for (size_t row = 0; row < sizeof bad / sizeof *bad; row++)
        assert_int_equal(fen_json_decode(&fen_entry_schema, fen_str_from(bad[row]), fixture->arena,
                                         &entry, NULL),
                         FEN_RECORD_MALFORMED);
}

/* SPEC §10: every field in its order, null where it does not apply. */
static void test_entry_form(void **state)
{
    struct fixture *fixture = *state;
    struct fen_entry entry;
    fen_record_clear(&fen_entry_schema, &entry);
    entry.tenant = FEN_STR("default");
    entry.key = (struct fen_key){
        .payee = FEN_STR("guide:A"), .funder = FEN_STR("brand:L"), .rule = FEN_STR("美妆分享"),
        .plan = FEN_STR("cn-east"), .plan_version = 12, .line = 1, .role = FEN_ROLE_SHARE,
        .portion = FEN_ROLE_SELF, .period = 2026 * 12 + 10,
        .available_date = fen_date_from_civil(2026, 11, 28)};
    entry.subject = FEN_STR("order:O1");
    entry.seq = 7;
    entry.kind = FEN_KIND_ACCRUAL;
    entry.amount_fen = 1845;
    entry.base_fen = 41000;
    entry.balance_fen = -1245;
    entry.rate_ppm = 45000;
    entry.touch = FEN_STR("t1");
    entry.earned_ms = 1793721600000;
    entry.event = FEN_STR("e1");
    fen_json_encode_entry(&entry, &fixture->out);
    assert_out(fixture,
               "{\"tenant\":\"default\",\"payee\":\"guide:A\",\"seq\":7,\"kind\":\"accrual\","
               "\"amount\":1845,\"balance\":-1245,\"funder\":\"brand:L\",\"role\":\"share\","
               "\"portion\":\"self\",\"subject\":\"order:O1\",\"line\":1,\"rule\":\"美妆分享\","
               "\"plan\":\"cn-east@12\",\"base\":41000,\"rate_ppm\":45000,\"capped_by\":null,"
               "\"touch\":\"t1\",\"period\":\"2026-11\",\"prior\":false,"
               "\"earned_at\":1793721600000,\"available_on\":\"2026-11-28\",\"event\":\"e1\"}");
}

static void test_entry_form_of_a_payout(void **state)
{
    struct fixture *fixture = *state;
    struct fen_entry entry;
    fen_record_clear(&fen_entry_schema, &entry);
    entry.tenant = FEN_STR("t");
    entry.key = (struct fen_key){.payee = FEN_STR("hq"), .funder = FEN_STR("hq"),
                                 .role = FEN_ROLE_PAYOUT, .period = 2026 * 12,
                                 .available_date = FEN_DATE_NONE};
    entry.subject = FEN_STR("payout:W1");
    entry.seq = 1;
    entry.kind = FEN_KIND_PAYOUT;
    entry.amount_fen = entry.balance_fen = -5;
    entry.is_prior = true;
    entry.event = FEN_STR("e");
    fen_json_encode_entry(&entry, &fixture->out);
    assert_out(fixture,
               "{\"tenant\":\"t\",\"payee\":\"hq\",\"seq\":1,\"kind\":\"payout\",\"amount\":-5,"
               "\"balance\":-5,\"funder\":\"hq\",\"role\":\"payout\",\"portion\":null,"
               "\"subject\":\"payout:W1\",\"line\":null,\"rule\":null,\"plan\":null,\"base\":0,"
               "\"rate_ppm\":null,\"capped_by\":null,\"touch\":null,\"period\":\"2026-01\","
               "\"prior\":true,\"earned_at\":null,\"available_on\":null,\"event\":\"e\"}");
}

/* Sums of one period and role are added up, zeros stay; dates have no zeros, "null" comes last. */
static void test_account_form(void **state)
{
    struct fixture *fixture = *state;
    struct fen_account_sum sums[] = {
        {24322, FEN_ROLE_SHARE, 1, 1000, 0},
        {24322, FEN_ROLE_SHARE, 2, 845, 0},
        {24322, FEN_ROLE_BONUS, 3, 0, 0},
        {24323, FEN_ROLE_SHARE, 1, -5, 0},
    };
    struct fen_account_date dates[] = {{FEN_DATE_NONE, 7}, {20785, 1845}, {20786, 0}};
    struct fen_account account;
    fen_record_clear(&fen_account_schema, &account);
    account.tenant = FEN_STR("t");
    account.payee = FEN_STR("guide:A");
    account.seq = 4;
    account.balance_fen = 1840;
    account.sums = sums;
    account.sum_count = 4;
    account.dates = dates;
    account.date_count = 3;
    fen_json_encode_account(&account, &fixture->out);
    assert_out(fixture,
               "{\"tenant\":\"t\",\"payee\":\"guide:A\",\"seq\":4,\"balance\":1840,"
               "\"by_period\":{\"2026-11\":{\"share\":1845,\"bonus\":0},"
               "\"2026-12\":{\"share\":-5}},"
               "\"by_date\":{\"2026-11-28\":1845,\"null\":7}}");
}

static void test_account_form_without_entries(void **state)
{
    struct fixture *fixture = *state;
    struct fen_account account;
    fen_record_clear(&fen_account_schema, &account);
    account.tenant = FEN_STR("t");
    account.payee = FEN_STR("hq");
    fen_json_encode_account(&account, &fixture->out);
    assert_out(fixture, "{\"tenant\":\"t\",\"payee\":\"hq\",\"seq\":0,\"balance\":0,"
                        "\"by_period\":{},\"by_date\":{}}");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_texts_are_escaped),
        TEST(test_integers_of_every_size),
        TEST(test_random_messages_survive_a_round_trip),
        TEST(test_faults_are_named),
        TEST(test_values_are_what_they_say),
        TEST(test_sixty_four_deep_and_no_deeper),
        TEST(test_periods_and_dates),
        TEST(test_entry_form),
        TEST(test_entry_form_of_a_payout),
        TEST(test_account_form),
        TEST(test_account_form_without_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
