/*
 * record: protobuf bytes <-> plain structs, driven by one table per message.
 *
 * Why: one table of fields (a schema) serves the protobuf reader, the protobuf writer, the JSON
 * reader and the JSON writer (wire/json.h), so that they cannot drift apart; proto/fen.proto says
 * the same to other languages, and a test holds the tables against the code protoc-c makes of it.
 * Own code, because a state record is read and written for every event: a table walk without
 * allocation costs a fraction of a general library, and it bounds depth and size by itself.
 *
 * Absent: a number equal to the field's `absent` value, a text with data NULL, a NULL message, a
 * repeated field with count 0. Unknown fields are skipped.
 *
 * Threads: any; the tables are constant.
 */
#ifndef FEN_BASE_RECORD_H
#define FEN_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/str.h"

/* The value of an absent integer or time, and of an absent date or period. */
#define FEN_NONE INT64_MIN
#define FEN_DATE_NONE INT32_MIN

/* Nesting a reader follows at the most (SPEC §3: protobuf 16). */
#define FEN_RECORD_DEPTH_MAX 16

enum fen_field_kind {
    FEN_FIELD_TEXT,    /* struct fen_str; proto string, must be UTF-8 */
    FEN_FIELD_BYTES,   /* struct fen_str; proto bytes */
    FEN_FIELD_INT64,   /* int64_t; proto int64 */
    FEN_FIELD_SINT64,  /* int64_t; proto sint64, for amounts that may be negative */
    FEN_FIELD_UINT32,  /* uint32_t; proto uint32 */
    FEN_FIELD_BOOL,    /* bool; proto bool */
    FEN_FIELD_ENUM,    /* a C enum (4 bytes), 0 = absent; proto enum; JSON its name */
    FEN_FIELD_PERIOD,  /* int32_t months since 0000-01; proto sint32; JSON "YYYY-MM" */
    FEN_FIELD_DATE,    /* int32_t days since 1970-01-01; proto sint32; JSON "YYYY-MM-DD" */
    FEN_FIELD_MESSAGE, /* pointer to a struct, or (repeated) to an array of structs */
};

/* Names of an enum's values: names[value], NULL where there is no such value; names[0] is NULL. */
struct fen_names {
    const char *const *names;
    uint32_t count; /* of names, the 0th included */
};

struct fen_schema;

struct fen_field {
    const char *name;                 /* in proto and, without json_name, in JSON */
    const char *json_name;            /* in JSON; NULL: as `name` */
    const struct fen_schema *message; /* of a MESSAGE */
    const struct fen_names *names;    /* of an ENUM */
    int64_t absent;                   /* of a number */
    uint32_t number;                  /* in proto */
    enum fen_field_kind kind;
    uint16_t offset;       /* of the value, or of the array pointer */
    uint16_t count_offset; /* of the uint32_t count of a repeated field */
    bool is_repeated;
    bool is_map; /* repeated {name, amount}, in JSON an object {name: amount} */
    uint8_t tag_size_bytes;
    uint8_t tag[2]; /* as it stands before a value: number and wire type; numbers are below 2048 */
};

struct fen_schema {
    const char *name;               /* proto message name */
    const struct fen_field *fields; /* ascending by number */
    uint32_t field_count;
    uint32_t size_bytes; /* of the struct */
};

enum fen_record_status {
    FEN_RECORD_OK,
    FEN_RECORD_TOO_DEEP,
    FEN_RECORD_MALFORMED,    /* truncated, over-long varint, wrong wire type, not UTF-8 */
    FEN_RECORD_UNKNOWN_ENUM, /* an enum value without a name */
};

/* What a refused record says. */
struct fen_record_error {
    enum fen_record_status status;
    const struct fen_field *field; /* the one at fault, NULL when none is */
    const char *reason;            /* static English sentence */
};

/* Set every field of `message` (uninitialised, schema->size_bytes) to absent. */
void fen_record_clear(const struct fen_schema *schema, void *message);

/*
 * Read `bytes` into `message_out` (cleared first). Arrays and nested structs come from `arena`;
 * texts borrow `bytes`, which must outlive the message. Of repeated numbers packed and unpacked
 * forms are read; of a single value that comes again the last holds, a single message that comes
 * again is merged into the first, as protobuf says. Never reads outside `bytes`, never allocates
 * more than a bounded multiple of its size.
 *
 * Returns: OK, or the first fault with *error_out filled (may be NULL) and the message undefined;
 * UNKNOWN_ENUM only when there is no other fault.
 */
enum fen_record_status fen_record_decode(const struct fen_schema *schema, struct fen_str bytes,
                                         struct fen_arena *arena, void *message_out,
                                         struct fen_record_error *error_out) FEN_MUST_USE;

/*
 * A hash of all that is set in `message`: tells an event that is the same again from another one
 * under the same id (SPEC §3). The same on every machine and in every process, and unchanged by
 * fields that a later version adds and the message does not set. Allocates nothing.
 */
uint32_t fen_record_hash(const struct fen_schema *schema, const void *message);

/* As fen_record_hash, of these fields of the message (a bit by place in the table). */
uint32_t fen_record_hash_fields(const struct fen_schema *schema, uint64_t fields,
                                const void *message);

/* A bit per field of a schema, by its place in the table. */
#define FEN_RECORD_ALL_FIELDS UINT64_MAX

/* Which fields are read or written; the others are skipped like unknown ones. */
struct fen_record_selection {
    uint64_t fields;                 /* of the message itself */
    const struct fen_schema *nested; /* NULL, or a nested message of which not all are read */
    uint64_t nested_fields;          /* of that one, wherever it stands */
};

/* As fen_record_decode, for the fields selected. */
enum fen_record_status fen_record_decode_fields(const struct fen_schema *schema,
                                                const struct fen_record_selection *selection,
                                                struct fen_str bytes, struct fen_arena *arena,
                                                void *message_out,
                                                struct fen_record_error *error_out) FEN_MUST_USE;

/* Append the protobuf bytes of `message` to `out`. */
void fen_record_encode(const struct fen_schema *schema, const void *message,
                       struct fen_buffer *out);

/* As fen_record_encode, of the fields selected. */
void fen_record_encode_fields(const struct fen_schema *schema,
                              const struct fen_record_selection *selection, const void *message,
                              struct fen_buffer *out);

/* The fields selected of a nested message. */
static inline uint64_t fen_record_selected(const struct fen_record_selection *selection,
                                           const struct fen_schema *nested)
{
    return selection->nested == nested ? selection->nested_fields : FEN_RECORD_ALL_FIELDS;
}

/* The JSON name of a field. */
static inline const char *fen_field_json_name(const struct fen_field *field)
{
    return field->json_name != NULL ? field->json_name : field->name;
}

/* The number, kind and tag of a row. */
#define FEN_ROW_TAG(number_, kind_)                                                                \
    ((unsigned)(number_) << 3                                                                      \
     | ((kind_) <= FEN_FIELD_BYTES || (kind_) == FEN_FIELD_MESSAGE ? 2u : 0u))
#define FEN_ROW_HEAD(name_, number_, kind_)                                                        \
    .name = name_, .number = number_, .kind = kind_,                                               \
    .tag_size_bytes = FEN_ROW_TAG(number_, kind_) < 0x80 ? 1 : 2,                                  \
    .tag = {(FEN_ROW_TAG(number_, kind_) & 0x7F)                                                   \
                | (FEN_ROW_TAG(number_, kind_) < 0x80 ? 0 : 0x80),                                 \
            FEN_ROW_TAG(number_, kind_) >> 7 & 0x7F}

/* Rows of a schema table. `type` is the struct, `member` the field; proto names may differ. */
#define FEN_ROW(number_, name_, kind_, type, member, absent_)                                      \
    {FEN_ROW_HEAD(name_, number_, kind_), .offset = offsetof(type, member), .absent = absent_}
/* A number whose name in JSON is not its name in proto. */
#define FEN_ROW_RENAMED(number_, name_, json_name_, kind_, type, member, absent_)                  \
    {FEN_ROW_HEAD(name_, number_, kind_), .json_name = json_name_,                                 \
     .offset = offsetof(type, member), .absent = absent_}
#define FEN_ROW_ENUM(number_, name_, type, member, names_)                                         \
    {FEN_ROW_HEAD(name_, number_, FEN_FIELD_ENUM), .offset = offsetof(type, member),               \
     .names = names_}
#define FEN_ROW_MESSAGE(number_, name_, type, member, schema_)                                     \
    {FEN_ROW_HEAD(name_, number_, FEN_FIELD_MESSAGE), .offset = offsetof(type, member),            \
     .message = schema_}
#define FEN_ROW_LIST(number_, name_, kind_, type, member, count_)                                  \
    {FEN_ROW_HEAD(name_, number_, kind_), .offset = offsetof(type, member),                        \
     .count_offset = offsetof(type, count_), .is_repeated = true}
#define FEN_ROW_MESSAGES(number_, name_, type, member, count_, schema_)                            \
    {FEN_ROW_HEAD(name_, number_, FEN_FIELD_MESSAGE), .offset = offsetof(type, member),            \
     .count_offset = offsetof(type, count_),                                                       \
     .is_repeated = true, .message = schema_}
#define FEN_ROW_MAP(number_, name_, type, member, count_, schema_)                                 \
    {FEN_ROW_HEAD(name_, number_, FEN_FIELD_MESSAGE), .offset = offsetof(type, member),            \
     .count_offset = offsetof(type, count_),                                                       \
     .is_repeated = true, .is_map = true, .message = schema_}

/* A schema over a table of rows. */
#define FEN_SCHEMA(name_, type, rows)                                                              \
    {.name = name_, .fields = rows, .field_count = sizeof(rows) / sizeof *(rows),                  \
     .size_bytes = sizeof(type)}

#endif /* FEN_BASE_RECORD_H */
