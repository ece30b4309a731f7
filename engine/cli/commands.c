/* commands: options.def made into tables, and names looked up in them. */
#include "cli/commands.h"

#include <string.h>

#define FEN_OPTION(name_, short_, kind_, section_, argument_, default_, min_, max_, en_, zh_)      \
    {.name = name_, .short_name = short_, .kind = FEN_OPTION_##kind_,                              \
     .section = FEN_SECTION_##section_, .argument = argument_, .value = default_, .min = min_,     \
     .max = max_, .help = {en_, zh_}},

/* What every command takes. */
#define GENERAL_OPTIONS                                                                            \
    FEN_OPTION("log-level", 0, TEXT, GENERAL, "LEVEL", "info", 0, 0,                               \
               "error, warn, info or debug", "日志级别：error、warn、info、debug")                 \
    FEN_OPTION("log-format", 0, TEXT, GENERAL, "FORMAT", "auto", 0, 0,                             \
               "human, json or auto (human on a terminal)", "日志格式：human、json、auto")         \
    FEN_OPTION("help", 'h', FLAG, GENERAL, NULL, NULL, 0, 0, "this text", "显示本帮助")

#define FEN_COMMAND(id_, name_, operands_, en_, zh_, detail_en_, detail_zh_)                       \
    static const struct fen_option id_##_options[] = {
#define FEN_COMMAND_END(id_)                                                                       \
    GENERAL_OPTIONS                                                                                \
    }                                                                                              \
    ;
#include "cli/options/options.def"
#undef FEN_COMMAND
#undef FEN_COMMAND_END
#undef FEN_OPTION

#define FEN_OPTION(...)
#define FEN_COMMAND(id_, name_, operands_, en_, zh_, detail_en_, detail_zh_)                       \
    {.name = name_, .operands = operands_, .summary = {en_, zh_},                                  \
     .detail = {detail_en_, detail_zh_}, .options = id_##_options,                                 \
     .option_count = sizeof id_##_options / sizeof *id_##_options, .run = fen_command_##id_},
#define FEN_COMMAND_END(id_)
const struct fen_command fen_commands[] = {
#include "cli/options/options.def"
};
#undef FEN_COMMAND
#undef FEN_COMMAND_END
#undef FEN_OPTION

const uint32_t fen_command_count = sizeof fen_commands / sizeof *fen_commands;

const struct fen_command *fen_command_find(const char *name)
{
    for (uint32_t i = 0; i < fen_command_count; i++) {
        if (strcmp(fen_commands[i].name, name) == 0)
            return &fen_commands[i];
    }
    return NULL;
}

const struct fen_command *fen_command_find_words(const char *first, const char *second)
{
    size_t size = strlen(first);
    for (uint32_t i = 0; i < fen_command_count; i++) {
        const char *name = fen_commands[i].name;
        if (strncmp(name, first, size) == 0 && name[size] == ' ' &&
            strcmp(name + size + 1, second) == 0)
            return &fen_commands[i];
    }
    return NULL;
}

bool fen_command_is_family(const char *first)
{
    size_t size = strlen(first);
    for (uint32_t i = 0; i < fen_command_count; i++)
        if (strncmp(fen_commands[i].name, first, size) == 0 && fen_commands[i].name[size] == ' ')
            return true;
    return false;
}

#define NAME_SIZE_MAX 32

static uint32_t min_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance; names longer than NAME_SIZE_MAX are far from everything. */
static uint32_t distance(const char *a, const char *b)
{
    uint32_t a_size = (uint32_t)strlen(a);
    uint32_t b_size = (uint32_t)strlen(b);
    if (a_size > NAME_SIZE_MAX || b_size > NAME_SIZE_MAX)
        return UINT32_MAX;
    uint32_t row[NAME_SIZE_MAX + 1];
    for (uint32_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= a_size; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b_size; j++) {
            uint32_t above = row[j];
            uint32_t swap = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = min_of(swap, min_of(above, row[j - 1]) + 1);
            diagonal = above;
        }
    }
    return row[b_size];
}

/* Near: at most a third of the name wrong, or what was typed begins it. */
static bool is_near(const char *typed, const char *name, uint32_t *best)
{
    uint32_t far = distance(typed, name);
    if (far >= *best || far * 3 > (uint32_t)strlen(name) + 2)
        return false;
    *best = far;
    return true;
}

const char *fen_command_suggest(const char *typed)
{
    uint32_t best = UINT32_MAX;
    const char *nearest = NULL;
    for (uint32_t i = 0; i < fen_command_count; i++) {
        if (is_near(typed, fen_commands[i].name, &best))
            nearest = fen_commands[i].name;
    }
    return nearest;
}

const char *fen_option_suggest(const struct fen_command *command, const char *typed)
{
    uint32_t best = UINT32_MAX;
    const char *nearest = NULL;
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (is_near(typed, command->options[i].name, &best))
            nearest = command->options[i].name;
    }
    return nearest;
}
