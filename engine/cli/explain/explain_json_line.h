/*
 * explain_json_line: the lines of an explained order as JSON: who was considered, and each credit
 * with its steps. Part of explain_json.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_EXPLAIN_EXPLAIN_JSON_LINE_H
#define FEN_CLI_EXPLAIN_EXPLAIN_JSON_LINE_H

#include "cli/explain/explain.h"

/* The fields `considered` and `not_tried` of a line; of a registration, line 0. */
void fen_explain_append_considered(const struct fen_explanation *explanation, int64_t line,
                                   struct fen_buffer *out);

/* The field `lines`. */
void fen_explain_append_lines(const struct fen_explanation *explanation, struct fen_buffer *out);

#endif /* FEN_CLI_EXPLAIN_EXPLAIN_JSON_LINE_H */
