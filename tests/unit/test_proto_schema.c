/* test_proto_schema: proto/fen.proto against the engine's field tables, both ways. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/fen.pb-c.h"

#include "model/account.h"
#include "model/customer.h"
#include "model/entry.h"
#include "model/event.h"
#include "model/order.h"
#include "model/task.h"
#include "wire/lane_state.h"

/* An enum of the tables, its name in proto, and what stands before the names of its values. */
struct enumeration {
    const struct fen_names *names;
    const ProtobufCEnumDescriptor *descriptor;
    const char *prefix;
};

static const struct enumeration enumerations[] = {
    {&fen_event_type_names, &fen__event_type__descriptor, ""},
    {&fen_role_names, &fen__role__descriptor, "ROLE_"},
    {&fen_kind_names, &fen__kind__descriptor, "KIND_"},
    {&fen_fact_kind_names, &fen__fact_kind__descriptor, "FACT_"},
    {&fen_guide_status_names, &fen__guide_status__descriptor, "GUIDE_"},
    {&fen_refund_policy_names, &fen__refund_policy__descriptor, "REFUND_"},
};
#define ENUMERATION_COUNT (sizeof enumerations / sizeof *enumerations)

static const struct {
    const struct fen_schema *schema;
    const ProtobufCMessageDescriptor *descriptor;
} roots[] = {
    {&fen_event_schema, &fen__event__descriptor},
    {&fen_entry_schema, &fen__entry__descriptor},
    {&fen_ledger_schema, &fen__ledger_record__descriptor},
    {&fen_posting_schema, &fen__posting_record__descriptor},
    {&fen_order_schema, &fen__order_state__descriptor},
    {&fen_customer_schema, &fen__customer_state__descriptor},
    {&fen_task_state_schema, &fen__task_state__descriptor},
    {&fen_task_guide_schema, &fen__task_guide_state__descriptor},
    {&fen_account_schema, &fen__account_state__descriptor},
    {&fen_lane_state_schema, &fen__lane_state__descriptor},
};

static ProtobufCType type_of(enum fen_field_kind kind)
{
    switch (kind) {
    case FEN_FIELD_TEXT:
        return PROTOBUF_C_TYPE_STRING;
    case FEN_FIELD_BYTES:
        return PROTOBUF_C_TYPE_BYTES;
    case FEN_FIELD_INT64:
        return PROTOBUF_C_TYPE_INT64;
    case FEN_FIELD_SINT64:
        return PROTOBUF_C_TYPE_SINT64;
    case FEN_FIELD_UINT32:
        return PROTOBUF_C_TYPE_UINT32;
    case FEN_FIELD_BOOL:
        return PROTOBUF_C_TYPE_BOOL;
    case FEN_FIELD_ENUM:
        return PROTOBUF_C_TYPE_ENUM;
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        return PROTOBUF_C_TYPE_SINT32;
    case FEN_FIELD_MESSAGE:
        return PROTOBUF_C_TYPE_MESSAGE;
    }
    fail_msg("no such kind");
    return PROTOBUF_C_TYPE_BOOL;
}

static const struct enumeration *enumeration_of(const struct fen_names *names)
{
    for (size_t index = 0; index < ENUMERATION_COUNT; index++)
        if (enumerations[index].names == names)
            return &enumerations[index];
    fail_msg("an enum of a table that the test does not know");
    return NULL;
}

/* A default other than protobuf's own is said in the file, and no other. */
static void check_default(const struct fen_field *field, const ProtobufCFieldDescriptor *proto)
{
    bool is_number = field->kind == FEN_FIELD_INT64 || field->kind == FEN_FIELD_SINT64;
    if (is_number && field->absent == 1) {
        assert_non_null(proto->default_value);
        assert_int_equal(*(const int64_t *)proto->default_value, 1);
    } else {
        assert_null(proto->default_value);
    }
}

static void check_field(const struct fen_schema *schema, const struct fen_field *field,
                        const ProtobufCFieldDescriptor *proto)
{
    ProtobufCLabel label = field->is_repeated ? PROTOBUF_C_LABEL_REPEATED
                                              : PROTOBUF_C_LABEL_OPTIONAL;
    if (proto == NULL)
        fail_msg("%s.%s (%u) is not in fen.proto", schema->name, field->name, field->number);
    assert_string_equal(proto->name, field->name);
    assert_int_equal(proto->type, type_of(field->kind));
    assert_int_equal(proto->label, label);
    if (field->kind == FEN_FIELD_ENUM)
        assert_ptr_equal(proto->descriptor, enumeration_of(field->names)->descriptor);
    if (!field->is_repeated)
        check_default(field, proto);
    if (field->kind == FEN_FIELD_MESSAGE) {
        const ProtobufCMessageDescriptor *nested = proto->descriptor;
        assert_string_equal(nested->short_name, field->message->name);
    }
}

/* Queue of pairs to compare, each once; nested messages are added as they are met. */
struct queue {
    const struct fen_schema *schemas[64];
    const ProtobufCMessageDescriptor *descriptors[64];
    size_t count;
};

static void queue_add(struct queue *queue, const struct fen_schema *schema,
                      const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t index = 0; index < queue->count; index++)
        if (queue->schemas[index] == schema)
            return;
    assert_true(queue->count < 64);
    queue->schemas[queue->count] = schema;
    queue->descriptors[queue->count++] = descriptor;
}

static void fill_queue(struct queue *queue)
{
    for (size_t root = 0; root < sizeof roots / sizeof *roots; root++)
        queue_add(queue, roots[root].schema, roots[root].descriptor);
    for (size_t at = 0; at < queue->count; at++) {
        const struct fen_schema *schema = queue->schemas[at];
        for (uint32_t index = 0; index < schema->field_count; index++) {
            const struct fen_field *field = &schema->fields[index];
            const ProtobufCFieldDescriptor *proto =
                protobuf_c_message_descriptor_get_field(queue->descriptors[at], field->number);
            check_field(schema, field, proto);
            if (field->kind == FEN_FIELD_MESSAGE)
                queue_add(queue, field->message, proto->descriptor);
        }
    }
}

static void test_every_field_of_a_table_is_in_the_file(void **state)
{
    struct queue queue = {.count = 0};
    fill_queue(&queue);
    assert_true(queue.count > 20);
}

/* As many fields in the file as in the table: with the test above, none is only in the file. */
static void test_every_field_of_the_file_is_in_a_table(void **state)
{
    struct queue queue = {.count = 0};
    fill_queue(&queue);
    for (size_t at = 0; at < queue.count; at++) {
        assert_string_equal(queue.schemas[at]->name, queue.descriptors[at]->short_name);
        if (queue.schemas[at]->field_count != queue.descriptors[at]->n_fields)
            fail_msg("%s has %u fields in the table, %u in the file", queue.schemas[at]->name,
                     queue.schemas[at]->field_count, queue.descriptors[at]->n_fields);
    }
}

/* Rows ascend by number; an event's are dense, so that row n - 1 is field n (wire/event_form.c). */
static void test_tables_ascend_by_number(void **state)
{
    struct queue queue = {.count = 0};
    fill_queue(&queue);
    for (size_t at = 0; at < queue.count; at++)
        for (uint32_t index = 1; index < queue.schemas[at]->field_count; index++)
            assert_true(queue.schemas[at]->fields[index].number
                        > queue.schemas[at]->fields[index - 1].number);
    for (uint32_t index = 0; index < fen_event_schema.field_count; index++)
        assert_int_equal(fen_event_schema.fields[index].number, index + 1);
}

static void test_enums_have_the_same_values(void **state)
{
    for (size_t index = 0; index < ENUMERATION_COUNT; index++) {
        const struct enumeration *one = &enumerations[index];
        assert_int_equal(one->descriptor->n_values, one->names->count);
        for (uint32_t value = 1; value < one->names->count; value++) {
            char expected[64];
            snprintf(expected, sizeof expected, "%s%s", one->prefix, one->names->names[value]);
            for (char *at = expected; *at != '\0'; at++)
                *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
            const ProtobufCEnumValue *proto =
                protobuf_c_enum_descriptor_get_value(one->descriptor, (int)value);
            assert_non_null(proto);
            assert_string_equal(proto->name, expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_a_table_is_in_the_file),
        cmocka_unit_test(test_every_field_of_the_file_is_in_a_table),
        cmocka_unit_test(test_tables_ascend_by_number),
        cmocka_unit_test(test_enums_have_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
