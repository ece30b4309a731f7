/*
 * plan_test: `fen plan test FILE…`, the cases in plan files, and which rules no case reaches.
 *
 * A case says what each payee has in the end; whoever it does not name has to have nothing, since
 * an amount that nobody expected is as wrong as one that is missing.
 */
#include "cli/commands.h"
#include "cli/plan/case_run.h"
#include "cli/explain/explain_text.h"
#include "cli/plan/plan_file.h"
#include "cli/plan/plan_phrase.h"
#include "cli/plan/plan_test.h"
#include "cli/text/totals.h"
#include "wire/json_fields.h"

/* One line of a comparison. */
struct compared {
    struct fen_str payee;
    enum fen_role role; /* NONE: in all */
    int64_t expected_fen, actual_fen;
};

struct testing {
    struct fen_arena *arena;
    const struct fen_plan_source *source;
    const struct fen_plan *plan;
    struct fen_case_runner *runner;
    struct fen_case_names names;
    struct fen_buffer *out;
    bool is_json;
    bool is_brief; /* cases that pass are counted only */
    uint32_t passed_count, failed_count;
};

struct comparison {
    struct compared *items;
    uint32_t count, capacity;
    bool differs;
};

static void add(struct testing *testing, struct comparison *comparison, struct compared item)
{
    comparison->differs = comparison->differs || item.expected_fen != item.actual_fen;
    FEN_ARENA_PUSH(testing->arena, comparison->items, comparison->count, comparison->capacity,
                   item);
}

/* Whether the case says something of the payee under this role, or in all. */
static bool is_expected(const struct fen_case *one, const struct fen_case_amount *amount)
{
    for (uint32_t index = 0; index < one->expected_count; index++) {
        const struct fen_case_expected *expected = &one->expected[index];
        if (fen_str_equal(expected->payee, amount->payee) &&
            (expected->role == FEN_ROLE_NONE || expected->role == amount->role))
            return true;
    }
    return false;
}

static struct comparison compare(struct testing *testing, const struct fen_case *one,
                                 const struct fen_case_result *result)
{
    struct comparison comparison = {0};
    for (uint32_t index = 0; index < one->expected_count; index++) {
        const struct fen_case_expected *expected = &one->expected[index];
        add(testing, &comparison,
            (struct compared){expected->payee, expected->role, expected->amount_fen,
                              fen_case_amount_of(result, expected->payee, expected->role)});
    }
    for (uint32_t index = 0; index < result->amount_count; index++) {
        const struct fen_case_amount *amount = &result->amounts[index];
        if (!is_expected(one, amount))
            add(testing, &comparison,
                (struct compared){amount->payee, amount->role, 0, amount->amount_fen});
    }
    return comparison;
}

static void pad(struct testing *testing, struct fen_str text, int columns)
{
    /* Columns are counted up to a NUL, which an amount's text does not have. */
    struct fen_str copy = fen_arena_format(testing->arena, "%.*s", FEN_STR_ARG(text));
    fen_buffer_append_str(testing->out, text);
    for (int used = fen_text_columns(copy.data); used < columns; used++)
        fen_buffer_append_byte(testing->out, ' ');
}

/* Expected and actual side by side. */
static void say_compared(struct testing *testing, const struct comparison *comparison)
{
    struct fen_buffer *out = testing->out;
    fen_buffer_append_str(out, FEN_STR("    "));
    pad(testing, fen_str_from(fen_language_pick("payee", "收款方")), 32);
    pad(testing, fen_str_from(fen_language_pick("expected", "期望")), 14);
    fen_explain_say(out, "actual\n", "实得\n");
    for (uint32_t index = 0; index < comparison->count; index++) {
        const struct compared *item = &comparison->items[index];
        struct fen_str role =
            item->role == FEN_ROLE_NONE ? FEN_STR("") : fen_phrase_role(item->role);
        struct fen_str payee =
            fen_arena_format(testing->arena, "%.*s %.*s", FEN_STR_ARG(item->payee),
                             FEN_STR_ARG(role));
        fen_buffer_append_str(out, item->expected_fen == item->actual_fen ? FEN_STR("    ")
                                                                          : FEN_STR("  ✗ "));
        pad(testing, payee, 32);
        pad(testing, fen_phrase_money(testing->arena, testing->plan, item->expected_fen), 14);
        fen_buffer_append_str(out, fen_phrase_money(testing->arena, testing->plan,
                                                    item->actual_fen));
        fen_buffer_append_byte(out, '\n');
    }
}

/* The explanation, moved to the right, so that the cases stay easy to find. */
static void say_indented(struct fen_buffer *out, struct fen_str text)
{
    bool is_start = true;
    for (uint32_t index = 0; index < text.size; index++) {
        if (is_start && text.data[index] != '\n')
            fen_buffer_append_str(out, FEN_STR("    | "));
        fen_buffer_append_byte(out, text.data[index]);
        is_start = text.data[index] == '\n';
    }
}

static void say_case(struct testing *testing, const struct fen_case *one, bool is_passed)
{
    fen_buffer_append_format(testing->out, "%s %.*s", is_passed ? "✓" : "✗",
                             FEN_STR_ARG(one->name));
    if (!is_passed)
        fen_buffer_append_format(testing->out, "  (%s:%u)", testing->source->path,
                                 one->line_number);
    fen_buffer_append_byte(testing->out, '\n');
}

static void tell_json(struct testing *testing, const struct fen_case *one,
                      const struct comparison *comparison, const char *verdict)
{
    struct fen_buffer *out = testing->out;
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "file", fen_str_from(testing->source->path));
    fen_json_integer(out, "line", one->line_number);
    fen_json_text(out, "case", one->name);
    fen_json_text(out, "result", fen_str_from(verdict));
    fen_json_open(out, "payees", '[');
    for (uint32_t index = 0; index < comparison->count; index++) {
        const struct compared *item = &comparison->items[index];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "payee", item->payee);
        fen_json_text(out, "role",
                      item->role == FEN_ROLE_NONE
                          ? FEN_STR_NONE
                          : fen_str_from(fen_words_spell(&fen_case_roles, (int)item->role,
                                                         FEN_LANGUAGE_ENGLISH)));
        fen_json_integer(out, "expected", item->expected_fen);
        fen_json_integer(out, "actual", item->actual_fen);
        fen_buffer_append_byte(out, '}');
    }
    fen_json_close(out, ']');
    fen_buffer_append_str(out, FEN_STR("}\n"));
}

/* What differs, side by side, and why it comes to that. */
static void say_difference(struct testing *testing, const struct fen_case *one,
                           const struct comparison *comparison)
{
    struct fen_buffer explanation = {0};
    uint32_t count = 0;
    struct fen_str *payees = fen_arena_allocate(
        testing->arena, ((size_t)comparison->count + 1) * sizeof *payees);
    for (uint32_t index = 0; index < comparison->count; index++) {
        const struct compared *item = &comparison->items[index];
        bool is_told = item->expected_fen == item->actual_fen;
        for (uint32_t at = 0; at < count && !is_told; at++)
            is_told = fen_str_equal(payees[at], item->payee);
        if (!is_told)
            payees[count++] = item->payee;
    }
    say_compared(testing, comparison);
    fen_case_explain(testing->plan, one, payees, count, testing->arena, &explanation);
    say_indented(testing->out, fen_buffer_str(&explanation));
    fen_buffer_deinit(&explanation);
}

static void run_case(struct testing *testing, const struct fen_case *one)
{
    struct fen_case_result result;
    fen_case_run(testing->runner, one, testing->arena, &testing->names, &result);
    struct comparison comparison = compare(testing, one, &result);
    bool is_refused = fen_str_is_set(result.refused);
    bool is_passed = !comparison.differs && !one->is_open && !is_refused;
    testing->passed_count += is_passed;
    testing->failed_count += !is_passed;
    if (testing->is_json) {
        tell_json(testing, one, &comparison,
                  is_passed ? "passed" : one->is_open ? "open" : "failed");
    } else if (!is_passed || !testing->is_brief) {
        say_case(testing, one, is_passed);
        if (is_refused)
            fen_explain_say(testing->out, "    an event of the case is refused: %.*s\n",
                            "    用例中的事件无效：%.*s\n", FEN_STR_ARG(result.refused));
        if (one->is_open)
            fen_explain_say(testing->out, "    `expect` is missing; this is what comes of it:\n",
                            "    没有写“期望”；计算结果如下：\n");
        if (!is_passed)
            say_difference(testing, one, &comparison);
    }
}

/* Everything that has a name, and whether a case has reached it. */
struct coverage {
    struct testing *testing;
    uint32_t count, reached_count;
    struct fen_buffer missed;
};

static void cover(struct coverage *coverage, const struct fen_text *kind, struct fen_str name,
                  uint32_t line_number, bool is_task)
{
    coverage->count++;
    if (fen_case_names_has(&coverage->testing->names, (struct fen_case_name){name, is_task})) {
        coverage->reached_count++;
        return;
    }
    if (coverage->testing->is_json) {
        fen_json_next(&coverage->missed);
        fen_buffer_append_byte(&coverage->missed, '{');
        fen_json_text(&coverage->missed, "kind", fen_str_from(kind->english));
        fen_json_text(&coverage->missed, "name", name);
        fen_json_integer(&coverage->missed, "line", line_number);
        fen_buffer_append_byte(&coverage->missed, '}');
        return;
    }
    fen_buffer_append_format(&coverage->missed, "    %s · %.*s  (%s:%u)\n", fen_text_pick(kind),
                             FEN_STR_ARG(name), coverage->testing->source->path, line_number);
}

static void cover_rules(struct coverage *coverage, const struct fen_plan *plan, int role)
{
    struct fen_text kind = {fen_words_spell(&fen_case_roles, role, FEN_LANGUAGE_ENGLISH),
                            fen_words_spell(&fen_case_roles, role, FEN_LANGUAGE_CHINESE)};
    for (uint32_t index = 0; index < plan->rule_count[role]; index++)
        cover(coverage, &kind, plan->rules[role][index].name,
              plan->rules[role][index].line_number, false);
}

static void cover_plan(struct coverage *coverage, const struct fen_plan *plan)
{
    static const struct fen_text limit = {"limit", "上限"};
    static const struct fen_text bonus = {"bonus", "奖励"};
    static const struct fen_text task = {"task", "任务"};
    for (int role = 0; role < FEN_ROLE_COUNT; role++)
        cover_rules(coverage, plan, role);
    for (uint32_t index = 0; index < plan->limit_count; index++)
        cover(coverage, &limit, plan->limits[index].name, plan->limits[index].line_number, false);
    for (uint32_t index = 0; index < plan->bonus_count; index++)
        cover(coverage, &bonus, plan->bonuses[index].name, plan->bonuses[index].line_number,
              false);
    for (uint32_t index = 0; index < plan->task_count; index++)
        cover(coverage, &task, plan->tasks[index].task, plan->tasks[index].line_number, true);
}

static void tell_coverage(struct testing *testing)
{
    struct coverage coverage = {.testing = testing};
    struct fen_buffer *out = testing->out;
    if (testing->is_json)
        fen_buffer_append_byte(&coverage.missed, '[');
    cover_plan(&coverage, testing->plan);
    if (testing->is_json) {
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "file", fen_str_from(testing->source->path));
        fen_json_integer(out, "rules", coverage.count);
        fen_json_integer(out, "reached", coverage.reached_count);
        fen_json_name(out, "unreached");
        fen_buffer_append_str(out, fen_buffer_str(&coverage.missed));
        fen_buffer_append_str(out, FEN_STR("]}\n"));
    } else {
        fen_explain_say(out, "%s: %u passed, %u failed; %u of %u rules, limits, bonuses and tasks "
                             "reached\n",
                        "%s：通过 %u，不符 %u；规则、上限、奖励、任务已覆盖 %u / %u\n",
                        testing->source->path, testing->passed_count, testing->failed_count,
                        coverage.reached_count, coverage.count);
        if (coverage.missed.size_bytes > 0)
            fen_explain_say(out, "  no case reaches:\n", "  没有用例覆盖：\n");
        fen_buffer_append_str(out, fen_buffer_str(&coverage.missed));
    }
    fen_buffer_deinit(&coverage.missed);
}

static void run_cases(struct testing *testing)
{
    const struct fen_plan_source *source = testing->source;
    const struct fen_cases *cases = source->document.cases;
    testing->runner = fen_case_runner_create(testing->plan);
    for (uint32_t index = 0; index < cases->count; index++)
        run_case(testing, &cases->items[index]);
    fen_case_runner_destroy(testing->runner);
    if (cases->count == 0)
        fen_say("%s has no cases; `fen plan test --init %s` writes some",
                "%s 没有测试用例；fen plan test --init %s 可生成", source->path, source->path);
    tell_coverage(testing);
}

static bool test_file(const struct fen_plan_source *source, struct fen_arena *arena, bool is_json,
                      struct fen_buffer *out)
{
    struct testing testing = {.arena = arena,
                              .source = source,
                              .plan = source->document.plan,
                              .out = out,
                              .is_json = is_json};
    run_cases(&testing);
    return testing.failed_count == 0;
}

struct fen_plan_tested fen_plan_test_brief(const struct fen_plan_source *source,
                                           struct fen_arena *arena, struct fen_buffer *out)
{
    struct testing testing = {.arena = arena,
                              .source = source,
                              .plan = source->document.plan,
                              .out = out,
                              .is_brief = true};
    run_cases(&testing);
    return (struct fen_plan_tested){testing.passed_count, testing.failed_count};
}

enum fen_exit fen_command_plan_test(const struct fen_arguments *arguments)
{
    struct fen_arena *arena = fen_arena_create((size_t)1 << 16);
    struct fen_buffer out = {0};
    bool is_init = fen_arguments_has(arguments, "init"), is_passed = true;
    enum fen_exit result = fen_plan_operands(arguments, 1, is_init ? 1 : UINT32_MAX);
    for (uint32_t index = 0; result == FEN_EXIT_OK && index < arguments->operand_count; index++) {
        struct fen_plan_source source;
        result = fen_plan_source_need(&source, arguments->operands[index], arena);
        if (result == FEN_EXIT_OK && is_init)
            fen_plan_test_init(&source, arena, &out);
        else if (result == FEN_EXIT_OK)
            is_passed =
                test_file(&source, arena, fen_arguments_has(arguments, "json"), &out) && is_passed;
    }
    if (out.size_bytes > 0) {
        enum fen_exit written =
            is_init ? fen_plan_write_out(arguments, &out) : fen_plan_write("-", &out);
        result = result == FEN_EXIT_OK ? written : result;
    }
    if (result == FEN_EXIT_OK && !is_passed)
        result = FEN_EXIT_FAILED;
    fen_buffer_deinit(&out);
    fen_arena_destroy(arena);
    return result;
}
