/* audit_read: topics into tables and the fold. */
#include <stdlib.h>

#include "cli/audit.h"
#include "cli/kafka_options.h"
#include "cli/topic_reader.h"
#include "wire/json.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

#define STALL_MS 30000

static bool read_ledger_record(void *context, const struct fen_message *message)
{
    struct fen_audit *audit = context;
    struct fen_ledger_record record;
    fen_arena_reset(audit->scratch);
    audit->ledger_record_count++;
    if (!fen_ledger_record_decode(audit->wire, message->key, message->value, audit->scratch,
                                  &record)) {
        fen_audit_note(audit, message->key, "ledger record",
                       FEN_STR("a record that can be read (is --wire right?)"), FEN_STR_NONE);
        return true;
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
    return true;
}

static void read_lane_record(struct fen_audit *audit, const struct fen_message *message)
{
    struct fen_lane_state state;
    fen_arena_reset(audit->scratch);
    enum fen_record_status status =
        audit->wire == FEN_WIRE_JSON
            ? fen_json_decode(&fen_lane_state_schema, message->value, audit->scratch, &state, NULL)
            : fen_record_decode(&fen_lane_state_schema, message->value, audit->scratch, &state,
                                NULL);
    if (status != FEN_RECORD_OK || message->topic != FEN_TOPIC_ACCOUNTS)
        return;
    if (message->partition < audit->partition_count)
        audit->versions[message->partition] = state.version;
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
static bool read_state_record(void *context, const struct fen_message *message)
{
    struct fen_audit *audit = context;
    struct fen_state_table *table = table_of(audit, message->topic);
    struct fen_str tenant;
    struct fen_str id;
    if (!fen_str_split(message->key, &tenant, &id))
        fen_audit_note(audit, message->key, "key", FEN_STR("tenant/id"), message->key);
    else if (tenant.size == 0)
        read_lane_record(audit, message);
    else
        fen_state_table_set(table, fen_state_table_insert(table, tenant, id), message->value);
    return true;
}

static bool count_record(void *context, const struct fen_message *message)
{
    uint64_t *count = context;
    (void)message;
    (*count)++;
    return true;
}

/* Visit a topic's records; without `visit`, only find out how many there are. */
static enum fen_exit visit_topic(struct fen_audit *audit, enum fen_topic topic,
                                 bool (*visit)(void *context, const struct fen_message *message),
                                 void *context)
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
    if (reader != NULL && topic == FEN_TOPIC_ACCOUNTS) {
        audit->partition_count = fen_topic_reader_partition_count(reader);
        audit->versions = calloc(audit->partition_count, sizeof *audit->versions);
        FEN_ASSERT(audit->versions != NULL);
    }
    if (reader == NULL
        || (visit != NULL
            && !fen_topic_reader_visit(reader, STALL_MS, visit, context, &reason)))
        result = fen_kafka_unavailable(audit->kafka, &reason);
    fen_topic_reader_destroy(reader);
    fen_buffer_deinit(&reason);
    return result;
}

enum fen_exit fen_audit_read(struct fen_audit *audit)
{
    static const enum fen_topic states[] = {FEN_TOPIC_ACCOUNTS, FEN_TOPIC_ORDER_STATE,
                                            FEN_TOPIC_CUSTOMER_STATE, FEN_TOPIC_TASK_STATE};
    enum fen_exit result = FEN_EXIT_OK;
    for (int topic = 0; topic < FEN_TOPIC_COUNT && result == FEN_EXIT_OK; topic++) {
        if (fen_topic_info((enum fen_topic)topic)->is_input)
            result = visit_topic(audit, (enum fen_topic)topic, NULL, NULL);
    }
    if (result == FEN_EXIT_OK)
        result = visit_topic(audit, FEN_TOPIC_DEAD_LETTERS, count_record,
                             &audit->dead_letter_count);
    if (result == FEN_EXIT_OK)
        result = visit_topic(audit, FEN_TOPIC_LEDGER, read_ledger_record, audit);
    for (size_t i = 0; i < sizeof states / sizeof *states && result == FEN_EXIT_OK; i++)
        result = visit_topic(audit, states[i], read_state_record, audit);
    return result;
}
