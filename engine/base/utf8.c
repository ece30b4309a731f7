/* utf8: see utf8.h. The ranges are those of the Unicode standard, table 3-7. */
#include "base/utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0u) == 0x80u;
}

/* The length a lead byte announces, 0 for a byte that cannot lead. */
static uint32_t lead_length(unsigned char lead)
{
    if (lead < 0x80u)
        return 1;
    if (lead >= 0xC2u && lead <= 0xDFu)
        return 2;
    if (lead >= 0xE0u && lead <= 0xEFu)
        return 3;
    return lead >= 0xF0u && lead <= 0xF4u ? 4 : 0;
}

uint32_t fen_utf8_read(const char *bytes, size_t size_bytes, uint32_t *code_point_out)
{
    static const unsigned char lead_mask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)bytes;
    uint32_t length = lead_length(at[0]);
    if (length == 0 || length > size_bytes)
        return 0;
    uint32_t code_point = at[0] & lead_mask[length];
    for (uint32_t index = 1; index < length; index++) {
        if (!is_continuation(at[index]))
            return 0;
        code_point = code_point << 6 | (at[index] & 0x3Fu);
    }
    bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < smallest[length] || code_point > 0x10FFFF || is_surrogate)
        return 0;
    *code_point_out = code_point;
    return length;
}

/* Three bytes, as Chinese has them, not near the end of three-byte range: the common case. */
static inline bool is_plain_three(const char *at, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return end - at >= 3 && bytes[0] >= 0xE1u && bytes[0] <= 0xECu && is_continuation(bytes[1])
           && is_continuation(bytes[2]);
}

bool fen_utf8_is_valid(const char *bytes, size_t size_bytes)
{
    if (fen_utf8_is_ascii(bytes, size_bytes))
        return true;
    const char *end = bytes + size_bytes;
    for (const char *at = bytes; at < end;) {
        uint32_t code_point;
        uint32_t length = is_plain_three(at, end)
                              ? 3
                              : fen_utf8_read(at, (size_t)(end - at), &code_point);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
