/* payload: see the header. */
#include "cli/text/payload.h"

#include "base/utf8.h"
#include "model/account.h"
#include "model/customer.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "wire/json.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"
#include "wire/record_form.h"

static void append_entries(const struct fen_entry *entries, uint32_t count, struct fen_buffer *out)
{
    fen_buffer_append_str(out, FEN_STR("\"entries\":["));
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            fen_buffer_append_byte(out, ',');
        fen_json_encode_entry(&entries[i], out);
    }
    fen_buffer_append_str(out, FEN_STR("]}"));
}

static bool append_ledger(const struct fen_message *message, enum fen_wire wire,
                          struct fen_arena *scratch, struct fen_buffer *out)
{
    struct fen_ledger_record record;
    if (!fen_ledger_record_decode(wire, message->key, message->value, scratch, &record))
        return false;
    fen_buffer_append_format(out, "{\"seq_first\":%llu,\"balance\":%lld,",
                             (unsigned long long)record.seq_first, (long long)record.balance_fen);
    append_entries(record.entries, record.entry_count, out);
    return true;
}

static bool append_posting(const struct fen_message *message, enum fen_wire wire,
                           struct fen_arena *scratch, struct fen_buffer *out)
{
    struct fen_posting_record record;
    if (!fen_posting_record_decode(wire, message->value, scratch, &record))
        return false;
    fen_buffer_append_format(out, "{\"from_partition\":%u,\"number\":%llu,",
                             record.from_partition, (unsigned long long)record.number);
    append_entries(record.entries, record.entry_count, out);
    return true;
}

static bool append_by_schema(const struct fen_schema *schema, const struct fen_message *message,
                             enum fen_wire wire, struct fen_arena *scratch, struct fen_buffer *out)
{
    void *record = fen_arena_allocate(scratch, schema->size_bytes);
    if (!fen_record_form_decode(wire, schema, message->value, scratch, record))
        return false;
    fen_json_encode(schema, record, out);
    return true;
}

static bool append_decoded(const struct fen_message *message, enum fen_wire wire,
                           struct fen_arena *scratch, struct fen_buffer *out)
{
    bool is_lane = fen_str_equal(message->key, FEN_STR("/lane"));
    switch (message->topic) {
    case FEN_TOPIC_ORDER_EVENTS:
    case FEN_TOPIC_TOUCH_EVENTS:
    case FEN_TOPIC_CUSTOMER_EVENTS:
    case FEN_TOPIC_TASK_EVENTS:
    case FEN_TOPIC_PAYEE_EVENTS:
    case FEN_TOPIC_ORG_EVENTS:
    case FEN_TOPIC_PLANS:
        return append_by_schema(&fen_event_schema, message, wire, scratch, out);
    case FEN_TOPIC_POSTINGS:
        return append_posting(message, wire, scratch, out);
    case FEN_TOPIC_LEDGER:
        return append_ledger(message, wire, scratch, out);
    case FEN_TOPIC_ACCOUNTS:
        return append_by_schema(is_lane ? &fen_lane_state_schema : &fen_account_schema, message,
                                wire, scratch, out);
    case FEN_TOPIC_ORDER_STATE:
        return append_by_schema(&fen_order_schema, message, wire, scratch, out);
    case FEN_TOPIC_CUSTOMER_STATE:
        return append_by_schema(is_lane ? &fen_lane_state_schema : &fen_customer_schema, message,
                                wire, scratch, out);
    case FEN_TOPIC_TASK_STATE:
        return append_by_schema(fen_task_record_schema(message->key), message, wire, scratch, out);
    case FEN_TOPIC_DEAD_LETTERS:
    case FEN_TOPIC_COUNT:
        return false;
    }
    return false;
}

void fen_payload_append(const struct fen_message *message, enum fen_wire wire,
                        struct fen_arena *scratch, struct fen_buffer *out)
{
    if (!fen_str_is_set(message->value)) {
        fen_buffer_append_str(out, FEN_STR("\"payload\":null"));
        return;
    }
    size_t size_bytes = out->size_bytes;
    fen_buffer_append_str(out, FEN_STR("\"payload\":"));
    if (append_decoded(message, wire, scratch, out))
        return;
    out->size_bytes = size_bytes;
    if (fen_utf8_is_valid(message->value.data, message->value.size)) {
        fen_buffer_append_str(out, FEN_STR("\"payload\":"));
        fen_json_append_text(out, message->value);
        return;
    }
    fen_buffer_append_str(out, FEN_STR("\"payload_hex\":\""));
    for (uint32_t i = 0; i < message->value.size; i++)
        fen_buffer_append_format(out, "%02x", (unsigned char)message->value.data[i]);
    fen_buffer_append_byte(out, '"');
}
