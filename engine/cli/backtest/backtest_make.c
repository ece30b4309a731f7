/* backtest_make: see the header. */
#include "cli/backtest/backtest_make.h"

#include <pthread.h>

#include "cli/backtest/backtest_explain.h"
#include "plan/scalar.h"

static enum fen_exit read_time(const struct fen_arguments *arguments, const char *option,
                               int64_t offset_ms, int64_t *time_ms)
{
    const char *text = fen_arguments_text(arguments, option);
    if (text == NULL ||
        fen_scalar_time(fen_str_from(text), offset_ms, time_ms) == FEN_SCALAR_OK)
        return FEN_EXIT_OK;
    fen_say("--%s takes a time such as 2026-10-01 or \"2026-10-01 08:30\", not \"%s\"",
            "--%s 需要时间，如 2026-10-01 或 \"2026-10-01 08:30\"，而不是“%s”", option, text);
    return FEN_EXIT_USAGE;
}

/* The longest share window of a plan, or what is longer already. */
static int64_t longest_window_ms(const struct fen_backtest_plan *plan, int64_t window_ms)
{
    const struct fen_plan *rules = plan->plan == NULL ? NULL : plan->plan->plan;
    for (uint32_t i = 0; rules != NULL && i < rules->channel_window_count; i++)
        if (rules->channel_windows[i].window_ms > window_ms)
            window_ms = rules->channel_windows[i].window_ms;
    return rules != NULL && rules->share_window_ms > window_ms ? rules->share_window_ms
                                                               : window_ms;
}

enum fen_exit
fen_backtest_window_read(const struct fen_arguments *arguments,
                         const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                         struct fen_backtest_source *source, struct fen_backtest_report *report)
{
    const struct fen_plan *plan = plans[FEN_BACKTEST_AFTER].plan->plan;
    struct fen_backtest_window *window = &report->window;
    *window = (struct fen_backtest_window){0, INT64_MAX, plan->offset_ms, plan->currency};
    report->decimals = plan->currency_decimals;
    enum fen_exit result = read_time(arguments, "from", window->offset_ms, &window->from_ms);
    if (result == FEN_EXIT_OK)
        result = read_time(arguments, "to", window->offset_ms, &window->to_ms);
    if (result == FEN_EXIT_OK && window->from_ms >= window->to_ms) {
        fen_say("--from must lie before --to", "--from 必须早于 --to");
        result = FEN_EXIT_USAGE;
    }
    report->tenant = source->tenant;
    source->from_ms = window->from_ms;
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        source->window_ms = longest_window_ms(&plans[side], source->window_ms);
    return result;
}

static void take(void *context, const struct fen_backtest_place *place, struct fen_str value)
{
    fen_backtest_run_take(context, place, value);
}

static void add_posted(void *context, const struct fen_entry *entry)
{
    fen_backtest_fold_add_posted(context, entry);
}

/* What a side pays, to be summed. */
struct adding {
    struct fen_backtest_fold *fold;
    struct fen_backtest_run *run;
    enum fen_backtest_side side;
};

static void *add_side(void *context)
{
    const struct adding *adding = context;
    uint32_t count;
    const struct fen_backtest_entry *entries =
        fen_backtest_run_entries(adding->run, adding->side, &count);
    fen_backtest_fold_add_orders(adding->fold, adding->side,
                                 fen_backtest_run_machine(adding->run, adding->side));
    for (uint32_t i = 0; i < count; i++)
        fen_backtest_fold_add_entry(adding->fold, adding->side, &entries[i]);
    return NULL;
}

/* Both sides at once, the one before in a thread of its own. */
static void add_sides(struct fen_backtest_made *made, const struct fen_backtest_window *window,
                      const struct fen_org *org)
{
    struct adding after = {made->fold, made->run, FEN_BACKTEST_AFTER};
    struct adding before = {fen_backtest_fold_create(window, org), made->run, FEN_BACKTEST_BEFORE};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, add_side, &before);
    FEN_ASSERT(error == 0);
    (void)add_side(&after);
    (void)pthread_join(thread, NULL);
    fen_backtest_fold_merge(made->fold, before.fold);
    fen_backtest_fold_destroy(before.fold);
}

/* Both sides are done: sum, compare, explain. */
static enum fen_exit compare(struct fen_backtest_source *source, struct fen_backtest_made *made,
                             const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                             bool explains, struct fen_arena *arena,
                             struct fen_backtest_report *report)
{
    struct fen_replay_machine *tried = fen_backtest_run_machine(made->run, FEN_BACKTEST_AFTER);
    const struct fen_org *org = fen_replay_machine_reference(tried)->org;
    made->fold = fen_backtest_fold_create(&report->window, org);
    enum fen_exit result = FEN_EXIT_OK;
    report->refused_count = source->refused_count;
    if (plans[FEN_BACKTEST_BEFORE].is_wanted) {
        add_sides(made, &report->window, org);
    } else {
        (void)add_side(&(struct adding){made->fold, made->run, FEN_BACKTEST_AFTER});
        result = fen_backtest_source_visit_ledger(source, add_posted, made->fold);
    }
    if (result == FEN_EXIT_OK)
        fen_backtest_report_fill(report, made->fold, arena);
    if (result == FEN_EXIT_OK && explains)
        result = fen_backtest_explain(report, source, made->run, plans, arena);
    return result;
}

enum fen_exit fen_backtest_make(struct fen_backtest_source *source,
                                const struct fen_backtest_plan plans[FEN_BACKTEST_SIDES],
                                bool explains, struct fen_arena *arena,
                                struct fen_backtest_report *report,
                                struct fen_backtest_made *made)
{
    *made = (struct fen_backtest_made){.run = fen_backtest_run_create(plans)};
    if (made->run == NULL)
        return FEN_EXIT_CONFIG;
    struct fen_backtest_visitor visitor = {.take = take, .context = made->run};
    enum fen_exit result = fen_backtest_source_visit(source, &visitor);
    if (result != FEN_EXIT_OK)
        return result;
    fen_backtest_run_finish(made->run);
    return compare(source, made, plans, explains, arena, report);
}

void fen_backtest_made_deinit(struct fen_backtest_made *made)
{
    fen_backtest_fold_destroy(made->fold);
    fen_backtest_run_destroy(made->run);
    *made = (struct fen_backtest_made){0};
}
