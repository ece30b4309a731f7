/*
 * explain_text: an explanation for people, in the language chosen: sentences, and how times,
 * amounts and durations are written in them.
 *
 * Threads: main.
 */
#ifndef FEN_CLI_EXPLAIN_EXPLAIN_TEXT_H
#define FEN_CLI_EXPLAIN_EXPLAIN_TEXT_H

#include "cli/explain/explain.h"
#include "cli/options/language.h"

/* printf in the language chosen, at the end of `out`. */
void fen_explain_say(struct fen_buffer *out, const char *english, const char *chinese, ...)
    FEN_PRINTF(2, 4) FEN_PRINTF(3, 4);

/* "2026-11-02 10:00:00.001" in the plan's time zone; milliseconds only where there are some. */
const char *fen_explain_time(const struct fen_explanation *explanation, int64_t time_ms);

/* "2d 3h", "2 天 3 小时". */
const char *fen_explain_duration(const struct fen_explanation *explanation, int64_t duration_ms);

/* An amount in major units: "-1,234.56". */
const char *fen_explain_money(const struct fen_explanation *explanation, int64_t amount_fen);

/* An amount before its floor: "13.325"; "…" where the digits go on. */
const char *fen_explain_exact(const struct fen_explanation *explanation, struct fen_exact amount,
                              fen_uint128 scale);

/* "4.5%". */
const char *fen_explain_rate(const struct fen_explanation *explanation, int64_t rate_ppm);

/* The line's part: base, who was considered, and each credit (explain_text_line.c). */
void fen_explain_say_line(const struct fen_explanation *explanation,
                          const struct fen_work_line *line, struct fen_buffer *out);

/* Those considered on a line; of a registration, line 0. */
void fen_explain_say_considered(const struct fen_explanation *explanation, int64_t line,
                                struct fen_buffer *out);

#endif /* FEN_CLI_EXPLAIN_EXPLAIN_TEXT_H */
