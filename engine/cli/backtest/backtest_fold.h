/*
 * backtest_fold: what both sides of a back-test pay, summed by dimension.
 *
 * An amount counts under its role, its funder, its payee, and under the payee's store, that store's
 * region and the guide's level, each as of the order's creation (else of the moment earned): a
 * guide's store is where the guide works; a payee that is neither guide nor store counts under the
 * store the order names. Rows are by tenant and name.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_FOLD_H
#define FEN_CLI_BACKTEST_BACKTEST_FOLD_H

#include "cli/backtest/backtest_run.h"
#include "model/exact.h"

enum fen_backtest_dimension {
    FEN_BACKTEST_ROLE,
    FEN_BACKTEST_STORE,
    FEN_BACKTEST_REGION,
    FEN_BACKTEST_FUNDER,
    FEN_BACKTEST_LEVEL,
    FEN_BACKTEST_PAYEE,
    FEN_BACKTEST_SUBJECT, /* as `fen explain` takes it: order:ID, customer:ID, guide:ID@2026-11 */
    FEN_BACKTEST_DIMENSIONS,
};

struct fen_backtest_row {
    struct fen_str tenant;
    struct fen_str name; /* empty: none, such as the level of a store */
    fen_int128 sums_fen[FEN_BACKTEST_SIDES];
};

/* What is compared: orders created in [from, to), in the plan's currency. */
struct fen_backtest_window {
    int64_t from_ms, to_ms;
    int64_t offset_ms; /* of the plan's time zone */
    struct fen_str currency;
};

struct fen_backtest_fold;

/* The org must outlive the fold. Never NULL; the caller destroys it. */
struct fen_backtest_fold *fen_backtest_fold_create(const struct fen_backtest_window *window,
                                                   const struct fen_org *org) FEN_MUST_USE;
void fen_backtest_fold_destroy(struct fen_backtest_fold *fold);

/* Add what a side's machine has posted for orders. */
void fen_backtest_fold_add_orders(struct fen_backtest_fold *fold, enum fen_backtest_side side,
                                  struct fen_replay_machine *machine);

/* Add an entry beside an order. */
void fen_backtest_fold_add_entry(struct fen_backtest_fold *fold, enum fen_backtest_side side,
                                 const struct fen_backtest_entry *entry);

/*
 * Add an entry of the ledger to the side before; of an order only where add_orders has found it to
 * be in the window.
 */
void fen_backtest_fold_add_posted(struct fen_backtest_fold *fold, const struct fen_entry *entry);

/* Add the rows of another fold, of the other side. */
void fen_backtest_fold_merge(struct fen_backtest_fold *fold,
                             const struct fen_backtest_fold *other);

/* Rows of a dimension, in no particular order; valid until the next add. */
struct fen_backtest_row *fen_backtest_fold_rows(const struct fen_backtest_fold *fold,
                                                enum fen_backtest_dimension dimension,
                                                uint32_t *count_out);

struct fen_backtest_counts {
    uint64_t order_count;          /* in the window */
    uint64_t other_currency_count; /* in it, and not compared */
    uint64_t month_entry_count;    /* of a month that began before the window, not compared */
    uint64_t unplanned_count;      /* orders for which the plan tried is not the one pinned */
};
const struct fen_backtest_counts *fen_backtest_fold_counts(const struct fen_backtest_fold *fold);

#endif /* FEN_CLI_BACKTEST_BACKTEST_FOLD_H */
