/*
 * options: the commands of fen and their options as data, read by getopt_long.
 *
 * Why data: options.def is the one place that knows every option; parsing, --help in two languages,
 * the configuration file's keys and the man page's check all come from it.
 *
 * Forms: `--name value`, `--name=value`, `-n value`, unambiguous abbreviations, options and
 * operands in any order, `--` ends the options, `-` is standard input or output. A repeatable
 * option may be given several times; one that takes files of a kind (`--plan`) also takes the
 * operands that follow it, as long as they end in .yaml or .yml.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_OPTIONS_OPTIONS_H
#define FEN_CLI_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/exit_code.h"
#include "cli/options/language.h"

enum fen_option_kind {
    FEN_OPTION_FLAG,
    FEN_OPTION_TEXT,
    FEN_OPTION_TEXTS,    /* repeatable */
    FEN_OPTION_PLANS,    /* repeatable, and takes the .yaml operands that follow */
    FEN_OPTION_INTEGER,  /* within min..max */
    FEN_OPTION_RATE,     /* "8%" or "0.08", as ppm, within 0..100% */
    FEN_OPTION_DURATION, /* "500ms", "90s", "30m", "24h", "7d"; in ms */
};

enum fen_option_section {
    FEN_SECTION_INPUT,
    FEN_SECTION_OUTPUT,
    FEN_SECTION_SCALE,
    FEN_SECTION_MIX,
    FEN_SECTION_ENGINE,
    FEN_SECTION_SERVERS,
    FEN_SECTION_GENERAL,
    FEN_SECTION_COUNT,
};

struct fen_option {
    const char *name;
    char short_name; /* 0: none */
    enum fen_option_kind kind;
    enum fen_option_section section;
    const char *argument; /* what stands for the value in --help; NULL for flags */
    const char *value;    /* default, as it would be typed; NULL: none */
    int64_t min;
    int64_t max;
    struct fen_text help;
};

struct fen_arguments;

struct fen_command {
    const char *name; /* one word, or two: "plan check" */
    const char *operands; /* "IN…"; NULL: none are taken */
    struct fen_text summary;
    struct fen_text detail; /* further lines of --help; NULL: none */
    const struct fen_option *options;
    uint32_t option_count;
    enum fen_exit (*run)(const struct fen_arguments *arguments);
};

/* Every command, in the order of --help. */
extern const struct fen_command fen_commands[];
extern const uint32_t fen_command_count;

/* The command of a name; NULL: there is none. */
const struct fen_command *fen_command_find(const char *name);

/* The command whose name is two words, as "plan check"; NULL: there is none. */
const struct fen_command *fen_command_find_words(const char *first, const char *second);

/* Whether the word is the first of such names. */
bool fen_command_is_family(const char *first);

/* The command or option whose name is nearest to a mistyped one; NULL: none is near. */
const char *fen_command_suggest(const char *typed);
const char *fen_option_suggest(const struct fen_command *command, const char *typed);

/* What the user typed. */
struct fen_option_value {
    const char **texts; /* borrowed from argv */
    uint32_t count;     /* 0: not given */
    int64_t number;     /* of INTEGER, RATE, DURATION: the last one given, else the default */
};

struct fen_arguments {
    const struct fen_command *command;
    struct fen_option_value *values; /* one per option of the command */
    const char **operands;
    uint32_t operand_count;
    bool wants_help;
};

/*
 * Read argv of a command (argv[0] its name). A mistake is said on stderr with the mend.
 * Returns: OK or USAGE. In both cases the caller deinits.
 */
enum fen_exit fen_arguments_init(struct fen_arguments *arguments, const struct fen_command *command,
                                 int argc, char **argv);
void fen_arguments_deinit(struct fen_arguments *arguments);

/* Whether the option was given on the command line. The name must be the command's. */
bool fen_arguments_has(const struct fen_arguments *arguments, const char *name);

/* The last text given, else the default, else NULL. */
const char *fen_arguments_text(const struct fen_arguments *arguments, const char *name);

/* All texts given. */
const char *const *fen_arguments_texts(const struct fen_arguments *arguments, const char *name,
                                       uint32_t *count_out);

/* The number given, else the default, else 0. */
int64_t fen_arguments_number(const struct fen_arguments *arguments, const char *name);

/* The value of one text by the option's kind and bounds; false when it is none. */
bool fen_option_read(const struct fen_option *option, const char *text, int64_t *number_out);

/* --help of fen, of the commands that begin with a word, and of one command, on stdout. */
void fen_help_print(void);
void fen_help_print_family(const char *first);
void fen_help_print_command(const struct fen_command *command);

#endif /* FEN_CLI_OPTIONS_OPTIONS_H */
