/*
 * backtest: `fen backtest`, what a plan would have paid beside what another pays, or what was
 * posted.
 *
 * Plans, dates and outputs are checked before any event is read; outputs are opened then too, so
 * that a path that cannot be written costs nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/backtest_explain.h"
#include "cli/backtest_report.h"
#include "cli/backtest_source.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "plan/scalar.h"

struct backtest {
    const struct fen_arguments *arguments;
    struct fen_arena *arena;
    struct fen_plan_files files[FEN_BACKTEST_SIDES];
    struct fen_backtest_plan plans[FEN_BACKTEST_SIDES];
    struct fen_backtest_source source;
    struct fen_backtest_report report;
    struct fen_output text, csv, html;
};

static enum fen_exit read_plan(struct backtest *backtest, enum fen_backtest_side side,
                               const char *path)
{
    struct fen_plan_files *files = &backtest->files[side];
    enum fen_exit result = fen_plan_files_init(files, &path, 1);
    if (result != FEN_EXIT_OK)
        return result;
    const struct fen_plan *plan = files->items[0].plan;
    backtest->plans[side] = (struct fen_backtest_plan){true, &files->items[0]};
    backtest->report.plans[side] = fen_arena_format(backtest->arena, "%.*s@%u %s",
                                                    FEN_STR_ARG(plan->id), plan->version, path);
    return FEN_EXIT_OK;
}

static enum fen_exit read_plans(struct backtest *backtest)
{
    const char *tried = fen_arguments_text(backtest->arguments, "plan");
    const char *against = fen_arguments_text(backtest->arguments, "against");
    if (tried == NULL) {
        fen_say("which plan is to be tried? For instance:\n"
                "  fen backtest --plan new.yaml --against old.yaml events.ndjson",
                "请用 --plan 指定要试算的方案，例如：\n"
                "  fen backtest --plan new.yaml --against old.yaml events.ndjson");
        return FEN_EXIT_USAGE;
    }
    enum fen_exit result = read_plan(backtest, FEN_BACKTEST_AFTER, tried);
    if (strcmp(against, "posted") == 0) {
        backtest->plans[FEN_BACKTEST_BEFORE].is_wanted = !backtest->source.is_live;
        return result;
    }
    enum fen_exit other = read_plan(backtest, FEN_BACKTEST_BEFORE, against);
    if (result != FEN_EXIT_OK || other != FEN_EXIT_OK)
        return result != FEN_EXIT_OK ? result : other;
    const struct fen_plan *new_plan = backtest->files[FEN_BACKTEST_AFTER].items[0].plan;
    const struct fen_plan *old_plan = backtest->files[FEN_BACKTEST_BEFORE].items[0].plan;
    if (fen_str_equal(new_plan->currency, old_plan->currency))
        return FEN_EXIT_OK;
    fen_say("%s pays in %.*s, %s in %.*s: they cannot be compared",
            "%s 的币种为 %.*s，%s 为 %.*s，无法比较", tried, FEN_STR_ARG(new_plan->currency),
            against, FEN_STR_ARG(old_plan->currency));
    return FEN_EXIT_CONFIG;
}

static enum fen_exit read_time(struct backtest *backtest, const char *option, int64_t *time_ms)
{
    const char *text = fen_arguments_text(backtest->arguments, option);
    if (text == NULL ||
        fen_scalar_time(fen_str_from(text), backtest->report.window.offset_ms, time_ms) ==
            FEN_SCALAR_OK)
        return FEN_EXIT_OK;
    fen_say("--%s takes a time such as 2026-10-01 or \"2026-10-01 08:30\", not \"%s\"",
            "--%s 需要时间，如 2026-10-01 或 \"2026-10-01 08:30\"，而不是“%s”", option, text);
    return FEN_EXIT_USAGE;
}

static enum fen_exit read_window(struct backtest *backtest)
{
    const struct fen_plan *plan = backtest->files[FEN_BACKTEST_AFTER].items[0].plan;
    struct fen_backtest_report *report = &backtest->report;
    const char *limit = fen_arguments_text(backtest->arguments, "max-delta");
    report->window =
        (struct fen_backtest_window){0, INT64_MAX, plan->offset_ms, plan->currency};
    report->decimals = plan->currency_decimals;
    enum fen_exit result = read_time(backtest, "from", &report->window.from_ms);
    if (result == FEN_EXIT_OK)
        result = read_time(backtest, "to", &report->window.to_ms);
    if (result == FEN_EXIT_OK && report->window.from_ms >= report->window.to_ms) {
        fen_say("--from must lie before --to", "--from 必须早于 --to");
        result = FEN_EXIT_USAGE;
    }
    if (result == FEN_EXIT_OK && limit != NULL &&
        !fen_backtest_limit_read(limit, report->decimals, &report->limit)) {
        fen_say("--max-delta takes a part of the total such as 5%%, or money such as 10000.00, "
                "not \"%s\"",
                "--max-delta 需要占合计的百分比（如 5%%）或金额（如 10000.00），而不是“%s”", limit);
        result = FEN_EXIT_USAGE;
    }
    backtest->source.from_ms = report->window.from_ms;
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++) {
        plan = backtest->files[side].count == 0 ? NULL : backtest->files[side].items[0].plan;
        for (uint32_t i = 0; plan != NULL && i < plan->channel_window_count; i++)
            if (plan->channel_windows[i].window_ms > backtest->source.window_ms)
                backtest->source.window_ms = plan->channel_windows[i].window_ms;
        if (plan != NULL && plan->share_window_ms > backtest->source.window_ms)
            backtest->source.window_ms = plan->share_window_ms;
    }
    return result;
}

/* The report goes to standard output unless another form does. */
static enum fen_exit open_outputs(struct backtest *backtest)
{
    const char *csv = fen_arguments_text(backtest->arguments, "csv");
    const char *html = fen_arguments_text(backtest->arguments, "html");
    if (!fen_output_open(&backtest->csv, csv) || !fen_output_open(&backtest->html, html))
        return FEN_EXIT_INPUT;
    bool is_taken =
        fen_output_is_standard(&backtest->csv) || fen_output_is_standard(&backtest->html);
    bool is_taken_twice = fen_output_is_standard(&backtest->csv) +
                              fen_output_is_standard(&backtest->html) +
                              fen_arguments_has(backtest->arguments, "json") >
                          1;
    if (is_taken_twice) {
        fen_say("only one of --json, --csv and --html can be standard output; give the others "
                "files",
                "--json、--csv、--html 中只能有一个写到标准输出；请为其他的指定文件");
        return FEN_EXIT_USAGE;
    }
    return fen_output_open(&backtest->text, is_taken ? NULL : "-") ? FEN_EXIT_OK
                                                                   : FEN_EXIT_INPUT;
}

static void take(void *context, const struct fen_event *event, struct fen_str value)
{
    fen_backtest_run_take(context, event, value);
}

static void add_posted(void *context, const struct fen_entry *entry)
{
    fen_backtest_fold_add_posted(context, entry);
}

static void add_side(struct fen_backtest_fold *fold, struct fen_backtest_run *run,
                     enum fen_backtest_side side)
{
    uint32_t count;
    const struct fen_backtest_entry *entries = fen_backtest_run_entries(run, side, &count);
    fen_backtest_fold_add_orders(fold, side, fen_backtest_run_machine(run, side));
    for (uint32_t i = 0; i < count; i++)
        fen_backtest_fold_add_entry(fold, side, &entries[i]);
}

static enum fen_exit write_report(struct backtest *backtest)
{
    const struct fen_backtest_report *report = &backtest->report;
    struct fen_buffer bytes = {0};
    if (fen_arguments_has(backtest->arguments, "json"))
        fen_backtest_append_json(report, &bytes);
    else
        fen_backtest_append_text(report, backtest->arena, &bytes);
    fen_output_write(&backtest->text, &bytes);
    fen_buffer_clear(&bytes);
    fen_backtest_append_csv(report, &bytes);
    fen_output_write(&backtest->csv, &bytes);
    fen_buffer_clear(&bytes);
    fen_backtest_append_html(report, backtest->arena, &bytes);
    fen_output_write(&backtest->html, &bytes);
    fen_buffer_deinit(&bytes);
    if (report->is_exceeded) {
        char change[FEN_MONEY_TEXT_BYTES];
        fen_say("the total changes by %s, more than --max-delta %s",
                "合计变化 %s，超过 --max-delta %s",
                fen_backtest_signed(report, fen_backtest_change_of(report->sums_fen), change),
                report->limit.text);
    }
    return report->is_exceeded ? FEN_EXIT_FAILED : FEN_EXIT_OK;
}

/* Both sides are done: sum, compare, explain, tell. */
static enum fen_exit compare(struct backtest *backtest, struct fen_backtest_run *run)
{
    struct fen_replay_machine *tried = fen_backtest_run_machine(run, FEN_BACKTEST_AFTER);
    struct fen_backtest_fold *fold = fen_backtest_fold_create(
        &backtest->report.window, fen_replay_machine_reference(tried)->org);
    enum fen_exit result = FEN_EXIT_OK;
    backtest->report.refused_count = backtest->source.refused_count;
    add_side(fold, run, FEN_BACKTEST_AFTER);
    if (backtest->plans[FEN_BACKTEST_BEFORE].is_wanted)
        add_side(fold, run, FEN_BACKTEST_BEFORE);
    else
        result = fen_backtest_source_visit_ledger(&backtest->source, add_posted, fold);
    if (result == FEN_EXIT_OK) {
        fen_backtest_report_fill(&backtest->report, fold, backtest->arena);
        result = fen_backtest_explain(&backtest->report, &backtest->source, run, backtest->plans,
                                      backtest->arena);
    }
    if (result == FEN_EXIT_OK)
        result = write_report(backtest);
    fen_backtest_fold_destroy(fold);
    return result;
}

static enum fen_exit run_sides(struct backtest *backtest)
{
    struct fen_backtest_run *run = fen_backtest_run_create(backtest->plans);
    if (run == NULL)
        return FEN_EXIT_CONFIG;
    struct fen_backtest_visitor visitor = {.take = take, .context = run};
    enum fen_exit result = fen_backtest_source_visit(&backtest->source, &visitor);
    if (result == FEN_EXIT_OK) {
        fen_backtest_run_finish(run);
        result = compare(backtest, run);
    }
    fen_backtest_run_destroy(run);
    return result;
}

enum fen_exit fen_command_backtest(const struct fen_arguments *arguments)
{
    struct backtest backtest = {.arguments = arguments,
                                .arena = fen_arena_create((size_t)1 << 16)};
    enum fen_exit result = fen_backtest_source_init(&backtest.source, arguments);
    if (result == FEN_EXIT_OK)
        result = read_plans(&backtest);
    if (result == FEN_EXIT_OK)
        result = read_window(&backtest);
    if (result == FEN_EXIT_OK)
        result = open_outputs(&backtest);
    if (result == FEN_EXIT_OK)
        result = run_sides(&backtest);
    struct fen_output *outputs[] = {&backtest.text, &backtest.csv, &backtest.html};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (!fen_output_close(outputs[i]) && result == FEN_EXIT_OK)
            result = FEN_EXIT_FAILED;
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        if (backtest.files[side].arena != NULL)
            fen_plan_files_deinit(&backtest.files[side]);
    fen_backtest_source_deinit(&backtest.source);
    fen_arena_destroy(backtest.arena);
    return result;
}
