/* record: see record.h. Readers and writers are in record_decode.c and record_encode.c. */
#include "base/record.h"

/* Set one number to what stands for absence; texts, pointers and counts are zeros already. */
static void clear_number(const struct fen_field *field, char *at)
{
    switch (field->kind) {
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        memcpy(at, &field->absent, sizeof field->absent);
        break;
    case FEN_FIELD_UINT32:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE: {
        int32_t absent = (int32_t)field->absent;
        memcpy(at, &absent, sizeof absent);
        break;
    }
    case FEN_FIELD_BOOL: {
        bool absent = field->absent != 0;
        memcpy(at, &absent, sizeof absent);
        break;
    }
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_MESSAGE:
        break;
    }
}

void fen_record_clear(const struct fen_schema *schema, void *message)
{
    memset(message, 0, schema->size_bytes);
    const struct fen_field *end = schema->fields + schema->field_count;
    for (const struct fen_field *field = schema->fields; field < end; field++)
        if (field->absent != 0)
            clear_number(field, (char *)message + field->offset);
}
