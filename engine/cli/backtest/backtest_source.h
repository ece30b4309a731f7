/*
 * backtest_source: the events of a back-test, from files or from Kafka, each in protobuf.
 *
 * From Kafka nothing is written and no group is joined. Read are org events, plans, bindings and
 * tasks whole; orders from a month before the window on, since the tiers of a month count orders
 * created before it; touches from a share window (at least a month) before that. What the engine
 * refused is refused here too, and closings of periods are passed over: they do not change what an
 * order pays, only the month it is booked in, and their place among the events is not known here.
 *
 * Threads: main; what reads the events has its own (backtest_reader.h).
 */
#ifndef FEN_CLI_BACKTEST_BACKTEST_SOURCE_H
#define FEN_CLI_BACKTEST_BACKTEST_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/backtest/backtest_reader.h"
#include "cli/inspect/reread.h"
#include "cli/options/options.h"
#include "model/entry.h"
#include "stream/kafka_config.h"
#include "wire/event_decode.h"
#include "wire/message.h"

struct fen_backtest_source {
    struct fen_arena *arena; /* of the settings */
    struct fen_reread files;
    bool is_live;
    struct fen_kafka_config config;
    enum fen_wire wire;
    struct fen_str tenant; /* whose events and entries alone count; absent: everybody's */
    int64_t from_ms;   /* of the window; 0: from the beginning */
    int64_t window_ms; /* the longest share window */
    uint64_t refused_count; /* of the last visit */
};

/* Files, where some are named; else the brokers. The caller deinits in any case. */
enum fen_exit fen_backtest_source_init(struct fen_backtest_source *source,
                                       const struct fen_arguments *arguments,
                                       const char *const *paths,
                                       uint32_t path_count) FEN_MUST_USE;
void fen_backtest_source_deinit(struct fen_backtest_source *source);

/* Every event, in the order of the files; from Kafka topic by topic. May be done again. */
enum fen_exit fen_backtest_source_visit(struct fen_backtest_source *source,
                                        const struct fen_backtest_visitor *visitor) FEN_MUST_USE;

/* Every entry of the ledger, likewise; only where the source is live. */
enum fen_exit fen_backtest_source_visit_ledger(
    struct fen_backtest_source *source,
    void (*take)(void *context, const struct fen_entry *entry), void *context) FEN_MUST_USE;

/* Every record of the payees' accounts, an older one before a newer; likewise. */
enum fen_exit fen_backtest_source_visit_accounts(
    struct fen_backtest_source *source,
    void (*take)(void *context, const struct fen_message *message), void *context) FEN_MUST_USE;

#endif /* FEN_CLI_BACKTEST_BACKTEST_SOURCE_H */
