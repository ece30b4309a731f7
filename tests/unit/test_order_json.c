/*
 * test_order_json: the reason of an order's money with the terms of its rule, by the demo plan; and
 * numbers that no ledger has, which Redis may hold all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "api/order_json.h"
#include "api/rule_terms.h"
#include "cli/sale/demo_plan.h"
#include "model/exact.h"
#include "plan/parse.h"
#include "plan/reference.h"

static struct fen_entry entry_of(enum fen_role role, enum fen_role portion, const char *rule)
{
    return (struct fen_entry){
        .tenant = FEN_STR("t"),
        .key = {.payee = FEN_STR("guide:G1"),
                .funder = FEN_STR("brand:L"),
                .rule = fen_str_from(rule),
                .plan = FEN_STR("demo"),
                .plan_version = 1,
                .line = 1,
                .role = role,
                .portion = portion,
                .period = 2026 * 12 + 10,
                .available_date = FEN_DATE_NONE},
        .subject = FEN_STR("order:O1"),
        .seq = 1,
        .kind = FEN_KIND_ACCRUAL,
        .amount_fen = 1291,
        .base_fen = 41000,
        .rate_ppm = 45000,
        .earned_ms = 1795000000000,
        .event = FEN_STR("e1"),
    };
}

/* The explanation of the only line of an order with these entries; the caller lets go of it. */
static json_t *explain(struct fen_entry *entries, uint32_t count, bool has_plans)
{
    struct fen_reference_builder *builder = fen_reference_builder_create(1);
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_buffer out = {0};
    json_error_t error;
    struct fen_ledger_record record = {
        .seq_first = 1, .entries = entries, .entry_count = count};
    const struct fen_feed_view feed = {&record, 1};
    assert_int_equal(fen_reference_apply_plan(builder, fen_demo_plan(), NULL),
                     FEN_REFERENCE_APPLIED);
    fen_reference_publish(builder, 0, 0);
    const struct fen_catalog *plans =
        has_plans ? fen_reference_acquire(builder, 0)->catalog : NULL;
    assert_int_equal(fen_order_append_json(&out, &feed, FEN_STR("O1"), plans, arena), count);
    json_t *order = json_loadb(out.data, out.size_bytes, 0, &error);
    if (order == NULL)
        fail_msg("%s in %.*s", error.text, (int)out.size_bytes, out.data);
    json_t *lines = json_object_get(order, "lines");
    assert_int_equal(json_array_size(lines), 1);
    json_t *found = json_incref(json_object_get(json_array_get(lines, 0), "explanation"));
    json_decref(order);
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    fen_reference_builder_destroy(builder);
    return found;
}

static void assert_json(const json_t *value, const char *expected_text)
{
    json_error_t error;
    json_t *expected = json_loads(expected_text, JSON_DECODE_ANY, &error);
    if (expected == NULL)
        fail_msg("%s in %s", error.text, expected_text);
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    if (!json_equal((json_t *)(uintptr_t)value, expected))
        fail_msg("%s is not %s", text, expected_text);
    free(text);
    json_decref(expected);
}

static void test_terms_are_the_rules_of_the_entrys_version(void **state)
{
    struct fen_entry entry = entry_of(FEN_ROLE_SHARE, FEN_ROLE_SELF, "美妆分享");
    json_t *why = explain(&entry, 1, true);
    assert_json(json_object_get(why, "by_rate"), "{\"fen\":1845,\"text\":\"¥18.45\"}");
    assert_json(json_object_get(why, "reduced_by"), "{\"fen\":554,\"text\":\"¥5.54\"}");
    json_t *terms = json_object_get(why, "terms");
    assert_json(terms, "{\"pay\":\"percent\",\"rate_ppm\":45000,\"each\":null,\"cap_line\":null,"
                       "\"cap_order\":null,\"portion_ppm\":700000,"
                       "\"when\":{\"category\":[\"护肤\",\"彩妆\"],\"store_kind\":[\"owned\"]},"
                       "\"earned\":\"paid\",\"hold\":{\"from\":\"received\",\"days\":7},"
                       "\"refund\":\"withhold\",\"leaver\":\"pay\",\"limits\":[],"
                       "\"is_exclusive\":true}");
    json_decref(why);
    entry = entry_of(FEN_ROLE_BIND, FEN_ROLE_SELF, "新客绑定");
    why = explain(&entry, 1, true);
    terms = json_object_get(why, "terms");
    assert_json(json_object_get(terms, "when"), "{\"bound_days\":[{\"from\":null,\"to\":90}]}");
    assert_json(json_object_get(terms, "leaver"), "\"store\"");
    json_decref(why);
    entry = entry_of(FEN_ROLE_COUPON, FEN_ROLE_NONE, "券核销");
    entry.rate_ppm = FEN_NONE;
    why = explain(&entry, 1, true);
    terms = json_object_get(why, "terms");
    assert_json(json_object_get(why, "by_rate"), "null");
    assert_json(json_object_get(terms, "pay"), "\"per_unit\"");
    assert_json(json_object_get(terms, "each"), "{\"fen\":200,\"text\":\"¥2.00\"}");
    assert_json(json_object_get(terms, "portion_ppm"), "null");
    json_decref(why);
}

#define LIMITED                                                                                    \
    "plan: p\nversion: 3\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"           \
    "refund: {serve: goodwill}\n"                                                                  \
    "roles:\n"                                                                                     \
    "  serve:\n"                                                                                   \
    "    - name: 多件\n"                                                                           \
    "      when: {quantity: [2, 4..6, 9..]}\n"                                                     \
    "      pay: {mode: step, tiers: [[0, 3%], [50000.00, 4%]]}\n"                                  \
    "    - {name: 服务, pay: 3%, earned: picked_up, cap: {line: 200.00, order: 500.00}}\n"         \
    "limits:\n"                                                                                    \
    "  - {name: 单行总额, roles: [share, serve], line: 8%}\n"                                      \
    "  - {name: 绑定, roles: [bind], line: 5%}\n"                                                 \
    "  - {name: 每人每月, roles: [serve], month: 20000.00}\n"

static json_t *terms_of(const char *rule)
{
    struct fen_arena *arena = fen_arena_create(4096);
    struct fen_diagnostics diagnostics = {.arena = arena};
    struct fen_buffer out = {0};
    const struct fen_plan *plan = fen_plan_parse(FEN_STR(LIMITED), arena, &diagnostics);
    if (plan == NULL)
        fail_msg("%.*s", FEN_STR_ARG(diagnostics.items[0].message));
    struct fen_key key = entry_of(FEN_ROLE_SERVE, FEN_ROLE_NONE, rule).key;
    fen_rule_terms_append_json(&out, plan, &key);
    json_t *terms = json_loadb(out.data, out.size_bytes, 0, NULL);
    assert_non_null(terms);
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return terms;
}

static void test_terms_have_caps_limits_ranges_and_tiers(void **state)
{
    json_t *terms = terms_of("服务");
    assert_json(terms, "{\"pay\":\"percent\",\"rate_ppm\":30000,\"each\":null,"
                       "\"cap_line\":{\"fen\":20000,\"text\":\"¥200.00\"},"
                       "\"cap_order\":{\"fen\":50000,\"text\":\"¥500.00\"},"
                       "\"portion_ppm\":null,\"when\":{},\"earned\":\"picked_up\",\"hold\":null,"
                       "\"refund\":\"goodwill\",\"leaver\":\"pay\",\"is_exclusive\":false,"
                       "\"limits\":[{\"name\":\"单行总额\",\"roles\":[\"share\",\"serve\"],"
                       "\"line_ppm\":80000,\"month\":null},"
                       "{\"name\":\"每人每月\",\"roles\":[\"serve\"],\"line_ppm\":null,"
                       "\"month\":{\"fen\":2000000,\"text\":\"¥20,000.00\"}}]}");
    json_decref(terms);
    terms = terms_of("多件");
    assert_json(json_object_get(terms, "pay"), "\"tiers\"");
    assert_json(json_object_get(terms, "rate_ppm"), "30000");
    assert_json(json_object_get(terms, "when"),
                "{\"quantity\":[{\"from\":2,\"to\":2},{\"from\":4,\"to\":6},"
                "{\"from\":9,\"to\":null}]}");
    json_decref(terms);
}

static void test_terms_are_null_where_the_rule_is_not_known(void **state)
{
    struct fen_entry entries[] = {entry_of(FEN_ROLE_SHARE, FEN_ROLE_SELF, "美妆分享"),
                                  entry_of(FEN_ROLE_SHARE, FEN_ROLE_SELF, "没有"),
                                  entry_of(FEN_ROLE_SHARE, FEN_ROLE_SELF, "美妆分享"),
                                  entry_of(FEN_ROLE_MANUAL, FEN_ROLE_NONE, NULL),
                                  entry_of(FEN_ROLE_BIND, FEN_ROLE_SELF, "美妆分享")};
    entries[2].key.plan_version = 2;
    entries[3].key.plan = FEN_STR_NONE;
    for (size_t index = 0; index < sizeof entries / sizeof *entries; index++) {
        json_t *why = explain(&entries[index], 1, index > 0);
        assert_true(json_is_null(json_object_get(why, "terms")));
        json_decref(why);
    }
}

static void test_numbers_of_the_world_wrap_and_stay_json(void **state)
{
    struct fen_entry entries[3];
    for (int index = 0; index < 3; index++) {
        entries[index] = entry_of(FEN_ROLE_SHARE, FEN_ROLE_SELF, "美妆分享");
        entries[index].amount_fen = INT64_MIN + index;
        entries[index].base_fen = INT64_MAX;
        entries[index].rate_ppm = FEN_PPM;
        entries[index].key.available_date = INT32_MAX;
    }
    json_decref(explain(entries, 3, true));
    entries[0].rate_ppm = INT64_MAX;
    entries[0].key.plan_version = UINT32_MAX;
    json_decref(explain(entries, 1, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms_are_the_rules_of_the_entrys_version),
        cmocka_unit_test(test_terms_have_caps_limits_ranges_and_tiers),
        cmocka_unit_test(test_terms_are_null_where_the_rule_is_not_known),
        cmocka_unit_test(test_numbers_of_the_world_wrap_and_stay_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
