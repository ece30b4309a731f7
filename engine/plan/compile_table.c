/* compile_table: limits, bonuses and tasks (SPEC §5, §7, §8). See compile.h. */
#include "plan/compile.h"

/* Report a list without items that needs one. */
static bool is_empty(struct fen_reader *reader, const struct fen_node *list)
{
    return list->kind == FEN_NODE_LIST && !fen_reader_full_list(reader, list);
}

static const int limit_needs[] = {FEN_LIMIT_KEY_NAME, FEN_LIMIT_KEY_ROLES};

/* The roles that may stand in a limit: those of lines, unless it is a month's alone. */
static void compile_limit_roles(struct fen_reader *reader, const struct fen_fields *fields,
                                struct fen_limit *limit)
{
    const struct fen_node *roles = fields->values[FEN_LIMIT_KEY_ROLES];
    bool is_line = fields->values[FEN_LIMIT_KEY_LINE] != NULL;
    if (roles == NULL || is_empty(reader, roles))
        return;
    (void)fen_reader_roles(reader, roles, is_line ? &fen_line_roles : &fen_month_roles,
                           &limit->roles, &limit->role_count);
}

static void compile_limit(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_limit *limit)
{
    struct fen_fields fields;
    *limit = (struct fen_limit){
        .line_ppm = FEN_NONE, .month_fen = FEN_NONE, .line_number = node->place.line};
    if (!fen_reader_fields(reader, node, &fen_limit_keys, &fields))
        return;
    fen_reader_need(reader, &fields, &fen_limit_keys, limit_needs, 2);
    const struct fen_node *line = fields.values[FEN_LIMIT_KEY_LINE];
    const struct fen_node *month = fields.values[FEN_LIMIT_KEY_MONTH];
    if (line == NULL && month == NULL)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "a limit needs `line` or `month`; add one", "上限须写“每行”或“每月”");
    if (fields.values[FEN_LIMIT_KEY_NAME] != NULL)
        (void)fen_reader_name(reader, fields.values[FEN_LIMIT_KEY_NAME], &limit->name);
    compile_limit_roles(reader, &fields, limit);
    if (line != NULL)
        (void)fen_reader_percent(reader, line, &limit->line_ppm);
    if (month != NULL)
        (void)fen_reader_money(reader, month, FEN_AMOUNT_MAX, &limit->month_fen);
}

/* SPEC §5.3, §7: a role stands in one line limit at most, and in one month limit at most. */
static void check_limit_roles(struct fen_reader *reader, const struct fen_node *node,
                              const struct fen_limit *limit, uint32_t *line_met,
                              uint32_t *month_met)
{
    uint32_t roles = 0;
    for (uint32_t index = 0; index < limit->role_count; index++)
        roles |= UINT32_C(1) << limit->roles[index];
    if (limit->line_ppm != FEN_NONE) {
        if ((roles & *line_met) != 0)
            fen_diagnose(reader->diagnostics, fen_reader_place(node),
                         "one of its roles stands in another line limit already; keep it in one",
                         "其中有角色已在另一条“每行”上限里；一个角色只能在一条里");
        *line_met |= roles;
    }
    if (limit->month_fen != FEN_NONE) {
        if ((roles & *month_met) != 0)
            fen_diagnose(reader->diagnostics, fen_reader_place(node),
                         "one of its roles stands in another month limit already; keep it in one",
                         "其中有角色已在另一条“每月”上限里；一个角色只能在一条里");
        *month_met |= roles;
    }
}

void fen_compile_limits(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    uint32_t line_met = 0, month_met = 0;
    if (!fen_reader_list(reader, node))
        return;
    plan->limits =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *plan->limits);
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        struct fen_limit *limit = &plan->limits[plan->limit_count++];
        compile_limit(reader, item, limit);
        check_limit_roles(reader, item, limit, &line_met, &month_met);
    }
}

/* A row `[from, amount]`. */
struct table_row {
    int64_t from;
    int64_t amount_fen;
};

/*
 * One row of a table, its from as money or as a whole number, the first (*last < 0) at least `min`,
 * the others above the one before.
 * Returns: whether *row_out is set; *last is with the from alone.
 */
static bool compile_row(struct fen_reader *reader, const struct fen_node *node, bool is_money,
                        int64_t min, int64_t *last, struct table_row *row_out)
{
    const struct fen_node *from, *amount;
    if (!fen_reader_pair(reader, node, is_money ? "[100000.00, 500.00]" : "[600, 20.00]", &from,
                         &amount))
        return false;
    bool has_from = is_money ? fen_reader_money(reader, from, FEN_AMOUNT_MAX, &row_out->from)
                             : fen_reader_whole(reader, from, 0, FEN_AMOUNT_MAX, &row_out->from);
    bool has_amount = fen_reader_money(reader, amount, FEN_PLAN_AMOUNT_MAX, &row_out->amount_fen);
    if (!has_from)
        return false;
    if (*last < 0 && row_out->from < min)
        fen_diagnose(reader->diagnostics, from->place, "the first step begins above 0; raise it",
                     "第一档的起点须大于 0；请改大");
    else if (row_out->from <= *last)
        fen_diagnose(reader->diagnostics, from->place,
                     "steps rise: this one must begin above the one before",
                     "档位须递增：这一档的起点要大于上一档");
    *last = row_out->from;
    return has_amount;
}

static const int bonus_needs[] = {FEN_BONUS_KEY_NAME, FEN_BONUS_KEY_ROLES, FEN_BONUS_KEY_TABLE};

static void compile_bonus_table(struct fen_reader *reader, const struct fen_node *node,
                                struct fen_bonus *bonus)
{
    int64_t last = -1;
    if (!fen_reader_full_list(reader, node))
        return;
    bonus->steps = fen_arena_allocate(reader->arena, node->child_count * sizeof *bonus->steps);
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        struct table_row row;
        if (compile_row(reader, item, true, 1, &last, &row))
            bonus->steps[bonus->step_count++] = (struct fen_bonus_step){row.from, row.amount_fen};
    }
}

static void compile_bonus(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_bonus *bonus)
{
    struct fen_fields fields;
    int is_by_base;
    *bonus = (struct fen_bonus){.is_by_base = true, .line_number = node->place.line};
    if (!fen_reader_fields(reader, node, &fen_bonus_keys, &fields))
        return;
    fen_reader_need(reader, &fields, &fen_bonus_keys, bonus_needs, 3);
    const struct fen_node *roles = fields.values[FEN_BONUS_KEY_ROLES];
    const struct fen_node *by = fields.values[FEN_BONUS_KEY_BY];
    if (fields.values[FEN_BONUS_KEY_NAME] != NULL)
        (void)fen_reader_name(reader, fields.values[FEN_BONUS_KEY_NAME], &bonus->name);
    if (roles != NULL && !is_empty(reader, roles))
        (void)fen_reader_roles(reader, roles, &fen_bonus_roles, &bonus->roles, &bonus->role_count);
    if (by != NULL && fen_reader_word(reader, by, &fen_by_words, &is_by_base))
        bonus->is_by_base = is_by_base != 0;
    if (fields.values[FEN_BONUS_KEY_TABLE] != NULL)
        compile_bonus_table(reader, fields.values[FEN_BONUS_KEY_TABLE], bonus);
}

void fen_compile_bonuses(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    if (!fen_reader_list(reader, node))
        return;
    plan->bonuses =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *plan->bonuses);
    for (const struct fen_node *item = node->first; item != NULL; item = item->next)
        compile_bonus(reader, item, &plan->bonuses[plan->bonus_count++]);
}

/* `score: [[600, 20.00], ...]` */
static void compile_scores(struct fen_reader *reader, const struct fen_node *node,
                           struct fen_task *task)
{
    int64_t last = -1;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        struct table_row row;
        if (compile_row(reader, item, false, 0, &last, &row))
            task->steps[task->step_count++] =
                (struct fen_task_step){row.from, row.from, row.amount_fen};
    }
}

/* `rank: [[1, 500.00], [3..10, 50.00]]`: places from 1, rising. */
static void compile_ranks(struct fen_reader *reader, const struct fen_node *node,
                          struct fen_task *task)
{
    int64_t last = 0;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        const struct fen_node *places, *amount;
        struct fen_range range;
        struct fen_task_step step;
        if (!fen_reader_pair(reader, item, "[1, 500.00]", &places, &amount))
            continue;
        bool has_places = fen_reader_range(reader, places, false, &range);
        bool has_amount = fen_reader_money(reader, amount, FEN_PLAN_AMOUNT_MAX, &step.amount_fen);
        if (!has_places)
            continue;
        if (range.from < 1 || range.to == INT64_MAX) {
            fen_diagnose(reader->diagnostics, places->place,
                         "ranks are whole numbers from 1, as `1` or `3..10`",
                         "名次为从 1 起的整数，例如“1”或“3..10”");
            continue;
        }
        if (range.from <= last)
            fen_diagnose(reader->diagnostics, places->place,
                         "ranks rise: this row must begin behind the one before",
                         "名次须递增：这一行要排在上一行之后");
        last = range.to;
        step.from = range.from;
        step.to = range.to;
        if (has_amount)
            task->steps[task->step_count++] = step;
    }
}

/* One table of a task, by score or by rank. */
static void compile_steps(struct fen_reader *reader, const struct fen_node *table, bool is_by_rank,
                          struct fen_task *task)
{
    if (!fen_reader_full_list(reader, table))
        return;
    task->is_by_rank = is_by_rank;
    task->steps = fen_arena_allocate(reader->arena, table->child_count * sizeof *task->steps);
    if (is_by_rank)
        compile_ranks(reader, table, task);
    else
        compile_scores(reader, table, task);
}

static void compile_task(struct fen_reader *reader, const struct fen_node *node,
                         struct fen_task *task)
{
    struct fen_fields fields;
    task->line_number = node->key->place.line;
    (void)fen_reader_id(reader, node->key, &task->task);
    if (!fen_reader_fields(reader, node, &fen_task_keys, &fields))
        return;
    const struct fen_node *score = fields.values[FEN_TASK_KEY_SCORE];
    const struct fen_node *rank = fields.values[FEN_TASK_KEY_RANK];
    if ((score == NULL) == (rank == NULL))
        fen_diagnose_absence(reader->diagnostics, node->key->place,
                             "one of `score`, `rank` is needed; keep or add one",
                             "“得分”“名次”须写且只写一个");
    struct fen_task spare = {0}; /* of two tables one is too many, and read for its mistakes */
    if (score != NULL)
        compile_steps(reader, score, false, task);
    if (rank != NULL)
        compile_steps(reader, rank, true, score == NULL ? task : &spare);
}

void fen_compile_tasks(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_plan *plan = reader->plan;
    if (!fen_reader_mapping(reader, node))
        return;
    plan->tasks = fen_arena_allocate_zeroed(reader->arena,
                                            ((size_t)node->child_count + 1) * sizeof *plan->tasks);
    for (const struct fen_node *value = node->first; value != NULL; value = value->next)
        compile_task(reader, value, &plan->tasks[plan->task_count++]);
}
