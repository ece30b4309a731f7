/* options: argv against a command's table, by getopt_long in "return in order" mode. */
#include "cli/options/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_COUNT_MAX 64
#define LONG_OPTION_BASE 256
#define RATE_DECIMALS_OF_PPM 6

static bool read_integer(const char *text, int64_t *number_out)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    *number_out = number;
    return true;
}

/* "8%" is 80,000 ppm, "0.08" the same: decimal text, never a double. */
static bool read_rate(const char *text, int64_t *ppm_out)
{
    size_t size = strlen(text);
    bool is_percent = size > 0 && text[size - 1] == '%';
    int decimals_left = is_percent ? RATE_DECIMALS_OF_PPM - 2 : RATE_DECIMALS_OF_PPM;
    size -= is_percent;
    int64_t number = 0;
    bool is_after_point = false;
    bool has_digit = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && !is_after_point) {
            is_after_point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || number > 100000000
            || (is_after_point && decimals_left == 0))
            return false;
        number = number * 10 + (text[i] - '0');
        has_digit = true;
        decimals_left -= is_after_point;
    }
    for (; decimals_left > 0; decimals_left--)
        number *= 10;
    *ppm_out = number;
    return has_digit && number <= 1000000;
}

static bool read_duration(const char *text, int64_t *ms_out)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || number < 0 || number > INT32_MAX)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *ms_out = number * units[i].ms;
            return true;
        }
    }
    return false;
}

bool fen_option_read(const struct fen_option *option, const char *text, int64_t *number_out)
{
    switch (option->kind) {
    case FEN_OPTION_FLAG:
    case FEN_OPTION_TEXT:
    case FEN_OPTION_TEXTS:
    case FEN_OPTION_PLANS:
        *number_out = 0;
        return true;
    case FEN_OPTION_INTEGER:
        return read_integer(text, number_out) && *number_out >= option->min
               && *number_out <= option->max;
    case FEN_OPTION_RATE:
        return read_rate(text, number_out);
    case FEN_OPTION_DURATION:
        return read_duration(text, number_out) && *number_out >= option->min
               && *number_out <= option->max;
    }
    return false;
}

static void say_bad_value(const struct fen_option *option, const char *text)
{
    switch (option->kind) {
    case FEN_OPTION_INTEGER:
        fen_say("--%s takes a whole number from %lld to %lld, not \"%s\"",
                "--%s 需要 %lld 到 %lld 的整数，而不是“%s”", option->name,
                (long long)option->min, (long long)option->max, text);
        return;
    case FEN_OPTION_RATE:
        fen_say("--%s takes a part of one, such as 8%% or 0.08, not \"%s\"",
                "--%s 需要 0 到 1 的比例，如 8%% 或 0.08，而不是“%s”", option->name, text);
        return;
    case FEN_OPTION_DURATION:
        fen_say("--%s takes a time such as 500ms, 90s, 30m, 24h or 7d, not \"%s\"",
                "--%s 需要时长，如 500ms、90s、30m、24h、7d，而不是“%s”", option->name, text);
        return;
    case FEN_OPTION_FLAG:
    case FEN_OPTION_TEXT:
    case FEN_OPTION_TEXTS:
    case FEN_OPTION_PLANS:
        return;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);
    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

static const struct fen_option *option_find(const struct fen_command *command, const char *name)
{
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (strcmp(command->options[i].name, name) == 0)
            return &command->options[i];
    }
    return NULL;
}

/* getopt's tables from ours. */
struct getopt_tables {
    struct option longs[OPTION_COUNT_MAX + 1];
    char shorts[OPTION_COUNT_MAX * 2 + 3];
};

static void tables_init(struct getopt_tables *tables, const struct fen_command *command)
{
    FEN_ASSERT(command->option_count <= OPTION_COUNT_MAX);
    memset(tables, 0, sizeof *tables);
    char *at = tables->shorts;
    *at++ = '-'; /* operands in order, as code 1 */
    *at++ = ':'; /* a missing value as ':' */
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct fen_option *option = &command->options[i];
        int has_value = option->kind == FEN_OPTION_FLAG ? no_argument : required_argument;
        tables->longs[i] =
            (struct option){option->name, has_value, NULL, LONG_OPTION_BASE + (int)i};
        if (option->short_name == 0)
            continue;
        *at++ = option->short_name;
        if (has_value == required_argument)
            *at++ = ':';
    }
}

static int option_index(const struct fen_command *command, int code)
{
    if (code >= LONG_OPTION_BASE)
        return code - LONG_OPTION_BASE;
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (command->options[i].short_name == (char)code)
            return (int)i;
    }
    return -1;
}

static enum fen_exit say_unknown(const struct fen_command *command, const char *typed)
{
    const char *name = strncmp(typed, "--", 2) == 0 ? typed + 2 : "";
    const char *near = fen_option_suggest(command, name);
    if (near != NULL)
        fen_say("there is no option %s; did you mean --%s? `fen %s --help` lists them",
                "没有选项 %s；是不是 --%s？用 fen %s --help 查看全部选项", typed, near,
                command->name);
    else
        fen_say("there is no option %s; `fen %s --help` lists them",
                "没有选项 %s；用 fen %s --help 查看全部选项", typed, command->name);
    return FEN_EXIT_USAGE;
}

static enum fen_exit take_value(struct fen_arguments *arguments, int index, const char *text)
{
    const struct fen_option *option = &arguments->command->options[index];
    struct fen_option_value *value = &arguments->values[index];
    if (text != NULL && !fen_option_read(option, text, &value->number)) {
        say_bad_value(option, text);
        return FEN_EXIT_USAGE;
    }
    if (text != NULL) /* flags may be bundled: more of them than words */
        value->texts[value->count] = text;
    value->count++;
    return FEN_EXIT_OK;
}

/* An option and its value each take a place in argv, so no array needs more than argc places. */
static void values_init(struct fen_arguments *arguments, const struct fen_command *command,
                        int argc)
{
    uint32_t places = (uint32_t)argc + 1;
    arguments->command = command;
    arguments->values = calloc(command->option_count, sizeof *arguments->values);
    arguments->operands = calloc(places, sizeof *arguments->operands);
    FEN_ASSERT(arguments->values != NULL && arguments->operands != NULL);
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct fen_option *option = &command->options[i];
        arguments->values[i].texts = calloc(places, sizeof(const char *));
        FEN_ASSERT(arguments->values[i].texts != NULL);
        if (option->value != NULL) {
            bool is_good = fen_option_read(option, option->value, &arguments->values[i].number);
            FEN_ASSERT(is_good);
        }
    }
}

static enum fen_exit take_operand(struct fen_arguments *arguments, int last, const char *text)
{
    const struct fen_command *command = arguments->command;
    bool is_plan = last >= 0 && command->options[last].kind == FEN_OPTION_PLANS
                   && (ends_with(text, ".yaml") || ends_with(text, ".yml"));
    if (is_plan)
        return take_value(arguments, last, text);
    if (command->operands == NULL) {
        fen_say("\"%s\" is not expected here; `fen %s --help` tells what is",
                "不需要参数“%s”；见 fen %s --help", text, command->name);
        return FEN_EXIT_USAGE;
    }
    arguments->operands[arguments->operand_count++] = text;
    return FEN_EXIT_OK;
}

enum fen_exit fen_arguments_init(struct fen_arguments *arguments, const struct fen_command *command,
                                 int argc, char **argv)
{
    *arguments = (struct fen_arguments){0};
    values_init(arguments, command, argc);
    struct getopt_tables tables;
    tables_init(&tables, command);
    enum fen_exit result = FEN_EXIT_OK;
    int last = -1; /* the option whose files may follow */
    int code;
    opterr = 0;
    optind = 0;
    while (result == FEN_EXIT_OK
           && (code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        if (code == 1) {
            result = take_operand(arguments, last, optarg);
            continue;
        }
        if (code == ':' || code == '?') {
            const char bundled[] = {'-', (char)optopt, '\0'};
            bool is_short = optopt > 0 && optopt < LONG_OPTION_BASE;
            const char *typed = is_short ? bundled : argv[optind - 1];
            if (code == '?')
                return say_unknown(command, typed);
            fen_say("%s needs a value; `fen %s --help` tells which",
                    "%s 需要一个值；见 fen %s --help", typed, command->name);
            return FEN_EXIT_USAGE;
        }
        last = option_index(command, code);
        FEN_ASSERT(last >= 0);
        result = take_value(arguments, last, optarg);
    }
    while (result == FEN_EXIT_OK && optind < argc)
        result = take_operand(arguments, -1, argv[optind++]);
    arguments->wants_help = fen_arguments_has(arguments, "help");
    return result;
}

void fen_arguments_deinit(struct fen_arguments *arguments)
{
    if (arguments->values != NULL) {
        for (uint32_t i = 0; i < arguments->command->option_count; i++)
            free(arguments->values[i].texts);
    }
    free(arguments->values);
    free(arguments->operands);
    *arguments = (struct fen_arguments){0};
}

static const struct fen_option_value *value_find(const struct fen_arguments *arguments,
                                                 const char *name, const struct fen_option **out)
{
    const struct fen_option *option = option_find(arguments->command, name);
    FEN_ASSERT(option != NULL);
    *out = option;
    return &arguments->values[option - arguments->command->options];
}

bool fen_arguments_has(const struct fen_arguments *arguments, const char *name)
{
    const struct fen_option *option;
    return value_find(arguments, name, &option)->count > 0;
}

const char *fen_arguments_text(const struct fen_arguments *arguments, const char *name)
{
    const struct fen_option *option;
    const struct fen_option_value *value = value_find(arguments, name, &option);
    return value->count > 0 ? value->texts[value->count - 1] : option->value;
}

const char *const *fen_arguments_texts(const struct fen_arguments *arguments, const char *name,
                                       uint32_t *count_out)
{
    const struct fen_option *option;
    const struct fen_option_value *value = value_find(arguments, name, &option);
    *count_out = value->count;
    return value->texts;
}

int64_t fen_arguments_number(const struct fen_arguments *arguments, const char *name)
{
    const struct fen_option *option;
    return value_find(arguments, name, &option)->number;
}
