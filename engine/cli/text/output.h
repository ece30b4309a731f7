/*
 * output: a file or standard output that lines are written to, and failures are noticed on.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_TEXT_OUTPUT_H
#define FEN_CLI_TEXT_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/buffer.h"

struct fen_output {
    FILE *file;       /* NULL: not wanted; writing is then nothing */
    const char *path; /* as given */
};

/* `path` "-" is standard output, NULL none. False, said on stderr, when it cannot be opened. */
bool fen_output_open(struct fen_output *output, const char *path) FEN_MUST_USE;

/*
 * Whether writing to `path` overwrites none of the files that are in use already, as inputs or as
 * other outputs; said on stderr, with the option's name, where it would. NULL and "-" are no files.
 */
bool fen_output_is_free(const char *option, const char *path, const char *const *used,
                        uint32_t used_count) FEN_MUST_USE;

/* Append bytes as they are. */
void fen_output_write(struct fen_output *output, const struct fen_buffer *bytes);

/* Whether a write has failed already: the reader has gone, the disk is full. */
bool fen_output_is_failed(const struct fen_output *output);

/* Flush and close. False, said on stderr, when anything written was lost. */
bool fen_output_close(struct fen_output *output) FEN_MUST_USE;

/* Whether it is standard output. */
bool fen_output_is_standard(const struct fen_output *output);

#endif /* FEN_CLI_TEXT_OUTPUT_H */
