/*
 * str: a borrowed run of bytes; how every id and text travels through the core.
 *
 * Why: ids arrive inside records and leave inside records; copying them into C strings on the way
 * would be the engine's largest cost. A str owns nothing: the arena, table or record it points into
 * must outlive it. An absent text has data NULL; an empty one cannot occur (SPEC §3: 1-64 bytes).
 *
 * Threads: values; any.
 */
#ifndef FEN_BASE_STR_H
#define FEN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fen_str {
    const char *data; /* NULL: absent. Not NUL-terminated. */
    uint32_t size;    /* bytes */
};

/* A str over a string literal. */
#define FEN_STR(literal) ((struct fen_str){(literal), (uint32_t)(sizeof(literal) - 1)})

/* The absent str. */
#define FEN_STR_NONE ((struct fen_str){NULL, 0})

/* For printf's "%.*s". */
#define FEN_STR_ARG(str) (int)(str).size, (str).data == NULL ? "" : (str).data

/* A str over a NUL-terminated string that outlives it; NULL gives the absent str. Thread: any. */
static inline struct fen_str fen_str_from(const char *text)
{
    return (struct fen_str){text, text == NULL ? 0 : (uint32_t)strlen(text)};
}

/* Whether a text is there at all. Thread: any. */
static inline bool fen_str_is_set(struct fen_str str)
{
    return str.data != NULL;
}

/*
 * Bytewise equality (SPEC: comparisons of ids are bytewise); absent equals absent. Ids of 4 to 16
 * bytes, which most are, need no call: their first and last words overlap. Thread: any.
 */
static inline bool fen_str_equal(struct fen_str a, struct fen_str b)
{
    if (a.size != b.size)
        return false;
    if (a.size >= 8 && a.size <= 16) {
        uint64_t first[2], last[2];
        memcpy(&first[0], a.data, 8);
        memcpy(&first[1], b.data, 8);
        memcpy(&last[0], a.data + a.size - 8, 8);
        memcpy(&last[1], b.data + b.size - 8, 8);
        return ((first[0] ^ first[1]) | (last[0] ^ last[1])) == 0;
    }
    if (a.size >= 4 && a.size < 8) {
        uint32_t first[2], last[2];
        memcpy(&first[0], a.data, 4);
        memcpy(&first[1], b.data, 4);
        memcpy(&last[0], a.data + a.size - 4, 4);
        memcpy(&last[1], b.data + b.size - 4, 4);
        return ((first[0] ^ first[1]) | (last[0] ^ last[1])) == 0;
    }
    return a.size == 0 || memcmp(a.data, b.data, a.size) == 0;
}

/* Whether two texts are the very same bytes in memory: quicker than equal, and only sufficient. */
static inline bool fen_str_is_same(struct fen_str a, struct fen_str b)
{
    return a.data == b.data && a.size == b.size;
}

/* Write the bytes at `to`, which has room for them; returns the end. As above: no call for most. */
static inline char *fen_str_write(char *to, struct fen_str str)
{
    if (str.size >= 8 && str.size <= 16) {
        uint64_t first, last;
        memcpy(&first, str.data, 8);
        memcpy(&last, str.data + str.size - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + str.size - 8, &last, 8);
    } else if (str.size >= 4 && str.size < 8) {
        uint32_t first, last;
        memcpy(&first, str.data, 4);
        memcpy(&last, str.data + str.size - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + str.size - 4, &last, 4);
    } else if (str.size > 0) {
        memcpy(to, str.data, str.size);
    }
    return to + str.size;
}

/*
 * The parts of a key "first/rest" at its first slash, which ids do not have (SPEC §3). False, with
 * both untouched, where there is none. Thread: any.
 */
static inline bool fen_str_split(struct fen_str key, struct fen_str *first_out,
                                 struct fen_str *rest_out)
{
    const char *slash = key.size == 0 ? NULL : memchr(key.data, '/', key.size);
    if (slash == NULL)
        return false;
    uint32_t size = (uint32_t)(slash - key.data);
    *first_out = (struct fen_str){key.data, size};
    *rest_out = (struct fen_str){slash + 1, key.size - size - 1};
    return true;
}

/* The text without the spaces (0x20) at its ends. Thread: any. */
static inline struct fen_str fen_str_trim(struct fen_str text)
{
    while (text.size > 0 && text.data[0] == ' ')
        text = (struct fen_str){text.data + 1, text.size - 1};
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

/* Bytewise order, a prefix before what it begins, absent first: <0, 0, >0. Thread: any. */
static inline int fen_str_compare(struct fen_str a, struct fen_str b)
{
    uint32_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.data, b.data, size);
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

#endif /* FEN_BASE_STR_H */
