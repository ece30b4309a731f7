/* post_records: see post_records.h. */
#include "lib/post_records.h"

#include "model/account.h"
#include "wire/json.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

static int64_t amount_of(const char *payee, uint64_t seq)
{
    return (int64_t)(100 * seq) + payee[0];
}

static struct fen_message message_of(struct fen_arena *arena, enum fen_topic topic,
                                     uint32_t partition, struct fen_str key,
                                     struct fen_buffer *value)
{
    struct fen_message message = {.topic = topic,
                                  .partition = partition,
                                  .timestamp_ms = -1,
                                  .key = key,
                                  .value = fen_arena_copy(arena, fen_buffer_str(value))};
    fen_buffer_deinit(value);
    return message;
}

static void encode(enum fen_wire wire, const struct fen_schema *schema, const void *record,
                   struct fen_buffer *out)
{
    if (wire == FEN_WIRE_JSON)
        fen_json_encode(schema, record, out);
    else
        fen_record_encode(schema, record, out);
}

struct fen_message post_account(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                                const char *payee, uint64_t seq)
{
    struct fen_account account;
    struct fen_buffer value = {0};
    fen_record_clear(&fen_account_schema, &account);
    account.seq = seq;
    account.balance_fen = amount_of(payee, seq);
    encode(wire, &fen_account_schema, &account, &value);
    return message_of(arena, FEN_TOPIC_ACCOUNTS, partition,
                      fen_arena_format(arena, "t/%s", payee), &value);
}

struct fen_message post_lane(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                             uint64_t version)
{
    return post_lane_of(arena, wire, partition, version, 0, 0);
}

struct fen_message post_lane_of(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                                uint64_t version, uint32_t format, uint32_t partition_count)
{
    struct fen_lane_state state;
    struct fen_buffer value = {0};
    fen_record_clear(&fen_lane_state_schema, &state);
    state.version = version;
    state.format = format;
    state.partition_count = partition_count;
    encode(wire, &fen_lane_state_schema, &state, &value);
    return message_of(arena, FEN_TOPIC_ACCOUNTS, partition, FEN_LANE_STATE_KEY, &value);
}

struct fen_message post_ledger(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                               const char *payee, uint64_t first, uint64_t last)
{
    uint32_t count = (uint32_t)(last - first + 1);
    struct fen_entry *entries = fen_arena_allocate(arena, count * sizeof *entries);
    struct fen_buffer value = {0};
    for (uint32_t index = 0; index < count; index++) {
        struct fen_entry *entry = &entries[index];
        fen_record_clear(&fen_entry_schema, entry);
        entry->tenant = FEN_STR("t");
        entry->key.payee = fen_str_from(payee);
        entry->key.funder = FEN_STR("hq");
        entry->key.role = FEN_ROLE_MANUAL;
        entry->subject = FEN_STR("adjustment:a");
        entry->kind = FEN_KIND_MANUAL;
        entry->seq = first + index;
        entry->amount_fen = 100;
        entry->balance_fen = amount_of(payee, entry->seq);
        entry->event = FEN_STR("e");
    }
    struct fen_ledger_record record = {.seq_first = first,
                                       .balance_fen = amount_of(payee, last),
                                       .entries = entries,
                                       .entry_count = count};
    fen_ledger_record_encode(wire, &record, &value);
    return message_of(arena, FEN_TOPIC_LEDGER, partition,
                      fen_arena_format(arena, "t/%s", payee), &value);
}

const char *projection_text(struct fen_arena *arena, const struct fen_projection *projection)
{
    struct fen_str text =
        fen_arena_format(arena, "%u>%u", (unsigned)projection->version_from,
                         (unsigned)projection->version_to);
    for (uint32_t index = 0; index < projection->payee_count; index++) {
        const struct fen_payee_change *payee = &projection->payees[index];
        const struct fen_account *account = payee->account;
        FEN_ASSERT(fen_str_equal(account->tenant, FEN_STR("t")));
        FEN_ASSERT(account->balance_fen == amount_of(account->payee.data, account->seq));
        text = fen_arena_format(arena, "%.*s %.*s", FEN_STR_ARG(text),
                                FEN_STR_ARG(account->payee));
        if (payee->entry_count > 0) {
            const struct fen_entry *last = &payee->entries[payee->entry_count - 1];
            FEN_ASSERT(last->seq == account->seq && last->balance_fen == account->balance_fen);
            text = fen_arena_format(arena, "%.*s%u-", FEN_STR_ARG(text),
                                    (unsigned)payee->entries[0].seq);
        }
        text = fen_arena_format(arena, "%.*s%u", FEN_STR_ARG(text), (unsigned)account->seq);
    }
    return text.data;
}
