/*
 * post_records: records as a post lane writes them, made by hand: accounts, lane records, ledger.
 *
 * Amounts follow from payee and seq (100 * seq + the payee's first letter), so that a reader can be
 * checked. All bytes come from the arena.
 */
#ifndef FEN_TESTS_LIB_POST_RECORDS_H
#define FEN_TESTS_LIB_POST_RECORDS_H

#include <stdint.h>

#include "base/arena.h"
#include "stream/lanes.h"
#include "wire/event_decode.h"
#include "wire/message.h"

/* The account of tenant "t" and a payee after `seq` entries. */
struct fen_message post_account(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                                const char *payee, uint64_t seq);

/* The lane's record. */
struct fen_message post_lane(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                             uint64_t version);

/* The same, as a version that writes `format` left it for so many partitions. */
struct fen_message post_lane_of(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                                uint64_t version, uint32_t format, uint32_t partition_count);

/* The payee's entries `first` to `last`. */
struct fen_message post_ledger(struct fen_arena *arena, enum fen_wire wire, uint32_t partition,
                               const char *payee, uint64_t first, uint64_t last);

/*
 * A projection as a text, payees in the order of their names: "5>6 A4-5 B7" (of B the account, and
 * no entry). Checks amounts on the way. Bytes of the arena, NUL-terminated.
 */
const char *projection_text(struct fen_arena *arena, const struct fen_projection *projection);

#endif /* FEN_TESTS_LIB_POST_RECORDS_H */
