/* character: see character.h. */
#include "plan/character.h"

#include "base/utf8.h"
#include "model/event.h"

int32_t fen_character_at(struct fen_str text, uint32_t offset, uint32_t *width_out)
{
    uint32_t code_point;
    uint32_t width = fen_utf8_read(text.data + offset, text.size - offset, &code_point);
    *width_out = width == 0 ? 1 : width;
    return width == 0 ? -1 : (int32_t)code_point;
}

bool fen_character_is_control(int32_t character)
{
    return (character >= 0 && character < 0x20) || (character >= 0x7F && character <= 0x9F);
}

bool fen_character_is_invisible(int32_t character)
{
    return character == 0xAD || (character >= 0x200B && character <= 0x200F)
           || (character >= 0x202A && character <= 0x202E)
           || (character >= 0x2060 && character <= 0x206F) || character == 0xFEFF;
}

bool fen_character_is_space(int32_t character)
{
    return character == ' ' || (character >= 0x09 && character <= 0x0D) || character == 0x85
           || character == 0xA0 || character == 0x1680
           || (character >= 0x2000 && character <= 0x200A) || character == 0x2028
           || character == 0x2029 || character == 0x202F || character == 0x205F
           || character == 0x3000;
}

static bool is_in_form(struct fen_str text, uint32_t size_max, bool is_id)
{
    if (text.size < 1 || text.size > size_max)
        return false;
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        if (character < 0 || fen_character_is_control(character))
            return false;
        if (is_id && (character == '/' || fen_character_is_space(character)))
            return false;
    }
    return true;
}

bool fen_character_is_text(struct fen_str text)
{
    return is_in_form(text, FEN_TEXT_SIZE_BYTES_MAX, false);
}

bool fen_character_is_id(struct fen_str text)
{
    return is_in_form(text, FEN_ID_SIZE_BYTES_MAX, true);
}

uint32_t fen_character_count(struct fen_str text)
{
    uint32_t count = 0;
    for (uint32_t offset = 0, width; offset < text.size; offset += width, count++)
        (void)fen_character_at(text, offset, &width);
    return count;
}

struct fen_str fen_character_clip(struct fen_str text, uint32_t size_max)
{
    if (text.size <= size_max)
        return text;
    uint32_t size = size_max;
    while (size > 0 && ((uint8_t)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct fen_str){text.data, size};
}
