/*
 * difference: entitlement now minus what has been posted, key by key (SPEC §1, §6).
 *
 * This is the only place where an amount becomes an entry. Orders, registrations, tasks, manual
 * entries and period rules all come through here.
 *
 * Threads: pure; any.
 */
#ifndef FEN_MODEL_DIFFERENCE_H
#define FEN_MODEL_DIFFERENCE_H

#include <stdint.h>

#include "base/arena.h"
#include "model/entry.h"
#include "model/order.h"

/* What the facts known now entitle a payee to, under one key. */
struct fen_entitled {
    struct fen_key key;
    int64_t amount_fen;
    int64_t base_fen;
    int64_t earned_ms;
    int64_t rate_ppm;         /* FEN_NONE where the pay is not a percentage */
    struct fen_str capped_by; /* absent: nothing bit */
    struct fen_str touch;     /* event id of the touch that won */
};

/* A growing list of entries in an arena. */
struct fen_entries {
    struct fen_entry *items;
    uint32_t count;
    uint32_t capacity;
};

/* What is said of every entry of one call. */
struct fen_difference_cause {
    struct fen_str tenant;
    struct fen_str subject;
    struct fen_event_ref event;
    enum fen_kind kind; /* NONE: accrual, reversal, adjust or move, as SPEC §6 says */
};

/*
 * Append to `entries` an entry wherever amount or base differ between `entitled` and *posted, both
 * ascending by key and each key once, and replace *posted (ascending; may be the same array when
 * nothing differs) by the new state. No entitled row is zero in both. A row that fell to zero is
 * kept only where nothing else tells that its (line, role, payee) had an entry before.
 *
 * Returns: how many entries were appended. Entries and *posted come from `arena`; the work in
 * between from `scratch`, which may then be reset, with `entitled` in it. Texts are borrowed: those
 * of a new key must last as long as what is in `arena`.
 */
uint32_t fen_difference(struct fen_arena *arena, struct fen_arena *scratch,
                        const struct fen_difference_cause *cause,
                        const struct fen_entitled *entitled, uint32_t entitled_count,
                        struct fen_posted **posted, uint32_t *posted_count,
                        struct fen_entries *entries);

#endif /* FEN_MODEL_DIFFERENCE_H */
