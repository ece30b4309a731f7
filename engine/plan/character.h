/*
 * character: code points of UTF-8 text, and the forms of ids and texts (SPEC §3).
 *
 * Why: a plan's columns are counted in characters, and a full-width sign that looks like its ASCII
 * twin has to be named together with the twin.
 *
 * Threads: pure; any.
 */
#ifndef FEN_PLAN_CHARACTER_H
#define FEN_PLAN_CHARACTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * The code point that starts at byte `offset` < text.size, its bytes in *width_out; -1 with width 1
 * where the bytes are not UTF-8 (base/utf8.h).
 */
int32_t fen_character_at(struct fen_str text, uint32_t offset, uint32_t *width_out);

/* C0, DEL or C1. */
bool fen_character_is_control(int32_t character);

/* No sign at all, or one that only steers others: zero width, soft hyphen, direction of writing. */
bool fen_character_is_invisible(int32_t character);

/* The Unicode property White_Space. */
bool fen_character_is_space(int32_t character);

/* 1-128 bytes of UTF-8 without control characters. */
bool fen_character_is_text(struct fen_str text);

/* 1-64 bytes of UTF-8 without control characters, `/` or white space. */
bool fen_character_is_id(struct fen_str text);

/* How many characters a text has. */
uint32_t fen_character_count(struct fen_str text);

/* The text cut to at most `size_max` bytes, never within a character. */
struct fen_str fen_character_clip(struct fen_str text, uint32_t size_max);

#endif /* FEN_PLAN_CHARACTER_H */
