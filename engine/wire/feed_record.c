/* feed_record: see feed_record.h. */
#include "wire/feed_record.h"

#include <inttypes.h>
#include <string.h>

#include "wire/ledger_record.h"

#define CUSTOMER "customer:"

static bool is_of_customer(struct fen_str subject)
{
    return subject.size >= sizeof CUSTOMER - 1 &&
           memcmp(subject.data, CUSTOMER, sizeof CUSTOMER - 1) == 0;
}

void fen_feed_entry_conceal(struct fen_entry *entry, struct fen_arena *arena)
{
    if (!is_of_customer(entry->subject))
        return;
    entry->subject = fen_arena_format(arena, CUSTOMER "at-%" PRId64, entry->earned_ms);
    entry->event = FEN_STR_NONE;
}

bool fen_feed_entries_name(const struct fen_entry *entries, uint32_t count)
{
    for (uint32_t index = 0; index < count; index++)
        if (is_of_customer(entries[index].subject))
            return true;
    return false;
}

bool fen_feed_record_may_name(struct fen_str record)
{
    return record.size > 0 &&
           memmem(record.data, record.size, CUSTOMER, sizeof CUSTOMER - 1) != NULL;
}

void fen_feed_record_append(enum fen_wire wire, struct fen_str key, struct fen_str record,
                            struct fen_arena *arena, struct fen_buffer *out)
{
    struct fen_ledger_record ledger;
    if (!fen_ledger_record_decode(wire, key, record, arena, &ledger))
        return;
    if (!fen_feed_entries_name(ledger.entries, ledger.entry_count)) {
        fen_buffer_append_str(out, record);
        return;
    }
    for (uint32_t index = 0; index < ledger.entry_count; index++)
        fen_feed_entry_conceal(&ledger.entries[index], arena);
    fen_ledger_record_encode(wire, &ledger, out);
}
