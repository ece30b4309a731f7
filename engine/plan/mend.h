/*
 * mend: what a text of a plan was meant to be, and what is odd about it (SPEC §8).
 *
 * Why: people copy plans out of spreadsheets and chats. `１，200`, `30～90` or `2026/10/1` is
 * refused, since a plan is read strictly; but what to write instead is plain, and is said. A mend
 * is only a proposal: whoever makes one reads it first as its place asks, so that what a message
 * tells to write can be written.
 *
 * Threads: pure; any.
 */
#ifndef FEN_PLAN_MEND_H
#define FEN_PLAN_MEND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/parse.h"

/*
 * The text with ASCII signs for full-width ones, without what is invisible and without spaces at
 * its ends; behind a comma a space, behind a full-width colon too where `is_pair`: `a：1` was meant
 * as a key and its value.
 */
struct fen_str fen_mend_text(struct fen_str text, bool is_pair, struct fen_arena *arena);

/* The text without what is invisible, with common spaces, and without any at its ends. */
struct fen_str fen_mend_blanks(struct fen_str text, struct fen_arena *arena);

/* A number as such a text, with neither currency sign nor thousands commas: `￥1,200` -> `1200`. */
struct fen_str fen_mend_number(struct fen_str text, struct fen_arena *arena);

/* Whether nothing but digits, and a point within them, is left of a number. */
bool fen_mend_is_number(struct fen_str mended);

/* A range of such numbers: `30～90`, `30-90`, `30至90` -> `30..90`. */
struct fen_str fen_mend_range(struct fen_str text, struct fen_arena *arena);

/* A local time: `2026/10/1 8:00`, `2026年10月1日` -> `2026-10-01 08:00`, `2026-10-01`. */
struct fen_str fen_mend_time(struct fen_str text, struct fen_arena *arena);

/* What the first odd sign of a text is, as `a full-width percent sign`; FEN_STR_NONE: none is. */
struct fen_str fen_mend_reason(struct fen_str text, enum fen_language language,
                               struct fen_arena *arena);

#endif /* FEN_PLAN_MEND_H */
