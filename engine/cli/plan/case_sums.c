/* case_sums: cases of limits, bonuses and tasks (`fen plan test --init`). See case_edges.h. */
#include "cli/plan/case_edges.h"

#include "model/event.h"

#define RANK_COUNT_MAX 12
#define RULE_COUNT_MAX 16 /* tried for a limit */

static bool is_percentage(const struct fen_rule *rule)
{
    return (rule->pay.kind == FEN_PAY_PERCENT || rule->pay.kind == FEN_PAY_TIERS) &&
           rule->pay.rate_ppm > 0;
}

/* The first rule of the roles that pays a percentage, without a cap if there is one; NULL: none. */
static const struct fen_rule *percent_rule(const struct fen_plan *plan, const enum fen_role *roles,
                                           uint32_t role_count)
{
    const struct fen_rule *capped = NULL;
    for (uint32_t at = 0; at < role_count; at++)
        for (uint32_t index = 0; roles[at] < FEN_ROLE_COUNT && index < plan->rule_count[roles[at]];
             index++) {
            const struct fen_rule *rule = &plan->rules[roles[at]][index];
            if (!is_percentage(rule))
                continue;
            if (rule->cap_line_fen == FEN_NONE && rule->cap_order_fen == FEN_NONE)
                return rule;
            capped = capped == NULL ? rule : capped;
        }
    return capped;
}

/* An order under which all of the limit's roles earn. */
static struct fen_case create_limited(const struct fen_case_edges *edges,
                                      const struct fen_limit *limit,
                                      const struct fen_case *fitting, int64_t paid_fen)
{
    struct fen_case one = fen_case_copy(&edges->maker, fitting);
    one.orders->lines->paid_fen = paid_fen;
    for (uint32_t at = 0; at < limit->role_count; at++)
        if (limit->roles[at] < FEN_ROLE_COUNT &&
            edges->maker.plan->rule_count[limit->roles[at]] > 0)
            fen_case_enact(&edges->maker, &one, limit->roles[at]);
    one.order_count = 1;
    return one;
}

/* The base at which a rule alone earns a month's limit and a little more; 1,000 for a line's. */
static int64_t limit_base(const struct fen_case_edges *edges, const struct fen_limit *limit,
                          const struct fen_rule *rule)
{
    if (limit->month_fen == FEN_NONE)
        return fen_case_edges_major(edges, 1000);
    int64_t base_fen = fen_case_edges_base(limit->month_fen, rule->pay.rate_ppm)
                       + fen_case_edges_major(edges, 100);
    return base_fen > FEN_AMOUNT_MAX ? FEN_AMOUNT_MAX : base_fen;
}

/* Caps may keep what is earned below the limit: smaller and larger orders are tried as well. */
static bool reach_limit(const struct fen_case_edges *edges, const struct fen_limit *limit,
                        const struct fen_rule *rule, struct fen_case *one_out)
{
    static const int64_t units[] = {0, 1000, 100, 10000, 10, 100000, 1};
    struct fen_case fitting = fen_case_make(&edges->maker, rule);
    for (size_t at = 0; at < sizeof units / sizeof *units; at++) {
        int64_t paid_fen = at == 0 ? limit_base(edges, limit, rule)
                                   : fen_case_edges_major(edges, units[at]);
        *one_out = create_limited(edges, limit, &fitting, paid_fen);
        if (fen_case_reaches(&edges->maker, one_out, limit->name))
            return true;
    }
    return false;
}

static void write_limit(struct fen_case_edges *edges, const struct fen_limit *limit)
{
    const struct fen_plan *plan = edges->maker.plan;
    const struct fen_rule *first = percent_rule(plan, limit->roles, limit->role_count);
    struct fen_case one;
    if (first == NULL)
        return;
    bool is_reached = reach_limit(edges, limit, first, &one);
    for (uint32_t at = 0, count = 0; at < limit->role_count && !is_reached; at++)
        for (uint32_t index = 0; limit->roles[at] < FEN_ROLE_COUNT && !is_reached &&
                                 index < plan->rule_count[limit->roles[at]] &&
                                 count < RULE_COUNT_MAX;
             index++) {
            const struct fen_rule *rule = &plan->rules[limit->roles[at]][index];
            if (!is_percentage(rule) || rule == first)
                continue;
            count++;
            is_reached = reach_limit(edges, limit, rule, &one);
        }
    if (!is_reached) {
        struct fen_case fitting = fen_case_make(&edges->maker, first);
        one = create_limited(edges, limit, &fitting, limit_base(edges, limit, first));
    }
    fen_case_edges_write(edges, &one, limit->name, FEN_STR(""));
}

static void write_limits(struct fen_case_edges *edges)
{
    for (uint32_t index = 0; index < edges->maker.plan->limit_count; index++)
        write_limit(edges, &edges->maker.plan->limits[index]);
}

/* At each step, and a minor unit of the base below it. */
static void write_bonus(struct fen_case_edges *edges, const struct fen_bonus *bonus,
                        const struct fen_rule *rule)
{
    struct fen_str word = fen_case_edges_pick(edges, "step", "档位");
    struct fen_case fitting = fen_case_make(&edges->maker, rule);
    for (uint32_t step = 0; step < bonus->step_count; step++) {
        int64_t from_fen = bonus->steps[step].from_fen;
        if (!bonus->is_by_base)
            from_fen = fen_case_edges_base(from_fen, rule->pay.rate_ppm);
        for (int64_t at_fen = from_fen > 0 ? from_fen - 1 : 0; at_fen <= from_fen; at_fen++) {
            struct fen_case one = fen_case_copy(&edges->maker, &fitting);
            one.orders->lines->paid_fen = at_fen;
            fen_case_edges_write(edges, &one, bonus->name,
                                 fen_case_edges_place(edges, word, step + 1, at_fen));
        }
    }
}

static void write_bonuses(struct fen_case_edges *edges)
{
    const struct fen_plan *plan = edges->maker.plan;
    for (uint32_t index = 0; index < plan->bonus_count; index++) {
        const struct fen_bonus *bonus = &plan->bonuses[index];
        const struct fen_rule *rule = percent_rule(plan, bonus->roles, bonus->role_count);
        if (rule != NULL)
            write_bonus(edges, bonus, rule);
    }
}

static void add_score(struct fen_case_edges *edges, struct fen_case *one,
                      const struct fen_task *task, uint32_t number, int64_t score)
{
    one->scores[one->score_count++] = (struct fen_case_score){
        task->task, fen_arena_format(edges->maker.arena, "G%u", number), score};
}

/* A guide at each step and one just below the first; or one for each rank and one behind. */
static void write_tasks(struct fen_case_edges *edges)
{
    for (uint32_t index = 0; index < edges->maker.plan->task_count; index++) {
        const struct fen_task *task = &edges->maker.plan->tasks[index];
        struct fen_case one = {.bound_days = 1};
        one.scores = fen_arena_allocate_zeroed(
            edges->maker.arena,
            ((size_t)task->step_count + RANK_COUNT_MAX + 1) * sizeof *one.scores);
        if (task->step_count == 0)
            continue;
        int64_t last = task->steps[task->step_count - 1].to + 1;
        int64_t rank_count = last > RANK_COUNT_MAX ? RANK_COUNT_MAX : last;
        for (int64_t rank = 1; task->is_by_rank && rank <= rank_count; rank++)
            add_score(edges, &one, task, (uint32_t)rank, (rank_count - rank + 1) * 100);
        for (uint32_t step = 0; !task->is_by_rank && step < task->step_count; step++)
            add_score(edges, &one, task, step + 1, task->steps[step].from);
        if (!task->is_by_rank && task->steps[0].from > 0)
            add_score(edges, &one, task, task->step_count + 1, task->steps[0].from - 1);
        fen_case_edges_write(edges, &one, task->task, FEN_STR(""));
    }
}

void fen_case_edges_of_sums(struct fen_case_edges *edges)
{
    write_limits(edges);
    write_bonuses(edges);
    write_tasks(edges);
}
