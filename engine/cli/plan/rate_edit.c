/* rate_edit: see the header. */
#include "cli/plan/rate_edit.h"

#include "cli/plan/rate_text.h"
#include "cli/text/text_edit.h"
#include "cli/text/yaml_text.h"
#include "plan/review.h"

struct editing {
    const struct fen_plan *old, *new;
    struct fen_rate_writer writer;
    struct fen_text_edit edit;
    struct fen_diagnostics *diagnostics;
    const struct fen_node *roles;
    uint32_t change_count;
};

/* Keys of a rule by the columns of their cells. */
static const struct {
    enum fen_rule_key key;
    uint32_t first, last;
} groups[] = {
    {FEN_RULE_KEY_WHEN, FEN_RATE_WHEN, FEN_RATE_PAY - 1},
    {FEN_RULE_KEY_PAY, FEN_RATE_PAY, FEN_RATE_PER_LINE},
    {FEN_RULE_KEY_PAY, FEN_RATE_MODE, FEN_RATE_TIERS},
    {FEN_RULE_KEY_PER_CUSTOMER, FEN_RATE_PER_CUSTOMER, FEN_RATE_PER_CUSTOMER},
    {FEN_RULE_KEY_CAP, FEN_RATE_CAP_LINE, FEN_RATE_CAP_ORDER},
    {FEN_RULE_KEY_SPLIT, FEN_RATE_SPLIT, FEN_RATE_EARNED - 1},
    {FEN_RULE_KEY_EARNED, FEN_RATE_EARNED, FEN_RATE_EARNED},
    {FEN_RULE_KEY_HOLD, FEN_RATE_HOLD_FROM, FEN_RATE_HOLD_DAYS},
    {FEN_RULE_KEY_FUNDER, FEN_RATE_FUNDER, FEN_RATE_FUNDER},
};

static uint32_t find_rule(const struct fen_plan *plan, enum fen_role role, struct fen_str name)
{
    uint32_t index = 0;
    while (index < plan->rule_count[role] && !fen_str_equal(plan->rules[role][index].name, name))
        index++;
    return index;
}

/* The value of a key set: replaced where it stands, else added to its mapping. */
static void set_value(struct editing *editing, const struct fen_node *mapping,
                      const struct fen_words *words, int key, struct fen_str text)
{
    const struct fen_node *value = fen_review_value(mapping, words, key);
    if (value != NULL)
        fen_text_edit_replace(&editing->edit, value, text);
    else
        fen_text_edit_insert(&editing->edit, mapping, NULL,
                             fen_arena_format(editing->writer.arena, "%s: %.*s",
                                              fen_words_spell(words, key,
                                                              editing->writer.language),
                                              FEN_STR_ARG(text)));
}

/* The parts of `when` or `cap` that differ, one by one; false: some go, the whole is to be set. */
static bool set_parts(struct editing *editing, const struct fen_node *item,
                      const struct fen_rule *rule, enum fen_rule_key key,
                      const bool *differs)
{
    const struct fen_node *mapping = fen_review_value(item, &fen_rule_keys, (int)key);
    bool is_when = key == FEN_RULE_KEY_WHEN;
    if (mapping == NULL || (!is_when && key != FEN_RULE_KEY_CAP))
        return false;
    const struct fen_words *words = is_when ? &fen_when_keys : &fen_cap_keys;
    uint32_t first = is_when ? FEN_RATE_WHEN : FEN_RATE_CAP_LINE;
    uint32_t count = is_when ? FEN_WHEN_KEY_BASE + 1u : 2u;
    struct fen_str texts[FEN_WHEN_KEY_BASE + 1];
    for (uint32_t part = 0; part < count; part++) {
        texts[part] = is_when ? fen_rate_when_text(&editing->writer, rule, part)
                              : fen_rate_cap_text(&editing->writer, rule, (enum fen_cap_key)part);
        if (differs[first + part] && !fen_str_is_set(texts[part]))
            return false;
    }
    for (uint32_t part = 0; part < count; part++)
        if (differs[first + part])
            set_value(editing, mapping, words, (int)part, texts[part]);
    return true;
}

/* Take the keys out that the rule no longer needs. */
static void remove_keys(struct editing *editing, const struct fen_node *item,
                        const bool *is_removed_key)
{
    bool *is_removed = fen_arena_allocate_zeroed(editing->writer.arena,
                                                 (size_t)item->child_count + 1);
    uint32_t index = 0;
    for (const struct fen_node *value = item->first; value != NULL; value = value->next, index++) {
        const struct fen_word *word = fen_words_find(&fen_rule_keys, value->key->place.text);
        is_removed[index] = word != NULL && is_removed_key[word->value];
    }
    fen_text_edit_remove(&editing->edit, item, is_removed);
}

static void edit_rule(struct editing *editing, const struct fen_node *item,
                      const struct fen_rule *old, const struct fen_rule *new)
{
    struct fen_str before[FEN_RATE_COLUMN_COUNT], after[FEN_RATE_COLUMN_COUNT];
    bool differs[FEN_RATE_COLUMN_COUNT], is_set[FEN_WORDS_VALUE_COUNT] = {false};
    bool is_removed[FEN_WORDS_VALUE_COUNT] = {false}, any_differs = false, any_removed = false;
    enum fen_language language = editing->writer.language;
    fen_rate_cells(editing->writer.arena, editing->old, old, language, before);
    fen_rate_cells(editing->writer.arena, editing->old, new, language, after);
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++) {
        differs[column] = !fen_str_equal(before[column], after[column]);
        any_differs = any_differs || differs[column];
    }
    for (size_t index = 0; index < sizeof groups / sizeof *groups; index++) {
        enum fen_rule_key key = groups[index].key;
        bool is_changed = false;
        for (uint32_t column = groups[index].first; column <= groups[index].last; column++)
            is_changed = is_changed || differs[column];
        if (!is_changed || is_set[key] || set_parts(editing, item, new, key, differs))
            continue;
        struct fen_str text = fen_rate_text(&editing->writer, new, key);
        is_set[key] = true;
        is_removed[key] = !fen_str_is_set(text);
        any_removed = any_removed || is_removed[key];
        if (!is_removed[key])
            set_value(editing, item, &fen_rule_keys, (int)key, text);
    }
    if (any_removed)
        remove_keys(editing, item, is_removed);
    editing->change_count += any_differs;
}

/* The node of the first rule behind `index` in the sheet that the plan has already. */
static const struct fen_node *next_known(const struct editing *editing,
                                         const struct fen_node *list, enum fen_role role,
                                         uint32_t index)
{
    for (uint32_t at = index + 1; at < editing->new->rule_count[role]; at++) {
        uint32_t known =
            find_rule(editing->old, role, editing->new->rules[role][at].name);
        if (known < editing->old->rule_count[role])
            return fen_review_item(list, known);
    }
    return NULL;
}

/* A role that has no rules in the plan yet. */
static void add_role(struct editing *editing, enum fen_role role, const struct fen_node *list)
{
    struct fen_str text = FEN_STR("[");
    for (uint32_t index = 0; index < editing->new->rule_count[role]; index++) {
        struct fen_str rule =
            fen_rate_rule_text(&editing->writer, &editing->new->rules[role][index]);
        text = fen_arena_format(editing->writer.arena, "%.*s%s%.*s", FEN_STR_ARG(text),
                                index == 0 ? "" : ", ", FEN_STR_ARG(rule));
        editing->change_count++;
    }
    text = fen_arena_format(editing->writer.arena, "%.*s]", FEN_STR_ARG(text));
    if (list != NULL)
        fen_text_edit_replace(&editing->edit, list, text);
    else
        set_value(editing, editing->roles, &fen_rule_roles, (int)role, text);
}

/* Rules that the sheet no longer has. At least one stays, or the role's key goes with them. */
static void remove_rules(struct editing *editing, const struct fen_node *list, enum fen_role role)
{
    uint32_t count = editing->old->rule_count[role], removed_count = 0;
    bool *is_removed = fen_arena_allocate_zeroed(editing->writer.arena, (size_t)count + 1);
    for (uint32_t index = 0; index < count; index++) {
        is_removed[index] = find_rule(editing->new, role, editing->old->rules[role][index].name) ==
                            editing->new->rule_count[role];
        removed_count += is_removed[index];
    }
    editing->change_count += removed_count;
    if (removed_count == count)
        fen_text_edit_replace(&editing->edit, list, FEN_STR("[]"));
    else if (removed_count > 0)
        fen_text_edit_remove(&editing->edit, list, is_removed);
}

static void edit_role(struct editing *editing, enum fen_role role)
{
    const struct fen_node *list = fen_review_value(editing->roles, &fen_rule_roles, (int)role);
    uint32_t old_count = editing->old->rule_count[role], last = 0;
    bool keeps_one = false;
    for (uint32_t index = 0; index < editing->new->rule_count[role]; index++)
        keeps_one = keeps_one ||
                    find_rule(editing->old, role, editing->new->rules[role][index].name) <
                        old_count;
    if (editing->new->rule_count[role] > 0 && !keeps_one) {
        editing->change_count += old_count;
        add_role(editing, role, list);
        return;
    }
    for (uint32_t index = 0; index < editing->new->rule_count[role]; index++) {
        const struct fen_rule *rule = &editing->new->rules[role][index];
        uint32_t at = find_rule(editing->old, role, rule->name);
        if (at == old_count) {
            fen_text_edit_insert(&editing->edit, list, next_known(editing, list, role, index),
                                 fen_rate_rule_text(&editing->writer, rule));
            editing->change_count++;
            continue;
        }
        if (at < last)
            fen_diagnose(editing->diagnostics, (struct fen_place){rule->line_number, 2, rule->name},
                         "the rows of a role stand in another order than in the plan, and the "
                         "order decides; move the rule in the plan file first",
                         "同一角色的行与方案中的次序不同，而次序决定用哪条规则；"
                         "请先在方案文件里移动");
        last = at;
        edit_rule(editing, fen_review_item(list, at), &editing->old->rules[role][at], rule);
    }
    if (old_count > 0)
        remove_rules(editing, list, role);
}

uint32_t fen_rate_edit(const struct fen_plan_document *document, const struct fen_plan *rules,
                       struct fen_arena *arena, struct fen_diagnostics *diagnostics,
                       struct fen_buffer *out)
{
    struct editing editing = {.old = document->plan,
                              .new = rules,
                              .writer = {document->plan, fen_yaml_language(document->root), arena},
                              .diagnostics = diagnostics};
    editing.roles = fen_review_value(document->root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    fen_text_edit_init(&editing.edit, document->text, arena);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (rules->rule_count[role] > 0 || document->plan->rule_count[role] > 0)
            edit_role(&editing, (enum fen_role)role);
    fen_text_edit_finish(&editing.edit, out);
    return editing.change_count;
}
