/* reader: lists, texts and words; keys are in reader_key.c, numbers in reader_number.c. See
 * reader.h. */
#include "plan/reader.h"

#include "base/hash.h"
#include "plan/character.h"
#include "plan/mend.h"

struct fen_place fen_reader_place(const struct fen_node *node)
{
    struct fen_place place = node->place;
    if (node->kind == FEN_NODE_SCALAR)
        return place;
    if (node->key != NULL)
        place.text = node->key->place.text;
    else if (node->kind == FEN_NODE_MAPPING && node->first != NULL)
        place.text = node->first->key->place.text;
    else if (node->kind == FEN_NODE_LIST && node->first != NULL)
        place.text = node->first->place.text;
    return place;
}

void fen_reader_refuse(struct fen_reader *reader, struct fen_place place, struct fen_str mended,
                       const char *english, const char *chinese)
{
    enum fen_language language = reader->diagnostics->language;
    struct fen_str reason = fen_mend_reason(place.text, language, reader->scratch);
    bool is_chinese = language == FEN_LANGUAGE_CHINESE;
    const char *need = is_chinese ? chinese : english;
    if (reason.size == 0)
        reason = is_chinese ? FEN_STR("写法不对") : FEN_STR("not written as it has to be");
    else if (mended.size == 0)
        need = fen_arena_format(reader->scratch, is_chinese ? "%.*s；%s" : "%.*s; %s",
                                FEN_STR_ARG(reason), need)
                   .data;
    if (mended.size == 0)
        fen_diagnose(reader->diagnostics, place, "%s", "%s", need);
    else
        fen_diagnose(reader->diagnostics, place, "%.*s; write `%.*s`", "%.*s；请写“%.*s”",
                     FEN_STR_ARG(reason), FEN_STR_ARG(fen_character_clip(mended, 128)));
}

bool fen_reader_mapping(struct fen_reader *reader, const struct fen_node *node)
{
    if (node->kind == FEN_NODE_SCALAR || node->kind == FEN_NODE_LIST)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "keys with values are needed here, as `key: value`",
                             "这里需要“键: 值”的映射");
    return node->kind == FEN_NODE_MAPPING;
}

/* `（甲，乙）`, `甲，乙` -> `[甲, 乙]`; FEN_STR_NONE where nothing full-width hints at a list. */
static struct fen_str mend_list(struct fen_reader *reader, struct fen_str text)
{
    struct fen_str mended = fen_mend_text(text, false, reader->scratch);
    if (mended.size < 2 || fen_str_equal(mended, text))
        return FEN_STR_NONE;
    char first = mended.data[0], last = mended.data[mended.size - 1];
    if ((first == '[' && last == ']') || (first == '(' && last == ')'))
        mended = (struct fen_str){mended.data + 1, mended.size - 2};
    else if (memchr(mended.data, ',', mended.size) == NULL)
        return FEN_STR_NONE;
    return fen_arena_format(reader->scratch, "[%.*s]", FEN_STR_ARG(mended));
}

bool fen_reader_list(struct fen_reader *reader, const struct fen_node *node)
{
    static const char english[] =
        "a list is needed here, as `[a, b]` or lines that begin with `- `";
    static const char chinese[] = "这里需要列表，写成“[甲, 乙]”或每行以“- ”开头";
    if (node->kind == FEN_NODE_SCALAR && node->place.text.size > 0)
        fen_reader_refuse(reader, node->place, mend_list(reader, node->place.text), english,
                          chinese);
    else if (node->kind == FEN_NODE_SCALAR || node->kind == FEN_NODE_MAPPING)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node), english, chinese);
    return node->kind == FEN_NODE_LIST;
}

/* `[0，1%]` and `[1,000.00, 2%]` are not two values: reported as what they were meant to be. */
static bool is_mended_pair(struct fen_reader *reader, const struct fen_node *node)
{
    const struct fen_node *first = node->first;
    if (node->kind != FEN_NODE_LIST || first == NULL || first->kind != FEN_NODE_SCALAR)
        return false;
    struct fen_place place = first->place;
    struct fen_str mended = fen_mend_text(place.text, false, reader->scratch);
    bool is_one = node->child_count == 1 && memchr(place.text.data, ',', place.text.size) == NULL
                  && memchr(mended.data, ',', mended.size) != NULL;
    if (node->child_count == 3 && first->next->kind == FEN_NODE_SCALAR) {
        place.text = fen_arena_format(reader->scratch, "%.*s,%.*s", FEN_STR_ARG(place.text),
                                      FEN_STR_ARG(first->next->place.text));
        mended = fen_mend_number(place.text, reader->scratch);
        is_one = fen_mend_is_number(mended);
    }
    if (is_one)
        fen_reader_refuse(reader, place, mended, "", "");
    return is_one;
}

bool fen_reader_pair(struct fen_reader *reader, const struct fen_node *node, const char *example,
                     const struct fen_node **first_out, const struct fen_node **second_out)
{
    if (node->kind == FEN_NODE_BROKEN || is_mended_pair(reader, node))
        return false;
    if (node->kind != FEN_NODE_LIST || node->child_count != 2) {
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "two values in brackets are needed here, as `%s`",
                             "这里需要方括号里的两个值，例如“%s”", example);
        return false;
    }
    *first_out = node->first;
    *second_out = node->last;
    return true;
}

bool fen_reader_scalar(struct fen_reader *reader, const struct fen_node *node,
                       struct fen_str *text_out)
{
    if (node->kind == FEN_NODE_BROKEN)
        return false;
    if (node->kind != FEN_NODE_SCALAR) {
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "a single value is needed here", "这里需要一个单独的值");
        return false;
    }
    if (node->place.text.size == 0) {
        if (node->key != NULL && fen_reader_unglue(reader, node) != node)
            return false;
        struct fen_place place = node->place;
        if (node->key != NULL)
            place.text = node->key->place.text;
        fen_diagnose_absence(reader->diagnostics, place, "the value is empty; write one",
                             "值为空；请填写");
        return false;
    }
    *text_out = node->place.text;
    return true;
}

bool fen_reader_text(struct fen_reader *reader, const struct fen_node *node,
                     struct fen_str *text_out)
{
    struct fen_str text;
    if (!fen_reader_scalar(reader, node, &text))
        return false;
    if (!fen_character_is_text(text)) {
        struct fen_str mended = fen_mend_blanks(text, reader->scratch);
        bool is_empty = mended.size == 0;
        if (!fen_character_is_text(mended))
            mended = FEN_STR_NONE;
        fen_reader_refuse(
            reader, node->place, mended,
            is_empty ? "nothing else is in this text; write one"
                     : "a text has at most 128 bytes, a Chinese character 3 of them; shorten it",
            is_empty ? "文本里没有别的内容；请填写"
                     : "文本最多 128 字节，一个汉字占 3 字节；请缩短");
        return false;
    }
    *text_out = fen_arena_copy(reader->arena, text);
    return true;
}

bool fen_reader_id(struct fen_reader *reader, const struct fen_node *node, struct fen_str *id_out)
{
    struct fen_str id;
    if (!fen_reader_scalar(reader, node, &id))
        return false;
    if (!fen_character_is_id(id)) {
        struct fen_str mended = fen_mend_text(id, false, reader->scratch);
        if (!fen_character_is_id(mended))
            mended = FEN_STR_NONE;
        fen_reader_refuse(
            reader, node->place, mended,
            "an id has 1-64 bytes without `/`, spaces and control characters; change it",
            "标识为 1-64 字节，不含“/”、空白和控制字符；请修改");
        return false;
    }
    *id_out = fen_arena_copy(reader->arena, id);
    return true;
}

void fen_reader_optional_text(struct fen_reader *reader, const struct fen_node *node,
                              struct fen_str *text_out)
{
    if (node != NULL)
        (void)fen_reader_text(reader, node, text_out);
}

void fen_reader_optional_id(struct fen_reader *reader, const struct fen_node *node,
                            struct fen_str *id_out)
{
    if (node != NULL)
        (void)fen_reader_id(reader, node, id_out);
}

bool fen_reader_word(struct fen_reader *reader, const struct fen_node *node,
                     const struct fen_words *words, int *value_out)
{
    struct fen_str spelling;
    if (!fen_reader_scalar(reader, node, &spelling))
        return false;
    const struct fen_word *word = fen_words_find(words, spelling);
    if (word == NULL) {
        (void)fen_reader_refuse_word(reader, node->place, words, "this word cannot stand here",
                                     "这里不能写这个词");
        return false;
    }
    *value_out = word->value;
    return true;
}

/* The slot of a name in the set: where it stands, or the empty one where it belongs. */
static uint32_t find_name(const struct fen_reader *reader, struct fen_str name)
{
    uint32_t mask = reader->name_capacity - 1;
    uint32_t slot = (uint32_t)fen_hash(name) & mask;
    while (reader->names[slot] != NULL && !fen_str_equal(reader->names[slot]->place.text, name))
        slot = (slot + 1) & mask;
    return slot;
}

static void grow_names(struct fen_reader *reader)
{
    const struct fen_node **old = reader->names;
    uint32_t old_capacity = reader->name_capacity;
    reader->name_capacity = old_capacity == 0 ? 64 : old_capacity * 2;
    reader->names = fen_arena_allocate_zeroed(reader->scratch, reader->name_capacity * sizeof *old);
    for (uint32_t slot = 0; slot < old_capacity; slot++)
        if (old[slot] != NULL)
            reader->names[find_name(reader, old[slot]->place.text)] = old[slot];
}

bool fen_reader_name(struct fen_reader *reader, const struct fen_node *node,
                     struct fen_str *name_out)
{
    struct fen_str name;
    if (!fen_reader_text(reader, node, &name))
        return false;
    if (reader->name_count * 2 >= reader->name_capacity)
        grow_names(reader);
    uint32_t slot = find_name(reader, name);
    if (reader->names[slot] != NULL) {
        fen_diagnose(reader->diagnostics, node->place,
                     "the name stands already in line %u; rules, limits and bonuses need names "
                     "of their own",
                     "名称与第 %u 行重复；规则、上限、奖励的名称不能相同",
                     reader->names[slot]->place.line);
        return false;
    }
    reader->names[slot] = node;
    reader->name_count++;
    *name_out = name;
    return true;
}

bool fen_reader_full_list(struct fen_reader *reader, const struct fen_node *node)
{
    if (!fen_reader_list(reader, node))
        return false;
    if (node->child_count == 0)
        fen_diagnose_absence(reader->diagnostics, fen_reader_place(node),
                             "an empty list; name at least one", "列表为空；请至少写一个");
    return node->child_count > 0;
}

bool fen_reader_roles(struct fen_reader *reader, const struct fen_node *node,
                      const struct fen_words *words, enum fen_role **roles_out, uint32_t *count_out)
{
    if (!fen_reader_list(reader, node))
        return false;
    uint32_t count = 0, met = 0;
    bool is_good = true;
    enum fen_role *roles =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *roles);
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        int role;
        if (!fen_reader_word(reader, item, words, &role)) {
            is_good = false;
        } else if ((met >> role & 1) != 0) {
            fen_diagnose(reader->diagnostics, item->place, "this role stands twice; keep one",
                         "角色重复；请只留一个");
            is_good = false;
        } else {
            met |= UINT32_C(1) << role;
            roles[count++] = (enum fen_role)role;
        }
    }
    *roles_out = roles;
    *count_out = count;
    return is_good;
}

bool fen_reader_texts(struct fen_reader *reader, const struct fen_node *node,
                      struct fen_str **texts_out, uint32_t *count_out)
{
    if (!fen_reader_list(reader, node))
        return false;
    if (node->child_count > FEN_PLAN_NAME_COUNT_MAX) {
        fen_diagnose(reader->diagnostics, fen_reader_place(node),
                     "more than %u names; shorten the list", "超过 %u 个名称；请精简",
                     FEN_PLAN_NAME_COUNT_MAX);
        return false;
    }
    uint32_t count = 0;
    bool is_good = true;
    struct fen_str *texts =
        fen_arena_allocate(reader->arena, ((size_t)node->child_count + 1) * sizeof *texts);
    for (const struct fen_node *item = node->first; item != NULL; item = item->next) {
        struct fen_str text;
        if (!fen_reader_text(reader, item, &text)) {
            is_good = false;
            continue;
        }
        bool is_repeated = false;
        for (uint32_t index = 0; index < count && !is_repeated; index++)
            is_repeated = fen_str_equal(texts[index], text);
        if (is_repeated) {
            fen_diagnose(reader->diagnostics, item->place, "this name stands twice; keep one",
                         "名称重复；请只留一个");
            is_good = false;
        } else {
            texts[count++] = text;
        }
    }
    *texts_out = texts;
    *count_out = count;
    return is_good;
}
