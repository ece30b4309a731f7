/*
 * test_audit: books that agree are balanced; of each kind of damage the audit names the place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/inspect/audit.h"
#include "model/order.h"
#include "model/period.h"
#include "wire/ledger_record.h"

#define PARTITION_COUNT 4u
#define FROM 3u /* the order's partition */
#define TO 1u   /* the payee's */

/* One payee, "guide:G" of tenant "t", paid by two funders for order O, by way of FROM to TO. */
struct books {
    struct fen_entry entries[3];
    struct fen_account_sum sums[2];
    struct fen_account_date dates[1];
    struct fen_account_funder funders[2];
    struct fen_account_rule rules[1];
    struct fen_str plans[1];
    struct fen_account account;
    struct fen_posted posted[2];
    struct fen_order order;
    struct fen_lane_channel sent, received;
    uint64_t posting_numbers[3];
};

static struct fen_entry entry_of(const char *funder, int32_t period, int64_t amount_fen)
{
    return (struct fen_entry){
        .tenant = FEN_STR("t"),
        .key = {.payee = FEN_STR("guide:G"),
                .funder = fen_str_from(funder),
                .rule = FEN_STR("r"),
                .plan = FEN_STR("p"),
                .plan_version = 1,
                .line = 1,
                .role = FEN_ROLE_SHARE,
                .portion = FEN_ROLE_NONE,
                .period = period,
                .available_date = 20000},
        .subject = FEN_STR("order:O"),
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = amount_fen,
        .rate_ppm = FEN_NONE,
        .earned_ms = 1,
        .event = FEN_STR("e"),
    };
}

static void make_books(struct books *books)
{
    int32_t period = fen_period_of(INT64_C(1767225600000), 0);
    *books = (struct books){
        .entries = {entry_of("brand:A", period, 100), entry_of("hq", period, 30),
                    entry_of("brand:A", period + 1, -20)},
        .sums = {{period, FEN_ROLE_SHARE, 1, 130, 0}, {period + 1, FEN_ROLE_SHARE, 1, -20, 0}},
        .dates = {{20000, 110}},
        .funders = {{FEN_STR("brand:A"), period, 100}, {FEN_STR("brand:A"), period + 1, -20}},
        .rules = {{0, 1, FEN_STR("r")}},
        .plans = {FEN_STR("p")},
        .sent = {TO, 2},
        .received = {FROM, 2},
        .posting_numbers = {1, 2},
    };
    int64_t balance_fen = 0;
    for (uint32_t i = 0; i < 3; i++) {
        balance_fen += books->entries[i].amount_fen;
        books->entries[i].seq = i + 1;
        books->entries[i].balance_fen = balance_fen;
    }
    for (uint32_t i = 0; i < 2; i++)
        books->posted[i] = (struct fen_posted){.key = books->entries[i + 1].key,
                                               .amount_fen = i == 0 ? 30 : 80,
                                               .earned_ms = 1,
                                               .rate_ppm = FEN_NONE};
}

static struct fen_str encoded(struct fen_arena *arena, const struct fen_schema *schema,
                              const void *record)
{
    struct fen_buffer bytes = {0};
    fen_record_encode(schema, record, &bytes);
    struct fen_str value = fen_arena_copy(arena, fen_buffer_str(&bytes));
    fen_buffer_deinit(&bytes);
    return value;
}

static void take(struct fen_audit *audit, enum fen_topic topic, uint32_t partition,
                 const char *key, const struct fen_schema *schema, const void *record)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_message message = {.topic = topic,
                                  .partition = partition,
                                  .key = fen_str_from(key),
                                  .value = encoded(arena, schema, record)};
    fen_audit_take(audit, &message);
    fen_arena_destroy(arena);
}

static void take_books(struct fen_audit *audit, struct books *books)
{
    struct fen_account_funder funders[3] = {books->funders[0], books->funders[1],
                                            {FEN_STR("hq"), books->entries[1].key.period, 30}};
    struct fen_ledger_record ledger = {books->entries[0].seq, books->entries[2].balance_fen,
                                       books->entries, 3};
    books->account = (struct fen_account){
        .seq = 3, .balance_fen = 110, .sums = books->sums, .sum_count = 2,
        .dates = books->dates, .date_count = 1, .funders = funders, .funder_count = 3,
        .rules = books->rules, .rule_count = 1, .plans = books->plans, .plan_count = 1,
        .refused_count = books->account.refused_count};
    books->order.posted = books->posted;
    books->order.posted_count = 2;
    struct fen_lane_state split = {.version = 1, .channels = &books->sent, .channel_count = 1};
    struct fen_lane_state post = {.version = 1, .channels = &books->received, .channel_count = 1};
    take(audit, FEN_TOPIC_LEDGER, TO, "t/guide:G", &fen_ledger_schema, &ledger);
    take(audit, FEN_TOPIC_ACCOUNTS, TO, "t/guide:G", &fen_account_schema, &books->account);
    take(audit, FEN_TOPIC_ACCOUNTS, TO, "/lane", &fen_lane_state_schema, &post);
    take(audit, FEN_TOPIC_ORDER_STATE, FROM, "t/O", &fen_order_schema, &books->order);
    take(audit, FEN_TOPIC_CUSTOMER_STATE, FROM, "/lane", &fen_lane_state_schema, &split);
    for (uint32_t i = 0; i < 3 && books->posting_numbers[i] != 0; i++) {
        struct fen_posting_record record = {FROM, books->posting_numbers[i], books->entries, 1};
        take(audit, FEN_TOPIC_POSTINGS, TO, "t/guide:G", &fen_posting_schema, &record);
    }
}

/* Audit the books; the first difference as "key: field", "" when they balance. */
static struct fen_str verdict(struct books *books, struct fen_arena *arena)
{
    struct fen_audit audit = {.wire = FEN_WIRE_PROTOBUF};
    fen_audit_init(&audit);
    fen_audit_set_partitions(&audit, PARTITION_COUNT);
    take_books(&audit, books);
    assert_int_equal(fen_audit_check(&audit), FEN_EXIT_OK);
    struct fen_str said = FEN_STR("");
    if (audit.difference_count > 0)
        said = fen_arena_format(arena, "%.*s: %.*s", FEN_STR_ARG(audit.differences[0].key),
                                FEN_STR_ARG(audit.differences[0].field));
    fen_audit_deinit(&audit);
    return said;
}

/* Spoil one place of books that balance. */
#define ASSERT_VERDICT(expected, spoil)                                                            \
    do {                                                                                           \
        struct fen_arena *arena = fen_arena_create(4096);                                          \
        struct books books;                                                                        \
        make_books(&books);                                                                        \
        spoil;                                                                                     \
        assert_string_equal(verdict(&books, arena).data, expected);                                \
        fen_arena_destroy(arena);                                                                  \
    } while (0)

static void test_books_that_agree_balance(void **state)
{
    (void)state;
    ASSERT_VERDICT("", (void)0);
    /* Old posting records are gone, all or the first of them. */
    ASSERT_VERDICT("", books.posting_numbers[0] = 0);
    ASSERT_VERDICT("", (books.posting_numbers[0] = 2, books.posting_numbers[1] = 0));
}

static void test_the_ledger_is_held_to_its_numbers(void **state)
{
    (void)state;
    ASSERT_VERDICT("t/guide:G: ledger", books.entries[2].balance_fen++);
    ASSERT_VERDICT("t/guide:G: ledger", books.entries[0].seq = 2);
}

static void test_an_altered_entry_is_found_where_its_sums_are_kept(void **state)
{
    (void)state;
    ASSERT_VERDICT("t/guide:G: base of 2026-01 share", books.entries[1].base_fen++);
    ASSERT_VERDICT("t/guide:G: account", books.entries[0].key.available_date++);
    ASSERT_VERDICT("t/guide:G: funder brand:A 2026-01",
                   books.entries[0].key.funder = FEN_STR("brand:B"));
}

static void test_each_funder_is_held_to_the_ledger(void **state)
{
    (void)state;
    /* Their sum stays what it was. */
    ASSERT_VERDICT("t/guide:G: funder brand:A 2026-01",
                   (books.funders[0].amount_fen++, books.funders[1].amount_fen--));
    ASSERT_VERDICT("t/guide:G: funder brand:A 2026-02", books.funders[1].period++);
    ASSERT_VERDICT("t/guide:G: funder brand:A 2026-01", books.funders[0].amount_fen++);
}

static void test_accounts_and_states_are_held_to_the_ledger(void **state)
{
    (void)state;
    ASSERT_VERDICT("t/guide:G: account", books.dates[0].date++);
    ASSERT_VERDICT("t/guide:G: base of 2026-02 share", books.sums[1].base_fen--);
    ASSERT_VERDICT("t/guide:G: account", books.sums[0].role = FEN_ROLE_SERVE);
    ASSERT_VERDICT("t/guide:G: differences beyond its range", books.account.refused_count = 1);
    ASSERT_VERDICT("t/guide:G: posted by states", books.posted[0].amount_fen--);
}

static void test_what_was_sent_was_received(void **state)
{
    (void)state;
    ASSERT_VERDICT("channel 3 to 1: received", books.received.number = 1);
    ASSERT_VERDICT("channel 3 to 1: received",
                   (books.received.number = 3, books.posting_numbers[0] = 0));
    ASSERT_VERDICT("channel 2 to 1: received", books.received.partition = 2);
    ASSERT_VERDICT("channel 1 to 9: partitions", books.received.partition = 9);
}

static void test_records_between_lanes_are_dense(void **state)
{
    (void)state;
    ASSERT_VERDICT("channel 3 to 1: posting number", books.posting_numbers[1] = 3);
    ASSERT_VERDICT("channel 3 to 1: posting number", books.posting_numbers[1] = 1);
    ASSERT_VERDICT("channel 3 to 1: newest posting record", books.posting_numbers[1] = 0);
    ASSERT_VERDICT("channel 3 to 1: newest posting record", books.posting_numbers[2] = 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_books_that_agree_balance),
        cmocka_unit_test(test_the_ledger_is_held_to_its_numbers),
        cmocka_unit_test(test_an_altered_entry_is_found_where_its_sums_are_kept),
        cmocka_unit_test(test_each_funder_is_held_to_the_ledger),
        cmocka_unit_test(test_accounts_and_states_are_held_to_the_ledger),
        cmocka_unit_test(test_what_was_sent_was_received),
        cmocka_unit_test(test_records_between_lanes_are_dense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
