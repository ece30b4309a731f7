/*
 * event_form: which fields each event type has, which of them it must have, and what each has to
 * look like (SPEC §3), as one table.
 *
 * Why a table: both wires read by it (fields a type does not have are ignored like unknown ones),
 * and validation walks it; a new type or field is a row here and in model/event.c.
 *
 * Threads: constant; any.
 */
#ifndef FEN_WIRE_EVENT_FORM_H
#define FEN_WIRE_EVENT_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/event.h"
#include "wire/event_decode.h"

/* What a field's value has to look like. */
enum fen_event_check {
    FEN_CHECK_NOTHING,
    FEN_CHECK_ID,
    FEN_CHECK_TEXT,
    FEN_CHECK_TIME,
    FEN_CHECK_AMOUNT,      /* 0..10^15 */
    FEN_CHECK_ADJUSTMENT,  /* -10^15..10^15 */
    FEN_CHECK_PAYEE,
    FEN_CHECK_PERIOD,
    FEN_CHECK_STORE_KIND,
    FEN_CHECK_LINES_PLACED,
    FEN_CHECK_LINES_REFUNDED,
    FEN_CHECK_LINE_NUMBERS,
    FEN_CHECK_SERVERS,
    FEN_CHECK_CUSTOMERS,
    FEN_CHECK_SHARER,
    FEN_CHECK_LIVE,
};

struct fen_event_rule {
    uint8_t number; /* of the field in fen.Event */
    bool is_required;
    enum fen_event_check check;
};

/* The fields of a type beside those every event has: id, tenant, type, time, source. */
struct fen_event_form {
    const struct fen_event_rule *rules;
    uint32_t rule_count;
};

/* The form of a type; that of FEN_EVENT_NONE has no rows. */
const struct fen_event_form *fen_event_form(enum fen_event_type type);

/* The fields of fen_event_schema, and of its lines, that the type has, the common ones included. */
struct fen_record_selection fen_event_form_fields(enum fen_event_type type);

/* Where a fault is: a field, or a field of an item of a list. Written out only for a refusal. */
struct fen_event_place {
    const char *field;
    const char *list; /* NULL: the field is the event's own */
    uint32_t index;
};

#define FEN_PLACE(field_) ((struct fen_event_place){.field = (field_)})
#define FEN_PLACE_IN(list_, index_, field_) ((struct fen_event_place){(field_), (list_), (index_)})

/*
 * The refusal found so far: of all that apply, the first in the order of SPEC §9 names the event,
 * and of those with that code the first found gives the sentence.
 */
struct fen_event_fault {
    enum fen_refusal code; /* NONE: nothing yet */
    struct fen_arena *arena;
    struct fen_str sentence;
};

/* Record a fault, unless an earlier code is recorded. The sentence is the place and `format`. */
void fen_event_fault_add(struct fen_event_fault *fault, enum fen_refusal code,
                         struct fen_event_place place, const char *format, ...) FEN_PRINTF(4, 5);

/*
 * Check an event of a known type against its form, and complete it: defaults, lines in ascending
 * order, line numbers in ascending order and once each, discounts and portions in ascending order
 * of name with the last of equal names. New arrays come from fault->arena.
 */
void fen_event_validate(struct fen_event *event, struct fen_event_fault *fault);

/* The list fields of the form; called by fen_event_validate. */
void fen_event_validate_lines(struct fen_event *event, enum fen_event_check check,
                              struct fen_event_fault *fault);
void fen_event_validate_line_numbers(struct fen_event *event, struct fen_event_fault *fault);
void fen_event_validate_servers(const struct fen_event *event, struct fen_event_fault *fault);

/* One value; an absent one is refused as MISSING_FIELD if it is required. */
void fen_event_check_id(struct fen_event_fault *fault, struct fen_event_place place,
                        struct fen_str id, bool is_required);
void fen_event_check_text(struct fen_event_fault *fault, struct fen_event_place place,
                          struct fen_str text, bool is_required);
void fen_event_check_time(struct fen_event_fault *fault, struct fen_event_place place,
                          int64_t time_ms, bool is_required);
void fen_event_check_amount(struct fen_event_fault *fault, struct fen_event_place place,
                            int64_t amount_fen, bool is_required);
void fen_event_check_quantity(struct fen_event_fault *fault, struct fen_event_place place,
                              int64_t quantity, int64_t quantity_min, bool is_required);

/* One value that is there. */
void fen_event_check_payee(struct fen_event_fault *fault, struct fen_event_place place,
                           struct fen_str payee);

/* Whether a text has the form of an id: 1-64 bytes without control characters, '/', white space. */
bool fen_event_is_id(struct fen_str text);

#endif /* FEN_WIRE_EVENT_FORM_H */
