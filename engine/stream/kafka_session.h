/*
 * kafka_session: how long a member may be silent before the group gives its partitions away.
 *
 * Of a takeover after kill -9 this is the greatest part, and the broker has a say in it: it refuses
 * a member whose session is shorter than its group.min.session.timeout.ms, 6 s by default. fen asks
 * for 3 s where the broker allows it. Shorter would take over from the living: librdkafka 2.0.2
 * wakes once a second for heartbeats if nothing else wakes it, so three in a row must fail to come.
 * Being wrong costs a rebalance and a restore, never an amount: who was thought dead is fenced.
 *
 * Threads: any; blocks.
 */
#ifndef FEN_STREAM_KAFKA_SESSION_H
#define FEN_STREAM_KAFKA_SESSION_H

#include <stdint.h>

#include "base/assert.h"
#include "stream/kafka_config.h"

#define FEN_KAFKA_SESSION_MS 3000      /* what fen asks for */
#define FEN_KAFKA_SESSION_MS_SURE 6000 /* what brokers allow unless they are set otherwise */

/*
 * The session time-out for this cluster; 0: the user has set session.timeout.ms. Where the broker
 * does not tell its bound (no right to ask, another make) it is the one that is sure.
 */
uint32_t fen_kafka_session_choose(const struct fen_kafka_config *config) FEN_MUST_USE;

#endif /* FEN_STREAM_KAFKA_SESSION_H */
