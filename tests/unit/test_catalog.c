/* test_catalog: which plan is chosen, and what a publication means for orders (SPEC §4 Plan). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/period.h"
#include "plan/reference.h"

#define TENANT FEN_STR("t")

/* Midnight of a date in +08:00. */
static int64_t at(const char *date)
{
    int32_t day = 0;
    assert_true(fen_date_parse(fen_str_from(date), &day));
    return day * FEN_DAY_MS - FEN_OFFSET_DEFAULT_MS;
}

/* A plan file; `to` may be NULL, `rate` tells contents apart. */
static struct fen_str plan_text(const char *id, uint32_t version, const char *from, const char *to,
                                const char *rate)
{
    static char text[512];
    int size = snprintf(text, sizeof text,
                        "plan: %s\nversion: %u\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: %s\n"
                        "%s%s%sroles: {sale: [{name: a, pay: %s}]}\n",
                        id, version, from, to == NULL ? "" : "to: ", to == NULL ? "" : to,
                        to == NULL ? "" : "\n", rate);
    return (struct fen_str){text, (uint32_t)size};
}

static enum fen_reference_fate publish_yaml(struct fen_reference_builder *builder, const char *id,
                                            const char *tenant, struct fen_str yaml,
                                            bool is_retroactive)
{
    struct fen_event event;
    fen_record_clear(&fen_event_schema, &event);
    event.type = FEN_EVENT_PLAN_PUBLISHED;
    event.id = fen_str_from(id);
    event.tenant = fen_str_from(tenant);
    event.time_ms = 1;
    event.yaml = yaml;
    event.retroactive = is_retroactive;
    return fen_reference_apply(builder, &event, NULL);
}

static const struct fen_catalog *newest(struct fen_reference_builder *builder)
{
    fen_reference_publish(builder, 0, 0);
    return fen_reference_acquire(builder, 0)->catalog;
}

/* "id@version" of the plan chosen for a day, "" for none. */
static const char *choice(const struct fen_catalog *catalog, const char *tenant, int64_t created)
{
    static char text[64];
    const struct fen_plan *plan = fen_catalog_choose(catalog, fen_str_from(tenant), created);
    if (plan == NULL)
        return "";
    snprintf(text, sizeof text, "%.*s@%u", FEN_STR_ARG(plan->id), plan->version);
    return text;
}

static void test_the_greatest_version_in_force_is_chosen(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    assert_string_equal(choice(newest(builder), "t", at("2026-01-01")), "");
    static const struct {
        const char *id;
        uint32_t version;
        const char *from, *to;
    } plans[] = {
        {"a", 2, "2026-03-01", "2026-06-01"},
        {"a", 1, "2026-01-01", NULL},
        {"b", 2, "2026-05-01", "2026-07-01"},
        {"a", 10, "2026-08-01", "2026-09-01"},
    };
    for (uint32_t index = 0; index < 4; index++) {
        char id[8];
        snprintf(id, sizeof id, "e%u", index);
        struct fen_str yaml = plan_text(plans[index].id, plans[index].version, plans[index].from,
                                        plans[index].to, "1%");
        assert_int_equal(publish_yaml(builder, id, "t", yaml, false), FEN_REFERENCE_APPLIED);
    }
    const struct fen_catalog *catalog = newest(builder);
    assert_string_equal(choice(catalog, "t", at("2026-01-01") - 1), "");
    assert_string_equal(choice(catalog, "t", at("2026-01-01")), "a@1");
    assert_string_equal(choice(catalog, "t", at("2026-03-01") - 1), "a@1");
    assert_string_equal(choice(catalog, "t", at("2026-03-01")), "a@2");
    assert_string_equal(choice(catalog, "t", at("2026-05-01")), "b@2");
    assert_string_equal(choice(catalog, "t", at("2026-07-01") - 1), "b@2");
    assert_string_equal(choice(catalog, "t", at("2026-07-01")), "a@1");
    assert_string_equal(choice(catalog, "t", at("2026-08-01")), "a@10");
    assert_string_equal(choice(catalog, "t", at("2050-01-01")), "a@1");
    assert_string_equal(choice(catalog, "u", at("2026-05-01")), "");
    assert_int_equal(fen_catalog_publication(catalog), 4);
    fen_reference_builder_destroy(builder);
}

static void test_a_plan_of_the_command_line_is_every_tenant_s(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    assert_int_equal(
        fen_reference_apply_plan(builder, plan_text("a", 2, "2026-01-01", NULL, "1%"), NULL),
        FEN_REFERENCE_APPLIED);
    assert_int_equal(publish_yaml(builder, "e1", "t", plan_text("b", 1, "2026-01-01", NULL, "1%"),
                                  false),
                     FEN_REFERENCE_APPLIED);
    assert_int_equal(publish_yaml(builder, "e2", "u", plan_text("b", 3, "2026-01-01", NULL, "1%"),
                                  false),
                     FEN_REFERENCE_APPLIED);
    /* Every tenant's plan is this tenant's too, so the same version again is a duplicate. */
    assert_int_equal(publish_yaml(builder, "e3", "u", plan_text("a", 2, "2026-01-01", NULL, "1%"),
                                  false),
                     FEN_REFERENCE_DUPLICATE);
    assert_int_equal(publish_yaml(builder, "e4", "u", plan_text("a", 2, "2026-01-01", NULL, "2%"),
                                  false),
                     FEN_REFERENCE_PLAN_CONFLICT);
    const struct fen_catalog *catalog = newest(builder);
    assert_string_equal(choice(catalog, "t", at("2026-01-01")), "a@2");
    assert_string_equal(choice(catalog, "u", at("2026-01-01")), "b@3");
    assert_string_equal(choice(catalog, "v", at("2026-01-01")), "a@2");
    assert_non_null(fen_catalog_find(catalog, FEN_STR("v"), FEN_STR("a"), 2));
    assert_null(fen_catalog_find(catalog, FEN_STR("v"), FEN_STR("b"), 3));
    assert_null(fen_catalog_find(catalog, FEN_STR("u"), FEN_STR("b"), 1));
    assert_non_null(fen_catalog_find(catalog, FEN_STR("u"), FEN_STR("b"), 3));
    fen_reference_builder_destroy(builder);
}

/* The earliest publication of a plan for the time, the tenant's own or every tenant's. */
static void test_the_first_publication_for_a_time(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    assert_int_equal(fen_catalog_first_publication(newest(builder), TENANT, at("2026-05-01")), 0);
    static const struct {
        const char *tenant;
        uint32_t version;
        const char *from, *to;
    } plans[] = {
        {"t", 1, "2026-05-01", "2026-06-01"},
        {"t", 3, "2026-01-01", NULL},
        {"t", 2, "2026-01-01", NULL},
        {"u", 1, "2020-01-01", NULL},
    };
    for (uint32_t index = 0; index < 4; index++) {
        char id[8];
        snprintf(id, sizeof id, "e%u", index);
        struct fen_str yaml =
            plan_text("a", plans[index].version, plans[index].from, plans[index].to, "1%");
        assert_int_equal(publish_yaml(builder, id, plans[index].tenant, yaml, true),
                         FEN_REFERENCE_APPLIED);
    }
    struct fen_str every = plan_text("b", 1, "2020-01-01", NULL, "1%");
    assert_int_equal(fen_reference_apply_plan(builder, every, NULL), FEN_REFERENCE_APPLIED);
    const struct fen_catalog *catalog = newest(builder);
    static const struct {
        const char *tenant, *date;
        int64_t first;
    } rows[] = {
        {"t", "2026-05-01", 1}, {"t", "2026-06-01", 2}, {"t", "2026-04-30", 2},
        {"t", "2025-12-31", 5}, {"t", "2019-12-31", 0}, {"u", "2026-05-01", 4},
        {"v", "2026-05-01", 5},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        assert_int_equal(fen_catalog_first_publication(catalog, fen_str_from(rows[row].tenant),
                                                       at(rows[row].date)),
                         rows[row].first);
    fen_reference_builder_destroy(builder);
}

/* "id@version" of the tables that hold in a period, "" for none. */
static const char *table(const struct fen_catalog *catalog, const char *id, const char *month)
{
    static char text[64];
    int32_t period = 0;
    assert_true(fen_period_parse(fen_str_from(month), &period));
    const struct fen_plan *plan = fen_catalog_table(catalog, TENANT, fen_str_from(id), period);
    if (plan == NULL)
        return "";
    snprintf(text, sizeof text, "%.*s@%u", FEN_STR_ARG(plan->id), plan->version);
    return text;
}

static void publish_every(struct fen_reference_builder *builder, const char *id, uint32_t version,
                          const char *from, const char *to)
{
    assert_int_equal(
        fen_reference_apply_plan(builder, plan_text(id, version, from, to, "1%"), NULL),
        FEN_REFERENCE_APPLIED);
}

static void publish_own(struct fen_reference_builder *builder, const char *id, uint32_t version,
                        const char *from, const char *to)
{
    char event[32];
    snprintf(event, sizeof event, "%s-%u", id, version);
    assert_int_equal(
        publish_yaml(builder, event, "t", plan_text(id, version, from, to, "1%"), false),
        FEN_REFERENCE_APPLIED);
}

/* SPEC §7: the greatest version that overlaps, else the greatest, whoever it was published for. */
static void test_tables_of_a_tenant_and_of_every_tenant(void **state)
{
    (void)state;
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    publish_every(builder, "a", 3, "2026-01-01", "2026-04-01");
    publish_own(builder, "a", 2, "2026-03-01", "2026-06-01");
    publish_every(builder, "b", 1, "2026-01-01", "2026-02-01");
    publish_own(builder, "b", 2, "2026-01-01", "2026-03-01");
    publish_own(builder, "own", 1, "2026-01-01", NULL);
    publish_every(builder, "every", 1, "2026-01-01", NULL);
    const struct fen_catalog *catalog = newest(builder);
    static const struct {
        const char *id, *month, *held;
    } rows[] = {{"a", "2026-02", "a@3"},       {"a", "2026-03", "a@3"}, {"a", "2026-04", "a@2"},
                {"a", "2026-09", "a@3"},       {"b", "2026-01", "b@2"}, {"b", "2026-09", "b@2"},
                {"own", "2026-01", "own@1"},   {"c", "2026-01", ""},
                {"every", "2026-01", "every@1"}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        assert_string_equal(table(catalog, rows[row].id, rows[row].month), rows[row].held);
    /* The same version of two ids, one of them every tenant's: the greater id (SPEC §4 Plan). */
    publish_own(builder, "every2", 1, "2027-01-01", NULL);
    assert_string_equal(choice(newest(builder), "t", at("2027-02-01")), "own@1");
    publish_every(builder, "z", 1, "2027-01-01", NULL);
    assert_string_equal(choice(newest(builder), "t", at("2027-02-01")), "z@1");
    fen_reference_builder_destroy(builder);
    fen_reference_builder_destroy(NULL);
}

static void test_a_version_published_again_is_a_duplicate(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    (void)!publish_yaml(builder, "e1", "t", plan_text("a", 1, "2026-01-01", NULL, "1%"), false);
    assert_int_equal(
        publish_yaml(builder, "e2", "t", plan_text("a", 1, "2026-01-01", NULL, "1%"), false),
        FEN_REFERENCE_DUPLICATE);
    assert_int_equal(
        publish_yaml(builder, "e3", "t", plan_text("a", 1, "2026-01-01", NULL, "9%"), false),
        FEN_REFERENCE_PLAN_CONFLICT);
    const struct fen_catalog *catalog = newest(builder);
    const struct fen_plan *plan = fen_catalog_find(catalog, TENANT, FEN_STR("a"), 1);
    assert_int_equal(plan->rules[FEN_ROLE_SALE][0].pay.rate_ppm, 10000);
    assert_int_equal(fen_catalog_publication(catalog), 1);
    assert_false(fen_catalog_retroactive(catalog, TENANT, at("2026-02-01"), 0));
    fen_reference_builder_destroy(builder);
}

static void test_a_retroactive_publication_covers_its_validity(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    (void)!publish_yaml(builder, "e1", "t", plan_text("a", 1, "2026-01-01", NULL, "1%"), false);
    (void)!publish_yaml(builder, "e2", "t", plan_text("a", 2, "2026-03-01", "2026-04-01", "2%"),
                        true);
    const struct fen_catalog *catalog = newest(builder);
    assert_int_equal(fen_catalog_publication(catalog), 2);
    assert_true(fen_catalog_retroactive(catalog, TENANT, at("2026-03-01"), 1));
    assert_true(fen_catalog_retroactive(catalog, TENANT, at("2026-04-01") - 1, 0));
    assert_false(fen_catalog_retroactive(catalog, TENANT, at("2026-04-01"), 1));
    assert_false(fen_catalog_retroactive(catalog, TENANT, at("2026-03-01") - 1, 1));
    assert_false(fen_catalog_retroactive(catalog, TENANT, at("2026-03-15"), 2));
    assert_false(fen_catalog_retroactive(catalog, FEN_STR("u"), at("2026-03-15"), 1));
    assert_true(fen_catalog_has_retroactive(catalog, TENANT, 1));
    assert_false(fen_catalog_has_retroactive(catalog, TENANT, 2));
    assert_false(fen_catalog_has_retroactive(catalog, FEN_STR("u"), 0));
    fen_reference_builder_destroy(builder);
}

static void test_a_retroactive_repetition_covers_what_holds(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    (void)!publish_yaml(builder, "e1", "t", plan_text("a", 1, "2026-01-01", "2026-02-01", "1%"),
                        false);
    /* Same version, other content and validity: the content first published holds. */
    assert_int_equal(publish_yaml(builder, "e2", "t",
                                  plan_text("a", 1, "2026-01-01", "2027-01-01", "2%"), true),
                     FEN_REFERENCE_PLAN_CONFLICT);
    const struct fen_catalog *catalog = newest(builder);
    assert_int_equal(fen_catalog_publication(catalog), 2);
    assert_true(fen_catalog_retroactive(catalog, TENANT, at("2026-01-15"), 1));
    assert_false(fen_catalog_retroactive(catalog, TENANT, at("2026-06-15"), 1));
    /* The very event again is no publication at all. */
    assert_int_equal(publish_yaml(builder, "e2", "t",
                                  plan_text("a", 1, "2026-01-01", "2027-01-01", "2%"), true),
                     FEN_REFERENCE_DUPLICATE);
    assert_int_equal(fen_catalog_publication(newest(builder)), 2);
    fen_reference_builder_destroy(builder);
}

static void test_a_bad_plan_is_refused_whatever_came_before(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_str bad = plan_text("a", 1, "2026-01-01", NULL, "101%");
    struct fen_str reason = FEN_STR_NONE;
    for (uint32_t round = 0; round < 2; round++)
        assert_int_equal(publish_yaml(builder, "e1", "t", bad, true), FEN_REFERENCE_BAD_PLAN);
    assert_int_equal(fen_reference_apply_plan(builder, bad, &reason), FEN_REFERENCE_BAD_PLAN);
    struct fen_str expected =
        FEN_STR("line 6, column 31: \"101%\": over 100%; write at most `100%` (1 mistake in all)");
    assert_true(fen_str_equal(reason, expected));
    assert_int_equal(fen_reference_apply_plan(builder, FEN_STR(""), &reason),
                     FEN_REFERENCE_BAD_PLAN);
    /* The mended event may have the same id. */
    assert_int_equal(
        publish_yaml(builder, "e1", "t", plan_text("a", 1, "2026-01-01", NULL, "1%"), false),
        FEN_REFERENCE_APPLIED);
    assert_int_equal(publish_yaml(builder, "e1", "t", plan_text("a", 1, "2026-01-01", NULL, "101%"),
                                  false),
                     FEN_REFERENCE_BAD_PLAN);
    assert_int_equal(fen_catalog_publication(newest(builder)), 1);
    fen_reference_builder_destroy(builder);
}

static void test_the_longest_window_is_that_of_all_versions(void **state)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    assert_int_equal(fen_catalog_window_max_ms(newest(builder), TENANT), 0);
    char yaml[512];
    static const char *const shares[] = {"{window: 7d}", "{window: 1d, by_channel: {x: 9d}}",
                                         "{window: 2d}"};
    for (uint32_t version = 1; version <= 3; version++) {
        char id[8];
        int size = snprintf(yaml, sizeof yaml,
                            "plan: p\nversion: %u\ncurrency: CNY\ntimezone: \"+08:00\"\n"
                            "from: 2026-01-01\nroles: {}\nshare: %s\n",
                            version, shares[version - 1]);
        snprintf(id, sizeof id, "e%u", version);
        assert_int_equal(publish_yaml(builder, id, "t", (struct fen_str){yaml, (uint32_t)size},
                                      false),
                         FEN_REFERENCE_APPLIED);
    }
    const struct fen_catalog *catalog = newest(builder);
    assert_int_equal(fen_catalog_window_max_ms(catalog, TENANT), 9 * FEN_DAY_MS);
    assert_int_equal(fen_catalog_window_max_ms(catalog, FEN_STR("u")), 0);
    fen_reference_builder_destroy(builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_greatest_version_in_force_is_chosen),
        cmocka_unit_test(test_the_first_publication_for_a_time),
        cmocka_unit_test(test_a_plan_of_the_command_line_is_every_tenant_s),
        cmocka_unit_test(test_tables_of_a_tenant_and_of_every_tenant),
        cmocka_unit_test(test_a_version_published_again_is_a_duplicate),
        cmocka_unit_test(test_a_retroactive_publication_covers_its_validity),
        cmocka_unit_test(test_a_retroactive_repetition_covers_what_holds),
        cmocka_unit_test(test_a_bad_plan_is_refused_whatever_came_before),
        cmocka_unit_test(test_the_longest_window_is_that_of_all_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
