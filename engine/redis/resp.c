/* resp: see resp.h. */
#include "redis/resp.h"

#include <string.h>

#define COUNT_DIGITS 6
#define NUMBER_BYTES_MAX 20 /* of INT64_MIN */

/* Decimal digits of a number at the end of `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return end;
}

static void append_header(struct fen_buffer *out, char kind, uint64_t number)
{
    char digits[NUMBER_BYTES_MAX];
    char *end = digits + sizeof digits;
    char *first = digits_before(end, number);
    size_t size = (size_t)(end - first);
    char *to = fen_buffer_reserve(out, size + 3);
    to[0] = kind;
    memcpy(to + 1, first, size);
    memcpy(to + 1 + size, "\r\n", 2);
    out->size_bytes += size + 3;
}

void fen_resp_append_array(struct fen_buffer *out, uint32_t count)
{
    append_header(out, '*', count);
}

void fen_resp_append_text(struct fen_buffer *out, struct fen_str text)
{
    append_header(out, '$', text.size);
    fen_buffer_append(out, text.data, text.size);
    fen_buffer_append(out, "\r\n", 2);
}

void fen_resp_append_joined(struct fen_buffer *out, const struct fen_str *parts, uint32_t count)
{
    uint64_t size = 0;
    for (uint32_t index = 0; index < count; index++)
        size += parts[index].size;
    append_header(out, '$', size);
    for (uint32_t index = 0; index < count; index++)
        fen_buffer_append(out, parts[index].data, parts[index].size);
    fen_buffer_append(out, "\r\n", 2);
}

void fen_resp_append_number(struct fen_buffer *out, int64_t number)
{
    char digits[NUMBER_BYTES_MAX];
    char *end = digits + sizeof digits;
    /* Unsigned negation, since -INT64_MIN is no int64_t. */
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *first = digits_before(end, magnitude);
    if (number < 0)
        *--first = '-';
    fen_resp_append_text(out, (struct fen_str){first, (uint32_t)(end - first)});
}

size_t fen_resp_append_count(struct fen_buffer *out, uint32_t count)
{
    fen_buffer_append(out, "$6\r\n000000\r\n", 12);
    size_t offset = out->size_bytes - 2 - COUNT_DIGITS;
    fen_resp_set_count(out, offset, count);
    return offset;
}

void fen_resp_set_count(struct fen_buffer *out, size_t offset, uint32_t count)
{
    FEN_ASSERT(count <= 999999 && offset + COUNT_DIGITS <= out->size_bytes);
    char *digit = out->data + offset + COUNT_DIGITS;
    for (int place = 0; place < COUNT_DIGITS; place++) {
        *--digit = (char)('0' + count % 10);
        count /= 10;
    }
}
