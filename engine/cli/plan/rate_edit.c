/* rate_edit: see the header. */
#include "cli/plan/rate_edit.h"

#include "cli/plan/rate_merge.h"
#include "cli/plan/rate_text.h"
#include "cli/text/yaml_text.h"
#include "plan/review.h"

struct editing {
    const struct fen_plan *old, *new;
    struct fen_rate_writer writer;
    struct fen_text_edit *edit;
    struct fen_diagnostics *diagnostics;
    const struct fen_node *roles;
    struct fen_text_insert new_roles[FEN_ROLE_COUNT];
    uint32_t new_role_count;
    uint32_t change_count;
};

/* The conditions of each rule of a role, as one text. */
static struct fen_str *whens_of(struct editing *editing, const struct fen_plan *plan,
                                enum fen_role role)
{
    struct fen_arena *arena = editing->writer.arena;
    uint32_t count = plan->rule_count[role];
    struct fen_str *whens = fen_arena_allocate(arena, ((size_t)count + 1) * sizeof *whens);
    for (uint32_t index = 0; index < count; index++) {
        struct fen_str cells[FEN_RATE_COLUMN_COUNT];
        struct fen_buffer when = {0};
        fen_rate_cells(arena, editing->old, &plan->rules[role][index], FEN_LANGUAGE_ENGLISH,
                       cells);
        for (uint32_t column = FEN_RATE_WHEN; column < FEN_RATE_PAY; column++) {
            fen_buffer_append_str(&when, cells[column]);
            fen_buffer_append_byte(&when, '\n');
        }
        whens[index] = fen_arena_copy(arena, fen_buffer_str(&when));
        fen_buffer_deinit(&when);
    }
    return whens;
}

/* The first old rule between the partners around a new one that holds for the same lines. */
static uint32_t find_renamed(const struct fen_rate_items *items, uint32_t index,
                             const struct fen_str *old, struct fen_str when)
{
    uint32_t at = index, high = items->old_count;
    while (at > 0 && items->partners[at - 1] == FEN_RATE_NO_ITEM)
        at--;
    uint32_t low = at == 0 ? 0 : items->partners[at - 1] + 1;
    for (at = index; at < items->new_count && items->partners[at] == FEN_RATE_NO_ITEM;)
        at++;
    high = at == items->new_count ? high : items->partners[at];
    while (low < high && !fen_str_equal(old[low], when))
        low++;
    return low < high ? low : FEN_RATE_NO_ITEM;
}

/*
 * A rule with a new name is the one that stood there if it holds for the same lines: it keeps its
 * place in the text, and its comments.
 */
static void pair_renamed(struct editing *editing, enum fen_role role, struct fen_rate_items *items)
{
    const struct fen_str *old = whens_of(editing, editing->old, role);
    const struct fen_str *new = whens_of(editing, editing->new, role);
    for (uint32_t index = 0; index < items->new_count; index++)
        if (items->partners[index] == FEN_RATE_NO_ITEM)
            items->partners[index] = find_renamed(items, index, old, new[index]);
}

/* Pair the rules of a role by name; false, reported: they stand in another order. */
static bool pair_rules(struct editing *editing, enum fen_role role, struct fen_rate_items *items)
{
    uint32_t next = 0;
    bool is_good = true;
    for (uint32_t index = 0; index < items->new_count; index++) {
        const struct fen_rule *rule = &editing->new->rules[role][index];
        const struct fen_rule *old = fen_plan_find_rule(editing->old, role, rule->name);
        uint32_t partner =
            old == NULL ? FEN_RATE_NO_ITEM : (uint32_t)(old - editing->old->rules[role]);
        items->partners[index] = partner;
        items->texts[index] = fen_rate_rule_text(&editing->writer, rule, false);
        if (partner == FEN_RATE_NO_ITEM)
            continue;
        if (partner < next)
            fen_diagnose(editing->diagnostics, (struct fen_place){rule->line_number, 2, rule->name},
                         "the rows of a role stand in another order than in the plan, and the "
                         "order decides; move the rule in the plan file first",
                         "同一角色的行与方案中的次序不同，而次序决定用哪条规则；"
                         "请先在方案文件里移动");
        is_good = is_good && partner >= next;
        next = partner + 1;
    }
    if (is_good)
        pair_renamed(editing, role, items);
    return is_good;
}

/* A role that the plan does not have yet. */
static void add_role(struct editing *editing, enum fen_role role,
                     const struct fen_rate_items *items)
{
    struct fen_buffer out = {0};
    fen_yaml_append_key(&out, &fen_rule_roles, (int)role, editing->writer.language);
    for (uint32_t index = 0; index < items->new_count; index++) {
        fen_buffer_append_str(&out, index == 0 ? FEN_STR("[") : FEN_STR(", "));
        fen_buffer_append_str(&out, items->texts[index]);
    }
    fen_buffer_append_byte(&out, ']');
    editing->new_roles[editing->new_role_count++] = (struct fen_text_insert){
        NULL, fen_arena_copy(editing->writer.arena, fen_buffer_str(&out))};
    fen_buffer_deinit(&out);
}

static void edit_rules(struct editing *editing, enum fen_role role, const struct fen_node *list,
                       const struct fen_rate_items *items)
{
    uint32_t kept_count = 0;
    for (uint32_t index = 0; index < items->new_count; index++) {
        uint32_t partner = items->partners[index];
        if (partner == FEN_RATE_NO_ITEM) {
            editing->change_count++;
            continue;
        }
        struct fen_str before =
            fen_rate_rule_text(&editing->writer, &editing->old->rules[role][partner], true);
        struct fen_str after =
            fen_rate_rule_text(&editing->writer, &editing->new->rules[role][index], true);
        kept_count++;
        editing->change_count +=
            fen_rate_merge(editing->edit, fen_review_item(list, partner), before, after);
    }
    editing->change_count += items->old_count - kept_count;
    if (kept_count < items->old_count || kept_count < items->new_count)
        fen_rate_merge_items(editing->edit, list, items);
}

static void edit_role(struct editing *editing, enum fen_role role)
{
    const struct fen_node *list = fen_review_value(editing->roles, &fen_rule_roles, (int)role);
    struct fen_rate_items items = {editing->old->rule_count[role], editing->new->rule_count[role],
                                   NULL, NULL};
    struct fen_arena *arena = editing->writer.arena;
    items.partners = fen_arena_allocate(arena, ((size_t)items.new_count + 1) * sizeof(uint32_t));
    items.texts = fen_arena_allocate(arena, ((size_t)items.new_count + 1) * sizeof *items.texts);
    if (!pair_rules(editing, role, &items))
        return;
    if (list != NULL) {
        edit_rules(editing, role, list, &items);
    } else {
        add_role(editing, role, &items);
        editing->change_count += items.new_count;
    }
}

uint32_t fen_rate_edit(const struct fen_plan_document *document, const struct fen_plan *rules,
                       struct fen_text_edit *edit, struct fen_diagnostics *diagnostics)
{
    struct editing editing = {
        .old = document->plan,
        .new = rules,
        .writer = {document->plan, fen_yaml_language(document->root), edit->arena},
        .edit = edit,
        .diagnostics = diagnostics,
        .roles = fen_review_value(document->root, &fen_plan_keys, FEN_PLAN_KEY_ROLES)};
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (rules->rule_count[role] > 0 || document->plan->rule_count[role] > 0)
            edit_role(&editing, (enum fen_role)role);
    bool *is_removed =
        fen_arena_allocate_zeroed(edit->arena, (size_t)editing.roles->child_count + 1);
    fen_text_edit_children(edit, editing.roles, is_removed, editing.new_roles,
                           editing.new_role_count);
    return editing.change_count;
}
