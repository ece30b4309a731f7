/*
 * lint: what is wrong with a plan file as text, before it is read as YAML (SPEC §8).
 *
 * Why: a tab or a full-width colon makes a YAML parser stumble somewhere behind it, with words that
 * help nobody. Here the sign itself is found and named. Where the mend is plain, the text handed on
 * to the parser has it, so that the mistakes behind it are found in the same reading.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_PLAN_LINT_H
#define FEN_PLAN_LINT_H

#include "base/arena.h"
#include "base/str.h"
#include "plan/diagnose.h"

/*
 * Report a file that is too large, bytes that are not UTF-8, tabs and control characters.
 *
 * Returns: whether *text_out (in the arena: without byte order mark, a space for each tab) can be
 * read on.
 */
bool fen_lint_bytes(struct fen_str yaml, struct fen_arena *arena,
                    struct fen_diagnostics *diagnostics, struct fen_str *text_out) FEN_MUST_USE;

/*
 * For a text that is not YAML: report the full-width colons outside comments and give back the text
 * with `:` in their place, and a tab behind it where a space is missing. What is a comment is told
 * without a parser, so only such a text is looked at; in one that is YAML the nodes are checked
 * (plan/node.h).
 *
 * Returns: how many were found.
 */
uint32_t fen_lint_colons(struct fen_str text, struct fen_arena *arena,
                         struct fen_diagnostics *diagnostics,
                         struct fen_str *text_out) FEN_MUST_USE;

/*
 * For a text that is not YAML because of `line`: report what on that line, outside comments and
 * quotes, stands for signs of YAML and is none - full-width punctuation, spaces that are no spaces,
 * a key's colon without a space behind it - and give back the text with those signs, a tab for what
 * had to be inserted.
 *
 * Returns: how many were found.
 */
uint32_t fen_lint_line(struct fen_str text, uint32_t line, struct fen_arena *arena,
                       struct fen_diagnostics *diagnostics, struct fen_str *text_out) FEN_MUST_USE;

/* A line without what ends it, empty behind the last; lines end as libyaml's: LF, CR or CR LF. */
struct fen_str fen_lint_line_of(struct fen_str text, uint32_t line);

/* From a line of a text to the one before it; false: it is the first. */
bool fen_lint_step_back(struct fen_str text, struct fen_str *line) FEN_MUST_USE;

/* The spaces a line begins with. */
uint32_t fen_lint_indentation(struct fen_str line);

/*
 * The text with spaces for a line and for those below it that are indented more: its part of the
 * plan. False, and *text_out untouched: the line is empty already.
 */
bool fen_lint_leave_out(struct fen_str text, uint32_t line, struct fen_arena *arena,
                        struct fen_str *text_out) FEN_MUST_USE;

/* The nearest line before one that is not empty; 0: none. */
uint32_t fen_lint_line_before(struct fen_str text, uint32_t line) FEN_MUST_USE;

/* Where a column of a mended text is in the file: tabs in it are what was inserted. */
uint32_t fen_lint_column(struct fen_str text, uint32_t line, uint32_t column) FEN_MUST_USE;

#endif /* FEN_PLAN_LINT_H */
