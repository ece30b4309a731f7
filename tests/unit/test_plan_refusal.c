/*
 * test_plan_refusal: a value of the wrong form, wherever a plan may have a value, is refused at its
 * line and column (SPEC §8). What each message says is test_plan_mistake's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "plan/parse.h"
#include "plan/reader.h"

#define HEAD                                                                                       \
    "plan: p\nversion: 1\ncurrency: CNY\ntimezone: \"+08:00\"\nfrom: 2026-01-01 00:00\n"
#define WITH(plan, version, currency, timezone, from)                                              \
    "plan: " plan "\nversion: " version "\ncurrency: " currency "\ntimezone: " timezone \
    "\nfrom: " from "\nroles: {}\n"
#define ZONE(text) WITH("p", "1", "CNY", text, "2026-01-01")
#define CURRENCY(text) WITH("p", "1", text, "\"+08:00\"", "2026-01-01")
#define TOP(text) HEAD "roles: {}\n" text "\n"           /* the text is line 7 */
#define RULE(text) HEAD "roles:\n  sale:\n  - {name: r, " text "}\n" /* line 8 */

/* A plan, and the line of its first mistake. */
struct refusal {
    const char *yaml;
    uint32_t line;
};

static void check_refusal(struct fen_str yaml, uint32_t line)
{
    for (int language = 0; language < 2; language++) {
        struct fen_arena *arena = fen_arena_create(1 << 14);
        struct fen_diagnostics diagnostics = {.arena = arena,
                                              .language = (enum fen_language)language};
        const struct fen_plan *plan = fen_plan_parse(yaml, arena, &diagnostics);
        if (plan != NULL || diagnostics.error_count == 0)
            fail_msg("accepted:\n%.*s", FEN_STR_ARG(yaml));
        if (diagnostics.items[0].line != line)
            fail_msg("line %u instead of %u (%.*s) in\n%.*s", diagnostics.items[0].line, line,
                     FEN_STR_ARG(diagnostics.items[0].message), FEN_STR_ARG(yaml));
        fen_arena_destroy(arena);
    }
}

#define CHECK(rows)                                                                                \
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)                            \
        check_refusal(fen_str_from(rows[index].yaml), rows[index].line)

static void test_a_mapping_or_list_where_a_word_stands_is_refused(void **state)
{
    static const struct refusal rows[] = {
        {WITH("[a]", "1", "CNY", "\"+08:00\"", "2026-01-01"), 1},
        {WITH("p", "[1]", "CNY", "\"+08:00\"", "2026-01-01"), 2},
        {CURRENCY("[CNY]"), 3},
        {ZONE("{a: b}"), 4},
        {WITH("p", "1", "CNY", "\"+08:00\"", "[a]"), 5},
        {TOP("to: {a: b}"), 7},
        {TOP("share: {window: [7d]}"), 7},
        {TOP("share: {match: [any]}"), 7},
        {TOP("share: {by_channel: {tmall: [7d]}}"), 7},
        {TOP("self_purchase: {a: b}"), 7},
        {TOP("leaver: {share: [pay]}"), 7},
        {TOP("refund: {share: {a: b}}"), 7},
        {TOP("credit_order: [[share]]"), 7},
        {TOP("base: {add_back: [[tax]]}"), 7},
        {RULE("pay: [1%]"), 8},
        {RULE("pay: {per_unit: [1]}"), 8},
        {RULE("pay: {mode: [step], tiers: [[0, 1%]]}"), 8},
        {RULE("pay: 1%, earned: [paid]"), 8},
        {RULE("pay: 1%, funder: [hq]"), 8},
        {RULE("pay: 1%, cap: {line: [1]}"), 8},
        {RULE("pay: 1%, hold: {from: [paid], days: 1}"), 8},
        {RULE("pay: 1%, hold: {from: paid, days: [1]}"), 8},
        {RULE("pay: 1%, split: {self: [100%]}"), 8},
        {RULE("pay: 1%, when: {brand: {a: b}}"), 8},
        {RULE("pay: 1%, when: {quantity: {a: b}}"), 8},
    };
    (void)state;
    CHECK(rows);
}

static void test_a_word_where_a_mapping_or_list_stands_is_refused(void **state)
{
    static const struct refusal rows[] = {
        {TOP("base: tax"), 7},
        {TOP("share: 7d"), 7},
        {TOP("share: {by_channel: tmall}"), 7},
        {TOP("leaver: pay"), 7},
        {TOP("refund: goodwill"), 7},
        {TOP("credit_order: share"), 7},
        {TOP("limits: most"), 7},
        {TOP("limits: [most]"), 7},
        {TOP("bonus: most"), 7},
        {TOP("bonus: [most]"), 7},
        {TOP("tasks: game"), 7},
        {TOP("tasks: {game: 5}"), 7},
        {TOP("tasks: {game: {score: 5}}"), 7},
        {TOP("tasks: {game: {rank: 5}}"), 7},
        {HEAD "roles: sale\n", 6},
        {HEAD "roles: {sale: r}\n", 6},
        {HEAD "roles: {sale: [r]}\n", 6},
        {RULE("pay: 1%, when: brand"), 8},
        {RULE("pay: 1%, cap: 5"), 8},
        {RULE("pay: 1%, hold: 7"), 8},
        {RULE("pay: 1%, split: self"), 8},
        {RULE("pay: {tiers: 1%}"), 8},
        {RULE("pay: {tiers: [1%]}"), 8},
        {RULE("pay: {tiers: [[0, 1%, 2%]]}"), 8},
    };
    (void)state;
    CHECK(rows);
}

static void test_unknown_keys_are_refused_in_every_mapping(void **state)
{
    static const struct refusal rows[] = {
        {TOP("base: {plus: [a]}"), 7},
        {TOP("share: {windows: 7d}"), 7},
        {TOP("limits: [{name: l, roles: [sale], week: 1}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, tables: []}]"), 7},
        {TOP("tasks: {game: {points: [[1, 1]]}}"), 7},
        {HEAD "roles: {sales: []}\n", 6},
        {RULE("pay: {per_piece: 1}"), 8},
        {RULE("pay: 1%, when: {colour: red}"), 8},
        {RULE("pay: 1%, cap: {month: 1}"), 8},
        {RULE("pay: 1%, hold: {until: paid}"), 8},
        {RULE("pay: 1%, split: {self: 50%, guide: 50%}"), 8},
        {RULE("pay: 1%, pays: 1%"), 8},
    };
    (void)state;
    CHECK(rows);
}

static void test_values_of_the_head_out_of_form_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {TOP("to: 2026-01-01 24:00"), 7},
        {TOP("to: 2026-01-01 23:60"), 7},
        {TOP("to: 2026-01-01 23:59:60"), 7},
        {TOP("to: 2026-01-01 23:59:5"), 7},
        {TOP("to: 2026-01-01 23"), 7},
        {TOP("to: 2026-1-01"), 7},
        {TOP("to: 2026-01-1"), 7},
        {TOP("to: 2026/01/01"), 7},
        {TOP("to: 99999-01-01"), 7},
        {ZONE("\"+0800\""), 4},
        {ZONE("\"08:000\""), 4},
        {ZONE("\"+8:000\""), 4},
        {ZONE("\"+08:0x\""), 4},
        {ZONE("\"+24:00\""), 4},
        {CURRENCY("cny"), 3},
        {CURRENCY("CNYX"), 3},
        {CURRENCY("\"[[[\""), 3},
        {WITH("p", "99999999999999999999", "CNY", "\"+08:00\"", "2026-01-01"), 2},
        {TOP("share: {window: 99999999999999999999d}"), 7},
        {TOP("share: {window: 3651d}"), 7},
        {TOP("share: {window: d}"), 7},
        {TOP("share: {window: 7 d d}"), 7},
    };
    (void)state;
    CHECK(rows);
}

static void test_values_of_a_rule_out_of_form_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {RULE("pay: 101%"), 8},
        {RULE("pay: 1.00001%"), 8},
        {RULE("pay: -1%"), 8},
        {RULE("pay: 1"), 8},
        {RULE("pay: ％"), 8},
        {RULE("pay: １%"), 8},
        {RULE("pay: {per_unit: 1.001}"), 8},
        {RULE("pay: {per_unit: 10000000000.01}"), 8},
        {RULE("pay: {per_unit: -1}"), 8},
        {RULE("pay: {per_unit: 1 元 元}"), 8},
        {RULE("pay: {per_unit: 1，00}"), 8},
        {RULE("pay: {per_unit: 1　元x}"), 8},
        {RULE("pay: {per_unit: 1。00}"), 8},
        {RULE("pay: 1%, hold: {from: paid, days: 3651}"), 8},
        {RULE("pay: 1%, hold: {from: paid, days: x}"), 8},
        {RULE("pay: 1%, hold: {from: left, days: 1}"), 8},
        {RULE("pay: 1%, hold: {days: 1}"), 8},
        {RULE("pay: 1%, hold: {from: paid}"), 8},
        {RULE("pay: 1%, when: {quantity: 3..2}"), 8},
        {RULE("pay: 1%, when: {quantity: ..}"), 8},
        {RULE("pay: 1%, when: {quantity: x..2}"), 8},
        {RULE("pay: 1%, when: {base: 1.001..}"), 8},
        {RULE("pay: 1%, when: {bound_days: 1.5}"), 8},
        {RULE("pay: 1%, split: {self: 50%, hq: x}"), 8},
        {RULE("pay: 1%, split: {self: 50%, hq: 49%}"), 8},
        {RULE("pay: {mode: flat}"), 8},
        {RULE("pay: {mode: slow, tiers: [[0, 1%]]}"), 8},
        {RULE("pay: {tiers: [[x, 1%]]}"), 8},
        {RULE("pay: {tiers: [[0, x]]}"), 8},
        {RULE("pay: {tiers: [[0, 1%], [0, 2%]]}"), 8},
        {RULE("pay: {tiers: [[0, 2%], [5, 1%]]}"), 8},
        {RULE("pay: {tiers: [[1, 2%]]}"), 8},
    };
    (void)state;
    CHECK(rows);
}

static void test_values_of_limits_bonuses_and_tasks_out_of_form_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {TOP("limits: [{name: l, roles: [sale], month: x}]"), 7},
        {TOP("limits: [{name: l, roles: [sale], line: x}]"), 7},
        {TOP("limits: [{name: l, roles: [], line: 1%}]"), 7},
        {TOP("limits: [{name: l, roles: [x], line: 1%}]"), 7},
        {TOP("limits: [{roles: [sale], line: 1%}]"), 7},
        {TOP("limits: [{name: l, roles: [sale]}]"), 7},
        {TOP("bonus: [{name: b, roles: [], by: base, table: [[1, 1]]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: x, table: [[1, 1]]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, table: []}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, table: [5]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, table: [[x, 1]]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, table: [[1, x]]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base, table: [[0, 1]]}]"), 7},
        {TOP("bonus: [{name: b, roles: [sale], by: base}]"), 7},
        {TOP("bonus: [{roles: [sale], by: base, table: [[1, 1]]}]"), 7},
        {TOP("tasks: {game: {score: [[x, 1]]}}"), 7},
        {TOP("tasks: {game: {score: [[1, x]]}}"), 7},
        {TOP("tasks: {game: {score: [5]}}"), 7},
        {TOP("tasks: {game: {score: [[1, 1], [1, 2]]}}"), 7},
        {TOP("tasks: {game: {rank: [[x, 1]]}}"), 7},
        {TOP("tasks: {game: {rank: [[0, 1]]}}"), 7},
        {TOP("tasks: {game: {rank: [[1, x]]}}"), 7},
        {TOP("tasks: {game: {rank: [[1, 1, 1]]}}"), 7},
        {TOP("tasks: {game: {rank: [5]}}"), 7},
        {TOP("tasks: {game: {rank: [[2..1, 1]]}}"), 7},
        {TOP("tasks: {game: {}}"), 7},
        {TOP("tasks: {a/b: {score: [[1, 1]]}}"), 7},
    };
    (void)state;
    CHECK(rows);
}

static void test_characters_that_cannot_be_seen_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {TOP("name: a\x7F"), 7},
        {TOP("name: \xC2\x85"), 7},
        {TOP("name: \xE2\x80\xA9"), 7},
        {TOP("name: \xEF\xBB\xBF" "b"), 7},
        {TOP("name: \xEF\xBF\xBE"), 7},
        {TOP("name: \xEF\xBF\xBF"), 7},
        {HEAD "roles: {}\rname: a\r\nnmae: b\r\n", 8},
        {TOP("name: \"a\nb\x01\""), 8},
        {"%YAML 1.1\n---\nplan: p\n", 1},
        {"%TAG ! tag:x,2000:\n---\nplan: p\n", 1},
        {"plan: a\xE2\x80\x83" "b\n" "version: 1\n", 1},
        {"plan: a\xC2\xA0" "b\n" "version: 1\n", 1},
        {"plan: a\xE1\x9A\x80" "b\n" "version: 1\n", 1},
        {"plan: a\xE3\x80\x80" "b\n" "version: 1\n", 1},
        {"plan: a\xE2\x80\xAF" "b\n" "version: 1\n", 1},
        {"plan: a\xE2\x81\x9F" "b\n" "version: 1\n", 1},
        {"plan: a/b\nversion: 1\n", 1},
    };
    (void)state;
    CHECK(rows);
}

/* Quotes, comments and full-width colons in every place where one could hide another. */
static void test_wide_colons_are_found_beside_quotes_and_comments(void **state)
{
    static const struct refusal rows[] = {
        {TOP("name: {'a：b': c}"), 7},
        {TOP("name: [\"a\", 'b：c']"), 7},
        {TOP("base: {add_back：[a]}"), 7},
        {TOP("# a：b\nnmae: 'it''s' # “a：b”"), 8},
        {TOP("name: it's # a\nbase：x"), 8},
        {TOP("name: a#b：c\n"), 7},
        {TOP("- a：b"), 7},
    };
    (void)state;
    CHECK(rows);
}

/* A list of names is bounded, and so is a plan in bytes. */
static void test_what_is_too_long_is_refused(void **state)
{
    (void)state;
    struct fen_buffer yaml = {0};
    fen_buffer_append_str(&yaml, fen_str_from(TOP("share:\n  by_channel:")));
    for (uint32_t number = 0; number <= FEN_PLAN_NAME_COUNT_MAX; number++)
        fen_buffer_append_format(&yaml, "    c%u: 7d\n", number);
    check_refusal((struct fen_str){yaml.data, (uint32_t)yaml.size_bytes}, 8);
    fen_buffer_clear(&yaml);
    fen_buffer_append_str(&yaml, fen_str_from(HEAD "roles: {}\nbase: {add_back: ["));
    for (uint32_t number = 0; number <= FEN_PLAN_NAME_COUNT_MAX; number++)
        fen_buffer_append_format(&yaml, "n%u, ", number);
    fen_buffer_append_str(&yaml, fen_str_from("]}\n"));
    check_refusal((struct fen_str){yaml.data, (uint32_t)yaml.size_bytes}, 7);
    fen_buffer_clear(&yaml);
    fen_buffer_append_str(&yaml, fen_str_from("name: "));
    for (int number = 0; number < 129; number++)
        fen_buffer_append_byte(&yaml, 'x');
    check_refusal((struct fen_str){yaml.data, (uint32_t)yaml.size_bytes}, 1);
    fen_buffer_deinit(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mapping_or_list_where_a_word_stands_is_refused),
        cmocka_unit_test(test_a_word_where_a_mapping_or_list_stands_is_refused),
        cmocka_unit_test(test_unknown_keys_are_refused_in_every_mapping),
        cmocka_unit_test(test_values_of_the_head_out_of_form_are_refused),
        cmocka_unit_test(test_values_of_a_rule_out_of_form_are_refused),
        cmocka_unit_test(test_values_of_limits_bonuses_and_tasks_out_of_form_are_refused),
        cmocka_unit_test(test_characters_that_cannot_be_seen_are_refused),
        cmocka_unit_test(test_wide_colons_are_found_beside_quotes_and_comments),
        cmocka_unit_test(test_what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
