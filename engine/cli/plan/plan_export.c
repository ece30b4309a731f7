/*
 * plan_export: `fen plan export FILE`, the rules of a plan as a sheet.
 *
 * What a cell would lose is refused here, by its place in the plan: once the sheet has been through
 * a spreadsheet nobody can tell.
 */
#include "cli/commands.h"
#include "cli/options/language.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/rate_sheet.h"
#include "cli/text/yaml_text.h"
#include "plan/review.h"

/* The texts of a value: a scalar, or a list of them. */
static void refuse_lost(struct fen_diagnostics *diagnostics, const struct fen_node *value)
{
    bool is_list = value != NULL && value->kind == FEN_NODE_LIST;
    for (const struct fen_node *node = is_list ? value->first : value; node != NULL;
         node = is_list ? node->next : NULL)
        if (node->kind == FEN_NODE_SCALAR && !fen_csv_is_kept(node->place.text))
            fen_diagnose(diagnostics, node->place,
                         "a sheet does not keep a space at the end of a text, nor `=\"` at its "
                         "front; change the text in the plan",
                         "表格保不住首尾的空格和开头的“=\"”；请先在方案里改掉");
}

static void refuse_rule(struct fen_diagnostics *diagnostics, const struct fen_node *rule)
{
    const struct fen_node *when = fen_review_value(rule, &fen_rule_keys, FEN_RULE_KEY_WHEN);
    refuse_lost(diagnostics, fen_review_value(rule, &fen_rule_keys, FEN_RULE_KEY_NAME));
    for (int key = 0; key < FEN_DIMENSION_TEXT_COUNT; key++)
        refuse_lost(diagnostics, fen_review_value(when, &fen_when_keys, key));
}

/* Whether a sheet can hold the plan's rules; else said on stderr. */
static bool is_kept(struct fen_plan_source *source, struct fen_arena *arena)
{
    struct fen_diagnostics diagnostics = {.arena = arena, .language = fen_language()};
    const struct fen_node *roles =
        fen_review_value(source->document.root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    for (int role = 0; role < FEN_ROLE_COUNT; role++) {
        const struct fen_node *list = fen_review_value(roles, &fen_rule_roles, role);
        const struct fen_node *rule = fen_review_item(list, 0);
        for (; rule != NULL; rule = rule->next)
            refuse_rule(&diagnostics, rule);
    }
    fen_diagnostics_sort(&diagnostics);
    fen_diagnostics_say(source->path, &diagnostics, false);
    return diagnostics.error_count == 0;
}

enum fen_exit fen_command_plan_export(const struct fen_arguments *arguments)
{
    struct fen_arena *arena = fen_arena_create((size_t)1 << 16);
    struct fen_plan_source source;
    struct fen_buffer out = {0};
    enum fen_exit result = fen_plan_operands(arguments, 1, 1);
    if (result == FEN_EXIT_OK)
        result = fen_plan_source_need(&source, arguments->operands[0], arena);
    if (result == FEN_EXIT_OK && !is_kept(&source, arena))
        result = FEN_EXIT_CONFIG;
    if (result == FEN_EXIT_OK) {
        fen_rate_append(source.document.plan, fen_yaml_language(source.document.root),
                        !fen_arguments_has(arguments, "plain"), arena, &out);
        result = fen_plan_write_out(arguments, &out);
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return result;
}
