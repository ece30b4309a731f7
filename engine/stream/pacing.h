/*
 * pacing: how much goes into a transaction, and how far apart commits are.
 *
 * Why: a transaction costs the broker 5-8 ms of CPU whatever it carries, so commits are as rare as
 * the load allows and as frequent as the lag deserves: about 10 ms apart when quiet, 100 ms when
 * batches are full. A message that comes long after the last commit is taken at once; one that
 * comes right after it waits, which also gives the coordinator the 5-10 ms to finish the last
 * transaction, without which it answers CONCURRENT_TRANSACTIONS and costs 20 ms.
 *
 * Threads: one worker.
 */
#ifndef FEN_STREAM_PACING_H
#define FEN_STREAM_PACING_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/source.h"

#define FEN_BATCH_COUNT_MAX_DEFAULT 10000u
#define FEN_COMMIT_INTERVAL_MS_DEFAULT 10u
#define FEN_COMMIT_INTERVAL_MS_MAX_DEFAULT 100u
#define FEN_IDLE_WAIT_MS 250u

struct fen_pacing {
    uint32_t count_max;        /* configured */
    uint32_t interval_ms_min;  /* configured */
    uint32_t interval_ms_max;  /* configured */
    uint32_t count_allowed;    /* less than count_max after failures */
    uint32_t interval_ms;      /* at present */
    int64_t last_commit_ms;    /* monotonic */
};

/* Zero means the default in each of the three. */
void fen_pacing_init(struct fen_pacing *pacing, uint32_t count_max, uint32_t interval_ms_min,
                     uint32_t interval_ms_max);

/* The limits of the next poll. */
struct fen_poll_limits fen_pacing_limits(const struct fen_pacing *pacing, int64_t now_ms);

/* A transaction of `message_count` messages was committed; is_full: more were waiting. */
void fen_pacing_committed(struct fen_pacing *pacing, int64_t now_ms, uint32_t message_count,
                          bool is_full);

/* A transaction failed: the next is half as large, in case size or time was the reason. */
void fen_pacing_failed(struct fen_pacing *pacing);

#endif /* FEN_STREAM_PACING_H */
