/* explain_period: see the header. */
#include "cli/explain/explain_period.h"

#include "model/period.h"
#include "plan/period_table.h"

static bool has_role(const enum fen_role *roles, uint32_t count, enum fen_role role)
{
    for (uint32_t index = 0; index < count; index++)
        if (roles[index] == role)
            return true;
    return false;
}

bool fen_explain_counts_in(const struct fen_period_explanation *period,
                           const struct fen_period_outcome *outcome,
                           const struct fen_entry *entry)
{
    const struct fen_key *key = &entry->key;
    if (key->period != period->period || !fen_str_equal(key->plan, outcome->table->id))
        return false;
    if (outcome->rule != NULL)
        return key->role == outcome->rule->role && fen_str_equal(key->rule, outcome->rule->name);
    if (outcome->bonus != NULL)
        return has_role(outcome->bonus->roles, outcome->bonus->role_count, key->role);
    return outcome->limit != NULL &&
           has_role(outcome->limit->roles, outcome->limit->role_count, key->role);
}

bool fen_explain_is_of_period(const struct fen_period_explanation *period,
                              const struct fen_entry *entry)
{
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(period->period, month);
    return fen_str_equal(entry->subject, fen_arena_format(period->arena, "period:%s", month));
}

bool fen_explain_is_told(const struct fen_period_explanation *period,
                         const struct fen_entry *entry)
{
    for (uint32_t index = 0; index < period->trace.outcome_count; index++)
        if (fen_explain_counts_in(period, &period->trace.outcomes[index], entry))
            return true;
    return fen_explain_is_of_period(period, entry);
}

struct fen_str fen_explain_moved_by(const struct fen_explain_subject *subject,
                                    const struct fen_entry *entry)
{
    struct fen_str publication = FEN_STR("plan.published"), prefix = FEN_STR("period:");
    if (fen_str_equal(entry->event, publication))
        return publication;
    for (uint32_t index = 0; index < subject->entries.count; index++) {
        const struct fen_entry *other = &subject->entries.items[index];
        bool is_of_period = other->subject.size > prefix.size &&
                            memcmp(other->subject.data, prefix.data, prefix.size) == 0;
        if (!is_of_period && fen_str_equal(other->event, entry->event))
            return other->subject;
    }
    return FEN_STR_NONE;
}

/* "guide:A@2026-11", a tenant other than the default in front. */
static struct fen_str operand_of(const struct fen_explain_subject *subject,
                                 const struct fen_key *key)
{
    struct fen_arena *arena = subject->explanation.arena;
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(key->period, month);
    struct fen_str operand =
        fen_arena_format(arena, "%.*s@%s", FEN_STR_ARG(key->payee), month);
    return fen_str_equal(subject->tenant, FEN_STR("default"))
               ? operand
               : fen_arena_join(arena, subject->tenant, '/', operand);
}

const struct fen_str *fen_explain_period_operands(const struct fen_explain_subject *subject,
                                                  uint32_t *count_out)
{
    struct fen_str *operands = NULL;
    uint32_t count = 0, capacity = 0;
    for (uint32_t index = 0; index < subject->entries.count; index++) {
        const struct fen_key *key = &subject->entries.items[index].key;
        const struct fen_plan *table = fen_catalog_table(
            subject->explanation.reference->catalog, subject->tenant, key->plan, key->period);
        bool is_guide = fen_str_is_set(fen_payee_guide(key->payee));
        if (table == NULL || !fen_plan_counts_in_period(table, key->role, key->rule, is_guide))
            continue;
        struct fen_str operand = operand_of(subject, key);
        uint32_t at = 0;
        while (at < count && !fen_str_equal(operands[at], operand))
            at++;
        if (at == count)
            FEN_ARENA_PUSH(subject->explanation.arena, operands, count, capacity, operand);
    }
    *count_out = count;
    return operands;
}
