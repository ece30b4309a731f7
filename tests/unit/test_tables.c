/* test_tables: Tables of base: slab, state_table, mark_set, against a naive model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mark_set.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab_blocks_never_overlap),
        cmocka_unit_test(test_state_table_holds_the_last_value_of_each_key),
        cmocka_unit_test(test_state_table_key_reads_tenant_slash_id),
        cmocka_unit_test(test_mark_set_forgets_exactly_what_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
