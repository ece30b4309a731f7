/*
 * case_edges: cases from the edges of a plan's rules (`fen plan test --init`). See plan_test.h.
 *
 * A case is made so that one rule fits: its conditions are met by their first values, and whatever
 * its role needs happens (somebody shares, serves, is bound). The edges of that rule vary it.
 */
#include <inttypes.h>

#include "cli/plan/case_write.h"
#include "cli/explain/explain_text.h"
#include "cli/plan/plan_phrase.h"
#include "cli/plan/plan_test.h"
#include "cli/text/yaml_text.h"
#include "model/event.h"
#include "model/period.h"
#include "plan/scalar.h"

#define RANK_COUNT_MAX 12

struct edges {
    const struct fen_plan *plan;
    struct fen_arena *arena;
    struct fen_buffer *out;
    enum fen_language language;
    struct fen_case_runner *runner;
    struct fen_case_names names;
    bool has_window, has_refund;
};

static struct fen_str pick(const struct edges *edges, const char *english, const char *chinese)
{
    return fen_str_from(edges->language == FEN_LANGUAGE_CHINESE ? chinese : english);
}

static int64_t major(const struct edges *edges, int64_t units)
{
    for (uint32_t index = 0; index < edges->plan->currency_decimals; index++)
        units *= 10;
    return units;
}

/* A case with one guide, one store and one order of one line. */
static struct fen_case create(struct edges *edges)
{
    struct fen_case one = {.bound_days = 1, .order_count = 1, .store_count = 1, .guide_count = 1};
    one.guides = FEN_ARENA_NEW(edges->arena, struct fen_case_guide);
    one.stores = FEN_ARENA_NEW(edges->arena, struct fen_case_store);
    one.orders = FEN_ARENA_NEW(edges->arena, struct fen_case_order);
    one.orders->lines = FEN_ARENA_NEW(edges->arena, struct fen_case_line);
    one.orders->line_count = 1;
    one.orders->created_ms = FEN_NONE;
    one.orders->store = FEN_STR("S1");
    one.orders->lines->quantity = 1;
    one.orders->lines->paid_fen = major(edges, 1000);
    *one.stores = (struct fen_case_store){.store = FEN_STR("S1"),
                                          .region = FEN_STR("R1"),
                                          .mall = FEN_STR("M1"),
                                          .franchisee = FEN_STR("F1"),
                                          .kind = FEN_STORE_OWNED};
    *one.guides = (struct fen_case_guide){.guide = pick(edges, "A", "甲"),
                                          .store = FEN_STR("S1"),
                                          .left_ms = FEN_NONE};
    return one;
}

/* Let happen what a role is about. */
static void enact(struct edges *edges, struct fen_case *one, enum fen_role role)
{
    struct fen_str guide = one->guides->guide;
    struct fen_case_order *order = one->orders;
    switch (role) {
    case FEN_ROLE_SHARE:
        order->touches = FEN_ARENA_NEW(edges->arena, struct fen_case_touch);
        *order->touches = (struct fen_case_touch){guide, FEN_STR_NONE, FEN_DAY_MS};
        order->touch_count = 1;
        break;
    case FEN_ROLE_SERVE:
        order->servers = FEN_ARENA_NEW(edges->arena, struct fen_case_server);
        *order->servers = (struct fen_case_server){guide, 1};
        order->server_count = 1;
        break;
    case FEN_ROLE_BIND: one->bound_guide = guide; break;
    case FEN_ROLE_LIVE:
        order->live_host = guide;
        if (!fen_str_is_set(order->live_session))
            order->live_session = FEN_STR("live-1");
        break;
    case FEN_ROLE_COUPON: order->coupon = guide; break;
    case FEN_ROLE_SALE: order->lines->seller = guide; break;
    case FEN_ROLE_MANAGER: one->stores->manager = guide; break;
    case FEN_ROLE_OWN_STORE: one->bound_store = FEN_STR("S1"); break;
    case FEN_ROLE_BRAND:
        if (!fen_str_is_set(order->lines->brand))
            order->lines->brand = FEN_STR("B1");
        break;
    case FEN_ROLE_RECRUIT:
        one->recruiter = guide;
        one->order_count = 0;
        break;
    case FEN_ROLE_SELL_STORE:
    case FEN_ROLE_FULFIL_STORE:
    case FEN_ROLE_FRANCHISEE:
    case FEN_ROLE_REGION:
    case FEN_ROLE_MALL:
    case FEN_ROLE_HQ:
    case FEN_ROLE_NONE:
    case FEN_ROLE_TASK:
    case FEN_ROLE_SELF:
    case FEN_ROLE_BONUS:
    case FEN_ROLE_CAP:
    case FEN_ROLE_MANUAL:
    case FEN_ROLE_PAYOUT:
    case FEN_ROLE_NAME_COUNT: break;
    }
}

static void meet_text(struct fen_case *one, enum fen_dimension dimension, struct fen_str text)
{
    struct fen_case_order *order = one->orders;
    const struct fen_word *kind;
    switch (dimension) {
    case FEN_DIMENSION_BRAND: order->lines->brand = text; break;
    case FEN_DIMENSION_CATEGORY: order->lines->category = text; break;
    case FEN_DIMENSION_SKU: order->lines->sku = text; break;
    case FEN_DIMENSION_CHANNEL: order->channel = text; break;
    case FEN_DIMENSION_LIVE_SESSION: order->live_session = text; break;
    case FEN_DIMENSION_STORE:
        order->store = text;
        one->stores->store = text;
        one->guides->store = text;
        break;
    case FEN_DIMENSION_STORE_KIND:
        kind = fen_words_find(&fen_store_kind_words, text);
        if (kind != NULL)
            one->stores->kind = (enum fen_store_kind)kind->value;
        break;
    case FEN_DIMENSION_REGION: one->stores->region = text; break;
    case FEN_DIMENSION_GUIDE_STORE: one->guides->store = text; break;
    case FEN_DIMENSION_LEVEL: one->guides->level = text; break;
    case FEN_DIMENSION_PAYEE_KIND: one->guides->kind = text; break;
    case FEN_DIMENSION_TEXT_COUNT: break;
    }
}

/* A value in a range: where it begins, else where it ends. */
static int64_t value_in(const struct fen_range *range, int64_t least)
{
    if (range->from != INT64_MIN && range->from >= least)
        return range->from;
    return range->to == INT64_MAX || range->to < least ? least : range->to;
}

/* The numbers of `when`, as a case has them. */
static void set_number(struct fen_case *one, uint32_t key, int64_t value)
{
    if (key == FEN_WHEN_KEY_QUANTITY) {
        one->orders->lines->quantity = value;
    } else if (key == FEN_WHEN_KEY_BASE) {
        one->orders->lines->paid_fen = value;
    } else {
        one->bound_guide = one->guides->guide;
        one->bound_days = value;
    }
}

static const struct fen_range *number_of(const struct fen_rule *rule, uint32_t key)
{
    const struct fen_range *range = key == FEN_WHEN_KEY_QUANTITY ? &rule->quantity
                                    : key == FEN_WHEN_KEY_BASE   ? &rule->base_fen
                                                                 : &rule->bound_days;
    return range->is_set ? range : NULL;
}

/* A case that a rule fits. */
static struct fen_case create_for(struct edges *edges, const struct fen_rule *rule)
{
    struct fen_case one = create(edges);
    for (uint32_t index = 0; index < rule->condition_count; index++)
        meet_text(&one, rule->conditions[index].dimension, rule->conditions[index].texts[0]);
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
        if (number_of(rule, key) != NULL)
            set_number(&one, key, value_in(number_of(rule, key), key == FEN_WHEN_KEY_QUANTITY));
    enact(edges, &one, rule->role);
    if (rule->earned == FEN_FACT_PICKED_UP && rule->role != FEN_ROLE_SERVE)
        one.orders->facts = UINT32_C(1) << FEN_FACT_PAID | UINT32_C(1) << FEN_FACT_PICKED_UP |
                            UINT32_C(1) << FEN_FACT_RECEIVED;
    if (rule->earned == FEN_FACT_SHIPPED && rule->role == FEN_ROLE_SERVE)
        one.orders->facts = UINT32_C(1) << FEN_FACT_PAID | UINT32_C(1) << FEN_FACT_SHIPPED |
                            UINT32_C(1) << FEN_FACT_PICKED_UP | UINT32_C(1) << FEN_FACT_RECEIVED;
    return one;
}

/* Run a case and write it, with what it comes to. */
static void write(struct edges *edges, struct fen_case *one, struct fen_str name,
                  struct fen_str edge)
{
    struct fen_case_result result;
    one->name = fen_arena_format(edges->arena, "%.*s%s%.*s", FEN_STR_ARG(name),
                                 edge.size > 0 ? " · " : "", FEN_STR_ARG(edge));
    fen_case_run(edges->runner, one, edges->arena, &edges->names, &result);
    fen_case_write(edges->plan, one, &result, edges->language, edges->arena, edges->out);
}

/* Whether an entry of the case names the rule. */
static bool reaches(struct edges *edges, const struct fen_case *one, const struct fen_rule *rule)
{
    struct fen_case_names names = {0};
    struct fen_case_result result;
    fen_case_run(edges->runner, one, edges->arena, &names, &result);
    return fen_case_names_has(&names, rule->name);
}

/* A rule behind others may want a store of another kind, or one that nobody knows. */
static void write_rule(struct edges *edges, const struct fen_rule *rule)
{
    static const enum fen_store_kind kinds[] = {FEN_STORE_CONCESSION, FEN_STORE_FRANCHISE};
    struct fen_case one = create_for(edges, rule);
    struct fen_case other = one;
    for (size_t index = 0; index < 2 && !reaches(edges, &other, rule); index++) {
        other = create_for(edges, rule);
        other.stores->kind = kinds[index];
    }
    if (!reaches(edges, &other, rule)) {
        other = create_for(edges, rule);
        other.store_count = 0;
        other.orders->store = FEN_STR_NONE;
        other.guides->store = FEN_STR_NONE;
    }
    write(edges, reaches(edges, &other, rule) ? &other : &one, rule->name, FEN_STR(""));
}

static void write_ranges(struct edges *edges, const struct fen_rule *rule)
{
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++) {
        const struct fen_range *range = number_of(rule, key);
        int64_t least = key == FEN_WHEN_KEY_QUANTITY ? 1 : 0;
        if (range == NULL)
            continue;
        int64_t ends[] = {range->from == INT64_MIN ? -1 : range->from - 1, range->from, range->to,
                          range->to == INT64_MAX ? -1 : range->to + 1};
        for (uint32_t end = 0; end < 4; end++) {
            if (ends[end] < least || ends[end] == INT64_MAX || ends[end] > FEN_AMOUNT_MAX ||
                (end > 1 && ends[end] == ends[end - 1]))
                continue;
            struct fen_case one = create_for(edges, rule);
            set_number(&one, key, ends[end]);
            struct fen_range point = {ends[end], ends[end], true, NULL};
            struct fen_str value = fen_phrase_range(edges->arena, edges->plan, &point,
                                                    key == FEN_WHEN_KEY_BASE);
            write(edges, &one, rule->name,
                  fen_arena_format(edges->arena, "%s %.*s",
                                   fen_words_spell(&fen_when_keys, (int)key, edges->language),
                                   FEN_STR_ARG(value)));
        }
    }
}

/* The base at which a percentage comes to an amount, and a little more. */
static int64_t base_for(const struct edges *edges, int64_t amount_fen, int64_t rate_ppm)
{
    if (rate_ppm == 0 || amount_fen > FEN_AMOUNT_MAX / FEN_PPM_WHOLE)
        return FEN_AMOUNT_MAX;
    int64_t base_fen = amount_fen * FEN_PPM_WHOLE / rate_ppm + major(edges, 100);
    return base_fen > FEN_AMOUNT_MAX ? FEN_AMOUNT_MAX : base_fen;
}

static void write_caps(struct edges *edges, const struct fen_rule *rule)
{
    int64_t cap_fen = rule->cap_line_fen != FEN_NONE ? rule->cap_line_fen : rule->cap_order_fen;
    if (cap_fen == FEN_NONE)
        return;
    struct fen_case one = create_for(edges, rule);
    if (rule->pay.kind == FEN_PAY_PERCENT)
        one.orders->lines->paid_fen = base_for(edges, cap_fen, rule->pay.rate_ppm);
    else if (rule->pay.kind == FEN_PAY_PER_UNIT && rule->pay.amount_fen > 0 &&
             cap_fen / rule->pay.amount_fen < 999999)
        one.orders->lines->quantity = cap_fen / rule->pay.amount_fen + 1;
    write(edges, &one, rule->name, pick(edges, "capped", "封顶"));
}

static void write_tiers(struct edges *edges, const struct fen_rule *rule)
{
    for (uint32_t index = 1; index < rule->pay.tier_count; index++) {
        struct fen_case one = create_for(edges, rule);
        one.orders->lines->paid_fen = rule->pay.tiers[index].from_fen + major(edges, 100);
        write(edges, &one, rule->name,
              fen_arena_format(edges->arena, "%.*s %u",
                               FEN_STR_ARG(pick(edges, "tier", "阶梯档")), index + 1));
    }
}

/* The moment a share no longer counts, and an hour before it. */
static void write_window(struct edges *edges, const struct fen_rule *rule)
{
    if (edges->has_window || rule->role != FEN_ROLE_SHARE)
        return;
    edges->has_window = true;
    struct fen_case inside = create_for(edges, rule), outside = create_for(edges, rule);
    int64_t window_ms = fen_plan_window_ms(edges->plan, inside.orders->channel);
    if (window_ms > FEN_HOUR_MS) {
        inside.orders->touches->before_ms = window_ms - FEN_HOUR_MS;
        write(edges, &inside, rule->name, pick(edges, "an hour inside the window", "有效期内一小时"));
    }
    outside.orders->touches->before_ms = window_ms;
    write(edges, &outside, rule->name, pick(edges, "the window is over", "有效期已满"));
}

static void write_refund(struct edges *edges, const struct fen_rule *rule)
{
    if (edges->has_refund || rule->role == FEN_ROLE_RECRUIT)
        return;
    edges->has_refund = true;
    struct fen_case one = create_for(edges, rule);
    one.orders->refunds = FEN_ARENA_NEW(edges->arena, struct fen_case_refund);
    *one.orders->refunds = (struct fen_case_refund){
        .line = 1, .amount_fen = one.orders->lines->paid_fen / 2, .quantity = FEN_NONE};
    one.orders->refund_count = 1;
    write(edges, &one, rule->name, pick(edges, "half refunded", "退一半"));
}

static void write_rules(struct edges *edges)
{
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        for (uint32_t index = 0; index < edges->plan->rule_count[role]; index++) {
            const struct fen_rule *rule = &edges->plan->rules[role][index];
            write_rule(edges, rule);
            write_ranges(edges, rule);
            write_caps(edges, rule);
            write_tiers(edges, rule);
            write_window(edges, rule);
            write_refund(edges, rule);
        }
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
            if ((rule->pay.kind != FEN_PAY_PERCENT && rule->pay.kind != FEN_PAY_TIERS) ||
                rule->pay.rate_ppm == 0)
                continue;
            if (rule->cap_line_fen == FEN_NONE && rule->cap_order_fen == FEN_NONE)
                return rule;
            capped = capped == NULL ? rule : capped;
        }
    return capped;
}

static void write_limits(struct edges *edges)
{
    for (uint32_t index = 0; index < edges->plan->limit_count; index++) {
        const struct fen_limit *limit = &edges->plan->limits[index];
        const struct fen_rule *rule = percent_rule(edges->plan, limit->roles, limit->role_count);
        if (rule == NULL)
            continue;
        struct fen_case one = create_for(edges, rule);
        if (limit->month_fen != FEN_NONE)
            one.orders->lines->paid_fen = base_for(edges, limit->month_fen, rule->pay.rate_ppm);
        for (uint32_t at = 0; at < limit->role_count; at++)
            if (limit->roles[at] < FEN_ROLE_COUNT && edges->plan->rule_count[limit->roles[at]] > 0)
                enact(edges, &one, limit->roles[at]);
        one.order_count = 1;
        write(edges, &one, limit->name, FEN_STR(""));
    }
}

static void write_bonuses(struct edges *edges)
{
    for (uint32_t index = 0; index < edges->plan->bonus_count; index++) {
        const struct fen_bonus *bonus = &edges->plan->bonuses[index];
        const struct fen_rule *rule = percent_rule(edges->plan, bonus->roles, bonus->role_count);
        for (uint32_t step = 0; rule != NULL && step < bonus->step_count; step++) {
            struct fen_case one = create_for(edges, rule);
            int64_t from_fen = bonus->steps[step].from_fen;
            one.orders->lines->paid_fen =
                bonus->is_by_base ? from_fen : base_for(edges, from_fen, rule->pay.rate_ppm);
            write(edges, &one, bonus->name,
                  fen_arena_format(edges->arena, "%.*s %u",
                                   FEN_STR_ARG(pick(edges, "step", "档位")), step + 1));
        }
    }
}

static void add_score(struct edges *edges, struct fen_case *one, const struct fen_task *task,
                      uint32_t number, int64_t score)
{
    one->scores[one->score_count++] = (struct fen_case_score){
        task->task, fen_arena_format(edges->arena, "G%u", number), score};
}

/* A guide at each step and one just below the first; or one for each rank and one behind. */
static void write_tasks(struct edges *edges)
{
    for (uint32_t index = 0; index < edges->plan->task_count; index++) {
        const struct fen_task *task = &edges->plan->tasks[index];
        struct fen_case one = {.bound_days = 1};
        one.scores = fen_arena_allocate_zeroed(
            edges->arena, ((size_t)task->step_count + RANK_COUNT_MAX + 1) * sizeof *one.scores);
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
        write(edges, &one, task->task, FEN_STR(""));
    }
}

void fen_plan_test_init(const struct fen_plan_source *source, struct fen_arena *arena,
                        struct fen_buffer *out)
{
    struct edges edges = {.plan = source->document.plan,
                          .arena = arena,
                          .out = out,
                          .language = fen_yaml_language(source->document.root)};
    bool is_chinese = edges.language == FEN_LANGUAGE_CHINESE;
    fen_buffer_append_str(
        out, fen_str_from(is_chinese
                              ? "# 按规则的边界生成，“期望”是现在算出的结果：请逐条核对，再放进方案文件。\n"
                              : "# Made from the edges of the rules. `expect` is what they come to "
                                "now:\n# confirm each, then put them into the plan file.\n"));
    fen_buffer_append_format(out, "%s:\n", is_chinese ? "测试" : "tests");
    edges.runner = fen_case_runner_create(edges.plan);
    write_rules(&edges);
    write_limits(&edges);
    write_bonuses(&edges);
    write_tasks(&edges);
    fen_case_runner_destroy(edges.runner);
}
