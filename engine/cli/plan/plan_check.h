/*
 * plan_check: plan files read and reviewed together, as one tenant's (`fen plan check`, and the
 * first step of `fen plan publish`).
 *
 * Threads: main.
 */
#ifndef FEN_CLI_PLAN_PLAN_CHECK_H
#define FEN_CLI_PLAN_PLAN_CHECK_H

#include "cli/plan/plan_file.h"

struct fen_plan_checking {
    struct fen_arena *arena; /* the caller's */
    struct fen_plan_source *sources;
    uint32_t source_count;     /* files that could be read */
    uint32_t unreadable_count; /* those that could not; said on stderr */
};

/* Read the operands. OK also with mistakes; INPUT, said on stderr: a file cannot be read. */
enum fen_exit fen_plan_check_read(struct fen_plan_checking *checking,
                                  const struct fen_arguments *arguments) FEN_MUST_USE;

/* Whether any file has an error. */
bool fen_plan_check_has_error(const struct fen_plan_checking *checking);

/* Every finding, a line each, what is well, and how many there are. */
void fen_plan_check_tell(const struct fen_plan_checking *checking, struct fen_buffer *out);

#endif /* FEN_CLI_PLAN_PLAN_CHECK_H */
