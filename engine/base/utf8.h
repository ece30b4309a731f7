/*
 * utf8: whether bytes are UTF-8, and the code points in them.
 *
 * Why: every text that comes from outside is checked once, where it enters (SPEC §3), so that what
 * leaves (JSON, Redis, the page) need not be. Plain ASCII, nearly all there is, goes eight bytes at
 * a time.
 *
 * Threads: pure; any.
 */
#ifndef FEN_BASE_UTF8_H
#define FEN_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

/*
 * Read the code point at `bytes` (size_bytes > 0) into *code_point_out.
 * Returns: its length 1-4, or 0 when no valid one begins here (stray or missing continuation,
 * over-long form, surrogate, beyond U+10FFFF); *code_point_out is then untouched.
 */
uint32_t fen_utf8_read(const char *bytes, size_t size_bytes, uint32_t *code_point_out) FEN_MUST_USE;

/* Whether all of `bytes` is valid UTF-8; zero bytes are. */
bool fen_utf8_is_valid(const char *bytes, size_t size_bytes) FEN_MUST_USE;

#endif /* FEN_BASE_UTF8_H */
