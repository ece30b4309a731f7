/*
 * test_touches: the store of touches (split/touches.h) keeps each customer's apart and in order,
 * whatever their texts' sizes, drops what has expired when a block must grow, and gives all its
 * memory back; the index of references (split/reference_index.h) tells every subject that looked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "split/reference_index.h"
#include "split/touches.h"

#define NEVER INT64_MIN

static struct fen_slab *slab;
static struct fen_touches *touches;
static char text_of_128[128];

static int set_up(void **state)
{
    slab = fen_slab_create();
    touches = fen_touches_create(slab);
    memset(text_of_128, 'x', sizeof text_of_128);
    return 0;
}

/* All blocks return to the slab. */
static int tear_down(void **state)
{
    fen_touches_destroy(touches);
    bool is_empty = fen_slab_taken_bytes(slab) == 0;
    fen_slab_destroy(slab);
    return !is_empty;
}

static struct fen_touch_fact touch_at(int64_t at_ms, uint32_t sku_size)
{
    return (struct fen_touch_fact){
        .guide = FEN_STR("guide"),
        .sku = sku_size == 0 ? FEN_STR_NONE : (struct fen_str){text_of_128, sku_size},
        .at_ms = at_ms,
        .event = {text_of_128, (uint32_t)(at_ms % 64) + 1},
    };
}

/* The customer has exactly the touches of these times, in this order. */
static void assert_times(uint32_t slot, const int64_t *times, uint32_t count)
{
    struct fen_touches_cursor cursor = fen_touches_begin(touches, slot);
    struct fen_touch_fact touch;
    for (uint32_t index = 0; index < count; index++) {
        assert_true(fen_touches_next(&cursor, &touch));
        assert_int_equal(touch.at_ms, times[index]);
    }
    assert_false(fen_touches_next(&cursor, &touch));
}

static void test_touches_are_read_as_they_were_added(void **state)
{
    static const uint32_t sizes[] = {0, 1, 127, 128, 64, 0, 100};
    uint32_t count = sizeof sizes / sizeof *sizes;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_touch_fact touch = touch_at(1000 + index, sizes[index]);
        fen_touches_add(touches, 3, &touch, NEVER);
        assert_int_equal(fen_touches_count(touches), index + 1);
    }
    struct fen_touches_cursor cursor = fen_touches_begin(touches, 3);
    struct fen_touch_fact touch;
    for (uint32_t index = 0; index < count; index++) {
        struct fen_touch_fact expected = touch_at(1000 + index, sizes[index]);
        assert_true(fen_touches_next(&cursor, &touch));
        assert_int_equal(touch.at_ms, expected.at_ms);
        assert_true(fen_str_equal(touch.guide, expected.guide));
        assert_true(fen_str_equal(touch.event, expected.event));
        assert_true(fen_str_equal(touch.sku, expected.sku));
        assert_int_equal(fen_str_is_set(touch.sku), sizes[index] != 0);
    }
    assert_false(fen_touches_next(&cursor, &touch));
}

/* Slots come in any order and skip any number; what nobody added to has none. */
static void test_customers_have_their_own_touches(void **state)
{
    static const uint32_t slots[] = {1, 63, 64, 65, 1000, 127, 128, 2, 4096};
    uint32_t count = sizeof slots / sizeof *slots;
    for (int64_t round = 0; round < 3; round++)
        for (uint32_t index = 0; index < count; index++) {
            struct fen_touch_fact touch = touch_at(round * 100 + slots[index], 10);
            fen_touches_add(touches, slots[index], &touch, NEVER);
        }
    assert_int_equal(fen_touches_count(touches), 3 * count);
    for (uint32_t index = 0; index < count; index++) {
        int64_t slot = slots[index];
        assert_times(slots[index], (int64_t[]){slot, slot + 100, slot + 200}, 3);
    }
    for (uint32_t slot = 0; slot < 10000; slot += slot == 0 ? 3 : 97)
        if (slot != 1000)
            assert_times(slot, NULL, 0);
    assert_int_equal(fen_touches_held_bytes(touches), 8192 * sizeof(void *));
}

static void test_what_holds_no_touch_holds_no_memory(void **state)
{
    assert_int_equal(fen_touches_held_bytes(touches), 0);
    assert_times(0, NULL, 0);
    assert_times(1, NULL, 0);
    struct fen_touch_fact touch = touch_at(1, 0);
    fen_touches_add(touches, 0, &touch, NEVER);
    assert_int_equal(fen_touches_held_bytes(touches), 64 * sizeof(void *));
    fen_touches_destroy(NULL);
}

/* A block that is full makes room: what is older than the given time leaves, the rest stays. */
static void test_expired_touches_leave_when_the_block_grows(void **state)
{
    struct fen_touch_fact touch = touch_at(100, 128);
    fen_touches_add(touches, 5, &touch, NEVER);
    touch = touch_at(300, 128);
    fen_touches_add(touches, 5, &touch, NEVER);
    assert_times(5, (int64_t[]){100, 300}, 2);
    uint64_t added = 2;
    int64_t times[64] = {300}, next_ms = 400;
    uint32_t kept = 1;
    do {
        touch = touch_at(next_ms, 128);
        fen_touches_add(touches, 5, &touch, 300); /* 300 itself is not older */
        times[kept++] = next_ms++;
        added++;
        assert_true(added < 60);
    } while (fen_touches_count(touches) == added);
    assert_int_equal(fen_touches_count(touches), added - 1);
    assert_times(5, times, kept);
}

/* Touches of exactly the time that expires all stay, and have room. */
static void test_touches_of_the_last_moment_stay(void **state)
{
    int64_t times[80];
    for (uint32_t count = 1; count <= 80; count++) {
        times[count - 1] = 300;
        struct fen_touch_fact touch = touch_at(300, 128);
        fen_touches_add(touches, 5, &touch, 300);
        assert_times(5, times, count);
    }
}

/* Room grows by half, so that adding many costs few moves; a first block has room for one. */
static void test_blocks_grow_by_half(void **state)
{
    size_t before_bytes = 0;
    uint32_t moves = 0;
    for (int64_t at_ms = 0; at_ms < 400; at_ms++) {
        struct fen_touch_fact touch = touch_at(at_ms, 128);
        fen_touches_add(touches, 9, &touch, NEVER);
        size_t taken_bytes = fen_slab_taken_bytes(slab);
        moves += taken_bytes != before_bytes;
        before_bytes = taken_bytes;
    }
    assert_in_range(moves, 9, 14);
    assert_in_range(before_bytes, 400 * 150, 400 * 350);
    struct fen_touch_fact touch = touch_at(7, 0);
    fen_touches_add(touches, 10, &touch, NEVER);
    assert_int_equal(fen_slab_taken_bytes(slab) - before_bytes, 32); /* 8 and 24 */
}

static void assert_slots(const struct fen_reference_index *index, uint32_t hash,
                         const uint32_t *slots, uint32_t count)
{
    const uint32_t *found;
    assert_int_equal(fen_reference_index_find(index, hash, &found), count);
    for (uint32_t at = 0; at < count; at++)
        assert_int_equal(found[at], slots[at]);
}

/* A repeat right after is no news; one later is kept, and harmless. */
static void test_references_tell_who_looked(void **state)
{
    struct fen_reference_index *index = fen_reference_index_create();
    assert_slots(index, 7, NULL, 0);
    for (uint32_t slot = 1; slot <= 9; slot++)
        for (int again = 0; again < 2; again++)
            fen_reference_index_add(index, 7, slot);
    fen_reference_index_add(index, 8, 1);
    fen_reference_index_add(index, 7, 1);
    assert_slots(index, 7, (uint32_t[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 1}, 10);
    assert_slots(index, 8, (uint32_t[]){1}, 1);
    assert_slots(index, 9, NULL, 0);
    fen_reference_index_destroy(index);
    fen_reference_index_destroy(NULL);
}

static void test_references_of_many_records_stay_apart(void **state)
{
    struct fen_reference_index *index = fen_reference_index_create();
    size_t empty_bytes = fen_reference_index_held_bytes(index);
    /* Hashes that meet in their low bits, and their neighbours. */
    for (uint32_t hash = 0; hash < 3000; hash++)
        for (uint32_t look = 0; look < hash % 7 + 1; look++)
            fen_reference_index_add(index, hash * 1024 + hash % 3, hash + look * 10000);
    for (uint32_t hash = 0; hash < 3000; hash++) {
        uint32_t slots[7];
        for (uint32_t look = 0; look < 7; look++)
            slots[look] = hash + look * 10000;
        assert_slots(index, hash * 1024 + hash % 3, slots, hash % 7 + 1);
        assert_slots(index, hash * 1024 + 3, NULL, 0);
    }
    /* 3,000 rows fill at most two thirds of 8,192; four or eight slots of 4 bytes each. */
    size_t row_bytes = empty_bytes / 64, slot_bytes = 0;
    for (uint32_t hash = 0; hash < 3000; hash++)
        slot_bytes += hash % 7 + 1 <= 4 ? 16 : 32;
    assert_int_equal(fen_reference_index_held_bytes(index), 8192 * row_bytes + slot_bytes);
    fen_reference_index_destroy(index);
}

/* A table grows before more than two thirds of its rows are taken. */
static void test_references_keep_a_third_of_the_rows_free(void **state)
{
    struct fen_reference_index *index = fen_reference_index_create();
    size_t row_bytes = fen_reference_index_held_bytes(index) / 64;
    for (uint32_t hash = 1; hash <= 42; hash++)
        fen_reference_index_add(index, hash, 1);
    assert_int_equal(fen_reference_index_held_bytes(index), 64 * row_bytes + 42 * 16);
    fen_reference_index_add(index, 42, 2);
    assert_int_equal(fen_reference_index_held_bytes(index), 64 * row_bytes + 42 * 16);
    fen_reference_index_add(index, 43, 1);
    assert_int_equal(fen_reference_index_held_bytes(index), 128 * row_bytes + 43 * 16);
    for (uint32_t hash = 44; hash <= 85; hash++)
        fen_reference_index_add(index, hash, 1);
    assert_int_equal(fen_reference_index_held_bytes(index), 128 * row_bytes + 85 * 16);
    fen_reference_index_add(index, 86, 1);
    assert_int_equal(fen_reference_index_held_bytes(index), 256 * row_bytes + 86 * 16);
    fen_reference_index_destroy(index);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_touches_are_read_as_they_were_added),
        TEST(test_customers_have_their_own_touches),
        TEST(test_what_holds_no_touch_holds_no_memory),
        TEST(test_expired_touches_leave_when_the_block_grows),
        TEST(test_touches_of_the_last_moment_stay),
        TEST(test_blocks_grow_by_half),
        TEST(test_references_tell_who_looked),
        TEST(test_references_of_many_records_stay_apart),
        TEST(test_references_keep_a_third_of_the_rows_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
