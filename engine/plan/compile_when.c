/* compile_when: the conditions of a rule (SPEC §4 Rule). See compile.h. */
#include "plan/compile.h"
#include "plan/match.h"

/* Dimensions whose values are ids; an id out of form could never hold. */
static bool is_id_dimension(enum fen_dimension dimension)
{
    switch (dimension) {
    case FEN_DIMENSION_BRAND:
    case FEN_DIMENSION_LIVE_SESSION:
    case FEN_DIMENSION_STORE:
    case FEN_DIMENSION_REGION:
    case FEN_DIMENSION_GUIDE_STORE: return true;
    case FEN_DIMENSION_CATEGORY:
    case FEN_DIMENSION_SKU:
    case FEN_DIMENSION_CHANNEL:
    case FEN_DIMENSION_STORE_KIND:
    case FEN_DIMENSION_LEVEL:
    case FEN_DIMENSION_PAYEE_KIND:
    case FEN_DIMENSION_TEXT_COUNT: break;
    }
    return false;
}

/* One value of a text dimension; a store's kind by its English name, as events have it. */
static bool read_value(struct fen_reader *reader, const struct fen_node *node,
                       enum fen_dimension dimension, struct fen_str *text_out)
{
    int kind;
    if (dimension == FEN_DIMENSION_STORE_KIND) {
        if (!fen_reader_word(reader, node, &fen_store_kind_words, &kind))
            return false;
        *text_out = fen_str_from(fen_store_kind_names.names[kind]);
        return true;
    }
    return is_id_dimension(dimension) ? fen_reader_id(reader, node, text_out)
                                      : fen_reader_text(reader, node, text_out);
}

/* The first of a node's values and how many: a list's items, or the node itself. */
static const struct fen_node *first_value(struct fen_reader *reader, const struct fen_node *node,
                                          uint32_t *count_out)
{
    *count_out = 1;
    if (node->kind != FEN_NODE_LIST)
        return node;
    *count_out = node->child_count;
    return fen_reader_full_list(reader, node) ? node->first : NULL;
}

static void compile_texts(struct fen_reader *reader, const struct fen_node *node,
                          enum fen_dimension dimension, struct fen_rule *rule)
{
    uint32_t count;
    const struct fen_node *value = first_value(reader, node, &count);
    if (value == NULL)
        return;
    struct fen_condition *condition = &rule->conditions[rule->condition_count++];
    condition->dimension = dimension;
    condition->symbols = fen_arena_allocate(reader->arena, count * sizeof *condition->symbols);
    condition->texts = fen_arena_allocate(reader->arena, count * sizeof *condition->texts);
    condition->symbol_count = 0;
    for (uint32_t index = 0; index < count; index++, value = value->next) {
        struct fen_str text;
        if (!read_value(reader, value, dimension, &text))
            continue;
        condition->texts[condition->symbol_count] = text;
        condition->symbols[condition->symbol_count++] =
            fen_symbols_intern(reader->symbols, dimension, text);
    }
}

static void compile_range(struct fen_reader *reader, const struct fen_node *node, bool is_money,
                          struct fen_range *range)
{
    uint32_t count;
    const struct fen_node *value = first_value(reader, node, &count);
    struct fen_range *last = NULL;
    for (uint32_t index = 0; value != NULL && index < count; index++, value = value->next) {
        struct fen_range one;
        if (!fen_reader_range(reader, value, is_money, &one))
            continue;
        struct fen_range *place = range;
        if (last != NULL)
            place = FEN_ARENA_NEW(reader->arena, struct fen_range);
        *place = one;
        if (last != NULL)
            last->next = place;
        last = place;
    }
}

void fen_compile_when(struct fen_reader *reader, const struct fen_node *node, struct fen_rule *rule)
{
    struct fen_fields fields;
    if (!fen_reader_fields(reader, node, &fen_when_keys, &fields))
        return;
    rule->conditions = fen_arena_allocate_zeroed(
        reader->arena, ((size_t)node->child_count + 1) * sizeof *rule->conditions);
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++)
        if (fields.values[dimension] != NULL)
            compile_texts(reader, fields.values[dimension], (enum fen_dimension)dimension, rule);
    if (fields.values[FEN_WHEN_KEY_BOUND_DAYS] != NULL)
        compile_range(reader, fields.values[FEN_WHEN_KEY_BOUND_DAYS], false, &rule->bound_days);
    if (fields.values[FEN_WHEN_KEY_QUANTITY] != NULL)
        compile_range(reader, fields.values[FEN_WHEN_KEY_QUANTITY], false, &rule->quantity);
    if (fields.values[FEN_WHEN_KEY_BASE] != NULL)
        compile_range(reader, fields.values[FEN_WHEN_KEY_BASE], true, &rule->base_fen);
    rule->has_ranges =
        rule->bound_days.is_set || rule->quantity.is_set || rule->base_fen.is_set;
}
