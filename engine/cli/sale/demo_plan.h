/*
 * demo_plan: the bytes of schemas/plans/demo.yaml, built into the program.
 *
 * Threads: constant; any.
 */
#ifndef FEN_CLI_SALE_DEMO_PLAN_H
#define FEN_CLI_SALE_DEMO_PLAN_H

#include "base/str.h"

/* The bytes; they live as long as the program. */
struct fen_str fen_demo_plan(void);

#endif /* FEN_CLI_SALE_DEMO_PLAN_H */
