/* explain_json_line: see the header. */
#include "cli/explain/explain_json_line.h"

#include <inttypes.h>

#include "cli/explain/explain_terms.h"
#include "plan/words.h"
#include "wire/json_fields.h"

static const char *const verdict_names[] = {"nobody", "ineligible", "no_rule", "suspended",
                                            "credited"};
static const struct fen_names verdicts = {verdict_names, 5};
static const char *const fate_names[] = {"too_old", "after_created", "other_sku", "ineligible"};
static const struct fen_names fates = {fate_names, 4};
static const char *const standing_names[] = {"eligible", "unknown", "ineligible"};
static const struct fen_names standings = {standing_names, 3};
static const char *const step_names[] = {"pay", "cap.line", "limit", "cap.order"};
static const struct fen_names step_kinds = {step_names, 4};
static const char *const pass_names[] = {"own_refunds", "all_refunds"};
static const struct fen_names passes = {pass_names, 2};
static const char *const leaver_names[] = {"pay", "store", "house"};
static const struct fen_names leavers = {leaver_names, 3};
static const char *const pay_names[] = {"percent", "per_unit", "per_line", "tiers",
                                        "per_customer"};
static const struct fen_names pays = {pay_names, 5};

/* Values from 0 on all have names here, unlike those of the topics. */
static void append_word(struct fen_buffer *out, const char *name, const struct fen_names *names,
                        uint32_t value)
{
    fen_json_text(out, name, fen_str_from(names->names[value]));
}

static void append_unsigned(struct fen_buffer *out, fen_uint128 value)
{
    char digits[40];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value != 0);
    fen_buffer_append(out, digits + at, sizeof digits - at);
}

static void append_exact(struct fen_buffer *out, const char *name, struct fen_exact amount,
                         fen_uint128 scale)
{
    fen_uint128 numerator, denominator;
    fen_explain_fraction(amount, scale, &numerator, &denominator);
    fen_json_name(out, name);
    fen_buffer_append_format(out, "\"%" PRId64, amount.whole);
    if (numerator != 0) {
        fen_buffer_append_byte(out, '+');
        append_unsigned(out, numerator);
        fen_buffer_append_byte(out, '/');
        append_unsigned(out, denominator);
    }
    fen_buffer_append_byte(out, '"');
}

/* An amount with the part of a room below one fen (exact_room.h). */
static void append_room(const struct fen_explanation *explanation, struct fen_buffer *out,
                        const char *name, const struct fen_exact_room *room, int64_t whole_fen)
{
    struct fen_str digits = fen_exact_room_digits(room, explanation->arena);
    fen_json_name(out, name);
    fen_buffer_append_format(out, "\"%" PRId64 "+%.*s\"", whole_fen, FEN_STR_ARG(digits));
}

static void append_failing(const struct fen_explanation *explanation,
                           const struct fen_trace_candidate *candidate,
                           const struct fen_rule *rule, struct fen_buffer *out)
{
    uint32_t failing = fen_plan_failing(explanation->plan, rule, &candidate->attributes);
    fen_json_next(out);
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "rule", rule->name);
    fen_json_open(out, "failed", '[');
    for (uint32_t condition = 0; condition < FEN_EXPLAIN_CONDITION_COUNT; condition++) {
        if ((failing >> condition & 1) == 0)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "condition",
                      fen_str_from(fen_words_spell(&fen_when_keys, (int)condition,
                                                   FEN_LANGUAGE_ENGLISH)));
        fen_json_text(out, "wanted", fen_explain_wanted(explanation->arena, rule, condition));
        fen_json_text(out, "found", fen_explain_found(explanation, candidate, condition));
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
    fen_json_close(out, '}');
}

/* The rules read before the one that matched; all of them, where none did. */
static void append_rules(const struct fen_explanation *explanation,
                         const struct fen_trace_candidate *candidate, struct fen_buffer *out)
{
    enum fen_role role = candidate->credit.role;
    const struct fen_rule *matched = candidate->credit.rule;
    fen_json_text(out, "rule", matched == NULL ? FEN_STR_NONE : matched->name);
    fen_json_open(out, "passed_rules", '[');
    for (uint32_t index = 0; index < explanation->plan->rule_count[role]; index++) {
        const struct fen_rule *rule = &explanation->plan->rules[role][index];
        if (rule == matched)
            break;
        append_failing(explanation, candidate, rule, out);
    }
    fen_json_close(out, ']');
}

static void append_status(const struct fen_explanation *explanation,
                          const struct fen_guide *guide, struct fen_buffer *out)
{
    if (guide == NULL)
        return;
    fen_json_word(out, "status", &fen_guide_status_names, guide->status);
    if (guide->status == FEN_GUIDE_ACTIVE)
        fen_json_text(out, "own_customer", explanation->order.customer);
}

/* Within `considered` of a role. */
static void append_passed_touches(const struct fen_explanation *explanation, int64_t line,
                                  struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "passed_touches", '[');
    for (uint32_t index = 0; index < trace->touch_count; index++) {
        const struct fen_trace_touch *passed = &trace->touches[index];
        if (passed->line != line)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "event", passed->touch->event);
        fen_json_text(out, "guide", passed->touch->guide);
        append_word(out, "why", &fates, passed->fate);
        append_status(explanation, passed->guide, out);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

/* `line` NULL: of a registration. */
static void append_pay(const struct fen_work_line *line, const struct fen_rule *rule,
                       struct fen_buffer *out)
{
    const struct fen_pay *pay = &rule->pay;
    fen_json_open(out, "pay", '{');
    append_word(out, "kind", &pays, pay->kind);
    if (pay->kind == FEN_PAY_PERCENT || pay->kind == FEN_PAY_TIERS)
        fen_json_integer(out, "rate_ppm", pay->rate_ppm);
    else
        fen_json_integer(out, "amount", pay->amount_fen);
    if (pay->kind == FEN_PAY_PER_UNIT && line != NULL)
        fen_json_integer(out, "quantity", line->attributed.line->quantity);
    if (pay->kind == FEN_PAY_TIERS) {
        fen_json_open(out, "tiers", '[');
        for (uint32_t index = 0; index < pay->tier_count; index++) {
            fen_json_next(out);
            fen_buffer_append_format(out, "[%" PRId64 ",%" PRId64 "]", pay->tiers[index].from_fen,
                                     pay->tiers[index].rate_ppm);
        }
        fen_json_close(out, ']');
    }
    fen_json_close(out, '}');
}

static void append_candidate(const struct fen_explanation *explanation,
                             const struct fen_trace_candidate *candidate, struct fen_buffer *out)
{
    const struct fen_credit *credit = &candidate->credit;
    fen_json_next(out);
    fen_buffer_append_byte(out, '{');
    fen_json_word(out, "role", &fen_role_names, credit->role);
    append_word(out, "verdict", &verdicts, candidate->verdict);
    fen_json_bool(out, "exclusive", fen_plan_is_exclusive(explanation->plan, credit->role));
    fen_json_text(out, "guide", fen_credit_guide(credit));
    fen_json_text(out, "payee", credit->payee);
    fen_json_text(out, "touch", credit->touch);
    fen_json_text(out, "selling_store",
                  credit->selling_store == NULL ? FEN_STR_NONE : credit->selling_store->store);
    if (candidate->verdict == FEN_TRACE_INELIGIBLE)
        append_status(explanation, candidate->guide, out);
    if (candidate->verdict >= FEN_TRACE_NO_RULE)
        append_rules(explanation, candidate, out);
    if (credit->role == FEN_ROLE_RECRUIT && credit->rule != NULL)
        append_pay(NULL, credit->rule, out);
    if (credit->role == FEN_ROLE_SHARE)
        append_passed_touches(explanation, candidate->line, out);
    fen_json_close(out, '}');
}

void fen_explain_append_considered(const struct fen_explanation *explanation, int64_t line,
                              struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "considered", '[');
    for (uint32_t index = 0; index < trace->candidate_count; index++)
        if (trace->candidates[index].line == line)
            append_candidate(explanation, &trace->candidates[index], out);
    fen_json_close(out, ']');
    fen_json_open(out, "not_tried", '[');
    for (int role = 1; role < FEN_ROLE_COUNT && line != 0; role++)
        if (fen_explain_is_untried(explanation, line, (enum fen_role)role)) {
            fen_json_next(out);
            fen_json_append_name(out, &fen_role_names, (uint32_t)role);
        }
    fen_json_close(out, ']');
}

static void append_step(const struct fen_explanation *explanation,
                        const struct fen_trace_step *step, struct fen_buffer *out)
{
    const struct fen_rule *rule = step->credit->credit->rule;
    fen_json_next(out);
    fen_buffer_append_byte(out, '{');
    append_word(out, "pass", &passes, step->pass);
    append_word(out, "step", &step_kinds, step->kind);
    switch (step->kind) {
    case FEN_TRACE_PAY:
        fen_json_integer(out, "remaining", step->credit->remaining[step->pass]->fen);
        break;
    case FEN_TRACE_CAP_LINE:
        fen_json_integer(out, "at_most", rule->cap_line_fen);
        break;
    case FEN_TRACE_CAP_ORDER:
        fen_json_integer(out, "at_most", rule->cap_order_fen);
        break;
    case FEN_TRACE_LIMIT:
        fen_json_text(out, "limit", step->limit->name);
        fen_json_integer(out, "rate_ppm", step->limit->line_ppm);
        fen_json_integer(out, "greatest_remaining",
                         fen_explain_limit(explanation, step)->greatest_fen);
        fen_json_open(out, "roles", '[');
        for (uint32_t index = 0; index < step->limit->role_count; index++) {
            fen_json_next(out);
            fen_json_append_name(out, &fen_role_names, step->limit->roles[index]);
        }
        fen_json_close(out, ']');
        break;
    }
    const struct fen_work_credit *credit = step->credit;
    const struct fen_exact_room *room = credit->room[step->pass];
    if (step->kind == FEN_TRACE_CAP_ORDER && room != NULL)
        append_room(explanation, out, "amount", room, room->whole);
    else
        append_exact(out, "amount", step->amount, credit->scale);
    fen_json_close(out, '}');
}

static void append_steps(const struct fen_explanation *explanation,
                         const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "steps", '[');
    for (uint32_t index = 0; index < trace->step_count; index++)
        if (trace->steps[index].credit == credit)
            append_step(explanation, &trace->steps[index], out);
    fen_json_close(out, ']');
}

static void append_servers(const struct fen_explanation *explanation,
                           const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "servers", '[');
    for (uint32_t index = 0; index < trace->server_count; index++) {
        const struct fen_trace_server *served = &trace->servers[index];
        if (served->credit != credit)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "guide", served->server->guide);
        fen_json_integer(out, "weight", served->server->weight);
        append_word(out, "standing", &standings, served->standing);
        if (served->standing == FEN_STANDING_INELIGIBLE)
            append_status(explanation, served->guide, out);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
    fen_json_open(out, "leavers", '[');
    for (uint32_t index = 0; index < trace->leaver_count; index++) {
        const struct fen_trace_leaver *left = &trace->leavers[index];
        if (left->credit != credit)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "guide", left->guide);
        append_word(out, "policy", &leavers, left->policy);
        fen_json_text(out, "store", left->record->store);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_portions(const struct fen_explanation *explanation,
                            const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "portions", '[');
    for (uint32_t index = 0; index < trace->portion_count; index++) {
        const struct fen_trace_portion *portion = &trace->portions[index];
        if (portion->credit != credit)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "payee", portion->payee);
        fen_json_word(out, "portion", &fen_role_names, portion->portion);
        fen_json_integer(out, "rate_ppm", portion->rate_ppm);
        fen_json_integer(out, "weight", portion->weight);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_shares(const struct fen_explanation *explanation,
                          const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_trace *trace = &explanation->trace;
    fen_json_open(out, "floored", '[');
    for (uint32_t index = 0; index < trace->share_count; index++) {
        const struct fen_trace_share *share = &trace->shares[index];
        if (share->key.line != credit->line || share->key.role != credit->credit->role)
            continue;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "payee", share->key.payee);
        fen_json_text(out, "funder", share->key.funder);
        fen_json_word(out, "portion", &fen_role_names, share->key.portion);
        fen_json_integer(out, "rate_ppm", share->rate_ppm);
        fen_json_integer(out, "weight", share->weight);
        fen_json_integer(out, "weights", share->weights);
        fen_json_integer(out, "amount", share->amount_fen[FEN_PASS_OWN_REFUNDS]);
        fen_json_integer(out, "base", share->base_fen[FEN_PASS_OWN_REFUNDS]);
        if (trace->work.has_goodwill) {
            fen_json_integer(out, "amount_all_refunds", share->amount_fen[FEN_PASS_ALL_REFUNDS]);
            fen_json_integer(out, "base_all_refunds", share->base_fen[FEN_PASS_ALL_REFUNDS]);
        }
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_rest(const struct fen_explanation *explanation,
                        const struct fen_work_credit *credit, struct fen_buffer *out)
{
    const struct fen_exact_room *room = credit->room[FEN_PASS_OWN_REFUNDS];
    struct fen_exact rest = fen_explain_rest(explanation, credit);
    if (room != NULL && !explanation->order.is_cancelled)
        append_room(explanation, out, "stays_with_funder", room, rest.whole);
    else
        append_exact(out, "stays_with_funder", rest, credit->scale);
}

static void append_credit(const struct fen_explanation *explanation,
                          const struct fen_work_line *line, const struct fen_work_credit *credit,
                          struct fen_buffer *out)
{
    const struct fen_rule *rule = credit->credit->rule;
    fen_json_next(out);
    fen_buffer_append_byte(out, '{');
    fen_json_word(out, "role", &fen_role_names, credit->credit->role);
    fen_json_text(out, "rule", rule->name);
    fen_json_text(out, "payee", credit->credit->payee);
    fen_json_word(out, "refund", &fen_refund_policy_names,
                  explanation->plan->refund[credit->credit->role]);
    fen_json_bool(out, "suspended", credit->credit->is_suspended);
    fen_json_word(out, "earned", &fen_fact_kind_names, rule->earned);
    fen_json_integer(out, "earned_at", credit->earned_ms);
    fen_json_word(out, "hold_from", &fen_fact_kind_names, rule->hold_from);
    fen_json_integer(out, "hold_days", rule->hold_from == FEN_FACT_NONE ? FEN_NONE
                                                                        : rule->hold_days);
    fen_json_integer(out, "until", line->attributed.times.until_ms);
    append_pay(line, rule, out);
    append_steps(explanation, credit, out);
    append_servers(explanation, credit, out);
    append_portions(explanation, credit, out);
    append_shares(explanation, credit, out);
    append_rest(explanation, credit, out);
    fen_json_close(out, '}');
}

/* `base` taken apart, as the plan says. */
static void append_base(const struct fen_explanation *explanation,
                        const struct fen_work_line *line, struct fen_buffer *out)
{
    static const char *const views[] = {"withhold", "goodwill", "all_refunds"};
    const struct fen_plan *plan = explanation->plan;
    fen_json_integer(out, "paid", line->attributed.line->paid_fen);
    fen_json_open(out, "add_back", '[');
    for (uint32_t index = 0; index < plan->add_back_count; index++) {
        fen_json_next(out);
        fen_json_append_text(out, plan->add_back[index]);
    }
    fen_json_close(out, ']');
    fen_json_open(out, "exclude", '[');
    for (uint32_t index = 0; index < plan->exclude_count; index++) {
        fen_json_next(out);
        fen_json_append_text(out, plan->exclude[index]);
    }
    fen_json_close(out, ']');
    fen_json_integer(out, "base", line->attributed.base_fen);
    fen_json_open(out, "remaining", '{');
    for (int view = 0; view < FEN_VIEW_COUNT; view++) {
        fen_json_open(out, views[view], '{');
        fen_json_integer(out, "remaining", line->remaining[view].fen);
        fen_json_integer(out, "left", line->remaining[view].numerator);
        fen_json_integer(out, "of", line->remaining[view].denominator);
        fen_json_close(out, '}');
    }
    fen_json_close(out, '}');
}

void fen_explain_append_lines(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    fen_json_open(out, "lines", '[');
    for (uint32_t index = 0; index < explanation->trace.line_count; index++) {
        const struct fen_work_line *line = explanation->trace.lines[index];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_integer(out, "line", line->attributed.line->line);
        append_base(explanation, line, out);
        fen_explain_append_considered(explanation, line->attributed.line->line, out);
        fen_json_open(out, "credits", '[');
        for (uint32_t credit = 0; credit < line->credit_count; credit++)
            append_credit(explanation, line, &line->credits[credit], out);
        fen_json_close(out, ']');
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}
