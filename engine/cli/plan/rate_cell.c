/* rate_cell: see the header. */
#include "cli/plan/rate_cell.h"

#include <ctype.h>

#include "plan/character.h"
#include "plan/mend.h"

/* Signs that part values in a cell or a plan file, or bracket them there. */
static const char *const signs[] = {";", ",", "[", "]", "\n", "\r", "；", "，", "、"};

uint32_t fen_rate_sign(struct fen_str text, uint32_t offset)
{
    for (size_t index = 0; index < sizeof signs / sizeof *signs; index++) {
        uint32_t width = (uint32_t)strlen(signs[index]);
        if (offset + width <= text.size &&
            memcmp(text.data + offset, signs[index], width) == 0)
            return width;
    }
    return 0;
}

struct fen_node *fen_rate_node(struct fen_reader *reader, enum fen_node_kind kind,
                               struct fen_place place)
{
    struct fen_node *node = FEN_ARENA_NEW(reader->arena, struct fen_node);
    node->kind = kind;
    node->place = place;
    node->last_line = place.line;
    return node;
}

struct fen_node *fen_rate_scalar(struct fen_reader *reader, struct fen_place place)
{
    struct fen_node *node = fen_rate_node(reader, FEN_NODE_SCALAR, place);
    for (uint32_t offset = 0, width; offset < place.text.size; offset += width) {
        int32_t character = fen_character_at(place.text, offset, &width);
        if (character != 0xFF05 && character != 0xFF1A)
            continue;
        struct fen_str narrow = fen_mend_text(place.text, false, reader->arena);
        fen_diagnose(reader->diagnostics, place, "full-width signs; write `%.*s`",
                     "全角符号；请写“%.*s”", FEN_STR_ARG(narrow));
        node->kind = FEN_NODE_BROKEN;
        break;
    }
    return node;
}

/* The width of a sign that parts values in a cell, at an offset: `;`, `；`, a line end; else 0. */
static uint32_t separator_at(struct fen_str text, uint32_t offset)
{
    if (text.data[offset] == ';' || text.data[offset] == '\n' || text.data[offset] == '\r')
        return 1;
    return offset + 3 <= text.size && memcmp(text.data + offset, "；", 3) == 0 ? 3 : 0;
}

/* Whether a comma or a bracket stands where a list was meant; one within a number may stay. */
static bool is_list_sign(struct fen_str text, uint32_t offset, bool is_text)
{
    if (fen_rate_sign(text, offset) == 0 || separator_at(text, offset) > 0)
        return false;
    bool is_in_number = text.data[offset] == ',' && offset > 0 && offset + 1 < text.size &&
                        isdigit((unsigned char)text.data[offset - 1]) != 0 &&
                        isdigit((unsigned char)text.data[offset + 1]) != 0;
    return is_text || !is_in_number;
}

/* `[a, b]` in the form of a cell: `a; b`. */
static struct fen_str parted(struct fen_reader *reader, struct fen_str text, bool is_text)
{
    char *copy = fen_arena_allocate(reader->arena, (size_t)text.size * 2 + 1);
    uint32_t size = 0;
    for (uint32_t offset = 0; offset < text.size;) {
        char byte = text.data[offset];
        if (!is_list_sign(text, offset, is_text)) {
            bool is_second = byte == ' ' && size > 0 && copy[size - 1] == ' ';
            if (!is_second)
                copy[size++] = byte;
            offset++;
            continue;
        }
        if (byte != '[' && byte != ']') {
            copy[size++] = ';';
            copy[size++] = ' ';
        }
        offset += fen_rate_sign(text, offset);
    }
    return fen_str_trim((struct fen_str){copy, size});
}

/* Values parted as in a plan file would be one text that nothing matches. */
static bool refuse_list_signs(struct fen_reader *reader, struct fen_place place, bool is_text)
{
    for (uint32_t offset = 0; offset < place.text.size; offset++) {
        if (place.text.data[offset] == '\\') {
            offset++;
            continue;
        }
        if (!is_list_sign(place.text, offset, is_text))
            continue;
        struct fen_str meant = fen_character_clip(parted(reader, place.text, is_text), 100);
        fen_diagnose(reader->diagnostics, place,
                     "values of a cell are parted by `;`: write `%.*s`; before a comma or bracket "
                     "that belongs to a value write `\\`",
                     "一格里的多个值用“;”分隔：请写“%.*s”；若逗号、顿号、方括号是值的一部分，"
                     "请在它前面加“\\”",
                     FEN_STR_ARG(meant));
        return true;
    }
    return false;
}

struct fen_node *fen_rate_values(struct fen_reader *reader, struct fen_place place, bool is_text)
{
    struct fen_node *list = fen_rate_node(reader, FEN_NODE_LIST, place);
    char *bytes = fen_arena_allocate(reader->arena, (size_t)place.text.size + 1);
    uint32_t size = 0, start = 0;
    if (refuse_list_signs(reader, place, is_text))
        return fen_rate_node(reader, FEN_NODE_BROKEN, place);
    for (uint32_t offset = 0; offset <= place.text.size;) {
        bool is_end = offset == place.text.size;
        uint32_t width = is_end ? 1 : separator_at(place.text, offset);
        if (width == 0) {
            bool is_escape = place.text.data[offset] == '\\' && offset + 1 < place.text.size;
            offset += is_escape;
            bytes[size++] = place.text.data[offset++];
            continue;
        }
        struct fen_place part = place;
        part.text = fen_str_trim((struct fen_str){bytes + start, size - start});
        if (part.text.size > 0)
            fen_node_append(list, fen_rate_scalar(reader, part));
        start = size;
        offset += width;
    }
    return list->child_count == 1 ? list->first : list;
}

struct fen_node *fen_rate_tiers(struct fen_reader *reader, struct fen_place place)
{
    struct fen_node *values = fen_rate_values(reader, place, false);
    struct fen_node *list = fen_rate_node(reader, FEN_NODE_LIST, place);
    if (values->kind == FEN_NODE_BROKEN)
        return values;
    bool is_one = values->kind != FEN_NODE_LIST;
    for (const struct fen_node *value = is_one ? values : values->first; value != NULL;
         value = is_one ? NULL : value->next) {
        if (value->kind == FEN_NODE_BROKEN)
            continue;
        struct fen_str text = value->place.text;
        const char *sign = memchr(text.data, '=', text.size);
        uint32_t size = sign == NULL ? text.size : (uint32_t)(sign - text.data);
        struct fen_place from = place, rate = place;
        struct fen_node *pair = fen_rate_node(reader, FEN_NODE_LIST, value->place);
        from.text = fen_str_trim((struct fen_str){text.data, size});
        fen_node_append(pair, fen_rate_scalar(reader, from));
        if (sign != NULL) {
            rate.text = fen_str_trim((struct fen_str){sign + 1, text.size - size - 1});
            fen_node_append(pair, fen_rate_scalar(reader, rate));
        }
        fen_node_append(list, pair);
    }
    return list->child_count > 0 ? list : fen_rate_node(reader, FEN_NODE_BROKEN, place);
}
