/* test_options: cli/options; argv against the tables of options.def. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/options/options.h"

/* Parse words, the first the command's name; what it says on stderr is thrown away. */
static enum fen_exit parse(struct fen_arguments *arguments, int argc, const char *const *words)
{
    char *argv[16];
    for (int i = 0; i < argc; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    argv[argc] = NULL;
    const struct fen_command *command = fen_command_find(words[0]);
    assert_non_null(command);
    return fen_arguments_init(arguments, command, argc, argv);
}

#define PARSE(arguments, ...)                                                                      \
    parse(arguments, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                  \
          (const char *const[]){__VA_ARGS__})

/* Every plan may have its own --plan, and the events stay operands. */
static void test_repeated_plan_leaves_events_as_operands(void **state)
{
    struct fen_arguments arguments;
    uint32_t count;
    assert_int_equal(
        PARSE(&arguments, "replay", "--plan", "a.yaml", "--plan", "b.yaml", "in.ndjson"),
        FEN_EXIT_OK);
    const char *const *plans = fen_arguments_texts(&arguments, "plan", &count);
    assert_int_equal(count, 2);
    assert_string_equal(plans[0], "a.yaml");
    assert_string_equal(plans[1], "b.yaml");
    assert_int_equal(arguments.operand_count, 1);
    assert_string_equal(arguments.operands[0], "in.ndjson");
    fen_arguments_deinit(&arguments);
}

/* SPEC §10 writes `--plan FILE…`: .yaml operands behind --plan are plans, others are events. */
static void test_yaml_operands_behind_plan_are_plans(void **state)
{
    struct fen_arguments arguments;
    uint32_t count;
    assert_int_equal(PARSE(&arguments, "replay", "-p", "a.yaml", "b.yml", "in.ndjson", "c.yaml"),
                     FEN_EXIT_OK);
    (void)fen_arguments_texts(&arguments, "plan", &count);
    assert_int_equal(count, 3);
    assert_int_equal(arguments.operand_count, 1);
    fen_arguments_deinit(&arguments);
    assert_int_equal(PARSE(&arguments, "replay", "a.yaml"), FEN_EXIT_OK);
    assert_int_equal(arguments.operand_count, 1);
    fen_arguments_deinit(&arguments);
    assert_int_equal(PARSE(&arguments, "replay", "-p", "a.yaml", "--", "b.yaml"), FEN_EXIT_OK);
    assert_int_equal(arguments.operand_count, 1);
    fen_arguments_deinit(&arguments);
}

/* Forms of a value, the last of several given, `-` as an operand, and defaults. */
static void test_values_and_defaults(void **state)
{
    struct fen_arguments arguments;
    assert_int_equal(
        PARSE(&arguments, "replay", "--batch=7", "--batch", "9", "-l", "-", "-", "-n3"),
        FEN_EXIT_OK);
    assert_int_equal(fen_arguments_number(&arguments, "batch"), 9);
    assert_int_equal(fen_arguments_number(&arguments, "workers"), 3);
    assert_int_equal(fen_arguments_number(&arguments, "partitions"), 1);
    assert_false(fen_arguments_has(&arguments, "partitions"));
    assert_string_equal(fen_arguments_text(&arguments, "ledger"), "-");
    assert_null(fen_arguments_text(&arguments, "dlq"));
    assert_string_equal(fen_arguments_text(&arguments, "wire"), "json");
    assert_string_equal(arguments.operands[0], "-");
    fen_arguments_deinit(&arguments);
}

/* More bundled flags than words must not run over anything. */
static void test_bundled_flags_are_counted_not_stored(void **state)
{
    struct fen_arguments arguments;
    assert_int_equal(PARSE(&arguments, "audit", "-jjjjjjjjjjjjjjjjjjjjjjjj"), FEN_EXIT_OK);
    assert_true(fen_arguments_has(&arguments, "json"));
    fen_arguments_deinit(&arguments);
}

/* Each of these command lines is refused as usage. */
static void test_mistakes_are_usage(void **state)
{
    static const char *const lines[][4] = {
        {"replay", "--plna", "x", NULL},       {"replay", "-Z", NULL, NULL},
        {"replay", "--plan", NULL, NULL},      {"replay", "--batch", "0", NULL},
        {"replay", "--batch", "1x", NULL},     {"replay", "--batch", "", NULL},
        {"generate", "operand", NULL, NULL},   {"generate", "--late", "101%", NULL},
        {"generate", "--late", "1.00001%", NULL}, {"generate", "--late", "-1%", NULL},
        {"generate", "--late", ".", NULL},     {"generate", "--duration", "5", NULL},
        {"generate", "--duration", "5w", NULL}, {"generate", "--orders", "99999999999", NULL},
        {"audit", "--json=yes", NULL, NULL},   {"run", "--until-idle", "0s", NULL},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct fen_arguments arguments;
        int argc = 0;
        while (argc < 4 && lines[i][argc] != NULL)
            argc++;
        enum fen_exit result = parse(&arguments, argc, lines[i]);
        if (result != FEN_EXIT_USAGE)
            fail_msg("%s %s %s was not refused", lines[i][0], lines[i][1],
                     lines[i][2] == NULL ? "" : lines[i][2]);
        fen_arguments_deinit(&arguments);
    }
}

static int64_t rate(const char *text)
{
    static const struct fen_option option = {.kind = FEN_OPTION_RATE};
    int64_t ppm;
    assert_true(fen_option_read(&option, text, &ppm));
    return ppm;
}

/* Rates are decimal text, exact to the ppm. */
static void test_rates_are_exact(void **state)
{
    assert_int_equal(rate("8%"), 80000);
    assert_int_equal(rate("0.08"), 80000);
    assert_int_equal(rate("0.5%"), 5000);
    assert_int_equal(rate("0.0001%"), 1);
    assert_int_equal(rate("0.000001"), 1);
    assert_int_equal(rate("100%"), 1000000);
    assert_int_equal(rate("1"), 1000000);
    assert_int_equal(rate("0"), 0);
}

static int64_t duration(const char *text)
{
    static const struct fen_option option = {.kind = FEN_OPTION_DURATION, .max = INT64_MAX};
    int64_t ms;
    assert_true(fen_option_read(&option, text, &ms));
    return ms;
}

static void test_durations(void **state)
{
    assert_int_equal(duration("500ms"), 500);
    assert_int_equal(duration("90s"), 90000);
    assert_int_equal(duration("30m"), 1800000);
    assert_int_equal(duration("24h"), 86400000);
    assert_int_equal(duration("7d"), 604800000);
}

/* What a mistyped name is taken for. */
static void test_suggestions(void **state)
{
    const struct fen_command *replay = fen_command_find("replay");
    assert_string_equal(fen_option_suggest(replay, "plna"), "plan");
    assert_string_equal(fen_option_suggest(replay, "acounts"), "accounts");
    assert_null(fen_option_suggest(replay, "frobnicate"));
    assert_string_equal(fen_command_suggest("repaly"), "replay");
    assert_null(fen_command_suggest("xyzzy"));
}

/* Each option has help in both languages, a default its own kind takes, and a name of its own. */
static void test_tables_are_whole(void **state)
{
    for (uint32_t c = 0; c < fen_command_count; c++) {
        const struct fen_command *command = &fen_commands[c];
        assert_non_null(command->summary.english);
        assert_non_null(command->summary.chinese);
        assert_true((command->detail.english == NULL) == (command->detail.chinese == NULL));
        for (uint32_t i = 0; i < command->option_count; i++) {
            const struct fen_option *option = &command->options[i];
            int64_t number;
            assert_non_null(option->help.english);
            assert_non_null(option->help.chinese);
            assert_true((option->argument == NULL) == (option->kind == FEN_OPTION_FLAG));
            if (option->value != NULL)
                assert_true(fen_option_read(option, option->value, &number));
            for (uint32_t j = 0; j < i; j++) {
                assert_string_not_equal(option->name, command->options[j].name);
                assert_true(option->short_name == 0
                            || option->short_name != command->options[j].short_name);
            }
        }
    }
}

/* Refusals are said on stderr; here they would only stand in the way of the results. */
static int silence(void **state)
{
    int nowhere = open("/dev/null", O_WRONLY);
    return nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0 ? -1 : close(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_plan_leaves_events_as_operands),
        cmocka_unit_test(test_yaml_operands_behind_plan_are_plans),
        cmocka_unit_test(test_values_and_defaults),
        cmocka_unit_test(test_bundled_flags_are_counted_not_stored),
        cmocka_unit_test_setup(test_mistakes_are_usage, silence),
        cmocka_unit_test(test_rates_are_exact),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_tables_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
