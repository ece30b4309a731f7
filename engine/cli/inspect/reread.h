/*
 * reread: input files that are read more than once; standard input is put into a temporary file
 * for that.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_INSPECT_REREAD_H
#define FEN_CLI_INSPECT_REREAD_H

#include <stdint.h>
#include <stdio.h>

#include "base/assert.h"
#include "cli/exit_code.h"
#include "cli/text/lines.h"

struct fen_reread {
    const char **paths; /* as given, standard input replaced */
    uint32_t path_count;
    FILE *standard; /* a copy of standard input; NULL: not among them */
    char standard_path[32];
};

/*
 * Paths as given on the command line; they must outlive it. Returns: INPUT, said on stderr, when
 * standard input cannot be copied. The caller deinits in any case.
 */
enum fen_exit fen_reread_init(struct fen_reread *reread, const char *const *paths,
                              uint32_t path_count) FEN_MUST_USE;
void fen_reread_deinit(struct fen_reread *reread);

/*
 * Every line of the files to `take`; `title`: of a progress bar, NULL: none. Returns: INPUT, said
 * on stderr, when a file cannot be read.
 */
enum fen_exit fen_reread_visit(const struct fen_reread *reread, const char *title,
                               void (*take)(void *context, const struct fen_line *line),
                               void *context) FEN_MUST_USE;

#endif /* FEN_CLI_INSPECT_REREAD_H */
