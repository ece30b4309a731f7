/*
 * feed_record: what of a ledger record may be shown, in Redis and behind it (schemas/redis.md).
 *
 * The entries of a registration have the customer as subject, "customer:ID" (SPEC §6), and ids of
 * customers may be telephone numbers. Guides see feeds, so there the subject names the registration
 * by its time instead, "customer:at-MS", the entry's own earned_at: nothing in it comes from the
 * id, so that nothing leads back to it, and no key has to be kept that would (a hash of a telephone
 * number is undone by trying them all). Accrual and reversal of one registration have the same
 * time, hence the same subject; registrations of one millisecond share theirs. The event's id is
 * left out: senders like to put the customer's into it. The ledger keeps both.
 *
 * The same record always gives the same bytes, whoever writes them: the projector from a batch, or
 * from the topic when a partition is set up anew.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_WIRE_FEED_RECORD_H
#define FEN_WIRE_FEED_RECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "model/entry.h"
#include "wire/event_decode.h"

/* Take the customer out of an entry; one that has none stays as it is. Texts from the arena. */
void fen_feed_entry_conceal(struct fen_entry *entry, struct fen_arena *arena);

/* Whether entries name a customer. */
bool fen_feed_entries_name(const struct fen_entry *entries, uint32_t count) FEN_MUST_USE;

/* Whether a ledger record's bytes may; false: surely not. */
bool fen_feed_record_may_name(struct fen_str record) FEN_MUST_USE;

/*
 * Append a ledger record without its customers, unchanged where it names none; `key` is the
 * record's, "tenant/payee". One that cannot be read is left out: nobody could show it, and it might
 * name somebody.
 */
void fen_feed_record_append(enum fen_wire wire, struct fen_str key, struct fen_str record,
                            struct fen_arena *arena, struct fen_buffer *out);

#endif /* FEN_WIRE_FEED_RECORD_H */
