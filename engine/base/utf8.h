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
#include <string.h>

#include "base/assert.h"

/*
 * Read the code point at `bytes` (size_bytes > 0) into *code_point_out.
 * Returns: its length 1-4, or 0 when no valid one begins here (stray or missing continuation,
 * over-long form, surrogate, beyond U+10FFFF); *code_point_out is then untouched.
 */
uint32_t fen_utf8_read(const char *bytes, size_t size_bytes, uint32_t *code_point_out) FEN_MUST_USE;

/* Whether the bytes are all ASCII; whole words first, then one that ends where the bytes end. */
static inline bool fen_utf8_is_ascii(const char *bytes, size_t size_bytes)
{
    uint64_t word, all = 0;
    uint32_t half, halves = 0;
    if (size_bytes >= sizeof word) {
        for (size_t at = 0; at + sizeof word < size_bytes; at += sizeof word) {
            memcpy(&word, bytes + at, sizeof word);
            all |= word;
        }
        memcpy(&word, bytes + size_bytes - sizeof word, sizeof word);
        return ((all | word) & UINT64_C(0x8080808080808080)) == 0;
    }
    if (size_bytes >= sizeof half) {
        memcpy(&half, bytes, sizeof half);
        memcpy(&halves, bytes + size_bytes - sizeof half, sizeof half);
        return ((half | halves) & UINT32_C(0x80808080)) == 0;
    }
    for (size_t at = 0; at < size_bytes; at++)
        halves |= (unsigned char)bytes[at];
    return (halves & 0x80u) == 0;
}

/* Whether all of `bytes` is valid UTF-8; zero bytes are. */
bool fen_utf8_is_valid(const char *bytes, size_t size_bytes) FEN_MUST_USE;

#endif /* FEN_BASE_UTF8_H */
