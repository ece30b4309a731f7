/*
 * buffer: bytes that grow at the end; what encoders write into.
 *
 * Why: one buffer a thread, cleared and never freed between records, ends allocation per record.
 * Running out of memory ends the process, as with an arena.
 *
 * Threads: a buffer belongs to one thread at a time.
 */
#ifndef FEN_BASE_BUFFER_H
#define FEN_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"

struct fen_buffer {
    char *data; /* owned; NULL while empty and never used */
    size_t size_bytes;
    size_t capacity_bytes;
};

/* Free the bytes; the struct is then as zero-initialised. */
void fen_buffer_deinit(struct fen_buffer *buffer);

/* Make room for `more_bytes` beyond the end and return where they go; the size does not change. */
char *fen_buffer_reserve(struct fen_buffer *buffer, size_t more_bytes) FEN_MUST_USE;

/* Append bytes, one byte, a str, or printf-formatted text. */
void fen_buffer_append(struct fen_buffer *buffer, const void *bytes, size_t size_bytes);
void fen_buffer_append_byte(struct fen_buffer *buffer, char byte);
void fen_buffer_append_str(struct fen_buffer *buffer, struct fen_str str);
void fen_buffer_append_format(struct fen_buffer *buffer, const char *format, ...) FEN_PRINTF(2, 3);

/* Empty it, keeping the memory. */
static inline void fen_buffer_clear(struct fen_buffer *buffer)
{
    buffer->size_bytes = 0;
}

/* What it holds, borrowed until the next append. */
static inline struct fen_str fen_buffer_str(const struct fen_buffer *buffer)
{
    return (struct fen_str){buffer->data == NULL ? "" : buffer->data, (uint32_t)buffer->size_bytes};
}

#endif /* FEN_BASE_BUFFER_H */
