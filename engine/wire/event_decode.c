/*
 * event_decode: see event_decode.h.
 *
 * The type is looked up before anything else, since it says which fields there are: by hopping over
 * the protobuf's top level, or in JSON's tree. The same look bounds the lists, before an array is
 * made for them.
 */
#include "wire/event_decode.h"

#include "base/record_scan.h"
#include "wire/event_form.h"
#include "wire/json.h"
#include "wire/json_read.h"

/* Fields of fen.Event that are looked at one by one. */
enum {
    TYPE_NUMBER = 3,
    LINES_NUMBER = 8,
    LINE_NUMBERS_NUMBER = 9,
    AT_NUMBER = 10,
    SERVERS_NUMBER = 13,
    EFFECTIVE_NUMBER = 28,
};

/* What a first look at an event sees. */
struct glance {
    enum fen_event_type type; /* NONE: absent, or not known */
    bool has_type;
    uint32_t line_count;
    uint32_t line_number_count;
    uint32_t server_count;
};

const char *fen_refusal_name(enum fen_refusal code)
{
    static const char *const names[FEN_REFUSAL_COUNT] = {
        [FEN_REFUSAL_NONE] = "",
        [FEN_REFUSAL_TOO_LARGE] = "TOO_LARGE",
        [FEN_REFUSAL_TOO_DEEP] = "TOO_DEEP",
        [FEN_REFUSAL_MALFORMED] = "MALFORMED",
        [FEN_REFUSAL_UNKNOWN_TYPE] = "UNKNOWN_TYPE",
        [FEN_REFUSAL_UNKNOWN_ENUM] = "UNKNOWN_ENUM",
        [FEN_REFUSAL_MISSING_FIELD] = "MISSING_FIELD",
        [FEN_REFUSAL_BAD_ID] = "BAD_ID",
        [FEN_REFUSAL_BAD_AMOUNT] = "BAD_AMOUNT",
        [FEN_REFUSAL_BAD_QUANTITY] = "BAD_QUANTITY",
        [FEN_REFUSAL_DUPLICATE_LINE] = "DUPLICATE_LINE",
        [FEN_REFUSAL_MISROUTED] = "MISROUTED",
        [FEN_REFUSAL_FUTURE] = "FUTURE",
        [FEN_REFUSAL_BAD_PLAN] = "BAD_PLAN",
        [FEN_REFUSAL_CRASHED] = "CRASHED",
    };
    return (uint32_t)code < FEN_REFUSAL_COUNT ? names[code] : "";
}

static bool has_field(uint64_t fields, uint32_t number)
{
    return (fields >> (number - 1) & 1) != 0;
}

/* The lists of the type's fields against their bounds: TOO_LARGE comes before all but size. */
static void check_list_sizes(const struct glance *glance, uint64_t fields,
                             struct fen_event_fault *fault)
{
    bool has_lines = has_field(fields, LINES_NUMBER);
    bool has_numbers = has_field(fields, LINE_NUMBERS_NUMBER);
    bool has_servers = has_field(fields, SERVERS_NUMBER);
    uint32_t lines = has_lines ? glance->line_count : has_numbers ? glance->line_number_count : 0;
    if (lines > FEN_LINE_COUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("lines"),
                            "are %u: at most %u can be in an event", lines, FEN_LINE_COUNT_MAX);
    if (has_servers && glance->server_count > FEN_SERVER_COUNT_MAX)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("servers"),
                            "are %u: at most %u can be in an event", glance->server_count,
                            FEN_SERVER_COUNT_MAX);
}

/* An error of the record or JSON reader as a refusal. */
static void add_record_error(struct fen_event_fault *fault, const struct fen_record_error *error)
{
    const char *name = error->field == NULL ? "the event" : fen_field_json_name(error->field);
    switch (error->status) {
    case FEN_RECORD_OK:
        break;
    case FEN_RECORD_TOO_DEEP:
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_DEEP, FEN_PLACE(name), "is %s", error->reason);
        break;
    case FEN_RECORD_MALFORMED:
        fen_event_fault_add(fault, FEN_REFUSAL_MALFORMED, FEN_PLACE(name), "cannot be read: %s",
                            error->reason);
        break;
    case FEN_RECORD_UNKNOWN_ENUM:
        fen_event_fault_add(fault, FEN_REFUSAL_UNKNOWN_ENUM, FEN_PLACE(name), "has a %s",
                            error->reason);
        break;
    }
}

/* The rest of the way, the same for both wires. */
static void complete(const struct glance *glance, const struct fen_record_error *error,
                     struct fen_event *event, struct fen_event_fault *fault)
{
    bool is_type = error->field == &fen_event_schema.fields[TYPE_NUMBER - 1];
    if (error->status == FEN_RECORD_UNKNOWN_ENUM && is_type)
        fen_event_fault_add(fault, FEN_REFUSAL_UNKNOWN_TYPE, FEN_PLACE("type"),
                            "is not known: see the list of event types");
    else
        add_record_error(fault, error);
    if (!glance->has_type)
        fen_event_fault_add(fault, FEN_REFUSAL_MISSING_FIELD, FEN_PLACE("type"),
                            "is missing: send it");
    /* Validation finds no code that comes before those found by now. */
    if (fault->code == FEN_REFUSAL_NONE)
        fen_event_validate(event, fault);
}

/* How many items the list of that name has; 0: there is none. */
static uint32_t list_count(const struct fen_json_value *object, const char *name)
{
    const struct fen_json_value *value = fen_json_member(object, name);
    return value == NULL || value->kind != FEN_JSON_LIST ? 0 : value->count;
}

static void decode_json(struct fen_str bytes, struct fen_event *event,
                        struct fen_event_fault *fault)
{
    struct fen_json_tree tree;
    fen_json_tree_init(&tree, bytes);
    if (tree.is_too_deep)
        fen_event_fault_add(fault, FEN_REFUSAL_TOO_DEEP, FEN_PLACE("the event"),
                            "is nested deeper than %u", FEN_JSON_DEPTH_MAX);
    if (tree.root == NULL) {
        fen_event_fault_add(fault, FEN_REFUSAL_MALFORMED, FEN_PLACE("the event"),
                            "is no JSON object: %s, at byte %u", tree.reason, tree.at);
        goto out;
    }
    const struct fen_json_value *type = fen_json_member(tree.root, "type");
    struct glance glance = {.has_type = type != NULL};
    if (type != NULL && type->kind == FEN_JSON_TEXT)
        glance.type = (enum fen_event_type)fen_names_find(&fen_event_type_names, type->text);
    glance.line_count = list_count(tree.root, "lines");
    glance.line_number_count = glance.line_count;
    glance.server_count = list_count(tree.root, "servers");
    struct fen_record_selection selection = fen_event_form_fields(glance.type);
    check_list_sizes(&glance, selection.fields, fault);
    if (fault->code != FEN_REFUSAL_NONE)
        goto out;
    struct fen_record_error error;
    enum fen_record_status status = fen_json_read_fields(&fen_event_schema, &selection, tree.root,
                                                         fault->arena, event, &error);
    FEN_ASSERT(status == error.status);
    complete(&glance, &error, event, fault);
out:
    fen_json_tree_deinit(&tree);
}

static bool has_lists(enum fen_event_type type)
{
    uint64_t fields = fen_event_form_fields(type).fields;
    return has_field(fields, LINES_NUMBER) || has_field(fields, LINE_NUMBERS_NUMBER) ||
           has_field(fields, SERVERS_NUMBER);
}

/* is_short: no further than a type that has no lists, should none other follow it. */
static void glance_protobuf(struct fen_str bytes, bool is_short, struct glance *glance)
{
    struct fen_record_scan scan;
    *glance = (struct glance){.type = FEN_EVENT_NONE};
    fen_record_scan_init(&scan, bytes);
    while (fen_record_scan_next(&scan)) {
        if (scan.number == TYPE_NUMBER && scan.is_varint) {
            bool is_known = scan.varint < FEN_EVENT_TYPE_COUNT;
            glance->type = is_known ? (enum fen_event_type)scan.varint : FEN_EVENT_NONE;
            glance->has_type = true;
            if (is_short && is_known && !has_lists(glance->type))
                return;
        } else if (scan.number == LINES_NUMBER) {
            glance->line_count++;
        } else if (scan.number == LINE_NUMBERS_NUMBER) {
            glance->line_number_count += scan.is_varint ? 1 : fen_record_scan_packed_count(&scan);
        } else if (scan.number == SERVERS_NUMBER) {
            glance->server_count++;
        }
    }
}

/* Whether it was read, as an event of the type that the glance saw. */
static bool read_protobuf(struct fen_str bytes, bool is_short, struct glance *glance,
                          struct fen_record_error *error, struct fen_event *event,
                          struct fen_event_fault *fault)
{
    glance_protobuf(bytes, is_short, glance);
    struct fen_record_selection selection = fen_event_form_fields(glance->type);
    check_list_sizes(glance, selection.fields, fault);
    if (fault->code != FEN_REFUSAL_NONE)
        return false;
    enum fen_record_status status = fen_record_decode_fields(&fen_event_schema, &selection, bytes,
                                                             fault->arena, event, error);
    FEN_ASSERT(status == error->status);
    return status == FEN_RECORD_OK && event->type == glance->type;
}

/* A type may come again, and the last holds: then, and to tell what is wrong, all is looked at. */
static void decode_protobuf(struct fen_str bytes, struct fen_event *event,
                            struct fen_event_fault *fault)
{
    struct glance glance;
    struct fen_record_error error;
    bool is_read = read_protobuf(bytes, true, &glance, &error, event, fault);
    if (!is_read && fault->code == FEN_REFUSAL_NONE)
        (void)read_protobuf(bytes, false, &glance, &error, event, fault);
    if (fault->code == FEN_REFUSAL_NONE)
        complete(&glance, &error, event, fault);
}

enum fen_refusal fen_event_decode(enum fen_wire wire, struct fen_str bytes, struct fen_arena *arena,
                                  struct fen_event *event_out, struct fen_refused *refused_out)
{
    struct fen_event_fault fault = {.code = FEN_REFUSAL_NONE, .arena = arena};
    if (bytes.size > FEN_EVENT_SIZE_BYTES_MAX)
        fen_event_fault_add(&fault, FEN_REFUSAL_TOO_LARGE, FEN_PLACE("the event"),
                            "has %u bytes: at most %u can be sent", bytes.size,
                            FEN_EVENT_SIZE_BYTES_MAX);
    else if (wire == FEN_WIRE_JSON)
        decode_json(bytes, event_out, &fault);
    else
        decode_protobuf(bytes, event_out, &fault);
    if (fault.code != FEN_REFUSAL_NONE)
        *refused_out = (struct fen_refused){fault.code, fault.sentence};
    else
        event_out->content =
            fen_record_hash_fields(&fen_event_schema,
                                   fen_event_form_fields(event_out->type).fields, event_out);
    return fault.code;
}

/* Defaults that the type does not have are left out; decoding fills them in again. */
void fen_event_encode(enum fen_wire wire, const struct fen_event *event, struct fen_buffer *out)
{
    uint64_t fields = fen_event_form_fields(event->type).fields;
    struct fen_event sent = *event;
    if (!has_field(fields, AT_NUMBER))
        sent.at_ms = FEN_NONE;
    if (!has_field(fields, EFFECTIVE_NUMBER))
        sent.effective_ms = FEN_NONE;
    if (wire == FEN_WIRE_JSON)
        fen_json_encode(&fen_event_schema, &sent, out);
    else
        fen_record_encode(&fen_event_schema, &sent, out);
}
