/* match: see match.h. */
#include "plan/match.h"

#include "base/hash.h"

#define WORD_BITS 64u

struct symbol_slot {
    uint64_t hash;
    const char *data;
    uint32_t size;
    uint32_t symbol : 28; /* 0: empty slot; a file of 256 KiB has fewer texts than 2^18 */
    uint32_t dimension : 4;
};

struct fen_symbols {
    struct fen_arena *arena;
    struct symbol_slot *slots; /* linear probing, at most half full */
    uint32_t mask;
    uint32_t used_count;
    uint32_t counts[FEN_DIMENSION_TEXT_COUNT]; /* of symbols, the greatest symbol */
};

/* The bitsets of one dimension for one role. */
struct column {
    enum fen_dimension dimension;
    uint32_t symbol_count;
    const uint32_t *rows;  /* by symbol: its row, 0 where no rule of the role names it */
    const uint64_t *words; /* of row 0: the rules that do not ask for the dimension; row 1, ... */
};

struct role_matcher {
    uint32_t word_count;    /* of a bitset over the rules */
    uint32_t summary_count; /* of words in front that summarise it */
    uint32_t column_count;
    struct column columns[FEN_DIMENSION_TEXT_COUNT];
    const uint64_t *all; /* a row with every rule */
};

struct fen_matcher {
    struct fen_symbols symbols;
    struct role_matcher roles[FEN_ROLE_COUNT];
};

static uint64_t hash_of(enum fen_dimension dimension, struct fen_str text)
{
    /* The dimension moves the hash by an odd multiple, so equal texts of two dimensions part. */
    return fen_hash(text) + (uint64_t)dimension * UINT64_C(0x9E3779B97F4A7C15);
}

static uint32_t slot_of(const struct fen_symbols *symbols, enum fen_dimension dimension,
                        struct fen_str text, uint64_t hash)
{
    uint32_t index = (uint32_t)(hash >> 32) & symbols->mask;
    for (;; index = (index + 1) & symbols->mask) {
        const struct symbol_slot *slot = &symbols->slots[index];
        if (slot->symbol == 0)
            return index;
        if (slot->hash == hash && slot->dimension == (uint32_t)dimension
            && fen_str_equal((struct fen_str){slot->data, slot->size}, text))
            return index;
    }
}

struct fen_symbols *fen_symbols_create(struct fen_arena *arena)
{
    struct fen_symbols *symbols = FEN_ARENA_NEW(arena, struct fen_symbols);
    symbols->arena = arena;
    symbols->mask = 63;
    symbols->slots = fen_arena_allocate_zeroed(arena, (symbols->mask + 1) * sizeof *symbols->slots);
    return symbols;
}

static void symbols_grow(struct fen_symbols *symbols)
{
    const struct symbol_slot *old = symbols->slots;
    uint32_t old_count = symbols->mask + 1;
    symbols->mask = old_count * 2 - 1;
    symbols->slots =
        fen_arena_allocate_zeroed(symbols->arena, ((size_t)symbols->mask + 1) * sizeof *old);
    for (uint32_t index = 0; index < old_count; index++) {
        if (old[index].symbol == 0)
            continue;
        uint32_t place = (uint32_t)(old[index].hash >> 32) & symbols->mask;
        while (symbols->slots[place].symbol != 0)
            place = (place + 1) & symbols->mask;
        symbols->slots[place] = old[index];
    }
}

uint32_t fen_symbols_intern(struct fen_symbols *symbols, enum fen_dimension dimension,
                            struct fen_str text)
{
    uint64_t hash = hash_of(dimension, text);
    struct symbol_slot *slot = &symbols->slots[slot_of(symbols, dimension, text, hash)];
    if (slot->symbol != 0)
        return slot->symbol;
    uint32_t symbol = ++symbols->counts[dimension];
    FEN_ASSERT(symbol < UINT32_C(1) << 28);
    slot->hash = hash;
    slot->data = text.data;
    slot->size = text.size;
    slot->symbol = symbol & 0x0FFFFFFF;
    slot->dimension = (uint32_t)dimension & 0xF;
    if (++symbols->used_count * 2 > symbols->mask)
        symbols_grow(symbols);
    return symbol;
}

/* A bitset under construction: summary words, then words, `stride` in all. */
static uint32_t stride_of(const struct role_matcher *matcher)
{
    return matcher->summary_count + matcher->word_count;
}

static void set_rule(const struct role_matcher *matcher, uint64_t *row, uint32_t rule)
{
    row[matcher->summary_count + rule / WORD_BITS] |= UINT64_C(1) << (rule % WORD_BITS);
}

static void summarise(const struct role_matcher *matcher, uint64_t *row)
{
    for (uint32_t word = 0; word < matcher->word_count; word++)
        if (row[matcher->summary_count + word] != 0)
            row[word / WORD_BITS] |= UINT64_C(1) << (word % WORD_BITS);
}

static const struct fen_condition *find_condition(const struct fen_rule *rule,
                                                  enum fen_dimension dimension)
{
    for (uint32_t index = 0; index < rule->condition_count; index++)
        if (rule->conditions[index].dimension == dimension)
            return &rule->conditions[index];
    return NULL;
}

/* Number the rows of a column: one for each symbol that a rule of the role names. */
static uint32_t number_rows(const struct fen_rule *rules, uint32_t rule_count,
                            enum fen_dimension dimension, uint32_t *rows)
{
    uint32_t row_count = 0;
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            if (rows[condition->symbols[index]] == 0)
                rows[condition->symbols[index]] = ++row_count;
    }
    return row_count;
}

/* Fill the rows: those who do not care in row 0, copied to all, then who names which symbol. */
static void fill_rows(const struct role_matcher *matcher, const struct column *column,
                      const struct fen_rule *rules, uint32_t rule_count, uint32_t row_count,
                      uint64_t *words)
{
    size_t stride = stride_of(matcher);
    for (uint32_t rule = 0; rule < rule_count; rule++)
        if (find_condition(&rules[rule], column->dimension) == NULL)
            set_rule(matcher, words, rule);
    for (uint32_t row = 1; row <= row_count; row++)
        memcpy(words + row * stride, words, stride * sizeof *words);
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], column->dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            set_rule(matcher, words + column->rows[condition->symbols[index]] * stride, rule);
    }
    for (uint32_t row = 0; row <= row_count; row++)
        summarise(matcher, words + row * stride);
}

/* Add the column of a dimension, unless no rule of the role asks for it. */
static void add_column(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count,
                       enum fen_dimension dimension, struct fen_arena *arena)
{
    uint32_t symbol_count = symbols->counts[dimension];
    uint32_t *rows = fen_arena_allocate_zeroed(arena, ((size_t)symbol_count + 1) * sizeof *rows);
    uint32_t row_count = number_rows(rules, rule_count, dimension, rows);
    if (row_count == 0)
        return;
    uint64_t *words = fen_arena_allocate_zeroed(arena, ((size_t)row_count + 1) * stride_of(matcher)
                                                           * sizeof *words);
    struct column *column = &matcher->columns[matcher->column_count++];
    *column = (struct column){dimension, symbol_count, rows, words};
    fill_rows(matcher, column, rules, rule_count, row_count, words);
}

static void build_role(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count, struct fen_arena *arena)
{
    matcher->word_count = (rule_count + WORD_BITS - 1) / WORD_BITS;
    matcher->summary_count = (matcher->word_count + WORD_BITS - 1) / WORD_BITS;
    uint64_t *all = fen_arena_allocate_zeroed(arena, stride_of(matcher) * sizeof *all);
    for (uint32_t rule = 0; rule < rule_count; rule++)
        set_rule(matcher, all, rule);
    summarise(matcher, all);
    matcher->all = all;
    for (uint32_t dimension = 0; dimension < FEN_DIMENSION_TEXT_COUNT; dimension++)
        if (symbols->counts[dimension] > 0)
            add_column(matcher, symbols, rules, rule_count, (enum fen_dimension)dimension, arena);
}

struct fen_matcher *fen_matcher_create(const struct fen_plan *plan,
                                       const struct fen_symbols *symbols, struct fen_arena *arena)
{
    struct fen_matcher *matcher = FEN_ARENA_NEW(arena, struct fen_matcher);
    matcher->symbols = *symbols;
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (plan->rule_count[role] > 0)
            build_role(&matcher->roles[role], symbols, plan->rules[role], plan->rule_count[role],
                       arena);
    return matcher;
}

uint32_t fen_plan_symbol(const struct fen_plan *plan, enum fen_dimension dimension,
                         struct fen_str text)
{
    const struct fen_symbols *symbols = &plan->matcher->symbols;
    if (!fen_str_is_set(text) || symbols->counts[dimension] == 0)
        return 0;
    uint32_t slot = slot_of(symbols, dimension, text, hash_of(dimension, text));
    return symbols->slots[slot].symbol;
}

static bool range_holds(const struct fen_range *range, int64_t value)
{
    if (!range->is_set)
        return true;
    if (value == FEN_NONE) /* SPEC §4: an absent attribute matches nothing */
        return false;
    for (; range != NULL; range = range->next)
        if (range->from <= value && value <= range->to)
            return true;
    return false;
}

static bool numbers_hold(const struct fen_rule *rule, const struct fen_attributes *attributes)
{
    return range_holds(&rule->bound_days, attributes->bound_days)
           && range_holds(&rule->quantity, attributes->quantity)
           && range_holds(&rule->base_fen, attributes->base_fen);
}

/* One word of the rules that all rows leave, at `offset` in a row. */
static uint64_t and_word(const uint64_t *const *rows, uint32_t row_count, uint32_t offset)
{
    uint64_t word = rows[0][offset];
    for (uint32_t row = 1; row < row_count; row++)
        word &= rows[row][offset];
    return word;
}

/* The bitset of each column for the line's symbol, behind the one of all rules. */
static uint32_t choose_rows(const struct role_matcher *matcher,
                            const struct fen_attributes *attributes, const uint64_t **rows)
{
    size_t stride = stride_of(matcher);
    rows[0] = matcher->all;
    for (uint32_t index = 0; index < matcher->column_count; index++) {
        const struct column *column = &matcher->columns[index];
        uint32_t symbol = attributes->symbols[column->dimension];
        FEN_ASSERT(symbol <= column->symbol_count); /* a symbol of another plan */
        rows[index + 1] = column->words + column->rows[symbol] * stride;
    }
    return matcher->column_count + 1;
}

const struct fen_rule *fen_plan_match(const struct fen_plan *plan, enum fen_role role,
                                      const struct fen_attributes *attributes)
{
    if (role >= FEN_ROLE_COUNT || plan->rule_count[role] == 0)
        return NULL;
    const struct role_matcher *matcher = &plan->matcher->roles[role];
    const uint64_t *rows[FEN_DIMENSION_TEXT_COUNT + 1];
    uint32_t row_count = choose_rows(matcher, attributes, rows);
    for (uint32_t part = 0; part < matcher->summary_count; part++) {
        uint64_t summary = and_word(rows, row_count, part);
        for (; summary != 0; summary &= summary - 1) {
            uint32_t at = part * WORD_BITS + (uint32_t)__builtin_ctzll(summary);
            uint64_t word = and_word(rows, row_count, matcher->summary_count + at);
            for (; word != 0; word &= word - 1) {
                uint32_t rule = at * WORD_BITS + (uint32_t)__builtin_ctzll(word);
                if (numbers_hold(&plan->rules[role][rule], attributes))
                    return &plan->rules[role][rule];
            }
        }
    }
    return NULL;
}

uint32_t fen_plan_failing(const struct fen_plan *plan, const struct fen_rule *rule,
                          const struct fen_attributes *attributes)
{
    const struct role_matcher *matcher = &plan->matcher->roles[rule->role];
    const uint64_t *rows[FEN_DIMENSION_TEXT_COUNT + 1];
    uint32_t row_count = choose_rows(matcher, attributes, rows);
    uint32_t number = (uint32_t)(rule - plan->rules[rule->role]);
    uint32_t word = matcher->summary_count + number / WORD_BITS;
    uint32_t failing = 0;
    for (uint32_t row = 1; row < row_count; row++)
        if ((rows[row][word] >> (number % WORD_BITS) & 1) == 0)
            failing |= UINT32_C(1) << matcher->columns[row - 1].dimension;
    if (!range_holds(&rule->bound_days, attributes->bound_days))
        failing |= UINT32_C(1) << FEN_DIMENSION_TEXT_COUNT;
    if (!range_holds(&rule->quantity, attributes->quantity))
        failing |= UINT32_C(1) << (FEN_DIMENSION_TEXT_COUNT + 1);
    if (!range_holds(&rule->base_fen, attributes->base_fen))
        failing |= UINT32_C(1) << (FEN_DIMENSION_TEXT_COUNT + 2);
    return failing;
}
