/*
 * redis_watch: notices orders in the guides' feeds of Redis, at the moment Redis has them.
 *
 * Why a blocked XREAD over all feeds: the server itself wakes the reader when the projector's
 * script has written, so nothing is polled, the server does no work for reads that find nothing,
 * and an answer holds all that came since the last. The script writes a payee's account, feed and
 * the fence at once: an order that stands in the feed is in the account.
 *
 * Threads: one.
 */
#ifndef BENCH_REDIS_WATCH_H
#define BENCH_REDIS_WATCH_H

#include <stdint.h>

#include "bench/latency.h"

/*
 * Watch the feeds of guides 0..guide_count - 1 of tenant `default` until every order was seen, or
 * all are sent and nothing has come for `silence_ms`. Feeds are read from their present end on.
 * Calls `ready` once it watches. Fails the process when Redis does.
 */
void bench_redis_watch(const char *address, uint32_t partition_count, uint32_t guide_count,
                       int64_t silence_ms, struct bench_latency *latency,
                       void (*ready)(void *context), void *context);

#endif /* BENCH_REDIS_WATCH_H */
