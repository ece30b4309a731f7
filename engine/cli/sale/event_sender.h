/*
 * event_sender: events to their topics, under their keys, in Java's partitions (SPEC §3).
 *
 * An idempotent producer; each event is encoded in the chosen wire and given to the murmur2
 * partition of its key. A record is stamped with the present, or, where an event is said to come
 * later than that, with that moment: never earlier than the event (SPEC §9, FUTURE).
 *
 * Threads: one.
 */
#ifndef FEN_CLI_SALE_EVENT_SENDER_H
#define FEN_CLI_SALE_EVENT_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "model/event.h"
#include "stream/kafka_config.h"
#include "wire/event_decode.h"

struct fen_event_sender;

/*
 * Connect and look at the input topics. Returns: NULL with a sentence in `reason`: no broker, or a
 * topic is missing.
 */
struct fen_event_sender *fen_event_sender_create(const struct fen_kafka_config *config,
                                                 enum fen_wire wire,
                                                 struct fen_buffer *reason) FEN_MUST_USE;

/* What was not flushed is lost; NULL is fine. */
void fen_event_sender_destroy(struct fen_event_sender *sender);

/*
 * Send a valid event that comes at `at_ms`. `customer`: whose key it goes under where it does not
 * say one itself (order_customers.h); absent: nobody knows. `json`: the event as it was written,
 * which goes out as it is where the wire is JSON, so that unknown fields are kept; absent: it is
 * encoded. Blocks while the queue is full.
 * Returns: false once the sender has failed for good (see flush).
 */
bool fen_event_sender_send(struct fen_event_sender *sender, const struct fen_event *event,
                           struct fen_str customer, struct fen_str json, int64_t at_ms);

/* Send bytes as they are to the order topic, without key: what will become a dead letter. */
bool fen_event_sender_send_raw(struct fen_event_sender *sender, struct fen_str bytes);

/*
 * Wait until every record is acknowledged, or `timeout_ms` brings no progress.
 * Returns: false with a sentence in `reason` when any record was not delivered.
 */
bool fen_event_sender_flush(struct fen_event_sender *sender, uint32_t timeout_ms,
                            struct fen_buffer *reason) FEN_MUST_USE;

/* Where the record acknowledged last stands. */
struct fen_sent_place {
    int32_t partition;
    int64_t offset; /* -1: none was */
};
struct fen_sent_place fen_event_sender_last(const struct fen_event_sender *sender);

/* Records acknowledged so far. */
uint64_t fen_event_sender_delivered(const struct fen_event_sender *sender);

#endif /* FEN_CLI_SALE_EVENT_SENDER_H */
