/* test_tables: tables of base: slab, state_table, mark_set, numbering, array, by a naive model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/mark_set.h"
#include "base/numbering.h"
#include "base/slab.h"
#include "base/state_table.h"

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A block handed out is no other block's memory, and what was given back is used again. */
static void test_slab_blocks_never_overlap(void **state)
{
    (void)state;
    enum { BLOCKS = 512 };
    struct fen_slab *slab = fen_slab_create();
    unsigned char *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS] = {0};
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        uint32_t at = (uint32_t)(random_next(&seed) % BLOCKS);
        for (size_t byte = 0; byte < sizes[at]; byte++)
            assert_int_equal(blocks[at][byte], (unsigned char)at);
        fen_slab_give(slab, blocks[at], sizes[at]);
        sizes[at] = random_next(&seed) % (round % 50 == 0 ? 100000 : 600);
        blocks[at] = fen_slab_take(slab, sizes[at]);
        assert_true(fen_slab_room_bytes(sizes[at]) >= sizes[at]);
        memset(blocks[at], (int)at, sizes[at]);
    }
    for (int at = 0; at < BLOCKS; at++)
        fen_slab_give(slab, blocks[at], sizes[at]);
    assert_int_equal(fen_slab_taken_bytes(slab), 0);
    fen_slab_destroy(slab);
}

static struct fen_str number_str(char *room, uint64_t number)
{
    int size = snprintf(room, 32, "k%llu", (unsigned long long)number);
    return (struct fen_str){room, (uint32_t)size};
}

/* Slots stay where they are while values come, grow, shrink and go. */
static void test_state_table_holds_the_last_value_of_each_key(void **state)
{
    (void)state;
    enum { KEYS = 3000 };
    static char values[KEYS][64];
    static uint32_t sizes[KEYS], slots[KEYS];
    struct fen_slab *slab = fen_slab_create();
    struct fen_state_table *table = fen_state_table_create(slab);
    uint64_t seed = 11;
    char room[32];
    for (int round = 0; round < 60000; round++) {
        uint64_t key = random_next(&seed) % KEYS;
        uint32_t slot = fen_state_table_insert(table, FEN_STR("t"), number_str(room, key));
        assert_true(slots[key] == 0 || slots[key] == slot);
        slots[key] = slot;
        sizes[key] = (uint32_t)(random_next(&seed) % 64);
        memset(values[key], (int)('a' + round % 26), sizes[key]);
        struct fen_str value = {values[key], sizes[key]};
        fen_state_table_set(table, slot, sizes[key] == 0 ? FEN_STR_NONE : value);
    }
    uint32_t held = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        uint32_t slot = fen_state_table_find(table, FEN_STR("t"), number_str(room, key));
        assert_int_equal(slot, slots[key]);
        struct fen_str value = fen_state_table_value(table, slot);
        assert_int_equal(fen_str_is_set(value), sizes[key] > 0);
        assert_true(sizes[key] == 0 || memcmp(value.data, values[key], sizes[key]) == 0);
        held += sizes[key] > 0;
    }
    assert_int_equal(fen_state_table_value_count(table), held);
    assert_int_equal(fen_state_table_find(table, FEN_STR("u"), FEN_STR("k1")), 0);
    fen_state_table_destroy(table);
    assert_int_equal(fen_slab_taken_bytes(slab), 0);
    fen_slab_destroy(slab);
}

/* A key is a pair: t/1 + 2 and t + 1/2 cannot meet, since no id has a slash. */
static void test_state_table_key_reads_tenant_slash_id(void **state)
{
    (void)state;
    struct fen_slab *slab = fen_slab_create();
    struct fen_state_table *table = fen_state_table_create(slab);
    uint32_t slot = fen_state_table_insert(table, FEN_STR("tenant"), FEN_STR("order"));
    assert_true(fen_str_equal(fen_state_table_key(table, slot), FEN_STR("tenant/order")));
    assert_false(fen_str_is_set(fen_state_table_value(table, slot)));
    fen_state_table_destroy(table);
    fen_slab_destroy(slab);
}

/* Marks found are exactly those added and not removed, whatever the probes ran through. */
static void test_mark_set_forgets_exactly_what_is_removed(void **state)
{
    (void)state;
    enum { IDS = 2000 };
    static bool is_in[IDS];
    struct fen_mark_set *set = fen_mark_set_create();
    uint64_t seed = 13, count = 0;
    for (int round = 0; round < 50000; round++) {
        uint64_t id = random_next(&seed) % IDS;
        /* Few low bits, so that probes collide. */
        struct fen_hash128 hash = {id % 37, id};
        uint32_t content = 0;
        if (is_in[id] && random_next(&seed) % 2 == 0) {
            fen_mark_set_remove(set, hash);
            is_in[id] = false;
            count--;
            continue;
        }
        assert_int_equal(fen_mark_set_add(set, hash, (uint32_t)id, &content), !is_in[id]);
        assert_true(!is_in[id] || content == (uint32_t)id);
        count += !is_in[id];
        is_in[id] = true;
    }
    assert_int_equal(fen_mark_set_count(set), count);
    fen_mark_set_destroy(set);
}

/* The number of a text is that of its first coming, whatever came before in the same memory. */
static void test_numbering_numbers_in_the_order_of_coming(void **state)
{
    (void)state;
    enum { TEXTS = 300 };
    struct fen_arena *arena = fen_arena_create(1024);
    uint64_t seed = 3;
    for (uint32_t room = 1; room <= TEXTS; room += room < 40 ? 1 : 13) {
        fen_arena_reset(arena);
        struct fen_numbering numbering = fen_numbering_create(arena, room / 3); /* it grows */
        struct fen_str texts[TEXTS];
        uint32_t count = 0;
        for (uint32_t turn = 0; turn < 4 * room; turn++) {
            struct fen_str text =
                fen_arena_format(arena, "g%u", (unsigned)(random_next(&seed) % room));
            uint32_t number = 0;
            while (number < count && !fen_str_equal(texts[number], text))
                number++;
            if (number == count)
                texts[count++] = text;
            assert_int_equal(fen_numbering_number(&numbering, text), number);
        }
        assert_int_equal(numbering.count, count);
    }
    assert_int_equal(fen_numbering_create(arena, 0).count, 0);
    fen_arena_destroy(arena);
}

static int numbers_compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_array_reaches_every_row_and_keeps_the_others(void **state)
{
    (void)state;
    static const struct {
        uint32_t row, room;
    } steps[] = {{0, 64}, {63, 64}, {64, 128}, {127, 128}, {999, 1024}, {2, 1024}};
    uint32_t room = 0, written = 0;
    char(*rows)[3] = NULL;
    for (size_t step = 0; step < sizeof steps / sizeof *steps; step++) {
        rows = fen_array_reach(rows, &room, steps[step].row, sizeof *rows);
        assert_int_equal(room, steps[step].room);
        for (uint32_t row = 0; row < room; row++) {
            assert_int_equal(rows[row][0], row < written ? 'x' : 0);
            assert_int_equal(rows[row][2], row < written ? 'y' : 0);
            rows[row][0] = 'x';
            rows[row][2] = 'y';
        }
        written = room;
    }
    free(rows);
    int numbers[] = {3, 1, 2};
    fen_array_sort(numbers, 3, sizeof *numbers, numbers_compare);
    assert_true(numbers[0] == 1 && numbers[1] == 2 && numbers[2] == 3);
    fen_array_sort(NULL, 0, sizeof *numbers, numbers_compare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab_blocks_never_overlap),
        cmocka_unit_test(test_state_table_holds_the_last_value_of_each_key),
        cmocka_unit_test(test_state_table_key_reads_tenant_slash_id),
        cmocka_unit_test(test_mark_set_forgets_exactly_what_is_removed),
        cmocka_unit_test(test_numbering_numbers_in_the_order_of_coming),
        cmocka_unit_test(test_array_reaches_every_row_and_keeps_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
