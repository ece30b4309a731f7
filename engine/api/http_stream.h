/*
 * http_stream: a response that goes on: server-sent events to one client.
 *
 * What a client has not taken yet is bounded: whoever is slower is cut off, and so is who takes
 * nothing for a while; the server is not held up. The response is chunked, and what the client
 * sends meanwhile is neither read nor kept beyond a few bytes.
 *
 * Threads: http.
 */
#ifndef FEN_API_HTTP_STREAM_H
#define FEN_API_HTTP_STREAM_H

#include <stdbool.h>

#include "api/http.h"

/* What a client may leave untaken, and for how long. */
#define FEN_HTTP_STREAM_BYTES_MAX ((size_t)256 << 10)
#define FEN_HTTP_STREAM_SECONDS_MAX 60

struct fen_http_stream;

/*
 * Answer a deferred request with a stream. `closed` is called once, when the client has gone or
 * was cut off, save by fen_http_stream_end; the stream is freed after it. Returns: NULL when the
 * client has gone already; the request is then done with.
 */
struct fen_http_stream *fen_http_stream_begin(struct fen_http *http, struct evhttp_request *event,
                                              void (*closed)(void *context),
                                              void *context) FEN_MUST_USE;

/* Send bytes. False: the client is too slow or gone; `closed` has been called. */
bool fen_http_stream_write(struct fen_http_stream *stream, struct fen_str bytes);

/* End the response in order; `closed` is not called. */
void fen_http_stream_end(struct fen_http_stream *stream);

#endif /* FEN_API_HTTP_STREAM_H */
