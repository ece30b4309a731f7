/* payee_book: see the header. */
#include "bench/payee_book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/process.h"
#include "model/period.h"
#include "wire/ledger_record.h"
#include "wire/topic.h"

#define OFFSET_MS     (8 * FEN_HOUR_MS)
#define HOLD_DAYS     7
#define STORE_GUIDES  20u
#define DATE_COUNT    64u
#define PERIOD_COUNT  8u
#define PENDING_COUNT 64u

struct payee {
    char name[24];
    char store[16];
    uint32_t partition;
    struct fen_account account;
    struct fen_account_sum sums[PERIOD_COUNT];
    struct fen_account_date dates[DATE_COUNT];
    struct fen_entry *pending; /* of the batch, PENDING_COUNT */
    uint32_t pending_count;
    struct payee *next_pending; /* of its partition */
};

struct bench_payee_book {
    struct payee *payees;
    uint32_t payee_count;
    uint32_t partition_count;
    enum fen_wire wire;
    uint64_t *versions;       /* of partitions */
    struct payee **pending;   /* of partitions */
    struct fen_buffer record; /* of one payee */
    uint64_t random;
    uint64_t order_number;
};

static void payee_init(struct payee *payee, uint32_t number, uint32_t partition_count)
{
    char key[64];
    snprintf(payee->name, sizeof payee->name, "guide:G%" PRIu32, number);
    snprintf(payee->store, sizeof payee->store, "S%" PRIu32, number / STORE_GUIDES);
    snprintf(key, sizeof key, BENCH_BOOK_TENANT "/%s", payee->name);
    payee->partition = fen_topic_partition(fen_str_from(key), partition_count);
    payee->account = (struct fen_account){.tenant = FEN_STR(BENCH_BOOK_TENANT),
                                          .payee = fen_str_from(payee->name),
                                          .sums = payee->sums,
                                          .dates = payee->dates};
}

struct bench_payee_book *bench_payee_book_create(uint32_t payee_count, uint32_t partition_count,
                                                 enum fen_wire wire)
{
    struct bench_payee_book *book = calloc(1, sizeof *book);
    FEN_ASSERT(book != NULL);
    book->payee_count = payee_count;
    book->partition_count = partition_count;
    book->wire = wire;
    book->payees = calloc(payee_count, sizeof *book->payees);
    book->versions = calloc(partition_count, sizeof *book->versions);
    book->pending = calloc(partition_count, sizeof(struct payee *));
    FEN_ASSERT(book->payees != NULL && book->versions != NULL && book->pending != NULL);
    for (uint32_t number = 0; number < payee_count; number++)
        payee_init(&book->payees[number], number, partition_count);
    return book;
}

void bench_payee_book_destroy(struct bench_payee_book *book)
{
    for (uint32_t number = 0; number < book->payee_count; number++)
        free(book->payees[number].pending);
    free(book->payees);
    free(book->versions);
    free(book->pending);
    fen_buffer_deinit(&book->record);
    free(book);
}

static bool read_partition(void *context, uint32_t partition, uint32_t entries_per_payee,
                           const struct fen_projector_visitor *visitor, uint64_t *version_out)
{
    const struct bench_payee_book *book = context;
    (void)entries_per_payee;
    (void)visitor;
    *version_out = 0;
    return book->versions[partition] == 0;
}

struct fen_projector_source bench_payee_book_source(struct bench_payee_book *book)
{
    return (struct fen_projector_source){.context = book, .read_partition = read_partition};
}

void bench_payee_book_open(struct bench_payee_book *book, struct fen_outlet *outlet)
{
    for (uint32_t partition = 0; partition < book->partition_count; partition++)
        fen_outlet_open(outlet, partition, 0);
    fen_outlet_wake(outlet);
}

/* splitmix64. */
uint32_t bench_payee_book_draw(struct bench_payee_book *book, uint32_t below)
{
    uint64_t value = book->random += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((value ^ value >> 31) % below);
}

static void add_sum(struct fen_account *account, const struct fen_entry *entry)
{
    uint32_t index = 0;
    while (index < account->sum_count && account->sums[index].period != entry->key.period)
        index++;
    if (index == account->sum_count) {
        FEN_ASSERT(account->sum_count < PERIOD_COUNT);
        account->sums[account->sum_count++] = (struct fen_account_sum){
            .period = entry->key.period, .role = entry->key.role};
    }
    account->sums[index].amount_fen += entry->amount_fen;
}

static void add_date(struct fen_account *account, const struct fen_entry *entry)
{
    uint32_t index = 0;
    while (index < account->date_count && account->dates[index].date != entry->key.available_date)
        index++;
    if (index == account->date_count) {
        FEN_ASSERT(account->date_count < DATE_COUNT);
        account->dates[account->date_count++] =
            (struct fen_account_date){entry->key.available_date, 0};
    }
    account->dates[index].amount_fen += entry->amount_fen;
}

/* A commission as a plan of a share rule gives it; its texts follow at the hand-over. */
static struct fen_entry make_entry(struct bench_payee_book *book, const struct payee *payee,
                                   int64_t earned_ms)
{
    int64_t base_fen = 5000 + bench_payee_book_draw(book, 60000);
    return (struct fen_entry){
        .tenant = FEN_STR(BENCH_BOOK_TENANT),
        .key = {.payee = fen_str_from(payee->name),
                .funder = FEN_STR("brand:L"),
                .rule = FEN_STR("美妆分享"),
                .plan = FEN_STR("cn-east"),
                .plan_version = 12,
                .line = 1,
                .role = FEN_ROLE_SHARE,
                .portion = FEN_ROLE_SELF,
                .period = fen_period_of(earned_ms, OFFSET_MS),
                .available_date = fen_date_of(earned_ms, OFFSET_MS) + HOLD_DAYS},
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = base_fen * 45 / 1000,
        .base_fen = base_fen,
        .rate_ppm = 45000,
        .earned_ms = earned_ms,
    };
}

void bench_payee_book_post(struct bench_payee_book *book, uint32_t number, int64_t earned_ms)
{
    struct payee *payee = &book->payees[number];
    struct fen_account *account = &payee->account;
    if (payee->pending == NULL)
        payee->pending = calloc(PENDING_COUNT, sizeof *payee->pending);
    FEN_ASSERT(payee->pending != NULL);
    if (payee->pending_count == PENDING_COUNT)
        return; /* more in a batch than a payee has; who asks counts what was published */
    if (payee->pending_count == 0) {
        payee->next_pending = book->pending[payee->partition];
        book->pending[payee->partition] = payee;
    }
    struct fen_entry entry = make_entry(book, payee, earned_ms);
    entry.seq = ++account->seq;
    account->balance_fen += entry.amount_fen;
    entry.balance_fen = account->balance_fen;
    add_sum(account, &entry);
    add_date(account, &entry);
    payee->pending[payee->pending_count++] = entry;
}

static void add_change(struct bench_payee_book *book, struct payee *payee, const char *moment,
                       struct fen_outlet *outlet)
{
    char orders[PENDING_COUNT][32];
    for (uint32_t index = 0; index < payee->pending_count; index++) {
        snprintf(orders[index], sizeof orders[index], "order:O%" PRIu64, ++book->order_number);
        payee->pending[index].subject = fen_str_from(orders[index]);
        payee->pending[index].event = fen_str_from(moment);
    }
    struct fen_ledger_record record = {
        .seq_first = payee->pending[0].seq,
        .balance_fen = payee->account.balance_fen,
        .entries = payee->pending,
        .entry_count = payee->pending_count,
    };
    fen_buffer_clear(&book->record);
    fen_ledger_record_encode(book->wire, &record, &book->record);
    fen_outlet_add(outlet, &(struct fen_payee_change){.account = &payee->account,
                                                      .entries = payee->pending,
                                                      .entry_count = payee->pending_count,
                                                      .record = fen_buffer_str(&book->record),
                                                      .store = fen_str_from(payee->store)});
    payee->pending_count = 0;
}

uint32_t bench_payee_book_publish(struct bench_payee_book *book, struct fen_outlet *outlet)
{
    char moment[32];
    uint32_t count = 0;
    for (uint32_t partition = 0; partition < book->partition_count; partition++) {
        if (book->pending[partition] == NULL)
            continue;
        uint64_t version = ++book->versions[partition];
        snprintf(moment, sizeof moment, "t%" PRId64, bench_process_clock_ns());
        fen_outlet_begin(outlet, partition, version - 1, version);
        for (struct payee *payee = book->pending[partition]; payee != NULL;
             payee = payee->next_pending) {
            count += payee->pending_count;
            add_change(book, payee, moment, outlet);
        }
        book->pending[partition] = NULL;
        fen_outlet_commit(outlet);
    }
    fen_outlet_wake(outlet);
    return count;
}
