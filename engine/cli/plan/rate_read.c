/* rate_read: rows of a sheet as the nodes of a plan file, read by the plan's parser. See
 * rate_sheet.h. */
#include "cli/plan/rate_header.h"
#include "model/event.h"
#include "plan/character.h"
#include "plan/compile.h"
#include "plan/match.h"
#include "plan/review.h"

#define SHEET_COLUMN_COUNT_MAX 64u

struct reading {
    struct fen_reader reader;
    const struct fen_csv *csv;
    uint32_t columns[SHEET_COLUMN_COUNT_MAX]; /* of the sheet: enum fen_rate_column */
    uint32_t column_count;
    struct fen_node *roles;
};

static struct fen_node *create(struct reading *reading, enum fen_node_kind kind,
                               struct fen_place place)
{
    struct fen_node *node = FEN_ARENA_NEW(reading->reader.arena, struct fen_node);
    node->kind = kind;
    node->place = place;
    node->last_line = place.line;
    return node;
}

/* Put a value under a key that is written by its English name; both have the cell's place. */
static void put(struct reading *reading, struct fen_node *mapping, const char *key,
                struct fen_node *value)
{
    struct fen_place place = value->place;
    place.text = fen_str_from(key);
    value->key = create(reading, FEN_NODE_SCALAR, place);
    fen_node_append(mapping, value);
}

/* Full-width percent signs are refused where a file's are: when it is read. */
static struct fen_node *create_scalar(struct reading *reading, struct fen_place place)
{
    struct fen_node *node = create(reading, FEN_NODE_SCALAR, place);
    for (uint32_t offset = 0, width; offset < place.text.size; offset += width) {
        int32_t character = fen_character_at(place.text, offset, &width);
        if (character != 0xFF05 && character != 0xFF1A)
            continue;
        struct fen_str narrow = fen_character_narrow(place.text, reading->reader.arena);
        fen_diagnose(reading->reader.diagnostics, place, "full-width signs; write `%.*s`",
                     "全角符号；请写“%.*s”", FEN_STR_ARG(narrow));
        node->kind = FEN_NODE_BROKEN;
        break;
    }
    return node;
}

/* The width of a sign that parts values in a cell, at an offset: `;`, `；`, a line end; else 0. */
static uint32_t separator_at(struct fen_str text, uint32_t offset)
{
    if (text.data[offset] == ';' || text.data[offset] == '\n' || text.data[offset] == '\r')
        return 1;
    return offset + 3 <= text.size && memcmp(text.data + offset, "；", 3) == 0 ? 3 : 0;
}

static struct fen_str trimmed(struct fen_str text)
{
    while (text.size > 0 && text.data[0] == ' ')
        text = (struct fen_str){text.data + 1, text.size - 1};
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* The values of a cell, as a list, or the one there is. */
static struct fen_node *create_values(struct reading *reading, struct fen_place place)
{
    struct fen_node *list = create(reading, FEN_NODE_LIST, place);
    char *bytes = fen_arena_allocate(reading->reader.arena, (size_t)place.text.size + 1);
    uint32_t size = 0, start = 0;
    for (uint32_t offset = 0; offset <= place.text.size;) {
        bool is_end = offset == place.text.size;
        uint32_t width = is_end ? 1 : separator_at(place.text, offset);
        if (width == 0) {
            bool is_escape = place.text.data[offset] == '\\' && offset + 1 < place.text.size;
            offset += is_escape;
            bytes[size++] = place.text.data[offset++];
            continue;
        }
        struct fen_place part = place;
        part.text = trimmed((struct fen_str){bytes + start, size - start});
        if (part.text.size > 0)
            fen_node_append(list, create_scalar(reading, part));
        start = size;
        offset += width;
    }
    return list->child_count == 1 ? list->first : list;
}

/* `0=3%; 50000.00=4%` as a list of pairs. */
static struct fen_node *create_tiers(struct reading *reading, struct fen_place place)
{
    struct fen_node *values = create_values(reading, place);
    struct fen_node *list = create(reading, FEN_NODE_LIST, place);
    bool is_one = values->kind != FEN_NODE_LIST;
    for (const struct fen_node *value = is_one ? values : values->first; value != NULL;
         value = is_one ? NULL : value->next) {
        struct fen_str text = value->place.text;
        const char *sign = memchr(text.data, '=', text.size);
        uint32_t size = sign == NULL ? text.size : (uint32_t)(sign - text.data);
        struct fen_place from = place, rate = place;
        struct fen_node *pair = create(reading, FEN_NODE_LIST, value->place);
        from.text = trimmed((struct fen_str){text.data, size});
        fen_node_append(pair, create_scalar(reading, from));
        if (sign != NULL) {
            rate.text = trimmed((struct fen_str){sign + 1, text.size - size - 1});
            fen_node_append(pair, create_scalar(reading, rate));
        }
        fen_node_append(list, pair);
    }
    return list;
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

static void put_cell(struct reading *reading, const struct fen_csv_row *row, uint32_t column,
                     struct fen_node *mapping, const char *key)
{
    struct fen_place place = cell(reading, row, column);
    if (fen_str_is_set(place.text))
        put(reading, mapping, key, create_scalar(reading, place));
}

static void put_if_full(struct reading *reading, struct fen_node *rule, const char *key,
                        struct fen_node *mapping)
{
    if (mapping->child_count == 0)
        return;
    mapping->place = mapping->first->place;
    put(reading, rule, key, mapping);
}

static void put_when(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_node *when = create(reading, FEN_NODE_MAPPING, rule->place);
    for (uint32_t key = 0; key <= FEN_WHEN_KEY_BASE; key++) {
        struct fen_place place = cell(reading, row, FEN_RATE_WHEN + key);
        if (fen_str_is_set(place.text))
            put(reading, when, fen_words_spell(&fen_when_keys, (int)key, FEN_LANGUAGE_ENGLISH),
                create_values(reading, place));
    }
    put_if_full(reading, rule, "when", when);
}

/* A percentage stands alone; whatever else is given becomes a mapping, refused if too much. */
static void put_pay(struct reading *reading, const struct fen_csv_row *row, struct fen_node *rule)
{
    struct fen_place percent = cell(reading, row, FEN_RATE_PAY);
    struct fen_place tiers = cell(reading, row, FEN_RATE_TIERS);
    struct fen_node *pay = create(reading, FEN_NODE_MAPPING, rule->place);
    put_cell(reading, row, FEN_RATE_PER_UNIT, pay, "per_unit");
    put_cell(reading, row, FEN_RATE_PER_LINE, pay, "per_line");
    put_cell(reading, row, FEN_RATE_MODE, pay, "mode");
    if (fen_str_is_set(tiers.text))
        put(reading, pay, "tiers", create_tiers(reading, tiers));
    if (fen_str_is_set(percent.text) && pay->child_count > 0)
        fen_diagnose(reading->reader.diagnostics, percent,
                     "a percentage beside another way to pay; keep one of them",
                     "百分比与其他计佣方式同时填写；请只留一种");
    else if (fen_str_is_set(percent.text))
        put(reading, rule, "pay", create_scalar(reading, percent));
    else
        put_if_full(reading, rule, "pay", pay);
    put_cell(reading, row, FEN_RATE_PER_CUSTOMER, rule, "per_customer");
}

static void put_split(struct reading *reading, const struct fen_csv_row *row,
                      struct fen_node *rule)
{
    struct fen_node *split = create(reading, FEN_NODE_MAPPING, rule->place);
    for (uint32_t index = 0; index < fen_portion_roles.count; index++) {
        const struct fen_word *portion = &fen_portion_roles.items[index];
        put_cell(reading, row, FEN_RATE_SPLIT + (uint32_t)portion->value, split,
                 portion->english);
    }
    put_if_full(reading, rule, "split", split);
}

static struct fen_node *create_rule(struct reading *reading, const struct fen_csv_row *row)
{
    struct fen_place place = {row->number, 1, FEN_STR_NONE};
    struct fen_node *rule = create(reading, FEN_NODE_MAPPING, place);
    struct fen_node *cap = create(reading, FEN_NODE_MAPPING, place);
    struct fen_node *hold = create(reading, FEN_NODE_MAPPING, place);
    put_cell(reading, row, FEN_RATE_RULE, rule, "name");
    put_when(reading, row, rule);
    put_pay(reading, row, rule);
    put_cell(reading, row, FEN_RATE_CAP_LINE, cap, "line");
    put_cell(reading, row, FEN_RATE_CAP_ORDER, cap, "order");
    put_if_full(reading, rule, "cap", cap);
    put_split(reading, row, rule);
    put_cell(reading, row, FEN_RATE_EARNED, rule, "earned");
    put_cell(reading, row, FEN_RATE_HOLD_FROM, hold, "from");
    put_cell(reading, row, FEN_RATE_HOLD_DAYS, hold, "days");
    put_if_full(reading, rule, "hold", hold);
    put_cell(reading, row, FEN_RATE_FUNDER, rule, "funder");
    return rule;
}

/* The list of a role's rules, made when the first row names it. */
static struct fen_node *list_of(struct reading *reading, struct fen_place role)
{
    const struct fen_word *word = fen_words_find(&fen_rule_roles, role.text);
    struct fen_str name = word == NULL ? role.text : fen_str_from(word->english);
    for (struct fen_node *value = reading->roles->first; value != NULL; value = value->next)
        if (fen_str_equal(value->key->place.text, name))
            return value;
    struct fen_node *list = create(reading, FEN_NODE_LIST, role);
    list->key = create(reading, FEN_NODE_SCALAR, role);
    list->key->place.text = name;
    fen_node_append(reading->roles, list);
    return list;
}

static bool read_headers(struct reading *reading)
{
    const struct fen_csv_row *row = &reading->csv->rows[0];
    struct fen_diagnostics *diagnostics = reading->reader.diagnostics;
    uint32_t errors_before = diagnostics->error_count;
    bool has_column[FEN_RATE_COLUMN_COUNT + 1] = {false};
    for (uint32_t index = 0; index < row->cell_count; index++) {
        struct fen_place place = {row->number, index + 1, row->cells[index]};
        uint32_t column = fen_rate_column_of(row->cells[index], reading->reader.arena);
        if (index >= SHEET_COLUMN_COUNT_MAX)
            break;
        reading->columns[reading->column_count++] = column;
        if (place.text.size > 0 && column == FEN_RATE_COLUMN_COUNT)
            fen_diagnose(diagnostics, place,
                         "unknown header; keep those that `fen plan export` writes",
                         "未知的表头；请保留 fen plan export 写出的表头");
        else if (place.text.size > 0 && has_column[column])
            fen_diagnose(diagnostics, place, "this header stands twice; keep one",
                         "表头重复；请只留一个");
        has_column[column] = true;
    }
    if (!has_column[FEN_RATE_ROLE] || !has_column[FEN_RATE_RULE])
        fen_diagnose(diagnostics, (struct fen_place){row->number, 1, FEN_STR_NONE},
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

bool fen_rate_read(const struct fen_csv *csv, const struct fen_plan *plan, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics, struct fen_plan *rules_out)
{
    struct reading reading = {.csv = csv};
    uint32_t errors_before = diagnostics->error_count;
    *rules_out = (struct fen_plan){.currency_decimals = plan->currency_decimals,
                                   .share_window_ms = FEN_NONE};
    reading.reader = (struct fen_reader){.arena = arena,
                                         .scratch = arena,
                                         .diagnostics = diagnostics,
                                         .plan = rules_out,
                                         .symbols = fen_symbols_create(arena)};
    reading.roles = create(&reading, FEN_NODE_MAPPING, (struct fen_place){1, 1, FEN_STR_NONE});
    if (csv->row_count == 0) {
        fen_diagnose(diagnostics, (struct fen_place){1, 1, FEN_STR_NONE},
                     "the sheet is empty; begin with what `fen plan export` writes",
                     "表格为空；请从 fen plan export 的结果改起");
        return false;
    }
    if (!read_headers(&reading))
        return false;
    for (uint32_t index = 1; index < csv->row_count; index++) {
        const struct fen_csv_row *row = &csv->rows[index];
        struct fen_place role = cell(&reading, row, FEN_RATE_ROLE);
        refuse_stray(&reading, row);
        if (!fen_str_is_set(role.text))
            fen_diagnose(diagnostics, role, "the role is missing; fill it in",
                         "缺少角色；请填写");
        else
            fen_node_append(list_of(&reading, role), create_rule(&reading, row));
    }
    fen_compile_roles(&reading.reader, reading.roles);
    struct fen_node *root = create(&reading, FEN_NODE_MAPPING, reading.roles->place);
    put(&reading, root, "roles", reading.roles);
    fen_review_texts(&reading.reader, root);
    fen_diagnostics_sort(diagnostics);
    return diagnostics->error_count == errors_before;
}
