/* help: --help from the tables, on stdout, in two languages. */
#include <stdio.h>
#include <string.h>

#include "cli/options/options.h"

static const struct fen_text section_titles[FEN_SECTION_COUNT] = {
    [FEN_SECTION_INPUT] = {"Input", "输入"},
    [FEN_SECTION_OUTPUT] = {"Output", "输出"},
    [FEN_SECTION_SCALE] = {"Size", "规模"},
    [FEN_SECTION_MIX] = {"Mix", "构成"},
    [FEN_SECTION_ENGINE] = {"Engine", "引擎"},
    [FEN_SECTION_SERVERS] = {"Servers", "服务"},
    [FEN_SECTION_GENERAL] = {"General", "通用"},
};

static void print_summary(const struct fen_command *command)
{
    printf("  %-12s %s\n", command->name, fen_text_pick(&command->summary));
}

void fen_help_print_family(const char *first)
{
    size_t size = strlen(first);
    fen_print(stdout, "Usage: fen %s COMMAND [OPTION…]\n\nCommands:\n",
              "用法：fen %s 命令 [选项…]\n\n命令：\n", first);
    for (uint32_t i = 0; i < fen_command_count; i++)
        if (strncmp(fen_commands[i].name, first, size) == 0 && fen_commands[i].name[size] == ' ')
            print_summary(&fen_commands[i]);
    fen_print(stdout, "\n`fen %s COMMAND --help` tells a command's options.\n",
              "\nfen %s 命令 --help 查看该命令的选项。\n", first);
}

void fen_help_print(void)
{
    puts(fen_language_pick("fen: an event-streaming commission engine for shop guides\n\n"
                           "Usage: fen COMMAND [OPTION…]\n\nCommands:",
                           "fen（分）：导购分佣事件流引擎\n\n用法：fen 命令 [选项…]\n\n命令："));
    for (uint32_t i = 0; i < fen_command_count; i++)
        print_summary(&fen_commands[i]);
    puts(fen_language_pick("\n`fen COMMAND --help` tells a command's options; `fen --version` the "
                           "version.",
                           "\nfen 命令 --help 查看该命令的选项；fen --version 查看版本。"));
}

static void print_option(const struct fen_option *option)
{
    char form[64];
    int size = option->short_name != 0 ? snprintf(form, sizeof form, "-%c, ", option->short_name)
                                       : snprintf(form, sizeof form, "    ");
    snprintf(form + size, sizeof form - (size_t)size, "--%s%s%s", option->name,
             option->argument == NULL ? "" : " ", option->argument == NULL ? "" : option->argument);
    const char *help = fen_text_pick(&option->help);
    if (strlen(form) > 30)
        printf("  %s\n  %-30s %s", form, "", help);
    else
        printf("  %-30s %s", form, help);
    if (option->value != NULL)
        fen_print(stdout, " (default %s)", "（默认 %s）", option->value);
    putchar('\n');
}

static void print_section(const struct fen_command *command, enum fen_option_section section)
{
    bool has_title = false;
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (command->options[i].section != section)
            continue;
        if (!has_title)
            printf("\n%s%s\n", fen_text_pick(&section_titles[section]),
                   fen_language_pick(":", "："));
        has_title = true;
        print_option(&command->options[i]);
    }
}

void fen_help_print_command(const struct fen_command *command)
{
    printf("fen %s%s%s\n\n", command->name, fen_language_pick(": ", "："),
           fen_text_pick(&command->summary));
    printf("%sfen %s %s%s%s\n", fen_language_pick("Usage: ", "用法："), command->name,
           fen_language_pick("[OPTION…]", "[选项…]"), command->operands == NULL ? "" : " ",
           command->operands == NULL ? "" : command->operands);
    if (command->detail.english != NULL)
        printf("\n%s\n", fen_text_pick(&command->detail));
    for (int section = 0; section < FEN_SECTION_COUNT; section++)
        print_section(command, (enum fen_option_section)section);
}
