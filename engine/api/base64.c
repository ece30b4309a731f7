/* base64: see base64.h. */
#include "api/base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void fen_base64_append(struct fen_buffer *out, const void *bytes, size_t size_bytes)
{
    const uint8_t *from = bytes;
    uint32_t bits = 0;
    int count = 0;
    for (size_t index = 0; index < size_bytes; index++) {
        bits = bits << 8 | from[index];
        count += 8;
        for (; count >= 6; count -= 6)
            fen_buffer_append_byte(out, alphabet[bits >> (count - 6) & 63]);
    }
    if (count > 0)
        fen_buffer_append_byte(out, alphabet[bits << (6 - count) & 63]);
}

static int value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    if (letter == '-')
        return 62;
    return letter == '_' ? 63 : -1;
}

bool fen_base64_read(struct fen_str text, struct fen_buffer *out)
{
    uint32_t bits = 0;
    int count = 0;
    for (uint32_t index = 0; index < text.size; index++) {
        int value = value_of(text.data[index]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        fen_buffer_append_byte(out, (char)(bits >> count & 255));
    }
    /* What is left over is less than a letter, and zero: else two texts would mean the same. */
    return count < 6 && (bits & ((1u << count) - 1)) == 0;
}
