/* match: see match.h. */
#include "plan/match.h"

#include "base/hash.h"

#define WORD_BITS        64u
#define TEXT_BLOCK_BYTES 1024u

struct symbol_slot {
    const char *text;
    uint32_t hash;         /* see symbol_hash */
    uint32_t symbol : 20;  /* 0: empty slot; a file of 256 KiB has fewer texts than 2^18 */
    uint32_t dimension : 4;
    uint32_t size : 8; /* a text has at most 128 bytes */
};

/* Every line of an order asks for several: slots are small, and texts stand close together. */
struct fen_symbols {
    struct fen_arena *arena;
    struct symbol_slot *slots; /* linear probing, at most half full */
    uint32_t mask;
    uint32_t used_count;
    uint32_t text_room; /* left in the last block of texts */
    char *text_end;
    uint32_t counts[FEN_DIMENSION_TEXT_COUNT]; /* of symbols, the greatest symbol */
};

/* Bitsets over a role's rules: a block is a vector register, a strip what is read at once. */
#define BLOCK_WORDS  4u
#define BLOCK_BITS   (BLOCK_WORDS * WORD_BITS)
#define STRIP_WORDS  (4 * BLOCK_WORDS)
typedef uint64_t block_bits
    __attribute__((vector_size(BLOCK_WORDS * sizeof(uint64_t)), aligned(sizeof(uint64_t))));

/* The bitsets of one dimension for one role. */
struct column {
    enum fen_dimension dimension;
    uint32_t symbol_count;
    const uint64_t **rows; /* by symbol; where no rule names it, the rules that do not ask for it */
};

struct role_matcher {
    uint32_t word_count; /* of a row: 1, or a multiple of STRIP_WORDS */
    uint32_t column_count;
    struct column columns[FEN_DIMENSION_TEXT_COUNT];
    const uint64_t *all;    /* a row with every rule */
    const uint64_t *ranged; /* a row with those that have numeric ranges */
};

/* The symbols of one dimension by the numbers of their texts; one empty slot where it has none. */
struct numbered_slot {
    uint32_t number; /* 0: empty slot */
    uint32_t symbol;
};

struct numbered {
    struct numbered_slot *slots; /* linear probing, at most half full; NULL: never numbered */
    uint32_t mask;
};

struct fen_matcher {
    struct fen_symbols symbols;
    struct numbered numbered[FEN_DIMENSION_TEXT_COUNT];
    uint32_t store_kinds[FEN_STORE_KIND_COUNT]; /* symbols, by kind */
    struct role_matcher roles[FEN_ROLE_COUNT];
};

/* The dimension moves the hash by an odd multiple, so equal texts of two dimensions part. */
static uint32_t symbol_hash(enum fen_dimension dimension, struct fen_str text)
{
    return (uint32_t)((fen_hash(text) + (uint64_t)dimension * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static struct symbol_slot *slot_of(const struct fen_symbols *symbols,
                                   enum fen_dimension dimension, struct fen_str text,
                                   uint32_t hash)
{
    for (uint32_t index = hash & symbols->mask;; index = (index + 1) & symbols->mask) {
        struct symbol_slot *slot = &symbols->slots[index];
        if (slot->symbol == 0)
            return slot;
        if (slot->hash == hash && slot->dimension == (uint32_t)dimension
            && fen_str_equal((struct fen_str){slot->text, slot->size}, text))
            return slot;
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
        uint32_t place = old[index].hash & symbols->mask;
        while (symbols->slots[place].symbol != 0)
            place = (place + 1) & symbols->mask;
        symbols->slots[place] = old[index];
    }
}

/* A copy of the text right behind the one before. */
static const char *copy_text(struct fen_symbols *symbols, struct fen_str text)
{
    if (symbols->text_room < text.size) {
        symbols->text_room = TEXT_BLOCK_BYTES;
        symbols->text_end = fen_arena_allocate(symbols->arena, TEXT_BLOCK_BYTES);
    }
    char *copy = symbols->text_end;
    symbols->text_end = fen_str_write(copy, text);
    symbols->text_room -= text.size;
    return copy;
}

uint32_t fen_symbols_intern(struct fen_symbols *symbols, enum fen_dimension dimension,
                            struct fen_str text)
{
    uint32_t hash = symbol_hash(dimension, text);
    struct symbol_slot *slot = slot_of(symbols, dimension, text, hash);
    if (slot->symbol != 0)
        return slot->symbol;
    uint32_t symbol = ++symbols->counts[dimension];
    FEN_ASSERT(symbol < UINT32_C(1) << 20);
    FEN_ASSERT(text.size < UINT32_C(1) << 8);
    slot->text = copy_text(symbols, text);
    slot->hash = hash;
    slot->symbol = symbol & 0xFFFFF;
    slot->dimension = (uint32_t)dimension & 0xF;
    slot->size = text.size & 0xFF;
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

/*
 * Give a column its rows: row 0 for the symbols that no rule of the role names, and one for each
 * that a rule names. Returns how many rows there are behind row 0; `row_of` says which, by symbol.
 */
static uint32_t place_rows(const struct fen_rule *rules, uint32_t rule_count,
                           enum fen_dimension dimension, uint32_t *row_of)
{
    uint32_t row_count = 0;
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            if (row_of[condition->symbols[index]] == 0)
                row_of[condition->symbols[index]] = ++row_count;
    }
    return row_count;
}

/* Fill the rows: those who do not care in row 0, copied to all, then who names which symbol. */
static void fill_rows(const struct fen_rule *rules, uint32_t rule_count,
                      enum fen_dimension dimension, const uint32_t *row_of, uint32_t row_count,
                      size_t stride, uint64_t *words)
{
    for (uint32_t rule = 0; rule < rule_count; rule++)
        if (find_condition(&rules[rule], dimension) == NULL)
            set_rule(words, rule);
    for (uint32_t row = 1; row <= row_count; row++)
        memcpy(words + row * stride, words, stride * sizeof *words);
    for (uint32_t rule = 0; rule < rule_count; rule++) {
        const struct fen_condition *condition = find_condition(&rules[rule], dimension);
        for (uint32_t index = 0; condition != NULL && index < condition->symbol_count; index++)
            set_rule(words + row_of[condition->symbols[index]] * stride, rule);
    }
}

/* Add the column of a dimension, unless no rule of the role asks for it. */
static void add_column(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count,
                       enum fen_dimension dimension, struct fen_arena *arena)
{
    size_t stride = matcher->word_count;
    uint32_t symbol_count = symbols->counts[dimension];
    uint32_t *row_of =
        fen_arena_allocate_zeroed(arena, ((size_t)symbol_count + 1) * sizeof *row_of);
    uint32_t row_count = place_rows(rules, rule_count, dimension, row_of);
    if (row_count == 0)
        return;
    uint64_t *words =
        fen_arena_allocate_zeroed(arena, ((size_t)row_count + 1) * stride * sizeof *words);
    fill_rows(rules, rule_count, dimension, row_of, row_count, stride, words);
    const uint64_t **rows = fen_arena_allocate(arena, ((size_t)symbol_count + 1) * sizeof *rows);
    for (uint32_t symbol = 0; symbol <= symbol_count; symbol++)
        rows[symbol] = words + row_of[symbol] * stride;
    matcher->columns[matcher->column_count++] = (struct column){dimension, symbol_count, rows};
}

static void build_role(struct role_matcher *matcher, const struct fen_symbols *symbols,
                       const struct fen_rule *rules, uint32_t rule_count, struct fen_arena *arena)
{
    uint32_t strip_count = (rule_count + STRIP_WORDS * WORD_BITS - 1) / (STRIP_WORDS * WORD_BITS);
    matcher->word_count = rule_count <= WORD_BITS ? 1 : strip_count * STRIP_WORDS;
    uint64_t *all = fen_arena_allocate_zeroed(arena, matcher->word_count * sizeof *all);
    for (uint32_t rule = 0; rule < rule_count; rule++)
        set_rule(all, rule);
    matcher->all = all;
    uint64_t *ranged = fen_arena_allocate_zeroed(arena, matcher->word_count * sizeof *ranged);
    for (uint32_t rule = 0; rule < rule_count; rule++)
        if (rules[rule].has_ranges)
            set_rule(ranged, rule);
    matcher->ranged = ranged;
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
        uint32_t hash = symbol_hash(FEN_DIMENSION_STORE_KIND, name);
        matcher->store_kinds[kind] = slot_of(symbols, FEN_DIMENSION_STORE_KIND, name, hash)->symbol;
    }
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++)
        if (plan->rule_count[role] > 0)
            build_role(&matcher->roles[role], symbols, plan->rules[role], plan->rule_count[role],
                       arena);
    return matcher;
}

/* The slot of a number: where it stands, or the empty one where it belongs. */
static struct numbered_slot *numbered_slot_of(const struct numbered *numbered, uint32_t number)
{
    uint32_t index = (uint32_t)((number * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & numbered->mask;
    while (numbered->slots[index].number != number && numbered->slots[index].number != 0)
        index = (index + 1) & numbered->mask;
    return &numbered->slots[index];
}

static void create_numbered(struct fen_matcher *matcher, enum fen_dimension dimension,
                            struct fen_arena *arena)
{
    struct numbered *numbered = &matcher->numbered[dimension];
    FEN_ASSERT(numbered->slots == NULL);
    while (numbered->mask < matcher->symbols.counts[dimension] * 2)
        numbered->mask = numbered->mask * 2 + 1;
    numbered->slots =
        fen_arena_allocate_zeroed(arena, ((size_t)numbered->mask + 1) * sizeof *numbered->slots);
}

static const enum fen_dimension org_dimensions[] = {
    FEN_DIMENSION_STORE, FEN_DIMENSION_REGION, FEN_DIMENSION_GUIDE_STORE, FEN_DIMENSION_LEVEL,
    FEN_DIMENSION_PAYEE_KIND,
};

void fen_matcher_number(struct fen_matcher *matcher, struct fen_numbering *names,
                        struct fen_arena *arena)
{
    const struct fen_symbols *symbols = &matcher->symbols;
    for (size_t index = 0; index < sizeof org_dimensions / sizeof *org_dimensions; index++)
        create_numbered(matcher, org_dimensions[index], arena);
    for (uint32_t index = 0; index <= symbols->mask; index++) {
        const struct symbol_slot *slot = &symbols->slots[index];
        struct numbered *numbered = &matcher->numbered[slot->dimension];
        if (slot->symbol == 0 || numbered->slots == NULL)
            continue;
        struct fen_str text = {slot->text, slot->size};
        uint32_t number = fen_numbering_number(names, text) + 1;
        *numbered_slot_of(numbered, number) = (struct numbered_slot){number, slot->symbol};
    }
}

uint32_t fen_plan_symbol(const struct fen_plan *plan, enum fen_dimension dimension,
                         struct fen_str text)
{
    const struct fen_symbols *symbols = &plan->matcher->symbols;
    if (!fen_str_is_set(text) || symbols->counts[dimension] == 0)
        return 0;
    return slot_of(symbols, dimension, text, symbol_hash(dimension, text))->symbol;
}

uint32_t fen_plan_symbol_numbered(const struct fen_plan *plan, enum fen_dimension dimension,
                                  uint32_t number)
{
    const struct numbered *numbered = &plan->matcher->numbered[dimension];
    FEN_ASSERT(numbered->slots != NULL); /* a plan that was never published with an org */
    return numbered_slot_of(numbered, number)->symbol;
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

static bool ranges_hold(const struct fen_rule *rule, const struct fen_attributes *attributes)
{
    return range_holds(&rule->bound_days, attributes->bound_days)
           && range_holds(&rule->quantity, attributes->quantity)
           && range_holds(&rule->base_fen, attributes->base_fen);
}

/* The row of a column for the line's symbol. */
static const uint64_t *column_row(const struct column *column,
                                  const struct fen_attributes *attributes)
{
    uint32_t symbol = attributes->symbols[column->dimension];
    FEN_ASSERT(symbol <= column->symbol_count); /* a symbol of another plan */
    return column->rows[symbol];
}

/* The first of the rules of a word, not 0, whose numeric ranges hold as well; NULL: none. */
FEN_RARE static const struct fen_rule *word_first_in_range(const struct fen_rule *rules,
                                                           uint64_t word,
                                                           const struct fen_attributes *attributes)
{
    for (; word != 0; word &= word - 1) {
        const struct fen_rule *rule = &rules[__builtin_ctzll(word)];
        if (!rule->has_ranges || ranges_hold(rule, attributes))
            return rule;
    }
    return NULL;
}

/* Likewise; most rules have no ranges, and need not be looked at before they are used. */
static inline const struct fen_rule *word_first(const struct fen_rule *rules, uint64_t word,
                                                uint64_t ranged,
                                                const struct fen_attributes *attributes)
{
    if ((word & -word & ranged) != 0)
        return word_first_in_range(rules, word, attributes);
    const struct fen_rule *rule = &rules[__builtin_ctzll(word)];
    __builtin_prefetch(rule);
    return rule;
}

/* Likewise of a block. */
static inline const struct fen_rule *block_first(const struct fen_rule *rules,
                                                 const block_bits *block,
                                                 const uint64_t *ranged,
                                                 const struct fen_attributes *attributes)
{
    const struct fen_rule *rule = NULL;
    if (((*block)[0] | (*block)[1] | (*block)[2] | (*block)[3]) == 0)
        return NULL;
    if ((*block)[0] != 0)
        rule = word_first(rules, (*block)[0], ranged[0], attributes);
    if (rule == NULL && (*block)[1] != 0)
        rule = word_first(rules + WORD_BITS, (*block)[1], ranged[1], attributes);
    if (rule == NULL && (*block)[2] != 0)
        rule = word_first(rules + 2 * WORD_BITS, (*block)[2], ranged[2], attributes);
    if (rule == NULL && (*block)[3] != 0)
        rule = word_first(rules + 3 * WORD_BITS, (*block)[3], ranged[3], attributes);
    return rule;
}

/* The rule of a role that has few. */
static const struct fen_rule *match_word(const struct role_matcher *matcher,
                                         const struct fen_rule *rules,
                                         const struct fen_attributes *attributes)
{
    uint64_t left = *matcher->all;
    const struct column *end = matcher->columns + matcher->column_count;
    for (const struct column *column = matcher->columns; column != end; column++)
        left &= *column_row(column, attributes);
    return left == 0 ? NULL : word_first(rules, left, *matcher->ranged, attributes);
}

/* The rule of a role that has many, of a strip from word `first` on. */
static inline const struct fen_rule *match_strip(const struct role_matcher *matcher,
                                                 const struct fen_rule *rules, uint32_t first,
                                                 const struct fen_attributes *attributes)
{
    const block_bits *all = (const block_bits *)(matcher->all + first);
    block_bits left0 = all[0], left1 = all[1], left2 = all[2], left3 = all[3];
    const struct column *end = matcher->columns + matcher->column_count;
    for (const struct column *column = matcher->columns; column != end; column++) {
        const block_bits *row = (const block_bits *)(column_row(column, attributes) + first);
        left0 &= row[0];
        left1 &= row[1];
        left2 &= row[2];
        left3 &= row[3];
    }
    const uint64_t *ranged = matcher->ranged + first;
    const struct fen_rule *rule = block_first(rules, &left0, ranged, attributes);
    if (rule == NULL)
        rule = block_first(rules + BLOCK_BITS, &left1, ranged + BLOCK_WORDS, attributes);
    if (rule == NULL)
        rule = block_first(rules + 2 * BLOCK_BITS, &left2, ranged + 2 * BLOCK_WORDS, attributes);
    if (rule == NULL)
        rule = block_first(rules + 3 * BLOCK_BITS, &left3, ranged + 3 * BLOCK_WORDS, attributes);
    return rule;
}

/* Out of line, that a role with few rules does not pay for what this one needs. */
__attribute__((noinline)) static const struct fen_rule *
match_strips(const struct role_matcher *matcher, const struct fen_rule *rules,
             const struct fen_attributes *attributes)
{
    const struct fen_rule *rule = NULL;
    for (uint32_t first = 0; rule == NULL && first < matcher->word_count; first += STRIP_WORDS)
        rule = match_strip(matcher, rules + first * WORD_BITS, first, attributes);
    return rule;
}

const struct fen_rule *fen_plan_match(const struct fen_plan *plan, enum fen_role role,
                                      const struct fen_attributes *attributes)
{
    FEN_ASSERT(role < FEN_ROLE_COUNT);
    const struct role_matcher *matcher = &plan->matcher->roles[role];
    if (matcher->word_count > 1)
        return match_strips(matcher, plan->rules[role], attributes);
    return matcher->word_count == 0 ? NULL : match_word(matcher, plan->rules[role], attributes);
}

uint32_t fen_plan_failing(const struct fen_plan *plan, const struct fen_rule *rule,
                          const struct fen_attributes *attributes)
{
    const struct role_matcher *matcher = &plan->matcher->roles[rule->role];
    uint32_t number = (uint32_t)(rule - plan->rules[rule->role]);
    uint32_t failing = 0;
    for (uint32_t index = 0; index < matcher->column_count; index++) {
        const uint64_t *row = column_row(&matcher->columns[index], attributes);
        if ((row[number / WORD_BITS] >> (number % WORD_BITS) & 1) == 0)
            failing |= UINT32_C(1) << matcher->columns[index].dimension;
    }
    if (!range_holds(&rule->bound_days, attributes->bound_days))
        failing |= UINT32_C(1) << FEN_DIMENSION_TEXT_COUNT;
    if (!range_holds(&rule->quantity, attributes->quantity))
        failing |= UINT32_C(1) << (FEN_DIMENSION_TEXT_COUNT + 1);
    if (!range_holds(&rule->base_fen, attributes->base_fen))
        failing |= UINT32_C(1) << (FEN_DIMENSION_TEXT_COUNT + 2);
    return failing;
}
