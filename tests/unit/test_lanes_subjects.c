/*
 * test_lanes_subjects: registrations and tasks over restarts: what waits (for a guide, for a plan)
 * and what is paid stays so, and whatever comes late finds them again (SPEC §3, §4, §5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "split/lane.h"
#include "stream/lanes.h"
#include "wire/ledger_record.h"

#define HEAD(version)                                                                              \
    "plan: p\nversion: " version "\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
#define RECRUITS(amount) "roles: {recruit: [{name: r, per_customer: " amount "}]}\n"
#define AT "\"time\":1795449600000"
#define REGISTERED                                                                                 \
    "{\"id\":\"e1\",\"type\":\"customer.registered\"," AT                                          \
    ",\"customer\":\"c\",\"recruiter\":\"g\"}"
#define VOIDED                                                                                     \
    "{\"id\":\"e2\",\"type\":\"customer.registration_voided\"," AT ",\"customer\":\"c\"}"
#define SCORED(id, guide, score)                                                                   \
    "{\"id\":\"" id "\",\"type\":\"task.scored\"," AT ",\"task\":\"t\",\"guide\":\"" guide         \
    "\",\"score\":" score "}"
#define CLOSED "{\"id\":\"e9\",\"type\":\"task.closed\"," AT ",\"task\":\"t\"}"
#define GUIDE(id, guide, more)                                                                     \
    "{\"id\":\"" id "\",\"type\":\"guide.set\"," AT ",\"guide\":\"" guide "\"" more "}"

static const char plan_yaml[] =
    HEAD("1") RECRUITS("5.00") "tasks: {t: {rank: [[1, 5.00], [2..3, 3.00]]}}\n";

struct shop {
    enum fen_wire wire;
    struct fen_lanes *lanes;
    struct fen_reference_builder *builder;
    int64_t offset;
    struct fen_message *records; /* of the state topics, all that were ever written */
    uint32_t record_count;
    struct fen_arena *arena;
    int64_t recruit_fen, task_fen; /* posted so far */
    uint32_t entry_count;
};

static void open_lanes(struct shop *shop)
{
    shop->lanes = fen_lanes_create(&(struct fen_lanes_options){.partition_count = 1,
                                                               .wire = shop->wire,
                                                               .has_split = true,
                                                               .has_post = true,
                                                               .keeps_state_records = true});
    fen_lanes_open(shop->lanes, 0);
}

static void shop_init(struct shop *shop, enum fen_wire wire)
{
    *shop = (struct shop){.wire = wire,
                          .builder = fen_reference_builder_create(1),
                          .arena = fen_arena_create(65536)};
    open_lanes(shop);
}

static void shop_deinit(struct shop *shop)
{
    fen_lanes_destroy(shop->lanes);
    fen_reference_builder_destroy(shop->builder);
    free(shop->records);
    fen_arena_destroy(shop->arena);
}

/* The process dies, and another reads the state topics. */
static void restart(struct shop *shop)
{
    fen_lanes_destroy(shop->lanes);
    open_lanes(shop);
    for (uint32_t at = 0; at < shop->record_count; at++)
        assert_true(fen_lanes_restore(shop->lanes, &shop->records[at]));
}

static void keep_outputs(struct shop *shop)
{
    uint32_t count;
    const struct fen_message *outputs = fen_lanes_outputs(shop->lanes, &count);
    for (uint32_t index = 0; index < count; index++) {
        struct fen_message message = outputs[index];
        struct fen_ledger_record record;
        assert_true(message.topic != FEN_TOPIC_DEAD_LETTERS);
        message.key = fen_arena_copy(shop->arena, message.key);
        message.value = fen_arena_copy(shop->arena, message.value);
        if (message.topic != FEN_TOPIC_LEDGER) {
            shop->records =
                realloc(shop->records, (shop->record_count + 1) * sizeof *shop->records);
            assert_non_null(shop->records);
            shop->records[shop->record_count++] = message;
            continue;
        }
        assert_true(fen_ledger_record_decode(shop->wire, message.key, message.value, shop->arena,
                                             &record));
        for (uint32_t entry = 0; entry < record.entry_count; entry++) {
            bool is_recruit = record.entries[entry].key.role == FEN_ROLE_RECRUIT;
            *(is_recruit ? &shop->recruit_fen : &shop->task_fen) +=
                record.entries[entry].amount_fen;
            shop->entry_count++;
        }
    }
}

static struct fen_event decoded(struct shop *shop, const char *json)
{
    struct fen_event event;
    struct fen_refused refused;
    assert_int_equal(fen_event_decode(FEN_WIRE_JSON, fen_str_from(json), shop->arena, &event,
                                      &refused),
                     FEN_REFUSAL_NONE);
    return event;
}

/* One batch of one event, or (NULL) of none. It is discarded once before it is carried. */
static void batch(struct shop *shop, const char *json)
{
    struct fen_buffer key = {0}, value = {0};
    struct fen_message message = {.timestamp_ms = -1};
    if (json != NULL) {
        struct fen_event event = decoded(shop, json);
        fen_event_encode(shop->wire, &event, &value);
        fen_topic_event_key(&event, &key);
        message.topic = fen_topic_of(event.type);
        message.key = fen_buffer_str(&key);
        message.value = fen_buffer_str(&value);
    }
    for (int again = 0; again < 2; again++) {
        fen_lanes_begin(shop->lanes, fen_reference_acquire(shop->builder, 0));
        if (json != NULL)
            assert_true(fen_lanes_apply(shop->lanes, &message));
        fen_lanes_finish(shop->lanes);
        if (again == 0)
            fen_lanes_discard(shop->lanes);
    }
    keep_outputs(shop);
    fen_lanes_promote(shop->lanes);
    fen_buffer_deinit(&key);
    fen_buffer_deinit(&value);
}

/* A change of the org, and the batch that follows it; each after a restart. */
static void announce(struct shop *shop, const char *json)
{
    struct fen_event event = decoded(shop, json);
    assert_int_equal(fen_reference_apply(shop->builder, &event, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(shop->builder, ++shop->offset, 0);
    restart(shop);
    batch(shop, NULL);
}

static void publish(struct shop *shop, const char *id, const char *yaml, bool retroactive)
{
    struct fen_event event = {.id = fen_str_from(id),
                              .tenant = FEN_STR("default"),
                              .type = FEN_EVENT_PLAN_PUBLISHED,
                              .yaml = fen_str_from(yaml),
                              .retroactive = retroactive};
    assert_int_equal(fen_reference_apply(shop->builder, &event, NULL), FEN_REFERENCE_APPLIED);
    fen_reference_publish(shop->builder, ++shop->offset, 0);
    restart(shop);
    batch(shop, NULL);
}

static void check(const struct shop *shop, int64_t recruit_fen, int64_t task_fen)
{
    assert_int_equal(shop->recruit_fen, recruit_fen);
    assert_int_equal(shop->task_fen, task_fen);
}

/* What waits, before and after a restart. */
static void check_waiting(struct shop *shop, uint64_t unplanned, uint64_t suspended)
{
    for (int turn = 0; turn < 2; turn++) {
        struct fen_lanes_sizes sizes;
        fen_lanes_measure(shop->lanes, &sizes);
        assert_int_equal(sizes.unplanned_count, unplanned);
        assert_int_equal(sizes.suspense_count, suspended);
        restart(shop);
    }
}

static void send_all(struct shop *shop)
{
    batch(shop, REGISTERED);
    batch(shop, SCORED("s1", "g", "9"));
    batch(shop, SCORED("s2", "h", "8"));
    batch(shop, CLOSED);
}

static void check_suspense(enum fen_wire wire)
{
    struct shop shop;
    shop_init(&shop, wire);
    publish(&shop, "p1", plan_yaml, false);
    send_all(&shop);
    check(&shop, 0, 0);
    check_waiting(&shop, 0, 2); /* the task once, whoever of its guides is not known */
    announce(&shop, GUIDE("g1", "h", ""));
    check(&shop, 0, 300);
    check_waiting(&shop, 0, 2);
    announce(&shop, GUIDE("g2", "g", ""));
    check(&shop, 500, 800);
    check_waiting(&shop, 0, 0);
    announce(&shop, GUIDE("g3", "g", ",\"status\":\"left\""));
    check(&shop, 0, 500);
    check_waiting(&shop, 0, 0);
    uint32_t entry_count = shop.entry_count;
    batch(&shop, NULL);
    batch(&shop, CLOSED); /* a duplicate, over the restart */
    batch(&shop, SCORED("s2", "h", "8"));
    assert_int_equal(shop.entry_count, entry_count);
    shop_deinit(&shop);
}

static void test_lanes_what_waits_for_a_guide_is_paid_after_a_restart(void **state)
{
    (void)state;
    check_suspense(FEN_WIRE_PROTOBUF);
    check_suspense(FEN_WIRE_JSON);
}

static void test_lanes_what_waits_for_a_plan_is_paid_after_a_restart(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop, FEN_WIRE_PROTOBUF);
    announce(&shop, GUIDE("g1", "h", ""));
    announce(&shop, GUIDE("g2", "g", ""));
    send_all(&shop);
    check(&shop, 0, 0);
    check_waiting(&shop, 2, 0);
    publish(&shop, "p1", plan_yaml, false);
    check(&shop, 500, 800);
    check_waiting(&shop, 0, 0);
    batch(&shop, VOIDED);
    check(&shop, 0, 800);
    shop_deinit(&shop);
}

static void test_lanes_a_plan_chooses_anew_only_when_it_is_retroactive(void **state)
{
    (void)state;
    static const char second[] =
        HEAD("2") RECRUITS("7.00") "tasks: {t: {score: [[9, 1.00]]}}\n";
    static const char third[] =
        HEAD("3") RECRUITS("8.00") "tasks: {other: {score: [[9, 1.00]]}}\n";
    struct shop shop;
    shop_init(&shop, FEN_WIRE_PROTOBUF);
    publish(&shop, "p1", plan_yaml, false);
    announce(&shop, GUIDE("g1", "h", ""));
    announce(&shop, GUIDE("g2", "g", ""));
    send_all(&shop);
    check(&shop, 500, 800);
    publish(&shop, "p2", second, false);
    batch(&shop, SCORED("s3", "i", "1")); /* evaluated again, under the plan it is pinned to */
    check(&shop, 500, 800);
    check_waiting(&shop, 0, 1);
    publish(&shop, "p3", third, true);
    check(&shop, 800, 0);
    check_waiting(&shop, 0, 0);
    shop_deinit(&shop);
}

static void test_lanes_a_score_that_comes_after_a_restart_moves_the_ranks(void **state)
{
    (void)state;
    struct shop shop;
    shop_init(&shop, FEN_WIRE_PROTOBUF);
    publish(&shop, "p1", plan_yaml, false);
    announce(&shop, GUIDE("g1", "h", ""));
    announce(&shop, GUIDE("g2", "g", ""));
    announce(&shop, GUIDE("g3", "i", ""));
    send_all(&shop);
    uint32_t entry_count = shop.entry_count;
    restart(&shop);
    batch(&shop, SCORED("s3", "i", "10"));
    check(&shop, 500, 1100);
    assert_int_equal(shop.entry_count, entry_count + 2); /* i comes, g moves down, h keeps 3.00 */
    shop_deinit(&shop);
}

#define PLACED(id, order)                                                                          \
    "{\"id\":\"" id "\",\"type\":\"order.placed\",\"time\":1000,\"tenant\":\"t\","            \
    "\"order\":\"" order "\",\"version\":1,\"created\":1000,"                                   \
    "\"lines\":[{\"line\":1,\"sku\":\"k\",\"quantity\":1,\"paid\":100}]}"

static void count_order(void *context, const struct fen_order *order)
{
    uint32_t *count = context;
    assert_true(fen_str_equal(order->tenant, FEN_STR("t")) && fen_str_is_set(order->order));
    (*count)++;
}

static void test_lanes_every_order_is_visited(void **state)
{
    (void)state;
    uint32_t count = 0;
    struct shop shop;
    shop_init(&shop, FEN_WIRE_PROTOBUF);
    batch(&shop, PLACED("e1", "o1"));
    batch(&shop, PLACED("e2", "o2"));
    fen_lanes_visit_orders(shop.lanes, count_order, &count);
    assert_int_equal(count, 2);
    shop_deinit(&shop);
}

/* Records come from outside: what cannot be read is said, and a tombstone empties its place. */
static void test_what_is_no_record_is_not_restored(void **state)
{
    struct fen_split_lane *lane = fen_split_lane_create(false, false);
    struct fen_str broken = FEN_STR("\xff\xff"), empty = FEN_STR("");
    struct fen_str keys[] = {FEN_STR("t/o"), FEN_STR("t/game"), FEN_STR("t/game/A")};
    (void)state;
    assert_false(fen_split_lane_restore_order(lane, keys[0], broken));
    assert_false(fen_split_lane_restore_customer(lane, keys[0], broken));
    for (int index = 1; index < 3; index++) {
        assert_false(fen_split_lane_restore_task(lane, keys[index], broken));
        assert_true(fen_split_lane_restore_task(lane, keys[index], empty));
        assert_true(fen_split_lane_restore_task(lane, keys[index], empty));
        assert_true(fen_split_lane_restore_task(lane, keys[index], FEN_STR_NONE));
    }
    assert_false(fen_split_lane_restore_order(lane, FEN_STR("no-slash"), empty));
    assert_false(fen_split_lane_restore_customer(lane, FEN_STR("no-slash"), empty));
    assert_false(fen_split_lane_restore_task(lane, FEN_STR("no-slash"), empty));
    fen_split_lane_destroy(lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_what_waits_for_a_guide_is_paid_after_a_restart),
        cmocka_unit_test(test_lanes_what_waits_for_a_plan_is_paid_after_a_restart),
        cmocka_unit_test(test_lanes_a_plan_chooses_anew_only_when_it_is_retroactive),
        cmocka_unit_test(test_lanes_a_score_that_comes_after_a_restart_moves_the_ranks),
        cmocka_unit_test(test_lanes_every_order_is_visited),
        cmocka_unit_test(test_what_is_no_record_is_not_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
