/* event_validate: an event against its form (event_form.h). */
#include "model/period.h"
#include "wire/event_form.h"

static void check_period(struct fen_event_fault *fault, struct fen_str text)
{
    const int32_t period_max = 9987 * 12 + 11; /* as far as times go */
    int32_t period;
    if (!fen_period_parse(text, &period) || period > period_max)
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_ID, FEN_PLACE("period"),
                            "is no period: write YYYY-MM");
}

static void check_store_kind(struct fen_event_fault *fault, struct fen_str kind)
{
    if (fen_names_find(&fen_store_kind_names, kind) == 0)
        fen_event_fault_add(fault, FEN_REFUSAL_UNKNOWN_ENUM, FEN_PLACE("kind"),
                            "of a store is not known: write owned, concession or franchise");
}

static void check_customers(struct fen_event_fault *fault, const struct fen_event *event)
{
    for (uint32_t index = 0; index < event->customer_count; index++)
        fen_event_check_id(fault, FEN_PLACE("customers"), event->customers[index], true);
}

static void check_sharer(struct fen_event_fault *fault, const struct fen_sharer *sharer)
{
    fen_event_check_id(fault, FEN_PLACE("sharer.guide"), sharer->guide, true);
    fen_event_check_time(fault, FEN_PLACE("sharer.time"), sharer->time_ms, true);
}

static void check_live(struct fen_event_fault *fault, const struct fen_live *live)
{
    fen_event_check_id(fault, FEN_PLACE("live.session"), live->session, true);
    fen_event_check_id(fault, FEN_PLACE("live.host"), live->host, true);
}

static void check_adjustment(struct fen_event_fault *fault, int64_t amount_fen)
{
    if (amount_fen < -FEN_AMOUNT_MAX || amount_fen > FEN_AMOUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_BAD_AMOUNT, FEN_PLACE("amount"),
                            "is %lld: an adjustment lies in -10^15 to 10^15",
                            (long long)amount_fen);
}

static bool field_is_set(const struct fen_event *event, const struct fen_field *field)
{
    const char *at = (const char *)event + field->offset;
    struct fen_str text;
    const void *pointer;
    uint32_t narrow;
    int64_t wide;
    if (field->is_repeated) {
        memcpy(&narrow, (const char *)event + field->count_offset, sizeof narrow);
        return narrow > 0;
    }
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        memcpy(&text, at, sizeof text);
        return fen_str_is_set(text);
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        memcpy(&wide, at, sizeof wide);
        return wide != field->absent;
    case FEN_FIELD_UINT32:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        memcpy(&narrow, at, sizeof narrow);
        return (int32_t)narrow != (int32_t)field->absent;
    case FEN_FIELD_BOOL:
        return true;
    case FEN_FIELD_MESSAGE:
        memcpy(&pointer, at, sizeof pointer);
        return pointer != NULL;
    }
    return false;
}

static struct fen_str text_at(const struct fen_event *event, const struct fen_field *field)
{
    struct fen_str text;
    memcpy(&text, (const char *)event + field->offset, sizeof text);
    return text;
}

static int64_t number_at(const struct fen_event *event, const struct fen_field *field)
{
    int64_t number;
    memcpy(&number, (const char *)event + field->offset, sizeof number);
    return number;
}

/* Check a field that is there. */
static void check_field(struct fen_event *event, const struct fen_field *field,
                        enum fen_event_check check, struct fen_event_fault *fault)
{
    struct fen_event_place place = FEN_PLACE(field->name);
    switch (check) {
    case FEN_CHECK_NOTHING:
        break;
    case FEN_CHECK_ID:
        fen_event_check_id(fault, place, text_at(event, field), false);
        break;
    case FEN_CHECK_TEXT:
        fen_event_check_text(fault, place, text_at(event, field), false);
        break;
    case FEN_CHECK_TIME:
        fen_event_check_time(fault, place, number_at(event, field), false);
        break;
    case FEN_CHECK_AMOUNT:
        fen_event_check_amount(fault, place, number_at(event, field), false);
        break;
    case FEN_CHECK_ADJUSTMENT:
        check_adjustment(fault, event->amount_fen);
        break;
    case FEN_CHECK_PAYEE:
        fen_event_check_payee(fault, place, text_at(event, field));
        break;
    case FEN_CHECK_PERIOD:
        check_period(fault, text_at(event, field));
        break;
    case FEN_CHECK_STORE_KIND:
        check_store_kind(fault, event->kind);
        break;
    case FEN_CHECK_LINES_PLACED:
    case FEN_CHECK_LINES_REFUNDED:
        fen_event_validate_lines(event, check, fault);
        break;
    case FEN_CHECK_LINE_NUMBERS:
        fen_event_validate_line_numbers(event, fault);
        break;
    case FEN_CHECK_SERVERS:
        fen_event_validate_servers(event, fault);
        break;
    case FEN_CHECK_CUSTOMERS:
        check_customers(fault, event);
        break;
    case FEN_CHECK_SHARER:
        check_sharer(fault, event->sharer);
        break;
    case FEN_CHECK_LIVE:
        check_live(fault, event->live);
        break;
    }
}

/* What SPEC §3 says an absent field is. */
static void defaults_fill(struct fen_event *event)
{
    bool is_guide = event->type == FEN_EVENT_GUIDE_SET;
    bool is_store = event->type == FEN_EVENT_STORE_SET;
    if (!fen_str_is_set(event->tenant))
        event->tenant = FEN_STR("default");
    if (event->at_ms == FEN_NONE)
        event->at_ms = event->time_ms;
    if (event->effective_ms == FEN_NONE)
        event->effective_ms = event->time_ms;
    if (is_guide && event->status == FEN_GUIDE_STATUS_NONE)
        event->status = FEN_GUIDE_ACTIVE;
    if ((is_guide || is_store) && !fen_str_is_set(event->kind))
        event->kind = is_guide ? FEN_STR("guide") : FEN_STR("owned");
}

void fen_event_validate(struct fen_event *event, struct fen_event_fault *fault)
{
    const struct fen_event_form *form = fen_event_form(event->type);
    fen_event_check_id(fault, FEN_PLACE("id"), event->id, true);
    fen_event_check_id(fault, FEN_PLACE("tenant"), event->tenant, false);
    fen_event_check_time(fault, FEN_PLACE("time"), event->time_ms, true);
    fen_event_check_text(fault, FEN_PLACE("source"), event->source, false);
    for (uint32_t index = 0; index < form->rule_count; index++) {
        const struct fen_event_rule *rule = &form->rules[index];
        const struct fen_field *field = &fen_event_schema.fields[rule->number - 1];
        if (field_is_set(event, field))
            check_field(event, field, rule->check, fault);
        else if (rule->is_required)
            fen_event_fault_add(fault, FEN_REFUSAL_MISSING_FIELD,
                                FEN_PLACE(fen_field_json_name(field)), "is missing: send it");
    }
    defaults_fill(event);
}
