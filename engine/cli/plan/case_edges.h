/*
 * case_edges: what `fen plan test --init` shares: how a case is written, and where the edges of a
 * percentage lie (case_edges.c: rules; case_sums.c: limits, bonuses and tasks).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_PLAN_CASE_EDGES_H
#define FEN_CLI_PLAN_CASE_EDGES_H

#include "base/mark_set.h"
#include "cli/plan/case_make.h"

struct fen_case_edges {
    struct fen_case_maker maker;
    struct fen_mark_set *seen; /* names and events of cases, those of the file included */
    struct fen_buffer *out;
};

/* The word in the language of the plan. */
struct fen_str fen_case_edges_pick(const struct fen_case_edges *edges, const char *english,
                                   const char *chinese);

/*
 * Run a case and append it with what it comes to, as "NAME · EDGE" (EDGE may be empty). Left out
 * when the same case is there already, or when it has no valid events; a name that is taken gets a
 * number.
 */
void fen_case_edges_write(struct fen_case_edges *edges, struct fen_case *one, struct fen_str name,
                          struct fen_str edge);

/* Units of the currency as minor units. */
int64_t fen_case_edges_major(const struct fen_case_edges *edges, int64_t units);

/* The least base at which a percentage comes to an amount, at most FEN_AMOUNT_MAX. */
int64_t fen_case_edges_base(int64_t amount_fen, int64_t rate_ppm);

/* An amount of money behind a word: "step 2 500.00". */
struct fen_str fen_case_edges_place(const struct fen_case_edges *edges, struct fen_str word,
                                    uint32_t number, int64_t amount_fen);

/* Append the cases of limits, bonuses and tasks. */
void fen_case_edges_of_sums(struct fen_case_edges *edges);

#endif /* FEN_CLI_PLAN_CASE_EDGES_H */
