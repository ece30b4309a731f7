/* audit_read: topics into tables and the fold. */
#include "cli/inspect/audit.h"
#include "cli/options/kafka_options.h"
#include "cli/inspect/topic_reader.h"
#include "wire/account_record.h"
#include "wire/json.h"
#include "wire/ledger_record.h"

#define STALL_MS 30000

static void read_ledger_record(struct fen_audit *audit, const struct fen_message *message)
{
    struct fen_ledger_record record;
    fen_arena_reset(audit->scratch);
    audit->ledger_record_count++;
    if (!fen_ledger_record_decode(audit->wire, message->key, message->value, audit->scratch,
                                  &record)) {
        fen_audit_note(audit, message->key, "ledger record",
                       FEN_STR("a record that can be read (is --wire right?)"), FEN_STR_NONE);
        return;
    }
    for (uint32_t i = 0; i < record.entry_count; i++) {
        const struct fen_entry *entry = &record.entries[i];
        const char *fault = fen_ledger_fold_add(audit->fold, entry);
        if (fault != NULL)
            fen_audit_note(audit, message->key, "ledger", fen_str_from(fault),
                           fen_arena_format(audit->scratch, "seq %llu",
                                            (unsigned long long)entry->seq));
        fen_totals_add(&audit->totals, entry);
        if (audit->ledger.file == NULL)
            continue;
        fen_buffer_clear(&audit->line);
        fen_json_encode_entry(entry, &audit->line);
        fen_buffer_append_byte(&audit->line, '\n');
        fen_output_write(&audit->ledger, &audit->line);
    }
}

static void read_lane_record(struct fen_audit *audit, const struct fen_message *message)
{
    struct fen_lane_state state;
    fen_arena_reset(audit->scratch);
    if (message->partition >= audit->partition_count
        || !fen_lane_record_decode(audit->wire, message->value, audit->scratch, &state))
        return;
    if (message->topic == FEN_TOPIC_ACCOUNTS)
        audit->versions[message->partition] = state.version;
    fen_audit_channels_read_lane(audit, message, &state);
}

static struct fen_state_table *table_of(const struct fen_audit *audit, enum fen_topic topic)
{
    if (topic == FEN_TOPIC_ACCOUNTS)
        return audit->account_table;
    if (topic == FEN_TOPIC_ORDER_STATE)
        return audit->order_table;
    FEN_ASSERT(topic == FEN_TOPIC_CUSTOMER_STATE || topic == FEN_TOPIC_TASK_STATE);
    return topic == FEN_TOPIC_CUSTOMER_STATE ? audit->customer_table : audit->task_table;
}

/* The newest record of a key holds; a lane's own record is kept apart. */
static void read_state_record(struct fen_audit *audit, const struct fen_message *message)
{
    struct fen_state_table *table = table_of(audit, message->topic);
    struct fen_str tenant;
    struct fen_str id;
    if (!fen_str_split(message->key, &tenant, &id))
        fen_audit_note(audit, message->key, "key", FEN_STR("tenant/id"), message->key);
    else if (tenant.size == 0)
        read_lane_record(audit, message);
    else
        fen_state_table_set(table, fen_state_table_insert(table, tenant, id), message->value);
}

void fen_audit_take(struct fen_audit *audit, const struct fen_message *message)
{
    if (message->topic == FEN_TOPIC_LEDGER)
        read_ledger_record(audit, message);
    else if (message->topic == FEN_TOPIC_POSTINGS)
        fen_audit_channels_read(audit, message);
    else if (message->topic == FEN_TOPIC_DEAD_LETTERS)
        audit->dead_letter_count++;
    else
        read_state_record(audit, message);
}

static bool take(void *context, const struct fen_message *message)
{
    fen_audit_take(context, message);
    return true;
}

/* Take a topic's records; of an input topic only find out how many there are. */
static enum fen_exit read_topic(struct fen_audit *audit, enum fen_topic topic)
{
    struct fen_buffer reason = {0};
    struct fen_topic_reader *reader = fen_topic_reader_create(
        &(struct fen_topic_reader_options){
            .config = audit->kafka,
            .topic = topic,
            .partition = -1,
            .start = FEN_TOPIC_START_BEGINNING,
        },
        &reason);
    enum fen_exit result = FEN_EXIT_OK;
    if (reader != NULL)
        audit->spans[topic] = fen_topic_reader_span(reader);
    if (reader != NULL && topic == FEN_TOPIC_ACCOUNTS)
        fen_audit_set_partitions(audit, fen_topic_reader_partition_count(reader));
    if (reader == NULL
        || (!fen_topic_info(topic)->is_input
            && !fen_topic_reader_visit(reader, STALL_MS, take, audit, &reason)))
        result = fen_kafka_unavailable(audit->kafka, &reason);
    fen_topic_reader_destroy(reader);
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_audit_read(struct fen_audit *audit)
{
    /* Accounts before the other states: of them come the partitions. */
    static const enum fen_topic topics[] = {
        FEN_TOPIC_DEAD_LETTERS,   FEN_TOPIC_LEDGER,     FEN_TOPIC_ACCOUNTS, FEN_TOPIC_ORDER_STATE,
        FEN_TOPIC_CUSTOMER_STATE, FEN_TOPIC_TASK_STATE, FEN_TOPIC_POSTINGS};
    enum fen_exit result = FEN_EXIT_OK;
    for (int topic = 0; topic < FEN_TOPIC_COUNT && result == FEN_EXIT_OK; topic++) {
        if (fen_topic_info((enum fen_topic)topic)->is_input)
            result = read_topic(audit, (enum fen_topic)topic);
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics && result == FEN_EXIT_OK; i++)
        result = read_topic(audit, topics[i]);
    return result;
}
