/*
 * test_reference: readers see whole references while the builder publishes, and old ones are freed.
 *
 * The threaded test is the one to run under ThreadSanitizer (preset tsan).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/reference.h"
#include "plan/retire.h"

#define TENANT FEN_STR("t")

enum { READER_COUNT = 2, GUIDE_COUNT = 64, ROUND_COUNT = 300 };

static struct fen_event guide_set(const char *id, const char *guide, int64_t effective_ms)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_GUIDE_SET;
    event.id = fen_str_from(id);
    event.tenant = TENANT;
    event.time_ms = event.effective_ms = effective_ms;
    event.guide = fen_str_from(guide);
    event.store = fen_str_from(id);
    return event;
}

static void apply_guide(struct fen_reference_builder *builder, uint32_t guide, int64_t round)
{
    char id[32], name[16];
    snprintf(id, sizeof id, "e%u-%lld", guide, (long long)round);
    snprintf(name, sizeof name, "g%u", guide);
    struct fen_event event = guide_set(id, name, round);
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static void apply_plan(struct fen_reference_builder *builder, uint32_t version)
{
    char yaml[256];
    int size = snprintf(yaml, sizeof yaml,
                        "plan: p\nversion: %u\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                        "from: 2026-01-01\nroles: {sale: [{name: a, when: {sku: k}, pay: 1%%}]}\n",
                        version);
    assert_int_equal(
        fen_reference_apply_plan(builder, (struct fen_str){yaml, (uint32_t)size}, NULL),
        FEN_REFERENCE_APPLIED);
}

static void test_the_first_reference_is_empty(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    const struct fen_reference *reference = fen_reference_acquire(builder, 0);
    assert_null(fen_org_guide(reference->org, TENANT, FEN_STR("g"), 0));
    assert_null(fen_org_store(reference->org, TENANT, FEN_STR("s"), 0));
    assert_null(fen_org_transfer(reference->org, TENANT, FEN_STR("g"), 0, 1));
    assert_false(fen_org_is_closed(reference->org, TENANT, 24000));
    assert_int_equal(fen_org_change_count(reference->org), 0);
    assert_null(fen_catalog_choose(reference->catalog, TENANT, 0));
    assert_int_equal(fen_catalog_publication(reference->catalog), 0);
    fen_reference_builder_destroy(builder);
}

static void test_changes_are_seen_after_publish_only(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    apply_guide(builder, 1, 1);
    const struct fen_reference *before = fen_reference_acquire(builder, 0);
    assert_null(fen_org_guide(before->org, TENANT, FEN_STR("g1"), 0));
    fen_reference_publish(builder, 3, 4);
    assert_null(fen_org_guide(before->org, TENANT, FEN_STR("g1"), 0));
    const struct fen_reference *after = fen_reference_acquire(builder, 0);
    assert_non_null(fen_org_guide(after->org, TENANT, FEN_STR("g1"), 0));
    assert_true(after->org_offset == 3 && after->plan_offset == 4);
    fen_reference_builder_destroy(builder);
}

static void test_memory_is_kept_until_it_is_out_of_reach(void **state)
{
    struct fen_retire retire = {.number = 5};
    for (uint32_t index = 0; index < 200; index++) {
        fen_retire_add(&retire, malloc(8), 4);
        /* What was made for the snapshot being built is freed at once. */
        fen_retire_add(&retire, malloc(8), retire.number);
    }
    assert_int_equal(retire.count - retire.first, 200);
    retire.number = 6;
    for (uint32_t index = 0; index < 300; index++)
        fen_retire_add(&retire, malloc(8), 5);
    fen_retire_free(&retire, 4);
    assert_int_equal(retire.count - retire.first, 500);
    fen_retire_free(&retire, 5);
    assert_int_equal(retire.count - retire.first, 300);
    for (uint32_t index = 0; index < 300; index++)
        fen_retire_add(&retire, malloc(8), 2);
    assert_int_equal(retire.count - retire.first, 600);
    fen_retire_free(&retire, 6);
    assert_int_equal(retire.count - retire.first, 0);
    fen_retire_deinit(&retire);
}

/* What builder and readers share; the counters are for the test alone. */
struct shared {
    struct fen_reference_builder *builder;
    _Atomic bool is_done;
    _Atomic uint32_t reader_next;
    _Atomic uint64_t batches[READER_COUNT];
    _Atomic uint64_t faults;
};

/*
 * One batch of a reader. The builder gives every guide a version in each round before it publishes
 * the round as org offset, so within one reference all guides stand at that very round.
 */
static uint64_t count_faults(const struct fen_reference *reference)
{
    uint64_t faults = 0;
    int64_t round = reference->org_offset;
    if (round == 0)
        return 0;
    for (uint32_t guide = 0; guide < GUIDE_COUNT; guide++) {
        char name[16], store[32];
        snprintf(name, sizeof name, "g%u", guide);
        snprintf(store, sizeof store, "e%u-%lld", guide, (long long)round);
        const struct fen_guide *newest =
            fen_org_guide_newest(reference->org, TENANT, fen_str_from(name));
        faults += newest == NULL || newest->effective_ms != round
                  || !fen_str_equal(newest->store, fen_str_from(store));
    }
    uint64_t rows = fen_org_change_count(reference->org);
    faults += rows != (uint64_t)round * GUIDE_COUNT;
    faults += fen_org_change(reference->org, rows - 1)->from_ms != (round == 1 ? INT64_MIN : round);
    int64_t publication = fen_catalog_publication(reference->catalog);
    const struct fen_plan *plan =
        fen_catalog_choose(reference->catalog, TENANT, INT64_C(1800000000000));
    faults += publication > 0
              && (plan == NULL || plan->version != (uint32_t)publication
                  || fen_plan_symbol(plan, FEN_DIMENSION_SKU, FEN_STR("k")) != 1);
    return faults;
}

static void *run_reader(void *argument)
{
    struct shared *shared = argument;
    uint32_t reader = atomic_fetch_add(&shared->reader_next, 1);
    int64_t last_round = 0;
    while (!atomic_load(&shared->is_done)) {
        const struct fen_reference *reference = fen_reference_acquire(shared->builder, reader);
        uint64_t faults = count_faults(reference) + (reference->org_offset < last_round);
        last_round = reference->org_offset;
        atomic_fetch_add(&shared->faults, faults);
        atomic_fetch_add(&shared->batches[reader], 1);
    }
    return NULL;
}

static void test_readers_see_whole_references_under_load(void **state)
{
    struct shared shared = {.builder = fen_reference_builder_create(READER_COUNT)};
    pthread_t threads[READER_COUNT];
    for (uint32_t reader = 0; reader < READER_COUNT; reader++)
        assert_int_equal(pthread_create(&threads[reader], NULL, run_reader, &shared), 0);
    uint32_t version = 0;
    for (int64_t round = 1; round <= ROUND_COUNT; round++) {
        for (uint32_t guide = 0; guide < GUIDE_COUNT; guide++)
            apply_guide(shared.builder, guide, round);
        if (round % 16 == 0)
            apply_plan(shared.builder, ++version);
        fen_reference_publish(shared.builder, round, version);
        /* Let readers in now and then, so that they overlap with many rounds on few cores too. */
        if (round % 64 == 0)
            sched_yield();
    }
    for (uint32_t reader = 0; reader < READER_COUNT; reader++)
        while (atomic_load(&shared.batches[reader]) < 100)
            sched_yield();
    atomic_store(&shared.is_done, true);
    for (uint32_t reader = 0; reader < READER_COUNT; reader++)
        assert_int_equal(pthread_join(threads[reader], NULL), 0);
    assert_int_equal(atomic_load(&shared.faults), 0);
    const struct fen_reference *last = fen_reference_acquire(shared.builder, 0);
    assert_int_equal(last->org_offset, ROUND_COUNT);
    assert_int_equal(fen_catalog_publication(last->catalog), version);
    fen_reference_builder_destroy(shared.builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_reference_is_empty),
        cmocka_unit_test(test_changes_are_seen_after_publish_only),
        cmocka_unit_test(test_memory_is_kept_until_it_is_out_of_reach),
        cmocka_unit_test(test_readers_see_whole_references_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
