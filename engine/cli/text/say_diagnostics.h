/*
 * say_diagnostics: the mistakes of a file on stderr, FILE:LINE:COLUMN each.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_TEXT_SAY_DIAGNOSTICS_H
#define FEN_CLI_TEXT_SAY_DIAGNOSTICS_H

#include "plan/parse.h"

/* Print each, errors and warnings alike, in the order they stand. */
void fen_say_diagnostics(const char *path, const struct fen_diagnostics *diagnostics);

#endif /* FEN_CLI_TEXT_SAY_DIAGNOSTICS_H */
