/*
 * test_follow: what changes in guides, stores and plans is followed in bounded batches, and bears
 * on no order but those it can make a difference to (SPEC §3, last paragraph on merging; §4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "stream/lanes.h"
#include "wire/topic.h"

#define DAY INT64_C(86400000)
#define OUTPUT_MAX 4096u

static const char plan_yaml[] =
    "plan: p\n"
    "version: %u\n"
    "currency: CNY\n"
    "timezone: \"+08:00\"\n"
    "from: %s\n"
    "%s"
    "roles:\n"
    "  bind: [{name: b, pay: %u%%}]\n"
    "  serve: [{name: v, pay: 1%%, earned: picked_up}]\n"
    "  sell_store: [{name: s, when: {store_kind: owned}, pay: 1%%}]\n";

struct shop {
    struct fen_lanes_options options;
    struct fen_lanes *lanes;
    struct fen_reference_builder *builder;
    struct fen_arena *arena;
    struct fen_message messages[256];
    uint32_t message_count;
    uint32_t event_number;
    int64_t offset;
    struct fen_message states[OUTPUT_MAX]; /* records of state topics, committed */
    uint32_t state_count;
};

static void open_lanes(struct shop *shop)
{
    shop->lanes = fen_lanes_create(&shop->options);
    for (uint32_t number = 0; number < shop->options.partition_count; number++)
        fen_lanes_open(shop->lanes, number);
}

static void open_shop(struct shop *shop, uint32_t partition_count, uint32_t follow_work_max)
{
    *shop = (struct shop){
        .options = {.partition_count = partition_count,
                    .wire = FEN_WIRE_PROTOBUF,
                    .has_split = true,
                    .has_post = true,
                    .keeps_state_records = true,
                    .follow_work_max = follow_work_max},
        .builder = fen_reference_builder_create(1),
        .arena = fen_arena_create(65536),
    };
    open_lanes(shop);
}

static void close_shop(struct shop *shop)
{
    fen_lanes_destroy(shop->lanes);
    fen_reference_builder_destroy(shop->builder);
    fen_arena_destroy(shop->arena);
}

/* Take in an event, JSON without its id: references at once, others with the next batch. */
static void say(struct shop *shop, const char *format, ...) FEN_PRINTF(2, 3);
static void say(struct shop *shop, const char *format, ...)
{
    char body[1024], text[1100];
    struct fen_event event;
    struct fen_refused refused;
    struct fen_buffer key = {0}, value = {0};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    (void)snprintf(text, sizeof text, "{\"id\":\"e%u\",%s}", shop->event_number++, body);
    struct fen_str json = fen_arena_copy(shop->arena, fen_str_from(text));
    assert_int_equal(fen_event_decode(FEN_WIRE_JSON, json, shop->arena, &event, &refused),
                     FEN_REFUSAL_NONE);
    if (fen_topic_of(event.type) == FEN_TOPIC_ORG_EVENTS) {
        assert_int_equal(fen_reference_apply(shop->builder, &event, NULL), FEN_REFERENCE_APPLIED);
        return;
    }
    fen_event_encode(FEN_WIRE_PROTOBUF, &event, &value);
    fen_topic_event_key(&event, &key);
    shop->messages[shop->message_count++] = (struct fen_message){
        .topic = fen_topic_of(event.type),
        .partition = fen_topic_partition(fen_buffer_str(&key), shop->options.partition_count),
        .offset = shop->offset++,
        .timestamp_ms = -1,
        .key = fen_arena_copy(shop->arena, fen_buffer_str(&key)),
        .value = fen_arena_copy(shop->arena, fen_buffer_str(&value)),
    };
    fen_buffer_deinit(&key);
    fen_buffer_deinit(&value);
}

static void publish(struct shop *shop)
{
    shop->offset++;
    fen_reference_publish(shop->builder, shop->offset, shop->offset);
}

/* A version of the plan, for every order or for those of some days; retroactive but the first. */
static void publish_plan(struct shop *shop, uint32_t version, const char *from, const char *to,
                         uint32_t percent)
{
    char yaml[1024];
    struct fen_event event;
    (void)snprintf(yaml, sizeof yaml, plan_yaml, version, from, to, percent);
    fen_record_clear(&fen_event_schema, &event);
    event.id = fen_arena_format(shop->arena, "plan-%u", version);
    event.tenant = FEN_STR("default");
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.yaml = fen_str_from(yaml);
    event.retroactive = version > 1;
    struct fen_str reason = FEN_STR_NONE;
    if (fen_reference_apply(shop->builder, &event, &reason) != FEN_REFERENCE_APPLIED)
        fail_msg("the plan is refused: %.*s", FEN_STR_ARG(reason));
    publish(shop);
}

static void begin_and_finish(struct shop *shop)
{
    fen_lanes_begin(shop->lanes, fen_reference_acquire(shop->builder, 0));
    for (uint32_t index = 0; index < shop->message_count; index++)
        assert_true(fen_lanes_apply(shop->lanes, &shop->messages[index]));
    fen_lanes_finish(shop->lanes);
}

static void keep_state(struct shop *shop, const struct fen_message *output)
{
    if (output->topic != FEN_TOPIC_ORDER_STATE && output->topic != FEN_TOPIC_CUSTOMER_STATE &&
        output->topic != FEN_TOPIC_ACCOUNTS)
        return;
    assert_true(shop->state_count < OUTPUT_MAX);
    struct fen_message *state = &shop->states[shop->state_count++];
    *state = *output;
    state->key = fen_arena_copy(shop->arena, output->key);
    state->value = fen_arena_copy(shop->arena, output->value);
}

static uint64_t reevaluations(const struct shop *shop)
{
    struct fen_counters counters = {0};
    fen_counters_read(fen_lanes_counters(shop->lanes), &counters);
    return counters.reevaluations;
}

/* A batch of what was said. Returns: how much was evaluated anew. */
static uint64_t run(struct shop *shop)
{
    uint64_t before = reevaluations(shop);
    uint32_t output_count;
    begin_and_finish(shop);
    const struct fen_message *outputs = fen_lanes_outputs(shop->lanes, &output_count);
    for (uint32_t index = 0; index < output_count; index++)
        keep_state(shop, &outputs[index]);
    fen_lanes_promote(shop->lanes);
    shop->message_count = 0;
    return reevaluations(shop) - before;
}

/* Batches until nothing waits. Returns: how much was evaluated anew; *most: in one batch. */
static uint64_t settle(struct shop *shop, uint64_t *most)
{
    uint64_t sum = 0;
    *most = 0;
    for (uint32_t batch = 0; batch == 0 || fen_lanes_is_behind(shop->lanes); batch++) {
        assert_true(batch < 10000);
        uint64_t count = run(shop);
        *most = count > *most ? count : *most;
        sum += count;
    }
    assert_int_equal(run(shop), 0);
    return sum;
}

static uint64_t settle_all(struct shop *shop)
{
    uint64_t most;
    return settle(shop, &most);
}

/* The process dies between batches: new lanes from the state topics. */
static void crash(struct shop *shop)
{
    fen_lanes_destroy(shop->lanes);
    open_lanes(shop);
    for (uint32_t index = 0; index < shop->state_count; index++)
        assert_true(fen_lanes_restore(shop->lanes, &shop->states[index]));
}

struct balance {
    const char *payee;
    int64_t fen;
};

static void find_balance(void *context, uint32_t partition, const struct fen_account *account)
{
    struct balance *balance = context;
    (void)partition;
    if (fen_str_equal(account->payee, fen_str_from(balance->payee)))
        balance->fen = account->balance_fen;
}

static int64_t balance_of(struct shop *shop, const char *payee)
{
    struct balance balance = {payee, 0};
    fen_lanes_visit_accounts(shop->lanes, find_balance, &balance);
    return balance.fen;
}

static void set_guide(struct shop *shop, const char *guide, int64_t day)
{
    say(shop, "\"type\":\"guide.set\",\"time\":0,\"guide\":\"%s\",\"effective\":%lld", guide,
        (long long)(day * DAY));
}

static void set_store(struct shop *shop, const char *kind, int64_t day)
{
    say(shop,
        "\"type\":\"store.set\",\"time\":0,\"store\":\"s\",\"kind\":\"%s\","
        "\"effective\":%lld",
        kind, (long long)(day * DAY));
}

static void transfer(struct shop *shop, const char *from, const char *to, int64_t day)
{
    say(shop,
        "\"type\":\"book.transferred\",\"time\":0,\"from\":\"%s\",\"to\":\"%s\",\"effective\":%lld",
        from, to, (long long)(day * DAY));
}

/* An order of 100.00 of a customer bound to g, paid at once; served by v two days later. */
static void sell(struct shop *shop, uint32_t number, int64_t day)
{
    long long at = (long long)(day * DAY);
    say(shop, "\"type\":\"customer.bound\",\"time\":0,\"customer\":\"c%u\",\"guide\":\"g\"",
        number);
    say(shop,
        "\"type\":\"order.placed\",\"time\":%lld,\"order\":\"o%u\",\"customer\":\"c%u\","
        "\"created\":%lld,\"store\":\"s\",\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,"
        "\"paid\":10000}]",
        at, number, number, at);
    say(shop, "\"type\":\"order.paid\",\"time\":%lld,\"order\":\"o%u\",\"customer\":\"c%u\"", at,
        number, number);
    say(shop,
        "\"type\":\"order.picked_up\",\"time\":%lld,\"order\":\"o%u\",\"customer\":\"c%u\","
        "\"servers\":[{\"guide\":\"v\"}]",
        (long long)((day + 2) * DAY), number, number);
}

static void sell_many(struct shop *shop, uint32_t count, int64_t day)
{
    for (uint32_t number = 0; number < count; number++)
        sell(shop, number, day);
    (void)run(shop);
    assert_false(fen_lanes_is_behind(shop->lanes));
}

static void test_a_great_change_is_followed_in_bounded_batches(void **state)
{
    (void)state;
    struct shop shop;
    uint64_t most;
    open_shop(&shop, 1, 12); /* an order with one line and one new entry is 4 */
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    sell_many(&shop, 40, 1000);
    assert_int_equal(balance_of(&shop, "guide:g"), 0);
    set_guide(&shop, "g", 0);
    publish(&shop);
    begin_and_finish(&shop); /* one that fails leaves no trace */
    fen_lanes_discard(shop.lanes);
    assert_int_equal(run(&shop), 3);
    assert_true(fen_lanes_is_behind(shop.lanes));
    assert_int_equal(balance_of(&shop, "guide:g"), 3 * 200);
    begin_and_finish(&shop);
    fen_lanes_discard(shop.lanes);
    assert_true(fen_lanes_is_behind(shop.lanes));
    assert_int_equal(settle(&shop, &most), 37);
    assert_int_equal(most, 3);
    assert_int_equal(balance_of(&shop, "guide:g"), 40 * 200);
    close_shop(&shop);
}

static void test_lanes_share_the_room_of_a_batch(void **state)
{
    (void)state;
    struct shop shop;
    uint64_t most;
    open_shop(&shop, 4, 32);
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    sell_many(&shop, 60, 1000);
    set_guide(&shop, "g", 0);
    publish(&shop);
    assert_int_equal(settle(&shop, &most), 60);
    assert_true(most <= 8);
    assert_int_equal(balance_of(&shop, "guide:g"), 60 * 200);
    close_shop(&shop);
}

static void test_a_change_bears_on_no_order_before_it(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop, 1, 0);
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    set_guide(&shop, "g", 500);
    set_guide(&shop, "v", 500);
    set_store(&shop, "owned", 500);
    publish(&shop);
    sell_many(&shop, 10, 1000); /* served on day 1002 */
    assert_int_equal(balance_of(&shop, "guide:g"), 2000);
    static const struct {
        char what;
        int64_t day;
        uint64_t evaluated;
    } rows[] = {
        {'g', 1003, 0},  {'g', 1002, 10}, {'g', 999, 10}, {'g', 400, 10}, {'v', 1003, 0},
        {'v', 1002, 10}, {'s', 1001, 0},  {'s', 1000, 10}, {'s', 300, 10}, {'t', 1001, 0},
        {'t', 1000, 10},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        if (rows[row].what == 's')
            set_store(&shop, "concession", rows[row].day);
        else if (rows[row].what == 't')
            transfer(&shop, "g", "h", rows[row].day);
        else
            set_guide(&shop, rows[row].what == 'g' ? "g" : "v", rows[row].day);
        publish(&shop);
        assert_int_equal(settle_all(&shop), rows[row].evaluated);
    }
    assert_int_equal(balance_of(&shop, "guide:g"), 0); /* h holds them, and is not announced */
    assert_int_equal(balance_of(&shop, "guide:v"), 1000);
    assert_int_equal(balance_of(&shop, "store:s"), 0);
    close_shop(&shop);
}

static void test_lanes_restored_know_what_a_change_bears_on(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop, 2, 0);
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    set_guide(&shop, "g", 500);
    publish(&shop);
    sell_many(&shop, 10, 1000);
    crash(&shop);
    set_guide(&shop, "g", 1003);
    publish(&shop);
    assert_int_equal(settle_all(&shop), 0);
    set_guide(&shop, "g", 1002);
    publish(&shop);
    assert_int_equal(settle_all(&shop), 10);
    close_shop(&shop);
}

static void test_an_order_that_many_changes_bear_on_is_evaluated_once(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop, 1, 12);
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    sell_many(&shop, 20, 1000);
    set_guide(&shop, "g", 0);
    set_guide(&shop, "v", 0);
    set_store(&shop, "owned", 0);
    publish(&shop);
    assert_int_equal(settle_all(&shop), 20);
    close_shop(&shop);
}

/* Orders of days 1000 and 2000, which is 1975-06-24. */
static void sell_on_two_days(struct shop *shop)
{
    publish_plan(shop, 1, "1971-01-01 00:00", "", 2);
    set_guide(shop, "g", 0);
    publish(shop);
    for (uint32_t number = 0; number < 40; number++)
        sell(shop, number, number % 2 == 0 ? 1000 : 2000);
    (void)run(shop);
    assert_int_equal(balance_of(shop, "guide:g"), 40 * 200);
}

static void test_a_plan_backwards_walks_over_the_orders_it_bears_on(void **state)
{
    (void)state;
    struct shop shop;
    uint64_t most;
    open_shop(&shop, 1, 4);
    sell_on_two_days(&shop);
    publish_plan(&shop, 2, "1975-01-01 00:00", "to: 1976-01-01 00:00\n", 3);
    assert_int_equal(settle(&shop, &most), 20);
    assert_true(most <= 4);
    assert_int_equal(balance_of(&shop, "guide:g"), 20 * 200 + 20 * 300);
    close_shop(&shop);
}

static void test_a_walk_survives_another_plan_a_discard_and_a_crash(void **state)
{
    (void)state;
    struct shop shop;
    open_shop(&shop, 2, 4);
    sell_on_two_days(&shop);
    publish_plan(&shop, 2, "1971-01-01 00:00", "", 3);
    (void)run(&shop);
    (void)run(&shop);
    begin_and_finish(&shop);
    fen_lanes_discard(shop.lanes);
    assert_true(fen_lanes_is_behind(shop.lanes));
    publish_plan(&shop, 3, "1975-01-01 00:00", "to: 1976-01-01 00:00\n", 5);
    (void)run(&shop);
    assert_true(fen_lanes_is_behind(shop.lanes));
    crash(&shop);
    (void)run(&shop);
    assert_true(fen_lanes_is_behind(shop.lanes));
    (void)settle_all(&shop);
    assert_int_equal(balance_of(&shop, "guide:g"), 20 * 300 + 20 * 500);
    close_shop(&shop);
}

static void test_orders_without_a_plan_are_followed_in_bounded_batches(void **state)
{
    (void)state;
    struct shop shop;
    uint64_t most;
    open_shop(&shop, 1, 12);
    set_guide(&shop, "g", 0);
    publish(&shop);
    sell_many(&shop, 20, 1000);
    publish_plan(&shop, 1, "1971-01-01 00:00", "", 2);
    begin_and_finish(&shop);
    fen_lanes_discard(shop.lanes);
    assert_int_equal(settle(&shop, &most), 20);
    assert_true(most <= 4);
    assert_int_equal(balance_of(&shop, "guide:g"), 20 * 200);
    close_shop(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_great_change_is_followed_in_bounded_batches),
        cmocka_unit_test(test_lanes_share_the_room_of_a_batch),
        cmocka_unit_test(test_a_change_bears_on_no_order_before_it),
        cmocka_unit_test(test_lanes_restored_know_what_a_change_bears_on),
        cmocka_unit_test(test_an_order_that_many_changes_bear_on_is_evaluated_once),
        cmocka_unit_test(test_a_plan_backwards_walks_over_the_orders_it_bears_on),
        cmocka_unit_test(test_a_walk_survives_another_plan_a_discard_and_a_crash),
        cmocka_unit_test(test_orders_without_a_plan_are_followed_in_bounded_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
