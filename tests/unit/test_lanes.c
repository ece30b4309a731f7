/*
 * test_lanes: a discarded batch leaves no trace, and what a crash leaves in the topics rebuilds
 * the very same lanes (DESIGN §3): the ledger comes out letter for letter the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream/lanes.h"
#include "wire/json.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

#define DAY INT64_C(86400000)
#define DAY_0 INT64_C(1795449600000)

static const char plan_yaml[] =
    "plan: p\n"
    "version: 1\n"
    "currency: CNY\n"
    "timezone: \"+08:00\"\n"
    "from: 2026-01-01 00:00\n"
    "share: {window: 7d}\n"
    "credit_order: [share, bind]\n"
    "roles:\n"
    "  share: [{name: s, pay: 4.5%, split: {self: 70%, sell_store: 30%}}]\n"
    "  bind: [{name: b, pay: 2%, hold: {from: received, days: 7}}]\n"
    "  serve: [{name: v, pay: {tiers: [[0, 3.25%], [500.00, 5%]]}, earned: picked_up}]\n"
    "  mall: [{name: m, pay: {mode: flat, tiers: [[0, 25%], [900.00, 26%]]}}]\n"
    "  recruit: [{name: r, when: {bound_days: 1..}, per_customer: 1.00},\n"
    "            {name: o, per_customer: 5.00}]\n"
    "bonus: [{name: n, roles: [bind, serve], by: amount, table: [[10.00, 5.00]]}]\n"
    "limits: [{name: l, roles: [serve, bonus], month: 20.00}]\n"
    "tasks:\n"
    "  t0: {score: [[2, 20.00], [4, 50.00]]}\n"
    "  t1: {rank: [[1, 5.00], [2..3, 3.00]]}\n";

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A record of a state topic as its compaction keeps it: the last of each key. */
struct kept {
    struct fen_message message;
    char *bytes;
};

struct machine {
    struct fen_lanes_options options;
    struct fen_lanes *lanes;
    struct fen_reference_builder *builder;
    struct kept *kept;
    uint32_t kept_count;
    struct fen_buffer ledger;
    struct fen_arena *arena;
};

static void keep(struct machine *machine, const struct fen_message *message)
{
    uint32_t at = 0;
    while (at < machine->kept_count && (machine->kept[at].message.topic != message->topic ||
                                        !fen_str_equal(machine->kept[at].message.key,
                                                       message->key)))
        at++;
    if (at == machine->kept_count) {
        machine->kept_count++;
        machine->kept = realloc(machine->kept, machine->kept_count * sizeof *machine->kept);
        assert_non_null(machine->kept);
        machine->kept[at].bytes = NULL;
    }
    struct kept *kept = &machine->kept[at];
    char *bytes = malloc(message->key.size + message->value.size);
    assert_non_null(bytes);
    memcpy(bytes, message->key.data, message->key.size);
    memcpy(bytes + message->key.size, message->value.data, message->value.size);
    free(kept->bytes);
    kept->bytes = bytes;
    kept->message = *message;
    kept->message.key.data = bytes;
    kept->message.value.data = bytes + message->key.size;
}

static void carry(struct machine *machine)
{
    uint32_t count;
    const struct fen_message *outputs = fen_lanes_outputs(machine->lanes, &count);
    for (uint32_t index = 0; index < count; index++) {
        struct fen_ledger_record record;
        keep(machine, &outputs[index]);
        assert_true(outputs[index].topic != FEN_TOPIC_DEAD_LETTERS);
        if (outputs[index].topic != FEN_TOPIC_LEDGER)
            continue;
        assert_true(fen_ledger_record_decode(machine->options.wire, outputs[index].key,
                                             outputs[index].value, machine->arena, &record));
        for (uint32_t entry = 0; entry < record.entry_count; entry++) {
            fen_json_encode_entry(&record.entries[entry], &machine->ledger);
            fen_buffer_append_byte(&machine->ledger, '\n');
        }
    }
}

/* One of a registration or a task. */
static void make_subject_event(uint64_t *seed, uint32_t number, struct fen_buffer *out)
{
    static const char *const types[] = {"customer.registered", "customer.registration_voided",
                                        "task.scored", "task.closed"};
    uint32_t kind = (uint32_t)(random_next(seed) % 20);
    const char *type = types[kind < 6 ? 0 : kind < 7 ? 1 : kind < 18 ? 2 : 3];
    int64_t at = DAY_0 + (int64_t)(random_next(seed) % 8) * DAY;
    fen_buffer_append_format(out, "{\"id\":\"e%u\",\"type\":\"%s\",\"time\":%lld", number, type,
                             (long long)at);
    if (strncmp(type, "customer", 8) == 0)
        fen_buffer_append_format(out, ",\"customer\":\"c%u\"", (uint32_t)(random_next(seed) % 4));
    else
        fen_buffer_append_format(out, ",\"task\":\"t%u\"", (uint32_t)(random_next(seed) % 2));
    if (strcmp(type, "customer.registered") == 0)
        fen_buffer_append_format(out, ",\"recruiter\":\"g%u\"", (uint32_t)(random_next(seed) % 3));
    if (strcmp(type, "task.scored") == 0)
        fen_buffer_append_format(out, ",\"guide\":\"g%u\",\"score\":%u",
                                 (uint32_t)(random_next(seed) % 3),
                                 (uint32_t)(random_next(seed) % 6));
    fen_buffer_append_byte(out, '}');
}

/* One random event of a small world, in which everything comes in any order. */
static void make_event(uint64_t *seed, uint32_t number, struct fen_buffer *out)
{
    if (random_next(seed) % 5 == 0) {
        make_subject_event(seed, number, out);
        return;
    }
    static const char *const types[] = {"order.placed",   "order.paid",     "order.picked_up",
                                        "order.refunded", "touch.shared",   "customer.bound",
                                        "order.received", "order.cancelled"};
    uint32_t kind = (uint32_t)(random_next(seed) % 30);
    const char *type = types[kind < 28 ? kind % 7 : 7];
    uint32_t order = (uint32_t)(random_next(seed) % 12), customer = order % 4;
    int64_t at = DAY_0 + (int64_t)(random_next(seed) % 8) * DAY;
    uint32_t guide = (uint32_t)(random_next(seed) % 3);
    fen_buffer_append_format(
        out, "{\"id\":\"e%u\",\"type\":\"%s\",\"time\":%lld,\"customer\":\"c%u\"", number, type,
        (long long)at, customer);
    if (strncmp(type, "order", 5) == 0)
        fen_buffer_append_format(out, ",\"order\":\"o%u\"", order);
    if (strcmp(type, "order.placed") == 0)
        fen_buffer_append_format(out,
                                 ",\"created\":%lld,\"store\":\"s1\",\"version\":%u,\"lines\":[{"
                                 "\"line\":1,\"sku\":\"k\",\"brand\":\"L\",\"quantity\":1,"
                                 "\"paid\":%u}]",
                                 (long long)at, (uint32_t)(random_next(seed) % 2),
                                 (uint32_t)(random_next(seed) % 100000));
    else if (strcmp(type, "order.picked_up") == 0)
        fen_buffer_append_format(out, ",\"servers\":[{\"guide\":\"g%u\"}]", guide);
    else if (strcmp(type, "order.refunded") == 0)
        fen_buffer_append_format(out,
                                 ",\"refund\":\"r%u\",\"lines\":[{\"line\":1,\"amount\":%u}]",
                                 number, (uint32_t)(random_next(seed) % 30000));
    else if (strcmp(type, "touch.shared") == 0 || strcmp(type, "customer.bound") == 0)
        fen_buffer_append_format(out, ",\"guide\":\"g%u\"", guide);
    fen_buffer_append_byte(out, '}');
}

static void publish_references(struct fen_reference_builder *builder)
{
    static const char *const lines[] = {
        "{\"id\":\"s\",\"type\":\"store.set\",\"time\":0,\"store\":\"s1\",\"mall\":\"M\"}",
        "{\"id\":\"g0\",\"type\":\"guide.set\",\"time\":0,\"guide\":\"g0\",\"store\":\"s1\"}",
        "{\"id\":\"g1\",\"type\":\"guide.set\",\"time\":0,\"guide\":\"g1\"}",
    };
    struct fen_arena *arena = fen_arena_create(4096);
    assert_int_equal(fen_reference_apply_plan(builder, fen_str_from(plan_yaml), NULL),
                     FEN_REFERENCE_APPLIED);
    for (size_t line = 0; line < sizeof lines / sizeof *lines; line++) {
        struct fen_event event;
        struct fen_refused refused;
        assert_int_equal(fen_event_decode(FEN_WIRE_JSON, fen_str_from(lines[line]), arena, &event,
                                          &refused),
                         FEN_REFUSAL_NONE);
        assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
    }
    fen_reference_publish(builder, 3, 1);
    fen_arena_destroy(arena);
}

static void machine_init(struct machine *machine, enum fen_wire wire)
{
    *machine = (struct machine){
        .options = {.partition_count = 1,
                    .wire = wire,
                    .has_split = true,
                    .has_post = true,
                    .keeps_state_records = true},
        .builder = fen_reference_builder_create(1),
        .arena = fen_arena_create(65536),
    };
    publish_references(machine->builder);
    machine->lanes = fen_lanes_create(&machine->options);
    fen_lanes_open(machine->lanes, 0);
}

static void machine_deinit(struct machine *machine)
{
    fen_lanes_destroy(machine->lanes);
    fen_reference_builder_destroy(machine->builder);
    for (uint32_t at = 0; at < machine->kept_count; at++)
        free(machine->kept[at].bytes);
    free(machine->kept);
    fen_buffer_deinit(&machine->ledger);
    fen_arena_destroy(machine->arena);
}

/* The process dies: new lanes, from what the topics keep and the touches up to `event_count`. */
static void machine_crash(struct machine *machine, const struct fen_message *events,
                          uint32_t event_count)
{
    fen_lanes_destroy(machine->lanes);
    machine->lanes = fen_lanes_create(&machine->options);
    fen_lanes_open(machine->lanes, 0);
    for (uint32_t at = 0; at < machine->kept_count; at++) {
        enum fen_topic topic = machine->kept[at].message.topic;
        if (topic == FEN_TOPIC_ORDER_STATE || topic == FEN_TOPIC_CUSTOMER_STATE ||
            topic == FEN_TOPIC_TASK_STATE || topic == FEN_TOPIC_ACCOUNTS)
            assert_true(fen_lanes_restore(machine->lanes, &machine->kept[at].message));
    }
    for (uint32_t event = 0; event < event_count; event++)
        if (events[event].topic == FEN_TOPIC_TOUCH_EVENTS)
            assert_true(fen_lanes_restore(machine->lanes, &events[event]));
}

static void apply_batch(struct machine *machine, const struct fen_message *events, uint32_t count)
{
    fen_lanes_begin(machine->lanes, fen_reference_acquire(machine->builder, 0));
    for (uint32_t event = 0; event < count; event++)
        assert_true(fen_lanes_apply(machine->lanes, &events[event]));
    fen_lanes_finish(machine->lanes);
}

/* Run all events in batches of 5; `trouble`: discard and crash now and then. */
static void machine_run(struct machine *machine, const struct fen_message *events, uint32_t count,
                        bool trouble, uint64_t seed)
{
    for (uint32_t first = 0; first < count; first += 5) {
        uint32_t size = count - first < 5 ? count - first : 5;
        while (trouble && random_next(&seed) % 3 == 0) {
            apply_batch(machine, events + first, size);
            fen_lanes_discard(machine->lanes);
            if (random_next(&seed) % 2 == 0)
                machine_crash(machine, events, first);
        }
        apply_batch(machine, events + first, size);
        carry(machine);
        fen_lanes_promote(machine->lanes);
        if (trouble && random_next(&seed) % 4 == 0)
            machine_crash(machine, events, first + size);
    }
}

enum { EVENTS = 120 };

struct world {
    struct fen_message messages[EVENTS + 8];
    struct fen_buffer keys[EVENTS + 8], values[EVENTS + 8];
    uint32_t count;
};

static void world_init(struct world *world, uint64_t seed, enum fen_wire wire)
{
    struct fen_arena *arena = fen_arena_create(4096);
    memset(world, 0, sizeof *world);
    for (uint32_t number = 0; number < EVENTS; number++) {
        struct fen_event event;
        struct fen_refused refused;
        struct fen_buffer json = {0};
        uint32_t at = world->count++;
        /* Now and then an event again: a duplicate must stay one over discard and crash. */
        make_event(&seed, number, &json);
        assert_int_equal(fen_event_decode(FEN_WIRE_JSON, fen_buffer_str(&json), arena, &event,
                                          &refused),
                         FEN_REFUSAL_NONE);
        fen_event_encode(wire, &event, &world->values[at]);
        fen_topic_event_key(&event, &world->keys[at]);
        world->messages[at] = (struct fen_message){
            .topic = fen_topic_of(event.type),
            .offset = at,
            .timestamp_ms = -1,
            .key = fen_buffer_str(&world->keys[at]),
            .value = fen_buffer_str(&world->values[at]),
        };
        fen_buffer_deinit(&json);
    }
    for (uint32_t again = 0; again < 8; again++)
        world->messages[world->count++] = world->messages[again * 11];
    fen_arena_destroy(arena);
}

static void world_deinit(struct world *world)
{
    for (uint32_t at = 0; at < EVENTS; at++) {
        fen_buffer_deinit(&world->keys[at]);
        fen_buffer_deinit(&world->values[at]);
    }
}

struct balance {
    struct fen_str payee;
    int64_t fen;
};

static void find_balance(void *context, uint32_t partition, const struct fen_account *account)
{
    struct balance *balance = context;
    if (fen_str_equal(account->payee, balance->payee))
        balance->fen = account->balance_fen;
}

/* `context`: other lanes, in which the payee has the same; one without entries has nothing. */
static void check_balance(void *context, uint32_t partition, const struct fen_account *account)
{
    struct balance balance = {account->payee, 0};
    fen_lanes_visit_accounts(context, find_balance, &balance);
    assert_int_equal(balance.fen, account->balance_fen);
}

/* Evaluated event by event, as files are, everything comes to the same. */
static void check_against_files(const struct world *world, struct machine *machine)
{
    struct machine file;
    machine_init(&file, machine->options.wire);
    fen_lanes_destroy(file.lanes);
    file.options.is_file = true;
    file.options.is_at_once = true;
    file.lanes = fen_lanes_create(&file.options);
    fen_lanes_open(file.lanes, 0);
    machine_run(&file, world->messages, world->count, false, 0);
    fen_lanes_visit_accounts(machine->lanes, check_balance, file.lanes);
    fen_lanes_visit_accounts(file.lanes, check_balance, machine->lanes);
    machine_deinit(&file);
}

static void check_seeds(enum fen_wire wire, uint64_t first, uint64_t count)
{
    static struct world world;
    uint64_t entries_posted = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct machine calm, troubled;
        world_init(&world, seed, wire);
        machine_init(&calm, wire);
        machine_init(&troubled, wire);
        machine_run(&calm, world.messages, world.count, false, seed);
        machine_run(&troubled, world.messages, world.count, true, seed);
        fen_buffer_append_byte(&calm.ledger, '\0');
        fen_buffer_append_byte(&troubled.ledger, '\0');
        if (strcmp(calm.ledger.data, troubled.ledger.data) != 0)
            fail_msg("seed %llu:\n%s\n%s", (unsigned long long)seed, calm.ledger.data,
                     troubled.ledger.data);
        check_against_files(&world, &troubled);
        struct fen_counters counters = {0};
        fen_counters_read(fen_lanes_counters(calm.lanes), &counters);
        assert_true(fen_counters_balance(&counters));
        assert_int_equal(counters.events_read, world.count);
        assert_int_equal(counters.events_duplicate, 8);
        entries_posted += counters.entries_posted;
        machine_deinit(&calm);
        machine_deinit(&troubled);
        world_deinit(&world);
    }
    assert_true(entries_posted > 10 * count); /* the worlds do earn something */
}

/* FEN_LANE_WORLDS takes the place of the usual number, where more or fewer are wanted. */
static uint64_t world_count(uint64_t usual)
{
    const char *wanted = getenv("FEN_LANE_WORLDS");
    return wanted == NULL ? usual : strtoull(wanted, NULL, 10);
}

static void test_lanes_survive_discards_and_crashes_in_protobuf(void **state)
{
    (void)state;
    check_seeds(FEN_WIRE_PROTOBUF, 1, world_count(200));
}

static void test_lanes_survive_discards_and_crashes_in_json(void **state)
{
    (void)state;
    check_seeds(FEN_WIRE_JSON, 1000, world_count(40));
}

/* A posting record is taken once: its number tells a repeat, and a gap stops the worker. */
static void test_lanes_refuse_a_gap_in_posting_numbers(void **state)
{
    (void)state;
    struct machine machine;
    machine_init(&machine, FEN_WIRE_PROTOBUF);
    struct fen_entry entry = {
        .tenant = FEN_STR("t"),
        .key = {.payee = FEN_STR("guide:g0"), .funder = FEN_STR("hq"), .role = FEN_ROLE_SHARE,
                .period = 24322, .available_date = FEN_DATE_NONE},
        .subject = FEN_STR("order:o"),
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = 7,
        .rate_ppm = FEN_NONE,
        .event = FEN_STR("e"),
    };
    static const struct {
        uint64_t number;
        bool is_taken;
        int64_t posted;
    } rows[] = {{1, true, 1}, {1, true, 1}, {2, true, 2}, {4, false, 2}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct fen_posting_record record = {0, rows[row].number, &entry, 1};
        struct fen_buffer value = {0};
        struct fen_counters counters = {0};
        fen_posting_record_encode(FEN_WIRE_PROTOBUF, &record, &value);
        struct fen_message message = {.topic = FEN_TOPIC_POSTINGS,
                                      .key = FEN_STR("/lane"),
                                      .value = fen_buffer_str(&value)};
        fen_lanes_begin(machine.lanes, fen_reference_acquire(machine.builder, 0));
        assert_int_equal(fen_lanes_apply(machine.lanes, &message), rows[row].is_taken);
        fen_lanes_finish(machine.lanes);
        if (rows[row].is_taken)
            fen_lanes_promote(machine.lanes);
        else
            fen_lanes_discard(machine.lanes);
        fen_counters_read(fen_lanes_counters(machine.lanes), &counters);
        assert_int_equal(counters.entries_posted, rows[row].posted);
        fen_buffer_deinit(&value);
    }
    machine_deinit(&machine);
}

/* The publication that the post lane's record in this batch's outputs names; -1: there is none. */
static int64_t publication_recorded(struct machine *machine)
{
    uint32_t count;
    const struct fen_message *outputs = fen_lanes_outputs(machine->lanes, &count);
    for (uint32_t index = 0; index < count; index++) {
        struct fen_lane_state state;
        if (outputs[index].topic != FEN_TOPIC_ACCOUNTS ||
            !fen_str_equal(outputs[index].key, FEN_LANE_STATE_KEY))
            continue;
        assert_int_equal(fen_record_decode(&fen_lane_state_schema, outputs[index].value,
                                           machine->arena, &state, NULL),
                         FEN_RECORD_OK);
        return state.plan_publication;
    }
    return -1;
}

/* A batch of nothing; what its post lane's record says. */
static int64_t record_of_empty_batch(struct machine *machine)
{
    apply_batch(machine, NULL, 0);
    int64_t publication = publication_recorded(machine);
    carry(machine);
    fen_lanes_promote(machine->lanes);
    return publication;
}

static void test_post_lanes_record_the_publication_followed(void **state)
{
    (void)state;
    struct machine machine;
    machine_init(&machine, FEN_WIRE_PROTOBUF);
    apply_batch(&machine, NULL, 0);
    assert_int_equal(publication_recorded(&machine), 1);
    fen_lanes_discard(machine.lanes);
    assert_int_equal(record_of_empty_batch(&machine), 1);
    assert_int_equal(record_of_empty_batch(&machine), -1);
    machine_crash(&machine, NULL, 0);
    assert_int_equal(record_of_empty_batch(&machine), -1);
    machine_deinit(&machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_post_lanes_record_the_publication_followed),
        cmocka_unit_test(test_lanes_survive_discards_and_crashes_in_protobuf),
        cmocka_unit_test(test_lanes_survive_discards_and_crashes_in_json),
        cmocka_unit_test(test_lanes_refuse_a_gap_in_posting_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
