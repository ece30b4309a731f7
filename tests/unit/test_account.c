/*
 * test_account: a payee's sums (post/account.h) against plain lists that are looked through from
 * end to end: every row is there, with its amount, in the order that model/account.h tells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/reference.h"
#include "post/account.h"

#define ENTRIES 400
#define CHOICES 4

static const char *const plans[CHOICES] = {"pm", "pa", "pz", NULL}; /* NULL: beside a plan */
static const char *const rules[CHOICES] = {"rm", "ra", "rz", "rb"};
static const char *const funders[CHOICES] = {"brand:M", "brand:A", "hq", "brand:Z"};
static const enum fen_role roles[CHOICES] = {FEN_ROLE_SERVE, FEN_ROLE_SHARE, FEN_ROLE_BIND,
                                             FEN_ROLE_HQ};

static struct fen_arena *arena;
static struct fen_reference_builder *references; /* no period is closed */
static struct fen_account account;
static struct fen_account_room room;
static struct fen_entry entries[ENTRIES];
static uint32_t entry_count;
static uint64_t random_state;

static uint32_t random_below(uint32_t count)
{
    random_state =
        random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % count;
}

static int set_up(void **state)
{
    arena = fen_arena_create(4096);
    references = fen_reference_builder_create(1);
    fen_record_clear(&fen_account_schema, &account);
    room = (struct fen_account_room){0};
    entry_count = 0;
    return 0;
}

static int tear_down(void **state)
{
    fen_arena_destroy(arena);
    fen_reference_builder_destroy(references);
    return 0;
}

static void add(struct fen_key key, int64_t amount_fen, int64_t base_fen)
{
    struct fen_entry *entry = &entries[entry_count++];
    int64_t balance_fen = account.balance_fen + amount_fen;
    *entry = (struct fen_entry){.key = key, .amount_fen = amount_fen, .base_fen = base_fen};
    assert_true(fen_account_post(arena, &account, &room,
                                 fen_reference_acquire(references, 0)->org, entry));
    assert_int_equal(entry->seq, entry_count);
    assert_int_equal(entry->balance_fen, balance_fen);
}

static void add_random(void)
{
    struct fen_key key = {
        .funder = fen_str_from(funders[random_below(CHOICES)]),
        .plan = fen_str_from(plans[random_below(CHOICES)]),
        .role = roles[random_below(CHOICES)],
        .period = 24320 + (int32_t)random_below(CHOICES),
        .available_date = random_below(5) == 0 ? FEN_DATE_NONE : (int32_t)random_below(CHOICES),
    };
    if (fen_str_is_set(key.plan))
        key.rule = fen_str_from(rules[random_below(CHOICES)]);
    add(key, (int64_t)random_below(3) - 1, (int64_t)random_below(1000));
}

/* Whether two entries add to one row of account->sums. */
static bool share_sum(const struct fen_key *a, const struct fen_key *b)
{
    return a->period == b->period && a->role == b->role && fen_str_equal(a->plan, b->plan) &&
           fen_str_equal(a->rule, b->rule);
}

static uint32_t number_of(const struct fen_key *key)
{
    uint32_t plan = fen_account_plan(&account, key->plan);
    return plan == account.plan_count ? 0 : fen_account_rule_number(&account, plan, key->rule);
}

static void check_sum_of(const struct fen_key *key)
{
    int64_t amount_fen = 0, base_fen = 0;
    for (uint32_t index = 0; index < entry_count; index++)
        if (share_sum(&entries[index].key, key)) {
            amount_fen += entries[index].amount_fen;
            base_fen += entries[index].base_fen;
        }
    uint32_t at = fen_account_sum_at(&account, key->period, key->role, number_of(key));
    assert_true(at < account.sum_count);
    assert_int_equal(account.sums[at].period, key->period);
    assert_int_equal(account.sums[at].role, key->role);
    assert_int_equal(account.sums[at].rule, number_of(key));
    assert_int_equal(account.sums[at].amount_fen, amount_fen);
    assert_int_equal(account.sums[at].base_fen, base_fen);
}

static void check_date_of(int32_t date)
{
    int64_t amount_fen = 0;
    for (uint32_t index = 0; index < entry_count; index++)
        if (entries[index].key.available_date == date)
            amount_fen += entries[index].amount_fen;
    uint32_t rows = 0;
    for (uint32_t at = 0; at < account.date_count; at++)
        if (account.dates[at].date == date) {
            assert_int_equal(account.dates[at].amount_fen, amount_fen);
            rows++;
        }
    assert_int_equal(rows, amount_fen != 0);
}

static void check_funder_of(const struct fen_key *key)
{
    int64_t amount_fen = 0, row_fen = 0;
    for (uint32_t index = 0; index < entry_count; index++)
        if (entries[index].key.period == key->period &&
            fen_str_equal(entries[index].key.funder, key->funder))
            amount_fen += entries[index].amount_fen;
    uint32_t rows = 0;
    for (uint32_t at = 0; at < account.funder_count; at++)
        if (account.funders[at].period == key->period &&
            fen_str_equal(account.funders[at].funder, key->funder)) {
            row_fen = account.funders[at].amount_fen;
            rows++;
        }
    assert_int_equal(rows, 1);
    assert_int_equal(row_fen, amount_fen);
}

/* Each pair of neighbours ascends, so there is no row twice. */
static void check_orders(void)
{
    for (uint32_t at = 1; at < account.sum_count; at++) {
        const struct fen_account_sum *a = &account.sums[at - 1], *b = &account.sums[at];
        assert_true(a->period < b->period ||
                    (a->period == b->period &&
                     (a->role < b->role || (a->role == b->role && a->rule < b->rule))));
    }
    for (uint32_t at = 1; at < account.date_count; at++)
        assert_true(account.dates[at - 1].date < account.dates[at].date);
    for (uint32_t at = 1; at < account.funder_count; at++) {
        const struct fen_account_funder *a = &account.funders[at - 1], *b = &account.funders[at];
        int order = fen_str_compare(a->funder, b->funder);
        assert_true(order < 0 || (order == 0 && a->period < b->period));
    }
    for (uint32_t at = 1; at < account.rule_count; at++) {
        const struct fen_account_rule *a = &account.rules[at - 1], *b = &account.rules[at];
        assert_true(a->plan < b->plan ||
                    (a->plan == b->plan && fen_str_compare(a->rule, b->rule) < 0));
    }
}

/* Plans and rules in the order of their first entries; a plan's rules stand side by side. */
static void check_rules(void)
{
    uint32_t plan_count = 0, rule_count = 0, listed = 0;
    for (uint32_t index = 0; index < entry_count; index++) {
        const struct fen_key *key = &entries[index].key;
        if (!fen_str_is_set(key->plan))
            continue;
        uint32_t plan = fen_account_plan(&account, key->plan);
        assert_true(plan <= plan_count);
        assert_true(fen_str_equal(account.plans[plan], key->plan));
        plan_count += plan == plan_count;
        assert_in_range(number_of(key), 1, rule_count + 1);
        rule_count += number_of(key) == rule_count + 1;
    }
    assert_int_equal(account.plan_count, plan_count);
    assert_int_equal(account.rule_count, rule_count);
    for (uint32_t plan = 0; plan < plan_count; plan++) {
        uint32_t end, first = fen_account_plan_rules(&account, plan, &end);
        assert_int_equal(first, listed);
        assert_true(end > first);
        for (; listed < end; listed++)
            assert_int_equal(account.rules[listed].plan, plan);
    }
    assert_int_equal(listed, rule_count);
}

static void test_every_entry_is_in_its_sums(void **state)
{
    random_state = 1;
    for (uint32_t step = 0; step < ENTRIES; step++) {
        add_random();
        const struct fen_entry *entry = &entries[entry_count - 1];
        assert_int_equal(account.seq, entry_count);
        assert_int_equal(account.balance_fen, entry->balance_fen);
        check_orders();
        for (uint32_t index = step < 40 ? 0 : step; index < entry_count; index++) {
            check_sum_of(&entries[index].key);
            check_funder_of(&entries[index].key);
        }
        for (int32_t date = 0; date < CHOICES; date++)
            check_date_of(date);
        check_date_of(FEN_DATE_NONE);
    }
    check_rules();
    assert_int_equal(account.rule_count, 12);
    assert_int_equal(account.funder_count, 16);
}

static void test_what_the_payee_has_no_entry_of(void **state)
{
    assert_int_equal(fen_account_plan(&account, FEN_STR("pm")), 0);
    assert_int_equal(fen_account_rule_number(&account, 0, FEN_STR("rm")), 0);
    assert_int_equal(fen_account_sum_at(&account, 24320, FEN_ROLE_SHARE, 1), 0);
    struct fen_key key = {.funder = FEN_STR("hq"), .plan = FEN_STR("pm"), .rule = FEN_STR("rm"),
                          .role = FEN_ROLE_SHARE, .period = 24320, .available_date = 5};
    add(key, 0, 7);
    assert_int_equal(account.date_count, 0); /* nothing becomes available */
    assert_int_equal(account.sum_count, 1);
    assert_int_equal(fen_account_rule_number(&account, 0, FEN_STR("rm")), 1);
    assert_int_equal(fen_account_rule_number(&account, 0, FEN_STR("ra")), 0);
    assert_int_equal(fen_account_rule_number(&account, 0, FEN_STR("rz")), 0);
    assert_int_equal(fen_account_rule_number(&account, 1, FEN_STR("rm")), 0);
    assert_int_equal(fen_account_sum_at(&account, 24321, FEN_ROLE_NONE, 0), 1);
    uint32_t end;
    assert_int_equal(fen_account_plan_rules(&account, 1, &end), 1);
    assert_int_equal(end, 1);
}

static void set_posted(int32_t period, uint32_t rule, enum fen_role role, int64_t amount_fen)
{
    struct fen_account_posted posted = {period, rule, role, 3, amount_fen};
    fen_account_set_posted(arena, &account, &room, &posted);
}

static int64_t posted_fen(int32_t period, uint32_t rule, enum fen_role role)
{
    uint32_t at = fen_account_posted_at(&account, period, rule, role);
    const struct fen_account_posted *row = &account.period_posted[at];
    bool is_there = at < account.period_posted_count && row->period == period &&
                    row->rule == rule && row->role == role;
    return is_there ? row->amount_fen : 0;
}

/* Rows of amount 0 leave; the others ascend by (period, rule, role). */
static void test_what_period_rules_posted_is_found_again(void **state)
{
    int64_t wanted[CHOICES][CHOICES][CHOICES] = {0};
    random_state = 2;
    for (int step = 0; step < 600; step++) {
        uint32_t period = random_below(CHOICES), rule = random_below(CHOICES);
        uint32_t role = random_below(CHOICES);
        int64_t amount_fen = step % 3 == 0 ? 0 : (int64_t)random_below(9) - 4;
        wanted[period][rule][role] = amount_fen;
        set_posted(24320 + (int32_t)period, rule, roles[role], amount_fen);
        uint32_t count = 0;
        for (uint32_t cell = 0; cell < CHOICES * CHOICES * CHOICES; cell++) {
            uint32_t a = cell / 16, b = cell / 4 % 4, c = cell % 4;
            assert_int_equal(posted_fen(24320 + (int32_t)a, b, roles[c]), wanted[a][b][c]);
            count += wanted[a][b][c] != 0;
        }
        assert_int_equal(account.period_posted_count, count);
        for (uint32_t at = 1; at < count; at++) {
            const struct fen_account_posted *one = &account.period_posted[at - 1];
            assert_true(one->period < one[1].period ||
                        (one->period == one[1].period &&
                         (one->rule < one[1].rule ||
                          (one->rule == one[1].rule && one->role < one[1].role))));
        }
    }
}

/* Nor is what would have room again: the sums are no longer all of what is due. */
static void test_after_the_first_refusal_nothing_is_posted(void **state)
{
    struct fen_key key = {.funder = FEN_STR("hq"), .role = FEN_ROLE_MANUAL, .period = 24320};
    add(key, INT64_MAX - 5, 0);
    static const int64_t amounts[] = {6, 1, 2};
    for (uint32_t index = 0; index < 3; index++) {
        struct fen_entry entry = {.key = key, .amount_fen = amounts[index]};
        assert_false(fen_account_post(arena, &account, &room,
                                      fen_reference_acquire(references, 0)->org, &entry));
        assert_int_equal(account.refused_count, index + 1);
    }
    assert_int_equal(account.balance_fen, INT64_MAX - 5);
    assert_int_equal(account.seq, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_entry_is_in_its_sums),
        TEST(test_what_the_payee_has_no_entry_of),
        TEST(test_what_period_rules_posted_is_found_again),
        TEST(test_after_the_first_refusal_nothing_is_posted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
