/*
 * main: fen's entry. Finds the command, reads its options, runs it.
 *
 * Exit codes are SPEC §10's (exit_code.h); everything a command does is in its own file.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/options/options.h"
#include "cli/version.h"

/* A word that begins the names of commands, as `plan` does; `fen plan` lists them. */
static enum fen_exit tell_family(const char *first, int argc, char **argv)
{
    bool is_asked = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    if (argc > 2 && !is_asked && argv[2][0] != '-') {
        char typed[64];
        (void)snprintf(typed, sizeof typed, "%s %s", first, argv[2]);
        const char *near = fen_command_suggest(typed);
        fen_say("there is no command \"%s\"; %s%s%s`fen %s --help` lists them",
                "没有命令“%s”；%s%s%s用 fen %s --help 查看", typed,
                near == NULL ? "" : fen_language_pick("did you mean `fen ", "是不是 fen "),
                near == NULL ? "" : near, near == NULL ? "" : fen_language_pick("`? ", "？"),
                first);
        return FEN_EXIT_USAGE;
    }
    fen_help_print_family(first);
    return is_asked ? FEN_EXIT_OK : FEN_EXIT_USAGE;
}

static enum fen_exit unknown_command(const char *typed)
{
    const char *near = fen_command_suggest(typed);
    if (near != NULL)
        fen_say("there is no command \"%s\"; did you mean `fen %s`? `fen --help` lists them",
                "没有命令“%s”；是不是 fen %s？用 fen --help 查看全部命令", typed, near);
    else
        fen_say("there is no command \"%s\"; `fen --help` lists them",
                "没有命令“%s”；用 fen --help 查看全部命令", typed);
    return FEN_EXIT_USAGE;
}

/* --log-level and --log-format. */
static enum fen_exit start_log(const struct fen_arguments *arguments)
{
    struct fen_log_options options = {.descriptor = STDERR_FILENO};
    const char *level = fen_arguments_text(arguments, "log-level");
    const char *format = fen_arguments_text(arguments, "log-format");
    if (!fen_log_level_parse(fen_str_from(level), &options.level)) {
        fen_say("--log-level is error, warn, info or debug, not \"%s\"",
                "--log-level 是 error、warn、info 或 debug，而不是“%s”", level);
        return FEN_EXIT_USAGE;
    }
    if (strcmp(format, "human") == 0) {
        options.format = FEN_LOG_FORMAT_HUMAN;
    } else if (strcmp(format, "json") == 0) {
        options.format = FEN_LOG_FORMAT_JSON;
    } else if (strcmp(format, "auto") != 0) {
        fen_say("--log-format is human, json or auto, not \"%s\"",
                "--log-format 是 human、json 或 auto，而不是“%s”", format);
        return FEN_EXIT_USAGE;
    }
    fen_log_init(&options);
    return FEN_EXIT_OK;
}

static enum fen_exit run_command(const struct fen_command *command, int argc, char **argv)
{
    struct fen_arguments arguments;
    fen_say_as(command->name);
    enum fen_exit result = fen_arguments_init(&arguments, command, argc, argv);
    if (result == FEN_EXIT_OK && arguments.wants_help) {
        fen_help_print_command(command);
    } else if (result == FEN_EXIT_OK) {
        result = start_log(&arguments);
        if (result == FEN_EXIT_OK)
            result = command->run(&arguments);
    }
    fen_arguments_deinit(&arguments);
    fen_log_flush();
    return result;
}

int main(int argc, char **argv)
{
    fen_language_init();
    /* A reader that goes away (`fen replay … | head`) is an error of write, not a death. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        fen_help_print();
        return FEN_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0
        || strcmp(argv[1], "help") == 0) {
        fen_help_print();
        return FEN_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        fen_version_print();
        return FEN_EXIT_OK;
    }
    const struct fen_command *command = fen_command_find(argv[1]);
    if (command != NULL)
        return (int)run_command(command, argc - 1, argv + 1);
    command = argc > 2 ? fen_command_find_words(argv[1], argv[2]) : NULL;
    if (command != NULL)
        return (int)run_command(command, argc - 2, argv + 2);
    if (fen_command_is_family(argv[1]))
        return (int)tell_family(argv[1], argc, argv);
    return (int)unknown_command(argv[1]);
}
