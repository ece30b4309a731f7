/*
 * review_reach: rules that never are the first to hold, gaps between ranges, no rule for the rest.
 * See review.h.
 *
 * A rule is out of reach when the earlier rules hold wherever it holds. Found are two cases: one
 * earlier rule holds for all of it, or several that differ from it in one dimension cover all its
 * values there together (owned, then concession, then owned and concession).
 */
#include "model/event.h"
#include "plan/review.h"

#define DIMENSION_COUNT (FEN_DIMENSION_TEXT_COUNT + 3u)

/* Values of a numeric dimension that there are; the rest of the range is nothing. */
static int64_t smallest_of(uint32_t dimension)
{
    return dimension == FEN_WHEN_KEY_QUANTITY ? 1 : 0;
}

static const struct fen_condition *texts_of(const struct fen_rule *rule, uint32_t dimension)
{
    for (uint32_t index = 0; index < rule->condition_count; index++)
        if ((uint32_t)rule->conditions[index].dimension == dimension)
            return &rule->conditions[index];
    return NULL;
}

static bool is_asked(const struct fen_rule *rule, uint32_t dimension)
{
    return dimension < FEN_DIMENSION_TEXT_COUNT ? texts_of(rule, dimension) != NULL
                                                : fen_plan_range(rule, dimension) != NULL;
}

static bool has_symbol(const struct fen_condition *condition, uint32_t symbol)
{
    for (uint32_t index = 0; index < condition->symbol_count; index++)
        if (condition->symbols[index] == symbol)
            return true;
    return false;
}

/* Whether every value of `inner` is one of `outer`. */
static bool texts_contain(const struct fen_condition *outer, const struct fen_condition *inner)
{
    for (uint32_t index = 0; index < inner->symbol_count; index++)
        if (!has_symbol(outer, inner->symbols[index]))
            return false;
    return true;
}

static bool range_contains(const struct fen_range *outer, const struct fen_range *inner)
{
    for (; inner != NULL; inner = inner->next) {
        const struct fen_range *one = outer;
        while (one != NULL && !(one->from <= inner->from && one->to >= inner->to))
            one = one->next;
        if (one == NULL)
            return false;
    }
    return true;
}

/* Whether `outer` holds in a dimension wherever `inner` does. */
static bool contains(const struct fen_rule *outer, const struct fen_rule *inner, uint32_t dimension)
{
    if (!is_asked(outer, dimension))
        return true;
    if (!is_asked(inner, dimension))
        return false;
    return dimension < FEN_DIMENSION_TEXT_COUNT
               ? texts_contain(texts_of(outer, dimension), texts_of(inner, dimension))
               : range_contains(fen_plan_range(outer, dimension), fen_plan_range(inner, dimension));
}

/* The one dimension in which `outer` does not hold for all of `inner`; DIMENSION_COUNT: none,
 * DIMENSION_COUNT + 1: several. */
static uint32_t missing_dimension(const struct fen_rule *outer, const struct fen_rule *inner)
{
    uint32_t missing = DIMENSION_COUNT;
    for (uint32_t dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        if (contains(outer, inner, dimension))
            continue;
        if (missing != DIMENSION_COUNT)
            return DIMENSION_COUNT + 1;
        missing = dimension;
    }
    return missing;
}

/* The rule looked at, and of each one before it in which dimension it does not hold for all. */
struct reach {
    const struct fen_rule *rules;
    uint32_t count; /* of rules before it; rules[count] is the one */
    uint32_t *missing;
    bool *is_sound; /* of each rule up to it: the parser found no mistake in it */
};

/* Whether the values of the texts are all named by earlier rules that miss nothing else. */
static bool are_texts_covered(const struct reach *reach, uint32_t dimension)
{
    const struct fen_rule *rules = reach->rules;
    uint32_t count = reach->count;
    const struct fen_condition *wanted = texts_of(&rules[count], dimension);
    for (uint32_t index = 0; wanted != NULL && index < wanted->symbol_count; index++) {
        bool is_covered = false;
        for (uint32_t earlier = 0; earlier < count && !is_covered; earlier++)
            is_covered = reach->missing[earlier] == dimension &&
                         has_symbol(texts_of(&rules[earlier], dimension), wanted->symbols[index]);
        if (!is_covered)
            return false;
    }
    return wanted != NULL;
}

/* The greatest end of an earlier range that holds at `from`; below `from`: none does. */
static int64_t covered_up_to(const struct reach *reach, uint32_t dimension, int64_t from)
{
    int64_t to = INT64_MIN;
    for (uint32_t earlier = 0; earlier < reach->count; earlier++) {
        if (reach->missing[earlier] != dimension)
            continue;
        for (const struct fen_range *range = fen_plan_range(&reach->rules[earlier], dimension);
             range != NULL;
             range = range->next)
            if (range->from <= from && range->to >= from && range->to > to)
                to = range->to;
    }
    return to;
}

/* Numbers a line always has (a binding it may lack): the whole of them when the rule asks none. */
static bool are_numbers_covered(const struct reach *reach, uint32_t dimension)
{
    const struct fen_range all = {smallest_of(dimension), INT64_MAX, true, NULL};
    const struct fen_rule *rule = &reach->rules[reach->count];
    const struct fen_range *wanted = fen_plan_range(rule, dimension);
    if (wanted == NULL &&
        (dimension == FEN_WHEN_KEY_BOUND_DAYS || rule->role == FEN_ROLE_RECRUIT))
        return false;
    for (const struct fen_range *range = wanted == NULL ? &all : wanted; range != NULL;
         range = range->next) {
        int64_t from = range->from == INT64_MIN ? smallest_of(dimension) : range->from;
        while (from <= range->to) {
            int64_t to = covered_up_to(reach, dimension, from);
            if (to < from)
                return false;
            if (to == INT64_MAX)
                break;
            from = to + 1;
        }
    }
    return true;
}

/* The earlier rule that holds wherever this one does; NULL: none alone. */
static const struct fen_rule *find_cover(const struct reach *reach)
{
    for (uint32_t earlier = 0; earlier < reach->count; earlier++)
        if (reach->missing[earlier] == DIMENSION_COUNT)
            return &reach->rules[earlier];
    return NULL;
}

static bool is_covered_together(const struct reach *reach)
{
    for (uint32_t dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        if (dimension < FEN_DIMENSION_TEXT_COUNT ? are_texts_covered(reach, dimension)
                                                 : are_numbers_covered(reach, dimension))
            return true;
    return false;
}

static void review_rule(struct fen_reader *reader, const struct fen_node *item,
                        const struct reach *reach)
{
    for (uint32_t earlier = 0; earlier < reach->count; earlier++)
        reach->missing[earlier] =
            reach->is_sound[earlier]
                ? missing_dimension(&reach->rules[earlier], &reach->rules[reach->count])
                : DIMENSION_COUNT + 1;
    const struct fen_rule *cover = find_cover(reach);
    if (cover != NULL)
        fen_diagnose_warning(reader->diagnostics, fen_reader_place(item),
                             "never used: the rule in line %u holds for all of it; move this one "
                             "up or remove it",
                             "永远用不到：第 %u 行的规则已包含它的全部情形；请上移或删去",
                             cover->line_number);
    else if (is_covered_together(reach))
        fen_diagnose_warning(reader->diagnostics, fen_reader_place(item),
                             "never used: the rules before it hold for all of it together; move "
                             "this one up or remove it",
                             "永远用不到：前面的规则合起来已包含它的全部情形；请上移或删去");
}

static bool is_catch_all(const struct fen_rule *rule)
{
    for (uint32_t dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        if (is_asked(rule, dimension))
            return false;
    return true;
}

/* The only dimension a rule asks for, DIMENSION_COUNT when it is not one alone. */
static uint32_t only_dimension(const struct fen_rule *rule)
{
    uint32_t only = DIMENSION_COUNT;
    for (uint32_t dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        if (!is_asked(rule, dimension))
            continue;
        if (only != DIMENSION_COUNT)
            return DIMENSION_COUNT;
        only = dimension;
    }
    return only;
}

/* The least value above `to` at which a range of a rule begins; INT64_MAX: none. */
static int64_t next_start(const struct fen_rule *rules, uint32_t count, uint32_t dimension,
                          int64_t to)
{
    int64_t next = INT64_MAX;
    for (uint32_t index = 0; index < count; index++) {
        if (only_dimension(&rules[index]) != dimension)
            continue;
        for (const struct fen_range *range = fen_plan_range(&rules[index], dimension);
             range != NULL; range = range->next)
            if (range->from > to && range->from < next)
                next = range->from;
    }
    return next;
}

static bool is_in_any(const struct fen_rule *rules, uint32_t count, uint32_t dimension,
                      int64_t value)
{
    for (uint32_t index = 0; index < count; index++)
        for (const struct fen_range *range = only_dimension(&rules[index]) == dimension
                                                 ? fen_plan_range(&rules[index], dimension)
                                                 : NULL;
             range != NULL; range = range->next)
            if (range->from <= value && value <= range->to)
                return true;
    return false;
}

/* Ranges of one dimension with a hole between them, where no rule is for the rest. */
static void review_gaps(struct fen_reader *reader, const struct fen_node *list,
                        const struct fen_rule *rules, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++) {
        uint32_t dimension = only_dimension(&rules[index]);
        if (dimension < FEN_DIMENSION_TEXT_COUNT || dimension == DIMENSION_COUNT)
            continue;
        for (const struct fen_range *range = fen_plan_range(&rules[index], dimension);
             range != NULL; range = range->next) {
            if (range->to == INT64_MAX || is_in_any(rules, count, dimension, range->to + 1) ||
                next_start(rules, count, dimension, range->to) == INT64_MAX)
                continue;
            const struct fen_node *item = fen_review_item(list, index);
            const struct fen_node *when = fen_review_value(item, &fen_rule_keys, FEN_RULE_KEY_WHEN);
            const struct fen_node *value = fen_review_value(when, &fen_when_keys, (int)dimension);
            fen_diagnose_warning(reader->diagnostics, fen_reader_place(value),
                                 "a gap: between the end of this range and the next one no rule "
                                 "holds; make them meet",
                                 "有空档：这一段的终点与下一段的起点之间没有规则；请首尾相接");
        }
    }
}

/* Roles of which every line that has a guide for them usually pays something. */
static bool has_usually_catch_all(enum fen_role role)
{
    return role == FEN_ROLE_SHARE || role == FEN_ROLE_SERVE || role == FEN_ROLE_BIND ||
           role == FEN_ROLE_LIVE || role == FEN_ROLE_SALE;
}

/* Whether something has been said of the place already: the parser finds some of it. */
static bool is_reported(const struct fen_reader *reader, struct fen_place place)
{
    for (uint32_t index = 0; index < reader->diagnostics->count; index++)
        if (reader->diagnostics->items[index].line == place.line &&
            reader->diagnostics->items[index].column == place.column)
            return true;
    return false;
}

void fen_review_reach(struct fen_reader *reader, const struct fen_node *list, enum fen_role role)
{
    const struct fen_rule *rules = reader->plan->rules[role];
    uint32_t count = reader->plan->rule_count[role];
    bool has_catch_all = false, is_sound = true;
    struct reach reach = {.rules = rules};
    reach.missing =
        fen_arena_allocate(reader->scratch, ((size_t)count + 1) * sizeof *reach.missing);
    reach.is_sound =
        fen_arena_allocate(reader->scratch, ((size_t)count + 1) * sizeof *reach.is_sound);
    const struct fen_node *item = list->first;
    for (uint32_t index = 0; index < count; index++, item = item->next) {
        reach.count = index;
        reach.is_sound[index] = fen_review_is_sound(reader, item);
        is_sound = is_sound && reach.is_sound[index];
        if (!reach.is_sound[index])
            continue;
        has_catch_all = has_catch_all || is_catch_all(&rules[index]);
        if (!is_reported(reader, fen_reader_place(item)))
            review_rule(reader, item, &reach);
    }
    if (has_catch_all || !is_sound)
        return;
    review_gaps(reader, list, rules, count);
    if (has_usually_catch_all(role))
        fen_diagnose_warning(reader->diagnostics, list->key->place,
                             "no rule for the rest: what none of these conditions fits earns "
                             "nothing; add a last rule without `when`, if that is not meant",
                             "没有兜底规则：不符合以上条件的一律不计佣；若非本意，"
                             "请在最后补一条不写“当”的规则");
}
