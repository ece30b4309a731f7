/*
 * backtest_report: the two sides compared, in the order in which people read them.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_REPORT_H
#define FEN_CLI_BACKTEST_BACKTEST_REPORT_H

#include "cli/backtest/backtest_fold.h"
#include "cli/options/language.h"
#include "cli/text/totals.h"

/* Rows told at the most: winners, losers, largest changes; of a dimension, in text and plots. */
#define FEN_BACKTEST_TOP_COUNT 10u
#define FEN_BACKTEST_ROWS_TOLD 20u

/* Changes per guide: below -10,000, ..., below 0, 0, above 0, ..., above 10,000. */
#define FEN_BACKTEST_BUCKETS 11u

/* The most the total may change. */
struct fen_backtest_limit {
    const char *text; /* as given; NULL: none */
    bool is_rate;
    int64_t rate_ppm;
    int64_t amount_fen;
};

/* One of the largest changes, explained on both sides. */
struct fen_backtest_change {
    struct fen_backtest_row row; /* name: as `fen explain` takes it */
    struct fen_str text[FEN_BACKTEST_SIDES]; /* what the two have in common mostly left out */
    struct fen_str json[FEN_BACKTEST_SIDES];
};

struct fen_backtest_rows {
    struct fen_backtest_row *rows;
    uint32_t count;
};

struct fen_backtest_report {
    struct fen_str tenant; /* compared alone; absent: every tenant there is */
    struct fen_backtest_window window;
    uint32_t decimals;                       /* of the currency */
    struct fen_str plans[FEN_BACKTEST_SIDES]; /* "id@version FILE"; before absent: posted */
    struct fen_backtest_limit limit;
    bool is_exceeded;
    struct fen_backtest_counts counts;
    uint64_t refused_count; /* events that were no events */
    fen_int128 sums_fen[FEN_BACKTEST_SIDES];
    /* The largest change first; of subjects the first few only. */
    struct fen_backtest_rows dimensions[FEN_BACKTEST_DIMENSIONS];
    struct fen_backtest_rows winners, losers;                     /* payees, likewise, the first */
    uint32_t winner_count, loser_count, same_count;
    fen_int128 won_fen, lost_fen;
    uint64_t buckets[FEN_BACKTEST_BUCKETS]; /* guides by change */
    uint32_t guide_count;
    struct fen_backtest_change *changes;
    uint32_t change_count;
};

/* Fill the report from the fold: all but plans, limit and explanations. Memory: the arena's. */
void fen_backtest_report_fill(struct fen_backtest_report *report,
                              const struct fen_backtest_fold *fold, struct fen_arena *arena);

/* "5%" or money; false: it is neither. */
bool fen_backtest_limit_read(const char *text, uint32_t decimals,
                             struct fen_backtest_limit *limit_out) FEN_MUST_USE;

/* Whether the change of the total is beyond the limit. */
bool fen_backtest_limit_is_exceeded(const struct fen_backtest_limit *limit,
                                    const fen_int128 sums_fen[FEN_BACKTEST_SIDES]);

/* After minus before. */
static inline fen_int128 fen_backtest_change_of(const fen_int128 sums_fen[FEN_BACKTEST_SIDES])
{
    return sums_fen[FEN_BACKTEST_AFTER] - sums_fen[FEN_BACKTEST_BEFORE];
}

/* The bucket of a change, and how it is called: "-1,000 to -100". */
uint32_t fen_backtest_bucket(fen_int128 change_fen, uint32_t decimals);
const char *fen_backtest_bucket_title(uint32_t bucket);

/* "-1,234.56" by the currency's decimals; the change with its sign; "+3.2%" of before. */
const char *fen_backtest_money(const struct fen_backtest_report *report, fen_int128 amount_fen,
                               char out[FEN_MONEY_TEXT_BYTES]);
const char *fen_backtest_signed(const struct fen_backtest_report *report, fen_int128 amount_fen,
                                char out[FEN_MONEY_TEXT_BYTES]);
const char *fen_backtest_percent(const fen_int128 sums_fen[FEN_BACKTEST_SIDES],
                                 char out[FEN_MONEY_TEXT_BYTES]);

/* What a dimension is called in the language chosen, and in files for machines. */
const char *fen_backtest_dimension_title(enum fen_backtest_dimension dimension);
const char *fen_backtest_dimension_name(enum fen_backtest_dimension dimension);

/* What a role, given by its name in files, is called in the language chosen. */
struct fen_str fen_backtest_role_title(struct fen_str name);

/* What a row is called: roles in the language chosen, a tenant in front but for the default. */
struct fen_str fen_backtest_row_title(struct fen_arena *arena,
                                      enum fen_backtest_dimension dimension,
                                      const struct fen_backtest_row *row);

/*
 * What was not compared, each between `open` and `close`: orders, where there are none, orders in
 * another currency, months that the window cuts, lines that are no events.
 */
void fen_backtest_say_omissions(const struct fen_backtest_report *report, const char *open,
                                const char *close, struct fen_buffer *out);

/* "2026-10-01 00:00" in the plan's time zone; "…" where the window is open. */
const char *fen_backtest_time(const struct fen_backtest_report *report, int64_t time_ms,
                              char out[FEN_MONEY_TEXT_BYTES]);

/* Append the report in its four forms: for people, for programs (one object, without a line end),
 * for spreadsheets, to print. */
void fen_backtest_append_text(const struct fen_backtest_report *report, struct fen_arena *arena,
                              struct fen_buffer *out);
void fen_backtest_append_json(const struct fen_backtest_report *report, struct fen_buffer *out);
void fen_backtest_append_csv(const struct fen_backtest_report *report, struct fen_buffer *out);
void fen_backtest_append_html(const struct fen_backtest_report *report, struct fen_arena *arena,
                              struct fen_buffer *out);

#endif /* FEN_CLI_BACKTEST_BACKTEST_REPORT_H */
