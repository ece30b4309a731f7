/* language: see the header. */
#include "cli/options/language.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum fen_language chosen = FEN_LANGUAGE_ENGLISH;
static _Thread_local bool has_own; /* this thread speaks its own, not the one chosen */
static _Thread_local enum fen_language own;
static const char *speaker = "";

void fen_language_init(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || *value == '\0')
            continue;
        chosen = strncmp(value, "zh", 2) == 0 ? FEN_LANGUAGE_CHINESE : FEN_LANGUAGE_ENGLISH;
        return;
    }
}

enum fen_language fen_language(void)
{
    return has_own ? own : chosen;
}

void fen_language_use(enum fen_language language)
{
    has_own = true;
    own = language;
}

const char *fen_language_pick(const char *english, const char *chinese)
{
    return fen_language() == FEN_LANGUAGE_CHINESE ? chinese : english;
}

const char *fen_text_pick(const struct fen_text *text)
{
    return fen_language_pick(text->english, text->chinese);
}

void fen_say_as(const char *command)
{
    speaker = command;
}

void fen_say(const char *english, const char *chinese, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, chinese);
    if (fen_language() == FEN_LANGUAGE_CHINESE)
        (void)vsnprintf(text, sizeof text, chinese, arguments);
    else
        (void)vsnprintf(text, sizeof text, english, arguments);
    va_end(arguments);
    fprintf(stderr, "fen%s%s: %s\n", *speaker == '\0' ? "" : " ", speaker, text);
}

void fen_print(FILE *out, const char *english, const char *chinese, ...)
{
    va_list arguments;
    va_start(arguments, chinese);
    if (fen_language() == FEN_LANGUAGE_CHINESE)
        (void)vfprintf(out, chinese, arguments);
    else
        (void)vfprintf(out, english, arguments);
    va_end(arguments);
}
