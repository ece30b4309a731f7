/*
 * plan_diff: `fen plan diff OLD NEW`, what a new plan changes, rule by rule, in words.
 *
 * Two plans are compared by what `fen plan show` says of them, so nothing that finance signs can
 * change unseen. A rule is the same when role and name are; its place counts, since the first that
 * fits is used.
 */
#include "cli/plan/plan_diff.h"

#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/explain/explain_text.h"
#include "cli/plan/plan_diff_list.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/plan_phrase.h"
#include "cli/plan/plan_view.h"

#define SHORT_BYTES 200u /* two lists that are easily read beside each other */

struct comparison {
    struct fen_arena *arena;
    const struct fen_plan *old, *new;
    struct fen_buffer *out;
    uint32_t change_count;
};

/* "share · beauty": the head of a line about a thing, and that there is a change. */
static void say_of(struct comparison *comparison, struct fen_str kind, struct fen_str name)
{
    comparison->change_count++;
    fen_buffer_append_format(comparison->out, "  %.*s%s%.*s", FEN_STR_ARG(kind),
                             name.size > 0 ? " · " : "", FEN_STR_ARG(name));
    fen_buffer_append_str(comparison->out, fen_str_from(fen_language_pick(": ", "：")));
}

static struct fen_str shown(struct fen_str value)
{
    return value.size > 0 ? value : fen_str_from(fen_language_pick("none", "无"));
}

/* The head of a line about an item of a rule, or where `kind` is "" of the plan. */
static void say_of_item(struct comparison *comparison, struct fen_str kind, struct fen_str name,
                        const struct fen_view_item *item)
{
    if (kind.size > 0) {
        say_of(comparison, kind, name);
    } else {
        comparison->change_count++;
        fen_buffer_append_str(comparison->out, FEN_STR("  "));
    }
    fen_buffer_append_format(comparison->out, "%.*s ", FEN_STR_ARG(item->name));
}

static void say_both(struct comparison *comparison, struct fen_str before, struct fen_str after)
{
    fen_buffer_append_format(comparison->out, "%.*s → %.*s\n", FEN_STR_ARG(shown(before)),
                             FEN_STR_ARG(shown(after)));
}

/* What one key asks for: both lists where they are short, else what is new and what is gone. */
static void say_condition(struct comparison *comparison, const struct fen_diff_group *old,
                          const struct fen_diff_group *new)
{
    struct fen_str key = old != NULL ? old->key : new->key;
    struct fen_str before = old != NULL ? old->text : FEN_STR("");
    struct fen_str after = new != NULL ? new->text : FEN_STR("");
    fen_buffer_append_format(comparison->out, "%.*s%s", FEN_STR_ARG(key), key.size > 0 ? " " : "");
    if (old == NULL || new == NULL || before.size + after.size <= SHORT_BYTES) {
        say_both(comparison, before, after);
        return;
    }
    struct fen_str added = fen_diff_missing(comparison->arena, new, old);
    struct fen_str removed = fen_diff_missing(comparison->arena, old, new);
    if (added.size > 0)
        fen_explain_say(comparison->out, "added %.*s", "增加 %.*s", FEN_STR_ARG(added));
    if (added.size > 0 && removed.size > 0)
        fen_buffer_append_str(comparison->out, fen_str_from(fen_language_pick("; ", "；")));
    if (removed.size > 0)
        fen_explain_say(comparison->out, "removed %.*s", "去掉 %.*s", FEN_STR_ARG(removed));
    fen_buffer_append_byte(comparison->out, '\n');
}

/* Conditions too long to be read twice: key by key, only what differs. */
static void say_conditions(struct comparison *comparison, struct fen_str kind,
                           struct fen_str name, const struct fen_view_item *old,
                           const struct fen_view_item *new)
{
    struct fen_diff_groups before = fen_diff_groups_of(comparison->arena, old->value, true);
    struct fen_diff_groups after = fen_diff_groups_of(comparison->arena, new->value, true);
    for (uint32_t index = 0; index < before.count; index++) {
        const struct fen_diff_group *group = &before.items[index];
        const struct fen_diff_group *other = fen_diff_group_find(&after, group->key);
        if (fen_diff_group_equal(group, other))
            continue;
        say_of_item(comparison, kind, name, old);
        say_condition(comparison, group, other);
    }
    for (uint32_t index = 0; index < after.count; index++) {
        if (fen_diff_group_find(&before, after.items[index].key) != NULL)
            continue;
        say_of_item(comparison, kind, name, old);
        say_condition(comparison, NULL, &after.items[index]);
    }
}

static bool is_same(struct comparison *comparison, const struct fen_view_item *old,
                    const struct fen_view_item *new)
{
    return fen_str_equal(old->value, new->value) ||
           (old->kind != FEN_VIEW_TEXT &&
            fen_diff_is_same(comparison->arena, old->value, new->value,
                             old->kind == FEN_VIEW_CONDITIONS));
}

/* Conditions on both sides, not "all", and more than is easily read twice. */
static bool is_long(const struct fen_view_item *old, const struct fen_view_item *new)
{
    return old->kind == FEN_VIEW_CONDITIONS &&
           old->value.size + new->value.size > SHORT_BYTES &&
           memchr(old->value.data, ' ', old->value.size) != NULL &&
           memchr(new->value.data, ' ', new->value.size) != NULL;
}

static void say_changes(struct comparison *comparison, struct fen_str kind, struct fen_str name,
                        const struct fen_view_items *old, const struct fen_view_items *new)
{
    for (uint32_t index = 0; index < old->count; index++) {
        const struct fen_view_item *before = &old->items[index], *after = &new->items[index];
        if (is_same(comparison, before, after))
            continue;
        if (is_long(before, after)) {
            say_conditions(comparison, kind, name, before, after);
            continue;
        }
        say_of_item(comparison, kind, name, before);
        say_both(comparison, before->value, after->value);
    }
}

/* "all; pay 4.5%; funder brand": a rule in one line. */
static void say_whole_rule(struct comparison *comparison, const struct fen_plan *plan,
                           const struct fen_rule *rule, const char *what)
{
    struct fen_view_items items = fen_view_rule(comparison->arena, plan, rule);
    struct fen_str text = fen_str_from(what);
    say_of(comparison, fen_phrase_role(rule->role), rule->name);
    for (uint32_t index = 0; index < items.count; index++) {
        if (items.items[index].value.size == 0)
            continue;
        text = fen_arena_format(comparison->arena, "%.*s%s%.*s %.*s", FEN_STR_ARG(text),
                                index == 0 ? fen_language_pick(": ", "：")
                                           : fen_language_pick("; ", "；"),
                                FEN_STR_ARG(items.items[index].name),
                                FEN_STR_ARG(items.items[index].value));
    }
    fen_buffer_append_str(comparison->out, text);
}

/* A new rule takes what the ones behind it had: the next of them is named. */
static void say_new_rule(struct comparison *comparison, enum fen_role role, uint32_t index)
{
    const struct fen_rule *rules = comparison->new->rules[role];
    say_whole_rule(comparison, comparison->new, &rules[index],
                   fen_language_pick("added", "新增"));
    if (index + 1 < comparison->new->rule_count[role])
        fen_explain_say(comparison->out, "; before \"%.*s\"\n", "；在“%.*s”之前\n",
                        FEN_STR_ARG(rules[index + 1].name));
    else
        fen_buffer_append_byte(comparison->out, '\n');
}

/* The rules of a role that both plans have, and where they stand among each other. */
struct pairing {
    uint32_t *places;     /* by index in the new plan: from 1; 0: a rule that is added */
    const struct fen_rule **others; /* by index in the old plan; NULL: removed */
};

static struct pairing pair_rules(struct comparison *comparison, enum fen_role role)
{
    const struct fen_plan *old = comparison->old, *new = comparison->new;
    struct pairing pairing = {
        .places = fen_arena_allocate_zeroed(
            comparison->arena, ((size_t)new->rule_count[role] + 1) * sizeof *pairing.places),
        .others = fen_arena_allocate_zeroed(
            comparison->arena, ((size_t)old->rule_count[role] + 1) * sizeof *pairing.others)};
    uint32_t place = 0;
    for (uint32_t index = 0; index < old->rule_count[role]; index++) {
        pairing.others[index] = fen_plan_find_rule(new, role, old->rules[role][index].name);
        if (pairing.others[index] != NULL)
            pairing.places[pairing.others[index] - new->rules[role]] = 1;
    }
    for (uint32_t index = 0; index < new->rule_count[role]; index++)
        if (pairing.places[index] != 0)
            pairing.places[index] = ++place;
    return pairing;
}

static void compare_rule(struct comparison *comparison, const struct fen_rule *old,
                         const struct fen_rule *new, uint32_t was, uint32_t is)
{
    struct fen_view_items before = fen_view_rule(comparison->arena, comparison->old, old);
    struct fen_view_items after = fen_view_rule(comparison->arena, comparison->new, new);
    say_changes(comparison, fen_phrase_role(old->role), old->name, &before, &after);
    if (was == is)
        return;
    say_of(comparison, fen_phrase_role(old->role), old->name);
    fen_explain_say(comparison->out, "place %u → %u among the rules of its role\n",
                    "在本角色规则中的次序 %u → %u\n", was, is);
}

static void compare_rules(struct comparison *comparison, enum fen_role role)
{
    const struct fen_plan *old = comparison->old, *new = comparison->new;
    struct pairing pairing = pair_rules(comparison, role);
    uint32_t place = 0;
    for (uint32_t index = 0; index < old->rule_count[role]; index++) {
        const struct fen_rule *rule = &old->rules[role][index];
        const struct fen_rule *other = pairing.others[index];
        if (other != NULL) {
            compare_rule(comparison, rule, other, ++place,
                         pairing.places[other - new->rules[role]]);
            continue;
        }
        say_whole_rule(comparison, old, rule, fen_language_pick("removed", "删除"));
        fen_buffer_append_byte(comparison->out, '\n');
    }
    for (uint32_t index = 0; index < new->rule_count[role]; index++)
        if (pairing.places[index] == 0)
            say_new_rule(comparison, role, index);
}

static int compare_roles(const void *a, const void *b)
{
    return (int)*(const enum fen_role *)a - (int)*(const enum fen_role *)b;
}

/* Roles whose sum is looked at, in an order of ours: that of the author means nothing. */
static struct fen_str summed_roles(struct fen_arena *arena, const enum fen_role *roles,
                                   uint32_t count)
{
    enum fen_role *sorted = fen_arena_allocate(arena, ((size_t)count + 1) * sizeof *sorted);
    for (uint32_t index = 0; index < count; index++)
        sorted[index] = roles[index];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare_roles);
    return fen_phrase_roles(arena, sorted, count);
}

/* Limits, bonuses and tasks, each as a name with what it says. */
static struct fen_view_items list_tables(struct fen_arena *arena, const struct fen_plan *plan,
                                         uint32_t kind)
{
    struct fen_view_items items = {0};
    uint32_t counts[] = {plan->limit_count, plan->bonus_count, plan->task_count};
    for (uint32_t index = 0; index < counts[kind]; index++) {
        struct fen_view_item item = {.kind = FEN_VIEW_TEXT};
        const struct fen_limit *limit = kind == 0 ? &plan->limits[index] : NULL;
        const struct fen_bonus *bonus = kind == 1 ? &plan->bonuses[index] : NULL;
        struct fen_str roles = FEN_STR("");
        if (limit != NULL && limit->line_ppm != FEN_NONE) /* the last ones lose first */
            roles = fen_phrase_roles(arena, limit->roles, limit->role_count);
        else if (limit != NULL)
            roles = summed_roles(arena, limit->roles, limit->role_count);
        if (bonus != NULL)
            roles = summed_roles(arena, bonus->roles, bonus->role_count);
        struct fen_str value = limit != NULL   ? fen_phrase_limit(arena, plan, limit)
                               : bonus != NULL ? fen_phrase_bonus(arena, plan, bonus)
                                               : fen_phrase_task(arena, plan, &plan->tasks[index]);
        item.name = limit != NULL   ? limit->name
                    : bonus != NULL ? bonus->name
                                    : plan->tasks[index].task;
        item.value = fen_phrase_joined(arena, roles, fen_language_pick(": ", "："), value);
        FEN_ARENA_PUSH(arena, items.items, items.count, items.capacity, item);
    }
    return items;
}

static const struct fen_view_item *find_item(const struct fen_view_items *items,
                                             struct fen_str name)
{
    for (uint32_t index = 0; index < items->count; index++)
        if (fen_str_equal(items->items[index].name, name))
            return &items->items[index];
    return NULL;
}

static void compare_tables(struct comparison *comparison, uint32_t kind)
{
    static const char *const english[] = {"limit", "bonus", "task"};
    static const char *const chinese[] = {"上限", "奖励", "任务"};
    struct fen_str title = fen_str_from(fen_language_pick(english[kind], chinese[kind]));
    struct fen_view_items old = list_tables(comparison->arena, comparison->old, kind);
    struct fen_view_items new = list_tables(comparison->arena, comparison->new, kind);
    for (uint32_t index = 0; index < old.count; index++) {
        const struct fen_view_item *item = &old.items[index];
        const struct fen_view_item *other = find_item(&new, item->name);
        if (other != NULL && fen_str_equal(item->value, other->value))
            continue;
        say_of(comparison, title, item->name);
        if (other == NULL)
            fen_explain_say(comparison->out, "removed: %.*s\n",
                                                                        "删除：%.*s\n",
                                     FEN_STR_ARG(item->value));
        else
            fen_buffer_append_format(comparison->out, "%.*s → %.*s\n", FEN_STR_ARG(item->value),
                                     FEN_STR_ARG(other->value));
    }
    for (uint32_t index = 0; index < new.count; index++) {
        if (find_item(&old, new.items[index].name) != NULL)
            continue;
        say_of(comparison, title, new.items[index].name);
        fen_explain_say(comparison->out, "added: %.*s\n", "新增：%.*s\n",
                                 FEN_STR_ARG(new.items[index].value));
    }
}

static void compare(struct comparison *comparison)
{
    const struct fen_plan *old = comparison->old, *new = comparison->new;
    fen_buffer_append_format(comparison->out, "%.*s@%u → %.*s@%u\n", FEN_STR_ARG(old->id),
                             old->version, FEN_STR_ARG(new->id), new->version);
    struct fen_view_items before = fen_view_head(comparison->arena, old);
    struct fen_view_items after = fen_view_head(comparison->arena, new);
    say_changes(comparison, FEN_STR(""), FEN_STR(""), &before, &after);
    for (uint32_t index = 0; index < fen_view_role_count; index++)
        compare_rules(comparison, fen_view_roles[index]);
    for (uint32_t kind = 0; kind < 3; kind++)
        compare_tables(comparison, kind);
    if (comparison->change_count == 0)
        fen_explain_say(comparison->out, "no change\n", "没有变化\n");
    else
        fen_explain_say(comparison->out, "%u change(s)\n", "共 %u 处变化\n",
                        comparison->change_count);
}

uint32_t fen_plan_diff_append(const struct fen_plan *old, const struct fen_plan *new,
                              struct fen_arena *arena, struct fen_buffer *out)
{
    struct comparison comparison = {.arena = arena, .old = old, .new = new, .out = out};
    compare(&comparison);
    return comparison.change_count;
}

enum fen_exit fen_command_plan_diff(const struct fen_arguments *arguments)
{
    struct fen_arena *arena = fen_arena_create((size_t)1 << 16);
    struct fen_plan_source old, new;
    struct fen_buffer out = {0};
    enum fen_exit result = fen_plan_operands(arguments, 2, 2);
    if (result == FEN_EXIT_OK)
        result = fen_plan_source_need(&old, arguments->operands[0], arena);
    if (result == FEN_EXIT_OK)
        result = fen_plan_source_need(&new, arguments->operands[1], arena);
    if (result == FEN_EXIT_OK) {
        (void)fen_plan_diff_append(old.document.plan, new.document.plan, arena, &out);
        result = fen_plan_write_out(arguments, &out);
    }
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return result;
}
