/* record_scan: see record_scan.h. */
#include "base/record_scan.h"

#include "base/varint.h"

void fen_record_scan_init(struct fen_record_scan *scan, struct fen_str bytes)
{
    const uint8_t *cursor = (const uint8_t *)(bytes.size == 0 ? "" : bytes.data);
    *scan = (struct fen_record_scan){.cursor = cursor, .end = cursor + bytes.size};
}

bool fen_record_scan_next(struct fen_record_scan *scan)
{
    uint32_t tag;
    const uint8_t *value = fen_varint_read_short(scan->cursor, scan->end, &tag);
    const uint8_t *next = value;
    if (value == NULL)
        return false;
    scan->number = tag >> 3;
    scan->is_varint = (tag & 7) == FEN_WIRE_VARINT;
    scan->bytes = FEN_STR_NONE;
    if (scan->is_varint) {
        next = fen_varint_read(value, scan->end, &scan->varint);
    } else if ((tag & 7) == FEN_WIRE_LENGTH) {
        value = fen_varint_read_size(value, scan->end, &scan->bytes.size);
        scan->bytes.data = (const char *)value;
        next = value == NULL ? NULL : value + scan->bytes.size;
    } else {
        next = fen_varint_skip_value(value, scan->end, tag & 7);
    }
    if (next == NULL)
        return false;
    scan->cursor = next;
    return true;
}

uint32_t fen_record_scan_packed_count(const struct fen_record_scan *scan)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < scan->bytes.size; index++)
        count += (unsigned char)scan->bytes.data[index] < 0x80;
    return count;
}
