/*
 * match: the conditions of a plan's rules, compiled so that a line finds its rule in ~100 ns.
 *
 * Why: a role may have thousands of rules and the first that holds counts. Per role and dimension
 * that any of its rules asks for there is a table of bitsets, a bit a rule: for each symbol the
 * rules that name it or do not care. A line ANDs one bitset per dimension; the first bit left is
 * the rule, once its numeric ranges are checked. Bitsets are read in blocks of 256 rules, so that
 * a thousand rules of a role are four steps of a vector unit for each dimension.
 *
 * Threads: building is part of one parse; a matcher never changes, any number of readers.
 */
#ifndef FEN_PLAN_MATCH_H
#define FEN_PLAN_MATCH_H

#include "base/arena.h"
#include "base/numbering.h"
#include "base/str.h"
#include "plan/plan.h"

struct fen_symbols; /* texts of the dimensions, numbered from 1 in each */
struct fen_matcher;

/* An empty table in the arena. */
struct fen_symbols *fen_symbols_create(struct fen_arena *arena) FEN_MUST_USE;

/* The symbol of a text, a new one when it has none; `text` is copied. */
uint32_t fen_symbols_intern(struct fen_symbols *symbols, enum fen_dimension dimension,
                            struct fen_str text);

/* Compile the rules of `plan`, whose conditions hold symbols of `symbols`. */
struct fen_matcher *fen_matcher_create(const struct fen_plan *plan,
                                       const struct fen_symbols *symbols,
                                       struct fen_arena *arena) FEN_MUST_USE;

/*
 * Let the plan's texts be found by their numbers too, of those dimensions whose values stand in org
 * records (plan/org.h): texts without a number get the next, borrowed for ever. Once a matcher,
 * before it has readers; what it needs comes from `arena`.
 */
void fen_matcher_number(struct fen_matcher *matcher, struct fen_numbering *names,
                        struct fen_arena *arena);

#endif /* FEN_PLAN_MATCH_H */
