/* yaml_text: see the header. */
#include "cli/text/yaml_text.h"

#include "plan/character.h"
#include "plan/node.h"

/* Digits with a zero in front are an id to people, and a number to many an editor. */
static bool is_padded_number(struct fen_str text)
{
    for (uint32_t index = 0; index < text.size; index++)
        if (text.data[index] < '0' || text.data[index] > '9')
            return false;
    return text.size > 1 && text.data[0] == '0';
}

/* The width of a sign that YAML takes for a line end, or does not take, unless escaped; 0: none. */
static uint32_t escape_at(struct fen_str text, uint32_t offset, int32_t *character_out)
{
    uint32_t width;
    *character_out = fen_character_at(text, offset, &width);
    bool is_escaped = *character_out == 0x2028 || *character_out == 0x2029 ||
                      *character_out == 0xFEFF || *character_out == 0xFFFE ||
                      *character_out == 0xFFFF;
    return is_escaped ? width : 0;
}

static bool needs_quotes(struct fen_str text)
{
    if (text.size == 0 || text.data[0] == ' ' || text.data[text.size - 1] == ' ')
        return true;
    if (memchr("-?.=~", text.data[0], 5) != NULL || is_padded_number(text))
        return true;
    for (uint32_t index = 0; index < text.size; index++) {
        int32_t character;
        if (memchr(",[]{}:#&*!|>'\"%@`\\", text.data[index], 19) != NULL ||
            escape_at(text, index, &character) > 0)
            return true;
    }
    return false;
}

void fen_yaml_append(struct fen_buffer *out, struct fen_str text)
{
    if (!needs_quotes(text)) {
        fen_buffer_append_str(out, text);
        return;
    }
    fen_buffer_append_byte(out, '"');
    for (uint32_t index = 0; index < text.size; index++) {
        int32_t character;
        uint32_t width = escape_at(text, index, &character);
        if (width > 0) {
            fen_buffer_append_format(out, "\\u%04X", (unsigned)character);
            index += width - 1;
            continue;
        }
        if (text.data[index] == '"' || text.data[index] == '\\')
            fen_buffer_append_byte(out, '\\');
        fen_buffer_append_byte(out, text.data[index]);
    }
    fen_buffer_append_byte(out, '"');
}

void fen_yaml_append_key(struct fen_buffer *out, const struct fen_words *words, int key,
                         enum fen_language language)
{
    char last = out->size_bytes == 0 ? '{' : out->data[out->size_bytes - 1];
    if (last != '{' && last != '[')
        fen_buffer_append_str(out, FEN_STR(", "));
    fen_buffer_append_format(out, "%s: ", fen_words_spell(words, key, language));
}

enum fen_language fen_yaml_language(const struct fen_node *root)
{
    const struct fen_node *first = root == NULL || root->kind != FEN_NODE_MAPPING ? NULL
                                                                                 : root->first;
    const struct fen_word *word =
        first == NULL ? NULL : fen_words_find(&fen_plan_keys, first->key->place.text);
    bool is_english = word != NULL &&
                      fen_str_equal(fen_str_from(word->english), first->key->place.text);
    return is_english ? FEN_LANGUAGE_ENGLISH : FEN_LANGUAGE_CHINESE;
}
