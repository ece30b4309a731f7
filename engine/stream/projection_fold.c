/* projection_fold: see projection_fold.h. */
#include "stream/projection_fold.h"

#include "wire/account_record.h"
#include "wire/lane_state.h"
#include "wire/ledger_record.h"

void fen_projection_fold_init(struct fen_projection_fold *fold)
{
    fold->slab = fen_slab_create();
    fold->accounts = fen_state_table_create(fold->slab);
    fold->version = 0;
}

void fen_projection_fold_deinit(struct fen_projection_fold *fold)
{
    fen_state_table_destroy(fold->accounts);
    fen_slab_destroy(fold->slab);
}

/* The newest record of a key holds; a tombstone removes. */
static bool take_account(struct fen_projection_fold *fold, const struct fen_message *message)
{
    struct fen_str tenant, payee;
    if (fen_str_equal(message->key, FEN_LANE_STATE_KEY)) {
        struct fen_lane_state state;
        if (!fen_lane_record_decode(fold->wire, message->value, fold->arena, &state))
            return false;
        fold->version = state.version;
        return true;
    }
    if (!fen_account_key_split(message->key, &tenant, &payee))
        return false;
    uint32_t slot = fen_state_table_insert(fold->accounts, tenant, payee);
    fen_state_table_set(fold->accounts, slot, message->value);
    return true;
}

static bool take_ledger_record(struct fen_projection_fold *fold, const struct fen_message *message)
{
    struct fen_ledger_record record;
    if (!fen_str_is_set(message->value) ||
        !fen_ledger_record_decode(fold->wire, message->key, message->value, fold->arena, &record))
        return false;
    if (record.entry_count == 0)
        return true;
    const struct fen_entry *last = &record.entries[record.entry_count - 1];
    fold->visitor->record(fold->visitor->context, last->tenant, last->key.payee, last->seq,
                          record.entry_count, message->value);
    return true;
}

bool fen_projection_fold_take(struct fen_projection_fold *fold, const struct fen_message *message)
{
    fen_arena_reset(fold->arena);
    return message->topic == FEN_TOPIC_ACCOUNTS ? take_account(fold, message)
                                                : take_ledger_record(fold, message);
}

bool fen_projection_fold_visit(struct fen_projection_fold *fold, struct fen_str *key_out)
{
    uint32_t slot_count = fen_state_table_slot_count(fold->accounts);
    for (uint32_t slot = 1; slot <= slot_count; slot++) {
        struct fen_str value = fen_state_table_value(fold->accounts, slot);
        struct fen_account account;
        if (!fen_str_is_set(value))
            continue;
        *key_out = fen_state_table_key(fold->accounts, slot);
        fen_arena_reset(fold->arena);
        if (!fen_account_record_decode(fold->wire, *key_out, value, fold->arena, &account))
            return false;
        struct fen_str store =
            fold->org == NULL ? FEN_STR_NONE
                              : fen_org_payee_store(fold->org, account.tenant, account.payee);
        fold->visitor->account(fold->visitor->context, &account, store);
    }
    return true;
}
