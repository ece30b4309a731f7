/*
 * compile: the nodes of a plan file -> the flat arrays of a plan (SPEC §8), part by part.
 *
 * Each function reads its part into reader->plan and reports every mistake in it; after the last
 * the plan may be used only if nothing was reported.
 *
 * Threads: any; a reader belongs to one parse.
 */
#ifndef FEN_PLAN_COMPILE_H
#define FEN_PLAN_COMPILE_H

#include "plan/reader.h"

/* The whole plan but its matcher. */
void fen_compile_plan(struct fen_reader *reader, const struct fen_node *root);

/* `roles`: the rules of each role. */
void fen_compile_roles(struct fen_reader *reader, const struct fen_node *node);

/* `when` of one rule. */
void fen_compile_when(struct fen_reader *reader, const struct fen_node *node,
                      struct fen_rule *rule);

/* `limits`, `bonus`, `tasks`. */
void fen_compile_limits(struct fen_reader *reader, const struct fen_node *node);
void fen_compile_bonuses(struct fen_reader *reader, const struct fen_node *node);
void fen_compile_tasks(struct fen_reader *reader, const struct fen_node *node);

#endif /* FEN_PLAN_COMPILE_H */
