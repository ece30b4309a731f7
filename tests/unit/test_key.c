/*
 * test_key: the one order of keys (SPEC §6), that of facts (SPEC §3), and how an order's record
 * leaves out of each posted row what the row it goes by says already (model/state_record.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/entry.h"
#include "model/event.h"
#include "model/order.h"
#include "model/state_record.h"

static const struct fen_key middle = {
    .payee = {"guide:M", sizeof "guide:M" - 1},
    .funder = {"brand:M", sizeof "brand:M" - 1},
    .rule = {"m", sizeof "m" - 1},
    .plan = {"plan-m", sizeof "plan-m" - 1},
    .plan_version = 5,
    .line = 5,
    .role = FEN_ROLE_BIND,
    .portion = FEN_ROLE_REGION,
    .period = 24322,
    .available_date = 20000,
};

/* The fields from the most to the least significant, each a little less (-1) or greater (1). */
static struct fen_key changed(struct fen_key key, int field, int side)
{
    bool less = side < 0;
    switch (field) {
    case 0: key.line += side; break;
    case 1: key.role = less ? FEN_ROLE_SERVE : FEN_ROLE_LIVE; break;
    case 2: key.payee = less ? FEN_STR("guide:L") : FEN_STR("guide:N"); break;
    case 3: key.portion = less ? FEN_ROLE_FRANCHISEE : FEN_ROLE_MALL; break;
    case 4: key.funder = less ? FEN_STR("brand:L") : FEN_STR("brand:N"); break;
    case 5: key.rule = less ? FEN_STR("l") : FEN_STR("n"); break;
    case 6: key.plan = less ? FEN_STR("plan-l") : FEN_STR("plan-n"); break;
    case 7: key.plan_version += (uint32_t)side; break;
    case 8: key.period += side; break;
    default: key.available_date += side; break;
    }
    return key;
}

#define FIELD_COUNT 10
#define IDENTITY_COUNT 8 /* the rest is time */

static void test_keys_stand_in_one_order(void **state)
{
    assert_int_equal(fen_key_compare(&middle, &middle), 0);
    for (int field = 0; field < FIELD_COUNT; field++) {
        struct fen_key less = changed(middle, field, -1), greater = changed(middle, field, 1);
        /* A field before the others decides, whatever they say. */
        for (int behind = field + 1; behind < FIELD_COUNT; behind++) {
            less = changed(less, behind, 1);
            greater = changed(greater, behind, -1);
        }
        assert_true(fen_key_compare(&less, &middle) < 0);
        assert_true(fen_key_compare(&middle, &less) > 0);
        assert_true(fen_key_compare(&greater, &middle) > 0);
        assert_true(fen_key_compare(&middle, &greater) < 0);
    }
}

static void test_keys_that_differ_in_time_alone_are_told(void **state)
{
    for (int field = 0; field < FIELD_COUNT; field++)
        for (int side = -1; side <= 1; side += 2) {
            struct fen_key other = changed(middle, field, side);
            assert_int_equal(fen_key_equal_but_time(&middle, &other), field >= IDENTITY_COUNT);
        }
}

static void test_the_earlier_fact_is_told_by_time_then_id(void **state)
{
    assert_true(fen_event_is_earlier(1, FEN_STR("b"), 2, FEN_STR("a")));
    assert_false(fen_event_is_earlier(2, FEN_STR("a"), 1, FEN_STR("b")));
    assert_true(fen_event_is_earlier(1, FEN_STR("a"), 1, FEN_STR("b")));
    assert_false(fen_event_is_earlier(1, FEN_STR("b"), 1, FEN_STR("a")));
    assert_false(fen_event_is_earlier(1, FEN_STR("a"), 1, FEN_STR("a")));
}

static struct fen_posted posted_row(int field, int side)
{
    return (struct fen_posted){.key = field < 0 ? middle : changed(middle, field, side),
                               .amount_fen = 100,
                               .base_fen = 1000,
                               .earned_ms = 7,
                               .rate_ppm = 45000};
}

static struct fen_arena *arena;
static struct fen_order order;

/* The rows of the order's record as it stands in the table, nothing filled in again. */
static const struct fen_posted *folded(struct fen_posted *rows, uint32_t count)
{
    static struct fen_order read;
    struct fen_buffer bytes = {0};
    fen_record_clear(&fen_order_schema, &order);
    order.posted = rows;
    order.posted_count = count;
    fen_state_record_encode(&fen_order_schema, &order, arena, &bytes);
    struct fen_str text = fen_arena_copy(arena, fen_buffer_str(&bytes));
    fen_buffer_deinit(&bytes);
    assert_int_equal(fen_record_decode(&fen_order_schema, text, arena, &read, NULL),
                     FEN_RECORD_OK);
    assert_int_equal(read.posted_count, count);
    return read.posted;
}

static void assert_folded_text(struct fen_str text, bool is_there)
{
    assert_int_equal(fen_str_is_set(text), is_there);
}

/* Beside role and portion, a row says what it has not in common with the one it goes by. */
static void assert_says(const struct fen_posted *row, int field)
{
    assert_int_equal(row->key.role, middle.role);
    assert_int_equal(row->key.portion, middle.portion);
    assert_int_equal(row->key.line, field == 0 ? middle.line + 1 : 0);
    assert_folded_text(row->key.payee, field == 2);
    assert_folded_text(row->key.funder, field == 4);
    assert_folded_text(row->key.rule, field == 5);
    assert_folded_text(row->key.plan, field == 6);
    assert_int_equal(row->key.plan_version, field == 7 ? middle.plan_version + 1 : 0);
    assert_int_equal(row->key.period, field == 8 ? middle.period + 1 : FEN_DATE_NONE);
    assert_int_equal(row->key.available_date,
                     field == 9 ? middle.available_date + 1 : FEN_DATE_NONE);
    assert_int_equal(row->earned_ms, FEN_NONE);
    assert_int_equal(row->rate_ppm, FEN_NONE);
}

static void test_a_row_leaves_out_what_the_row_before_says(void **state)
{
    for (int field = -1; field < FIELD_COUNT; field++) {
        if (field == 1 || field == 3) /* role and portion always stand */
            continue;
        struct fen_posted rows[] = {posted_row(-1, 0), posted_row(field, 1)};
        assert_says(&folded(rows, 2)[1], field);
    }
}

/* Of rows before, the nearest of the same role and portion, save for the line; else the last. */
static void test_a_row_goes_by_the_nearest_of_its_role_and_portion(void **state)
{
    struct fen_posted rows[] = {posted_row(-1, 0), posted_row(1, 1), posted_row(3, 1),
                                posted_row(-1, 0)};
    rows[1].key.payee = rows[2].key.payee = FEN_STR("guide:other");
    rows[2].key.line = rows[3].key.line = middle.line + 1;
    rows[3].key.funder = FEN_STR("brand:other");
    const struct fen_posted *read = folded(rows, 4);
    assert_folded_text(read[1].key.payee, true);
    assert_folded_text(read[1].key.funder, false);
    assert_folded_text(read[2].key.payee, false); /* neither role nor portion: the row before */
    assert_int_equal(read[2].key.line, middle.line + 1);
    assert_folded_text(read[3].key.payee, false); /* rows[0] */
    assert_folded_text(read[3].key.funder, true);
    assert_int_equal(read[3].key.line, 0);
}

static void assert_read_again(struct fen_posted *rows, uint32_t count)
{
    struct fen_order read;
    struct fen_buffer bytes = {0};
    fen_record_clear(&fen_order_schema, &order);
    order.posted = rows;
    order.posted_count = count;
    fen_state_record_encode(&fen_order_schema, &order, arena, &bytes);
    assert_int_equal(fen_state_record_decode(&fen_order_schema, fen_buffer_str(&bytes), arena,
                                             &read),
                     FEN_RECORD_OK);
    assert_int_equal(read.posted_count, count);
    for (uint32_t index = 0; index < count; index++) {
        assert_int_equal(fen_key_compare(&read.posted[index].key, &rows[index].key), 0);
        assert_int_equal(read.posted[index].amount_fen, rows[index].amount_fen);
        assert_int_equal(read.posted[index].base_fen, rows[index].base_fen);
        assert_int_equal(read.posted[index].earned_ms, rows[index].earned_ms);
        assert_int_equal(read.posted[index].rate_ppm, rows[index].rate_ppm);
    }
    fen_buffer_deinit(&bytes);
}

/* Rate and date may be absent where the row gone by has one, and the other way round. */
static void test_rows_are_read_as_they_were(void **state)
{
    assert_read_again(NULL, 0);
    struct fen_posted alone[] = {posted_row(-1, 0)};
    assert_read_again(alone, 1);
    struct fen_posted rows[FIELD_COUNT * 2 + 6];
    uint32_t count = 0;
    for (int field = 0; field < FIELD_COUNT; field++)
        for (int side = -1; side <= 1; side += 2)
            rows[count++] = posted_row(field, side);
    for (int step = 0; step < 6; step++) {
        rows[count] = posted_row(-1, 0);
        rows[count].rate_ppm = step % 3 == 2 ? 0 : step & 1 ? FEN_NONE : 45000;
        rows[count].earned_ms = step & 1 ? 7 : 8;
        rows[count++].key.available_date = step & 2 ? FEN_DATE_NONE : 20000;
    }
    assert_read_again(rows, count);
}

static int set_up(void **state)
{
    arena = fen_arena_create(4096);
    return 0;
}

static int tear_down(void **state)
{
    fen_arena_destroy(arena);
    return 0;
}

static void test_a_payee_is_a_guide_by_its_prefix_and_an_id(void **state)
{
    assert_true(fen_str_equal(fen_payee_guide(FEN_STR("guide:A")), FEN_STR("A")));
    static const char *const others[] = {"guide:", "guide", "guides:A", "store:guide:A", ""};
    for (size_t index = 0; index < sizeof others / sizeof *others; index++)
        assert_false(fen_str_is_set(fen_payee_guide(fen_str_from(others[index]))));
    assert_false(fen_str_is_set(fen_payee_guide(FEN_STR_NONE)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_stand_in_one_order),
        cmocka_unit_test(test_keys_that_differ_in_time_alone_are_told),
        cmocka_unit_test(test_the_earlier_fact_is_told_by_time_then_id),
        cmocka_unit_test(test_a_row_leaves_out_what_the_row_before_says),
        cmocka_unit_test(test_a_row_goes_by_the_nearest_of_its_role_and_portion),
        cmocka_unit_test(test_rows_are_read_as_they_were),
        cmocka_unit_test(test_a_payee_is_a_guide_by_its_prefix_and_an_id),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
