/* buffer: see buffer.h. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fen_buffer_deinit(struct fen_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct fen_buffer){0};
}

char *fen_buffer_reserve(struct fen_buffer *buffer, size_t more_bytes)
{
    size_t needed = buffer->size_bytes + more_bytes;
    if (needed > buffer->capacity_bytes) {
        size_t capacity = buffer->capacity_bytes < 256 ? 256 : buffer->capacity_bytes;
        while (capacity < needed)
            capacity *= 2;
        buffer->data = realloc(buffer->data, capacity);
        FEN_ASSERT(buffer->data != NULL && "out of memory");
        buffer->capacity_bytes = capacity;
    }
    return buffer->data + buffer->size_bytes;
}

void fen_buffer_append(struct fen_buffer *buffer, const void *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return;
    memcpy(fen_buffer_reserve(buffer, size_bytes), bytes, size_bytes);
    buffer->size_bytes += size_bytes;
}

void fen_buffer_append_byte(struct fen_buffer *buffer, char byte)
{
    *fen_buffer_reserve(buffer, 1) = byte;
    buffer->size_bytes++;
}

void fen_buffer_append_str(struct fen_buffer *buffer, struct fen_str str)
{
    fen_buffer_append(buffer, str.data, str.size);
}

void fen_buffer_append_format(struct fen_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    FEN_ASSERT(size >= 0);
    char *end = fen_buffer_reserve(buffer, (size_t)size + 1);
    vsnprintf(end, (size_t)size + 1, format, again);
    va_end(again);
    buffer->size_bytes += (size_t)size;
}
