/*
 * test_org: guides, stores, transfers and closed periods as of a time (SPEC §3), in snapshots.
 *
 * FEN_ORG_REPORT=1 prints how long 400,000 guides take to load and one later change to publish.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "model/period.h"
#include "plan/reference.h"

#define TENANT FEN_STR("t")

#define ASSERT_STR(actual, expected)                                                               \
    do {                                                                                           \
        struct fen_str actual_ = (actual), expected_ = fen_str_from(expected);                     \
        if (!fen_str_equal(actual_, expected_))                                                    \
            fail_msg("`%.*s` instead of `%.*s`", FEN_STR_ARG(actual_), FEN_STR_ARG(expected_));    \
    } while (0)

static struct fen_event event_of(enum fen_event_type type, const char *id, int64_t effective_ms)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = type;
    event.id = fen_str_from(id);
    event.tenant = TENANT;
    event.time_ms = effective_ms;
    event.effective_ms = effective_ms;
    return event;
}

static struct fen_event guide_set(const char *id, const char *guide, int64_t effective_ms,
                                  const char *store)
{
    struct fen_event event = event_of(FEN_EVENT_GUIDE_SET, id, effective_ms);
    event.guide = fen_str_from(guide);
    event.store = fen_str_from(store);
    return event;
}

static struct fen_event transferred(const char *id, const char *from, const char *to,
                                    int64_t effective_ms)
{
    struct fen_event event = event_of(FEN_EVENT_BOOK_TRANSFERRED, id, effective_ms);
    event.from = fen_str_from(from);
    event.to = fen_str_from(to);
    return event;
}

static void apply(struct fen_reference_builder *builder, struct fen_event event)
{
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_APPLIED);
}

static const struct fen_org *publish(struct fen_reference_builder *builder)
{
    fen_reference_publish(builder, 0, 0);
    return fen_reference_acquire(builder, 0)->org;
}

static const char *const empty = "";

/* The store a guide stands in as of a time, "" for unknown. */
static struct fen_str store_as_of(const struct fen_org *org, const char *guide, int64_t at_ms)
{
    const struct fen_guide *version = fen_org_guide(org, TENANT, fen_str_from(guide), at_ms);
    return version == NULL ? fen_str_from(empty) : version->store;
}

static void test_the_greatest_effective_and_event_hold(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    apply(builder, guide_set("e3", "g", 300, "s3"));
    apply(builder, guide_set("e1", "g", 100, "s1"));
    apply(builder, guide_set("e0", "g", 100, "s0"));
    apply(builder, guide_set("e2b", "g", 200, "s2b"));
    apply(builder, guide_set("e2a", "g", 200, "s2a"));
    const struct fen_org *org = publish(builder);
    static const struct {
        int64_t at_ms;
        const char *store;
    } rows[] = {
        /* Before the first version it holds, among equals the greatest event id. */
        {INT64_MIN, "s1"}, {0, "s1"},    {99, "s1"},  {100, "s1"}, {101, "s1"},
        {199, "s1"},       {200, "s2b"}, {299, "s2b"}, {300, "s3"}, {INT64_MAX, "s3"},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        ASSERT_STR(store_as_of(org, "g", rows[index].at_ms), rows[index].store);
    ASSERT_STR(fen_org_guide_newest(org, TENANT, FEN_STR("g"))->store, "s3");
    assert_null(fen_org_guide(org, TENANT, FEN_STR("h"), 100));
    assert_null(fen_org_guide(org, FEN_STR("u"), FEN_STR("g"), 100));
    fen_reference_builder_destroy(builder);
}

static void test_a_version_replaces_the_whole_record(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_str customers[] = {FEN_STR("c1"), FEN_STR("c2")};
    struct fen_event event = guide_set("e1", "g", 100, "s1");
    event.level = FEN_STR("senior");
    event.kind = FEN_STR("koc");
    event.status = FEN_GUIDE_LEFT;
    event.employer = FEN_STR("brand");
    event.name = FEN_STR("王芳");
    event.customers = customers;
    event.customer_count = 2;
    apply(builder, event);
    apply(builder, guide_set("e2", "g", 200, NULL));
    const struct fen_org *org = publish(builder);
    const struct fen_guide *first = fen_org_guide(org, TENANT, FEN_STR("g"), 100);
    ASSERT_STR(first->level, "senior");
    ASSERT_STR(first->kind, "koc");
    ASSERT_STR(first->employer, "brand");
    ASSERT_STR(first->name, "王芳");
    ASSERT_STR(first->event, "e1");
    assert_int_equal(first->status, FEN_GUIDE_LEFT);
    assert_int_equal(first->customer_count, 2);
    ASSERT_STR(first->customers[1], "c2");
    const struct fen_guide *second = fen_org_guide(org, TENANT, FEN_STR("g"), 200);
    assert_false(fen_str_is_set(second->store) || fen_str_is_set(second->level));
    ASSERT_STR(second->kind, "guide");
    assert_int_equal(second->status, FEN_GUIDE_ACTIVE);
    assert_int_equal(second->customer_count, 0);
    fen_reference_builder_destroy(builder);
}

static void test_stores_have_their_kind(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_event event = event_of(FEN_EVENT_STORE_SET, "e1", 100);
    event.store = FEN_STR("s");
    event.kind = FEN_STR("franchise");
    event.franchisee = FEN_STR("f");
    event.region = FEN_STR("east");
    event.manager = FEN_STR("m");
    apply(builder, event);
    struct fen_event later = event_of(FEN_EVENT_STORE_SET, "e2", 200);
    later.store = FEN_STR("s");
    apply(builder, later);
    const struct fen_org *org = publish(builder);
    const struct fen_store *store = fen_org_store(org, TENANT, FEN_STR("s"), 0);
    assert_int_equal(store->kind, FEN_STORE_FRANCHISE);
    ASSERT_STR(store->franchisee, "f");
    ASSERT_STR(store->region, "east");
    ASSERT_STR(store->manager, "m");
    store = fen_org_store(org, TENANT, FEN_STR("s"), 200);
    assert_int_equal(store->kind, FEN_STORE_OWNED);
    assert_false(fen_str_is_set(store->region));
    assert_null(fen_org_store(org, TENANT, FEN_STR("g"), 0));
    fen_reference_builder_destroy(builder);
}

static void test_transfers_are_found_after_a_time(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    apply(builder, transferred("e2", "g", "h2", 200));
    apply(builder, transferred("e1b", "g", "h1b", 100));
    apply(builder, transferred("e1a", "g", "h1a", 100));
    const struct fen_org *org = publish(builder);
    static const struct {
        int64_t after_ms, until_ms;
        const char *to;
    } rows[] = {
        {0, 99, NULL},     {0, 100, "h1a"}, {99, 500, "h1a"}, {100, 199, NULL},
        {100, 200, "h2"},  {200, 500, NULL}, {INT64_MIN, INT64_MAX, "h1a"},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        const struct fen_transfer *found = fen_org_transfer(
            org, TENANT, FEN_STR("g"), rows[index].after_ms, rows[index].until_ms);
        assert_true((found == NULL) == (rows[index].to == NULL));
        if (found != NULL)
            ASSERT_STR(found->to, rows[index].to);
    }
    assert_null(fen_org_transfer(org, TENANT, FEN_STR("h2"), 0, 500));
    assert_null(fen_org_guide(org, TENANT, FEN_STR("g"), 500));
    fen_reference_builder_destroy(builder);
}

static int32_t period_of_text(const char *text)
{
    int32_t period;
    assert_true(fen_period_parse(fen_str_from(text), &period));
    return period;
}

static void test_closed_periods_are_known_by_tenant(void **state)
{
    static const char *const closed[] = {"2026-11", "2026-09", "2026-10", "2026-09"};
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    for (uint32_t index = 0; index < 4; index++) {
        char id[8];
        snprintf(id, sizeof id, "e%u", index);
        struct fen_event event = event_of(FEN_EVENT_PERIOD_CLOSED, id, 100);
        event.period = fen_str_from(closed[index]);
        apply(builder, event);
    }
    const struct fen_org *org = publish(builder);
    assert_true(fen_org_is_closed(org, TENANT, period_of_text("2026-09")));
    assert_true(fen_org_is_closed(org, TENANT, period_of_text("2026-10")));
    assert_true(fen_org_is_closed(org, TENANT, period_of_text("2026-11")));
    assert_false(fen_org_is_closed(org, TENANT, period_of_text("2026-08")));
    assert_false(fen_org_is_closed(org, TENANT, period_of_text("2026-12")));
    assert_false(fen_org_is_closed(org, FEN_STR("u"), period_of_text("2026-10")));
    /* Closing it once more changes nothing, so only three rows say so. */
    assert_int_equal(fen_org_change_count(org), 3);
    fen_reference_builder_destroy(builder);
}

static void test_change_log_lists_what_changed_in_order(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    apply(builder, guide_set("e1", "g", 100, "s"));
    const struct fen_org *org = publish(builder);
    assert_int_equal(fen_org_change_count(org), 1);
    struct fen_event store = event_of(FEN_EVENT_STORE_SET, "e2", 50);
    store.store = FEN_STR("s");
    apply(builder, store);
    apply(builder, transferred("e3", "g", "h", 70));
    struct fen_event closing = event_of(FEN_EVENT_PERIOD_CLOSED, "e4", 80);
    closing.period = FEN_STR("2026-10");
    apply(builder, closing);
    /* The older snapshot does not see them. */
    assert_int_equal(fen_org_change_count(org), 1);
    org = publish(builder);
    static const struct {
        enum fen_org_record record;
        const char *id, *event;
        int64_t from_ms;
    } rows[] = {
        {FEN_ORG_GUIDE, "g", "e1", INT64_MIN},
        {FEN_ORG_STORE, "s", "e2", INT64_MIN},
        {FEN_ORG_TRANSFER, "g", "e3", 70},
        {FEN_ORG_PERIOD, "2026-10", "e4", 80},
    };
    assert_int_equal(fen_org_change_count(org), 4);
    for (uint32_t index = 0; index < 4; index++) {
        const struct fen_org_change *change = fen_org_change(org, index);
        assert_int_equal(change->record, rows[index].record);
        ASSERT_STR(change->tenant, "t");
        ASSERT_STR(change->id, rows[index].id);
        ASSERT_STR(change->event, rows[index].event);
        assert_int_equal(change->from_ms, rows[index].from_ms);
    }
    fen_reference_builder_destroy(builder);
}

static void test_the_same_event_again_is_a_duplicate(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_event event = guide_set("e1", "g", 100, "s1");
    apply(builder, event);
    assert_int_equal(fen_reference_apply(builder, &event, NULL), FEN_REFERENCE_DUPLICATE);
    struct fen_event other = guide_set("e1", "g", 100, "s2");
    assert_int_equal(fen_reference_apply(builder, &other, NULL), FEN_REFERENCE_ID_CONFLICT);
    struct fen_event elsewhere = guide_set("e1", "g", 100, "s3");
    elsewhere.tenant = FEN_STR("u");
    apply(builder, elsewhere);
    const struct fen_org *org = publish(builder);
    ASSERT_STR(store_as_of(org, "g", 100), "s1");
    assert_int_equal(fen_org_change_count(org), 2);
    fen_reference_builder_destroy(builder);
}

static void test_a_snapshot_keeps_what_it_showed(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(2);
    char id[16], guide[16];
    for (uint32_t index = 0; index < 5000; index++) {
        snprintf(id, sizeof id, "a%u", index);
        snprintf(guide, sizeof guide, "g%u", index);
        apply(builder, guide_set(id, guide, 100, "old"));
    }
    fen_reference_publish(builder, 7, 9);
    const struct fen_reference *first = fen_reference_acquire(builder, 0);
    assert_true(first->org_offset == 7 && first->plan_offset == 9);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t index = 0; index < 5000; index += 7) {
            snprintf(id, sizeof id, "b%u-%u", round, index);
            snprintf(guide, sizeof guide, "g%u", index);
            apply(builder, guide_set(id, guide, 200 + round, "new"));
        }
        snprintf(guide, sizeof guide, "h%u", round);
        apply(builder, guide_set(guide, guide, 100, "new"));
        fen_reference_publish(builder, 8, 9);
        /* Reader 1 goes along, reader 0 stays where it was. */
        const struct fen_org *newest = fen_reference_acquire(builder, 1)->org;
        ASSERT_STR(store_as_of(newest, "g7", 500), "new");
        assert_int_equal(fen_org_guide_newest(newest, TENANT, FEN_STR("g7"))->effective_ms,
                         200 + round);
        assert_non_null(fen_org_guide(newest, TENANT, fen_str_from(guide), 0));
        assert_null(fen_org_guide(first->org, TENANT, fen_str_from(guide), 0));
    }
    for (uint32_t index = 0; index < 5000; index++) {
        snprintf(guide, sizeof guide, "g%u", index);
        ASSERT_STR(store_as_of(first->org, guide, 500), "old");
        assert_int_equal(
            fen_org_guide_newest(first->org, TENANT, fen_str_from(guide))->effective_ms, 100);
    }
    assert_int_equal(fen_org_change_count(first->org), 5000);
    fen_reference_builder_destroy(builder);
}

static void test_a_long_history_is_searched(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    char id[16], store[16];
    for (uint32_t index = 0; index < 3000; index++) {
        /* 1,000 times in an order that is neither rising nor falling, three events each. */
        uint32_t time = index * 7 % 1000;
        snprintf(id, sizeof id, "e%u", index);
        snprintf(store, sizeof store, "s%u", time);
        apply(builder, guide_set(id, "g", time * 10, store));
        if (index % 100 == 0)
            fen_reference_publish(builder, 0, 0);
    }
    const struct fen_org *org = publish(builder);
    for (uint32_t time = 0; time < 1000; time++) {
        snprintf(store, sizeof store, "s%u", time);
        ASSERT_STR(store_as_of(org, "g", time * 10), store);
        ASSERT_STR(store_as_of(org, "g", time * 10 + 9), store);
    }
    ASSERT_STR(store_as_of(org, "g", -1), "s0");
    fen_reference_builder_destroy(builder);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void test_a_large_org_loads_and_changes(void **state)
{
    enum { GUIDES = 400000, CHANGES = 1000 };
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    char id[16], guide[16], store[16];
    double start_ms = now_ms();
    for (uint32_t index = 0; index < GUIDES; index++) {
        snprintf(id, sizeof id, "e%u", index);
        snprintf(guide, sizeof guide, "g%u", index);
        snprintf(store, sizeof store, "s%u", index % 3000);
        apply(builder, guide_set(id, guide, 100, store));
    }
    fen_reference_publish(builder, 0, 0);
    double loaded_ms = now_ms();
    for (uint32_t index = 0; index < CHANGES; index++) {
        snprintf(id, sizeof id, "f%u", index);
        snprintf(guide, sizeof guide, "g%u", index * 397 % GUIDES);
        apply(builder, guide_set(id, guide, 200, "moved"));
        (void)publish(builder);
    }
    double changed_ms = now_ms();
    const struct fen_org *org = publish(builder);
    for (uint32_t index = 0; index < GUIDES; index++) {
        snprintf(guide, sizeof guide, "g%u", index);
        assert_non_null(fen_org_guide(org, TENANT, fen_str_from(guide), 0));
    }
    double found_ms = now_ms();
    ASSERT_STR(store_as_of(org, "g397", 200), "moved");
    ASSERT_STR(store_as_of(org, "g397", 199), "s397");
    assert_int_equal(fen_org_change_count(org), GUIDES + CHANGES);
    if (getenv("FEN_ORG_REPORT") != NULL)
        print_message("%d guides in %.0f ms; a change and its publish %.2f us; a lookup %.0f ns\n",
                      GUIDES, loaded_ms - start_ms, (changed_ms - loaded_ms) * 1e3 / CHANGES,
                      (found_ms - changed_ms) * 1e6 / GUIDES);
    fen_reference_builder_destroy(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_greatest_effective_and_event_hold),
        cmocka_unit_test(test_a_version_replaces_the_whole_record),
        cmocka_unit_test(test_stores_have_their_kind),
        cmocka_unit_test(test_transfers_are_found_after_a_time),
        cmocka_unit_test(test_closed_periods_are_known_by_tenant),
        cmocka_unit_test(test_change_log_lists_what_changed_in_order),
        cmocka_unit_test(test_the_same_event_again_is_a_duplicate),
        cmocka_unit_test(test_a_snapshot_keeps_what_it_showed),
        cmocka_unit_test(test_a_long_history_is_searched),
        cmocka_unit_test(test_a_large_org_loads_and_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
