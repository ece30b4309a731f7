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

/* Bitsets over a role's rules are read so many words at a time: a vector register. */
#define BLOCK_WORDS 4u
#define BLOCK_BITS  (BLOCK_WORDS * WORD_BITS)

/* The bitsets of one dimension for one role. */
struct column {
    enum fen_dimension dimension;
    uint32_t symbol_count;
    const uint32_t *rows;  /* by symbol: where its row begins; 0 where no rule names it */
    const uint64_t *words; /* of row 0: the rules that do not ask for the dimension; row 1, ... */
};

struct role_matcher {
    uint32_t block_count; /* of a row */
    uint32_t column_count;
    struct column columns[FEN_DIMENSION_TEXT_COUNT];
    const uint64_t *all; /* a row with every rule */
};

struct fen_matcher {
    struct fen_symbols symbols;
    uint32_t store_kinds[FEN_STORE_KIND_COUNT]; /* symbols, by kind */
    struct role_matcher roles[FEN_ROLE_COUNT];
};

/* The dimension moves the hash by an odd multiple, so equal texts of two dimensions part. */
static uint64_t moved_hash(enum fen_dimension dimension, uint64_t hash)
{
    return hash + (uint64_t)dimension * UINT64_C(0x9E3779B97F4A7C15);
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
    uint64_t hash = moved_hash(dimension, fen_hash(text));
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

static void set_rule(uint64_t *row, uint32_t rule)
{
    row[rule / WORD_BITS] |= UINT64_C(1) << (rule % WORD_BITS);
}

static const struct fen_condition *find_condition(const struct fen_rule *rule,
                                                  enum fen_dimension dimension)
{
    for (uint32_t index = 0; index < rule->condition_count; index++)
        if (rule->conditions[index].dimension == dimension)
            return &rule->conditions[index];
    return NULL;
}

/* Place the rows of a column: one for each symbol that a rule of the role names. */
static uint32_t place_rows(const struct fen_rule *rules, uint32_t rule_count,
                           enum fen_dimension dimension, size_t stride, uint32_t *rows)
{
    uint32_t row_count = 0;
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            if (rows[condition->symbols[index]] == 0)
                rows[condition->symbols[index]] = (uint32_t)(++row_count * stride);
    }
    return row_count;
}

/* Fill the rows: those who do not care in row 0, copied to all, then who names which symbol. */
static void fill_rows(const struct column *column, const struct fen_rule *rules,
                      uint32_t rule_count, uint32_t row_count, size_t stride, uint64_t *words)
{
    for (uint32_t rule = 0; rule < rule_count; rule++)
        if (find_condition(&rules[rule], column->dimension) == NULL)
            set_rule(words, rule);
    for (uint32_t row = 1; row <= row_count; row++)
        memcpy(words + row * stride, words, stride * sizeof *words);
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], column->dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            set_rule(words + column->rows[condition->symbols[index]], rule);
    }
}

/* Add the column of a dimension, unless no rule of the role asks for it. */
static void add_column(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count,
                       enum fen_dimension dimension, struct fen_arena *arena)
{
    size_t stride = (size_t)matcher->block_count * BLOCK_WORDS;
    uint32_t symbol_count = symbols->counts[dimension];
    uint32_t *rows = fen_arena_allocate_zeroed(arena, ((size_t)symbol_count + 1) * sizeof *rows);
    uint32_t row_count = place_rows(rules, rule_count, dimension, stride, rows);
    if (row_count == 0)
        return;
    uint64_t *words =
        fen_arena_allocate_zeroed(arena, ((size_t)row_count + 1) * stride * sizeof *words);
    struct column *column = &matcher->columns[matcher->column_count++];
    *column = (struct column){dimension, symbol_count, rows, words};
    fill_rows(column, rules, rule_count, row_count, stride, words);
}

static void build_role(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count, struct fen_arena *arena)
{
    matcher->block_count = (rule_count + BLOCK_BITS - 1) / BLOCK_BITS;
    uint64_t *all = fen_arena_allocate_zeroed(
        arena, (size_t)matcher->block_count * BLOCK_WORDS * sizeof *all);
    for (uint32_t rule = 0; rule < rule_count; rule++)
        set_rule(all, rule);
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
    for (int kind = FEN_STORE_OWNED; kind < FEN_STORE_KIND_COUNT; kind++) {
        struct fen_str name = fen_str_from(fen_store_kind_names.names[kind]);
        uint64_t hash = moved_hash(FEN_DIMENSION_STORE_KIND, fen_hash(name));
        uint32_t slot = slot_of(symbols, FEN_DIMENSION_STORE_KIND, name, hash);
        matcher->store_kinds[kind] = symbols->slots[slot].symbol;
    }
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (plan->rule_count[role] > 0)
            build_role(&matcher->roles[role], symbols, plan->rules[role], plan->rule_count[role],
                       arena);
    return matcher;
}

uint32_t fen_plan_symbol_hash(const struct fen_plan *plan, enum fen_dimension dimension,
                              struct fen_str text, uint64_t hash)
{
    const struct fen_symbols *symbols = &plan->matcher->symbols;
    if (!fen_str_is_set(text) || symbols->counts[dimension] == 0)
        return 0;
    uint32_t slot = slot_of(symbols, dimension, text, moved_hash(dimension, hash));
    return symbols->slots[slot].symbol;
}

uint32_t fen_plan_symbol(const struct fen_plan *plan, enum fen_dimension dimension,
                         struct fen_str text)
{
    if (!fen_str_is_set(text) || plan->matcher->symbols.counts[dimension] == 0)
        return 0;
    return fen_plan_symbol_hash(plan, dimension, text, fen_hash(text));
}

uint32_t fen_plan_store_kind_symbol(const struct fen_plan *plan, enum fen_store_kind kind)
{
    return plan->matcher->store_kinds[kind];
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

/* The row of each column for the line's symbol, behind the one of all rules. */
static uint32_t choose_rows(const struct role_matcher *matcher,
                            const struct fen_attributes *attributes, const uint64_t **rows)
{
    rows[0] = matcher->all;
    for (uint32_t index = 0; index < matcher->column_count; index++) {
        const struct column *column = &matcher->columns[index];
        uint32_t symbol = attributes->symbols[column->dimension];
        FEN_ASSERT(symbol <= column->symbol_count); /* a symbol of another plan */
        rows[index + 1] = column->words + column->rows[symbol];
    }
    return matcher->column_count + 1;
}

/* The rules that all rows leave, of the block that begins at word `first`; false: none. */
static bool and_block(const uint64_t *const *rows, uint32_t row_count, uint32_t first,
                      uint64_t *block)
{
    for (uint32_t word = 0; word < BLOCK_WORDS; word++)
        block[word] = rows[0][first + word];
    for (uint32_t row = 1; row < row_count; row++)
        for (uint32_t word = 0; word < BLOCK_WORDS; word++)
            block[word] &= rows[row][first + word];
    return (block[0] | block[1] | block[2] | block[3]) != 0;
}

/* The first rule of a block whose numeric ranges hold as well; NULL: none. */
static const struct fen_rule *first_of_block(const struct fen_rule *rules, const uint64_t *block,
                                             const struct fen_attributes *attributes)
{
    for (uint32_t at = 0; at < BLOCK_WORDS; at++)
        for (uint64_t word = block[at]; word != 0; word &= word - 1) {
            const struct fen_rule *rule = &rules[at * WORD_BITS + (uint32_t)__builtin_ctzll(word)];
            if (numbers_hold(rule, attributes))
                return rule;
        }
    return NULL;
}

const struct fen_rule *fen_plan_match(const struct fen_plan *plan, enum fen_role role,
                                      const struct fen_attributes *attributes)
{
    if (role >= FEN_ROLE_COUNT || plan->rule_count[role] == 0)
        return NULL;
    const struct role_matcher *matcher = &plan->matcher->roles[role];
    const uint64_t *rows[FEN_DIMENSION_TEXT_COUNT + 1];
    uint32_t row_count = choose_rows(matcher, attributes, rows);
    for (uint32_t number = 0; number < matcher->block_count; number++) {
        uint64_t block[BLOCK_WORDS];
        if (!and_block(rows, row_count, number * BLOCK_WORDS, block))
            continue;
        const struct fen_rule *rule =
            first_of_block(&plan->rules[role][number * BLOCK_BITS], block, attributes);
        if (rule != NULL)
            return rule;
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
    uint32_t word = number / WORD_BITS;
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
