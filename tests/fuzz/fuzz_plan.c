/*
 * fuzz_plan: any bytes as a plan file end in a plan or in mistakes, in both languages alike.
 *
 * A plan that compiles must match lines without a fault, whatever its rules ask for.
 */
#include "fuzz.h"

#include "plan/parse.h"

/* Every role against a line that has nothing and one that has the first symbol of everything. */
static void match_all(const struct fen_plan *plan)
{
    struct fen_attributes nothing = {.bound_days = FEN_NONE};
    struct fen_attributes first = {.bound_days = 1, .quantity = 1, .base_fen = 100};
    for (uint32_t role = 0; role < FEN_ROLE_COUNT; role++) {
        for (uint32_t rule = 0; rule < plan->rule_count[role]; rule++) {
            const struct fen_rule *one = &plan->rules[role][rule];
            for (uint32_t index = 0; index < one->condition_count; index++) {
                const struct fen_condition *condition = &one->conditions[index];
                for (uint32_t value = 0; value < condition->symbol_count; value++)
                    FEN_ASSERT(fen_plan_symbol(plan, condition->dimension, condition->texts[value])
                               == condition->symbols[value]);
                first.symbols[condition->dimension] = condition->symbols[0];
            }
        }
        (void)fen_plan_match(plan, (enum fen_role)role, &nothing);
        (void)fen_plan_match(plan, (enum fen_role)role, &first);
    }
    FEN_ASSERT(fen_plan_window_max_ms(plan) >= 0);
    FEN_ASSERT(plan->from_ms < plan->to_ms);
}

static uint32_t parse(struct fen_str yaml, enum fen_language language)
{
    struct fen_arena *arena = fen_arena_create(1 << 14);
    struct fen_diagnostics diagnostics = {.arena = arena, .language = language};
    const struct fen_plan *plan = fen_plan_parse(yaml, arena, &diagnostics);
    FEN_ASSERT((plan == NULL) == (diagnostics.error_count > 0));
    for (uint32_t index = 0; index < diagnostics.count; index++) {
        const struct fen_diagnostic *one = &diagnostics.items[index];
        FEN_ASSERT(one->line >= 1 && one->column >= 1 && one->message.size > 0);
        FEN_ASSERT(index == 0 || diagnostics.items[index - 1].line <= one->line);
    }
    if (plan != NULL)
        match_all(plan);
    uint32_t error_count = diagnostics.error_count;
    fen_arena_destroy(arena);
    return error_count;
}

/* The stricter reading finds at least as many errors, at places in their order. */
static void read(struct fen_str yaml, enum fen_language language, uint32_t error_count)
{
    struct fen_arena *arena = fen_arena_create(1 << 14);
    struct fen_diagnostics diagnostics = {.arena = arena, .language = language};
    struct fen_plan_document document;
    bool is_good = fen_plan_read(yaml, arena, &diagnostics, &document);
    FEN_ASSERT(is_good == (document.plan != NULL));
    FEN_ASSERT(is_good == (diagnostics.error_count == 0));
    FEN_ASSERT(diagnostics.error_count >= error_count);
    for (uint32_t index = 0; index < diagnostics.count; index++) {
        const struct fen_diagnostic *one = &diagnostics.items[index];
        FEN_ASSERT(one->line >= 1 && one->column >= 1 && one->message.size > 0);
        FEN_ASSERT(index == 0 || diagnostics.items[index - 1].line <= one->line);
    }
    fen_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fen_str yaml = {(const char *)data, (uint32_t)size};
    uint32_t english = parse(yaml, FEN_LANGUAGE_ENGLISH);
    FEN_ASSERT(parse(yaml, FEN_LANGUAGE_CHINESE) == english);
    read(yaml, FEN_LANGUAGE_ENGLISH, english);
    read(yaml, FEN_LANGUAGE_CHINESE, english);
    return 0;
}
