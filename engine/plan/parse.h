/*
 * parse: a plan file's bytes -> a compiled plan, or the list of its mistakes (SPEC §8, App. A).
 *
 * Strict: a mistake in a plan is money, so an unknown key, a full-width colon, a tab or an anchor
 * is an error that names line, column, the offending text and the mend, in Chinese or English.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_PLAN_PARSE_H
#define FEN_PLAN_PARSE_H

#include "base/arena.h"
#include "base/str.h"
#include "model/event.h"
#include "plan/plan.h"

/* A plan travels in one event (SPEC §3), so a file is no longer than that. */
#define FEN_PLAN_SIZE_BYTES_MAX FEN_EVENT_SIZE_BYTES_MAX

/* Mistakes kept of one reading; more are only counted. Real files have a few. */
#define FEN_DIAGNOSTIC_COUNT_MAX 1000u

enum fen_language { FEN_LANGUAGE_ENGLISH, FEN_LANGUAGE_CHINESE };

/* One mistake. Texts live in the arena given to the parser. */
struct fen_diagnostic {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in characters */
    bool is_warning;
    struct fen_str text;    /* the offending text as written */
    struct fen_str message; /* what is wrong, and the mend */
};

struct fen_diagnostics {
    struct fen_arena *arena;
    enum fen_language language;
    struct fen_diagnostic *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t error_count;
    bool is_partial; /* something could not be read: what seems to be missing may stand there */
};

/* Add one; `text` (cut after 120 bytes) and `message` are copied. Beyond the bound only counted. */
void fen_diagnostics_add(struct fen_diagnostics *diagnostics, bool is_warning, uint32_t line,
                         uint32_t column, struct fen_str text, struct fen_str message);

/* The first error as a sentence: place, text at fault, mistake and mend, and how many there are. */
struct fen_str fen_diagnostics_first(const struct fen_diagnostics *diagnostics,
                                     struct fen_arena *arena);

/*
 * Compile `yaml`. All of the plan lives in `arena`, which must outlive it; `yaml` is copied.
 *
 * Returns: the plan, or NULL with diagnostics->error_count > 0. All mistakes that can be found in
 * one reading are reported, in the order of the file. Never exits, never prints.
 */
const struct fen_plan *fen_plan_parse(struct fen_str yaml, struct fen_arena *arena,
                                      struct fen_diagnostics *diagnostics) FEN_MUST_USE;

struct fen_node;
struct fen_cases;

/* A plan file with all that was written, for those who check, test and edit it. */
struct fen_plan_document {
    struct fen_str text;           /* the file without byte order mark: what nodes count in */
    const struct fen_node *root;   /* plan/node.h; NULL: not YAML */
    const struct fen_plan *plan;   /* NULL: there are mistakes */
    const struct fen_cases *cases; /* of `tests` (plan/case.h); never NULL */
};

/*
 * Read `yaml` as fen_plan_parse does, and more strictly: what is legal and yet hardly meant is
 * reported too (plan/review.h), and so are mistakes in `tests`. All lives in `arena`.
 *
 * Returns: whether there is no error; warnings there may be.
 */
bool fen_plan_read(struct fen_str yaml, struct fen_arena *arena,
                   struct fen_diagnostics *diagnostics,
                   struct fen_plan_document *document_out) FEN_MUST_USE;

#endif /* FEN_PLAN_PARSE_H */
