/*
 * record_scan: a first look at the top level of protobuf bytes, field by field, without decoding.
 *
 * Why: how many items lists have, and of what type an event is, must be known before room is made
 * for them (SPEC §9: TOO_LARGE comes first).
 *
 * Threads: a scan belongs to one thread.
 */
#ifndef FEN_BASE_RECORD_SCAN_H
#define FEN_BASE_RECORD_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/str.h"

struct fen_record_scan {
    uint32_t number;      /* of the field found */
    bool is_varint;       /* it is a number: `varint` is its value */
    uint64_t varint;
    struct fen_str bytes; /* of a text, message or packed list; else absent */
    const uint8_t *cursor;
    const uint8_t *end;
};

/* Begin at the first field of `bytes`, which must outlive the scan. */
void fen_record_scan_init(struct fen_record_scan *scan, struct fen_str bytes);

/* Go to the next field; false at the end, and where the bytes can be read no further. */
bool fen_record_scan_next(struct fen_record_scan *scan) FEN_MUST_USE;

/* The numbers in `bytes`, read as a packed list of varints. */
uint32_t fen_record_scan_packed_count(const struct fen_record_scan *scan);

#endif /* FEN_BASE_RECORD_SCAN_H */
