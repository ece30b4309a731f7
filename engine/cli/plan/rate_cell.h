/*
 * rate_cell: cells of a rate sheet as nodes of a plan file, each with the sheet's row and column
 * for a place (rate_sheet.h).
 *
 * Several values of a cell are parted by `;`. A sign that parts or brackets values, here or in a
 * plan file, has `\` before it where it belongs to a value: so a list that was written as in a
 * plan file is found, and not taken for one long text.
 *
 * Threads: any; nodes live in the reader's arena, mistakes go to its diagnostics.
 */
#ifndef FEN_CLI_PLAN_RATE_CELL_H
#define FEN_CLI_PLAN_RATE_CELL_H

#include "plan/reader.h"

/* The width in bytes of a sign that a value has with `\` before it; 0: none is at the offset. */
uint32_t fen_rate_sign(struct fen_str text, uint32_t offset);

/* A node without children. */
struct fen_node *fen_rate_node(struct fen_reader *reader, enum fen_node_kind kind,
                               struct fen_place place);

/* A single value. BROKEN, reported: full-width signs that a file refuses when it is read. */
struct fen_node *fen_rate_scalar(struct fen_reader *reader, struct fen_place place);

/* The values of a cell as a list, or the one there is; numbers (not `is_text`) may have commas. */
struct fen_node *fen_rate_values(struct fen_reader *reader, struct fen_place place, bool is_text);

/* `0=3%; 50000.00=4%` as a list of pairs. */
struct fen_node *fen_rate_tiers(struct fen_reader *reader, struct fen_place place);

#endif /* FEN_CLI_PLAN_RATE_CELL_H */
