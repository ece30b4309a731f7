/*
 * kafka_close: an end of a client that ends.
 *
 * Why: rd_kafka_destroy waits for the library's threads, and one of librdkafka 2.0.2 may wait for
 * itself: a broker's thread that drops a partition after a record batch that came damaged takes the
 * partition's lock twice. A command that has said what is wrong must end all the same.
 *
 * Threads: any.
 */
#ifndef FEN_STREAM_KAFKA_CLOSE_H
#define FEN_STREAM_KAFKA_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

/*
 * Close (a consumer) and destroy the client, for up to that long and a second. `handle` is not the
 * caller's any more. Returns: whether it is gone; else it is left to the end of the process, which
 * is logged.
 */
bool fen_kafka_close(rd_kafka_t *handle, uint32_t timeout_ms);

#endif /* FEN_STREAM_KAFKA_CLOSE_H */
