/*
 * fault_point: named steps of the loop at which a test makes the process die, freeze or hang.
 *
 * Why: a kill at a random moment hits the short steps of a transaction once in a thousand tries;
 * exactly-once is only shown when each step has been hit. Only builds with FEN_FAULT_POINTS (those
 * with tests) have them: elsewhere a point is no code at all, and the environment is not looked at.
 *
 *     FEN_FAULT=commit:3:kill      the third time this process comes by `commit`, kill -9 itself
 *
 * Actions: kill; crash (SIGSEGV, as a poison message would); freeze (SIGSTOP of all threads); hang
 * (this thread, for ever). A trap, FEN_FAULT_TRAP=TEXT, crashes where a message with TEXT in its
 * value is applied. FEN_FAULT_SKIP=NAME leaves a safeguard out, to show that the harness notices.
 *
 * Threads: any; the count is of all threads together.
 */
#ifndef FEN_BASE_FAULT_POINT_H
#define FEN_BASE_FAULT_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define FEN_FAULT_POINT_ROW(id_, name_) FEN_FAULT_##id_,
enum fen_fault_point {
#include "base/fault_points.def"
    FEN_FAULT_POINT_COUNT
};
#undef FEN_FAULT_POINT_ROW

#ifdef FEN_FAULT_POINTS

/* Come by a step; does what FEN_FAULT says when it is its turn. */
void fen_fault_point_pass(enum fen_fault_point point);

/* Crash when FEN_FAULT_TRAP is set and stands in `value`. */
void fen_fault_point_trap(struct fen_str value);

/* Whether FEN_FAULT_SKIP is `name`: the safeguard of that name is to be left out. */
bool fen_fault_point_skips(const char *name);

/* A number of the environment in place of a long time-out; `value` where there is none. */
int64_t fen_fault_point_number(const char *name, int64_t value);

#define FEN_FAULT_NUMBER(name_, value_) fen_fault_point_number(name_, value_)
#define FEN_FAULT_POINT(id_) fen_fault_point_pass(FEN_FAULT_##id_)
#define FEN_FAULT_TRAP(value_) fen_fault_point_trap(value_)
#define FEN_FAULT_SKIPS(name_) fen_fault_point_skips(name_)

#else

#define FEN_FAULT_NUMBER(name_, value_) (value_)
#define FEN_FAULT_POINT(id_) ((void)0)
#define FEN_FAULT_TRAP(value_) ((void)0)
#define FEN_FAULT_SKIPS(name_) false

#endif

#endif /* FEN_BASE_FAULT_POINT_H */
