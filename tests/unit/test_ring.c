/* test_ring: the queue between a worker and the projector. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "redis/ring.h"

static void test_ring_gives_items_back_in_order(void **state)
{
    struct fen_ring *ring = fen_ring_create(4);
    int items[3];
    assert_null(fen_ring_pop(ring));
    for (int index = 0; index < 3; index++)
        assert_true(fen_ring_push(ring, &items[index]));
    assert_int_equal(fen_ring_size(ring), 3);
    for (int index = 0; index < 3; index++)
        assert_ptr_equal(fen_ring_pop(ring), &items[index]);
    assert_null(fen_ring_pop(ring));
    fen_ring_destroy(ring);
}

static void test_ring_push_refuses_when_every_slot_is_taken(void **state)
{
    struct fen_ring *ring = fen_ring_create(2);
    int items[3];
    assert_true(fen_ring_push(ring, &items[0]));
    assert_true(fen_ring_push(ring, &items[1]));
    assert_false(fen_ring_push(ring, &items[2]));
    assert_ptr_equal(fen_ring_pop(ring), &items[0]);
    assert_true(fen_ring_push(ring, &items[2]));
    assert_false(fen_ring_push(ring, &items[0]));
    assert_ptr_equal(fen_ring_pop(ring), &items[1]);
    assert_ptr_equal(fen_ring_pop(ring), &items[2]);
    fen_ring_destroy(ring);
}

#define ROUND_COUNT 200000

/* What a block is to the real ring: written by one thread, read by the other, used again. */
struct parcel {
    uint64_t number;
    uint64_t square;
};

struct soak {
    struct fen_ring *out;
    struct fen_ring *back;
    uint64_t mistakes;
};

static void *soak_consume(void *context)
{
    struct soak *soak = context;
    for (uint64_t expected = 0; expected < ROUND_COUNT;) {
        struct parcel *parcel = fen_ring_pop(soak->out);
        if (parcel == NULL) {
            sched_yield();
            continue;
        }
        soak->mistakes += parcel->number != expected || parcel->square != expected * expected;
        expected++;
        while (!fen_ring_push(soak->back, parcel))
            sched_yield();
    }
    return NULL;
}

/* Under ThreadSanitizer this also shows that what a parcel holds needs no lock. */
static void test_ring_hands_parcels_over_and_back_between_two_threads(void **state)
{
    struct parcel parcels[8];
    struct soak soak = {fen_ring_create(8), fen_ring_create(8), 0};
    uint32_t fresh = 0;
    pthread_t consumer;
    assert_int_equal(pthread_create(&consumer, NULL, soak_consume, &soak), 0);
    for (uint64_t number = 0; number < ROUND_COUNT; number++) {
        struct parcel *parcel = fresh < 8 ? &parcels[fresh++] : fen_ring_pop(soak.back);
        while (parcel == NULL) {
            sched_yield();
            parcel = fen_ring_pop(soak.back);
        }
        *parcel = (struct parcel){number, number * number};
        assert_true(fen_ring_push(soak.out, parcel));
    }
    pthread_join(consumer, NULL);
    assert_int_equal(soak.mistakes, 0);
    fen_ring_destroy(soak.out);
    fen_ring_destroy(soak.back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring_gives_items_back_in_order),
        cmocka_unit_test(test_ring_push_refuses_when_every_slot_is_taken),
        cmocka_unit_test(test_ring_hands_parcels_over_and_back_between_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
