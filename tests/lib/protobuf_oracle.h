/*
 * protobuf_oracle: protobuf-c as a second opinion on what base/record.h reads.
 *
 * Why: two readers by different hands seldom err alike.
 */
#ifndef FEN_TESTS_LIB_PROTOBUF_ORACLE_H
#define FEN_TESTS_LIB_PROTOBUF_ORACLE_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "base/record.h"

/*
 * Whether `message` (read by fen_record_decode of `schema`) and `theirs` (unpacked by protobuf-c
 * from the same bytes) hold the same in every field. Texts are compared up to their first NUL,
 * where protobuf-c's end.
 */
bool fen_protobuf_agrees(const struct fen_schema *schema, const void *message,
                         const ProtobufCMessage *theirs);

#endif /* FEN_TESTS_LIB_PROTOBUF_ORACLE_H */
