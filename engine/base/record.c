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

static void clear_fields(const struct fen_schema *schema, void *message)
{
    memset(message, 0, schema->size_bytes);
    const struct fen_field *end = schema->fields + schema->field_count;
    for (const struct fen_field *field = schema->fields; field < end; field++)
        if (field->absent != 0)
            clear_number(field, (char *)message + field->offset);
}

/* Large enough for struct fen_event, of which every event takes one. */
#define IMAGE_BYTES_MAX 768u
#define IMAGE_COUNT 8u

/* Messages as they are when cleared: of few schemas at a time, so that clearing is one copy. */
static _Thread_local struct image {
    const struct fen_schema *schema; /* NULL: none yet */
    _Alignas(16) char bytes[IMAGE_BYTES_MAX];
} images[IMAGE_COUNT];

void fen_record_clear(const struct fen_schema *schema, void *message)
{
    if (schema->size_bytes > IMAGE_BYTES_MAX) {
        clear_fields(schema, message);
        return;
    }
    struct image *image = &images[(uintptr_t)schema / sizeof *schema % IMAGE_COUNT];
    if (image->schema != schema) {
        clear_fields(schema, image->bytes);
        image->schema = schema;
    }
    memcpy(message, image->bytes, schema->size_bytes);
}
