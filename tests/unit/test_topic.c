/* test_topic: topics, keys and partitions (SPEC §3, §10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/topic.h"

/* The hashes are those of librdkafka's and Java's own tests of murmur2. */
static void test_partition_is_javas_murmur2(void **state)
{
    static const struct {
        const char *key;
        uint32_t hash;
    } rows[] = {
        {"kafka", 0xd067cf64},
        {"giberish123456789", 0x8f552b0c},
        {"1234", 0x9fc97b14},
        {"234", 0xe7c009ca},
        {"34", 0x873930da},
        {"4", 0x5a4b5ca1},
        {"PreAmbleWillBeRemoved,ThePrePartThatIs", 0x78424f1c},
        {"", 0x106e08d9},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_str key = fen_str_from(rows[row].key);
        assert_int_equal(fen_topic_partition(key, 0x80000000u), rows[row].hash & 0x7fffffffu);
        assert_int_equal(fen_topic_partition(key, 48), (rows[row].hash & 0x7fffffffu) % 48);
        assert_int_equal(fen_topic_partition(key, 1), 0);
    }
}

static void test_topics_are_found_by_name(void **state)
{
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        assert_int_equal(fen_topic_find(fen_str_from(info->name)), topic);
        assert_memory_equal(info->name, "fen.", 4);
        assert_string_equal(info->name + strlen(info->name) - 3, ".v1");
    }
    assert_int_equal(fen_topic_find(FEN_STR("fen.order-events.v2")), FEN_TOPIC_COUNT);
    assert_int_equal(fen_topic_find(FEN_STR("")), FEN_TOPIC_COUNT);
}

/* One partition, kept for ever, is what every worker reads whole. */
static void test_org_events_and_plans_are_read_whole(void **state)
{
    for (uint32_t topic = 0; topic < FEN_TOPIC_COUNT; topic++) {
        const struct fen_topic_info *info = fen_topic_info((enum fen_topic)topic);
        bool is_whole = topic == FEN_TOPIC_ORG_EVENTS || topic == FEN_TOPIC_PLANS;
        assert_int_equal(info->is_single_partition, is_whole);
        if (is_whole)
            assert_true(info->is_kept_for_ever && info->is_input);
        assert_false(info->is_compacted && info->is_input);
    }
}

static void test_every_type_travels_on_an_input(void **state)
{
    for (uint32_t type = FEN_EVENT_NONE + 1; type < FEN_EVENT_TYPE_COUNT; type++)
        assert_true(fen_topic_info(fen_topic_of((enum fen_event_type)type))->is_input);
}

static void test_key_names_what_the_topic_is_keyed_by(void **state)
{
    static const struct {
        enum fen_event_type type;
        const char *key;
    } rows[] = {
        {FEN_EVENT_ORDER_PLACED, "t/C"},    {FEN_EVENT_ORDER_CANCELLED, "t/C"},
        {FEN_EVENT_TOUCH_SHARED, "t/C"},    {FEN_EVENT_CUSTOMER_BOUND, "t/C"},
        {FEN_EVENT_GUIDE_SET, "t/G"},       {FEN_EVENT_STORE_SET, "t/S"},
        {FEN_EVENT_BOOK_TRANSFERRED, "t/A"}, {FEN_EVENT_PERIOD_CLOSED, "t/2026-11"},
        {FEN_EVENT_TASK_CLOSED, "t/T"},     {FEN_EVENT_PAYOUT_SENT, "t/guide:G"},
        {FEN_EVENT_PLAN_PUBLISHED, "t"},
    };
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.tenant = FEN_STR("t");
    event.order = FEN_STR("O");
    event.customer = FEN_STR("C");
    event.guide = FEN_STR("G");
    event.store = FEN_STR("S");
    event.from = FEN_STR("A");
    event.period = FEN_STR("2026-11");
    event.task = FEN_STR("T");
    event.payee = FEN_STR("guide:G");
    struct fen_buffer key = {0};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        event.type = rows[row].type;
        fen_buffer_clear(&key);
        fen_topic_event_key(&event, &key);
        assert_true(fen_str_equal(fen_buffer_str(&key), fen_str_from(rows[row].key)));
    }
    event.type = FEN_EVENT_ORDER_PAID;
    event.customer = FEN_STR_NONE;
    fen_buffer_clear(&key);
    fen_topic_event_key(&event, &key);
    assert_true(fen_str_equal(fen_buffer_str(&key), FEN_STR("t/O")));
    fen_buffer_deinit(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partition_is_javas_murmur2),
        cmocka_unit_test(test_topics_are_found_by_name),
        cmocka_unit_test(test_org_events_and_plans_are_read_whole),
        cmocka_unit_test(test_every_type_travels_on_an_input),
        cmocka_unit_test(test_key_names_what_the_topic_is_keyed_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
