/*
 * fake_lanes: struct fen_lanes with the least that shows a lost, repeated or torn batch.
 *
 * For tests of the worker: linking fake_lanes.c's symbols into a test program replaces the real
 * lanes there (include fake_lanes_body.h in the one file of the test). Each order event adds the
 * number in its value to its key's total, and answers with a ledger record "SEQ TOTAL" and an
 * order-state record of the same text. So for every key, committed ledger records must read
 * 1, 2, 3, ... with running totals, whatever happened on the way.
 *
 *   a posting with value "gap"        fen_lanes_apply says gap
 *   fake_lanes_changes                how often a batch saw new references (a batch without
 *                                     messages then emits one ledger record "reference N")
 *   touches                           counted when restored and when applied
 */
#ifndef FEN_TESTS_LIB_FAKE_LANES_H
#define FEN_TESTS_LIB_FAKE_LANES_H

#include <stdint.h>

#include "stream/lanes.h"

/* What the fake saw, over all lanes of the process; the test resets it. */
struct fake_lanes_seen {
    uint64_t restored_states;
    uint64_t restored_touches;
    uint64_t restored_org_events;
    uint64_t applied;
    uint64_t promoted;
    uint64_t discarded;
    int64_t touches_from_ms; /* what fen_lanes_touches_from_ms shall answer */
    uint32_t behind_batches; /* batches until fen_lanes_is_behind answers no */
    uint32_t batch_outputs_max; /* fen_lanes_is_full from so many on; 0: never */
    bool emits_on_reference; /* a batch under a new reference emits a record */
};

extern struct fake_lanes_seen fake_lanes_seen;

#endif /* FEN_TESTS_LIB_FAKE_LANES_H */
