/* protobuf_oracle: see protobuf_oracle.h. */
#include "lib/protobuf_oracle.h"

#include <string.h>

static bool text_agrees(const char *ours_at, const char *theirs)
{
    struct fen_str ours;
    memcpy(&ours, ours_at, sizeof ours);
    if (ours.data == NULL || theirs == NULL)
        return ours.data == NULL && (theirs == NULL || theirs == protobuf_c_empty_string);
    return strlen(theirs) == strnlen(ours.data, ours.size)
           && memcmp(theirs, ours.data, strlen(theirs)) == 0;
}

static bool bytes_agree(const char *ours_at, const ProtobufCBinaryData *theirs)
{
    struct fen_str ours;
    memcpy(&ours, ours_at, sizeof ours);
    return ours.size == theirs->len
           && (ours.size == 0 || memcmp(ours.data, theirs->data, ours.size) == 0);
}

/* Ours has no smallest number: its neighbour stands for it where absence is FEN_NONE. */
static bool wide_agrees(const struct fen_field *field, const char *ours_at, const char *theirs_at)
{
    int64_t ours, theirs;
    memcpy(&ours, ours_at, sizeof ours);
    memcpy(&theirs, theirs_at, sizeof theirs);
    if (theirs == INT64_MIN && field->absent == FEN_NONE)
        theirs++;
    return ours == theirs;
}

static bool bool_agrees(const char *ours_at, const char *theirs_at)
{
    bool ours;
    protobuf_c_boolean theirs;
    memcpy(&ours, ours_at, sizeof ours);
    memcpy(&theirs, theirs_at, sizeof theirs);
    return ours == (theirs != 0);
}

/* One value that both have; `theirs_at` is where protobuf-c keeps it. */
static bool value_agrees(const struct fen_field *field, const char *ours_at, const char *theirs_at)
{
    const void *theirs;
    switch (field->kind) {
    case FEN_FIELD_TEXT:
        memcpy(&theirs, theirs_at, sizeof theirs);
        return text_agrees(ours_at, theirs);
    case FEN_FIELD_BYTES:
        return bytes_agree(ours_at, (const ProtobufCBinaryData *)(const void *)theirs_at);
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        return wide_agrees(field, ours_at, theirs_at);
    case FEN_FIELD_UINT32:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        return memcmp(ours_at, theirs_at, sizeof(uint32_t)) == 0;
    case FEN_FIELD_BOOL:
        return bool_agrees(ours_at, theirs_at);
    case FEN_FIELD_MESSAGE:
        memcpy(&theirs, theirs_at, sizeof theirs);
        return theirs != NULL && fen_protobuf_agrees(field->message, ours_at, theirs);
    }
    return false;
}

static bool list_agrees(const struct fen_field *field, const ProtobufCFieldDescriptor *proto,
                        const char *message, const char *theirs)
{
    uint32_t count;
    size_t their_count;
    const char *items, *their_items;
    memcpy(&count, message + field->count_offset, sizeof count);
    memcpy(&items, message + field->offset, sizeof items);
    memcpy(&their_count, theirs + proto->quantifier_offset, sizeof their_count);
    memcpy(&their_items, theirs + proto->offset, sizeof their_items);
    if (count != their_count)
        return false;
    bool is_message = field->kind == FEN_FIELD_MESSAGE;
    bool is_text = field->kind == FEN_FIELD_TEXT;
    size_t step = is_message ? field->message->size_bytes
                  : is_text  ? sizeof(struct fen_str)
                             : sizeof(int64_t);
    /* Pointers or 64-bit numbers: the tables have no other lists. */
    const size_t their_step = 8;
    if (!is_message && !is_text && field->kind != FEN_FIELD_INT64)
        return false;
    for (uint32_t index = 0; index < count; index++)
        if (!value_agrees(field, items + index * step, their_items + index * their_step))
            return false;
    return true;
}

/* A field protobuf-c does not have set has its default there; ours has the absent value, the same
 * but for FEN_NONE and FEN_DATE_NONE. */
static bool single_agrees(const struct fen_field *field, const ProtobufCFieldDescriptor *proto,
                          const char *at, const char *theirs)
{
    const char *their_at = theirs + proto->offset;
    protobuf_c_boolean has = 1;
    const void *pointer;
    if (field->kind == FEN_FIELD_MESSAGE) {
        const void *their_pointer;
        memcpy(&pointer, at, sizeof pointer);
        memcpy(&their_pointer, their_at, sizeof their_pointer);
        if (pointer == NULL || their_pointer == NULL)
            return pointer == NULL && their_pointer == NULL;
        return fen_protobuf_agrees(field->message, pointer, their_pointer);
    }
    if (field->kind != FEN_FIELD_TEXT)
        memcpy(&has, theirs + proto->quantifier_offset, sizeof has);
    if (has)
        return value_agrees(field, at, their_at);
    int32_t narrow;
    memcpy(&narrow, at, sizeof narrow);
    if (field->kind == FEN_FIELD_PERIOD || field->kind == FEN_FIELD_DATE)
        return narrow == FEN_DATE_NONE;
    int64_t wide;
    if (field->kind != FEN_FIELD_INT64 && field->kind != FEN_FIELD_SINT64)
        return value_agrees(field, at, their_at);
    memcpy(&wide, at, sizeof wide);
    return wide == field->absent;
}

bool fen_protobuf_agrees(const struct fen_schema *schema, const void *message,
                         const ProtobufCMessage *theirs)
{
    for (uint32_t index = 0; index < schema->field_count; index++) {
        const struct fen_field *field = &schema->fields[index];
        const ProtobufCFieldDescriptor *proto =
            protobuf_c_message_descriptor_get_field(theirs->descriptor, field->number);
        const char *ours = message;
        if (proto == NULL)
            return false;
        if (field->is_repeated ? !list_agrees(field, proto, ours, (const char *)theirs)
                               : !single_agrees(field, proto, ours + field->offset,
                                                (const char *)theirs))
            return false;
    }
    return true;
}
