/* reader_key: the keys of a mapping, with the mend for those that are nearly ones. See reader.h. */
#include "plan/character.h"
#include "plan/mend.h"
#include "plan/reader.h"

/* Where a colon stands in a text, and its bytes: `:` or `：`; text.size when none does. */
static uint32_t find_colon(struct fen_str text, uint32_t *width_out)
{
    for (uint32_t offset = 0; offset < text.size; offset += *width_out) {
        int32_t character = fen_character_at(text, offset, width_out);
        if (character == ':' || character == 0xFF1A)
            return offset;
    }
    return text.size;
}

static bool is_empty(const struct fen_node *node)
{
    return node->kind == FEN_NODE_SCALAR && node->place.text.size == 0;
}

const struct fen_node *fen_reader_unglue(struct fen_reader *reader, const struct fen_node *value)
{
    uint32_t width = 0;
    struct fen_str text = value->key->place.text;
    uint32_t at = is_empty(value) ? find_colon(text, &width) : text.size;
    if (at == 0 || at == text.size)
        return value;
    struct fen_str rest = {text.data + at + width, text.size - at - width};
    struct fen_str plain = fen_mend_text(rest, true, reader->scratch);
    struct fen_str name = fen_mend_text((struct fen_str){text.data, at}, false, reader->scratch);
    fen_diagnose(reader->diagnostics, value->key->place,
                 "%s; write `%.*s: %.*s`", "%s；请写“%.*s: %.*s”",
                 reader->diagnostics->language == FEN_LANGUAGE_CHINESE
                     ? (width > 1 ? "全角冒号" : "冒号后缺空格")
                     : (width > 1 ? "a full-width colon" : "no space behind the colon"),
                 FEN_STR_ARG(name), FEN_STR_ARG(fen_character_clip(plain, 128)));
    struct fen_node *copy = FEN_ARENA_NEW(reader->scratch, struct fen_node);
    struct fen_node *key = FEN_ARENA_NEW(reader->scratch, struct fen_node);
    *copy = *value;
    *key = *value->key;
    key->place.text = name;
    copy->key = key;
    copy->place = (struct fen_place){key->place.line, key->place.column, rest};
    if (!fen_str_equal(rest, plain))
        copy->kind = FEN_NODE_BROKEN;
    if (memchr(plain.data, ',', plain.size) != NULL)
        reader->diagnostics->is_partial = true;
    return copy;
}

const struct fen_word *fen_reader_refuse_word(struct fen_reader *reader, struct fen_place place,
                                              const struct fen_words *words, const char *english,
                                              const char *chinese)
{
    struct fen_str mended = fen_mend_text(place.text, false, reader->scratch);
    const struct fen_word *word = fen_words_find(words, mended);
    if (word != NULL || fen_words_are_all(words, mended)) {
        fen_reader_refuse(reader, place, mended, english, chinese);
        return word;
    }
    bool is_chinese = reader->diagnostics->language == FEN_LANGUAGE_CHINESE;
    struct fen_str offer = fen_words_offer(words, fen_character_clip(mended, 64),
                                           reader->diagnostics->language, reader->scratch);
    struct fen_str said =
        fen_arena_format(reader->scratch, is_chinese ? "%s；可写 %.*s" : "%s; write %.*s",
                         is_chinese ? chinese : english, FEN_STR_ARG(offer));
    fen_reader_refuse(reader, place, FEN_STR_NONE, said.data, said.data);
    return fen_words_near(words, mended);
}

/* The key of a mapping that is a word; NULL: none is. */
static const struct fen_node *find_key(const struct fen_node *mapping,
                                       const struct fen_words *words, const struct fen_word *word)
{
    const struct fen_node *value = mapping->first;
    while (value != NULL && fen_words_find(words, value->key->place.text) != word)
        value = value->next;
    return value == NULL ? NULL : value->key;
}

/*
 * A key that is no word. Beside the word it is near it would be that key twice, so it can but be
 * left out; a list may be meant to go on with that of the other.
 */
static const struct fen_word *refuse_key(struct fen_reader *reader, const struct fen_node *value,
                                         const struct fen_words *words,
                                         const struct fen_node *mapping)
{
    const struct fen_node *key = value->key;
    struct fen_str mended = fen_mend_text(key->place.text, false, reader->scratch);
    const struct fen_word *near = fen_words_find(words, mended);
    if (near == NULL)
        near = fen_words_near(words, mended);
    const struct fen_node *meant = near == NULL ? NULL : find_key(mapping, words, near);
    if (meant == NULL || value->kind == FEN_NODE_LIST)
        return fen_reader_refuse_word(reader, key->place, words, "unknown key", "未知的键");
    fen_diagnose(reader->diagnostics, key->place,
                 "unknown key, and `%.*s` stands in line %u; leave it out",
                 "未知的键，而“%.*s”已在第 %u 行；请去掉", FEN_STR_ARG(meant->place.text),
                 meant->place.line);
    return near;
}

/*
 * The word a key names; NULL, reported, when there is none. One that is nearly a word is reported
 * and taken for it, so that it is not missed as well; so is one that stands already.
 */
static const struct fen_word *read_key(struct fen_reader *reader, const struct fen_node *value,
                                       bool is_reported, const struct fen_words *words,
                                       const struct fen_fields *fields)
{
    const struct fen_word *word = fen_words_find(words, value->key->place.text);
    if (word == NULL && is_reported) {
        reader->diagnostics->is_partial = true;
        return NULL;
    }
    if (word == NULL)
        return refuse_key(reader, value, words, fields->mapping);
    const struct fen_node *earlier = fields->values[word->value];
    bool is_taken_for_it =
        earlier != NULL && fen_words_find(words, earlier->key->place.text) == NULL;
    if (earlier != NULL && !is_taken_for_it)
        fen_diagnose(reader->diagnostics, value->key->place,
                     "the same key as in line %u (`%s` is `%s`); keep one of them",
                     "与第 %u 行是同一个键（“%s”就是“%s”）；请只留一个", earlier->key->place.line,
                     word->english, word->chinese);
    return word;
}

/* `before,after`: what a comma of the flow form has parted. */
static struct fen_place join(struct fen_reader *reader, struct fen_place before,
                             const struct fen_node *after)
{
    /* A comma between thousands has no space behind it, one between names usually has. */
    bool is_close = before.column + fen_character_count(before.text) + 1 ==
                    after->key->place.column;
    before.text = fen_arena_format(reader->scratch, is_close ? "%.*s,%.*s" : "%.*s, %.*s",
                                   FEN_STR_ARG(before.text), FEN_STR_ARG(after->key->place.text));
    return before;
}

static bool begins_with(struct fen_str text, char sign)
{
    return text.size > 0 && text.data[0] == sign;
}

/*
 * In `{每行: 1,200.00, 角色: 【分享, 绑定】}` commas end the values, and `200.00` and `绑定】` are keys
 * without one. Whether the value is torn so, which is reported; *last: the last of those keys.
 */
static bool is_torn(struct fen_reader *reader, const struct fen_node *value,
                    const struct fen_node **last)
{
    struct fen_place place = value->place;
    if (value->kind != FEN_NODE_SCALAR || place.text.size == 0)
        return false;
    bool is_list = begins_with(fen_mend_text(place.text, false, reader->scratch), '[');
    for (const struct fen_node *next = value->next; next != NULL && is_empty(next) &&
                                                    next->key->kind == FEN_NODE_SCALAR &&
                                                    next->key->place.line == place.line &&
                                                    place.text.size <= FEN_TEXT_SIZE_BYTES_MAX;
         next = next->next) {
        place = join(reader, place, next);
        struct fen_str mended = is_list ? fen_mend_text(place.text, false, reader->scratch)
                                        : fen_mend_number(place.text, reader->scratch);
        *last = next;
        bool is_whole = is_list ? mended.data[mended.size - 1] == ']'
                                : fen_mend_is_number(mended);
        if (is_whole)
            fen_reader_refuse(reader, place, mended, "", "");
        if (is_whole || !is_list)
            return is_whole;
    }
    return false;
}

static struct fen_node *broken_copy(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_node *copy = FEN_ARENA_NEW(reader->scratch, struct fen_node);
    *copy = *node;
    copy->kind = FEN_NODE_BROKEN;
    return copy;
}

/* A value whose key is given twice: kept to be read later, or read now in the other's place. */
static void set_spare(struct fen_reader *reader, const struct fen_node *value,
                      const struct fen_node **place)
{
    const struct fen_node *target = reader->target;
    bool is_met = value->kind == FEN_NODE_BROKEN || is_empty(value);
    if (target != NULL && value->start <= target->start && target->end <= value->end)
        *place = value;
    for (uint32_t index = 0; index < reader->spare_count; index++)
        is_met = is_met || reader->spares[index]->start == value->start;
    if (!is_met && reader->spare_count < FEN_SPARE_COUNT_MAX)
        reader->spares[reader->spare_count++] = value;
}

/* The value of a word: that of the first key, or of the first that is the word and not near it. */
static void set_field(struct fen_reader *reader, const struct fen_words *words,
                      const struct fen_word *word, const struct fen_node *value,
                      struct fen_fields *fields)
{
    const struct fen_node **place = &fields->values[word->value];
    const struct fen_node *earlier = *place;
    bool is_better = earlier != NULL &&
                     fen_words_find(words, earlier->key->place.text) == NULL &&
                     fen_words_find(words, value->key->place.text) != NULL;
    if (earlier == NULL || is_better)
        *place = value;
    if (earlier != NULL)
        set_spare(reader, is_better ? earlier : value, place);
}

bool fen_reader_fields(struct fen_reader *reader, const struct fen_node *node,
                       const struct fen_words *words, struct fen_fields *fields_out)
{
    if (!fen_reader_mapping(reader, node))
        return false;
    memset(fields_out, 0, sizeof *fields_out);
    fields_out->mapping = node;
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        if (item->key->kind == FEN_NODE_BROKEN) {
            /* One that repeats another has a text; one without may have been any key. */
            reader->diagnostics->is_partial |= item->key->place.text.size == 0;
            const struct fen_word *repeated = fen_words_find(words, item->key->place.text);
            if (repeated != NULL)
                set_field(reader, words, repeated, item, fields_out);
            continue;
        }
        bool is_word = fen_words_find(words, item->key->place.text) != NULL;
        const struct fen_node *value = is_word ? item : fen_reader_unglue(reader, item);
        const struct fen_node *last = item;
        const struct fen_word *word = read_key(reader, value, value != item, words, fields_out);
        bool is_guess = !is_word && is_empty(value);
        if (is_guess || is_torn(reader, value, &last)) {
            value = broken_copy(reader, value);
            item = last;
        }
        if (word != NULL)
            set_field(reader, words, word, value, fields_out);
    }
    return true;
}

void fen_reader_need(struct fen_reader *reader, const struct fen_fields *fields,
                     const struct fen_words *words, const int *keys, uint32_t key_count)
{
    for (uint32_t index = 0; index < key_count; index++) {
        if (fields->values[keys[index]] != NULL)
            continue;
        const char *spelling = fen_words_spell(words, keys[index], reader->diagnostics->language);
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(fields->mapping),
                             "`%s` is missing; add it", "缺少“%s”；请补上", spelling);
    }
}
