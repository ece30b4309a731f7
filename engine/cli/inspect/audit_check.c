/* audit_check: accounts, states and Redis held to the fold of the ledger. */
#include "cli/text/account_list.h"
#include "cli/inspect/audit.h"
#include "cli/options/language.h"
#include "model/customer.h"
#include "model/period.h"
#include "model/task.h"
#include "redis/verify.h"
#include "wire/json.h"
#include "wire/record_form.h"

void fen_audit_note(struct fen_audit *audit, struct fen_str key, const char *field,
                    struct fen_str expected, struct fen_str found)
{
    audit->difference_count++;
    if (audit->difference_told == FEN_AUDIT_DIFFERENCES_TOLD)
        return;
    struct fen_audit_difference difference = {
        .key = fen_arena_copy(audit->arena, key),
        .field = fen_arena_copy(audit->arena, fen_str_from(field)),
        .expected = fen_arena_copy(audit->arena, expected),
        .found = fen_arena_copy(audit->arena, found),
    };
    FEN_ARENA_PUSH(audit->arena, audit->differences, audit->difference_told,
                   audit->difference_capacity, difference);
}

static void note_amounts(struct fen_audit *audit, struct fen_str key, const char *field,
                         fen_int128 expected_fen, fen_int128 found_fen)
{
    char expected[FEN_MONEY_TEXT_BYTES], found[FEN_MONEY_TEXT_BYTES];
    if (expected_fen != found_fen)
        fen_audit_note(audit, key, field, fen_str_from(fen_sum_format(expected_fen, expected)),
                       fen_str_from(fen_sum_format(found_fen, found)));
}

/* A state record, decoded into the scratch arena; NULL, noted, when it cannot be read. */
static void *decode(struct fen_audit *audit, const struct fen_schema *schema, struct fen_str key,
                    struct fen_str value)
{
    void *message = fen_arena_allocate(audit->scratch, schema->size_bytes);
    if (fen_record_form_decode(audit->wire, schema, value, audit->scratch, message))
        return message;
    fen_audit_note(audit, key, "state record",
                   FEN_STR("a record that can be read (is --wire right?)"), FEN_STR_NONE);
    return NULL;
}

/* The tenant and the id of a table's key, which always has a slash. */
static struct fen_str tenant_of(struct fen_str key)
{
    struct fen_str tenant, id;
    bool has_parts = fen_str_split(key, &tenant, &id);
    FEN_ASSERT(has_parts);
    return tenant;
}

static struct fen_str id_of(struct fen_str key)
{
    struct fen_str tenant, id;
    bool has_parts = fen_str_split(key, &tenant, &id);
    FEN_ASSERT(has_parts);
    return id;
}

static void add_posted(struct fen_audit *audit, struct fen_str tenant,
                       const struct fen_posted *posted, uint32_t posted_count)
{
    for (uint32_t i = 0; i < posted_count; i++) {
        audit->posted_fen += posted[i].amount_fen;
        if (posted[i].amount_fen != 0)
            fen_ledger_fold_insert(audit->fold, tenant, posted[i].key.payee)->posted_fen +=
                posted[i].amount_fen;
    }
}

/* Of tasks only the guides' records say what was posted. */
static void add_task_states(struct fen_audit *audit)
{
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(audit->task_table); slot++) {
        struct fen_str value = fen_state_table_value(audit->task_table, slot);
        struct fen_str key = fen_state_table_key(audit->task_table, slot);
        const struct fen_schema *schema = fen_task_record_schema(key);
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(audit->scratch);
        const void *record = decode(audit, schema, key, value);
        const struct fen_task_guide *guide = schema == &fen_task_guide_schema ? record : NULL;
        if (guide != NULL)
            add_posted(audit, tenant_of(key), guide->posted, guide->posted_count);
    }
}

static void add_states(struct fen_audit *audit)
{
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(audit->order_table); slot++) {
        struct fen_str value = fen_state_table_value(audit->order_table, slot);
        struct fen_str key = fen_state_table_key(audit->order_table, slot);
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(audit->scratch);
        const struct fen_order *order = decode(audit, &fen_order_schema, key, value);
        audit->order_count++;
        if (order == NULL)
            continue;
        add_posted(audit, tenant_of(key), order->posted, order->posted_count);
    }
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(audit->customer_table); slot++) {
        struct fen_str value = fen_state_table_value(audit->customer_table, slot);
        struct fen_str key = fen_state_table_key(audit->customer_table, slot);
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(audit->scratch);
        const struct fen_customer *customer = decode(audit, &fen_customer_schema, key, value);
        if (customer != NULL)
            add_posted(audit, tenant_of(key), customer->posted, customer->posted_count);
    }
    add_task_states(audit);
}

/* What each funder owes the payee for each period. */
static void compare_funders(struct fen_audit *audit, struct fen_str key,
                            const struct fen_account *expected, const struct fen_account *account)
{
    struct fen_account_funder owed, found;
    char period[FEN_DATE_TEXT_BYTES];
    if (!fen_ledger_fold_funder_differs(expected, account, &owed, &found))
        return;
    fen_period_format(owed.period, period);
    struct fen_str field = fen_arena_format(audit->scratch, "funder %.*s %s",
                                            FEN_STR_ARG(owed.funder), period);
    note_amounts(audit, key, field.data, owed.amount_fen, found.amount_fen);
}

/* The bases behind the amounts; both have the same (period, role) in the same order. */
static void compare_bases(struct fen_audit *audit, struct fen_str key,
                          const struct fen_account *expected, const struct fen_account *account)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < expected->sum_count; i++) {
        const struct fen_account_sum *sum = &expected->sums[i];
        char period[FEN_DATE_TEXT_BYTES];
        fen_int128 base_fen = 0;
        while (at < account->sum_count && account->sums[at].period == sum->period
               && account->sums[at].role == sum->role)
            base_fen += account->sums[at++].base_fen;
        if (base_fen == sum->base_fen)
            continue;
        fen_period_format(sum->period, period);
        note_amounts(audit, key,
                     fen_arena_format(audit->scratch, "base of %s %s", period,
                                      fen_role_name(sum->role)).data,
                     sum->base_fen, base_fen);
    }
}

/* Seq, balance, sums and dates, in the form in which everybody sees them. */
static void compare_account(struct fen_audit *audit, struct fen_str key,
                            const struct fen_account *account)
{
    const struct fen_folded *folded =
        fen_ledger_fold_find(audit->fold, account->tenant, account->payee);
    struct fen_account nobody = {.tenant = account->tenant, .payee = account->payee};
    const struct fen_account *expected = folded == NULL ? &nobody : &folded->account;
    struct fen_buffer found = {0};
    note_amounts(audit, key, "seq", (int64_t)expected->seq, (int64_t)account->seq);
    note_amounts(audit, key, "balance", expected->balance_fen, account->balance_fen);
    fen_buffer_clear(&audit->line);
    fen_json_encode_account(expected, &audit->line);
    fen_json_encode_account(account, &found);
    if (fen_str_equal(fen_buffer_str(&audit->line), fen_buffer_str(&found)))
        compare_bases(audit, key, expected, account);
    else if (expected->seq == account->seq && expected->balance_fen == account->balance_fen)
        fen_audit_note(audit, key, "account", fen_buffer_str(&audit->line),
                       fen_buffer_str(&found));
    fen_buffer_deinit(&found);
    compare_funders(audit, key, expected, account);
}

static void check_account(struct fen_audit *audit, struct fen_str key, struct fen_account *account,
                          struct fen_account_list *list)
{
    fen_int128 funders_fen = 0;
    account->tenant = tenant_of(key);
    account->payee = id_of(key);
    compare_account(audit, key, account);
    for (uint32_t i = 0; i < account->funder_count; i++)
        funders_fen += account->funders[i].amount_fen;
    note_amounts(audit, key, "funders", account->balance_fen, funders_fen);
    note_amounts(audit, key, "differences beyond its range", 0, (int64_t)account->refused_count);
    for (uint32_t i = 0; i < account->manual_count; i++)
        add_posted(audit, account->tenant, account->manuals[i].posted,
                   account->manuals[i].posted_count);
    struct fen_folded *folded =
        fen_ledger_fold_insert(audit->fold, account->tenant, account->payee);
    folded->is_seen = true;
    for (uint32_t i = 0; i < account->period_posted_count; i++) {
        audit->posted_fen += account->period_posted[i].amount_fen;
        folded->posted_fen += account->period_posted[i].amount_fen;
    }
    audit->account_count += account->seq > 0;
    audit->accounts_fen += account->balance_fen;
    audit->funders_fen += funders_fen;
    fen_account_list_add(list, account);
}

static void check_accounts(struct fen_audit *audit)
{
    struct fen_account_list *list = fen_account_list_create();
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(audit->account_table); slot++) {
        struct fen_str value = fen_state_table_value(audit->account_table, slot);
        struct fen_str key = fen_state_table_key(audit->account_table, slot);
        if (!fen_str_is_set(value))
            continue;
        fen_arena_reset(audit->scratch);
        struct fen_account *account = decode(audit, &fen_account_schema, key, value);
        if (account != NULL)
            check_account(audit, key, account, list);
    }
    fen_account_list_write(list, &audit->accounts);
    fen_account_list_destroy(list);
}

/* Every payee of the ledger has an account, and what states say was posted to it is its balance. */
static void check_payees(struct fen_audit *audit)
{
    for (uint32_t i = 0; i < fen_ledger_fold_count(audit->fold); i++) {
        const struct fen_folded *folded = fen_ledger_fold_at(audit->fold, i);
        fen_arena_reset(audit->scratch);
        struct fen_str key =
            fen_arena_format(audit->scratch, "%.*s/%.*s", FEN_STR_ARG(folded->account.tenant),
                             FEN_STR_ARG(folded->account.payee));
        if (!folded->is_seen && folded->account.seq > 0)
            fen_audit_note(audit, key, "account", FEN_STR("an account"), FEN_STR_NONE);
        note_amounts(audit, key, "posted by states", folded->account.balance_fen,
                     folded->posted_fen);
    }
}

static void note_redis(void *context, const struct fen_difference *difference)
{
    struct fen_audit *audit = context;
    struct fen_str key =
        fen_arena_format(audit->arena, "%.*s/%.*s", FEN_STR_ARG(difference->tenant),
                         FEN_STR_ARG(difference->payee));
    struct fen_str field =
        fen_arena_format(audit->arena, "Redis %.*s", FEN_STR_ARG(difference->field));
    fen_audit_note(audit, key, field.data, difference->expected, difference->found);
}

/* Compare the accounts from slot `from` on, as many as one call takes; the next slot. */
static bool check_redis_chunk(struct fen_audit *audit, struct fen_verify *verify, uint32_t *slot,
                              struct fen_buffer *reason)
{
    struct fen_account accounts[FEN_VERIFY_ACCOUNT_COUNT_MAX];
    uint32_t count = 0;
    uint64_t different;
    struct fen_verify_report report = {audit, note_redis};
    fen_arena_reset(audit->scratch);
    for (; *slot <= fen_state_table_slot_count(audit->account_table)
           && count < FEN_VERIFY_ACCOUNT_COUNT_MAX;
         (*slot)++) {
        struct fen_str value = fen_state_table_value(audit->account_table, *slot);
        struct fen_str key = fen_state_table_key(audit->account_table, *slot);
        struct fen_account *account =
            fen_str_is_set(value) ? decode(audit, &fen_account_schema, key, value) : NULL;
        if (account == NULL || account->seq == 0)
            continue;
        accounts[count] = *account;
        accounts[count].tenant = tenant_of(key);
        accounts[count++].payee = id_of(key);
    }
    return count == 0
           || fen_verify_accounts(verify, accounts, count, &report, &different, reason);
}

static bool check_fences(struct fen_audit *audit, struct fen_verify *verify,
                         struct fen_buffer *reason)
{
    for (uint32_t p = 0; p < audit->partition_count; p++) {
        bool is_there;
        if (audit->versions[p] == 0)
            continue;
        if (!fen_verify_fence(verify, p, audit->versions[p], &is_there, reason))
            return false;
        if (!is_there)
            fen_audit_note(audit, fen_arena_format(audit->arena, "partition %u", p), "Redis fence",
                           fen_arena_format(audit->arena, "%llu",
                                            (unsigned long long)audit->versions[p]),
                           FEN_STR_NONE);
    }
    return true;
}

static bool check_redis_with(struct fen_audit *audit, struct fen_verify *verify,
                             struct fen_buffer *reason)
{
    if (!check_fences(audit, verify, reason))
        return false;
    for (uint32_t slot = 1; slot <= fen_state_table_slot_count(audit->account_table);) {
        if (!check_redis_chunk(audit, verify, &slot, reason))
            return false;
    }
    if (!fen_verify_count(verify, &audit->redis_count, reason))
        return false;
    note_amounts(audit, FEN_STR("accounts"), "Redis count", (int64_t)audit->account_count,
                 (int64_t)audit->redis_count);
    return true;
}

static enum fen_exit check_redis(struct fen_audit *audit)
{
    if (audit->redis_address == NULL)
        return FEN_EXIT_OK;
    struct fen_buffer reason = {0};
    struct fen_verify *verify = fen_verify_open(
        &(struct fen_verify_options){
            .connection = {.address = audit->redis_address},
            .partition_count = audit->partition_count,
        },
        &reason);
    audit->is_redis_compared = verify != NULL && check_redis_with(audit, verify, &reason);
    if (!audit->is_redis_compared)
        fen_say("Redis at %s: %.*s\n  Is it running, and is --redis its address? --no-redis leaves "
                "it out.",
                "Redis %s：%.*s\n  请确认已启动、--redis 地址正确；--no-redis 可跳过比对。",
                audit->redis_address, FEN_STR_ARG(fen_buffer_str(&reason)));
    fen_verify_close(verify);
    fen_buffer_deinit(&reason);
    return audit->is_redis_compared ? FEN_EXIT_OK : FEN_EXIT_UNAVAILABLE;
}

enum fen_exit fen_audit_check(struct fen_audit *audit)
{
    add_states(audit);
    check_accounts(audit);
    check_payees(audit);
    fen_audit_channels_check(audit);
    note_amounts(audit, FEN_STR("all accounts"), "sum", audit->totals.amount_fen,
                 audit->accounts_fen);
    return check_redis(audit);
}
