/*
 * stream_request: the requests of a crowd, signed beforehand, one a payee.
 *
 * Threads: create: one; afterwards any, nothing changes.
 */
#ifndef BENCH_STREAM_REQUEST_H
#define BENCH_STREAM_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"

#define BENCH_REQUEST_BYTES_MAX 2048

struct bench_stream_requests;

/* Requests for payees guide:G0, …; key_path NULL: without a token. Fails the process. */
struct bench_stream_requests *bench_stream_requests_create(const char *key_path,
                                                           uint32_t payee_count) FEN_MUST_USE;
void bench_stream_requests_destroy(struct bench_stream_requests *requests);

/* Write the request of a payee, with Last-Event-ID unless that is 0. Returns: its size. */
size_t bench_stream_request_write(const struct bench_stream_requests *requests, uint32_t payee,
                                  uint64_t last_id, char out[BENCH_REQUEST_BYTES_MAX]);

#endif /* BENCH_STREAM_REQUEST_H */
