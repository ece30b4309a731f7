/*
 * totals: sums over entries as people read them: per role, and in all. Many payees' amounts are
 * added here, each of 64 bits: hence sums of 128.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_TEXT_TOTALS_H
#define FEN_CLI_TEXT_TOTALS_H

#include <stdint.h>
#include <stdio.h>

#include "model/entry.h"
#include "model/exact.h"
#include "wire/counters.h"

struct fen_role_total {
    uint64_t entry_count;
    fen_int128 amount_fen;
};

struct fen_totals {
    struct fen_role_total roles[FEN_ROLE_NAME_COUNT];
    uint64_t entry_count;
    fen_int128 amount_fen;
};

/* Count one entry. */
void fen_totals_add(struct fen_totals *totals, const struct fen_entry *entry);

/* A table of the roles that have entries, the greatest first, and the sum; in minor units' yuan. */
void fen_totals_print(const struct fen_totals *totals, FILE *out);

/*
 * "<events> read = <applied> applied + <duplicate> duplicate + <late> late + <dead> dead-lettered
 * (balanced ✓)", and a line each, where there are some, for the codes of the dead letters and for
 * the duplicates that conflict.
 */
void fen_balance_print(const struct fen_counters *counters, FILE *out);

/* The role in the language chosen: "share", "分享". */
const char *fen_role_title(enum fen_role role);

/* Columns a text takes on a terminal: a Chinese character two. */
int fen_text_columns(const char *text);

/* An amount in fen as "-1,234.56". */
#define FEN_MONEY_TEXT_BYTES 64
const char *fen_money_format(fen_int128 amount_fen, char out[FEN_MONEY_TEXT_BYTES]);

/* An amount in fen as "-123456". */
const char *fen_sum_format(fen_int128 amount_fen, char out[FEN_MONEY_TEXT_BYTES]);

/* A count as "12,345". */
const char *fen_count_format(uint64_t count, char out[FEN_MONEY_TEXT_BYTES]);

#endif /* FEN_CLI_TEXT_TOTALS_H */
