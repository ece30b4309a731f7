/* rate_read: rows of a sheet as the nodes of a plan file, read by the plan's parser. See
 * rate_sheet.h. */
#include "cli/plan/rate_cell.h"
#include "cli/plan/rate_header.h"
#include "model/event.h"
#include "plan/case.h"
#include "plan/compile.h"
#include "plan/match.h"
#include "plan/review.h"

#define SHEET_COLUMN_COUNT_MAX 64u

struct reading {
    struct fen_reader reader;
    const struct fen_csv *csv;
    uint32_t columns[SHEET_COLUMN_COUNT_MAX]; /* of the sheet: enum fen_rate_column */
    uint32_t column_count;
    enum fen_language language; /* of the headers */
    struct fen_node *roles;
};

/* Put a value under a key, in the headers' language; both have the cell's place. */
static void put(struct reading *reading, struct fen_node *mapping, const struct fen_words *words,
                int key, struct fen_node *value)
{
    struct fen_place place = value->place;
    place.text = fen_str_from(fen_words_spell(words, key, reading->language));
    value->key = fen_rate_node(&reading->reader, FEN_NODE_SCALAR, place);
    fen_node_append(mapping, value);
}

/* The cell of a column in a row: its text absent where it is empty or not there. */
static struct fen_place cell(const struct reading *reading, const struct fen_csv_row *row,
                             uint32_t column)
{
    struct fen_place place = {row->number, 1, FEN_STR_NONE};
    for (uint32_t index = 0; index < reading->column_count; index++) {
        if (reading->columns[index] != column)
            continue;
        place.column = index + 1;
        if (index < row->cell_count && row->cells[index].size > 0)
            place.text = row->cells[index];
        return place;
    }
    return place;
}

static bool has_cell(const struct reading *reading, const struct fen_csv_row *row,
                     uint32_t column)
{
    return fen_str_is_set(cell(reading, row, column).text);
}

static void put_cell(struct reading *reading, const struct fen_csv_row *row, uint32_t column,
                     struct fen_node *mapping, const struct fen_words *words, int key)
{
    struct fen_place place = cell(reading, row, column);
    if (fen_str_is_set(place.text))
        put(reading, mapping, words, key, fen_rate_scalar(&reading->reader, place));
}

/* As put_cell, of a cell that must not be empty: by the header's name, not by a file's key. */
static void put_needed(struct reading *reading, const struct fen_csv_row *row, uint32_t column,
                       struct fen_node *mapping, const struct fen_words *words, int key)
{
    struct fen_place place = cell(reading, row, column);
    if (fen_str_is_set(place.text)) {
        put(reading, mapping, words, key, fen_rate_scalar(&reading->reader, place));
        return;
    }
    struct fen_str header = fen_rate_header(column, reading->language, reading->reader.arena);
    fen_diagnose(reading->reader.diagnostics, place, "`%.*s` is missing; fill it in",
                 "缺少“%.*s”；请填写", FEN_STR_ARG(header));
    put(reading, mapping, words, key, fen_rate_node(&reading->reader, FEN_NODE_BROKEN, place));
}

static void put_if_full(struct reading *reading, struct fen_node *rule, int key,
                        struct fen_node *mapping)
{
    if (mapping->child_count == 0)
        return;
    mapping->place = mapping->first->place;
    put(reading, rule, &fen_rule_keys, key, mapping);
}

static void put_when(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_node *when = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, rule->place);
    for (uint32_t key = 0; key <= FEN_WHEN_KEY_BASE; key++) {
        struct fen_place place = cell(reading, row, FEN_RATE_WHEN + key);
        if (fen_str_is_set(place.text))
            put(reading, when, &fen_when_keys, (int)key,
                fen_rate_values(&reading->reader, place, key < FEN_DIMENSION_TEXT_COUNT));
    }
    put_if_full(reading, rule, FEN_RULE_KEY_WHEN, when);
}

/* Whatever is not a percentage becomes a mapping, refused if too much. */
static struct fen_node *create_pay(struct reading *reading, const struct fen_csv_row *row,
                                   struct fen_place place)
{
    struct fen_node *pay = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, place);
    struct fen_place tiers = cell(reading, row, FEN_RATE_TIERS);
    put_cell(reading, row, FEN_RATE_PER_UNIT, pay, &fen_pay_keys, FEN_PAY_KEY_PER_UNIT);
    put_cell(reading, row, FEN_RATE_PER_LINE, pay, &fen_pay_keys, FEN_PAY_KEY_PER_LINE);
    put_cell(reading, row, FEN_RATE_MODE, pay, &fen_pay_keys, FEN_PAY_KEY_MODE);
    bool is_mode_alone = pay->child_count == 1 && has_cell(reading, row, FEN_RATE_MODE);
    if (fen_str_is_set(tiers.text))
        put(reading, pay, &fen_pay_keys, FEN_PAY_KEY_TIERS,
            fen_rate_tiers(&reading->reader, tiers));
    else if (is_mode_alone)
        put_needed(reading, row, FEN_RATE_TIERS, pay, &fen_pay_keys, FEN_PAY_KEY_TIERS);
    return pay;
}

/* A percentage stands alone. */
static void put_pay(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_place percent = cell(reading, row, FEN_RATE_PAY);
    if (fen_str_is_set(percent.text)) {
        bool is_alone = !has_cell(reading, row, FEN_RATE_PER_UNIT) &&
                        !has_cell(reading, row, FEN_RATE_PER_LINE) &&
                        !has_cell(reading, row, FEN_RATE_MODE) &&
                        !has_cell(reading, row, FEN_RATE_TIERS);
        if (!is_alone)
            fen_diagnose(reading->reader.diagnostics, percent,
                         "a percentage beside another way to pay; keep one of them",
                         "百分比与其他计佣方式同时填写；请只留一种");
        put(reading, rule, &fen_rule_keys, FEN_RULE_KEY_PAY,
            is_alone ? fen_rate_scalar(&reading->reader, percent)
                     : fen_rate_node(&reading->reader, FEN_NODE_BROKEN, percent));
        return;
    }
    struct fen_node *pay = create_pay(reading, row, rule->place);
    put_if_full(reading, rule, FEN_RULE_KEY_PAY, pay);
}

/* A recruit has an amount for a customer, every other role its pay. */
static void put_amount(struct reading *reading, const struct fen_csv_row *row,
                       struct fen_node *rule, bool is_recruit)
{
    put_pay(reading, row, rule);
    bool has_pay = fen_review_value(rule, &fen_rule_keys, FEN_RULE_KEY_PAY) != NULL;
    if (is_recruit)
        put_needed(reading, row, FEN_RATE_PER_CUSTOMER, rule, &fen_rule_keys,
                   FEN_RULE_KEY_PER_CUSTOMER);
    else
        put_cell(reading, row, FEN_RATE_PER_CUSTOMER, rule, &fen_rule_keys,
                 FEN_RULE_KEY_PER_CUSTOMER);
    if (!is_recruit && !has_pay)
        put_needed(reading, row, FEN_RATE_PAY, rule, &fen_rule_keys, FEN_RULE_KEY_PAY);
}

static void put_cap(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_node *cap = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, rule->place);
    put_cell(reading, row, FEN_RATE_CAP_LINE, cap, &fen_cap_keys, FEN_CAP_KEY_LINE);
    put_cell(reading, row, FEN_RATE_CAP_ORDER, cap, &fen_cap_keys, FEN_CAP_KEY_ORDER);
    put_if_full(reading, rule, FEN_RULE_KEY_CAP, cap);
}

static void put_split(struct reading *reading, const struct fen_csv_row *row,
                      struct fen_node *rule)
{
    struct fen_node *split = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, rule->place);
    for (uint32_t index = 0; index < fen_portion_roles.count; index++) {
        int portion = fen_portion_roles.items[index].value;
        put_cell(reading, row, FEN_RATE_SPLIT + (uint32_t)portion, split, &fen_portion_roles,
                 portion);
    }
    put_if_full(reading, rule, FEN_RULE_KEY_SPLIT, split);
}

static void put_hold(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_node *hold = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, rule->place);
    if (!has_cell(reading, row, FEN_RATE_HOLD_FROM) && !has_cell(reading, row, FEN_RATE_HOLD_DAYS))
        return;
    put_needed(reading, row, FEN_RATE_HOLD_FROM, hold, &fen_hold_keys, FEN_HOLD_KEY_FROM);
    put_needed(reading, row, FEN_RATE_HOLD_DAYS, hold, &fen_hold_keys, FEN_HOLD_KEY_DAYS);
    put_if_full(reading, rule, FEN_RULE_KEY_HOLD, hold);
}

static struct fen_node *create_rule(struct reading *reading, const struct fen_csv_row *row)
{
    struct fen_place place = cell(reading, row, FEN_RATE_RULE);
    struct fen_str role = cell(reading, row, FEN_RATE_ROLE).text;
    const struct fen_word *word = fen_words_find(&fen_rule_roles, role);
    place.text = FEN_STR_NONE;
    struct fen_node *rule = fen_rate_node(&reading->reader, FEN_NODE_MAPPING, place);
    put_needed(reading, row, FEN_RATE_RULE, rule, &fen_rule_keys, FEN_RULE_KEY_NAME);
    put_when(reading, row, rule);
    put_amount(reading, row, rule, word != NULL && word->value == FEN_ROLE_RECRUIT);
    put_cap(reading, row, rule);
    put_split(reading, row, rule);
    put_cell(reading, row, FEN_RATE_EARNED, rule, &fen_rule_keys, FEN_RULE_KEY_EARNED);
    put_hold(reading, row, rule);
    put_cell(reading, row, FEN_RATE_FUNDER, rule, &fen_rule_keys, FEN_RULE_KEY_FUNDER);
    return rule;
}

/* The list of a role's rules, made when the first row names it. */
static struct fen_node *list_of(struct reading *reading, struct fen_place role)
{
    const struct fen_word *word = fen_words_find(&fen_rule_roles, role.text);
    struct fen_str name =
        word == NULL ? role.text
                     : fen_str_from(fen_words_spell(&fen_rule_roles, word->value,
                                                    reading->language));
    for (struct fen_node *value = reading->roles->first; value != NULL; value = value->next)
        if (fen_str_equal(value->key->place.text, name))
            return value;
    struct fen_node *list = fen_rate_node(&reading->reader, FEN_NODE_LIST, role);
    list->key = fen_rate_node(&reading->reader, FEN_NODE_SCALAR, role);
    list->key->place.text = name;
    fen_node_append(reading->roles, list);
    return list;
}

/* A column that is not there does not say whether its values stay or go. */
static void refuse_missing(struct reading *reading, const struct fen_plan *plan,
                           const bool *has_column)
{
    struct fen_arena *arena = reading->reader.arena;
    bool is_used[FEN_RATE_COLUMN_COUNT] = {false};
    struct fen_str cells[FEN_RATE_COLUMN_COUNT];
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
            fen_rate_cells(arena, plan, &plan->rules[role][index], reading->language, cells);
            for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
                is_used[column] = is_used[column] || cells[column].size > 0;
        }
    for (uint32_t column = 0; column < FEN_RATE_COLUMN_COUNT; column++)
        if (is_used[column] && !has_column[column])
            fen_diagnose(reading->reader.diagnostics,
                         (struct fen_place){reading->csv->rows[0].number, 0,
                                            fen_rate_header(column, reading->language, arena)},
                         "this column is missing, and the plan has values there; put it back (to "
                         "clear values, empty their cells)",
                         "缺少这一列，而方案在这一列有内容；请补回这一列（要去掉内容，请清空单元格）");
}

/* The header of the roles, which every sheet has, tells the language. */
static void note_language(struct reading *reading, struct fen_str header)
{
    struct fen_str english =
        fen_rate_header(FEN_RATE_ROLE, FEN_LANGUAGE_ENGLISH, reading->reader.arena);
    reading->language =
        fen_str_equal(header, english) ? FEN_LANGUAGE_ENGLISH : FEN_LANGUAGE_CHINESE;
}

static bool read_headers(struct reading *reading, const struct fen_plan *plan)
{
    const struct fen_csv_row *row = &reading->csv->rows[0];
    struct fen_diagnostics *diagnostics = reading->reader.diagnostics;
    uint32_t errors_before = diagnostics->error_count;
    bool has_column[FEN_RATE_COLUMN_COUNT + 1] = {false};
    reading->language = diagnostics->language;
    for (uint32_t index = 0; index < row->cell_count; index++) {
        struct fen_place place = {row->number, index + 1, row->cells[index]};
        uint32_t column = fen_rate_column_of(row->cells[index], reading->reader.arena);
        if (index >= SHEET_COLUMN_COUNT_MAX)
            break;
        reading->columns[reading->column_count++] = column;
        if (column == FEN_RATE_ROLE)
            note_language(reading, place.text);
        if (place.text.size > 0 && column == FEN_RATE_COLUMN_COUNT)
            fen_diagnose(diagnostics, place,
                         "unknown header; keep those that `fen plan export` writes",
                         "未知的表头；请保留 fen plan export 写出的表头");
        else if (place.text.size > 0 && has_column[column])
            fen_diagnose(diagnostics, place, "this header stands twice; keep one",
                         "表头重复；请只留一个");
        has_column[column] = true;
    }
    if (has_column[FEN_RATE_ROLE] && has_column[FEN_RATE_RULE])
        refuse_missing(reading, plan, has_column);
    else
        fen_diagnose(diagnostics, (struct fen_place){row->number, 0, FEN_STR_NONE},
                     "the headers `role` and `rule` are needed in the first row",
                     "首行须有表头“角色”和“规则名”");
    return diagnostics->error_count == errors_before;
}

/* Values under a column that has no header would be lost. */
static void refuse_stray(struct reading *reading, const struct fen_csv_row *row)
{
    for (uint32_t index = 0; index < row->cell_count; index++) {
        bool is_known = index < reading->column_count &&
                        reading->columns[index] != FEN_RATE_COLUMN_COUNT;
        if (!is_known && row->cells[index].size > 0)
            fen_diagnose(reading->reader.diagnostics,
                         (struct fen_place){row->number, index + 1, row->cells[index]},
                         "a value in a column without header; clear it",
                         "该列没有表头；请清空");
    }
}

/* Rules, limits and bonuses share their names. */
static void refuse_taken(struct reading *reading, const struct fen_csv_row *row,
                         const struct fen_plan *plan)
{
    struct fen_place name = cell(reading, row, FEN_RATE_RULE);
    bool is_taken = false;
    for (uint32_t index = 0; index < plan->limit_count; index++)
        is_taken = is_taken || fen_str_equal(plan->limits[index].name, name.text);
    for (uint32_t index = 0; index < plan->bonus_count; index++)
        is_taken = is_taken || fen_str_equal(plan->bonuses[index].name, name.text);
    if (is_taken)
        fen_diagnose(reading->reader.diagnostics, name,
                     "a limit or a bonus of the plan has this name; write another",
                     "方案里的上限或奖励已用了这个名称；请另取一个");
}

/* A value whose signs are no ASCII is passed over: what the review says of it is for a file. */
static void pass_over(struct fen_node *value)
{
    bool is_list = value->kind == FEN_NODE_LIST;
    for (struct fen_node *node = is_list ? value->first : value; node != NULL;
         node = is_list ? node->next : NULL)
        for (uint32_t index = 0; index < node->place.text.size; index++)
            if ((unsigned char)node->place.text.data[index] >= 0x80)
                node->kind = FEN_NODE_BROKEN;
}

/* Ids that a spreadsheet has changed. */
static void review_ids(struct reading *reading)
{
    struct fen_node *root =
        fen_rate_node(&reading->reader, FEN_NODE_MAPPING, reading->roles->place);
    put(reading, root, &fen_plan_keys, FEN_PLAN_KEY_ROLES, reading->roles);
    for (const struct fen_node *list = reading->roles->first; list != NULL; list = list->next)
        for (const struct fen_node *rule = list->first; rule != NULL; rule = rule->next) {
            const struct fen_node *when =
                fen_review_value(rule, &fen_rule_keys, FEN_RULE_KEY_WHEN);
            for (struct fen_node *value = when == NULL ? NULL : when->first; value != NULL;
                 value = value->next)
                pass_over(value);
        }
    fen_review_texts(&reading->reader, root);
}

static void read_rows(struct reading *reading, const struct fen_plan *plan)
{
    for (uint32_t index = 1; index < reading->csv->row_count; index++) {
        const struct fen_csv_row *row = &reading->csv->rows[index];
        struct fen_place role = cell(reading, row, FEN_RATE_ROLE);
        refuse_stray(reading, row);
        refuse_taken(reading, row, plan);
        if (!fen_str_is_set(role.text))
            fen_diagnose(reading->reader.diagnostics, role, "the role is missing; fill it in",
                         "缺少角色；请填写");
        else
            fen_node_append(list_of(reading, role), create_rule(reading, row));
    }
}

bool fen_rate_read(const struct fen_csv *csv, const struct fen_plan *plan, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics, struct fen_rates *rates_out)
{
    struct reading reading = {.csv = csv};
    uint32_t errors_before = diagnostics->error_count;
    rates_out->rules = (struct fen_plan){.currency_decimals = plan->currency_decimals,
                                         .share_window_ms = FEN_NONE};
    reading.reader = (struct fen_reader){.arena = arena,
                                         .scratch = arena,
                                         .diagnostics = diagnostics,
                                         .plan = &rates_out->rules,
                                         .symbols = fen_symbols_create(arena)};
    reading.roles =
        fen_rate_node(&reading.reader, FEN_NODE_MAPPING, (struct fen_place){1, 1, FEN_STR_NONE});
    rates_out->roles = reading.roles;
    if (csv->row_count == 0) {
        fen_diagnose(diagnostics, (struct fen_place){1, 0, FEN_STR_NONE},
                     "the sheet is empty; begin with what `fen plan export` writes",
                     "表格为空；请从 fen plan export 的结果改起");
        return false;
    }
    if (!read_headers(&reading, plan))
        return false;
    read_rows(&reading, plan);
    fen_compile_roles(&reading.reader, reading.roles);
    review_ids(&reading);
    fen_diagnostics_sort(diagnostics);
    return diagnostics->error_count == errors_before;
}

/* The plan's nodes with the sheet's roles in the place of its own. */
static struct fen_node *with_roles(struct fen_reader *reader, const struct fen_node *root,
                                   const struct fen_node *roles)
{
    const struct fen_node *old = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    struct fen_node *all = fen_rate_node(reader, FEN_NODE_MAPPING, root->place);
    for (const struct fen_node *value = root->first; value != NULL; value = value->next) {
        struct fen_node *copy = FEN_ARENA_NEW(reader->arena, struct fen_node);
        *copy = value == old ? *roles : *value;
        copy->key = value->key;
        copy->next = NULL;
        fen_node_append(all, copy);
    }
    return all;
}

bool fen_rate_fits(const struct fen_rates *rates, const struct fen_plan_document *document,
                   struct fen_arena *arena, struct fen_diagnostics *diagnostics)
{
    struct fen_plan plan = {0};
    struct fen_reader reader = {.arena = arena,
                                .scratch = arena,
                                .diagnostics = diagnostics,
                                .plan = &plan,
                                .symbols = fen_symbols_create(arena)};
    uint32_t errors_before = diagnostics->error_count;
    struct fen_node *root = with_roles(&reader, document->root, rates->roles);
    fen_compile_plan(&reader, root);
    (void)fen_cases_read(&reader, root);
    fen_diagnostics_sort(diagnostics);
    return diagnostics->error_count == errors_before;
}
