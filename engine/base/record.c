/* record: see record.h. Readers and writers are in record_decode.c and record_encode.c. */
#include "base/record.h"

/* Set one number to what stands for absence; texts, pointers and counts are zeros already. */
static inline void clear_number(const struct fen_field *field, char *at)
{
    if (field->kind == FEN_FIELD_INT64 || field->kind == FEN_FIELD_SINT64) {
        memcpy(at, &field->absent, sizeof field->absent);
    } else if (field->kind == FEN_FIELD_BOOL) {
        bool absent = true;
        memcpy(at, &absent, sizeof absent);
    } else {
        int32_t absent = (int32_t)field->absent;
        memcpy(at, &absent, sizeof absent);
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
