/*
 * event_check: single values of an event (event_form.h).
 *
 * Where SPEC §3 leaves room: control characters are Unicode's category Cc (C0, DEL, C1), white
 * space is Unicode's property White_Space, so an id cannot end in a no-break or an ideographic
 * space; a time out of bounds is BAD_AMOUNT ("negative, out of bounds").
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "wire/event_form.h"

#define SENTENCE_BYTES_MAX 512

/* "lines[3].sku " or "sku ". */
static int place_write(char *text, size_t size_bytes, struct fen_event_place place)
{
    if (place.list == NULL)
        return snprintf(text, size_bytes, "%s ", place.field);
    return snprintf(text, size_bytes, "%s[%u].%s ", place.list, place.index, place.field);
}

void fen_event_fault_add(struct fen_event_fault *fault, enum fen_refusal code,
                         struct fen_event_place place, const char *format, ...)
{
    if (fault->code != FEN_REFUSAL_NONE && fault->code <= code)
        return;
    char text[SENTENCE_BYTES_MAX];
    int start = place_write(text, sizeof text, place);
    FEN_ASSERT(start > 0 && start < SENTENCE_BYTES_MAX / 2);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text + start, sizeof text - (size_t)start, format, arguments);
    va_end(arguments);
    FEN_ASSERT(size >= 0 && size < SENTENCE_BYTES_MAX - start);
    fault->code = code;
    fault->sentence =
        fen_arena_copy(fault->arena, (struct fen_str){text, (uint32_t)(start + size)});
}

static bool is_white_space(uint32_t code_point)
{
    return (code_point >= 0x09 && code_point <= 0x0D) || code_point == 0x20 || code_point == 0x85
           || code_point == 0xA0 || code_point == 0x1680
           || (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028
           || code_point == 0x2029 || code_point == 0x202F || code_point == 0x205F
           || code_point == 0x3000;
}

static bool is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* A top bit for (at least) each byte that is zero, and none when no byte is. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - EVERY_BYTE(1)) & ~word & EVERY_BYTE(0x80);
}

/* Whether eight bytes are ASCII from `lowest` on, neither DEL nor `refused`. */
static inline bool word_is_plain(uint64_t word, unsigned char lowest, unsigned char refused)
{
    uint64_t below = (word - EVERY_BYTE(lowest)) & EVERY_BYTE(0x80);
    return ((word & EVERY_BYTE(0x80)) | below | zero_bytes(word ^ EVERY_BYTE(0x7F))
            | zero_bytes(word ^ EVERY_BYTE(refused)))
           == 0;
}

/* The bytes of a text of 1 to 7, some of them twice. */
static inline uint64_t short_word(struct fen_str text)
{
    uint32_t first, last;
    if (text.size >= sizeof first) {
        memcpy(&first, text.data, sizeof first);
        memcpy(&last, text.data + text.size - sizeof last, sizeof last);
        return first | (uint64_t)last << 32;
    }
    const unsigned char *bytes = (const unsigned char *)text.data;
    return EVERY_BYTE('a') << 24 | bytes[0] | (uint64_t)bytes[text.size / 2] << 8
           | (uint64_t)bytes[text.size - 1] << 16;
}

/* The quick answer for plain ASCII, which nearly all ids are; false means look closer. */
static bool is_plain(struct fen_str text, bool is_id)
{
    uint64_t word;
    unsigned char lowest = is_id ? ' ' + 1 : ' ';
    unsigned char refused = is_id ? '/' : 0x7F;
    if (text.size < sizeof word)
        return word_is_plain(short_word(text), lowest, refused);
    memcpy(&word, text.data + text.size - sizeof word, sizeof word);
    bool is_good = word_is_plain(word, lowest, refused);
    for (uint32_t at = 0; is_good && at + sizeof word < text.size; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        is_good = word_is_plain(word, lowest, refused);
    }
    return is_good;
}

/* Whether no character is a control character or, in an id, '/' or white space. */
static bool characters_are_good(struct fen_str text, bool is_id)
{
    if (is_plain(text, is_id))
        return true;
    for (uint32_t index = 0; index < text.size;) {
        uint32_t code_point = (unsigned char)text.data[index];
        uint32_t length = 1;
        if (code_point >= 0x80)
            length = fen_utf8_read(text.data + index, text.size - index, &code_point);
        if (length == 0 || is_control(code_point))
            return false;
        if (is_id && (code_point == '/' || is_white_space(code_point)))
            return false;
        index += length;
    }
    return true;
}

bool fen_event_is_id(struct fen_str text)
{
    return text.size > 0 && text.size <= FEN_ID_SIZE_BYTES_MAX && characters_are_good(text, true);
}

static void add_missing(struct fen_event_fault *fault, struct fen_event_place place)
{
    fen_event_fault_add(fault, FEN_REFUSAL_MISSING_FIELD, place, "is missing: send it");
}

void fen_event_check_id(struct fen_event_fault *fault, struct fen_event_place place,
                        struct fen_str id, bool is_required)
{
    if (!fen_str_is_set(id)) {
        if (is_required)
            add_missing(fault, place);
    } else if (!fen_event_is_id(id)) {
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_ID, place,
                            "is no id: an id has 1 to 64 bytes without control characters, '/' or "
                            "white space; this has %u bytes",
                            id.size);
    }
}

void fen_event_check_text(struct fen_event_fault *fault, struct fen_event_place place,
                          struct fen_str text, bool is_required)
{
    if (!fen_str_is_set(text)) {
        if (is_required)
            add_missing(fault, place);
    } else if (text.size == 0 || text.size > FEN_TEXT_SIZE_BYTES_MAX
               || !characters_are_good(text, false)) {
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_ID, place,
                            "is out of form: a text has 1 to 128 bytes without control "
                            "characters; this has %u bytes",
                            text.size);
    }
}

void fen_event_check_time(struct fen_event_fault *fault, struct fen_event_place place,
                          int64_t time_ms, bool is_required)
{
    if (time_ms == FEN_NONE) {
        if (is_required)
            add_missing(fault, place);
    } else if (time_ms < 0 || time_ms > FEN_TIME_MS_MAX) {
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_AMOUNT, place,
                            "is %lld: a time is milliseconds since 1970 UTC, before the year 9988",
                            (long long)time_ms);
    }
}

void fen_event_check_amount(struct fen_event_fault *fault, struct fen_event_place place,
                            int64_t amount_fen, bool is_required)
{
    if (amount_fen == FEN_NONE) {
        if (is_required)
            add_missing(fault, place);
    } else if (amount_fen < 0 || amount_fen > FEN_AMOUNT_MAX) {
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_AMOUNT, place,
                            "is %lld: an amount lies in 0 to 10^15", (long long)amount_fen);
    }
}

void fen_event_check_quantity(struct fen_event_fault *fault, struct fen_event_place place,
                              int64_t quantity, int64_t quantity_min, bool is_required)
{
    if (quantity == FEN_NONE) {
        if (is_required)
            add_missing(fault, place);
    } else if (quantity < quantity_min || quantity > FEN_QUANTITY_MAX) {
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_QUANTITY, place,
                            "is %lld: it must lie in %lld to 1000000", (long long)quantity,
                            (long long)quantity_min);
    }
}

/* What stands before the ':' of a payee. */
static bool is_payee_kind(struct fen_str kind)
{
    static const char *const kinds[] = {"guide", "store", "franchisee", "region", "mall", "brand"};
    for (uint32_t index = 0; index < sizeof kinds / sizeof *kinds; index++)
        if (fen_str_equal(kind, fen_str_from(kinds[index])))
            return true;
    return false;
}

void fen_event_check_payee(struct fen_event_fault *fault, struct fen_event_place place,
                           struct fen_str payee)
{
    if (fen_str_equal(payee, FEN_STR("hq")))
        return;
    const char *colon = payee.size == 0 ? NULL : memchr(payee.data, ':', payee.size);
    uint32_t kind_size = colon == NULL ? 0 : (uint32_t)(colon - payee.data);
    struct fen_str kind = {payee.data, kind_size};
    if (colon != NULL && is_payee_kind(kind)
        && fen_event_is_id((struct fen_str){colon + 1, payee.size - kind_size - 1}))
        return;
    fen_event_fault_add(fault, FEN_REFUSAL_BAD_ID, place,
                        "is no payee: write guide:ID, store:ID, franchisee:ID, region:ID, mall:ID, "
                        "brand:ID or hq");
}
