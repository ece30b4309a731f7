/*
 * explain_json_period: a payee's period as one JSON object: each rule with its table, the sum it
 * found and what it comes to, and the entries behind the sums. From this object alone every amount
 * can be worked out again.
 */
#include <inttypes.h>

#include "cli/explain/explain_period.h"
#include "model/period.h"
#include "plan/period_table.h"
#include "wire/json_fields.h"

static const char *const kind_words[] = {
    [FEN_KIND_TIER] = "tier", [FEN_KIND_BONUS] = "bonus", [FEN_KIND_CAP] = "cap"};

static void append_version(struct fen_buffer *out, const char *name, struct fen_str plan,
                           uint32_t version)
{
    fen_json_name(out, name);
    if (version == 0) {
        fen_buffer_append_str(out, FEN_STR("null"));
        return;
    }
    fen_json_append_text(out, plan);
    out->size_bytes--; /* its last byte is its quote */
    fen_buffer_append_format(out, "@%u\"", version);
}

static void append_pair(struct fen_buffer *out, int64_t from_fen, int64_t value)
{
    fen_json_next(out);
    fen_buffer_append_format(out, "[%" PRId64 ",%" PRId64 "]", from_fen, value);
}

static void append_roles(struct fen_buffer *out, const enum fen_role *roles, uint32_t count)
{
    fen_json_open(out, "roles", '[');
    for (uint32_t index = 0; index < count; index++) {
        fen_json_next(out);
        fen_json_append_name(out, &fen_role_names, roles[index]);
    }
    fen_json_close(out, ']');
}

/* The table, the tier reached, and what each tier beyond the first has a part of. */
static void append_tiers(const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_pay *pay = &outcome->rule->pay;
    int64_t base_fen = (int64_t)outcome->sum_fen;
    uint32_t reached = fen_plan_tier_reached(pay, base_fen);
    fen_json_text(out, "mode", pay->is_flat ? FEN_STR("flat") : FEN_STR("step"));
    fen_json_open(out, "tiers", '[');
    for (uint32_t index = 0; index < pay->tier_count; index++)
        append_pair(out, pay->tiers[index].from_fen, pay->tiers[index].rate_ppm);
    fen_json_close(out, ']');
    fen_json_integer(out, "sum", base_fen);
    fen_json_integer(out, "reached", pay->tiers[reached].from_fen);
    fen_json_open(out, "parts", '[');
    for (uint32_t tier = 1; tier <= reached; tier++) {
        int64_t part_fen = fen_plan_tier_part(pay, base_fen, tier);
        if (part_fen == 0)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_integer(out, "from", pay->tiers[tier].from_fen);
        fen_json_integer(out, "part", part_fen);
        fen_json_integer(out, "more_ppm", pay->tiers[tier].rate_ppm - pay->tiers[0].rate_ppm);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_bonus(const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_bonus *bonus = outcome->bonus;
    const struct fen_bonus_step *reached = fen_plan_bonus_reached(bonus, outcome->sum_fen);
    append_roles(out, bonus->roles, bonus->role_count);
    fen_json_text(out, "by", bonus->is_by_base ? FEN_STR("base") : FEN_STR("amount"));
    fen_json_open(out, "table", '[');
    for (uint32_t index = 0; index < bonus->step_count; index++)
        append_pair(out, bonus->steps[index].from_fen, bonus->steps[index].amount_fen);
    fen_json_close(out, ']');
    fen_json_integer(out, "sum", (int64_t)outcome->sum_fen);
    fen_json_integer(out, "reached", reached == NULL ? FEN_NONE : reached->from_fen);
}

static void append_limit(const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    append_roles(out, outcome->limit->roles, outcome->limit->role_count);
    fen_json_integer(out, "month", outcome->limit->month_fen);
    fen_json_integer(out, "sum", (int64_t)outcome->sum_fen);
}

static void append_outcome(const struct fen_period_outcome *outcome, struct fen_buffer *out)
{
    const struct fen_plan *table = outcome->table;
    bool is_gone = outcome->rule == NULL && outcome->bonus == NULL && outcome->limit == NULL;
    fen_json_next(out);
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "kind", fen_str_from(kind_words[outcome->kind]));
    append_version(out, "plan", table->id, table->version);
    fen_json_text(out, "currency", table->currency);
    fen_json_word(out, "role", &fen_role_names, outcome->role);
    fen_json_text(out, "rule", outcome->name);
    fen_json_bool(out, "in_plan", !is_gone);
    if (outcome->rule != NULL)
        append_tiers(outcome, out);
    if (outcome->bonus != NULL)
        append_bonus(outcome, out);
    if (outcome->limit != NULL)
        append_limit(outcome, out);
    fen_json_integer(out, "amount", outcome->amount_fen);
    fen_json_integer(out, "posted", outcome->posted_fen);
    append_version(out, "posted_plan", table->id, outcome->posted_version);
    fen_json_close(out, '}');
}

static void append_entry(const struct fen_explain_subject *subject,
                         const struct fen_period_explanation *period,
                         const struct fen_entry *entry, struct fen_buffer *out)
{
    fen_json_next(out);
    fen_json_encode_entry(entry, out);
    out->size_bytes--; /* more fields before its bracket */
    fen_json_open(out, "counts_in", '[');
    for (uint32_t index = 0; index < period->trace.outcome_count; index++) {
        const struct fen_period_outcome *outcome = &period->trace.outcomes[index];
        if (!fen_explain_counts_in(period, outcome, entry))
            continue;
        fen_json_next(out);
        fen_json_append_text(out, outcome->name);
    }
    fen_json_close(out, ']');
    fen_json_text(out, "moved_by",
                  fen_explain_is_of_period(period, entry) ? fen_explain_moved_by(subject, entry)
                                                          : FEN_STR_NONE);
    fen_json_close(out, '}');
}

void fen_explain_append_period_json(const struct fen_explain_subject *subject,
                                    const struct fen_period_explanation *period,
                                    struct fen_buffer *out)
{
    char month[FEN_DATE_TEXT_BYTES];
    (void)fen_period_format(period->period, month);
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "tenant", subject->tenant);
    fen_json_text(out, "subject", fen_arena_format(period->arena, "period:%s", month));
    fen_json_text(out, "payee", subject->id);
    fen_json_bool(out, "closed",
                  fen_org_is_closed(period->reference->org, subject->tenant, period->period));
    fen_json_integer(out, "seq", (int64_t)subject->account.seq);
    fen_json_integer(out, "balance", subject->account.balance_fen);
    fen_json_open(out, "rules", '[');
    for (uint32_t index = 0; index < period->trace.outcome_count; index++)
        append_outcome(&period->trace.outcomes[index], out);
    fen_json_close(out, ']');
    fen_json_open(out, "entries", '[');
    for (uint32_t index = 0; index < subject->entries.count; index++)
        if (fen_explain_is_told(period, &subject->entries.items[index]))
            append_entry(subject, period, &subject->entries.items[index], out);
    fen_json_close(out, ']');
    fen_json_bool(out, "settled", period->difference_count == 0);
    fen_buffer_append_byte(out, '}');
}
