/* customer: the field table of CustomerState; numbers are those of proto/fen.proto. */
#include "model/customer.h"

#define BINDING struct fen_binding
static const struct fen_field binding_fields[] = {
    FEN_ROW(1, "guide", FEN_FIELD_TEXT, BINDING, guide, 0),
    FEN_ROW(2, "store", FEN_FIELD_TEXT, BINDING, store, 0),
    FEN_ROW(3, "effective", FEN_FIELD_INT64, BINDING, effective_ms, FEN_NONE),
    FEN_ROW(4, "event", FEN_FIELD_TEXT, BINDING, event, 0),
};
static const struct fen_schema binding_schema = FEN_SCHEMA("Binding", BINDING, binding_fields);

#define CUSTOMER struct fen_customer
static const struct fen_field customer_fields[] = {
    FEN_ROW_MESSAGES(1, "bindings", CUSTOMER, bindings, binding_count, &binding_schema),
    FEN_ROW(2, "registered_event", FEN_FIELD_TEXT, CUSTOMER, registered_event, 0),
    FEN_ROW(3, "registered_at", FEN_FIELD_INT64, CUSTOMER, registered_ms, FEN_NONE),
    FEN_ROW(4, "recruiter", FEN_FIELD_TEXT, CUSTOMER, recruiter, 0),
    FEN_ROW(5, "registered_store", FEN_FIELD_TEXT, CUSTOMER, registered_store, 0),
    FEN_ROW(6, "voided", FEN_FIELD_BOOL, CUSTOMER, is_voided, 0),
    FEN_ROW_MESSAGES(7, "posted", CUSTOMER, posted, posted_count, &fen_posted_schema),
    FEN_ROW_MESSAGES(8, "marks", CUSTOMER, marks, mark_count, &fen_event_mark_schema),
    FEN_ROW(9, "plan", FEN_FIELD_TEXT, CUSTOMER, pin.plan, 0),
    FEN_ROW(10, "plan_version", FEN_FIELD_UINT32, CUSTOMER, pin.plan_version, 0),
    FEN_ROW(11, "plan_at", FEN_FIELD_INT64, CUSTOMER, pin.at_ms, FEN_NONE),
    FEN_ROW(12, "plan_publication", FEN_FIELD_INT64, CUSTOMER, pin.publication, 0),
    FEN_ROW_LIST(13, "references", FEN_FIELD_INT64, CUSTOMER, references, reference_count),
    FEN_ROW(14, "suspense", FEN_FIELD_UINT32, CUSTOMER, suspense_count, 0),
};
const struct fen_schema fen_customer_schema =
    FEN_SCHEMA("CustomerState", CUSTOMER, customer_fields);
