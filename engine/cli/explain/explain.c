/*
 * explain: `fen explain ORDER…`, why an order pays whom what, and `fen explain PAYEE@PERIOD…`, what
 * the rules of a period add or take (SPEC §11.7).
 *
 * Subjects are read first, so that a mistake in them costs no reading of files or topics; what was
 * not found is said on stderr, and the others are explained all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/explain/explain.h"
#include "cli/text/output.h"
#include "model/period.h"

static const char *const subject_words[] = {
    [FEN_EXPLAIN_ORDER] = "order",
    [FEN_EXPLAIN_CUSTOMER] = "customer",
    [FEN_EXPLAIN_TASK] = "task",
};

static const char *const payee_words[] = {"guide", "store", "franchisee", "region", "mall",
                                          "brand"};

/* Which of the words stands in front of a colon; `count`: none. */
static size_t word_before(const char *text, const char *const *words, size_t count)
{
    size_t at = 0;
    while (at < count && (strncmp(text, words[at], strlen(words[at])) != 0 ||
                          text[strlen(words[at])] != ':'))
        at++;
    return at;
}

/* PAYEE[@PERIOD]; an id may have an @ of its own, so the last one counts, before a period. */
static bool read_payee(const char *text, struct fen_explain_subject *subject)
{
    size_t count = sizeof payee_words / sizeof *payee_words;
    const char *at = strrchr(text, '@');
    subject->id = fen_str_from(text);
    if (at != NULL && fen_period_parse(fen_str_from(at + 1), &subject->period))
        subject->id.size = (uint32_t)(at - text);
    else
        subject->period = FEN_DATE_NONE;
    if (!fen_str_equal(subject->id, FEN_STR("hq")) &&
        word_before(text, payee_words, count) == count)
        return false;
    subject->kind = FEN_EXPLAIN_PAYEE;
    subject->subject = fen_str_from(text);
    return true;
}

/*
 * [TENANT/][order:|customer:|task:]ID or [TENANT/]PAYEE[@PERIOD]; ids have no slash. False: it is
 * not of that form.
 */
static bool read_subject(struct fen_explain *explain, const char *operand, const char *tenant,
                         struct fen_explain_subject *subject)
{
    const char *slash = strchr(operand, '/');
    size_t count = sizeof subject_words / sizeof *subject_words;
    *subject = (struct fen_explain_subject){.kind = FEN_EXPLAIN_ORDER};
    subject->tenant = slash == NULL ? fen_str_from(tenant)
                                    : (struct fen_str){operand, (uint32_t)(slash - operand)};
    const char *rest = slash == NULL ? operand : slash + 1;
    if (read_payee(rest, subject))
        return subject->tenant.size > 0 && strchr(rest, '/') == NULL;
    size_t kind = word_before(rest, subject_words, count);
    if (kind < count) {
        subject->kind = (enum fen_explain_kind)kind;
        rest += strlen(subject_words[kind]) + 1;
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
        fen_say("\"%s\" is neither ORDER, customer:ID, task:ID nor PAYEE@YYYY-MM (a tenant may "
                "stand in front: TENANT/ORDER)",
                "“%s”不是 订单号、customer:顾客、task:任务 或 收款方@YYYY-MM（前面可加 租户/）",
                arguments->operands[i]);
        return FEN_EXIT_USAGE;
    }
    return FEN_EXIT_OK;
}

static int entry_compare(const void *a, const void *b)
{
    const struct fen_entry *left = a, *right = b;
    int order = fen_str_compare(left->key.payee, right->key.payee);
    return order != 0 ? order : (left->seq > right->seq) - (left->seq < right->seq);
}

void fen_explain_evaluate(const struct fen_explain *explain, struct fen_explain_subject *subject)
{
    struct fen_explanation *explanation = &subject->explanation;
    explanation->arena = explain->arena;
    explanation->reference = explain->reference;
    if (subject->entries.count > 1)
        qsort(subject->entries.items, subject->entries.count, sizeof *subject->entries.items,
              entry_compare);
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
    case FEN_EXPLAIN_PAYEE:
        break; /* period by period: tell_periods */
    }
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

static void tell_subject(const struct fen_explain_subject *subject, bool is_json,
                         struct fen_output *output, struct fen_buffer *text)
{
    fen_buffer_clear(text);
    if (is_json)
        fen_explain_append_json(subject, text);
    else
        fen_explain_append_text(subject, text);
    fen_buffer_append_byte(text, '\n');
    fen_output_write(output, text);
}

/* The period asked for, or each that there is. False: there is none. */
static bool tell_periods(struct fen_explain *explain, struct fen_explain_subject *subject,
                         bool is_json, struct fen_output *output, struct fen_buffer *text)
{
    int32_t period = subject->period;
    bool has_period = period != FEN_DATE_NONE;
    if (!has_period && !fen_explain_period_after(&subject->account, &period))
        return false;
    do {
        struct fen_period_explanation explanation = {.arena = explain->arena,
                                                     .reference = explain->reference,
                                                     .account = subject->account,
                                                     .period = period};
        fen_explain_period(&explanation);
        fen_buffer_clear(text);
        if (is_json)
            fen_explain_append_period_json(subject, &explanation, text);
        else
            fen_explain_append_period_text(subject, &explanation, text);
        fen_buffer_append_byte(text, '\n');
        fen_output_write(output, text);
    } while (!has_period && fen_explain_period_after(&subject->account, &period));
    return true;
}

static enum fen_exit tell(struct fen_explain *explain, const struct fen_arguments *arguments)
{
    struct fen_output output;
    struct fen_buffer text = {0};
    enum fen_exit result = FEN_EXIT_OK;
    bool is_json = fen_arguments_has(arguments, "json");
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
        if (subject->kind != FEN_EXPLAIN_PAYEE) {
            tell_subject(subject, is_json, &output, &text);
        } else if (!tell_periods(explain, subject, is_json, &output, &text)) {
            fen_say("%.*s has no entries under a plan, and so no period rules",
                    "%.*s 没有方案下的分录，因而没有账期规则", FEN_STR_ARG(subject->subject));
            result = FEN_EXIT_FAILED;
        }
    }
    fen_buffer_deinit(&text);
    if (!fen_output_close(&output))
        result = FEN_EXIT_FAILED;
    return result;
}

void fen_explain_init(struct fen_explain *explain)
{
    *explain = (struct fen_explain){.arena = fen_arena_create((size_t)1 << 16)};
    explain->slab = fen_slab_create();
    explain->orders = fen_state_table_create(explain->slab);
    explain->customers = fen_state_table_create(explain->slab);
    explain->tasks = fen_state_table_create(explain->slab);
    explain->accounts = fen_state_table_create(explain->slab);
}

void fen_explain_deinit(struct fen_explain *explain)
{
    fen_state_table_destroy(explain->orders);
    fen_state_table_destroy(explain->customers);
    fen_state_table_destroy(explain->tasks);
    fen_state_table_destroy(explain->accounts);
    fen_slab_destroy(explain->slab);
    fen_arena_destroy(explain->arena);
}

enum fen_exit fen_command_explain(const struct fen_arguments *arguments)
{
    struct fen_explain explain;
    fen_explain_init(&explain);
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
    fen_explain_deinit(&explain);
    return result;
}
