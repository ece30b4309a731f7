/*
 * http_stream: see http_stream.h.
 *
 * When evhttp fails a connection it takes the request off it and leaves it to us; when we free the
 * connection ourselves, the request goes with it.
 */
#include "api/http_stream.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "api/http_reply.h"

#define INPUT_BYTES_MAX 1024
/* The system would let a connection that nobody reads grow to megabytes of its own. */
#define KERNEL_BYTES (32 << 10)

struct fen_http_stream {
    struct evhttp_request *event;
    struct evhttp_connection *connection;
    struct evbuffer *chunk;
    void (*closed)(void *context);
    void *context;
};

static void stream_free(struct fen_http_stream *stream)
{
    evbuffer_free(stream->chunk);
    free(stream);
}

/* The client has gone: the connection is being freed, the request is ours. */
static void on_close(struct evhttp_connection *connection, void *context)
{
    struct fen_http_stream *stream = context;
    (void)connection;
    if (evhttp_request_get_connection(stream->event) == NULL)
        evhttp_send_reply_end(stream->event); /* frees it */
    stream->closed(stream->context);
    stream_free(stream);
}

/* Cut the client off. */
static void cut(struct fen_http_stream *stream)
{
    evhttp_connection_set_closecb(stream->connection, NULL, NULL);
    evhttp_connection_free(stream->connection);
    stream->closed(stream->context);
    stream_free(stream);
}

struct fen_http_stream *fen_http_stream_begin(struct fen_http *http, struct evhttp_request *event,
                                              void (*closed)(void *context), void *context)
{
    const struct timeval patience = {.tv_sec = FEN_HTTP_STREAM_SECONDS_MAX};
    struct evhttp_connection *connection = evhttp_request_get_connection(event);
    if (connection == NULL) {
        evhttp_send_reply_end(event); /* frees it */
        return NULL;
    }
    struct fen_http_stream *stream = calloc(1, sizeof *stream);
    FEN_ASSERT(stream != NULL && "out of memory");
    *stream = (struct fen_http_stream){event, connection, evbuffer_new(), closed, context};
    FEN_ASSERT(stream->chunk != NULL && "out of memory");
    struct evkeyvalq *headers = evhttp_request_get_output_headers(event);
    evhttp_add_header(headers, "Content-Type", "text/event-stream; charset=utf-8");
    evhttp_add_header(headers, "X-Accel-Buffering", "no"); /* nginx would gather otherwise */
    /* The timeouts set below are not for another request. */
    evhttp_add_header(headers, "Connection", "close");
    fen_http_add_headers(event, fen_http_origins(http));
    evhttp_connection_set_closecb(connection, on_close, stream);
    /* A client of a stream says nothing: only what it does not take counts. */
    struct bufferevent *socket = evhttp_connection_get_bufferevent(connection);
    const int kernel_bytes = KERNEL_BYTES;
    (void)setsockopt(bufferevent_getfd(socket), SOL_SOCKET, SO_SNDBUF, &kernel_bytes,
                     sizeof kernel_bytes);
    bufferevent_set_timeouts(socket, NULL, &patience);
    bufferevent_setwatermark(socket, EV_READ, 0, INPUT_BYTES_MAX);
    evhttp_send_reply_start(event, 200, "OK");
    return stream;
}

bool fen_http_stream_write(struct fen_http_stream *stream, struct fen_str bytes)
{
    struct bufferevent *socket = evhttp_connection_get_bufferevent(stream->connection);
    size_t waiting = evbuffer_get_length(bufferevent_get_output(socket));
    if (waiting + bytes.size > FEN_HTTP_STREAM_BYTES_MAX) {
        cut(stream);
        return false;
    }
    evbuffer_add(stream->chunk, bytes.data, bytes.size);
    evhttp_send_reply_chunk(stream->event, stream->chunk);
    return true;
}

void fen_http_stream_end(struct fen_http_stream *stream)
{
    evhttp_connection_set_closecb(stream->connection, NULL, NULL);
    evhttp_send_reply_end(stream->event);
    stream_free(stream);
}
