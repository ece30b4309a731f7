/*
 * backtest: `fen backtest`, what a plan would have paid beside what another pays, or what was
 * posted.
 *
 * Plans, dates and outputs are checked before any event is read; outputs are opened then too, so
 * that a path that cannot be written costs nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "cli/backtest/backtest_make.h"
#include "cli/commands.h"
#include "cli/text/output.h"

struct backtest {
    const struct fen_arguments *arguments;
    struct fen_arena *arena;
    struct fen_plan_files files[FEN_BACKTEST_SIDES];
    struct fen_backtest_plan plans[FEN_BACKTEST_SIDES];
    struct fen_backtest_source source;
    struct fen_backtest_report report;
    struct fen_backtest_made made;
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

static enum fen_exit read_window(struct backtest *backtest)
{
    const char *limit = fen_arguments_text(backtest->arguments, "max-delta");
    struct fen_backtest_report *report = &backtest->report;
    enum fen_exit result = fen_backtest_window_read(backtest->arguments, backtest->plans,
                                                    &backtest->source, report);
    if (result == FEN_EXIT_OK && limit != NULL &&
        !fen_backtest_limit_read(limit, report->decimals, &report->limit)) {
        fen_say("--max-delta takes a part of the total such as 5%%, or money such as 10000.00, "
                "not \"%s\"",
                "--max-delta 需要占合计的百分比（如 5%%）或金额（如 10000.00），而不是“%s”", limit);
        result = FEN_EXIT_USAGE;
    }
    return result;
}

static enum fen_exit open_output(struct backtest *backtest, const char *option,
                                 struct fen_output *output)
{
    const struct fen_arguments *arguments = backtest->arguments;
    const char *path = fen_arguments_text(arguments, option);
    const char *used[] = {fen_arguments_text(arguments, "plan"),
                          fen_arguments_text(arguments, "against"), backtest->csv.path};
    if (!fen_output_is_free(option, path, arguments->operands, arguments->operand_count) ||
        !fen_output_is_free(option, path, used, sizeof used / sizeof *used))
        return FEN_EXIT_USAGE;
    return fen_output_open(output, path) ? FEN_EXIT_OK : FEN_EXIT_INPUT;
}

/* The report goes to standard output unless another form does. */
static enum fen_exit open_outputs(struct backtest *backtest)
{
    enum fen_exit result = open_output(backtest, "csv", &backtest->csv);
    if (result == FEN_EXIT_OK)
        result = open_output(backtest, "html", &backtest->html);
    if (result != FEN_EXIT_OK)
        return result;
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

static enum fen_exit write_report(struct backtest *backtest)
{
    const struct fen_backtest_report *report = &backtest->report;
    struct fen_buffer bytes = {0};
    if (fen_arguments_has(backtest->arguments, "json")) {
        fen_backtest_append_json(report, &bytes);
        fen_buffer_append_byte(&bytes, '\n');
    } else {
        fen_backtest_append_text(report, backtest->arena, &bytes);
    }
    fen_output_write(&backtest->text, &bytes);
    fen_buffer_clear(&bytes);
    fen_backtest_append_csv(report, &bytes);
    fen_output_write(&backtest->csv, &bytes);
    fen_buffer_clear(&bytes);
    fen_backtest_append_html(report, backtest->arena, &bytes);
    fen_output_write(&backtest->html, &bytes);
    fen_buffer_deinit(&bytes);
    if (report->counts.order_count == 0)
        fen_say("no order was created in this time", "这段时间内没有订单");
    if (report->is_exceeded) {
        char change[FEN_MONEY_TEXT_BYTES];
        fen_say("the total changes by %s, more than --max-delta %s",
                "合计变化 %s，超过 --max-delta %s",
                fen_backtest_signed(report, fen_backtest_change_of(report->sums_fen), change),
                report->limit.text);
    }
    return report->is_exceeded ? FEN_EXIT_FAILED : FEN_EXIT_OK;
}

enum fen_exit fen_command_backtest(const struct fen_arguments *arguments)
{
    fen_pages_prefer_huge();
    struct backtest backtest = {.arguments = arguments,
                                .arena = fen_arena_create((size_t)1 << 16)};
    enum fen_exit result = fen_backtest_source_init(
        &backtest.source, arguments, arguments->operands, arguments->operand_count);
    if (result == FEN_EXIT_OK)
        result = read_plans(&backtest);
    if (result == FEN_EXIT_OK)
        result = read_window(&backtest);
    if (result == FEN_EXIT_OK)
        result = open_outputs(&backtest);
    if (result == FEN_EXIT_OK)
        result = fen_backtest_make(&backtest.source, backtest.plans, true, backtest.arena,
                                   &backtest.report, &backtest.made);
    if (result == FEN_EXIT_OK)
        result = write_report(&backtest);
    struct fen_output *outputs[] = {&backtest.text, &backtest.csv, &backtest.html};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (!fen_output_close(outputs[i]) && result == FEN_EXIT_OK)
            result = FEN_EXIT_FAILED;
    fen_backtest_made_deinit(&backtest.made);
    for (int side = 0; side < FEN_BACKTEST_SIDES; side++)
        if (backtest.files[side].arena != NULL)
            fen_plan_files_deinit(&backtest.files[side]);
    fen_backtest_source_deinit(&backtest.source);
    fen_arena_destroy(backtest.arena);
    return result;
}
