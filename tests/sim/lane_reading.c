/* lane_reading: see lane_reading.h. */
#include "sim/lane_reading.h"

#include <string.h>

#include "base/slab.h"
#include "base/state_table.h"
#include "sim/schedule.h"
#include "wire/account_record.h"
#include "wire/ledger_record.h"

#define STALL_US INT64_C(30000000)

struct reading {
    const struct sim_lane_reading *options;
    const struct fen_projector_visitor *visitor;
    struct fen_arena *arena;
    struct fen_slab *slab;
    struct fen_state_table *accounts;
    uint64_t version;
};

void sim_reference_apply(struct fen_reference_builder *builder, enum fen_wire wire,
                         const struct fen_message *message, struct fen_arena *scratch)
{
    struct fen_event event;
    struct fen_refused refused;
    fen_arena_reset(scratch);
    if (!fen_str_is_set(message->value) ||
        fen_event_decode(wire, message->value, scratch, &event, &refused) != FEN_REFUSAL_NONE ||
        fen_topic_of(event.type) != message->topic ||
        fen_event_check_route(&event, message->key, 0, 1, message->timestamp_ms, scratch,
                              &refused) != FEN_REFUSAL_NONE)
        return;
    (void)!fen_reference_apply(builder, &event, NULL);
}

static bool take_account(struct reading *reading, const struct fen_message *message)
{
    struct fen_str tenant, payee;
    struct fen_lane_state state;
    if (fen_str_equal(message->key, FEN_LANE_STATE_KEY)) {
        bool is_read = fen_lane_record_decode(reading->options->wire, message->value,
                                              reading->arena, &state);
        reading->version = is_read ? state.version : reading->version;
        return is_read;
    }
    if (!fen_account_key_split(message->key, &tenant, &payee))
        return false;
    uint32_t slot = fen_state_table_insert(reading->accounts, tenant, payee);
    fen_state_table_set(reading->accounts, slot, message->value);
    return true;
}

static bool take_ledger_record(struct reading *reading, const struct fen_message *message)
{
    struct fen_ledger_record record;
    if (!fen_ledger_record_decode(reading->options->wire, message->key, message->value,
                                  reading->arena, &record))
        return false;
    if (record.entry_count == 0)
        return true;
    const struct fen_entry *last = &record.entries[record.entry_count - 1];
    reading->visitor->record(reading->visitor->context, last->tenant, last->key.payee, last->seq,
                             record.entry_count, message->value);
    return true;
}

/* Between two parts: time goes by, and the visitor may have had enough. */
static bool pause(struct reading *reading, int64_t until_us)
{
    struct sim_client *client = reading->options->client;
    if (client == NULL)
        return true;
    return sim_client_sleep(client, sim_random_between(client->random, 100, 10000)) &&
           sim_now_us() < until_us && reading->visitor->goes_on(reading->visitor->context);
}

/* Up to the end as it is now, committed records only, waiting for open transactions. */
static bool read_topic(struct reading *reading, enum fen_topic topic, uint32_t partition)
{
    const struct sim_broker *broker = reading->options->broker;
    struct fen_watermarks marks = sim_broker_watermarks(broker, topic, partition);
    int64_t until_us = sim_now_us() + STALL_US;
    int64_t offset = marks.low;
    struct fen_message message;
    while (offset < marks.high) {
        if (!pause(reading, until_us))
            return false;
        struct sim_client *client = reading->options->client;
        bool is_cut = client != NULL && sim_client_is_cut(client);
        while (!is_cut && offset < marks.high &&
               sim_broker_read(broker, topic, partition, true, &offset, &message)) {
            fen_arena_reset(reading->arena);
            if (message.offset >= marks.high)
                break;
            if (!(topic == FEN_TOPIC_ACCOUNTS ? take_account(reading, &message)
                                              : take_ledger_record(reading, &message)))
                return false;
        }
        if (client == NULL && offset < marks.high)
            return false;
    }
    return true;
}

static bool visit_accounts(struct reading *reading)
{
    uint32_t slot_count = fen_state_table_slot_count(reading->accounts);
    for (uint32_t slot = 1; slot <= slot_count; slot++) {
        struct fen_str value = fen_state_table_value(reading->accounts, slot);
        struct fen_account account;
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(reading->arena);
        if (!fen_account_record_decode(reading->options->wire,
                                       fen_state_table_key(reading->accounts, slot), value,
                                       reading->arena, &account))
            return false;
        struct fen_str store = FEN_STR_NONE;
        if (reading->options->org != NULL)
            store = fen_org_payee_store(reading->options->org, account.tenant, account.payee);
        reading->visitor->account(reading->visitor->context, &account, store);
    }
    return true;
}

bool sim_lane_read(const struct sim_lane_reading *options, uint32_t partition,
                   uint32_t entries_per_payee, const struct fen_projector_visitor *visitor,
                   uint64_t *version_out)
{
    struct reading reading = {.options = options, .visitor = visitor};
    reading.arena = fen_arena_create(4096);
    reading.slab = fen_slab_create();
    reading.accounts = fen_state_table_create(reading.slab);
    bool is_read =
        read_topic(&reading, FEN_TOPIC_ACCOUNTS, partition) && visit_accounts(&reading);
    if (is_read && entries_per_payee > 0)
        is_read = read_topic(&reading, FEN_TOPIC_LEDGER, partition);
    fen_state_table_destroy(reading.accounts);
    fen_slab_destroy(reading.slab);
    fen_arena_destroy(reading.arena);
    *version_out = reading.version;
    return is_read;
}
