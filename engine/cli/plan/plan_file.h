/*
 * plan_file: a plan file read for those who check, show, test and edit it (plan/parse.h), and the
 * mistakes in it as lines.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_PLAN_PLAN_FILE_H
#define FEN_CLI_PLAN_PLAN_FILE_H

#include "base/buffer.h"
#include "cli/options/options.h"
#include "plan/parse.h"

struct fen_plan_source {
    const char *path;
    struct fen_str yaml;
    struct fen_plan_document document;
    struct fen_diagnostics diagnostics;
};

/* Read a file into `arena`. OK also with mistakes; INPUT, said on stderr: it cannot be read. */
enum fen_exit fen_plan_source_read(struct fen_plan_source *source, const char *path,
                                   struct fen_arena *arena);

/* Likewise, for commands that need a plan: its errors are said on stderr, and end in CONFIG. */
enum fen_exit fen_plan_source_need(struct fen_plan_source *source, const char *path,
                                   struct fen_arena *arena);

/* "FILE:LINE:COLUMN: error: “text”: message", a line each; of the errors alone, or of all. */
void fen_diagnostics_append_text(const char *path, const struct fen_diagnostics *diagnostics,
                                 bool has_warnings, struct fen_buffer *out);

/* The same on stderr. */
void fen_diagnostics_say(const char *path, const struct fen_diagnostics *diagnostics,
                         bool has_warnings);

/* One JSON object a finding. */
void fen_diagnostics_append_json(const char *path, const struct fen_diagnostics *diagnostics,
                                 struct fen_buffer *out);

/* Exactly `count` operands, else said on stderr with the usage. */
enum fen_exit fen_plan_operands(const struct fen_arguments *arguments, uint32_t min, uint32_t max);

/* Write `text` to the file, or with "-" to standard output. */
enum fen_exit fen_plan_write(const char *path, const struct fen_buffer *text);

/* Write `text` to --out, which may be none of the operands: they are what was read. */
enum fen_exit fen_plan_write_out(const struct fen_arguments *arguments,
                                 const struct fen_buffer *text);

#endif /* FEN_CLI_PLAN_PLAN_FILE_H */
