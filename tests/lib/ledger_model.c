/* ledger_model: see ledger_model.h. */
#include "lib/ledger_model.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/period.h"
#include "redis/verify.h"
#include "wire/ledger_record.h"
#include "wire/topic.h"

#define ENTRY_COUNT_MAX 100000u
#define SUM_COUNT_MAX 64u
#define DATE_COUNT_MAX 128u
#define BATCH_ENTRY_COUNT_MAX 4096u

struct payee {
    char name[32];
    char store[16];
    uint32_t partition;
    struct fen_account account;
    struct fen_account_sum sums[SUM_COUNT_MAX];
    struct fen_account_date dates[DATE_COUNT_MAX];
    struct fen_entry batch[BATCH_ENTRY_COUNT_MAX]; /* of the last batch */
    uint32_t batch_count;
};

struct ledger_model {
    pthread_mutex_t lock;
    uint64_t random;
    struct payee payees[MODEL_PAYEE_COUNT];
    uint64_t versions[MODEL_PARTITION_COUNT];
    struct fen_entry entries[ENTRY_COUNT_MAX]; /* the ledger */
    uint32_t entry_count;
    bool is_failing;
};

/* splitmix64: the seed alone decides the run. */
static uint64_t draw(struct ledger_model *model, uint64_t below)
{
    uint64_t value = model->random += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return (value ^ value >> 31) % below;
}

struct ledger_model *ledger_model_create(uint64_t seed)
{
    struct ledger_model *model = calloc(1, sizeof *model);
    FEN_ASSERT(model != NULL);
    pthread_mutex_init(&model->lock, NULL);
    model->random = seed;
    for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++) {
        struct payee *payee = &model->payees[index];
        struct fen_buffer key = {0};
        bool is_guide = index % 4 != 0;
        snprintf(payee->name, sizeof payee->name, is_guide ? "guide:G%u" : "store:S%u", index);
        snprintf(payee->store, sizeof payee->store, "S%u", index % 5);
        fen_buffer_append_format(&key, "default/%s", payee->name);
        payee->partition = fen_topic_partition(fen_buffer_str(&key), MODEL_PARTITION_COUNT);
        fen_buffer_deinit(&key);
        payee->account = (struct fen_account){.tenant = FEN_STR("default"),
                                              .payee = fen_str_from(payee->name),
                                              .sums = payee->sums,
                                              .dates = payee->dates};
    }
    return model;
}

void ledger_model_destroy(struct ledger_model *model)
{
    pthread_mutex_destroy(&model->lock);
    free(model);
}

static struct fen_str store_of(const struct payee *payee)
{
    bool is_guide = strncmp(payee->name, "guide:", 6) == 0;
    return is_guide && payee->store[0] != '\0' ? fen_str_from(payee->store) : FEN_STR_NONE;
}

/* Add to the sum of (period, role), sorted, as post does. */
static void add_sum(struct fen_account *account, const struct fen_entry *entry)
{
    uint32_t index = 0;
    while (index < account->sum_count &&
           (account->sums[index].period < entry->key.period ||
            (account->sums[index].period == entry->key.period &&
             account->sums[index].role < entry->key.role)))
        index++;
    struct fen_account_sum *sum = &account->sums[index];
    if (index == account->sum_count || sum->period != entry->key.period ||
        sum->role != entry->key.role) {
        FEN_ASSERT(account->sum_count < SUM_COUNT_MAX);
        memmove(sum + 1, sum, (account->sum_count++ - index) * sizeof *sum);
        *sum = (struct fen_account_sum){.period = entry->key.period, .role = entry->key.role};
    }
    sum->amount_fen += entry->amount_fen;
}

/* Likewise for dates, which vanish at zero. */
static void add_date(struct fen_account *account, const struct fen_entry *entry)
{
    uint32_t index = 0;
    while (index < account->date_count &&
           account->dates[index].date < entry->key.available_date)
        index++;
    struct fen_account_date *date = &account->dates[index];
    if (index == account->date_count || date->date != entry->key.available_date) {
        FEN_ASSERT(account->date_count < DATE_COUNT_MAX);
        memmove(date + 1, date, (account->date_count++ - index) * sizeof *date);
        *date = (struct fen_account_date){entry->key.available_date, 0};
    }
    date->amount_fen += entry->amount_fen;
    if (date->amount_fen == 0)
        memmove(date, date + 1, (--account->date_count - index) * sizeof *date);
}

static void post_entry(struct ledger_model *model, struct payee *payee)
{
    static const enum fen_role roles[] = {FEN_ROLE_SHARE, FEN_ROLE_SERVE, FEN_ROLE_BIND,
                                          FEN_ROLE_PAYOUT};
    struct fen_account *account = &payee->account;
    uint64_t date = draw(model, 6);
    struct fen_entry entry = {
        .tenant = account->tenant,
        .key = {.payee = account->payee,
                .funder = FEN_STR("brand:L"),
                .rule = FEN_STR("美妆分享"),
                .role = roles[draw(model, 4)],
                .period = 2026 * 12 + (int32_t)draw(model, 4),
                .available_date = date == 0 ? FEN_DATE_NONE : 20500 + (int32_t)date},
        .subject = FEN_STR("order:O\"1"),
        .kind = FEN_KIND_ACCRUAL,
        /* Small, and of both signs: dates often come back to zero. */
        .amount_fen = (int64_t)draw(model, 5) - 2,
        .rate_ppm = 45000,
        .earned_ms = 1790000000000,
        .event = FEN_STR("e1"),
    };
    entry.seq = ++account->seq;
    account->balance_fen += entry.amount_fen;
    entry.balance_fen = account->balance_fen;
    add_sum(account, &entry);
    add_date(account, &entry);
    FEN_ASSERT(model->entry_count < ENTRY_COUNT_MAX && payee->batch_count < BATCH_ENTRY_COUNT_MAX);
    model->entries[model->entry_count++] = entry;
    payee->batch[payee->batch_count++] = entry;
}

static void encode_record(const struct fen_entry *entries, uint32_t count, struct fen_buffer *out)
{
    struct fen_ledger_record record = {
        .seq_first = entries[0].seq,
        .balance_fen = entries[count - 1].balance_fen,
        .entries = (struct fen_entry *)(uintptr_t)entries,
        .entry_count = count,
    };
    fen_ledger_record_encode(FEN_WIRE_PROTOBUF, &record, out);
}

/* Publish the last batch of each partition that it changed. */
static void publish(struct ledger_model *model, struct fen_outlet *outlet)
{
    for (uint32_t partition = 0; partition < MODEL_PARTITION_COUNT; partition++) {
        bool is_begun = false;
        uint64_t version = model->versions[partition];
        for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++) {
            const struct payee *payee = &model->payees[index];
            if (payee->partition != partition || payee->batch_count == 0)
                continue;
            if (!is_begun)
                fen_outlet_begin(outlet, partition, version - 1, version);
            is_begun = true;
            struct fen_buffer record = {0};
            encode_record(payee->batch, payee->batch_count, &record);
            fen_outlet_add(outlet, &(struct fen_payee_change){
                                       .account = &payee->account,
                                       .entries = payee->batch,
                                       .entry_count = payee->batch_count,
                                       .record = fen_buffer_str(&record),
                                       .store = store_of(payee),
                                   });
            fen_buffer_deinit(&record);
        }
        if (is_begun)
            fen_outlet_commit(outlet);
    }
    fen_outlet_wake(outlet);
}

static void begin_batch(struct ledger_model *model)
{
    pthread_mutex_lock(&model->lock);
    for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++)
        model->payees[index].batch_count = 0;
}

/* The transaction is committed: versions move, readers see it. */
static void end_batch(struct ledger_model *model, struct fen_outlet *outlet)
{
    for (uint32_t partition = 0; partition < MODEL_PARTITION_COUNT; partition++) {
        bool is_changed = false;
        for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++)
            is_changed = is_changed || (model->payees[index].partition == partition &&
                                        model->payees[index].batch_count > 0);
        model->versions[partition] += is_changed;
    }
    pthread_mutex_unlock(&model->lock);
    if (outlet != NULL)
        publish(model, outlet);
}

void ledger_model_post(struct ledger_model *model, struct fen_outlet *outlet, uint32_t entry_count)
{
    begin_batch(model);
    for (uint32_t index = 0; index < entry_count; index++) {
        /* The first payee is a hot one. */
        uint64_t payee = draw(model, 2) == 0 ? 1 : draw(model, MODEL_PAYEE_COUNT);
        post_entry(model, &model->payees[payee]);
    }
    end_batch(model, outlet);
}

void ledger_model_repeat(struct ledger_model *model, struct fen_outlet *outlet)
{
    publish(model, outlet);
}

void ledger_model_move(struct ledger_model *model, struct fen_outlet *outlet, uint32_t payee,
                       const char *store)
{
    begin_batch(model);
    snprintf(model->payees[payee].store, sizeof model->payees[payee].store, "%s", store);
    post_entry(model, &model->payees[payee]);
    end_batch(model, outlet);
}

void ledger_model_open(struct ledger_model *model, struct fen_outlet *outlet)
{
    for (uint32_t partition = 0; partition < MODEL_PARTITION_COUNT; partition++)
        fen_outlet_open(outlet, partition, model->versions[partition]);
}

static bool read_partition(void *context, uint32_t partition, uint32_t entries_per_payee,
                           const struct fen_projector_visitor *visitor, uint64_t *version_out)
{
    struct ledger_model *model = context;
    (void)entries_per_payee;
    pthread_mutex_lock(&model->lock);
    for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++) {
        const struct payee *payee = &model->payees[index];
        if (payee->partition == partition && payee->account.seq > 0)
            visitor->account(visitor->context, &payee->account, store_of(payee));
    }
    for (uint32_t index = 0; index < model->entry_count && !model->is_failing; index++) {
        struct fen_buffer key = {0};
        fen_buffer_append_format(&key, "default/%.*s",
                                 FEN_STR_ARG(model->entries[index].key.payee));
        const struct fen_entry *entry = &model->entries[index];
        struct fen_buffer record = {0};
        encode_record(entry, 1, &record);
        if (fen_topic_partition(fen_buffer_str(&key), MODEL_PARTITION_COUNT) == partition)
            visitor->record(visitor->context, entry->tenant, entry->key.payee, entry->seq, 1,
                            fen_buffer_str(&record));
        fen_buffer_deinit(&record);
        fen_buffer_deinit(&key);
    }
    *version_out = model->versions[partition];
    bool is_read = !model->is_failing && visitor->goes_on(visitor->context);
    pthread_mutex_unlock(&model->lock);
    return is_read;
}

struct fen_projector_source ledger_model_source(struct ledger_model *model)
{
    return (struct fen_projector_source){.context = model, .read_partition = read_partition};
}

void ledger_model_fail(struct ledger_model *model, bool is_failing)
{
    pthread_mutex_lock(&model->lock);
    model->is_failing = is_failing;
    pthread_mutex_unlock(&model->lock);
}

uint64_t ledger_model_version(struct ledger_model *model, uint32_t partition)
{
    return model->versions[partition];
}

uint32_t ledger_model_partition(struct ledger_model *model, uint32_t payee)
{
    return model->payees[payee].partition;
}

const char *ledger_model_payee(struct ledger_model *model, uint32_t payee)
{
    return model->payees[payee].name;
}

static void print_difference(void *context, const struct fen_difference *difference)
{
    (void)context;
    fprintf(stderr, "%.*s %.*s: expected %.*s, found %.*s\n", FEN_STR_ARG(difference->payee),
            FEN_STR_ARG(difference->field), FEN_STR_ARG(difference->expected),
            FEN_STR_ARG(difference->found));
}

uint64_t ledger_model_compare(struct ledger_model *model, const char *address)
{
    const struct fen_verify_options options = {.connection = {.address = address},
                                               .partition_count = MODEL_PARTITION_COUNT};
    const struct fen_verify_report report = {NULL, print_difference};
    struct fen_buffer reason = {0};
    struct fen_verify *verify = fen_verify_open(&options, &reason);
    uint64_t sum = 0;
    uint64_t expected_count = 0;
    uint64_t found_count = 0;
    FEN_ASSERT(verify != NULL);
    for (uint32_t partition = 0; partition < MODEL_PARTITION_COUNT; partition++) {
        bool is_there = false;
        bool is_read = fen_verify_fence(verify, partition, model->versions[partition], &is_there,
                                        &reason);
        sum += !is_read || !is_there;
    }
    for (uint32_t index = 0; index < MODEL_PAYEE_COUNT; index++) {
        uint64_t differences = 0;
        if (model->payees[index].account.seq == 0)
            continue;
        expected_count++;
        bool is_read = fen_verify_accounts(verify, &model->payees[index].account, 1, &report,
                                           &differences, &reason);
        sum += differences + !is_read;
    }
    bool is_read = fen_verify_count(verify, &found_count, &reason);
    sum += !is_read || found_count != expected_count;
    fen_buffer_deinit(&reason);
    fen_verify_close(verify);
    return sum;
}
