/*
 * case_edges: cases from the edges of a plan's rules (`fen plan test --init`). See plan_test.h.
 *
 * Each rule gets a case that reaches it (case_make.h); its edges vary that case.
 */
#include "cli/plan/case_edges.h"

#include "base/progress.h"
#include "cli/plan/case_write.h"
#include "cli/plan/plan_phrase.h"
#include "cli/plan/plan_test.h"
#include "cli/text/yaml_text.h"
#include "model/event.h"
#include "model/period.h"
#include "plan/reader.h"
#include "plan/scalar.h"

#define LINE_COUNT_MAX 50

/*
 * A rule with the case that reaches it. These cases are made before the edges, since an edge of
 * one rule may be the case of another, and shall have the other's name then.
 */
struct fitted {
    const struct fen_rule *rule;
    struct fen_case one;
    bool is_new; /* no rule before it, and no case of the file, has the same */
};

/* Edges that one rule shows for all. */
struct shown {
    bool *windows; /* by channel of `by_channel`, the plan's own behind them */
    bool has_refund;
};

struct fen_str fen_case_edges_pick(const struct fen_case_edges *edges, const char *english,
                                   const char *chinese)
{
    return fen_str_from(edges->maker.language == FEN_LANGUAGE_CHINESE ? chinese : english);
}

int64_t fen_case_edges_major(const struct fen_case_edges *edges, int64_t units)
{
    for (uint32_t index = 0; index < edges->maker.plan->currency_decimals; index++)
        units *= 10;
    return units;
}

int64_t fen_case_edges_base(int64_t amount_fen, int64_t rate_ppm)
{
    if (rate_ppm == 0 || amount_fen > FEN_AMOUNT_MAX / FEN_PPM_WHOLE)
        return FEN_AMOUNT_MAX;
    int64_t base_fen = (amount_fen * FEN_PPM_WHOLE + rate_ppm - 1) / rate_ppm;
    return base_fen > FEN_AMOUNT_MAX ? FEN_AMOUNT_MAX : base_fen;
}

struct fen_str fen_case_edges_place(const struct fen_case_edges *edges, struct fen_str word,
                                    uint32_t number, int64_t amount_fen)
{
    struct fen_str money =
        fen_phrase_plain_money(edges->maker.arena, edges->maker.plan, amount_fen);
    return fen_arena_format(edges->maker.arena, "%.*s %u %.*s", FEN_STR_ARG(word), number,
                            FEN_STR_ARG(money));
}

static bool is_new(struct fen_case_edges *edges, struct fen_str kind, struct fen_str text)
{
    uint32_t content;
    return fen_mark_set_add(edges->seen, fen_hash128_pair(kind, text), 0, &content);
}

/* Two cases are the same when their events are, however they are written. */
static bool is_new_case(struct fen_case_edges *edges, const struct fen_case *one)
{
    struct fen_case_events events;
    struct fen_buffer text = {0};
    fen_case_events_make(edges->maker.plan, one, FEN_STR_NONE, edges->maker.arena, &events);
    for (uint32_t index = 0; index < events.count; index++)
        fen_buffer_append_str(&text, events.lines[index]);
    bool result = is_new(edges, FEN_STR("case"), fen_buffer_str(&text));
    fen_buffer_deinit(&text);
    return result;
}

/* Write a case that is new, with what it comes to. */
static void append(struct fen_case_edges *edges, struct fen_case *one, struct fen_str name,
                   struct fen_str edge)
{
    const struct fen_case_maker *maker = &edges->maker;
    struct fen_case_names names = {0};
    struct fen_case_result result;
    fen_case_run(maker->runner, one, maker->arena, &names, &result);
    if (fen_str_is_set(result.refused))
        return;
    struct fen_str title = fen_arena_format(maker->arena, "%.*s%s%.*s", FEN_STR_ARG(name),
                                            edge.size > 0 ? " · " : "", FEN_STR_ARG(edge));
    one->name = title;
    for (uint32_t number = 2; !is_new(edges, FEN_STR("name"), one->name); number++)
        one->name = fen_arena_format(maker->arena, "%.*s (%u)", FEN_STR_ARG(title), number);
    fen_case_write(maker->plan, one, &result, maker->language, maker->arena, edges->out);
}

void fen_case_edges_write(struct fen_case_edges *edges, struct fen_case *one, struct fen_str name,
                          struct fen_str edge)
{
    if (is_new_case(edges, one))
        append(edges, one, name, edge);
}

static void write_number(struct fen_case_edges *edges, const struct fen_rule *rule,
                         const struct fen_case *fitting, uint32_t key, int64_t value)
{
    const struct fen_case_maker *maker = &edges->maker;
    if (!fen_case_number_fits(key, value))
        return;
    struct fen_case one = fen_case_copy(maker, fitting);
    fen_case_set_number(&one, key, value);
    struct fen_range point = {value, value, true, NULL};
    struct fen_str text =
        fen_phrase_range(maker->arena, maker->plan, &point, key == FEN_WHEN_KEY_BASE);
    fen_case_edges_write(edges, &one, rule->name,
                         fen_arena_format(maker->arena, "%s %.*s",
                                          fen_words_spell(&fen_when_keys, (int)key,
                                                          maker->language),
                                          FEN_STR_ARG(text)));
}

/* Both ends of each range, and the numbers just outside. */
static void write_ranges(struct fen_case_edges *edges, const struct fen_rule *rule,
                         const struct fen_case *fitting)
{
    for (uint32_t key = FEN_WHEN_KEY_BOUND_DAYS; key <= FEN_WHEN_KEY_BASE; key++)
        for (const struct fen_range *range = fen_plan_range(rule, key); range != NULL;
             range = range->next) {
            if (range->from != INT64_MIN) {
                write_number(edges, rule, fitting, key, range->from - 1);
                write_number(edges, rule, fitting, key, range->from);
            }
            if (range->to != INT64_MAX) {
                write_number(edges, rule, fitting, key, range->to);
                write_number(edges, rule, fitting, key, range->to + 1);
            }
        }
}

/* Let the line earn an amount and a little more, as far as the rule's ranges go. */
static void earn(struct fen_case_edges *edges, const struct fen_rule *rule,
                 struct fen_case_line *line, int64_t amount_fen)
{
    const struct fen_range *range = fen_plan_range(rule, FEN_WHEN_KEY_BASE);
    if (rule->pay.kind == FEN_PAY_PERCENT) {
        int64_t base_fen = fen_case_edges_base(amount_fen, rule->pay.rate_ppm);
        int64_t most_fen = range != NULL && range->to < FEN_AMOUNT_MAX ? range->to : FEN_AMOUNT_MAX;
        int64_t more_fen = fen_case_edges_major(edges, 100);
        if (base_fen > most_fen)
            base_fen = most_fen;
        if (more_fen > most_fen - base_fen)
            more_fen = (most_fen - base_fen) / 2;
        line->paid_fen = base_fen + more_fen;
    } else if (rule->pay.kind == FEN_PAY_PER_UNIT && rule->pay.amount_fen > 0) {
        int64_t quantity = amount_fen / rule->pay.amount_fen + 1;
        range = fen_plan_range(rule, FEN_WHEN_KEY_QUANTITY);
        if (range != NULL && quantity > range->to)
            quantity = range->to;
        if (fen_case_number_fits(FEN_WHEN_KEY_QUANTITY, quantity))
            line->quantity = quantity;
    }
}

/* So many lines that what each of them earns comes to more than the cap of the order. */
static void write_order_cap(struct fen_case_edges *edges, const struct fen_rule *rule,
                            const struct fen_case *fitting)
{
    struct fen_case one = fen_case_copy(&edges->maker, fitting);
    int64_t line_fen = rule->cap_line_fen != FEN_NONE ? rule->cap_line_fen : rule->cap_order_fen;
    if (rule->pay.kind == FEN_PAY_PER_LINE && rule->pay.amount_fen < line_fen)
        line_fen = rule->pay.amount_fen;
    int64_t line_count = line_fen == 0 ? 2 : rule->cap_order_fen / line_fen + 1;
    if (line_count > LINE_COUNT_MAX)
        return;
    earn(edges, rule, one.orders->lines, line_fen);
    struct fen_case_line line = *one.orders->lines;
    one.orders->line_count = line_count < 2 ? 2 : (uint32_t)line_count;
    one.orders->lines =
        fen_arena_allocate(edges->maker.arena, one.orders->line_count * sizeof line);
    for (uint32_t index = 0; index < one.orders->line_count; index++)
        one.orders->lines[index] = line;
    fen_case_edges_write(edges, &one, rule->name,
                         fen_case_edges_pick(edges, "order capped", "整单封顶"));
}

static void write_caps(struct fen_case_edges *edges, const struct fen_rule *rule,
                       const struct fen_case *fitting)
{
    int64_t cap_fen = rule->cap_line_fen != FEN_NONE ? rule->cap_line_fen : rule->cap_order_fen;
    if (cap_fen == FEN_NONE)
        return;
    struct fen_case one = fen_case_copy(&edges->maker, fitting);
    earn(edges, rule, one.orders->lines, cap_fen);
    fen_case_edges_write(edges, &one, rule->name, fen_case_edges_pick(edges, "capped", "封顶"));
    if (rule->cap_order_fen != FEN_NONE)
        write_order_cap(edges, rule, fitting);
}

/* A minor unit below where a tier begins, there, and well into it. */
static void write_tiers(struct fen_case_edges *edges, const struct fen_rule *rule,
                        const struct fen_case *fitting)
{
    struct fen_str word = fen_case_edges_pick(edges, "tier", "阶梯档");
    for (uint32_t index = 1; index < rule->pay.tier_count; index++) {
        int64_t from_fen = rule->pay.tiers[index].from_fen;
        struct fen_case one;
        for (int64_t at_fen = from_fen - 1; at_fen <= from_fen; at_fen++) {
            one = fen_case_copy(&edges->maker, fitting);
            one.orders->lines->paid_fen = at_fen;
            fen_case_edges_write(edges, &one, rule->name,
                                 fen_case_edges_place(edges, word, index + 1, at_fen));
        }
        one = fen_case_copy(&edges->maker, fitting);
        one.orders->lines->paid_fen = from_fen + fen_case_edges_major(edges, 100);
        fen_case_edges_write(edges, &one, rule->name,
                             fen_arena_format(edges->maker.arena, "%.*s %u", FEN_STR_ARG(word),
                                              index + 1));
    }
}

static void write_share(struct fen_case_edges *edges, const struct fen_rule *rule,
                        struct fen_case *one, struct fen_str edge)
{
    struct fen_str channel = one->orders->channel;
    if (fen_plan_window_ms(edges->maker.plan, channel) != edges->maker.plan->share_window_ms)
        edge = fen_arena_format(edges->maker.arena, "%.*s · %.*s", FEN_STR_ARG(channel),
                                FEN_STR_ARG(edge));
    fen_case_edges_write(edges, one, rule->name, edge);
}

/*
 * An hour before a share no longer counts, and that moment. Returns: whether the rule shows it; an
 * order of this channel may be another rule's.
 */
static bool write_window(struct fen_case_edges *edges, const struct fen_rule *rule,
                         const struct fen_case *fitting, struct fen_str channel)
{
    struct fen_case inside = fen_case_copy(&edges->maker, fitting);
    inside.orders->channel = channel;
    struct fen_case outside = fen_case_copy(&edges->maker, &inside);
    int64_t window_ms = fen_plan_window_ms(edges->maker.plan, channel);
    outside.orders->touches->before_ms = window_ms;
    if (window_ms > FEN_HOUR_MS) { /* a case cannot say less than an hour */
        inside.orders->touches->before_ms = window_ms - FEN_HOUR_MS;
        if (!fen_case_reaches(&edges->maker, &inside, rule->name))
            return false;
        write_share(edges, rule, &inside,
                    fen_case_edges_pick(edges, "an hour inside the window", "有效期内一小时"));
    }
    write_share(edges, rule, &outside,
                fen_case_edges_pick(edges, "the window is over", "有效期已满"));
    return true;
}

/* The plan's own window, and that of each channel, are shown once, by the first rule that can. */
static void write_windows(struct fen_case_edges *edges, const struct fen_rule *rule,
                          const struct fen_case *fitting, struct shown *shown)
{
    const struct fen_plan *plan = edges->maker.plan;
    if (rule->role != FEN_ROLE_SHARE)
        return;
    for (uint32_t index = 0; index < plan->channel_window_count; index++)
        if (!shown->windows[index])
            shown->windows[index] =
                write_window(edges, rule, fitting, plan->channel_windows[index].channel);
    bool *is_shown = &shown->windows[plan->channel_window_count];
    struct fen_str channel = fitting->orders->channel;
    if (!*is_shown && fen_plan_window_ms(plan, channel) == plan->share_window_ms)
        *is_shown = write_window(edges, rule, fitting, channel);
}

static void write_refund(struct fen_case_edges *edges, const struct fen_rule *rule,
                         const struct fen_case *fitting, struct shown *shown)
{
    if (shown->has_refund || rule->role == FEN_ROLE_RECRUIT)
        return;
    shown->has_refund = true;
    struct fen_case one = fen_case_copy(&edges->maker, fitting);
    one.orders->refunds = FEN_ARENA_NEW(edges->maker.arena, struct fen_case_refund);
    *one.orders->refunds = (struct fen_case_refund){
        .line = 1, .amount_fen = one.orders->lines->paid_fen / 2, .quantity = FEN_NONE};
    one.orders->refund_count = 1;
    fen_case_edges_write(edges, &one, rule->name,
                         fen_case_edges_pick(edges, "half refunded", "退一半"));
}

static void write_rule(struct fen_case_edges *edges, const struct fitted *fitted,
                       struct shown *shown)
{
    const struct fen_rule *rule = fitted->rule;
    struct fen_case one = fitted->one;
    if (fitted->is_new)
        append(edges, &one, rule->name, FEN_STR(""));
    write_ranges(edges, rule, &fitted->one);
    write_caps(edges, rule, &fitted->one);
    write_tiers(edges, rule, &fitted->one);
    write_windows(edges, rule, &fitted->one, shown);
    write_refund(edges, rule, &fitted->one, shown);
}

static void write_rules(struct fen_case_edges *edges)
{
    const struct fen_plan *plan = edges->maker.plan;
    struct fen_progress progress;
    struct fitted *fitted;
    uint32_t count = 0, done = 0;
    struct shown shown = {.windows = fen_arena_allocate_zeroed(
                              edges->maker.arena,
                              (plan->channel_window_count + 1) * sizeof *shown.windows)};
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        count += plan->rule_count[role];
    fitted = fen_arena_allocate_zeroed(edges->maker.arena, ((size_t)count + 1) * sizeof *fitted);
    fen_progress_init(&progress, "plan test", 2 * (uint64_t)count);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        for (uint32_t index = 0; index < plan->rule_count[role]; index++) {
            const struct fen_rule *rule = &plan->rules[role][index];
            fitted[done] = (struct fitted){rule, fen_case_make(&edges->maker, rule), false};
            fitted[done].is_new = is_new_case(edges, &fitted[done].one);
            fen_progress_update(&progress, ++done);
        }
    for (uint32_t index = 0; index < count; index++) {
        write_rule(edges, &fitted[index], &shown);
        fen_progress_update(&progress, ++done);
    }
    fen_progress_deinit(&progress, done);
}

/* The cases of the file are there already, and their names are taken. */
static void see_cases(struct fen_case_edges *edges, const struct fen_cases *cases)
{
    for (uint32_t index = 0; index < cases->count; index++) {
        (void)is_new(edges, FEN_STR("name"), cases->items[index].name);
        (void)is_new_case(edges, &cases->items[index]);
    }
}

void fen_plan_test_init(const struct fen_plan_source *source, struct fen_arena *arena,
                        struct fen_buffer *out)
{
    struct fen_case_edges edges = {
        .maker = {.plan = source->document.plan,
                  .arena = arena,
                  .runner = fen_case_runner_create(source->document.plan),
                  .language = fen_yaml_language(source->document.root)},
        .seen = fen_mark_set_create(),
        .out = out};
    fen_buffer_append_str(
        out, fen_case_edges_pick(&edges,
                                 "# Made from the edges of the rules. `expect` is what they come "
                                 "to now:\n# confirm each, then put them into the plan file.\n",
                                 "# 按规则的边界生成，“期望”是现在算出的结果："
                                 "请逐条核对，再放进方案文件。\n"));
    fen_buffer_append_str(out, fen_case_edges_pick(&edges, "tests:", "测试:"));
    size_t begin = out->size_bytes;
    fen_buffer_append_byte(out, '\n');
    see_cases(&edges, source->document.cases);
    write_rules(&edges);
    fen_case_edges_of_sums(&edges);
    if (out->size_bytes == begin + 1) {
        out->size_bytes = begin;
        fen_buffer_append_str(out, FEN_STR(" []\n"));
    }
    fen_mark_set_destroy(edges.seen);
    fen_case_runner_destroy(edges.maker.runner);
}
