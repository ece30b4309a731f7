/*
 * explain_json: an explanation as one JSON object. Names and values are those of the topics and of
 * plans in English, amounts are in minor units; an amount before the floor that is not whole is
 * written "1332+1/2". From this object alone every amount can be worked out again.
 */
#include "cli/explain/explain_json_line.h"
#include "cli/explain/explain_period.h"
#include "cli/explain/explain_terms.h"
#include "model/period.h"
#include "wire/json_fields.h"

static const char *const standing_names[] = {"eligible", "unknown", "ineligible"};

static void append_plan_name(struct fen_buffer *out, const char *name, struct fen_str id,
                             uint32_t version)
{
    fen_json_name(out, name);
    if (!fen_str_is_set(id)) {
        fen_buffer_append_str(out, FEN_STR("null"));
        return;
    }
    fen_json_append_text(out, id);
    out->size_bytes--; /* its last byte is its quote */
    fen_buffer_append_format(out, "@%u\"", version);
}

static void append_date(struct fen_buffer *out, const char *name, int32_t value,
                        size_t (*format)(int32_t, char[FEN_DATE_TEXT_BYTES]))
{
    char text[FEN_DATE_TEXT_BYTES];
    struct fen_str shown = FEN_STR_NONE;
    if (value != FEN_DATE_NONE)
        shown = (struct fen_str){text, (uint32_t)format(value, text)};
    fen_json_text(out, name, shown);
}

/* The facts, in the form of the state topics, without what is the engine's own business. */
static void append_facts(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    struct fen_order order = subject->explanation.order;
    struct fen_customer customer = subject->explanation.customer;
    order.posted_count = order.reference_count = order.mark_count = order.touch_count = 0;
    customer.posted_count = customer.reference_count = customer.mark_count = 0;
    if (subject->kind == FEN_EXPLAIN_ORDER) {
        fen_json_name(out, "order");
        fen_json_encode(&fen_order_schema, &order, out);
    }
    if (fen_str_is_set(customer.tenant)) {
        fen_json_name(out, "customer");
        fen_json_encode(&fen_customer_schema, &customer, out);
    }
    if (subject->kind == FEN_EXPLAIN_TASK) {
        fen_json_open(out, "task", '{');
        fen_json_text(out, "closed_event", subject->explanation.task.closed_event);
        fen_json_integer(out, "closed_at",
                         fen_str_is_set(subject->explanation.task.closed_event)
                             ? subject->explanation.task.closed_ms
                             : FEN_NONE);
        fen_json_close(out, '}');
    }
}

static void append_plan(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_plan *plan = explanation->plan;
    if (plan == NULL) {
        const struct fen_plan *foreign = fen_explain_foreign_plan(explanation);
        fen_json_text(out, "plan", FEN_STR_NONE);
        if (foreign == NULL)
            return;
        append_plan_name(out, "plan_in_other_currency", foreign->id, foreign->version);
        fen_json_text(out, "currency", foreign->currency);
        return;
    }
    append_plan_name(out, "plan", plan->id, plan->version);
    fen_json_text(out, "currency", plan->currency);
    fen_json_bool(out, "plan_is_chosen_anew", explanation->is_new_choice);
    fen_json_integer(out, "utc_offset_ms", plan->offset_ms);
    fen_json_integer(out, "window_ms", explanation->attribution.window_ms);
    fen_json_open(out, "credit_order", '[');
    for (uint32_t index = 0; index < plan->credit_order_count; index++) {
        fen_json_next(out);
        fen_json_append_name(out, &fen_role_names, plan->credit_order[index]);
    }
    fen_json_close(out, ']');
}

static void append_binding(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    const struct fen_attribution *attribution = &explanation->attribution;
    if (explanation->plan == NULL)
        return;
    fen_json_open(out, "bound", '{');
    fen_json_text(out, "guide", attribution->holder);
    fen_json_integer(out, "since", attribution->holder_since_ms);
    fen_json_text(out, "store", attribution->own_store);
    fen_json_close(out, '}');
}

static void append_touches(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    int64_t created_ms = explanation->order.created_ms;
    int64_t window_ms = explanation->attribution.window_ms;
    fen_json_open(out, "touches", '[');
    for (uint32_t index = 0; index < explanation->explained_touch_count; index++) {
        const struct fen_explained_touch *explained = &explanation->explained_touches[index];
        const struct fen_touch_fact *touch = &explained->touch;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "event", touch->event);
        fen_json_text(out, "guide", touch->guide);
        fen_json_text(out, "sku", touch->sku);
        fen_json_integer(out, "at", touch->at_ms);
        fen_json_bool(out, "inside", explained->is_inside);
        /* After the window's end, whose first moment is 0; or before the touch itself. */
        if (!explained->is_inside && touch->at_ms > created_ms)
            fen_json_integer(out, "after_created_ms", touch->at_ms - created_ms);
        else if (!explained->is_inside && explanation->plan != NULL && window_ms != FEN_NONE)
            fen_json_integer(out, "outside_ms", created_ms - touch->at_ms - window_ms);
        fen_json_bool(out, "kept", explained->is_kept);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_contenders(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    fen_json_open(out, "ranking", '[');
    for (uint32_t index = 0; index < explanation->contender_count; index++) {
        const struct fen_contender *contender = &explanation->contenders[index];
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "guide", contender->guide);
        fen_json_integer(out, "score", contender->score.score);
        fen_json_integer(out, "at", contender->score.at_ms);
        fen_json_text(out, "standing", fen_str_from(standing_names[contender->standing]));
        fen_json_integer(out, "amount", contender->amount_fen);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

static void append_dues(const struct fen_explanation *explanation, struct fen_buffer *out)
{
    fen_json_open(out, "due", '[');
    for (uint32_t index = 0; index < explanation->due_count; index++) {
        const struct fen_explained_due *due = &explanation->dues[index];
        const struct fen_key *key = &due->key;
        fen_json_next(out);
        fen_buffer_append_byte(out, '{');
        fen_json_text(out, "payee", key->payee);
        fen_json_text(out, "funder", key->funder);
        fen_json_word(out, "role", &fen_role_names, key->role);
        fen_json_word(out, "portion", &fen_role_names, key->portion);
        fen_json_integer(out, "line", key->line == 0 ? FEN_NONE : key->line);
        fen_json_text(out, "rule", key->rule);
        append_plan_name(out, "plan", key->plan, key->plan_version);
        append_date(out, "period", key->period, fen_period_format);
        append_date(out, "available_on", key->available_date, fen_date_format);
        fen_json_integer(out, "amount", due->amount_fen);
        fen_json_integer(out, "base", due->base_fen);
        fen_json_integer(out, "posted", due->posted_fen);
        fen_json_integer(out, "posted_base", due->posted_base_fen);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
    fen_json_bool(out, "settled", fen_explain_is_settled(explanation));
}

static void append_entries(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    fen_json_open(out, "entries", '[');
    for (uint32_t index = 0; index < subject->entries.count; index++) {
        const struct fen_entry *entry = &subject->entries.items[index];
        struct fen_str about;
        enum fen_event_type cause = fen_explain_cause(&subject->explanation, entry, &about);
        fen_json_next(out);
        fen_json_encode_entry(entry, out);
        out->size_bytes--; /* two more fields before its bracket */
        fen_json_text(out, "cause", cause == FEN_EVENT_NONE
                                        ? FEN_STR_NONE
                                        : fen_str_from(fen_event_type_name(cause)));
        fen_json_text(out, "about", about);
        fen_json_close(out, '}');
    }
    fen_json_close(out, ']');
}

/* How to ask for what the rules of a period make of these entries. */
static void append_period_operands(const struct fen_explain_subject *subject,
                                   struct fen_buffer *out)
{
    uint32_t count;
    const struct fen_str *operands = fen_explain_period_operands(subject, &count);
    fen_json_open(out, "period_rules", '[');
    for (uint32_t index = 0; index < count; index++) {
        fen_json_next(out);
        fen_json_append_text(out, operands[index]);
    }
    fen_json_close(out, ']');
}

void fen_explain_append_json(const struct fen_explain_subject *subject, struct fen_buffer *out)
{
    const struct fen_explanation *explanation = &subject->explanation;
    fen_buffer_append_byte(out, '{');
    fen_json_text(out, "tenant", subject->tenant);
    fen_json_text(out, "subject", subject->subject);
    fen_json_open(out, "facts", '{');
    append_facts(subject, out);
    fen_json_close(out, '}');
    append_plan(explanation, out);
    if (subject->kind == FEN_EXPLAIN_ORDER) {
        append_binding(explanation, out);
        append_touches(explanation, out);
        fen_explain_append_lines(explanation, out);
    } else if (subject->kind == FEN_EXPLAIN_CUSTOMER && explanation->plan != NULL) {
        fen_explain_append_considered(explanation, 0, out);
    } else if (subject->kind == FEN_EXPLAIN_TASK) {
        append_contenders(explanation, out);
    }
    append_dues(explanation, out);
    append_entries(subject, out);
    append_period_operands(subject, out);
    fen_buffer_append_byte(out, '}');
}
