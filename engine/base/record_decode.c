/*
 * record_decode: protobuf bytes -> struct.
 *
 * One pass. A repeated field's first run of neighbours (all of them, as every writer lays them out)
 * is counted by hopping from tag to tag, so that its array is allocated once and exactly; a field
 * that comes back after another one is counted to the message's end, once. Thus memory stays within
 * a fixed multiple of the input, however the input is laid out.
 *
 * Each reader takes a cursor and gives back the moved one, or NULL with the fault recorded.
 */
#include "base/record.h"
#include "base/utf8.h"
#include "base/varint.h"

struct decoder {
    struct fen_arena *arena;
    const struct fen_record_selection *selection;
    const struct fen_field *unknown_enum; /* the first with a value that has no name */
    struct fen_record_error error;
};

/* One message being read. */
struct frame {
    const struct fen_schema *schema;
    char *message;
    uint64_t fields;    /* a bit per field that is read; the others are skipped */
    uint64_t recounted; /* a bit per repeated field whose array is as large as can be */
    uint32_t depth;
};

static __attribute__((cold, noinline)) const uint8_t *
fail(struct decoder *decoder, enum fen_record_status status, const struct fen_field *field,
     const char *reason)
{
    decoder->error = (struct fen_record_error){status, field, reason};
    return NULL;
}

static inline bool is_number(enum fen_field_kind kind)
{
    return kind != FEN_FIELD_TEXT && kind != FEN_FIELD_BYTES && kind != FEN_FIELD_MESSAGE;
}

static uint32_t item_size_bytes(const struct fen_field *field)
{
    switch (field->kind) {
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
        return sizeof(struct fen_str);
    case FEN_FIELD_INT64:
    case FEN_FIELD_SINT64:
        return sizeof(int64_t);
    case FEN_FIELD_UINT32:
    case FEN_FIELD_ENUM:
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE:
        return sizeof(uint32_t);
    case FEN_FIELD_BOOL:
        return sizeof(bool);
    case FEN_FIELD_MESSAGE:
        return field->message->size_bytes;
    }
    FEN_ASSERT(false && "no such kind");
    return 0;
}

/* An enum's value; one without a name is noted, and the field stays absent. */
static inline void enum_store(struct decoder *decoder, const struct fen_field *field,
                              uint64_t varint, char *at)
{
    const struct fen_names *names = field->names;
    bool is_known = varint > 0 && varint < names->count && names->names[varint] != NULL;
    if (!is_known && decoder->unknown_enum == NULL)
        decoder->unknown_enum = field;
    uint32_t value = is_known ? (uint32_t)varint : 0;
    memcpy(at, &value, sizeof value);
}

/* The smallest number stands for absence; its neighbour is as far out of bounds. */
static inline void int64_store(const struct fen_field *field, int64_t value, char *at)
{
    if (value == FEN_NONE && field->absent == FEN_NONE)
        value = FEN_NONE + 1;
    memcpy(at, &value, sizeof value);
}

/* Store a varint as the number `field` says, at `at`; false with the fault recorded. */
static inline __attribute__((always_inline)) bool
number_store(struct decoder *decoder, const struct fen_field *field,
                                uint64_t varint, char *at)
{
    switch (field->kind) {
    case FEN_FIELD_INT64:
        int64_store(field, (int64_t)varint, at);
        return true;
    case FEN_FIELD_SINT64:
        int64_store(field, fen_varint_unzigzag(varint), at);
        return true;
    case FEN_FIELD_UINT32: {
        uint32_t narrow = (uint32_t)varint;
        memcpy(at, &narrow, sizeof narrow);
        return narrow == varint;
    }
    case FEN_FIELD_BOOL: {
        bool flag = varint != 0;
        memcpy(at, &flag, sizeof flag);
        return true;
    }
    case FEN_FIELD_ENUM:
        enum_store(decoder, field, varint, at);
        return true;
    case FEN_FIELD_PERIOD:
    case FEN_FIELD_DATE: {
        int64_t value = fen_varint_unzigzag(varint);
        int32_t narrow = (int32_t)value;
        memcpy(at, &narrow, sizeof narrow);
        return narrow == value;
    }
    case FEN_FIELD_TEXT:
    case FEN_FIELD_BYTES:
    case FEN_FIELD_MESSAGE:
        break;
    }
    return false;
}

static inline __attribute__((always_inline)) const uint8_t *
number_read(struct decoder *decoder, const struct fen_field *field,
                                         uint32_t wire, const uint8_t *cursor, const uint8_t *end,
                                         char *at)
{
    if (wire != FEN_WIRE_VARINT)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "field of the wrong type");
    uint64_t varint;
    cursor = fen_varint_read(cursor, end, &varint);
    if (cursor == NULL)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "number is cut short or over-long");
    if (!number_store(decoder, field, varint, at))
        return fail(decoder, FEN_RECORD_MALFORMED, field, "number beyond 32 bits");
    return cursor;
}

static inline __attribute__((always_inline)) const uint8_t *
text_read(struct decoder *decoder, const struct fen_field *field,
                                       uint32_t wire, const uint8_t *cursor, const uint8_t *end,
                                       char *at)
{
    uint32_t size;
    if (wire != FEN_WIRE_LENGTH)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "field of the wrong type");
    cursor = fen_varint_read_size(cursor, end, &size);
    if (cursor == NULL)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "text is cut short");
    struct fen_str text = {(const char *)cursor, size};
    if (field->kind == FEN_FIELD_TEXT && !fen_utf8_is_ascii(text.data, text.size)
        && !fen_utf8_is_valid(text.data, text.size))
        return fail(decoder, FEN_RECORD_MALFORMED, field, "text is not UTF-8");
    memcpy(at, &text, sizeof text);
    return cursor + size;
}

static const uint8_t *message_read(struct decoder *decoder, struct frame *frame,
                                   const uint8_t *cursor, const uint8_t *end);

/* A nested message into `message`, which is cleared, or holds what came before. */
static const uint8_t *nested_read(struct decoder *decoder, const struct fen_field *field,
                                  uint32_t wire, const uint8_t *cursor, const uint8_t *end,
                                  char *message, uint32_t depth)
{
    uint32_t size;
    if (wire != FEN_WIRE_LENGTH)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "field of the wrong type");
    cursor = fen_varint_read_size(cursor, end, &size);
    if (cursor == NULL)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "message is cut short");
    if (depth >= FEN_RECORD_DEPTH_MAX)
        return fail(decoder, FEN_RECORD_TOO_DEEP, field, "nested deeper than 16 messages");
    struct frame frame = {.schema = field->message,
                          .message = message,
                          .fields = fen_record_selected(decoder->selection, field->message),
                          .depth = depth + 1};
    return message_read(decoder, &frame, cursor, cursor + size);
}

/* A single nested message; one that comes again is merged into the first, as protobuf says. */
static const uint8_t *single_nested_read(struct decoder *decoder, const struct fen_field *field,
                                         uint32_t wire, const uint8_t *cursor, const uint8_t *end,
                                         char *at, uint32_t depth)
{
    char *nested;
    memcpy(&nested, at, sizeof nested);
    if (nested == NULL) {
        nested = fen_arena_allocate(decoder->arena, field->message->size_bytes);
        fen_record_clear(field->message, nested);
        memcpy(at, &nested, sizeof nested);
    }
    return nested_read(decoder, field, wire, cursor, end, nested, depth);
}

/* Items in one occurrence of a repeated field whose value is at `cursor`. */
static uint32_t occurrence_count(const struct fen_field *field, uint32_t wire,
                                 const uint8_t *cursor, const uint8_t *end)
{
    if (wire != FEN_WIRE_LENGTH || !is_number(field->kind))
        return 1;
    uint32_t size;
    cursor = fen_varint_read_size(cursor, end, &size);
    uint32_t count = 0;
    for (uint32_t index = 0; cursor != NULL && index < size; index++)
        count += cursor[index] < 0x80;
    return count;
}

/* Items of `field` from `cursor` (after its tag) on: of its run only, or of all the message. */
static uint32_t items_count(const struct fen_field *field, uint32_t wire, const uint8_t *cursor,
                            const uint8_t *end, bool is_run_only)
{
    uint32_t count = 0;
    uint32_t number = field->number;
    while (cursor != NULL) {
        if (number == field->number)
            count += occurrence_count(field, wire, cursor, end);
        else if (is_run_only)
            break;
        cursor = fen_varint_skip_value(cursor, end, wire);
        uint32_t tag = 0;
        if (cursor == NULL || cursor == end)
            break;
        cursor = fen_varint_read_short(cursor, end, &tag);
        number = tag >> 3;
        wire = tag & 7;
    }
    return count;
}

/* Fill `count` items with absent messages: the first by the table, the rest as its copies. */
static void items_clear(const struct fen_schema *schema, char *items, uint32_t count)
{
    if (count > 0)
        fen_record_clear(schema, items);
    for (uint32_t index = 1; index < count; index++)
        memcpy(items + (size_t)index * schema->size_bytes, items, schema->size_bytes);
}

/*
 * Where the items of a run go. The array is made at the first run, for that run; made again at a
 * second run with room for all that can still come; and has room from then on.
 */
static char *items_room(struct decoder *decoder, struct frame *frame,
                        const struct fen_field *field, uint32_t count, uint32_t wire,
                        const uint8_t *cursor, const uint8_t *end)
{
    char *items;
    memcpy(&items, frame->message + field->offset, sizeof items);
    uint64_t bit = UINT64_C(1) << (field - frame->schema->fields);
    if ((frame->recounted & bit) != 0)
        return items;
    if (count > 0)
        frame->recounted |= bit;
    uint32_t item_bytes = item_size_bytes(field);
    uint32_t more = items_count(field, wire, cursor, end, count == 0);
    items = fen_arena_grow(decoder->arena, items, count, count + more, item_bytes);
    if (field->kind == FEN_FIELD_MESSAGE)
        items_clear(field->message, items + (size_t)count * item_bytes, more);
    memcpy(frame->message + field->offset, &items, sizeof items);
    return items;
}

/* A packed list of numbers from `*at_inout` on, `*count_inout` counted up. */
static const uint8_t *packed_read(struct decoder *decoder, const struct fen_field *field,
                                  const uint8_t *cursor, const uint8_t *end, char **at_inout,
                                  uint32_t *count_inout)
{
    uint32_t size;
    cursor = fen_varint_read_size(cursor, end, &size);
    if (cursor == NULL)
        return fail(decoder, FEN_RECORD_MALFORMED, field, "list is cut short");
    const uint8_t *list_end = cursor + size;
    while (cursor != NULL && cursor < list_end) {
        cursor = number_read(decoder, field, FEN_WIRE_VARINT, cursor, list_end, *at_inout);
        *at_inout += item_size_bytes(field);
        ++*count_inout;
    }
    return cursor;
}

static const uint8_t *item_read(struct decoder *decoder, const struct fen_field *field,
                                uint32_t wire, const uint8_t *cursor, const uint8_t *end,
                                char *at, uint32_t depth)
{
    if (field->kind == FEN_FIELD_MESSAGE)
        return nested_read(decoder, field, wire, cursor, end, at, depth);
    if (is_number(field->kind))
        return number_read(decoder, field, wire, cursor, end, at);
    return text_read(decoder, field, wire, cursor, end, at);
}

/* A run of neighbours of a repeated field; `cursor` stands after the first one's tag. */
static const uint8_t *run_read(struct decoder *decoder, struct frame *frame,
                               const struct fen_field *field, uint32_t wire,
                               const uint8_t *cursor, const uint8_t *end)
{
    uint32_t count;
    uint32_t tag;
    uint32_t item_bytes = item_size_bytes(field);
    memcpy(&count, frame->message + field->count_offset, sizeof count);
    char *at = items_room(decoder, frame, field, count, wire, cursor, end);
    at += (size_t)count * item_bytes;
    for (const uint8_t *next = cursor;; wire = tag & 7) {
        if (wire == FEN_WIRE_LENGTH && is_number(field->kind)) {
            cursor = packed_read(decoder, field, next, end, &at, &count);
        } else {
            cursor = item_read(decoder, field, wire, next, end, at, frame->depth);
            at += item_bytes;
            count++;
        }
        if (cursor == NULL)
            return NULL;
        next = fen_varint_read_short(cursor, end, &tag);
        if (next == NULL || tag >> 3 != field->number)
            break;
    }
    memcpy(frame->message + field->count_offset, &count, sizeof count);
    return cursor;
}

/* The place in the table of a field number where the table is not dense, or field_count. */
static __attribute__((noinline)) uint32_t field_search(const struct fen_schema *schema,
                                                       uint32_t number)
{
    uint32_t index = 0;
    while (index < schema->field_count && schema->fields[index].number != number)
        index++;
    return index;
}

/* A single field's value at `at`, or a repeated field's run. */
static inline __attribute__((always_inline)) const uint8_t *
field_read(struct decoder *decoder, struct frame *frame, const struct fen_field *field,
           uint32_t wire, const uint8_t *cursor, const uint8_t *end, char *at)
{
    if (field->is_repeated)
        return run_read(decoder, frame, field, wire, cursor, end);
    if (field->kind <= FEN_FIELD_BYTES)
        return text_read(decoder, field, wire, cursor, end, at);
    if (field->kind != FEN_FIELD_MESSAGE)
        return number_read(decoder, field, wire, cursor, end, at);
    return single_nested_read(decoder, field, wire, cursor, end, at, frame->depth);
}

/* The table, the message and the selection are kept apart from the frame, for the registers. */
static const uint8_t *message_read(struct decoder *decoder, struct frame *frame,
                                   const uint8_t *cursor, const uint8_t *end)
{
    const struct fen_field *fields = frame->schema->fields;
    const uint32_t field_count = frame->schema->field_count;
    const uint64_t selected = frame->fields;
    char *message = frame->message;
    while (cursor < end) {
        uint32_t tag;
        cursor = fen_varint_read_short(cursor, end, &tag);
        if (cursor == NULL || tag >> 3 == 0)
            return fail(decoder, FEN_RECORD_MALFORMED, NULL, "no field begins where one should");
        uint32_t index = (tag >> 3) - 1; /* numbers are dense in nearly every table */
        if (index >= field_count || fields[index].number != tag >> 3)
            index = field_search(frame->schema, tag >> 3);
        if (index < field_count && (selected >> index & 1) != 0) {
            const struct fen_field *field = &fields[index];
            cursor = field_read(decoder, frame, field, tag & 7, cursor, end,
                                message + field->offset);
            if (cursor == NULL)
                return NULL;
        } else {
            cursor = fen_varint_skip_value(cursor, end, tag & 7);
            if (cursor == NULL)
                return fail(decoder, FEN_RECORD_MALFORMED, NULL,
                            "unknown field is cut short or a group");
        }
    }
    return cursor;
}

enum fen_record_status fen_record_decode_fields(const struct fen_schema *schema,
                                                const struct fen_record_selection *selection,
                                                struct fen_str bytes, struct fen_arena *arena,
                                                void *message_out,
                                                struct fen_record_error *error_out)
{
    FEN_ASSERT(schema->field_count <= 64);
    struct decoder decoder = {.arena = arena, .selection = selection};
    fen_record_clear(schema, message_out);
    const uint8_t *cursor = (const uint8_t *)(bytes.size == 0 ? "" : bytes.data);
    struct frame frame = {
        .schema = schema, .message = message_out, .fields = selection->fields, .depth = 1};
    if (message_read(&decoder, &frame, cursor, cursor + bytes.size) != NULL
        && decoder.unknown_enum != NULL)
        fail(&decoder, FEN_RECORD_UNKNOWN_ENUM, decoder.unknown_enum, "value without a name");
    if (error_out != NULL)
        *error_out = decoder.error;
    return decoder.error.status;
}

enum fen_record_status fen_record_decode(const struct fen_schema *schema, struct fen_str bytes,
                                         struct fen_arena *arena, void *message_out,
                                         struct fen_record_error *error_out)
{
    static const struct fen_record_selection all = {.fields = FEN_RECORD_ALL_FIELDS};
    return fen_record_decode_fields(schema, &all, bytes, arena, message_out, error_out);
}
