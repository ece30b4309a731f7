/* csv_encoding: see the header. */
#include "cli/text/csv_encoding.h"

#include <iconv.h>
#include <string.h>

#include "base/utf8.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* The least lead byte of a sign of three bytes, as every Chinese one is. */
#define LEAD_OF_THREE 0xE0

/* GBK in UTF-8, in the arena; absent: it is no GBK either. GB 18030 is GBK and more. */
static struct fen_str from_gbk(struct fen_str bytes, struct fen_arena *arena)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1)
        return FEN_STR_NONE;
    size_t room = (size_t)bytes.size * 3 + 16, in_left = bytes.size, out_left = room;
    char *copy = fen_arena_allocate(arena, (size_t)bytes.size + 1);
    char *out = fen_arena_allocate(arena, room);
    memcpy(copy, bytes.data, bytes.size);
    char *in_at = copy, *out_at = out;
    size_t done = iconv(converter, &in_at, &in_left, &out_at, &out_left);
    (void)iconv_close(converter);
    if (done == (size_t)-1 || in_left > 0)
        return FEN_STR_NONE;
    return (struct fen_str){out, (uint32_t)(room - out_left)};
}

/* Whether signs beyond ASCII are all such of two bytes: rare in UTF-8 here, the rule in GBK. */
static bool is_of_pairs(struct fen_str text)
{
    bool has_pair = false;
    for (uint32_t index = 0; index < text.size; index++) {
        uint8_t byte = (uint8_t)text.data[index];
        if (byte >= LEAD_OF_THREE)
            return false;
        has_pair = has_pair || byte >= 0x80;
    }
    return has_pair;
}

/* How many of a text's words beyond ASCII are known. */
static uint32_t known_count(struct fen_str text, struct fen_str known)
{
    uint32_t count = 0;
    for (uint32_t start = 0, end; start < text.size; start = end + 1) {
        for (end = start; end < text.size && (uint8_t)text.data[end] >= 0x80; end++)
            continue;
        count += end > start &&
                 memmem(known.data, known.size, text.data + start, end - start) != NULL;
    }
    return count;
}

enum fen_csv_status fen_csv_decode(struct fen_str bytes, struct fen_str known,
                                   struct fen_arena *arena, struct fen_str *text_out)
{
    bool is_marked = bytes.size >= 3 && memcmp(bytes.data, BYTE_ORDER_MARK, 3) == 0;
    if (is_marked)
        bytes = (struct fen_str){bytes.data + 3, bytes.size - 3};
    bool is_utf8 = fen_utf8_is_valid(bytes.data, bytes.size);
    *text_out = bytes;
    if (is_utf8 && (is_marked || !is_of_pairs(bytes)))
        return FEN_CSV_OK;
    struct fen_str text = from_gbk(bytes, arena);
    if (!fen_str_is_set(text))
        return is_utf8 ? FEN_CSV_OK : FEN_CSV_ENCODING;
    uint32_t as_utf8 = is_utf8 ? known_count(bytes, known) : 0;
    uint32_t as_gbk = known_count(text, known);
    if (is_utf8 && as_utf8 == as_gbk)
        return FEN_CSV_AMBIGUOUS;
    if (!is_utf8 || as_gbk > as_utf8)
        *text_out = text;
    return FEN_CSV_OK;
}
