/*
 * review_text: full-width punctuation and what cannot be seen in values, and ids that a spreadsheet
 * has changed. See review.h.
 *
 * A spreadsheet takes an id of digits for a number: 1230000000000000 comes back as 1.23E+15, 0012
 * as 12, 1001 as 1001.0. The first cannot be undone. Lost zeros are seen only beside an id that
 * kept its own.
 */
#include "plan/character.h"
#include "plan/mend.h"
#include "plan/review.h"

/* A spreadsheet keeps so many digits of a number; those behind come back as zeros. */
#define DIGITS_KEPT 15u

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_digits(struct fen_str text)
{
    for (uint32_t index = 0; index < text.size; index++)
        if (!is_digit(text.data[index]))
            return false;
    return text.size > 0;
}

/* `1.23E+15`, `1E+15`, `1.23e+08`. */
static bool is_scientific(struct fen_str text)
{
    uint32_t at = 0;
    while (at < text.size && (is_digit(text.data[at]) || text.data[at] == '.'))
        at++;
    if (at == 0 || at + 3 > text.size || (text.data[at] != 'E' && text.data[at] != 'e') ||
        (text.data[at + 1] != '+' && text.data[at + 1] != '-'))
        return false;
    return is_digits((struct fen_str){text.data + at + 2, text.size - at - 2});
}

/* `1001.0`: an id with the decimals of a number. */
static bool is_decimal(struct fen_str text)
{
    return text.size > 2 && text.data[text.size - 1] == '0' && text.data[text.size - 2] == '.' &&
           is_digits((struct fen_str){text.data, text.size - 2});
}

static bool has_lost_digits(struct fen_str text)
{
    if (!is_digits(text) || text.size <= DIGITS_KEPT || text.data[0] == '0')
        return false;
    for (uint32_t index = DIGITS_KEPT; index < text.size; index++)
        if (text.data[index] != '0')
            return false;
    return true;
}

/* Whether `whole` is `text` with zeros in front. */
static bool is_with_zeros(struct fen_str whole, struct fen_str text)
{
    if (whole.size <= text.size || !is_digits(whole))
        return false;
    for (uint32_t index = 0; index < whole.size - text.size; index++)
        if (whole.data[index] != '0')
            return false;
    return memcmp(whole.data + (whole.size - text.size), text.data, text.size) == 0;
}

static void review_id(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_str text = node->place.text;
    if (is_scientific(text))
        fen_diagnose(reader->diagnostics, node->place,
                     "an id that a spreadsheet made a number; its digits are lost: format the "
                     "column as text and enter the id again",
                     "表格把编号变成了科学计数，位数已丢失；请把该列设为文本，重新填写编号");
    else if (has_lost_digits(text))
        fen_diagnose_warning(reader->diagnostics, node->place,
                             "a spreadsheet keeps %u digits and writes zeros for the rest; compare "
                             "with the id it should be",
                             "表格只保留 %u 位数字，其余变成 0；请核对编号", DIGITS_KEPT);
    else if (is_decimal(text))
        fen_diagnose_warning(reader->diagnostics, node->place,
                             "an id with decimals, as a spreadsheet writes numbers; write `%.*s`",
                             "编号带小数，像是表格改写的；请写“%.*s”", (int)text.size - 2,
                             text.data);
}

/* An id without zeros that stands beside a longer one with them: 12 beside 0034. */
static void review_zeros(struct fen_reader *reader, const struct fen_node *node,
                         const struct fen_node *list)
{
    struct fen_str text = node->place.text;
    if (!is_digits(text) || text.data[0] == '0')
        return;
    for (const struct fen_node *item = list->first; item != NULL; item = item->next) {
        struct fen_str other = item->place.text;
        if (item->kind != FEN_NODE_SCALAR || !is_digits(other) || other.data[0] != '0' ||
            other.size <= text.size)
            continue;
        uint32_t zeros = other.size - text.size;
        fen_diagnose_warning(reader->diagnostics, node->place,
                             is_with_zeros(other, text)
                                 ? "the same as `%.*s` without its zeros; a spreadsheet may have "
                                   "dropped %u: keep one"
                                 : "shorter than `%.*s` beside it; a spreadsheet may have dropped "
                                   "%u leading zeros",
                             is_with_zeros(other, text)
                                 ? "与“%.*s”只差开头的 0；可能被表格去掉了 %u 个，请只留一个"
                                 : "比同列的“%.*s”短；可能被表格去掉了开头的 %u 个 0",
                             FEN_STR_ARG(other), zeros);
        return;
    }
}

/* The sign in a value that was meant for YAML and is not; NULL: none. */
static const char *find_wide(struct fen_str text, struct fen_str *found_out)
{
    static const struct {
        int32_t character;
        const char *meant;
    } signs[] = {{0xFF0C, ","}, {0x3001, ","}, {0xFF1B, ","}, {0x3010, "["}, {0x3011, "]"},
                 {0xFF3B, "["}, {0xFF3D, "]"}, {0xFF5B, "{"}, {0xFF5D, "}"}, {0x201C, "\""},
                 {0x201D, "\""}};
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        for (size_t index = 0; index < sizeof signs / sizeof *signs; index++)
            if (signs[index].character == character) {
                *found_out = (struct fen_str){text.data + offset, width};
                return signs[index].meant;
            }
    }
    return NULL;
}

static void review_wide(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_str found;
    const char *meant = find_wide(node->place.text, &found);
    if (meant != NULL)
        fen_diagnose_warning(reader->diagnostics, node->place,
                             "full-width `%.*s`: this is one text; for a list write `[a, b]` with "
                             "`%s`",
                             "含全角“%.*s”：这会被当成一整个文本；列表请写“[甲, 乙]”，用半角“%s”",
                             FEN_STR_ARG(found), meant);
}

/* The values of one text dimension: a scalar, or a list of them. */
static void review_values(struct fen_reader *reader, const struct fen_node *value)
{
    bool is_list = value->kind == FEN_NODE_LIST;
    for (const struct fen_node *node = is_list ? value->first : value; node != NULL;
         node = is_list ? node->next : NULL) {
        if (node->kind != FEN_NODE_SCALAR ||
            fen_diagnostics_has_error_at(reader->diagnostics, node->place))
            continue;
        review_wide(reader, node);
        review_id(reader, node);
        if (is_list)
            review_zeros(reader, node, value);
    }
}

/* Add copies of the values to a list: nodes are in lists of their own already. */
static void gather(struct fen_reader *reader, const struct fen_node *value, struct fen_node *all)
{
    bool is_list = value->kind == FEN_NODE_LIST;
    for (const struct fen_node *node = is_list ? value->first : value; node != NULL;
         node = is_list ? node->next : NULL) {
        struct fen_node *copy = FEN_ARENA_NEW(reader->scratch, struct fen_node);
        *copy = *node;
        copy->next = NULL;
        if (all->last == NULL)
            all->first = copy;
        else
            all->last->next = copy;
        all->last = copy;
        all->child_count++;
    }
}

static void gather_rule(struct fen_reader *reader, const struct fen_node *item,
                        struct fen_node all[FEN_DIMENSION_TEXT_COUNT])
{
    const struct fen_node *when = fen_review_value(item, &fen_rule_keys, FEN_RULE_KEY_WHEN);
    if (when == NULL || when->kind != FEN_NODE_MAPPING)
        return;
    for (const struct fen_node *value = when->first; value != NULL; value = value->next) {
        const struct fen_word *word = fen_words_find(&fen_when_keys, value->key->place.text);
        if (word != NULL && word->value < FEN_DIMENSION_TEXT_COUNT)
            gather(reader, value, &all[word->value]);
    }
}

/* Spaces at an end, and what cannot be seen; a full-width space within a name is common. */
static bool has_blanks(struct fen_str text)
{
    bool is_first = true, is_found = false, is_last_space = false;
    for (uint32_t offset = 0, width; offset < text.size; offset += width, is_first = false) {
        int32_t character = fen_character_at(text, offset, &width);
        is_last_space = fen_character_is_space(character);
        is_found = is_found || fen_character_is_invisible(character) || character == 0xA0 ||
                   (is_first && is_last_space);
    }
    return is_found || is_last_space;
}

/* Such a text equals none that looks the same in an event or in another place of the plan. */
static void review_blanks(struct fen_reader *reader, const struct fen_node *node)
{
    struct fen_str text = node->place.text;
    if (node->kind != FEN_NODE_SCALAR || !has_blanks(text) ||
        fen_diagnostics_has_error_at(reader->diagnostics, node->place))
        return;
    struct fen_str mended = fen_mend_blanks(text, reader->scratch);
    struct fen_str reason =
        fen_mend_reason(text, reader->diagnostics->language, reader->scratch);
    if (reason.size == 0)
        reason = reader->diagnostics->language == FEN_LANGUAGE_CHINESE
                     ? FEN_STR("开头或结尾有空格")
                     : FEN_STR("spaces at an end");
    fen_diagnose_warning(reader->diagnostics, node->place,
                         "%.*s: this equals no text without; write `%.*s`",
                         "%.*s：与没有它的文本不相同；请写“%.*s”", FEN_STR_ARG(reason),
                         FEN_STR_ARG(mended));
}

static void review_all_blanks(struct fen_reader *reader, const struct fen_node *root)
{
    struct fen_node_walk walk;
    fen_node_walk_init(&walk, root);
    for (const struct fen_node *node = root; node != NULL; node = fen_node_walk_next(&walk)) {
        if (node->key != NULL)
            review_blanks(reader, node->key);
        review_blanks(reader, node);
    }
}

/* `RMB` is what people say; payments, banks and ISO 4217 say `CNY`. */
static void review_currency(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *code = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_CURRENCY);
    if (code != NULL && fen_str_equal(code->place.text, FEN_STR("RMB")))
        fen_diagnose_warning(reader->diagnostics, code->place,
                             "no code of ISO 4217: orders come in CNY; write `CNY`",
                             "不是 ISO 4217 代码：人民币是 CNY；请写“CNY”");
}

/* Keys that events name: tasks, channels. */
static void review_keys(struct fen_reader *reader, const struct fen_node *mapping)
{
    bool is_mapping = mapping != NULL && mapping->kind == FEN_NODE_MAPPING;
    for (const struct fen_node *value = is_mapping ? mapping->first : NULL; value != NULL;
         value = value->next)
        if (value->key->kind == FEN_NODE_SCALAR)
            review_id(reader, value->key);
}

/* What is named outside the rules. */
static void review_head(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *base = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_BASE);
    const struct fen_node *id = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_PLAN);
    for (int key = FEN_BASE_KEY_ADD_BACK; key <= FEN_BASE_KEY_EXCLUDE; key++) {
        const struct fen_node *names = fen_review_value(base, &fen_base_keys, key);
        if (names != NULL)
            review_values(reader, names);
    }
    if (id != NULL && id->kind == FEN_NODE_SCALAR)
        review_id(reader, id);
    const struct fen_node *share = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_SHARE);
    review_keys(reader, fen_review_value(share, &fen_share_keys, FEN_SHARE_KEY_BY_CHANNEL));
    review_keys(reader, fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_TASKS));
}

/* Ids of one dimension stand beside each other, whatever rule names them. */
void fen_review_texts(struct fen_reader *reader, const struct fen_node *root)
{
    const struct fen_node *roles = fen_review_value(root, &fen_plan_keys, FEN_PLAN_KEY_ROLES);
    struct fen_node all[FEN_DIMENSION_TEXT_COUNT] = {0};
    review_head(reader, root);
    review_currency(reader, root);
    review_all_blanks(reader, root);
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        const struct fen_node *list = fen_review_value(roles, &fen_rule_roles, (int)role);
        const struct fen_node *item = fen_review_item(list, 0);
        for (; item != NULL; item = item->next)
            gather_rule(reader, item, all);
    }
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++) {
        all[dimension].kind = FEN_NODE_LIST;
        review_values(reader, &all[dimension]);
    }
}
