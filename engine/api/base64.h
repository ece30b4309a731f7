/*
 * base64: bytes as text of RFC 4648's URL alphabet, without padding; what tokens and keys are
 * written in.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_API_BASE64_H
#define FEN_API_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

/* Append the bytes as text. */
void fen_base64_append(struct fen_buffer *out, const void *bytes, size_t size_bytes);

/*
 * Append what the text stands for. False, with `out` undefined beyond its old size, when it is no
 * such text; of two texts for the same bytes only the one that fen_base64_append writes is taken.
 */
bool fen_base64_read(struct fen_str text, struct fen_buffer *out) FEN_MUST_USE;

#endif /* FEN_API_BASE64_H */
