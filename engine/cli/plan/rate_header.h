/*
 * rate_header: the headers of a rate sheet, in both languages.
 *
 * Threads: constant; any.
 */
#ifndef FEN_CLI_PLAN_RATE_HEADER_H
#define FEN_CLI_PLAN_RATE_HEADER_H

#include "cli/plan/rate_sheet.h"
#include "plan/words.h"

/* The header of a column (enum fen_rate_column); "" where a role has no portion. */
struct fen_str fen_rate_header(uint32_t column, enum fen_language language,
                               struct fen_arena *arena);

/* The column of a header in either language; FEN_RATE_COLUMN_COUNT: none. */
uint32_t fen_rate_column_of(struct fen_str header, struct fen_arena *arena);

#endif /* FEN_CLI_PLAN_RATE_HEADER_H */
