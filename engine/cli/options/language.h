/*
 * language: what a command says to a person, in English or Chinese.
 *
 * Chinese when the first of LC_ALL, LC_MESSAGES, LANG that is set begins with "zh". What machines
 * read (JSON, exit codes, option names) never changes with the language.
 *
 * Threads: fen_language_init in main; then any.
 */
#ifndef FEN_CLI_OPTIONS_LANGUAGE_H
#define FEN_CLI_OPTIONS_LANGUAGE_H

#include <stdio.h>

#include "base/assert.h"
#include "cli/exit_code.h"
#include "plan/parse.h"

/* Read the environment. Thread: main, once, first of all. */
void fen_language_init(void);

/* The language chosen. */
enum fen_language fen_language(void);

/* From now on this one, on the calling thread alone: for a reader elsewhere. */
void fen_language_use(enum fen_language language);

/* The text of the language chosen. */
const char *fen_language_pick(const char *english, const char *chinese);

/* A text in both languages, for tables. */
struct fen_text {
    const char *english;
    const char *chinese;
};

/* Which of the two the language chosen is. */
const char *fen_text_pick(const struct fen_text *text);

/* Whom fen_say names; the command's name, set by main. */
void fen_say_as(const char *command);

/* One line on stderr: "fen COMMAND: ...", in the language chosen. */
void fen_say(const char *english, const char *chinese, ...) FEN_PRINTF(1, 3) FEN_PRINTF(2, 3);

/* printf to `out` in the language chosen. */
void fen_print(FILE *out, const char *english, const char *chinese, ...) FEN_PRINTF(2, 4)
    FEN_PRINTF(3, 4);

#endif /* FEN_CLI_OPTIONS_LANGUAGE_H */
