/*
 * backtest_reader: bytes of events -> valid events in protobuf, by several threads, in order.
 *
 * Why threads: reading JSON is a third of a back-test, and until the events are there nobody has
 * anything else to do. The bytes are handed to the threads by chunks, and what these make of a
 * chunk is given back in the order of the bytes.
 *
 * Threads: one calls; `wants_line` and `wants_event` are called by the reader's own, several at
 * once, `take` by the caller's.
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_READER_H
#define FEN_CLI_BACKTEST_BACKTEST_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/backtest/backtest_block.h"
#include "wire/event_decode.h"

/* What is done with events. All but `take` may be NULL; only `take` may change anything. */
struct fen_backtest_visitor {
    /* Whether a line may matter, before it is read. */
    bool (*wants_line)(const void *context, struct fen_str line);
    /* Whether a valid event matters. */
    bool (*wants_event)(const void *context, const struct fen_event *event);
    /* An event's place, and its protobuf bytes, valid during the call. */
    void (*take)(void *context, const struct fen_backtest_place *place, struct fen_str value);
    void *context;
};

struct fen_backtest_reader;

/*
 * The visitor and the tenant's text must outlive it. Events of other tenants than `tenant` (absent:
 * of none) are passed over; without takes_closings closings of periods are too.
 */
struct fen_backtest_reader *fen_backtest_reader_create(const struct fen_backtest_visitor *visitor,
                                                       enum fen_wire wire, struct fen_str tenant,
                                                       bool takes_closings) FEN_MUST_USE;
/* What was put and not finished is forgotten. */
void fen_backtest_reader_destroy(struct fen_backtest_reader *reader);

/* Put the bytes of an event, copied; gives back what has been read meanwhile. */
void fen_backtest_reader_put(struct fen_backtest_reader *reader, struct fen_str bytes);

/* Give back all that was put. Returns: how many events were not valid. */
uint64_t fen_backtest_reader_finish(struct fen_backtest_reader *reader);

#endif /* FEN_CLI_BACKTEST_BACKTEST_READER_H */
