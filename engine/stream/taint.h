/*
 * taint: whether a request of a transactional producer went astray.
 *
 * Why: librdkafka sends EndTxn again after a dropped connection and reports success; the straggler
 * may still arrive, and before KIP-890 v2 (which no librdkafka of Debian 12 speaks) it would end a
 * *later* transaction. A producer that lost sight of a request is therefore made anew before its
 * next transaction, and the rise of its epoch fences the straggler (DESIGN §3).
 *
 * A taint is: a Produce, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn or TxnOffsetCommit that ended
 * in a client-side error, or was sent and is still unanswered when the transaction is over.
 *
 * Threads: librdkafka's write (interceptors, relaxed and release atomics only: the one exception to
 * "our code runs on our threads"); the worker reads.
 */
#ifndef FEN_STREAM_TAINT_H
#define FEN_STREAM_TAINT_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

/* Kafka's API keys of the requests that change a transaction. */
#define FEN_TAINT_API_COUNT 29

struct fen_taint {
    int32_t unanswered[FEN_TAINT_API_COUNT]; /* by API key; see taint.c for what counts */
    uint32_t errors;
};

/*
 * Watch the producer made of `conf`; `taint` must outlive it. The struct must be zero, and belongs
 * to one producer.
 */
void fen_taint_watch(struct fen_taint *taint, rd_kafka_conf_t *conf);

/* Whether a request went astray so far. After commit, before the next begin. Thread: worker. */
bool fen_taint_is_set(const struct fen_taint *taint);

/* Whether nothing is under way: every such request that was sent has ended. Thread: worker. */
bool fen_taint_is_quiet(const struct fen_taint *taint);

#endif /* FEN_STREAM_TAINT_H */
