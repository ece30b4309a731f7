/*
 * varint: protobuf's variable-length numbers, seven bits a byte.
 *
 * Why inline and by words: they are most of what a state record consists of.
 *
 * Threads: pure; any.
 */
#ifndef FEN_BASE_VARINT_H
#define FEN_BASE_VARINT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Tags and sizes are 32-bit numbers. */
#define FEN_VARINT_SHORT_BYTES_MAX 5
#define FEN_VARINT_BYTES_MAX 10

/* How the value after a tag is laid out; 3 and 4 (groups) are refused. */
enum fen_wire_type {
    FEN_WIRE_VARINT = 0,
    FEN_WIRE_64 = 1,
    FEN_WIRE_LENGTH = 2,
    FEN_WIRE_32 = 5,
};

/* Byte by byte, near the end of the input. */
static inline const uint8_t *fen_varint_read_slow(const uint8_t *cursor, const uint8_t *end,
                                                  int bytes_max, uint64_t *value_out)
{
    uint64_t value = 0;
    for (int index = 0; index < bytes_max && cursor + index < end; index++) {
        uint8_t byte = cursor[index];
        if (index == FEN_VARINT_BYTES_MAX - 1 && byte > 1)
            return NULL;
        value |= (uint64_t)(byte & 0x7Fu) << (7 * index);
        if (byte < 0x80) {
            *value_out = value;
            return cursor + index + 1;
        }
    }
    return NULL;
}

/* Drop the top bit of each of eight little-endian bytes and close the gaps. */
static inline uint64_t fen_varint_join(uint64_t word)
{
    word = (word & UINT64_C(0x7F007F007F007F00)) >> 1 | (word & UINT64_C(0x007F007F007F007F));
    word = (word & UINT64_C(0x3FFF00003FFF0000)) >> 2 | (word & UINT64_C(0x00003FFF00003FFF));
    return (word & UINT64_C(0x0FFFFFFF00000000)) >> 4 | (word & UINT64_C(0x000000000FFFFFFF));
}

/* Read one; returns the cursor after it, or NULL: cut short, or beyond 64 bits. */
static inline const uint8_t *fen_varint_read(const uint8_t *cursor, const uint8_t *end,
                                             uint64_t *value_out)
{
    if (cursor < end && *cursor < 0x80) {
        *value_out = *cursor;
        return cursor + 1;
    }
    uint64_t word;
    if (end - cursor < (ptrdiff_t)sizeof word)
        return fen_varint_read_slow(cursor, end, FEN_VARINT_BYTES_MAX, value_out);
    memcpy(&word, cursor, sizeof word);
    uint64_t stops = ~le64toh(word) & UINT64_C(0x8080808080808080);
    if (stops == 0) { /* 64 bits that begin with a hash: seven bits of each byte, and the rest */
        uint64_t rest = 0;
        const uint8_t *next = fen_varint_read_slow(cursor + sizeof word, end, 2, &rest);
        *value_out = fen_varint_join(le64toh(word)) | rest << 56;
        return next == NULL || rest > 0xFF ? NULL : next;
    }
    /* Keep the bytes up to the first that has its top bit clear. */
    *value_out = fen_varint_join(le64toh(word) & (stops ^ (stops - 1)));
    return cursor + (__builtin_ctzll(stops) >> 3) + 1;
}

/* Read a tag or a size; NULL: cut short, or beyond 32 bits. */
static inline const uint8_t *fen_varint_read_short(const uint8_t *cursor, const uint8_t *end,
                                                   uint32_t *value_out)
{
    if (cursor < end && *cursor < 0x80) {
        *value_out = *cursor;
        return cursor + 1;
    }
    if (end - cursor >= 2 && cursor[1] < 0x80) {
        *value_out = (cursor[0] & 0x7Fu) | (uint32_t)cursor[1] << 7;
        return cursor + 2;
    }
    uint64_t value;
    cursor = fen_varint_read_slow(cursor, end, FEN_VARINT_SHORT_BYTES_MAX, &value);
    if (cursor == NULL || value > UINT32_MAX)
        return NULL;
    *value_out = (uint32_t)value;
    return cursor;
}

/* Read a size; NULL also when fewer bytes than that are left. */
static inline const uint8_t *fen_varint_read_size(const uint8_t *cursor, const uint8_t *end,
                                                  uint32_t *size_out)
{
    cursor = fen_varint_read_short(cursor, end, size_out);
    return cursor == NULL || *size_out > (size_t)(end - cursor) ? NULL : cursor;
}

/* Past the value of a field of this wire type; NULL: cut short, a group, or no such type. */
static inline const uint8_t *fen_varint_skip_value(const uint8_t *cursor, const uint8_t *end,
                                                   uint32_t wire)
{
    uint64_t varint;
    uint32_t size;
    switch (wire) {
    case FEN_WIRE_VARINT:
        return fen_varint_read(cursor, end, &varint);
    case FEN_WIRE_64:
        return end - cursor < 8 ? NULL : cursor + 8;
    case FEN_WIRE_LENGTH:
        cursor = fen_varint_read_size(cursor, end, &size);
        return cursor == NULL ? NULL : cursor + size;
    case FEN_WIRE_32:
        return end - cursor < 4 ? NULL : cursor + 4;
    default:
        return NULL;
    }
}

/* Write one; returns the cursor after it. May touch FEN_VARINT_BYTES_MAX bytes. */
static inline char *fen_varint_write(char *cursor, uint64_t value)
{
    if (value < 0x80) {
        *cursor = (char)(unsigned char)value;
        return cursor + 1;
    }
    if (value >> 56 != 0) { /* a word of eight bytes does not hold it */
        for (; value >= 0x80; value >>= 7)
            *cursor++ = (char)(unsigned char)(value | 0x80);
        *cursor++ = (char)(unsigned char)value;
        return cursor;
    }
    /* Spread seven bits over each byte, then set the top bit of all bytes but the last. */
    uint64_t word = (value & 0x0FFFFFFF) | (value & UINT64_C(0x00FFFFFFF0000000)) << 4;
    word = (word & UINT64_C(0x00003FFF00003FFF)) | (word & UINT64_C(0x0FFFC0000FFFC000)) << 2;
    word = (word & UINT64_C(0x007F007F007F007F)) | (word & UINT64_C(0x3F803F803F803F80)) << 1;
    uint32_t last_bit = (uint32_t)(63 - __builtin_clzll(word)) & ~UINT32_C(7);
    word = htole64(word | (UINT64_C(0x8080808080808080) & ((UINT64_C(1) << last_bit) - 1)));
    memcpy(cursor, &word, sizeof word);
    return cursor + last_bit / 8 + 1;
}

/* A signed number as protobuf's sint64 has it: small either way of zero. */
static inline uint64_t fen_varint_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

/* The signed number that fen_varint_zigzag made `value` of. */
static inline int64_t fen_varint_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

#endif /* FEN_BASE_VARINT_H */
