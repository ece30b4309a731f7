/*
 * explain: `fen explain ORDER…`, why an order pays whom what (SPEC §11.7).
 *
 * Subjects are read first, so that a mistake in them costs no reading of files or topics; what was
 * not found is said on stderr, and the others are explained all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/output.h"

static const char *const subject_words[] = {
    [FEN_EXPLAIN_ORDER] = "order",
    [FEN_EXPLAIN_CUSTOMER] = "customer",
    [FEN_EXPLAIN_TASK] = "task",
};

/* [TENANT/][order:|customer:|task:]ID; ids have no slash. False: it is not of that form. */
static bool read_subject(struct fen_explain *explain, const char *operand, const char *tenant,
                         struct fen_explain_subject *subject)
{
    const char *slash = strchr(operand, '/');
    *subject = (struct fen_explain_subject){.kind = FEN_EXPLAIN_ORDER};
    subject->tenant = slash == NULL ? fen_str_from(tenant)
                                    : (struct fen_str){operand, (uint32_t)(slash - operand)};
    const char *rest = slash == NULL ? operand : slash + 1;
    for (size_t kind = 0; kind < sizeof subject_words / sizeof *subject_words; kind++) {
        size_t size = strlen(subject_words[kind]);
        if (strncmp(rest, subject_words[kind], size) != 0 || rest[size] != ':')
            continue;
        subject->kind = (enum fen_explain_kind)kind;
        rest += size + 1;
        break;
    }
    subject->id = fen_str_from(rest);
    subject->subject = fen_arena_join(explain->arena, fen_str_from(subject_words[subject->kind]),
                                      ':', subject->id);
    return subject->tenant.size > 0 && subject->id.size > 0 && strchr(rest, '/') == NULL;
}

static enum fen_exit read_subjects(struct fen_explain *explain,
                                   const struct fen_arguments *arguments)
{
    const char *tenant = fen_arguments_text(arguments, "tenant");
    if (arguments->operand_count == 0) {
        fen_say("which order? For instance:\n"
                "  fen explain --plan plan.yaml --events events.ndjson ORDER",
                "哪个订单？例如：\n"
                "  fen explain --plan plan.yaml --events events.ndjson 订单号");
        return FEN_EXIT_USAGE;
    }
    explain->subjects = fen_arena_allocate_zeroed(
        explain->arena, arguments->operand_count * sizeof *explain->subjects);
    explain->subject_count = arguments->operand_count;
    for (uint32_t i = 0; i < arguments->operand_count; i++) {
        if (read_subject(explain, arguments->operands[i], tenant, &explain->subjects[i]))
            continue;
        fen_say("\"%s\" is neither ORDER, customer:ID nor task:ID (a tenant may stand in front: "
                "TENANT/ORDER)",
                "“%s”不是 订单号、customer:顾客 或 task:任务（前面可加 租户/）",
                arguments->operands[i]);
        return FEN_EXIT_USAGE;
    }
    return FEN_EXIT_OK;
}

/* Only what has a moment to be decided as of can be evaluated. */
void fen_explain_evaluate(struct fen_explain *explain, struct fen_explain_subject *subject)
{
    struct fen_explanation *explanation = &subject->explanation;
    explanation->arena = explain->arena;
    explanation->reference = explain->reference;
    switch (subject->kind) {
    case FEN_EXPLAIN_ORDER:
        if (fen_str_is_set(explanation->order.placed_event))
            fen_explain_order(explanation);
        break;
    case FEN_EXPLAIN_CUSTOMER:
        if (fen_str_is_set(explanation->customer.registered_event))
            fen_explain_registration(explanation);
        break;
    case FEN_EXPLAIN_TASK:
        if (fen_str_is_set(explanation->task.closed_event))
            fen_explain_task(explanation);
        break;
    }
}

static int entry_compare(const void *a, const void *b)
{
    const struct fen_entry *left = a, *right = b;
    int order = fen_str_compare(left->key.payee, right->key.payee);
    return order != 0 ? order : (left->seq > right->seq) - (left->seq < right->seq);
}

static void say_not_found(const struct fen_explain_subject *subject, bool is_live)
{
    if (is_live)
        fen_say("the engine knows nothing of %.*s of tenant %.*s; is the id right, and the tenant "
                "(--tenant)? `fen tail order-state --from beginning --until-end` lists its orders",
                "引擎没有 %.*s（租户 %.*s）；请检查编号与租户（--tenant）。"
                "fen tail order-state --from beginning --until-end 可列出已知订单",
                FEN_STR_ARG(subject->subject), FEN_STR_ARG(subject->tenant));
    else
        fen_say("the files of --events say nothing of %.*s of tenant %.*s; is the id right, and "
                "the tenant (--tenant)?",
                "--events 文件中没有 %.*s（租户 %.*s）；请检查编号与租户（--tenant）",
                FEN_STR_ARG(subject->subject), FEN_STR_ARG(subject->tenant));
}

static enum fen_exit tell(struct fen_explain *explain, const struct fen_arguments *arguments)
{
    struct fen_output output;
    struct fen_buffer text = {0};
    enum fen_exit result = FEN_EXIT_OK;
    if (!fen_output_open(&output, "-"))
        return FEN_EXIT_FAILED;
    for (uint32_t i = 0; i < explain->subject_count; i++) {
        struct fen_explain_subject *subject = &explain->subjects[i];
        if (!subject->is_found) {
            say_not_found(subject, !fen_arguments_has(arguments, "events"));
            result = FEN_EXIT_FAILED;
            continue;
        }
        fen_explain_evaluate(explain, subject);
        if (subject->entries.count > 1)
            qsort(subject->entries.items, subject->entries.count, sizeof *subject->entries.items,
                  entry_compare);
        fen_buffer_clear(&text);
        if (fen_arguments_has(arguments, "json"))
            fen_explain_append_json(subject, &text);
        else
            fen_explain_append_text(subject, &text);
        fen_buffer_append_byte(&text, '\n');
        fen_output_write(&output, &text);
    }
    fen_buffer_deinit(&text);
    if (!fen_output_close(&output))
        result = FEN_EXIT_FAILED;
    return result;
}

enum fen_exit fen_command_explain(const struct fen_arguments *arguments)
{
    struct fen_explain explain = {.arena = fen_arena_create((size_t)1 << 16)};
    explain.slab = fen_slab_create();
    explain.orders = fen_state_table_create(explain.slab);
    explain.customers = fen_state_table_create(explain.slab);
    explain.tasks = fen_state_table_create(explain.slab);
    enum fen_exit result = read_subjects(&explain, arguments);
    if (result == FEN_EXIT_OK && fen_arguments_has(arguments, "plan") &&
        !fen_arguments_has(arguments, "events")) {
        fen_say("--plan goes with --events FILE; live, the plans are those of fen.plans.v1",
                "--plan 须与 --events 文件 同用；实时解释时使用 fen.plans.v1 中的方案");
        result = FEN_EXIT_USAGE;
    }
    if (result == FEN_EXIT_OK)
        result = fen_arguments_has(arguments, "events")
                     ? fen_explain_from_files(&explain, arguments, tell)
                     : fen_explain_from_kafka(&explain, arguments, tell);
    fen_state_table_destroy(explain.orders);
    fen_state_table_destroy(explain.customers);
    fen_state_table_destroy(explain.tasks);
    fen_slab_destroy(explain.slab);
    fen_arena_destroy(explain.arena);
    return result;
}
