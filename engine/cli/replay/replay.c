/*
 * replay: `fen replay`, the core on files (SPEC §10).
 *
 * Plans are checked before anything is read or written, inputs before outputs are opened, so that a
 * mistake leaves no half-written file behind.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "cli/text/account_list.h"
#include "cli/commands.h"
#include "cli/text/lines.h"
#include "cli/text/output.h"
#include "cli/plan/plan_files.h"
#include "cli/replay/replay_machine.h"
#include "cli/text/totals.h"
#include "cli/options/wire_option.h"
#include "split/facts.h"
#include "wire/json.h"

struct replay {
    struct fen_output ledger;
    struct fen_output accounts;
    struct fen_output dead_letters;
    struct fen_buffer line;
    struct fen_totals totals;
};

static void write_entry(void *context, const struct fen_entry *entry)
{
    struct replay *replay = context;
    fen_totals_add(&replay->totals, entry);
    if (replay->ledger.file == NULL)
        return;
    fen_buffer_clear(&replay->line);
    fen_json_encode_entry(entry, &replay->line);
    fen_buffer_append_byte(&replay->line, '\n');
    fen_output_write(&replay->ledger, &replay->line);
}

static void write_dead_letter(void *context, struct fen_str json)
{
    struct replay *replay = context;
    fen_buffer_clear(&replay->line);
    fen_buffer_append_str(&replay->line, json);
    fen_buffer_append_byte(&replay->line, '\n');
    fen_output_write(&replay->dead_letters, &replay->line);
}

static enum fen_exit open_outputs(struct replay *replay, const struct fen_arguments *arguments)
{
    struct {
        const char *option;
        struct fen_output *output;
    } outputs[] = {{"ledger", &replay->ledger},
                   {"accounts", &replay->accounts},
                   {"dlq", &replay->dead_letters}};
    const char *standard = NULL, *opened[sizeof outputs / sizeof *outputs];
    uint32_t plan_count;
    const char *const *plans = fen_arguments_texts(arguments, "plan", &plan_count);
    for (uint32_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        const char *option = outputs[i].option;
        const char *path = opened[i] = fen_arguments_text(arguments, option);
        if (!fen_output_is_free(option, path, arguments->operands, arguments->operand_count)
            || !fen_output_is_free(option, path, plans, plan_count)
            || !fen_output_is_free(option, path, opened, i))
            return FEN_EXIT_USAGE;
        if (!fen_output_open(outputs[i].output, path))
            return FEN_EXIT_INPUT;
        if (!fen_output_is_standard(outputs[i].output))
            continue;
        if (standard != NULL) {
            fen_say("--%s and --%s cannot both be standard output; give one of them a file",
                    "--%s 与 --%s 不能同时写到标准输出；请为其中一个指定文件", standard,
                    outputs[i].option);
            return FEN_EXIT_USAGE;
        }
        standard = outputs[i].option;
    }
    return FEN_EXIT_OK;
}

static bool close_outputs(struct replay *replay)
{
    bool is_whole = fen_output_close(&replay->ledger);
    is_whole = fen_output_close(&replay->accounts) && is_whole;
    is_whole = fen_output_close(&replay->dead_letters) && is_whole;
    fen_buffer_deinit(&replay->line);
    return is_whole;
}

static enum fen_exit take_lines(struct replay *replay, struct fen_replay_machine *machine,
                                struct fen_lines *lines)
{
    struct fen_line line;
    struct fen_progress progress;
    enum fen_lines_status status = FEN_LINES_OK;
    fen_progress_init(&progress, "replay", fen_lines_size_bytes(lines));
    while (!fen_output_is_failed(&replay->ledger)
           && (status = fen_lines_next(lines, &line)) == FEN_LINES_OK) {
        fen_replay_machine_take(machine, line.text, line.number);
        fen_progress_update(&progress, fen_lines_read_bytes(lines));
    }
    fen_replay_machine_flush(machine);
    fen_progress_deinit(&progress, fen_lines_read_bytes(lines));
    if (status != FEN_LINES_UNREADABLE)
        return FEN_EXIT_OK;
    fen_say("%s cannot be read: %s", "%s 无法读取：%s", fen_lines_path(lines), strerror(errno));
    return FEN_EXIT_INPUT;
}

static void collect_account(void *context, uint32_t partition, const struct fen_account *account)
{
    (void)partition;
    fen_account_list_add(context, account);
}

static void write_accounts(struct replay *replay, struct fen_replay_machine *machine)
{
    if (replay->accounts.file == NULL)
        return;
    struct fen_account_list *list = fen_account_list_create();
    fen_replay_machine_visit_accounts(machine, collect_account, list);
    fen_account_list_write(list, &replay->accounts);
    fen_account_list_destroy(list);
}

/* Refunds beyond what their lines were paid (SPEC §3: counted and reported). */
struct excess {
    uint64_t line_count;
    fen_int128 amount_fen;
};

static void add_excess(void *context, const struct fen_order *order)
{
    struct excess *excess = context;
    uint32_t line_count;
    excess->amount_fen += fen_facts_refund_excess(order, &line_count);
    excess->line_count += line_count;
}

/* What the facts come to in the end, in whichever order they came; read only where some was met. */
static void print_excess(struct fen_replay_machine *machine, const struct fen_counters *counters,
                         FILE *out)
{
    struct excess excess = {0};
    char amount[FEN_MONEY_TEXT_BYTES];
    if (counters->refunds_in_excess > 0)
        fen_replay_machine_visit_orders(machine, add_excess, &excess);
    if (excess.line_count > 0)
        fen_print(out, "%llu line(s) refunded beyond what was paid, by %s in sum\n",
                  "%llu 行的退款超过实付，合计超出 %s\n", (unsigned long long)excess.line_count,
                  fen_money_format(excess.amount_fen, amount));
}

static void print_summary(const struct replay *replay, const struct fen_counters *counters,
                          struct fen_replay_machine *machine, FILE *out)
{
    uint64_t suspended = fen_replay_machine_suspended(machine);
    fen_balance_print(counters, out);
    fen_print(out, "%llu orders, %llu evaluations, %llu entries\n",
              "订单 %llu，计算 %llu 次，分录 %llu 条\n",
              (unsigned long long)counters->orders_placed,
              (unsigned long long)counters->evaluations,
              (unsigned long long)counters->entries_posted);
    if (counters->facts_waiting > 0)
        fen_print(out, "%llu fact(s) came before their order or line\n",
                  "%llu 条事实先于其订单或行到达\n",
                  (unsigned long long)counters->facts_waiting);
    if (counters->orders_unplanned > 0)
        fen_print(out, "%llu evaluation(s) found no plan: is --plan missing, or its dates?\n",
                  "%llu 次计算没有可用方案：请检查 --plan 或其生效日期\n",
                  (unsigned long long)counters->orders_unplanned);
    if (suspended > 0)
        fen_print(out, "%llu credit(s) wait for a guide nobody has announced\n",
                  "%llu 笔佣金因导购尚未登记而挂起\n", (unsigned long long)suspended);
    print_excess(machine, counters, out);
    if (counters->entries_beyond_range > 0)
        fen_print(out,
                  "%llu difference(s) NOT posted: a payee's sums would leave 64 bits\n",
                  "%llu 条差额未入账：收款方合计超出 64 位整数范围\n",
                  (unsigned long long)counters->entries_beyond_range);
    if (replay->totals.entry_count > 0)
        fen_totals_print(&replay->totals, out);
}

static enum fen_exit replay_run(struct replay *replay, const struct fen_replay_options *options,
                                const struct fen_plan_files *plans, struct fen_lines *lines)
{
    struct fen_replay_machine *machine = fen_replay_machine_create(options);
    enum fen_exit result = fen_plan_files_publish(plans, machine);
    if (result == FEN_EXIT_OK)
        result = take_lines(replay, machine, lines);
    if (result == FEN_EXIT_OK) {
        struct fen_counters counters;
        bool is_shared = fen_output_is_standard(&replay->ledger)
                         || fen_output_is_standard(&replay->accounts)
                         || fen_output_is_standard(&replay->dead_letters);
        write_accounts(replay, machine);
        fen_replay_machine_counters(machine, &counters);
        print_summary(replay, &counters, machine, is_shared ? stderr : stdout);
        if (!fen_counters_balance(&counters) || counters.entries_beyond_range > 0)
            result = FEN_EXIT_FAILED;
    }
    fen_replay_machine_destroy(machine);
    return result;
}

static enum fen_exit check_inputs(const struct fen_arguments *arguments,
                                  const struct fen_lines *lines)
{
    const char *path;
    if (arguments->operand_count == 0) {
        fen_say("which events? Name NDJSON files, or - for standard input; for instance:\n"
                "  fen replay --plan plan.yaml events.ndjson",
                "缺少事件文件。请给出 NDJSON 文件，或用 - 表示标准输入，例如：\n"
                "  fen replay --plan plan.yaml events.ndjson");
        return FEN_EXIT_USAGE;
    }
    if (fen_lines_check(lines, &path))
        return FEN_EXIT_OK;
    fen_say("%s cannot be read: %s", "%s 无法读取：%s", path, strerror(errno));
    return FEN_EXIT_INPUT;
}

enum fen_exit fen_command_replay(const struct fen_arguments *arguments)
{
    struct replay replay = {0};
    struct fen_replay_options options = {
        .partition_count = (uint32_t)fen_arguments_number(arguments, "partitions"),
        .worker_count = (uint32_t)fen_arguments_number(arguments, "workers"),
        .batch_count = (uint32_t)fen_arguments_number(arguments, "batch"),
        .posted = write_entry,
        .dead_letter = write_dead_letter,
        .context = &replay,
    };
    if (options.worker_count > options.partition_count)
        options.partition_count = options.worker_count;
    uint32_t plan_count;
    const char *const *plan_paths = fen_arguments_texts(arguments, "plan", &plan_count);
    struct fen_plan_files plans = {0};
    struct fen_lines *lines = fen_lines_create(arguments->operands, arguments->operand_count);
    enum fen_exit result = fen_wire_option(arguments, &options.wire);
    if (result == FEN_EXIT_OK)
        result = check_inputs(arguments, lines);
    if (result == FEN_EXIT_OK)
        result = fen_plan_files_init(&plans, plan_paths, plan_count);
    if (result == FEN_EXIT_OK)
        result = open_outputs(&replay, arguments);
    if (result == FEN_EXIT_OK && options.partition_count > 1) {
        options.customers = fen_order_customers_create();
        fen_order_customers_scan(options.customers, arguments->operands, arguments->operand_count);
    }
    if (result == FEN_EXIT_OK)
        result = replay_run(&replay, &options, &plans, lines);
    if (!close_outputs(&replay) && result == FEN_EXIT_OK)
        result = FEN_EXIT_FAILED;
    if (plans.arena != NULL)
        fen_plan_files_deinit(&plans);
    fen_lines_destroy(lines);
    fen_order_customers_destroy(options.customers);
    return result;
}
